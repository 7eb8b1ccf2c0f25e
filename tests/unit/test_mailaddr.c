/* SPDX-License-Identifier: ISC
 * tests/unit/test_mailaddr.c - paths as MTAs and clients hand them over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mailaddr.h"

struct row {
	const char	*in, *out;
};

static void
parse_all(const struct row *r, size_t n)
{
	char	*got;

	for (size_t i = 0; i < n; i++) {
		got = mailaddr_parse(r[i].in);
		assert_non_null(got);
		if (strcmp(got, r[i].out) != 0)
			fail_msg("\"%s\" gave \"%s\", not \"%s\"", r[i].in, got,
			    r[i].out);
		free(got);
	}
}

#define PARSES(name, ...)						\
static void								\
name(void **state)							\
{									\
	static const struct row r[] = { __VA_ARGS__ };			\
	(void)state;							\
	parse_all(r, sizeof(r) / sizeof(r[0]));				\
}

PARSES(brackets_and_white_space_are_taken_off,
    { "<a@x>", "a@x" }, { " <a@x>\r\n", "a@x" }, { "< a@x\t>", "a@x" },
    { "a@x", "a@x" }, { "\ta@x ", "a@x" }, { "root@x", "root@x" },
    { "root", "root" }, { "<bob>", "bob" }, { "<a@x> SIZE=100", "a@x" })

PARSES(null_sender_is_empty,
    { "<>", "" }, { "", "" }, { " ", "" }, { "< >", "" }, { "<", "" })

PARSES(source_route_is_taken_off,
    { "<@relay:user@x>", "user@x" }, { "<@a,@b:user@x>", "user@x" },
    { "@relay:user@x", "user@x" }, { "<@a:@b:user@x>", "user@x" },
    { "<@[IPv6:2001:db8::1]:user@x>", "user@x" },
    { "<@\"[\":user@x>", "user@x" },
    { "<@a:\"b:c\"@x>", "\"b:c\"@x" })

PARSES(what_only_looks_like_a_route_stays,
    { "<\"@a:b\"@x>", "\"@a:b\"@x" }, { "<a:b@x>", "a:b@x" },
    { "<user@[IPv6:2001:db8::1]>", "user@[IPv6:2001:db8::1]" },
    { "<@relay>", "@relay" }, { "<@>", "@" })

PARSES(route_without_address_does_not_become_the_null_sender,
    { "<@relay:>", "@relay:" }, { "<@a:@b:>", "@b:" })

PARSES(quotes_protect_brackets_and_stay,
    { "<\"a b@c\"@x>", "\"a b@c\"@x" }, { "<\"a>b\"@x>", "\"a>b\"@x" },
    { "<\"a\\\">b\"@x>", "\"a\\\">b\"@x" }, { "<a\\>b@x>", "a\\>b@x" },
    { "<\"a]>b\"@x>", "\"a]>b\"@x" })

PARSES(broken_paths_give_what_is_there,
    { "<a@x", "a@x" }, { "a@x>", "a@x>" }, { "<\"a@x>", "\"a@x>" },
    { "<a@x\\", "a@x\\" }, { "<<a@x>>", "<a@x" }, { "@", "@" },
    { "<a[b@x>", "a[b@x" })

PARSES(bytes_beyond_ascii_stay,
    { "<j\xc3\xb6rg@x\xff>", "j\xc3\xb6rg@x\xff" }, { "<%n*s@x>", "%n*s@x" })

static void
very_long_path_is_kept_whole(void **state)
{
	enum { LONG = 100000 };
	char	*path = malloc(LONG + 3), *got;

	(void)state;
	assert_non_null(path);
	memset(path, '@', LONG + 2);
	path[0] = '<';
	path[LONG + 1] = '>';
	path[LONG + 2] = '\0';
	got = mailaddr_parse(path);
	assert_non_null(got);
	assert_int_equal(strlen(got), LONG);
	assert_string_equal(mailaddr_domain(got), "");
	free(got);
	free(path);
}

static void
domain_is_behind_the_last_bare_at_sign(void **state)
{
	static const struct row r[] = {
		{ "a@x", "x" }, { "a@b@x", "x" }, { "a", "" }, { "", "" },
		{ "a@", "" }, { "@", "" }, { "@x", "x" },
		{ "\"a@b\"@x", "x" }, { "\"a@b\"", "" }, { "\"a@b", "" },
		{ "\"a\\\"@b\"@x", "x" }, { "a\\@b", "" },
		{ "a[b@x", "x" }, { "a@[192.0.2.1]", "[192.0.2.1]" },
		{ "a\\", "" }
	};
	const char	*got;

	(void)state;
	for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
		got = mailaddr_domain(r[i].in);
		if (strcmp(got, r[i].out) != 0)
			fail_msg("domain of \"%s\" is \"%s\", not \"%s\"",
			    r[i].in, got, r[i].out);
		/* Into the address, not a copy. */
		assert_ptr_equal(got, r[i].in + strlen(r[i].in) -
		    strlen(r[i].out));
	}
}

static void
local_part_is_compared_without_case_and_quotes(void **state)
{
	static const struct {
		const char	*addr;
		bool		 is;
	} r[] = {
		{ "postmaster", true }, { "PostMaster@x", true },
		{ "\"postmaster\"@x", true }, { "post\\master@x", true },
		{ "\"post\\master\"@x", true }, { "postmaster@", true },
		{ "postmaster2@x", false }, { "ostmaster@x", false },
		{ "postmaste@x", false }, { "postmastex@x", false },
		{ "postmaster@y@x", false },
		{ "x@postmaster", false }, { "", false }, { "@x", false },
		{ "\"postmaster@x", false }, { "postmaster\\", false },
		{ "p\xc3\xb6stmaster@x", false }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++)
		if (mailaddr_local_is(r[i].addr, "postmaster") != r[i].is)
			fail_msg("\"%s\": not %d", r[i].addr, r[i].is);
	assert_true(mailaddr_local_is("@x", ""));
	assert_true(mailaddr_local_is("\"a@b\"@x", "A@B"));
}

static void
text_that_can_be_read_in_two_ways_is_not_plain(void **state)
{
	static const struct { const char *path; bool plain; } rows[] = {
		{ "<a@b.example>", true }, { " <a@b.example> ", true },
		{ "a@b.example", true }, { "<>", true }, { "", true },
		{ "<@r.example:a@b.example>", true },
		{ "<\"a>(b\"@c.example>", true }, { "<a\\>@c.example>", true },
		{ "<", false }, { "<a@b.example", false },
		{ "<a@b.example><c@d.example>", false },
		{ "<a@b.example> c@d.example", false },
		{ "a@b.example<c@d.example>", false },
		{ "<a@b.example(>)c@d.example>", false },
		{ "<(<a@b.example>)c@d.example>", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (mailaddr_is_plain(rows[i].path) != rows[i].plain)
			fail_msg("\"%s\" is taken for %splain", rows[i].path,
			    rows[i].plain ? "not " : "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brackets_and_white_space_are_taken_off),
		cmocka_unit_test(null_sender_is_empty),
		cmocka_unit_test(source_route_is_taken_off),
		cmocka_unit_test(what_only_looks_like_a_route_stays),
		cmocka_unit_test(route_without_address_does_not_become_the_null_sender),
		cmocka_unit_test(quotes_protect_brackets_and_stay),
		cmocka_unit_test(broken_paths_give_what_is_there),
		cmocka_unit_test(bytes_beyond_ascii_stay),
		cmocka_unit_test(very_long_path_is_kept_whole),
		cmocka_unit_test(domain_is_behind_the_last_bare_at_sign),
		cmocka_unit_test(local_part_is_compared_without_case_and_quotes),
		cmocka_unit_test(text_that_can_be_read_in_two_ways_is_not_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
