/* SPDX-License-Identifier: ISC
 * policy/greylist.c - one attempt against the state. What SPF says is waited for
 * only where a record under that identity would let the attempt pass; else it
 * is asked for afterwards. */
#include "policy/greylist.h"

#include <stdio.h>

#include "policy/afterwards.h"
#include "policy/crowd.h"
#include "db/key.h"
#include "policy/proof.h"
#include "policy/step.h"
#include "policy/step_tell.h"
#include "policy/trace.h"

struct grey_conf
greylist_rule(const struct conf_greylist *conf)
{
	return (struct grey_conf){ .delay = conf->delay,
	    .window = conf->window, .remember = conf->remember };
}

bool
greylist_is_proven(const struct policy_deps *deps,
    const struct conf_greylist *conf, const struct attempt *a, int64_t now)
{
	struct step	s = step_of(deps, conf, a, now);

	return step_is_proven(&s);
}

static bool
note_mark(const struct store_item *item, void *crowd)
{
	(void)item;
	crowd_has_marked(crowd);
	return false;
}

int
greylist_begin(const struct policy_deps *deps, struct err *e)
{
	static const uint8_t	kind = KEY_MARK;

	return store_walk(deps->store, &kind, sizeof(kind), note_mark,
	    deps->crowd, e);
}

/* The domain's record proves nothing for anybody (any more). */
static void
forget_withdrawn(const struct step *s, const char *identity)
{
	struct store_key	key;

	if (!s->a->spf->answer.withdrawn)
		return;
	key_make(&key, KEY_PROOF, identity, NULL, NULL);
	(void)store_remove(s->deps->store, &key, NULL);
}

/* A deferral that SPF may turn into a pass, or that is worth knowing under the
 * sender's domain, too. 0, or -1 the store failed. */
static int
try_spf(struct step *s, struct err *e)
{
	const struct attempt	*a = s->a;
	char			 identity[IDENTITY_SIZE];

	if (s->reason == REASON_RETRIED || s->reason == REASON_PROVEN ||
	    s->reason == REASON_SAME_MAIL || s->deps->prover == NULL ||
	    a->spf == NULL || (a->spf->known && a->spf->answer.answer != -1) ||
	    !proof_spf_identity(a->client, a->sender, identity))
		return 0;
	if (attempt_wait_ms(a) > 0 && step_would_pass(s, identity)) {
		(void)proof_ask_spf(s->deps->prover, a->client, a->sender,
		    attempt_wait_ms(a), a->spf);
		if (a->trace != NULL)
			proof_tell_spf(a);
		forget_withdrawn(s, identity);
		if (step_has_spf(a)) {
			if (step_take(s, e) == -1)
				return -1;
			return s->reason == REASON_PROVEN ?
			    step_take_back(s, e) : 0;
		}
	}
	if (a->trace != NULL)
		trace_say(a->trace, "SPF of %s %s", identity, a->spf->known &&
		    a->spf->answer.answer != -1 ? "is known" : "would be asked "
		    "about after the answer, for the next attempts");
	else if (!a->spf->known || a->spf->answer.answer == -1)
		afterwards_pending(s->deps, s->conf, a, s->now);
	return 0;
}

static void
answer(const struct step *s, struct decision *out)
{
	const char	*by = "", *domain = NULL;

	if (s->reason == REASON_PROVEN) {
		by = s->proof[s->by].identity;
		domain = s->proof[s->by].domain;
	} else if (s->reason == REASON_RETRIED)
		by = s->group[s->by].identity;
	(void)snprintf(out->by, sizeof(out->by), "%s%s%.*s", by,
	    domain != NULL ? " " : "", NAME_SIZE, domain != NULL ? domain : "");
	out->reason = s->reason;
	out->wait = s->reason == REASON_NEW || s->reason == REASON_EARLY ||
	    s->reason == REASON_LATE ? s->answer.wait : 0;
	out->delayed = s->reason == REASON_RETRIED ? s->answer.delayed : -1;
}

int
greylist_attempt(const struct policy_deps *deps,
    const struct conf_greylist *conf, const struct attempt *a, int64_t now,
    struct decision *out, struct err *e)
{
	struct step	s = step_of(deps, conf, a, now);

	if (a->trace != NULL)
		step_tell_settings(&s, out->rule);
	if (step_take(&s, e) == -1 || try_spf(&s, e) == -1)
		return -1;
	if (a->trace != NULL)
		step_tell_answer(&s);
	answer(&s, out);
	return 0;
}

int
greylist_prove(const struct policy_deps *deps,
    const struct conf_greylist *conf, const struct attempt *a, int64_t now,
    struct err *e)
{
	struct step	s = step_of(deps, conf, a, now);

	if (a->spf != NULL && (!a->spf->known || a->spf->answer.answer == -1 ||
	    (proof_is_aligned(a->client, a->sender) &&
	    !proof_is_registrable(a->sender))))
		afterwards_proven(deps, conf, a, now);
	return step_prove(&s, e);
}

int
greylist_note(const struct policy_deps *deps, const struct conf_greylist *conf,
    const struct greylist_late *l, struct err *e)
{
	const struct attempt	a = { .sender_key = l->sender_key,
				    .rcpt_key = l->rcpt_key };
	struct step		s = step_of(deps, conf, &a, l->at);

	return l->rcpt_key == NULL ? step_prove_identity(&s, l->identity, e) :
	    step_note(&s, l->identity, e);
}
