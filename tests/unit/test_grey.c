/* SPDX-License-Identifier: ISC
 * tests/unit/test_grey.c - the rule, one attempt a row, on a clock of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/grey.h"

static const struct grey_conf conf =
    { .delay = 300, .window = 3600, .remember = 86400 };

enum { START = 1700000000 };

struct row {
	int64_t		 at;		/* seconds after the first attempt */
	enum grey_result result;
	int64_t		 wait, delayed;
};

static void
run(const struct grey_conf *c, const struct row *rows, size_t n)
{
	/* Poison: what is not found must not be read. */
	struct record	rec = { .expires = INT64_MAX, .state = RECORD_PASSED,
			    .passes = 7 };

	for (size_t i = 0; i < n; i++) {
		struct grey_answer got =
		    grey_step(&rec, i > 0, c, START + rows[i].at);

		if (got.result != rows[i].result || got.wait != rows[i].wait ||
		    got.delayed != rows[i].delayed)
			fail_msg("attempt %zu: got result %d wait %d delayed "
			    "%d", i + 1, got.result, (int)got.wait,
			    (int)got.delayed);
	}
}

#define CASE(name, ...)							\
static void								\
name(void **state)							\
{									\
	static const struct row rows[] = { __VA_ARGS__ };		\
	(void)state;							\
	run(&conf, rows, sizeof(rows) / sizeof(rows[0]));		\
}

/* A4, E7: an early retry neither passes nor restarts the clock. */
CASE(a_retry_before_the_delay_waits_for_the_rest,
    { 0, GREY_NEW, 300, -1 }, { 1, GREY_EARLY, 299, -1 },
    { 299, GREY_EARLY, 1, -1 }, { 300, GREY_RETRIED, 0, 300 })

CASE(a_retry_at_the_delay_passes_and_is_remembered,
    { 0, GREY_NEW, 300, -1 }, { 300, GREY_RETRIED, 0, 300 },
    { 301, GREY_PASSED, 0, -1 })

CASE(a_retry_in_the_last_second_of_the_window_passes,
    { 0, GREY_NEW, 300, -1 }, { 3599, GREY_RETRIED, 0, 3599 })

/* A7: a late retry is a new attempt with a fresh clock, never a 5xx. */
CASE(a_retry_at_the_end_of_the_window_is_late_and_starts_over,
    { 0, GREY_NEW, 300, -1 }, { 3600, GREY_LATE, 300, -1 },
    { 3899, GREY_EARLY, 1, -1 }, { 3900, GREY_RETRIED, 0, 300 })

CASE(a_second_window_later_it_is_forgotten,
    { 0, GREY_NEW, 300, -1 }, { 7199, GREY_LATE, 300, -1 },
    { 7199 + 7200, GREY_NEW, 300, -1 })

/* A9: forgotten after its last use, renewed by each. */
CASE(what_passed_expires_after_its_last_use,
    { 0, GREY_NEW, 300, -1 }, { 400, GREY_RETRIED, 0, 400 },
    { 86000, GREY_PASSED, 0, -1 }, { 172399, GREY_PASSED, 0, -1 },
    { 258799, GREY_NEW, 300, -1 })

CASE(a_clock_set_back_never_lengthens_the_wait,
    { 0, GREY_NEW, 300, -1 }, { -7200, GREY_EARLY, 300, -1 },
    { -6900, GREY_RETRIED, 0, 300 })

CASE(what_passed_stays_when_the_clock_is_set_back,
    { 0, GREY_NEW, 300, -1 }, { 300, GREY_RETRIED, 0, 300 },
    { -60, GREY_PASSED, 0, -1 })

static void
without_a_delay_a_first_attempt_still_waits_for_its_retry(void **state)
{
	static const struct grey_conf	none =
	    { .delay = 0, .window = 3600, .remember = 86400 };
	static const struct row		rows[] = {
		{ 0, GREY_NEW, 0, -1 }, { 0, GREY_RETRIED, 0, 0 },
	};

	(void)state;
	run(&none, rows, 2);
}

static void
a_pass_is_counted_and_the_tries_are_kept(void **state)
{
	struct record	rec;

	(void)state;
	(void)grey_step(&rec, false, &conf, START);
	(void)grey_step(&rec, true, &conf, START + 10);
	(void)grey_step(&rec, true, &conf, START + 300);
	assert_int_equal(rec.tries, 3);
	assert_int_equal(rec.passes, 1);
	assert_int_equal(rec.state, RECORD_PASSED);
	assert_int_equal(rec.first, START);
	assert_int_equal(rec.expires, START + 300 + 86400);
}

static void
a_pending_record_is_kept_for_two_windows(void **state)
{
	struct record	rec;

	(void)state;
	(void)grey_step(&rec, false, &conf, START);
	assert_int_equal(rec.state, RECORD_PENDING);
	assert_int_equal(rec.expires, START + 2 * 3600);
}

static void
counters_stop_at_the_top(void **state)
{
	struct record	rec = { .state = RECORD_PENDING, .first = START,
			    .expires = START + 7200, .tries = UINT32_MAX };

	(void)state;
	(void)grey_step(&rec, true, &conf, START + 1);
	assert_int_equal(rec.tries, UINT32_MAX);
}

static void
an_identity_is_proven_after_so_many_passes(void **state)
{
	struct record	rec = { .passes = 9, .expires = INT64_MAX };

	(void)state;
	grey_prove(&rec, false, &conf, START);
	assert_true(grey_is_proven(&rec, 1, START));
	assert_false(grey_is_proven(&rec, 2, START));
	grey_prove(&rec, true, &conf, START + 5);
	assert_true(grey_is_proven(&rec, 2, START + 5));
	assert_int_equal(rec.first, START);
	assert_int_equal(rec.last, START + 5);
}

/* A9, A10: an address with a new owner is tested again. */
static void
a_proof_is_forgotten_after_its_last_use(void **state)
{
	struct record	rec;

	(void)state;
	grey_prove(&rec, false, &conf, START);
	assert_true(grey_is_proven(&rec, 1, START + 86399));
	assert_false(grey_is_proven(&rec, 1, START + 86400));
	grey_prove(&rec, true, &conf, START + 86400);
	assert_int_equal(rec.passes, 1);
}

static void
a_passed_triplet_is_no_proof(void **state)
{
	struct record	rec = { .state = RECORD_PASSED, .passes = 5,
			    .expires = INT64_MAX };

	(void)state;
	assert_false(grey_is_proven(&rec, 1, START));
}

static void
a_use_renews_at_most_each_36th_of_remember(void **state)
{
	struct record	rec;

	(void)state;
	grey_prove(&rec, false, &conf, START);
	assert_false(grey_renew(&rec, &conf, START + 2400));
	assert_int_equal(rec.expires, START + 86400);
	assert_true(grey_renew(&rec, &conf, START + 2401));
	assert_int_equal(rec.expires, START + 2401 + 86400);
	assert_int_equal(rec.last, START + 2401);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_retry_before_the_delay_waits_for_the_rest),
		cmocka_unit_test(a_retry_at_the_delay_passes_and_is_remembered),
		cmocka_unit_test(
		    a_retry_in_the_last_second_of_the_window_passes),
		cmocka_unit_test(
		    a_retry_at_the_end_of_the_window_is_late_and_starts_over),
		cmocka_unit_test(a_second_window_later_it_is_forgotten),
		cmocka_unit_test(what_passed_expires_after_its_last_use),
		cmocka_unit_test(a_clock_set_back_never_lengthens_the_wait),
		cmocka_unit_test(what_passed_stays_when_the_clock_is_set_back),
		cmocka_unit_test(
		    without_a_delay_a_first_attempt_still_waits_for_its_retry),
		cmocka_unit_test(a_pass_is_counted_and_the_tries_are_kept),
		cmocka_unit_test(a_pending_record_is_kept_for_two_windows),
		cmocka_unit_test(counters_stop_at_the_top),
		cmocka_unit_test(an_identity_is_proven_after_so_many_passes),
		cmocka_unit_test(a_proof_is_forgotten_after_its_last_use),
		cmocka_unit_test(a_passed_triplet_is_no_proof),
		cmocka_unit_test(
		    a_use_renews_at_most_each_36th_of_remember),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
