/* SPDX-License-Identifier: ISC
 * identity/asked.c - the table that asked.h describes. */
#include "identity/asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024 };		/* an id is a serial number and a slot */

_Static_assert((int)SLOTS >= (int)PROVER_QUEUE, "a slot fits into an id");
_Static_assert((int)PROVER_SHARE > (int)PROVER_WAITERS, "those who wait for "
    "answers about one domain have room");

void
asked_init(struct asked_table *t)
{
	*t = (struct asked_table){ .n = 0 };
	for (unsigned i = 0; i < PROVER_QUEUE; i++)
		t->spare[i] = i;
}

void
asked_drop(struct asked_table *t)
{
	struct asked	*a;

	while ((a = t->head) != NULL) {
		asked_remove(t, a);
		asked_free(a);
	}
}

void
asked_free(struct asked *a)
{
	struct asked	*next;

	for (; a != NULL; a = next) {
		next = a->joined;
		free(a);
	}
}

/* Of a list its zone; of SPF the registrable domain, or what there is. */
static void
name_domain(struct asked *a)
{
	const struct question	*q = &a->q;

	if (q->kind == QUESTION_LIST)
		(void)snprintf(a->domain, sizeof(a->domain), "%s", q->zone);
	else if (!spf_domain(q->sender, q->helo, a->domain))
		a->domain[0] = '\0';
	if (!domain_registrable(a->domain, a->owner))
		(void)snprintf(a->owner, sizeof(a->owner), "%s", a->domain);
	if (q->kind == QUESTION_SPF)
		(void)snprintf(a->domain, sizeof(a->domain), "%s", a->owner);
}

struct asked *
asked_new(const struct question *q, const void *note, size_t len)
{
	struct asked	*a = calloc(1, sizeof(*a) + len);

	if (a == NULL)
		return NULL;
	a->q = *q;
	if (len > 0)
		memcpy(a->note, note, len);
	name_domain(a);
	return a;
}

/* Whether one more question of its owner has room. */
static bool
has_room(const struct asked_table *t, const struct asked *a)
{
	unsigned	n = 0;

	if (t->n == PROVER_QUEUE)
		return false;
	for (const struct asked *b = t->head; b != NULL; b = b->after)
		n += strcmp(b->owner, a->owner) == 0;
	return n < PROVER_SHARE;
}

bool
asked_add(struct asked_table *t, struct asked *a, int64_t now)
{
	unsigned	slot;

	if (!has_room(t, a))
		return false;
	slot = t->spare[PROVER_QUEUE - 1 - t->n++];
	t->slot[slot] = a;
	a->q.id = ++t->serial * SLOTS + slot;
	a->since = now;
	a->before = t->tail;
	a->after = NULL;
	if (t->tail != NULL)
		t->tail->after = a;
	else
		t->head = a;
	t->tail = a;
	if (t->unsent == NULL)
		t->unsent = a;
	return true;
}

/* To the letter: a record may look at the local part. */
static bool
is_same(const struct question *a, const struct question *b)
{
	return a->kind == b->kind &&
	    memcmp(a->client.b, b->client.b, sizeof(a->client.b)) == 0 &&
	    strcmp(a->sender, b->sender) == 0 &&
	    strcmp(a->helo, b->helo) == 0 && strcmp(a->zone, b->zone) == 0;
}

bool
asked_join(struct asked_table *t, struct asked *a)
{
	struct asked	*same = NULL;
	unsigned	 n = 0;

	for (struct asked *b = t->head; b != NULL; b = b->after) {
		if (strcmp(b->owner, a->owner) != 0)
			continue;
		n += b->n_joined;
		if (same == NULL && is_same(&b->q, &a->q))
			same = b;
	}
	if (same == NULL || n >= ASKED_JOINED_SHARE ||
	    t->n_joined >= ASKED_JOINED)
		return false;
	a->joined = same->joined;
	same->joined = a;
	same->n_joined++;
	t->n_joined++;
	return true;
}

bool
asked_is_sent(const struct asked_table *t, const struct asked *a)
{
	return t->unsent == NULL || a->q.id / SLOTS < t->unsent->q.id / SLOTS;
}

struct asked *
asked_find(struct asked_table *t, uint64_t id)
{
	unsigned	 slot = (unsigned)(id % SLOTS);
	struct asked	*a = slot < PROVER_QUEUE ? t->slot[slot] : NULL;

	return a != NULL && a->q.id == id && asked_is_sent(t, a) ? a : NULL;
}

void
asked_remove(struct asked_table *t, struct asked *a)
{
	unsigned	slot = (unsigned)(a->q.id % SLOTS);

	if (t->unsent == a)
		t->unsent = a->after;
	if (a->before != NULL)
		a->before->after = a->after;
	else
		t->head = a->after;
	if (a->after != NULL)
		a->after->before = a->before;
	else
		t->tail = a->before;
	t->n_joined -= a->n_joined;
	t->slot[slot] = NULL;
	t->spare[PROVER_QUEUE - t->n--] = slot;
}

void
asked_sent(struct asked_table *t)
{
	t->unsent = t->unsent->after;
}

void
asked_unsend(struct asked_table *t)
{
	t->unsent = t->head;
}
