/* SPDX-License-Identifier: ISC
 * tests/unit/test_report.c - what a report makes of lines: histories whose truth is
 * known, and random ones against a slow list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/report.h"

enum { START = 1700000000, DAY = 86400 };

static const struct report_conf	week = { .from = START,
	.until = START + 7 * DAY, .now = START + 7 * DAY, .window = DAY };

static void
feed(struct report_build *b, int64_t at, const char *word, const char *pair)
{
	char			verdict[16], reason[32], sender[64], rcpt[64];
	struct journal_entry	e = { .line = { .time = (START + at) * 1000,
				    .verdict = verdict, .reason = reason,
				    .sender = sender, .recipient = rcpt,
				    .client = "192.0.2.1", .delayed = -1 } };
	char			by[64] = "";

	/* "held|defer new": what it would have been. */
	e.line.would = strchr(word, '|');
	e.line.would += e.line.would != NULL;
	assert_true(sscanf(word, "%15s %31[^ |]%*c%63[^\n]", verdict, reason,
	    by) >= 2);
	if (e.line.would != NULL)
		by[0] = '\0';
	assert_int_equal(sscanf(pair, "%63[^>]>%63s", sender, rcpt), 2);
	e.line.by = by[0] != '\0' ? by : NULL;
	e.line.rule = strcmp(reason, "rule") == 0 ? "a rule" : NULL;
	assert_int_equal(report_take(b, &e), 0);
}

struct told {
	int64_t		 at;
	const char	*word, *pair;
};

static struct report_summary
summary(const struct report_conf *c, const struct told *t, size_t n)
{
	struct report_build	*b = report_begin(c);
	struct report_summary	 s;

	assert_non_null(b);
	for (size_t i = 0; i < n; i++)
		feed(b, t[i].at, t[i].word, t[i].pair);
	assert_int_equal(report_end(&b, &s), 0);
	assert_null(b);
	return s;
}

#define SUMMARY(conf, rows) summary(conf, rows, sizeof(rows) / sizeof(rows[0]))

static void
each_pair_came_may_come_or_never_came(void **state)
{
	static const struct told	rows[] = {
		{ 10, "defer new", "a@x>j@y" },
		{ 15, "defer early", "a@x>j@y" },
		{ 130, "pass retried net:192.0.2.0/24", "A@X>J@y" },
		{ 140, "pass proven addr:192.0.2.1", "a@x>j@y" },
		{ 200, "defer new", "b@x>j@y" },
		{ 300, "defer new", "c@x>j@y" },
		{ 6 * DAY + 5, "defer late", "c@x>j@y" },
		{ 6 * DAY + 10, "defer new", "d@x>j@y" },
		{ 6 * DAY + 20, "defer held", "e@x>j@y" },
		{ 6 * DAY + 30, "pass proven spf:x", "e@x>j@y" },
		{ 6 * DAY + 40, "pass proven spf:x", "f@x>j@y" },
	};
	struct report_summary	s = SUMMARY(&week, rows);

	(void)state;
	assert_int_equal(s.waited, 5);
	assert_int_equal(s.came, 2);
	assert_int_equal(s.may_come, 2);
	assert_int_equal(s.never, 1);
	assert_int_equal(s.all.n, 2);
	assert_int_equal(s.all.worst, 120);
	assert_int_equal(report_way(&s, "net").n, 1);
	assert_int_equal(report_way(&s, "net").median, 120);
	assert_int_equal(report_way(&s, "spf").n, 0);
	assert_int_equal(s.pass, 4);
	assert_int_equal(s.defer, 7);
	assert_int_equal(s.n_senders, 2);
	assert_string_equal(s.senders[0].sender, "a@x");
	report_free(&s);
}

static void
what_comes_behind_the_period_counts_what_begins_there_does_not(void **state)
{
	static const struct told	rows[] = {
		{ -10, "defer new", "z@x>j@y" },
		{ 0, "defer new", "a@x>j@y" },
		{ 7 * DAY - 1, "defer new", "b@x>j@y" },
		{ 7 * DAY, "defer new", "c@x>j@y" },
		{ 7 * DAY + 100, "pass retried name:x", "b@x>j@y" },
		{ 7 * DAY + 200, "pass proven name:x", "c@x>j@y" },
	};
	struct report_conf	c = week;
	struct report_summary	s;

	(void)state;
	c.now += 3 * DAY;
	s = SUMMARY(&c, rows);
	assert_int_equal(s.waited, 2);
	assert_int_equal(s.came, 1);
	assert_int_equal(s.may_come, 0);
	assert_int_equal(s.never, 1);
	assert_int_equal(s.pass, 0);
	assert_int_equal(s.defer, 2);
	assert_int_equal(report_way(&s, "name").median, 101);
	assert_int_equal(s.first, START - 10);
	report_free(&s);
}

static void
rules_entries_bans_and_unknown_are_counted(void **state)
{
	static const struct told	rows[] = {
		{ 1, "pass whitelisted domain e.example by spf:e.example",
		    "a@x>j@y" },
		{ 2, "pass whitelisted domain e.example by name:e.example",
		    "a@x>j@y" },
		{ 3, "pass whitelisted client 192.0.2.1", "a@x>j@y" },
		{ 4, "pass grace grace j@y", "a@x>j@y" },
		{ 5, "defer rule", "b@x>j@y" },
		{ 6, "defer harvesting", "b@x>j@y" },
		{ 7, "defer harvesting", "b@x>k@y" },
		{ 8, "reject unknown-recipient", "b@x>k@y" },
		{ 9, "pass rule", "b@x>j@y" },
	};
	struct report_summary	s = SUMMARY(&week, rows);

	(void)state;
	assert_int_equal(s.n_entries, 3);
	assert_string_equal(s.entries[0].name, "domain e.example");
	assert_int_equal(s.entries[0].n, 2);
	assert_int_equal(s.n_rules, 1);
	assert_int_equal(s.rules[0].n, 2);
	assert_int_equal(s.banned, 1);
	assert_int_equal(s.unknown, 1);
	assert_int_equal(s.waited, 0);
	assert_string_equal(s.reasons[0].name, "pass whitelisted");
	assert_int_equal(s.reasons[0].n, 3);
	report_free(&s);
}

static void
percentiles_are_those_of_the_nearest_rank(void **state)
{
	struct report_build	*b = report_begin(&week);
	struct report_summary	 s;
	char			 pair[64];

	(void)state;
	for (int i = 1; i <= 200; i++) {
		(void)snprintf(pair, sizeof(pair), "s%d@x>j@y", i);
		feed(b, 0, "defer new", pair);
	}
	for (int i = 1; i <= 200; i++) {
		(void)snprintf(pair, sizeof(pair), "s%d@x>j@y", i);
		feed(b, i, "pass retried addr:192.0.2.1", pair);
	}
	assert_int_equal(report_end(&b, &s), 0);
	assert_int_equal(report_way(&s, "addr").median, 100);
	assert_int_equal(report_way(&s, "addr").p95, 190);
	assert_int_equal(report_way(&s, "addr").worst, 200);
	assert_int_equal(s.spread[0], 60);
	assert_int_equal(s.spread[1], 140);
	assert_int_equal(s.n_senders, REPORT_TOP);
	assert_string_equal(s.senders[0].sender, "s200@x");
	report_free(&s);
}

static void
slots_are_hours_or_days_and_none_is_left_out(void **state)
{
	struct report_conf	c = { .from = START, .until = START + 5400,
				    .now = START + 5400, .window = DAY };
	static const struct told rows[] = {
		{ 5, "pass proven", "a@x>j@y" }, { 3600, "defer new", "a@x>j@y" },
		{ 5399, "reject unknown-recipient", "a@x>j@y" },
	};
	struct report_summary	s = SUMMARY(&c, rows);

	(void)state;
	assert_int_equal(s.slot, 3600);
	assert_int_equal(s.n_slots, 2);
	assert_int_equal(s.slots[0].pass, 1);
	assert_int_equal(s.slots[1].defer, 1);
	assert_int_equal(s.slots[1].reject, 1);
	report_free(&s);
	s = summary(&week, NULL, 0);
	assert_int_equal(s.slot, DAY);
	assert_int_equal(s.n_slots, 7);
	assert_int_equal(s.first, 0);
	report_free(&s);
}

static void
a_held_retry_that_was_early_begins_no_clock(void **state)
{
	static const struct told	rows[] = {
		{ 5 * DAY, "defer held|defer new", "a@x>j@y" },
		{ 7 * DAY - 100, "defer held|defer early", "a@x>j@y" },
		{ 5 * DAY, "defer held|defer new", "b@x>j@y" },
		{ 7 * DAY - 100, "defer held|defer late", "b@x>j@y" },
	};
	struct report_summary	s = SUMMARY(&week, rows);

	(void)state;
	assert_int_equal(s.waited, 2);
	assert_int_equal(s.never, 1);
	assert_int_equal(s.may_come, 1);
	assert_int_equal(report_blocked(&s), 1000);
	report_free(&s);
}

static void
what_was_only_observed_to_wait_is_told_apart(void **state)
{
	static const struct told	rows[] = {
		{ 1, "pass observed|defer new", "a@x>j@y" },
		{ 2, "pass observed|defer early", "a@x>j@y" },
		{ 3, "pass observed|defer new", "b@x>j@y" },
		{ 90, "pass proven", "b@x>j@y" },
		{ 4, "pass observed|defer new", "c@x>j@y" },
		{ 5, "defer new", "c@x>j@y" },
		{ 6, "pass observed|reject unknown-recipient", "d@x>j@y" },
		{ 7, "pass observed|defer harvesting", "e@x>j@y" },
	};
	struct report_summary	s = SUMMARY(&week, rows);

	(void)state;
	assert_int_equal(s.waited, 3);
	assert_int_equal(s.came, 1);
	assert_int_equal(s.never, 2);
	assert_int_equal(s.observed, 1);
	assert_int_equal(s.passed_at_once, 6);
	assert_int_equal(s.unknown, 0);
	assert_int_equal(s.banned, 0);
	report_free(&s);
}

static void
delays_are_kept_apart_by_what_let_the_mail_in(void **state)
{
	static const struct told	rows[] = {
		{ 0, "defer new", "a@x>j@y" }, { 0, "defer new", "b@x>j@y" },
		{ 0, "defer new", "c@x>j@y" }, { 0, "defer new", "d@x>j@y" },
		{ 0, "defer new", "e@x>j@y" },
		{ 60, "pass retried net:192.0.2.0/24", "a@x>j@y" },
		{ 80, "pass retried net:192.0.2.0/24", "b@x>j@y" },
		{ 90, "pass retried name:x.example x", "c@x>j@y" },
		{ 100, "pass whitelisted client 192.0.2.1", "d@x>j@y" },
		{ 110, "pass same-mail", "e@x>j@y" },
		{ 120, "pass proven addr:192.0.2.1", "a@x>j@y" },
		{ 130, "pass proven addr:192.0.2.1", "z@x>j@y" },
		{ 140, "pass retried net:192.0.2.0/24", "z@x>j@y" },
	};
	struct report_summary	s = SUMMARY(&week, rows);

	(void)state;
	assert_int_equal(s.n_ways, 4);
	assert_string_equal(s.ways[0].name, "net");
	assert_int_equal(report_way(&s, "net").worst, 80);
	assert_int_equal(report_way(&s, "name").median, 90);
	assert_int_equal(report_way(&s, "whitelisted").p95, 100);
	assert_int_equal(report_way(&s, "same-mail").n, 1);
	assert_int_equal(report_way(&s, "proven").n, 0);
	assert_int_equal(s.passed_at_once, 3);
	assert_int_equal(s.n_at_once, 2);
	assert_string_equal(s.at_once[0].name, "proven");
	assert_int_equal(s.at_once[0].n, 2);
	report_free(&s);
}

/* A journal is a file: its words may be anything. */
static void
ways_are_bounded(void **state)
{
	struct report_build	*b = report_begin(&week);
	struct report_summary	 s;
	char			 pair[64], word[64];
	uint64_t		 n = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		(void)snprintf(pair, sizeof(pair), "s%d@x>j@y", i);
		(void)snprintf(word, sizeof(word), "pass made-up-%d", i);
		feed(b, i, "defer new", pair);
		feed(b, i + 1, word, pair);
	}
	assert_int_equal(report_end(&b, &s), 0);
	assert_int_equal(s.n_ways, REPORT_WAYS);
	for (size_t i = 0; i < s.n_ways; i++)
		n += s.ways[i].delay.n;
	assert_int_equal(n, 100);
	assert_string_equal(s.ways[0].name, "other");
	report_free(&s);
}

/* A pair in a list that is searched from its start. */
struct slow {
	bool	waited;
	int64_t	first, clock, came;
};

static void
random_histories_are_summed_up_as_a_slow_list_does(void **state)
{
	enum { SENDERS = 12, RCPTS = 5, LINES = 400 };
	static const char *const words[] = { "defer new", "defer early",
	    "defer late", "pass retried net:x", "pass proven addr:x",
	    "defer harvesting", "reject unknown-recipient" };
	unsigned	seed = 5;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct slow		 list[SENDERS][RCPTS] = { { { 0 } } };
		struct report_build	*b = report_begin(&week);
		struct report_summary	 s;
		uint64_t		 n[3] = { 0 };
		int64_t			 at = -DAY;

		for (int i = 0; i < LINES; i++) {
			int	   w = rand_r(&seed) % 7;
			int	   x = rand_r(&seed) % SENDERS;
			int	   y = rand_r(&seed) % RCPTS;
			struct slow *p = &list[x][y];
			char	   pair[64];
			bool	   in;

			at += rand_r(&seed) % (2 * 9 * DAY / LINES);
			in = at >= 0 && at < 7 * DAY;
			(void)snprintf(pair, sizeof(pair), "s%d@x>r%d@y", x,
			    y);
			feed(b, at, words[w], pair);
			if (w < 3 && in && !p->waited)
				*p = (struct slow){ true, at, at, 0 };
			else if (w < 3 && in && w != 1 && p->came == 0)
				p->clock = at;
			if ((w == 3 || w == 4) && p->waited && p->came == 0)
				p->came = at;
		}
		assert_int_equal(report_end(&b, &s), 0);
		for (int x = 0; x < SENDERS; x++)
			for (int y = 0; y < RCPTS; y++)
				if (list[x][y].waited)
					n[list[x][y].came > 0 ? 0 :
					    list[x][y].clock > 6 * DAY ? 1 :
					    2]++;
		assert_int_equal(s.came, n[0]);
		assert_int_equal(s.may_come, n[1]);
		assert_int_equal(s.never, n[2]);
		report_free(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pair_came_may_come_or_never_came),
		cmocka_unit_test(
		    what_comes_behind_the_period_counts_what_begins_there_does_not),
		cmocka_unit_test(rules_entries_bans_and_unknown_are_counted),
		cmocka_unit_test(percentiles_are_those_of_the_nearest_rank),
		cmocka_unit_test(slots_are_hours_or_days_and_none_is_left_out),
		cmocka_unit_test(a_held_retry_that_was_early_begins_no_clock),
		cmocka_unit_test(what_was_only_observed_to_wait_is_told_apart),
		cmocka_unit_test(delays_are_kept_apart_by_what_let_the_mail_in),
		cmocka_unit_test(ways_are_bounded),
		cmocka_unit_test(
		    random_histories_are_summed_up_as_a_slow_list_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
