/* SPDX-License-Identifier: ISC
 * tests/unit/test_inquiry.c - who asks, who waits, and who is told what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "tests/lib/scripted_source.h"

enum { LONG = 600000 };		/* ms: nobody waits for so long */

static void
a_question_is_answered_by_the_source(void **state)
{
	static const struct {
		const char	*address;
		int		 verdict;
		const char	*why;
	} row[] = {
		{ "yes@example.com", 1, "" },
		{ "no@example.com", 0, "" },
		{ "odd@example.com", -1, "an odd answer" },
		{ "yes@example.com", 1, "" },
	};
	struct asking		*a = asking_new(1, 2);
	struct inquiry_answer	 answers[INQUIRY_SOURCES];

	(void)state;
	assert_int_equal(a->script[0].seats_made, 0);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(asking_ask(a, row[i].address, 0, LONG,
		    answers), row[i].verdict);
		assert_true(answers[0].asked);
		assert_false(answers[1].asked);
		assert_int_equal(answers[0].answer, row[i].verdict);
		assert_string_equal(answers[0].why.text, row[i].why);
		assert_true((answers[0].micros >= 0) == (row[i].verdict != -1));
	}
	asking_await_told(a, 4);
	assert_int_equal(asking_stats(a, 0).asked, 4);
	assert_int_equal(asking_stats(a, 0).yes, 2);
	assert_int_equal(asking_stats(a, 0).no, 1);
	assert_int_equal(asking_stats(a, 0).failed, 1);
	assert_false(asking_stats(a, 0).open);
	assert_string_equal(asking_stats(a, 0).name, "test:0");
	assert_string_equal(inquiry_source(a->inquiry, 0)->name, "test:0");
	assert_int_equal(inquiry_stats(a->inquiry, 1,
	    &(struct inquiry_stats){ .name = "" }), -1);
	asking_end(&a);
}

static void
where_nobody_is_to_be_asked_nobody_can_tell(void **state)
{
	struct asking		*a = asking_new(1, 1);
	struct inquiry_answer	 answers[INQUIRY_SOURCES];

	(void)state;
	assert_int_equal(asking_ask(a, "no@example.com", 6, LONG, answers),
	    -1);
	assert_false(answers[1].asked);
	assert_int_equal(a->script[0].calls, 0);
	asking_end(&a);
}

static void
an_address_is_asked_about_once_however_many_wait(void **state)
{
	struct asking		*a = asking_new(1, 4);
	struct asker_thread	 t[20];

	(void)state;
	a->script[0].held = true;
	for (int i = 0; i < 20; i++)
		asker_begin(&t[i], a, "yes@example.com", LONG);
	asking_await(a, 0, ASKING_WAITING, 20);
	script_set(&a->script[0], &a->script[0].held, false);
	for (int i = 0; i < 20; i++)
		assert_int_equal(asker_end(&t[i]), 1);
	assert_int_equal(a->script[0].calls, 1);
	asking_await_told(a, 1);
	assert_int_equal(asking_told(a), 1);
	asking_end(&a);
}

static void
seats_ask_side_by_side(void **state)
{
	struct asking		*a = asking_new(1, 3);
	struct asker_thread	 t[5];
	char			 name[32];

	(void)state;
	a->script[0].held = true;
	for (int i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "yes%d@example.com", i);
		asker_begin(&t[i], a, name, LONG);
	}
	script_await(&a->script[0], &a->script[0].running, 3);
	asking_await(a, 0, ASKING_QUEUED, 2);
	assert_int_equal(a->script[0].seats_made, 3);
	script_set(&a->script[0], &a->script[0].held, false);
	for (int i = 0; i < 5; i++)
		assert_int_equal(asker_end(&t[i]), 1);
	asking_end(&a);
	/* Two at once for one that is idle. */
	a = asking_new(1, 2);
	assert_int_equal(asking_ask(a, "yes0@example.com", 0, LONG, NULL), 1);
	asking_settle();
	script_set(&a->script[0], &a->script[0].held, true);
	(void)asking_ask(a, "yes1@example.com", 0, 0, NULL);
	(void)asking_ask(a, "yes2@example.com", 0, 0, NULL);
	script_await(&a->script[0], &a->script[0].running, 2);
	script_set(&a->script[0], &a->script[0].held, false);
	asking_end(&a);
}

static void
a_yes_is_told_while_another_source_is_slow(void **state)
{
	struct asking		*a = asking_new(2, 1);
	struct inquiry_answer	 answers[INQUIRY_SOURCES];

	(void)state;
	a->script[1].held = true;
	assert_int_equal(asking_ask(a, "yes@example.com", 0, LONG, answers),
	    1);
	assert_int_equal(answers[0].answer, 1);
	assert_int_equal(answers[1].answer, -1);
	assert_true(answers[1].asked);
	assert_false(asking_stats(a, 1).open);
	assert_int_equal(asking_told(a), 0);
	script_set(&a->script[1], &a->script[1].held, false);
	asking_await_told(a, 1);
	assert_int_equal(a->told[0].answers[0].answer, 1);
	assert_int_equal(a->told[0].answers[1].answer, 1);
	asking_end(&a);
}

static void
a_no_needs_every_source(void **state)
{
	struct asking		*a = asking_new(2, 1);
	struct inquiry_answer	 answers[INQUIRY_SOURCES];

	(void)state;
	assert_int_equal(asking_ask(a, "no@example.com", 0, LONG, NULL), 0);
	script_set(&a->script[1], &a->script[1].down, true);
	assert_int_equal(asking_ask(a, "no@example.com", 0, LONG, answers),
	    -1);
	assert_int_equal(answers[0].answer, 0);
	assert_int_equal(answers[1].answer, -1);
	assert_string_equal(answers[1].why.text, "it is down");
	/* Another set of sources is another question. */
	assert_int_equal(asking_ask(a, "no@example.com", 1, LONG, NULL), 0);
	asking_end(&a);
}

static void
a_no_is_told_once_done_has_let_it_be(void **state)
{
	struct asking		*a = asking_new(2, 1);
	struct asker_thread	 t;

	(void)state;
	a->done_held = true;
	asker_begin(&t, a, "no@example.com", 300);
	asking_await_told(a, 1);
	/* The source has answered: it is not the one that is late. */
	assert_int_equal(asker_end(&t), -1);
	assert_int_equal(t.answers[0].answer, -1);
	assert_int_equal(asking_stats(a, 0).overdue, 0);
	/* Nor is it asked again, or any sooner believed, by who joins now. */
	assert_int_equal(asking_ask(a, "no@example.com", 0, 20, NULL), -1);
	assert_int_equal(asking_stats(a, 0).asked, 1);
	assert_int_equal(asking_stats(a, 0).overdue, 0);
	asking_set(a, &a->done_held, false);
	assert_int_equal(asking_ask(a, "no@example.com", 0, LONG, NULL), 0);
	asking_end(&a);
}

static void
a_no_that_done_does_not_believe_is_no_answer(void **state)
{
	struct asking		*a = asking_new(2, 1);
	struct inquiry_answer	 answers[INQUIRY_SOURCES];

	(void)state;
	a->doubt = true;
	assert_int_equal(asking_ask(a, "no@example.com", 0, LONG, answers),
	    -1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(answers[i].answer, -1);
		assert_true(answers[i].doubted);
		assert_string_equal(answers[i].why.text,
		    "nobody believes it");
	}
	/* It is asked again, not doubted for ever. */
	asking_set(a, &a->doubt, false);
	assert_int_equal(asking_ask(a, "no@example.com", 0, LONG, answers), 0);
	assert_false(answers[0].doubted);
	asking_end(&a);
}

static void
who_asks_for_later_does_not_wait(void **state)
{
	struct asking		*a = asking_new(1, 1);
	struct inquiry_answer	 answers[INQUIRY_SOURCES];

	(void)state;
	a->script[0].held = true;
	assert_int_equal(asking_ask(a, "yes@example.com", 0, 0, answers), -1);
	assert_string_equal(answers[0].why.text, "it is asked for later");
	script_await(&a->script[0], &a->script[0].running, 1);
	assert_int_equal(asking_told(a), 0);
	script_set(&a->script[0], &a->script[0].held, false);
	asking_await_told(a, 1);
	assert_string_equal(a->told[0].address, "yes@example.com");
	assert_int_equal(a->told[0].answers[0].answer, 1);
	asking_end(&a);
}

static void
who_waits_goes_before_what_is_asked_for_later(void **state)
{
	struct asking		*a = asking_new(1, 1);
	struct asker_thread	 t[2];

	(void)state;
	a->script[0].held = true;
	(void)asking_ask(a, "yes0@example.com", 0, 0, NULL);
	script_await(&a->script[0], &a->script[0].running, 1);
	(void)asking_ask(a, "yes1@example.com", 0, 0, NULL);
	(void)asking_ask(a, "yes2@example.com", 0, 0, NULL);
	asker_begin(&t[0], a, "yes3@example.com", LONG);
	asking_await(a, 0, ASKING_WAITING, 1);
	asker_begin(&t[1], a, "yes2@example.com", LONG);
	asking_await(a, 0, ASKING_WAITING, 2);
	assert_int_equal(asking_stats(a, 0).queued, 3);
	script_set(&a->script[0], &a->script[0].held, false);
	asking_await_told(a, 4);
	assert_int_equal(asker_end(&t[0]), 1);
	assert_int_equal(asker_end(&t[1]), 1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(a->told[i].address[3], "0321"[i]);
	asking_end(&a);
}

static void
only_so_many_wait_at_once(void **state)
{
	struct asking		*a = asking_new(1, 1);
	struct asker_thread	 t[INQUIRY_WAITERS];
	struct inquiry_answer	 answers[INQUIRY_SOURCES];
	char			 name[32];

	(void)state;
	a->script[0].held = true;
	for (int i = 0; i < INQUIRY_WAITERS; i++) {
		(void)snprintf(name, sizeof(name), "yes%d@example.com", i);
		asker_begin(&t[i], a, name, LONG);
	}
	asking_await(a, 0, ASKING_WAITING, INQUIRY_WAITERS);
	assert_int_equal(asking_ask(a, "yes@example.com", 0, LONG, answers),
	    -1);
	assert_string_equal(answers[0].why.text,
	    "too many wait for answers already");
	script_set(&a->script[0], &a->script[0].held, false);
	for (int i = 0; i < INQUIRY_WAITERS; i++)
		assert_int_equal(asker_end(&t[i]), 1);
	/* Nobody waited for that one; it was asked all the same. */
	asking_await_told(a, INQUIRY_WAITERS + 1);
	assert_int_equal(asking_ask(a, "yes@example.com", 0, LONG, NULL), 1);
	asking_end(&a);
}

static void
a_queue_has_its_bound(void **state)
{
	struct asking		*a = asking_new(1, 1);
	struct inquiry_answer	 answers[INQUIRY_SOURCES];
	char			 name[32];

	(void)state;
	a->script[0].held = true;
	(void)asking_ask(a, "yes@example.com", 0, 0, NULL);
	script_await(&a->script[0], &a->script[0].running, 1);
	for (int i = 0; i <= INQUIRY_QUEUE; i++) {
		(void)snprintf(name, sizeof(name), "yes%d@example.com", i);
		assert_int_equal(asking_ask(a, name, 0, 0, answers), -1);
		if (i < INQUIRY_QUEUE)
			assert_string_equal(answers[0].why.text,
			    "it is asked for later");
	}
	assert_string_equal(answers[0].why.text,
	    "1000 addresses wait to be asked about already");
	/* Nor does anybody wait for what is not asked. */
	assert_int_equal(asking_ask(a, name, 0, LONG, NULL), -1);
	assert_int_equal(asking_stats(a, 0).queued, INQUIRY_QUEUE);
	script_set(&a->script[0], &a->script[0].held, false);
	asking_await_told(a, 1 + INQUIRY_QUEUE);
	assert_int_equal(a->script[0].calls, 1 + INQUIRY_QUEUE);
	asking_end(&a);
}

static void
the_end_releases_who_waits(void **state)
{
	struct asking		*a = asking_new(1, 1);
	struct asker_thread	 t;

	(void)state;
	a->script[0].held = true;
	asker_begin(&t, a, "yes@example.com", LONG);
	asking_await(a, 0, ASKING_WAITING, 1);
	script_await(&a->script[0], &a->script[0].running, 1);
	inquiry_free(&a->inquiry, 10);
	assert_null(a->inquiry);
	assert_int_equal(asker_end(&t), -1);
	assert_string_equal(t.answers[0].why.text, "the filter is stopping");
	assert_int_equal(a->script[0].freed, 0);
	script_set(&a->script[0], &a->script[0].held, false);
	asking_end(&a);
}

static void
a_thread_that_is_held_up_is_left_behind(void **state)
{
	struct asking	*a = asking_new(2, 2);

	(void)state;
	a->script[0].held = true;
	(void)asking_ask(a, "yes@example.com", 0, 0, NULL);
	(void)asking_ask(a, "no@example.com", 0, 0, NULL);
	(void)asking_ask(a, "down@example.com", 0, 0, NULL);
	script_await(&a->script[0], &a->script[0].running, 2);
	inquiry_free(&a->inquiry, 20);
	assert_int_equal(a->script[0].freed, 0);
	assert_int_equal(asking_told(a), 0);
	script_set(&a->script[0], &a->script[0].held, false);
	script_await(&a->script[0], &a->script[0].freed, 1);
	assert_int_equal(a->script[0].seats_left, 2);
	assert_int_equal(asking_told(a), 0);
	asking_end(&a);
}

static void *
free_it(void *arg)
{
	struct asking	*a = arg;

	inquiry_free(&a->inquiry, 10);
	assert_int_equal(a->in_done, 0);
	return NULL;
}

static void
the_end_waits_for_a_done_that_runs(void **state)
{
	struct asking	*a = asking_new(1, 1);
	pthread_t	 thread;

	(void)state;
	a->done_held = true;
	(void)asking_ask(a, "yes@example.com", 0, 0, NULL);
	asking_await_told(a, 1);
	assert_int_equal(pthread_create(&thread, NULL, free_it, a), 0);
	for (int64_t end = clock_monotonic_micros() + 50000;
	    clock_monotonic_micros() < end;)
		continue;
	asking_set(a, &a->done_held, false);
	assert_int_equal(pthread_join(thread, NULL), 0);
	asking_end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_answered_by_the_source),
		cmocka_unit_test(where_nobody_is_to_be_asked_nobody_can_tell),
		cmocka_unit_test(
		    an_address_is_asked_about_once_however_many_wait),
		cmocka_unit_test(seats_ask_side_by_side),
		cmocka_unit_test(a_yes_is_told_while_another_source_is_slow),
		cmocka_unit_test(a_no_needs_every_source),
		cmocka_unit_test(a_no_is_told_once_done_has_let_it_be),
		cmocka_unit_test(a_no_that_done_does_not_believe_is_no_answer),
		cmocka_unit_test(who_asks_for_later_does_not_wait),
		cmocka_unit_test(who_waits_goes_before_what_is_asked_for_later),
		cmocka_unit_test(only_so_many_wait_at_once),
		cmocka_unit_test(a_queue_has_its_bound),
		cmocka_unit_test(the_end_releases_who_waits),
		cmocka_unit_test(a_thread_that_is_held_up_is_left_behind),
		cmocka_unit_test(the_end_waits_for_a_done_that_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
