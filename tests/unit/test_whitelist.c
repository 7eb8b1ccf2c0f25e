/* SPDX-License-Identifier: ISC
 * tests/unit/test_whitelist.c - live entries and files in one view: adding,
 * removing, expiry, reloads. Over a store in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/lib/whitelist_world.h"

enum { DAY = 24 * 60 * 60 };

static void
expect_counts(struct wl *wl, const char *text, unsigned hits, int64_t last)
{
	struct listed	*l = wl_find(wl, text);

	if (l == NULL)
		fail_msg("not there: %s", text);
	assert_int_equal(atomic_load(&l->hits), hits);
	assert_int_equal(atomic_load(&l->last_hit), last);
	listed_unref(&l);
}

static bool
has(struct wl *wl, const char *text)
{
	struct listed	*l = wl_find(wl, text);
	bool		 found = l != NULL;

	listed_unref(&l);
	return found;
}

static void
expect_removed(struct wl *wl, const char *text, int was, const char *says)
{
	struct err	e = { "" };

	assert_int_equal(whitelist_remove(wl->w, text, &e), was);
	if (strstr(e.text, says) == NULL)
		fail_msg("not \"%s\": %s", says, e.text);
}

/* Before anything was put in force. */
static void
a_new_whitelist_is_empty_and_takes_nothing_yet(void **state)
{
	struct wl			*wl = *state;
	struct wl			 bare = { .w = whitelist_new(
					    wl->world->s), .now = WL_NOW };
	const struct whitelist_add	 a = { "domain a.example", "", "root",
					    INT64_MAX };

	assert_non_null(bare.w);
	assert_int_equal(wl_count(&bare), 0);
	wl_refuses(&bare, &a, "not open yet");
	wl_tend(&bare, true);
	whitelist_free(&bare.w);
	assert_null(bare.w);
	whitelist_free(&bare.w);
}

static void
an_added_entry_is_in_force_with_its_story(void **state)
{
	struct wl			*wl = *state;
	const struct whitelist_add	 a = { " Domain  EBAY.com", "ticket "
					    "4711", "ann", WL_NOW + 90 * DAY };
	struct err			 e;
	bool				 replaced = true;
	struct listed			*l;

	assert_int_equal(whitelist_add(wl->w, &a, wl->now, &replaced, &e), 0);
	assert_false(replaced);
	assert_int_equal(wl_count(wl), 1);
	l = wl_find(wl, "domain ebay.com");
	assert_non_null(l);
	assert_int_equal(l->origin, ENTRY_LIVE);
	assert_string_equal(l->where, "ann");
	assert_string_equal(l->note, "ticket 4711");
	assert_int_equal(l->created, WL_NOW);
	assert_int_equal(l->expires, WL_NOW + 90 * DAY);
	listed_unref(&l);
}

static void
one_with_the_same_meaning_is_replaced_and_keeps_its_counts(void **state)
{
	struct wl	*wl = *state;
	struct listed	*l;

	assert_false(wl_add(wl, "client 192.0.2.1"));
	assert_false(wl_add(wl, "domain a.example"));
	wl_hit(wl, "client 192.0.2.1", 3);
	wl->now += 5;
	assert_true(wl_add_until(wl, "client 192.0.2.1/32", wl->now + 7));
	assert_int_equal(wl_count(wl), 2);
	expect_counts(wl, "client 192.0.2.1", 3, WL_NOW);
	l = wl_find(wl, "client 192.0.2.1");
	assert_int_equal(l->created, WL_NOW + 5);
	assert_int_equal(l->expires, WL_NOW + 12);
	listed_unref(&l);
	wl_restart(wl);
	assert_int_equal(wl_count(wl), 2);
	expect_counts(wl, "client 192.0.2.1", 3, WL_NOW);
}

static void
what_is_unwise_or_none_is_refused_and_nothing_changes(void **state)
{
	struct wl		*wl = *state;
	static const char	 note[] = "0123456789";
	char			 long_note[WHITELIST_NOTE_MAX + 2],
				 long_who[257];
	const struct { struct whitelist_add a; const char *says; } rows[] = {
		{ { "friend a", "", "root", INT64_MAX }, "not a kind" },
		{ { "domain a,example", "", "root", INT64_MAX },
		    "not a domain" },
		{ { "client 0.0.0.0/0", "", "root", INT64_MAX }, "nearly" },
		{ { "domain gmail.com", "", "root", INT64_MAX }, "free mail" },
		{ { "domain own.example", "", "root", INT64_MAX },
		    "your own" },
		{ { "sender a@own.example", "", "root", INT64_MAX },
		    "your own" },
		{ { "domain a.example", "", "root", WL_NOW }, "expired" },
		{ { "domain a.example", "", "root", -1 }, "expired" },
		{ { "grace a@own.example", "", "root", INT64_MAX },
		    "24h at most" },
		{ { "grace a@own.example", "", "root", WL_NOW + DAY + 1 },
		    "24h at most" },
		{ { "domain a.example", "two\nlines", "root", INT64_MAX },
		    "one line" },
		{ { "domain a.example", long_note, "root", INT64_MAX },
		    "at most 200 bytes" },
		{ { "domain a.example", note, long_who, INT64_MAX },
		    "at most 255 bytes" },
	};

	memset(long_note, 'x', sizeof(long_note));
	long_note[WHITELIST_NOTE_MAX + 1] = '\0';
	memset(long_who, 'x', sizeof(long_who));
	long_who[256] = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		wl_refuses(wl, &rows[i].a, rows[i].says);
	assert_int_equal(count_walked(wl->world->s, "w"), 0);
}

/* To the last byte of each, and through the store. */
static void
the_longest_of_everything_is_kept(void **state)
{
	struct wl		*wl = *state;
	char			 text[ENTRY_TEXT_SIZE], who[256],
				 note[WHITELIST_NOTE_MAX + 1];
	struct whitelist_add	 a = { text, note, who, INT64_MAX - 1 };
	struct err		 e;
	bool			 replaced;
	struct listed		*l;

	memset(text, 'x', sizeof(text));
	memcpy(text, "regex sender /", 14);
	text[sizeof(text) - 2] = '/';
	text[sizeof(text) - 1] = '\0';
	memset(who, 'w', 255);
	who[255] = '\0';
	memset(note, 'n', WHITELIST_NOTE_MAX);
	note[WHITELIST_NOTE_MAX] = '\0';
	if (whitelist_add(wl->w, &a, wl->now, &replaced, &e) == -1)
		fail_msg("%s", e.text);
	wl_restart(wl);
	l = wl_find(wl, text);
	assert_non_null(l);
	assert_string_equal(l->where, who);
	assert_string_equal(l->note, note);
	assert_int_equal(l->created, WL_NOW);
	assert_int_equal(l->expires, INT64_MAX - 1);
	listed_unref(&l);
}

static void
a_removed_entry_is_gone_and_others_are_not(void **state)
{
	struct wl	*wl = *state;

	wl_reload(wl, "\ndomain file.example\n", "domain shipped.example\n");
	(void)wl_add(wl, "domain a.example");
	(void)wl_add(wl, "domain b.example");
	expect_removed(wl, "DOMAIN  a.example", 1, "");
	expect_removed(wl, "domain a.example", 0,
	    "there is no live entry \"domain a.example\"");
	expect_removed(wl, "domain file.example", 0, "/own:2: take it out");
	expect_removed(wl, "domain shipped.example", 0, "/shipped:1");
	expect_removed(wl, "domain", -1, "nothing after");
	assert_int_equal(wl_count(wl), 3);
	wl_restart(wl);
	assert_false(has(wl, "domain a.example"));
	assert_true(has(wl, "domain b.example"));
}

static void
live_ones_come_before_files_and_these_before_the_shipped(void **state)
{
	static const char *const	want[] = { "domain l1.example",
		"domain l2.example", "domain f1.example", "domain f2.example",
		"domain s1.example" };
	struct wl			*wl = *state;
	struct whitelist_guard		 g;
	const struct view		*v;

	(void)wl_add(wl, "domain l1.example");
	wl_reload(wl, "domain f1.example\ndomain f2.example\n",
	    "domain s1.example\n");
	(void)wl_add(wl, "domain l2.example");
	v = whitelist_enter(wl->w, &g);
	assert_int_equal(view_count(v), 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(view_at(v, i)->entry.text, want[i]);
	whitelist_leave(wl->w, &g);
	assert_null(g.view);
}

static void
a_live_entry_expires_by_itself(void **state)
{
	struct wl	*wl = *state;

	(void)wl_add_until(wl, "domain a.example", WL_NOW + 10);
	(void)wl_add_until(wl, "domain b.example", WL_NOW + 20);
	(void)wl_add_until(wl, "domain c.example", WL_NOW + 10);
	(void)wl_add(wl, "domain d.example");
	(void)wl_add_until(wl, "grace a@own.example", WL_NOW + DAY);
	wl->now = WL_NOW + 9;
	wl_tend(wl, false);
	assert_int_equal(wl_count(wl), 5);
	wl->now = WL_NOW + 10;
	wl_tend(wl, false);
	assert_int_equal(wl_count(wl), 3);
	assert_int_equal(count_walked(wl->world->s, "w"), 3);
	assert_true(has(wl, "domain b.example"));
	wl->now = WL_NOW + 20;
	wl_tend(wl, false);
	assert_false(has(wl, "domain b.example"));
	wl_restart(wl);
	wl->now = WL_NOW + DAY;
	wl_tend(wl, false);
	assert_int_equal(wl_count(wl), 1);
	assert_true(has(wl, "domain d.example"));
}

/* As if it were to be looked at an hour after the end. */
static void
one_that_expired_while_nothing_ran_is_not_matched(void **state)
{
	struct wl		*wl = *state;
	struct whitelist_guard	 g;
	struct view_matches	 m;
	struct view_query	 q = { .rcpt = "a@own.example" };

	(void)wl_add_until(wl, "grace a@own.example", WL_NOW + 600);
	q.now = WL_NOW + 599;
	view_match(whitelist_enter(wl->w, &g), &q, &m);
	assert_non_null(m.holds[VIEW_LATE]);
	whitelist_leave(wl->w, &g);
	wl_restart(wl);
	q.now = WL_NOW + 600;
	view_match(whitelist_enter(wl->w, &g), &q, &m);
	assert_null(m.holds[VIEW_LATE]);
	whitelist_leave(wl->w, &g);
}

static void
a_file_with_a_mistake_leaves_all_as_it_was(void **state)
{
	struct wl		*wl = *state;
	struct whitelist_files	*files = NULL;
	struct err		 e;

	wl_reload(wl, "domain a.example\n", "");
	(void)wl_add(wl, "domain l.example");
	wl_write(wl, "domain b.example\ndomain c,example\n", "");
	assert_int_equal(wl_try_read(wl, &files, NULL, &e), -1);
	assert_null(files);
	assert_int_equal(wl_count(wl), 2);
	assert_true(has(wl, "domain a.example"));
}

static void
put_raw(struct store_item *items, size_t n, void *arg)
{
	const char	*value = arg;

	(void)n;
	items->act = STORE_PUT;
	items->expires = INT64_MAX / 4;
	items->len = 40;
	memset(items->value, 0, items->len);
	items->value[0] = (uint8_t)value[0];
	items->value[33] = (uint8_t)value[1];	/* length of who */
	items->value[34] = (uint8_t)value[2];	/* of the note, if that is 0 */
}

/* Of another version, too short, no entry, nothing but the letter. */
static void
records_that_cannot_be_read_are_left_out(void **state)
{
	static const struct { const char *key; size_t len; char value[3]; }
	    rows[] = {
		{ "w\0domain v.example", 18, "\2" },
		{ "w\0domain s.example", 18, "\1\x50" },
		{ "w\0domain t.example", 18, "\1\0\x50" },
		{ "w\0domain n,example", 18, "\1" },
		{ "w\0domain n.example\0x", 20, "\1" },
		{ "w\0", 2, "\1" }, { "w", 1, "\1" },
	};
	struct wl	*wl = *state;

	(void)wl_add(wl, "domain a.example");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_item	item = { .key.len = rows[i].len };
		char			value[3];

		memcpy(item.key.bytes, rows[i].key, rows[i].len);
		memcpy(value, rows[i].value, 3);
		assert_int_equal(store_step(wl->world->s, &item, 1, put_raw,
		    value, NULL), 0);
	}
	wl_restart(wl);
	assert_int_equal(wl_count(wl), 1);
	(void)wl_add(wl, "domain b.example");
	assert_int_equal(wl_count(wl), 2);
}

#define TEST(f)								\
	cmocka_unit_test_setup_teardown(f, wl_in_memory, wl_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_whitelist_is_empty_and_takes_nothing_yet),
		TEST(an_added_entry_is_in_force_with_its_story),
		TEST(one_with_the_same_meaning_is_replaced_and_keeps_its_counts),
		TEST(what_is_unwise_or_none_is_refused_and_nothing_changes),
		TEST(the_longest_of_everything_is_kept),
		TEST(a_removed_entry_is_gone_and_others_are_not),
		TEST(live_ones_come_before_files_and_these_before_the_shipped),
		TEST(a_live_entry_expires_by_itself),
		TEST(one_that_expired_while_nothing_ran_is_not_matched),
		TEST(a_file_with_a_mistake_leaves_all_as_it_was),
		TEST(records_that_cannot_be_read_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
