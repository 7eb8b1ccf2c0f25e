/* SPDX-License-Identifier: ISC
 * tests/unit/test_scout.c - how a source that is held to be down is tried, until
 * it answers in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/clock.h"
#include "tests/lib/scripted_source.h"

enum { LONG = 600000 };		/* ms: nobody waits for so long */

static void
a_failing_source_is_tried_once_a_second(void **state)
{
	struct asking	*a = asking_new(1, 4);
	struct script	*s = &a->script[0];
	char		 name[32];

	(void)state;
	/* All four seats are taken, and then idle. */
	script_set(s, &s->held, true);
	for (int i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "no%d@example.com", i);
		(void)asking_ask(a, name, 0, 0, NULL);
	}
	script_await(s, &s->running, 4);
	script_set(s, &s->held, false);
	asking_await_told(a, 4);
	/* An attempt takes time enough for another seat to make one, too. */
	script_set(s, &s->slow, true);
	script_set(s, &s->down, true);
	assert_int_equal(asking_ask(a, "yes@example.com", 0, LONG, NULL), -1);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "yes%d@example.com", i);
		(void)asking_ask(a, name, 0, LONG, NULL);
	}
	script_await(s, &s->calls, 7);
	assert_true(s->at[5] - s->at[4] >= 1000000);
	assert_true(s->at[6] - s->at[5] >= 1000000);
	assert_true(asking_stats(a, 0).open_seconds >= 1);
	/* The one that failed waits behind the others. */
	assert_in_range(asking_stats(a, 0).queued, 100, 101);
	asking_end(&a);
}

/* A call that is over is told of soon after. */
static bool
are_told_all_but_those_under_way(struct asking *a, struct script *s)
{
	unsigned	over;

	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&s->lock);
		over = s->calls - s->running;
		pthread_mutex_unlock(&s->lock);
		if (asking_told(a) == over)
			return true;
		asking_settle();
	}
	return false;
}

/* Were there a pause between two, this would take a hundred seconds. */
static void
slow_answers_are_kept_without_a_pause_and_do_not_close_it(void **state)
{
	struct asking	*a = asking_new(1, 3);
	struct script	*s = &a->script[0];
	char		 name[32];

	(void)state;
	script_set(s, &s->held, true);
	assert_int_equal(asking_ask(a, "yes@example.com", 0, 1, NULL), -1);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "yes%d@example.com", i);
		assert_int_equal(asking_ask(a, name, 0, 1, NULL), -1);
	}
	script_set(s, &s->slow, true);
	script_set(s, &s->held, false);
	asking_await_told(a, 101);
	assert_true(asking_stats(a, 0).open);
	/* Once a second it is tried again: a try under way is kept there, and
	 * those that are over were told. Nobody else asked. */
	script_set(s, &s->held, true);
	asking_settle();
	assert_in_range(asking_told(a), 101, 111);
	assert_true(are_told_all_but_those_under_way(a, s));
	script_set(s, &s->held, false);
	asking_end(&a);
}

/* The first source says "no" in more than the millisecond that it has. */
static void
answer_slowly(struct asking *a, uint32_t mask)
{
	struct script	*s = &a->script[0];

	script_set(s, &s->held, true);
	(void)asking_ask(a, "no@example.com", mask, 0, NULL);
	for (unsigned i = 1; i < SCRIPTS && a->script[i].seats > 0; i++)
		if (mask == 0 || (mask >> i & 1) != 0)
			asking_await(a, i, ASKING_NO, 1);
	assert_int_equal(asking_ask(a, "no@example.com", mask, 1, NULL), -1);
	script_set(s, &s->slow, true);
	script_set(s, &s->held, false);
}

static void
with_nothing_wanted_the_last_address_is_tried(void **state)
{
	struct asking	*a = asking_new(2, 1);
	struct script	*s = &a->script[0];

	(void)state;
	answer_slowly(a, 1);
	asking_await_told(a, 1);
	assert_true(asking_stats(a, 0).open);
	assert_int_equal(asking_stats(a, 0).queued, 0);
	script_set(s, &s->down, true);
	asking_await(a, 0, ASKING_FAILED, 1);
	assert_int_equal(asking_stats(a, 0).queued, 0);
	script_set(s, &s->down, false);
	script_set(s, &s->slow, false);
	asking_await(a, 0, ASKING_OPEN, 0);
	assert_int_equal(asking_stats(a, 0).no, 2);
	asking_end(&a);
}

/* What must not take a second is tried a few times, since a busy machine may
 * need that long. */
static void
is_quick(int64_t (*try)(void))
{
	for (int i = 0; i < 5; i++)
		if (try() < 500000)
			return;
	fail_msg("it always takes its time");
}

static int64_t
try_another_seat(void)
{
	struct asking	*a = asking_new(1, 2);
	struct script	*s = &a->script[0];
	int64_t		 took;

	s->hang = true;
	assert_int_equal(asking_ask(a, "yes@example.com", 0, 20, NULL), -1);
	asking_await(a, 0, ASKING_OPEN, 0);
	took = s->at[1] - s->at[0];
	script_set(s, &s->hang, false);
	asking_end(&a);
	return took;
}

static void
another_seat_tries_at_once_while_one_hangs(void **state)
{
	(void)state;
	is_quick(try_another_seat);
}

static void
an_idle_seat_tries_too(void **state)
{
	struct asking	*a = asking_new(1, 2);
	struct script	*s = &a->script[0];

	(void)state;
	script_set(s, &s->held, true);
	(void)asking_ask(a, "yes1@example.com", 0, 0, NULL);
	(void)asking_ask(a, "yes2@example.com", 0, 0, NULL);
	script_await(s, &s->running, 2);
	script_set(s, &s->held, false);
	asking_await_told(a, 2);
	asking_settle();
	script_set(s, &s->held, true);
	assert_int_equal(asking_ask(a, "yes@example.com", 0, 20, NULL), -1);
	script_await(s, &s->calls, 4);
	script_set(s, &s->held, false);
	asking_end(&a);
}

static int64_t
try_while_it_pauses(void)
{
	struct asking	*a = asking_new(1, 1);
	struct script	*s = &a->script[0];
	int64_t		 took;

	answer_slowly(a, 0);
	asking_await_told(a, 1);
	asking_settle();
	took = -clock_monotonic_micros();
	(void)asking_ask(a, "yes@example.com", 0, 1, NULL);
	script_await(s, &s->calls, 2);
	took += s->at[1];
	asking_end(&a);
	return took;
}

static void
what_is_wanted_is_asked_before_the_pause_is_over(void **state)
{
	(void)state;
	is_quick(try_while_it_pauses);
}

/* Or it would be taken for one that every source denies. */
static void
a_try_tells_nothing_of_other_sources(void **state)
{
	struct asking	*a = asking_new(2, 1);
	struct script	*s = &a->script[0];

	(void)state;
	answer_slowly(a, 0);
	asking_await_told(a, 1);
	script_set(s, &s->slow, false);
	asking_await(a, 0, ASKING_OPEN, 0);
	asking_await_told(a, 2);
	assert_string_equal(a->told[1].address, "no@example.com");
	assert_int_equal(a->told[1].answers[0].answer, 0);
	assert_true(a->told[1].answers[1].asked);
	assert_int_equal(a->told[1].answers[1].answer, -1);
	asking_end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failing_source_is_tried_once_a_second),
		cmocka_unit_test(
		    slow_answers_are_kept_without_a_pause_and_do_not_close_it),
		cmocka_unit_test(with_nothing_wanted_the_last_address_is_tried),
		cmocka_unit_test(another_seat_tries_at_once_while_one_hangs),
		cmocka_unit_test(an_idle_seat_tries_too),
		cmocka_unit_test(
		    what_is_wanted_is_asked_before_the_pause_is_over),
		cmocka_unit_test(a_try_tells_nothing_of_other_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
