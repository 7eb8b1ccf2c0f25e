/* SPDX-License-Identifier: ISC
 * identity/desk.c - a list of questions, and which domain each thread is at. */
#include "identity/desk.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"

/* A number that stands for a domain: two that have the same by chance, or by
 * intent, share a share. 0: none. */
typedef uint64_t domain_no;

struct waiting {
	struct waiting	*next;
	domain_no	 domain;
	struct question	 q;
};

struct desk {
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;
	struct waiting	*first, **end;
	unsigned	 n;
	domain_no	 at[DESK_THREADS];
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

/* FNV-1a: nobody gains by a collision, so it needs no secret. */
static domain_no
number(const char *domain)
{
	uint64_t	n = UINT64_C(0xcbf29ce484222325);

	for (; *domain != '\0'; domain++)
		n = (n ^ (unsigned char)*domain) * UINT64_C(0x100000001b3);
	return n == 0 ? 1 : n;
}

/* Whose name servers will be asked, as far as can be told before. */
static domain_no
domain_of(const struct question *q)
{
	char	domain[SPF_DOMAIN_SIZE], own[DOMAIN_SIZE];

	if (q->kind == QUESTION_LIST)
		return number(q->zone);
	if (!spf_domain(q->sender, q->helo, domain))
		return number("");
	return number(domain_registrable(domain, own) ? own : domain);
}

bool
desk_put(struct desk *d, const struct question *q)
{
	struct waiting	*w = malloc(sizeof(*w));
	bool		 has_room;

	if (w == NULL)
		return false;
	*w = (struct waiting){ NULL, domain_of(q), *q };
	(void)pthread_mutex_lock(&d->lock);
	has_room = d->n < DESK_WAITING;
	if (has_room) {
		*d->end = w;
		d->end = &w->next;
		d->n++;
		(void)pthread_cond_signal(&d->changed);
	}
	(void)pthread_mutex_unlock(&d->lock);
	if (!has_room)
		free(w);
	return has_room;
}

/* With the lock. */
static bool
has_its_share(const struct desk *d, domain_no domain)
{
	unsigned	n = 0;

	for (size_t i = 0; i < DESK_THREADS; i++)
		n += d->at[i] == domain;
	return n >= DESK_SHARE;
}

/* With the lock: takes the first that may be taken out of the list. */
static struct waiting *
next_of(struct desk *d)
{
	for (struct waiting **at = &d->first; *at != NULL; at = &(*at)->next) {
		struct waiting	*w = *at;

		if (has_its_share(d, w->domain))
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
	d->at[seat] = w->domain;
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
	d->at[seat] = 0;
	(void)pthread_cond_signal(&d->changed);
	(void)pthread_mutex_unlock(&d->lock);
}
