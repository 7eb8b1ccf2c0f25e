/* SPDX-License-Identifier: ISC
 * recipient/asker.c - asks one source, on its threads. */
#include "recipient/asker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "recipient/inquiry_private.h"

#define SECOND	INT64_C(1000000)	/* between two attempts that fail */

int
asker_init(struct asker *a, struct inquiry *q, unsigned i,
    struct source *source)
{
	unsigned	seats = source->seats > 0 ? source->seats : 1;

	a->seats = calloc(seats, sizeof(a->seats[0]));
	if (a->seats == NULL)
		return -1;
	a->inquiry = q;
	a->i = i;
	a->source = source;
	a->n_seats = seats;
	inquiry_cond_init(&a->work);
	inquiry_cond_init(&a->scouting);
	return 0;
}

void
asker_done(struct asker *a)
{
	(void)pthread_cond_destroy(&a->scouting);
	(void)pthread_cond_destroy(&a->work);
	free(a->seats);
	a->seats = NULL;
	if (a->source != NULL)
		a->source->free(&a->source);
}

static void
enqueue(struct asker *a, struct question *q, bool waited)
{
	q->part[a->i].waited = waited;
	fifo_add(waited ? &a->waited : &a->later, q, a->i);
}

static void
dequeue(struct asker *a, struct question *q)
{
	fifo_remove(q->part[a->i].waited ? &a->waited : &a->later, q, a->i);
}

static void
move_to(struct asker *a, struct question *q, bool waited)
{
	if (q->part[a->i].waited == waited)
		return;
	dequeue(a, q);
	enqueue(a, q, waited);
}

static void *run(void *arg);

/* Signals are for others. */
static void
start_thread(struct asker *a)
{
	struct seat	*s = &a->seats[a->threads];
	sigset_t	 all, former;

	s->asker = a;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &former);
	if (pthread_create(&s->thread, NULL, run, s) == 0) {
		a->threads++;
		a->inquiry->threads++;
		a->inquiry->refs++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &former, NULL);
}

/* One more thread if there is more to do than threads wait for it. `more`:
 * questions that are about to be queued. */
static void
staff(struct asker *a, unsigned more)
{
	unsigned	queued = a->waited.n + a->later.n + more;

	if (a->threads == a->n_seats || a->inquiry->stopping)
		return;
	if (a->open ? a->scout == NULL && a->idle == 0 : queued > a->idle)
		start_thread(a);
}

/* Where its turn comes sooner or later. */
static void
join_queued(struct asker *a, struct question *q, bool waited)
{
	if (a->open)
		return;
	question_await(q, a->i);
	if (waited)
		move_to(a, q, true);
}

/* What has been going on for too long keeps nobody waiting again. */
static void
join_running(struct asker *a, struct question *q)
{
	struct part	*p = &q->part[a->i];

	if (p->state == PART_CANNOT && !a->open &&
	    clock_monotonic_micros() - p->began <
	    (int64_t)a->inquiry->limit_ms * 1000)
		question_await(q, a->i);
}

static void
add(struct asker *a, struct question *q, bool waited)
{
	struct err	*why = &q->part[a->i].why;

	staff(a, 1);
	if (a->threads == 0) {
		(void)err_set(why, "no thread can be started to ask it");
		return;
	}
	if (a->waited.n + a->later.n >= INQUIRY_QUEUE) {
		(void)err_set(why, "%d addresses wait to be asked about "
		    "already", INQUIRY_QUEUE);
		return;
	}
	if (a->open)
		(void)err_set(why, "held to be down: %s", a->trouble.text);
	else
		question_await(q, a->i);
	q->refs++;
	enqueue(a, q, waited && !a->open);
	(void)pthread_cond_signal(a->open ? &a->scouting : &a->work);
}

void
asker_want(struct asker *a, struct question *q, bool waited)
{
	struct part	*p = &q->part[a->i];

	if (p->work == WORK_QUEUED)
		join_queued(a, q, waited);
	else if (p->work == WORK_RUNNING)
		join_running(a, q);
	else if (!question_is_answered(q, a->i, clock_monotonic_micros())) {
		p->state = PART_CANNOT;
		p->doubted = false;
		add(a, q, waited);
	}
}

struct giving_up {
	struct asker	*asker;
	struct err	 why;
};

static void
give_up(struct question *q, void *arg)
{
	const struct giving_up	*g = arg;

	question_give_up(q, g->asker->i, &g->why);
}

void
asker_trip(struct asker *a, bool down, const struct err *why)
{
	struct giving_up	g = { .asker = a, .why = *why };

	a->trouble = *why;
	if (a->open)
		return;
	a->open = true;
	a->opened = clock_monotonic_micros();
	a->scout = NULL;
	a->failing = down;
	a->ended = down ? a->opened : a->opened - SECOND;
	if (!down)
		a->overdue++;
	while (a->waited.head != NULL)
		move_to(a, a->waited.head, false);
	questions_each(&a->inquiry->questions, give_up, &g);
	staff(a, 0);
	asker_wake(a);
}

static void
close_breaker(struct asker *a)
{
	a->open = false;
	asker_wake(a);
}

void
asker_wake(struct asker *a)
{
	(void)pthread_cond_broadcast(&a->work);
	(void)pthread_cond_broadcast(&a->scouting);
}

static void
idle(struct asker *a)
{
	a->idle++;
	(void)pthread_cond_wait(&a->work, &a->inquiry->lock);
	a->idle--;
}

/* The scout's pause: after a failure, and where nobody wants to know. */
static bool
pauses(struct asker *a)
{
	int64_t		left = a->ended + SECOND - clock_monotonic_micros();
	struct timespec	until;

	if ((!a->failing && a->waited.n + a->later.n > 0) || left <= 0)
		return false;
	until = inquiry_deadline(left);
	(void)pthread_cond_timedwait(&a->scouting, &a->inquiry->lock, &until);
	return true;
}

/* The address asked about last, once more: nobody waits for that, and what
 * others say of it is not known. */
static struct question *
probe(struct asker *a)
{
	struct question	*q = NULL;
	struct err	 why;

	if (a->last_mask != 0)
		q = question_new(&a->last, a->last_mask, a->inquiry->n);
	if (q == NULL) {
		a->ended = clock_monotonic_micros();
		return NULL;
	}
	(void)err_set(&why, "was not asked");
	for (unsigned i = 0; i < q->n; i++)
		q->part[i].why = why;
	return q;
}

/* What this thread is to ask about now; NULL: it has waited a while. */
static struct question *
next_question(struct seat *s)
{
	struct asker	*a = s->asker;
	struct question	*q = a->waited.head != NULL ? a->waited.head :
			    a->later.head;

	if (a->open && (a->scout == NULL || a->scout == s)) {
		a->scout = s;
		if (pauses(a))
			return NULL;
		if (q == NULL)
			return probe(a);
	} else if (a->open || q == NULL) {
		idle(a);
		return NULL;
	}
	dequeue(a, q);
	staff(a, 0);
	return q;
}

static void
count(struct asker *a, int answer, int64_t took)
{
	if (answer == -1) {
		a->failed++;
		return;
	}
	if (answer == 1)
		a->yes++;
	else
		a->no++;
	a->total_micros += took;
	if (took > a->slowest_micros)
		a->slowest_micros = took;
}

/* An answer in time shows that it is well; a failure that all is lost, or only
 * this question. What was wanted of a source that is down still is. */
static void
look_at_breaker(struct asker *a, struct question *q, int answer, bool down)
{
	const struct part	*p = &q->part[a->i];

	a->ended = p->answered;
	a->failing = answer == -1;
	/* It did answer, if only that this cannot be told. */
	if (answer != -1 || !down) {
		if (answer == -1)
			a->trouble = p->why;
		if (a->open && p->micros < (int64_t)a->inquiry->limit_ms * 1000)
			close_breaker(a);
		return;
	}
	if (down && !a->open)
		asker_trip(a, true, &p->why);
	a->trouble = p->why;
	if (!a->open || !q->listed ||
	    a->waited.n + a->later.n >= INQUIRY_QUEUE)
		return;
	q->refs++;
	enqueue(a, q, false);
}

/* The lock is given up meanwhile. */
static void
ask(struct seat *s, struct question *q)
{
	struct asker		*a = s->asker;
	const struct source	*source = a->source;
	struct part		*p = &q->part[a->i];
	struct err		 why = { "" };
	bool			 down = false;
	int			 answer = -1;

	p->work = WORK_RUNNING;
	p->began = clock_monotonic_micros();
	question_copy(&a->last, &q->a);
	a->last_mask = q->mask;
	a->asked++;
	pthread_mutex_unlock(&a->inquiry->lock);
	if (s->own == NULL)
		s->own = source->seat_new(source);
	if (s->own == NULL)
		(void)err_set(&why, "out of memory");
	else
		answer = source->ask(source, s->own, &q->a, &down, &why);
	pthread_mutex_lock(&a->inquiry->lock);
	p->work = WORK_NONE;
	if (answer != -1)
		why.text[0] = '\0';
	else if (why.text[0] == '\0')
		(void)err_set(&why, "it gave no reason");
	question_hear(q, a->i, answer, &why, clock_monotonic_micros());
	count(a, answer, p->micros);
	look_at_breaker(a, q, answer, down);
}

static void *
run(void *arg)
{
	struct seat	*s = arg;
	struct asker	*a = s->asker;
	struct inquiry	*inquiry = a->inquiry;
	struct question	*q;

	pthread_mutex_lock(&inquiry->lock);
	while (!inquiry->stopping) {
		q = next_question(s);
		if (q == NULL)
			continue;
		ask(s, q);
		inquiry_tell(inquiry, q);
		question_unref(&inquiry->questions, q);
	}
	pthread_mutex_unlock(&inquiry->lock);
	if (s->own != NULL)
		a->source->seat_free(a->source, &s->own);
	pthread_mutex_lock(&inquiry->lock);
	s->ended = true;
	inquiry->threads--;
	inquiry_leave(inquiry);
	return NULL;
}

void
asker_stats(const struct asker *a, struct inquiry_stats *out)
{
	unsigned long long	answers = a->yes + a->no;

	*out = (struct inquiry_stats){ .name = a->source->name,
	    .open = a->open, .trouble = a->trouble, .asked = a->asked,
	    .yes = a->yes, .no = a->no, .failed = a->failed,
	    .overdue = a->overdue, .slowest_micros = a->slowest_micros,
	    .queued = a->waited.n + a->later.n };
	if (a->open)
		out->open_seconds = (clock_monotonic_micros() - a->opened) /
		    SECOND;
	if (answers > 0)
		out->mean_micros = a->total_micros / (int64_t)answers;
}
