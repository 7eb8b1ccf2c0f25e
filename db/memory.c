/* SPDX-License-Identifier: ISC
 * db/memory.c - records in a sorted array: the engine of tests. What others
 * must do, in the fewest lines; nothing outlives the process. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "db/backend.h"
#include "db/envelope.h"

enum { FIRST_ROOM = 64 };

struct memory {
	pthread_mutex_t		  lock;
	struct store_item	**item;		/* in the order of keys */
	size_t			  n, room;
};

static int
open_memory(void **out, const struct backend_conf *conf, struct err *e)
{
	struct memory	*m = calloc(1, sizeof(*m));

	(void)conf;
	if (m != NULL)
		m->item = calloc(FIRST_ROOM, sizeof(*m->item));
	if (m == NULL || m->item == NULL) {
		free(m);
		return err_set(e, "out of memory");
	}
	m->room = FIRST_ROOM;
	(void)pthread_mutex_init(&m->lock, NULL);
	*out = m;
	return 0;
}

static void
close_memory(void **b, bool clean)
{
	struct memory	*m = *b;

	(void)clean;
	for (size_t i = 0; i < m->n; i++)
		free(m->item[i]);
	free(m->item);
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
	*b = NULL;
}

/* Where the first record is whose key is not before this one. */
static size_t
place(const struct memory *m, const struct store_key *key)
{
	size_t	low = 0, high = m->n;

	while (low < high) {
		size_t	middle = low + (high - low) / 2;

		if (key_order(&m->item[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct store_item *
find(const struct memory *m, const struct store_key *key)
{
	size_t	at = place(m, key);

	if (at == m->n || key_order(&m->item[at]->key, key) != 0)
		return NULL;
	return m->item[at];
}

static void
load(const struct memory *m, struct store_item *item)
{
	const struct store_item	*rec = find(m, &item->key);

	item->act = STORE_LEAVE;
	item->found = rec != NULL;
	item->expires = item->found ? rec->expires : 0;
	item->len = item->found ? rec->len : 0;
	if (item->found)
		memcpy(item->value, rec->value, rec->len);
}

/* A copy of each new record, made before anything is changed. */
static int
prepare(const struct store_item *items, size_t n,
    struct store_item *fresh[STORE_STEP_MAX])
{
	for (size_t i = 0; i < n; i++) {
		fresh[i] = NULL;
		if (items[i].act != STORE_PUT || items[i].found)
			continue;
		fresh[i] = malloc(sizeof(*fresh[i]));
		if (fresh[i] != NULL)
			continue;
		while (i-- > 0)
			free(fresh[i]);
		return -1;
	}
	return 0;
}

static int
make_room(struct memory *m, size_t more)
{
	struct store_item	**grown;

	if (m->n + more <= m->room)
		return 0;
	grown = reallocarray(m->item, m->room * 2 + more, sizeof(*grown));
	if (grown == NULL)
		return -1;
	m->item = grown;
	m->room = m->room * 2 + more;
	return 0;
}

static void
insert(struct memory *m, struct store_item *rec)
{
	size_t	at = place(m, &rec->key);

	memmove(m->item + at + 1, m->item + at, (m->n - at) * sizeof(*m->item));
	m->item[at] = rec;
	m->n++;
}

static void
drop(struct memory *m, const struct store_key *key)
{
	size_t	at = place(m, key);

	if (at == m->n || key_order(&m->item[at]->key, key) != 0)
		return;
	free(m->item[at]);
	m->n--;
	memmove(m->item + at, m->item + at + 1, (m->n - at) * sizeof(*m->item));
}

static void
apply(struct memory *m, const struct store_item *item,
    struct store_item *fresh)
{
	struct store_item	*rec;

	if (item->act == STORE_DROP)
		drop(m, &item->key);
	if (item->act != STORE_PUT)
		return;
	rec = fresh != NULL ? fresh : find(m, &item->key);
	*rec = *item;
	rec->found = true;
	rec->act = STORE_LEAVE;
	if (fresh != NULL)
		insert(m, fresh);
}

static int
step_memory(void *b, struct backend_step *s, struct err *e)
{
	struct memory		*m = b;
	struct store_item	*items = s->items;
	size_t			 n = s->n;
	struct store_item	*fresh[STORE_STEP_MAX];
	int			 status = -1;

	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < n; i++)
		load(m, &items[i]);
	s->fn(items, n, s->arg);
	if (make_room(m, n) == 0 && prepare(items, n, fresh) == 0) {
		for (size_t i = 0; i < n; i++)
			apply(m, &items[i], fresh[i]);
		status = 0;
	}
	pthread_mutex_unlock(&m->lock);
	return status == 0 ? 0 : err_set(e, "out of memory");
}

static int
read_memory(void *b, const struct backend_range *range,
    struct store_item *items, int max, struct err *e)
{
	struct memory	*m = b;
	int		 n = 0;
	size_t		 at;

	(void)e;
	pthread_mutex_lock(&m->lock);
	at = place(m, &range->from);
	if (range->after && at < m->n &&
	    key_order(&m->item[at]->key, &range->from) == 0)
		at++;
	for (; n < max && at < m->n; at++) {
		const struct store_key	*key = &m->item[at]->key;

		if (key->len < range->prefix || memcmp(key->bytes,
		    range->from.bytes, range->prefix) != 0)
			break;
		items[n++] = *m->item[at];
	}
	pthread_mutex_unlock(&m->lock);
	return n;
}

static bool
in_span(const struct store_item *item, struct store_span span)
{
	return item->expires > span.after && item->expires <= span.upto;
}

/* The record of the span that expires first, or m->n. */
static size_t
earliest(const struct memory *m, struct store_span span)
{
	size_t	best = m->n;

	for (size_t i = 0; i < m->n; i++)
		if (in_span(m->item[i], span) && (best == m->n ||
		    m->item[i]->expires < m->item[best]->expires))
			best = i;
	return best;
}

static int
expire_memory(void *b, struct store_span span, size_t limit,
    size_t *dropped, struct err *e)
{
	struct memory	*m = b;
	size_t		 i = 0;

	(void)e;
	pthread_mutex_lock(&m->lock);
	for (*dropped = 0; *dropped < limit; ++*dropped) {
		i = earliest(m, span);
		if (i == m->n)
			break;
		free(m->item[i]);
		memmove(m->item + i, m->item + i + 1,
		    (m->n - i - 1) * sizeof(*m->item));
		m->n--;
	}
	pthread_mutex_unlock(&m->lock);
	return *dropped == limit;
}

static int
nothing_to_do(void *b, struct err *e)
{
	(void)b;
	(void)e;
	return 0;
}

static int
save_count(void *b, const struct backend_count *count, struct err *e)
{
	(void)b;
	(void)count;
	(void)e;
	return 0;
}

static int
load_count(void *b, struct backend_count *count, struct err *e)
{
	(void)b;
	(void)e;
	*count = (struct backend_count){ .exact = true };
	return 0;
}

static int
no_backup(void *b, const char *folder, struct err *e)
{
	(void)b;
	return err_set(e, "a state in memory cannot be copied to %s", folder);
}

static bool
is_never_broken(void *b)
{
	(void)b;
	return false;
}

const struct backend	backend_memory = {
	.name = "memory",
	.open = open_memory,
	.close = close_memory,
	.step = step_memory,
	.read = read_memory,
	.expire = expire_memory,
	.flush = nothing_to_do,
	.tend = nothing_to_do,
	.save_count = save_count,
	.load_count = load_count,
	.backup = no_backup,
	.is_broken = is_never_broken,
};
