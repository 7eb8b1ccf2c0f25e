/* SPDX-License-Identifier: ISC
 * db/stripes.c - the locks that stripes.h describes. */
#include "db/stripes.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { STRIPES = 1024 };

struct stripes {
	pthread_mutex_t	lock[STRIPES];
};

struct stripes *
stripes_new(void)
{
	struct stripes	*s = malloc(sizeof(*s));

	for (size_t i = 0; s != NULL && i < STRIPES; i++)
		(void)pthread_mutex_init(&s->lock[i], NULL);
	return s;
}

void
stripes_free(struct stripes **s)
{
	for (size_t i = 0; *s != NULL && i < STRIPES; i++)
		(void)pthread_mutex_destroy(&(*s)->lock[i]);
	free(*s);
	*s = NULL;
}

/* FNV-1a: spreads well enough over a thousand locks, and is short. */
static uint16_t
stripe_of(const struct store_key *key)
{
	uint32_t	hash = 2166136261u;

	for (size_t i = 0; i < key->len; i++)
		hash = (hash ^ key->bytes[i]) * 16777619u;
	return (uint16_t)((hash ^ hash >> 16) % STRIPES);
}

void
stripes_want(struct stripes_held *held, const struct store_key *key)
{
	uint16_t	stripe = stripe_of(key);
	size_t		at = 0;

	while (at < held->n && held->at[at] < stripe)
		at++;
	if (at < held->n && held->at[at] == stripe)
		return;
	assert(held->n < STRIPES_HELD_MAX);
	for (size_t i = held->n++; i > at; i--)
		held->at[i] = held->at[i - 1];
	held->at[at] = stripe;
}

void
stripes_lock(struct stripes *s, const struct stripes_held *held)
{
	for (size_t i = 0; i < held->n; i++)
		(void)pthread_mutex_lock(&s->lock[held->at[i]]);
}

void
stripes_unlock(struct stripes *s, const struct stripes_held *held)
{
	for (size_t i = held->n; i-- > 0;)
		(void)pthread_mutex_unlock(&s->lock[held->at[i]]);
}
