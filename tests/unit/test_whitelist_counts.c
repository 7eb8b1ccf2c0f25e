/* SPDX-License-Identifier: ISC
 * tests/unit/test_whitelist_counts.c - how often an entry let mail in, and since
 * when it is known. Over a store in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

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

static void
expect_created(struct wl *wl, const char *text, int64_t created)
{
	struct listed	*l = wl_find(wl, text);

	if (l == NULL)
		fail_msg("not there: %s", text);
	assert_int_equal(l->created, created);
	listed_unref(&l);
}

static void
counts_outlive_a_restart_if_tended(void **state)
{
	struct wl	*wl = *state;

	wl_reload(wl, "domain f.example\n", "domain s.example\n");
	(void)wl_add(wl, "domain l.example");
	wl_hit(wl, "domain l.example", 1);
	wl_hit(wl, "domain f.example", 2);
	wl_hit(wl, "domain s.example", 3);
	wl->now += 1000;
	wl_tend(wl, true);
	wl_restart(wl);
	expect_counts(wl, "domain l.example", 1, WL_NOW);
	expect_counts(wl, "domain f.example", 2, WL_NOW);
	expect_counts(wl, "domain s.example", 3, WL_NOW);
	expect_created(wl, "domain l.example", WL_NOW);
	expect_created(wl, "domain f.example", WL_NOW);
}

static void
counts_are_written_once_a_minute(void **state)
{
	struct wl		*wl = *state;
	struct store_stats	 before, after;

	(void)wl_add(wl, "domain l.example");
	wl_tend(wl, false);
	wl_hit(wl, "domain l.example", 1);
	store_stats(wl->world->s, &before);
	wl->now += 59;
	wl_tend(wl, false);
	store_stats(wl->world->s, &after);
	assert_int_equal(after.steps, before.steps);
	wl->now += 1;
	wl_tend(wl, false);
	store_stats(wl->world->s, &after);
	assert_int_equal(after.steps, before.steps + 1);
	/* Nothing new: nothing is written, whatever the time. */
	wl->now += 1000;
	wl_tend(wl, true);
	store_stats(wl->world->s, &before);
	assert_int_equal(after.steps, before.steps);
	/* A clock that was set back by a year stops nothing. */
	wl_hit(wl, "domain l.example", 1);
	wl->now -= 365 * DAY;
	wl_tend(wl, false);
	store_stats(wl->world->s, &after);
	assert_int_equal(after.steps, before.steps + 1);
}

static void
many_counts_are_written_in_turns(void **state)
{
	struct wl	*wl = *state;
	char		*text = NULL;
	size_t		 len;
	FILE		*out = open_memstream(&text, &len);

	for (int i = 0; i < 2500; i++)
		(void)fprintf(out, "client 10.0.%d.%d\n", i / 250, i % 250);
	(void)fclose(out);
	wl_reload(wl, text, "");
	free(text);
	wl_tend(wl, false);
	assert_int_equal(count_walked(wl->world->s, "W"), 1000);
	wl_tend(wl, false);
	wl_tend(wl, false);
	assert_int_equal(count_walked(wl->world->s, "W"), 2500);
}

static void
a_reload_keeps_counts_and_since_when_an_entry_is_known(void **state)
{
	struct wl	*wl = *state;
	struct listed	*before, *after;

	wl_reload(wl, "domain a.example\ndomain b.example\n", "");
	wl_hit(wl, "domain a.example", 2);
	wl_hit(wl, "domain b.example", 3);
	before = wl_find(wl, "domain a.example");
	wl->now += 100;
	/* a stays where it is, b moves, c is new; a stands twice. */
	wl_reload(wl, "domain a.example\ndomain c.example\ndomain b.example\n"
	    "domain a.example\n", "domain d.example\n");
	after = wl_find(wl, "domain a.example");
	assert_ptr_equal(before, after);
	listed_unref(&before);
	listed_unref(&after);
	expect_counts(wl, "domain a.example", 2, WL_NOW);
	expect_counts(wl, "domain b.example", 3, WL_NOW);
	expect_counts(wl, "domain c.example", 0, 0);
	expect_created(wl, "domain a.example", WL_NOW);
	expect_created(wl, "domain b.example", WL_NOW);
	expect_created(wl, "domain c.example", WL_NOW + 100);
	/* Twice again: of equal ones it is the first that counts. */
	wl_reload(wl, "domain a.example\ndomain a.example\n", "");
	expect_counts(wl, "domain a.example", 2, WL_NOW);
}

/* Its line goes, is missed, and comes back. */
static void
counts_of_an_entry_that_comes_back_are_found(void **state)
{
	struct wl	*wl = *state;

	wl_reload(wl, "domain a.example\n", "");
	wl_hit(wl, "domain a.example", 2);
	wl_tend(wl, true);
	wl_reload(wl, "", "");
	assert_int_equal(wl_count(wl), 0);
	wl->now += 200 * DAY;
	wl_reload(wl, "\n\ndomain a.example\n", "");
	expect_counts(wl, "domain a.example", 2, WL_NOW);
	expect_created(wl, "domain a.example", WL_NOW);
}

/* An entry that nothing uses for years is still known to be that old: its record
 * is renewed before the store drops it. */
static void
an_unused_entry_grows_old(void **state)
{
	struct wl	*wl = *state;
	int64_t		 end = WL_NOW + 2000LL * DAY;
	size_t		 dropped;

	wl_reload(wl, "domain a.example\n", "");
	for (; wl->now < end; wl->now += 30 * DAY) {
		wl_tend(wl, false);
		assert_int_equal(store_expire(wl->world->s,
		    world_until(wl->now), 100, &dropped, NULL), 0);
		assert_int_equal(dropped, 0);
	}
	wl_restart(wl);
	expect_created(wl, "domain a.example", WL_NOW);
	/* One that is no longer in a file is forgotten. */
	wl_reload(wl, "", "");
	wl->now += 401 * DAY;
	wl_tend(wl, true);
	assert_int_equal(store_expire(wl->world->s, world_until(wl->now), 100,
	    &dropped, NULL), 0);
	assert_int_equal(dropped, 1);
}

#define TEST(f)								\
	cmocka_unit_test_setup_teardown(f, wl_in_memory, wl_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counts_outlive_a_restart_if_tended),
		TEST(counts_are_written_once_a_minute),
		TEST(many_counts_are_written_in_turns),
		TEST(a_reload_keeps_counts_and_since_when_an_entry_is_known),
		TEST(counts_of_an_entry_that_comes_back_are_found),
		TEST(an_unused_entry_grows_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
