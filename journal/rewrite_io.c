/* SPDX-License-Identifier: ISC
 * journal/rewrite_io.c - lines in pieces, in and out. */
#include "journal/rewrite_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/gzfile.h"

enum { PIECE = 256 * 1024 };

struct rewrite_in {
	int		 fd;
	struct gzfile	*gz;		/* over a copy of fd; NULL: plain */
	off_t		 at;		/* of a plain file */
	const char	*path;
	char		*piece;
	size_t		 from, used, size;	/* what is not given out yet */
};

/* By its first two bytes (RFC 1952, 2.3.1), whatever it is called. */
static bool
is_gzip(int fd)
{
	unsigned char	head[2];

	return pread(fd, head, sizeof(head), 0) == sizeof(head) &&
	    head[0] == 0x1f && head[1] == 0x8b;
}

static struct gzfile *
decompress(int fd)
{
	int	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (own == -1 || lseek(own, 0, SEEK_SET) == -1) {
		if (own != -1)
			(void)close(own);
		return NULL;
	}
	return gzfile_read_from(own);
}

int
rewrite_in_open(struct rewrite_in **out, int fd, const char *path,
    struct err *e)
{
	struct rewrite_in	*in = calloc(1, sizeof(*in));

	if (in == NULL || (in->piece = malloc(PIECE + 1)) == NULL) {
		free(in);
		return err_set(e, "out of memory");
	}
	in->size = PIECE;
	in->fd = fd;
	in->path = path;
	if (is_gzip(fd) && (in->gz = decompress(fd)) == NULL) {
		rewrite_in_close(&in);
		return err_set(e, "%s cannot be decompressed: out of memory or "
		    "of descriptors", path);
	}
	*out = in;
	return 0;
}

void
rewrite_in_close(struct rewrite_in **in)
{
	if (*in == NULL)
		return;
	if ((*in)->gz != NULL)
		(void)gzfile_close(&(*in)->gz);
	free((*in)->piece);
	free(*in);
	*in = NULL;
}

bool
rewrite_in_is_compressed(const struct rewrite_in *in)
{
	return in->gz != NULL;
}

/* Room for more behind what is there. */
static int
make_room(struct rewrite_in *in)
{
	char	*grown;

	memmove(in->piece, in->piece + in->from, in->used - in->from);
	in->used -= in->from;
	in->from = 0;
	if (in->used < in->size)
		return 0;
	grown = realloc(in->piece, 2 * in->size + 1);
	if (grown == NULL)
		return -1;
	in->piece = grown;
	in->size *= 2;
	return 0;
}

/* How much more there is; 0: nothing by now. */
static ssize_t
fill(struct rewrite_in *in, struct err *e)
{
	ssize_t	n;

	if (make_room(in) == -1)
		return err_set(e, "out of memory for a line of %s", in->path);
	do
		n = in->gz != NULL ? gzfile_read(in->gz, in->piece + in->used,
		    in->size - in->used) : pread(in->fd, in->piece + in->used,
		    in->size - in->used, in->at);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_set(e, "%s cannot be read: %s (it is as it was; "
		    "look into it with zless(1), or remove it)", in->path,
		    strerror(errno));
	in->at += n;
	in->used += (size_t)n;
	return n;
}

static int
give(struct rewrite_in *in, size_t len, const char **line, size_t *out)
{
	*line = in->piece + in->from;
	*out = len;
	in->piece[in->from + len] = '\0';
	in->from += len + 1;
	if (in->from > in->used)
		in->from = in->used;
	return 1;
}

int
rewrite_in_next(struct rewrite_in *in, bool rest, const char **line,
    size_t *len, struct err *e)
{
	size_t	 looked = 0, have;
	char	*end;
	ssize_t	 n;

	for (;;) {
		have = in->used - in->from;
		end = have == looked ? NULL : memchr(in->piece + in->from +
		    looked, '\n', have - looked);
		if (end != NULL)
			return give(in, (size_t)(end - in->piece) - in->from,
			    line, len);
		looked = have;
		n = fill(in, e);
		if (n == -1)
			return -1;
		if (n == 0)
			return rest && have > 0 ? give(in, have, line, len) :
			    0;
	}
}

struct rewrite_out {
	int		 fd;
	struct gzfile	*gz;		/* over a copy of fd; NULL: plain */
	char		*piece;
	size_t		 used;
};

static int
compress(struct rewrite_out *o)
{
	int	own = fcntl(o->fd, F_DUPFD_CLOEXEC, 0);

	o->gz = own == -1 ? NULL : gzfile_write_to(own);
	return o->gz == NULL ? -1 : 0;
}

int
rewrite_out_open(struct rewrite_out **out, const char *path, bool compressed)
{
	struct rewrite_out	*o = calloc(1, sizeof(*o));

	if (o == NULL || (o->piece = malloc(PIECE)) == NULL) {
		free(o);
		errno = ENOMEM;
		return -1;
	}
	o->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (o->fd == -1) {
		rewrite_out_close(&o);
		return -1;
	}
	if (compressed && compress(o) == -1) {
		rewrite_out_close(&o);
		(void)unlink(path);
		errno = ENOMEM;
		return -1;
	}
	*out = o;
	return 0;
}

void
rewrite_out_close(struct rewrite_out **out)
{
	if (*out == NULL)
		return;
	if ((*out)->gz != NULL)
		(void)gzfile_close(&(*out)->gz);
	if ((*out)->fd != -1)
		(void)close((*out)->fd);
	free((*out)->piece);
	free(*out);
	*out = NULL;
}

int
rewrite_out_fd(const struct rewrite_out *out)
{
	return out->fd;
}

int
rewrite_out_take(struct rewrite_out *out)
{
	int	fd = out->fd;

	out->fd = -1;
	return fd;
}

static int
write_whole(int fd, const char *bytes, size_t len)
{
	ssize_t	n;

	while (len > 0) {
		n = write(fd, bytes, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
put(struct rewrite_out *o, const char *bytes, size_t len)
{
	size_t	part;

	for (; len > 0; bytes += part, len -= part) {
		if (o->used == PIECE && rewrite_out_flush(o) == -1)
			return -1;
		part = len < PIECE - o->used ? len : PIECE - o->used;
		memcpy(o->piece + o->used, bytes, part);
		o->used += part;
	}
	return 0;
}

int
rewrite_out_line(struct rewrite_out *out, const char *line, size_t len)
{
	return put(out, line, len) == -1 ? -1 : put(out, "\n", 1);
}

int
rewrite_out_flush(struct rewrite_out *out)
{
	size_t	used = out->used;

	out->used = 0;
	return out->gz != NULL ? gzfile_write(out->gz, out->piece, used) :
	    write_whole(out->fd, out->piece, used);
}

int
rewrite_out_end(struct rewrite_out *out)
{
	if (rewrite_out_flush(out) == -1)
		return -1;
	return out->gz != NULL ? gzfile_close(&out->gz) : 0;
}
