/* SPDX-License-Identifier: ISC
 * journal/tally_step.c - one hour of counts is added to the store's. */
#include "journal/tally_step.h"

#include "journal/tally_value.h"

/* Hours go by age (journal/tally.c): evictions go by expiry. */
static const int64_t	for_ever = INT64_MAX / 4;

/* What a step adds to an hour. */
struct addition {
	const struct tally_hour *hour;
	bool		 sized;		/* records and bytes count */
	unsigned	 pages;		/* the first items; then the delays */
	unsigned	 kinds[TALLY_KINDS];
	/* set by the step: */
	unsigned	 need;		/* more pages than it was given; or 0 */
	unsigned	 created;
	bool		 damaged;
};

static void
put(struct store_item *item, struct addition *a)
{
	item->act = STORE_PUT;
	item->expires = for_ever;
	a->created += !item->found;
}

static int
decode_all(struct tally_hour *sum, const struct store_item *items, size_t n,
    struct addition *a)
{
	unsigned	pages = 1;

	for (unsigned i = 0; i < n; i++) {
		if (!items[i].found)
			continue;
		if (i < a->pages ?
		    tally_decode_page(sum, i, &items[i], &pages) == -1 :
		    tally_decode_kind(sum, a->kinds[i - a->pages],
		    &items[i]) == -1)
			return -1;
		if (i == 0 && pages > a->pages) {
			a->need = pages;
			return 0;
		}
	}
	return 0;
}

/* A function for store_step(). */
static void
add(struct store_item *items, size_t n, void *arg)
{
	struct addition		*a = arg;
	struct tally_hour	 sum = { 0 };

	a->need = a->created = 0;
	a->damaged = decode_all(&sum, items, n, a) == -1;
	if (a->damaged || a->need > 0)
		return;
	tally_add_hour(&sum, a->hour);
	if (a->sized) {
		sum.records = a->hour->records;
		sum.bytes = a->hour->bytes;
	}
	if (!tally_encode_pages(&sum, items, a->pages)) {
		a->need = a->pages + 1;
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		if (i >= a->pages)
			tally_encode_kind(&sum, a->kinds[i - a->pages],
			    &items[i]);
		put(&items[i], a);
	}
}

static bool
has_delays(const struct tally_hour *h, unsigned kind)
{
	for (unsigned b = 0; b < TALLY_DELAYS; b++)
		if (h->delays[kind][b] > 0)
			return true;
	return false;
}

/* The keys of what changes; how many. */
static size_t
choose(struct addition *a, struct store_item *items)
{
	int64_t		hour = a->hour->hour;
	size_t		n = 0;
	unsigned	kinds = 0;

	for (; n < a->pages; n++)
		tally_key_page(&items[n].key, hour, (unsigned)n);
	for (unsigned k = 0; k < TALLY_KINDS; k++)
		if (has_delays(a->hour, k)) {
			a->kinds[kinds++] = k;
			tally_key_kind(&items[n++].key, hour, k);
		}
	return n;
}

_Static_assert((int)TALLY_PAGES + (int)TALLY_KINDS <= (int)STORE_STEP_MAX,
    "an hour is one step");

int
tally_step(struct store *s, const struct tally_hour *h, bool sized,
    unsigned *created, struct err *e)
{
	struct store_item	items[TALLY_PAGES + TALLY_KINDS];
	struct addition		a = { .hour = h, .sized = sized, .pages = 1 };

	for (;;) {
		if (store_step(s, items, choose(&a, items), add, &a,
		    e) == -1)
			return -1;
		if (a.need == 0)
			break;
		a.pages = a.need;	/* grows, to TALLY_PAGES at most */
	}
	if (a.damaged)
		return err_set(e, "the counts of an hour are damaged, or of a "
		    "newer version; they are left as they are");
	*created = a.created;
	return 0;
}
