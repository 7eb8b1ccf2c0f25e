/* SPDX-License-Identifier: ISC
 * tests/unit/test_harvest_table.c - what is kept of those who guess, in the
 * table and in the store. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/guessers.h"

static void
a_restart_keeps_bans(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	assert_int_equal(guess_count(h, &client_proven, 5, true, START), 0);
	assert_int_equal(guess(h, &client_proven, 11, START), 1);
	assert_int_equal(guess(h, &client_other, 11, START), 1);
	harvest_free(&h);
	h = harvest_begun(state, START + 3599);
	expect_ban(h, &client_proven, START + 3599, "addr");
	/* With what led to them: 11 unknown, 5 known. */
	(void)guess_count(h, &client_proven, 5, true, START + 3599);
	expect_ban(h, &client_proven, START + 3599, "addr");
	(void)guess_count(h, &client_proven, 1, true, START + 3599);
	expect_ban(h, &client_proven, START + 3599, "");
	expect_ban(h, &client_other, START + 3599, "addr");
	expect_ban(h, &client_other, START + 3600, "");
	harvest_free(&h);
	h = harvest_begun(state, START + 3600);
	expect_ban(h, &client_other, START + 3600, "");
	assert_int_equal(guess(h, &client_other, 10, START + 3600), 0);
	harvest_free(&h);
	/* They leave the store by themselves. */
	assert_int_equal(expire(((struct world *)*state)->s, START + 3599, 9,
	    0), 0);
	assert_int_equal(expire(((struct world *)*state)->s, START + 3600, 9,
	    0), 2);
}

static void
who_is_forgiven_has_no_count_and_no_ban(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	assert_int_equal(guess(h, &client_a, 11, START), 1);
	assert_int_equal(guess(h, &client_other, 10, START), 0);
	assert_int_equal(forgive(h, &client_a, NULL), 1);
	expect_ban(h, &client_a, START, "");
	assert_int_equal(guess(h, &client_a, 10, START), 0);
	assert_int_equal(forgive(h, &client_other, NULL), 1);
	assert_int_equal(guess(h, &client_other, 10, START), 0);
	assert_int_equal(harvest_forgive(h, "addr:x", "net:x", NULL), 0);
	harvest_free(&h);
	h = harvest_begun(state, START);
	expect_ban(h, &client_a, START, "");
	/* A ban that only the store knows. */
	harvest_free(&h);
	h = harvest_begun(state, START);
	assert_int_equal(guess(h, &client_a, 11, START), 1);
	harvest_free(&h);
	h = harvest_new(((struct world *)*state)->s);
	assert_int_equal(forgive(h, &client_a, NULL), 1);
	assert_int_equal(forgive(h, &client_a, NULL), 0);
	harvest_free(&h);
}

static void
a_flood_of_clients_ends_no_ban(void **state)
{
	struct harvest		*h = harvest_begun(state, START);
	struct harvest_client	 client;
	struct harvest_stats	 stats;
	char			 addr[60], net[60];
	int			 most = 1000000;

	assert_int_equal(guess(h, &client_a, 11, START), 1);
	for (int i = 0; i < most; i++) {
		(void)snprintf(addr, sizeof(addr), "addr:2001:db8:%x:%x::1",
		    i >> 16, i & 0xffff);
		(void)snprintf(net, sizeof(net), "net:2001:db8:%x:%x::/64",
		    i >> 16, i & 0xffff);
		client = (struct harvest_client){ .addr = addr, .net = net };
		assert_int_equal(guess(h, &client, 1, START + 1 + i / 1000),
		    0);
		/* One who is seen now and then is not pushed out. */
		if (i % 2000 == 0 && i >= 200000 && i < 220000)
			assert_int_equal(guess(h, &client_other, 1,
			    START + 1 + i / 1000), 0);
		if (i == 220000)
			assert_int_equal(guess(h, &client_other, 1,
			    START + 1 + i / 1000), 1);
	}
	expect_ban(h, &client_a, START + 2000, "addr");
	harvest_stats(h, START + 2000, &stats);
	assert_int_equal(stats.unknown, most + 11 + 11);
	assert_int_equal(stats.banned, 2);
	assert_int_equal(stats.bans, 2);
	harvest_free(&h);
}

/* Each begins a ban, and there are more of them than entries. */
static void
where_all_are_banned_the_ban_that_ends_first_makes_room(void **state)
{
	struct harvest		*h = harvest_begun(state, START);
	struct harvest_client	 client;
	struct harvest_stats	 stats;
	const struct harvest_rule strict = { .limit = 1, .window = 600,
				     .ban = 3600 };
	char			 addr[60];
	int			 bans = 0, most = HARVEST_ENTRIES;

	/* It takes no time to write to one that cannot be written. */
	break_store(state);
	for (int i = 0; i < 2 * HARVEST_ENTRIES; i++) {
		(void)snprintf(addr, sizeof(addr), "addr:%d", i);
		client = (struct harvest_client){ .addr = addr, .net = "" };
		(void)harvest_count(h, &strict, &client, false, START);
		bans += harvest_count(h, &strict, &client, false, START);
	}
	harvest_stats(h, START, &stats);
	assert_int_equal(bans, 2 * HARVEST_ENTRIES);
	assert_in_range(stats.banned, most * 9 / 10, most);
	harvest_free(&h);
}

static void
an_identity_that_is_too_long_or_empty_is_not_counted(void **state)
{
	struct harvest		*h = harvest_begun(state, START);
	char			 text[70];
	struct harvest_client	 client = { .addr = text, .net = "" };

	memset(text, 'x', sizeof(text));
	text[HARVEST_IDENTITY_MAX] = '\0';
	assert_int_equal(guess(h, &client, 11, START), 1);
	expect_ban(h, &client, START, "x");
	text[HARVEST_IDENTITY_MAX] = 'x';
	text[HARVEST_IDENTITY_MAX + 1] = '\0';
	assert_int_equal(guess(h, &client, 50, START), 0);
	expect_ban(h, &client, START, "");
	assert_int_equal(harvest_forgive(h, text, "", NULL), 0);
	harvest_free(&h);
}

static void
a_store_that_fails_keeps_the_ban_in_memory(void **state)
{
	struct harvest	*h = harvest_begun(state, START);
	struct err	 e = { "" };

	break_store(state);
	assert_int_equal(guess(h, &client_a, 11, START), 1);
	expect_ban(h, &client_a, START, "addr");
	assert_int_equal(forgive(h, &client_a, &e), -1);
	assert_true(e.text[0] != '\0');
	expect_ban(h, &client_a, START, "");
	assert_int_equal(harvest_begin(h, START, &e), -1);
	harvest_free(&h);
}

static bool
look_at(const struct harvest_entry *entry, void *arg)
{
	(void)entry;
	++*(int *)arg;
	return true;
}

static void *
use(void *arg)
{
	struct harvest		*h = arg;
	struct harvest_stats	 stats;
	const char		*by;
	int			 shown = 0;

	for (int i = 0; i < 500; i++) {
		(void)guess(h, &client_other, 1, START);
		(void)guess_count(h, &client_other, 1, true, START);
		(void)harvest_is_banned(h, &guess_rule, &client_other, START,
		    &by);
	}
	harvest_stats(h, START, &stats);
	harvest_walk(h, &guess_rule, START, look_at, &shown);
	return stats.banned == 1 && shown == 2 ? NULL : h;
}

static void
threads_do_not_disturb_each_other(void **state)
{
	struct harvest		*h = harvest_begun(state, START);
	struct harvest_stats	 stats;
	pthread_t		 thread[4];
	void			*failed;

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, use, h), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(thread[i], &failed), 0);
		assert_null(failed);
	}
	harvest_stats(h, START, &stats);
	assert_int_equal(stats.unknown, 2000);
	assert_int_equal(stats.known, 2000);
	assert_int_equal(stats.bans, 1);
	assert_int_equal(forgive(h, &client_other, NULL), 1);
	harvest_free(&h);
}

#define IN_MEMORY(f)							\
	cmocka_unit_test_setup_teardown(f, world_in_memory, world_end)
#define IN_FOLDER(f)							\
	cmocka_unit_test_setup_teardown(f, world_in_folder, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_MEMORY(a_restart_keeps_bans),
		IN_MEMORY(who_is_forgiven_has_no_count_and_no_ban),
		IN_MEMORY(a_flood_of_clients_ends_no_ban),
		IN_FOLDER(where_all_are_banned_the_ban_that_ends_first_makes_room),
		IN_MEMORY(an_identity_that_is_too_long_or_empty_is_not_counted),
		IN_FOLDER(a_store_that_fails_keeps_the_ban_in_memory),
		IN_MEMORY(threads_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
