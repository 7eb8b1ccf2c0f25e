/* SPDX-License-Identifier: ISC
 * policy/policy.c - the order of decision, one function a step. */
#include "policy/policy.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "db/shadow.h"
#include "policy/correspondent.h"
#include "policy/exempt.h"
#include "policy/greylist.h"
#include "policy/mailbox.h"
#include "policy/trace.h"

struct policy {
	atomic_uint	 refs;
	struct conf	*conf;
	struct policy_deps deps;
};

/* RFC 5321, 4.2.3: local error; RFC 3463, 3.4 (X.3.0): other mail system
 * status. Nothing of ours is told to strangers. */
static const struct reply trouble_reply = { .code = "451",
    .status = "4.3.0", .text = "Temporary trouble, please try again later" };

struct policy *
policy_new(struct conf **conf, const struct policy_deps *deps)
{
	struct policy	*p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	atomic_init(&p->refs, 1);
	p->conf = *conf;
	*conf = NULL;
	p->deps = *deps;
	return p;
}

struct policy *
policy_ref(struct policy *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

void
policy_unref(struct policy **p)
{
	if (*p != NULL && atomic_fetch_sub(&(*p)->refs, 1) == 1) {
		conf_free(&(*p)->conf);
		free(*p);
	}
	*p = NULL;
}

const struct conf *
policy_conf(const struct policy *p)
{
	return p->conf;
}

const struct policy_deps *
policy_deps(const struct policy *p)
{
	return &p->deps;
}

/* Each step returns true if it has decided. */
typedef bool (*step_fn)(struct policy *p, const struct attempt *a,
    int64_t now, struct decision *out);

static bool
pass(struct decision *out, enum reason reason)
{
	out->verdict = VERDICT_PASS;
	out->reason = reason;
	return true;
}

/* A refusal here would hold the mail in our own queue for ever. */
static bool
local_submission(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	(void)p, (void)now;
	if (a->trace != NULL)
		trace_say(a->trace, a->client->by_smtp ? "it came over the "
		    "network" : "it was submitted on this host");
	return !a->client->by_smtp && pass(out, REASON_LOCAL_SUBMISSION);
}

static struct mailbox
mailbox(const struct policy *p)
{
	return (struct mailbox){ .deps = &p->deps, .conf = p->conf };
}

/* Before trust: a POP3 fetcher on 127.0.0.1 brings strangers' mail. */
static bool
relay(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	const struct mailbox	m = mailbox(p);

	for (size_t i = 0; i < p->conf->n_relays; i++) {
		const struct conf_relay *r = &p->conf->relays[i];

		if (!netset_has(r->networks, &a->client->addr))
			continue;
		if (a->trace != NULL)
			trace_say(a->trace, "the client is in the networks of "
			    "relay \"%s\"", r->name);
		return mailbox_of_relay(&m, r, a, now, out) ||
		    pass(out, REASON_RELAY);
	}
	if (a->trace != NULL)
		trace_say(a->trace, p->conf->n_relays == 0 ? "no relay is "
		    "configured" : "the client is in no relay's networks");
	return false;
}

static bool
has_listed_certificate(const struct conf *conf, const struct client *c)
{
	if (c->cert_subject == NULL || c->cert_issuer == NULL)
		return false;
	for (size_t i = 0; i < conf->n_tls_clients; i++)
		if (strcmp(conf->tls_clients[i].subject, c->cert_subject) ==
		    0 && strcmp(conf->tls_clients[i].issuer,
		    c->cert_issuer) == 0)
			return true;
	return false;
}

static enum reason
why_trusted(const struct conf *conf, const struct client *c)
{
	if (c->auth != NULL && c->auth[0] != '\0')
		return REASON_AUTHENTICATED;
	if (netset_has(conf->local_networks, &c->addr))
		return REASON_LOCAL_NETWORK;
	return has_listed_certificate(conf, c) ? REASON_TLS_CLIENT :
	    REASON_NONE;
}

static void
tell_of_trust(const struct attempt *a, enum reason why)
{
	if (why == REASON_AUTHENTICATED)
		trace_say(a->trace, "logged in as %s", a->client->auth);
	else
		trace_say(a->trace, why == REASON_LOCAL_NETWORK ? "the client "
		    "is in local-networks" : why == REASON_TLS_CLIENT ? "its "
		    "certificate is one of tls-clients" : "not logged in, not "
		    "in local-networks, no certificate of tls-clients");
}

/* RFC 6647, section 5, item 7. A typo is answered at once. */
static bool
trusted(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	const struct mailbox	m = mailbox(p);
	enum reason		why = why_trusted(p->conf, a->client);

	if (a->trace != NULL)
		tell_of_trust(a, why);
	if (why == REASON_NONE)
		return false;
	return mailbox_of_trusted(&m, a, now, out) || pass(out, why);
}

/* RFC 5321, 4.5.1; RFC 2142. */
static bool
postmaster(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	bool	is = mailaddr_local_is(a->rcpt, "postmaster") ||
		    mailaddr_local_is(a->rcpt, "abuse");

	(void)p, (void)now;
	if (a->trace != NULL)
		trace_say(a->trace, is ? "the recipient is postmaster or abuse"
		    : "the recipient is neither postmaster nor abuse");
	return is && pass(out, REASON_POSTMASTER);
}

static bool
harvest(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	const struct mailbox	m = mailbox(p);

	return mailbox_is_banned(&m, a, now, out);
}

static bool
recipient(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	const struct mailbox	m = mailbox(p);

	return mailbox_of_stranger(&m, a, now, out);
}

static bool
own_entry(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	return exempt_by_own_entry(&p->deps, a, now, out);
}

static bool
rule(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	return exempt_by_rule(&p->deps, p->conf, a, now, out);
}

static bool
late_entry(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	return exempt_by_late_entry(&p->deps, a, now, out);
}

static bool
correspondent(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	return correspondent_passes(&p->deps, p->conf, a, now, out);
}

/* The sender of a bounce, or of another server's call-back: Postfix asks as
 * double-bounce@ (address_verify_sender), most others as <>. */
static bool
is_null_sender(const char *sender)
{
	return sender[0] == '\0' ||
	    mailaddr_local_is(sender, "double-bounce");
}

const struct conf_greylist *
policy_greylist(const struct policy *p, const struct decision *d,
    struct conf_greylist *own)
{
	const struct conf_rule	*rule = d->rule;

	if (rule == NULL || rule->observe ||
	    (rule->delay == -1 && rule->window == -1))
		return &p->conf->greylist;
	*own = p->conf->greylist;
	own->crowd_window = own->window;
	if (rule->delay != -1)
		own->delay = rule->delay;
	if (rule->window != -1)
		own->window = rule->window;
	return own;
}

static bool
greylist(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	struct conf_greylist	 by_rule;
	const struct conf_greylist *conf = policy_greylist(p, out, &by_rule);
	struct err		 e;

	if (a->proven_by != NULL) {
		(void)snprintf(out->by, sizeof(out->by), "%s", a->proven_by);
		return pass(out, REASON_PROVEN);
	}
	if (a->stopping) {
		policy_trouble(p, a, REASON_STOPPING, out);
		return true;
	}
	if (greylist_attempt(&p->deps, conf, a, now, out, &e) == -1) {
		attempt_alarm(a, p->deps.alarms, ALARM_STORE, now, e.text);
		policy_trouble(p, a, REASON_STORE_ERROR, out);
		return true;
	}
	if (out->reason == REASON_PROVEN || out->reason == REASON_RETRIED ||
	    out->reason == REASON_SAME_MAIL)
		return pass(out, out->reason);
	out->verdict = VERDICT_DEFER;
	out->reply = conf->reply;
	/* One that does not exist would be answered at RCPT. */
	if (a->may_hold && conf->null_sender_at == CONF_AT_DATA &&
	    p->conf->recipients.reveal == CONF_REVEAL_ALWAYS &&
	    is_null_sender(a->sender)) {
		out->would_verdict = VERDICT_DEFER;
		out->would = out->reason;
		out->reason = REASON_HELD;
	}
	return true;
}

static const struct row {
	const char	*name;		/* for people */
	step_fn		 take;
} steps[] = {
	{ "submission", local_submission }, { "relay", relay },
	{ "trust", trusted }, { "postmaster", postmaster },
	{ "ban", harvest }, { "recipient", recipient },
	{ "own entries", own_entry }, { "rules", rule },
	{ "late entries", late_entry }, { "correspondent", correspondent },
	{ "greylisting", greylist },
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

static void
tell(const struct attempt *a, enum trace_event what, const char *text)
{
	if (a->trace != NULL)
		trace_tell(a->trace, what, text);
}

static void
tell_rest(const struct attempt *a, size_t from)
{
	for (size_t i = from; i < STEPS; i++)
		trace_tell(a->trace, TRACE_NOT_ASKED, steps[i].name);
}

/* What would have been refused passes, and says so. A held verdict was told
 * to nobody: what counts is what it held. */
static void
observe(struct decision *out)
{
	if (out->reason != REASON_HELD) {
		out->would_verdict = out->verdict;
		out->would = out->reason;
	}
	(void)pass(out, REASON_OBSERVED);
}

void
policy_decide(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out)
{
	bool	decided = false;

	*out = (struct decision){ .delayed = -1 };
	for (size_t i = 0; i < STEPS && !decided; i++) {
		tell(a, TRACE_STEP, steps[i].name);
		decided = steps[i].take(p, a, now, out);
		tell(a, decided ? TRACE_DECIDES : TRACE_GOES_ON, "");
		if (decided && a->trace != NULL)
			tell_rest(a, i + 1);
	}
	if (p->conf->observe && out->verdict != VERDICT_PASS)
		observe(out);
}

int
policy_explain(struct policy *p, const struct attempt *a, int64_t now,
    struct decision *out, struct err *e)
{
	struct policy	dry = { .conf = p->conf, .deps = p->deps };

	assert(a->trace != NULL);
	if (store_shadow(&dry.deps.store, p->deps.store, e) == -1)
		return -1;
	policy_decide(&dry, a, now, out);
	store_close(&dry.deps.store);
	return 0;
}

void
policy_prove(struct policy *p, const struct attempt *a, int64_t now)
{
	struct err	e;

	if (greylist_prove(&p->deps, &p->conf->greylist, a, now,
	    &e) == -1)
		alarm_raise(p->deps.alarms, ALARM_STORE, now, e.text);
}

int
policy_tend(const struct policy *p, int64_t now, struct err *e)
{
	return p->deps.whitelist == NULL ? 0 :
	    whitelist_tend(p->deps.whitelist, now, false, e);
}

uint64_t
policy_pending(const struct policy *p, int64_t now)
{
	const struct grey_conf	rule = greylist_rule(&p->conf->greylist);

	return crowd_total(p->deps.crowd, &rule, now);
}

void
policy_trouble(const struct policy *p, const struct attempt *a,
    enum reason reason, struct decision *out)
{
	*out = (struct decision){ .reason = reason, .delayed = -1 };
	if (!a->client->by_smtp) {
		out->reason = REASON_LOCAL_SUBMISSION;
		return;
	}
	if (p->conf->on_error == CONF_PASS)
		return;
	out->verdict = VERDICT_DEFER;
	out->reply = trouble_reply;
}
