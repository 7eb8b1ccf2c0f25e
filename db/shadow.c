/* SPDX-License-Identifier: ISC
 * db/shadow.c - what was written lies in memory, before what the other store
 * has. */
#include "db/shadow.h"

#include <stdlib.h>
#include <string.h>

#include "db/envelope.h"
#include "db/store_private.h"

struct shadow {
	struct store	*of;
	struct store_item *own;		/* act: what was done to each */
	size_t		 n, size;
};

/* What was written of this key; NULL: nothing. */
static struct store_item *
find(const struct shadow *s, const struct store_key *key)
{
	for (size_t i = 0; i < s->n; i++)
		if (key_order(&s->own[i].key, key) == 0)
			return &s->own[i];
	return NULL;
}

static int
read_other(const struct shadow *s, const struct backend_range *range,
    struct store_item *items, int max, struct err *e)
{
	struct store	*of = s->of;
	int		 n;

	if (gate_enter(of->gate, e) == -1)
		return -1;
	n = of->ops->read(of->engine, range, items, max, e);
	gate_leave(of->gate);
	return n;
}

static void
copy(struct store_item *out, const struct store_item *own)
{
	bool	there = own != NULL && own->act == STORE_PUT;

	out->found = there;
	out->act = STORE_LEAVE;
	out->expires = there ? own->expires : 0;
	out->len = there ? own->len : 0;
	if (there)
		memcpy(out->value, own->value, own->len);
}

static int
load(const struct shadow *s, struct store_item *item, struct err *e)
{
	const struct store_item		*own = find(s, &item->key);
	const struct backend_range	 range = { .from = item->key,
					    .prefix = item->key.len };
	struct store_item		 other;
	int				 n;

	if (own != NULL) {
		copy(item, own);
		return 0;
	}
	n = read_other(s, &range, &other, 1, e);
	if (n == -1)
		return -1;
	other.act = STORE_PUT;
	/* The first with that beginning may be a longer one. */
	copy(item, n == 1 && key_order(&other.key, &item->key) == 0 ? &other :
	    NULL);
	return 0;
}

static int
reserve(struct shadow *s, size_t more, struct err *e)
{
	size_t			 size = 2 * (s->n + more);
	struct store_item	*grown;

	if (s->n + more <= s->size)
		return 0;
	grown = reallocarray(s->own, size, sizeof(*grown));
	if (grown == NULL)
		return err_set(e, "out of memory for a dry run");
	s->own = grown;
	s->size = size;
	return 0;
}

static void
keep(struct shadow *s, const struct store_item *item)
{
	struct store_item	*own = find(s, &item->key);

	if (item->act == STORE_LEAVE)
		return;
	if (own == NULL)
		own = &s->own[s->n++];
	*own = *item;
}

static int
step(void *b, struct backend_step *st, struct err *e)
{
	struct shadow	*s = b;

	if (reserve(s, st->n, e) == -1)
		return -1;
	for (size_t i = 0; i < st->n; i++)
		if (load(s, &st->items[i], e) == -1)
			return -1;
	st->fn(st->items, st->n, st->arg);
	for (size_t i = 0; i < st->n; i++)
		keep(s, &st->items[i]);
	return 0;
}

static bool
is_in(const struct backend_range *range, const struct store_key *key)
{
	int	order = key_order(key, &range->from);

	return (order > 0 || (order == 0 && !range->after)) &&
	    key->len >= range->prefix &&
	    memcmp(key->bytes, range->from.bytes, range->prefix) == 0;
}

/* The first of its own that is there and in the range; NULL: none. */
static const struct store_item *
next_own(const struct shadow *s, const struct backend_range *range)
{
	const struct store_item	*first = NULL;

	for (size_t i = 0; i < s->n; i++)
		if (s->own[i].act == STORE_PUT &&
		    is_in(range, &s->own[i].key) && (first == NULL ||
		    key_order(&s->own[i].key, &first->key) < 0))
			first = &s->own[i];
	return first;
}

/* The first of the other's that is not written over. 1, 0 none, -1. */
static int
next_other(const struct shadow *s, struct backend_range range,
    struct store_item *out, struct err *e)
{
	int	n;

	while ((n = read_other(s, &range, out, 1, e)) == 1 &&
	    find(s, &out->key) != NULL) {
		range.from = out->key;
		range.after = true;
	}
	return n;
}

static int
read_both(void *b, const struct backend_range *wanted,
    struct store_item *items, int max, struct err *e)
{
	const struct shadow	*s = b;
	struct backend_range	 range = *wanted;
	const struct store_item	*own;
	int			 n, found;

	if (s->n == 0)
		return read_other(s, &range, items, max, e);
	for (n = 0; n < max; n++) {
		own = next_own(s, &range);
		found = next_other(s, range, &items[n], e);
		if (found == -1)
			return -1;
		if (own == NULL && found == 0)
			break;
		if (own != NULL && (found == 0 ||
		    key_order(&own->key, &items[n].key) < 0)) {
			items[n].key = own->key;
			copy(&items[n], own);
		}
		range.from = items[n].key;
		range.after = true;
	}
	return n;
}

static void
close_shadow(void **b, bool clean)
{
	struct shadow	*s = *b;

	(void)clean;
	free(s->own);
	free(s);
	*b = NULL;
}

static int
expire(void *b, struct store_span span, size_t limit, size_t *dropped,
    struct err *e)
{
	(void)b, (void)span, (void)limit;
	*dropped = 0;
	return err_set(e, "a dry run sweeps nothing");
}

static int
nothing(void *b, struct err *e)
{
	(void)b, (void)e;
	return 0;
}

static int
save_count(void *b, const struct backend_count *count, struct err *e)
{
	(void)b, (void)count, (void)e;
	return 0;
}

static int
backup(void *b, const char *folder, struct err *e)
{
	(void)b, (void)folder;
	return err_set(e, "a dry run copies nothing");
}

static bool
is_broken(void *b)
{
	(void)b;
	return false;
}

/* open and load_count: it is made below. */
static const struct backend	backend_shadow = {
	.name = "shadow",
	.close = close_shadow,
	.step = step,
	.read = read_both,
	.expire = expire,
	.flush = nothing,
	.tend = nothing,
	.save_count = save_count,
	.backup = backup,
	.is_broken = is_broken,
};

int
store_shadow(struct store **out, struct store *of, struct err *e)
{
	struct store	*s = calloc(1, sizeof(*s));
	struct shadow	*engine = calloc(1, sizeof(*engine));
	struct gate	*gate = gate_new(1);

	if (s == NULL || engine == NULL || gate == NULL) {
		gate_free(&gate);
		free(engine);
		free(s);
		return err_set(e, "out of memory for a dry run");
	}
	engine->of = of;
	*s = (struct store){ .ops = &backend_shadow, .engine = engine,
	    .gate = gate, .folder.lock = -1, .quiet = true };
	*out = s;
	return 0;
}
