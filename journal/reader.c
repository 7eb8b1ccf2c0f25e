/* SPDX-License-Identifier: ISC
 * journal/reader.c - lines from one file after the other, in big pieces. */
#include "journal/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "journal/reader_files.h"

enum {
	PIECE = 1024 * 1024,
	LONGEST = 8 * 1024 * 1024,	/* a longer line is no line of ours */
	PAUSE_MILLIS = 100
};

struct journal_reader {
	char		*path;
	struct reader_files files;
	size_t		 file;		/* that is read */
	struct journal_span span;
	char		*piece;
	size_t		 size, from, end;	/* of it: read, not yet given */
	size_t		 seen;		/* bytes from `from` on without newline */
	bool		 follows;
	unsigned	 switches;
	int		 fd;		/* of PATH, once it is followed; or -1 */
};

int
journal_reader_open(struct journal_reader **out, const char *path,
    const struct journal_span *span, struct err *e)
{
	struct journal_reader	*r = calloc(1, sizeof(*r));

	if (r != NULL)
		r->fd = -1;
	if (r == NULL || (r->piece = malloc(PIECE)) == NULL ||
	    (r->path = strdup(path)) == NULL) {
		(void)err_set(e, "out of memory");
		goto failed;
	}
	r->size = PIECE;
	r->span = *span;
	if (reader_files_open(&r->files, path, e) == -1)
		goto failed;
	if (r->files.n == 0) {
		(void)err_set(e, "there is no journal at %s", path);
		goto failed;
	}
	*out = r;
	return 0;
failed:
	journal_reader_close(&r);
	return -1;
}

void
journal_reader_close(struct journal_reader **out)
{
	struct journal_reader	*r = *out;

	*out = NULL;
	if (r == NULL)
		return;
	reader_files_close(&r->files);
	if (r->fd != -1)
		(void)close(r->fd);
	free(r->piece);
	free(r->path);
	free(r);
}

/* Moves what is left to the piece's start, makes room. 0 or -1. */
static int
make_room(struct journal_reader *r, struct err *e)
{
	char	*grown;

	memmove(r->piece, r->piece + r->from, r->end - r->from);
	r->end -= r->from;
	r->from = 0;
	if (r->end < r->size)
		return 0;
	/* Its start is lost: the rest will be no line either. */
	if (r->size >= LONGEST) {
		r->end = r->seen = 0;
		return 0;
	}
	grown = realloc(r->piece, 2 * r->size);
	if (grown == NULL)
		return err_set(e, "out of memory");
	r->piece = grown;
	r->size *= 2;
	return 0;
}

static ssize_t
read_some(struct journal_reader *r, const struct reader_file *f)
{
	char	*to = r->piece + r->end;
	ssize_t	 n;

	if (r->fd == -1)
		return gzfile_read(f->gz, to, r->size - r->end);
	do
		n = read(r->fd, to, r->size - r->end);
	while (n == -1 && errno == EINTR);
	return n;
}

static int
trouble(const struct reader_file *f, struct err *e)
{
	return err_set(e, errno == EBADMSG ? "%s is cut off or damaged (%s): "
	    "what follows in it is left out" : "cannot read %s: %s", f->path,
	    strerror(errno));
}

/* Whether a file may have lines in the span. */
static bool
is_wanted(const struct journal_reader *r, const struct reader_file *f)
{
	return (f->first == INT64_MAX || f->first < r->span.until) &&
	    f->changed >= r->span.from;
}

/* The next file that may matter; false: there is none. Of the last one the place
 * is kept, so that it can be followed. */
static bool
next_file(struct journal_reader *r)
{
	while (r->file < r->files.n && !is_wanted(r, &r->files.at[r->file]))
		r->file++;
	return r->file < r->files.n;
}

/* A whole line of what is read, if there is one. */
static bool
take_line(struct journal_reader *r, const char **line, size_t *len)
{
	char	*start = r->piece + r->from;
	char	*end = memchr(start + r->seen, '\n', r->end - r->from - r->seen);

	if (end == NULL) {
		r->seen = r->end - r->from;
		return false;
	}
	*line = start;
	*len = (size_t)(end - start);
	r->from += *len + 1;
	r->seen = 0;
	return true;
}

/* What is behind the last newline. */
static bool
take_rest(struct journal_reader *r, const char **line, size_t *len)
{
	if (r->from == r->end)
		return false;
	*line = r->piece + r->from;
	*len = r->end - r->from;
	r->from = r->end;
	r->seen = 0;
	return true;
}

/* Reads more. 1 there is more; 0 the file is at its end; -1, e. */
static int
fill(struct journal_reader *r, const struct reader_file *f, struct err *e)
{
	ssize_t	n;

	if (make_room(r, e) == -1)
		return -1;
	n = read_some(r, f);
	if (n == -1)
		return trouble(f, e);
	r->end += (size_t)n;
	return n > 0;
}

int
journal_reader_next(struct journal_reader *r, const char **line, size_t *len,
    struct err *e)
{
	int	rc;

	while (next_file(r)) {
		const struct reader_file *f = &r->files.at[r->file];
		bool	last = r->follows && r->file + 1 == r->files.n;

		do {
			if (take_line(r, line, len))
				return 1;
			rc = fill(r, f, e);
		} while (rc == 1);
		if (last && rc == 0)
			return 0;
		if (take_rest(r, line, len) && rc == 0)
			return 1;
		r->from = r->end = r->seen = 0;
		r->file++;
		if (rc == -1)
			return -1;
	}
	return 0;
}

void
journal_reader_follow(struct journal_reader *r)
{
	r->follows = true;
}

/* The file at PATH is another one: what the old one has is read first. */
static bool
has_new_file(const struct journal_reader *r)
{
	struct stat	st;
	const struct reader_file *f = &r->files.at[r->files.n - 1];

	return stat(r->path, &st) == 0 &&
	    (st.st_dev != f->dev || st.st_ino != f->ino);
}

static bool
open_new(struct journal_reader *r)
{
	struct reader_file	*f = &r->files.at[r->files.n - 1];
	int			 fd = open(r->path, O_RDONLY | O_CLOEXEC);
	struct stat		 st;

	if (fd == -1 || fstat(fd, &st) == -1) {
		if (fd != -1)
			(void)close(fd);
		return false;
	}
	if (f->gz != NULL)
		(void)gzfile_close(&f->gz);
	if (r->fd != -1)
		(void)close(r->fd);
	r->fd = fd;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->first = INT64_MAX;
	f->changed = INT64_MAX;
	r->switches++;
	r->from = r->end = r->seen = 0;
	return true;
}

/* Whether there is more behind what was read. */
static bool
has_more(struct journal_reader *r)
{
	struct err	e;
	size_t		before = r->end - r->from;

	return r->file < r->files.n && fill(r, &r->files.at[r->file], &e) ==
	    1 && r->end - r->from > before;
}

unsigned
journal_reader_switches(const struct journal_reader *r)
{
	return r->switches;
}

bool
journal_reader_wait(struct journal_reader *r, int millis)
{
	int64_t	until = clock_monotonic_micros() + (int64_t)millis * 1000;

	r->follows = true;
	for (;;) {
		bool	is_new = has_new_file(r);

		if (has_more(r))
			return true;
		if (is_new && open_new(r))
			return true;
		if (clock_monotonic_micros() >= until)
			return false;
		(void)poll(NULL, 0, PAUSE_MILLIS);
	}
}

int
journal_files(const char *path, char ***out, size_t *n, struct err *e)
{
	struct reader_files	 f;
	char			**all;
	bool			 own;

	if (reader_files_open(&f, path, e) == -1)
		return -1;
	own = f.n > 0 && strcmp(f.at[f.n - 1].path, path) == 0;
	all = calloc(f.n + 1, sizeof(*all));
	*n = f.n + !own;
	for (size_t i = 0; all != NULL && i < f.n; i++) {
		all[i] = f.at[i].path;
		f.at[i].path = NULL;
	}
	if (all != NULL && !own)
		all[f.n] = strdup(path);
	reader_files_close(&f);
	if (all == NULL)
		return err_set(e, "out of memory");
	*out = all;
	return 0;
}
