/* SPDX-License-Identifier: ISC
 * whitelist/list.c - entries in a row, each with a reference. */
#include <stdlib.h>
#include <string.h>

#include "whitelist/whitelist_private.h"

int
list_append(struct list *list, struct listed **l)
{
	struct kept	*grown;
	size_t		 size = list->size > 0 ? list->size * 2 : 64;

	if (list->n == list->size) {
		grown = reallocarray(list->kept, size, sizeof(*grown));
		if (grown == NULL)
			return -1;
		list->kept = grown;
		list->size = size;
	}
	list->kept[list->n++] = (struct kept){ .l = *l, .renew = INT64_MAX,
	    .written = atomic_load(&(*l)->hits) };
	*l = NULL;
	return 0;
}

int
list_append_to(struct listed **l, void *list)
{
	return list_append(list, l);
}

void
list_clear(struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		listed_unref(&list->kept[i].l);
	free(list->kept);
	*list = (struct list){ NULL, 0, 0 };
}

int64_t
list_next_end(const struct list *list)
{
	int64_t	end = INT64_MAX;

	for (size_t i = 0; i < list->n; i++)
		if (list->kept[i].l->expires < end)
			end = list->kept[i].l->expires;
	return end;
}

int
list_view(struct view **out, const struct list *live, const struct list *files,
    struct err *e)
{
	struct listed	**all = calloc(live->n + files->n + 1, sizeof(*all));
	size_t		  n = 0;
	int		  done;

	if (all == NULL)
		return err_set(e, "out of memory for the whitelist");
	for (size_t i = 0; i < live->n; i++)
		all[n++] = live->kept[i].l;
	for (size_t i = 0; i < files->n; i++)
		all[n++] = files->kept[i].l;
	done = view_new(out, all, n, e);
	free(all);
	return done;
}
