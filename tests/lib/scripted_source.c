/* SPDX-License-Identifier: ISC
 * tests/lib/scripted_source.c - the source that scripted_source.h describes. */
#include "tests/lib/scripted_source.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"

enum { PATIENCE_MILLIS = 30000, SLOW_MICROS = 3000 };

static void *
seat_new(const struct source *source)
{
	struct script	*s = source->settings;

	pthread_mutex_lock(&s->lock);
	s->seats_made++;
	pthread_mutex_unlock(&s->lock);
	return malloc(1);
}

static void
seat_free(const struct source *source, void **seat)
{
	struct script	*s = source->settings;

	free(*seat);
	*seat = NULL;
	pthread_mutex_lock(&s->lock);
	s->seats_left++;
	(void)pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void
note_call(struct script *s, int64_t now)
{
	sigset_t	blocked;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	s->signals_open = s->signals_open || !sigismember(&blocked, SIGTERM) ||
	    !sigismember(&blocked, SIGUSR1);
	if (s->calls < ATTEMPTS_MAX)
		s->at[s->calls] = now;
	s->calls++;
	s->running++;
	(void)pthread_cond_broadcast(&s->changed);
}

/* One in eight fails, one in two thousand says that the source is down, one in
 * a hundred takes its time. */
static int
ask_at_random(struct script *s, const struct address *a, bool *down,
    struct err *e)
{
	unsigned	luck;
	int64_t		end = clock_monotonic_micros();

	pthread_mutex_lock(&s->lock);
	luck = (unsigned)rand_r(&s->fault) % 2000;
	pthread_mutex_unlock(&s->lock);
	*down = luck == 1;
	if (luck % 8 == 1)
		return err_set(e, "bad luck");
	end += luck % 100 == 2 ? 8000 : luck % 50;
	while (clock_monotonic_micros() < end)
		continue;
	return s->has(s->number, (unsigned)atoi(a->whole));
}

static int
ask(const struct source *source, void *seat, const struct address *a,
    bool *down, struct err *e)
{
	struct script	*s = source->settings;
	int64_t		 began = clock_monotonic_micros();
	bool		 slow, first;

	assert_non_null(seat);
	if (s->fault != 0)
		return ask_at_random(s, a, down, e);
	pthread_mutex_lock(&s->lock);
	first = s->calls == 0;
	note_call(s, began);
	while (s->held || (s->hang && first))
		(void)pthread_cond_wait(&s->changed, &s->lock);
	s->running--;
	slow = s->slow;
	*down = s->down || strncmp(a->whole, "down", 4) == 0;
	pthread_mutex_unlock(&s->lock);
	while (slow && clock_monotonic_micros() - began < SLOW_MICROS)
		continue;
	if (*down)
		return err_set(e, "it is down");
	if (strncmp(a->whole, "odd", 3) == 0)
		return err_set(e, "an odd answer");
	return strncmp(a->whole, "yes", 3) == 0;
}

static void
free_source(struct source **source)
{
	struct script	*s = (*source)->settings;

	free(*source);
	*source = NULL;
	pthread_mutex_lock(&s->lock);
	s->freed++;
	(void)pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static struct source *
source_of(struct script *s, unsigned i)
{
	struct source	*source = calloc(1, sizeof(*source));

	assert_non_null(source);
	(void)snprintf(source->name, sizeof(source->name), "test:%u", i);
	source->settings = s;
	source->seats = s->seats;
	source->seat_new = seat_new;
	source->seat_free = seat_free;
	source->ask = ask;
	source->free = free_source;
	return source;
}

static void
doubt_all(struct inquiry_answer *answers, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (answers[i].answer == 0) {
			answers[i].answer = -1;
			answers[i].doubted = true;
			(void)err_set(&answers[i].why, "nobody believes it");
		}
}

static void
done(const struct address *address, struct inquiry_answer *answers,
    unsigned n, void *arg)
{
	struct asking	*a = arg;
	struct told	*told;

	pthread_mutex_lock(&a->lock);
	if (a->told_n < TOLD_MAX) {
		told = &a->told[a->told_n];
		(void)snprintf(told->address, sizeof(told->address), "%.63s",
		    address->whole);
		memcpy(told->answers, answers, n * sizeof(*answers));
	}
	a->told_n++;
	a->in_done++;
	(void)pthread_cond_broadcast(&a->changed);
	while (a->done_held)
		(void)pthread_cond_wait(&a->changed, &a->lock);
	a->in_done--;
	if (a->doubt)
		doubt_all(answers, n);
	pthread_mutex_unlock(&a->lock);
}

struct asking *
asking_new(unsigned n, unsigned seats)
{
	struct asking		*a = calloc(1, sizeof(*a));
	struct source		*sources[SCRIPTS];
	struct inquiry_conf	 conf = { .sources = sources, .n = n,
				     .done = done, .arg = a };

	assert_non_null(a);
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->changed, NULL);
	for (unsigned i = 0; i < n; i++) {
		a->script[i].seats = seats;
		(void)pthread_mutex_init(&a->script[i].lock, NULL);
		(void)pthread_cond_init(&a->script[i].changed, NULL);
		sources[i] = source_of(&a->script[i], i);
	}
	assert_int_equal(inquiry_new(&a->inquiry, &conf, NULL), 0);
	return a;
}

void
asking_end(struct asking **a)
{
	inquiry_free(&(*a)->inquiry, PATIENCE_MILLIS);
	for (unsigned i = 0; i < SCRIPTS && (*a)->script[i].seats > 0; i++) {
		script_await(&(*a)->script[i], &(*a)->script[i].freed, 1);
		assert_int_equal((*a)->script[i].seats_made,
		    (*a)->script[i].seats_left);
		assert_false((*a)->script[i].signals_open);
	}
	free(*a);
	*a = NULL;
}

struct address
address_of(const char *text)
{
	struct address	a = { .base = "" };

	(void)snprintf(a.whole, sizeof(a.whole), "%s", text);
	a.domain = "";
	return a;
}

int
asking_ask(struct asking *a, const char *address, uint32_t mask, int wait_ms,
    struct inquiry_answer *answers)
{
	struct inquiry_answer	own[INQUIRY_SOURCES];
	struct address		of = address_of(address);

	return inquiry_ask(a->inquiry, &of, mask != 0 ? mask : UINT32_MAX,
	    wait_ms, answers != NULL ? answers : own);
}

static void *
ask_in_thread(void *arg)
{
	struct asker_thread	*t = arg;

	t->verdict = asking_ask(t->asking, t->address, 0, t->wait_ms,
	    t->answers);
	return NULL;
}

void
asker_begin(struct asker_thread *t, struct asking *a, const char *address,
    int wait_ms)
{
	t->asking = a;
	t->wait_ms = wait_ms;
	(void)snprintf(t->address, sizeof(t->address), "%s", address);
	assert_int_equal(pthread_create(&t->thread, NULL, ask_in_thread, t),
	    0);
}

int
asker_end(struct asker_thread *t)
{
	assert_int_equal(pthread_join(t->thread, NULL), 0);
	return t->verdict;
}

void
script_set(struct script *s, bool *setting, bool to)
{
	pthread_mutex_lock(&s->lock);
	*setting = to;
	(void)pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

void
asking_set(struct asking *a, bool *setting, bool to)
{
	pthread_mutex_lock(&a->lock);
	*setting = to;
	(void)pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

static void
await_count(pthread_mutex_t *lock, pthread_cond_t *changed,
    const unsigned *count, unsigned n)
{
	struct timespec	until = clock_deadline(PATIENCE_MILLIS);
	bool		late = false;
	unsigned	had;

	pthread_mutex_lock(lock);
	while (*count < n && !late)
		late = pthread_cond_timedwait(changed, lock, &until) ==
		    ETIMEDOUT;
	had = *count;
	pthread_mutex_unlock(lock);
	if (had < n)
		fail_msg("waited for %u, and there were %u", n, had);
}

void
script_await(struct script *s, const unsigned *count, unsigned n)
{
	await_count(&s->lock, &s->changed, count, n);
}

void
asking_await_told(struct asking *a, unsigned n)
{
	await_count(&a->lock, &a->changed, &a->told_n, n);
}

unsigned
asking_told(struct asking *a)
{
	unsigned	n;

	pthread_mutex_lock(&a->lock);
	n = a->told_n;
	pthread_mutex_unlock(&a->lock);
	return n;
}

struct inquiry_stats
asking_stats(struct asking *a, unsigned source)
{
	struct inquiry_stats	stats;

	assert_int_equal(inquiry_stats(a->inquiry, source, &stats), 0);
	return stats;
}

static bool
is_so(struct asking *a, unsigned source, enum asking_count what, unsigned n)
{
	struct inquiry_stats	stats = asking_stats(a, source);

	switch (what) {
	case ASKING_OPEN:
		return stats.open == (n == 1);
	case ASKING_WAITING:
		return stats.waiting == n;
	case ASKING_QUEUED:
		return stats.queued == n;
	case ASKING_YES:
		return stats.yes >= n;
	case ASKING_NO:
		return stats.no >= n;
	case ASKING_FAILED:
		return stats.failed >= n;
	}
	return false;
}

/* What nobody tells of is looked at until it is so. */
void
asking_await(struct asking *a, unsigned source, enum asking_count what,
    unsigned n)
{
	int64_t	end = clock_monotonic_micros() +
		    PATIENCE_MILLIS * INT64_C(1000);

	while (!is_so(a, source, what, n)) {
		if (clock_monotonic_micros() > end)
			fail_msg("waited for count %d to be %u", (int)what, n);
		(void)usleep(200);
	}
}

void
asking_settle(void)
{
	(void)usleep(50000);
}
