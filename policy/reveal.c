/* SPDX-License-Identifier: ISC
 * policy/reveal.c - the clock of a client that asks for nobody. */
#include "policy/reveal.h"

#include "policy/greylist.h"
#include "db/key.h"
#include "policy/stored.h"
#include "policy/trace.h"

enum { GROUPS = 2 };

struct step {
	struct grey_conf	 rule;
	int64_t			 now;
	const char		*crowd[GROUPS];	/* whose pending are counted */
	bool			 full;	/* no room for another in the first */
	/* Set anew by each run of decide(). */
	bool			 due;
	int			 change[GROUPS];	/* of the crowds' counts */
	struct grey_answer	 answer;	/* of the group that waits least */
};

static bool
is_pass(enum grey_result r)
{
	return r == GREY_RETRIED || r == GREY_PASSED;
}

static void
decide(struct store_item *items, size_t n, void *arg)
{
	struct step		*s = arg;
	struct record		 rec[GROUPS];
	struct grey_answer	 answer;
	bool			 was_there[GROUPS], was_pending[GROUPS];

	s->due = false;
	for (size_t i = 0; i < n; i++) {
		bool found = items[i].expires > s->now &&
		    stored_get(&items[i], &rec[i]);

		was_there[i] = found;
		was_pending[i] = found && rec[i].state == RECORD_PENDING;
		answer = grey_step(&rec[i], found, &s->rule, s->now);
		s->due = s->due || is_pass(answer.result);
		if (i == 0 || answer.wait < s->answer.wait)
			s->answer = answer;
	}
	for (size_t i = 0; i < n; i++) {
		s->change[i] = 0;
		if (s->full && !was_there[i])
			continue;
		if (s->due && rec[i].state == RECORD_PENDING)
			grey_pass(&rec[i], &s->rule, s->now);
		s->change[i] = (rec[i].state == RECORD_PENDING) -
		    was_pending[i];
		stored_put(&items[i], &rec[i]);
	}
}

static enum reason
reason_of(enum grey_result r)
{
	return r == GREY_EARLY ? REASON_EARLY : r == GREY_LATE ? REASON_LATE :
	    REASON_NEW;
}

/* A crowd that has as many pending as it may leaves no further record: whoever
 * asks first then has to come once more. */
static bool
is_full(const struct policy_deps *deps, const struct conf_greylist *conf,
    const struct attempt *a, const struct step *s)
{
	return (a->trace == NULL ? crowd_pending : crowd_look)(deps->crowd,
	    a->client->identities.crowd, &s->rule, s->now) >=
	    conf->max_pending_per_identity;
}

static int
wait_for(struct decision *out, enum reason reason, int64_t wait)
{
	out->reason = reason;
	out->wait = wait;
	return 0;
}

static void
tell(const struct attempt *a, const struct step *s)
{
	char	span[TRACE_SPAN_SIZE];

	if (s->due)
		trace_say(a->trace, "this client has come back: it is told the "
		    "truth (reveal = proven)");
	else
		trace_say(a->trace, "this client has never passed, so it hears "
		    "the same as of a mailbox that exists (reveal = proven), "
		    "for %s more", trace_span(s->answer.wait, span));
}

int
reveal_is_due(const struct policy_deps *deps, const struct conf_greylist *conf,
    const struct attempt *a, int64_t now, struct decision *out)
{
	const struct identities	*id = &a->client->identities;
	struct store_item	 items[GROUPS];
	size_t			 n = 0;
	struct step		 s = { .now = now,
				     .rule = greylist_rule(conf) };
	struct err		 e;

	s.full = is_full(deps, conf, a, &s);
	s.crowd[0] = id->crowd;
	s.crowd[1] = id->name;
	s.rule.remember = conf->window;
	key_make(&items[n++].key, KEY_REVEAL, id->net, NULL, NULL);
	if (id->name[0] != '\0')
		key_make(&items[n++].key, KEY_REVEAL, id->name, NULL, NULL);
	if (store_step(deps->store, items, n, decide, &s, &e) == -1) {
		attempt_alarm(a, deps->alarms, ALARM_STORE, now, e.text);
		return -1;
	}
	for (size_t i = 0; i < n && a->trace == NULL; i++)
		if (s.change[i] != 0)
			crowd_count(deps->crowd, s.crowd[i], s.change[i],
			    &s.rule, now);
	if (a->trace != NULL)
		tell(a, &s);
	if (s.due)
		return 1;
	return wait_for(out, reason_of(s.answer.result), s.answer.wait);
}
