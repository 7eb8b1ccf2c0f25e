/* SPDX-License-Identifier: ISC
 * recipient/question.c - states of a question, the table of those on their
 * way. */
#include "recipient/question.h"

#include <stdlib.h>
#include <string.h>

enum { CHAINS = sizeof(struct questions) / sizeof(struct question *) };

/* The domain is the end of the whole. */
void
question_copy(struct address *out, const struct address *a)
{
	*out = *a;
	out->domain = out->whole + strlen(a->whole) - strlen(a->domain);
}

struct question *
question_new(const struct address *a, uint32_t mask, unsigned n)
{
	struct question	*q = calloc(1, sizeof(*q) + n * sizeof(q->part[0]));

	if (q == NULL)
		return NULL;
	question_copy(&q->a, a);
	q->mask = mask;
	q->n = n;
	q->refs = 1;
	for (unsigned i = 0; i < n; i++)
		q->part[i].state = PART_CANNOT;
	return q;
}

/* FNV-1a: spreads well enough, and what is in the table is bounded. */
static struct question **
chain_of(struct questions *t, const char *whole)
{
	uint32_t	hash = 2166136261u;

	for (; *whole != '\0'; whole++)
		hash = (hash ^ (unsigned char)*whole) * 16777619u;
	return &t->chain[(hash ^ hash >> 16) % CHAINS];
}

static void
unlist(struct questions *t, struct question *q)
{
	struct question	**at = chain_of(t, q->a.whole);

	while (*at != q)
		at = &(*at)->chain;
	*at = q->chain;
}

void
question_unref(struct questions *t, struct question *q)
{
	if (--q->refs > 0)
		return;
	if (q->listed)
		unlist(t, q);
	free(q);
}

struct question *
questions_find(struct questions *t, const struct address *a, uint32_t mask)
{
	struct question	*q = *chain_of(t, a->whole);

	while (q != NULL && (q->mask != mask ||
	    strcmp(q->a.whole, a->whole) != 0))
		q = q->chain;
	return q;
}

void
questions_add(struct questions *t, struct question *q)
{
	struct question	**chain = chain_of(t, q->a.whole);

	q->chain = *chain;
	q->listed = true;
	*chain = q;
}

void
questions_each(struct questions *t, void (*each)(struct question *q,
    void *arg), void *arg)
{
	for (size_t i = 0; i < CHAINS; i++)
		for (struct question *q = t->chain[i]; q != NULL; q = q->chain)
			each(q, arg);
}

void
questions_drop(struct questions *t)
{
	for (size_t i = 0; i < CHAINS; i++)
		while (t->chain[i] != NULL) {
			struct question	*q = t->chain[i];

			t->chain[i] = q->chain;
			free(q);
		}
}

void
fifo_add(struct fifo *fifo, struct question *q, unsigned i)
{
	struct part	*p = &q->part[i];

	p->work = WORK_QUEUED;
	p->before = fifo->tail;
	p->after = NULL;
	if (fifo->tail != NULL)
		fifo->tail->part[i].after = q;
	else
		fifo->head = q;
	fifo->tail = q;
	fifo->n++;
}

void
fifo_remove(struct fifo *fifo, struct question *q, unsigned i)
{
	struct part	*p = &q->part[i];

	if (p->before != NULL)
		p->before->part[i].after = p->after;
	else
		fifo->head = p->after;
	if (p->after != NULL)
		p->after->part[i].before = p->before;
	else
		fifo->tail = p->before;
	fifo->n--;
	p->work = WORK_NONE;
}

bool
question_has(const struct question *q, unsigned i)
{
	return (q->mask >> i & 1) != 0;
}

void
question_wake(struct question *q)
{
	for (struct waiter *w = q->waiters; w != NULL; w = w->next)
		if (question_verdict(q, w->released) != QUESTION_WAIT)
			(void)pthread_cond_signal(&w->wake);
}

static void
release(struct question *q, unsigned i)
{
	for (struct waiter *w = q->waiters; w != NULL; w = w->next)
		w->released |= UINT32_C(1) << i;
}

void
question_await(struct question *q, unsigned i)
{
	q->part[i].state = PART_PENDING;
	q->version++;
	q->weighed = false;
	q->told = false;
}

void
question_hear(struct question *q, unsigned i, int answer,
    const struct err *why, int64_t now)
{
	struct part	*p = &q->part[i];

	p->state = answer == 1 ? PART_YES : answer == 0 ? PART_NO :
	    PART_CANNOT;
	p->answered = now;
	p->micros = now - p->began;
	p->why = *why;
	p->doubted = false;
	q->version++;
	q->weighed = false;
	if (answer == -1)
		release(q, i);
	if (answer != -1 || !q->told)
		q->news = true;
	question_wake(q);
}

void
question_give_up(struct question *q, unsigned i, const struct err *why)
{
	struct part	*p = &q->part[i];

	if (!question_has(q, i) || p->state != PART_PENDING)
		return;
	p->state = PART_CANNOT;
	p->why = *why;
	p->doubted = false;
	release(q, i);
	question_wake(q);
}

bool
question_is_answered(const struct question *q, unsigned i, int64_t now)
{
	const struct part	*p = &q->part[i];

	return (p->state == PART_YES || p->state == PART_NO) &&
	    now - p->answered <= INT64_C(1000000) * QUESTION_LIFE_SECONDS;
}

bool
question_is_settled(const struct question *q)
{
	for (unsigned i = 0; i < q->n; i++)
		if (question_has(q, i) && q->part[i].state == PART_PENDING)
			return false;
	return true;
}

/* A "no" of all is one only once done() has had its say. */
int
question_verdict(const struct question *q, uint32_t released)
{
	bool	pending = false, all_no = true;

	for (unsigned i = 0; i < q->n; i++) {
		if (!question_has(q, i))
			continue;
		if (q->part[i].state == PART_YES)
			return 1;
		if (q->part[i].state != PART_NO)
			all_no = false;
		if (q->part[i].state == PART_PENDING &&
		    (released >> i & 1) == 0)
			pending = true;
	}
	if (pending)
		return QUESTION_WAIT;
	if (!all_no)
		return -1;
	return q->weighed ? 0 : QUESTION_WAIT;
}

static void
tell_part(const struct question *q, unsigned i, const char *pending,
    int64_t now, struct inquiry_answer *out)
{
	const struct part	*p = &q->part[i];

	out->asked = true;
	if (question_is_answered(q, i, now)) {
		out->answer = p->state == PART_YES;
		out->micros = p->micros;
	} else if (p->state == PART_PENDING)
		(void)err_set(&out->why, "%s", pending);
	else if (p->state != PART_CANNOT)
		(void)err_set(&out->why, "answered too long ago");
	else {
		out->why = p->why;
		out->doubted = p->doubted;
		if (p->doubted)
			out->micros = p->micros;
	}
}

void
question_answers(const struct question *q, const char *pending, int64_t now,
    struct inquiry_answer *answers)
{
	for (unsigned i = 0; i < q->n; i++) {
		answers[i] = (struct inquiry_answer){ .answer = -1,
		    .micros = -1 };
		if (question_has(q, i))
			tell_part(q, i, pending, now, &answers[i]);
	}
}

void
question_weigh(struct question *q, unsigned version,
    const struct inquiry_answer *answers)
{
	if (version != q->version)
		return;
	for (unsigned i = 0; i < q->n; i++) {
		struct part	*p = &q->part[i];

		if (!question_has(q, i) || p->state != PART_NO ||
		    answers[i].answer != -1)
			continue;
		p->state = PART_CANNOT;
		p->why = answers[i].why;
		p->doubted = answers[i].doubted;
	}
	q->weighed = true;
	question_wake(q);
}
