/* SPDX-License-Identifier: ISC
 * tests/unit/test_desk.c - questions wait in order, and no domain has all
 * threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "identity/desk.h"

static int
setup(void **state)
{
	*state = desk_new();
	assert_non_null(*state);
	return 0;
}

static int
end(void **state)
{
	desk_free((struct desk **)state);
	assert_null(*state);
	desk_free((struct desk **)state);
	return 0;
}

static bool
puts_sender(struct desk *d, uint64_t id, const char *sender)
{
	struct question	q = { .id = id, .kind = QUESTION_SPF };

	(void)snprintf(q.sender, sizeof(q.sender), "%s", sender);
	return desk_put(d, &q);
}

static bool
puts_zone(struct desk *d, uint64_t id, const char *zone)
{
	struct question	q = { .id = id, .kind = QUESTION_LIST };

	(void)snprintf(q.zone, sizeof(q.zone), "%s", zone);
	return desk_put(d, &q);
}

/* The id of what a seat gets, 0 for nothing. */
static uint64_t
takes(struct desk *d, unsigned seat)
{
	struct question	q;

	return desk_try(d, seat, &q) ? q.id : 0;
}

static void
first_come_is_first_served(void **state)
{
	struct desk	*d = *state;

	assert_int_equal(takes(d, 0), 0);
	for (uint64_t i = 1; i <= 5; i++)
		assert_true(puts_sender(d, i, "a@example.org"));
	for (uint64_t i = 1; i <= 5; i++)
		assert_int_equal(takes(d, (unsigned)i), i);
	assert_int_equal(takes(d, 6), 0);
	assert_true(puts_sender(d, 6, "a@example.org"));
	assert_int_equal(takes(d, 6), 6);
}

static void
question_is_given_out_whole(void **state)
{
	struct desk	*d = *state;
	struct question	 q = { .id = 7, .kind = QUESTION_SPF,
			    .helo = "mx.example.org", .sender = "<>" }, out;

	assert_true(desk_put(d, &q));
	desk_take(d, 3, &out);
	assert_memory_equal(&out, &q, sizeof(q));
}

static void
more_than_may_wait_are_refused_until_one_is_taken(void **state)
{
	struct desk	*d = *state;
	char		 sender[32];

	for (uint64_t i = 1; i <= DESK_WAITING; i++) {
		(void)snprintf(sender, sizeof(sender), "a@d%llu.example",
		    (unsigned long long)i);
		assert_true(puts_sender(d, i, sender));
	}
	assert_false(puts_sender(d, 1, "a@example.org"));
	assert_int_equal(takes(d, 0), 1);
	assert_true(puts_sender(d, 1, "a@example.org"));
	assert_false(puts_sender(d, 1, "a@example.org"));
}

static void
no_domain_has_more_than_its_places(void **state)
{
	struct desk	*d = *state;

	for (uint64_t i = 1; i <= DESK_PLACES; i++)
		assert_true(puts_sender(d, i, i % 2 == 0 ? "a@example.org" :
		    "b@sub.example.org"));
	assert_false(puts_sender(d, 500, "c@other.example.org"));
	assert_true(puts_sender(d, 501, "c@example.net"));
	assert_true(puts_zone(d, 502, "list.example"));
	assert_int_equal(takes(d, 0), 1);
	assert_true(puts_sender(d, 503, "c@other.example.org"));
	assert_false(puts_sender(d, 504, "c@other.example.org"));
}

/* Puts one more than its share of a domain, then one of another. */
static void
holds_up(struct desk *d, bool is_list, const char *a, const char *same)
{
	bool	(*put)(struct desk *, uint64_t, const char *) =
		    is_list ? puts_zone : puts_sender;

	for (uint64_t i = 1; i <= DESK_SHARE; i++)
		assert_true(put(d, i, a));
	assert_true(put(d, 100, same));
	assert_true(put(d, 200, "b@example.net"));
	for (unsigned i = 0; i < DESK_SHARE; i++)
		assert_int_equal(takes(d, i), i + 1);
	assert_int_equal(takes(d, DESK_SHARE), 200);
	assert_int_equal(takes(d, DESK_SHARE + 1), 0);
	desk_done(d, 5);
	assert_int_equal(takes(d, 5), 100);
	/* What was taken from the middle of the list left its end whole. */
	assert_true(put(d, 300, "c@example.com"));
	assert_int_equal(takes(d, DESK_SHARE + 1), 300);
	for (unsigned i = 0; i < DESK_THREADS; i++)
		desk_done(d, i);
}

static void
domain_has_a_quarter_of_the_threads_at_most(void **state)
{
	holds_up(*state, false, "a@example.org", "x@example.org");
	holds_up(*state, false, "a@example.org", "x@sub.Example.ORG");
	holds_up(*state, true, "list.example", "list.example");
}

static void
last_of_the_list_may_be_the_one_that_is_taken(void **state)
{
	struct desk	*d = *state;

	for (uint64_t i = 1; i <= DESK_SHARE + 1; i++)
		assert_true(puts_sender(d, i, "a@example.org"));
	assert_true(puts_sender(d, 50, "a@example.net"));
	for (unsigned i = 0; i < DESK_SHARE; i++)
		assert_int_equal(takes(d, i), i + 1);
	assert_int_equal(takes(d, DESK_SHARE), 50);
	assert_true(puts_sender(d, 51, "a@example.com"));
	assert_int_equal(takes(d, DESK_SHARE + 1), 51);
	desk_done(d, 0);
	assert_int_equal(takes(d, 0), DESK_SHARE + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_come_is_first_served),
		TEST(question_is_given_out_whole),
		TEST(more_than_may_wait_are_refused_until_one_is_taken),
		TEST(no_domain_has_more_than_its_places),
		TEST(domain_has_a_quarter_of_the_threads_at_most),
		TEST(last_of_the_list_may_be_the_one_that_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
