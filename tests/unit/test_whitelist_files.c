/* SPDX-License-Identifier: ISC
 * tests/unit/test_whitelist_files.c - reading files of entries. Runs in the
 * project's root: it reads etc/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/whitelist_world.h"
#include "whitelist/entries_file.h"

static void
comments_end_a_line_but_not_a_pattern(void **state)
{
	static const struct { const char *line, *want; } rows[] = {
		{ "domain a.example # why", "domain a.example " },
		{ "domain a.example\r\n", "domain a.example" },
		{ "# all of it", "" },
		{ "\t# all of it\r\n", "\t" },
		{ "", "" },
		{ "sender a#b@c.example # d", "sender a#b@c.example " },
		{ "regex sender /^a # b@/", "regex sender /^a # b@/" },
		{ "regex sender /#/ # c", "regex sender /#/ " },
		{ "regex sender /#/# c", "regex sender /#/" },
		{ "regex sender /#/ unsafe # c", "regex sender /#/ unsafe " },
		{ "REGEX sender /a#/ unsafe", "REGEX sender /a#/ unsafe" },
		{ "regex sender /a/ # see /b/", "regex sender /a/ " },
		{ "regex sender /a\\/ #b/ # c", "regex sender /a\\/ #b/ " },
		{ "regex sender /a\\\\/ #b/", "regex sender /a\\\\/ " },
		{ "regex sender /a", "regex sender /a" },
		{ "regexes # c", "regexes " },
	};
	char	line[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(line, sizeof(line), "%s", rows[i].line);
		entries_file_strip(line);
		assert_string_equal(line, rows[i].want);
	}
}

static void
entries_are_read_in_order_with_their_place(void **state)
{
	struct wl		*wl = *state;
	struct whitelist_files	*files;
	char			 where[128];
	static const struct { const char *text, *file; unsigned line;
	    enum entry_origin origin; } rows[] = {
		{ "domain b.example", "own", 1, ENTRY_FILE },
		{ "client 192.0.2.0/24", "own", 4, ENTRY_FILE },
		{ "regex sender /#1/", "own", 6, ENTRY_FILE },
		{ "recipient abuse@", "own", 7, ENTRY_FILE },
		{ "domain a.example", "shipped", 2, ENTRY_SHIPPED },
	};

	wl_write(wl, "\xef\xbb\xbf" "DOMAIN B.Example # why\r\n\r\n# c\n"
	    " client\t192.0.2.0/24\n \t\nregex sender /#1/ # 1\n"
	    "recipient abuse@", "\ndomain a.example\n");
	files = wl_read(wl);
	assert_int_equal(whitelist_files_count(files), 5);
	for (size_t i = 0; i < 5; i++) {
		const struct listed	*l = whitelist_files_at(files, i);

		(void)snprintf(where, sizeof(where), "%s/%s:%u", wl->dir,
		    rows[i].file, rows[i].line);
		assert_string_equal(l->entry.text, rows[i].text);
		assert_string_equal(l->where, where);
		assert_int_equal(l->origin, rows[i].origin);
		assert_string_equal(l->note, "");
		assert_int_equal(l->expires, INT64_MAX);
	}
	whitelist_drop(&files);
	assert_null(files);
}

/* How often a text has a part. */
static unsigned
count(const char *text, const char *part)
{
	unsigned	n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

static void
every_wrong_line_is_told(void **state)
{
	struct wl		*wl = *state;
	struct whitelist_files	*files = NULL;
	struct wl_told		 told = { "" };
	struct err		 e;
	char			 first[128];

	wl_write(wl, "domain a.example\nfriend b.example\ndomain c,example\n"
	    "grace d@own.example\nregex sender /(/\n"
	    "\xef\xbb\xbf" "domain e.example\n", "client 300.0.0.1\n");
	assert_int_equal(wl_try_read(wl, &files, &told, &e), -1);
	assert_null(files);
	(void)snprintf(first, sizeof(first), "%s/own:2: not a kind of entry: "
	    "friend", wl->dir);
	assert_memory_equal(e.text, first, strlen(first));
	assert_memory_equal(told.text, first, strlen(first));
	assert_int_equal(count(told.text, "\n"), 6);
	assert_int_equal(count(told.text, "/own:3: not a domain: c,example"), 1);
	assert_int_equal(count(told.text, "/own:4: a grace is for a while"), 1);
	assert_int_equal(count(told.text, "/own:5: "), 1);
	assert_int_equal(count(told.text, "/own:6: not a kind"), 1);
	assert_int_equal(count(told.text, "/shipped:1: "), 1);
	/* Without anybody to tell it to. */
	assert_int_equal(wl_try_read(wl, &files, NULL, NULL), -1);
}

/* As greyctl whitelist export writes it: what was for a while stays so. */
static void
the_comment_of_an_export_tells_note_and_end(void **state)
{
	static const struct { const char *text, *note; int64_t expires; }
	rows[] = {
		{ "# note=\"t \\\"1\\\"\" who=\"ann\" created=- "
		    "expires=2026-02-22T00:00:00Z\n", "t \"1\"", 1771718400 },
		{ "\t#expires=2026-02-22\r\n# why\n", "", 1771718400 },
		{ "# note=\"x\" expires=never\n", "x", INT64_MAX },
		{ "# expires=2026-02-22T00:00:00Z\n\n", "", INT64_MAX },
		{ "# expires=2026-02-22\ndomain a.example\n", "", INT64_MAX },
	};
	struct wl	*wl = *state;
	char		 text[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct whitelist_files	*files;
		const struct listed	*l;
		size_t			 n;

		(void)snprintf(text, sizeof(text), "%sdomain b.example\n",
		    rows[i].text);
		wl_write(wl, text, "");
		files = wl_read(wl);
		n = whitelist_files_count(files);
		l = whitelist_files_at(files, n - 1);
		assert_string_equal(l->entry.text, "domain b.example");
		assert_string_equal(l->note, rows[i].note);
		if (l->expires != rows[i].expires)
			fail_msg("%s: %lld", text, (long long)l->expires);
		whitelist_drop(&files);
	}
}

static void
an_entry_of_a_file_ends_like_a_live_one(void **state)
{
	struct wl		*wl = *state;
	struct view_query	 q = { .client = &(struct ip){ { 0 } },
				     .sender = "a@b.example", .now = WL_NOW };
	struct listed		*l;

	wl_reload(wl, "# expires=2023-11-14T22:13:21Z\nsender a@b.example "
	    "unsafe\n", "");
	l = wl_find(wl, "sender a@b.example unsafe");
	assert_non_null(l);
	assert_true(view_entry_matches(l, &q));
	q.now++;
	assert_false(view_entry_matches(l, &q));
	listed_unref(&l);
}

/* Who wrote it believes that the entry ends. */
static void
an_end_that_does_not_count_is_told(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "# expires=soon\n", "own:1: this \"expires=\" does not count" },
		{ "# ticket 4711 expires=2026-02-22\n", "own:1: this \"exp" },
		{ "domain a.example # expires=2026-02-22\n", "own:1: "
		    "\"expires=\" behind an entry does not count" },
		{ "# expires=2026-02-22T00:00:00Z\n", NULL },
		{ "# expires=never\n", NULL },
		{ "# it expires\ndomain a.example # it does\n", NULL },
	};
	struct wl	*wl = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct whitelist_files	*files = NULL;
		struct wl_told		 told = { "" };
		struct err		 e;

		wl_write(wl, rows[i].text, "");
		assert_int_equal(wl_try_read(wl, &files, &told, &e), 0);
		whitelist_drop(&files);
		if (rows[i].says == NULL ? told.text[0] != '\0' :
		    strstr(told.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].text, told.text);
	}
}

static void
a_line_with_a_nul_byte_is_wrong(void **state)
{
	struct wl		*wl = *state;
	struct whitelist_files	*files = NULL;
	struct err		 e;
	char			 path[128];
	FILE			*out;

	wl_write(wl, "", "");
	(void)snprintf(path, sizeof(path), "%s/own", wl->dir);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite("domain a.example\0b\n", 1, 19, out), 19);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(wl_try_read(wl, &files, NULL, &e), -1);
	assert_int_equal(count(e.text, "own:1: a byte that is NUL"), 1);
}

static void
ignore(const char *sentence, void *arg)
{
	(void)sentence;
	(void)arg;
}

static int
take_none(struct listed **l, void *arg)
{
	(void)l;
	++*(unsigned *)arg;
	return -1;
}

static void
a_file_that_cannot_be_read_is_named(void **state)
{
	unsigned			 n = 0;
	const struct entries_file	 f = { .add = take_none, .arg = &n,
					     .each = ignore,
					     .origin = ENTRY_FILE };
	const struct entries_file	 shipped = { .add = take_none,
					     .origin = ENTRY_SHIPPED };
	struct err			 e;

	(void)state;
	assert_int_equal(entries_file_read("/nowhere/list", &f, &e), -1);
	assert_string_equal(e.text, "whitelist: cannot read /nowhere/list: No "
	    "such file or directory; make it, or take it out there");
	assert_int_equal(entries_file_read("/tmp", &f, &e), -1);
	assert_int_equal(strncmp(e.text, "whitelist: cannot read /tmp: Is a "
	    "directory", 43), 0);
	assert_int_equal(entries_file_read("/nowhere/list", &shipped, &e), -1);
	assert_int_equal(strncmp(e.text, "large-senders: cannot read ", 27), 0);
	assert_int_equal(n, 0);
}

static void
reading_ends_when_memory_does(void **state)
{
	struct wl			*wl = *state;
	unsigned			 n = 0;
	const struct entries_file	 f = { .add = take_none, .arg = &n };
	struct err			 e;
	char				 path[128];

	wl_write(wl, "domain a.example\ndomain b.example\n", "");
	(void)snprintf(path, sizeof(path), "%s/own", wl->dir);
	assert_int_equal(entries_file_read(path, &f, &e), -1);
	assert_int_equal(count(e.text, "out of memory at "), 1);
	assert_int_equal(n, 1);
}

/* All in comments; and what the comments show are entries. */
static void
the_sample_file_is_empty_until_it_is_edited(void **state)
{
	struct wl		*wl = *state;
	struct whitelist_files	*files;
	FILE			*in = fopen("etc/whitelist", "r");
	char			 line[512], bare[8192] = "", all[8192] = "";
	unsigned		 examples = 0;

	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		bool	example = line[0] == '#' && line[1] >= 'a' &&
			    line[1] <= 'z';

		(void)strcat(all, line);
		(void)strcat(bare, example ? line + 1 : line);
		examples += example;
	}
	(void)fclose(in);
	assert_in_range(examples, 6, 100);
	wl_write(wl, all, "");
	files = wl_read(wl);
	assert_int_equal(whitelist_files_count(files), 0);
	whitelist_drop(&files);
	wl_write(wl, bare, "");
	files = wl_read(wl);
	assert_int_equal(whitelist_files_count(files), examples);
	whitelist_drop(&files);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_end_a_line_but_not_a_pattern),
		cmocka_unit_test(entries_are_read_in_order_with_their_place),
		cmocka_unit_test(every_wrong_line_is_told),
		cmocka_unit_test(the_comment_of_an_export_tells_note_and_end),
		cmocka_unit_test(an_entry_of_a_file_ends_like_a_live_one),
		cmocka_unit_test(an_end_that_does_not_count_is_told),
		cmocka_unit_test(a_line_with_a_nul_byte_is_wrong),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
		cmocka_unit_test(reading_ends_when_memory_does),
		cmocka_unit_test(the_sample_file_is_empty_until_it_is_edited),
	};

	return cmocka_run_group_tests(tests, wl_in_memory, wl_end);
}
