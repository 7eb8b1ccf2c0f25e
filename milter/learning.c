/* SPDX-License-Identifier: ISC
 * milter/learning.c - keeps what a message may teach until it is over. */
#include "milter/learning.h"

#include <stdlib.h>
#include <string.h>

#include "milter/report.h"
#include "policy/correspondent.h"
#include "policy/names.h"

struct learning_answer {
	char		*rcpt, *rcpt_key;
	enum reason	 reason;
};

/* Out of memory it is forgotten: an answer more or less renews nothing. */
static void
keep_answer(struct learning *l, const struct attempt *a, enum reason reason)
{
	struct learning_answer	*grown;
	struct learning_answer	 one = { .reason = reason };

	grown = reallocarray(l->answers, l->n_answers + 1, sizeof(*grown));
	if (grown == NULL)
		return;
	l->answers = grown;
	one.rcpt = strdup(a->rcpt);
	one.rcpt_key = strdup(a->rcpt_key);
	if (one.rcpt != NULL && one.rcpt_key != NULL) {
		grown[l->n_answers++] = one;
		return;
	}
	free(one.rcpt);
	free(one.rcpt_key);
}

/* Who passes before the step that looks for correspondents may be one. */
static bool
may_be_answer(const struct decision *d)
{
	return d->correspondent || d->reason == REASON_WHITELISTED ||
	    d->reason == REASON_GRACE || d->reason == REASON_RULE;
}

void
learning_rcpt(struct learning *l, struct policy *policy,
    const struct outbound_message *m, const struct attempt *a,
    const struct decision *d)
{
	if (a->rcpt == NULL || a->sender == NULL || a->rcpt_key == NULL ||
	    d->verdict != VERDICT_PASS)
		return;
	outbound_rcpt(&l->outbound, m, policy_deps(policy)->watch, a->rcpt);
	if (may_be_answer(d))
		keep_answer(l, a, d->reason);
}

static void
tell(const char *rcpt, enum unlearned why, void *arg)
{
	const struct learning_end	*end = arg;
	const struct pseudonyms		*p = policy_deps(end->policy)->
					    pseudonyms;
	struct report_learning		 r = {
		.client = end->attempt->client, .queue = end->queue,
		.why = why, .time = end->time,
	};
	char				*to, *from;

	if (why == UNLEARNED_NOTHING && policy_conf(end->policy)->
	    auto_whitelist.journal != CONF_JOURNAL_ALL)
		return;
	r.recipient = to = names_shown(p, rcpt);
	r.sender = from = names_shown(p, end->attempt->sender);
	report_learning(end->journal, end->to_log, &r);
	free(to);
	free(from);
}

void
learning_end(struct learning *l, const struct learning_end *end)
{
	const struct policy_deps	*deps = policy_deps(end->policy);
	const struct conf		*conf = policy_conf(end->policy);
	struct learning_end		 with = *end;
	struct attempt			 a = *end->attempt;

	outbound_end(&l->outbound, deps, conf, end->queue, end->time / 1000,
	    conf->auto_whitelist.journal == CONF_JOURNAL_NONE ? NULL : tell,
	    &with);
	for (size_t i = 0; i < l->n_answers; i++) {
		a.rcpt = l->answers[i].rcpt;
		a.rcpt_key = l->answers[i].rcpt_key;
		correspondent_answered(deps, conf, &a, l->answers[i].reason,
		    end->time / 1000);
	}
}

void
learning_clear(struct learning *l)
{
	outbound_clear(&l->outbound);
	for (size_t i = 0; i < l->n_answers; i++) {
		free(l->answers[i].rcpt);
		free(l->answers[i].rcpt_key);
	}
	free(l->answers);
	*l = (struct learning){ .n_answers = 0 };
}
