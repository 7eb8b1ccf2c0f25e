/* SPDX-License-Identifier: ISC
 * db/steps.c - the step and the sweep that steps.h describes. */
#include "db/steps.h"

#include <stdlib.h>

#include "db/envelope.h"

/* What a step's function wants done. queued: the place of what was found. A
 * later expiry leaves the entry where it is; an earlier one moves it. */
static struct change
change_of(struct store_item *item, int64_t queued)
{
	struct change	c = { .item = item, .queued = item->expires,
			    .from = queued };

	if (item->act == STORE_PUT && item->found && queued <= item->expires)
		c.queued = queued;
	else {
		c.leaves = item->found;
		c.enters = item->act == STORE_PUT;
	}
	return c;
}

/* What to do when an entry's turn has come. when: its place; item: the record
 * as it is now; queued: the place that it names. */
static struct change
change_at_turn(struct store_item *item, int64_t queued, int64_t when,
    int64_t now)
{
	struct change	c = { .item = item, .queued = item->expires,
			    .from = when, .leaves = true };

	if (item->found && item->expires <= now) {
		item->act = STORE_DROP;
		c.from = queued;
	} else if (item->found && queued == when) {
		item->act = STORE_PUT;
		c.enters = true;
	}
	return c;
}

static int
step_inside(const struct steps *s, struct backend_step *step, struct err *e)
{
	int64_t		queued[STORE_STEP_MAX];
	struct change	changes[STORE_STEP_MAX];
	size_t		n = 0;

	if (s->load(s->b, step->items, step->n, queued, e) == -1)
		return -1;
	step->fn(step->items, step->n, step->arg);
	for (size_t i = 0; i < step->n; i++) {
		size_t	at = step->order[i];

		if (step->items[at].act != STORE_LEAVE)
			changes[n++] = change_of(&step->items[at], queued[at]);
	}
	return n == 0 ? 0 : s->write(s->b, changes, n, e);
}

int
steps_step(const struct steps *s, struct backend_step *step, struct err *e)
{
	struct stripes_held	held = { .n = 0 };
	int			status;

	for (size_t i = 0; i < step->n; i++)
		stripes_want(&held, &step->items[i].key);
	stripes_lock(s->stripes, &held);
	status = step_inside(s, step, e);
	stripes_unlock(s->stripes, &held);
	return status;
}

/* One bite of the sweep: entries, and the records that they name. */
struct bite {
	struct due		due[STEPS_DUE_MAX];
	struct store_item	items[STEPS_DUE_MAX];
	struct change		changes[STEPS_DUE_MAX];
};

static int
order_of_keys(const void *a, const void *b)
{
	const struct due	*x = a, *y = b;

	return key_order(&x->key, &y->key);
}

static int
take_bite(const struct steps *s, struct bite *bite, size_t n, int64_t now,
    struct err *e)
{
	int64_t	queued[STEPS_DUE_MAX];

	for (size_t i = 0; i < n; i++)
		bite->items[i].key = bite->due[i].key;
	if (s->load(s->b, bite->items, n, queued, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		bite->changes[i] = change_at_turn(&bite->items[i], queued[i],
		    bite->due[i].when, now);
	return s->write(s->b, bite->changes, n, e);
}

/* The entries were read without a lock: what was dropped or renewed since then
 * is seen under the locks of the keys, and left as it is. */
static int
lock_and_take(const struct steps *s, struct bite *bite, size_t n, int64_t now,
    struct err *e)
{
	struct stripes_held	held = { .n = 0 };
	int			status;

	qsort(bite->due, n, sizeof(bite->due[0]), order_of_keys);
	for (size_t i = 0; i < n; i++)
		stripes_want(&held, &bite->due[i].key);
	stripes_lock(s->stripes, &held);
	status = take_bite(s, bite, n, now, e);
	stripes_unlock(s->stripes, &held);
	return status;
}

int
steps_expire(const struct steps *s, struct store_span span, size_t limit,
    size_t *dropped, struct err *e)
{
	struct bite	*bite = malloc(sizeof(*bite));
	int		 max, n, status = -1;

	*dropped = 0;
	if (bite == NULL)
		return err_set(e, "out of memory");
	max = limit < STEPS_DUE_MAX ? (int)limit : STEPS_DUE_MAX;
	n = s->due(s->b, span, bite->due, max, e);
	if (n >= 0)
		status = n == max;
	if (n > 0 && lock_and_take(s, bite, (size_t)n, span.upto, e) == -1)
		status = -1;
	for (int i = 0; status != -1 && i < n; i++)
		*dropped += bite->items[i].act == STORE_DROP;
	free(bite);
	return status;
}
