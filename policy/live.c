/* SPDX-License-Identifier: ISC
 * policy/live.c - one pointer behind a lock. */
#include "policy/live.h"

#include <pthread.h>
#include <stdlib.h>

struct live {
	pthread_mutex_t	 lock;
	struct policy	*policy;
};

struct live *
live_new(struct policy **first)
{
	struct live	*l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	(void)pthread_mutex_init(&l->lock, NULL);
	l->policy = *first;
	*first = NULL;
	return l;
}

void
live_free(struct live **l)
{
	if (*l == NULL)
		return;
	policy_unref(&(*l)->policy);
	(void)pthread_mutex_destroy(&(*l)->lock);
	free(*l);
	*l = NULL;
}

struct policy *
live_ref(struct live *l)
{
	struct policy	*p;

	pthread_mutex_lock(&l->lock);
	p = policy_ref(l->policy);
	pthread_mutex_unlock(&l->lock);
	return p;
}

void
live_swap(struct live *l, struct policy **next)
{
	struct policy	*former;

	pthread_mutex_lock(&l->lock);
	former = l->policy;
	l->policy = *next;
	pthread_mutex_unlock(&l->lock);
	*next = NULL;
	policy_unref(&former);
}
