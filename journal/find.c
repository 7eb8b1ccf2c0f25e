/* SPDX-License-Identifier: ISC
 * journal/find.c - looks for the id's text in big pieces of whole lines; only a
 * line that holds it is parsed. */
#include "journal/find.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/journal.h"

enum { PIECE = 1024 * 1024 };	/* bytes; no line is as long */

struct finder {
	const char	*id;
	char		 needle[JOURNAL_ID_SIZE + 8];
	size_t		 len;		/* of the needle */
	const char	*path;
	int		 fd;
	char		*piece;		/* PIECE bytes */
	size_t		 used;
	bool		 at_end;	/* of the file */
	struct json	*line;		/* found */
};

static bool
is_id(const char *id)
{
	size_t	len = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len > 0 && len < JOURNAL_ID_SIZE && id[len] == '\0';
}

/* The needle may stand in a text that a client sent, and a line may be torn. */
static bool
take_line(struct finder *f, const char *line, size_t len)
{
	const char	*id;

	f->line = json_parse(line, len, NULL);
	id = json_get_text(f->line, "id");
	if (id != NULL && strcmp(id, f->id) == 0)
		return true;
	json_free(&f->line);
	return false;
}

/* Looks through the first len bytes, which are whole lines. */
static bool
search(struct finder *f, size_t len)
{
	const char	*from = f->piece, *end = f->piece + len;
	const char	*hit, *start, *stop;

	while ((hit = memmem(from, (size_t)(end - from), f->needle,
	    f->len)) != NULL) {
		start = memrchr(from, '\n', (size_t)(hit - from));
		start = start == NULL ? from : start + 1;
		stop = memchr(hit, '\n', (size_t)(end - hit));
		stop = stop == NULL ? end : stop;
		if (take_line(f, start, (size_t)(stop - start)))
			return true;
		from = stop;
	}
	return false;
}

static int
fill(struct finder *f, struct err *e)
{
	ssize_t	n;

	while (!f->at_end && f->used < PIECE) {
		n = read(f->fd, f->piece + f->used, PIECE - f->used);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, "%s: %s", f->path, strerror(errno));
		f->at_end = n == 0;
		f->used += (size_t)n;
	}
	return 0;
}

/* 1 found, 0 not in this file, -1. */
static int
search_file(struct finder *f, struct err *e)
{
	const char	*last;
	size_t		 whole;

	f->used = 0;
	f->at_end = false;
	while (!f->at_end) {
		if (fill(f, e) == -1)
			return -1;
		last = memrchr(f->piece, '\n', f->used);
		whole = f->at_end || last == NULL ? f->used :
		    (size_t)(last - f->piece) + 1;
		if (search(f, whole))
			return 1;
		f->used -= whole;
		memmove(f->piece, f->piece + whole, f->used);
	}
	return 0;
}

static int
search_path(struct finder *f, const char *path, struct err *e)
{
	int	rc;

	f->path = path;
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd == -1)
		return errno == ENOENT ? 0 : err_set(e, "cannot read %s: %s",
		    path, strerror(errno));
	rc = search_file(f, e);
	(void)close(f->fd);
	return rc;
}

static int
search_both(struct finder *f, const char *path, struct err *e)
{
	char	*older;
	int	 rc = search_path(f, path, e);

	if (rc != 0)
		return rc;
	if (asprintf(&older, "%s.1", path) == -1)
		return err_set(e, "out of memory");
	rc = search_path(f, older, e);
	free(older);
	return rc;
}

int
journal_find(const char *path, const char *id, struct json **out,
    struct err *e)
{
	struct finder	f = { .id = id };
	int		rc;

	if (!is_id(id))
		return err_set(e, "not the id of a decision: \"%s\"; it is "
		    "what the journal has as \"id\"", id);
	f.len = (size_t)snprintf(f.needle, sizeof(f.needle), "\"id\":\"%s\"",
	    id);
	f.piece = malloc(PIECE);
	if (f.piece == NULL)
		return err_set(e, "out of memory");
	rc = search_both(&f, path, e);
	free(f.piece);
	if (rc == 1)
		*out = f.line;
	return rc;
}
