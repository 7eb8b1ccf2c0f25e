/* SPDX-License-Identifier: ISC
 * tests/contract/test_prover_waits.c - whoever waits for the DNS waits for a
 * bounded time, nobody for what does not answer; floods are bounded. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/prover_world.h"

enum { THREADS = 50, FLOOD = 1000000 };

static void
late_domain_is_waited_for_again_once_it_answers(void **state)
{
	struct prover_world	*w = *state;
	int64_t		 began;

	world_fails(w, "mute@a.example.com", 50, "within 50 ms");
	assert_int_equal(world_stats(w).overdue, 1);
	/* Others are waited for meanwhile. */
	world_says(w, "odd@example.org", 1);
	began = world_now();
	world_fails(w, "odd@b.example.com", LONG, "not waited for");
	assert_true(world_now() - began < SLACK);
	AWAIT(world_stats(w).proven == 2);
	world_says(w, "odd@c.example.com", 1);
}

static void
subdomains_are_one_domain(void **state)
{
	struct prover_world	*w = *state;
	char		 sender[64];

	for (int i = 0; i < 8; i++) {
		(void)snprintf(sender, sizeof(sender), "mute@s%d.example.com",
		    i);
		(void)world_ask(w, sender, 20);
	}
	world_fails(w, "fail@example.org", LONG, "it was");
	assert_false(world_stats(w).open);
	assert_false(world_alarmed(w, ALARM_RESOLVER));
	assert_int_equal(world_stats(w).overdue, 1);
}

static void
dns_that_answers_nobody_is_waited_for_no_more(void **state)
{
	struct prover_world	*w = *state;
	int64_t		 began;

	(void)world_ask(w, "mute@example.com", 20);
	(void)world_ask(w, "fail@example.org", LONG);
	assert_false(world_stats(w).open);
	(void)world_ask(w, "mute@example.net", 20);
	assert_true(world_stats(w).open);
	assert_true(world_alarmed(w, ALARM_RESOLVER));
	began = world_now();
	world_fails(w, "odd@example.edu", LONG, "the DNS does not answer");
	assert_true(world_now() - began < SLACK);
	/* It was asked all the same: the first answer ends it. */
	AWAIT(!world_stats(w).open);
	assert_false(world_alarmed(w, ALARM_RESOLVER));
	world_says(w, "odd@example.edu", 1);
}

static void
one_answer_in_between_shows_that_the_dns_lives(void **state)
{
	struct prover_world	*w = *state;
	char		 sender[64];

	for (int i = 0; i < 12; i++) {
		(void)snprintf(sender, sizeof(sender), "mute@example%d.com",
		    i);
		(void)world_ask(w, sender, 10);
		if (i % 2 == 1)
			world_says(w, "odd@example.org", 1);
	}
	assert_false(world_stats(w).open);
	assert_int_equal(world_stats(w).overdue, 12);
}

static void
first_who_is_late_releases_all_of_the_domain(void **state)
{
	struct prover_world	*w = *state;
	struct waiting	 a[10];

	for (int i = 0; i < 9; i++)
		waiting_begin(&a[i], w, "mute@example.com", LONG);
	waiting_begin(&a[9], w, "hold@example.org", LONG);
	AWAIT(world_stats(w).waiting == 10);
	world_fails(w, "mute@example.com", 50, "within 50 ms");
	for (int i = 0; i < 9; i++) {
		waiting_end(&a[i]);
		assert_int_equal(a[i].answer.answer, -1);
		assert_non_null(strstr(a[i].answer.why.text, "within 50 ms"));
	}
	assert_int_equal(world_stats(w).waiting, 1);
	assert_int_equal(world_stats(w).overdue, 1);
	world_says(w, "release@example.net", 1);
	waiting_end(&a[9]);
	assert_int_equal(a[9].answer.answer, 1);
}

static void
dns_that_is_gone_releases_all(void **state)
{
	struct prover_world	*w = *state;
	struct waiting	 a[10];
	char		 sender[64];

	for (int i = 0; i < 10; i++) {
		(void)snprintf(sender, sizeof(sender), "mute@example%d.com",
		    i);
		waiting_begin(&a[i], w, sender, LONG);
	}
	AWAIT(world_stats(w).waiting == 10);
	(void)world_ask(w, "mute@example.com", 10);
	(void)world_ask(w, "mute@example.net", 10);
	assert_int_equal(world_stats(w).waiting, 10);
	(void)world_ask(w, "mute@example.org", 10);
	for (int i = 0; i < 10; i++) {
		waiting_end(&a[i]);
		assert_non_null(strstr(a[i].answer.why.text, "not waited"));
	}
	assert_int_equal(world_stats(w).overdue, 3);
}

static void
fifty_at_once_are_back_in_time_from_a_mute_dns(void **state)
{
	struct prover_world	*w = *state;
	struct waiting	 a[THREADS];
	char		 sender[64];

	world_says(w, "yes@example.com", 1);
	for (int i = 0; i < THREADS; i++) {
		(void)snprintf(sender, sizeof(sender), "mute@example%d.com",
		    i);
		waiting_begin(&a[i], w, sender, 300);
	}
	for (int i = 0; i < THREADS; i++) {
		waiting_end(&a[i]);
		assert_int_equal(a[i].answer.answer, -1);
		if (a[i].took > 300 + SLACK)
			fail_msg("asker %d took %lld ms", i,
			    (long long)a[i].took);
	}
	assert_true(world_stats(w).open);
	assert_int_equal(world_stats(w).waiting, 0);
	assert_int_equal(world_stats(w).overdue, PROVER_UNRELATED);
	assert_int_equal(world_stats(w).asked, THREADS + 1);
}

static void
more_than_may_wait_do_not(void **state)
{
	struct prover_world	*w = *state;
	struct waiting	 a[PROVER_WAITERS];

	for (int i = 0; i < PROVER_WAITERS; i++)
		waiting_begin(&a[i], w, "hold@example.com", LONG);
	AWAIT(world_stats(w).waiting == PROVER_WAITERS);
	world_fails(w, "hold@example.com", LONG, "too many wait");
	assert_int_equal(world_stats(w).under_way, PROVER_WAITERS + 1);
	world_fails(w, "release@example.com", 0, "not waited for");
	for (int i = 0; i < PROVER_WAITERS; i++) {
		waiting_end(&a[i]);
		assert_int_equal(a[i].answer.answer, 1);
	}
}

static void
end_releases_who_waits_and_tells_nobody(void **state)
{
	struct prover_world	*w = *state;
	struct waiting	 a[PROVER_WAITERS];
	struct prover	*p = w->prover;
	struct told	 t = { 0 };

	assert_true(world_later(w, "mute@example.org", &t));
	for (int i = 0; i < PROVER_WAITERS; i++)
		waiting_begin(&a[i], w, "mute@example.com", LONG);
	AWAIT(world_stats(w).waiting == PROVER_WAITERS);
	prover_free(&p);
	assert_null(p);
	for (int i = 0; i < PROVER_WAITERS; i++) {
		waiting_end(&a[i]);
		assert_int_equal(a[i].answer.answer, -1);
		assert_string_equal(a[i].answer.why.text,
		    "the filter is stopping");
	}
	assert_int_equal(atomic_load(&t.n), 0);
	w->prover = NULL;
	prover_world_prove(w, &prover_world_usual);
}

static void
new_resolvers_are_asked_what_was_under_way(void **state)
{
	struct prover_world			*w = *state;
	struct launcher_resolvers	 r = { .n = 2, .at = { "192.0.2.1",
					    "release" } };
	struct waiting			 a;
	pid_t				 first, second;

	waiting_begin(&a, w, "hold@example.com", LONG);
	AWAIT(world_stats(w).waiting == 1 && world_stats(w).helper != 0);
	first = world_stats(w).helper;
	prover_use(w->prover, &r);
	waiting_end(&a);
	assert_int_equal(a.answer.answer, 1);
	second = world_stats(w).helper;
	assert_true(second != first && kill(first, 0) == -1);
	assert_int_equal(world_ask(w, "self@example.com",
	    LONG).found[SELF_RESOLVERS], 2);
	/* The same ones change nothing. */
	prover_use(w->prover, &r);
	world_says(w, "odd@example.com", 1);
	assert_int_equal(world_stats(w).helper, second);
	assert_false(world_alarmed(w, ALARM_HELPER));
}

/* Asks about a domain that no other number has. */
static bool
later(struct prover_world *w, const char *local, int n, struct told *t)
{
	char	sender[64];

	(void)snprintf(sender, sizeof(sender), "%s@d%d.example", local, n);
	return world_later(w, sender, t);
}

static void
queue_is_bounded_and_the_rest_is_not_asked(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };

	for (int i = 0; i < PROVER_QUEUE; i++)
		assert_true(later(w, "hold", i, &t));
	assert_false(later(w, "hold", PROVER_QUEUE, &t));
	world_fails(w, "yes@example.com", LONG, "under way already");
	assert_int_equal(world_stats(w).under_way, PROVER_QUEUE);
	assert_int_equal(world_stats(w).dropped, 2);
	assert_int_equal(atomic_load(&t.n), 0);
	prover_use(w->prover, &(struct launcher_resolvers){ .n = 1,
	    .at = { "release" } });
	AWAIT(atomic_load(&t.n) == PROVER_QUEUE);
	assert_int_equal(atomic_load(&t.yes), PROVER_QUEUE);
	assert_int_equal(world_stats(w).under_way, 0);
}

/* More than the socket takes at a time, and nothing comes back until the last
 * question has been sent. */
static void
what_the_socket_does_not_take_is_sent_later(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };

	for (int i = 1; i < PROVER_QUEUE; i++)
		assert_true(later(w, "hold", i, &t));
	assert_true(world_later(w, "release@example.com", &t));
	AWAIT(atomic_load(&t.n) == PROVER_QUEUE);
	assert_int_equal(atomic_load(&t.yes), PROVER_QUEUE);
}

/* The second of them takes no place, and is told the same. */
static void
same_question_is_asked_once(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };

	for (int i = 0; i < 2 * PROVER_SHARE; i++)
		assert_true(world_later(w, "hold@example.com", &t));
	assert_int_equal(world_stats(w).under_way, 1);
	assert_int_equal(world_stats(w).asked, 1);
	assert_true(world_later(w, "release@example.com", &t));
	AWAIT(atomic_load(&t.n) == 2 * PROVER_SHARE + 1);
	assert_int_equal(atomic_load(&t.yes), 2 * PROVER_SHARE + 1);
}

static void
domain_that_does_not_answer_leaves_room_for_others(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };
	char		 sender[64];
	unsigned	 taken = 0;

	for (int i = 0; i < PROVER_QUEUE; i++) {
		(void)snprintf(sender, sizeof(sender),
		    "hold@s%d.example.com", i);
		taken += world_later(w, sender, &t);
	}
	assert_int_equal(taken, PROVER_SHARE);
	world_fails(w, "odd@example.com", LONG, "about example.com are under "
	    "way already");
	assert_true(later(w, "odd", 1, &t));
	AWAIT(atomic_load(&t.n) == 1);
}

static void
flood_is_bounded_and_each_question_taken_is_answered_once(void **state)
{
	struct prover_world	*w = *state;
	struct told	 t = { 0 };
	unsigned	 taken = 0;

	for (int i = 0; i < FLOOD; i++)
		taken += later(w, i % 5000 == 77 ? "die" : "odd", i, &t);
	AWAIT(world_stats(w).under_way == 0);
	AWAIT(atomic_load(&t.n) == taken);
	assert_int_equal(atomic_load(&t.wrong), 0);
	assert_int_equal(world_stats(w).asked, taken);
	assert_int_equal(world_stats(w).dropped, FLOOD - taken);
	assert_true(taken >= PROVER_QUEUE && taken < FLOOD);
	assert_true(world_stats(w).restarts > 0);
	AWAIT(world_ask(w, "odd@example.com", LONG).answer == 1);
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, prover_world_begin,	\
	    prover_world_end)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ROW(late_domain_is_waited_for_again_once_it_answers),
		ROW(subdomains_are_one_domain),
		ROW(dns_that_answers_nobody_is_waited_for_no_more),
		ROW(one_answer_in_between_shows_that_the_dns_lives),
		ROW(first_who_is_late_releases_all_of_the_domain),
		ROW(dns_that_is_gone_releases_all),
		ROW(fifty_at_once_are_back_in_time_from_a_mute_dns),
		ROW(more_than_may_wait_do_not),
		ROW(end_releases_who_waits_and_tells_nobody),
		ROW(new_resolvers_are_asked_what_was_under_way),
		ROW(queue_is_bounded_and_the_rest_is_not_asked),
		ROW(what_the_socket_does_not_take_is_sent_later),
		ROW(same_question_is_asked_once),
		ROW(domain_that_does_not_answer_leaves_room_for_others),
		ROW(flood_is_bounded_and_each_question_taken_is_answered_once),
	};

	scripted_helper_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
