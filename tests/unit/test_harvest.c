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

#include "tests/lib/guessers.h"

static void
one_more_than_the_limit_is_banned(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	assert_int_equal(guess(h, &client_a, 10, START), 0);
	expect_ban(h, &client_a, START, "");
	assert_int_equal(guess(h, &client_a, 1, START), 1);
	expect_ban(h, &client_a, START, "addr");
	expect_ban(h, &client_other, START, "");
	harvest_free(&h);
	assert_null(h);
}

static void
recipients_that_exist_ban_nobody(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	assert_int_equal(guess_count(h, &client_a, 1000, true, START), 0);
	assert_int_equal(guess(h, &client_a, 10, START), 0);
	expect_ban(h, &client_a, START, "");
	/* Nor do they make up for the others, of an unproven client. */
	assert_int_equal(guess(h, &client_a, 1, START), 1);
	harvest_free(&h);
}

static void
a_window_begins_with_its_first_one_and_ends(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	assert_int_equal(guess(h, &client_a, 1, START), 0);
	assert_int_equal(guess(h, &client_a, 9, START + 599), 0);
	assert_int_equal(guess(h, &client_a, 1, START + 600), 0);
	assert_int_equal(guess(h, &client_a, 9, START + 1199), 0);
	expect_ban(h, &client_a, START + 1199, "");
	assert_int_equal(guess(h, &client_a, 1, START + 1199), 1);
	harvest_free(&h);
}

/* The network of client_a and client_b, by three of its addresses. */
static void
ban_their_net(struct harvest *h)
{
	struct harvest_client	c = client_a;

	c.addr = "addr:192.0.2.201";
	assert_int_equal(guess(h, &c, 5, START), 0);
	c.addr = "addr:192.0.2.202";
	assert_int_equal(guess(h, &c, 5, START), 0);
	c.addr = "addr:192.0.2.203";
	assert_int_equal(guess(h, &c, 1, START), 1);
}

static void
one_address_alone_bans_no_neighbour(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	assert_int_equal(guess(h, &client_a, 500, START), 1);
	expect_ban(h, &client_a, START, "addr");
	expect_ban(h, &client_b, START, "");
	assert_int_equal(guess(h, &client_b, 5, START), 0);
	expect_ban(h, &client_b, START, "");
	harvest_free(&h);
}

static void
neighbours_are_counted_together(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	expect_ban(h, &client_b, START, "");
	ban_their_net(h);
	expect_ban(h, &client_a, START, "net");
	expect_ban(h, &client_b, START, "net");
	expect_ban(h, &client_other, START, "");
	harvest_free(&h);
}

static void
a_ban_is_not_prolonged_and_counts_begin_anew(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	assert_int_equal(guess(h, &client_a, 11, START), 1);
	assert_int_equal(guess(h, &client_a, 500, START + 3599), 0);
	expect_ban(h, &client_a, START + 3599, "addr");
	expect_ban(h, &client_a, START + 3600, "");
	assert_int_equal(guess(h, &client_a, 10, START + 3600), 0);
	expect_ban(h, &client_a, START + 3600, "");
	assert_int_equal(guess(h, &client_a, 1, START + 4199), 1);
	harvest_free(&h);
}

static void
a_proven_client_is_banned_if_its_unknown_ones_outnumber(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	assert_int_equal(guess_count(h, &client_proven, 20, true, START), 0);
	assert_int_equal(guess(h, &client_proven, 20, START), 0);
	expect_ban(h, &client_proven, START, "");
	assert_int_equal(guess(h, &client_proven, 1, START), 1);
	expect_ban(h, &client_proven, START, "addr");
	/* While they do. */
	assert_int_equal(guess_count(h, &client_proven, 1, true, START), 0);
	expect_ban(h, &client_proven, START, "");
	expect_ban(h, &client_a, START, "addr");
	assert_int_equal(guess(h, &client_proven, 1, START), 0);
	expect_ban(h, &client_proven, START, "addr");
	harvest_free(&h);
}

static void
a_proven_client_is_not_banned_for_its_neighbours(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	ban_their_net(h);
	expect_ban(h, &client_a, START, "net");
	expect_ban(h, &client_proven, START, "");
	harvest_free(&h);
}

static void
a_proven_client_gets_no_neighbour_banned(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	assert_int_equal(guess(h, &client_proven, 500, START), 1);
	expect_ban(h, &client_proven, START, "addr");
	expect_ban(h, &client_b, START, "");
	/* Nor is the neighbour's first guess the last straw. */
	assert_int_equal(guess(h, &client_b, 1, START), 0);
	expect_ban(h, &client_b, START, "");
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
	struct harvest			*h = harvest_begun(state, START);
	const struct harvest_client	 client = { .addr = client_b.addr,
					     .net = client_b.net,
					     .is_proven = ask, .arg = &asked };

	asked = 0;
	expect_ban(h, &client, START, "");
	(void)guess_count(h, &client, 5, true, START);
	assert_int_equal(asked, 0);
	ban_their_net(h);
	expect_ban(h, &client, START, "");
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
	const struct harvest_client	 client = { .addr = client_b.addr,
					     .net = client_b.net,
					     .is_proven = ask, .arg = &asked };
	struct harvest			*h = harvest_begun(state, START);
	const char			*by;

	asked = 0;
	for (int i = 0; i < 1000; i++)
		assert_false(harvest_count(h, &none, &client, false, START));
	assert_int_equal(asked, 0);
	assert_int_equal(guess(h, &client_other, 11, START), 1);
	assert_false(harvest_is_banned(h, &none, &client_other, START, &by));
	harvest_free(&h);
}

static void
a_clock_that_goes_back_prolongs_no_ban(void **state)
{
	struct harvest	*h = harvest_begun(state, START);

	assert_int_equal(guess(h, &client_other, 10, START), 0);
	assert_int_equal(guess(h, &client_a, 11, START), 1);
	expect_ban(h, &client_a, START - 100000, "addr");
	expect_ban(h, &client_a, START - 100000 + 3599, "addr");
	expect_ban(h, &client_a, START - 100000 + 3600, "");
	/* Nor is a window of the future gone on with. */
	assert_int_equal(guess(h, &client_other, 10, START - 100000), 0);
	harvest_free(&h);
	/* Nor a ban of the future that a restart finds. */
	h = harvest_begun(state, START - 200000);
	expect_ban(h, &client_a, START - 200000, "addr");
	expect_ban(h, &client_a, START - 200000 + 3600, "");
	harvest_free(&h);
}

static void
a_shorter_ban_by_reload_holds_for_those_begun(void **state)
{
	const struct harvest_rule	 shorter = { .limit = 10,
					     .window = 600, .ban = 60 };
	struct harvest			*h = harvest_begun(state, START);
	const char			*by;

	assert_int_equal(guess(h, &client_a, 11, START), 1);
	assert_true(harvest_is_banned(h, &shorter, &client_a, START + 10, &by));
	assert_true(harvest_is_banned(h, &shorter, &client_a, START + 69, &by));
	assert_false(harvest_is_banned(h, &shorter, &client_a, START + 70,
	    &by));
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
	struct harvest	*h = harvest_begun(state, START);
	char		 text[1000] = "";
	int		 seen = 0;

	(void)guess_count(h, &client_b, 3, true, START);
	(void)guess(h, &client_other, 2, START + 5);
	(void)guess(h, &client_proven, 11, START + 7);
	(void)guess_count(h, &client_proven, 4, true, START + 8);
	harvest_walk(h, &guess_rule, START + 9, write_entry, text);
	assert_int_equal(strncmp(text, "addr:192.0.2.1 11/4 7..3607\n", 28),
	    0);
	assert_non_null(strstr(text, "\naddr:198.51.100.1 2/0 5..0\n"));
	assert_non_null(strstr(text, "\nnet:198.51.100.0/24 2/0 5..0\n"));
	assert_null(strstr(text, "192.0.2.2"));
	assert_null(strstr(text, "net:192"));
	harvest_walk(h, &guess_rule, START + 9, stop_at_first, &seen);
	assert_int_equal(seen, 1);
	text[0] = '\0';
	harvest_walk(h, &guess_rule, START + 605, write_entry, text);
	assert_string_equal(text, "addr:192.0.2.1 11/4 7..3607\n");
	text[0] = '\0';
	harvest_walk(h, &guess_rule, START + 3607, write_entry, text);
	assert_string_equal(text, "");
	harvest_free(&h);
}

#define IN_MEMORY(f)							\
	cmocka_unit_test_setup_teardown(f, world_in_memory, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_MEMORY(one_more_than_the_limit_is_banned),
		IN_MEMORY(recipients_that_exist_ban_nobody),
		IN_MEMORY(a_window_begins_with_its_first_one_and_ends),
		IN_MEMORY(one_address_alone_bans_no_neighbour),
		IN_MEMORY(neighbours_are_counted_together),
		IN_MEMORY(a_ban_is_not_prolonged_and_counts_begin_anew),
		IN_MEMORY(
		    a_proven_client_is_banned_if_its_unknown_ones_outnumber),
		IN_MEMORY(a_proven_client_is_not_banned_for_its_neighbours),
		IN_MEMORY(a_proven_client_gets_no_neighbour_banned),
		IN_MEMORY(whether_it_is_proven_is_asked_when_it_matters),
		IN_MEMORY(with_no_limit_nobody_is_banned),
		IN_MEMORY(a_clock_that_goes_back_prolongs_no_ban),
		IN_MEMORY(a_shorter_ban_by_reload_holds_for_those_begun),
		IN_MEMORY(a_walk_shows_bans_first_and_then_who_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
