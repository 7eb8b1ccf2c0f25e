/* SPDX-License-Identifier: ISC
 * policy/keeper.c - one turn of housekeeping, and the thread that takes them. */
#include "policy/keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

enum {
	BITE = 100,			/* records dropped in one go */
	BITES = 20,			/* of these in one turn at most */
	PAUSE_MILLIS = 1000,		/* between two turns */
	SHORT_PAUSE_MILLIS = 50		/* when there is more to drop */
};

struct keeper {
	struct store	*store;
	struct live	*live;
	struct alarms	*alarms;
	struct clock	 clock;
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	pthread_cond_t	 wake;
	bool		 stopping;
	struct keeper_stats stats;
};

/* Drops what expires up to `upto`, a few bites. 1 there may be more. */
static int
sweep(struct store *store, int64_t upto, uint64_t limit, uint64_t *dropped,
    struct err *e)
{
	size_t	n;
	int	more = 1;

	for (int i = 0; i < BITES && more == 1 && *dropped < limit; i++) {
		uint64_t left = limit - *dropped;

		more = store_expire(store, upto,
		    left < BITE ? (size_t)left : BITE, &n, e);
		if (more == -1)
			return -1;
		*dropped += n;
	}
	return more;
}

/*
 * Beyond max-records the records that would expire first go now. Pending ones
 * expire within two windows, what has passed after `remember`: so the oldest
 * pending go before anything that has passed, and that in the order of its
 * last use.
 */
static int
evict(struct store *store, const struct conf_greylist *conf,
    struct alarms *alarms, int64_t now, uint64_t *dropped, struct err *e)
{
	struct store_stats	stats;
	uint64_t		excess;
	struct err		sentence;
	int			more;

	store_stats(store, &stats);
	/* Well below, or it would come and go each second. */
	if (stats.records < conf->max_records - conf->max_records / 20)
		alarm_clear(alarms, ALARM_STORE_FULL);
	if (stats.records <= conf->max_records)
		return 0;
	excess = stats.records - conf->max_records;
	more = sweep(store, now + 2 * conf->window, excess, dropped, e);
	if (more != 0 && *dropped < excess)
		return more;
	if (*dropped >= excess)
		return 0;
	(void)err_set(&sentence, "the state holds %llu records and nothing "
	    "that waits for a retry: what has passed is being forgotten, "
	    "least recently used first (raise max-records, now %llu)",
	    (unsigned long long)stats.records,
	    (unsigned long long)conf->max_records);
	alarm_raise(alarms, ALARM_STORE_FULL, now, sentence.text);
	return sweep(store, now + conf->remember, excess, dropped, e);
}

int
keeper_turn(struct store *store, struct live *live, struct alarms *alarms,
    int64_t now, struct keeper_stats *stats, struct err *e)
{
	struct policy	*policy;
	int		 more, over;

	if (store_tend(store, now, e) == -1)
		return -1;
	more = sweep(store, now, UINT64_MAX, &stats->swept, e);
	if (more == -1)
		return -1;
	stats->last_sweep = now;
	policy = live_ref(live);
	over = evict(store, &policy_conf(policy)->greylist, alarms, now,
	    &stats->evicted, e);
	policy_unref(&policy);
	return over == 0 ? more : over;
}

/* false: the end has come. */
static bool
pause_between(struct keeper *k, int millis)
{
	struct timespec	until = clock_deadline(millis);
	bool		go_on;

	pthread_mutex_lock(&k->lock);
	while (!k->stopping && pthread_cond_timedwait(&k->wake, &k->lock,
	    &until) != ETIMEDOUT)
		continue;
	go_on = !k->stopping;
	pthread_mutex_unlock(&k->lock);
	return go_on;
}

static void *
run(void *arg)
{
	struct keeper	*k = arg;
	struct err	 e;
	int		 more = 0;

	while (pause_between(k, more == 1 ? SHORT_PAUSE_MILLIS :
	    PAUSE_MILLIS)) {
		struct keeper_stats	stats = { 0 };

		more = keeper_turn(k->store, k->live, k->alarms,
		    clock_seconds(&k->clock), &stats, &e);
		pthread_mutex_lock(&k->lock);
		k->stats.swept += stats.swept;
		k->stats.evicted += stats.evicted;
		if (stats.last_sweep != 0)
			k->stats.last_sweep = stats.last_sweep;
		pthread_mutex_unlock(&k->lock);
	}
	return NULL;
}

int
keeper_start(struct keeper **out, struct store *store, struct live *live,
    struct alarms *alarms, struct clock clock, struct err *e)
{
	struct keeper	*k = calloc(1, sizeof(*k));

	if (k == NULL)
		return err_set(e, "out of memory for the housekeeping");
	k->store = store;
	k->live = live;
	k->alarms = alarms;
	k->clock = clock;
	(void)pthread_mutex_init(&k->lock, NULL);
	(void)pthread_cond_init(&k->wake, NULL);
	if (pthread_create(&k->thread, NULL, run, k) != 0) {
		free(k);
		return err_set(e, "cannot start the housekeeping thread");
	}
	*out = k;
	return 0;
}

void
keeper_stop(struct keeper **k)
{
	if (*k == NULL)
		return;
	pthread_mutex_lock(&(*k)->lock);
	(*k)->stopping = true;
	pthread_cond_signal(&(*k)->wake);
	pthread_mutex_unlock(&(*k)->lock);
	(void)pthread_join((*k)->thread, NULL);
	(void)pthread_cond_destroy(&(*k)->wake);
	(void)pthread_mutex_destroy(&(*k)->lock);
	free(*k);
	*k = NULL;
}

int
keeper_sweep(struct keeper *k, size_t *dropped, struct err *e)
{
	int64_t		now = clock_seconds(&k->clock);
	uint64_t	total = 0, n;
	int		more;

	do {
		n = 0;
		more = sweep(k->store, now, UINT64_MAX, &n, e);
		total += n;
	} while (more == 1 && n > 0);
	pthread_mutex_lock(&k->lock);
	k->stats.swept += total;
	if (more != -1)
		k->stats.last_sweep = now;
	pthread_mutex_unlock(&k->lock);
	*dropped = (size_t)total;
	return more == -1 ? -1 : 0;
}

void
keeper_stats(struct keeper *k, struct keeper_stats *out)
{
	pthread_mutex_lock(&k->lock);
	*out = k->stats;
	pthread_mutex_unlock(&k->lock);
}
