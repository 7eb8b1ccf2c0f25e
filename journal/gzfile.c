/* SPDX-License-Identifier: ISC
 * journal/gzfile.c - zlib's own files. */
#include "journal/gzfile.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>
#include <zlib.h>

enum { BUFFER = 256 * 1024 };

static struct gzfile *
opened(int fd, const char *mode)
{
	gzFile	f = gzdopen(fd, mode);

	if (f == NULL)
		(void)close(fd);
	else
		(void)gzbuffer(f, BUFFER);
	return (struct gzfile *)(void *)f;
}

static gzFile
of(struct gzfile *f)
{
	return (gzFile)(void *)f;
}

struct gzfile *
gzfile_read_from(int fd)
{
	return opened(fd, "rb");
}

struct gzfile *
gzfile_write_to(int fd)
{
	return opened(fd, "wb6");
}

static void
set_errno(struct gzfile *f)
{
	int	code;

	(void)gzerror(of(f), &code);
	if (code != Z_ERRNO)
		errno = code == Z_MEM_ERROR ? ENOMEM : EBADMSG;
}

ssize_t
gzfile_read(struct gzfile *f, void *to, size_t len)
{
	int	n = gzread(of(f), to, len > INT_MAX ? INT_MAX : (unsigned)len);
	int	code;

	if (n > 0)
		return n;
	(void)gzerror(of(f), &code);
	if (n == 0 && (code == Z_OK || code == Z_STREAM_END)) {
		gzclearerr(of(f));	/* it may grow */
		return 0;
	}
	set_errno(f);
	return -1;
}

int
gzfile_write(struct gzfile *f, const void *from, size_t len)
{
	if (len == 0 || (len <= INT_MAX &&
	    gzwrite(of(f), from, (unsigned)len) == (int)len))
		return 0;
	set_errno(f);
	return -1;
}

int
gzfile_rewind(struct gzfile *f)
{
	return gzrewind(of(f));
}

int
gzfile_close(struct gzfile **f)
{
	int	code = gzclose(of(*f));

	*f = NULL;
	if (code == Z_OK || code == Z_BUF_ERROR)
		return 0;
	if (code != Z_ERRNO)
		errno = EIO;
	return -1;
}
