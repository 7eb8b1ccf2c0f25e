/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_recipient.c - greyctl recipient test, stats, forget and
 * adopt, against real lists and a directory that is down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "recipient/cache.h"
#include "tests/lib/control_fixture.h"

#define LOCAL	"local-domains = {\"example.com\"}\n"
#define USERS	"recipients { file = \"~/users\" }\n"
#define DOWN	"ldap \"ad\" { uri = \"ldap://127.0.0.1:1\" " \
		"base = \"dc=example\" filter = \"(mail=%s)\" }\n"

static void
use_list(struct fixture *f, const char *text)
{
	fixture_write(f, "users", text);
	fixture_configure(f, LOCAL USERS);
}

/* A yes of a source, so many seconds ago. */
static void
remember(struct fixture *f, const char *address, int64_t ago)
{
	const struct cache_rule	 rule = { .fresh = 600, .stale = 86400,
				    .negative = 60, .former = 15552000,
				    .size = 1000 };
	struct cache		*cache = cache_new(f->store);

	assert_int_equal(cache_accept(cache, &rule, address, f->now - ago,
	    NULL), 0);
	cache_free(&cache);
}

static void
recipient_on_a_list_goes_on_to_greylisting(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "bob@example.com\n");
	fixture_asks(f, "recipient test <Bob@Example.com>", 0);
	fixture_begins(f->out, "SOURCE               ANSWER      TIME     "
	    "NOTE\nlist:file            yes         ");
	fixture_has(f->out, "\n\nrecipient     Bob@Example.com\n"
	    "answer        yes, from list:file, in ");
	fixture_has(f->out, "\nSMTP          250 (goes on to greylisting)\n");
	assert_string_equal(f->messages, "");
}

static void
recipient_that_no_list_has_would_be_refused(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "bob@example.com\n");
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_has(f->out, "list:file            no          ");
	fixture_has(f->out, "answer        no, from list:file, in ");
	fixture_has(f->out, "\nSMTP          550 5.1.1 No such user here\n");
	assert_string_equal(f->messages,
	    "greyctl: nobody@example.com would be refused\n");
}

static void
recipient_nobody_can_tell_of_would_be_deferred_or_go_on(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, LOCAL "recipients { " DOWN "}");
	fixture_asks(f, "recipient test bob@example.com", 1);
	fixture_has(f->out, "ldap:ad              cannot tell ");
	fixture_has(f->out, "answer        cannot tell, from source ldap:ad");
	fixture_has(f->out, "\nwhy           ");
	fixture_has(f->out, "\nSMTP          451 4.4.3 Cannot check the "
	    "recipient now, please try again later\n");
	assert_string_equal(f->messages,
	    "greyctl: bob@example.com would be deferred\n");
	fixture_configure(f, LOCAL "recipients { on-directory-failure = pass "
	    DOWN "}");
	fixture_asks(f, "recipient test bob@example.com", 0);
	fixture_has(f->out, "\nSMTP          250 (goes on to greylisting, as "
	    "on-directory-failure says)\n");
}

static void
what_is_remembered_is_told_with_its_time(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, LOCAL "recipients { " DOWN "}");
	remember(f, "bob@example.com", 300);
	remember(f, "ann@example.com", 7200);
	fixture_asks(f, "recipient test bob@example.com", 0);
	fixture_has(f->out, "answer        yes, from cache, in ");
	fixture_has(f->out, ", last told by a source at 2023-11-14 22:08:20");
	fixture_asks(f, "recipient test ann@example.com", 0);
	fixture_has(f->out, "answer        yes, from stale cache, in ");
	fixture_has(f->out, ", last told by a source at 2023-11-14 20:13:20\n");
}

static void
user_of_former_times_is_told_as_one(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "bob@example.com\n");
	remember(f, "ann@example.com", 30 * 86400);
	fixture_asks(f, "recipient test ann@example.com", 1);
	fixture_has(f->out, "answer        no, from list:file, in ");
	fixture_has(f->out, ", a user once\n");
}

static void
recipient_that_is_not_checked_is_told_with_the_reason(void **state)
{
	static const struct { const char *line, *says; } row[] = {
		{ "recipient test bob@example.net",
		    "why           example.net is not in local-domains\n" },
		{ "recipient test out@example.com",
		    "why           it is in recipients.exempt\n" },
		{ "recipient test bob@other.example",
		    "why           no source is asked about other.example\n" },
	};
	struct fixture	*f = *state;

	fixture_write(f, "users", "bob@example.com\n");
	fixture_configure(f, "local-domains = {\"example.com\", "
	    "\"other.example\"}\nrecipients { exempt = {\"out@example.com\"} "
	    "list \"a\" { file = \"~/users\" domains = {\"example.com\"} } }");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		fixture_asks(f, row[i].line, 0);
		fixture_has(f->out, "answer        not checked, from scope");
		fixture_has(f->out, row[i].says);
		fixture_has(f->out, "SMTP          250 (goes on to "
		    "greylisting)\n");
	}
	fixture_asks(f, "recipient test postmaster@example.com", 0);
	fixture_has(f->out, "answer        yes, from scope");
	fixture_has(f->out, "SMTP          250 (never waits)\n");
}

static void
refusal_that_not_everybody_hears_says_so(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "users", "bob@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" "
	    "reveal = proven }");
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_has(f->out, "550 5.1.1 No such user here (a client that has "
	    "never passed hears the greylisting reply instead: reveal is "
	    "proven)\n");
	fixture_configure(f, "observe = true\n" LOCAL USERS);
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_has(f->out, "550 5.1.1 No such user here (not given: observe "
	    "is on)\n");
}

static void
test_in_json_is_one_object_with_its_sources(void **state)
{
	struct fixture	*f = *state;
	struct json	*o;
	const struct json *s;

	use_list(f, "bob@example.com\n");
	fixture_asks(f, "--json recipient test nobody@example.com", 1);
	o = json_parse(f->out, strlen(f->out), NULL);
	s = json_get(o, "sources");
	assert_int_equal(json_length(s), 1);
	assert_string_equal(json_get_text(json_at(s, 0), "source"),
	    "list:file");
	assert_string_equal(json_get_text(json_at(s, 0), "answer"), "no");
	assert_true(json_has_int(json_at(s, 0), "micros"));
	assert_null(json_get_text(json_at(s, 0), "note"));
	assert_string_equal(json_get_text(o, "address"), "nobody@example.com");
	assert_string_equal(json_get_text(o, "answer"), "no");
	assert_string_equal(json_get_text(o, "from"), "list");
	assert_string_equal(json_get_text(o, "by"), "list:file");
	assert_string_equal(json_get_text(o, "smtp"),
	    "550 5.1.1 No such user here");
	assert_null(json_get_text(o, "checked"));
	assert_null(json_get_text(o, "why"));
	assert_true(json_has_int(o, "micros"));
	json_free(&o);
}

static void
text_that_is_no_address_is_refused(void **state)
{
	static const struct { const char *line, *says; } bad[] = {
		{ "recipient test", "\"recipient test\" needs an address, "
		    "user@domain" },
		{ "recipient test bob", "not an address with a domain: bob; "
		    "give one as user@domain" },
		{ "recipient test bob@", "not an address with a domain: bob@" },
		{ "recipient test @example.com", "not an address with a "
		    "domain: @example.com" },
		{ "recipient test <bob@a>x", "not an address: <bob@a>x; give "
		    "one as user@domain" },
		{ "recipient test a@b c@d", "does not know what to do with "
		    "\"c@d\"" },
		{ "recipient forget bob", "not an address with a domain: bob" },
	};
	struct fixture	*f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fixture_asks(f, bad[i].line, 2);
		fixture_has(f->messages, bad[i].says);
		assert_string_equal(f->out, "");
	}
}

static void
stats_have_a_line_for_each_source_and_its_trouble(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "recipient stats", 0);
	fixture_begins(f->out, "cache         0 yes, 0 no; 0 hits, 0 misses; "
	    "0 not kept\nharvest       0 unknown, 0 known since the start; "
	    "0 bans begun, 0 in force\nsources       none: no recipient is "
	    "checked\n");
	fixture_write(f, "users", "bob@example.com\nann@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" " DOWN
	    "}");
	fixture_asks(f, "recipient test bob@example.com", 0);
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "list:file     2 addresses, ");
	fixture_has(f->out, ", in force since 2023-11-14 22:13:20; 2 asked, "
	    "1 found\n");
	fixture_has(f->out, "ldap:ad       1 asked: 0 yes, 0 no, 1 failed, "
	    "0 overdue; mean ");
	fixture_has(f->out, "\n    down since 2023-11-14 22:13:20: ");
}

static void
stats_in_json_are_one_object(void **state)
{
	struct fixture	*f = *state;
	struct json	*o;
	const struct json *list, *live;

	fixture_write(f, "users", "bob@example.com\nann@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" " DOWN
	    "}");
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_asks(f, "--json recipient stats", 0);
	o = json_parse(f->out, strlen(f->out), NULL);
	list = json_at(json_get(o, "sources"), 0);
	live = json_at(json_get(o, "sources"), 1);
	assert_int_equal(json_length(json_get(o, "sources")), 2);
	assert_string_equal(json_get_text(list, "kind"), "list");
	assert_int_equal(json_get_int(list, "addresses"), 2);
	assert_string_equal(json_get_text(list, "adopted"),
	    "2023-11-14T22:13:20Z");
	assert_null(json_get_text(list, "trouble"));
	assert_string_equal(json_get_text(live, "name"), "ldap:ad");
	assert_string_equal(json_get_text(live, "kind"), "live");
	assert_int_equal(json_get_int(live, "failed"), 1);
	assert_non_null(json_get_text(live, "trouble"));
	assert_non_null(json_get_text(live, "down_since"));
	assert_true(json_has_int(json_get(o, "cache"), "misses"));
	assert_true(json_has_int(json_get(o, "harvest"), "banned"));
	json_free(&o);
}

static void
status_counts_sources_those_in_trouble_and_bans(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "status", 0);
	fixture_has(f->out, "recipients    no source: none is checked\n"
	    "harvest       0 banned\n");
	fixture_write(f, "users", "bob@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" " DOWN
	    "}");
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "recipients    2 sources, 0 in trouble\n");
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "recipients    2 sources, 1 in trouble: see "
	    "greyctl recipient stats\n");
}

static void
forgetting_an_address_asks_about_it_anew(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, LOCAL "recipients { " DOWN "}");
	remember(f, "bob@example.com", 7200);
	fixture_asks(f, "recipient test bob@example.com", 0);
	fixture_asks(f, "recipient forget <Bob@example.com>", 0);
	assert_string_equal(f->out, "forgotten: Bob@example.com\n");
	fixture_asks(f, "recipient test bob@example.com", 1);
	fixture_asks(f, "recipient forget bob@example.com", 1);
	assert_string_equal(f->out, "");
	assert_string_equal(f->messages,
	    "greyctl: bob@example.com was not remembered\n");
}

static void
list_that_shrank_waits_to_be_adopted(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "a@example.com\nb@example.com\nc@example.com\n"
	    "d@example.com\n");
	fixture_asks(f, "recipient adopt", 1);
	assert_string_equal(f->messages, "greyctl: no source waits to be "
	    "adopted: what there is, is in force\n");
	fixture_asks(f, "recipient adopt list:file", 1);
	fixture_has(f->messages, "it does not wait to be adopted");
	fixture_asks(f, "recipient adopt list:other", 2);
	fixture_has(f->messages, "list:other");

	fixture_write(f, "users", "a@example.com\n");
	for (int i = 0; i < 3; i++)
		recipients_tend(f->recipients, ++f->now);
	fixture_asks(f, "recipient test b@example.com", 0);
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "list:file     4 addresses, ");
	fixture_has(f->out, "\n    trouble: ");
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "recipients    1 source, 1 in trouble: ");
	fixture_asks(f, "recipient adopt list:file", 0);
	assert_string_equal(f->out, "1 source adopted\n");
	fixture_asks(f, "recipient test b@example.com", 1);
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "list:file     1 addresses, ");
	assert_null(strstr(f->out, "trouble"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(recipient_on_a_list_goes_on_to_greylisting),
		TEST(recipient_that_no_list_has_would_be_refused),
		TEST(recipient_nobody_can_tell_of_would_be_deferred_or_go_on),
		TEST(what_is_remembered_is_told_with_its_time),
		TEST(user_of_former_times_is_told_as_one),
		TEST(recipient_that_is_not_checked_is_told_with_the_reason),
		TEST(refusal_that_not_everybody_hears_says_so),
		TEST(test_in_json_is_one_object_with_its_sources),
		TEST(text_that_is_no_address_is_refused),
		TEST(stats_have_a_line_for_each_source_and_its_trouble),
		TEST(stats_in_json_are_one_object),
		TEST(status_counts_sources_those_in_trouble_and_bans),
		TEST(forgetting_an_address_asks_about_it_anew),
		TEST(list_that_shrank_waits_to_be_adopted),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
