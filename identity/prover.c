/* SPDX-License-Identifier: ISC
 * identity/prover.c - its beginning and end, and whom it releases. */
#include "identity/prover.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "identity/prover_private.h"

void
prover_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t	attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static void
destroy(struct prover **out)
{
	struct prover	*p = *out;

	*out = NULL;
	asked_drop(&p->table);
	recent_free(&p->recent);
	breaker_free(&p->breaker);
	if (p->bell != -1)
		(void)close(p->bell);
	(void)pthread_cond_destroy(&p->left);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

/* Signals are for others. */
static int
start_thread(struct prover *p)
{
	sigset_t	all, former;
	int		failed;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &former);
	failed = pthread_create(&p->thread, NULL, prover_run, p);
	(void)pthread_sigmask(SIG_SETMASK, &former, NULL);
	return failed == 0 ? 0 : -1;
}

int
prover_new_timed(struct prover **out, const struct prover_conf *conf,
    const struct prover_times *times, struct err *e)
{
	struct prover	*p = calloc(1, sizeof(*p));

	*out = NULL;
	if (p == NULL)
		return err_set(e, "out of memory");
	p->conf = *conf;
	p->times = *times;
	p->fd = -1;
	asked_init(&p->table);
	(void)pthread_mutex_init(&p->lock, NULL);
	prover_cond_init(&p->left);
	p->breaker = breaker_new(PROVER_UNRELATED);
	p->recent = recent_new();
	p->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->breaker != NULL && p->recent != NULL && p->bell != -1 &&
	    start_thread(p) == 0) {
		*out = p;
		return 0;
	}
	destroy(&p);
	return err_set(e, "no memory or thread is left for SPF");
}

int
prover_new(struct prover **out, const struct prover_conf *conf, struct err *e)
{
	static const struct prover_times	usual = { .frozen = 30000,
						    .early = 10000,
						    .healthy = 60000,
						    .pause = 1000,
						    .pause_max = 30000 };

	return prover_new_timed(out, conf, &usual, e);
}

void
prover_ring(struct prover *p)
{
	(void)eventfd_write(p->bell, 1);
}

struct prover_answer
prover_cannot(const char *why)
{
	struct prover_answer	a = { .answer = -1, .result = SPF_TEMPERROR };

	(void)err_set(&a.why, "%s", why);
	return a;
}

void
prover_release(struct asked *a, const struct prover_answer *answer)
{
	struct waiter	*w = a->waiter;

	if (w == NULL)
		return;
	*w->out = *answer;
	w->over = true;
	a->waiter = NULL;
	(void)pthread_cond_signal(&w->wake);
}

void
prover_release_all(struct prover *p, const char *domain, const char *why)
{
	struct prover_answer	answer = prover_cannot(why);

	for (struct asked *a = p->table.head; a != NULL; a = a->after)
		if (domain == NULL || strcmp(a->domain, domain) == 0)
			prover_release(a, &answer);
}

void
prover_look_at_breaker(struct prover *p, bool was_open)
{
	struct err	why;

	if (breaker_is_open(p->breaker) == was_open)
		return;
	if (was_open) {
		alarm_clear(p->conf.alarms, ALARM_RESOLVER);
		return;
	}
	(void)err_set(&why, "the DNS did not answer about %d domains in a row, "
	    "lately: %s; check the resolvers", PROVER_UNRELATED,
	    p->trouble.text);
	prover_release_all(p, NULL, "not waited for, as the DNS does not "
	    "answer");
	alarm_raise(p->conf.alarms, ALARM_RESOLVER,
	    clock_seconds(&p->conf.clock), why.text);
}

void
prover_free(struct prover **out)
{
	struct prover	*p = *out;

	if (p == NULL)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stopping = true;
	prover_release_all(p, NULL, "the filter is stopping");
	while (p->waiting > 0)
		(void)pthread_cond_wait(&p->left, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
	prover_ring(p);
	(void)pthread_join(p->thread, NULL);
	destroy(out);
}

static bool
is_same(const struct launcher_resolvers *a,
    const struct launcher_resolvers *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++)
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	return a->n == b->n;
}

/* The system's own may be others by now under the same name. */
void
prover_use(struct prover *p, const struct launcher_resolvers *r)
{
	(void)pthread_mutex_lock(&p->lock);
	if (r->n == 0 || !is_same(&p->conf.resolvers, r)) {
		p->conf.resolvers = *r;
		p->renew = true;
		recent_forget(p->recent);
		prover_ring(p);
	}
	(void)pthread_mutex_unlock(&p->lock);
}

void
prover_stats(struct prover *p, struct prover_stats *out)
{
	(void)pthread_mutex_lock(&p->lock);
	*out = (struct prover_stats){ .asked = p->asked, .proven = p->proven,
	    .not_proven = p->not_proven, .failed = p->failed,
	    .dropped = p->dropped, .overdue = p->overdue,
	    .restarts = p->starts > 1 ? p->starts - 1 : 0,
	    .under_way = p->table.n, .waiting = p->waiting,
	    .helper = p->fd != -1 ? p->pid : 0,
	    .open = breaker_is_open(p->breaker), .trouble = p->trouble };
	(void)pthread_mutex_unlock(&p->lock);
}
