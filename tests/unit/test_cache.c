/* SPDX-License-Identifier: ISC
 * tests/unit/test_cache.c - what is remembered of an address, and for how
 * long. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "recipient/cache.h"
#include "tests/lib/store_world.h"

enum { START = 1700000000, DAY = 86400 };

static const struct cache_rule	rule = { .fresh = 600, .stale = DAY,
	.negative = 60, .former = 90 * DAY, .size = 1000 };

/* One thing that happens to an address, and what is known of it then. */
struct step {
	int64_t		 at;		/* after START */
	char		 act;		/* Yes, No, Retired, Forgotten, - */
	int		 returns;
	const char	*known;		/* Yes No Stale Former, "" nothing */
};

static int
act_on(struct cache *c, const struct cache_rule *r, const char *address,
    char act, int64_t now)
{
	switch (act) {
	case 'Y':
		return cache_accept(c, r, address, now, NULL);
	case 'N':
		return cache_deny(c, r, address, now, NULL);
	case 'R':
		return cache_retire(c, r, address, now, NULL);
	case 'F':
		return cache_forget(c, address, NULL);
	default:
		return 0;
	}
}

static const char *
known(struct cache *c, const struct cache_rule *r, const char *address,
    int64_t now)
{
	static char	text[8];
	struct cached	got;
	int		there = cache_get(c, r, address, now, &got, NULL);

	assert_true(there == 1 || (there == 0 && got.checked == 0));
	(void)snprintf(text, sizeof(text), "%s%s%s%s", got.yes ? "Y" : "",
	    got.no ? "N" : "", got.stale ? "S" : "", got.former ? "F" : "");
	assert_true(there == 1 || text[0] == '\0');
	return text;
}

static void
play(struct store *store, const struct cache_rule *r,
    const struct step *steps, size_t n)
{
	struct cache	*c = cache_new(store);

	for (size_t i = 0; i < n; i++) {
		int64_t		 now = START + steps[i].at;
		int		 got;
		const char	*text;

		got = act_on(c, r, "bob@example.com", steps[i].act, now);
		text = known(c, r, "bob@example.com", now);
		if (got != steps[i].returns || strcmp(text, steps[i].known))
			fail_msg("step %zu: %d, \"%s\"", i + 1, got, text);
		assert_string_equal(known(c, r, "eve@example.com", now), "");
	}
	cache_free(&c);
	assert_null(c);
}

#define CASE(name, r, ...)						\
static void								\
name(void **state)							\
{									\
	static const struct step	s[] = { __VA_ARGS__ };		\
									\
	play(((struct world *)*state)->s, r, s, sizeof(s) / sizeof(s[0]));\
}

CASE(a_yes_is_fresh_then_stale_then_a_former_users, &rule,
    { 0, '-', 0, "" }, { 0, 'Y', 0, "YSF" }, { 599, '-', 0, "YSF" },
    { 600, '-', 0, "SF" }, { DAY - 1, '-', 0, "SF" },
    { DAY, '-', 0, "F" }, { 90 * DAY - 1, '-', 0, "F" },
    { 90 * DAY, '-', 0, "" })

CASE(a_yes_is_renewed, &rule,
    { 0, 'Y', 0, "YSF" }, { 700, 'Y', 0, "YSF" }, { 1299, '-', 0, "YSF" },
    { 1300, '-', 0, "SF" }, { DAY + 699, '-', 0, "SF" },
    { 90 * DAY + 699, '-', 0, "F" }, { 90 * DAY + 700, '-', 0, "" })

CASE(a_no_is_kept_for_its_own_time, &rule,
    { 0, 'N', 1, "N" }, { 59, '-', 0, "N" }, { 60, '-', 0, "" },
    { 70, 'N', 1, "N" }, { 129, '-', 0, "N" }, { 130, '-', 0, "" })

CASE(a_no_of_one_who_was_there_needs_time, &rule,
    { 0, 'Y', 0, "YSF" }, { 700, 'N', 0, "SF" }, { 900, 'N', 0, "SF" },
    { 1299, 'N', 0, "SF" }, { 1300, 'N', 1, "NF" }, { 1360, '-', 0, "F" },
    { 1400, 'N', 1, "NF" }, { 90 * DAY - 1, '-', 0, "F" },
    { 90 * DAY, '-', 0, "" })

CASE(a_yes_in_between_begins_that_time_anew, &rule,
    { 0, 'Y', 0, "YSF" }, { 700, 'N', 0, "SF" }, { 800, 'Y', 0, "YSF" },
    { 1400, 'N', 0, "SF" }, { 1999, 'N', 0, "SF" }, { 2000, 'N', 1, "NF" })

CASE(one_who_has_long_not_been_seen_is_missing_for_a_while_first, &rule,
    { 0, 'Y', 0, "YSF" }, { DAY, 'N', 0, "F" }, { DAY + 599, 'N', 0, "F" },
    { DAY + 600, 'N', 1, "NF" }, { DAY + 660, 'N', 1, "NF" },
    { DAY + 670, 'Y', 0, "YSF" })

CASE(who_is_retired_was_a_user_and_is_no_answer, &rule,
    { 0, 'R', 0, "F" }, { 1, 'N', 1, "NF" }, { 61, '-', 0, "F" },
    { 90 * DAY - 1, '-', 0, "F" }, { 90 * DAY, '-', 0, "" })

CASE(who_is_retired_is_denied_at_once, &rule,
    { 0, 'Y', 0, "YSF" }, { 10, 'R', 0, "F" }, { 20, 'N', 1, "NF" },
    { 90 * DAY + 9, '-', 0, "F" })

CASE(who_is_forgotten_was_never_there, &rule,
    { 0, 'F', 0, "" }, { 0, 'Y', 0, "YSF" }, { 1, 'F', 1, "" },
    { 2, 'N', 1, "N" }, { 3, 'F', 1, "" }, { 4, 'F', 0, "" })

CASE(what_was_checked_in_the_future_is_not_fresh, &rule,
    { 0, 'Y', 0, "YSF" }, { -1, '-', 0, "SF" }, { -5000, 'N', 0, "SF" },
    { -4401, 'N', 0, "SF" }, { -4400, 'N', 1, "NF" },
    { -9000, '-', 0, "F" }, { -9000, 'Y', 0, "YSF" })

CASE(a_no_of_the_future_is_not_fresh, &rule,
    { 0, 'N', 1, "N" }, { -1, '-', 0, "" }, { -1, 'N', 1, "N" })

CASE(a_time_that_went_back_while_one_was_missing_starts_over, &rule,
    { 0, 'Y', 0, "YSF" }, { 5000, 'N', 0, "SF" }, { 4000, 'N', 0, "SF" },
    { 4599, 'N', 0, "SF" }, { 4600, 'N', 1, "NF" })

static const struct cache_rule	none_kept = { .fresh = 0, .stale = DAY,
	.negative = 0, .former = 0, .size = 1000 };

CASE(what_is_not_to_be_kept_is_not, &none_kept,
    { 0, 'N', 1, "" }, { 0, 'Y', 0, "S" }, { 1, 'N', 1, "" },
    { 2, 'Y', 0, "S" }, { 3, 'R', 0, "" })

/* Soon after the epoch, where a time of 0 is none. */
static void
on_a_young_clock_nobody_was_a_user_before(void **state)
{
	struct cache	*c = cache_new(((struct world *)*state)->s);

	assert_int_equal(cache_deny(c, &rule, "a@x", 1000, NULL), 1);
	assert_string_equal(known(c, &rule, "a@x", 1000), "N");
	cache_free(&c);
}

static void
a_record_is_gone_when_it_expires(void **state)
{
	struct store	*s = ((struct world *)*state)->s;
	struct cache	*c = cache_new(s);
	struct cached	 got;

	assert_int_equal(cache_accept(c, &rule, "a@x", START, NULL), 0);
	assert_int_equal(cache_deny(c, &rule, "b@x", START, NULL), 1);
	assert_int_equal(cache_get(c, &rule, "b@x", START + 59, &got, NULL),
	    1);
	assert_int_equal(got.checked, START);
	/* Swept or not. */
	assert_int_equal(cache_get(c, &rule, "b@x", START + 60, &got, NULL),
	    0);
	assert_int_equal(got.checked, 0);
	assert_int_equal(expire(s, START + 59, 10, 0), 0);
	assert_int_equal(expire(s, START + 60, 10, 0), 1);
	assert_int_equal(expire(s, START + 90 * DAY - 1, 10, 0), 0);
	assert_int_equal(expire(s, START + 90 * DAY, 10, 0), 1);
	cache_free(&c);
}

static bool
count_hashed(const struct store_item *item, void *arg)
{
	assert_int_equal(item->key.len, 2 + 1 + 32);
	++*(int *)arg;
	return true;
}

static void
a_long_address_is_one_of_its_own(void **state)
{
	struct store	*s = ((struct world *)*state)->s;
	struct cache	*c = cache_new(s);
	char		 a[400], b[400], hashed[3] = "\x01x";
	int		 n = 0;

	memset(a, 'a', sizeof(a));
	a[sizeof(a) - 1] = '\0';
	memcpy(b, a, sizeof(b));
	b[390] = 'b';
	assert_int_equal(cache_accept(c, &rule, a, START, NULL), 0);
	assert_int_equal(cache_accept(c, &rule, hashed, START, NULL), 0);
	assert_string_equal(known(c, &rule, a, START), "YSF");
	assert_string_equal(known(c, &rule, b, START), "");
	assert_string_equal(known(c, &rule, hashed, START), "YSF");
	assert_int_equal(store_walk(s, "r\0\x01", 3, count_hashed, &n, NULL),
	    0);
	assert_int_equal(n, 2);
	assert_int_equal(cache_forget(c, a, NULL), 1);
	assert_string_equal(known(c, &rule, a, START), "");
	cache_free(&c);
}

static void
many(struct cache *c, char act, const char *prefix, int n, int64_t now)
{
	char	address[40];

	for (int i = 0; i < n; i++) {
		(void)snprintf(address, sizeof(address), "%s%d@x", prefix, i);
		/* 'n': a no that is not believed yet. */
		assert_int_equal(act_on(c, &rule, address,
		    act == 'n' ? 'N' : act, now), act == 'N');
	}
}

static void
expect(struct cache *c, uint64_t yes, uint64_t no, uint64_t refused)
{
	struct cache_stats	stats;

	cache_stats(c, &stats);
	if (stats.yes != yes || stats.no != no || stats.refused != refused)
		fail_msg("%d yes, %d no, %d refused", (int)stats.yes,
		    (int)stats.no, (int)stats.refused);
}

static void
guesses_take_a_tenth_and_no_users_room(void **state)
{
	struct store	*s = ((struct world *)*state)->s;
	struct cache	*c = cache_new(s);

	many(c, 'N', "guess", 5000, START);
	expect(c, 0, 100, 4900);
	assert_int_equal(count_told(s), 100);
	many(c, 'Y', "user", 1000, START);
	expect(c, 1000, 100, 4900);
	assert_int_equal(count_told(s), 1100);
	/* Full of users: no more of them, but these are renewed. */
	many(c, 'Y', "more", 7, START);
	many(c, 'R', "left", 3, START);
	expect(c, 1000, 100, 4910);
	many(c, 'Y', "user", 1000, START + 500);
	assert_string_equal(known(c, &rule, "user999@x", START + 1099),
	    "YSF");
	assert_string_equal(known(c, &rule, "more1@x", START), "");
	/* Nor does a "no" of a user need room. */
	many(c, 'n', "user", 1000, START + DAY + 500);
	many(c, 'N', "user", 1000, START + DAY + 1100);
	expect(c, 1000, 0, 4910);
	assert_string_equal(known(c, &rule, "user0@x", START + DAY + 1100),
	    "NF");
	assert_int_equal(cache_forget(c, "user0@x", NULL), 1);
	many(c, 'Y', "more", 2, START + DAY + 1100);
	expect(c, 1000, 0, 4911);
	cache_free(&c);
}

/* Counted by the windows in which they began: never too few. */
static void
guesses_that_are_over_make_room(void **state)
{
	struct cache	*c = cache_new(((struct world *)*state)->s);
	const int64_t	 window = START / 60 * 60;

	many(c, 'N', "a", 60, window + 59);
	many(c, 'N', "b", 60, window + 61);
	expect(c, 0, 100, 20);
	many(c, 'N', "c", 60, window + 120);
	expect(c, 0, 100, 20);
	many(c, 'N', "d", 60, window + 179);
	expect(c, 0, 100, 80);
	/* Who read the clock a moment before the others changes nothing. */
	many(c, 'N', "e", 1, window + 119);
	expect(c, 0, 100, 81);
	many(c, 'N', "f", 10, window + 600);
	expect(c, 0, 10, 81);
	many(c, 'N', "g", 10, window);
	expect(c, 0, 10, 81);
	cache_free(&c);
}

static void
one_who_is_there_after_all_is_counted_as_such(void **state)
{
	struct cache	*c = cache_new(((struct world *)*state)->s);

	many(c, 'N', "new", 5, START);
	many(c, 'N', "new", 5, START + 1);
	expect(c, 0, 5, 0);
	many(c, 'Y', "new", 5, START + 2);
	many(c, 'Y', "new", 5, START + 3);
	expect(c, 5, 5, 0);
	many(c, 'R', "new", 5, START + 4);
	expect(c, 5, 5, 0);
	/* What has expired and is still in the store is no user any more. */
	many(c, 'N', "new", 5, START + 91 * DAY);
	expect(c, 0, 5, 0);
	cache_free(&c);
}

static void
what_an_earlier_process_kept_is_there_and_counted(void **state)
{
	struct world	*w = *state;
	struct cache	*c = cache_new(w->s);

	many(c, 'Y', "user", 30, START);
	many(c, 'N', "guess", 20, START);
	cache_free(&c);
	store_close(&w->s);
	world_open(w);
	put_many(w->s, "rs", 3);
	c = cache_new(w->s);
	expect(c, 0, 0, 0);
	assert_int_equal(cache_count(c, NULL), 0);
	expect(c, 30, 20, 0);
	assert_string_equal(known(c, &rule, "user29@x", START + 1), "YSF");
	assert_string_equal(known(c, &rule, "guess0@x", START + 1), "N");
	many(c, 'N', "other", 90, START + 1);
	expect(c, 30, 100, 10);
	cache_free(&c);
}

static void
a_store_that_fails_is_said_and_nothing_is_known(void **state)
{
	struct world	*w = *state;
	struct cache	*c = cache_new(w->s);
	struct cached	 got;
	struct err	 e;

	many(c, 'Y', "user", 1, START);
	remove_all(w->state);
	assert_int_equal(store_tend(w->s, START, NULL), -1);
	e.text[0] = '\0';
	assert_int_equal(cache_get(c, &rule, "user0@x", START, &got, &e), -1);
	assert_true(e.text[0] != '\0');
	assert_false(got.yes || got.no || got.stale || got.former);
	assert_int_equal(cache_accept(c, &rule, "a@x", START, &e), -1);
	assert_int_equal(cache_deny(c, &rule, "a@x", START, &e), -1);
	assert_int_equal(cache_retire(c, &rule, "a@x", START, &e), -1);
	assert_int_equal(cache_forget(c, "a@x", &e), -1);
	assert_int_equal(cache_count(c, &e), -1);
	expect(c, 1, 0, 0);
	cache_free(&c);
}

static void *
use(void *arg)
{
	struct cache	*c = arg;
	struct cached	 got;

	for (int i = 0; i < 20; i++) {
		many(c, 'Y', "user", 20, START + i);
		many(c, 'N', "guess", 30, START + 60 * i);
		if (cache_get(c, &rule, "user0@x", START + i, &got, NULL) != 1)
			return c;
	}
	return NULL;
}

static void
threads_do_not_disturb_each_other(void **state)
{
	struct cache		*c = cache_new(((struct world *)*state)->s);
	struct cache_stats	 stats;
	pthread_t		 thread[4];
	void			*failed;

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, use, c), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(thread[i], &failed), 0);
		assert_null(failed);
	}
	cache_stats(c, &stats);
	assert_int_equal(stats.yes, 20);
	assert_true(stats.hits + stats.misses == 80);
	cache_free(&c);
}

#define IN_MEMORY(f)							\
	cmocka_unit_test_setup_teardown(f, world_in_memory, world_end)
#define IN_FOLDER(f)							\
	cmocka_unit_test_setup_teardown(f, world_in_folder, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_MEMORY(a_yes_is_fresh_then_stale_then_a_former_users),
		IN_MEMORY(a_yes_is_renewed),
		IN_MEMORY(a_no_is_kept_for_its_own_time),
		IN_MEMORY(a_no_of_one_who_was_there_needs_time),
		IN_MEMORY(a_yes_in_between_begins_that_time_anew),
		IN_MEMORY(one_who_has_long_not_been_seen_is_missing_for_a_while_first),
		IN_MEMORY(who_is_retired_was_a_user_and_is_no_answer),
		IN_MEMORY(who_is_retired_is_denied_at_once),
		IN_MEMORY(who_is_forgotten_was_never_there),
		IN_MEMORY(what_was_checked_in_the_future_is_not_fresh),
		IN_MEMORY(a_no_of_the_future_is_not_fresh),
		IN_MEMORY(
		    a_time_that_went_back_while_one_was_missing_starts_over),
		IN_MEMORY(what_is_not_to_be_kept_is_not),
		IN_MEMORY(on_a_young_clock_nobody_was_a_user_before),
		IN_MEMORY(a_record_is_gone_when_it_expires),
		IN_MEMORY(a_long_address_is_one_of_its_own),
		IN_MEMORY(guesses_take_a_tenth_and_no_users_room),
		IN_MEMORY(guesses_that_are_over_make_room),
		IN_MEMORY(one_who_is_there_after_all_is_counted_as_such),
		IN_FOLDER(what_an_earlier_process_kept_is_there_and_counted),
		IN_FOLDER(a_store_that_fails_is_said_and_nothing_is_known),
		IN_MEMORY(threads_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
