/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_trace.c - greyctl trace: the story of somebody's mail. */
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

enum { HOUR = 3600, DAY = 86400 };

/* A decision so many seconds after FIXTURE_START, 22:13:20 UTC, about mail to
 * bob@example.com. */
static void
decide(struct fixture *f, int64_t after, const char *verdict,
    const char *reason, const char *sender)
{
	static char	id[] = "a";

	journal_write(f->journal, &(struct journal_line){
	    .time = INT64_C(1000) * (FIXTURE_START + after), .id = id,
	    .verdict = verdict, .reason = reason, .client = "192.0.2.1",
	    .name = "mx.example.net", .verified = true, .sender = sender,
	    .recipient = "bob@example.com", .wait = -1, .delayed = -1 }, NULL);
	if (after > 0 && f->now < FIXTURE_START + after)
		f->now = FIXTURE_START + after;
}

#define HOST	", from mx.example.net [192.0.2.1]"

static void
letter_is_followed_from_its_first_attempt_to_its_delivery(void **state)
{
	struct fixture	*f = *state;

	fixture_journal(f);
	decide(f, 0, "defer", "new", "ann@example.net");
	decide(f, 30, "defer", "early", "ann@example.net");
	journal_write(f->journal, &(struct journal_line){
	    .time = INT64_C(1000) * (FIXTURE_START + 302), .id = "b",
	    .verdict = "pass", .reason = "retried", .client = "192.0.2.9",
	    .name = "mx.example.net", .sender = "Ann@example.net",
	    .recipient = "Bob@example.com", .by = "net:192.0.2.0/24",
	    .wait = -1, .delayed = 302 }, NULL);
	f->now += 600;
	fixture_asks(f, "trace bob@example.com", 0);
	assert_string_equal(f->out,
	    "2023-11-14 22:13:20  <ann@example.net> to <bob@example.com>: "
	    "delivered after 5m2s\n"
	    "    first    defer new" HOST ", id a\n"
	    "    +30s     defer early" HOST ", id a\n"
	    "    +5m2s    pass retried, from 192.0.2.9, by net:192.0.2.0/24, "
	    "id b\n");
	fixture_asks(f, "trace ann@example.net", 0);
	fixture_has(f->out, "delivered after 5m2s\n");
	fixture_asks(f, "trace @example.net", 0);
	fixture_has(f->out, "delivered after 5m2s\n");
}

static void
letter_that_stays_away_is_pending_and_then_never_came(void **state)
{
	struct fixture	*f = *state;

	fixture_journal(f);
	decide(f, 0, "defer", "new", "ann@example.net");
	decide(f, 30, "defer", "early", "ann@example.net");
	f->now = FIXTURE_START + HOUR;
	fixture_asks(f, "trace bob@example.com", 0);
	fixture_has(f->out, "<bob@example.com>: pending: a retry counts until "
	    "2023-11-15 22:13:20\n");
	f->now = FIXTURE_START + DAY + 1;
	fixture_asks(f, "trace bob@example.com", 0);
	fixture_has(f->out, "<bob@example.com>: never came back\n");
	fixture_configure(f, "journal = \"~/journal.jsonl\"\n"
	    "greylist { window = 36h }\n");
	fixture_asks(f, "trace bob@example.com", 0);
	fixture_has(f->out, "until 2023-11-16 10:13:20\n");
}

static void
refusal_says_why_and_what_passes_at_once_is_short(void **state)
{
	struct fixture	*f = *state;

	fixture_journal(f);
	decide(f, 0, "reject", "unknown-recipient", "ann@example.net");
	decide(f, 60, "pass", "proven", "carl@example.org");
	fixture_asks(f, "trace bob@example.com", 0);
	assert_string_equal(f->out,
	    "2023-11-14 22:13:20  <ann@example.net> to <bob@example.com>: "
	    "refused\n"
	    "    first    reject unknown-recipient" HOST ", id a\n"
	    "2023-11-14 22:14:20  <carl@example.org> to <bob@example.com>: "
	    "delivered at once\n"
	    "    first    pass proven" HOST ", id a\n");
}

/* Line by line: what is one letter, and what are two? */
struct course {
	int64_t		 after;
	const char	*verdict, *reason, *sender;
};

struct case_ {
	const char	*label;
	struct course	 lines[5];
	const char	*outcomes;	/* with the numbers of attempts */
};

static const struct case_ cases[] = {
	{ "a pool's hosts are all new", {
	    { 0, "defer", "new", "a@x.example" },
	    { 60, "defer", "new", "a@x.example" },
	    { 120, "defer", "new", "a@x.example" },
	    { 600, "pass", "retried", "a@x.example" } }, "delivered 4 600" },
	{ "a list's next bounce address is the same sender", {
	    { 0, "defer", "new", "list-bounces+123-bob=example.com@x.example" },
	    { 600, "pass", "retried",
	      "list-bounces+124-bob=example.com@x.example" } },
	    "delivered 2 600" },
	{ "another sender's mail is another story", {
	    { 0, "defer", "new", "a@x.example" },
	    { 60, "defer", "new", "b@x.example" },
	    { 600, "pass", "retried", "a@x.example" } },
	    "delivered 2 600, pending 1" },
	{ "what is delivered has ended", {
	    { 0, "pass", "proven", "a@x.example" },
	    { 60, "pass", "proven", "a@x.example" } },
	    "delivered 1 0, delivered 1 0" },
	{ "and what follows it within the window is another letter", {
	    { 0, "defer", "new", "a@x.example" },
	    { 600, "pass", "retried", "a@x.example" },
	    { 700, "pass", "proven", "a@x.example" } },
	    "delivered 2 600, delivered 1 0" },
	{ "a day later it is another letter", {
	    { 0, "defer", "new", "a@x.example" },
	    { 2 * DAY, "defer", "new", "a@x.example" } },
	    "never 1, pending 1" },
	{ "but not if it is called late", {
	    { 0, "defer", "new", "a@x.example" },
	    { DAY + HOUR, "defer", "late", "a@x.example" },
	    { DAY + 2 * HOUR, "pass", "retried", "a@x.example" } },
	    "delivered 3 93600" },
	{ "nobody retries for more than five days", {
	    { 0, "defer", "new", "a@x.example" },
	    { 2 * DAY, "defer", "late", "a@x.example" },
	    { 4 * DAY, "defer", "late", "a@x.example" },
	    { 6 * DAY, "defer", "late", "a@x.example" } },
	    "never 3, pending 1" },
	{ "an early retry does not prolong the window", {
	    { 0, "defer", "new", "a@x.example" },
	    { DAY - 10, "defer", "early", "a@x.example" },
	    { DAY + HOUR, "defer", "new", "a@x.example" } },
	    "never 2, pending 1" },
	{ "the null sender has stories, too", {
	    { 0, "defer", "held", "" }, { 300, "pass", "retried", "" } },
	    "delivered 2 300" },
	{ "an outage of the directory is told", {
	    { 0, "defer", "directory-down", "a@x.example" },
	    { 300, "reject", "unknown-recipient", "a@x.example" } },
	    "refused 2 300" },
};

static void
told(const struct json *stories, char *out, size_t size)
{
	size_t	n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < json_length(stories); i++) {
		const struct json *s = json_at(stories, i);

		n += (size_t)snprintf(out + n, size - n, "%s%s %zu",
		    i > 0 ? ", " : "", json_get_text(s, "outcome"),
		    json_length(json_get(s, "attempts")));
		if (json_has_int(s, "after"))
			n += (size_t)snprintf(out + n, size - n, " %d",
			    (int)json_get_int(s, "after"));
	}
}

static void
attempts_of_one_letter_are_one_story(void **state)
{
	struct json	*stories;
	char		 got[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f = fixture_new();

		fixture_journal(f);
		for (size_t n = 0; n < 5 && cases[i].lines[n].verdict; n++) {
			const struct course *c = &cases[i].lines[n];

			decide(f, c->after, c->verdict, c->reason, c->sender);
		}
		fixture_asks(f, "--json trace bob@example.com", 0);
		stories = json_parse(f->out, strlen(f->out), NULL);
		assert_non_null(stories);
		told(stories, got, sizeof(got));
		if (strcmp(got, cases[i].outcomes) != 0)
			fail_msg("%s: %s", cases[i].label, got);
		json_free(&stories);
		fixture_free(&f);
	}
}

/* The first attempt is not among the lines that are read; the delivery tells
 * when it was. */
static void
first_attempt_before_the_span_still_counts(void **state)
{
	struct fixture	*f = *state;

	fixture_journal(f);
	decide(f, 0, "defer", "new", "ann@example.net");
	journal_write(f->journal, &(struct journal_line){
	    .time = INT64_C(1000) * (FIXTURE_START + 7200), .id = "b",
	    .verdict = "pass", .reason = "retried", .client = "192.0.2.1",
	    .sender = "ann@example.net", .recipient = "bob@example.com",
	    .wait = -1, .delayed = 7200 }, NULL);
	f->now += 8000;
	fixture_asks(f, "trace bob@example.com --since 1h", 0);
	assert_string_equal(f->out,
	    "2023-11-14 22:13:20  <ann@example.net> to <bob@example.com>: "
	    "delivered after 2h\n"
	    "    +2h      pass retried, from 192.0.2.1, id b\n");
	fixture_asks(f, "trace bob@example.com --until 2h", 0);
	fixture_has(f->out, ": pending: ");
}

static void
json_tells_every_attempt(void **state)
{
	struct fixture	*f = *state;

	fixture_journal(f);
	fixture_asks(f, "--json trace bob@example.com", 0);
	assert_string_equal(f->out, "[]\n");
	decide(f, 0, "defer", "new", "ann@example.net");
	journal_write_event(f->journal, &(struct journal_event){
	    .time = INT64_C(1000) * (FIXTURE_START + 60), .id = "e",
	    .event = "learned", .sender = "bob@example.com",
	    .recipient = "ann@example.net" }, NULL);
	fixture_asks(f, "--json trace bob@example.com", 0);
	assert_string_equal(f->out, "[\n"
	    "{\"sender\":\"ann@example.net\",\"recipient\":\"bob@example.com\","
	    "\"outcome\":\"pending\",\"first\":\"2023-11-14T22:13:20.000Z\","
	    "\"last\":\"2023-11-14T22:13:20.000Z\",\"after\":null,"
	    "\"until\":\"2023-11-15T22:13:20.000Z\",\"attempts\":[{"
	    "\"time\":\"2023-11-14T22:13:20.000Z\",\"id\":\"a\","
	    "\"verdict\":\"defer\",\"reason\":\"new\",\"would\":null,"
	    "\"by\":null,\"rule\":null,\"client\":\"192.0.2.1\","
	    "\"name\":\"mx.example.net\"}]},\n"
	    "{\"sender\":\"bob@example.com\",\"recipient\":\"ann@example.net\","
	    "\"outcome\":\"event\",\"first\":\"2023-11-14T22:14:20.000Z\","
	    "\"last\":\"2023-11-14T22:14:20.000Z\",\"after\":null,"
	    "\"until\":null,\"attempts\":[{"
	    "\"time\":\"2023-11-14T22:14:20.000Z\",\"id\":\"e\","
	    "\"event\":\"learned\",\"why\":null,\"client\":null,"
	    "\"name\":null}]}\n]\n");
	fixture_asks(f, "trace bob@example.com", 0);
	fixture_has(f->out, "2023-11-14 22:14:20  <bob@example.com> to "
	    "<ann@example.net>\n    first    learned, from this host, id e\n");
}

static void
middle_of_a_long_story_is_left_out_for_people(void **state)
{
	struct fixture	*f = *state;
	struct json	*o;
	int		 lines = 0;

	fixture_journal(f);
	decide(f, 0, "defer", "new", "ann@example.net");
	for (int i = 1; i < 50; i++)
		decide(f, i, "defer", "early", "ann@example.net");
	fixture_asks(f, "trace bob@example.com", 0);
	fixture_has(f->out, "    +9s      defer early" HOST ", id a\n"
	    "    ... 30 more ...\n"
	    "    +40s     defer early" HOST ", id a\n");
	for (const char *at = f->out; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, 22);
	fixture_asks(f, "--json trace bob@example.com", 0);
	o = json_parse(f->out, strlen(f->out), NULL);
	assert_int_equal(json_length(json_get(json_at(o, 0), "attempts")), 50);
	json_free(&o);
}

static void
hostile_sender_fits_the_line_and_steers_nothing(void **state)
{
	struct fixture	*f = *state;
	char		 sender[2000];

	(void)snprintf(sender, sizeof(sender), "\x1b[2J\xe2\x80\xae%01500d@x",
	    7);
	fixture_journal(f);
	decide(f, 0, "defer", "new", sender);
	f->columns = 80;
	fixture_asks(f, "trace bob@example.com", 0);
	fixture_begins(f->out, "2023-11-14 22:13:20  <\\x1b[2J\\xe2\\x80\\xae"
	    "000...> to <bob@example.com>: pending");
	assert_null(strchr(f->out, '\033'));
}

static void
nothing_to_tell_is_said(void **state)
{
	struct fixture	*f = *state;

	fixture_journal(f);
	fixture_asks(f, "trace bob@example.com", 0);
	assert_string_equal(f->messages, "greyctl: the journal tells nothing "
	    "of this address; older lines may have been rotated away\n");
	fixture_asks(f, "trace bob", 2);
	assert_string_equal(f->messages, "greyctl: \"bob\" is no address: give "
	    "one such as bob@example.com, or @example.com for all of a "
	    "domain\n");
	fixture_asks(f, "trace", 2);
	fixture_has(f->messages, "\"trace\" needs an address, user@domain");
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, fixture_setup, \
			    fixture_teardown)
	const struct CMUnitTest	tests[] = {
		TEST(letter_is_followed_from_its_first_attempt_to_its_delivery),
		TEST(letter_that_stays_away_is_pending_and_then_never_came),
		TEST(refusal_says_why_and_what_passes_at_once_is_short),
		cmocka_unit_test(attempts_of_one_letter_are_one_story),
		TEST(first_attempt_before_the_span_still_counts),
		TEST(json_tells_every_attempt),
		TEST(middle_of_a_long_story_is_left_out_for_people),
		TEST(hostile_sender_fits_the_line_and_steers_nothing),
		TEST(nothing_to_tell_is_said),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
