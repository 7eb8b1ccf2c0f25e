/* SPDX-License-Identifier: ISC
 * tests/unit/test_doubt.c - when a directory's "no" is believed. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "recipient/doubt.h"
#include "tests/lib/store_world.h"

/* START begins a half hour. */
enum { START = 1699999200, HALF = 1800, DAY = 86400 };

static const char	name[] = "ldap:ad", told[] = "0123abcd";

static struct store *
store_of(void **state)
{
	return ((struct world *)*state)->s;
}

static bool
no(struct doubt *d, const char *known, int64_t now)
{
	return doubt_no(d, name, told, known, 30, now, NULL);
}

/* n known users of whom it is said that they are there, or not. */
static void
users(struct doubt *d, bool yes, const char *prefix, int n, int64_t now)
{
	char	address[40];

	for (int i = 0; i < n; i++) {
		(void)snprintf(address, sizeof(address), "%s%d@x", prefix, i);
		if (yes)
			doubt_yes(d, name, told, address, now);
		else
			(void)no(d, address, now);
	}
}

static void
who_has_found_nobody_is_not_believed(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));
	struct err	 e;

	assert_false(doubt_of(d, name, NULL));
	assert_false(doubt_no(d, name, told, NULL, 30, START, &e));
	assert_non_null(strstr(e.text, "ldap:ad has found nobody yet"));
	assert_true(doubt_of(d, name, &e));
	assert_non_null(strstr(e.text, "greyctl recipient adopt"));
	doubt_yes(d, "ldap:other", told, NULL, START);
	assert_false(no(d, NULL, START));
	doubt_yes(d, name, told, NULL, START);
	assert_false(doubt_of(d, name, NULL));
	assert_true(no(d, NULL, START));
	assert_false(doubt_of(d, name, NULL));
	doubt_free(&d);
	assert_null(d);
}

static void
who_found_somebody_once_is_believed_after_a_restart(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));

	doubt_yes(d, name, told, NULL, START);
	doubt_free(&d);
	d = doubt_new(store_of(state));
	assert_true(no(d, NULL, START + 366 * DAY - 1));
	doubt_free(&d);
	d = doubt_new(store_of(state));
	assert_false(no(d, NULL, START + 366 * DAY));
	doubt_free(&d);
}

static void
another_server_or_base_has_to_find_somebody_itself(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));

	doubt_yes(d, name, told, NULL, START);
	assert_false(doubt_no(d, name, "other", NULL, 30, START, NULL));
	/* Back again: what it knew is in the store. */
	assert_true(no(d, NULL, START));
	doubt_free(&d);
}

static uint64_t
steps(struct store *s)
{
	struct store_stats	stats;

	store_stats(s, &stats);
	return stats.steps;
}

static void
it_is_written_once_a_day(void **state)
{
	struct store	*s = store_of(state);
	struct doubt	*d = doubt_new(s);
	uint64_t	 before;

	doubt_yes(d, name, told, NULL, START);
	before = steps(s);
	users(d, true, "u", 100, START + DAY - 1);
	assert_int_equal(steps(s), before);
	users(d, true, "u", 100, START + DAY);
	assert_int_equal(steps(s), before + 1);
	doubt_free(&d);
	/* Nor by each process: that one only reads. */
	d = doubt_new(s);
	users(d, true, "u", 100, START + DAY + 1);
	assert_int_equal(steps(s), before + 2);
	assert_int_equal(expire(s, START + 367 * DAY - 1, 10, 0), 0);
	assert_int_equal(expire(s, START + 367 * DAY, 10, 0), 1);
	doubt_free(&d);
}

/* How many known ones were there and gone, with which max_loss; believed? */
static void
a_loss_of_too_many_known_ones_is_doubted(void **state)
{
	static const struct {
		int	 there, gone;
		unsigned max_loss;
		bool	 believed;
	} row[] = {
		{ 0, 4, 30, true },	/* too few to tell */
		{ 0, 5, 30, false },
		{ 11, 5, 30, false },	/* 5 of 16 are 31.25 % */
		{ 12, 5, 30, true },	/* 5 of 17 are 29.4 % */
		{ 70, 30, 30, true },	/* not more than that */
		{ 70, 31, 30, false },
		{ 0, 50, 100, true },
		{ 95, 5, 0, false },
		{ 95, 4, 0, true },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct doubt	*d = doubt_new(store_of(state));
		bool		 believed;

		doubt_yes(d, name, told, NULL, START);
		users(d, true, "there", row[i].there, START);
		users(d, false, "gone", row[i].gone, START);
		believed = doubt_no(d, name, told, NULL, row[i].max_loss,
		    START, NULL);
		if (believed != row[i].believed)
			fail_msg("row %zu: believed %d", i + 1, believed);
		assert_true(doubt_of(d, name, NULL) == !believed);
		doubt_free(&d);
	}
}

static void
the_sentence_tells_how_many(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));
	struct err	 e;

	doubt_yes(d, name, told, NULL, START);
	users(d, true, "there", 3, START);
	users(d, false, "gone", 6, START);
	assert_true(doubt_of(d, name, &e));
	assert_non_null(strstr(e.text, "ldap:ad: 6 of 9 users asked about"));
	doubt_free(&d);
}

/* Or the mail that goes on coming for one who has left would do it. */
static void
one_address_counts_once(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));

	doubt_yes(d, name, told, NULL, START);
	for (int i = 0; i < 1000; i++)
		assert_true(no(d, "left@x", START + i));
	users(d, false, "gone", 3, START + 1000);
	assert_true(no(d, "left@x", START + 1000));
	assert_false(no(d, "last@x", START + 1000));
	/* Nor do those that are there make up for it by being asked often. */
	for (int i = 0; i < 100; i++)
		doubt_yes(d, name, told, "there@x", START + 1000);
	assert_false(no(d, NULL, START + 1000));
	doubt_free(&d);
}

static void
a_loss_is_over_after_an_hour(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));

	doubt_yes(d, name, told, NULL, START);
	users(d, false, "gone", 5, START + HALF - 1);
	assert_false(no(d, NULL, START + 2 * HALF - 1));
	assert_true(no(d, NULL, START + 2 * HALF));
	users(d, false, "gone", 4, START + 2 * HALF);
	assert_true(no(d, NULL, START + 2 * HALF));
	assert_false(no(d, "fifth@x", START + 3 * HALF));
	doubt_free(&d);
}

static void
doubt_ends_when_enough_are_there_again(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));

	doubt_yes(d, name, told, NULL, START);
	users(d, false, "gone", 5, START);
	users(d, true, "there", 11, START);
	assert_true(doubt_of(d, name, NULL));
	users(d, true, "there", 12, START);
	assert_false(doubt_of(d, name, NULL));
	doubt_free(&d);
}

static void
a_clock_that_goes_back_starts_anew(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));

	doubt_yes(d, name, told, NULL, START);
	users(d, false, "gone", 5, START);
	assert_true(no(d, NULL, START - 10 * DAY));
	users(d, false, "gone", 4, START - 10 * DAY);
	assert_true(no(d, NULL, START - 10 * DAY));
	assert_false(no(d, "fifth@x", START - 10 * DAY));
	doubt_free(&d);
}

static void
what_is_settled_is_believed_for_a_day(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));

	assert_false(no(d, NULL, START));
	assert_int_equal(doubt_settle(d, name, told, START, NULL), 0);
	assert_false(doubt_of(d, name, NULL));
	assert_true(no(d, NULL, START));
	users(d, false, "gone", 100, START + DAY - 1);
	assert_true(no(d, NULL, START + DAY - 1));
	doubt_free(&d);
	/* A restart does not take it back. */
	d = doubt_new(store_of(state));
	users(d, false, "gone", 100, START + DAY - 1);
	assert_true(no(d, NULL, START + DAY - 1));
	assert_true(no(d, NULL, START + DAY));
	users(d, false, "gone", 5, START + DAY);
	assert_false(no(d, NULL, START + DAY));
	doubt_free(&d);
}

static void
what_was_counted_before_it_was_settled_is_forgotten(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));

	doubt_yes(d, name, told, NULL, START);
	users(d, false, "gone", 50, START);
	assert_true(doubt_of(d, name, NULL));
	assert_int_equal(doubt_settle(d, name, told, START + 10, NULL), 0);
	/* On a clock that went back it has not been settled yet. */
	users(d, false, "gone", 4, START + 9);
	assert_true(no(d, NULL, START + 9));
	assert_false(no(d, "fifth@x", START + 9));
	assert_true(no(d, NULL, START + 10));
	doubt_free(&d);
}

static void
old_names_make_room(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));
	char		 other[40];

	doubt_yes(d, name, told, NULL, START);
	users(d, false, "gone", 5, START);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(other, sizeof(other), "ldap:%d", i);
		doubt_yes(d, other, told, "u@x", START);
		if (i % 20 == 0)
			assert_false(no(d, NULL, START));
	}
	doubt_free(&d);
}

static void
a_store_that_fails_makes_no_no(void **state)
{
	struct world	*w = *state;
	struct doubt	*d = doubt_new(w->s);
	struct err	 e = { "" };

	doubt_yes(d, "known before", told, NULL, START);
	remove_all(w->state);
	assert_int_equal(store_tend(w->s, START, NULL), -1);
	assert_false(doubt_no(d, name, told, NULL, 30, START, &e));
	assert_non_null(strstr(e.text, "is not known: "));
	assert_int_equal(doubt_settle(d, name, told, START, &e), -1);
	assert_false(no(d, NULL, START));
	assert_true(doubt_no(d, "known before", told, NULL, 30, START, &e));
	/* It has found somebody, written down or not. */
	doubt_yes(d, name, told, NULL, START);
	assert_true(no(d, NULL, START));
	doubt_free(&d);
}

static void *
use(void *arg)
{
	struct doubt	*d = arg;
	struct err	 e;

	for (int i = 0; i < 200; i++) {
		users(d, true, "there", 20, START + i);
		users(d, false, "gone", 4, START + i);
		(void)doubt_of(d, name, &e);
	}
	return NULL;
}

static void
threads_do_not_disturb_each_other(void **state)
{
	struct doubt	*d = doubt_new(store_of(state));
	pthread_t	 thread[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, use, d), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_true(no(d, NULL, START));
	doubt_free(&d);
}

#define IN_MEMORY(f)							\
	cmocka_unit_test_setup_teardown(f, world_in_memory, world_end)
#define IN_FOLDER(f)							\
	cmocka_unit_test_setup_teardown(f, world_in_folder, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_MEMORY(who_has_found_nobody_is_not_believed),
		IN_MEMORY(who_found_somebody_once_is_believed_after_a_restart),
		IN_MEMORY(another_server_or_base_has_to_find_somebody_itself),
		IN_MEMORY(it_is_written_once_a_day),
		IN_MEMORY(a_loss_of_too_many_known_ones_is_doubted),
		IN_MEMORY(the_sentence_tells_how_many),
		IN_MEMORY(one_address_counts_once),
		IN_MEMORY(a_loss_is_over_after_an_hour),
		IN_MEMORY(doubt_ends_when_enough_are_there_again),
		IN_MEMORY(a_clock_that_goes_back_starts_anew),
		IN_MEMORY(what_is_settled_is_believed_for_a_day),
		IN_MEMORY(what_was_counted_before_it_was_settled_is_forgotten),
		IN_MEMORY(old_names_make_room),
		IN_FOLDER(a_store_that_fails_makes_no_no),
		IN_MEMORY(threads_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
