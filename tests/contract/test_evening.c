/* SPDX-License-Identifier: ISC
 * tests/contract/test_evening.c - an administrator's evening: a week of mail is played
 * on a clock that the test turns, through the daemon's own parts and Berkeley DB;
 * then each command is asked what only the maker of the week knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mailaddr.h"
#include "tests/lib/evening.h"

enum { DAY = 86400, MID = WEEK_START + 3 * DAY };

/* In the place of identity/prover_ask.c: only the pools have SPF records. */
struct prover {
	int	nothing;
};

static void
answer(const struct question *q, struct prover_answer *out)
{
	const char	*domain = mailaddr_domain(q->sender);
	uint32_t	 client = (uint32_t)q->client.b[12] << 24 |
			    (uint32_t)q->client.b[13] << 16 |
			    (uint32_t)q->client.b[14] << 8 | q->client.b[15];

	*out = (struct prover_answer){ .result = SPF_NONE, .withdrawn = true };
	if (q->kind == QUESTION_LIST || strncmp(domain, "pool", 4) != 0)
		return;
	out->withdrawn = false;
	out->answer = week_is_pool(client, domain);
	out->result = out->answer == 1 ? SPF_PASS : SPF_FAIL;
}

void
prover_ask(struct prover *p, const struct question *q, int wait_ms,
    struct prover_answer *out)
{
	(void)p, (void)wait_ms;
	answer(q, out);
}

bool
prover_later(struct prover *p, const struct question *q, const void *note,
    size_t len, prover_done_fn done, void *arg)
{
	struct prover_answer	a;

	(void)p, (void)len;
	answer(q, &a);
	done(q, &a, note, arg);
	return true;
}

/* Every word that the week has. */
static const char *const	words[] = {
	"defer new", "defer early", "defer late", "defer harvesting",
	"pass retried", "pass proven", "pass correspondent",
	"pass authenticated", "pass rule", "pass whitelisted",
	"reject unknown-recipient",
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static struct evening	*evening;	/* one week for all questions */
static struct prover	 dns;

static int
play(void **state)
{
	(void)state;
	evening = evening_new(&dns);
	evening_play(evening);
	return 0;
}

static int
leave(void **state)
{
	(void)state;
	evening_free(&evening);
	return 0;
}

static void
asks(const char *line, int code)
{
	int	got = evening_ask(evening, line);

	if (got != code)
		fail_msg("greyctl %s: exit %d: %.2000s%s", line, got,
		    evening->out, evening->messages);
}

static uint64_t
lines_of(const char *text)
{
	uint64_t	n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

/* What `greyctl log` finds is as much as there was. */
static void
finds(uint64_t truth, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
finds(uint64_t truth, const char *fmt, ...)
{
	char	line[400];
	va_list	ap;

	(void)snprintf(line, sizeof(line), "--json log ");
	va_start(ap, fmt);
	(void)vsnprintf(line + 11, sizeof(line) - 11, fmt, ap);
	va_end(ap);
	asks(line, 0);
	if (lines_of(evening->out) != truth)
		fail_msg("greyctl %s: %" PRIu64 " lines, not %" PRIu64, line,
		    lines_of(evening->out), truth);
}

static void
two_hundred_thousand_attempts_were_answered_honestly(void **state)
{
	(void)state;
	assert_true(evening->week.n >= 200000 / WEEK_PART);
	assert_int_equal(evening->wrong, 0);
	print_message("# %zu attempts of a week, %zu pairs that waited\n",
	    evening->week.n, evening->week.n_pairs);
}

static void
log_has_each_attempt_under_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < WORDS; i++) {
		const char	*reason = strchr(words[i], ' ') + 1;
		uint64_t	 all = week_count(&evening->week, words[i],
				     WEEK_START, WEEK_END);

		finds(all, "--reason %s", reason);
	}
	finds(week_count(&evening->week, "", MID, MID + DAY),
	    "--since 2023-11-18T00:00:00Z --until 2023-11-19T00:00:00Z");
	finds(week_count(&evening->week, "reject", 0, WEEK_END),
	    "--verdict reject");
	finds(0, "--reason late --verdict pass");
}

static uint64_t
count_events(bool (*is)(const struct week_event *e))
{
	uint64_t	n = 0;

	for (size_t i = 0; i < evening->week.n; i++)
		n += is(&evening->week.events[i]);
	return n;
}

static bool
is_first_host(const struct week_event *e)
{
	return e->client == 0x14000009;		/* 20.0.0.9 */
}

static bool
is_host(const struct week_event *e)
{
	return e->client >> 24 == 20;
}

static bool
is_to_user7(const struct week_event *e)
{
	return strcmp(e->recipient, "user7@example.com") == 0;
}

static bool
is_from_pool3(const struct week_event *e)
{
	return strcmp(mailaddr_domain(e->sender), "pool3.example") == 0;
}

static bool
has_passed_from_pool3(const struct week_event *e)
{
	return is_from_pool3(e) && strncmp(e->word, "pass", 4) == 0;
}

static void
log_finds_by_client_address_identity_and_rule(void **state)
{
	(void)state;
	finds(count_events(is_first_host), "--client 20.0.0.9");
	finds(count_events(is_host), "--client 20.0.0.0/8");
	finds(count_events(is_to_user7), "--recipient USER7@example.com");
	finds(count_events(is_from_pool3), "--sender @pool3.example");
	finds(count_events(is_first_host), "--identity net:20.0.0.0/24");
	finds(WEEK_RULED, "--rule 'partner net'");
	asks("log --limit 5", 0);
	assert_int_equal(lines_of(evening->out), 6);
}

/* The group's count in what --group-by printed. */
static uint64_t
group_of(const char *name)
{
	char	*rest = strdup(evening->out), *all = rest, *line;
	int64_t	 n = -1;

	while (n == -1 && (line = strsep(&rest, "\n")) != NULL) {
		struct json *o = json_parse(line, strlen(line), NULL);
		const char *group = json_get_text(o, "group");

		if (group != NULL && strcmp(group, name) == 0)
			n = json_get_int(o, "all");
		json_free(&o);
	}
	free(all);
	return (uint64_t)n;
}

static void
groups_add_up(void **state)
{
	(void)state;
	asks("--json log --group-by reason", 0);
	for (size_t i = 0; i < WORDS; i++)
		assert_int_equal(group_of(strchr(words[i], ' ') + 1),
		    week_count(&evening->week, words[i], 0, WEEK_END));
	asks("--json log --group-by client", 0);
	assert_int_equal(group_of("20.0.0.9"), count_events(is_first_host));
	asks("--json log --group-by recipient", 0);
	assert_int_equal(group_of("user7@example.com"),
	    count_events(is_to_user7));
	asks("--json log --group-by sender-domain --verdict pass", 0);
	assert_int_equal(group_of("pool3.example"),
	    count_events(has_passed_from_pool3));
}

/* Which pairs the store still waits for: two windows from the last clock on. */
static bool
still_waits(const struct week_pair *p, int64_t now)
{
	return p->came == 0 && p->first + 2 * WEEK_WINDOW > now;
}

static void
pending_lists_all_that_never_came_back(void **state)
{
	uint64_t	 truth = 0;
	struct json	*all;

	(void)state;
	for (size_t i = 0; i < evening->week.n_pairs; i++)
		truth += still_waits(&evening->week.pairs[i], WEEK_END);
	all = evening_value(evening, "pending");
	assert_non_null(all);
	assert_int_equal(json_length(all), truth);
	json_free(&all);
	all = evening_value(evening, "pending --limit 25");
	assert_int_equal(json_length(all), 25);
	json_free(&all);
}

static const struct week_pair *
pair_of(const char *what, size_t nth)
{
	for (size_t i = 0; i < evening->week.n_pairs; i++)
		if (strcmp(evening->week.pairs[i].what, what) == 0 &&
		    nth-- == 0)
			return &evening->week.pairs[i];
	return NULL;
}

static void
trace_tells_what_became_of_a_mail(void **state)
{
	static const struct { const char *what, *outcome; } rows[] = {
		{ "retrier", "delivered" }, { "slow", "delivered" },
		{ "late", "delivered" }, { "pool", "delivered" },
	};
	char	line[100];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t nth = 0; nth < 5; nth++) {
			const struct week_pair *p = pair_of(rows[i].what, nth);
			struct json *all;

			(void)snprintf(line, sizeof(line), "trace %s",
			    p->sender);
			all = evening_value(evening, line);
			assert_int_equal(json_length(all), 1);
			assert_string_equal(json_get_text(json_at(all, 0),
			    "outcome"), rows[i].outcome);
			assert_int_equal(json_get_int(json_at(all, 0),
			    "after"), p->came - p->first);
			json_free(&all);
		}
}

/* What a report must say of the pairs that began to wait in a period. */
struct truth {
	uint64_t	 waited, came, may_come, never, n;
	int64_t		*delays;
};

static int
by_length(const void *va, const void *vb)
{
	const int64_t	*a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* by NULL: whatever they came by. */
static struct truth
truth_of(int64_t from, int64_t until, const char *by)
{
	struct truth	t = { .delays = calloc(evening->week.n_pairs,
			    sizeof(int64_t)) };

	assert_non_null(t.delays);
	for (size_t i = 0; i < evening->week.n_pairs; i++) {
		const struct week_pair *p = &evening->week.pairs[i];
		int64_t	first = p->first;

		/* One that was late began anew within this period. */
		if (first < from && strcmp(p->what, "late") == 0 &&
		    p->came > from)
			first = p->came - 1800;
		if (first < from || first >= until)
			continue;
		t.waited++;
		t.came += p->came != 0;
		t.may_come += p->came == 0 && first > WEEK_END - WEEK_WINDOW;
		t.never += p->came == 0 && first <= WEEK_END - WEEK_WINDOW;
		if (p->came != 0 && (by == NULL || strcmp(p->by, by) == 0))
			t.delays[t.n++] = p->came - first;
	}
	qsort(t.delays, t.n, sizeof(*t.delays), by_length);
	return t;
}

static void
delays_are(const struct json *delays, const char *key, const struct truth *t)
{
	const struct json	*d = json_get(delays, key);

	assert_int_equal(json_get_int(d, "n"), t->n);
	if (t->n == 0)
		return;
	assert_int_equal(json_get_int(d, "median"),
	    t->delays[(t->n * 50 + 99) / 100 - 1]);
	assert_int_equal(json_get_int(d, "p95"),
	    t->delays[(t->n * 95 + 99) / 100 - 1]);
	assert_int_equal(json_get_int(d, "worst"), t->delays[t->n - 1]);
}

static void
reports(const struct json *o, int64_t from, int64_t until)
{
	static const char *const	kinds[] = { "net", "spf", "addr",
					    "name" };
	struct truth	t = truth_of(from, until, NULL);

	assert_int_equal(json_get_int(o, "waited"), t.waited);
	assert_int_equal(json_get_int(o, "came"), t.came);
	assert_int_equal(json_get_int(o, "may_come"), t.may_come);
	assert_int_equal(json_get_int(o, "never"), t.never);
	assert_int_equal(json_get_int(o, "pass"),
	    week_count(&evening->week, "pass", from, until));
	assert_int_equal(json_get_int(o, "defer"),
	    week_count(&evening->week, "defer", from, until));
	assert_int_equal(json_get_int(o, "unknown"), week_count(&evening->week,
	    "reject unknown-recipient", from, until));
	delays_are(json_get(o, "delays"), "all", &t);
	free(t.delays);
	for (size_t i = 0; i < 4; i++) {
		t = truth_of(from, until, kinds[i]);
		delays_are(json_get(o, "delays"), kinds[i], &t);
		free(t.delays);
	}
}

static void
a_report_is_right_to_the_last_count(void **state)
{
	struct json		*o = evening_value(evening, "report --since "
				    "2023-11-18T12:00:00Z");
	const struct json	*list;

	(void)state;
	assert_non_null(o);
	reports(o, WEEK_END - 7 * DAY / 2, WEEK_END);
	reports(json_get(o, "before"), WEEK_START, WEEK_END - 7 * DAY / 2);
	json_free(&o);
	o = evening_value(evening, "report");
	reports(o, WEEK_START, WEEK_END);
	assert_int_equal(json_get_int(o, "banned"), 1);
	list = json_get(o, "reasons");
	assert_int_equal(json_length(list), WORDS);
	for (size_t i = 0; i < json_length(list); i++)
		assert_int_equal(json_get_int(json_at(list, i), "n"),
		    week_count(&evening->week, json_get_text(json_at(list, i),
		    "name"), 0, WEEK_END));
	assert_int_equal(json_get_int(json_at(json_get(o, "rules"), 0), "n"),
	    WEEK_RULED);
	assert_int_equal(json_get_int(json_at(json_get(o, "entries"), 0),
	    "n"), WEEK_LISTED);
	assert_true(json_length(json_get(o, "growth")) > 160);
	json_free(&o);
}

static void
the_ten_most_delayed_senders_are_those(void **state)
{
	struct json		*o = evening_value(evening, "report");
	const struct json	*list = json_get(o, "senders");
	int64_t			 last = INT64_MAX;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		const struct week_pair	*worst = NULL;
		const struct json	*s = json_at(list, i);

		for (size_t k = 0; k < evening->week.n_pairs; k++) {
			const struct week_pair *p = &evening->week.pairs[k];

			if (p->came != 0 && p->came - p->first < last &&
			    (worst == NULL || p->came - p->first >
			    worst->came - worst->first))
				worst = p;
		}
		last = worst->came - worst->first;
		assert_string_equal(json_get_text(s, "sender"), worst->sender);
		assert_int_equal(json_get_int(s, "worst"), last);
	}
	json_free(&o);
}

static void
stats_have_the_same_counts_and_need_no_journal(void **state)
{
	struct json	*o = evening_value(evening, "stats --since "
			    "2023-11-18T00:00:00Z --until "
			    "2023-11-19T00:00:00Z");
	const struct json *delays;

	(void)state;
	for (size_t i = 0; i < WORDS; i++) {
		char	verdict[8];

		assert_int_equal(sscanf(words[i], "%7s", verdict), 1);
		assert_int_equal(json_get_int(json_get(o, verdict),
		    strchr(words[i], ' ') + 1), week_count(&evening->week,
		    words[i], MID, MID + DAY));
	}
	delays = json_get(o, "delays");
	assert_int_equal(json_get_int(json_get(delays, "all"), "n"),
	    week_count(&evening->week, "pass retried", MID, MID + DAY));
	json_free(&o);
}

/* The attempt that began what is listed. */
static struct week_event
event_of(const struct json *pending)
{
	const char	*sender = json_get_text(pending, "sender");
	const char	*recipient = json_get_text(pending, "recipient");

	for (size_t i = 0; i < evening->week.n; i++)
		if (strcmp(evening->week.events[i].sender, sender) == 0 &&
		    strcmp(evening->week.events[i].recipient, recipient) == 0)
			return evening->week.events[i];
	fail_msg("%s to %s was never tried", sender, recipient);
	return (struct week_event){ .at = 0 };
}

static void
the_command_of_a_pending_mail_lets_it_in(void **state)
{
	struct json		*all = evening_value(evening,
				    "pending --limit 1");
	struct week_event	 again;
	const char		*command;

	(void)state;
	assert_int_equal(json_length(all), 1);
	again = event_of(json_at(all, 0));
	command = json_get_text(json_at(all, 0), "command");
	assert_int_equal(strncmp(command, "greyctl ", 8), 0);
	asks(command + 8, 0);
	assert_string_equal(evening_try(evening, &again), "pass");
	json_free(&all);
}

/* The older part of the journal, out of the way or back. */
static void
move_old_files(bool away)
{
	char	path[160], aside[160];

	for (unsigned i = 3; i <= evening->rotations; i++) {
		(void)snprintf(path, sizeof(path), "%s.%u.gz",
		    evening->journal_path, i);
		(void)snprintf(aside, sizeof(aside), "%s/aside.%u",
		    evening->folder, i);
		assert_int_equal(rename(away ? path : aside,
		    away ? aside : path), 0);
	}
}

static void
a_report_without_its_journal_has_the_counts(void **state)
{
	struct json		*o;
	const struct json	*list;

	(void)state;
	assert_true(evening->rotations > 3);
	move_old_files(true);
	o = evening_value(evening, "report --until 2023-11-22T00:00:00Z "
	    "--since 2023-11-15T00:00:00Z");
	move_old_files(false);
	assert_non_null(o);
	assert_non_null(strstr(json_get_text(o, "note"), "counts of whole"));
	assert_int_equal(json_get_int(o, "defer"),
	    week_count(&evening->week, "defer", 0, WEEK_END));
	assert_int_equal(json_get_int(o, "unknown"), week_count(&evening->week,
	    "reject unknown-recipient", 0, WEEK_END));
	list = json_get(o, "reasons");
	assert_int_equal(json_length(list), WORDS);
	for (size_t i = 0; i < json_length(list); i++)
		assert_int_equal(json_get_int(json_at(list, i), "n"),
		    week_count(&evening->week, json_get_text(json_at(list, i),
		    "name"), 0, WEEK_END));
	json_free(&o);
}

/* Last of all, since it takes things away. */
static void
a_person_is_forgotten_and_nobody_else(void **state)
{
	uint64_t	before = week_count(&evening->week, "reject", 0,
			    WEEK_END);
	struct json	*all;

	(void)state;
	asks("forget-person user7@example.com", 0);
	finds(0, "--recipient user7@example.com");
	finds(before, "--verdict reject");
	all = evening_value(evening, "pending");
	for (size_t i = 0; i < json_length(all); i++)
		assert_string_not_equal(json_get_text(json_at(all, i),
		    "recipient"), "user7@example.com");
	json_free(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    two_hundred_thousand_attempts_were_answered_honestly),
		cmocka_unit_test(log_has_each_attempt_under_its_reason),
		cmocka_unit_test(
		    log_finds_by_client_address_identity_and_rule),
		cmocka_unit_test(groups_add_up),
		cmocka_unit_test(pending_lists_all_that_never_came_back),
		cmocka_unit_test(trace_tells_what_became_of_a_mail),
		cmocka_unit_test(a_report_is_right_to_the_last_count),
		cmocka_unit_test(the_ten_most_delayed_senders_are_those),
		cmocka_unit_test(
		    stats_have_the_same_counts_and_need_no_journal),
		cmocka_unit_test(
		    a_report_without_its_journal_has_the_counts),
		cmocka_unit_test(the_command_of_a_pending_mail_lets_it_in),
		cmocka_unit_test(a_person_is_forgotten_and_nobody_else),
	};

	return cmocka_run_group_tests(tests, play, leave);
}
