/* SPDX-License-Identifier: ISC
 * recipient/lines.c - a text file line by line. */
#include "recipient/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct lines {
	int		 fd;
	const char	*name;
	uint64_t	 number;
	size_t		 at, end;	/* what is read and not yet given out */
	bool		 begun, ended;
	char		 bytes[2 * LINES_MAX + 1];	/* and an end */
};

struct lines *
lines_new(int fd, const char *name)
{
	struct lines	*l = malloc(sizeof(*l));

	if (l == NULL)
		return NULL;
	l->fd = fd;
	l->name = name;
	l->number = 0;
	l->at = l->end = 0;
	l->begun = l->ended = false;
	return l;
}

void
lines_free(struct lines **l)
{
	free(*l);
	*l = NULL;
}

/* Reads on until there is no room or nothing left. */
static int
fill(struct lines *l, struct err *e)
{
	ssize_t	n;

	memmove(l->bytes, l->bytes + l->at, l->end - l->at);
	l->end -= l->at;
	l->at = 0;
	while (!l->ended && l->end < sizeof(l->bytes) - 1) {
		n = read(l->fd, l->bytes + l->end,
		    sizeof(l->bytes) - 1 - l->end);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, "%s: %s", l->name, strerror(errno));
		l->ended = n == 0;
		l->end += (size_t)n;
	}
	return 0;
}

static bool
begins_with(const struct lines *l, const char *mark)
{
	return l->end >= strlen(mark) &&
	    memcmp(l->bytes, mark, strlen(mark)) == 0;
}

/* What an editor put before the first line. */
static int
skip_mark(struct lines *l, struct err *e)
{
	if (begins_with(l, "\xff\xfe") || begins_with(l, "\xfe\xff"))
		return err_set(e, "%s: UTF-16 text; save it as UTF-8",
		    l->name);
	if (begins_with(l, "\xef\xbb\xbf"))
		l->at = 3;
	return 0;
}

/* The line's end, with more of the file read where that takes it. */
static int
find_end(struct lines *l, char **end, bool *passing, struct err *e)
{
	*end = memchr(l->bytes + l->at, '\n', l->end - l->at);
	if (*end != NULL)
		return 0;
	if (!l->ended && fill(l, e) == -1) {
		*passing = true;
		return -1;
	}
	if (!l->begun && skip_mark(l, e) == -1)
		return -1;
	l->begun = true;
	*end = memchr(l->bytes + l->at, '\n', l->end - l->at);
	if (*end == NULL && l->ended)
		*end = l->bytes + l->end;
	return 0;
}

int
lines_next(struct lines *l, struct line *out, bool *passing, struct err *e)
{
	char	*end;
	bool	 ignored;

	if (passing == NULL)
		passing = &ignored;
	*passing = false;
	if (find_end(l, &end, passing, e) == -1)
		return -1;
	if (end == l->bytes + l->end && l->at == l->end)
		return 0;
	l->number++;
	if (end == NULL || end - (l->bytes + l->at) > LINES_MAX)
		return err_set(e, "%s:%llu: a line of more than %d bytes: not "
		    "a list with one address a line", l->name,
		    (unsigned long long)l->number, LINES_MAX);
	out->text = l->bytes + l->at;
	out->number = l->number;
	l->at = (size_t)(end - l->bytes) + (end < l->bytes + l->end);
	while (end > out->text && end[-1] == '\r')
		end--;
	*end = '\0';
	out->len = (size_t)(end - out->text);
	return 1;
}
