/* SPDX-License-Identifier: ISC
 * tests/unit/test_entry.c - whitelist entries: what is one, its one form, and
 * what is said of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "whitelist/entry.h"

static void
an_entry_has_one_form(void **state)
{
	static const struct { const char *text, *form, *value, *to; } rows[] = {
		{ "client 192.0.2.0/24", "client 192.0.2.0/24", "192.0.2.0/24",
		    "" },
		{ "\tCLIENT   192.0.2.7/32\t", "client 192.0.2.7", "192.0.2.7",
		    "" },
		{ "client ::ffff:192.0.2.7", "client 192.0.2.7", "192.0.2.7",
		    "" },
		{ "client IPv6:2001:DB8:0::/32", "client 2001:db8::/32",
		    "2001:db8::/32", "" },
		{ "client 2001:db8::1/128 to Bob@Example.COM",
		    "client 2001:db8::1 to bob@example.com", "2001:db8::1",
		    "bob@example.com" },
		{ "client 0.0.0.0/0", "client 0.0.0.0/0", "0.0.0.0/0", "" },
		{ "name MX.Example.NET.", "name mx.example.net",
		    "mx.example.net", "" },
		{ "name *.Mail.example.net to @Example.com",
		    "name *.mail.example.net to @example.com",
		    "*.mail.example.net", "@example.com" },
		{ "sender Partner@Example.org", "sender partner@example.org",
		    "partner@example.org", "" },
		{ "sender \"John  \\\" Doe\"@example.org unsafe",
		    "sender \"john  \\\" doe\"@example.org unsafe",
		    "\"john  \\\" doe\"@example.org", "" },
		{ "sender a@b.example unsafe to c@example.com",
		    "sender a@b.example to c@example.com unsafe", "a@b.example",
		    "c@example.com" },
		{ "sender \"a@b\"@c.example", "sender \"a@b\"@c.example",
		    "\"a@b\"@c.example", "" },
		{ "domain eBay.com.", "domain ebay.com", "ebay.com", "" },
		{ "domain b\xc3\xbc" "cher.example UNSAFE",
		    "domain b\xc3\xbc" "cher.example unsafe",
		    "b\xc3\xbc" "cher.example", "" },
		{ "recipient HelpDesk@example.com",
		    "recipient helpdesk@example.com", "helpdesk@example.com",
		    "" },
		{ "recipient @example.com.", "recipient @example.com",
		    "@example.com", "" },
		{ "recipient Abuse@", "recipient abuse@", "abuse@", "" },
		{ "Regex  SENDER   /^Bounce -.*@L/ ",
		    "regex sender /^Bounce -.*@L/", "^Bounce -.*@L", "" },
		{ "regex sender /a/b/ \t unsafe", "regex sender /a/b/ unsafe",
		    "a/b", "" },
		{ "regex name /x/ unsafe/", "regex name /x/ unsafe/",
		    "x/ unsafe", "" },
		{ "regex recipient /\\//", "regex recipient /\\//", "\\/",
		    "" },
		{ "grace Bob@example.com", "grace bob@example.com",
		    "bob@example.com", "" },
	};
	struct entry	got, again;
	struct err	e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (entry_parse(rows[i].text, &got, &e) == -1)
			fail_msg("%s: %s", rows[i].text, e.text);
		assert_string_equal(got.text, rows[i].form);
		assert_int_equal(got.value_len, strlen(rows[i].value));
		assert_memory_equal(got.text + got.value, rows[i].value,
		    got.value_len);
		assert_int_equal(got.to_len, strlen(rows[i].to));
		assert_memory_equal(got.text + got.to, rows[i].to, got.to_len);
		if (entry_parse(got.text, &again, &e) == -1)
			fail_msg("%s: %s", got.text, e.text);
		assert_string_equal(again.text, got.text);
	}
}

static void
kinds_fields_and_networks_are_told(void **state)
{
	static const struct { const char *text; enum entry_kind kind;
	    enum entry_field field; unsigned bits; bool unsafe, proof; }
	    rows[] = {
		{ "client 192.0.2.0/24", ENTRY_CLIENT, 0, 24, false, false },
		{ "client 192.0.2.1", ENTRY_CLIENT, 0, 32, false, false },
		{ "client ::/0", ENTRY_CLIENT, 0, 0, false, false },
		{ "name a.example", ENTRY_NAME, 0, 0, false, false },
		{ "sender a@b.example", ENTRY_SENDER, 0, 0, false, true },
		{ "sender a@b.example unsafe", ENTRY_SENDER, 0, 0, true,
		    false },
		{ "domain b.example", ENTRY_DOMAIN, 0, 0, false, true },
		{ "domain b.example to @c.example unsafe", ENTRY_DOMAIN, 0, 0,
		    true, false },
		{ "recipient a@", ENTRY_RECIPIENT, 0, 0, false, false },
		{ "regex sender /a/", ENTRY_REGEX, ENTRY_OF_SENDER, 0, false,
		    true },
		{ "regex sender /a/ unsafe", ENTRY_REGEX, ENTRY_OF_SENDER, 0,
		    true, false },
		{ "regex name /a/", ENTRY_REGEX, ENTRY_OF_NAME, 0, false,
		    false },
		{ "regex recipient /a/", ENTRY_REGEX, ENTRY_OF_RECIPIENT, 0,
		    false, false },
		{ "grace a@b.example", ENTRY_GRACE, 0, 0, false, false },
	};
	struct entry	got;
	struct err	e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (entry_parse(rows[i].text, &got, &e) == -1)
			fail_msg("%s: %s", rows[i].text, e.text);
		if (got.kind != rows[i].kind || got.field != rows[i].field ||
		    got.bits != rows[i].bits || got.unsafe != rows[i].unsafe ||
		    entry_needs_proof(&got) != rows[i].proof)
			fail_msg("%s: taken for something else", rows[i].text);
		assert_memory_equal(entry_kind_name(got.kind), got.text,
		    strlen(entry_kind_name(got.kind)));
	}
}

static void
other_text_is_refused_with_what_is_allowed(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "", "an empty entry" },
		{ " \t", "an empty entry" },
		{ "clients 192.0.2.1", "not a kind of entry: clients; allowed "
		    "are client, name, sender, domain, recipient and regex" },
		{ "ebay.com", "not a kind of entry: ebay.com" },
		{ "domain", "nothing after \"domain\"; an example: domain "
		    "example.org" },
		{ "domain a.example\nname b", "a control character" },
		{ "client mx.example", "not an address: mx.example" },
		{ "client 192.0.2.1/24", "bits set past the prefix: "
		    "192.0.2.1/24 (the network is 192.0.2.0/24)" },
		{ "client 192.0.2.0/33", "prefix length over 32" },
		{ "client 192.0.2.1 unsafe", "\"unsafe\" goes with sender, "
		    "domain and regex sender alone" },
		{ "name *", "not a host name: *; allowed are" },
		{ "name *.", "not a host name: *." },
		{ "name a.*.example", "not a host name: a.*.example" },
		{ "name .example.net", "all hosts below it are \"name "
		    "*.example.net\"" },
		{ "name 192.0.2.1", "not a host name: 192.0.2.1" },
		{ "sender @b.example", "all senders of a domain are \"domain "
		    "b.example\"" },
		{ "sender b.example", "all senders of a domain are \"domain "
		    "b.example\"" },
		{ "sender <>", "no entry is for the null sender" },
		{ "sender a@b@c.example", "not a sender: a@b@c.example" },
		{ "sender <a@b.example>", "without angle brackets here: "
		    "\"sender a@b.example\"" },
		{ "recipient <a@b.example>", "\"recipient a@b.example\"" },
		{ "grace <a@b.example>", "\"grace a@b.example\"" },
		{ "sender *@b.example", "all senders of a domain are \"domain "
		    "b.example\"" },
		{ "recipient *@b.example", "all of a domain are \"recipient "
		    "@b.example\"" },
		{ "recipient *@", "not a recipient: *@" },
		{ "grace *@b.example", "not a mailbox" },
		{ "sender a@b.example to *@c.example", "\"@example.com\"" },
		{ "recipient bob", "\"recipient bob@\", all of a domain are "
		    "\"recipient @bob\"" },
		{ "sender a@", "not a sender: a@" },
		{ "sender \"a\"b@c.example", "not a sender: \"a\"b@c" },
		{ "sender \"a@b.example", "not a sender: \"a@b.example" },
		{ "domain ebay,com", "not a domain: ebay,com; allowed is" },
		{ "domain *.ebay.com", "\"domain ebay.com\" is it and all "
		    "below it" },
		{ "domain .ebay.com", "\"domain ebay.com\" is it" },
		{ "domain @ebay.com", "\"domain ebay.com\" is it" },
		{ "domain a@ebay.com", "\"sender a@ebay.com\"" },
		{ "recipient example.com", "\"recipient @example.com\"" },
		{ "recipient @", "not a recipient: @" },
		{ "recipient a@b.example to c@d.example", "\"to\" goes with "
		    "client, name, sender and domain, not with recipient" },
		{ "recipient a@b.example unsafe", "\"unsafe\" goes with" },
		{ "sender a@b.example to", "no recipient: allowed after "
		    "\"to\"" },
		{ "sender a@b.example to c@", "not a recipient: c@" },
		{ "sender a@b.example to c@d.example to e@f.example",
		    "\"to\" is one too many" },
		{ "domain b.example unsafe unsafe", "\"unsafe\" is one too "
		    "many" },
		{ "domain b.example c.example", "\"c.example\" is one too "
		    "many" },
		{ "regex", "nothing after \"regex\"" },
		{ "regex /a/", "no field of a regex: \"/a/\"; allowed are" },
		{ "regex sender", "not a pattern: ; allowed is /PATTERN/" },
		{ "regex sender a", "not a pattern: a; allowed is" },
		{ "regex sender /", "not a pattern: /; allowed is" },
		{ "regex sender //", "an empty pattern matches everything" },
		{ "regex sender /a/ unsafely", "not a pattern" },
		{ "regex sender /a/ to b@c.example", "\"to\" goes with client, "
		    "name, sender and domain, not with regex" },
		{ "regex name /a/ unsafe", "\"unsafe\" goes with" },
		{ "regex sender /(a/", "not a regex: missing closing "
		    "parenthesis at character 2 of /(a/" },
		{ "regex sender /(*UTF)a/", "not a regex: using UTF is "
		    "disabled" },
		{ "grace @example.com", "not a mailbox: @example.com" },
	};
	struct entry	got;
	struct err	e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (entry_parse(bad[i].text, &got, &e) != -1)
			fail_msg("taken for an entry: \"%s\"", bad[i].text);
		if (strstr(e.text, bad[i].says) == NULL)
			fail_msg("\"%s\": %s", bad[i].text, e.text);
	}
}

/* Up to the last byte that fits, and not cut beyond. */
static void
what_does_not_fit_is_refused(void **state)
{
	char		text[2000];
	struct entry	got;
	struct err	e;

	(void)state;
	for (int len = 1; len < 1500; len++) {
		int	status;

		(void)snprintf(text, sizeof(text), "sender %0*d@b.example", len,
		    0);
		status = entry_parse(text, &got, &e);
		/* Room for the longest domain is kept. */
		if (status == 0)
			assert_string_equal(got.text, text);
		else
			assert_true(len > 500);
		(void)snprintf(text, sizeof(text), "regex name /%0*d/", len,
		    0);
		status = entry_parse(text, &got, &e);
		assert_int_equal(status, strlen(text) < ENTRY_TEXT_SIZE ? 0 :
		    -1);
		if (status == 0)
			assert_string_equal(got.text, text);
	}
	(void)snprintf(text, sizeof(text), "sender %0*d@b.example to "
	    "%0*d@c.example unsafe", 500, 0, 260, 0);
	assert_int_equal(entry_parse(text, &got, &e), 0);
	(void)snprintf(text, sizeof(text), "regex sender /%0*d/ unsafe", 780,
	    0);
	assert_int_equal(entry_parse(text, &got, &e), -1);
	assert_non_null(strstr(e.text, "over 799 characters"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_has_one_form),
		cmocka_unit_test(kinds_fields_and_networks_are_told),
		cmocka_unit_test(other_text_is_refused_with_what_is_allowed),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
