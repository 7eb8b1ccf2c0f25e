/* SPDX-License-Identifier: ISC
 * tests/unit/test_harvest.c - who guesses recipients is banned for a while, and
 * nobody else. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "recipient/harvest.h"
#include "tests/lib/store_world.h"

enum { START = 1700000000 };

static const struct harvest_rule rule = { .limit = 10, .window = 600,
	.ban = 3600 };

static bool
yes(void *arg)
{
	(void)arg;
	return true;
}

/* Two clients of one network, and one of another. */
static const struct harvest_client
	a = { .addr = "addr:192.0.2.1", .net = "net:192.0.2.0/24" },
	b = { .addr = "addr:192.0.2.2", .net = "net:192.0.2.0/24" },
	other = { .addr = "addr:198.51.100.1", .net = "net:198.51.100.0/24" },
	proven = { .addr = "addr:192.0.2.1", .net = "net:192.0.2.0/24",
	    .is_proven = yes };

static struct harvest *
begun(void **state, int64_t now)
{
	struct harvest	*h = harvest_new(((struct world *)*state)->s);

	assert_int_equal(harvest_begin(h, now, NULL), 0);
	return h;
}

/* Counts n recipients; how many bans that began. */
static int
count(struct harvest *h, const struct harvest_client *client, int n,
    bool known, int64_t now)
{
	int	bans = 0;

	while (n-- > 0)
		bans += harvest_count(h, &rule, client, known, now);
	return bans;
}

static int
guess(struct harvest *h, const struct harvest_client *client, int n,
    int64_t now)
{
	return count(h, client, n, false, now);
}

/* By whom it is banned: "addr", "net" or "". */
static void
expect(struct harvest *h, const struct harvest_client *client, int64_t now,
    const char *by)
{
	const char	*got = "";

	if (!harvest_is_banned(h, &rule, client, now, &got))
		got = "";
	else if (got != client->addr && got != client->net)
		fail_msg("banned by a stranger");
	if (strncmp(got, by, *by == '\0' ? 1 : strlen(by)) != 0)
		fail_msg("banned by \"%s\", not \"%s\"", got, by);
}

static void
one_more_than_the_limit_is_banned(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(guess(h, &a, 10, START), 0);
	expect(h, &a, START, "");
	assert_int_equal(guess(h, &a, 1, START), 1);
	expect(h, &a, START, "addr");
	expect(h, &other, START, "");
	harvest_free(&h);
	assert_null(h);
}

static void
recipients_that_exist_ban_nobody(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(count(h, &a, 1000, true, START), 0);
	assert_int_equal(guess(h, &a, 10, START), 0);
	expect(h, &a, START, "");
	/* Nor do they make up for the others, of an unproven client. */
	assert_int_equal(guess(h, &a, 1, START), 1);
	harvest_free(&h);
}

static void
a_window_begins_with_its_first_one_and_ends(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(guess(h, &a, 1, START), 0);
	assert_int_equal(guess(h, &a, 9, START + 599), 0);
	assert_int_equal(guess(h, &a, 1, START + 600), 0);
	assert_int_equal(guess(h, &a, 9, START + 1199), 0);
	expect(h, &a, START + 1199, "");
	assert_int_equal(guess(h, &a, 1, START + 1199), 1);
	harvest_free(&h);
}

static void
neighbours_are_counted_together(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(guess(h, &a, 6, START), 0);
	assert_int_equal(guess(h, &b, 4, START), 0);
	expect(h, &b, START, "");
	assert_int_equal(guess(h, &b, 1, START), 1);
	expect(h, &a, START, "net");
	expect(h, &b, START, "net");
	expect(h, &other, START, "");
	harvest_free(&h);
}

static void
a_ban_is_not_prolonged_and_counts_begin_anew(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(guess(h, &a, 11, START), 1);
	assert_int_equal(guess(h, &a, 500, START + 3599), 0);
	expect(h, &a, START + 3599, "addr");
	expect(h, &a, START + 3600, "");
	assert_int_equal(guess(h, &a, 10, START + 3600), 0);
	expect(h, &a, START + 3600, "");
	assert_int_equal(guess(h, &a, 1, START + 4199), 1);
	harvest_free(&h);
}

static void
a_proven_client_is_banned_if_its_unknown_ones_outnumber(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(count(h, &proven, 20, true, START), 0);
	assert_int_equal(guess(h, &proven, 20, START), 0);
	expect(h, &proven, START, "");
	assert_int_equal(guess(h, &proven, 1, START), 1);
	expect(h, &proven, START, "addr");
	/* While they do. */
	assert_int_equal(count(h, &proven, 1, true, START), 0);
	expect(h, &proven, START, "");
	expect(h, &a, START, "addr");
	assert_int_equal(guess(h, &proven, 1, START), 0);
	expect(h, &proven, START, "addr");
	harvest_free(&h);
}

static void
a_proven_client_is_not_banned_for_its_neighbours(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(guess(h, &b, 11, START), 1);
	expect(h, &a, START, "net");
	expect(h, &proven, START, "");
	harvest_free(&h);
}

static void
a_proven_client_gets_no_neighbour_banned(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(guess(h, &proven, 500, START), 1);
	expect(h, &proven, START, "addr");
	expect(h, &b, START, "");
	/* Nor is the neighbour's first guess the last straw. */
	assert_int_equal(guess(h, &b, 1, START), 0);
	expect(h, &b, START, "");
	harvest_free(&h);
}

static int	asked;		/* how often */

static bool
ask(void *arg)
{
	assert_ptr_equal(arg, &asked);
	asked++;
	return true;
}

static void
whether_it_is_proven_is_asked_when_it_matters(void **state)
{
	struct harvest			*h = begun(state, START);
	const struct harvest_client	 client = { .addr = b.addr,
					     .net = b.net, .is_proven = ask,
					     .arg = &asked };

	asked = 0;
	expect(h, &client, START, "");
	(void)count(h, &client, 5, true, START);
	assert_int_equal(asked, 0);
	assert_int_equal(guess(h, &a, 11, START), 1);
	expect(h, &client, START, "");
	assert_int_equal(asked, 1);
	(void)guess(h, &client, 1, START);
	assert_int_equal(asked, 2);
	harvest_free(&h);
}

static void
with_no_limit_nobody_is_banned(void **state)
{
	const struct harvest_rule	 none = { .limit = 0, .window = 600,
					     .ban = 3600 };
	struct harvest			*h = begun(state, START);
	const char			*by;

	for (int i = 0; i < 1000; i++)
		assert_false(harvest_count(h, &none, &a, false, START));
	assert_int_equal(guess(h, &other, 11, START), 1);
	assert_false(harvest_is_banned(h, &none, &other, START, &by));
	harvest_free(&h);
}

static void
a_restart_keeps_bans(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(count(h, &proven, 5, true, START), 0);
	assert_int_equal(guess(h, &proven, 11, START), 1);
	assert_int_equal(guess(h, &other, 11, START), 1);
	harvest_free(&h);
	h = begun(state, START + 3599);
	expect(h, &proven, START + 3599, "addr");
	expect(h, &other, START + 3599, "addr");
	expect(h, &other, START + 3600, "");
	harvest_free(&h);
	h = begun(state, START + 3600);
	expect(h, &other, START + 3600, "");
	assert_int_equal(guess(h, &other, 10, START + 3600), 0);
	harvest_free(&h);
	/* They leave the store by themselves. */
	assert_int_equal(expire(((struct world *)*state)->s, START + 3599, 9,
	    0), 0);
	assert_int_equal(expire(((struct world *)*state)->s, START + 3600, 9,
	    0), 3);
}

static void
who_is_forgiven_has_no_count_and_no_ban(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(guess(h, &a, 11, START), 1);
	assert_int_equal(guess(h, &other, 10, START), 0);
	assert_int_equal(harvest_forgive(h, a.addr, a.net, NULL), 1);
	expect(h, &a, START, "");
	assert_int_equal(guess(h, &a, 10, START), 0);
	assert_int_equal(harvest_forgive(h, other.addr, other.net, NULL), 1);
	assert_int_equal(guess(h, &other, 10, START), 0);
	assert_int_equal(harvest_forgive(h, "addr:x", "net:x", NULL), 0);
	harvest_free(&h);
	h = begun(state, START);
	expect(h, &a, START, "");
	/* A ban that only the store knows. */
	harvest_free(&h);
	h = begun(state, START);
	assert_int_equal(guess(h, &a, 11, START), 1);
	harvest_free(&h);
	h = harvest_new(((struct world *)*state)->s);
	assert_int_equal(harvest_forgive(h, a.addr, a.net, NULL), 1);
	assert_int_equal(harvest_forgive(h, a.addr, a.net, NULL), 0);
	harvest_free(&h);
}

static void
a_flood_of_clients_ends_no_ban(void **state)
{
	struct harvest		*h = begun(state, START);
	struct harvest_client	 client;
	struct harvest_stats	 stats;
	char			 addr[60], net[60];
	int			 most = 1000000;

	assert_int_equal(guess(h, &a, 11, START), 1);
	for (int i = 0; i < most; i++) {
		(void)snprintf(addr, sizeof(addr), "addr:2001:db8:%x:%x::1",
		    i >> 16, i & 0xffff);
		(void)snprintf(net, sizeof(net), "net:2001:db8:%x:%x::/64",
		    i >> 16, i & 0xffff);
		client = (struct harvest_client){ .addr = addr, .net = net };
		assert_int_equal(guess(h, &client, 1, START + 1 + i / 1000),
		    0);
		/* One who is seen now and then is not pushed out. */
		if (i % 2000 == 0 && i < 20000)
			assert_int_equal(guess(h, &other, 1,
			    START + 1 + i / 1000), 0);
		if (i == 20000)
			assert_int_equal(guess(h, &other, 1,
			    START + 1 + i / 1000), 1);
	}
	expect(h, &a, START + 2000, "addr");
	harvest_stats(h, START + 2000, &stats);
	assert_int_equal(stats.unknown, most + 11 + 11);
	assert_int_equal(stats.banned, 4);
	assert_int_equal(stats.bans, 4);
	harvest_free(&h);
}

/* Each begins a ban, and there are more of them than entries. */
static void
where_all_are_banned_a_new_one_is_not_counted(void **state)
{
	struct harvest		*h = begun(state, START);
	struct harvest_client	 client;
	struct harvest_stats	 stats;
	const struct harvest_rule strict = { .limit = 1, .window = 600,
				     .ban = 3600 };
	char			 addr[60];
	int			 bans = 0;

	for (int i = 0; i < 2 * HARVEST_ENTRIES; i++) {
		(void)snprintf(addr, sizeof(addr), "addr:%d", i);
		client = (struct harvest_client){ .addr = addr, .net = "" };
		(void)harvest_count(h, &strict, &client, false, START);
		bans += harvest_count(h, &strict, &client, false, START);
	}
	harvest_stats(h, START, &stats);
	assert_int_equal(stats.banned, bans);
	assert_in_range(bans, HARVEST_ENTRIES * 9 / 10, HARVEST_ENTRIES);
	harvest_free(&h);
}

static void
an_identity_that_is_too_long_or_empty_is_not_counted(void **state)
{
	struct harvest		*h = begun(state, START);
	char			 text[70];
	struct harvest_client	 client = { .addr = text, .net = "" };

	memset(text, 'x', sizeof(text));
	text[HARVEST_IDENTITY_MAX] = '\0';
	assert_int_equal(guess(h, &client, 11, START), 1);
	expect(h, &client, START, "x");
	text[HARVEST_IDENTITY_MAX] = 'x';
	text[HARVEST_IDENTITY_MAX + 1] = '\0';
	assert_int_equal(guess(h, &client, 50, START), 0);
	expect(h, &client, START, "");
	assert_int_equal(harvest_forgive(h, text, "", NULL), 0);
	harvest_free(&h);
}

static void
a_clock_that_goes_back_prolongs_no_ban(void **state)
{
	struct harvest	*h = begun(state, START);

	assert_int_equal(guess(h, &other, 10, START), 0);
	assert_int_equal(guess(h, &a, 11, START), 1);
	expect(h, &a, START - 100000, "addr");
	expect(h, &a, START - 100000 + 3599, "addr");
	expect(h, &a, START - 100000 + 3600, "");
	/* Nor is a window of the future gone on with. */
	assert_int_equal(guess(h, &other, 10, START - 100000), 0);
	harvest_free(&h);
	/* Nor a ban of the future that a restart finds. */
	h = begun(state, START - 200000);
	expect(h, &a, START - 200000, "addr");
	expect(h, &a, START - 200000 + 3600, "");
	harvest_free(&h);
}

static void
a_shorter_ban_by_reload_holds_for_those_begun(void **state)
{
	const struct harvest_rule	 shorter = { .limit = 10,
					     .window = 600, .ban = 60 };
	struct harvest			*h = begun(state, START);
	const char			*by;

	assert_int_equal(guess(h, &a, 11, START), 1);
	assert_true(harvest_is_banned(h, &shorter, &a, START + 10, &by));
	assert_true(harvest_is_banned(h, &shorter, &a, START + 69, &by));
	assert_false(harvest_is_banned(h, &shorter, &a, START + 70, &by));
	harvest_free(&h);
}

/* What a walk shows, as text: a line each. */
static bool
write_entry(const struct harvest_entry *n, void *arg)
{
	char	*text = arg;

	(void)sprintf(text + strlen(text), "%s %u/%u %d..%d\n", n->identity,
	    n->unknown, n->known, (int)(n->since - START),
	    n->until == 0 ? 0 : (int)(n->until - START));
	return true;
}

static bool
stop_at_first(const struct harvest_entry *n, void *arg)
{
	(void)n;
	++*(int *)arg;
	return false;
}

static void
a_walk_shows_bans_first_and_then_who_guessed(void **state)
{
	struct harvest	*h = begun(state, START);
	char		 text[1000] = "";
	int		 seen = 0;

	(void)count(h, &b, 3, true, START);
	(void)guess(h, &other, 2, START + 5);
	(void)guess(h, &proven, 11, START + 7);
	(void)count(h, &proven, 4, true, START + 8);
	harvest_walk(h, &rule, START + 9, write_entry, text);
	assert_int_equal(strncmp(text, "addr:192.0.2.1 11/4 7..3607\n", 28),
	    0);
	assert_non_null(strstr(text, "\naddr:198.51.100.1 2/0 5..0\n"));
	assert_non_null(strstr(text, "\nnet:198.51.100.0/24 2/0 5..0\n"));
	assert_null(strstr(text, "192.0.2.2"));
	assert_null(strstr(text, "net:192"));
	harvest_walk(h, &rule, START + 9, stop_at_first, &seen);
	assert_int_equal(seen, 1);
	text[0] = '\0';
	harvest_walk(h, &rule, START + 605, write_entry, text);
	assert_string_equal(text, "addr:192.0.2.1 11/4 7..3607\n");
	text[0] = '\0';
	harvest_walk(h, &rule, START + 3607, write_entry, text);
	assert_string_equal(text, "");
	harvest_free(&h);
}

static void
a_store_that_fails_keeps_the_ban_in_memory(void **state)
{
	struct world	*w = *state;
	struct harvest	*h = begun(state, START);
	struct err	 e = { "" };

	remove_all(w->state);
	assert_int_equal(store_tend(w->s, START, NULL), -1);
	assert_int_equal(guess(h, &a, 11, START), 1);
	expect(h, &a, START, "addr");
	assert_int_equal(harvest_forgive(h, a.addr, a.net, &e), -1);
	assert_true(e.text[0] != '\0');
	expect(h, &a, START, "");
	assert_int_equal(harvest_begin(h, START, &e), -1);
	harvest_free(&h);
}

static void *
use(void *arg)
{
	struct harvest		*h = arg;
	struct harvest_stats	 stats;
	const char		*by;
	char			 text[4000] = "";

	for (int i = 0; i < 500; i++) {
		(void)guess(h, &other, 1, START);
		(void)count(h, &other, 1, true, START);
		(void)harvest_is_banned(h, &rule, &other, START, &by);
	}
	harvest_stats(h, START, &stats);
	harvest_walk(h, &rule, START, write_entry, text);
	return stats.banned == 2 ? NULL : h;
}

static void
threads_do_not_disturb_each_other(void **state)
{
	struct harvest		*h = begun(state, START);
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
	assert_int_equal(stats.bans, 2);
	assert_int_equal(harvest_forgive(h, other.addr, other.net, NULL), 1);
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
		IN_MEMORY(one_more_than_the_limit_is_banned),
		IN_MEMORY(recipients_that_exist_ban_nobody),
		IN_MEMORY(a_window_begins_with_its_first_one_and_ends),
		IN_MEMORY(neighbours_are_counted_together),
		IN_MEMORY(a_ban_is_not_prolonged_and_counts_begin_anew),
		IN_MEMORY(
		    a_proven_client_is_banned_if_its_unknown_ones_outnumber),
		IN_MEMORY(a_proven_client_is_not_banned_for_its_neighbours),
		IN_MEMORY(a_proven_client_gets_no_neighbour_banned),
		IN_MEMORY(whether_it_is_proven_is_asked_when_it_matters),
		IN_MEMORY(with_no_limit_nobody_is_banned),
		IN_MEMORY(a_restart_keeps_bans),
		IN_MEMORY(who_is_forgiven_has_no_count_and_no_ban),
		IN_MEMORY(a_flood_of_clients_ends_no_ban),
		IN_MEMORY(where_all_are_banned_a_new_one_is_not_counted),
		IN_MEMORY(an_identity_that_is_too_long_or_empty_is_not_counted),
		IN_MEMORY(a_clock_that_goes_back_prolongs_no_ban),
		IN_MEMORY(a_shorter_ban_by_reload_holds_for_those_begun),
		IN_MEMORY(a_walk_shows_bans_first_and_then_who_guessed),
		IN_FOLDER(a_store_that_fails_keeps_the_ban_in_memory),
		IN_MEMORY(threads_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
