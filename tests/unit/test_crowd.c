/* SPDX-License-Identifier: ISC
 * tests/unit/test_crowd.c - counting over windows, marks in slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static void
begun_ones_are_counted_and_passed_ones_taken_off(void **state)
{
	struct store_item	item = { .found = false };

	(void)state;
	assert_int_equal(crowd_pending(&item, &conf, START), 0);
	for (int i = 0; i < 3; i++) {
		crowd_count(&item, 1, &conf, START);
		stored(&item);
	}
	assert_int_equal(crowd_pending(&item, &conf, START), 3);
	crowd_count(&item, -1, &conf, START);
	stored(&item);
	assert_int_equal(crowd_pending(&item, &conf, START), 2);
}

static void
taking_off_from_nothing_leaves_the_record_alone(void **state)
{
	struct store_item	item = { .found = false };

	(void)state;
	crowd_count(&item, -1, &conf, START);
	assert_int_equal(item.act, STORE_LEAVE);
}

static void
a_count_lasts_this_window_and_two_more(void **state)
{
	struct store_item	item = { .found = false };

	(void)state;
	crowd_count(&item, 1, &conf, START);
	stored(&item);
	assert_int_equal(item.expires, START + 3000);
	assert_int_equal(crowd_pending(&item, &conf, START + 2999), 1);
	assert_int_equal(crowd_pending(&item, &conf, START + 3000), 0);
	crowd_count(&item, 1, &conf, START + 1500);
	stored(&item);
	assert_int_equal(crowd_pending(&item, &conf, START + 2999), 2);
	assert_int_equal(crowd_pending(&item, &conf, START + 3000), 1);
	/* Taken off where it was counted, though the window moved on. */
	crowd_count(&item, -1, &conf, START + 3000);
	stored(&item);
	assert_int_equal(crowd_pending(&item, &conf, START + 3000), 0);
}

static void
a_clock_that_went_back_starts_the_count_anew(void **state)
{
	struct store_item	item = { .found = false };

	(void)state;
	crowd_count(&item, 1, &conf, START);
	stored(&item);
	assert_int_equal(crowd_pending(&item, &conf, START - 1), 0);
}

static void
a_mark_takes_the_rule_and_another_overwrites_it(void **state)
{
	struct store_item	item = { .found = false };
	struct grey_answer	a;

	(void)state;
	a = crowd_mark_step(&item, 1, &conf, START);
	assert_int_equal(a.result, GREY_NEW);
	stored(&item);
	a = crowd_mark_step(&item, 1, &conf, START + 10);
	assert_int_equal(a.result, GREY_EARLY);
	assert_int_equal(a.wait, 50);
	stored(&item);
	a = crowd_mark_step(&item, 2, &conf, START + 60);
	assert_int_equal(a.result, GREY_NEW);
	stored(&item);
	a = crowd_mark_step(&item, 1, &conf, START + 60);
	assert_int_equal(a.result, GREY_NEW);
	stored(&item);
	a = crowd_mark_step(&item, 1, &conf, START + 120);
	assert_int_equal(a.result, GREY_RETRIED);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    begun_ones_are_counted_and_passed_ones_taken_off),
		cmocka_unit_test(
		    taking_off_from_nothing_leaves_the_record_alone),
		cmocka_unit_test(a_count_lasts_this_window_and_two_more),
		cmocka_unit_test(a_clock_that_went_back_starts_the_count_anew),
		cmocka_unit_test(
		    a_mark_takes_the_rule_and_another_overwrites_it),
		cmocka_unit_test(a_mark_tells_where_one_text_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
