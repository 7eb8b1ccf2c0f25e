/* SPDX-License-Identifier: ISC
 * tests/unit/test_epoch.c - readers and a writer of one pointer. Says most under
 * a sanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "whitelist/epoch.h"

enum { READERS = 4, ROUNDS = 300 };

struct race {
	struct epoch	epoch;
	atomic_bool	stop, done;
	atomic_uint	bad, seen;
	void		*next;
};

struct thing {
	unsigned	alive, round;
};

static struct thing *
new_thing(unsigned round)
{
	struct thing	*t = malloc(sizeof(*t));

	assert_non_null(t);
	*t = (struct thing){ .alive = 1, .round = round };
	return t;
}

/* What is read is never gone, and never older than what was read before. */
static void *
read_on(void *arg)
{
	struct race	*r = arg;
	unsigned	 last = 0, ticket;

	do {
		const struct thing	*t = epoch_enter(&r->epoch, &ticket);

		if (t->alive != 1 || t->round < last)
			atomic_fetch_add(&r->bad, 1);
		last = t->round;
		if (t->alive != 1)
			atomic_fetch_add(&r->bad, 1);
		epoch_leave(&r->epoch, ticket);
		atomic_fetch_add(&r->seen, 1);
	} while (!atomic_load(&r->stop));
	return NULL;
}

static void
nobody_reads_what_was_given_back(void **state)
{
	struct race	*r = aligned_alloc(64, (sizeof(*r) + 63) / 64 * 64);
	struct thing	*old;
	pthread_t	 readers[READERS];

	(void)state;
	assert_non_null(r);
	*r = (struct race){ .next = NULL };
	epoch_init(&r->epoch, new_thing(0));
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_on, r),
		    0);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		old = epoch_replace(&r->epoch, new_thing(round));
		assert_int_equal(old->round, round - 1);
		old->alive = 0;
		free(old);
	}
	atomic_store(&r->stop, true);
	for (int i = 0; i < READERS; i++)
		(void)pthread_join(readers[i], NULL);
	assert_int_equal(atomic_load(&r->bad), 0);
	assert_true(atomic_load(&r->seen) >= READERS);
	free(epoch_replace(&r->epoch, NULL));
	free(r);
}

static void *
replace(void *arg)
{
	struct race	*r = arg;

	(void)epoch_replace(&r->epoch, r->next);
	atomic_store(&r->done, true);
	return NULL;
}

static void *
look(struct epoch *e)
{
	unsigned	 ticket;
	void		*value = epoch_enter(e, &ticket);

	epoch_leave(e, ticket);
	return value;
}


static struct race *
begin(int *first, int *second)
{
	struct race	*r = aligned_alloc(64, (sizeof(*r) + 63) / 64 * 64);

	assert_non_null(r);
	*r = (struct race){ .next = second };
	epoch_init(&r->epoch, first);
	return r;
}

static void
a_writer_waits_for_who_came_before(void **state)
{
	int		 first, second;
	struct race	*r = begin(&first, &second);
	unsigned	 ticket;
	pthread_t	 writer;

	(void)state;
	assert_ptr_equal(epoch_enter(&r->epoch, &ticket), &first);
	assert_int_equal(pthread_create(&writer, NULL, replace, r), 0);
	while (look(&r->epoch) != &second)
		continue;
	/* Many looks later it still waits. */
	for (int i = 0; i < 10000; i++)
		assert_ptr_equal(look(&r->epoch), &second);
	assert_false(atomic_load(&r->done));
	epoch_leave(&r->epoch, ticket);
	(void)pthread_join(writer, NULL);
	assert_true(atomic_load(&r->done));
	free(r);
}

/* There is always somebody inside, yet nobody for long. */
static void
newcomers_do_not_hold_up_a_writer(void **state)
{
	int		 first, second;
	struct race	*r = begin(&first, &second);
	unsigned	 one, other;
	pthread_t	 writer;

	(void)state;
	(void)epoch_enter(&r->epoch, &one);
	assert_int_equal(pthread_create(&writer, NULL, replace, r), 0);
	while (!atomic_load(&r->done)) {
		(void)epoch_enter(&r->epoch, &other);
		epoch_leave(&r->epoch, one);
		one = other;
	}
	epoch_leave(&r->epoch, one);
	(void)pthread_join(writer, NULL);
	assert_ptr_equal(look(&r->epoch), &second);
	free(r);
}

static void *
leave(void *arg)
{
	struct race	*r = arg;

	epoch_leave(&r->epoch, atomic_load(&r->seen));
	return NULL;
}

static void
another_thread_may_leave(void **state)
{
	int		 first, second;
	struct race	*r = begin(&first, &second);
	unsigned	 ticket;
	pthread_t	 thread;

	(void)state;
	(void)epoch_enter(&r->epoch, &ticket);
	atomic_store(&r->seen, ticket);
	assert_int_equal(pthread_create(&thread, NULL, leave, r), 0);
	(void)pthread_join(thread, NULL);
	assert_ptr_equal(epoch_replace(&r->epoch, &second), &first);
	free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_reads_what_was_given_back),
		cmocka_unit_test(a_writer_waits_for_who_came_before),
		cmocka_unit_test(newcomers_do_not_hold_up_a_writer),
		cmocka_unit_test(another_thread_may_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
