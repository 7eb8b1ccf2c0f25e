/* SPDX-License-Identifier: ISC
 * tests/unit/test_listed.c - the life of an entry: who has it, who used it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "whitelist/view.h"

static struct listed *
new_listed(void)
{
	struct entry	entry;
	struct listed	*l;

	assert_int_equal(entry_parse("client 192.0.2.1", &entry, NULL), 0);
	l = listed_new(&entry, ENTRY_LIVE, "whitelist:1", "ticket 4711");
	assert_non_null(l);
	assert_string_equal(l->note, "ticket 4711");
	assert_int_equal(l->expires, INT64_MAX);
	return l;
}

/* An entry lives as long as one view has it. */
static void
views_share_their_entries(void **state)
{
	struct listed	*l = new_listed();
	struct view	*one, *two;

	(void)state;
	assert_int_equal(view_new(&one, &l, 1, NULL), 0);
	assert_int_equal(view_new(&two, &l, 1, NULL), 0);
	listed_hit(l, 7);
	listed_unref(&l);
	assert_null(l);
	view_free(&one);
	l = view_at(two, 0);
	assert_int_equal(atomic_load(&l->hits), 1);
	assert_string_equal(l->where, "whitelist:1");
	view_free(&two);
}

static void *
hit_often(void *arg)
{
	for (int i = 1; i <= 10000; i++)
		listed_hit(arg, i);
	return NULL;
}

static void
hits_of_all_threads_count(void **state)
{
	struct listed	*l = new_listed();
	pthread_t	 threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hit_often,
		    l), 0);
	for (size_t i = 0; i < 4; i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&l->hits), 40000);
	assert_int_equal(atomic_load(&l->last_hit), 10000);
	listed_hit(l, 5);
	assert_int_equal(atomic_load(&l->last_hit), 10000);
	listed_unref(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views_share_their_entries),
		cmocka_unit_test(hits_of_all_threads_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
