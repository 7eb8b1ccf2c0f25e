/* SPDX-License-Identifier: ISC
 * tests/unit/test_crowd.c - counting over windows, marks in slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "policy/crowd.h"

static const struct grey_conf conf =
    { .delay = 60, .window = 1000, .remember = 86400 };

enum { START = 1700000000 };		/* a multiple of the window */

/* What the store does between two steps. */
static void
stored(struct store_item *item)
{
	assert_int_equal(item->act, STORE_PUT);
	item->found = true;
	item->act = STORE_LEAVE;
}

static uint64_t
pending(struct crowd *c, const char *identity, int64_t now)
{
	return crowd_pending(c, identity, &conf, now);
}

static void
begun_ones_are_counted_and_passed_ones_taken_off(void **state)
{
	struct crowd	*c = crowd_new();

	(void)state;
	assert_int_equal(pending(c, "net:a", START), 0);
	for (int i = 0; i < 3; i++)
		crowd_count(c, "net:a", 1, &conf, START);
	assert_int_equal(pending(c, "net:a", START), 3);
	assert_int_equal(pending(c, "net:b", START), 0);
	crowd_count(c, "net:a", -1, &conf, START);
	assert_int_equal(pending(c, "net:a", START), 2);
	crowd_free(&c);
	assert_null(c);
}

static void
taking_off_from_nothing_is_nothing(void **state)
{
	struct crowd	*c = crowd_new();

	(void)state;
	crowd_count(c, "net:a", -1, &conf, START);
	assert_int_equal(pending(c, "net:a", START), 0);
	crowd_count(c, "net:a", 1, &conf, START);
	assert_int_equal(pending(c, "net:a", START), 1);
	crowd_free(&c);
}

static void
a_count_lasts_this_window_and_two_more(void **state)
{
	struct crowd	*c = crowd_new();

	(void)state;
	crowd_count(c, "net:a", 1, &conf, START);
	assert_int_equal(pending(c, "net:a", START + 999), 1);
	crowd_count(c, "net:a", 1, &conf, START + 1500);
	assert_int_equal(pending(c, "net:a", START + 2999), 2);
	assert_int_equal(pending(c, "net:a", START + 3000), 1);
	/* Taken off where it was counted, though the window moved on. */
	crowd_count(c, "net:a", -1, &conf, START + 3000);
	assert_int_equal(pending(c, "net:a", START + 3000), 0);
	crowd_count(c, "net:a", 1, &conf, START + 3000);
	assert_int_equal(pending(c, "net:a", START + 9000), 0);
	crowd_free(&c);
}

static void
a_clock_that_went_back_or_another_window_starts_anew(void **state)
{
	const struct grey_conf	 other =
	    { .delay = 60, .window = 500, .remember = 86400 };
	struct crowd		*c = crowd_new();

	(void)state;
	crowd_count(c, "net:a", 1, &conf, START);
	/* A thread that read the clock a moment before the others. */
	assert_int_equal(pending(c, "net:a", START - 1), 1);
	assert_int_equal(pending(c, "net:a", START - 1001), 0);
	crowd_count(c, "net:a", 1, &conf, START - 1001);
	assert_int_equal(crowd_pending(c, "net:a", &other, START - 1001), 0);
	crowd_free(&c);
}

/* It may only count too many, and that rarely. */
static void
many_identities_hardly_disturb_each_other(void **state)
{
	struct crowd	*c = crowd_new();
	char		 name[32];
	unsigned	 wrong = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "net:%d", i);
		crowd_count(c, name, 1, &conf, START);
	}
	for (int i = 0; i < 20000; i++) {
		uint64_t n;

		(void)snprintf(name, sizeof(name), "net:%d", i);
		n = pending(c, name, START);
		assert_true(n >= 1);
		wrong += n > 1;
	}
	/* Both cells taken: about (20,000 / 262,144) squared of them. */
	assert_true(wrong < 400);
	crowd_free(&c);
}

static void
a_mark_is_read_back_until_another_overwrites_it(void **state)
{
	struct store_item	item = { .found = false };
	struct record		rec = { .state = RECORD_PENDING,
				    .first = START, .expires = START + 9 },
				got = { 0 };

	(void)state;
	assert_false(crowd_mark_get(&item, 1, &got));
	crowd_mark_put(&item, 1, &rec);
	stored(&item);
	assert_false(crowd_mark_get(&item, 2, &got));
	assert_true(crowd_mark_get(&item, 1, &got));
	assert_int_equal(got.first, START);
	assert_int_equal(got.expires, START + 9);
	crowd_mark_put(&item, 2, &rec);
	stored(&item);
	assert_false(crowd_mark_get(&item, 1, &got));
}

static void
a_mark_tells_where_one_text_ends(void **state)
{
	struct crowd_mark	a = crowd_mark_of("net:x", "ab", "c", 1000);
	struct crowd_mark	b = crowd_mark_of("net:x", "a", "bc", 1000);

	(void)state;
	assert_true(a.fingerprint != b.fingerprint);
	assert_true(a.slot < 1000 && b.slot < 1000);
}

/* Whatever was counted when, and in windows of whatever length. */
static void
a_look_tells_what_is_counted_and_changes_nothing(void **state)
{
	static const char *const names[] = { "net:a", "net:b", "net:c" };
	struct crowd		*c = crowd_new();
	unsigned		 random = 1;
	int64_t			 now = START;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		struct grey_conf rule = conf;
		const char	*name;
		uint64_t	 looked;

		random = random * 1103515245 + 12345;
		name = names[(random >> 8) % 3];
		now += (int64_t)((random >> 10) % 900) - ((random >> 20) % 20 ==
		    0 ? 2500 : 0) + ((random >> 24) % 30 == 0 ? 2000 : 0);
		rule.window = (random >> 16) % 50 == 0 ? 500 : 1000;
		looked = crowd_look(c, name, &rule, now);
		assert_int_equal(crowd_look(c, name, &rule, now), looked);
		assert_int_equal(crowd_pending(c, name, &rule, now), looked);
		crowd_count(c, name, (random >> 12) % 4 == 0 ? -1 : 1, &rule,
		    now);
	}
	crowd_free(&c);
}

/* What another length forgets is still there after a look. */
static void
a_look_with_another_window_forgets_nothing(void **state)
{
	struct crowd	*c = crowd_new();
	struct grey_conf other = conf;

	(void)state;
	other.window = 500;
	crowd_count(c, "net:a", 1, &conf, START);
	assert_int_equal(crowd_look(c, "net:a", &other, START), 0);
	assert_int_equal(crowd_look(c, "net:a", &conf, START + 9000), 0);
	assert_int_equal(crowd_look(c, "net:a", &conf, START), 1);
	assert_int_equal(pending(c, "net:a", START), 1);
	/* Both have a window of this number. */
	crowd_count(c, "net:a", 1, &conf, 100);
	assert_int_equal(crowd_look(c, "net:a", &other, 100), 0);
	crowd_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    begun_ones_are_counted_and_passed_ones_taken_off),
		cmocka_unit_test(taking_off_from_nothing_is_nothing),
		cmocka_unit_test(a_count_lasts_this_window_and_two_more),
		cmocka_unit_test(
		    a_clock_that_went_back_or_another_window_starts_anew),
		cmocka_unit_test(many_identities_hardly_disturb_each_other),
		cmocka_unit_test(
		    a_mark_is_read_back_until_another_overwrites_it),
		cmocka_unit_test(a_mark_tells_where_one_text_ends),
		cmocka_unit_test(
		    a_look_tells_what_is_counted_and_changes_nothing),
		cmocka_unit_test(a_look_with_another_window_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
