/* SPDX-License-Identifier: ISC
 * tests/unit/test_regex.c - regular expressions within limits, compiled to
 * machine code and not: "(*NO_JIT)" is what a service that may not make memory
 * executable gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "whitelist/regex.h"

static const char *const ways[] = { "", "(*NO_JIT)" };

static int
match(const char *way, const char *pattern, const char *text)
{
	struct regex_scratch	 scratch;
	struct regex		*r;
	struct err		 e;
	char			 whole[1000];
	int			 got;

	(void)snprintf(whole, sizeof(whole), "%s%s", way, pattern);
	r = regex_new(whole, strlen(whole), &e);
	if (r == NULL)
		fail_msg("%s", e.text);
	regex_begin(&scratch);
	got = regex_match(r, text, &scratch);
	/* What was set up serves again. */
	assert_int_equal(regex_match(r, text, &scratch), got);
	regex_free(&r);
	assert_null(r);
	return got;
}

static void
a_pattern_matches_bytes_without_case(void **state)
{
	static const struct { const char *pattern, *text; int want; } rows[] = {
		{ "^bounce-.*@lists\\.example$", "Bounce-7@Lists.Example", 1 },
		{ "^bounce-.*@lists\\.example$", "bounce-7@lists.example.org",
		    0 },
		{ "a$", "a\n", 0 },
		{ "^.$", "\xc3\xbc", 0 },
		{ "^..$", "\xc3\xbc", 1 },
		{ "^$", "", 1 },
		{ "x", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t w = 0; w < 2; w++)
			if (match(ways[w], rows[i].pattern, rows[i].text) !=
			    rows[i].want)
				fail_msg("%s/%s/ on \"%s\"", ways[w],
				    rows[i].pattern, rows[i].text);
}

static double
cpu(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static void
what_backtracks_badly_ends_at_the_limit(void **state)
{
	static const char *const patterns[] = { "^(a+)+$", "^(a|aa)+$",
	    "(.*)*\\1x", "^(([a-z])+.)+[A-Z]([a-z])+$",
	    "a*a*a*a*a*a*a*a*a*a*b" };
	char	text[320] = "";	/* machine code looks past the end */

	(void)state;
	memset(text, 'a', 299);
	text[299] = '!';
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		for (size_t w = 0; w < 2; w++) {
			double	begin = cpu();
			int	got = match(ways[w], patterns[i], text);

			if (got == 1 || cpu() - begin > 1)
				fail_msg("%s/%s/: %d after %.3f s", ways[w],
				    patterns[i], got, cpu() - begin);
			if (i < 2)
				assert_int_equal(got, -1);
		}
}

/* As long as an address is; nothing of the text is lost by the limits. */
static void
patterns_that_go_forward_stay_within_the_limits(void **state)
{
	static const char *const patterns[] = { "^([a-z0-9]|[=+-])+@b$",
	    "^(?:[a-z]+[0-9]?)+@b$", "(.*)@(.*)", "^.*?@b$",
	    "^[^@]*@(?:a|b|c)$" };
	char	text[280] = "";

	(void)state;
	memset(text, 'a', 257);
	memcpy(text + 257, "@b", 3);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		for (size_t w = 0; w < 2; w++)
			if (match(ways[w], patterns[i], text) != 1)
				fail_msg("%s/%s/", ways[w], patterns[i]);
}

static void
a_text_longer_than_any_path_is_at_the_limit(void **state)
{
	char	text[2080] = "";

	(void)state;
	memset(text, 'a', 2049);
	assert_int_equal(match("", "^a", text), -1);
	text[2048] = '\0';
	assert_int_equal(match("", "^a", text), 1);
	assert_int_equal(match("(*NO_JIT)", "^a*$", text), 1);
}

static void
a_bad_pattern_is_refused_with_its_place(void **state)
{
	static const struct { const char *pattern, *says; } bad[] = {
		{ "a(b", "not a regex: missing closing parenthesis at "
		    "character 3 of /a(b/" },
		{ "[z-a]", "range out of order in character class" },
		{ "*", "quantifier does not follow a repeatable item at "
		    "character 0" },
		{ "(*UCP)a", "disabled" },
		{ "\\C", "disabled" },
	};
	struct err	e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(regex_new(bad[i].pattern, strlen(bad[i].pattern),
		    &e));
		if (strstr(e.text, bad[i].says) == NULL)
			fail_msg("%s: %s", bad[i].pattern, e.text);
	}
}

static void *
match_often(void *arg)
{
	struct regex_scratch	scratch;
	intptr_t		wrong = 0;

	for (int i = 0; i < 2000; i++) {
		regex_begin(&scratch);
		wrong += regex_match(arg, "Bounce-1@lists.example",
		    &scratch) != 1;
		wrong += regex_match(arg, "bounce@lists.example",
		    &scratch) != 0;
	}
	return (void *)wrong;
}

static void
many_threads_match_the_same_pattern(void **state)
{
	(void)state;
	for (size_t w = 0; w < 2; w++) {
		char		 pattern[64];
		struct regex	*r;
		pthread_t	 threads[4];
		void		*wrong;

		(void)snprintf(pattern, sizeof(pattern),
		    "%s^bounce-(\\d+)@(l|x)+", ways[w]);
		r = regex_new(pattern, strlen(pattern), NULL);
		assert_non_null(r);
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(pthread_create(&threads[i], NULL,
			    match_often, r), 0);
		for (size_t i = 0; i < 4; i++) {
			(void)pthread_join(threads[i], &wrong);
			assert_null(wrong);
		}
		regex_free(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_matches_bytes_without_case),
		cmocka_unit_test(what_backtracks_badly_ends_at_the_limit),
		cmocka_unit_test(patterns_that_go_forward_stay_within_the_limits),
		cmocka_unit_test(a_text_longer_than_any_path_is_at_the_limit),
		cmocka_unit_test(a_bad_pattern_is_refused_with_its_place),
		cmocka_unit_test(many_threads_match_the_same_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
