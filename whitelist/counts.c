/* SPDX-License-Identifier: ISC
 * whitelist/counts.c - hits of entries outlive reloads and restarts.
 *
 * Counts belong to a text: of entries that stand twice only the first is ever
 * matched, so it alone has them. */
#include <stdlib.h>
#include <string.h>

#include "whitelist/live.h"
#include "whitelist/whitelist_private.h"

/* Long before the store forgets a record that nothing changes. */
static const int64_t	renewed_after = LIVE_COUNTS_KEPT / 4;

static const char *
text_of(const struct kept *k)
{
	return k->l->entry.text;
}

static int
by_text(const void *a, const void *b)
{
	const struct kept	*x = *(struct kept *const *)a;
	const struct kept	*y = *(struct kept *const *)b;
	int			 order = strcmp(text_of(x), text_of(y));

	return order != 0 ? order : (x > y) - (x < y);
}

/* By their texts, the earlier of equals first; behind the last is NULL. */
static struct kept **
sorted(const struct list *list)
{
	struct kept	**s = calloc(list->n + 1, sizeof(*s));

	for (size_t i = 0; s != NULL && i < list->n; i++)
		s[i] = &list->kept[i];
	if (s != NULL)
		qsort(s, list->n, sizeof(*s), by_text);
	return s;
}

/* The same line of the same file goes on as it is: it loses no hit. */
static void
from_before(struct kept *k, const struct kept *old)
{
	if (k->l->origin == old->l->origin &&
	    strcmp(k->l->where, old->l->where) == 0) {
		listed_unref(&k->l);
		k->l = listed_ref(old->l);
	} else {
		k->l->created = old->l->created;
		atomic_store(&k->l->hits, atomic_load(&old->l->hits));
		atomic_store(&k->l->last_hit, atomic_load(&old->l->last_hit));
	}
	k->written = old->written;
	k->renew = old->renew;
}

/* Of one that the store does not know, that it was seen now is worth storing,
 * too. */
static int
from_store(struct store *store, struct kept *k, int64_t now, struct err *e)
{
	int64_t	until;
	int	known;

	k->l->created = now;
	known = live_get_counts(store, k->l, &until, e);
	if (known == -1)
		return -1;
	k->renew = known == 1 ? until - LIVE_COUNTS_KEPT + renewed_after : now;
	k->written = atomic_load(&k->l->hits);
	return 0;
}

int
counts_inherit(struct store *store, const struct list *before,
    struct list *new, int64_t now, struct err *e)
{
	struct kept	**old = sorted(before), **own = sorted(new);
	struct kept	**o = old;
	int		  done = 0;

	if (old == NULL || own == NULL)
		done = err_set(e, "out of memory for the whitelist");
	for (size_t i = 0; done == 0 && i < new->n; i++) {
		const char	*text = text_of(own[i]);

		if (i > 0 && strcmp(text, text_of(own[i - 1])) == 0) {
			own[i]->l->created = own[i - 1]->l->created;
			continue;
		}
		while (*o != NULL && strcmp(text_of(*o), text) < 0)
			o++;
		if (*o != NULL && strcmp(text_of(*o), text) == 0)
			from_before(own[i], *o);
		else
			done = from_store(store, own[i], now, e);
	}
	free(old);
	free(own);
	return done;
}

static int
write_one(struct store *store, struct kept *k, int64_t now, struct err *e)
{
	unsigned long long	hits = atomic_load(&k->l->hits);

	if ((k->l->origin == ENTRY_LIVE ? live_put(store, k->l, e) :
	    live_put_counts(store, k->l, now, e)) == -1)
		return -1;
	k->written = hits;
	if (k->l->origin != ENTRY_LIVE)
		k->renew = now + renewed_after;
	return 0;
}

int
counts_write(struct store *store, struct list *list, int64_t now,
    size_t *room, struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		struct kept	*k = &list->kept[i];

		if (atomic_load(&k->l->hits) == k->written && now < k->renew)
			continue;
		if (*room == 0)
			return 1;
		--*room;
		if (write_one(store, k, now, e) == -1)
			return -1;
	}
	return 0;
}
