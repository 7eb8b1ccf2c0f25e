/* SPDX-License-Identifier: ISC
 * control/ctl_tail.c - a ring of lines, as large as it needs to be. */
#include "control/ctl_tail.h"

#include <stdlib.h>
#include <string.h>

enum { AT_FIRST = 64 };

/* Room for one more; the ring has not turned yet. */
static int
grow(struct tail *t)
{
	size_t	room = t->room == 0 ? AT_FIRST : 2 * t->room;
	char	**lines;

	if (room > t->limit)
		room = t->limit;
	lines = reallocarray(t->lines, room, sizeof(*lines));
	if (lines == NULL)
		return -1;
	t->lines = lines;
	t->room = room;
	return 0;
}

int
tail_push(struct tail *t, const char *line, size_t len)
{
	char	*copy = strndup(line, len);

	if (copy == NULL || (t->n == t->room && t->n < t->limit &&
	    grow(t) == -1)) {
		free(copy);
		return -1;
	}
	if (t->n < t->room) {
		t->lines[t->n++] = copy;
		return 0;
	}
	free(t->lines[t->first]);
	t->lines[t->first] = copy;
	t->first = (t->first + 1) % t->n;
	return 0;
}

const char *
tail_at(const struct tail *t, size_t i)
{
	return t->lines[(t->first + i) % t->n];
}

void
tail_free(struct tail *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->lines[i]);
	free(t->lines);
	*t = (struct tail){ .limit = t->limit };
}
