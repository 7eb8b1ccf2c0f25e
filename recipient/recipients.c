/* SPDX-License-Identifier: ISC
 * recipient/recipients.c - the sources in force, the thread that tends them,
 * and what an administrator asks of them. The question itself: check.c. */
#include "recipient/recipients.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "recipient/recipients_private.h"

enum {
	TURN_MILLIS = 1000,		/* between two turns of the thread */
	COUNT_TURNS = 24 * 60 * 60,	/* between two counts of the cache */
	ALARM_SECONDS = 60,		/* between two words about one trouble */
	END_MILLIS = 1000,		/* for threads that ask, at the end */
	RELOAD_MILLIS = 50		/* likewise, at a reload */
};

struct recipients *
recipients_new(const struct recipients_deps *deps)
{
	struct recipients	*r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->deps = *deps;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_mutex_init(&r->tending, NULL);
	(void)pthread_cond_init(&r->wake, NULL);
	r->base = (struct sources_base){ .cache = cache_new(deps->store),
	    .doubt = doubt_new(deps->store), .clock = deps->clock,
	    .state = deps->state };
	r->harvest = harvest_new(deps->store);
	if (r->base.cache == NULL || r->base.doubt == NULL ||
	    r->harvest == NULL)
		recipients_free(&r);
	else
		cache_name(r->base.cache, deps->pseudonyms);
	return r;
}

struct recipients_sources *
recipients_sources_ref(struct recipients *r)
{
	struct recipients_sources	*s = NULL;

	pthread_mutex_lock(&r->lock);
	if (r->current != NULL)
		s = sources_ref(r->current);
	pthread_mutex_unlock(&r->lock);
	return s;
}

static void
swap(struct recipients *r, struct recipients_sources *next, int limit_ms)
{
	struct recipients_sources	*former;

	pthread_mutex_lock(&r->lock);
	former = r->current;
	r->current = next;
	pthread_mutex_unlock(&r->lock);
	sources_unref(&former, limit_ms);
}

void
recipients_stop(struct recipients *r)
{
	bool	started;

	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	started = r->started;
	r->started = false;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	if (started)
		(void)pthread_join(r->thread, NULL);
	swap(r, NULL, END_MILLIS);
}

void
recipients_free(struct recipients **r)
{
	struct recipients	*old = *r;

	*r = NULL;
	if (old == NULL)
		return;
	recipients_stop(old);
	cache_free(&old->base.cache);
	doubt_free(&old->base.doubt);
	harvest_free(&old->harvest);
	(void)pthread_cond_destroy(&old->wake);
	(void)pthread_mutex_destroy(&old->tending);
	(void)pthread_mutex_destroy(&old->lock);
	free(old);
}

int
recipients_read(struct recipients *r, struct conf *conf, int64_t now,
    struct recipients_sources **out, struct err *e)
{
	struct recipients_sources	*former = recipients_sources_ref(r);
	int				 done;

	done = sources_read(&r->base, former, conf, now, out, e);
	sources_unref(&former, 0);
	return done;
}

void
recipients_use(struct recipients *r, struct recipients_sources **next)
{
	struct recipients_sources	*s = *next;
	int64_t				 now = clock_seconds(&r->deps.clock);

	*next = NULL;
	swap(r, s, RELOAD_MILLIS);
	/* Who reloads wants a list that has changed to be read now: two looks
	 * at it are what it takes. */
	recipients_tend(r, now);
	recipients_tend(r, now);
}

void
recipients_drop(struct recipients_sources **s)
{
	sources_unref(s, 0);
}

void
recipients_retire(const char *address, void *arg)
{
	struct turn	*t = arg;

	(void)cache_retire(t->s->cache, &t->s->cache_rule, address, t->now,
	    NULL);
}

/* Whether settings leave a domain, or all of them, unchecked; e: which. */
static bool
leaves_out(const struct recipients_sources *s, struct err *e)
{
	const char	*domain = sources_empty_domain(s);

	if (s->n_lists + s->n_live > 0 &&
	    nameset_count(s->conf->local_domains) == 0) {
		(void)err_set(e, "there are sources of recipients, but "
		    "local-domains is empty: nobody is checked");
		return true;
	}
	if (domain != NULL)
		sources_tell_empty(domain, e);
	return domain != NULL;
}

bool
recipients_leave_out(struct recipients *r, struct err *e)
{
	struct recipients_sources	*s = recipients_sources_ref(r);
	bool				 left_out = s != NULL &&
					     leaves_out(s, e);

	sources_unref(&s, 0);
	return left_out;
}

static void
tend_lists(struct turn *t)
{
	struct flat_stats	stats;

	for (size_t i = 0; i < t->s->n_lists; i++) {
		flat_tend(t->s->lists[i].flat, t->now, recipients_retire, t);
		flat_stats(t->s->lists[i].flat, &stats);
		if (stats.trouble.text[0] != '\0' &&
		    t->list_trouble.text[0] == '\0')
			(void)err_set(&t->list_trouble, "%s: %s",
			    t->s->lists[i].name, stats.trouble.text);
	}
	if (t->list_trouble.text[0] == '\0')
		(void)leaves_out(t->s, &t->list_trouble);
}

/* A directory is in trouble while its breaker is open, or while it answers no
 * question. */
static bool
is_in_trouble(struct watched *w, const struct source *source,
    const struct inquiry_stats *stats)
{
	unsigned long long	answers = stats->yes + stats->no;

	if (w->source != source)
		*w = (struct watched){ .source = source };
	if (stats->failed > w->failed)
		w->failing = true;
	else if (answers > w->answers)
		w->failing = false;
	w->failed = stats->failed;
	w->answers = answers;
	return stats->open || w->failing;
}

/* The first trouble is told; a sentence of the source's begins with its name,
 * one of the threads that ask it does not. */
static void
note(struct turn *t, const char *name, const char *sentence)
{
	bool	named = strncmp(sentence, name, strlen(name)) == 0;

	if (t->live_trouble.text[0] == '\0')
		(void)err_set(&t->live_trouble, "%s%s%s", named ? "" : name,
		    named ? "" : ": ", sentence);
}

static void
look_at_directories(struct recipients *r, struct turn *t)
{
	struct inquiry_stats	stats;
	struct err		why;

	for (unsigned i = 0; i < t->s->n_live; i++) {
		const struct source *source = inquiry_source(t->s->inquiry, i);

		(void)inquiry_stats(t->s->inquiry, i, &stats);
		if (is_in_trouble(&r->watched[i], source, &stats))
			note(t, source->name, stats.trouble.text);
		if (doubt_of(t->s->doubt, source->name, &why))
			note(t, source->name, why.text);
	}
	if (t->s->n_live > 0 && doubt_of(t->s->doubt, SOURCES_ALL, &why))
		note(t, SOURCES_ALL, why.text);
}

/* Another trouble is told at once, the same one now and then. */
static void
sound(struct recipients *r, enum alarm_kind kind, struct sounded *last,
    int64_t now, const struct err *e)
{
	bool	same = strcmp(last->what.text, e->text) == 0;

	if (r->deps.alarms == NULL)
		return;
	if (e->text[0] == '\0')
		alarm_clear(r->deps.alarms, kind);
	else if (!same || now < last->when ||
	    now >= last->when + ALARM_SECONDS) {
		alarm_raise(r->deps.alarms, kind, now, e->text);
		last->when = now;
	}
	last->what = *e;
}

void
recipients_tend(struct recipients *r, int64_t now)
{
	struct turn	t = { .s = recipients_sources_ref(r), .now = now };

	if (t.s == NULL)
		return;
	pthread_mutex_lock(&r->tending);
	tend_lists(&t);
	look_at_directories(r, &t);
	sound(r, ALARM_RECIPIENT_LIST, &r->list_alarm, now, &t.list_trouble);
	sound(r, ALARM_DIRECTORY, &r->live_alarm, now, &t.live_trouble);
	pthread_mutex_unlock(&r->tending);
	sources_unref(&t.s, 0);
}

/* false: the end has come. */
static bool
pause_between(struct recipients *r)
{
	struct timespec	until = clock_deadline(TURN_MILLIS);
	bool		go_on;

	pthread_mutex_lock(&r->lock);
	while (!r->stopping && pthread_cond_timedwait(&r->wake, &r->lock,
	    &until) != ETIMEDOUT)
		continue;
	go_on = !r->stopping;
	pthread_mutex_unlock(&r->lock);
	return go_on;
}

static void *
run(void *arg)
{
	struct recipients	*r = arg;
	unsigned		 turns = 0;

	do {
		if (turns++ % COUNT_TURNS == 0)
			(void)cache_count(r->base.cache, NULL);
		recipients_tend(r, clock_seconds(&r->deps.clock));
	} while (pause_between(r));
	return NULL;
}

int
recipients_start(struct recipients *r, struct err *e)
{
	if (harvest_begin(r->harvest, clock_seconds(&r->deps.clock), e) == -1)
		return -1;
	if (pthread_create(&r->thread, NULL, run, r) != 0)
		return err_set(e, "cannot start the thread that watches lists "
		    "of recipients");
	r->started = true;
	return 0;
}

struct harvest *
recipients_harvest(struct recipients *r)
{
	return r->harvest;
}
