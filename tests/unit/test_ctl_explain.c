/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_explain.c - greyctl explain: each step, the reply, what would
 * let the mail in; and that nothing has changed by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "policy/policy.h"
#include "tests/lib/control_fixture.h"
#include "tests/lib/explain_world.h"

#define MAIL	"explain --client 192.0.2.7 --name mx1.example.org --helo " \
		"mx1.example.org --sender ann@example.org " \
		"--recipient joe@example.com"
#define STRANGER "explain --client 203.0.113.9 --sender win@prize.example " \
		"--recipient joe@example.com"

static const char *const identities[] = { "net:192.0.2.0/24",
    "net:203.0.113.0/24", "name:example.org", NULL };

static uint64_t
lines_of(struct fixture *f)
{
	struct journal_stats	stats;

	journal_flush(f->journal);
	journal_stats(f->journal, &stats);
	return stats.lines;
}

/* Runs it, and sees that everything is as it was. */
static void
asks(struct fixture *f, const char *line, int code)
{
	const struct explain_view view = { identities, true, f->now };
	struct policy	*policy = live_ref(f->live);
	size_t		 before, after;
	uint64_t	 lines = lines_of(f);
	char		*was, *is;

	was = explain_snapshot(policy, &view, &before);
	fixture_asks(f, line, code);
	is = explain_snapshot(policy, &view, &after);
	if (before != after || memcmp(was, is, before) != 0)
		fail_msg("\"%s\" has changed the state", line);
	assert_int_equal(lines_of(f), lines);
	free(was);
	free(is);
	policy_unref(&policy);
}


static void
a_new_mail_is_explained_step_by_step(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, "local-domains = {\"example.com\"}\n");
	asks(f, MAIL, 1);
	assert_string_equal(f->messages,
	    "greyctl: it would not pass: defer new\n");
	fixture_begins(f->out,
	    "mail          from 192.0.2.7 mx1.example.org, HELO "
	    "mx1.example.org\n"
	    "              <ann@example.org> to <joe@example.com>\n"
	    "identities    addr:192.0.2.7           the address of the "
	    "connection\n"
	    "              net:192.0.2.0/24         the network around it\n"
	    "              name:example.org         the MTA confirmed the "
	    "client's name, which does not look generated\n"
	    "              spf:example.org          not proved: SPF is not "
	    "looked at\n"
	    "steps, in their order\n"
	    "   submission     it came over the network\n"
	    "   relay          no relay is configured\n"
	    "   trust          not logged in, not in local-networks, no "
	    "certificate of tls-clients\n"
	    "   postmaster     the recipient is neither postmaster nor abuse\n"
	    "   ban            no ban holds for this client\n"
	    "   recipient      the recipient is not checked: no source is "
	    "asked about example.com\n"
	    "   own entries    no entry of yours about the client, its name or "
	    "the sender matches\n"
	    "   rules          there are no rules\n"
	    "   late entries   no entry about the recipient, no grace and no "
	    "shipped entry matches\n"
	    "   correspondent  none of ours wrote to ann@example.org, as far "
	    "as scope reaches\n"
	    "=> greylisting    delay 1m, window 1d, prove-after 1\n"
	    "                  proof of addr:192.0.2.7: none\n"
	    "                  proof of name:example.org for senders of "
	    "example.org: none\n"
	    "                  proof of name:example.org: none\n"
	    "                  triplet under net:192.0.2.0/24: not known\n"
	    "                  triplet under name:example.org: not known\n"
	    "                  a retry would pass 1m from now at the "
	    "earliest\n"
	    "verdict       defer new\n"
	    "reply         450 4.7.1 Greylisted, please try again later\n"
	    "retry         passes from 2023-11-14 22:14:20 (in 1m) until "
	    "2023-11-15 22:13:20\n"
	    "to let it in  one of these, the narrowest first:\n"
	    "greyctl whitelist add 'sender ann@example.org to "
	    "joe@example.com'\n"
	    "greyctl whitelist add 'sender ann@example.org'\n"
	    "greyctl whitelist add 'domain example.org'\n");
}

static void
a_pending_triplet_is_told_with_its_timers(void **state)
{
	struct fixture		*f = *state;
	const struct record	 waits = { .state = RECORD_PENDING,
				    .first = -40, .last = -30,
				    .expires = 172760, .tries = 2 };
	const struct record	 once = { .state = RECORD_PROOF, .first = -90,
				    .last = -90, .expires = 3000000,
				    .passes = 1 };

	fixture_configure(f, "greylist { prove-after = 2 }");
	fixture_put(f, KEY_TRIPLET, "net:192.0.2.0/24", "ann@example.org",
	    "joe@example.com", &waits);
	fixture_put(f, KEY_PROOF, "addr:192.0.2.7", NULL, NULL, &once);
	asks(f, MAIL, 1);
	fixture_has(f->out, "proof of addr:192.0.2.7: not yet proven by 1 of "
	    "2 passes, last used or renewed 1m30s ago, kept for 34d17h\n");
	fixture_has(f->out, "triplet under net:192.0.2.0/24: pending, first "
	    "seen 40s ago, tries 2; a retry passes in 20s, and until 23h59m "
	    "from now\n");
	fixture_has(f->out, "verdict       defer early\n");
	fixture_has(f->out, "retry         passes from 2023-11-14 22:13:40 "
	    "(in 20s) until 2023-11-15 22:12:40\n");
	f->now += 20;
	asks(f, MAIL, 0);
	fixture_has(f->out, "a retry passes now, and for 23h59m more\n");
	fixture_has(f->out, "verdict       pass retried, by net:192.0.2.0/24\n"
	    "reply         none: the MTA goes on\n");
	f->now += 86400;
	asks(f, MAIL, 1);
	fixture_has(f->out, "its window of 1d is over\n");
	fixture_has(f->out, "verdict       defer late\n");
}

static void
an_entry_decides_and_the_rest_is_not_asked(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "whitelist add domain example.org", 0);
	asks(f, MAIL, 0);
	fixture_has(f->out, "=> own entries    the entry \"domain "
	    "example.org\" (added by ");
	fixture_has(f->out, ") matches; it holds if the client proves the "
	    "sender's domain\n"
	    "                  the client proves the sender's domain by "
	    "name:example.org\n"
	    "   not asked: rules, late entries, correspondent, greylisting\n"
	    "verdict       pass whitelisted, by domain example.org by "
	    "name:example.org\n");
	fixture_asks(f, "whitelist add domain prize.example", 0);
	asks(f, STRANGER, 1);
	fixture_has(f->out, "the client does not prove the sender's domain: ");
}

static void
rules_are_told_with_what_keeps_them_off(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, "rule \"far\" { client = {\"198.51.100.0/24\"} action = "
	    "reject reply = \"550 5.7.1 No\" }\n"
	    "rule \"seen\" { sender = {\"@prize.example\"} action = reject "
	    "reply = \"550 5.7.1 No\" observe = true }\n"
	    "rule \"tls\" { tls = true action = accept }\n"
	    "rule \"slow\" { sender = {\"@prize.example\"} action = greylist "
	    "delay = 10m }\n");
	asks(f, STRANGER, 1);
	fixture_has(f->out,
	    "   rules          rule \"far\" is not for it: its client does not "
	    "hold\n"
	    "                  rule \"seen\" is for it: it rejects, but is "
	    "only observed\n"
	    "                  rule \"tls\" is not for it: its tls does not "
	    "hold\n"
	    "                  rule \"slow\" is for it: it goes on to "
	    "greylisting\n");
	fixture_has(f->out, "delay 10m, window 1d (of rule \"slow\")");
	fixture_has(f->out, "note          macros of the MTA and TLS are not "
	    "known here: ");
	fixture_has(f->out, "(in 10m)");
}

/* With a list of recipients, and one of their names wrong. */
static void
an_unknown_recipient_and_a_ban_are_told_with_what_helps(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "list", "joe@example.com\n");
	fixture_configure(f, "local-domains = {\"example.com\"}\n"
	    "recipients { file = \"~/list\" harvest-limit = 2 }\n");
	asks(f, "explain --client 203.0.113.9 --sender a@b.example "
	    "--recipient ghost@example.com", 1);
	fixture_has(f->out, "=> recipient      list:file: no\n"
	    "                  the recipient does not exist\n");
	fixture_has(f->out, "verdict       reject unknown-recipient, by "
	    "list:file\nreply         550 5.1.1 No such user here\n"
	    "greyctl recipient test 'ghost@example.com'\n");
	assert_null(strstr(f->out, "whitelist add"));
	for (int i = 0; i < 3; i++)
		(void)harvest_count(recipients_harvest(f->recipients),
		    &(struct harvest_rule){ .limit = 2, .window = 600,
		    .ban = 3600 }, &(struct harvest_client){
		    .addr = "addr:203.0.113.9", .net = "net:203.0.113.0/24" },
		    false, f->now);
	f->now += 60;
	asks(f, STRANGER, 1);
	fixture_has(f->out, "=> ban            addr:203.0.113.9 named 3 "
	    "recipients that do not exist and 0 that do since 1m ago\n"
	    "                  addr:203.0.113.9 is banned for 59m more\n");
	fixture_has(f->out, "greyctl harvest forgive '203.0.113.9'\n"
	    "to let it in  one of these, the narrowest first:\n"
	    "greyctl whitelist add 'client 203.0.113.9'\n");
}

static void
a_trusted_session_passes_at_once(void **state)
{
	struct fixture	*f = *state;

	asks(f, STRANGER " --auth joe", 0);
	fixture_has(f->out, ", logged in as joe\n");
	fixture_has(f->out, "=> trust          logged in as joe\n");
	fixture_has(f->out, "verdict       pass authenticated\n");
}

static void
a_null_sender_is_answered_at_data(void **state)
{
	struct fixture	*f = *state;

	asks(f, "explain --client 203.0.113.9 --sender <> --recipient "
	    "joe@example.com", 1);
	fixture_has(f->out, "<> to <joe@example.com>\n");
	fixture_has(f->out, "verdict       defer held, would be defer new\n"
	    "reply         450 4.7.1 Greylisted, please try again later (at "
	    "DATA)\n");
}

/* A real line of the journal; the same mail again. */
static void
a_line_of_the_journal_is_explained_by_its_id(void **state)
{
	struct fixture		*f = *state;
	char			 id[JOURNAL_ID_SIZE], line[128];
	struct journal_line	 l = { .id = id, .verdict = "defer",
				    .reason = "new", .client = "192.0.2.7",
				    .name = "mx1.example.org",
				    .verified = true, .helo = "mx1",
				    .sender = "ann@example.org",
				    .recipient = "joe@example.com",
				    .wait = 60, .delayed = -1 };

	fixture_journal(f);
	l.time = f->now * 1000;
	journal_id(f->journal, l.time, id);
	journal_write(f->journal, &l, NULL);
	(void)snprintf(line, sizeof(line), "explain --id %s", id);
	asks(f, line, 1);
	fixture_begins(f->out, "mail          from 192.0.2.7 mx1.example.org, "
	    "HELO mx1\n"
	    "              <ann@example.org> to <joe@example.com>\n"
	    "was decided   defer new, 2023-11-14 22:13:20\n");
	fixture_has(f->out, "verdict       defer new\n");
	/* A name that was not confirmed proves nothing. */
	l.verified = false;
	l.reason = "authenticated";
	l.verdict = "pass";
	journal_id(f->journal, l.time, id);
	journal_write(f->journal, &l, NULL);
	(void)snprintf(line, sizeof(line), "explain --id %s", id);
	asks(f, line, 0);
	fixture_has(f->out, "192.0.2.7 (not confirmed) mx1.example.org");
	fixture_has(f->out, "=> trust          logged in as a login that the "
	    "journal does not name\n");
}

static void
mail_submitted_here_is_explained_by_its_id(void **state)
{
	struct fixture		*f = *state;
	char			 id[JOURNAL_ID_SIZE], line[128];
	struct journal_line	 l = { .id = id, .verdict = "pass",
				    .reason = "local-submission",
				    .sender = "root@example.com",
				    .recipient = "joe@example.com",
				    .wait = -1, .delayed = -1 };

	fixture_journal(f);
	l.time = f->now * 1000;
	journal_id(f->journal, l.time, id);
	journal_write(f->journal, &l, NULL);
	(void)snprintf(line, sizeof(line), "explain --id %s", id);
	asks(f, line, 0);
	fixture_begins(f->out, "mail          from this host\n");
	fixture_has(f->out, "=> submission     it was submitted on this "
	    "host\n");
}

static void
what_cannot_be_explained_is_told_with_what_to_do(void **state)
{
	static const struct {
		const char	*line, *says;
		int		 code;
	} row[] = {
		{ "explain", "a mail is told by --client, --sender and "
		    "--recipient, or by the --id of its line", 2 },
		{ "explain --client 192.0.2.7 --sender a@b.example",
		    "a mail is told by --client", 2 },
		{ "explain --client mx1 --sender a@b.example --recipient "
		    "joe@example.com", "mx1", 2 },
		{ "explain --id nosuchid", "no decision nosuchid in ", 1 },
		{ "explain --id a/b", "not the id of a decision", 2 },
	};
	struct fixture	*f = *state;

	fixture_configure(f, "journal = \"\"");
	asks(f, "explain --id x", 2);
	fixture_has(f->messages, "no journal is kept: its setting is empty");
	fixture_journal(f);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		asks(f, row[i].line, row[i].code);
		fixture_has(f->messages, row[i].says);
		assert_string_equal(f->out, "");
	}
}

static void
an_event_of_the_journal_is_no_decision(void **state)
{
	struct fixture		*f = *state;
	char			 id[JOURNAL_ID_SIZE], line[128];
	struct journal_event	 e = { .id = id, .event = "learned",
				    .sender = "joe@example.com",
				    .recipient = "eve@example.net" };

	fixture_journal(f);
	e.time = f->now * 1000;
	journal_id(f->journal, e.time, id);
	journal_write_event(f->journal, &e, NULL);
	(void)snprintf(line, sizeof(line), "explain --id %s", id);
	asks(f, line, 1);
	fixture_has(f->messages, "tells of no decision");
}

static void
json_is_one_value_with_every_step(void **state)
{
	struct fixture		*f = *state;
	const struct json	*steps;
	struct json		*item;

	asks(f, "--json " MAIL, 1);
	item = json_parse(f->out, strlen(f->out), NULL);
	assert_non_null(item);
	steps = json_get(item, "steps");
	assert_int_equal(json_length(steps), 11);
	assert_string_equal(json_get_text(json_at(steps, 10), "step"),
	    "greylisting");
	assert_string_equal(json_get_text(json_at(steps, 10), "outcome"),
	    "decides");
	assert_string_equal(json_get_text(item, "verdict"), "defer");
	assert_string_equal(json_get_text(item, "reason"), "new");
	assert_int_equal(json_get_int(json_get(item, "retry"), "wait"), 60);
	assert_string_equal(json_get_text(json_get(item, "retry"), "from"),
	    "2023-11-14T22:14:20Z");
	assert_int_equal(json_length(json_get(item, "entries")), 3);
	json_free(&item);
}

/* Of a sender of any length nothing is cut, and nothing steers the terminal. */
static void
hostile_text_is_told_whole_and_inert(void **state)
{
	struct fixture	*f = *state;
	char		 line[9000] = "explain --client 203.0.113.9 --recipient "
			    "joe@example.com --sender ";
	size_t		 at = strlen(line);

	line[at++] = '\033';
	memset(line + at, 'x', 8000);
	(void)strcpy(line + at + 8000, "@evil.example");
	asks(f, line, 1);
	assert_null(strchr(f->out, '\033'));
	fixture_has(f->out, "<\\x1bxxxx");
	fixture_has(f->out, "xxxx@evil.example> to <joe@example.com>");
	fixture_has(f->out, "none of ours wrote to \\x1bxxx");
}

/* Without the keeper, which tends the store each second. */
static int
setup(void **state)
{
	struct fixture	*f = fixture_new();

	keeper_stop(&f->keeper);
	*state = f;
	return 0;
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_mail_is_explained_step_by_step),
		TEST(a_pending_triplet_is_told_with_its_timers),
		TEST(an_entry_decides_and_the_rest_is_not_asked),
		TEST(rules_are_told_with_what_keeps_them_off),
		TEST(an_unknown_recipient_and_a_ban_are_told_with_what_helps),
		TEST(a_trusted_session_passes_at_once),
		TEST(a_null_sender_is_answered_at_data),
		TEST(a_line_of_the_journal_is_explained_by_its_id),
		TEST(mail_submitted_here_is_explained_by_its_id),
		TEST(what_cannot_be_explained_is_told_with_what_to_do),
		TEST(an_event_of_the_journal_is_no_decision),
		TEST(json_is_one_value_with_every_step),
		TEST(hostile_text_is_told_whole_and_inert),
	};

	/* Times are told in local time. */
	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
