/* SPDX-License-Identifier: ISC
 * policy/keeper.c - one turn of housekeeping, and the thread that takes them. */
#include "policy/keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum {
	BITE = 100,			/* records dropped in one go */
	BITES = 20,			/* of these in one turn at most */
	PENDING_SHARE = 10,		/* a tenth of max-records is theirs */
	LRU_STEPS = 96,			/* of what is remembered, when it goes */
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
	struct keeper_hook hook;	/* tend NULL: none */
};

static struct store_span
until(int64_t upto)
{
	return (struct store_span){ .after = INT64_MIN, .upto = upto };
}

/* Drops what expires in the span, a few bites. 1 there may be more. */
static int
sweep(struct store *store, struct store_span span, uint64_t limit,
    uint64_t *dropped, struct err *e)
{
	size_t	n;
	int	more = 1;

	for (int i = 0; i < BITES && more == 1 && *dropped < limit; i++) {
		uint64_t left = limit - *dropped;

		more = store_expire(store, span,
		    left < BITE ? (size_t)left : BITE, &n, e);
		if (more == -1)
			return -1;
		*dropped += n;
	}
	return more;
}

/* What a turn of eviction works on. */
struct eviction {
	struct store	*store;
	const struct conf_greylist *conf;
	int64_t		 remember;	/* the longest of all, seconds */
	struct alarms	*alarms;
	int64_t		 now;
	uint64_t	 excess;	/* records to be dropped */
	uint64_t	*dropped;
};

static void
tell_of(const struct eviction *ev, const char *what)
{
	struct err	e;

	(void)err_set(&e, "the state has reached max-records (%llu): %s is "
	    "being forgotten (raise max-records)",
	    (unsigned long long)ev->conf->max_records, what);
	alarm_raise(ev->alarms, ALARM_STORE_FULL, ev->now, e.text);
}

/* The oldest pending go first, but for a tenth of max-records: or a state full
 * of what has passed would let in nobody new. */
static int
evict_pending(struct eviction *ev, uint64_t pending, struct err *e)
{
	uint64_t	room = ev->conf->max_records / PENDING_SHARE, limit;

	if (pending <= room)
		return 0;
	limit = pending - room < ev->excess ? pending - room : ev->excess;
	tell_of(ev, "what has waited longest for its retry");
	return sweep(ev->store, until(ev->now + 2 * ev->conf->window), limit,
	    ev->dropped, e);
}

/* Then what has passed and what was learned, least recently used first: each
 * step puts what was used since then where it belongs. It lies behind all that
 * is pending. */
static int
evict_passed(struct eviction *ev, struct err *e)
{
	struct store_span	span = { .after = ev->now +
				    2 * ev->conf->window };
	int			more = 0;

	tell_of(ev, "what has passed, the least recently used first,");
	for (int i = 1; i <= LRU_STEPS && more == 0 &&
	    *ev->dropped < ev->excess; i++) {
		span.upto = ev->now + ev->remember / LRU_STEPS * i +
		    ev->remember % LRU_STEPS;
		if (span.upto > span.after)
			more = sweep(ev->store, span, ev->excess, ev->dropped,
			    e);
	}
	return more;
}

static int64_t
longest_remembered(const struct conf *conf)
{
	return conf->greylist.remember > conf->auto_whitelist.remember ?
	    conf->greylist.remember : conf->auto_whitelist.remember;
}

static int
evict(struct store *store, const struct policy *policy,
    struct alarms *alarms, int64_t now, struct keeper_stats *turn,
    struct err *e)
{
	const struct conf	*conf = policy_conf(policy);
	struct eviction		ev = { .store = store, .alarms = alarms,
				    .conf = &conf->greylist, .now = now,
				    .remember = longest_remembered(conf),
				    .dropped = &turn->evicted };
	struct store_stats	stats;
	uint64_t		max = ev.conf->max_records + turn->spared;
	int			more;

	store_stats(store, &stats);
	/* Well below, or it would come and go each second. */
	if (stats.records < max - max / 20)
		alarm_clear(alarms, ALARM_STORE_FULL);
	if (stats.records <= max)
		return 0;
	ev.excess = stats.records - max;
	more = evict_pending(&ev, policy_pending(policy, now), e);
	if (more == 0 && turn->evicted < ev.excess)
		more = evict_passed(&ev, e);
	return turn->evicted < ev.excess ? more : 0;
}

int
keeper_turn(struct store *store, struct live *live, struct alarms *alarms,
    int64_t now, struct keeper_stats *stats, struct err *e)
{
	struct policy	*policy;
	int		 more, over;

	if (store_tend(store, now, e) == -1)
		return -1;
	more = sweep(store, until(now), UINT64_MAX, &stats->swept, e);
	if (more == -1)
		return -1;
	stats->last_sweep = now;
	policy = live_ref(live);
	over = evict(store, policy, alarms, now, stats, e);
	if (policy_tend(policy, now, e) == -1)
		over = -1;
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

void
keeper_attend(struct keeper *k, const struct keeper_hook *hook)
{
	pthread_mutex_lock(&k->lock);
	k->hook = *hook;
	pthread_mutex_unlock(&k->lock);
}

/* Beside the keeper's own work: what fails is tried again at the next turn. */
static uint64_t
call_hook(struct keeper *k)
{
	struct keeper_hook	hook;
	struct err		e;

	pthread_mutex_lock(&k->lock);
	hook = k->hook;
	pthread_mutex_unlock(&k->lock);
	if (hook.tend == NULL)
		return 0;
	(void)hook.tend(hook.arg, clock_seconds(&k->clock), &e);
	return hook.spared == NULL ? 0 : hook.spared(hook.arg);
}

static void *
run(void *arg)
{
	struct keeper	*k = arg;
	struct err	 e;
	int		 more = 0;

	while (pause_between(k, more == 1 ? SHORT_PAUSE_MILLIS :
	    PAUSE_MILLIS)) {
		struct keeper_stats	stats = { .spared = call_hook(k) };

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
		more = sweep(k->store, until(now), UINT64_MAX, &n, e);
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
