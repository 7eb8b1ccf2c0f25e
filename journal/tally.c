/* SPDX-License-Identifier: ISC
 * journal/tally.c - counts in memory, adds them to the store's hours, reads
 * those. */
#include "journal/tally.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/tally_step.h"
#include "journal/tally_value.h"

enum {
	HOUR = 3600,
	DAY = 24 * HOUR,
	WAITING_MAX = 1000,		/* hours in memory; then they merge */
	SIZE_EVERY = 60,		/* seconds, while nothing is decided */
	PRUNE_MAX = 100			/* records that go at once */
};

/* An hour that is not in the store yet. */
struct node {
	struct node	*next;
	struct tally_hour hour;
};

struct tally {
	struct store	*store;
	pthread_mutex_t	 lock;		/* of the next three */
	struct node	*waiting, *unused;
	unsigned	 n_waiting;
	pthread_mutex_t	 flushing;	/* of the rest */
	int64_t		 sized_at;	/* seconds; 0: not yet */
	uint64_t	 sized_records;
	int64_t		 pruned;	/* the hour in which it was done */
	bool		 counted;	/* records is right */
	atomic_ullong	 records;
};

static const int64_t limits[TALLY_DELAYS] = {
	10, 20, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 360, 420, 480, 600,
	720, 900, 1080, 1200, 1500, 1800, 2400, 2700, 3600, 5400, 7200, 10800,
	14400, 18000, 21600, 28800, 36000, 43200, 57600, 72000, 86400, 172800,
	604800, INT64_MAX
};

int64_t
tally_delay_limit(unsigned bucket)
{
	return limits[bucket];
}

static void
keep(struct node **list, struct node *n)
{
	n->next = *list;
	*list = n;
}

static void
free_nodes(struct node *list)
{
	struct node	*next;

	for (; list != NULL; list = next) {
		next = list->next;
		free(list);
	}
}

/* With what is to be counted while one is flushed and memory is short. */
struct tally *
tally_new(struct store *store)
{
	struct tally	*t = calloc(1, sizeof(*t));
	struct node	*a = malloc(sizeof(*a)), *b = malloc(sizeof(*b));

	if (t == NULL || a == NULL || b == NULL) {
		free(t);
		free(a);
		free(b);
		return NULL;
	}
	t->store = store;
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_mutex_init(&t->flushing, NULL);
	keep(&t->unused, a);
	keep(&t->unused, b);
	return t;
}

void
tally_free(struct tally **t)
{
	if (*t == NULL)
		return;
	free_nodes((*t)->waiting);
	free_nodes((*t)->unused);
	(void)pthread_mutex_destroy(&(*t)->lock);
	(void)pthread_mutex_destroy(&(*t)->flushing);
	free(*t);
	*t = NULL;
}

static struct node *
find(struct tally *t, int64_t hour)
{
	struct node	*n = t->waiting;

	while (n != NULL && n->hour.hour != hour)
		n = n->next;
	return n;
}

/* With the lock. Where there is no room for one more hour, the latest used. */
static struct node *
node_of(struct tally *t, int64_t hour)
{
	struct node	*n = find(t, hour);

	if (n != NULL || t->n_waiting == WAITING_MAX)
		return n != NULL ? n : t->waiting;
	n = t->unused;
	if (n != NULL)
		t->unused = n->next;
	else if ((n = malloc(sizeof(*n))) == NULL)
		return t->waiting;
	memset(&n->hour, 0, sizeof(n->hour));
	n->hour.hour = hour;
	keep(&t->waiting, n);
	t->n_waiting++;
	return n;
}

static void
count_delay(struct tally_hour *h, const struct tally_fact *f)
{
	unsigned	bucket = 0;

	while (limits[bucket] < f->delayed)
		bucket++;
	for (unsigned k = 0; k < TALLY_KINDS; k++) {
		size_t len = strlen(tally_kind(k));

		if (strncmp(f->by, tally_kind(k), len) == 0 &&
		    f->by[len] == ':')
			h->delays[k][bucket]++;
	}
}

void
tally_count(struct tally *t, const struct tally_fact *f, int64_t now)
{
	char		word[TALLY_WORD_SIZE];
	struct node	*n;

	(void)snprintf(word, sizeof(word), "%s %s", f->verdict, f->reason);
	pthread_mutex_lock(&t->lock);
	n = node_of(t, tally_hour_of(now));
	if (n != NULL) {
		tally_add_word(&n->hour, word, 1);
		if (f->delayed >= 0 && f->by != NULL)
			count_delay(&n->hour, f);
	}
	pthread_mutex_unlock(&t->lock);
}

/* The store's size is told where something is added, and now and then. How many
 * hours are to be added to. */
static unsigned
begin_flush(struct tally *t, int64_t now, struct store_stats *stats)
{
	int64_t		hour = tally_hour_of(now);
	unsigned	waiting;
	bool		due;

	store_stats(t->store, stats);
	due = t->sized_at == 0 || now < t->sized_at ||
	    tally_hour_of(t->sized_at) != hour ||
	    (now >= t->sized_at + SIZE_EVERY &&
	    t->sized_records != stats->records);
	pthread_mutex_lock(&t->lock);
	if (due)
		(void)node_of(t, hour);
	waiting = t->n_waiting;
	pthread_mutex_unlock(&t->lock);
	return waiting;
}

/* With the flushing lock. The oldest first; NULL: none is left. */
static struct node *
take(struct tally *t)
{
	struct node	**at = &t->waiting, *n;

	pthread_mutex_lock(&t->lock);
	while (*at != NULL && (*at)->next != NULL)
		at = &(*at)->next;
	n = *at;
	if (n != NULL) {
		*at = NULL;
		t->n_waiting--;
	}
	pthread_mutex_unlock(&t->lock);
	return n;
}

/* It was not stored: it waits again, with what came meanwhile. */
static void
give_back(struct tally *t, struct node *n)
{
	struct node	*other;

	pthread_mutex_lock(&t->lock);
	other = find(t, n->hour.hour);
	if (other != NULL) {
		tally_add_hour(&other->hour, &n->hour);
		keep(&t->unused, n);
	} else {
		keep(&t->waiting, n);
		t->n_waiting++;
	}
	pthread_mutex_unlock(&t->lock);
}

static void
dispose(struct tally *t, struct node *n)
{
	pthread_mutex_lock(&t->lock);
	keep(&t->unused, n);
	pthread_mutex_unlock(&t->lock);
}

static int
flush_one(struct tally *t, struct node *n, int64_t now,
    const struct store_stats *stats, struct err *e)
{
	bool		sized = n->hour.hour == tally_hour_of(now);
	unsigned	created;

	n->hour.records = stats->records;
	n->hour.bytes = stats->bytes_on_disk;
	if (tally_step(t->store, &n->hour, sized, &created, e) == -1) {
		give_back(t, n);
		return -1;
	}
	atomic_fetch_add(&t->records, created);
	if (sized) {
		t->sized_at = now;
		t->sized_records = stats->records;
	}
	dispose(t, n);
	return 0;
}

/* Keys of hours that are to go. */
struct old {
	int64_t		 before;
	size_t		 n;
	uint64_t	 all;		/* records that stay */
	bool		 count;
	struct store_key keys[PRUNE_MAX];
};

static bool
find_old(const struct store_item *item, void *arg)
{
	struct old		*old = arg;
	struct tally_place	 place;

	if (tally_key_place(&item->key, &place) == -1)
		return true;
	if (place.hour < old->before && old->n < PRUNE_MAX)
		old->keys[old->n++] = item->key;
	else
		old->all++;
	return old->count || (place.hour < old->before && old->n < PRUNE_MAX);
}

/* Once an hour what is older than TALLY_KEEP_DAYS goes, in bites, so that a clock
 * that jumps for a while takes little. The first time, all are counted. */
static int
prune(struct tally *t, int64_t now, struct err *e)
{
	struct old	*old;
	int		 rc;

	if (t->counted && t->pruned == tally_hour_of(now))
		return 0;
	old = calloc(1, sizeof(*old));
	if (old == NULL)
		return err_set(e, "out of memory");
	old->before = now - TALLY_KEEP_DAYS * (int64_t)DAY;
	old->count = !t->counted;
	rc = store_walk(t->store, "n", 1, find_old, old, e);
	if (rc == 0 && old->count)
		atomic_store(&t->records, old->all + old->n);
	t->counted = t->counted || rc == 0;
	for (size_t i = 0; i < old->n && rc == 0; i++) {
		rc = store_remove(t->store, &old->keys[i], e);
		if (rc == 1)
			atomic_fetch_sub(&t->records, 1);
		rc = rc == -1 ? -1 : 0;
	}
	if (rc == 0)
		t->pruned = tally_hour_of(now);
	free(old);
	return rc;
}

static int
flush_all(struct tally *t, int64_t now, struct err *e)
{
	struct store_stats	 stats;
	struct node		*n;
	unsigned		 most = begin_flush(t, now, &stats);
	int			 rc = 0;

	for (unsigned i = 0; i < most && (n = take(t)) != NULL; i++)
		if (flush_one(t, n, now, &stats, e) == -1)
			rc = -1;
	return rc;
}

int
tally_flush(struct tally *t, int64_t now, struct err *e)
{
	int	rc;

	pthread_mutex_lock(&t->flushing);
	rc = flush_all(t, now, e);
	if (rc == 0)
		rc = prune(t, now, e);
	pthread_mutex_unlock(&t->flushing);
	return rc;
}

uint64_t
tally_records(struct tally *t)
{
	return atomic_load(&t->records);
}
