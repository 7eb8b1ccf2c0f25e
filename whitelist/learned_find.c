/* SPDX-License-Identifier: ISC
 * whitelist/learned_find.c - whether one of ours wrote to an outside address:
 * one record for the scope mailbox, one range of records for the others. */
#include <string.h>

#include "whitelist/learned_private.h"

struct seeking {
	const struct learned_question *q;
	int64_t			 now;
	struct learned_hit	*hit;
	bool			 found;
	unsigned		 looked_at;
	struct learned_pair	 seen;
};

static bool
brought_answers(const struct learned_pair *p, const char *identity)
{
	for (unsigned i = 0; i < p->n_identities; i++)
		if (strcmp(p->identity[i], identity) == 0)
			return true;
	return false;
}

/* Of several known ones the first of the question is told. */
static void
recall(struct seeking *sk)
{
	struct learned_answer	*out = sk->hit->answer;

	for (const char *const *i = sk->q->identities; *i != NULL; i++) {
		if (out->known_identity && strcmp(out->identity, *i) == 0)
			return;
		if (brought_answers(&sk->seen, *i)) {
			out->known_identity = true;
			(void)stpcpy(out->identity, *i);
			return;
		}
	}
}

static bool
is_before(const struct learned_pair *a, const struct learned_pair *b)
{
	return a->first < b->first ||
	    (a->first == b->first && strcmp(a->ours, b->ours) < 0);
}

static bool
look_at(const struct store_item *item, void *arg)
{
	struct seeking		*sk = arg;
	struct learned_pair	*best = &sk->hit->answer->pair;

	if (learned_alive(&sk->seen, item, sk->now)) {
		recall(sk);
		/* Anew, since the texts of a pair are its own. */
		if (!sk->found || is_before(&sk->seen, best)) {
			sk->found = learned_decode(best, item);
			sk->hit->key = item->key;
		}
	}
	return ++sk->looked_at < LEARNED_LOOKED_AT;
}

int
learned_seek(struct store *s, const struct learned_question *q, int64_t now,
    struct learned_hit *out, struct err *e)
{
	struct seeking		sk = { .q = q, .now = now, .hit = out };
	struct store_key	prefix;
	struct store_item	item;
	int			status;

	out->answer->known_identity = false;
	out->answer->identity[0] = '\0';
	if (q->scope == CONF_LEARN_MAILBOX) {
		learned_key(&item.key, q->outside, q->ours);
		status = store_get(s, &item, e);
		if (status == 1)
			(void)look_at(&item, &sk);
	} else {
		learned_prefix(&prefix, q->outside, q->ours, q->scope);
		status = store_walk(s, prefix.bytes, prefix.len, look_at, &sk,
		    e);
	}
	return status == -1 ? -1 : sk.found;
}

int
learned_find(struct store *s, const struct learned_question *q, int64_t now,
    struct learned_answer *out, struct err *e)
{
	struct learned_hit	hit = { .answer = out };

	return learned_seek(s, q, now, &hit, e);
}
