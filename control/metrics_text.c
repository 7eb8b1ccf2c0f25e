/* SPDX-License-Identifier: ISC
 * control/metrics_text.c - the facts, as Prometheus reads them. */
#include "control/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "identity/prover.h"
#include "policy/outbound_watch.h"
#include "policy/reason.h"

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))
#define NAMED		"greygate_"

/* A metric without labels. */
struct row {
	const char	*name, *type, *help;
	uint64_t	 value;
};

static const char	counter[] = "counter", gauge[] = "gauge";

static void
head(FILE *out, const char *name, const char *type, const char *help)
{
	(void)fprintf(out, "# HELP " NAMED "%s %s\n# TYPE " NAMED "%s %s\n",
	    name, help, name, type);
}

static void
put_rows(FILE *out, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		head(out, rows[i].name, rows[i].type, rows[i].help);
		(void)fprintf(out, NAMED "%s %" PRIu64 "\n", rows[i].name,
		    rows[i].value);
	}
}

/* A label's value: other bytes than those of ASCII as \xHH. */
static void
put_label(FILE *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0';
	    p++) {
		if (*p == '"' || *p == '\\')
			(void)fprintf(out, "\\%c", *p);
		else if (*p < ' ' || *p > '~')
			(void)fprintf(out, "\\\\x%02x", *p);
		else
			(void)fputc(*p, out);
	}
}

static uint64_t
number(const struct json *object, const char *key)
{
	int64_t	n = json_get_int(object, key);

	return n > 0 ? (uint64_t)n : 0;
}

/* Whether a verdict can have a reason: those that can are there from the start, so
 * that the first one of them is an increase. */
static bool
is_possible(enum verdict v, enum reason r)
{
	switch (v) {
	case VERDICT_PASS:
		return r > REASON_NONE && r < REASON_NEW;
	case VERDICT_DEFER:
		return r >= REASON_RULE;
	case VERDICT_REJECT:
		break;
	}
	return r == REASON_RULE || r == REASON_UNKNOWN_RECIPIENT;
}

static void
put_decisions(FILE *out, const struct json *decisions)
{
	head(out, "decisions_total", counter,
	    "Recipients decided since the start.");
	for (int v = VERDICT_PASS; v <= VERDICT_REJECT; v++) {
		const char	*verdict = verdict_name((enum verdict)v);
		const struct json *by = json_get(decisions, verdict);

		for (int r = REASON_NONE + 1; r < REASONS; r++) {
			const char *reason = reason_name((enum reason)r);
			uint64_t n = number(by, reason);

			if (n > 0 || is_possible((enum verdict)v,
			    (enum reason)r))
				(void)fprintf(out, NAMED "decisions_total{"
				    "verdict=\"%s\",reason=\"%s\"} %" PRIu64
				    "\n", verdict, reason, n);
		}
	}
}

/* Seconds, without a float's last digits. */
static void
put_seconds(FILE *out, uint64_t micros)
{
	(void)fprintf(out, "%" PRIu64 ".%06" PRIu64, micros / 1000000,
	    micros % 1000000);
}

static void
put_times(FILE *out, const struct json *times)
{
	const struct json	*buckets = json_get(times, "buckets");
	uint64_t		 sum = 0;

	head(out, "decision_seconds", "histogram",
	    "How long a decision took, waiting included.");
	for (size_t i = 0; i < json_length(buckets); i++) {
		const struct json *one = json_at(buckets, i);

		sum += number(one, "count");
		(void)fputs(NAMED "decision_seconds_bucket{le=\"", out);
		if (json_has_int(one, "limit"))
			put_seconds(out, number(one, "limit"));
		else
			(void)fputs("+Inf", out);
		(void)fprintf(out, "\"} %" PRIu64 "\n", sum);
	}
	(void)fputs(NAMED "decision_seconds_sum ", out);
	put_seconds(out, number(times, "micros"));
	(void)fprintf(out, "\n" NAMED "decision_seconds_count %" PRIu64 "\n",
	    sum);
}

static void
put_sessions(FILE *out, const struct json *s, uint64_t blind)
{
	const struct row rows[] = {
		{ "sessions_total", counter, "SMTP sessions begun.",
		    number(s, "since_start") },
		{ "sessions_open", gauge, "SMTP sessions open now.",
		    number(s, "open") },
		{ "sessions_limit", gauge,
		    "SMTP sessions that there is room for.",
		    number(s, "most") },
		{ "messages_total", counter, "MAIL commands seen.",
		    number(s, "messages") },
		{ "blind_pass_timestamp_seconds", gauge,
		    "When mail last passed unjudged, by on-error; 0: never.",
		    blind },
	};

	put_rows(out, rows, LENGTH(rows));
}

/* What only the filter knows. */
static void
put_filter(FILE *out, const struct control_deps *d)
{
	struct json	*o = json_new_object();

	d->status(d->arg, o);
	put_sessions(out, json_get(o, "sessions"), number(o, "blind"));
	put_decisions(out, json_get(o, "decisions"));
	put_times(out, json_get(o, "times"));
	json_free(&o);
}

static void
put_daemon(FILE *out, const struct control_deps *d, const struct conf *conf)
{
	const struct row rows[] = {
		{ "start_time_seconds", gauge, "When the daemon started.",
		    (uint64_t)d->started },
		{ "observe", gauge, "1 while no verdict is enforced.",
		    conf->observe },
	};

	head(out, "build_info", gauge, "The release that runs.");
	(void)fputs(NAMED "build_info{version=\"" VERSION_TEXT "\"} 1\n", out);
	put_rows(out, rows, LENGTH(rows));
}

static void
put_alarms(FILE *out, struct alarms *alarms)
{
	struct alarm_state	s[ALARM_KINDS];

	for (int k = 0; k < ALARM_KINDS; k++)
		s[k] = alarm_get(alarms, (enum alarm_kind)k);
	head(out, "alarm", gauge, "1 while an alarm is raised.");
	for (int k = 0; k < ALARM_KINDS; k++)
		(void)fprintf(out, NAMED "alarm{kind=\"%s\"} %d\n",
		    alarm_name((enum alarm_kind)k), s[k].raised);
	head(out, "alarm_times", gauge,
	    "How often an alarm was raised since it began; 0: it is over.");
	for (int k = 0; k < ALARM_KINDS; k++)
		(void)fprintf(out, NAMED "alarm_times{kind=\"%s\"} %" PRIu64
		    "\n", alarm_name((enum alarm_kind)k),
		    s[k].raised ? s[k].count : 0);
}

static void
put_store(FILE *out, const struct control_deps *d, const struct conf *conf)
{
	struct store_stats	n;

	store_stats(d->store, &n);
	const struct row rows[] = {
		{ "store_records", gauge, "Records in the state.", n.records },
		{ "store_records_limit", gauge, "greylist.max-records.",
		    conf->greylist.max_records },
		{ "store_bytes", gauge, "Bytes of the state on disk.",
		    n.bytes_on_disk },
		{ "store_steps_total", counter, "Steps of the state.",
		    n.steps },
		{ "store_repeats_total", counter,
		    "Steps that had to be repeated.", n.repeats },
		{ "store_failures_total", counter, "Steps that failed.",
		    n.failures },
		{ "store_reopened_total", counter,
		    "Times the state was reopened after a failure.",
		    n.reopened },
	};

	put_rows(out, rows, LENGTH(rows));
}

static void
put_sweep(FILE *out, struct keeper *keeper)
{
	struct keeper_stats	n;

	keeper_stats(keeper, &n);
	const struct row rows[] = {
		{ "swept_total", counter, "Records dropped after their time.",
		    n.swept },
		{ "evicted_total", counter,
		    "Records dropped to stay within max-records.", n.evicted },
		{ "last_sweep_timestamp_seconds", gauge,
		    "When the last sweep ended; 0: none yet.",
		    (uint64_t)n.last_sweep },
	};

	put_rows(out, rows, LENGTH(rows));
}

static void
put_recipients(FILE *out, struct recipients *r, int64_t now)
{
	struct cache_stats	c;
	struct harvest_stats	h;

	recipients_cache_stats(r, &c);
	harvest_stats(recipients_harvest(r), now, &h);
	const struct row rows[] = {
		{ "recipient_cache_hits_total", counter,
		    "Recipients answered from memory.", c.hits },
		{ "recipient_cache_misses_total", counter,
		    "Recipients that a directory was asked about.", c.misses },
		{ "recipient_cache_records", gauge,
		    "Recipients remembered, about.", c.yes + c.no },
		{ "harvest_bans_total", counter,
		    "Bans of clients that guess recipients.", h.bans },
		{ "harvest_banned", gauge, "Identities banned now.", h.banned },
		{ "harvest_unknown_total", counter,
		    "Unknown recipients that were counted.", h.unknown },
	};

	put_rows(out, rows, LENGTH(rows));
}

/* One metric of every source: a pass of its own for each. */
struct source_metric {
	FILE		*out;
	const char	*name;
	uint64_t	 (*value)(const struct recipient_source_stats *s);
};

static bool
put_source(const struct recipient_source_stats *s, void *arg)
{
	const struct source_metric	*m = arg;

	(void)fprintf(m->out, NAMED "%s{source=\"", m->name);
	put_label(m->out, s->name);
	(void)fprintf(m->out, "\"} %" PRIu64 "\n", m->value(s));
	return true;
}

static uint64_t
source_up(const struct recipient_source_stats *s)
{
	return s->doubt.text[0] == '\0' && (s->is_list ?
	    s->list.trouble.text[0] == '\0' : !s->live.open);
}

static uint64_t
source_asked(const struct recipient_source_stats *s)
{
	return s->is_list ? s->list.asked : s->live.asked;
}

static uint64_t
source_failed(const struct recipient_source_stats *s)
{
	return s->is_list ? 0 : s->live.failed;
}

static void
put_sources(FILE *out, struct recipients *r)
{
	struct source_metric	m[] = {
		{ out, "source_up", source_up },
		{ out, "source_asked_total", source_asked },
		{ out, "source_failed_total", source_failed },
	};

	head(out, m[0].name, gauge, "1 while a list or directory answers and "
	    "is believed.");
	recipients_each_source(r, put_source, &m[0]);
	head(out, m[1].name, counter, "Questions to a list or directory.");
	recipients_each_source(r, put_source, &m[1]);
	head(out, m[2].name, counter, "Questions that it did not answer.");
	recipients_each_source(r, put_source, &m[2]);
}

static void
put_dns(FILE *out, struct prover *prover)
{
	struct prover_stats	n;

	if (prover == NULL)
		return;
	prover_stats(prover, &n);
	const struct row rows[] = {
		{ "dns_up", gauge, "1 while the DNS answers.", !n.open },
		{ "dns_helper_running", gauge,
		    "1 while a helper runs (it starts with the first question).",
		    n.helper != 0 },
		{ "dns_asked_total", counter, "Questions to the helper.",
		    n.asked },
		{ "dns_proven_total", counter, "Answers that proved a sender.",
		    n.proven },
		{ "dns_not_proven_total", counter, "Answers that did not.",
		    n.not_proven },
		{ "dns_failed_total", counter, "Questions without an answer.",
		    n.failed },
		{ "dns_dropped_total", counter,
		    "Questions not asked, for want of room or of a helper.",
		    n.dropped },
		{ "dns_overdue_total", counter,
		    "Answers that came too late for who waited.", n.overdue },
		{ "dns_restarts_total", counter, "Helpers that were replaced.",
		    n.restarts },
		{ "dns_waiting", gauge, "Mail that waits for an answer now.",
		    n.waiting },
	};

	put_rows(out, rows, LENGTH(rows));
}

static void
put_writing(FILE *out, const struct control_deps *d)
{
	struct outbound_stats	o = { .messages = 0 };
	struct journal_stats	j;

	journal_stats(d->journal, &j);
	if (d->watch != NULL)
		outbound_watch_stats(d->watch, &o);
	const struct row rows[] = {
		{ "outbound_messages_total", counter, "Messages of our users.",
		    o.messages },
		{ "learned_total", counter,
		    "Outside recipients learned from them.", o.learned },
		{ "journal_lines_total", counter, "Lines for the journal.",
		    j.lines },
		{ "journal_dropped_total", counter,
		    "Lines that could not be written.", j.dropped },
	};

	put_rows(out, rows, LENGTH(rows));
}

char *
metrics_text(const struct control_deps *d, int64_t now, size_t *len)
{
	struct policy		*policy;
	const struct conf	*conf;
	char			*text = NULL;
	FILE			*out = open_memstream(&text, len);
	bool			 failed;

	if (out == NULL)
		return NULL;
	policy = live_ref(d->live);
	conf = policy_conf(policy);
	put_daemon(out, d, conf);
	put_filter(out, d);
	put_alarms(out, d->alarms);
	put_store(out, d, conf);
	put_sweep(out, d->keeper);
	put_recipients(out, d->recipients, now);
	put_sources(out, d->recipients);
	put_dns(out, conf->spf ? d->prover : NULL);
	put_writing(out, d);
	policy_unref(&policy);
	failed = ferror(out) != 0;
	if (fclose(out) == EOF || failed) {
		free(text);
		return NULL;
	}
	return text;
}
