/* SPDX-License-Identifier: ISC
 * tests/unit/test_import_file.c - a file of whitelist entries, as greyctl reads
 * it to import it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/import_file.h"

static char	path[] = "/tmp/greygate-import.XXXXXX";

static void
write_file(const char *text, size_t len)
{
	FILE	*out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

static void
read_text(struct import_file *f, const char *text)
{
	struct err	e = { "" };

	write_file(text, strlen(text));
	if (import_file_read(f, path, &e) != 0)
		fail_msg("%s", e.text);
}

static void
entry_goes_with_the_comment_before_it(void **state)
{
	struct import_file	f;

	(void)state;
	read_text(&f, "# note=\"ticket 4711\" who=\"ann\" "
	    "created=2023-11-14T22:13:20Z expires=2023-11-14T22:13:21Z\n"
	    "domain example.org\n"
	    "domain example.net\n");
	assert_int_equal(f.n, 2);
	assert_string_equal(f.lines[0].entry, "domain example.org");
	assert_string_equal(f.lines[0].note, "ticket 4711");
	assert_string_equal(f.lines[0].who, "ann");
	assert_int_equal(f.lines[0].expires, 1700000001);
	assert_int_equal(f.lines[0].number, 2);
	assert_string_equal(f.lines[1].entry, "domain example.net");
	assert_null(f.lines[1].note);
	assert_null(f.lines[1].who);
	assert_true(f.lines[1].expires == INT64_MAX);
	assert_int_equal(f.lines[1].number, 3);
	import_file_free(&f);
}

/* What an entry is told of is its own comment's, and of no other. */
static void
empty_line_ends_what_a_comment_tells(void **state)
{
	struct import_file	f;

	(void)state;
	read_text(&f, "# note=\"of what was deleted\" who=\"ann\" created=- "
	    "expires=2023-11-14T22:13:21Z\n\n  \t\ndomain example.org\n");
	assert_int_equal(f.n, 1);
	assert_null(f.lines[0].note);
	assert_null(f.lines[0].who);
	assert_true(f.lines[0].expires == INT64_MAX);
	assert_int_equal(f.lines[0].number, 4);
	import_file_free(&f);
}

static void
quoted_texts_are_as_they_were(void **state)
{
	static const struct { const char *comment, *note, *who; } rows[] = {
		{ "# note=\"a \\\"b\\\" # c\" who=\"x\"", "a \"b\" # c", "x" },
		{ "# note=\"\" who=\"x y\"", "", "x y" },
		{ "#note=\"\\u00e4\" who=\"z\"", "\xc3\xa4", "z" },
		{ "# note=\"back\\\\slash\"", "back\\slash", NULL },
		{ "# note=\"bad \\x41\" who=\"z\"", "bad \\x41", "z" },
		{ "# note=\"no end", "no end", NULL },
		{ "# note=\"twice\" note=\"second\"", "second", NULL },
		{ "# just a comment, note=\"x\"", NULL, NULL },
		{ "# note=bare who=\"x\"", NULL, NULL },
		{ "#", NULL, NULL },
	};
	struct import_line	line;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		line = (struct import_line){ .expires = INT64_MAX };
		import_comment(rows[i].comment + 1, &line);
		if ((line.note == NULL) != (rows[i].note == NULL) ||
		    (line.note != NULL && strcmp(line.note, rows[i].note)) ||
		    (line.who == NULL) != (rows[i].who == NULL) ||
		    (line.who != NULL && strcmp(line.who, rows[i].who)))
			fail_msg("%s: note %s who %s", rows[i].comment,
			    line.note, line.who);
		free(line.note);
		free(line.who);
	}
}

static void
comment_behind_an_entry_is_none_of_it(void **state)
{
	static const struct { const char *line, *entry; } rows[] = {
		{ "  domain example.org  \r\n", "domain example.org" },
		{ "domain example.org # why", "domain example.org" },
		{ "domain example.org\t# a # b", "domain example.org" },
		{ "sender a#b@example.org", "sender a#b@example.org" },
		{ "regex sender /a #b/", "regex sender /a #b/" },
		{ "regex sender /a #b/ # c/", "regex sender /a #b/" },
		{ "regex sender /a #b/ unsafe # c",
		    "regex sender /a #b/ unsafe" },
		{ "REGEX sender /a/ # c", "REGEX sender /a/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct import_file	f;

		read_text(&f, rows[i].line);
		assert_int_equal(f.n, 1);
		assert_string_equal(f.lines[0].entry, rows[i].entry);
		import_file_free(&f);
	}
}

static void
file_that_is_no_text_is_refused(void **state)
{
	static const char	nul[] = "domain a.example\ndomain\0b.example\n";
	struct import_file	f;
	struct err		e;

	(void)state;
	write_file(nul, sizeof(nul) - 1);
	assert_int_equal(import_file_read(&f, path, &e), -1);
	assert_non_null(strstr(e.text, ":2: a NUL byte"));
	import_file_free(&f);
	assert_int_equal(import_file_read(&f, "/nowhere/x", &e), -1);
	assert_string_equal(e.text, "cannot read /nowhere/x: No such file or "
	    "directory");
	import_file_free(&f);
	assert_int_equal(import_file_read(&f, "/tmp", &e), -1);
	import_file_free(&f);
}

static int
make_file(void **state)
{
	int	fd = mkstemp(path);

	(void)state;
	assert_int_not_equal(fd, -1);
	return close(fd);
}

static int
remove_file(void **state)
{
	(void)state;
	(void)unlink(path);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry_goes_with_the_comment_before_it),
		cmocka_unit_test(empty_line_ends_what_a_comment_tells),
		cmocka_unit_test(quoted_texts_are_as_they_were),
		cmocka_unit_test(comment_behind_an_entry_is_none_of_it),
		cmocka_unit_test(file_that_is_no_text_is_refused),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
