/* SPDX-License-Identifier: ISC
 * tests/unit/test_whitelist_many.c - many live entries added at once, as one
 * after the other would be, or none of them. Over a store in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/whitelist_world.h"

enum { MANY = 2000 };

static size_t
add_all(struct wl *wl, const struct whitelist_add *a, size_t n)
{
	struct err	e;
	size_t		replaced = SIZE_MAX;

	if (whitelist_add_all(wl->w, a, n, wl->now, &replaced, &e) == -1)
		fail_msg("%s", e.text);
	return replaced;
}

/* All that is known of all in force, a line each, to be freed. */
static char *
story(struct wl *wl)
{
	struct whitelist_guard	 g;
	const struct view	*v = whitelist_enter(wl->w, &g);
	char			*text;
	size_t			 len;
	FILE			*out = open_memstream(&text, &len);

	assert_non_null(out);
	for (size_t i = 0; i < view_count(v); i++) {
		const struct listed *l = view_at(v, i);

		(void)fprintf(out, "%s, %s, %s, %lld, %lld, %llu, %lld\n",
		    l->entry.text, l->where, l->note, (long long)l->created,
		    (long long)l->expires, atomic_load(&l->hits),
		    (long long)atomic_load(&l->last_hit));
	}
	whitelist_leave(wl->w, &g);
	(void)fclose(out);
	return text;
}

static void
expect_story(struct wl *wl, const char *want)
{
	char	*got = story(wl);

	assert_string_equal(got, want);
	free(got);
}

/* What is replaced, by what means the same, and what comes twice. */
static const struct whitelist_add	mixed[] = {
	{ "domain new.example", "1", "ann", INT64_MAX },
	{ "Domain OLD.example", "2", "ann", WL_NOW + 50 },
	{ "domain twice.example", "3", "ann", WL_NOW + 60 },
	{ "client 192.0.2.1/32", "4", "ann", INT64_MAX },
	{ "client 192.0.2.2", "5", "ann", INT64_MAX },
	{ "domain twice.example", "6", "bob", INT64_MAX },
	{ "domain old.example", "7", "bob", WL_NOW + 70 },
};
enum { MIXED = sizeof(mixed) / sizeof(mixed[0]), MIXED_REPLACED = 4 };

static void
begin_mixed(struct wl *wl)
{
	(void)wl_add(wl, "client 192.0.2.1");
	(void)wl_add(wl, "domain old.example");
	(void)wl_add(wl, "domain other.example");
	wl_hit(wl, "domain old.example", 3);
	wl_hit(wl, "domain other.example", 1);
	wl->now += 5;
}

static char *
story_of_one_by_one(void)
{
	void		*state;
	struct wl	*wl;
	size_t		 replaced = 0;
	char		*text;

	assert_int_equal(wl_in_memory(&state), 0);
	wl = state;
	begin_mixed(wl);
	for (size_t i = 0; i < MIXED; i++)
		replaced += add_all(wl, &mixed[i], 1);
	assert_int_equal(replaced, MIXED_REPLACED);
	text = story(wl);
	assert_int_equal(wl_end(&state), 0);
	return text;
}

static void
many_at_once_are_as_one_by_one(void **state)
{
	struct wl	*wl = *state;
	char		*want = story_of_one_by_one();

	begin_mixed(wl);
	assert_int_equal(add_all(wl, mixed, MIXED), MIXED_REPLACED);
	expect_story(wl, want);
	assert_string_equal(want,
	    "domain other.example, root, , 1700000000, 9223372036854775807, "
	    "1, 1700000000\n"
	    "domain new.example, ann, 1, 1700000005, 9223372036854775807, "
	    "0, 0\n"
	    "client 192.0.2.1, ann, 4, 1700000005, 9223372036854775807, "
	    "0, 0\n"
	    "client 192.0.2.2, ann, 5, 1700000005, 9223372036854775807, "
	    "0, 0\n"
	    "domain twice.example, bob, 6, 1700000005, 9223372036854775807, "
	    "0, 0\n"
	    "domain old.example, bob, 7, 1700000005, 1700000070, "
	    "3, 1700000000\n");
	free(want);
}

static int
by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines in order, in place of the text. */
static void
sort_lines(char **text)
{
	char	*line[16], *sorted = NULL;
	size_t	 n = 0, len;
	FILE	*out = open_memstream(&sorted, &len);

	assert_non_null(out);
	for (char *s = strtok(*text, "\n"); s != NULL; s = strtok(NULL, "\n"))
		line[n++] = s;
	qsort(line, n, sizeof(line[0]), by_line);
	for (size_t i = 0; i < n; i++)
		(void)fprintf(out, "%s\n", line[i]);
	(void)fclose(out);
	free(*text);
	*text = sorted;
}

static void
many_at_once_are_stored_each(void **state)
{
	struct wl	*wl = *state;
	char		*before, *after;

	begin_mixed(wl);
	(void)add_all(wl, mixed, MIXED);
	wl_tend(wl, true);
	before = story(wl);
	wl_restart(wl);
	after = story(wl);
	sort_lines(&before);
	sort_lines(&after);
	assert_string_equal(after, before);
	free(before);
	free(after);
	wl->now = WL_NOW + 70;
	wl_tend(wl, false);
	assert_int_equal(wl_count(wl), 5);
}

static void
one_that_is_refused_keeps_out_all(void **state)
{
	struct wl			*wl = *state;
	const struct whitelist_add	 a[] = {
		{ "domain a.example", "", "root", INT64_MAX },
		{ "domain old.example", "", "root", INT64_MAX },
		{ "domain gmail.com", "", "root", INT64_MAX },
		{ "domain b,example", "", "root", INT64_MAX },
	};
	struct err			 e;
	size_t				 replaced = 7;
	char				*before;

	(void)wl_add(wl, "domain old.example");
	wl->now += 5;
	before = story(wl);
	assert_int_equal(whitelist_add_all(wl->w, a, 4, wl->now, &replaced,
	    &e), -1);
	assert_ptr_equal(strstr(e.text, "domain gmail.com: "), e.text);
	assert_non_null(strstr(e.text, "free mail"));
	assert_int_equal(replaced, 7);
	expect_story(wl, before);
	assert_int_equal(count_walked(wl->world->s, "w"), 1);
	/* One alone needs no name. */
	assert_int_equal(whitelist_add_all(wl->w, &a[2], 1, wl->now, &replaced,
	    &e), -1);
	assert_ptr_equal(strstr(e.text, "gmail.com is free mail"), e.text);
	free(before);
}

static void
none_is_no_change(void **state)
{
	struct wl			*wl = *state;
	struct whitelist_guard		 g;
	const struct view		*v;

	(void)wl_add(wl, "domain old.example");
	v = whitelist_enter(wl->w, &g);
	whitelist_leave(wl->w, &g);
	assert_int_equal(add_all(wl, NULL, 0), 0);
	assert_ptr_equal(whitelist_enter(wl->w, &g), v);
	whitelist_leave(wl->w, &g);
}

struct many {
	struct whitelist_add	a[MANY];
	char			text[MANY][40];
};

/* From the last to the first, so that their order is not that of texts. */
static struct many *
many(void)
{
	struct many	*m = calloc(1, sizeof(*m));

	assert_non_null(m);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(m->text[i], sizeof(m->text[i]),
		    "domain d%d.example", MANY - i);
		m->a[i] = (struct whitelist_add){ m->text[i], "", "root",
		    WL_NOW + 10 + i % 2 };
	}
	return m;
}

static void
each_of_many_finds_its_place_and_its_end(void **state)
{
	struct wl	*wl = *state;
	struct many	*m = many();
	struct listed	*l;

	assert_int_equal(add_all(wl, m->a, MANY / 2), 0);
	wl_hit(wl, m->text[0], 2);
	wl_hit(wl, m->text[MANY / 2 - 1], 4);
	assert_int_equal(add_all(wl, m->a, MANY), MANY / 2);
	assert_int_equal(wl_count(wl), MANY);
	l = wl_find(wl, m->text[MANY / 2 - 1]);
	assert_int_equal(atomic_load(&l->hits), 4);
	listed_unref(&l);
	l = wl_find(wl, m->text[0]);
	assert_int_equal(atomic_load(&l->hits), 2);
	listed_unref(&l);
	wl->now = WL_NOW + 10;
	wl_tend(wl, false);
	assert_int_equal(wl_count(wl), MANY / 2);
	wl->now = WL_NOW + 11;
	wl_tend(wl, false);
	assert_int_equal(wl_count(wl), 0);
	assert_int_equal(count_walked(wl->world->s, "w"), 0);
	free(m);
}

#define TEST(f)								\
	cmocka_unit_test_setup_teardown(f, wl_in_memory, wl_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_at_once_are_as_one_by_one),
		TEST(many_at_once_are_stored_each),
		TEST(one_that_is_refused_keeps_out_all),
		TEST(none_is_no_change),
		TEST(each_of_many_finds_its_place_and_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
