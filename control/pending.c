/* SPDX-License-Identifier: ISC
 * control/pending.c - sorts records by sender and recipient, merges those of one
 * mail, and ranks what is left. */
#include "control/pending.h"

#include <stdlib.h>
#include <string.h>

static bool
is_of(const char *identity, const char *kind)
{
	return strncmp(identity, kind, strlen(kind)) == 0;
}

static unsigned
evidence_of(const struct pending_record *r)
{
	return (is_of(r->identity, "spf:") ? (unsigned)PENDING_SPF : 0) |
	    (is_of(r->identity, "name:") ? (unsigned)PENDING_NAME : 0) |
	    (r->written ? (unsigned)PENDING_WRITTEN : 0) |
	    (r->tries > 1 ? (unsigned)PENDING_RETRIED : 0);
}

static void
clear(struct pending *p)
{
	free(p->sender);
	free(p->recipient);
	free(p->identity);
	*p = (struct pending){ .sender = NULL };
}

static int
make_room(struct pending_list *l)
{
	size_t		 room = l->room == 0 ? 256 : 2 * l->room;
	struct pending	*at;

	if (l->n < l->room)
		return 0;
	at = reallocarray(l->at, room, sizeof(*at));
	if (at == NULL)
		return -1;
	l->at = at;
	l->room = room;
	return 0;
}

int
pending_add(struct pending_list *l, const struct pending_record *r)
{
	bool		is_network = is_of(r->identity, "net:");
	struct pending	p = { .sender = strdup(r->sender),
			    .recipient = strdup(r->recipient),
			    .identity = strdup(r->identity),
			    .first = r->first, .last = r->last,
			    .until = r->until, .evidence = evidence_of(r),
			    .tries = is_network ? r->tries : 0,
			    .networks = is_network };

	if (p.sender == NULL || p.recipient == NULL || p.identity == NULL ||
	    make_room(l) == -1) {
		clear(&p);
		return -1;
	}
	l->at[l->n++] = p;
	return 0;
}

static int
by_mail(const void *va, const void *vb)
{
	const struct pending	*a = va, *b = vb;
	int			 order = strcmp(a->sender, b->sender);

	return order != 0 ? order : strcmp(a->recipient, b->recipient);
}

/* Which of them a retry should be let in under: whatever host it comes from. */
static int
worth(const char *identity)
{
	return is_of(identity, "spf:") ? 2 : is_of(identity, "name:") ? 1 : 0;
}

/* Takes b's facts into a, and b's texts with them. */
static void
merge(struct pending *a, struct pending *b)
{
	char	*identity = a->identity;

	if (worth(b->identity) > worth(a->identity)) {
		a->identity = b->identity;
		b->identity = identity;
	}
	a->evidence |= b->evidence;
	a->tries += b->tries;
	a->networks += b->networks;
	if (b->first < a->first)
		a->first = b->first;
	if (b->last > a->last)
		a->last = b->last;
	if (b->until > a->until)
		a->until = b->until;
	clear(b);
}

static void
merge_all(struct pending_list *l)
{
	size_t	n = 0;

	if (l->merged || l->n == 0)
		return;
	l->merged = true;
	qsort(l->at, l->n, sizeof(*l->at), by_mail);
	for (size_t i = 1; i < l->n; i++)
		if (by_mail(&l->at[n], &l->at[i]) == 0)
			merge(&l->at[n], &l->at[i]);
		else
			l->at[++n] = l->at[i];
	l->n = n + 1;
	for (size_t i = 0; i < l->n; i++) {
		struct pending *p = &l->at[i];

		/* Where no network's record is left, a name's or SPF's is. */
		if (p->tries == 0)
			p->tries = 1;
		if (p->networks > 1)
			p->evidence |= PENDING_HOSTS;
		if (p->tries > 1)
			p->evidence |= PENDING_RETRIED;
	}
}

/* What is taken out stays in its place, with no tries, until pending_rank(), so
 * that the order holds. */
void
pending_passed(struct pending_list *l, const char *sender,
    const char *recipient, int64_t when)
{
	union {
		const char	*in;
		char		*out;
	} s = { .in = sender }, r = { .in = recipient };
	const struct pending	 key = { .sender = s.out, .recipient = r.out };
	struct pending		*found;

	merge_all(l);
	if (l->n == 0)
		return;
	found = bsearch(&key, l->at, l->n, sizeof(*l->at), by_mail);
	if (found != NULL && found->first <= when)
		found->networks = found->tries = 0;
}

static int
by_rank(const void *va, const void *vb)
{
	const struct pending	*a = va, *b = vb;

	if (a->evidence != b->evidence)
		return a->evidence > b->evidence ? -1 : 1;
	if (a->tries != b->tries)
		return a->tries > b->tries ? -1 : 1;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return by_mail(va, vb);
}

void
pending_rank(struct pending_list *l)
{
	size_t	n = 0;

	merge_all(l);
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].tries == 0)
			clear(&l->at[i]);
		else
			l->at[n++] = l->at[i];
	l->n = n;
	if (n > 0)
		qsort(l->at, n, sizeof(*l->at), by_rank);
}

void
pending_free(struct pending_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		clear(&l->at[i]);
	free(l->at);
	*l = (struct pending_list){ .at = NULL };
}
