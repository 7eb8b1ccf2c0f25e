/* SPDX-License-Identifier: ISC
 * recipient/inquiry.c - questions to several sources, and who waits. */
#include "recipient/inquiry.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "recipient/inquiry_private.h"

void
inquiry_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t	attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

struct timespec
inquiry_deadline(int64_t micros)
{
	int64_t	at = clock_monotonic_micros() + micros;

	return (struct timespec){ .tv_sec = (time_t)(at / 1000000),
	    .tv_nsec = (long)(at % 1000000) * 1000 };
}

static void
destroy(struct inquiry *q)
{
	questions_drop(&q->questions);
	for (unsigned i = 0; i < q->n; i++)
		asker_done(&q->asker[i]);
	(void)pthread_cond_destroy(&q->left);
	(void)pthread_mutex_destroy(&q->lock);
	free(q);
}

void
inquiry_leave(struct inquiry *q)
{
	bool	last = --q->refs == 0;

	(void)pthread_cond_broadcast(&q->left);
	pthread_mutex_unlock(&q->lock);
	if (last)
		destroy(q);
}

int
inquiry_new(struct inquiry **out, const struct inquiry_conf *conf,
    struct err *e)
{
	struct inquiry	*q = calloc(1, sizeof(*q));

	if (q == NULL)
		return err_set(e, "out of memory");
	(void)pthread_mutex_init(&q->lock, NULL);
	inquiry_cond_init(&q->left);
	q->refs = 1;
	q->limit_ms = INQUIRY_LIMIT_MILLIS;
	q->done = conf->done;
	q->arg = conf->arg;
	for (; q->n < conf->n; q->n++)
		if (asker_init(&q->asker[q->n], q, q->n,
		    conf->sources[q->n]) == -1)
			break;
	if (q->n == conf->n) {
		*out = q;
		return 0;
	}
	for (unsigned i = 0; i < q->n; i++)
		q->asker[i].source = NULL;
	destroy(q);
	return err_set(e, "out of memory");
}

static void
send_home(struct question *question, void *arg)
{
	(void)arg;
	for (struct waiter *w = question->waiters; w != NULL; w = w->next)
		(void)pthread_cond_signal(&w->wake);
}

/* Of this asker: those that have ended are joined, others left behind. */
static void
part_with(struct inquiry *q, struct asker *a)
{
	for (unsigned i = 0; i < a->threads; i++) {
		bool	ended;

		pthread_mutex_lock(&q->lock);
		ended = a->seats[i].ended;
		pthread_mutex_unlock(&q->lock);
		if (ended)
			(void)pthread_join(a->seats[i].thread, NULL);
		else
			(void)pthread_detach(a->seats[i].thread);
	}
}

void
inquiry_free(struct inquiry **out, int limit_ms)
{
	struct inquiry	*q = *out;
	struct timespec	 until = inquiry_deadline((int64_t)limit_ms * 1000);

	*out = NULL;
	if (q == NULL)
		return;
	pthread_mutex_lock(&q->lock);
	q->stopping = true;
	questions_each(&q->questions, send_home, NULL);
	for (unsigned i = 0; i < q->n; i++)
		asker_wake(&q->asker[i]);
	while (q->threads > 0 && pthread_cond_timedwait(&q->left, &q->lock,
	    &until) != ETIMEDOUT)
		continue;
	q->closed = true;
	while (q->telling > 0 || q->waiting > 0)
		(void)pthread_cond_wait(&q->left, &q->lock);
	pthread_mutex_unlock(&q->lock);
	for (unsigned i = 0; i < q->n; i++)
		part_with(q, &q->asker[i]);
	pthread_mutex_lock(&q->lock);
	inquiry_leave(q);
}

void
inquiry_tell(struct inquiry *q, struct question *question)
{
	struct inquiry_answer	answers[INQUIRY_SOURCES];
	unsigned		version;

	/* Who tells already will see the news. */
	if (question->telling)
		return;
	question->telling = true;
	while (question->news && question_is_settled(question) && !q->closed) {
		question->news = false;
		question->told = true;
		version = question->version;
		question_answers(question, "", clock_monotonic_micros(),
		    answers);
		q->telling++;
		pthread_mutex_unlock(&q->lock);
		q->done(&question->a, answers, q->n, q->arg);
		pthread_mutex_lock(&q->lock);
		q->telling--;
		question_weigh(question, version, answers);
		(void)pthread_cond_broadcast(&q->left);
	}
	question->telling = false;
}

/* The time is over: whoever has not answered is too slow. */
static void
overdue(struct inquiry *q, const struct question *question,
    const struct waiter *w, int wait_ms)
{
	struct err	why;

	(void)err_set(&why, "no answer within %d ms", wait_ms);
	for (unsigned i = 0; i < q->n; i++)
		if (question_has(question, i) &&
		    question->part[i].state == PART_PENDING &&
		    (w->released >> i & 1) == 0)
			asker_trip(&q->asker[i], false, &why);
}

static void
leave_question(struct question *question, const struct waiter *w)
{
	struct waiter	**at = &question->waiters;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
}

/* As question_verdict(); QUESTION_WAIT: it is not known in time. */
static int
await(struct inquiry *q, struct question *question, int wait_ms)
{
	struct waiter	w = { .next = question->waiters };
	struct timespec	until = inquiry_deadline((int64_t)wait_ms * 1000);
	bool		late = false;

	q->limit_ms = wait_ms;
	q->waiting++;
	inquiry_cond_init(&w.wake);
	for (unsigned i = 0; i < q->n; i++)
		if (question->part[i].state == PART_CANNOT)
			w.released |= UINT32_C(1) << i;
	question->waiters = &w;
	while (question_verdict(question, w.released) == QUESTION_WAIT &&
	    !late && !q->stopping)
		late = pthread_cond_timedwait(&w.wake, &q->lock, &until) ==
		    ETIMEDOUT;
	if (late && question_verdict(question, w.released) == QUESTION_WAIT)
		overdue(q, question, &w, wait_ms);
	leave_question(question, &w);
	(void)pthread_cond_destroy(&w.wake);
	q->waiting--;
	if (q->stopping)
		(void)pthread_cond_broadcast(&q->left);
	return question_verdict(question, w.released);
}

/* The question about an address, with a reference for the caller. */
static struct question *
question_about(struct inquiry *q, const struct address *a, uint32_t mask)
{
	struct question	*question = questions_find(&q->questions, a, mask);

	if (question != NULL) {
		question->refs++;
		return question;
	}
	question = question_new(a, mask, q->n);
	if (question != NULL)
		questions_add(&q->questions, question);
	return question;
}

/* Why what is not known yet is not waited for (any more). */
static const char *
pending(const struct inquiry *q, int wait_ms)
{
	if (q->stopping)
		return "the filter is stopping";
	if (wait_ms <= 0)
		return "it is asked for later";
	if (q->waiting >= INQUIRY_WAITERS)
		return "too many wait for answers already";
	return "no answer in time";
}

/* Each one's answer, all -1 where they may not be told yet. */
static void
fill(const struct inquiry *q, const struct question *question, int verdict,
    int wait_ms, struct inquiry_answer *answers)
{
	const char	*why = pending(q, wait_ms);

	question_answers(question, why, clock_monotonic_micros(), answers);
	if (verdict != QUESTION_WAIT)
		return;
	for (unsigned i = 0; i < q->n; i++)
		if (answers[i].asked && answers[i].answer == 0) {
			answers[i].answer = -1;
			(void)err_set(&answers[i].why, "%s", why);
		}
}

/* With the lock held. */
static int
ask(struct inquiry *q, struct question *question, int wait_ms,
    struct inquiry_answer *answers)
{
	bool	waits = wait_ms > 0 && q->waiting < INQUIRY_WAITERS;
	int	verdict;

	for (unsigned i = 0; i < q->n; i++)
		if (question_has(question, i))
			asker_want(&q->asker[i], question, waits);
	verdict = question_verdict(question, 0);
	if (verdict == QUESTION_WAIT && waits)
		verdict = await(q, question, wait_ms);
	fill(q, question, verdict, wait_ms, answers);
	return verdict == QUESTION_WAIT ? -1 : verdict;
}

int
inquiry_ask(struct inquiry *q, const struct address *a, uint32_t mask,
    int wait_ms, struct inquiry_answer *answers)
{
	struct question	*question = NULL;
	int		 verdict = -1;

	for (unsigned i = 0; i < INQUIRY_SOURCES; i++)
		answers[i] = (struct inquiry_answer){ .answer = -1,
		    .micros = -1, .asked = i < q->n && (mask >> i & 1) != 0 };
	mask &= (UINT32_C(1) << q->n) - 1;
	pthread_mutex_lock(&q->lock);
	if (mask != 0 && !q->stopping)
		question = question_about(q, a, mask);
	if (question != NULL) {
		verdict = ask(q, question, wait_ms, answers);
		question_unref(&q->questions, question);
	}
	pthread_mutex_unlock(&q->lock);
	return verdict;
}

struct looking {
	unsigned	i, waiting;
};

static void
count_waiting(struct question *question, void *arg)
{
	struct looking	*l = arg;

	if (!question_has(question, l->i) ||
	    question->part[l->i].state != PART_PENDING)
		return;
	for (struct waiter *w = question->waiters; w != NULL; w = w->next)
		l->waiting++;
}

int
inquiry_stats(struct inquiry *q, unsigned i, struct inquiry_stats *out)
{
	struct looking	l = { .i = i };

	if (i >= q->n)
		return -1;
	pthread_mutex_lock(&q->lock);
	asker_stats(&q->asker[i], out);
	questions_each(&q->questions, count_waiting, &l);
	out->waiting = l.waiting;
	pthread_mutex_unlock(&q->lock);
	return 0;
}

const struct source *
inquiry_source(const struct inquiry *q, unsigned i)
{
	return q->asker[i].source;
}
