/* SPDX-License-Identifier: ISC
 * whitelist/coming.c - where entries that are to be in force belong among the
 * live ones: each of these is looked at once, however many come. */
#include <stdlib.h>
#include <string.h>

#include "whitelist/whitelist_private.h"

static const char *
text_of(const struct coming *c)
{
	return c->l->entry.text;
}

static int
by_order(const void *a, const void *b)
{
	const struct coming	*x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

static int
by_text(const void *a, const void *b)
{
	int	order = strcmp(text_of(a), text_of(b));

	return order != 0 ? order : by_order(a, b);
}

static int
text_is(const void *text, const void *coming)
{
	return strcmp(text, text_of(coming));
}

/* Sorted by texts; of those with the same one the last stays. How many. */
static size_t
keep_last(struct coming *c, size_t n)
{
	size_t	kept = 0;

	for (size_t i = 0; i < n; i++)
		if (i + 1 < n && strcmp(text_of(&c[i]), text_of(&c[i + 1])) == 0)
			listed_unref(&c[i].l);
		else
			c[kept++] = c[i];
	return kept;
}

size_t
coming_place(struct coming *c, size_t n, const struct list *live)
{
	struct coming	*found;

	for (size_t i = 0; i < n; i++) {
		c[i].order = i;
		c[i].at = SIZE_MAX;
	}
	qsort(c, n, sizeof(*c), by_text);
	n = keep_last(c, n);
	for (size_t i = 0; i < live->n; i++) {
		found = bsearch(live->kept[i].l->entry.text, c, n, sizeof(*c),
		    text_is);
		if (found != NULL)
			found->at = i;
	}
	qsort(c, n, sizeof(*c), by_order);
	return n;
}

void
coming_free(struct coming **c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		listed_unref(&(*c)[i].l);
		listed_unref(&(*c)[i].old);
	}
	free(*c);
	*c = NULL;
}
