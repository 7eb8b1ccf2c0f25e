/* SPDX-License-Identifier: ISC
 * tests/unit/test_recipient_address.c - addresses in the form that is looked
 * up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "recipient/address.h"

static const struct address_rule	plain = { "", false };
static const struct address_rule	cased = { "", true };
static const struct address_rule	plus = { "+", false };
static const struct address_rule	many = { "+-=", false };

struct row {
	const char			*in;
	const struct address_rule	*rule;
	const char			*whole, *local, *domain;
	const char			*base, *base_local;
};

static void
check(const struct row *r, const char *what, const char *got,
    const char *wanted)
{
	if (strcmp(got, wanted) != 0)
		fail_msg("%s: %s is \"%s\", not \"%s\"", r->in, what, got,
		    wanted);
}

static void
check_all(const struct row *r, size_t n)
{
	struct address	a;

	for (size_t i = 0; i < n; i++, r++) {
		/* Poison: each text is made anew. */
		memset(&a, 'x', sizeof(a));
		assert_int_equal(address_make(&a, r->in, r->rule), 0);
		check(r, "whole", a.whole, r->whole);
		check(r, "local", a.local, r->local);
		check(r, "domain", a.domain, r->domain);
		check(r, "base", a.base, r->base);
		check(r, "base_local", a.base_local, r->base_local);
		assert_ptr_equal(a.domain, a.whole + strlen(a.whole) -
		    strlen(a.domain));
	}
}

#define MAKES(name, ...)						\
static void								\
name(void **state)							\
{									\
	static const struct row r[] = { __VA_ARGS__ };			\
	(void)state;							\
	check_all(r, sizeof(r) / sizeof(r[0]));				\
}

MAKES(case_of_the_domain_never_counts_and_of_the_local_part_by_rule,
    { "Bob@Example.COM", &plain, "bob@example.com", "bob", "example.com",
      "", "" },
    { "Bob@Example.COM", &cased, "Bob@example.com", "Bob", "example.com",
      "", "" },
    { "AZ[]@[IPv6:2001:DB8::1]", &plain, "\"az[]\"@[ipv6:2001:db8::1]",
      "\"az[]\"", "[ipv6:2001:db8::1]", "", "" })

MAKES(dots_at_the_end_of_the_domain_are_taken_off,
    { "bob@example.com.", &plain, "bob@example.com", "bob", "example.com",
      "", "" },
    { "bob@example.com..", &plain, "bob@example.com", "bob", "example.com",
      "", "" },
    { "bob@.", &plain, "bob@.", "bob", ".", "", "" })

MAKES(quotes_go_where_they_are_not_needed,
    { "\"bob\"@x", &plain, "bob@x", "bob", "x", "", "" },
    { "\"b\\ob\"@x", &plain, "bob@x", "bob", "x", "", "" },
    { "bob\\", &plain, "\"bob\\\\\"", "\"bob\\\\\"", "", "", "" },
    { "b\\ob@x", &plain, "bob@x", "bob", "x", "", "" },
    { "\"bob\".\"smith\"@x", &plain, "bob.smith@x", "bob.smith", "x", "",
      "" },
    { "\"a..b.\"@x", &plain, "a..b.@x", "a..b.", "x", "", "" },
    { "a!#$%&'*+-/=?^_`{|}~b@x", &plain, "a!#$%&'*+-/=?^_`{|}~b@x",
      "a!#$%&'*+-/=?^_`{|}~b", "x", "", "" })

MAKES(quotes_that_are_needed_stand_in_one_form,
    { "\"bob smith\"@x", &plain, "\"bob smith\"@x", "\"bob smith\"", "x", "",
      "" },
    { "bob\\ smith@x", &plain, "\"bob smith\"@x", "\"bob smith\"", "x", "",
      "" },
    { "bob\" \"smith@x", &plain, "\"bob smith\"@x", "\"bob smith\"", "x", "",
      "" },
    { "\"a@b\"@x", &plain, "\"a@b\"@x", "\"a@b\"", "x", "", "" },
    { "\"a\\\"\\\\b\"@x", &plain, "\"a\\\"\\\\b\"@x", "\"a\\\"\\\\b\"", "x",
      "", "" },
    { "\"a\x7f" "b\"@x", &plain, "\"a\x7f" "b\"@x", "\"a\x7f" "b\"", "x", "",
      "" },
    { "a,b@x", &plain, "\"a,b\"@x", "\"a,b\"", "x", "", "" })

MAKES(empty_local_part_in_quotes_is_not_the_whole_domain,
    { "@x", &plain, "@x", "", "x", "", "" },
    { "\"\"@x", &plain, "\"\"@x", "\"\"", "x", "", "" })

MAKES(bytes_beyond_ascii_stay,
    { "J\xc3\x96RG@\xc3\x84.X", &plain, "j\xc3\x96rg@\xc3\x84.x",
      "j\xc3\x96rg", "\xc3\x84.x", "", "" },
    { "\xff@x", &plain, "\xff@x", "\xff", "x", "", "" })

MAKES(address_without_domain_is_a_local_part,
    { "Bob", &plus, "bob", "bob", "", "", "" },
    { "bob+tag", &plus, "bob+tag", "bob+tag", "", "bob", "bob" },
    { "", &plus, "", "", "", "", "" },
    { "\"bob@x", &plain, "\"bob@x\"", "\"bob@x\"", "", "", "" })

MAKES(sub_address_begins_at_the_first_delimiter,
    { "bob+tag@x", &plus, "bob+tag@x", "bob+tag", "x", "bob@x", "bob" },
    { "bob+a+b@x", &plus, "bob+a+b@x", "bob+a+b", "x", "bob@x", "bob" },
    { "bob+@x", &plus, "bob+@x", "bob+", "x", "bob@x", "bob" },
    { "bob-a+b@x", &many, "bob-a+b@x", "bob-a+b", "x", "bob@x", "bob" },
    { "bob=a-b@x", &many, "bob=a-b@x", "bob=a-b", "x", "bob@x", "bob" },
    { "\"bob smith+a\"@x", &plus, "\"bob smith+a\"@x", "\"bob smith+a\"",
      "x", "\"bob smith\"@x", "\"bob smith\"" },
    { "\"bob+a b\"@x", &plus, "\"bob+a b\"@x", "\"bob+a b\"", "x", "bob@x",
      "bob" },
    { "Bob+Tag@x", &plus, "bob+tag@x", "bob+tag", "x", "bob@x", "bob" })

MAKES(what_has_no_sub_address_has_no_base,
    { "bob@x", &plus, "bob@x", "bob", "x", "", "" },
    { "bob+tag@x", &plain, "bob+tag@x", "bob+tag", "x", "", "" },
    { "+tag@x", &plus, "+tag@x", "+tag", "x", "", "" },
    { "+a+b@x", &plus, "+a+b@x", "+a+b", "x", "", "" },
    { "bob@x+y", &plus, "bob@x+y", "bob", "x+y", "", "" })

MAKES(addresses_of_lists_and_of_the_mail_system_are_left_whole,
    { "owner-bob@x", &many, "owner-bob@x", "owner-bob", "x", "", "" },
    { "bob-request@x", &many, "bob-request@x", "bob-request", "x", "", "" },
    { "-request@x", &many, "-request@x", "-request", "x", "", "" },
    { "Mailer-Daemon@x", &many, "mailer-daemon@x", "mailer-daemon", "x", "",
      "" },
    { "double-bounce@x", &many, "double-bounce@x", "double-bounce", "x", "",
      "" },
    /* Where "-" is none, they are like any other. */
    { "owner-bob+a@x", &plus, "owner-bob+a@x", "owner-bob+a", "x",
      "owner-bob@x", "owner-bob" },
    { "a+bob-request@x", &plus, "a+bob-request@x", "a+bob-request", "x",
      "a@x", "a" },
    { "owners-bob@x", &many, "owners-bob@x", "owners-bob", "x", "owners@x",
      "owners" })

static void
longest_address_is_taken_and_a_longer_one_is_not(void **state)
{
	char		text[ADDRESS_MAX + 2];
	struct address	a;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(address_make(&a, text, &plain), -1);
	text[1] = '@';
	assert_int_equal(address_make(&a, text, &plain), -1);
	text[ADDRESS_MAX] = '\0';
	assert_int_equal(address_make(&a, text, &plain), 0);
	assert_int_equal(strlen(a.whole), ADDRESS_MAX);
	/* Quotes that are missing make it longer. */
	text[0] = ' ';
	assert_int_equal(address_make(&a, text, &plain), -1);
	text[ADDRESS_MAX - 2] = '\0';
	assert_int_equal(address_make(&a, text, &plain), 0);
	assert_int_equal(strlen(a.whole), ADDRESS_MAX);
}

static void
address_that_is_longer_by_far_is_no_address(void **state)
{
	enum { LONG = 100000 };
	char		*text = malloc(LONG + 1);
	struct address	*a = malloc(sizeof(*a));

	(void)state;
	memset(text, 'a', LONG);
	text[LONG] = '\0';
	assert_int_equal(address_make(a, text, &plain), -1);
	text[1] = '@';
	assert_int_equal(address_make(a, text, &plain), -1);
	text[1] = 'a';
	text[LONG - 1] = '@';
	assert_int_equal(address_make(a, text, &plain), -1);
	free(text);
	free(a);
}

static void
copy_of_an_address_stands_by_itself(void **state)
{
	struct address	a, b;

	(void)state;
	assert_int_equal(address_make(&a, "bob+tag@x", &plus), 0);
	address_copy(&b, &a);
	memset(&a, 'x', sizeof(a));
	assert_string_equal(b.domain, "x");
	assert_ptr_equal(b.domain, b.whole + 8);
	assert_string_equal(b.base, "bob@x");
}

static void
local_part_can_be_had_without_quotes(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "bob", "bob" }, { "\"bob smith\"", "bob smith" },
		{ "\"a\\\"\\\\b\"", "a\"\\b" }, { "\"\"", "" }, { "", "" },
		{ "Bob", "Bob" },
	};
	char	out[ADDRESS_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		address_unquote(rows[i].in, out);
		assert_string_equal(out, rows[i].out);
	}
}

static void
postmaster_and_abuse_are_roles_whatever_their_case_and_domain(void **state)
{
	static const struct { const char *address; bool is; } rows[] = {
		{ "postmaster@x", true }, { "PostMaster@x", true },
		{ "\"postmaster\"@x", true }, { "abuse@x", true },
		{ "ABUSE", true }, { "postmaster", true },
		{ "postmasters@x", false }, { "postmaster+a@x", false },
		{ "bob@postmaster", false }, { "", false },
	};
	struct address	a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(address_make(&a, rows[i].address, &cased), 0);
		if (address_is_role(&a) != rows[i].is)
			fail_msg("%s: not %d", rows[i].address, rows[i].is);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_of_the_domain_never_counts_and_of_the_local_part_by_rule),
		cmocka_unit_test(dots_at_the_end_of_the_domain_are_taken_off),
		cmocka_unit_test(quotes_go_where_they_are_not_needed),
		cmocka_unit_test(quotes_that_are_needed_stand_in_one_form),
		cmocka_unit_test(empty_local_part_in_quotes_is_not_the_whole_domain),
		cmocka_unit_test(bytes_beyond_ascii_stay),
		cmocka_unit_test(address_without_domain_is_a_local_part),
		cmocka_unit_test(sub_address_begins_at_the_first_delimiter),
		cmocka_unit_test(what_has_no_sub_address_has_no_base),
		cmocka_unit_test(addresses_of_lists_and_of_the_mail_system_are_left_whole),
		cmocka_unit_test(longest_address_is_taken_and_a_longer_one_is_not),
		cmocka_unit_test(address_that_is_longer_by_far_is_no_address),
		cmocka_unit_test(copy_of_an_address_stands_by_itself),
		cmocka_unit_test(local_part_can_be_had_without_quotes),
		cmocka_unit_test(postmaster_and_abuse_are_roles_whatever_their_case_and_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
