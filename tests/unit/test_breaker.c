/* SPDX-License-Identifier: ISC
 * tests/unit/test_breaker.c - a source that is down or slow keeps nobody
 * waiting, is asked again, and never turns into a "no". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/clock.h"
#include "tests/lib/scripted_source.h"

enum { LONG = 600000 };		/* ms: nobody waits for so long */

/* A first source that is held up and known to be. */
static struct asking *
with_an_open_breaker(unsigned n, unsigned seats, int wait_ms)
{
	struct asking	*a = asking_new(n, seats);

	a->script[0].held = true;
	assert_int_equal(asking_ask(a, "yes@example.com", 1, wait_ms, NULL),
	    -1);
	assert_true(asking_stats(a, 0).open);
	assert_int_equal(asking_stats(a, 0).overdue, 1);
	return a;
}

static void
release(struct asking *a, unsigned source)
{
	script_set(&a->script[source], &a->script[source].held, false);
}

static void
one_overdue_waiter_releases_all(void **state)
{
	struct asking		*a = asking_new(1, 4);
	struct asker_thread	 t[50];
	char			 name[32];

	(void)state;
	a->script[0].held = true;
	for (int i = 0; i < 50; i++) {
		(void)snprintf(name, sizeof(name), "yes%d@example.com", i);
		if (i == INQUIRY_WAITERS - 1)
			asking_await(a, 0, ASKING_WAITING, INQUIRY_WAITERS - 1);
		if (i == INQUIRY_WAITERS)
			asking_await(a, 0, ASKING_WAITING, INQUIRY_WAITERS);
		asker_begin(&t[i], a, name, i == INQUIRY_WAITERS - 1 ? 200 :
		    LONG);
	}
	for (int i = 0; i < 50; i++)
		assert_int_equal(asker_end(&t[i]), -1);
	for (int i = 0; i < INQUIRY_WAITERS; i++)
		assert_string_equal(t[i].answers[0].why.text,
		    "no answer within 200 ms");
	assert_int_equal(asking_stats(a, 0).overdue, 1);
	assert_int_equal(asking_stats(a, 0).waiting, 0);
	assert_true(asking_stats(a, 0).open);
	/* What they wanted is asked all the same, by all seats. */
	release(a, 0);
	asking_await(a, 0, ASKING_OPEN, 0);
	asking_await(a, 0, ASKING_YES, 50);
	asking_end(&a);
}

static void
who_was_never_begun_with_is_overdue_too(void **state)
{
	struct asking	*a = asking_new(1, 1);

	(void)state;
	a->script[0].held = true;
	(void)asking_ask(a, "yes0@example.com", 0, 0, NULL);
	script_await(&a->script[0], &a->script[0].running, 1);
	assert_int_equal(asking_ask(a, "yes1@example.com", 0, 20, NULL), -1);
	assert_int_equal(a->script[0].calls, 1);
	assert_int_equal(asking_stats(a, 0).overdue, 1);
	assert_true(asking_stats(a, 0).open);
	release(a, 0);
	asking_end(&a);
}

static void
nobody_waits_while_it_is_open(void **state)
{
	struct asking		*a = with_an_open_breaker(1, 2, 20);
	struct inquiry_answer	 answers[INQUIRY_SOURCES];
	char			 name[32];

	(void)state;
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "no%d@example.com", i);
		assert_int_equal(asking_ask(a, name, 0, LONG, answers), -1);
		assert_string_equal(answers[0].why.text,
		    "held to be down: no answer within 20 ms");
	}
	/* Nor for what is queued, or is being asked, already. */
	assert_int_equal(asking_ask(a, "no99@example.com", 0, LONG, NULL), -1);
	assert_int_equal(asking_ask(a, "yes@example.com", 1, LONG, NULL), -1);
	assert_int_equal(asking_stats(a, 0).overdue, 1);
	release(a, 0);
	asking_end(&a);
}

/* The other address has been asked for less time than it may take. */
static void
nobody_waits_for_what_was_begun_before_it_opened(void **state)
{
	struct asking		*a = asking_new(1, 2);
	struct asker_thread	 t;

	(void)state;
	a->script[0].held = true;
	asker_begin(&t, a, "yes0@example.com", 800);
	script_await(&a->script[0], &a->script[0].calls, 1);
	for (int i = 0; i < 8; i++)
		asking_settle();
	(void)asking_ask(a, "yes1@example.com", 0, 0, NULL);
	assert_int_equal(asker_end(&t), -1);
	assert_int_equal(asking_ask(a, "yes1@example.com", 0, LONG, NULL), -1);
	release(a, 0);
	asking_end(&a);
}

static void
a_source_that_is_down_releases_all_at_once(void **state)
{
	struct asking		*a = asking_new(1, 2);
	struct asker_thread	 t[8];
	char			 name[32];

	(void)state;
	a->script[0].held = true;
	for (int i = 0; i < 8; i++) {
		(void)snprintf(name, sizeof(name), "%s%d@example.com",
		    i == 0 ? "down" : "yes", i);
		asker_begin(&t[i], a, name, LONG);
		asking_await(a, 0, ASKING_WAITING, (unsigned)i + 1);
	}
	script_await(&a->script[0], &a->script[0].running, 2);
	a->script[0].down = true;
	release(a, 0);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(asker_end(&t[i]), -1);
		assert_string_equal(t[i].answers[0].why.text, "it is down");
	}
	assert_true(asking_stats(a, 0).open);
	assert_int_equal(asking_stats(a, 0).overdue, 0);
	assert_string_equal(asking_stats(a, 0).trouble.text, "it is down");
	asking_end(&a);
}

static void
a_failure_of_one_question_is_nothing_more(void **state)
{
	struct asking	*a = asking_new(1, 1);

	(void)state;
	assert_int_equal(asking_ask(a, "odd@example.com", 0, LONG, NULL), -1);
	assert_false(asking_stats(a, 0).open);
	assert_string_equal(asking_stats(a, 0).trouble.text, "an odd answer");
	assert_int_equal(asking_stats(a, 0).queued, 0);
	assert_int_equal(asking_ask(a, "yes@example.com", 0, LONG, NULL), 1);
	asking_end(&a);
}

static void
what_was_wanted_meanwhile_is_asked_once_it_is_back(void **state)
{
	struct asking	*a = asking_new(1, 2);
	char		 name[32];

	(void)state;
	script_set(&a->script[0], &a->script[0].down, true);
	assert_int_equal(asking_ask(a, "yes@example.com", 0, LONG, NULL), -1);
	assert_true(asking_stats(a, 0).open);
	for (int i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "yes%d@example.com", i);
		assert_int_equal(asking_ask(a, name, 0, LONG, NULL), -1);
	}
	asking_await(a, 0, ASKING_QUEUED, 21);
	script_set(&a->script[0], &a->script[0].down, false);
	asking_await(a, 0, ASKING_OPEN, 0);
	asking_await(a, 0, ASKING_QUEUED, 0);
	assert_int_equal(asking_ask(a, "no@example.com", 0, LONG, NULL), 0);
	assert_int_equal(asking_stats(a, 0).yes, 21);
	asking_end(&a);
}

static void
a_late_answer_reaches_done(void **state)
{
	struct asking	*a = with_an_open_breaker(1, 1, 20);

	(void)state;
	assert_int_equal(asking_told(a), 0);
	release(a, 0);
	asking_await_told(a, 1);
	assert_string_equal(a->told[0].address, "yes@example.com");
	assert_int_equal(a->told[0].answers[0].answer, 1);
	asking_end(&a);
}

static void
a_late_answer_is_told_beside_those_before(void **state)
{
	struct asking	*a = asking_new(2, 1);

	(void)state;
	script_set(&a->script[1], &a->script[1].down, true);
	assert_int_equal(asking_ask(a, "no@example.com", 0, LONG, NULL), -1);
	asking_await_told(a, 1);
	assert_int_equal(a->told[0].answers[0].answer, 0);
	assert_int_equal(a->told[0].answers[1].answer, -1);
	script_set(&a->script[1], &a->script[1].down, false);
	asking_await_told(a, 2);
	assert_int_equal(a->told[1].answers[0].answer, 0);
	assert_int_equal(a->told[1].answers[1].answer, 0);
	asking_await(a, 1, ASKING_OPEN, 0);
	assert_int_equal(asking_stats(a, 0).asked, 1);
	asking_end(&a);
}

static void
another_source_still_says_yes(void **state)
{
	struct asking	*a = with_an_open_breaker(2, 1, 20);

	(void)state;
	assert_int_equal(asking_ask(a, "yes1@example.com", 0, LONG, NULL), 1);
	assert_int_equal(asking_ask(a, "no1@example.com", 0, LONG, NULL), -1);
	release(a, 0);
	asking_end(&a);
}

/* Else a "no" might be told beside an answer that done() has not seen. */
static void
done_is_told_one_thing_after_the_other(void **state)
{
	struct asking	*a = asking_new(2, 2);

	(void)state;
	a->done_held = true;
	script_set(&a->script[1], &a->script[1].down, true);
	assert_int_equal(asking_ask(a, "no@example.com", 0, LONG, NULL), -1);
	asking_await_told(a, 1);
	script_set(&a->script[1], &a->script[1].down, false);
	asking_await(a, 1, ASKING_NO, 1);
	for (int64_t end = clock_monotonic_micros() + 50000;
	    clock_monotonic_micros() < end;)
		assert_int_equal(asking_told(a), 1);
	asking_set(a, &a->done_held, false);
	asking_await_told(a, 2);
	assert_int_equal(a->told[1].answers[0].answer, 0);
	assert_int_equal(a->told[1].answers[1].answer, 0);
	asking_end(&a);
}

/* What one waiter was told of, another asks anew: that is not the first one's. */
static void
who_has_heard_of_a_failure_trips_nothing_for_it(void **state)
{
	struct asking		*a = asking_new(2, 1);
	struct asker_thread	 t;

	(void)state;
	a->script[1].held = true;
	asker_begin(&t, a, "odd@example.com", 400);
	script_await(&a->script[0], &a->script[0].calls, 1);
	asking_await(a, 0, ASKING_FAILED, 1);
	script_set(&a->script[0], &a->script[0].held, true);
	(void)asking_ask(a, "odd@example.com", 0, 0, NULL);
	script_await(&a->script[0], &a->script[0].calls, 2);
	assert_int_equal(asker_end(&t), -1);
	assert_string_equal(t.answers[1].why.text, "no answer within 400 ms");
	assert_true(asking_stats(a, 1).open);
	assert_false(asking_stats(a, 0).open);
	release(a, 0);
	release(a, 1);
	asking_end(&a);
}

/* The breaker is closed again, by others' answers. */
static void
what_hangs_keeps_nobody_waiting_again(void **state)
{
	struct asking		*a = with_an_open_breaker(1, 2, 1500);
	struct inquiry_answer	 answers[INQUIRY_SOURCES];
	int64_t			 begun;

	(void)state;
	script_await(&a->script[0], &a->script[0].calls, 1);
	begun = a->script[0].at[0];
	/* The first stays in its thread while the others go on. */
	script_set(&a->script[0], &a->script[0].hang, true);
	release(a, 0);
	(void)asking_ask(a, "no@example.com", 0, 1500, NULL);
	asking_await(a, 0, ASKING_OPEN, 0);
	assert_int_equal(asking_ask(a, "no@example.com", 0, 1500, NULL), 0);
	while (clock_monotonic_micros() < begun + 1500000)
		continue;
	assert_int_equal(asking_ask(a, "yes@example.com", 0, 1500, answers),
	    -1);
	assert_string_equal(answers[0].why.text, "no answer within 1500 ms");
	assert_int_equal(asking_stats(a, 0).overdue, 1);
	script_set(&a->script[0], &a->script[0].hang, false);
	asking_end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_overdue_waiter_releases_all),
		cmocka_unit_test(who_was_never_begun_with_is_overdue_too),
		cmocka_unit_test(nobody_waits_while_it_is_open),
		cmocka_unit_test(
		    nobody_waits_for_what_was_begun_before_it_opened),
		cmocka_unit_test(a_source_that_is_down_releases_all_at_once),
		cmocka_unit_test(a_failure_of_one_question_is_nothing_more),
		cmocka_unit_test(
		    what_was_wanted_meanwhile_is_asked_once_it_is_back),
		cmocka_unit_test(a_late_answer_reaches_done),
		cmocka_unit_test(a_late_answer_is_told_beside_those_before),
		cmocka_unit_test(another_source_still_says_yes),
		cmocka_unit_test(done_is_told_one_thing_after_the_other),
		cmocka_unit_test(
		    who_has_heard_of_a_failure_trips_nothing_for_it),
		cmocka_unit_test(what_hangs_keeps_nobody_waiting_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
