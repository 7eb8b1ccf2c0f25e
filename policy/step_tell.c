/* SPDX-License-Identifier: ISC
 * policy/step_tell.c - records as sentences. */
#include "policy/step_tell.h"

#include <inttypes.h>
#include <stdio.h>

#include "policy/crowd.h"
#include "policy/stored.h"
#include "policy/trace.h"

/* "addr:192.0.2.7", "name:example.net for senders of example.org". */
static void
tell_proof(const struct step *s, const struct step_proof *p,
    const char *what)
{
	if (p->domain != NULL)
		trace_say(s->a->trace, "proof of %s for senders of %s: %s",
		    p->identity, p->domain[0] != '\0' ? p->domain :
		    "no domain", what);
	else
		trace_say(s->a->trace, "proof of %s: %s", p->identity, what);
}

void
step_tell_proof(const struct step *s, const struct step_proof *p,
    const struct store_item *item)
{
	struct record	rec;
	char		what[200], ago[TRACE_SPAN_SIZE], left[TRACE_SPAN_SIZE];

	if (!stored_get(item, &rec) || rec.expires <= s->now) {
		tell_proof(s, p, "none");
		return;
	}
	(void)snprintf(what, sizeof(what), "%s by %" PRIu32 " of %u passes, "
	    "last used or renewed %s ago, kept for %s", grey_is_proven(&rec,
	    s->conf->prove_after, s->now) ? "proven" : "not yet proven",
	    rec.passes, s->conf->prove_after,
	    trace_span(s->now - rec.last, ago),
	    trace_span(rec.expires - s->now, left));
	tell_proof(s, p, what);
}

static void
tell_pending(const struct step *s, const struct step_group *g)
{
	int64_t	age = s->now - g->rec.first;
	char	ago[TRACE_SPAN_SIZE], from[TRACE_SPAN_SIZE];
	char	upto[TRACE_SPAN_SIZE], when[200];

	if (age >= s->rule.window)
		(void)snprintf(when, sizeof(when), "its window of %s is over",
		    trace_span(s->rule.window, from));
	else if (age >= s->rule.delay)
		(void)snprintf(when, sizeof(when), "a retry passes now, and "
		    "for %s more", trace_span(s->rule.window - age, upto));
	else
		(void)snprintf(when, sizeof(when), "a retry passes in %s, and "
		    "until %s from now", trace_span(s->rule.delay - age, from),
		    trace_span(s->rule.window - age, upto));
	trace_say(s->a->trace, "triplet under %s: %s, first seen %s ago, tries "
	    "%" PRIu32 "; %s", g->identity, g->marked ? "pending (a mark, for "
	    "there are too many)" : "pending", trace_span(age, ago),
	    g->rec.tries, when);
}

/* The crowd, where it matters: nothing more is stored of a full one. */
static void
tell_crowd(const struct step *s, const struct step_group *g)
{
	if (g->full)
		trace_say(s->a->trace, "%s has the %" PRIu64 " pending "
		    "triplets that one may have: a new one is only marked",
		    g->crowd, s->conf->max_pending_per_identity);
}

void
step_tell_group(const struct step *s, const struct step_group *g)
{
	char	ago[TRACE_SPAN_SIZE], left[TRACE_SPAN_SIZE];

	if (!g->stored && !g->marked)
		trace_say(s->a->trace, "triplet under %s: not known",
		    g->identity);
	else if (g->rec.state == RECORD_PENDING)
		tell_pending(s, g);
	else
		trace_say(s->a->trace, "triplet under %s: has passed, last "
		    "used or renewed %s ago, kept for %s", g->identity,
		    trace_span(s->now - g->rec.last, ago),
		    trace_span(g->rec.expires - s->now, left));
	tell_crowd(s, g);
}

void
step_tell_settings(const struct step *s, const struct conf_rule *rule)
{
	char		delay[TRACE_SPAN_SIZE], window[TRACE_SPAN_SIZE];
	bool		own = rule != NULL && !rule->observe &&
			    (rule->delay != -1 || rule->window != -1);

	trace_say(s->a->trace, "delay %s, window %s%s%s%s, prove-after %u",
	    trace_span(s->rule.delay, delay),
	    trace_span(s->rule.window, window), own ? " (of rule \"" : "",
	    own ? rule->name : "", own ? "\")" : "", s->conf->prove_after);
}

void
step_tell_answer(const struct step *s)
{
	char	span[TRACE_SPAN_SIZE];

	switch (s->reason) {
	case REASON_PROVEN:
		trace_say(s->a->trace, "%s is proven",
		    s->proof[s->by].identity);
		break;
	case REASON_RETRIED:
		trace_say(s->a->trace, "it passes by the triplet under %s",
		    s->group[s->by].identity);
		break;
	default:
		trace_say(s->a->trace, "a retry would pass %s from now at the "
		    "earliest", trace_span(s->answer.wait, span));
	}
}
