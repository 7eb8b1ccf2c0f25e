/* SPDX-License-Identifier: ISC
 * identity/prover_thread.c - hears the helper, tells who asked, and looks at
 * the time. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "identity/prover_private.h"

enum { REPLIES_AT_ONCE = 64 };

struct prover_answer
prover_answer_of(const struct question_reply *r)
{
	struct prover_answer	a = { .answer = r->answer,
				    .result = r->result,
				    .withdrawn = r->withdrawn,
				    .n_found = r->n_found, .why = r->why };

	memcpy(a.found, r->found, sizeof(a.found));
	return a;
}

/* The lock given up meanwhile. */
static void
tell(struct prover *p, const struct asked *a,
    const struct prover_answer *answer)
{
	if (a->done == NULL || p->stopping)
		return;
	(void)pthread_mutex_unlock(&p->lock);
	a->done(&a->q, answer, a->note, a->arg);
	(void)pthread_mutex_lock(&p->lock);
}

void
prover_tell(struct prover *p, struct asked *a,
    const struct prover_answer *answer)
{
	asked_remove(&p->table, a);
	prover_release(a, answer);
	for (const struct asked *b = a; b != NULL; b = b->joined)
		tell(p, b, answer);
	asked_free(a);
}

/* A question without a domain is answered without the DNS: that shows
 * nothing. */
static void
note(struct prover *p, const struct asked *a, const struct question_reply *r)
{
	bool	was_open = breaker_is_open(p->breaker);

	if (r->answer == -1) {
		p->failed++;
		(void)err_set(&p->trouble, "%s: %s", a->domain, r->why.text);
		/* Not of what nobody waits for: whoever sends mail in the name of
		 * broken domains would keep everybody from waiting. */
		if (a->done == NULL)
			breaker_failed(p->breaker, a->owner);
	} else {
		if (r->answer == 1)
			p->proven++;
		else
			p->not_proven++;
		if (a->domain[0] != '\0')
			breaker_answered(p->breaker, a->domain);
		recent_keep(p->recent, &a->q, r, clock_monotonic_micros());
	}
	prover_look_at_breaker(p, was_open);
}

/* 0; -1: not a reply. */
static int
take_reply(struct prover *p, const uint8_t *bytes, size_t len)
{
	struct question_reply	 r;
	struct prover_answer	 answer;
	struct asked		*a;

	if (len > QUESTION_SIZE || question_read_reply(&r, bytes, len) == -1)
		return -1;
	p->heard = clock_monotonic_micros();
	a = asked_find(&p->table, r.id);
	if (a == NULL)
		return 0;
	prover_is_well(p);
	note(p, a, &r);
	answer = prover_answer_of(&r);
	prover_tell(p, a, &answer);
	return 0;
}

static void
hear(struct prover *p)
{
	uint8_t	bytes[QUESTION_SIZE + 1];
	ssize_t	n;

	for (int i = 0; i < REPLIES_AT_ONCE && !p->stopping; i++) {
		n = recv(p->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			prover_end(p, PROVER_ENDED);
			return;
		}
		if (take_reply(p, bytes, (size_t)n) == -1) {
			prover_end(p, PROVER_GARBAGE);
			return;
		}
	}
}

static int64_t
later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The moment at which the time is to be looked at, or INT64_MAX. */
static int64_t
next_moment(const struct prover *p)
{
	int64_t	frozen = (int64_t)p->times.frozen * 1000, next = INT64_MAX;

	if (p->table.head != NULL) {
		next = later_of(p->heard, p->table.head->since) + frozen;
		if (p->table.head->since + 2 * frozen < next)
			next = p->table.head->since + 2 * frozen;
	}
	if (p->fd != -1 && p->alarmed &&
	    p->began + (int64_t)p->times.healthy * 1000 < next)
		next = p->began + (int64_t)p->times.healthy * 1000;
	return next;
}

/* A helper that hears but forgot some of what it was asked. */
static void
give_up_oldest(struct prover *p, int64_t now)
{
	int64_t			limit = (int64_t)p->times.frozen * 2000;
	struct prover_answer	answer = prover_cannot("greygate-spf never "
				    "answered");

	while (p->table.head != NULL && !p->stopping &&
	    now - p->table.head->since >= limit) {
		p->failed++;
		prover_tell(p, p->table.head, &answer);
	}
}

static void
look_at_time(struct prover *p)
{
	int64_t	now = clock_monotonic_micros(),
		frozen = (int64_t)p->times.frozen * 1000;

	if (p->fd != -1 && now - p->began >= (int64_t)p->times.healthy * 1000)
		prover_is_well(p);
	if (p->fd != -1 && p->table.head != NULL && now -
	    later_of(p->heard, p->table.head->since) >= frozen)
		prover_end(p, PROVER_FROZEN);
	give_up_oldest(p, now);
}

/* Milliseconds for poll(), rounded up. */
static int
patience(const struct prover *p)
{
	int64_t	next = next_moment(p), left;

	if (next == INT64_MAX)
		return -1;
	left = (next - clock_monotonic_micros()) / 1000 + 1;
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Waits until there is something to do, without the lock; whether the helper
 * has said something. */
static bool
wait_for_news(struct prover *p)
{
	struct pollfd	fds[2] = { { .fd = p->bell, .events = POLLIN },
			    { .fd = p->fd, .events = POLLIN } };
	int		timeout = patience(p);
	eventfd_t	rung;

	if (p->table.unsent != NULL)
		fds[1].events |= POLLOUT;
	(void)pthread_mutex_unlock(&p->lock);
	(void)poll(fds, 2, timeout);
	(void)eventfd_read(p->bell, &rung);
	(void)pthread_mutex_lock(&p->lock);
	return (fds[1].revents & ~POLLOUT) != 0;
}

void *
prover_run(void *arg)
{
	struct prover	*p = arg;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		if (p->renew)
			prover_end(p, PROVER_RENEWED);
		if (p->fd == -1 && p->table.unsent != NULL)
			prover_begin(p);
		if (p->fd != -1)
			prover_send(p);
		if (p->stopping || p->renew)
			continue;
		if (wait_for_news(p) && p->fd != -1)
			hear(p);
		look_at_time(p);
	}
	prover_end(p, PROVER_RENEWED);
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}
