/* SPDX-License-Identifier: ISC
 * tests/unit/test_flat_threads.c - lists that are asked and written at the same
 * time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/flat_world.h"

struct asking {
	struct flat_world *w;
	struct flat	*f;
	atomic_bool	 stop;
	atomic_long	 touched;
};

/* Gives the list a new time again and again, as whoever writes it does. */
static void *
touch_on(void *arg)
{
	struct asking		*a = arg;

	while (!atomic_load(&a->stop))
		flat_world_stamp(a->w, 1000 + atomic_fetch_add(&a->touched,
		    1));
	return NULL;
}

static void
list_that_is_being_written_is_not_adopted(void **state)
{
	enum { LINES = 100000 };
	struct flat_world	*w = *state;
	struct asking		 a = { .w = w };
	pthread_t		 id;
	FILE			*file;
	struct err		 e;

	w->conf.keep = NULL;
	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	file = fopen(w->path, "a");
	for (int i = 0; i < LINES; i++)
		(void)fprintf(file, "user%d@some.example.com\n", i);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(pthread_create(&id, NULL, touch_on, &a), 0);
	while (atomic_load(&a.touched) == 0)
		continue;
	assert_int_equal(flat_world_adopt(w, &e), -1);
	assert_non_null(strstr(e.text, "list: is being written; try again"));
	flat_world_tend(w, 5);
	assert_int_equal(flat_world_count(w), 1);
	assert_string_equal(flat_world_trouble(w), "");
	atomic_store(&a.stop, true);
	assert_int_equal(pthread_join(id, NULL), 0);
	flat_world_tend(w, 2);
	assert_int_equal(flat_world_count(w), 1 + LINES);
}

/* Each list has either "even@x" or "odd@x", and "bob@x" always. */
static void *
ask_on(void *arg)
{
	struct asking		*a = arg;
	struct address_rule	 rule = { "+", false };
	struct address		 bob;
	size_t			 missed = 0;

	(void)address_make(&bob, "bob+tag@x", &rule);
	while (!atomic_load(&a->stop))
		missed += flat_has(a->f, &bob) != 1;
	return (void *)(uintptr_t)missed;
}

static void
who_asks_while_lists_change_always_has_one_of_them(void **state)
{
	enum { THREADS = 4, CHANGES = 40 };
	struct flat_world	*w = *state;
	struct asking		 a = { .stop = false };
	pthread_t		 id[THREADS];
	void			*missed;

	w->conf.max_loss = 100;
	w->conf.keep = NULL;
	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	a.f = flat_ref(w->f);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&id[i], NULL, ask_on, &a), 0);
	for (int i = 0; i < CHANGES; i++) {
		flat_world_write(w, i % 2 ? "odd@x\nbob@x\n" :
		    "bob@x\neven@x\n");
		flat_world_tend(w, 2);
		assert_true(flat_world_has(w, i % 2 ? "odd@x" : "even@x"));
	}
	atomic_store(&a.stop, true);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(id[i], &missed), 0);
		assert_null(missed);
	}
	flat_unref(&a.f);
}

int
main(void)
{
#define EACH(test)	cmocka_unit_test_setup_teardown(test,		\
			    flat_world_begin, flat_world_end)
	const struct CMUnitTest tests[] = {
		EACH(list_that_is_being_written_is_not_adopted),
		EACH(who_asks_while_lists_change_always_has_one_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
