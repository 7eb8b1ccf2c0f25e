/* SPDX-License-Identifier: ISC
 * tests/unit/test_triplet.c - greyctl triplet list, show, pass and forget
 * against a real control server: what they print, what they change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "policy/crowd.h"
#include "policy/policy.h"
#include "tests/lib/control_fixture.h"

#define NET	"net:192.0.2.0/24"

static const struct record pending = { .state = RECORD_PENDING,
	.first = -18, .last = -10, .expires = 172782, .tries = 2 };
static const struct record passed = { .state = RECORD_PASSED,
	.first = -7200, .last = -60, .expires = 3110340, .tries = 3,
	.passes = 2 };
static const struct record proof = { .state = RECORD_PROOF, .first = -100,
	.last = -100, .expires = 3110300, .passes = 1 };
static const struct record expired = { .state = RECORD_PENDING,
	.first = -172800, .last = -172800, .expires = 0, .tries = 1 };

/* One letter at the end of each recipient names the record in the rows of
 * the_filters_of_a_listing_select(). */
static void
fill(struct fixture *f)
{
	fixture_put(f, KEY_TRIPLET, NET, "ann@example.org", "a@example.com",
	    &pending);
	fixture_put(f, KEY_TRIPLET, NET, "", "b@example.com", &pending);
	fixture_put(f, KEY_TRIPLET, "net:198.51.100.0/24", "bob@example.org",
	    "c@example.com", &passed);
	fixture_put(f, KEY_TRIPLET, "net:2001:db8:1:2::/64",
	    "ann@sub.example.org", "d@example.com", &passed);
	fixture_put(f, KEY_TRIPLET, "name:example.net", "ann@example.org",
	    "e@example.com", &passed);
	fixture_put(f, KEY_TRIPLET, NET, "gone@example.org", "x@example.com",
	    &expired);
	fixture_put(f, KEY_PROOF, "addr:192.0.2.7", NULL, NULL, &proof);
	fixture_put(f, KEY_PROOF, "addr:192.0.2.70", NULL, NULL, &proof);
	fixture_put(f, KEY_PROOF, "name:example.net", "example.org", NULL,
	    &proof);
}

static int
make_fixture(void **state)
{
	*state = fixture_new();
	fill(*state);
	return 0;
}

static int
free_fixture(void **state)
{
	struct fixture	*f = *state;

	fixture_free(&f);
	return 0;
}

/* What a listing has, as letters: a-e for the triplets, p, q, r the proofs. */
static void
letters(struct fixture *f, const char *options, char out[32])
{
	char		 line[256];
	struct json	*list;

	(void)snprintf(line, sizeof(line), "--json triplet list%s%s",
	    options[0] != '\0' ? " " : "", options);
	fixture_asks(f, line, 0);
	list = json_parse(f->out, strlen(f->out), NULL);
	assert_non_null(list);
	*out = '\0';
	for (size_t i = 0; i < json_length(list); i++) {
		const struct json *item = json_at(list, i);
		const char *rcpt = json_get_text(item, "recipient");
		const char *id = json_get_text(item, "identity");

		*out++ = rcpt != NULL ? rcpt[0] :
		    strcmp(id, "addr:192.0.2.7") == 0 ? 'p' :
		    strcmp(id, "addr:192.0.2.70") == 0 ? 'q' : 'r';
		*out = '\0';
	}
	json_free(&list);
}

static void
the_filters_of_a_listing_select(void **state)
{
	static const struct { const char *options, *wanted; } row[] = {
		{ "", "ebacdpqr" },
		{ "--client 192.0.2.7", "bap" },
		{ "--client 192.0.2.70", "baq" },
		{ "--client 192.0.2.99", "ba" },
		{ "--client ::ffff:192.0.2.7", "bap" },
		{ "--client 192.0.2.0/25", "bapq" },
		{ "--client 192.0.0.0/16", "bapq" },
		{ "--client 192.0.2.64/26", "baq" },
		{ "--client 2001:db8:1:2::9", "d" },
		{ "--client 2001:db8::/32", "d" },
		{ "--client 0.0.0.0/0", "bacpq" },
		{ "--client 203.0.113.1", "" },
		{ "--identity " NET, "ba" },
		{ "--identity net:192.0.2.0/2", "" },
		{ "--identity name:example.net", "er" },
		{ "--sender ann@example.org", "ea" },
		{ "--sender ANN@Example.ORG", "ea" },
		{ "--sender <ann@example.org>", "ea" },
		{ "--sender @example.org", "eacr" },
		{ "--sender @EXAMPLE.org", "eacr" },
		{ "--sender @sub.example.org", "d" },
		{ "--sender <>", "b" },
		{ "--sender \"\"", "b" },
		{ "--recipient D@example.com", "d" },
		{ "--recipient gone@example.com", "" },
		{ "--state pending", "ba" },
		{ "--state passed", "ecd" },
		{ "--state proof", "pqr" },
		{ "--state passed --client 192.0.2.7", "" },
		{ "--state pending --client 192.0.2.7 --sender <>", "b" },
		{ "--limit 3", "eba" },
		{ "--limit 1 --state proof", "p" },
	};
	char	got[32];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		letters(*state, row[i].options, got);
		if (strcmp(got, row[i].wanted) != 0)
			fail_msg("%s: %s, not %s", row[i].options, got,
			    row[i].wanted);
	}
}

static void
a_listing_is_a_table_for_people(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "triplet list", 0);
	fixture_has(f->out, "STATE     FIRST   LAST    EXPIRES TRIES IDENTITY"
	    "             SENDER                       RECIPIENT\n");
	fixture_has(f->out, "pending   18s     10s     1d23h   2     "
	    "net:192.0.2.0/24     ann@example.org              "
	    "a@example.com\n");
	fixture_has(f->out, "passed    2h      1m      35d23h  3     "
	    "name:example.net ");
	fixture_has(f->out, "net:192.0.2.0/24     <>        ");
	fixture_has(f->out, "proven    1m40s   1m40s   35d23h  -     "
	    "addr:192.0.2.7       -                            -\n");
	fixture_has(f->out, "name:example.net     @example.org  ");
	assert_string_equal(f->messages, "");
	fixture_asks(f, "triplet list --client 203.0.113.1", 0);
	assert_string_equal(f->out, "");
	assert_string_equal(f->messages, "greyctl: no record matches\n");
}

static void
an_item_in_json_has_all_that_is_stored(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "triplet list --recipient a@example.com --json", 0);
	assert_string_equal(f->out, "[\n{\"state\":\"pending\","
	    "\"identity\":\"net:192.0.2.0/24\","
	    "\"sender\":\"ann@example.org\",\"recipient\":\"a@example.com\","
	    "\"first\":\"2023-11-14T22:13:02Z\","
	    "\"last\":\"2023-11-14T22:13:10Z\","
	    "\"expires\":\"2023-11-16T22:13:02Z\",\"tries\":2,\"passes\":0}"
	    "\n]\n");
	fixture_asks(f, "triplet list --recipient nobody@example.com --json", 0);
	assert_string_equal(f->out, "[]\n");
}

static void
what_strangers_wrote_cannot_steer_the_terminal(void **state)
{
	struct fixture	*f = *state;

	fixture_put(f, KEY_TRIPLET, "net:203.0.113.0/24",
	    "\033[31m\x7f\n\xff\xc2\x9b\xe2\x80\xae" "caf\xc3\xa9@example.org",
	    "%s@example.com", &pending);
	fixture_asks(f, "triplet list --client 203.0.113.5", 0);
	fixture_has(f->out, " \\x1b[31m\\x7f\\x0a\\xff\\xc2\\x9b"
	    "\\xe2\\x80\\xae" "caf\xc3\xa9@example.org %s@example.com\n");
	fixture_asks(f, "--json triplet list --client 203.0.113.5", 0);
	assert_null(strchr(f->out, '\033'));
	assert_null(strchr(f->out, '\xff'));
}

static void
record_that_cannot_be_read_is_listed_as_such(void **state)
{
	struct fixture		*f = *state;
	const struct record	 odd = { .state = 99, .expires = 60 };

	fixture_put(f, KEY_TRIPLET, "net:203.0.113.0/24", "a@b", "c@d", &odd);
	fixture_asks(f, "triplet list --client 203.0.113.5", 0);
	fixture_has(f->out, "unreadable -       -       1m      -     "
	    "net:203.0.113.0/24   a@b ");
}

static void
proof_short_of_prove_after_says_how_far_it_is(void **state)
{
	struct fixture		*f = *state;
	const struct record	 none = { .state = RECORD_PROOF,
				     .first = -5, .last = -5, .expires = 60 };

	fixture_put(f, KEY_PROOF, "addr:203.0.113.5", NULL, NULL, &none);
	fixture_asks(f, "triplet list --client 203.0.113.5", 0);
	fixture_has(f->out, "proof 0/1 5s ");
}

static void
show_tells_when_a_retry_would_pass(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "triplet show --client 192.0.2.70 --sender Ann@example.org "
	    "--recipient a@example.com", 0);
	assert_string_equal(f->out, "addr:192.0.2.70\n"
	    "    proven, first seen 1m40s ago, last 1m40s ago, tries 0, "
	    "passes 1\n    forgotten in 35d23h unless used\n"
	    "net:192.0.2.0/24, ann@example.org to a@example.com\n"
	    "    pending, first seen 18s ago, last 10s ago, tries 2, "
	    "passes 0\n"
	    "    a retry passes in 42s, its window ends in 23h59m\n"
	    "    forgotten in 1d23h unless used\n");
	f->now += 42;
	fixture_asks(f, "triplet show --client 192.0.2.1 --sender ann@example.org "
	    "--recipient a@example.com", 0);
	fixture_has(f->out, "    a retry passes now, its window ends in ");
	/* The window is counted from the first attempt, not the last. */
	f->now += 86345;
	fixture_asks(f, "triplet show --client 192.0.2.1 --sender ann@example.org "
	    "--recipient a@example.com", 0);
	fixture_has(f->out, "    its window is over: the next attempt begins "
	    "a new one\n");
}

static void
show_of_what_is_not_there_says_no(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "triplet show --client 203.0.113.9 --sender a@b "
	    "--recipient c@d", 1);
	assert_string_equal(f->out, "");
	assert_string_equal(f->messages, "greyctl: no record: an attempt "
	    "would be new\n");
	fixture_asks(f, "--json triplet show --client 203.0.113.9 --sender a@b "
	    "--recipient c@d", 1);
	assert_string_equal(f->out, "[]\n");
}

static void
show_with_a_confirmed_name_looks_under_it_too(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "triplet show --client 203.0.113.9 --sender ann@example.org "
	    "--recipient e@example.com --name mail.example.net", 0);
	fixture_has(f->out, "name:example.net, @example.org\n    proven");
	fixture_has(f->out, "name:example.net, ann@example.org to "
	    "e@example.com\n    passed");
	fixture_asks(f, "triplet show --client 203.0.113.9 --sender ann@example.org "
	    "--recipient e@example.com --name 203-0-113-9.dyn.example.net", 2);
	fixture_has(f->messages, "looks generated");
}

/* What a real attempt from 203.0.113.9 would get now. */
static enum reason
attempt(struct fixture *f, const char *sender, const char *rcpt)
{
	struct policy		*p = live_ref(f->live);
	struct client		 c = { .by_smtp = true };
	const struct attempt	 a = { .client = &c, .sender = sender,
				     .sender_key = sender, .rcpt = rcpt,
				     .rcpt_key = rcpt };
	struct decision		 d;

	assert_int_equal(ip_parse("203.0.113.9", &c.addr, NULL), 0);
	identities_of(&c.addr, NULL, 24, 64, &c.identities);
	policy_decide(p, &a, f->now, &d);
	policy_unref(&p);
	return d.reason;
}

static void
pass_lets_an_unknown_triplet_through_at_once(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "triplet pass --client 203.0.113.9 --sender New@example.org "
	    "--recipient us@example.com", 0);
	fixture_has(f->out, "passed: net:203.0.113.0/24, new@example.org to "
	    "us@example.com\n    it was not known; remembered until "
	    "2023-12-20 22:13:20, longer if used\n");
	assert_int_equal(attempt(f, "new@example.org", "us@example.com"),
	    REASON_RETRIED);
	assert_int_equal(attempt(f, "new@example.org", "other@example.com"),
	    REASON_NEW);
}

static void
pass_ends_the_wait_of_a_pending_triplet(void **state)
{
	struct fixture	*f = *state;

	assert_int_equal(attempt(f, "new@example.org", "us@example.com"),
	    REASON_NEW);
	f->now += 10;
	assert_int_equal(attempt(f, "new@example.org", "us@example.com"),
	    REASON_EARLY);
	fixture_asks(f, "--json triplet pass --client 203.0.113.9 --sender "
	    "new@example.org --recipient us@example.com", 0);
	fixture_has(f->out, "\"was\": \"pending\"");
	assert_int_equal(attempt(f, "new@example.org", "us@example.com"),
	    REASON_RETRIED);
	fixture_asks(f, "triplet list --client 203.0.113.9 --json", 0);
	fixture_has(f->out, "\"first\":\"2023-11-14T22:13:20Z\"");
	fixture_has(f->out, "\"tries\":2,\"passes\":1}");
}

static void
forget_takes_away_what_was_selected_and_no_more(void **state)
{
	struct fixture	*f = *state;
	char		 left[32];

	fixture_asks(f, "triplet forget --state passed --sender @example.org", 0);
	assert_string_equal(f->out, "2 records forgotten\n");
	letters(f, "", left);
	assert_string_equal(left, "badpqr");
	fixture_asks(f, "triplet forget --client 192.0.2.7", 0);
	assert_string_equal(f->out, "3 records forgotten\n");
	letters(f, "", left);
	assert_string_equal(left, "dqr");
	fixture_asks(f, "triplet forget --client 192.0.2.7", 1);
	assert_string_equal(f->out, "");
	fixture_has(f->messages, "no record matches: nothing was forgotten");
	letters(f, "", left);
	assert_string_equal(left, "dqr");
}

static void
forget_of_everything_needs_to_be_said(void **state)
{
	struct fixture	*f = *state;
	char		 left[32];

	fixture_asks(f, "triplet forget --all --client 192.0.2.7", 2);
	fixture_has(f->messages, "--all and a filter: which of both?");
	fixture_asks(f, "triplet forget", 2);
	fixture_has(f->messages, "nothing says what to forget");
	letters(f, "", left);
	assert_string_equal(left, "ebacdpqr");
	fixture_asks(f, "triplet forget --all --json", 0);
	assert_string_equal(f->out, "{\n  \"forgotten\": 8\n}\n");
	letters(f, "", left);
	assert_string_equal(left, "");
}

static void
put_mark(struct store_item *items, size_t n, void *now)
{
	const struct record	rec = { .state = RECORD_PENDING,
				    .first = *(int64_t *)now,
				    .expires = *(int64_t *)now + 86400 };

	assert_int_equal(n, 1);
	crowd_mark_put(items, 1, &rec);
}

static void
forgotten_client_has_a_clean_slate(void **state)
{
	struct fixture		*f = *state;
	struct store_item	 mark = { .found = false };

	/* A mark, as a flood leaves them. */
	key_make(&mark.key, KEY_MARK, "net:203.0.113.0/24", "7", NULL);
	assert_int_equal(store_step(f->store, &mark, 1, put_mark, &f->now,
	    NULL), 0);
	assert_int_equal(attempt(f, "new@example.org", "us@example.com"),
	    REASON_NEW);
	fixture_asks(f, "triplet forget --client 203.0.113.9", 0);
	assert_string_equal(f->out, "1 record forgotten\n");
	assert_int_equal(store_get(f->store, &mark, NULL), 0);
	assert_int_equal(attempt(f, "new@example.org", "us@example.com"),
	    REASON_NEW);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, \
	free_fixture)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_filters_of_a_listing_select),
		TEST(a_listing_is_a_table_for_people),
		TEST(an_item_in_json_has_all_that_is_stored),
		TEST(what_strangers_wrote_cannot_steer_the_terminal),
		TEST(record_that_cannot_be_read_is_listed_as_such),
		TEST(proof_short_of_prove_after_says_how_far_it_is),
		TEST(show_tells_when_a_retry_would_pass),
		TEST(show_of_what_is_not_there_says_no),
		TEST(show_with_a_confirmed_name_looks_under_it_too),
		TEST(pass_lets_an_unknown_triplet_through_at_once),
		TEST(pass_ends_the_wait_of_a_pending_triplet),
		TEST(forget_takes_away_what_was_selected_and_no_more),
		TEST(forget_of_everything_needs_to_be_said),
		TEST(forgotten_client_has_a_clean_slate),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
