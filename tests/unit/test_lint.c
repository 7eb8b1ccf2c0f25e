/* SPDX-License-Identifier: ISC
 * tests/unit/test_lint.c - entries that are valid but unwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/lib/whitelist_world.h"
#include "whitelist/lint.h"

static void
free_mail_is_known_wherever_it_is_offered(void **state)
{
	static const char *const	yes[] = {
		"gmail.com", "GoogleMail.com", "hotmail.co.uk", "live.nl",
		"yahoo.co.jp", "gmx.de", "gmx.net", "outlook.com", "web.de",
		"yandex.ru", "qq.com", "sub.gmail.com", "t-online.de.",
		"docomo.ne.jp", "icloud.com", "mail.ru", "seznam.cz",
	};
	static const char *const	no[] = {
		"example.org", "notgmail.com", "gmail.com.example",
		"live.partner.example", "outlook.partner.example", "com",
		"gmail", "", "192.0.2.1", "ebay.com", "web.de.example",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!lint_is_free_mail(yes[i]))
			fail_msg("not known: %s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (lint_is_free_mail(no[i]))
			fail_msg("no free mail: %s", no[i]);
}

/* Entries, and what is said if they are refused. */
static const struct { const char *entry, *why; } refusals[] = {
	{ "client 0.0.0.0/0", "more than a /8" },
	{ "client ::/0", "more than a /16" },
	{ "client 126.0.0.0/7", "more than a /8" },
	{ "client 10.0.0.0/8", NULL },
	{ "client 2000::/15", "more than a /16" },
	{ "client 2001::/16", NULL },
	{ "client 192.0.2.1", NULL },
	{ "name *.com", "under com" },
	{ "name *.co.uk", "under co.uk" },
	{ "name *.github.io", "under github.io" },
	{ "name *.example.org", NULL },
	{ "name mail.example.org", NULL },
	{ "domain com", "under com" },
	{ "domain co.uk", "under co.uk" },
	{ "domain com to a@own.example", "under com" },
	{ "domain gmail.com", "list the sender itself" },
	{ "domain gmail.com unsafe", "list the sender itself" },
	{ "domain hotmail.fr", "list the sender itself" },
	{ "domain gmail.com to a@own.example", NULL },
	{ "sender a@gmail.com", NULL },
	{ "domain ebay.com", NULL },
	{ "domain own.example", "phishing" },
	{ "domain own.example to a@own.example", "phishing" },
	{ "sender boss@own.example", "phishing" },
	{ "sender boss@own.example unsafe", "phishing" },
	{ "sender boss@other.example", NULL },
	{ "recipient a@own.example", NULL },
	{ "recipient @own.example", NULL },
	{ "grace a@own.example", NULL },
	{ "regex sender /.*/", "matches everything" },
	{ "regex sender /@/", "matches everything" },
	{ "regex name /./", "matches everything" },
	{ "regex recipient /^/", "matches everything" },
	{ "regex sender /^bounce-.*@lists\\.example$/", NULL },
	{ "regex name /\\.invalid$/", NULL },
};

static void
what_opens_the_door_is_refused_with_a_reason(void **state)
{
	struct nameset	*own = nameset_new();
	struct entry	 entry;
	struct err	 e;
	int		 refused;

	(void)state;
	assert_int_equal(nameset_add(own, "own.example", NULL), 0);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (entry_parse(refusals[i].entry, &entry, &e) == -1)
			fail_msg("%s: %s", refusals[i].entry, e.text);
		refused = lint_refusal(&entry, own, &e);
		if (refused != (refusals[i].why != NULL))
			fail_msg("%s: %s", refusals[i].entry, refused ? e.text :
			    "not refused");
		if (refused && strstr(e.text, refusals[i].why) == NULL)
			fail_msg("%s: not \"%s\": %s", refusals[i].entry,
			    refusals[i].why, e.text);
		assert_int_equal(lint_refusal(&entry, own, NULL), refused);
	}
	assert_int_equal(entry_parse("domain own.example", &entry, &e), 0);
	assert_int_equal(lint_refusal(&entry, NULL, &e), 0);
	nameset_free(&own);
}

/* What is said of a file; "own:" stands for its path. */
static void
expect(struct wl *wl, const char *own, const char *shipped, const char *want)
{
	struct whitelist_files	*files;
	struct nameset		*domains = nameset_new();
	struct wl_told		 told = { "" }, bare = { "" };
	char			*at;

	assert_int_equal(nameset_add(domains, "own.example", NULL), 0);
	wl_write(wl, own, shipped);
	files = wl_read(wl);
	lint_entries(files, domains, WL_NOW, wl_tell, &told);
	for (char *s = told.text; *s != '\0'; s = at) {
		at = strstr(s, wl->dir);
		at = at == NULL ? s + strlen(s) : at;
		(void)strncat(bare.text, s, (size_t)(at - s));
		if (*at != '\0')
			at += strlen(wl->dir) + 1;
	}
	assert_string_equal(bare.text, want);
	whitelist_drop(&files);
	nameset_free(&domains);
}

static void
a_sensible_file_is_not_commented(void **state)
{
	expect(*state, "client 192.0.2.0/24\nclient 198.51.100.1\n"
	    "name *.a.example\nname b.example\nsender a@c.example\n"
	    "domain d.example\ndomain d.example to x@own.example unsafe\n"
	    "recipient a@own.example\nregex sender /^x@/\n"
	    "sender a@gmail.com\n"
	    "domain sub.d.example to x@own.example unsafe\n",
	    "",
	    "own:7: domain d.example to x@own.example unsafe: is honoured "
	    "unproven: whoever forges it is let in\n"
	    "own:11: domain sub.d.example to x@own.example unsafe: is honoured "
	    "unproven: whoever forges it is let in\n");
}

static void
unwise_entries_of_files_are_told(void **state)
{
	expect(*state, "domain gmail.com\n\nclient 0.0.0.0/0\n"
	    "sender a@own.example\n", "",
	    "own:1: domain gmail.com: gmail.com is free mail, anybody may have "
	    "an address there: list the sender itself\n"
	    "own:3: client 0.0.0.0/0: 0.0.0.0/0 is more than a /8, which is "
	    "nearly everybody: list the networks that are meant\n"
	    "own:4: sender a@own.example: own.example is your own: whoever "
	    "writes to you in your own name is phishing; list the client that "
	    "may\n");
}

static void
shipped_entries_are_not_commented(void **state)
{
	expect(*state, "", "domain gmail.com\ndomain gmail.com\n"
	    "domain x.gmail.com\n", "");
	/* Nor do they shadow own ones, which come before the rules. */
	expect(*state, "domain a.example\n", "domain a.example\n", "");
}

/* Ten lines, so that line 10 stands behind line 9 and not before. */
static void
an_entry_twice_points_to_the_first(void **state)
{
	expect(*state, "\n\n\n\n\n\n\n\ndomain A.example\ndomain a.example\n"
	    "client 192.0.2.1/32\n DOMAIN  a.example.\nclient 192.0.2.1\n", "",
	    "own:10: domain a.example: stands already in own:9\n"
	    "own:12: domain a.example: stands already in own:9\n"
	    "own:13: client 192.0.2.1: stands already in own:11\n");
}

static void
what_a_wider_entry_shadows_is_told(void **state)
{
	static const struct { const char *wider, *narrow; bool told; }
	    rows[] = {
		{ "client 192.0.2.0/24", "client 192.0.2.7", true },
		{ "client 192.0.2.0/24", "client 192.0.2.0/25", true },
		{ "client 192.0.2.7", "client 192.0.2.7 to a@own.example",
		    true },
		{ "client 192.0.2.0/24", "client 192.0.3.7", false },
		{ "client 192.0.2.0/24 to a@own.example", "client 192.0.2.7",
		    false },
		{ "client 2001:db8::/32", "client 2001:db8:1::/48", true },
		{ "client 2001:db8::1", "client 2001:db8::1 to @own.example",
		    true },
		{ "name *.a.example", "name mx.a.example", true },
		{ "name *.a.example", "name *.b.a.example", true },
		{ "name *.a.example", "name a.example", false },
		{ "name a.example", "name a.example to @own.example", true },
		{ "name *.a.example", "name *.a.example to @own.example",
		    true },
		{ "domain a.example", "domain b.a.example", true },
		{ "domain a.example", "domain ba.example", false },
		{ "domain a.example", "sender x@a.example", true },
		{ "domain a.example", "sender x@b.a.example", true },
		{ "domain a.example", "sender x@b.example", false },
		{ "domain a.example", "domain a.example to @own.example",
		    true },
		{ "sender x@a.example", "sender x@a.example to @own.example",
		    true },
		{ "recipient @own.example", "recipient a@own.example", false },
	};
	char	text[256], want[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s\n%s\n", rows[i].narrow,
		    rows[i].wider);
		(void)snprintf(want, sizeof(want), "own:1: %s: does nothing, "
		    "the wider entry \"%s\" is in own:2\n", rows[i].narrow,
		    rows[i].wider);
		expect(*state, text, "", rows[i].told ? want : "");
	}
}

/* Who proves its domain is let in by either; who does not, by one alone. */
static void
only_an_equal_or_weaker_demand_shadows(void **state)
{
	static const char	said[] = ": is honoured unproven: whoever "
				    "forges it is let in\n";
	char			want[512];

	(void)snprintf(want, sizeof(want), "own:1: sender x@a.example: does "
	    "nothing, the wider entry \"domain a.example unsafe\" is in own:2\n"
	    "own:2: domain a.example unsafe%s", said);
	expect(*state, "sender x@a.example\ndomain a.example unsafe\n", "",
	    want);
	(void)snprintf(want, sizeof(want), "own:1: sender x@a.example unsafe%s",
	    said);
	expect(*state, "sender x@a.example unsafe\ndomain a.example\n", "",
	    want);
	(void)snprintf(want, sizeof(want), "own:1: sender x@a.example: does "
	    "nothing, the wider entry \"sender x@a.example unsafe\" is in "
	    "own:2\nown:2: sender x@a.example unsafe%s", said);
	expect(*state, "sender x@a.example\nsender x@a.example unsafe\n", "",
	    want);
}

static void
an_entry_that_has_ended_is_told(void **state)
{
	expect(*state, "# expires=2023-11-14T22:13:20Z\nclient 192.0.2.7\n",
	    "", "own:2: client 192.0.2.7: lets nobody in any more, it ended at "
	    "2023-11-14T22:13:20Z: take it out\n");
	expect(*state, "# expires=2023-11-14T22:13:21Z\nclient 192.0.2.7\n",
	    "", "");
	/* What stays is not for nothing beside a wider one that ends. */
	expect(*state, "client 192.0.2.7\n# expires=2023-11-14T22:13:21Z\n"
	    "client 192.0.2.0/24\n", "", "");
}

static void
a_star_that_stands_for_nothing_is_told(void **state)
{
	expect(*state, "sender bounce-*@a.example\nrecipient x*@\n"
	    "sender \"*\"@a.example\n", "",
	    "own:1: sender bounce-*@a.example: the \"*\" is taken as it is and "
	    "stands for nothing else; patterns are of kind regex\n"
	    "own:2: recipient x*@: the \"*\" is taken as it is and stands for "
	    "nothing else; patterns are of kind regex\n");
}

static void
an_own_address_that_is_not_local_is_told(void **state)
{
	static const struct { const char *addr; bool told; } rows[] = {
		{ "192.0.2.1", false }, { "198.51.100.7", true },
		{ "2001:db8::1", true }, { "127.0.0.1", false },
		{ "127.1.2.3", false }, { "169.254.1.1", false },
		{ "::1", false }, { "fe80::1", false }, { "febf::1", false },
		{ "fec0::1", true }, { "::2", true },
	};
	struct netset	*local = netset_new();

	(void)state;
	assert_int_equal(netset_add(local, "192.0.2.0/24", NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wl_told		 told = { "" };
		const struct lint_report to = { wl_tell, &told };
		struct ip		 addr;
		char			 want[256] = "";

		assert_int_equal(ip_parse(rows[i].addr, &addr, NULL), 0);
		lint_own_address(&addr, local, "g.conf", &to);
		if (rows[i].told)
			(void)snprintf(want, sizeof(want), "g.conf: this "
			    "host's own address %s is not in local-networks, "
			    "so its own mail is greylisted: add \"%s\" there\n",
			    rows[i].addr, rows[i].addr);
		assert_string_equal(told.text, want);
	}
	netset_free(&local);
}

/* Whatever addresses this host has. */
static void
networks_of_all_addresses_leave_nothing_to_say(void **state)
{
	struct netset	*all = netset_new();
	struct wl_told	 told = { "" };

	(void)state;
	assert_int_equal(netset_add(all, "0.0.0.0/0", NULL), 0);
	assert_int_equal(netset_add(all, "::/0", NULL), 0);
	lint_networks(all, "g.conf", wl_tell, &told);
	assert_string_equal(told.text, "");
	netset_free(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_mail_is_known_wherever_it_is_offered),
		cmocka_unit_test(what_opens_the_door_is_refused_with_a_reason),
		cmocka_unit_test(a_sensible_file_is_not_commented),
		cmocka_unit_test(unwise_entries_of_files_are_told),
		cmocka_unit_test(shipped_entries_are_not_commented),
		cmocka_unit_test(an_entry_twice_points_to_the_first),
		cmocka_unit_test(what_a_wider_entry_shadows_is_told),
		cmocka_unit_test(only_an_equal_or_weaker_demand_shadows),
		cmocka_unit_test(an_entry_that_has_ended_is_told),
		cmocka_unit_test(a_star_that_stands_for_nothing_is_told),
		cmocka_unit_test(an_own_address_that_is_not_local_is_told),
		cmocka_unit_test(
		    networks_of_all_addresses_leave_nothing_to_say),
	};

	return cmocka_run_group_tests(tests, wl_in_memory, wl_end);
}
