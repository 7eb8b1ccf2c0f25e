/* SPDX-License-Identifier: ISC
 * policy/exempt.c - what matches, and whether it holds: an entry about a sender
 * does only where the client proves the sender's domain. */
#include "policy/exempt.h"

#include <stdio.h>

#include "policy/proof.h"
#include "policy/rule.h"
#include "policy/trace.h"

/* What a pass by an entry is put down to. */
static void
pass_by(struct listed *l, const char *proof, struct decision *out)
{
	out->verdict = VERDICT_PASS;
	out->reason = l->entry.kind == ENTRY_GRACE ? REASON_GRACE :
	    REASON_WHITELISTED;
	(void)snprintf(out->by, sizeof(out->by), "%s%s%s", l->entry.text,
	    proof[0] != '\0' ? " by " : "", proof);
}

static bool
is_proven(const struct policy_deps *deps, const struct attempt *a,
    struct proof *proof)
{
	struct spf_memo	none = { .known = false };

	proof_of_sender(a->stopping || a->spf == NULL ? NULL : deps->prover,
	    a->client, a->sender, attempt_wait_ms(a),
	    a->spf != NULL ? a->spf : &none, proof);
	if (a->trace != NULL && proof->proven)
		trace_say(a->trace, "the client proves the sender's domain by "
		    "%s", proof->by);
	else if (a->trace != NULL)
		trace_say(a->trace, "the client does not prove the sender's "
		    "domain: %s", proof->why.text);
	return proof->proven;
}

static void
match(const struct view *view, const struct attempt *a, int64_t now,
    struct view_matches *out)
{
	const struct client		*c = a->client;
	const struct view_query		 q = {
		.client = &c->addr, .name = c->verified ? c->host : NULL,
		.sender = a->sender, .rcpt = a->rcpt, .now = now,
	};

	view_match(view, &q, out);
}

static void
tell_of_limit(const struct policy_deps *deps, const struct attempt *a,
    const struct view_matches *m, int64_t now)
{
	struct err	e;

	if (!m->regex_limit)
		return;
	(void)err_set(&e, "the entry \"%.120s\" takes too long on some "
	    "addresses and did not match them (make it simpler)",
	    m->regex->entry.text);
	attempt_alarm(a, deps->alarms, ALARM_WHITELIST, now, e.text);
}

static void
tell_match(const struct attempt *a, const struct listed *l, const char *what)
{
	trace_say(a->trace, "the entry \"%s\" (%s%s) matches%s",
	    l->entry.text, l->origin == ENTRY_LIVE ? "added by " : "",
	    l->where, what);
}

static void
tell_matches(const struct attempt *a, enum view_group group,
    const struct view_matches *m)
{
	if (m->holds[group] != NULL)
		tell_match(a, m->holds[group], "");
	else if (m->needs_proof[group] != NULL)
		tell_match(a, m->needs_proof[group], "; it holds if the client "
		    "proves the sender's domain");
	else
		trace_say(a->trace, group == VIEW_OWN ? "no entry of yours "
		    "about the client, its name or the sender matches" :
		    "no entry about the recipient, no grace and no shipped "
		    "entry matches");
}

static bool
by_entry(const struct policy_deps *deps, enum view_group group,
    const struct attempt *a, int64_t now, struct decision *out)
{
	struct whitelist_guard	 guard;
	struct view_matches	 m;
	struct proof		 proof = { .by = "" };
	struct listed		*l = NULL;

	if (deps->whitelist == NULL)
		return false;
	match(whitelist_enter(deps->whitelist, &guard), a, now, &m);
	tell_of_limit(deps, a, &m, now);
	if (a->trace != NULL)
		tell_matches(a, group, &m);
	if (m.holds[group] != NULL)
		l = m.holds[group];
	else if (m.needs_proof[group] != NULL && is_proven(deps, a, &proof))
		l = m.needs_proof[group];
	if (l != NULL && a->trace == NULL)
		listed_hit(l, now);
	if (l != NULL)
		pass_by(l, proof.by, out);
	/* Both groups are matched at once: the later step may save its look. */
	out->no_late_entry = m.holds[VIEW_LATE] == NULL &&
	    m.needs_proof[VIEW_LATE] == NULL;
	whitelist_leave(deps->whitelist, &guard);
	return l != NULL;
}

bool
exempt_by_own_entry(const struct policy_deps *deps, const struct attempt *a,
    int64_t now, struct decision *out)
{
	return by_entry(deps, VIEW_OWN, a, now, out);
}

bool
exempt_by_late_entry(const struct policy_deps *deps, const struct attempt *a,
    int64_t now, struct decision *out)
{
	if (out->no_late_entry && a->trace != NULL)
		tell_matches(a, VIEW_LATE, &(struct view_matches){
		    .regex_limit = false });
	return !out->no_late_entry && by_entry(deps, VIEW_LATE, a, now, out);
}

bool
exempt_has_client(const struct policy_deps *deps, const struct attempt *a,
    int64_t now)
{
	struct whitelist_guard	guard;
	bool			has;

	if (deps->whitelist == NULL)
		return false;
	has = view_has_client(whitelist_enter(deps->whitelist, &guard),
	    &a->client->addr, now);
	whitelist_leave(deps->whitelist, &guard);
	return has;
}

/* Who asks the DNS for the rules' sake. */
struct asker {
	const struct policy_deps *deps;
	const struct attempt	*a;
};

static bool
has_spf(void *arg)
{
	const struct asker	*of = arg;
	bool			 has;

	has = of->deps->prover != NULL && of->a->spf != NULL &&
	    proof_ask_spf(of->deps->prover, of->a->client, of->a->sender,
	    attempt_wait_ms(of->a), of->a->spf)->answer == 1;
	if (of->a->trace != NULL)
		proof_tell_spf(of->a);
	return has;
}

static bool
is_in_range(const struct conf_dns_list *list, uint32_t found)
{
	for (size_t i = 0; i < list->n; i++)
		if (found >= list->range[i].from && found <= list->range[i].upto)
			return true;
	return list->n == 0;
}

/* Of the answers that count, if any do. */
static bool
has_counting_answer(const struct conf_dns_list *list,
    const struct prover_answer *answer)
{
	for (unsigned i = 0; answer->answer == 1 && i < answer->n_found; i++)
		if (is_in_range(list, answer->found[i]))
			return true;
	return false;
}

static void
tell_listed(const struct attempt *a, const struct conf_dns_list *list,
    const struct prover_answer *answer, bool listed)
{
	trace_say(a->trace, "DNS list %s: %s%s", list->zone, listed ?
	    "the client is listed" : answer->answer == 1 ? "listed, with no "
	    "answer that counts" : answer->answer == 0 ? "not listed" :
	    "cannot tell: ", answer->answer == -1 ? answer->why.text : "");
}

static bool
is_listed(void *arg, const struct conf_dns_list *list)
{
	const struct asker	*of = arg;
	struct question		 q = { .kind = QUESTION_LIST,
				     .client = of->a->client->addr };
	struct prover_answer	 answer;
	bool			 listed;

	if (of->deps->prover == NULL || (size_t)snprintf(q.zone,
	    sizeof(q.zone), "%s", list->zone) >= sizeof(q.zone))
		return false;
	prover_ask(of->deps->prover, &q, attempt_wait_ms(of->a), &answer);
	listed = has_counting_answer(list, &answer);
	if (of->a->trace != NULL)
		tell_listed(of->a, list, &answer, listed);
	return listed;
}

static enum verdict
verdict_of(const struct conf_rule *rule)
{
	switch (rule->action) {
	case CONF_ACTION_DEFER:
		return VERDICT_DEFER;
	case CONF_ACTION_REJECT:
		return VERDICT_REJECT;
	case CONF_ACTION_ACCEPT:
	case CONF_ACTION_GREYLIST:
		break;
	}
	return VERDICT_PASS;
}

/* What would have been, of the first that only observes. */
static void
note_observed(const struct conf_rule *rule, struct decision *out)
{
	if (out->rule != NULL)
		return;
	out->rule = rule;
	if (rule->action == CONF_ACTION_GREYLIST)
		return;
	out->would_verdict = verdict_of(rule);
	out->would = REASON_RULE;
}

static bool
decide_by(const struct conf_rule *rule, struct decision *out)
{
	out->rule = rule;
	out->would = REASON_NONE;
	out->would_verdict = VERDICT_PASS;
	if (rule->action == CONF_ACTION_GREYLIST)
		return false;
	out->verdict = verdict_of(rule);
	out->reason = REASON_RULE;
	if (out->verdict != VERDICT_PASS)
		out->reply = rule->reply;
	return true;
}

static void
tell_rule(const struct attempt *a, const struct conf_rule *rule)
{
	static const char *const	does[] = {
		[CONF_ACTION_ACCEPT] = "accepts", [CONF_ACTION_DEFER] =
		"defers", [CONF_ACTION_REJECT] = "rejects",
		[CONF_ACTION_GREYLIST] = "goes on to greylisting",
	};

	trace_say(a->trace, "rule \"%s\" is for it: it %s%s", rule->name,
	    does[rule->action], rule->observe ? ", but is only observed" :
	    "");
}

bool
exempt_by_rule(const struct policy_deps *deps, const struct conf *conf,
    const struct attempt *a, int64_t now, struct decision *out)
{
	struct asker			 of = { deps, a };
	const struct rule_asks		 asks = { .has_spf = has_spf,
					    .is_listed = is_listed,
					    .arg = &of };
	size_t				 i;

	if (a->trace != NULL && conf->n_rules == 0)
		trace_say(a->trace, "there are no rules");
	for (i = 0; (i = rule_find(conf, i, a, a->stopping ? NULL : &asks,
	    now)) < conf->n_rules; i++) {
		if (a->trace != NULL)
			tell_rule(a, &conf->rules[i]);
		if (!conf->rules[i].observe)
			return decide_by(&conf->rules[i], out);
		note_observed(&conf->rules[i], out);
	}
	return false;
}
