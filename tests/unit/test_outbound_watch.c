/* SPDX-License-Identifier: ISC
 * tests/unit/test_outbound_watch.c - counts of outbound mail, and the local
 * address that brings mostly strangers'. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "policy/outbound_watch.h"

static struct ip
address(unsigned last)
{
	struct ip	ip;
	char		text[32];

	(void)snprintf(text, sizeof(text), "10.0.%u.%u", last / 256,
	    last % 256);
	assert_int_equal(ip_parse(text, &ip, NULL), 0);
	return ip;
}

static void
sends(struct outbound_watch *w, unsigned last, unsigned ours,
    unsigned outside)
{
	const struct ip	ip = address(last);

	for (unsigned i = 0; i < ours; i++)
		outbound_watch_sender(w, &ip, true);
	for (unsigned i = 0; i < outside; i++)
		outbound_watch_sender(w, &ip, false);
}

static void
only_mostly_strangers_and_enough_of_them_are_told(void **state)
{
	static const struct { unsigned ours, outside; bool told; } rows[] = {
		{ 0, WATCH_ENOUGH - 1, false }, { 0, WATCH_ENOUGH, true },
		{ WATCH_ENOUGH, 0, false }, { 20, 20, false },
		{ 20, 21, true }, { 1000, 999, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outbound_watch	*w = outbound_watch_new();
		struct outbound_stats	 stats;

		sends(w, 1, rows[i].ours, rows[i].outside);
		outbound_watch_stats(w, &stats);
		assert_int_equal(stats.carrier_total, rows[i].told ?
		    rows[i].ours + rows[i].outside : 0);
		assert_int_equal(stats.carrier_outside, rows[i].told ?
		    rows[i].outside : 0);
		outbound_watch_free(&w);
	}
}

static void
the_busiest_of_several_is_told(void **state)
{
	struct outbound_watch	*w = outbound_watch_new();
	struct outbound_stats	 stats;
	const struct ip		 busiest = address(2);

	(void)state;
	sends(w, 1, 0, 30);
	sends(w, 2, 5, 40);
	sends(w, 3, 100, 10);
	sends(w, 4, 0, 25);
	outbound_watch_stats(w, &stats);
	assert_memory_equal(&stats.carrier, &busiest, sizeof(busiest));
	outbound_watch_free(&w);
}

static void
many_quiet_addresses_do_not_hide_a_busy_one(void **state)
{
	struct outbound_watch	*w = outbound_watch_new();
	struct outbound_stats	 stats;

	(void)state;
	sends(w, 1, 0, 30);
	for (unsigned i = 2; i < 3000; i++)
		sends(w, i, 1, 0);
	sends(w, 1, 0, 30);
	outbound_watch_stats(w, &stats);
	assert_int_equal(stats.carrier_total, 60);
	outbound_watch_free(&w);
}

/* The first has 30, the last 93; the one too many takes the place of the first,
 * whose count begins again. */
static void
of_too_many_addresses_the_quietest_gives_way(void **state)
{
	struct outbound_watch	*w = outbound_watch_new();
	struct outbound_stats	 stats;
	const struct ip		 last = address(WATCH_ADDRESSES);

	(void)state;
	for (unsigned i = 1; i <= WATCH_ADDRESSES; i++)
		sends(w, i, 0, 29 + i);
	sends(w, 1000, 0, 1);
	sends(w, 1, 0, 70);
	outbound_watch_stats(w, &stats);
	assert_int_equal(stats.carrier_total, 29 + WATCH_ADDRESSES);
	assert_memory_equal(&stats.carrier, &last, sizeof(last));
	outbound_watch_free(&w);
}

static void *
count(void *arg)
{
	struct outbound_watch	*w = arg;
	const struct ip		 ip = address(7);

	for (int i = 0; i < 10000; i++) {
		outbound_watch_message(w, 2);
		outbound_watch_unlearned(w, UNLEARNED_LIST);
		outbound_watch_sender(w, &ip, false);
	}
	return NULL;
}

static void
nothing_is_lost_between_threads(void **state)
{
	struct outbound_watch	*w = outbound_watch_new();
	struct outbound_stats	 stats;
	pthread_t		 threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, w),
		    0);
	for (int i = 0; i < 4; i++)
		(void)pthread_join(threads[i], NULL);
	outbound_watch_stats(w, &stats);
	assert_int_equal(stats.messages, 40000);
	assert_int_equal(stats.learned, 80000);
	assert_int_equal(stats.unlearned[UNLEARNED_LIST], 40000);
	assert_int_equal(stats.carrier_total, 40000);
	outbound_watch_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    only_mostly_strangers_and_enough_of_them_are_told),
		cmocka_unit_test(the_busiest_of_several_is_told),
		cmocka_unit_test(many_quiet_addresses_do_not_hide_a_busy_one),
		cmocka_unit_test(of_too_many_addresses_the_quietest_gives_way),
		cmocka_unit_test(nothing_is_lost_between_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
