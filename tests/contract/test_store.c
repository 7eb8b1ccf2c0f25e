/* SPDX-License-Identifier: ISC
 * tests/contract/test_store.c - what store.h promises to one thread: one list
 * of cases, run against the memory backend and against Berkeley DB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/store_world.h"

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
	assert_int_equal(count_told(s), 2);
	assert_int_equal(store_step(s, items, 4, do_wishes, wish, NULL), 0);
	expect(s, "a", 1, "a");
	expect(s, "b", 0, NULL);
	expect(s, "c", 5, "new");
	expect(s, "d", 0, NULL);
	assert_int_equal(count_told(s), 2);
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
	assert_int_equal(count_told(s), STORE_STEP_MAX);
	assert_int_equal(expire(s, 7, 100, 0), STORE_STEP_MAX);
	assert_int_equal(count_told(s), 0);
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
	assert_int_equal(count_told(s), 0);
}

static void
what_expires_first_in_a_span_goes_first(void **state)
{
	const struct store_span	 span = { .after = 100, .upto = 300 };
	struct store		*s = ((struct world *)*state)->s;
	struct store_item	 gone = { .key = { 1, "d" } };
	size_t			 dropped;

	put(s, "a", 300, "x");
	put(s, "b", 100, "x");
	put(s, "c", 200, "x");
	put(s, "d", 101, "x");
	put(s, "e", 301, "x");
	assert_int_equal(store_expire(s, span, 1, &dropped, NULL), 1);
	assert_int_equal(dropped, 1);
	assert_int_equal(store_get(s, &gone, NULL), 0);
	expect(s, "a", 300, "x");
	expect(s, "c", 200, "x");
	(void)store_expire(s, span, 100, &dropped, NULL);
	assert_int_equal(dropped, 2);
	expect(s, "b", 100, "x");
	expect(s, "e", 301, "x");
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
	assert_int_equal(count_told(s), 1);
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
	assert_int_equal(count_told(s), 1);
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
	assert_int_equal(count_told(s), 80);
	assert_int_equal(expire(s, 1000, 100, 0), 80);
	assert_int_equal(count_told(s), 0);
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
	assert_int_equal(item->expires, 5000);
	assert_int_equal(item->len, 100);
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
walk_shows_a_prefix_in_order(void **state)
{
	struct store	*s = ((struct world *)*state)->s;
	struct seen	 all = { .s = s }, b = { .s = s }, none = { .s = s };

	put_many(s, "a", 250);
	put_many(s, "b", 450);
	put_many(s, "c", 10);
	assert_int_equal(store_walk(s, "b", 1, see, &b, NULL), 0);
	assert_int_equal(b.n, 450);
	assert_string_equal(b.last, "b000449");
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
	assert_int_equal(count_told(s), 0);
}

static void
stats_tell_engine_and_steps(void **state)
{
	struct world		*w = *state;
	struct store_stats	 stats;

	put(w->s, "a", 1, "v");
	put(w->s, "b", 1, "v");
	store_stats(w->s, &stats);
	assert_non_null(strstr(stats.engine, *w->top ? "Berkeley DB 5" :
	    "memory"));
	assert_int_equal(stats.steps, 2);
	assert_int_equal(stats.failures, 0);
	assert_int_equal(stats.records, 2);
	assert_true((stats.bytes_on_disk > 0) == (*w->top != '\0'));
	assert_int_equal(store_flush(w->s, NULL), 0);
	assert_int_equal(store_tend(w->s, 1, NULL), 0);
}

static void
what_was_stored_outlives_the_store(void **state)
{
	struct world	*w = *state;

	put_many(w->s, "k", 300);
	store_close(&w->s);
	assert_null(w->s);
	world_open(w);
	expect_many(w->s, "k", 300);
	assert_int_equal(count_told(w->s), 300);
	assert_int_equal(expire(w->s, 5000, 1000, 0), 300);
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
		BOTH(what_was_put_is_found),
		BOTH(step_sees_its_records_in_the_order_that_was_asked),
		BOTH(step_puts_drops_and_leaves_at_once),
		BOTH(longest_keys_and_values_are_kept),
		BOTH(keys_may_hold_any_byte),
		BOTH(removing_tells_whether_it_was_there),
		BOTH(what_expires_first_in_a_span_goes_first),
		BOTH(only_what_has_expired_is_dropped),
		BOTH(renewed_record_lives_until_its_new_end),
		BOTH(record_with_an_earlier_end_goes_then),
		BOTH(record_made_again_is_not_dropped_for_its_former_self),
		BOTH(sweep_stops_at_its_limit_and_says_so),
		BOTH(walk_shows_a_prefix_in_order),
		BOTH(walk_ends_when_told),
		BOTH(walker_may_change_what_it_walks),
		BOTH(stats_tell_engine_and_steps),
		BDB(what_was_stored_outlives_the_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
