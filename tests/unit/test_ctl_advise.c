/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_advise.c - greyctl whitelist test and suggest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl.h"
#include "tests/lib/control_fixture.h"

#define MAIL(sender) "whitelist test --client 192.0.2.7 --sender " sender \
	" --recipient joe@example.com"

static void
add(struct fixture *f, const char *entry)
{
	char	line[256];

	(void)snprintf(line, sizeof(line), "whitelist add %s", entry);
	fixture_asks(f, line, 0);
}

static void
entry_that_matches_is_told_with_its_origin(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, MAIL("ann@ebay.com"), 1);
	fixture_begins(f->out, "passes        by no entry\n"
	    "sender        not proven: ");
	assert_string_equal(f->messages, "greyctl: no entry lets it pass\n");
	add(f, "client 192.0.2.0/24");
	fixture_asks(f, MAIL("ann@ebay.com"), 0);
	fixture_begins(f->out, "passes        by client 192.0.2.0/24 (live: ");
	assert_null(strstr(f->out, "nearly"));
}

static void
domain_passes_only_where_the_client_proves_it(void **state)
{
	struct fixture	*f = *state;

	add(f, "domain ebay.com");
	fixture_asks(f, MAIL("ann@ebay.com") " --name mx1.ebay.com", 0);
	fixture_begins(f->out, "passes        by domain ebay.com (live: ");
	fixture_has(f->out, "), proven by name:ebay.com\n"
	    "sender        proven by name:ebay.com\n");
	fixture_asks(f, MAIL("ann@ebay.com") " --name mx1.example.net", 1);
	fixture_has(f->out, "nearly        domain ebay.com (live: ");
	fixture_has(f->out, ")\n    the client does not prove the sender's "
	    "domain: ");
	fixture_asks(f, MAIL("ann@other.example"), 1);
	assert_null(strstr(f->out, "nearly"));
}

static void
unsafe_entry_needs_no_proof(void **state)
{
	struct fixture	*f = *state;

	add(f, "domain ebay.com unsafe");
	fixture_asks(f, MAIL("ann@ebay.com"), 0);
	fixture_begins(f->out, "passes        by domain ebay.com unsafe "
	    "(live: ");
	assert_null(strstr(f->out, ", proven by"));
}

static void
entry_of_the_recipient_alone_matches(void **state)
{
	struct fixture	*f = *state;

	add(f, "recipient joe@example.com");
	fixture_asks(f, MAIL("ann@ebay.com"), 0);
	fixture_begins(f->out, "passes        by recipient joe@example.com "
	    "(live: ");
	fixture_asks(f, "whitelist remove recipient joe@example.com", 0);
	fixture_asks(f, MAIL("ann@ebay.com"), 1);
	fixture_asks(f, "grace joe@example.com 10m", 0);
	fixture_asks(f, MAIL("<>"), 0);
	fixture_begins(f->out, "passes        by grace joe@example.com "
	    "(live: ");
}

static void
entry_for_another_recipient_is_near(void **state)
{
	struct fixture	*f = *state;

	add(f, "client 192.0.2.7 to sue@example.com");
	add(f, "client 192.0.2.7 to @example.net");
	add(f, "client 198.51.100.1 to sue@example.com");
	fixture_asks(f, MAIL("ann@ebay.com"), 1);
	fixture_has(f->out, "client 192.0.2.7 to sue@example.com (live: ");
	fixture_has(f->out, "    it is for mail to sue@example.com only\n");
	fixture_has(f->out, "    it is for mail to @example.net only\n");
	assert_null(strstr(f->out, "198.51.100.1"));
}

static void
name_in_the_helo_alone_is_near(void **state)
{
	struct fixture	*f = *state;

	add(f, "name mx.example.net");
	fixture_asks(f, MAIL("ann@ebay.com") " --helo mx.example.net", 1);
	fixture_has(f->out, "    mx.example.net is the name in its HELO, "
	    "which anybody may give; only one that the MTA has confirmed "
	    "counts\n");
	fixture_asks(f, MAIL("ann@ebay.com") " --name mx.example.net", 0);
	fixture_asks(f, MAIL("ann@ebay.com"), 1);
	assert_null(strstr(f->out, "nearly"));
	/* The MTA has confirmed another one. */
	fixture_asks(f, MAIL("ann@ebay.com") " --helo mx.example.net --name "
	    "mx.example.org", 1);
	assert_null(strstr(f->out, "nearly"));
}

static void
entry_that_has_expired_is_near(void **state)
{
	struct fixture	*f = *state;

	add(f, "client 192.0.2.7 --expires 1h");
	fixture_asks(f, MAIL("ann@ebay.com"), 0);
	f->now += 3600;
	fixture_asks(f, MAIL("ann@ebay.com"), 1);
	fixture_has(f->out, "    it expired at 2023-11-14T23:13:20Z\n");
}

static void
everything_that_is_lacking_is_told(void **state)
{
	struct fixture	*f = *state;

	add(f, "domain ebay.com to sue@example.com --expires 1h");
	f->now += 3600;
	fixture_asks(f, MAIL("ann@ebay.com"), 1);
	fixture_has(f->out, "    it expired at 2023-11-14T23:13:20Z; it is "
	    "for mail to sue@example.com only; the client does not prove the "
	    "sender's domain: ");
}

static void
at_most_twenty_near_ones_are_told(void **state)
{
	struct fixture	*f = *state;
	struct json	*o;
	char		 entry[64];

	for (int i = 0; i < 23; i++) {
		(void)snprintf(entry, sizeof(entry),
		    "client 192.0.2.7 to u%d@example.com", i);
		add(f, entry);
	}
	fixture_asks(f, MAIL("ann@ebay.com"), 1);
	fixture_has(f->out, "    and 3 more\n");
	fixture_asks(f, "--json " MAIL("ann@ebay.com"), 1);
	o = json_parse(f->out, strlen(f->out), NULL);
	assert_int_equal(json_length(json_get(o, "near")), 20);
	assert_int_equal(json_get_int(o, "near_left_out"), 3);
	assert_false(json_get_bool(o, "passes"));
	assert_false(json_get_bool(json_get(o, "proof"), "proven"));
	json_free(&o);
}

static void
test_counts_no_hit(void **state)
{
	struct fixture	*f = *state;

	add(f, "client 192.0.2.7");
	fixture_asks(f, MAIL("ann@ebay.com"), 0);
	fixture_asks(f, "whitelist unused --days 1", 0);
	f->now += 86400;
	fixture_asks(f, "whitelist unused --days 1", 0);
	fixture_has(f->out, "client 192.0.2.7");
}

/* A journal of one line; its id is x1. */
static void
decide(struct fixture *f, const char *facts)
{
	char	line[1024];

	(void)snprintf(line, sizeof(line), "{\"v\":1,"
	    "\"time\":\"2023-11-14T22:13:20.678Z\",\"id\":\"x1\",%s,"
	    "\"recipient\":\"joe@example.com\"}\n", facts);
	fixture_write(f, "journal", line);
	fixture_configure(f, "journal = \"~/journal\"\n");
}

static void
proven_sender_is_suggested_before_its_domain(void **state)
{
	struct fixture	*f = *state;

	decide(f, "\"verdict\":\"defer\",\"reason\":\"new\","
	    "\"client\":\"192.0.2.7\",\"name\":\"mx1.ebay.com\","
	    "\"verified\":true,\"sender\":\"ann@ebay.com\"");
	fixture_asks(f, "whitelist suggest --id x1", 0);
	assert_string_equal(f->out,
	    "mail          from 192.0.2.7, <ann@ebay.com> to "
	    "<joe@example.com>\n"
	    "decision      defer new, 2023-11-14 22:13:20\n"
	    "sender        proven by name:ebay.com\n"
	    "greyctl whitelist add 'sender ann@ebay.com to "
	    "joe@example.com'\n"
	    "greyctl whitelist add 'sender ann@ebay.com'\n"
	    "greyctl whitelist add 'domain ebay.com'\n");
}

static void
stranger_is_suggested_by_address_alone(void **state)
{
	struct fixture	*f = *state;

	decide(f, "\"verdict\":\"pass\",\"reason\":\"observed\","
	    "\"would\":\"defer early\",\"client\":\"192.0.2.7\","
	    "\"name\":\"mx1.ebay.com\",\"verified\":false,"
	    "\"sender\":\"o'neil@ebay.com\"");
	fixture_asks(f, "whitelist suggest --id x1", 0);
	fixture_has(f->out, "decision      pass observed, would have been "
	    "defer early, ");
	fixture_has(f->out, "sender        not proven: ");
	fixture_has(f->out, "greyctl whitelist add 'client 192.0.2.7 to "
	    "joe@example.com'\n"
	    "greyctl whitelist add 'client 192.0.2.7'\n");
	assert_null(strstr(f->out, "add 'sender"));
	assert_null(strstr(f->out, "note"));
	fixture_has(f->out, "no wider one  ");
}

static void
quotes_in_an_entry_do_not_end_the_word(void **state)
{
	static const char	reply[] = "{\"entries\":[{\"entry\":"
				    "\"sender o'$(id)'@ebay.com\"}]}";
	struct json		*item = json_parse(reply, strlen(reply), NULL);
	char			*text;
	size_t			 len;
	struct ctl		 ctl = { .out = open_memstream(&text, &len) };

	(void)state;
	assert_non_null(item);
	ctl_show_suggest(&ctl, item, 0);
	(void)fclose(ctl.out);
	fixture_has(text, "greyctl whitelist add "
	    "'sender o'\\''$(id)'\\''@ebay.com'\n");
	free(text);
	json_free(&item);
}

static void
what_no_entry_helps_is_said(void **state)
{
	static const struct { const char *facts, *says; } rows[] = {
		{ "\"verdict\":\"reject\",\"reason\":\"unknown-recipient\","
		    "\"client\":\"192.0.2.7\",\"sender\":\"a@ebay.com\"",
		    "an entry would not help: joe@example.com is no mailbox "
		    "here" },
		{ "\"verdict\":\"pass\",\"reason\":\"observed\","
		    "\"would\":\"reject unknown-recipient\","
		    "\"client\":\"192.0.2.7\",\"sender\":\"a@ebay.com\"",
		    "an entry would not help" },
		{ "\"verdict\":\"defer\",\"reason\":\"directory-down\","
		    "\"client\":\"192.0.2.7\",\"sender\":\"a@ebay.com\"",
		    "an entry would not help: nobody could tell" },
		{ "\"verdict\":\"pass\",\"reason\":\"local-submission\","
		    "\"client\":null,\"sender\":\"a@ebay.com\"",
		    "this mail was submitted on this host" },
	};
	struct fixture	*f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		decide(f, rows[i].facts);
		fixture_asks(f, "whitelist suggest --id x1", 1);
		assert_string_equal(f->out, "");
		fixture_has(f->messages, rows[i].says);
	}
}

static void
banned_client_is_suggested_as_such(void **state)
{
	struct fixture	*f = *state;

	decide(f, "\"verdict\":\"defer\",\"reason\":\"harvesting\","
	    "\"client\":\"192.0.2.7\",\"name\":\"mx1.ebay.com\","
	    "\"verified\":true,\"sender\":\"ann@ebay.com\"");
	fixture_asks(f, "whitelist suggest --id x1", 0);
	fixture_has(f->out, "note          it was refused for naming "
	    "recipients who do not exist: only an entry of the client helps");
	fixture_has(f->out, "greyctl whitelist add 'client 192.0.2.7'\n");
	assert_null(strstr(f->out, " to joe@example.com'"));
	assert_null(strstr(f->out, "'sender"));
	assert_null(strstr(f->out, "'name"));
}

static void
rule_that_decided_is_told(void **state)
{
	struct fixture	*f = *state;

	decide(f, "\"verdict\":\"reject\",\"reason\":\"rule\","
	    "\"rule\":\"no thanks\",\"client\":\"192.0.2.7\","
	    "\"sender\":\"ann@ebay.com\"");
	fixture_asks(f, "whitelist suggest --id x1", 0);
	fixture_has(f->out, "decision      reject rule, rule no thanks, ");
	fixture_has(f->out, "note          a rule decided; such an entry "
	    "comes before all rules\n");
}

/* It would be one entry more that nobody needs. */
static void
mail_that_did_not_wait_needs_no_entry(void **state)
{
	static const struct { const char *facts, *note; } rows[] = {
		{ "\"reason\":\"whitelisted\",\"by\":\"domain ebay.com by "
		    "name:ebay.com\"", "it passed by the entry domain ebay.com "
		    "by name:ebay.com; no other is needed" },
		{ "\"reason\":\"whitelisted\",\"by\":\"name *.ebay.com\","
		    "\"would\":\"reject rule\",\"rule\":\"watch\"",
		    "it passed by the entry name *.ebay.com; no" },
		{ "\"reason\":\"grace\",\"by\":\"grace joe@example.com\"",
		    "it passed by the entry grace joe@example.com; no" },
		{ "\"reason\":\"postmaster\"", "is never held up; no entry is "
		    "needed" },
		{ "\"reason\":\"proven\"", "without a wait; no entry is" },
		{ "\"reason\":\"retried\"", "this mail has passed; an entry "
		    "would spare the next one a wait" },
		{ "\"reason\":\"rule\"", "a rule decided; such an entry comes" },
	};
	struct fixture	*f = *state;
	char		 facts[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(facts, sizeof(facts), "\"verdict\":\"pass\",%s,"
		    "\"client\":\"192.0.2.7\",\"sender\":\"ann@ebay.com\"",
		    rows[i].facts);
		decide(f, facts);
		fixture_asks(f, "whitelist suggest --id x1", 0);
		fixture_has(f->out, rows[i].note);
	}
}

static void
decision_that_is_not_in_the_journal_is_a_no(void **state)
{
	struct fixture	*f = *state;

	decide(f, "\"verdict\":\"defer\",\"reason\":\"new\","
	    "\"client\":\"192.0.2.7\",\"sender\":\"ann@ebay.com\"");
	fixture_asks(f, "whitelist suggest --id x2", 1);
	fixture_has(f->messages, "greyctl: no decision x2 in ");
	fixture_asks(f, "whitelist suggest --id x/2", 2);
	fixture_has(f->messages, "not the id of a decision");
	fixture_asks(f, "whitelist suggest", 2);
	fixture_configure(f, "journal = \"\"\n");
	fixture_asks(f, "whitelist suggest --id x1", 2);
	fixture_has(f->messages, "no journal is kept");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entry_that_matches_is_told_with_its_origin),
		TEST(domain_passes_only_where_the_client_proves_it),
		TEST(unsafe_entry_needs_no_proof),
		TEST(entry_of_the_recipient_alone_matches),
		TEST(entry_for_another_recipient_is_near),
		TEST(name_in_the_helo_alone_is_near),
		TEST(entry_that_has_expired_is_near),
		TEST(everything_that_is_lacking_is_told),
		TEST(at_most_twenty_near_ones_are_told),
		TEST(test_counts_no_hit),
		TEST(proven_sender_is_suggested_before_its_domain),
		TEST(stranger_is_suggested_by_address_alone),
		cmocka_unit_test(quotes_in_an_entry_do_not_end_the_word),
		TEST(what_no_entry_helps_is_said),
		TEST(banned_client_is_suggested_as_such),
		TEST(rule_that_decided_is_told),
		TEST(mail_that_did_not_wait_needs_no_entry),
		TEST(decision_that_is_not_in_the_journal_is_a_no),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
