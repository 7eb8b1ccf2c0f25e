/* SPDX-License-Identifier: ISC
 * tests/contract/test_store_threads.c - what store.h promises to several
 * threads: no step is lost, and a copy made under load is whole. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/store_world.h"

enum { THREADS = 4, ROUNDS = 400, SHARED = 6 };

/* Adds one to each number; new ones begin at 1. The others look on. */
static void
add_one(struct store_item *items, size_t n, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < n; i++) {
		uint32_t	v = 0;

		if (items[i].found)
			memcpy(&v, items[i].value, sizeof(v));
		v++;
		memcpy(items[i].value, &v, sizeof(v));
		items[i].len = sizeof(v);
		items[i].expires = 1001 + v % 7;
		items[i].act = STORE_PUT;
	}
}

struct adder {
	struct store	*s;
	unsigned	 seed;
	size_t		 keys;
	bool		 failed;
};

/* The same keys in another order each time, as a ring of locks would need. */
static void *
add(void *arg)
{
	struct adder	*a = arg;

	for (int round = 0; round < ROUNDS; round++) {
		struct store_item	items[SHARED];
		size_t			first = (size_t)rand_r(&a->seed);

		for (size_t i = 0; i < a->keys; i++) {
			char	name[32];

			(void)snprintf(name, sizeof(name), "shared%zu",
			    (first + i) % a->keys);
			items[i].key = key_of(name);
		}
		if (store_step(a->s, items, a->keys, add_one, NULL, NULL) == -1)
			a->failed = true;
	}
	return NULL;
}

/* Nothing has expired: the sweep moves and drops nothing of theirs. */
static void *
disturb(void *arg)
{
	struct adder	*a = arg;
	size_t		 dropped;

	for (int i = 0; i < ROUNDS / 4; i++)
		if (store_expire(a->s, world_until(1000), 50, &dropped, NULL) == -1 ||
		    dropped != 0 || store_tend(a->s, 500, NULL) == -1)
			a->failed = true;
	return NULL;
}

static void
run_adders(struct store *s, size_t keys)
{
	struct adder	adder[THREADS + 1];
	pthread_t	thread[THREADS + 1];

	for (unsigned i = 0; i <= THREADS; i++) {
		adder[i] = (struct adder){ .s = s, .seed = i, .keys = keys };
		assert_int_equal(pthread_create(&thread[i], NULL,
		    i < THREADS ? add : disturb, &adder[i]), 0);
	}
	for (unsigned i = 0; i <= THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_false(adder[i].failed);
	}
}

static void
expect_sum(struct store *s, size_t keys)
{
	struct store_item	item;
	uint32_t		v;
	char			name[32];

	for (size_t i = 0; i < keys; i++) {
		(void)snprintf(name, sizeof(name), "shared%zu", i);
		item.key = key_of(name);
		assert_int_equal(store_get(s, &item, NULL), 1);
		memcpy(&v, item.value, sizeof(v));
		assert_int_equal(v, THREADS * ROUNDS);
	}
	assert_int_equal(count_told(s), keys);
}

static void
no_step_on_one_key_is_lost_between_threads(void **state)
{
	struct store	*s = ((struct world *)*state)->s;

	run_adders(s, 1);
	expect_sum(s, 1);
}

static void
no_step_on_several_keys_is_lost_between_threads(void **state)
{
	struct store	*s = ((struct world *)*state)->s;

	run_adders(s, SHARED);
	expect_sum(s, SHARED);
	assert_int_equal(expire(s, 1008, 100, 0), SHARED);
	assert_int_equal(count_told(s), 0);
}

struct load {
	struct store	*s;
	volatile bool	 stop;
	int		 done;
};

static void *
put_on(void *arg)
{
	struct load	*load = arg;
	char		 name[24];

	for (; !__atomic_load_n(&load->stop, __ATOMIC_SEQ_CST); load->done++) {
		(void)snprintf(name, sizeof(name), "during%06d", load->done);
		if (try_put(load->s, name, 5000, NULL) == -1)
			return NULL;
	}
	return NULL;
}

static void
backup_under_load_is_a_state_folder(void **state)
{
	struct world	*w = *state, copy = { .s = NULL };
	struct load	 load = { .s = w->s };
	pthread_t	 thread;
	char		 name[24];
	struct err	 e = { "" };

	put_many(w->s, "before", 2000);
	assert_true(snprintf(copy.state, sizeof(copy.state), "%s/copy",
	    w->top) < (int)sizeof(copy.state));
	assert_int_equal(pthread_create(&thread, NULL, put_on, &load), 0);
	while (count_walked(w->s, "during") < 100)
		(void)usleep(1000);
	if (store_backup(w->s, copy.state, &e) == -1)
		fail_msg("%s", e.text);
	__atomic_store_n(&load.stop, true, __ATOMIC_SEQ_CST);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(count_walked(w->s, "during"), load.done);

	world_open(&copy);
	assert_int_equal(count_walked(copy.s, "before"), 2000);
	assert_in_range(count_walked(copy.s, "during"), 100,
	    (uintmax_t)load.done);
	/* Without holes: so many, and the last of so many. */
	put_many(copy.s, "own", 1);
	load.done = (int)count_walked(copy.s, "during");
	(void)snprintf(name, sizeof(name), "during%06d", load.done - 1);
	assert_int_equal(get(copy.s, name, NULL), 1);
	assert_int_equal(store_tend(copy.s, 1, NULL), 0);
	assert_int_equal(count_told(copy.s), 2000 + load.done + 1);
	assert_int_equal(expire(copy.s, 5000, 1000000, 0), 2001 + load.done);
	store_close(&copy.s);
	assert_int_equal(get(w->s, "own000000", NULL), 0);
}

static void
backup_into_an_existing_folder_is_refused(void **state)
{
	struct world	*w = *state;
	struct err	 e;

	assert_int_equal(store_backup(w->s, w->state, &e), -1);
	assert_non_null(strstr(e.text, "File exists"));
	put_many(w->s, "k", 1);
}

#define BOTH(f)								\
	{ #f " (memory)", f, world_in_memory, world_end, NULL },	\
	{ #f " (Berkeley DB)", f, world_in_folder, world_end, NULL }
#define BDB(f)								\
	{ #f, f, world_in_folder, world_end, NULL }

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		BOTH(no_step_on_one_key_is_lost_between_threads),
		BOTH(no_step_on_several_keys_is_lost_between_threads),
		BDB(backup_under_load_is_a_state_folder),
		BDB(backup_into_an_existing_folder_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
