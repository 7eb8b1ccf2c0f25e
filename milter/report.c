/* SPDX-License-Identifier: ISC
 * milter/report.c - the facts of a decision, as texts and as a count. */
#include "milter/report.h"

#include <stdio.h>

#include "base/log.h"

/* What the texts of a line point into. */
struct texts {
	char	id[JOURNAL_ID_SIZE];
	char	client[IP_TEXT_SIZE];
	char	reply[sizeof(struct reply) + 4];
	char	would[48];
	char	identities[3 * IDENTITY_SIZE];
	char	wait[24], delayed[24], micros[24];
};

static void
fill_identities(struct journal_line *line, const struct identities *id,
    const struct spf_memo *spf)
{
	size_t	n = 0;

	line->identities[n++] = id->net;
	if (id->name[0] != '\0')
		line->identities[n++] = id->name;
	if (spf != NULL && spf->known && spf->identity[0] != '\0')
		line->identities[n++] = spf->identity;
}

static void
fill_decision(struct journal_line *line, const struct decision *d,
    struct texts *t)
{
	line->verdict = verdict_name(d->verdict);
	line->reason = reason_name(d->reason);
	line->by = d->by[0] != '\0' ? d->by : NULL;
	line->rule = d->rule != NULL ? d->rule->name : NULL;
	line->wait = d->wait > 0 ? d->wait : -1;
	line->delayed = d->delayed;
	if (d->would != REASON_NONE) {
		(void)snprintf(t->would, sizeof(t->would), "%s %s",
		    verdict_name(d->would_verdict), reason_name(d->would));
		line->would = t->would;
	}
	if (d->verdict != VERDICT_PASS) {
		(void)snprintf(t->reply, sizeof(t->reply), "%s %s %s",
		    d->reply.code, d->reply.status, d->reply.text);
		line->reply = t->reply;
	}
}

static const char *
number(char *to, size_t size, int64_t n)
{
	if (n < 0)
		return NULL;
	(void)snprintf(to, size, "%lld", (long long)n);
	return to;
}

static const char *
join(const struct journal_line *l, struct texts *t)
{
	size_t	used = 0;

	if (l->identities[0] == NULL)
		return NULL;
	for (size_t i = 0; i < JOURNAL_IDENTITIES && l->identities[i] != NULL;
	    i++)
		used += (size_t)snprintf(t->identities + used,
		    sizeof(t->identities) - used, "%s%s", i > 0 ? "," : "",
		    l->identities[i]);
	return t->identities;
}

static void
format(char out[LOG_LINE_SIZE], const struct journal_line *l, struct texts *t)
{
	const struct log_pair	pairs[] = {
		{ "id", l->id }, { "verdict", l->verdict },
		{ "reason", l->reason }, { "client", l->client },
		{ "name", l->name }, { "verified", l->verified ? "yes" : "no" },
		{ "helo", l->helo }, { "sender", l->sender },
		{ "recipient", l->recipient },
		{ "identities", join(l, t) },
		{ "by", l->by }, { "would", l->would }, { "rule", l->rule },
		{ "wait", number(t->wait, sizeof(t->wait), l->wait) },
		{ "delayed", number(t->delayed, sizeof(t->delayed),
		    l->delayed) },
		{ "queue", l->queue }, { "reply", l->reply },
		{ "micros", number(t->micros, sizeof(t->micros), l->micros) },
	};

	log_format(out, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

void
report_write(struct journal *journal, bool to_log, const struct report *r)
{
	const struct client	*c = r->attempt->client;
	char			 logged[LOG_LINE_SIZE];
	struct texts		 t;
	struct journal_line	 line = {
		.time = r->time, .id = t.id, .name = r->name,
		.verified = r->verified, .helo = r->helo,
		.sender = r->named ? r->attempt->sender_key :
		    r->attempt->sender,
		.recipient = r->named ? r->attempt->rcpt_key :
		    r->attempt->rcpt,
		.queue = r->queue, .micros = r->micros,
	};

	journal_id(journal, r->time, t.id);
	if (c->by_smtp) {
		ip_format(&c->addr, t.client);
		line.client = t.client;
		fill_identities(&line, &c->identities, r->attempt->spf);
	}
	fill_decision(&line, r->decision, &t);
	if (to_log)
		format(logged, &line, &t);
	journal_write(journal, &line, to_log ? logged : NULL);
}

void
report_count(struct tally *tally, const struct report *r)
{
	const struct decision	*d = r->decision;
	const struct tally_fact	 fact = {
		.verdict = verdict_name(d->verdict),
		.reason = reason_name(d->reason), .delayed = d->delayed,
		.by = d->by[0] != '\0' ? d->by : NULL,
	};

	if (tally != NULL)
		tally_count(tally, &fact, r->time / 1000);
}

void
report_learning(struct journal *journal, bool to_log,
    const struct report_learning *r)
{
	char			 id[JOURNAL_ID_SIZE], client[IP_TEXT_SIZE];
	char			 logged[LOG_LINE_SIZE];
	struct journal_event	 e = {
		.time = r->time, .id = id, .sender = r->sender,
		.event = r->why == UNLEARNED_NOTHING ? "learned" :
		    "not-learned",
		.why = r->why == UNLEARNED_NOTHING ? NULL :
		    unlearned_name(r->why),
		.recipient = r->recipient, .queue = r->queue,
	};

	journal_id(journal, r->time, id);
	if (r->client->by_smtp) {
		ip_format(&r->client->addr, client);
		e.client = client;
	}
	if (to_log) {
		const struct log_pair	pairs[] = {
			{ "id", id }, { "event", e.event }, { "why", e.why },
			{ "client", e.client }, { "sender", e.sender },
			{ "recipient", e.recipient }, { "queue", e.queue },
		};

		log_format(logged, pairs, sizeof(pairs) / sizeof(pairs[0]));
	}
	journal_write_event(journal, &e, to_log ? logged : NULL);
}
