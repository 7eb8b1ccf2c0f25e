/* SPDX-License-Identifier: ISC
 * tests/lib/prover_world.c - the world that prover_world.h describes. */
#include "tests/lib/prover_world.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "base/clock.h"

const struct prover_times prover_world_usual = { .frozen = LONG, .early = LONG,
    .healthy = LONG, .pause = 1, .pause_max = 1 };

static int64_t
millis(void *arg)
{
	(void)arg;
	return INT64_C(1700000000000);
}

void
prover_world_prove(struct prover_world *w, const struct prover_times *times)
{
	struct prover_conf	conf = { .launcher = w->launcher,
				    .alarms = w->alarms,
				    .clock = { .millis = millis } };

	prover_free(&w->prover);
	assert_int_equal(prover_new_timed(&w->prover, &conf, times, NULL), 0);
}

void
prover_world_launch(struct prover_world *w, const char *program)
{
	struct launcher_conf	conf = { .program = program, .user = "",
				    .fallback = "" };

	assert_int_equal(launcher_new(&w->launcher, &conf, NULL), 0);
}

int
prover_world_begin(void **state)
{
	static struct prover_world	w;

	w.descriptors = count_descriptors();
	scripted_helper_open(w.program);
	prover_world_launch(&w, w.program);
	w.alarms = alarms_new();
	prover_world_prove(&w, &prover_world_usual);
	*state = &w;
	return 0;
}

/* After each test: no process and no descriptor is left. */
int
prover_world_end(void **state)
{
	struct prover_world		*w = *state;
	struct prover_stats	 n;

	prover_stats(w->prover, &n);
	prover_free(&w->prover);
	assert_null(w->prover);
	assert_true(n.helper == 0 || kill(n.helper, 0) == -1);
	launcher_free(&w->launcher);
	alarms_free(&w->alarms);
	scripted_helper_close(w->program);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(count_descriptors(), w->descriptors);
	return 0;
}

static struct question
question_of(const char *sender)
{
	struct question	q = { .kind = QUESTION_SPF, .helo = "mx.example.net" };

	assert_int_equal(ip_parse("192.0.2.7", &q.client, NULL), 0);
	(void)snprintf(q.sender, sizeof(q.sender), "%s", sender);
	return q;
}

struct prover_answer
world_ask(struct prover_world *w, const char *sender, int wait_ms)
{
	struct question		q = question_of(sender);
	struct prover_answer	a;

	prover_ask(w->prover, &q, wait_ms, &a);
	return a;
}

struct prover_stats
world_stats(struct prover_world *w)
{
	struct prover_stats	n;

	prover_stats(w->prover, &n);
	return n;
}

void
world_says(struct prover_world *w, const char *sender, int wanted)
{
	struct prover_answer	a = world_ask(w, sender, LONG);

	if (a.answer != wanted)
		fail_msg("%s: got %d, not %d: %s", sender, a.answer, wanted,
		    a.why.text);
}

void
world_fails(struct prover_world *w, const char *sender, int wait_ms,
    const char *why)
{
	struct prover_answer	a = world_ask(w, sender, wait_ms);

	assert_int_equal(a.answer, -1);
	if (strstr(a.why.text, why) == NULL)
		fail_msg("%s: \"%s\" does not say \"%s\"", sender, a.why.text,
		    why);
}

bool
world_alarmed(struct prover_world *w, enum alarm_kind kind)
{
	return alarm_get(w->alarms, kind).raised;
}

int64_t
world_now(void)
{
	return clock_monotonic_micros() / 1000;
}

static void *
ask_in_thread(void *arg)
{
	struct waiting	*a = arg;
	struct question	 q = { .kind = QUESTION_SPF };
	int64_t		 began = world_now();

	(void)snprintf(q.sender, sizeof(q.sender), "%s", a->sender);
	prover_ask(a->w->prover, &q, a->wait_ms, &a->answer);
	a->took = world_now() - began;
	return NULL;
}

void
waiting_begin(struct waiting *a, struct prover_world *w, const char *sender,
    int wait_ms)
{
	a->w = w;
	a->wait_ms = wait_ms;
	(void)snprintf(a->sender, sizeof(a->sender), "%s", sender);
	assert_int_equal(pthread_create(&a->thread, NULL, ask_in_thread, a),
	    0);
}

void
waiting_end(struct waiting *a)
{
	assert_int_equal(pthread_join(a->thread, NULL), 0);
}

static void
done(const struct question *q, const struct prover_answer *answer,
    const void *note, void *arg)
{
	struct told	*t = arg;

	if (strcmp(q->sender, note) != 0)
		atomic_fetch_add(&t->wrong, 1);
	if (answer->answer == 1)
		atomic_fetch_add(&t->yes, 1);
	if (answer->answer == -1)
		atomic_fetch_add(&t->cannot, 1);
	atomic_fetch_add(&t->n, 1);
}

bool
world_later(struct prover_world *w, const char *sender, struct told *t)
{
	struct question	q = question_of(sender);

	return prover_later(w->prover, &q, sender, strlen(sender) + 1, done, t);
}
