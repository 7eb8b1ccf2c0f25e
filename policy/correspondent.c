/* SPDX-License-Identifier: ISC
 * policy/correspondent.c - is this the answer of somebody whom one of ours wrote
 * to? An address is easily forged: what lets it in is what the client proves. */
#include "policy/correspondent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mailaddr.h"
#include "policy/names.h"
#include "policy/proof.h"
#include "policy/trace.h"
#include "whitelist/learned.h"

static const char	name_prefix[] = "name:";

enum { KNOWN_BY = 4 };		/* address, SPF, name, and the end */

/* What to ask the store about one attempt. */
struct asking {
	char		*outside, *ours;
	const char	*identity[KNOWN_BY];
	struct learned_question question;
};

/* The name last: of several known identities the first is told, and a name is
 * believed only where SPF does not deny it. */
static void
list_identities(const struct attempt *a, const char *out[KNOWN_BY])
{
	const struct identities	*known = &a->client->identities;
	size_t			 n = 0;

	out[n++] = known->addr;
	if (a->spf != NULL && a->spf->known && a->spf->answer.answer == 1)
		out[n++] = a->spf->identity;
	if (known->name[0] != '\0')
		out[n++] = known->name;
	out[n] = NULL;
}

/* false: out of memory. */
static bool
begin(struct asking *q, const struct policy_deps *deps,
    const struct conf *conf, const struct attempt *a)
{
	list_identities(a, q->identity);
	q->outside = names_correspondent(deps->pseudonyms, a->sender);
	q->ours = names_correspondent(deps->pseudonyms, a->rcpt);
	q->question = (struct learned_question){ .outside = q->outside,
	    .ours = q->ours, .scope = conf->auto_whitelist.scope,
	    .identities = q->identity };
	return q->outside != NULL && q->ours != NULL;
}

static void
end(struct asking *q)
{
	free(q->outside);
	free(q->ours);
}

/* What the store says of an attempt. now: of an alarm. */
struct asked {
	const struct policy_deps *deps;
	const struct attempt	*a;
	int64_t			 now;
};

static int
or_alarm(const struct asked *of, int status, const struct err *e)
{
	if (status == -1)
		attempt_alarm(of->a, of->deps->alarms, ALARM_STORE, of->now,
		    e->text);
	return status;
}

/* One who forges our own addresses to ours would else be somebody that many
 * of ours have written to. */
static bool
is_from_ours(const struct conf *conf, const struct attempt *a)
{
	const char	*domain = mailaddr_domain(a->sender);

	return domain[0] == '\0' || nameset_has(conf->local_domains, domain) ||
	    strcasecmp(domain, mailaddr_domain(a->rcpt)) == 0;
}

/* Whom to ask about SPF; NULL: nobody looks at it. */
static struct prover *
prover_for(const struct policy_deps *deps, const struct attempt *a)
{
	return a->spf == NULL ? NULL : deps->prover;
}

/* A name as people write it (RFC 6531): the DNS knows it by another, which was not
 * asked about. */
static bool
is_international(const char *domain)
{
	for (; *domain != '\0'; domain++)
		if ((unsigned char)*domain >= 0x80)
			return true;
	return false;
}

/* The DNS was asked, and there is no record. What was not asked about is not
 * withdrawn. */
static bool
publishes_no_spf(const struct attempt *a, const struct spf_memo *memo)
{
	return memo->known && memo->answer.answer == 0 &&
	    memo->answer.result == SPF_NONE && memo->answer.withdrawn &&
	    !is_international(mailaddr_domain(a->sender));
}

static bool
is_name(const char *identity)
{
	return strncmp(identity, name_prefix, strlen(name_prefix)) == 0;
}

/* A name that brought answers, and is not proven now: its domain may have other
 * customers, so that SPF must have been asked, and not deny it. Of the sender's own
 * domain the proof has judged it. */
static bool
name_counts(const struct attempt *a, const struct spf_memo *memo)
{
	return memo->answer.answer != -1 && proof_allows_name(&memo->answer) &&
	    !proof_is_aligned(a->client, a->sender);
}

/* What lets a correspondent in: "by IDENTITY", "unproven"; false: nothing does. */
static bool
find_proof(const struct policy_deps *deps, const struct conf *conf,
    const struct attempt *a, const struct learned_answer *known,
    struct decision *out)
{
	struct spf_memo	 none = { .known = false };
	struct spf_memo	*memo = a->spf != NULL ? a->spf : &none;
	struct proof	 proof = { .proven = false };
	const char	*by = known->identity;

	if (!known->known_identity || is_name(by)) {
		proof_of_sender(prover_for(deps, a), a->client, a->sender,
		    attempt_wait_ms(a), memo, &proof);
		if (proof.proven)
			by = proof.by;
		else if (known->known_identity && !name_counts(a, memo))
			by = "";
	}
	if (by[0] == '\0' && (!publishes_no_spf(a, memo) ||
	    conf->auto_whitelist.proof != CONF_PROOF_LENIENT))
		return false;
	/* An address of a record has two parts of KEY_PART_MAX: nothing is cut. */
	(void)snprintf(out->by, sizeof(out->by), "%.700s%s%.*s",
	    known->pair.ours, by[0] != '\0' ? " by " : " unproven",
	    IDENTITY_SIZE, by);
	return true;
}

static void
tell_pair(const struct asked *of, const struct learned_answer *known)
{
	const struct learned_pair	*p = &known->pair;
	char				 first[TRACE_SPAN_SIZE];
	char				 last[TRACE_SPAN_SIZE];

	trace_say(of->a->trace, "%s wrote first to %s, %s ago; letters %u, the "
	    "last %s ago; answers %u", p->ours, p->outside,
	    trace_span(of->now - p->first, first), (unsigned)p->letters,
	    trace_span(of->now - p->last, last), (unsigned)p->answers);
	if (known->known_identity)
		trace_say(of->a->trace, "%s has brought answers before",
		    known->identity);
	else
		trace_say(of->a->trace, "no identity of the client has brought "
		    "answers before");
}

/* What lets it in, or that nothing does. */
static void
tell_proof(const struct attempt *a, bool proven, const struct decision *out)
{
	if (a->spf != NULL && a->spf->known)
		proof_tell_spf(a);
	if (proven)
		trace_say(a->trace, "the answer passes: %s", out->by);
	else
		trace_say(a->trace, "the client does not prove that it may "
		    "bring the answer");
}

static bool
is_answer(const struct asked *of, const struct conf *conf,
    struct decision *out)
{
	const struct policy_deps *deps = of->deps;
	const struct attempt	*a = of->a;
	struct asking		 q;
	struct learned_answer	 known;
	struct err		 e;
	bool			 proven;

	if (is_from_ours(conf, a)) {
		if (a->trace != NULL)
			trace_say(a->trace, "the sender's domain is ours");
		return false;
	}
	out->correspondent = begin(&q, deps, conf, a) && or_alarm(of,
	    learned_find(deps->store, &q.question, of->now, &known, &e),
	    &e) == 1;
	if (a->trace != NULL && out->correspondent)
		tell_pair(of, &known);
	else if (a->trace != NULL)
		trace_say(a->trace, "none of ours wrote to %s, as far as scope "
		    "reaches", q.outside != NULL ? q.outside : a->sender);
	end(&q);
	if (!out->correspondent)
		return false;
	proven = find_proof(deps, conf, a, &known, out);
	if (a->trace != NULL)
		tell_proof(a, proven, out);
	if (proven)
		out->reason = REASON_CORRESPONDENT;
	return proven;
}

static bool
expects(const struct asked *of, const char *ours, const char *organisation)
{
	struct err	e;
	bool		yes;

	yes = or_alarm(of, learned_expects_bounce(of->deps->store, ours,
	    organisation, of->now, &e), &e) == 1;
	if (of->a->trace != NULL)
		trace_say(of->a->trace, "%s %s to somebody at %s in the last "
		    "%d days", ours, yes ? "wrote" : "did not write",
		    organisation, LEARNED_BOUNCE_DAYS);
	return yes;
}

/* Whether the client's confirmed name, of this organisation, is worth it: SPF may
 * know better, since a provider's customers have such names, too. */
static bool
is_of_organisation(const struct asked *of, const char *organisation)
{
	const struct attempt	*a = of->a;
	char			 sender[DOMAIN_SIZE + 16];
	struct spf_memo		 memo = { .known = false };
	struct proof		 proof;

	(void)snprintf(sender, sizeof(sender), "postmaster@%s", organisation);
	proof_of_sender(prover_for(of->deps, a), a->client, sender,
	    attempt_wait_ms(a), &memo, &proof);
	if (a->trace != NULL && !proof.proven)
		trace_say(a->trace, "%s", proof.why.text);
	return proof.proven;
}

/* The client that gives the bounce back is of the organisation that one of ours
 * wrote to: by its name, or by its HELO name and SPF. */
static bool
bounce_proof(const struct asked *of, const char *ours, char by[IDENTITY_SIZE])
{
	const struct policy_deps *deps = of->deps;
	const struct attempt	*a = of->a;
	const char		*name = a->client->identities.name;
	char			 helo[DOMAIN_SIZE];
	bool			 proven;

	if (name[0] != '\0' &&
	    expects(of, ours, name + strlen(name_prefix)) &&
	    is_of_organisation(of, name + strlen(name_prefix))) {
		(void)snprintf(by, IDENTITY_SIZE, "%s", name);
		return true;
	}
	if (prover_for(deps, a) == NULL || a->client->helo == NULL ||
	    !domain_registrable(a->client->helo, helo) ||
	    !expects(of, ours, helo))
		return false;
	proven = proof_ask_spf(deps->prover, a->client, "",
	    attempt_wait_ms(a), a->spf)->answer == 1;
	if (a->trace != NULL)
		proof_tell_spf(a);
	if (proven)
		(void)snprintf(by, IDENTITY_SIZE, "%s", a->spf->identity);
	return proven;
}

static bool
is_expected_bounce(const struct asked *of, struct decision *out)
{
	char	*ours = names_correspondent(of->deps->pseudonyms,
		    of->a->rcpt);
	char	 by[IDENTITY_SIZE];
	bool	 expected;

	expected = ours != NULL && bounce_proof(of, ours, by);
	free(ours);
	if (of->a->trace != NULL && !expected)
		trace_say(of->a->trace, "the null sender: no bounce is "
		    "expected from this client");
	if (!expected)
		return false;
	(void)snprintf(out->by, sizeof(out->by), "%s", by);
	out->reason = REASON_EXPECTED_BOUNCE;
	return true;
}

bool
correspondent_passes(const struct policy_deps *deps, const struct conf *conf,
    const struct attempt *a, int64_t now, struct decision *out)
{
	const struct asked	of = { deps, a, now };

	out->correspondent = false;
	if (a->trace != NULL && !conf->auto_whitelist.enabled)
		trace_say(a->trace, "auto-whitelist is not enabled");
	if (!conf->auto_whitelist.enabled || !a->client->by_smtp ||
	    a->stopping)
		return false;
	if (a->sender[0] != '\0' ? !is_answer(&of, conf, out) :
	    !is_expected_bounce(&of, out))
		return false;
	out->verdict = VERDICT_PASS;
	return true;
}

/* What of a client counts for the next answer. */
enum worth { WORTH_NOTHING, WORTH_BUT_NAME, WORTH_ALL };

/*
 * One whose domain has no SPF, or nobody looks at it, has to wait once. Its name may
 * be that of a whole cloud: it is kept where it is the sender's own, or has waited
 * itself; SPF and the address say nothing of it.
 */
static enum worth
worth_of(const struct policy_deps *deps, const struct attempt *a,
    struct spf_memo *memo, enum reason reason)
{
	struct prover	*prover = prover_for(deps, a);
	bool		 aligned = proof_is_aligned(a->client, a->sender);
	struct proof	 proof;

	/* Never asked now: the message has been let in already. */
	if (prover != NULL && !memo->known)
		return WORTH_NOTHING;
	proof_of_sender(prover, a->client, a->sender, 0, memo, &proof);
	if (proof.proven)
		return aligned ? WORTH_ALL : WORTH_BUT_NAME;
	if (prover != NULL && !publishes_no_spf(a, memo))
		return WORTH_NOTHING;
	if (reason == REASON_RETRIED || reason == REASON_SAME_MAIL)
		return aligned ? WORTH_BUT_NAME : WORTH_ALL;
	return reason == REASON_PROVEN ? WORTH_BUT_NAME : WORTH_NOTHING;
}

static void
leave_name_out(const char *identity[KNOWN_BY])
{
	size_t	n = 0;

	while (identity[n] != NULL && !is_name(identity[n]))
		n++;
	identity[n] = NULL;
}

/* A known one stays known, if it is still used, and still lets in. 1; 0 there is
 * none; -1 the store failed, e. */
static int
recall(struct asking *q, const struct asked *of, const struct spf_memo *memo,
    struct learned_answer *known, struct err *e)
{
	int	status = learned_find(of->deps->store, &q->question, of->now,
		    known, e);

	if (status != 1)
		return status;
	q->identity[0] = known->identity;
	q->identity[1] = NULL;
	return known->known_identity && (!is_name(known->identity) ||
	    (memo->known && name_counts(of->a, memo)));
}

void
correspondent_answered(const struct policy_deps *deps,
    const struct conf *conf, const struct attempt *a, enum reason reason,
    int64_t now)
{
	const struct asked	of = { deps, a, now };
	struct spf_memo		none = { .known = false };
	struct spf_memo		*memo = a->spf != NULL ? a->spf : &none;
	struct asking		q;
	struct learned_answer	known;
	struct err		e;
	enum worth		worth;
	int			status = 1;

	if (is_from_ours(conf, a))
		return;
	if (begin(&q, deps, conf, a)) {
		/* What anybody could have forged is no use: a pair that was
		 * learned once would never end. */
		worth = worth_of(deps, a, memo, reason);
		if (worth == WORTH_NOTHING)
			status = recall(&q, &of, memo, &known, &e);
		else if (worth == WORTH_BUT_NAME)
			leave_name_out(q.identity);
		if (status == 1)
			status = learned_note_answer(deps->store, &q.question,
			    conf->auto_whitelist.remember, now, &e);
		(void)or_alarm(&of, status, &e);
	}
	end(&q);
}
