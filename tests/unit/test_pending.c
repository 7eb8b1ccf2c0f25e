/* SPDX-License-Identifier: ISC
 * tests/unit/test_pending.c - greyctl pending: each mail that never came back once,
 * the likeliest good one first, with a command that lets it in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "control/pending.h"
#include "tests/lib/control_fixture.h"
#include "whitelist/learned.h"

#define NEAR	"net:192.0.2.0/24"
#define FAR	"net:198.51.100.0/24"
#define JOE	"joe@example.com"

static struct record
pending(int64_t first, unsigned tries)
{
	return (struct record){ .state = RECORD_PENDING, .first = first,
	    .last = first + 5, .expires = 172800 + first, .tries = tries };
}

static struct record
passed(int64_t last)
{
	return (struct record){ .state = RECORD_PASSED, .first = last,
	    .last = last, .expires = 3110340, .tries = 1, .passes = 1 };
}

static void
waits(struct fixture *f, const char *identity, const char *sender,
    unsigned tries)
{
	const struct record	rec = pending(-100, tries);

	fixture_put(f, KEY_TRIPLET, identity, sender, JOE, &rec);
}

/* The senders that are listed, in that order, by the letter that each begins
 * with. */
static void
listed(struct fixture *f, const char *line, char out[32])
{
	struct json	*all;

	fixture_asks(f, line, 0);
	all = json_parse(f->out, strlen(f->out), NULL);
	assert_non_null(all);
	for (size_t i = 0; i < json_length(all); i++)
		out[i] = json_get_text(json_at(all, i), "sender")[0];
	out[json_length(all)] = '\0';
	json_free(&all);
}

static void
fill(struct fixture *f)
{
	const struct learned_letter	 l = { .outside = "x@written.example",
					    .ours = JOE, .user = JOE,
					    .queue = "" };
	const struct learned_limits	 limits = { 86400, 100 };
	uint32_t			 excess;

	assert_int_equal(learned_note(f->store, &l, &limits, FIXTURE_START,
	    &excess, NULL), 1);
	waits(f, NEAR, "a@plain.example", 1);
	waits(f, NEAR, "b@retry.example", 2);
	waits(f, NEAR, "c@hosts.example", 1);
	waits(f, FAR, "c@hosts.example", 1);
	waits(f, NEAR, "d@named.example", 1);
	waits(f, "name:named.example", "d@named.example", 1);
	waits(f, NEAR, "e@mail.written.example", 1);
	waits(f, NEAR, "f@proven.example", 1);
	waits(f, "spf:proven.example", "f@proven.example", 1);
}

static void
evidence_ranks_what_never_came_back(void **state)
{
	struct fixture	*f = *state;
	char		 order[32];

	fill(f);
	listed(f, "--json pending", order);
	assert_string_equal(order, "fedcba");
	listed(f, "--json pending --limit 2", order);
	assert_string_equal(order, "fe");
}

static void
what_has_passed_since_is_left_out(void **state)
{
	struct fixture		*f = *state;
	const struct record	 since = passed(-50), before = passed(-200);
	char			 order[32];

	fill(f);
	fixture_put(f, KEY_TRIPLET, "spf:hosts.example", "c@hosts.example",
	    JOE, &since);
	fixture_put(f, KEY_TRIPLET, FAR, "b@retry.example", JOE, &before);
	fixture_put(f, KEY_TRIPLET, FAR, "a@plain.example", "x@example.com",
	    &since);
	listed(f, "--json pending", order);
	assert_string_equal(order, "fedba");
}

static void
a_command_of_the_list_lets_the_mail_in(void **state)
{
	struct fixture	*f = *state;
	char		 order[32];

	fill(f);
	fixture_asks(f, "pending --limit 1", 0);
	fixture_has(f->out, "\n    greyctl triplet pass --identity "
	    "'spf:proven.example' --sender 'f@proven.example' --recipient "
	    "'" JOE "'\n");
	fixture_has(f->messages, "greyctl: 5 more, without --limit\n");
	fixture_asks(f, "triplet pass --identity 'spf:proven.example' --sender "
	    "'f@proven.example' --recipient '" JOE "'", 0);
	fixture_begins(f->out, "passed: spf:proven.example, f@proven.example");
	listed(f, "--json pending", order);
	assert_string_equal(order, "edcba");
	fixture_asks(f, "triplet pass --identity " FAR " --sender "
	    "nobody@x.example --recipient " JOE, 1);
	fixture_asks(f, "triplet pass --identity " FAR " --sender @x.example "
	    "--recipient " JOE, 2);
}

static void
each_line_says_what_speaks_for_the_mail(void **state)
{
	static const char *const	rows[] = {
		"spf                        1m40s   1m35s   1     "
		    "f@proven.example to " JOE ", spf:proven.example\n",
		"written to                 1m40s   1m35s   1     "
		    "e@mail.written.example to " JOE ", " NEAR "\n",
		"hosts, retried             1m40s   1m35s   2     "
		    "c@hosts.example to " JOE ", " NEAR ", 2 networks\n",
		"-                          1m40s   1m35s   1     "
		    "a@plain.example to " JOE ", " NEAR "\n",
	};
	struct fixture	*f = *state;

	fill(f);
	fixture_asks(f, "pending", 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fixture_has(f->out, rows[i]);
}

/* A terminal, and a shell into which the command is pasted. */
static void
what_strangers_wrote_is_one_harmless_word(void **state)
{
	struct fixture	*f = *state;

	waits(f, NEAR, "'$(id)'\x1b[2J@x.example", 1);
	fixture_asks(f, "pending", 0);
	assert_null(strchr(f->out, '\x1b'));
	fixture_has(f->out, "--sender ''\\''$(id)'\\''\\x1b[2J@x.example'");
}

static void
fingerprints_are_told_of_and_nothing_is_no_trouble(void **state)
{
	struct fixture		*f = *state;
	const struct record	 rec = pending(-100, 1);

	fixture_asks(f, "pending", 0);
	fixture_has(f->messages, "nothing waits for its retry");
	fixture_asks(f, "--json pending", 0);
	assert_string_equal(f->out, "[\n]\n");
	fixture_put(f, KEY_MARK, NEAR, "1", NULL, &rec);
	fixture_asks(f, "pending", 0);
	fixture_has(f->messages, "fingerprints only: 1; greyctl log");
}

/* Against a list that is searched from its start. */
static void
any_order_of_records_gives_the_same(void **state)
{
	struct pending_list	 l = { .at = NULL };
	unsigned		 seed = 3, n_pairs = 0, tries[26][4] = { { 0 } };
	char			 sender[8], rcpt[8], net[32];

	(void)state;
	for (int i = 0; i < 300; i++) {
		unsigned		s = (unsigned)rand_r(&seed) % 26;
		unsigned		r = (unsigned)rand_r(&seed) % 4;
		struct pending_record	rec = { .identity = net,
					    .sender = sender,
					    .recipient = rcpt, .first = 100,
					    .last = 100, .tries = 1 };

		(void)snprintf(sender, sizeof(sender), "%c@x", 'a' + s);
		(void)snprintf(rcpt, sizeof(rcpt), "%c@y", 'a' + r);
		(void)snprintf(net, sizeof(net), "net:10.0.%d.0/24", i);
		assert_int_equal(pending_add(&l, &rec), 0);
		tries[s][r]++;
	}
	for (int i = 0; i < 40; i++) {
		unsigned	s = (unsigned)rand_r(&seed) % 26;
		unsigned	r = (unsigned)rand_r(&seed) % 4;
		int64_t		when = rand_r(&seed) % 200;

		(void)snprintf(sender, sizeof(sender), "%c@x", 'a' + s);
		(void)snprintf(rcpt, sizeof(rcpt), "%c@y", 'a' + r);
		pending_passed(&l, sender, rcpt, when);
		if (when >= 100)
			tries[s][r] = 0;
	}
	pending_rank(&l);
	for (unsigned s = 0; s < 26; s++)
		for (unsigned r = 0; r < 4; r++)
			n_pairs += tries[s][r] > 0;
	assert_int_equal(l.n, n_pairs);
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal(l.at[i].tries, tries[l.at[i].sender[0] - 'a']
		    [l.at[i].recipient[0] - 'a']);
	pending_free(&l);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(evidence_ranks_what_never_came_back),
		TEST(what_has_passed_since_is_left_out),
		TEST(a_command_of_the_list_lets_the_mail_in),
		TEST(each_line_says_what_speaks_for_the_mail),
		TEST(what_strangers_wrote_is_one_harmless_word),
		TEST(fingerprints_are_told_of_and_nothing_is_no_trouble),
		cmocka_unit_test(any_order_of_records_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
