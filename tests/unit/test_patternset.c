/* SPDX-License-Identifier: ISC
 * tests/unit/test_patternset.c - which texts a pattern is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/patternset.h"

static struct patternset *
set_of(enum pattern_kind kind, const char *pattern)
{
	struct patternset	*s = patternset_new(kind);
	struct err		 e;

	assert_non_null(s);
	if (patternset_add(s, pattern, &e) == -1)
		fail_msg("%s", e.text);
	return s;
}

struct row {
	enum pattern_kind kind;
	const char	*pattern, *text;
	bool		 has;
};

static void
check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct patternset *s = set_of(rows[i].kind, rows[i].pattern);

		if (patternset_has(s, rows[i].text) != rows[i].has)
			fail_msg("\"%s\" %s \"%s\"", rows[i].pattern,
			    rows[i].has ? "lacks" : "has", rows[i].text);
		patternset_free(&s);
		assert_null(s);
	}
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void
a_host_is_cut_at_a_dot(void **state)
{
	static const struct row	rows[] = {
		{ PATTERN_HOSTS, "mx.example.net", "MX.Example.NET.", true },
		{ PATTERN_HOSTS, "mx.Example.net.", "mx.example.net", true },
		{ PATTERN_HOSTS, "mx.example.net", "a.mx.example.net", false },
		{ PATTERN_HOSTS, "*.example.net", "mx.example.net", true },
		{ PATTERN_HOSTS, "*.example.net", "a.b.example.net", true },
		{ PATTERN_HOSTS, "*.example.net", "example.net", false },
		{ PATTERN_HOSTS, "*.example.net", "badexample.net", false },
		{ PATTERN_HOSTS, "*.example.net", "a.example.net.evil.example",
		    false },
		{ PATTERN_HOSTS, "[192.0.2.1]", "[192.0.2.1]", true },
		{ PATTERN_HOSTS, "localhost", "LOCALHOST", true },
		{ PATTERN_HOSTS, "localhost", "", false },
	};

	(void)state;
	CHECK(rows);
}

static void
an_address_is_itself_its_domain_or_its_user(void **state)
{
	static const struct row	rows[] = {
		{ PATTERN_ADDRESSES, "bob@example.com", "Bob@Example.com",
		    true },
		{ PATTERN_ADDRESSES, "bob@example.com", "bob@example.com.",
		    true },
		{ PATTERN_ADDRESSES, "bob@example.com", "abob@example.com",
		    false },
		{ PATTERN_ADDRESSES, "@example.com", "bob@example.com", true },
		{ PATTERN_ADDRESSES, "@example.com", "\"a@b\"@example.com",
		    true },
		{ PATTERN_ADDRESSES, "@example.com", "bob@a.example.com",
		    false },
		{ PATTERN_ADDRESSES, "@example.com", "bob@badexample.com",
		    false },
		{ PATTERN_ADDRESSES, "@*.example.com", "bob@a.b.example.com",
		    true },
		{ PATTERN_ADDRESSES, "@*.example.com", "bob@example.com",
		    false },
		{ PATTERN_ADDRESSES, "abuse@", "Abuse@example.com", true },
		{ PATTERN_ADDRESSES, "abuse@", "noabuse@example.com", false },
		{ PATTERN_ADDRESSES, "<>", "", true },
		{ PATTERN_ADDRESSES, "<>", "bob@example.com", false },
		{ PATTERN_ADDRESSES, "@example.com", "", false },
		{ PATTERN_ADDRESSES, "@example.com", "example.com", false },
	};

	(void)state;
	CHECK(rows);
}

static void
an_identity_keeps_its_kind(void **state)
{
	static const struct row	rows[] = {
		{ PATTERN_IDENTITIES, "spf:example.org", "spf:example.org",
		    true },
		{ PATTERN_IDENTITIES, "spf:example.org", "name:example.org",
		    false },
		{ PATTERN_IDENTITIES, "spf:*.example.org", "spf:a.example.org",
		    true },
		{ PATTERN_IDENTITIES, "spf:*.example.org", "spf:example.org",
		    false },
		{ PATTERN_IDENTITIES, "addr:192.0.2.1", "addr:192.0.2.1",
		    true },
		{ PATTERN_IDENTITIES, "addr:192.0.2.1", "addr:192.0.2.10",
		    false },
		{ PATTERN_IDENTITIES, "addr:2001:DB8:0::1", "addr:2001:db8::1",
		    true },
		{ PATTERN_IDENTITIES, "net:192.0.2.0/24", "net:192.0.2.0/24",
		    true },
		{ PATTERN_IDENTITIES, "net:2001:db8:0::/64",
		    "net:2001:db8::/64", true },
		{ PATTERN_IDENTITIES, "name:example.org", "", false },
	};

	(void)state;
	CHECK(rows);
}

/* A local part that is too long for a pattern still has its domain. */
static void
a_long_text_does_not_slip_past_its_domain(void **state)
{
	struct patternset	*s = set_of(PATTERN_ADDRESSES, "@*.example");
	char			 text[5000];

	(void)state;
	memset(text, 'a', sizeof(text));
	(void)snprintf(text + 4000, 100, "@spam.example");
	assert_true(patternset_has(s, text));
	(void)snprintf(text + 4000, 100, "@spam.test");
	assert_false(patternset_has(s, text));
	memset(text, 'a', sizeof(text));
	text[2] = '@';
	(void)snprintf(text + 4000, 100, ".example");
	assert_false(patternset_has(s, text));
	patternset_free(&s);
}

static void
what_is_none_of_its_kind_is_refused_and_changes_nothing(void **state)
{
	static const struct row	bad[] = {
		{ PATTERN_HOSTS, "", NULL, false },
		{ PATTERN_HOSTS, "*", NULL, false },
		{ PATTERN_HOSTS, "*.", NULL, false },
		{ PATTERN_HOSTS, "a.*.example", NULL, false },
		{ PATTERN_HOSTS, "a..example", NULL, false },
		{ PATTERN_HOSTS, "a b", NULL, false },
		{ PATTERN_HOSTS, "[]", NULL, false },
		{ PATTERN_ADDRESSES, "", NULL, false },
		{ PATTERN_ADDRESSES, "@", NULL, false },
		{ PATTERN_ADDRESSES, "example.com", NULL, false },
		{ PATTERN_ADDRESSES, "bob@*.example.com", NULL, false },
		{ PATTERN_ADDRESSES, "*@example.com", NULL, false },
		{ PATTERN_ADDRESSES, "b b@example.com", NULL, false },
		{ PATTERN_ADDRESSES, "bob@a..b", NULL, false },
		{ PATTERN_IDENTITIES, "example.org", NULL, false },
		{ PATTERN_IDENTITIES, "dkim:example.org", NULL, false },
		{ PATTERN_IDENTITIES, "spf:", NULL, false },
		{ PATTERN_IDENTITIES, "addr:192.0.2.0/24", NULL, false },
		{ PATTERN_IDENTITIES, "addr:192.0.2.300", NULL, false },
		{ PATTERN_IDENTITIES, "net:192.0.2.1", NULL, false },
		{ PATTERN_IDENTITIES, "net:192.0.2.1/24", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct patternset *s = patternset_new(bad[i].kind);
		struct err	   e = { "" };

		if (patternset_add(s, bad[i].pattern, &e) != -1)
			fail_msg("taken: \"%s\"", bad[i].pattern);
		assert_true(e.text[0] != '\0');
		assert_int_equal(patternset_count(s), 0);
		patternset_free(&s);
	}
}

static void
every_one_of_many_is_found_and_each_is_held_once(void **state)
{
	struct patternset	*s = patternset_new(PATTERN_ADDRESSES);
	char			 text[64];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 5000; i++) {
			(void)snprintf(text, sizeof(text), "%s%d@example.com",
			    round == 0 ? "a" : "A", i);
			assert_int_equal(patternset_add(s, text, NULL), 0);
		}
	assert_int_equal(patternset_count(s), 5000);
	assert_string_equal(patternset_at(s, 4999), "a4999@example.com");
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(text, sizeof(text), "a%d@example.com", i);
		assert_true(patternset_has(s, text));
	}
	assert_false(patternset_has(s, "a5000@example.com"));
	patternset_free(&s);
}

static void
a_wider_pattern_covers_and_a_narrower_does_not(void **state)
{
	static const struct row	rows[] = {
		{ PATTERN_ADDRESSES, "@example.com", "bob@example.com", true },
		{ PATTERN_ADDRESSES, "bob@example.com", "@example.com", false },
		{ PATTERN_ADDRESSES, "@*.com", "@*.example.com", true },
		{ PATTERN_ADDRESSES, "@*.example.com", "@*.com", false },
		{ PATTERN_ADDRESSES, "@*.com", "@example.com", true },
		{ PATTERN_ADDRESSES, "abuse@", "abuse@", true },
		{ PATTERN_ADDRESSES, "abuse@", "abuse@example.com", true },
		{ PATTERN_ADDRESSES, "<>", "<>", true },
		{ PATTERN_HOSTS, "*.net", "*.example.net", true },
		{ PATTERN_HOSTS, "*.example.net", "example.net", false },
		{ PATTERN_IDENTITIES, "spf:*.org", "spf:*.example.org", true },
		{ PATTERN_IDENTITIES, "spf:*.org", "name:a.org", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct patternset *a = set_of(rows[i].kind, rows[i].pattern);
		struct patternset *b = set_of(rows[i].kind, rows[i].text);

		if (patternset_covers(a, b) != rows[i].has)
			fail_msg("\"%s\", \"%s\"", rows[i].pattern,
			    rows[i].text);
		patternset_free(&a);
		patternset_free(&b);
	}
}

static void
no_set_has_nothing(void **state)
{
	struct patternset	*s = NULL;

	(void)state;
	assert_false(patternset_has(s, ""));
	assert_int_equal(patternset_count(s), 0);
	patternset_free(&s);
	s = patternset_new(PATTERN_ADDRESSES);
	assert_false(patternset_has(s, ""));
	patternset_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_cut_at_a_dot),
		cmocka_unit_test(an_address_is_itself_its_domain_or_its_user),
		cmocka_unit_test(an_identity_keeps_its_kind),
		cmocka_unit_test(a_long_text_does_not_slip_past_its_domain),
		cmocka_unit_test(
		    what_is_none_of_its_kind_is_refused_and_changes_nothing),
		cmocka_unit_test(
		    every_one_of_many_is_found_and_each_is_held_once),
		cmocka_unit_test(
		    a_wider_pattern_covers_and_a_narrower_does_not),
		cmocka_unit_test(no_set_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
