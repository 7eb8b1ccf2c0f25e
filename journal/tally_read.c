/* SPDX-License-Identifier: ISC
 * journal/tally_read.c - the store's hours, in order. */
#include "journal/tally.h"

#include "journal/tally_value.h"

enum { DAY = 86400, BY_DAY_MAX = 31 };

struct reading {
	int64_t		 from, until;
	tally_each_fn	 each;
	void		*arg;
	struct tally_hour hour;		/* what was read of it so far */
	bool		 has_hour, ended;
};

static void
tell(struct reading *r)
{
	if (r->has_hour && !r->ended && !r->each(&r->hour, r->arg))
		r->ended = true;
	r->has_hour = false;
}

/* One that is damaged is left out, not the others. */
static bool
take(const struct store_item *item, void *arg)
{
	struct reading		*r = arg;
	struct tally_place	 place;
	unsigned		 pages;

	if (tally_key_place(&item->key, &place) == -1 ||
	    place.hour < r->from || place.hour >= r->until)
		return true;
	if (r->has_hour && r->hour.hour != place.hour)
		tell(r);
	if (!r->has_hour)
		r->hour = (struct tally_hour){ .hour = place.hour };
	r->has_hour = true;
	if (place.is_page)
		(void)tally_decode_page(&r->hour, place.nth, item, &pages);
	else
		(void)tally_decode_kind(&r->hour, place.nth, item);
	return !r->ended;
}

static int
read_days(struct store *s, struct reading *r, struct err *e)
{
	struct store_key	key;

	for (int64_t day = r->from - r->from % DAY; day < r->until &&
	    !r->ended; day += DAY) {
		tally_key_prefix(&key, day, TALLY_DAY_LEN);
		if (store_walk(s, key.bytes, key.len, take, r, e) == -1)
			return -1;
	}
	return 0;
}

int
tally_each(struct store *s, int64_t from, int64_t until, tally_each_fn each,
    void *arg, struct err *e)
{
	struct reading	r = { .from = from < 0 ? 0 : from, .until = until,
			    .each = each, .arg = arg };
	int		rc;

	if (r.until <= r.from)
		return 0;
	if (r.until - r.from <= BY_DAY_MAX * (int64_t)DAY)
		rc = read_days(s, &r, e);
	else
		rc = store_walk(s, "n", 1, take, &r, e);
	if (rc == -1)
		return -1;
	tell(&r);
	return 0;
}
