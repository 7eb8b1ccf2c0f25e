/* SPDX-License-Identifier: ISC
 * tests/unit/test_report_html.c - a page of hostile texts is well-formed, has only tags
 * of its own, and all its figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/report_page.h"

static struct report_slot	slots[] = { { 1700000000, 101, 102, 103 } };

/* A page in which a stranger's text stands wherever one can. */
static char *
page_of(const char *text, const char *note)
{
	char			*name = strdup(text), *out = NULL;
	struct report_count	 counts[] = { { name, 4711 } };
	struct report_way	 ways[] = { { name, { 40, 60, 120, 86400 } } };
	struct report_sender	 senders[] = { { name, 3, 7200, 3600 } };
	struct report_summary	 now = { .from = 1700000000,
				     .until = 1700003600, .pass = 101,
				     .defer = 102, .reject = 103,
				     .reasons = counts, .n_reasons = 1,
				     .waited = 200, .came = 40,
				     .may_come = 10, .never = 150,
				     .unknown = 77, .banned = 5,
				     .all = { 40, 60, 120, 86400 },
				     .at_once = counts, .n_at_once = 1,
				     .ways = ways, .n_ways = 1,
				     .senders = senders, .n_senders = 1,
				     .rules = counts, .n_rules = 1,
				     .entries = counts, .n_entries = 1,
				     .slots = slots, .n_slots = 1,
				     .slot = 3600 };
	struct report_summary	 before = { .waited = 0 };
	struct report_growth	 growth[] = { { .at = 1700000000,
				     .records = 9, .bytes = 4096 },
				     { .at = 1700003600, .records = 12,
				     .bytes = 8192 } };
	struct report_page	 p = { .now = &now, .before = &before,
				     .growth = growth, .n_growth = 2,
				     .top = 10, .note = note };
	size_t			 len;
	FILE			*f = open_memstream(&out, &len);

	assert_non_null(f);
	report_print_html(f, &p);
	assert_int_equal(fclose(f), 0);
	free(name);
	return out;
}

/* Tags that have an end, and those that have none. */
static const char *const	paired[] = { "html", "head", "title", "style",
    "body", "h1", "h2", "p", "div", "span", "b", "table", "tr", "th", "td",
    "bdi", "svg", "text" };
static const char *const	single[] = { "meta", "path", "rect",
    "!DOCTYPE" };

static bool
is_one(const char *const *of, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(of[i]) == len && strncmp(of[i], name, len) == 0)
			return true;
	return false;
}

/* Every '<' begins a tag of ours, and each that is opened is closed in order. */
static void
is_well_formed(const char *page)
{
	const char	*open[64];
	size_t		 depth = 0;

	for (const char *s = page; (s = strchr(s, '<')) != NULL;) {
		bool		 closes = s[1] == '/';
		const char	*name = s + 1 + closes;
		size_t		 len = strcspn(name, " >/");

		s = strchr(s, '>');
		assert_non_null(s);
		if (is_one(single, 4, name, len))
			continue;
		if (!is_one(paired, sizeof(paired) / sizeof(paired[0]), name,
		    len))
			fail_msg("a tag that is not ours: %.40s", name - 1);
		if (!closes) {
			assert_true(depth < 64);
			open[depth++] = name;
			continue;
		}
		assert_true(depth > 0);
		depth--;
		if (strncmp(open[depth], name, len) != 0)
			fail_msg("%.20s is closed by %.20s", open[depth], name);
	}
	assert_int_equal(depth, 0);
}

static int
times(const char *page, const char *what)
{
	int	n = 0;

	for (const char *s = page; (s = strstr(s, what)) != NULL; s++)
		n++;
	return n;
}

static void
texts_of_strangers_make_no_tags(void **state)
{
	static const struct { const char *text, *shown; } rows[] = {
		{ "<script>alert(1)</script>@x",
		    "&lt;script&gt;alert(1)&lt;/script&gt;@x" },
		{ "\"><img src=x onerror='a'>", "&quot;&gt;&lt;img src=x "
		    "onerror=&#39;a&#39;&gt;" },
		{ "</td></table><b>", "&lt;/td&gt;&lt;/table&gt;&lt;b&gt;" },
		{ "&lt;script&gt;", "&amp;lt;script&amp;gt;" },
		{ "a\x1b[2J\x07@x", "a\\x1b[2J\\x07@x" },
		{ "a\xe2\x80\xae@x", "a\\xe2\\x80\\xae@x" },
		{ "a\xff\xfe@x", "a\\xff\\xfe@x" },
		{ "b\xc3\xbc" "cher@x", "b\xc3\xbc" "cher@x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char	*page = page_of(rows[i].text, rows[i].text), bdi[200];

		is_well_formed(page);
		(void)snprintf(bdi, sizeof(bdi), "<bdi>%s</bdi>",
		    rows[i].shown);
		/* Reasons, rules, entries, passes at once, a way, a sender. */
		if (times(page, bdi) != 6)
			fail_msg("%d times in it: %s", times(page, bdi), bdi);
		free(page);
	}
}

static void
long_texts_are_cut_between_characters_and_say_so(void **state)
{
	char	*text = malloc(65537), *page;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < 65536; i += 2)
		memcpy(text + i, i == 0 ? "ab" : "\xc3\xbc", 2);
	text[65536] = '\0';
	memmove(text, text + 1, 65536);
	page = page_of(text, NULL);
	is_well_formed(page);
	assert_null(strstr(page, "\\xc3"));
	assert_non_null(strstr(page, "... of 65535 bytes"));
	assert_true(strlen(page) < 30000);
	free(page);
	free(text);
}

static void
all_figures_are_in_the_page(void **state)
{
	static const char *const	figures[] = {
		"<b>306</b>", "<b>101</b>", "<b>200</b>", "<b>40</b>",
		"<b>10</b>", "<b>150</b>", "<b>78.9 %</b>", "<b>77</b>",
		"<b>5</b>", ">1m<", ">2m<", ">1d<", ">4711<", ">2h<",
		"12 records in 8.2 kB", "Content-Security-Policy",
	};
	char	*page = page_of("a@x", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		if (strstr(page, figures[i]) == NULL)
			fail_msg("not in it: %s\n%s", figures[i], page);
	assert_null(strstr(page, "http:"));
	assert_null(strstr(page, "https:"));
	free(page);
}

static void
page_of_nothing_is_a_page(void **state)
{
	struct report_summary	 none = { .slot = 3600 };
	struct report_page	 p = { .now = &none, .before = &none };
	char			*out = NULL;
	size_t			 len;
	FILE			*f = open_memstream(&out, &len);

	(void)state;
	report_print_html(f, &p);
	(void)fclose(f);
	is_well_formed(out);
	assert_non_null(strstr(out, "<b>-</b>"));
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_strangers_make_no_tags),
		cmocka_unit_test(
		    long_texts_are_cut_between_characters_and_say_so),
		cmocka_unit_test(all_figures_are_in_the_page),
		cmocka_unit_test(page_of_nothing_is_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
