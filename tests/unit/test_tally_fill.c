/* SPDX-License-Identifier: ISC
 * tests/unit/test_tally_fill.c - counts by the hour stand in for a journal that does
 * not reach back far enough, and only then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "control/tally_sum.h"

enum { START = 1700006400, HOUR = 3600, DAY = 86400 };

static void
hours_before_the_first_line_count_only_if_they_have_decisions(void **state)
{
	struct report_growth	hours[] = { { .at = START },
				    { .at = START + HOUR, .decided = { 0, 1, 0 } } };
	struct tally_sum	s = { .growth = hours, .n_growth = 2 };

	(void)state;
	assert_false(tally_sum_is_older(&s, START + HOUR));
	assert_false(tally_sum_is_older(&s, START + 2 * HOUR - 1));
	assert_true(tally_sum_is_older(&s, START + 2 * HOUR));
	assert_true(tally_sum_is_older(&s, 0));
	hours[1].decided[1] = 0;
	assert_false(tally_sum_is_older(&s, 0));
}

static void
verdicts_reasons_and_slots_are_those_of_the_hours(void **state)
{
	struct report_growth	hours[] = {
		{ .at = START - 100, .decided = { 1, 0, 0 } },
		{ .at = START + DAY - HOUR, .decided = { 2, 0, 3 } },
		{ .at = START + DAY, .decided = { 0, 5, 0 } },
		{ .at = START + 2 * DAY, .decided = { 7, 0, 0 } },
	};
	struct tally_sum	s = { .words = { { "pass proven", 10 },
				    { "defer new", 5 },
				    { "reject unknown-recipient", 3 } },
				    .n_words = 3, .verdicts = { 10, 5, 3 },
				    .growth = hours, .n_growth = 4 };
	struct report_summary	into = { .from = START, .n_slots = 2,
				    .slot = DAY, .unknown = 9, .pass = 99 };
	struct err		e;

	(void)state;
	into.slots = calloc(2, sizeof(*into.slots));
	assert_non_null(into.slots);
	into.slots[0].pass = 77;
	assert_int_equal(tally_sum_fill(&s, &into, &e), 0);
	assert_int_equal(into.pass, 10);
	assert_int_equal(into.defer, 5);
	assert_int_equal(into.reject, 3);
	assert_int_equal(into.unknown, 3);
	assert_int_equal(into.n_reasons, 3);
	assert_string_equal(into.reasons[0].name, "pass proven");
	assert_string_equal(into.reasons[2].name, "reject unknown-recipient");
	assert_int_equal(into.slots[0].pass, 3);
	assert_int_equal(into.slots[0].reject, 3);
	assert_int_equal(into.slots[1].pass, 7);
	assert_int_equal(into.slots[1].defer, 5);
	report_free(&into);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    hours_before_the_first_line_count_only_if_they_have_decisions),
		cmocka_unit_test(
		    verdicts_reasons_and_slots_are_those_of_the_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
