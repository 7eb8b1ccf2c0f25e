/* SPDX-License-Identifier: ISC
 * milter/drain.c - a counter, a flag and somebody who waits. */
#include "milter/drain.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

struct drain {
	pthread_mutex_t	lock;
	pthread_cond_t	empty;
	unsigned	inside;
	bool		stopping;
};

struct drain *
drain_new(void)
{
	struct drain	*d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_cond_init(&d->empty, NULL);
	return d;
}

void
drain_free(struct drain **d)
{
	if (*d == NULL)
		return;
	(void)pthread_cond_destroy(&(*d)->empty);
	(void)pthread_mutex_destroy(&(*d)->lock);
	free(*d);
	*d = NULL;
}

bool
drain_enter(struct drain *d)
{
	bool	in;

	pthread_mutex_lock(&d->lock);
	in = !d->stopping;
	if (in)
		d->inside++;
	pthread_mutex_unlock(&d->lock);
	return in;
}

void
drain_leave(struct drain *d)
{
	pthread_mutex_lock(&d->lock);
	if (--d->inside == 0)
		pthread_cond_broadcast(&d->empty);
	pthread_mutex_unlock(&d->lock);
}

void
drain_stop(struct drain *d)
{
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	pthread_mutex_unlock(&d->lock);
}

bool
drain_wait(struct drain *d, int seconds)
{
	struct timespec	until;
	bool		done;

	until = clock_deadline(seconds * 1000);
	pthread_mutex_lock(&d->lock);
	while (d->inside > 0 && pthread_cond_timedwait(&d->empty, &d->lock,
	    &until) != ETIMEDOUT)
		continue;
	done = d->inside == 0;
	pthread_mutex_unlock(&d->lock);
	return done;
}
