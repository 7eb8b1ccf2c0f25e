/* SPDX-License-Identifier: ISC
 * control/ctl_stats.c - stats: how often what was decided, from the counts by the
 * hour; no journal is read. */
#include "control/ctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl_journal.h"
#include "control/item.h"
#include "control/pager.h"
#include "control/table.h"
#include "control/tally_sum.h"
#include "policy/reason.h"

enum { HOUR = 3600, WEEK = 7 * 86400, NUMBER_SIZE = 32 };

struct stats {
	int64_t		 since, until;	/* whole hours */
	struct tally_sum now, before;
};

static uint64_t
number_of(const struct tally_sum *s, const char *word)
{
	for (size_t i = 0; i < s->n_words; i++)
		if (strcmp(s->words[i].word, word) == 0)
			return s->words[i].n;
	return 0;
}

static const char *
number(uint64_t n, char out[NUMBER_SIZE])
{
	(void)snprintf(out, NUMBER_SIZE, "%" PRIu64, n);
	return out;
}

static const char *
share(uint64_t n, uint64_t all, char out[NUMBER_SIZE])
{
	if (all == 0)
		(void)strcpy(out, "-");
	else
		(void)snprintf(out, NUMBER_SIZE, "%.1f %%",
		    100.0 * (double)n / (double)all);
	return out;
}

static const struct table_column	columns[] = {
	{ .head = "VERDICT", .least = 8 },
	{ .head = "REASON", .least = 20 },
	{ .head = "ATTEMPTS", .least = 11, .right = true },
	{ .head = "SHARE", .least = 8, .right = true },
	{ .head = "BEFORE", .least = 11, .right = true },
};

static void
print_row(struct table *t, const struct stats *s, const char *verdict,
    const char *reason)
{
	const uint64_t	*v = s->now.verdicts;
	char		 word[64], n[NUMBER_SIZE], part[NUMBER_SIZE];
	char		 before[NUMBER_SIZE];
	const char	*cells[] = { verdict, reason, n, part, before };

	(void)snprintf(word, sizeof(word), "%.10s %.40s", verdict, reason);
	(void)number(number_of(&s->now, word), n);
	(void)share(number_of(&s->now, word), v[0] + v[1] + v[2], part);
	(void)number(number_of(&s->before, word), before);
	table_row(t, cells);
}

static void
print_decisions(const struct ctl *ctl, const struct stats *s)
{
	struct table	t;

	table_new(&t, ctl, columns, sizeof(columns) / sizeof(columns[0]));
	for (int v = VERDICT_PASS; v <= VERDICT_REJECT; v++)
		for (int r = REASON_NONE + 1; r <= REASONS; r++) {
			const char *verdict = verdict_name((enum verdict)v);
			const char *reason = r == REASONS ? "other" :
			    reason_name((enum reason)r);
			char	    word[64];

			(void)snprintf(word, sizeof(word), "%s %s", verdict,
			    reason);
			if (number_of(&s->now, word) > 0 ||
			    number_of(&s->before, word) > 0)
				print_row(&t, s, verdict, reason);
		}
	table_end(&t);
}

static const char *
up_to(int64_t seconds, char out[PRINT_SPAN_SIZE])
{
	if (seconds != INT64_MAX)
		return print_span(seconds, out);
	(void)strcpy(out, "longer");
	return out;
}

static void
print_delay(FILE *out, const struct tally_sum *s, int kind)
{
	char		median[PRINT_SPAN_SIZE], p95[PRINT_SPAN_SIZE];
	char		worst[PRINT_SPAN_SIZE];
	uint64_t	n;
	int64_t		half = tally_sum_percentile(s, kind, 50, &n);

	if (n == 0)
		return;
	(void)fprintf(out, "%-8s %" PRIu64 " came by a retry, half of them in "
	    "%s at most, 95 of 100 in %s, all in %s\n",
	    kind == -1 ? "waited" : tally_kind((unsigned)kind), n,
	    up_to(half, median),
	    up_to(tally_sum_percentile(s, kind, 95, &n), p95),
	    up_to(tally_sum_percentile(s, kind, 100, &n), worst));
}

static void
print_all(const struct ctl *ctl, const struct stats *s)
{
	char	from[PRINT_TIME_SIZE], until[PRINT_TIME_SIZE];
	char	size[PRINT_SPAN_SIZE];

	(void)fprintf(ctl->out, "%s to %s, and as long before\n\n",
	    ctl_journal_time(s->since * 1000, true, from),
	    ctl_journal_time(s->until * 1000, true, until));
	print_decisions(ctl, s);
	(void)fputc('\n', ctl->out);
	for (int k = -1; k < TALLY_KINDS; k++)
		print_delay(ctl->out, &s->now, k);
	if (s->now.n_growth > 0) {
		const struct report_growth *last =
		    &s->now.growth[s->now.n_growth - 1];

		(void)fprintf(ctl->out, "state    %" PRIu64 " records, %s\n",
		    last->records, print_size((int64_t)last->bytes, size));
	}
}

static void
add_limit(struct json *o, const char *key, int64_t seconds)
{
	if (seconds == INT64_MAX)
		json_add_null(o, key);
	else
		json_add_int(o, key, seconds);
}

static struct json *
json_of_sum(const struct tally_sum *s)
{
	struct json	*o = json_new_object(), *delays = json_new_object();

	for (int v = VERDICT_PASS; v <= VERDICT_REJECT; v++) {
		const char	*verdict = verdict_name((enum verdict)v);
		struct json	*reasons = json_new_object();
		size_t		 len = strlen(verdict);

		for (size_t i = 0; i < s->n_words; i++)
			if (strncmp(s->words[i].word, verdict, len) == 0)
				json_add_int(reasons, s->words[i].word + len +
				    1, (int64_t)s->words[i].n);
		json_add(o, verdict, reasons);
	}
	for (int k = -1; k < TALLY_KINDS; k++) {
		struct json	*one = json_new_object();
		uint64_t	 n;

		add_limit(one, "median", tally_sum_percentile(s, k, 50, &n));
		add_limit(one, "p95", tally_sum_percentile(s, k, 95, &n));
		add_limit(one, "worst", tally_sum_percentile(s, k, 100, &n));
		json_add_int(one, "n", (int64_t)n);
		json_add(delays, k == -1 ? "all" : tally_kind((unsigned)k),
		    one);
	}
	json_add(o, "delays", delays);
	return o;
}

static int
print_json(const struct ctl *ctl, const struct stats *s, struct err *e)
{
	struct json	*o = json_of_sum(&s->now);
	char		*text;

	item_add_time(o, "since", s->since);
	item_add_time(o, "until", s->until);
	if (s->now.n_growth > 0) {
		json_add_int(o, "records", (int64_t)
		    s->now.growth[s->now.n_growth - 1].records);
		json_add_int(o, "bytes", (int64_t)
		    s->now.growth[s->now.n_growth - 1].bytes);
	}
	json_add(o, "before", json_of_sum(&s->before));
	text = json_dump(o, 2);
	json_free(&o);
	if (text == NULL)
		return err_set(e, "out of memory");
	(void)fprintf(ctl->out, "%s\n", text);
	free(text);
	return 0;
}

/* The period in whole hours, since the counts are. */
static int
read_period(struct stats *s, const struct ctl *ctl, const struct json *args,
    struct err *e)
{
	s->until = json_has_int(args, "until") ? json_get_int(args, "until") :
	    ctl->now;
	s->since = json_has_int(args, "since") ? json_get_int(args, "since") :
	    s->until - WEEK;
	s->until = (s->until + HOUR - 1) / HOUR * HOUR;
	s->since = s->since / HOUR * HOUR;
	return s->since < s->until ? 0 : err_set(e, "nothing is before --until "
	    "and not before --since: the two may be the wrong way round");
}

static int
show(const struct ctl *ctl, const struct stats *s, struct err *e)
{
	struct pager		 pager;
	const struct ctl	*to;

	if (ctl->json)
		return print_json(ctl, s, e);
	to = pager_begin(&pager, ctl);
	print_all(to, s);
	return pager_end(&pager, CTL_DONE) == CTL_DONE ? 0 : err_set(e,
	    "cannot write the output");
}

int
ctl_stats(const struct ctl *ctl, struct ctl_request *r)
{
	struct stats	s = { .since = 0 };
	struct err	e = { "" };
	int		rc = read_period(&s, ctl, r->args, &e);

	if (rc == 0)
		rc = tally_sum_ask(&s.now, ctl, s.since, s.until, &e);
	if (rc == 0)
		rc = tally_sum_ask(&s.before, ctl, 2 * s.since - s.until,
		    s.since, &e);
	if (rc == 0)
		rc = show(ctl, &s, &e);
	tally_sum_free(&s.now);
	tally_sum_free(&s.before);
	json_free(&r->args);
	return rc == 0 ? CTL_DONE : ctl_journal_failed(ctl, &e);
}
