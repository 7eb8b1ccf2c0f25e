/* SPDX-License-Identifier: ISC
 * policy/step.c - reads the records of an attempt, lets the rule decide, and
 * marks what is to be stored. */
#include "policy/step.h"

#include <stdio.h>
#include <string.h>

#include "base/mailaddr.h"
#include "db/key.h"
#include "policy/crowd.h"
#include "policy/greylist.h"
#include "policy/proof.h"
#include "policy/step_tell.h"
#include "policy/stored.h"

bool
step_has_spf(const struct attempt *a)
{
	return a->spf != NULL && a->spf->known && a->spf->answer.answer == 1;
}

struct step
step_of(const struct policy_deps *deps, const struct conf_greylist *conf,
    const struct attempt *a, int64_t now)
{
	struct step	s = { .deps = deps, .conf = conf, .a = a, .now = now,
			    .rule = greylist_rule(conf) };

	s.crowds = s.rule;
	if (conf->crowd_window != 0)
		s.crowds.window = conf->crowd_window;
	return s;
}

static void
add_proof(struct step *s, struct store_item *items, const char *identity,
    const char *domain)
{
	size_t	i = s->n_proofs++;

	s->proof[i] = (struct step_proof){ identity, domain };
	key_make(&items[i].key, KEY_PROOF, identity, domain, NULL);
}

/* Whether a pass proves the client's name for every sender: it is the sender's
 * own domain, and SPF of that has been heard and does not deny it. (Below that
 * domain it is asked for afterwards: policy/afterwards.c.) */
static bool
proves_bare_name(const struct step *s)
{
	const struct spf_memo	*spf = s->a->spf;

	if (!proof_is_aligned(s->a->client, s->a->sender))
		return false;
	return s->deps->prover == NULL || spf == NULL || (spf->known &&
	    spf->answer.answer != -1 && proof_allows_name(&spf->answer) &&
	    proof_is_registrable(s->a->sender));
}

/* What a pass of this attempt's client proves. With `all`, also those that only
 * another sender's mail can prove. */
static void
add_proofs(struct step *s, bool all, struct store_item *items)
{
	const struct identities	*id = &s->a->client->identities;
	const char		*domain = mailaddr_domain(s->a->sender_key);

	s->n_proofs = 0;
	add_proof(s, items, id->addr, NULL);
	if (id->name[0] != '\0') {
		if (all || !proof_is_aligned(s->a->client, s->a->sender))
			add_proof(s, items, id->name, domain);
		if (all || proves_bare_name(s))
			add_proof(s, items, id->name, NULL);
	}
	if (step_has_spf(s->a))
		add_proof(s, items, s->a->spf->identity, NULL);
}

static bool
decide_by_proof(struct step *s, struct store_item *items)
{
	struct record	rec;

	for (size_t i = 0; i < s->n_proofs; i++) {
		if (!stored_get(&items[i], &rec) ||
		    !grey_is_proven(&rec, s->conf->prove_after, s->now))
			continue;
		if (grey_renew(&rec, &s->rule, s->now))
			stored_put(&items[i], &rec);
		s->reason = REASON_PROVEN;
		s->by = i;
		return true;
	}
	return false;
}

/* A mark whose triplet is stored from now on is done with. */
static void
drop_mark(const struct step_group *g, struct store_item *items)
{
	if (g->marked)
		items[g->mark].act = STORE_DROP;
}

/* A retry under one identity lets the triplet pass under all that know it. */
static void
store_passed(struct step *s, struct store_item *items)
{
	for (size_t i = 0; i < s->n_groups; i++) {
		struct step_group *g = &s->group[i];

		if (g->answer.result == GREY_NEW)
			continue;
		if (g->rec.state == RECORD_PENDING)
			grey_pass(&g->rec, &s->rule, s->now);
		stored_put(&items[g->triplet], &g->rec);
		drop_mark(g, items);
		if (g->stored && g->answer.result != GREY_PASSED)
			g->change = -1;
	}
}

/* Remembers the attempt under each identity: as a triplet if its crowd has
 * room for one more, else by a mark (policy/crowd.h). */
static void
store_pending(struct step *s, struct store_item *items)
{
	for (size_t i = 0; i < s->n_groups; i++) {
		struct step_group *g = &s->group[i];

		if (g->full && !g->stored) {
			crowd_mark_put(&items[g->mark], g->fingerprint,
			    &g->rec);
			continue;
		}
		if (!g->stored || g->answer.result == GREY_LATE)
			g->change = 1;
		stored_put(&items[g->triplet], &g->rec);
		drop_mark(g, items);
	}
}

static bool
passes(enum grey_result r)
{
	return r == GREY_RETRIED || r == GREY_PASSED;
}

/* Takes the better of two answers: a pass, else the shortest wait. */
static void
take(struct step *s, size_t i, const struct grey_answer *new)
{
	bool	better;

	if (passes(s->answer.result) || passes(new->result))
		better = !passes(s->answer.result);
	else
		better = new->wait < s->answer.wait ||
		    s->answer.result == GREY_NEW;
	if (!better)
		return;
	s->answer = *new;
	s->by = i;
}

static enum reason
reason_of(enum grey_result r)
{
	switch (r) {
	case GREY_NEW:
		return REASON_NEW;
	case GREY_EARLY:
		return REASON_EARLY;
	case GREY_LATE:
		return REASON_LATE;
	case GREY_RETRIED:
	case GREY_PASSED:
		break;
	}
	return REASON_RETRIED;
}

/* Takes the attempt through the rule under one identity. */
static void
look_up(struct step *s, struct step_group *g, const struct store_item *items)
{
	g->change = 0;
	g->stored = stored_get(&items[g->triplet], &g->rec) &&
	    g->rec.expires > s->now;
	g->marked = !g->stored && g->may_be_marked &&
	    crowd_mark_get(&items[g->mark], g->fingerprint, &g->rec);
	if (s->a->trace != NULL)
		step_tell_group(s, g);
	g->answer = grey_step(&g->rec, g->stored || g->marked, &s->rule,
	    s->now);
}

/* The function of the step: may run again for the same attempt. */
static void
decide(struct store_item *items, size_t n, void *arg)
{
	struct step	*s = arg;

	(void)n;
	for (size_t i = 0; i < s->n_groups; i++)
		s->group[i].change = 0;
	if (decide_by_proof(s, items))
		return;
	s->answer = (struct grey_answer){ .result = GREY_NEW };
	for (size_t i = 0; i < s->n_groups; i++) {
		look_up(s, &s->group[i], items);
		take(s, i, &s->group[i].answer);
	}
	s->reason = reason_of(s->answer.result);
	if (s->reason == REASON_RETRIED)
		store_passed(s, items);
	else if (s->reason == REASON_NEW && s->a->after_retry)
		s->reason = REASON_SAME_MAIL;
	else
		store_pending(s, items);
}

/* Marks are looked at wherever there may be some, also when their crowd is full
 * no more: a retry is a retry. */
static void
add_mark(struct step *s, struct step_group *g, struct store_item *items, size_t *n)
{
	struct crowd_mark	to;
	char			slot[24];

	if (g->full && s->a->trace == NULL)
		crowd_has_marked(s->deps->crowd);
	g->may_be_marked = g->full || crowd_may_have_marked(s->deps->crowd);
	if (!g->may_be_marked)
		return;
	to = crowd_mark_of(g->identity, s->a->sender_key, s->a->rcpt_key,
	    s->conf->max_pending_per_identity);
	(void)snprintf(slot, sizeof(slot), "%llu", (unsigned long long)to.slot);
	g->fingerprint = to.fingerprint;
	g->mark = (*n)++;
	key_make(&items[g->mark].key, KEY_MARK, g->crowd, slot, NULL);
}

static void
add_group(struct step *s, struct store_item *items, size_t *n,
    const char *identity, const char *crowd)
{
	struct step_group *g = &s->group[s->n_groups++];

	g->identity = identity;
	g->crowd = crowd;
	g->full = (s->a->trace == NULL ? crowd_pending : crowd_look)(
	    s->deps->crowd, crowd, &s->crowds, s->now) >=
	    s->conf->max_pending_per_identity;
	g->triplet = (*n)++;
	key_make(&items[g->triplet].key, KEY_TRIPLET, identity,
	    s->a->sender_key, s->a->rcpt_key);
	add_mark(s, g, items, n);
}

/* What follows from a step that is stored. */
static void
count_changes(const struct step *s)
{
	if (s->a->trace != NULL)
		return;
	for (size_t i = 0; i < s->n_groups; i++) {
		const struct step_group *g = &s->group[i];

		if (g->change != 0)
			crowd_count(s->deps->crowd, g->crowd, g->change,
			    &s->crowds, s->now);
	}
}

static void
renew(struct store_item *item, size_t n, void *arg)
{
	const struct step	*s = arg;
	struct record		 rec;

	(void)n;
	if (stored_get(item, &rec) && grey_renew(&rec, &s->rule, s->now))
		stored_put(item, &rec);
}

/* Most mail of most days is that of proven clients: a look at each proof, and
 * no step but to renew one. 1 proven, 0 not, -1 the store failed. */
static int
look_at_proofs(struct step *s, struct store_item *items, struct err *e)
{
	for (size_t i = 0; i < s->n_proofs; i++) {
		if (store_get(s->deps->store, &items[i], e) == -1)
			return -1;
		items[i].act = STORE_LEAVE;
		if (s->a->trace != NULL)
			step_tell_proof(s, &s->proof[i], &items[i]);
	}
	if (!decide_by_proof(s, items))
		return 0;
	if (items[s->by].act == STORE_PUT && store_step(s->deps->store,
	    &items[s->by], 1, renew, s, e) == -1)
		return -1;
	return 1;
}

int
step_take(struct step *s, struct err *e)
{
	const struct identities	*id = &s->a->client->identities;
	struct store_item	 items[STEP_ITEMS];
	size_t			 n;
	int			 known;

	add_proofs(s, true, items);
	known = look_at_proofs(s, items, e);
	if (known != 0)
		return known == 1 ? 0 : -1;
	n = s->n_proofs;
	s->n_groups = 0;
	add_group(s, items, &n, id->net, id->crowd);
	if (id->name[0] != '\0')
		add_group(s, items, &n, id->name, id->name);
	if (step_has_spf(s->a))
		add_group(s, items, &n, s->a->spf->identity,
		    s->a->spf->identity);
	if (store_step(s->deps->store, items, n, decide, s, e) == -1)
		return -1;
	count_changes(s);
	return 0;
}

/* One that has passed meanwhile stays. */
static void
take_back(struct store_item *items, size_t n, void *arg)
{
	struct step	*s = arg;
	struct record	 rec;

	for (size_t i = 0; i < n; i++) {
		s->group[i].change = 0;
		if (!stored_get(&items[i], &rec) || rec.state != RECORD_PENDING)
			continue;
		items[i].act = STORE_DROP;
		s->group[i].change = -1;
	}
}

int
step_take_back(struct step *s, struct err *e)
{
	struct store_item	items[STEP_GROUPS];

	for (size_t i = 0; i < s->n_groups; i++)
		key_make(&items[i].key, KEY_TRIPLET, s->group[i].identity,
		    s->a->sender_key, s->a->rcpt_key);
	if (store_step(s->deps->store, items, s->n_groups, take_back, s, e) ==
	    -1)
		return -1;
	count_changes(s);
	return 0;
}

bool
step_would_pass(const struct step *of, const char *identity)
{
	struct step		s = step_of(of->deps, of->conf, of->a, of->now);
	struct store_item	items[3];
	struct record		rec;
	size_t			n = 0;
	bool			found;

	add_proof(&s, items, identity, NULL);
	found = store_get(s.deps->store, &items[n++], NULL) == 1;
	if (s.a->trace != NULL)
		step_tell_proof(&s, &s.proof[0], &items[0]);
	if (found && stored_get(&items[0], &rec) &&
	    grey_is_proven(&rec, s.conf->prove_after, s.now))
		return true;
	add_group(&s, items, &n, identity, identity);
	for (size_t i = 1; i < n; i++)
		if (store_get(s.deps->store, &items[i], NULL) == -1)
			return false;
	look_up(&s, &s.group[0], items);
	return passes(s.group[0].answer.result);
}

static void
prove(struct store_item *items, size_t n, void *arg)
{
	const struct step	*s = arg;

	for (size_t i = 0; i < n; i++) {
		struct record	rec;
		bool		found = stored_get(&items[i], &rec);

		grey_prove(&rec, found, &s->rule, s->now);
		stored_put(&items[i], &rec);
	}
}

bool
step_is_proven(struct step *s)
{
	struct store_item	items[STEP_PROOFS];
	struct record		rec;

	add_proofs(s, true, items);
	for (size_t i = 0; i < s->n_proofs; i++)
		if (store_get(s->deps->store, &items[i], NULL) == 1 &&
		    stored_get(&items[i], &rec) &&
		    grey_is_proven(&rec, s->conf->prove_after, s->now))
			return true;
	return false;
}

int
step_prove(struct step *s, struct err *e)
{
	struct store_item	items[STEP_PROOFS];

	add_proofs(s, false, items);
	return store_step(s->deps->store, items, s->n_proofs, prove, s, e);
}

int
step_prove_identity(struct step *s, const char *identity, struct err *e)
{
	struct store_item	item;

	s->n_proofs = 0;
	add_proof(s, &item, identity, NULL);
	return store_step(s->deps->store, &item, 1, prove, s, e);
}

int
step_note(struct step *s, const char *identity, struct err *e)
{
	struct store_item	items[2];
	size_t			n = 0;

	s->n_groups = s->n_proofs = 0;
	add_group(s, items, &n, identity, identity);
	if (store_step(s->deps->store, items, n, decide, s, e) == -1)
		return -1;
	count_changes(s);
	return 0;
}
