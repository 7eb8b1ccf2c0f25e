/* SPDX-License-Identifier: ISC
 * identity/desk.c - a list of questions, and which domain each thread is at. */
#include "identity/desk.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"

/* A domain, and a number that tells most others apart at a glance; 0: none. */
struct owner {
	uint64_t	number;
	char		domain[SPF_DOMAIN_SIZE];
};

struct waiting {
	struct waiting	*next;
	struct owner	 owner;
	struct question	 q;
};

struct desk {
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;
	struct waiting	*first, **end;
	unsigned	 n;
	struct owner	 at[DESK_THREADS];
};

struct desk *
desk_new(void)
{
	struct desk	*d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_cond_init(&d->changed, NULL);
	d->end = &d->first;
	return d;
}

void
desk_free(struct desk **d)
{
	if (*d == NULL)
		return;
	for (struct waiting *w = (*d)->first, *next; w != NULL; w = next) {
		next = w->next;
		free(w);
	}
	(void)pthread_cond_destroy(&(*d)->changed);
	(void)pthread_mutex_destroy(&(*d)->lock);
	free(*d);
	*d = NULL;
}

/* FNV-1a, which needs no secret: the domains are compared, too. */
static uint64_t
number(const char *domain)
{
	uint64_t	n = UINT64_C(0xcbf29ce484222325);

	for (; *domain != '\0'; domain++)
		n = (n ^ (unsigned char)*domain) * UINT64_C(0x100000001b3);
	return n == 0 ? 1 : n;
}

static bool
is_same(const struct owner *a, const struct owner *b)
{
	return a->number == b->number && strcmp(a->domain, b->domain) == 0;
}

/* Whose name servers will be asked, as far as can be told before. */
static void
find_owner(const struct question *q, struct owner *out)
{
	char		 domain[SPF_DOMAIN_SIZE], own[DOMAIN_SIZE];
	const char	*name = domain;

	if (q->kind == QUESTION_LIST)
		name = q->zone;
	else if (spf_domain(q->sender, q->helo, domain) &&
	    domain_registrable(domain, own))
		name = own;
	(void)snprintf(out->domain, sizeof(out->domain), "%s", name);
	out->number = number(out->domain);
}

/* With the lock: whether one more of this owner may wait. */
static bool
has_room(const struct desk *d, const struct owner *owner)
{
	unsigned	n = 0;

	if (d->n == DESK_WAITING)
		return false;
	for (const struct waiting *w = d->first; w != NULL; w = w->next)
		n += is_same(&w->owner, owner);
	return n < DESK_PLACES;
}

bool
desk_put(struct desk *d, const struct question *q)
{
	struct waiting	*w = malloc(sizeof(*w));
	bool		 is_taken;

	if (w == NULL)
		return false;
	w->next = NULL;
	w->q = *q;
	find_owner(q, &w->owner);
	(void)pthread_mutex_lock(&d->lock);
	is_taken = has_room(d, &w->owner);
	if (is_taken) {
		*d->end = w;
		d->end = &w->next;
		d->n++;
		(void)pthread_cond_signal(&d->changed);
	}
	(void)pthread_mutex_unlock(&d->lock);
	if (!is_taken)
		free(w);
	return is_taken;
}

/* With the lock. */
static bool
has_its_share(const struct desk *d, const struct owner *owner)
{
	unsigned	n = 0;

	for (size_t i = 0; i < DESK_THREADS; i++)
		n += is_same(&d->at[i], owner);
	return n >= DESK_SHARE;
}

/* With the lock: takes the first that may be taken out of the list. */
static struct waiting *
next_of(struct desk *d)
{
	for (struct waiting **at = &d->first; *at != NULL; at = &(*at)->next) {
		struct waiting	*w = *at;

		if (has_its_share(d, &w->owner))
			continue;
		*at = w->next;
		if (d->end == &w->next)
			d->end = at;
		d->n--;
		return w;
	}
	return NULL;
}

/* With the lock; takes over what was waiting. */
static void
seat_takes(struct desk *d, unsigned seat, struct waiting *w,
    struct question *out)
{
	d->at[seat] = w->owner;
	*out = w->q;
	free(w);
}

void
desk_take(struct desk *d, unsigned seat, struct question *out)
{
	struct waiting	*w;

	(void)pthread_mutex_lock(&d->lock);
	while ((w = next_of(d)) == NULL)
		(void)pthread_cond_wait(&d->changed, &d->lock);
	seat_takes(d, seat, w, out);
	(void)pthread_mutex_unlock(&d->lock);
}

bool
desk_try(struct desk *d, unsigned seat, struct question *out)
{
	struct waiting	*w;

	(void)pthread_mutex_lock(&d->lock);
	w = next_of(d);
	if (w != NULL)
		seat_takes(d, seat, w, out);
	(void)pthread_mutex_unlock(&d->lock);
	return w != NULL;
}

void
desk_done(struct desk *d, unsigned seat)
{
	(void)pthread_mutex_lock(&d->lock);
	d->at[seat].number = 0;
	(void)pthread_cond_signal(&d->changed);
	(void)pthread_mutex_unlock(&d->lock);
}
