/* SPDX-License-Identifier: ISC
 * tests/unit/test_shadow.c - a shadow shows what a store with the same writes would
 * show, and the store below it keeps every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/shadow.h"
#include "db/store_private.h"
#include "tests/lib/luck.h"
#include "tests/lib/store_world.h"

enum { ROUNDS = 300, STEPS = 40, KEYS = 60 };

/* The store below, a shadow of it, and a store that had the same in earnest. */
struct three {
	struct store	*below, *shadow, *model;
	struct luck	 luck;
};

/* Keys of several lengths, one the beginning of another. */
static struct store_key
some_key(struct luck *l)
{
	char	text[16];
	int	n = (int)luck_below(l, KEYS);

	(void)snprintf(text, sizeof(text), "%.*s%d", n % 3 + 1, "abc", n % 20);
	return key_of(text);
}

struct wish {
	enum store_act	act[3];
	int64_t		value;
};

static void
fulfil(struct store_item *items, size_t n, void *arg)
{
	const struct wish	*w = arg;

	for (size_t i = 0; i < n; i++) {
		items[i].act = w->act[i];
		if (w->act[i] != STORE_PUT)
			continue;
		items[i].expires = 5000 + w->value;
		items[i].len = sizeof(w->value);
		memcpy(items[i].value, &w->value, sizeof(w->value));
	}
}

/* 1 to 3 records in one step; the same in both. Items that are read are compared. */
static void
step_both(struct luck *l, struct store *a, struct store *b)
{
	struct store_item	in_a[3], in_b[3];
	struct wish		w = { .value = (int64_t)luck_below(l, 1000) };
	size_t			n = 0;

	for (unsigned i = 1 + luck_below(l, 3); i > 0; i--) {
		struct store_key key = some_key(l);
		bool		 is_new = true;

		for (size_t k = 0; k < n; k++)
			is_new = is_new && (key.len != in_a[k].key.len ||
			    memcmp(key.bytes, in_a[k].key.bytes, key.len) !=
			    0);
		if (!is_new)
			continue;
		w.act[n] = (enum store_act)luck_below(l, 3);
		in_a[n].key = in_b[n].key = key;
		n++;
	}
	assert_int_equal(store_step(a, in_a, n, fulfil, &w, NULL), 0);
	assert_int_equal(store_step(b, in_b, n, fulfil, &w, NULL), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(in_a[i].found, in_b[i].found);
}

static bool
write_down(const struct store_item *item, void *out)
{
	(void)fwrite(item->key.bytes, 1, item->key.len, out);
	(void)fprintf(out, " %d %zu ", (int)item->expires, item->len);
	(void)fwrite(item->value, 1, item->len, out);
	(void)fputc('\n', out);
	return true;
}

static char *
dump(struct store *s, const char *prefix, size_t *len)
{
	char	*text;
	FILE	*out = open_memstream(&text, len);

	assert_non_null(out);
	assert_int_equal(store_walk(s, prefix, strlen(prefix), write_down,
	    out, NULL), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void
expect_equal(struct store *a, struct store *b, const char *prefix)
{
	size_t	len_a, len_b;
	char	*of_a = dump(a, prefix, &len_a), *of_b = dump(b, prefix,
		    &len_b);

	if (len_a != len_b || memcmp(of_a, of_b, len_a) != 0)
		fail_msg("below \"%s\":\n%s\nis not\n%s", prefix, of_a, of_b);
	free(of_a);
	free(of_b);
}

static void
expect_records(const struct three *t)
{
	struct luck	l = t->luck;

	expect_equal(t->shadow, t->model, "");
	expect_equal(t->shadow, t->model, "a");
	expect_equal(t->shadow, t->model, "ab1");
	for (int i = 0; i < 10; i++) {
		struct store_item a = { .key = some_key(&l) }, b = a;

		assert_int_equal(store_get(t->shadow, &a, NULL),
		    store_get(t->model, &b, NULL));
		assert_int_equal(a.len, b.len);
		assert_int_equal(a.expires, b.expires);
	}
}

static bool
copy_record(const struct store_item *item, void *model)
{
	struct wish		put = { .act = { STORE_PUT } };
	struct store_item	copy = { .key = item->key };

	memcpy(&put.value, item->value, sizeof(put.value));
	assert_int_equal(store_step(model, &copy, 1, fulfil, &put, NULL), 0);
	return true;
}

/* A store of its own with what is below. */
static struct store *
model_of(struct store *below)
{
	const struct store_conf	 in_memory = { .path = NULL };
	struct store		*model;

	assert_int_equal(store_open(&model, &in_memory, NULL), 0);
	assert_int_equal(store_walk(below, "", 0, copy_record, model, NULL),
	    0);
	return model;
}

static void
a_shadow_shows_what_was_written_over_what_is_there(void **state)
{
	struct world	*w = *state;
	struct three	 t = { .below = w->s, .luck = { 77777 } };
	size_t		 before, after;
	char		*was, *is;

	for (int round = 0; round < ROUNDS; round++) {
		t.model = model_of(t.below);
		step_both(&t.luck, t.below, t.model);
		was = dump(t.below, "", &before);
		assert_int_equal(store_shadow(&t.shadow, t.below, NULL), 0);
		expect_records(&t);
		for (unsigned i = luck_below(&t.luck, STEPS); i > 0; i--)
			step_both(&t.luck, t.shadow, t.model);
		expect_records(&t);
		is = dump(t.below, "", &after);
		assert_int_equal(before, after);
		assert_memory_equal(was, is, before);
		free(was);
		free(is);
		store_close(&t.shadow);
		store_close(&t.model);
	}
}

static void
a_shadow_counts_and_alarms_nothing_below(void **state)
{
	struct world		*w = *state;
	struct store_stats	 was, is;
	struct store_item	 item = { .key = key_of("a1") };
	struct store		*shadow;
	struct err		 e;

	put_many(w->s, "a", 3);
	store_stats(w->s, &was);
	assert_int_equal(store_shadow(&shadow, w->s, &e), 0);
	assert_int_equal(store_get(shadow, &item, &e), 0);
	(void)count_walked(shadow, "a");
	assert_int_equal(try_put(shadow, "a1", 7, &e), 0);
	gate_break(w->s->gate, "the disk is gone");
	item.key = key_of("b");
	assert_int_equal(store_get(shadow, &item, &e), -1);
	assert_string_equal(e.text, "the disk is gone");
	/* What it was given itself is there all the same. */
	item.key = key_of("a1");
	assert_int_equal(store_get(shadow, &item, &e), 1);
	gate_mend(w->s->gate);
	store_close(&shadow);
	store_stats(w->s, &is);
	assert_int_equal(was.steps, is.steps);
	assert_int_equal(was.failures, is.failures);
	assert_int_equal(was.records, is.records);
	assert_false(alarm_get(w->alarms, ALARM_STORE).raised);
}

#define IN_MEMORY(f)	cmocka_unit_test_setup_teardown(f, world_in_memory, \
			    world_end)
#define ON_DISK(f)	cmocka_unit_test_setup_teardown(f, world_in_folder, \
			    world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_MEMORY(a_shadow_shows_what_was_written_over_what_is_there),
		ON_DISK(a_shadow_shows_what_was_written_over_what_is_there),
		ON_DISK(a_shadow_counts_and_alarms_nothing_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
