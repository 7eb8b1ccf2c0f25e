/* SPDX-License-Identifier: ISC
 * tests/contract/test_store.c - what store.h promises: one list of cases, run
 * against the memory backend and against Berkeley DB. */
#include <ftw.h>
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

#include "db/store.h"

struct world {
	char		 path[96];	/* "": in memory */
	struct store	*s;
};

static void
open_it(struct world *w)
{
	struct store_conf	conf = { .path = *w->path ? w->path : NULL,
				    .cache_bytes = 1 << 20 };
	struct err		e = { "" };

	if (store_open(&w->s, &conf, &e) == -1)
		fail_msg("%s", e.text);
}

static int
set_up_memory(void **state)
{
	struct world	*w = calloc(1, sizeof(*w));

	open_it(w);
	*state = w;
	return 0;
}

static int
set_up_bdb(void **state)
{
	struct world	*w = calloc(1, sizeof(*w));

	(void)snprintf(w->path, sizeof(w->path), "%s",
	    "/tmp/greygate-test-XXXXXX");
	if (mkdtemp(w->path) == NULL)
		return -1;
	open_it(w);
	*state = w;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int
tear_down(void **state)
{
	struct world	*w = *state;

	store_close(&w->s);
	if (*w->path)
		(void)nftw(w->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

static struct store_key
key_of(const char *text)
{
	struct store_key	key = { .len = strlen(text) };

	memcpy(key.bytes, text, key.len);
	return key;
}

/* What a step is to do with each of its records. */
struct wish {
	enum store_act	 act;
	int64_t		 expires;
	const char	*value;
};

static void
do_wishes(struct store_item *items, size_t n, void *arg)
{
	const struct wish	*wish = arg;

	for (size_t i = 0; i < n; i++) {
		items[i].act = wish[i].act;
		if (wish[i].act != STORE_PUT)
			continue;
		items[i].expires = wish[i].expires;
		items[i].len = strlen(wish[i].value);
		memcpy(items[i].value, wish[i].value, items[i].len);
	}
}

static void
put(struct store *s, const char *key, int64_t expires, const char *value)
{
	struct store_item	item = { .key = key_of(key) };
	struct wish		wish = { STORE_PUT, expires, value };
	struct err		e = { "" };

	if (store_step(s, &item, 1, do_wishes, &wish, &e) == -1)
		fail_msg("%s", e.text);
}

/* value NULL: is not there. */
static void
expect(struct store *s, const char *key, int64_t expires, const char *value)
{
	struct store_item	item = { .key = key_of(key) };
	struct err		e = { "" };
	int			found = store_get(s, &item, &e);

	if (found != (value != NULL))
		fail_msg("%s: found %d %s", key, found, e.text);
	if (value == NULL)
		return;
	assert_int_equal(item.expires, expires);
	assert_int_equal(item.len, strlen(value));
	assert_memory_equal(item.value, value, item.len);
}

static uint64_t
count(struct store *s)
{
	struct store_stats	stats;

	store_stats(s, &stats);
	return stats.records;
}

static size_t
expire(struct store *s, int64_t now, size_t limit, int more)
{
	struct err	e = { "" };
	size_t		dropped = 99;

	if (store_expire(s, now, limit, &dropped, &e) != more)
		fail_msg("more was not %d: %s", more, e.text);
	return dropped;
}

static void
what_was_put_is_found(void **state)
{
	struct store	*s = ((struct world *)*state)->s;

	expect(s, "k", 0, NULL);
	put(s, "k", 100, "value");
	expect(s, "k", 100, "value");
	put(s, "k", 50, "");
	expect(s, "k", 50, "");
	expect(s, "kk", 0, NULL);
}

static void
look_before(struct store_item *items, size_t n, void *arg)
{
	(void)arg;
	assert_int_equal(n, 2);
	assert_memory_equal(items[0].key.bytes, "z", 1);
	assert_memory_equal(items[1].key.bytes, "a", 1);
	assert_true(items[0].found);
	assert_int_equal(items[0].expires, 9);
	assert_int_equal(items[0].len, 1);
	assert_memory_equal(items[0].value, "v", 1);
	assert_int_equal(items[0].act, STORE_LEAVE);
	assert_false(items[1].found);
	assert_int_equal(items[1].expires, 0);
	assert_int_equal(items[1].len, 0);
	assert_int_equal(items[1].act, STORE_LEAVE);
}

static void
step_sees_its_records_in_the_order_that_was_asked(void **state)
{
	struct store		*s = ((struct world *)*state)->s;
	struct store_item	 items[2];

	memset(items, 0x55, sizeof(items));
	items[0].key = key_of("z");
	items[1].key = key_of("a");
	put(s, "z", 9, "v");
	assert_int_equal(store_step(s, items, 2, look_before, NULL, NULL), 0);
}

static void
step_puts_drops_and_leaves_at_once(void **state)
{
	struct store		*s = ((struct world *)*state)->s;
	struct store_item	 items[] = { { .key = key_of("c") },
				     { .key = key_of("b") },
				     { .key = key_of("a") },
				     { .key = key_of("d") } };
	struct wish		 wish[] = { { STORE_PUT, 5, "new" },
				     { STORE_DROP, 0, NULL },
				     { STORE_LEAVE, 0, NULL },
				     { STORE_DROP, 0, NULL } };

	put(s, "a", 1, "a");
	put(s, "b", 2, "b");
	assert_int_equal(count(s), 2);
	assert_int_equal(store_step(s, items, 4, do_wishes, wish, NULL), 0);
	expect(s, "a", 1, "a");
	expect(s, "b", 0, NULL);
	expect(s, "c", 5, "new");
	expect(s, "d", 0, NULL);
	assert_int_equal(count(s), 2);
}

static void
longest_keys_and_values_are_kept(void **state)
{
	struct store		*s = ((struct world *)*state)->s;
	struct store_item	 items[STORE_STEP_MAX];
	struct wish		 wish[STORE_STEP_MAX];
	char			 value[STORE_VALUE_MAX + 1];

	memset(value, 'v', STORE_VALUE_MAX);
	value[STORE_VALUE_MAX] = '\0';
	for (size_t i = 0; i < STORE_STEP_MAX; i++) {
		items[i].key.len = STORE_KEY_MAX;
		memset(items[i].key.bytes, 'k', STORE_KEY_MAX);
		items[i].key.bytes[STORE_KEY_MAX - 1] = (uint8_t)(255 - i);
		wish[i] = (struct wish){ STORE_PUT, 7, value };
	}
	assert_int_equal(store_step(s, items, STORE_STEP_MAX, do_wishes, wish,
	    NULL), 0);
	for (size_t i = 0; i < STORE_STEP_MAX; i++) {
		items[i].len = 0;
		assert_int_equal(store_get(s, &items[i], NULL), 1);
		assert_int_equal(items[i].len, STORE_VALUE_MAX);
		assert_memory_equal(items[i].value, value, STORE_VALUE_MAX);
	}
	assert_int_equal(count(s), STORE_STEP_MAX);
	assert_int_equal(expire(s, 7, 100, 0), STORE_STEP_MAX);
	assert_int_equal(count(s), 0);
}

static void
keys_may_hold_any_byte(void **state)
{
	struct store		*s = ((struct world *)*state)->s;
	struct store_item	 a = { .key = { 3, { 't', 0, 'a' } } };
	struct store_item	 b = { .key = { 2, { 't', 0 } } };
	struct wish		 wish = { STORE_PUT, 1, "x" };

	assert_int_equal(store_step(s, &a, 1, do_wishes, &wish, NULL), 0);
	assert_int_equal(store_get(s, &b, NULL), 0);
	assert_int_equal(store_get(s, &a, NULL), 1);
}

static void
removing_tells_whether_it_was_there(void **state)
{
	struct store		*s = ((struct world *)*state)->s;
	struct store_key	 key = key_of("k");

	assert_int_equal(store_remove(s, &key, NULL), 0);
	put(s, "k", 10, "v");
	assert_int_equal(store_remove(s, &key, NULL), 1);
	assert_int_equal(store_remove(s, &key, NULL), 0);
	expect(s, "k", 0, NULL);
	assert_int_equal(count(s), 0);
}

static void
only_what_has_expired_is_dropped(void **state)
{
	struct store	*s = ((struct world *)*state)->s;

	put(s, "past", -5, "p");
	put(s, "a", 100, "a");
	put(s, "b", 101, "b");
	put(s, "never", INT64_MAX, "n");
	assert_int_equal(expire(s, 99, 100, 0), 1);
	expect(s, "past", 0, NULL);
	expect(s, "a", 100, "a");
	assert_int_equal(expire(s, 100, 100, 0), 1);
	expect(s, "a", 0, NULL);
	expect(s, "b", 101, "b");
	assert_int_equal(expire(s, INT64_MAX - 1, 100, 0), 1);
	expect(s, "never", INT64_MAX, "n");
	assert_int_equal(count(s), 1);
}

static void
renewed_record_lives_until_its_new_end(void **state)
{
	struct store	*s = ((struct world *)*state)->s;

	put(s, "k", 100, "v");
	put(s, "k", 200, "v");
	put(s, "k", 300, "v");
	assert_int_equal(expire(s, 150, 100, 0), 0);
	assert_int_equal(expire(s, 299, 100, 0), 0);
	expect(s, "k", 300, "v");
	assert_int_equal(expire(s, 300, 100, 0), 1);
	expect(s, "k", 0, NULL);
}

static void
record_with_an_earlier_end_goes_then(void **state)
{
	struct store	*s = ((struct world *)*state)->s;

	put(s, "k", 300, "v");
	put(s, "k", 100, "v");
	assert_int_equal(expire(s, 99, 100, 0), 0);
	assert_int_equal(expire(s, 100, 100, 0), 1);
	expect(s, "k", 0, NULL);
	assert_int_equal(expire(s, 1000, 100, 0), 0);
}

static void
record_made_again_is_not_dropped_for_its_former_self(void **state)
{
	struct store		*s = ((struct world *)*state)->s;
	struct store_key	 key = key_of("k");

	put(s, "k", 100, "old");
	put(s, "k", 150, "old");
	assert_int_equal(store_remove(s, &key, NULL), 1);
	put(s, "k", 500, "new");
	assert_int_equal(expire(s, 499, 100, 0), 0);
	expect(s, "k", 500, "new");
	assert_int_equal(count(s), 1);
	assert_int_equal(expire(s, 500, 100, 0), 1);
	expect(s, "k", 0, NULL);
}

static void
sweep_stops_at_its_limit_and_says_so(void **state)
{
	struct store	*s = ((struct world *)*state)->s;
	char		 name[16];

	for (int i = 0; i < 150; i++) {
		(void)snprintf(name, sizeof(name), "k%03d", i);
		put(s, name, i, "v");
	}
	assert_int_equal(expire(s, 1000, 70, 1), 70);
	assert_int_equal(count(s), 80);
	assert_int_equal(expire(s, 1000, 100, 0), 80);
	assert_int_equal(count(s), 0);
	assert_int_equal(expire(s, 1000, 100, 0), 0);
}

struct seen {
	struct store	*s;
	int		 n, stop_at;
	char		 last[16];
	bool		 removes;
};

static bool
see(const struct store_item *item, void *arg)
{
	struct seen	*seen = arg;

	assert_true(item->found);
	assert_int_equal(item->expires, 7);
	assert_int_equal(item->len, 1);
	assert_true(item->key.len < sizeof(seen->last));
	assert_true(strncmp(seen->last, (const char *)item->key.bytes,
	    item->key.len) < 0);
	memcpy(seen->last, item->key.bytes, item->key.len);
	seen->last[item->key.len] = '\0';
	if (seen->removes)
		assert_int_equal(store_remove(seen->s, &item->key, NULL), 1);
	return ++seen->n != seen->stop_at;
}

static void
put_many(struct store *s, const char *prefix, int n)
{
	char	name[16];

	for (int i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s%04d", prefix, i);
		put(s, name, 7, "v");
	}
}

static void
walk_shows_a_prefix_in_order(void **state)
{
	struct store	*s = ((struct world *)*state)->s;
	struct seen	 all = { .s = s }, b = { .s = s }, none = { .s = s };

	put_many(s, "a", 250);
	put_many(s, "b", 450);
	put_many(s, "c", 10);
	assert_int_equal(store_walk(s, "b", 1, see, &b, NULL), 0);
	assert_int_equal(b.n, 450);
	assert_string_equal(b.last, "b0449");
	assert_int_equal(store_walk(s, "", 0, see, &all, NULL), 0);
	assert_int_equal(all.n, 710);
	assert_int_equal(store_walk(s, "bb", 2, see, &none, NULL), 0);
	assert_int_equal(none.n, 0);
	assert_int_equal(store_walk(s, "d", 1, see, &none, NULL), 0);
	assert_int_equal(none.n, 0);
}

static void
walk_ends_when_told(void **state)
{
	struct store	*s = ((struct world *)*state)->s;
	struct seen	 seen = { .s = s, .stop_at = 3 };

	put_many(s, "a", 300);
	assert_int_equal(store_walk(s, "a", 1, see, &seen, NULL), 0);
	assert_int_equal(seen.n, 3);
}

static void
walker_may_change_what_it_walks(void **state)
{
	struct store	*s = ((struct world *)*state)->s;
	struct seen	 seen = { .s = s, .removes = true };

	put_many(s, "a", 500);
	assert_int_equal(store_walk(s, "a", 1, see, &seen, NULL), 0);
	assert_int_equal(seen.n, 500);
	assert_int_equal(count(s), 0);
}

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
		if (store_expire(a->s, 1000, 50, &dropped, NULL) == -1 ||
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
	assert_int_equal(count(s), keys);
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
	assert_int_equal(count(s), 0);
}

static void
stats_tell_engine_and_steps(void **state)
{
	struct world		*w = *state;
	struct store_stats	 stats;

	put(w->s, "a", 1, "v");
	put(w->s, "b", 1, "v");
	store_stats(w->s, &stats);
	assert_non_null(strstr(stats.engine, *w->path ? "Berkeley DB 5" :
	    "memory"));
	assert_int_equal(stats.steps, 2);
	assert_int_equal(stats.failures, 0);
	assert_int_equal(stats.records, 2);
	assert_true((stats.bytes_on_disk > 0) == (*w->path != '\0'));
	assert_int_equal(store_flush(w->s, NULL), 0);
	assert_int_equal(store_tend(w->s, 1, NULL), 0);
}

/* Berkeley DB only, from here on. */

static void
what_was_stored_outlives_the_store(void **state)
{
	struct world	*w = *state;

	put_many(w->s, "k", 300);
	store_close(&w->s);
	assert_null(w->s);
	open_it(w);
	expect(w->s, "k0000", 7, "v");
	expect(w->s, "k0299", 7, "v");
	assert_int_equal(count(w->s), 300);
	assert_int_equal(expire(w->s, 7, 1000, 0), 300);
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
		put(load->s, name, 7, "v");
	}
	return NULL;
}

static bool
count_one(const struct store_item *item, void *arg)
{
	(void)item;
	++*(int *)arg;
	return true;
}

static int
count_walked(struct store *s, const char *prefix)
{
	int	n = 0;

	assert_int_equal(store_walk(s, prefix, strlen(prefix), count_one, &n,
	    NULL), 0);
	return n;
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
	assert_true(snprintf(copy.path, sizeof(copy.path), "%s/copy",
	    w->path) < (int)sizeof(copy.path));
	assert_int_equal(pthread_create(&thread, NULL, put_on, &load), 0);
	while (count_walked(w->s, "during") < 100)
		(void)usleep(1000);
	if (store_backup(w->s, copy.path, &e) == -1)
		fail_msg("%s", e.text);
	__atomic_store_n(&load.stop, true, __ATOMIC_SEQ_CST);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(count_walked(w->s, "during"), load.done);

	open_it(&copy);
	assert_int_equal(count_walked(copy.s, "before"), 2000);
	assert_in_range(count_walked(copy.s, "during"), 100, load.done);
	/* Without holes: so many, and the last of so many. */
	put(copy.s, "own", 7, "v");
	load.done = count_walked(copy.s, "during");
	(void)snprintf(name, sizeof(name), "during%06d", load.done - 1);
	expect(copy.s, name, 7, "v");
	assert_int_equal(store_tend(copy.s, 1, NULL), 0);
	assert_int_equal(count(copy.s), 2000 + load.done + 1);
	assert_int_equal(expire(copy.s, 7, 1000000, 0), 2001 + load.done);
	store_close(&copy.s);
	expect(w->s, "own", 0, NULL);
}

static void
backup_into_an_existing_folder_is_refused(void **state)
{
	struct world	*w = *state;
	struct err	 e;

	assert_int_equal(store_backup(w->s, w->path, &e), -1);
	assert_non_null(strstr(e.text, "File exists"));
	put(w->s, "k", 7, "v");
}

#define BOTH(f)								\
	{ #f " (memory)", f, set_up_memory, tear_down, NULL },		\
	{ #f " (Berkeley DB)", f, set_up_bdb, tear_down, NULL }
#define BDB(f)								\
	{ #f, f, set_up_bdb, tear_down, NULL }

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		BOTH(what_was_put_is_found),
		BOTH(step_sees_its_records_in_the_order_that_was_asked),
		BOTH(step_puts_drops_and_leaves_at_once),
		BOTH(longest_keys_and_values_are_kept),
		BOTH(keys_may_hold_any_byte),
		BOTH(removing_tells_whether_it_was_there),
		BOTH(only_what_has_expired_is_dropped),
		BOTH(renewed_record_lives_until_its_new_end),
		BOTH(record_with_an_earlier_end_goes_then),
		BOTH(record_made_again_is_not_dropped_for_its_former_self),
		BOTH(sweep_stops_at_its_limit_and_says_so),
		BOTH(walk_shows_a_prefix_in_order),
		BOTH(walk_ends_when_told),
		BOTH(walker_may_change_what_it_walks),
		BOTH(no_step_on_one_key_is_lost_between_threads),
		BOTH(no_step_on_several_keys_is_lost_between_threads),
		BOTH(stats_tell_engine_and_steps),
		BDB(what_was_stored_outlives_the_store),
		BDB(backup_under_load_is_a_state_folder),
		BDB(backup_into_an_existing_folder_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
