/* SPDX-License-Identifier: ISC
 * base/alarm.c - the state of each alarm under one lock. */
#include "base/alarm.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

enum { REPEAT_SECONDS = 600 };

struct alarms {
	pthread_mutex_t		lock;
	struct alarm_state	state[ALARM_KINDS];
	int64_t			logged[ALARM_KINDS];
	atomic_bool		raised[ALARM_KINDS];	/* a look without the lock */
};

static const char *const names[ALARM_KINDS] = {
	[ALARM_STORE] = "store",
	[ALARM_STORE_FULL] = "store-full",
	[ALARM_JOURNAL] = "journal",
	[ALARM_RELOAD] = "reload",
	[ALARM_RECIPIENT_LIST] = "recipient-list",
	[ALARM_DIRECTORY] = "directory",
	[ALARM_DESCRIPTORS] = "descriptors",
	[ALARM_WHITELIST] = "whitelist",
	[ALARM_HELPER] = "helper",
	[ALARM_RESOLVER] = "resolver",
	[ALARM_OUTBOUND] = "outbound",
	[ALARM_METRICS] = "metrics",
};

struct alarms *
alarms_new(void)
{
	struct alarms	*a = calloc(1, sizeof(*a));

	if (a != NULL)
		(void)pthread_mutex_init(&a->lock, NULL);
	return a;
}

void
alarms_free(struct alarms **a)
{
	if (*a == NULL)
		return;
	(void)pthread_mutex_destroy(&(*a)->lock);
	free(*a);
	*a = NULL;
}

/* Whether this one is to be logged. A clock that went back counts as due. */
static bool
note(struct alarms *a, enum alarm_kind kind, int64_t now, const char *sentence)
{
	struct alarm_state	*s = &a->state[kind];
	bool			 due;

	due = !s->raised || now < a->logged[kind] ||
	    now >= a->logged[kind] + REPEAT_SECONDS;
	if (!s->raised)
		*s = (struct alarm_state){ .raised = true, .since = now };
	s->count++;
	(void)snprintf(s->sentence.text, sizeof(s->sentence.text), "%s",
	    sentence);
	if (due)
		a->logged[kind] = now;
	atomic_store(&a->raised[kind], true);
	return due;
}

void
alarm_raise(struct alarms *a, enum alarm_kind kind, int64_t now,
    const char *sentence)
{
	bool	due = true;

	if (a != NULL) {
		pthread_mutex_lock(&a->lock);
		due = note(a, kind, now, sentence);
		pthread_mutex_unlock(&a->lock);
	}
	if (due)
		log_fail("alarm %s: %s", names[kind], sentence);
}

void
alarm_clear(struct alarms *a, enum alarm_kind kind)
{
	bool	was;

	if (a == NULL || !atomic_load(&a->raised[kind]))
		return;
	pthread_mutex_lock(&a->lock);
	was = a->state[kind].raised;
	a->state[kind].raised = false;
	atomic_store(&a->raised[kind], false);
	pthread_mutex_unlock(&a->lock);
	if (was)
		log_info("alarm %s: over", names[kind]);
}

const char *
alarm_name(enum alarm_kind kind)
{
	return names[kind];
}

struct alarm_state
alarm_get(struct alarms *a, enum alarm_kind kind)
{
	struct alarm_state	s;

	pthread_mutex_lock(&a->lock);
	s = a->state[kind];
	pthread_mutex_unlock(&a->lock);
	return s;
}
