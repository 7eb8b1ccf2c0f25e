/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_learned.c - greyctl learned list, show and forget; what
 * status tells of outbound mail; points in time as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/ctl_time.h"
#include "policy/outbound_watch.h"
#include "tests/lib/control_fixture.h"
#include "whitelist/learned.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

static void
write_letter(struct fixture *f, const char *ours, const char *user,
    const char *outside)
{
	const struct learned_letter	letter = { .outside = outside,
		.ours = ours, .user = user, .queue = "4Xw1" };
	const struct learned_limits	limits = { .remember = 90 * DAY,
		.max_per_hour = 1000 };
	uint32_t			excess;

	assert_int_equal(learned_note(f->store, &letter, &limits, f->now,
	    &excess, NULL), 1);
}

static void
write_some(struct fixture *f)
{
	write_letter(f, "ann@ours.example", "ann@ours.example",
	    "bob@out.example");
	f->now += HOUR;
	write_letter(f, "ann@ours.example", "ann@ours.example",
	    "eve@else.example");
	write_letter(f, "carl@ours.example", "mallory", "bob@out.example");
	f->now += HOUR;
}

static void
learned_list_has_a_line_for_each_pair(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "learned list", 0);
	assert_string_equal(f->messages,
	    "greyctl: nothing was learned that matches\n");
	write_some(f);
	fixture_asks(f, "learned list", 0);
	assert_string_equal(f->out,
	    "FIRST   LAST    LETTERS ANSWERS OUTSIDE                    "
	    "WRITTEN TO BY\n"
	    "2h      2h      1       0       bob@out.example            "
	    "ann@ours.example\n"
	    "1h      1h      1       0       bob@out.example            "
	    "carl@ours.example (login mallory)\n"
	    "1h      1h      1       0       eve@else.example           "
	    "ann@ours.example\n");
}

static void
login_with_a_plus_is_found_as_it_is(void **state)
{
	struct fixture	*f = *state;

	write_some(f);
	write_letter(f, "carl@ours.example", "mallory+phone@ours.example",
	    "zoe@out.example");
	fixture_asks(f, "learned list --learned-by Mallory+phone@ours.example",
	    0);
	fixture_has(f->out, "zoe@out.example");
	assert_null(strstr(f->out, "bob@out.example"));
	fixture_asks(f, "learned forget --learned-by "
	    "mallory+phone@ours.example", 0);
	fixture_asks(f, "learned forget --learned-by "
	    "mallory+phone@ours.example", 1);
}

static void
each_filter_selects(void **state)
{
	static const struct { const char *line; int n; } rows[] = {
		{ "learned list", 3 },
		{ "learned list Bob+x@OUT.example", 2 },
		{ "learned list @out.example", 2 },
		{ "learned list @OUT.example --learned-by mallory", 1 },
		{ "learned list --learned-by Mallory", 1 },
		{ "learned list --learned-by ann@ours.example", 2 },
		{ "learned list --learned-by @ours.example", 3 },
		{ "learned list --since 90m", 2 },
		{ "learned list --since 2023-11-14T23:00:00Z", 2 },
		{ "learned list --since 3h", 3 },
		{ "learned list --limit 1", 1 },
		{ "learned list nobody@out.example", 0 },
	};
	struct fixture	*f = *state;

	write_some(f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = 0;

		fixture_asks(f, rows[i].line, 0);
		for (const char *p = f->out; *p != '\0'; p++)
			n += *p == '\n';
		if (n != (rows[i].n == 0 ? 0 : rows[i].n + 1))
			fail_msg("%s: %s", rows[i].line, f->out);
	}
}

static void
learned_list_in_json_has_everything(void **state)
{
	struct fixture		*f = *state;
	struct json		*o;
	const struct json	*item;

	write_some(f);
	fixture_asks(f, "--json learned list --learned-by mallory", 0);
	o = json_parse(f->out, strlen(f->out), NULL);
	assert_int_equal(json_length(o), 1);
	item = json_at(o, 0);
	assert_string_equal(json_get_text(item, "outside"), "bob@out.example");
	assert_string_equal(json_get_text(item, "ours"), "carl@ours.example");
	assert_string_equal(json_get_text(item, "user"), "mallory");
	assert_string_equal(json_get_text(item, "queue"), "4Xw1");
	assert_int_equal(json_get_int(item, "letters"), 1);
	assert_string_equal(json_get_text(item, "first"),
	    "2023-11-14T23:13:20Z");
	assert_string_equal(json_get_text(item, "last"),
	    "2023-11-14T23:13:20Z");
	assert_null(json_get_text(item, "answered"));
	assert_string_equal(json_get_text(item, "expires"),
	    "2024-02-12T23:13:20Z");
	assert_int_equal(json_length(json_get(item, "identities")), 0);
	json_free(&o);
}

static void
learned_show_tells_who_wrote_and_what_answered(void **state)
{
	static const char *const	ids[] = { "spf:out.example",
		"addr:192.0.2.7", NULL };
	const struct learned_question	q = { .outside = "bob@out.example",
		.ours = "ann@ours.example", .scope = CONF_LEARN_SITE,
		.identities = ids };
	struct fixture			*f = *state;

	write_some(f);
	assert_int_equal(learned_note_answer(f->store, &q, 90 * DAY, f->now,
	    NULL), 1);
	fixture_asks(f, "learned show bob@out.example", 0);
	fixture_begins(f->out, "bob@out.example may answer:\n"
	    "ann@ours.example\n");
	fixture_has(f->out, "letters     1, the first 2023-11-14 ");
	fixture_has(f->out, ", queue id 4Xw1\n");
	fixture_has(f->out, "answers     1, the latest 2023-11-15 ");
	fixture_has(f->out, ", by spf:out.example, addr:192.0.2.7\n");
	fixture_has(f->out, "carl@ours.example (login mallory)\n");
	fixture_has(f->out, "answers     0\n");
	fixture_asks(f, "learned show zoe@out.example", 1);
	fixture_has(f->messages, "nobody of ours is known to have written to "
	    "zoe@out.example; ");
	fixture_asks(f, "learned show", 2);
	fixture_has(f->messages, "needs an outside address");
}

static void
learned_forget_undoes_what_a_thief_taught(void **state)
{
	struct fixture	*f = *state;

	write_some(f);
	fixture_asks(f, "learned forget", 2);
	fixture_has(f->messages, "--all for everybody");
	fixture_asks(f, "learned forget --learned-by mallory --since 30m", 1);
	fixture_has(f->messages, "nothing that was learned matches");
	fixture_asks(f, "learned forget --learned-by mallory --since 3h", 0);
	assert_string_equal(f->out, "1 forgotten\n");
	fixture_asks(f, "--json learned forget bob@out.example", 0);
	fixture_has(f->out, "\"forgotten\": 1");
	fixture_asks(f, "learned forget --all", 0);
	assert_string_equal(f->out, "1 forgotten\n");
	fixture_asks(f, "learned list", 0);
	assert_string_equal(f->out, "");
}

static void
hostile_addresses_are_inert(void **state)
{
	struct fixture	*f = *state;

	write_letter(f, "ann@ours.example", "\x1b[2Jx",
	    "\xe2\x80\xae" "bob\x07@out.example");
	fixture_asks(f, "learned list", 0);
	assert_null(strchr(f->out, '\x1b'));
	assert_null(strchr(f->out, '\x07'));
	assert_null(strstr(f->out, "\xe2\x80\xae"));
	fixture_asks(f, "learned show @out.example", 0);
	assert_null(strchr(f->out, '\x1b'));
	assert_null(strchr(f->out, '\x07'));
}

static void
status_counts_outbound_mail(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, "local-domains = {\"ours.example\"}");
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "outbound      0 messages, 0 recipients learned; "
	    "scope site, proof lenient\n");
	assert_null(strstr(f->out, "WARNING"));
	outbound_watch_message(f->watch, 3);
	outbound_watch_unlearned(f->watch, UNLEARNED_LIST);
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "outbound      1 messages, 3 recipients learned, "
	    "1 list not; scope site");
	fixture_configure(f, "auto-whitelist { enabled = false }");
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "outbound      nothing is learned\n");
}

static void
status_warns_of_what_an_administrator_should_know(void **state)
{
	struct fixture	*f = *state;
	struct ip	 ip;
	struct json	*o;

	fixture_asks(f, "status", 0);
	fixture_has(f->out, "proof lenient; only of users who log in, since "
	    "local-domains is empty\n");
	assert_null(strstr(f->out, "WARNING"));
	fixture_configure(f, "local-domains = {\"ours.example\"}");
	f->now += DAY;
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "WARNING       no outbound mail was ever seen: ");
	outbound_watch_message(f->watch, 0);
	fixture_asks(f, "status", 0);
	assert_null(strstr(f->out, "WARNING"));
	assert_int_equal(ip_parse("192.0.2.9", &ip, NULL), 0);
	for (int i = 0; i < WATCH_ENOUGH; i++)
		outbound_watch_sender(f->watch, &ip, false);
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "WARNING       192.0.2.9 is in local-networks and "
	    "brings mostly outsiders' mail, 20 of 20: ");
	fixture_asks(f, "--json status", 0);
	o = json_parse(f->out, strlen(f->out), NULL);
	assert_int_equal(json_length(json_get(json_get(o, "outbound"),
	    "warnings")), 1);
	json_free(&o);
}

static void
a_time_is_a_duration_back_or_a_date(void **state)
{
	static const struct { const char *text; int64_t wanted; } rows[] = {
		{ "2h", 1700000000 - 2 * HOUR }, { "1d", 1700000000 - DAY },
		{ "1h30m", 1700000000 - 5400 },
		{ "2023-11-14T22:13:20Z", 1700000000 },
		{ "2023-11-14 22:13Z", 1700000000 - 20 },
		{ "2023-11-14", 1699916400 },
		{ "2023-11-14T23:13:20", 1700000000 },
		{ "2023-11-14 23:13", 1700000000 - 20 },
		{ "2023-07-01 12:00", 1688205600 },	/* summer time */
		{ "2023-07-01 12:00Z", 1688212800 },
		{ "2023-02-31", -1 }, { "2023-13-01", -1 },
		{ "2023-1-1", -1 }, { "2023-01-01T", -1 },
		{ "2023-01-01 25:00", -1 }, { "2023-01-01x12:00", -1 },
		{ "2023-01-01ZZ", -1 }, { "yesterday", -1 }, { "", -1 },
		{ "2023-11-15", -1 }, { "-1h", -1 }, { "2023-+1-01", -1 },
		{ "2023-01-01 12:00:00.5Z", -1 },
	};
	struct err	e;

	(void)state;
	(void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t	got = -2;
		int	rc = ctl_time_parse(rows[i].text, 1700000000, &got,
			    &e);

		if (rows[i].wanted == -1 ? rc != -1 || e.text[0] == '\0' :
		    rc != 0 || got != rows[i].wanted)
			fail_msg("\"%s\": %d, %lld", rows[i].text, rc,
			    (long long)got);
	}
	(void)unsetenv("TZ");
	tzset();
	assert_int_equal(ctl_time_parse("2099-01-01", 1700000000,
	    &(int64_t){ 0 }, &e), -1);
	assert_string_equal(e.text, "\"2099-01-01\" is still to come");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(learned_list_has_a_line_for_each_pair),
		TEST(login_with_a_plus_is_found_as_it_is),
		TEST(each_filter_selects),
		TEST(learned_list_in_json_has_everything),
		TEST(learned_show_tells_who_wrote_and_what_answered),
		TEST(learned_forget_undoes_what_a_thief_taught),
		TEST(hostile_addresses_are_inert),
		TEST(status_counts_outbound_mail),
		TEST(status_warns_of_what_an_administrator_should_know),
		cmocka_unit_test(a_time_is_a_duration_back_or_a_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
