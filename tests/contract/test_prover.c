/* SPDX-License-Identifier: ISC
 * tests/contract/test_prover.c - questions to a helper that answers, dies,
 * hangs, talks nonsense: it is replaced, and what goes wrong is "cannot
 * tell". */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/prover_world.h"

static void
yes_no_and_cannot_tell_are_told(void **state)
{
	struct prover_world		*w = *state;
	struct prover_answer	 a = world_ask(w, "yes@example.com", LONG);
	struct question		 list = { .kind = QUESTION_LIST,
				    .zone = "dnswl.example" };

	assert_int_equal(a.answer, 1);
	assert_int_equal(a.result, SPF_PASS);
	assert_string_equal(a.why.text, "it was 1");
	a = world_ask(w, "no@example.com", LONG);
	assert_int_equal(a.answer, 0);
	assert_true(a.withdrawn);
	world_fails(w, "fail@example.com", LONG, "it was -1");
	prover_ask(w->prover, &list, LONG, &a);
	assert_int_equal(a.answer, 1);
	a = world_ask(w, "self@example.com", LONG);
	assert_int_equal(a.n_found, QUESTION_FOUND);
	assert_int_equal(a.found[SELF_FDS], 3);
	assert_int_equal(world_stats(w).asked, 5);
	assert_int_equal(world_stats(w).proven, 3);
	assert_int_equal(world_stats(w).not_proven, 1);
	assert_int_equal(world_stats(w).failed, 1);
	assert_int_equal(world_stats(w).under_way, 0);
}

static void
note_comes_back_with_the_answer(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };

	assert_true(world_later(w, "yes@example.com", &t));
	assert_true(world_later(w, "fail@example.com", &t));
	assert_true(world_later(w, "no@example.com", &t));
	AWAIT(atomic_load(&t.n) == 3);
	assert_int_equal(atomic_load(&t.yes), 1);
	assert_int_equal(atomic_load(&t.cannot), 1);
	assert_int_equal(atomic_load(&t.wrong), 0);
}

static void
replies_that_nobody_asked_for_are_passed_over(void **state)
{
	struct prover_world	*w = *state;

	for (int i = 0; i < 20; i++)
		world_says(w, "odd@example.com", 1);
	assert_int_equal(world_stats(w).restarts, 0);
	assert_int_equal(world_stats(w).proven, 20);
}

static void
same_question_is_answered_from_memory(void **state)
{
	struct prover_world	*w = *state;

	world_says(w, "yes@example.com", 1);
	world_says(w, "no@example.com", 0);
	world_says(w, "fail@example.com", -1);
	world_says(w, "odd@example.com", 1);		/* without a ttl */
	assert_int_equal(world_stats(w).asked, 4);
	world_says(w, "yes@example.com", 1);
	world_says(w, "no@example.com", 0);
	assert_int_equal(world_stats(w).asked, 4);
	world_says(w, "fail@example.com", -1);
	world_says(w, "odd@example.com", 1);
	assert_int_equal(world_stats(w).asked, 6);
}

static void
helper_that_dies_is_replaced(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };
	pid_t		 first;

	world_says(w, "yes@example.com", 1);
	first = world_stats(w).helper;
	assert_true(first > 0);
	assert_true(world_later(w, "mute@example.com", &t));
	world_fails(w, "die@example.com", LONG,
	    "greygate-spf ended with code 3: cannot go on");
	AWAIT(atomic_load(&t.n) == 1);
	assert_int_equal(atomic_load(&t.cannot), 1);
	assert_true(kill(first, 0) == -1);
	world_says(w, "yes1@example.com", 1);
	assert_true(world_stats(w).helper != first);
	assert_int_equal(world_stats(w).restarts, 1);
	assert_false(world_alarmed(w, ALARM_HELPER));
}

static void
helper_that_is_killed_is_replaced(void **state)
{
	struct prover_world	*w = *state;

	world_says(w, "yes@example.com", 1);
	assert_int_equal(kill(world_stats(w).helper, SIGKILL), 0);
	AWAIT(world_stats(w).helper == 0);
	world_says(w, "yes1@example.com", 1);
	assert_int_equal(world_stats(w).restarts, 1);
}

static void
helper_that_dies_again_and_again_alarms_once_it_does(void **state)
{
	struct prover_world		*w = *state;
	static const struct prover_times	times = { .frozen = LONG,
				    .early = 1500, .healthy = LONG,
				    .pause = 1, .pause_max = 1 };

	prover_world_prove(w, &times);
	AWAIT(world_ask(w, "die@example.com", LONG).answer == -1 &&
	    world_alarmed(w, ALARM_HELPER));
	assert_true(world_stats(w).restarts >= 2);
	assert_non_null(strstr(alarm_get(w->alarms,
	    ALARM_HELPER).sentence.text, "cannot go on"));
	/* The first answer of one that has lived for a while ends it. */
	AWAIT(world_ask(w, "odd@example.com", LONG).answer == 1 &&
	    !world_alarmed(w, ALARM_HELPER));
}

static void
helper_that_dies_again_and_again_is_left_alone_for_a_while(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };
	static const struct prover_times	times = { .frozen = LONG,
				    .early = LONG, .healthy = LONG,
				    .pause = 20000, .pause_max = 40000 };

	prover_world_prove(w, &times);
	world_fails(w, "die@example.com", LONG, "cannot go on");
	world_fails(w, "die@example.com", LONG, "cannot go on");
	world_fails(w, "yes@example.com", LONG, "it is started again in 20 s");
	assert_false(world_later(w, "yes@example.com", &t));
	assert_int_equal(world_stats(w).restarts, 1);
	assert_int_equal(world_stats(w).dropped, 2);
	assert_int_equal(world_stats(w).helper, 0);
	assert_int_equal(atomic_load(&t.n), 0);
}

static void
alarm_of_a_helper_that_lives_on_ends_by_itself(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };
	static const struct prover_times	times = { .frozen = LONG,
				    .early = 1500, .healthy = 1500,
				    .pause = 1, .pause_max = 1 };

	prover_world_prove(w, &times);
	AWAIT(world_ask(w, "die@example.com", LONG).answer == -1 &&
	    world_alarmed(w, ALARM_HELPER));
	AWAIT(world_later(w, "mute@example.com", &t));
	AWAIT(!world_alarmed(w, ALARM_HELPER));
	assert_int_equal(atomic_load(&t.n), 0);
}

static void
helper_that_cannot_be_started_alarms_at_once(void **state)
{
	struct prover_world	*w = *state;

	prover_free(&w->prover);
	launcher_free(&w->launcher);
	prover_world_launch(w, "/nonexistent/spf");
	prover_world_prove(w, &prover_world_usual);
	world_fails(w, "yes@example.com", LONG, "cannot run /nonexistent/spf");
	assert_true(world_alarmed(w, ALARM_HELPER));
	/* It is tried again, and mail flows. */
	AWAIT(strstr(world_ask(w, "yes@example.com", LONG).why.text,
	    "it is started") == NULL);
}

static void
without_a_launcher_nothing_can_be_told(void **state)
{
	struct prover_world		*w = *state;
	struct launcher		*kept = w->launcher;
	struct told		 t = { 0 };

	w->launcher = NULL;
	prover_world_prove(w, &prover_world_usual);
	w->launcher = kept;
	world_fails(w, "yes@example.com", LONG, "does not run");
	assert_false(world_later(w, "yes@example.com", &t));
}

static void
frozen_helper_is_replaced_and_keeps_nobody_waiting(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };
	int64_t		 began;
	pid_t		 first;
	static const struct prover_times	times = { .frozen = 1500,
				    .early = LONG, .healthy = LONG,
				    .pause = 1, .pause_max = 1 };

	prover_world_prove(w, &times);
	world_says(w, "yes@example.com", 1);
	first = world_stats(w).helper;
	assert_true(world_later(w, "freeze@example.org", &t));
	began = world_now();
	world_fails(w, "yes1@example.com", 200, "no answer about "
	    "example.com within 200 ms");
	assert_in_range(world_now() - began, 199, 200 + SLACK);
	AWAIT(atomic_load(&t.n) == 1);
	assert_true(world_now() - began >= 1400);
	assert_int_equal(atomic_load(&t.cannot), 1);
	assert_non_null(strstr(world_stats(w).trouble.text, "does not answer"));
	AWAIT(kill(first, 0) == -1);
	world_says(w, "yes1@example.org", 1);
	assert_int_equal(world_stats(w).restarts, 1);
}

static void
question_that_the_helper_forgets_is_given_up(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };
	static const struct prover_times	times = { .frozen = 400,
				    .early = LONG, .healthy = LONG,
				    .pause = 1, .pause_max = 1 };

	prover_world_prove(w, &times);
	assert_true(world_later(w, "mute@example.com", &t));
	AWAIT(world_ask(w, "odd@example.org", LONG).answer == 1 &&
	    atomic_load(&t.n) == 1);
	assert_int_equal(atomic_load(&t.cannot), 1);
	assert_int_equal(world_stats(w).restarts, 0);
}

static void
helper_that_talks_nonsense_is_replaced(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };

	assert_true(world_later(w, "mute@example.com", &t));
	world_fails(w, "garbage@example.org", LONG, "what nobody can read");
	AWAIT(atomic_load(&t.cannot) == 1);
	world_says(w, "yes@example.com", 1);
	assert_int_equal(world_stats(w).restarts, 1);
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, prover_world_begin,	\
	    prover_world_end)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ROW(yes_no_and_cannot_tell_are_told),
		ROW(note_comes_back_with_the_answer),
		ROW(replies_that_nobody_asked_for_are_passed_over),
		ROW(same_question_is_answered_from_memory),
		ROW(helper_that_dies_is_replaced),
		ROW(helper_that_is_killed_is_replaced),
		ROW(helper_that_dies_again_and_again_alarms_once_it_does),
		ROW(helper_that_dies_again_and_again_is_left_alone_for_a_while),
		ROW(alarm_of_a_helper_that_lives_on_ends_by_itself),
		ROW(helper_that_cannot_be_started_alarms_at_once),
		ROW(without_a_launcher_nothing_can_be_told),
		ROW(frozen_helper_is_replaced_and_keeps_nobody_waiting),
		ROW(question_that_the_helper_forgets_is_given_up),
		ROW(helper_that_talks_nonsense_is_replaced),
	};

	scripted_helper_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
