/* SPDX-License-Identifier: ISC
 * policy/mailbox.c - from what is known of a mailbox to a verdict. */
#include "policy/mailbox.h"

#include <stdio.h>
#include <string.h>

#include "policy/exempt.h"
#include "policy/greylist.h"
#include "policy/reveal.h"
#include "policy/trace.h"
#include "recipient/look.h"

/* RFC 5321, 4.2.3: mailbox unavailable; RFC 3463, 3.3 (X.2.0): other mailbox
 * status. X.1.1 is for good (3.2), and this may yet change. */
static const struct reply relay_reply = { .code = "450", .status = "4.2.0",
    .text = "No such user here yet, please try again later" };

static bool
is_off(const struct mailbox *m, const struct attempt *a)
{
	return m->deps->recipients == NULL || a->stopping;
}

/* trace is that of the attempt: recipient_trace_fn. */
static void
tell_asked(const struct recipient_asked *asked, void *trace)
{
	trace_say(trace, "%s: %s%s%s", asked->source, asked->answer,
	    asked->note[0] != '\0' ? ", " : "", asked->note);
}

static void
tell_mailbox(const struct attempt *a, const struct recipient_result *r)
{
	static const char *const	answers[] = {
		[RECIPIENT_NO] = "does not exist",
		[RECIPIENT_YES] = "exists",
		[RECIPIENT_CANNOT_TELL] = "cannot be looked up",
		[RECIPIENT_NOT_CHECKED] = "is not checked",
	};

	trace_say(a->trace, "the recipient %s%s%s", answers[r->answer],
	    r->why.text[0] != '\0' ? ": " : "", r->why.text);
}

static void
look(const struct mailbox *m, const struct attempt *a, int64_t now,
    struct recipient_result *result)
{
	struct trace			trace = *a->trace;
	const struct recipients_look	l = { .address = a->rcpt,
					    .wait_ms = attempt_wait_ms(a),
					    .now = now,
					    .dry = m->deps->store,
					    .trace = tell_asked,
					    .arg = &trace };

	recipients_look(m->deps->recipients, &l, result);
	tell_mailbox(a, result);
}

static enum recipient_answer
ask(const struct mailbox *m, const struct attempt *a, int64_t now,
    struct recipient_result *result)
{
	if (a->trace == NULL)
		recipients_check(m->deps->recipients, a->rcpt,
		    attempt_wait_ms(a), now, result, NULL, NULL);
	else
		look(m, a, now, result);
	return result->answer;
}

static bool
refuse(struct decision *out, enum verdict verdict, enum reason reason,
    const struct reply *reply, const char *by)
{
	out->verdict = verdict;
	out->reason = reason;
	out->reply = *reply;
	(void)snprintf(out->by, sizeof(out->by), "%s", by);
	return true;
}

static bool
is_unknown(const struct mailbox *m, const struct recipient_result *result,
    struct decision *out)
{
	return refuse(out, VERDICT_REJECT, REASON_UNKNOWN_RECIPIENT,
	    &m->conf->recipients.reply, result->by);
}

/* RFC 3463, 3.5 (X.4.3): directory server failure. Never a 5xx. */
static bool
cannot_tell(const struct mailbox *m, const struct recipient_result *result,
    struct decision *out)
{
	const struct conf_failure *f =
	    &m->conf->recipients.on_directory_failure;

	return !f->pass && refuse(out, VERDICT_DEFER, REASON_DIRECTORY_DOWN,
	    &f->reply, result->by);
}

bool
mailbox_of_relay(const struct mailbox *m, const struct conf_relay *relay,
    const struct attempt *a, int64_t now, struct decision *out)
{
	struct recipient_result	result;

	if (is_off(m, a) || relay->unknown == CONF_UNKNOWN_ACCEPT)
		return false;
	switch (ask(m, a, now, &result)) {
	case RECIPIENT_NO:
		if (relay->unknown == CONF_UNKNOWN_REJECT)
			return is_unknown(m, &result, out);
		return refuse(out, VERDICT_DEFER, REASON_UNKNOWN_RECIPIENT,
		    &relay_reply, result.by);
	case RECIPIENT_CANNOT_TELL:
		return cannot_tell(m, &result, out);
	default:
		return false;
	}
}

/* While nobody can tell, our own users' mail is not held up by it. */
bool
mailbox_of_trusted(const struct mailbox *m, const struct attempt *a,
    int64_t now, struct decision *out)
{
	struct recipient_result	result;

	return !is_off(m, a) && ask(m, a, now, &result) == RECIPIENT_NO &&
	    is_unknown(m, &result, out);
}

/* For the counts of who guesses. */
struct guesser {
	const struct mailbox	*m;
	const struct attempt	*a;
	int64_t			 now;
};

static bool
has_passed(void *arg)
{
	const struct guesser	*g = arg;

	return g->a->proven_by != NULL || g->a->after_retry ||
	    greylist_is_proven(g->m->deps, &g->m->conf->greylist, g->a,
	    g->now);
}

/* Whether this client is not to learn who exists. */
static bool
hides(const struct mailbox *m, struct guesser *g)
{
	return m->conf->recipients.reveal == CONF_REVEAL_PROVEN &&
	    !has_passed(g);
}

static struct harvest_client
client_of(struct guesser *g)
{
	const struct identities	*id = &g->a->client->identities;

	return (struct harvest_client){ .addr = id->addr, .net = id->net,
	    .is_proven = has_passed, .arg = g,
	    .look = g->a->trace != NULL };
}

static struct harvest_rule
rule_of(const struct mailbox *m)
{
	const struct conf_recipients	*c = &m->conf->recipients;

	return (struct harvest_rule){ .limit = c->harvest_limit,
	    .window = c->harvest_window, .ban = c->harvest_ban };
}

/* Of one of the client's two identities. */
static bool
tell_guesses(const struct harvest_entry *n, void *arg)
{
	const struct guesser	*g = arg;
	const struct identities	*id = &g->a->client->identities;
	char			 ago[TRACE_SPAN_SIZE], left[TRACE_SPAN_SIZE];

	if (strcmp(n->identity, id->addr) != 0 &&
	    strcmp(n->identity, id->net) != 0)
		return true;
	trace_say(g->a->trace, "%s named %u recipients that do not exist and "
	    "%u that do since %s ago", n->identity, n->unknown, n->known,
	    trace_span(g->now - n->since, ago));
	if (n->until > g->now)
		trace_say(g->a->trace, "%s is banned for %s more", n->identity,
		    trace_span(n->until - g->now, left));
	return true;
}

static void
tell_ban(struct guesser *g, const struct harvest_rule *rule, bool banned,
    bool spared)
{
	const struct attempt	*a = g->a;

	if (is_off(g->m, a) || rule->limit == 0) {
		trace_say(a->trace, "nobody is banned: %s", is_off(g->m, a) ?
		    "no recipient is checked" : "harvest-limit is 0");
		return;
	}
	harvest_walk(recipients_harvest(g->m->deps->recipients), rule, g->now,
	    tell_guesses, g);
	if (spared)
		trace_say(a->trace, "but a client entry has it, so no ban "
		    "holds");
	else if (!banned)
		trace_say(a->trace, "no ban holds for this client");
}

/* The reply is that of greylisting: it tells nothing of the ban either. */
bool
mailbox_is_banned(const struct mailbox *m, const struct attempt *a,
    int64_t now, struct decision *out)
{
	struct guesser		 g = { m, a, now };
	struct harvest_rule	 rule = rule_of(m);
	struct harvest_client	 client = client_of(&g);
	const char		*by;
	bool			 banned, spared;

	banned = !is_off(m, a) && harvest_is_banned(
	    recipients_harvest(m->deps->recipients), &rule, &client, now, &by);
	spared = banned && exempt_has_client(m->deps, a, now);
	if (a->trace != NULL)
		tell_ban(&g, &rule, banned, spared);
	if (!banned || spared)
		return false;
	return refuse(out, VERDICT_DEFER, REASON_HARVESTING,
	    &m->conf->greylist.reply, by);
}

static void
count(const struct mailbox *m, const struct attempt *a, bool known,
    int64_t now)
{
	struct guesser		 g = { m, a, now };
	struct harvest_rule	 rule = rule_of(m);
	struct harvest_client	 client = client_of(&g);

	if (a->trace != NULL)
		return;
	(void)harvest_count(recipients_harvest(m->deps->recipients), &rule,
	    &client, known, now);
}

/* One that does not exist. Whoever has never passed hears the same of it as of
 * one that does, if so configured. */
static bool
tell_unknown(const struct mailbox *m, const struct attempt *a, int64_t now,
    const struct recipient_result *result, struct decision *out)
{
	struct guesser	g = { m, a, now };

	/* What is not told helps nobody to guess, and is not counted. */
	if (hides(m, &g) && reveal_is_due(m->deps, &m->conf->greylist, a, now,
	    out) == 0) {
		out->verdict = VERDICT_DEFER;
		out->reply = m->conf->greylist.reply;
		out->would_verdict = VERDICT_REJECT;
		out->would = REASON_UNKNOWN_RECIPIENT;
		return true;
	}
	if (!result->former)
		count(m, a, false, now);
	return is_unknown(m, result, out);
}

bool
mailbox_of_stranger(const struct mailbox *m, const struct attempt *a,
    int64_t now, struct decision *out)
{
	struct guesser		g = { m, a, now };
	struct recipient_result	result;

	if (is_off(m, a))
		return false;
	switch (ask(m, a, now, &result)) {
	case RECIPIENT_NO:
		return tell_unknown(m, a, now, &result, out);
	case RECIPIENT_CANNOT_TELL:
		if (!cannot_tell(m, &result, out))
			return false;
		/* Who is remembered gets this reply meanwhile. */
		if (hides(m, &g))
			out->reply = m->conf->greylist.reply;
		return true;
	case RECIPIENT_YES:
		if (result.from != RECIPIENT_FROM_SCOPE)
			count(m, a, true, now);
		return false;
	case RECIPIENT_NOT_CHECKED:
		break;
	}
	return false;
}
