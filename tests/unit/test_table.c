/* SPDX-License-Identifier: ISC
 * tests/unit/test_table.c - tables at 80 and 200 columns, in a pipe, with wide
 * and hostile characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "control/ctl.h"
#include "control/glyph.h"
#include "control/table.h"

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

static const struct table_column columns[] = {
	{ .head = "TIME", .least = 14, .weight = 8, .most = 19 },
	{ .head = "VERDICT", .least = 7, .colour = table_verdict },
	{ .head = "N", .least = 5, .right = true },
	{ .head = "SENDER", .least = 20, .weight = 2 },
	{ .head = "RECIPIENT", .least = 20, .weight = 1 },
};

static char	*text;			/* what was printed */
static size_t	 len;

static struct ctl
begin(unsigned width)
{
	free(text);
	return (struct ctl){ .columns = width,
	    .out = open_memstream(&text, &len) };
}

static void
print(unsigned width, const char *const *row)
{
	struct ctl	ctl = begin(width);
	struct table	t;

	table_new(&t, &ctl, columns, LENGTH(columns));
	table_row(&t, row);
	table_end(&t);
	(void)fclose(ctl.out);
}

/* How many columns a line takes on a terminal, by the C library's own word. */
static int
width_of(const char *line, size_t bytes)
{
	wchar_t	wide[4096];
	char	copy[4096];
	size_t	n;

	assert_true(bytes < sizeof(copy));
	memcpy(copy, line, bytes);
	copy[bytes] = '\0';
	n = mbstowcs(wide, copy, LENGTH(wide));
	assert_true(n < LENGTH(wide));
	return wcswidth(wide, n);
}

static void
no_line_is_wider_than_the_terminal(void **state)
{
	static const unsigned	widths[] = { 20, 40, 79, 80, 81, 120, 200, 500 };
	static const char *const texts[] = {
		"ann@example.net",
		"averyveryveryverylonglocalpartofanaddress.that.never.ends"
		"@subdomain.of.a.subdomain.of.example.net",
		"\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad"
		"\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87"
		"\xe4\xb8\xad\xe6\x96\x87@\xe4\xb8\xad\xe6\x96\x87.example",
		"u\xcc\x88mlaut-u\xcc\x88mlaut-u\xcc\x88mlaut-u\xcc\x88mlaut",
		"\xe2\x80\xaetxt.exe\xe2\x80\xac\x1b[2J\r\n\xff\xfe\xc0\x80",
		"",
	};

	(void)state;
	for (size_t w = 0; w < LENGTH(widths); w++)
		for (size_t i = 0; i < LENGTH(texts); i++) {
			const char *const row[] = { "2026-01-02 03:04:05",
			    "defer", "1234", texts[i], texts[i] };
			const char	*line, *end;
			int		 n = 0;

			print(widths[w], row);
			for (line = text; *line != '\0'; line = end + 1, n++) {
				int got;

				end = strchr(line, '\n');
				assert_non_null(end);
				got = width_of(line, (size_t)(end - line));
				if (got < 0 || got > (int)widths[w])
					fail_msg("%d columns of %u: %s", got,
					    widths[w], line);
			}
			assert_int_equal(n, 2);
		}
}

static void
columns_stand_where_the_width_puts_them(void **state)
{
	static const char *const row[] = { "2026-01-02 03:04:05", "pass", "7",
	    "averyverylonglocalpart@example.net", "bob@example.com" };

	(void)state;
	print(80, row);
	assert_string_equal(text,
	    "TIME                VERDICT     N SENDER                  RECI"
	    "PIENT\n"
	    "2026-01-02 03:04:05 pass        7 averyverylonglocalpart\u2026 bob@"
	    "example.com\n");
	print(200, row);
	assert_string_equal(text,
	    "TIME                VERDICT     N SENDER                      "
	    "                                                              "
	    "              RECIPIENT\n"
	    "2026-01-02 03:04:05 pass        7 averyverylonglocalpart@examp"
	    "le.net                                                        "
	    "              bob@example.com\n");
}

static void
nothing_is_cut_in_a_pipe(void **state)
{
	static const char *const row[] = { "2026-01-02 03:04:05", "pass", "7",
	    "averyverylonglocalpart@example.net", NULL };

	(void)state;
	print(0, row);
	assert_string_equal(text,
	    "TIME           VERDICT     N SENDER               RECIPIENT\n"
	    "2026-01-02 03:04:05 pass        7 "
	    "averyverylonglocalpart@example.net -\n");
}

struct cell {
	const char	*text;
	unsigned	 width;
	const char	*shown;
};

static void
text_is_cut_at_whole_characters(void **state)
{
	static const struct cell	cells[] = {
		{ "abcdef", 6, "abcdef" },
		{ "abcdef", 5, "abcd\u2026" },
		{ "abcdef", 1, "\u2026" },
		{ "ab", 4, "ab  " },
		{ "", 3, "   " },
		/* A wide character has no half: a blank stands in. */
		{ "\u4e2d\u6587\u4e2d", 6, "\u4e2d\u6587\u4e2d" },
		{ "\u4e2d\u6587\u4e2d", 5, "\u4e2d\u6587\u2026" },
		{ "\u4e2d\u6587\u4e2d", 4, "\u4e2d\u2026 " },
		/* A mark stays with its letter. */
		{ "u\u0308u\u0308u\u0308", 3, "u\u0308u\u0308u\u0308" },
		{ "u\u0308u\u0308u\u0308", 2, "u\u0308\u2026" },
		/* An escape is not cut in two. */
		{ "a\x1b[1m", 8, "a\\x1b[1m" },
		{ "a\x1b[1m", 6, "a\\x1b\u2026" },
		{ "a\x1b[1m", 5, "a\u2026   " },
		{ "\u202eabc", 16, "\\xe2\\x80\\xae" "abc " },
		{ "\u202eabc", 14, "\\xe2\\x80\\xae" "a\u2026" },
		{ "\u05d0\u05d1\u05d2", 2, "\u05d0\u2026" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cells); i++) {
		struct ctl	ctl = begin(80);

		table_cell(&ctl, cells[i].text, cells[i].width, true);
		(void)fclose(ctl.out);
		assert_string_equal(text, cells[i].shown);
	}
}

static void
marks_without_end_are_cut(void **state)
{
	char		 marks[20001];
	struct ctl	 ctl = begin(80);

	(void)state;
	marks[0] = 'u';
	for (size_t i = 1; i + 1 < sizeof(marks); i += 2)
		memcpy(marks + i, "\u0308", 2);
	marks[sizeof(marks) - 2] = '\0';
	table_cell(&ctl, marks, 10, true);
	(void)fclose(ctl.out);
	assert_true(len < 200);
	assert_non_null(strstr(text, "\u2026"));
}

static void
locale_without_unicode_gets_three_dots(void **state)
{
	struct ctl	ctl = begin(80);

	(void)state;
	(void)setlocale(LC_CTYPE, "C");
	table_cell(&ctl, "abcdefgh", 6, false);
	table_cell(&ctl, "abcdefgh", 2, false);
	(void)fclose(ctl.out);
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	assert_string_equal(text, "abc.....");
}

static void
verdicts_are_coloured_where_colours_are_wanted(void **state)
{
	static const char *const row[] = { "x", "pass", "7", "a", "b" };
	struct ctl	ctl = begin(80);
	struct table	t;

	(void)state;
	ctl.colours = true;
	table_new(&t, &ctl, columns, LENGTH(columns));
	table_row(&t, row);
	(void)fclose(ctl.out);
	assert_non_null(strstr(text, "\033[32mpass   \033[0m     7 "));
	assert_null(strstr(text, "\033[32mVERDICT"));
	print(80, row);
	assert_null(strchr(text, '\033'));
	assert_int_equal(table_verdict("defer"), TABLE_YELLOW);
	assert_int_equal(table_verdict("reject"), TABLE_RED);
	assert_int_equal(table_verdict("event"), TABLE_BLUE);
}

static void
heads_are_printed_once_even_of_no_rows(void **state)
{
	struct ctl	ctl = begin(80);
	struct table	t;

	(void)state;
	table_new(&t, &ctl, columns, 1);
	table_end(&t);
	table_end(&t);
	(void)fclose(ctl.out);
	assert_string_equal(text, "TIME\n");
}

static int
use_unicode(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") == NULL;
}

static int
end(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(columns_stand_where_the_width_puts_them),
		cmocka_unit_test(nothing_is_cut_in_a_pipe),
		cmocka_unit_test(text_is_cut_at_whole_characters),
		cmocka_unit_test(marks_without_end_are_cut),
		cmocka_unit_test(locale_without_unicode_gets_three_dots),
		cmocka_unit_test(verdicts_are_coloured_where_colours_are_wanted),
		cmocka_unit_test(heads_are_printed_once_even_of_no_rows),
	};

	return cmocka_run_group_tests(tests, use_unicode, end);
}
