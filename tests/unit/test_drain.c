/* SPDX-License-Identifier: ISC
 * tests/unit/test_drain.c - a stop waits for who is inside, and no longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <cmocka.h>

#include "milter/drain.h"

static void
after_a_stop_nobody_enters(void **state)
{
	struct drain	*d = drain_new();

	(void)state;
	assert_true(drain_enter(d));
	drain_leave(d);
	drain_stop(d);
	assert_false(drain_enter(d));
	assert_true(drain_wait(d, 0));
	drain_free(&d);
	assert_null(d);
}

static void
who_stays_inside_is_told_after_the_limit(void **state)
{
	struct drain	*d = drain_new();

	(void)state;
	assert_true(drain_enter(d));
	drain_stop(d);
	assert_false(drain_wait(d, 0));
	drain_leave(d);
	assert_true(drain_wait(d, 0));
	drain_free(&d);
}

static void *
leave(void *d)
{
	drain_leave(d);
	return NULL;
}

static void
a_wait_ends_when_the_last_one_leaves(void **state)
{
	struct drain	*d = drain_new();
	pthread_t	 t;

	(void)state;
	assert_true(drain_enter(d));
	drain_stop(d);
	assert_int_equal(pthread_create(&t, NULL, leave, d), 0);
	assert_true(drain_wait(d, 30));
	(void)pthread_join(t, NULL);
	drain_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_a_stop_nobody_enters),
		cmocka_unit_test(who_stays_inside_is_told_after_the_limit),
		cmocka_unit_test(a_wait_ends_when_the_last_one_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
