/* SPDX-License-Identifier: ISC
 * identity/spf_helper.c - greygate-spf: takes questions from a socket and
 * answers them, as a process that can do nothing else.
 *
 *	greygate-spf [ADDR[@PORT] ...]
 *
 * greygate(8) starts it with a SOCK_SEQPACKET socket as descriptor 0. It ends
 * when the other end is closed. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "identity/desk.h"
#include "identity/question.h"
#include "identity/resolver.h"
#include "identity/sandbox.h"
#include "identity/verdicts.h"

enum {
	SOCKET = 0,
	STACK = 512 * 1024,	/* of each thread */
	ARENAS = 2,		/* of malloc: each reserves address space */
	QUESTION_MICROS = 20 * 1000 * 1000	/* RFC 7208, 4.6.4 */
};

struct helper {
	struct resolver	*resolver;
	struct verdicts	*verdicts;
	struct desk	*desk;
	pthread_barrier_t started;
};

struct worker {
	struct helper	*helper;
	unsigned	 seat;
};

/* Bytes that nobody can foretell. Without them there is no telling what is too
 * broad, so there is no going on either. */
static void
random_bytes(void *bytes, size_t len)
{
	if (getrandom(bytes, len, 0) != (ssize_t)len)
		_exit(EX_OSERR);
}

/* Waits while the filter is slow to read. */
static void
reply(const struct question_reply *r)
{
	uint8_t	bytes[QUESTION_SIZE];
	size_t	len = question_write_reply(r, bytes);

	while (send(SOCKET, bytes, len, MSG_NOSIGNAL) == -1)
		if (errno != EINTR)
			_exit(EX_OK);	/* there is nobody to answer */
}

static void *
work(void *arg)
{
	struct worker		*w = arg;
	struct question		 q;
	struct question_reply	 r;

	(void)pthread_barrier_wait(&w->helper->started);
	for (;;) {
		desk_take(w->helper->desk, w->seat, &q);
		int64_t		now = clock_monotonic_micros();
		struct inquest	inquest = { w->helper->resolver,
				    now + QUESTION_MICROS };
		struct dns	dns = resolver_dns(&inquest);

		verdicts_answer(w->helper->verdicts, &q, &dns, now / 1000000,
		    &r);
		desk_done(w->helper->desk, w->seat);
		reply(&r);
	}
	return NULL;
}

/* They run when it returns: the beginning of a thread takes system calls that
 * the sandbox has not. */
static int
start_threads(struct helper *h, struct worker *workers, struct err *e)
{
	pthread_attr_t	attr;
	pthread_t	thread;
	int		code = pthread_attr_init(&attr);

	if (code == 0)
		code = pthread_barrier_init(&h->started, NULL,
		    DESK_THREADS + 1);
	if (code == 0)
		code = pthread_attr_setstacksize(&attr, STACK);
	if (code == 0)
		code = pthread_attr_setdetachstate(&attr,
		    PTHREAD_CREATE_DETACHED);
	for (unsigned i = 0; i < DESK_THREADS && code == 0; i++) {
		workers[i] = (struct worker){ h, i };
		code = pthread_create(&thread, &attr, work, &workers[i]);
	}
	if (code != 0)
		return err_set(e, "%d threads: %s", (int)DESK_THREADS,
		    strerror(code));
	(void)pthread_barrier_wait(&h->started);
	return 0;
}

static int
start(struct helper *h, struct worker *workers, struct err *e)
{
	h->verdicts = verdicts_new(random_bytes);
	h->desk = desk_new();
	if (h->verdicts == NULL || h->desk == NULL)
		return err_set(e, "out of memory");
	return start_threads(h, workers, e);
}

static void
ask(struct desk *d, const uint8_t *bytes, size_t len)
{
	struct question		q;
	struct question_reply	r = { .answer = -1 };

	if (question_read(&q, bytes, len) == -1 || desk_put(d, &q))
		return;
	r.id = q.id;
	(void)err_set(&r.why, "too many questions: %d are waiting",
	    (int)DESK_WAITING);
	reply(&r);
}

/* Until the filter is gone. */
static void
listen_to_filter(struct desk *d)
{
	uint8_t	bytes[QUESTION_SIZE];
	ssize_t	len;

	for (;;) {
		len = recv(SOCKET, bytes, sizeof(bytes), MSG_TRUNC);
		if (len > 0 && (size_t)len <= sizeof(bytes))
			ask(d, bytes, (size_t)len);
		else if (len == 0 || (len == -1 && errno != EINTR))
			return;
	}
}

static bool
is_started_by_filter(void)
{
	int		kind = 0;
	socklen_t	len = sizeof(kind);

	return getsockopt(SOCKET, SOL_SOCKET, SO_TYPE, &kind, &len) == 0 &&
	    kind == SOCK_SEQPACKET;
}

static _Noreturn void
fail(const struct err *e, int code)
{
	(void)fprintf(stderr, "greygate-spf: %s\n", e->text);
	_exit(code);
}

int
main(int argc, char *argv[])
{
	struct helper	h = { .resolver = NULL };
	struct worker	workers[DESK_THREADS];
	struct err	e = { "" };

	if (!is_started_by_filter()) {
		(void)err_set(&e, "greygate(8) starts this program, nobody "
		    "else needs to; see \"spf\" in greygate.conf(5)");
		fail(&e, EX_USAGE);
	}
	(void)mallopt(M_ARENA_MAX, ARENAS);
	if (resolver_new(&h.resolver, argv + 1, argc < 1 ? 0 :
	    (size_t)argc - 1, &e) == -1)
		fail(&e, EX_CONFIG);
	if (start(&h, workers, &e) == -1 || sandbox_enter(&e) == -1)
		fail(&e, EX_SOFTWARE);
	listen_to_filter(h.desk);
	_exit(EX_OK);	/* its threads end with it; nothing is to be saved */
}
