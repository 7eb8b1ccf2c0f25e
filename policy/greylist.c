/* SPDX-License-Identifier: ISC
 * policy/greylist.c - the records of one attempt, in one step.
 *
 * A step has up to seven records: the proofs of the client (its address, its
 * name for the sender's domain, its bare name), and for each identity that
 * groups triplets (network, name) the triplet and, where crowds are or were
 * full, the attempt's mark. */
#include "policy/greylist.h"

#include <stdio.h>
#include <string.h>

#include "base/mailaddr.h"
#include "policy/crowd.h"
#include "policy/key.h"

enum { PROOFS = 3, GROUPS = 2, ITEMS = PROOFS + 2 * GROUPS };

/* An identity that groups triplets. */
struct group {
	const char	*identity;	/* of the triplet */
	const char	*crowd;		/* whose pending ones are counted */
	bool		 full;		/* the crowd has as many as it may */
	bool		 may_be_marked;	/* then mark is a place, too */
	size_t		 triplet, mark;	/* places in the step's items */
	uint64_t	 fingerprint;
	/* Set anew by each run of decide(). */
	struct record	 rec;		/* as read, then as to be stored */
	struct grey_answer answer;
	bool		 stored, marked;/* where rec was found, if at all */
	int		 change;	/* of the crowd's count */
};

struct step {
	const struct policy_deps *deps;
	const struct conf_greylist *conf;
	struct grey_conf rule;
	const struct attempt *a;
	int64_t		 now;
	struct group	 group[GROUPS];
	size_t		 n_groups, n_proofs;
	/* Set anew by each run of decide(). */
	enum reason	 reason;
	struct grey_answer answer;
	size_t		 by;		/* which proof, or which group */
};

struct grey_conf
greylist_rule(const struct conf_greylist *conf)
{
	return (struct grey_conf){ .delay = conf->delay,
	    .window = conf->window, .remember = conf->remember };
}

/* Makes the keys of what a pass of this attempt's client proves; returns how
 * many. With `all`, also those that only another sender's mail can prove. */
static size_t
proof_keys(const struct attempt *a, bool all, struct store_item *items)
{
	const struct identities	*id = &a->client->identities;
	const char		*domain = mailaddr_domain(a->sender_key);
	char			 own[NAME_SIZE];
	size_t			 n = 0;

	key_make(&items[n++].key, KEY_PROOF, id->addr, NULL, NULL);
	if (id->name[0] == '\0')
		return n;
	key_make(&items[n++].key, KEY_PROOF, id->name, domain, NULL);
	if (all || (name_registrable(domain, own) &&
	    strcmp(own, id->name + strlen("name:")) == 0))
		key_make(&items[n++].key, KEY_PROOF, id->name, NULL, NULL);
	return n;
}

static bool
decode(const struct store_item *item, struct record *rec)
{
	return item->found && record_decode(rec, item->value, item->len,
	    item->expires, NULL) == 0;
}

/* Marks the item to be stored, if the record differs from what it holds. */
static void
put(struct store_item *item, const struct record *rec)
{
	uint8_t	bytes[RECORD_SIZE];

	record_encode(rec, bytes);
	if (item->found && item->len == sizeof(bytes) &&
	    item->expires == rec->expires &&
	    memcmp(item->value, bytes, sizeof(bytes)) == 0)
		return;
	memcpy(item->value, bytes, sizeof(bytes));
	item->len = sizeof(bytes);
	item->expires = rec->expires;
	item->act = STORE_PUT;
}

static bool
decide_by_proof(struct step *s, struct store_item *items)
{
	struct record	rec;

	for (size_t i = 0; i < s->n_proofs; i++) {
		if (!decode(&items[i], &rec) ||
		    !grey_is_proven(&rec, s->conf->prove_after, s->now))
			continue;
		if (grey_renew(&rec, &s->rule, s->now))
			put(&items[i], &rec);
		s->reason = REASON_PROVEN;
		s->by = i;
		return true;
	}
	return false;
}

/* A mark whose triplet is stored from now on is done with. */
static void
drop_mark(const struct group *g, struct store_item *items)
{
	if (g->marked)
		items[g->mark].act = STORE_DROP;
}

/* A retry under one identity lets the triplet pass under all that know it. */
static void
store_passed(struct step *s, struct store_item *items)
{
	for (size_t i = 0; i < s->n_groups; i++) {
		struct group	*g = &s->group[i];

		if (g->answer.result == GREY_NEW)
			continue;
		if (g->rec.state == RECORD_PENDING)
			grey_pass(&g->rec, &s->rule, s->now);
		put(&items[g->triplet], &g->rec);
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
		struct group	*g = &s->group[i];

		if (g->full && !g->stored) {
			crowd_mark_put(&items[g->mark], g->fingerprint,
			    &g->rec);
			continue;
		}
		if (!g->stored || g->answer.result == GREY_LATE)
			g->change = 1;
		put(&items[g->triplet], &g->rec);
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
look_up(struct step *s, struct group *g, const struct store_item *items)
{
	g->change = 0;
	g->stored = decode(&items[g->triplet], &g->rec) &&
	    g->rec.expires > s->now;
	g->marked = !g->stored && g->may_be_marked &&
	    crowd_mark_get(&items[g->mark], g->fingerprint, &g->rec);
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
add_mark(struct step *s, struct group *g, struct store_item *items, size_t *n)
{
	struct crowd_mark	to;
	char			slot[24];

	if (g->full)
		crowd_has_marked(s->deps->crowd);
	g->may_be_marked = crowd_may_have_marked(s->deps->crowd);
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
	struct group	*g = &s->group[s->n_groups++];

	g->identity = identity;
	g->crowd = crowd;
	g->full = crowd_pending(s->deps->crowd, crowd, &s->rule, s->now) >=
	    s->conf->max_pending_per_identity;
	g->triplet = (*n)++;
	key_make(&items[g->triplet].key, KEY_TRIPLET, identity,
	    s->a->sender_key, s->a->rcpt_key);
	add_mark(s, g, items, n);
}

static void
answer(const struct step *s, struct decision *out)
{
	const struct identities	*id = &s->a->client->identities;
	const char		*by = "", *domain = "";

	if (s->reason == REASON_PROVEN)
		by = s->by == 0 ? id->addr : id->name;
	else if (s->reason == REASON_RETRIED)
		by = s->group[s->by].identity;
	if (s->reason == REASON_PROVEN && s->by == 1)
		domain = mailaddr_domain(s->a->sender_key);
	(void)snprintf(out->by, sizeof(out->by), "%s%s%.*s", by,
	    *domain != '\0' ? " " : "", NAME_SIZE, domain);
	out->reason = s->reason;
	out->wait = s->reason == REASON_NEW || s->reason == REASON_EARLY ||
	    s->reason == REASON_LATE ? s->answer.wait : 0;
	out->delayed = s->reason == REASON_RETRIED ? s->answer.delayed : -1;
}

/* What follows from a step that is stored. */
static void
count_changes(const struct step *s)
{
	for (size_t i = 0; i < s->n_groups; i++) {
		const struct group *g = &s->group[i];

		if (g->change != 0)
			crowd_count(s->deps->crowd, g->crowd, g->change,
			    &s->rule, s->now);
	}
}

static void
renew(struct store_item *item, size_t n, void *arg)
{
	const struct step	*s = arg;
	struct record		 rec;

	(void)n;
	if (decode(item, &rec) && grey_renew(&rec, &s->rule, s->now))
		put(item, &rec);
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
	}
	if (!decide_by_proof(s, items))
		return 0;
	if (items[s->by].act == STORE_PUT && store_step(s->deps->store,
	    &items[s->by], 1, renew, s, e) == -1)
		return -1;
	return 1;
}

bool
greylist_is_proven(struct store *store, const struct conf_greylist *conf,
    const struct attempt *a, int64_t now)
{
	struct store_item	items[PROOFS];
	size_t			n = proof_keys(a, true, items);
	struct record		rec;

	for (size_t i = 0; i < n; i++)
		if (store_get(store, &items[i], NULL) == 1 &&
		    decode(&items[i], &rec) &&
		    grey_is_proven(&rec, conf->prove_after, now))
			return true;
	return false;
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

int
greylist_attempt(const struct policy_deps *deps,
    const struct conf_greylist *conf, const struct attempt *a, int64_t now,
    struct decision *out, struct err *e)
{
	const struct identities	*id = &a->client->identities;
	struct step		 s = { .deps = deps, .conf = conf, .a = a,
				     .now = now, .rule = greylist_rule(conf) };
	struct store_item	 items[ITEMS];
	size_t			 n;
	int			 known;

	n = s.n_proofs = proof_keys(a, true, items);
	known = look_at_proofs(&s, items, e);
	if (known == -1)
		return -1;
	if (!known) {
		add_group(&s, items, &n, id->net, id->crowd);
		if (id->name[0] != '\0')
			add_group(&s, items, &n, id->name, id->name);
		if (store_step(deps->store, items, n, decide, &s, e) == -1)
			return -1;
		count_changes(&s);
	}
	answer(&s, out);
	return 0;
}

static void
prove(struct store_item *items, size_t n, void *arg)
{
	const struct step	*s = arg;

	for (size_t i = 0; i < n; i++) {
		struct record	rec;
		bool		found = decode(&items[i], &rec);

		grey_prove(&rec, found, &s->rule, s->now);
		put(&items[i], &rec);
	}
}

int
greylist_prove(struct store *store, const struct conf_greylist *conf,
    const struct attempt *a, int64_t now, struct err *e)
{
	struct step		s = { .now = now,
				    .rule = greylist_rule(conf) };
	struct store_item	items[PROOFS];
	size_t			n = proof_keys(a, false, items);

	return store_step(store, items, n, prove, &s, e);
}
