/* SPDX-License-Identifier: ISC
 * identity/prover_ask.c - who asks, and who waits for how long. */
#include <assert.h>
#include <errno.h>

#include "base/clock.h"
#include "identity/prover_private.h"

static struct timespec
deadline(int millis)
{
	int64_t	at = clock_monotonic_micros() + (int64_t)millis * 1000;

	return (struct timespec){ .tv_sec = (time_t)(at / 1000000),
	    .tv_nsec = (long)(at % 1000000) * 1000 };
}

static int
refuse(const struct prover *p, const struct asked *a, struct err *why)
{
	if (p->table.n == PROVER_QUEUE)
		return err_set(why, "%d questions are under way already",
		    PROVER_QUEUE);
	return err_set(why, "%d questions about %s are under way already",
	    PROVER_SHARE, a->owner[0] != '\0' ? a->owner : "no domain");
}

/* Puts a question under way; takes it over where that works. */
static int
begin(struct prover *p, struct asked *a, struct err *why)
{
	if (p->stopping)
		return err_set(why, "the filter is stopping");
	if (!prover_has_helper(p, why)) {
		p->dropped++;
		return -1;
	}
	if (!asked_add(&p->table, a, clock_monotonic_micros())) {
		p->dropped++;
		return refuse(p, a, why);
	}
	p->asked++;
	if (p->fd != -1 && p->table.unsent == a)
		prover_send(p);
	/* It has to start a helper, to send this, or to watch the time. */
	if (p->table.unsent != NULL || p->table.n == 1)
		prover_ring(p);
	return 0;
}

/* A waiter's time is over. */
static void
overdue(struct prover *p, const struct asked *a, int wait_ms)
{
	bool		was_open = breaker_is_open(p->breaker);
	struct err	why;

	p->overdue++;
	(void)err_set(&why, "no answer%s%s within %d ms", a->domain[0] != '\0' ?
	    " about " : "", a->domain, wait_ms);
	p->trouble = why;
	breaker_overdue(p->breaker, a->domain, a->owner);
	prover_release_all(p, a->domain, why.text);
	prover_look_at_breaker(p, was_open);
}

/* Why a question is not waited for. */
static const char *
no_wait(const struct prover *p, const char *domain, int wait_ms)
{
	if (wait_ms <= 0)
		return "not waited for";
	if (p->waiting >= PROVER_WAITERS)
		return "too many wait for answers already";
	if (breaker_is_open(p->breaker))
		return "not waited for, as the DNS does not answer";
	if (breaker_holds(p->breaker, domain))
		return "not waited for, as the last answer about its domain "
		    "was late";
	return NULL;
}

/* The question may be gone as soon as the waiter has been released. */
static void
await(struct prover *p, struct asked *a, int wait_ms,
    struct prover_answer *out)
{
	struct waiter	w = { .out = out };
	struct timespec	until = deadline(wait_ms);
	bool		late = false;

	prover_cond_init(&w.wake);
	a->waiter = &w;
	p->waiting++;
	while (!w.over && !late)
		late = pthread_cond_timedwait(&w.wake, &p->lock, &until) ==
		    ETIMEDOUT;
	if (!w.over)
		overdue(p, a, wait_ms);
	assert(w.over);
	p->waiting--;
	if (p->stopping)
		(void)pthread_cond_broadcast(&p->left);
	(void)pthread_cond_destroy(&w.wake);
}

/* With the lock held. */
static int
ask(struct prover *p, struct asked *a, int wait_ms, struct prover_answer *out)
{
	const struct question_reply	*known;
	const char			*why;

	known = recent_find(p->recent, &a->q, clock_monotonic_micros());
	if (known != NULL) {
		*out = prover_answer_of(known);
		return -1;
	}
	if (begin(p, a, &out->why) == -1)
		return -1;
	why = no_wait(p, a->domain, wait_ms);
	if (why != NULL)
		(void)err_set(&out->why, "%s", why);
	else
		await(p, a, wait_ms, out);
	return 0;
}

void
prover_ask(struct prover *p, const struct question *q, int wait_ms,
    struct prover_answer *out)
{
	struct asked	*a = asked_new(q, NULL, 0);
	int		 taken;

	*out = prover_cannot("out of memory");
	if (a == NULL)
		return;
	(void)pthread_mutex_lock(&p->lock);
	taken = ask(p, a, wait_ms, out);
	(void)pthread_mutex_unlock(&p->lock);
	if (taken == -1)
		asked_free(a);
}

bool
prover_later(struct prover *p, const struct question *q, const void *note,
    size_t len, prover_done_fn done, void *arg)
{
	struct asked	*a;
	int		 taken;

	assert(len <= PROVER_NOTE_MAX);
	a = asked_new(q, note, len);
	if (a == NULL)
		return false;
	a->done = done;
	a->arg = arg;
	(void)pthread_mutex_lock(&p->lock);
	taken = asked_join(&p->table, a) ? 0 : begin(p, a, NULL);
	(void)pthread_mutex_unlock(&p->lock);
	if (taken == -1)
		asked_free(a);
	return taken == 0;
}
