/* SPDX-License-Identifier: ISC
 * tests/bench/bench_learned.c FOLDER FEW MANY - what it costs to ask whom ours
 * wrote to, and to learn from one letter to 20, where FEW and MANY correspondents
 * are known: on Berkeley DB, in FOLDER/FEW and FOLDER/MANY, which are left for
 * bench_rcpt. Microseconds of CPU; one line of JSON, for tests/bench/run.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "whitelist/learned.h"

enum {
	SIZES = 2, SCOPES = 3, ROUNDS = 15, QUESTIONS = 4000, LETTERS = 20,
	RCPTS = 20, BOUNCES = 12, OURS = 5000, ANSWERING = 10000,
	REMEMBER = 90 * 86400
};

static const int64_t	now = 1700000000;

static const char *const	scope_name[SCOPES] = {
	[CONF_LEARN_SITE] = "site", [CONF_LEARN_DOMAIN] = "domain",
	[CONF_LEARN_MAILBOX] = "mailbox"
};

/* A store, and what things cost there. */
struct world {
	struct store	*s;
	unsigned	 size, next;
	double		 hit[SCOPES][ROUNDS], miss[SCOPES][ROUNDS];
	double		 learn[ROUNDS];		/* a letter to RCPTS */
};

static _Noreturn void
die(const char *what, const char *why)
{
	(void)fprintf(stderr, "bench_learned: %s: %s\n", what, why);
	exit(1);
}

static double
cpu(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Correspondent number n and who wrote to it; the address of a stranger looks
 * the same. */
struct names {
	char	outside[80], ours[40], organisation[40];
};

static void
name(struct names *out, unsigned n, const char *who)
{
	(void)snprintf(out->organisation, sizeof(out->organisation),
	    "firm%u.example", n * 2654435761u >> 8);
	(void)snprintf(out->outside, sizeof(out->outside), "%s%u@%s", who, n,
	    out->organisation);
	(void)snprintf(out->ours, sizeof(out->ours), "user%u@ours.example",
	    n % OURS);
}

/* What else is known of most is that no bounce is expected any more. */
static void
learn(struct world *w, unsigned n, bool bounce)
{
	struct names		names;
	struct learned_letter	l = { names.outside, names.ours, names.ours,
				    "4Q1x2y3z", bounce ? names.organisation :
				    NULL };
	struct learned_limits	limits = { REMEMBER, UINT32_MAX };
	uint32_t		excess;
	struct err		e;

	name(&names, n, "bob");
	if (learned_note(w->s, &l, &limits, now, &excess, &e) != 1)
		die("a letter", "is not kept");
}

/* A client's address, known from its answer: as bench_rcpt.c has it. */
static void
note_answer(struct world *w, unsigned n)
{
	struct names		 names;
	char			 addr[40];
	const char *const	 by[] = { addr, NULL };
	struct learned_question	 q = { names.outside, names.ours,
				    CONF_LEARN_MAILBOX, by };
	struct err		 e;

	name(&names, n, "bob");
	(void)snprintf(addr, sizeof(addr), "addr:172.%u.%u.%u",
	    16 + (n >> 16 & 15), n >> 8 & 255, n & 255);
	if (learned_note_answer(w->s, &q, REMEMBER, now, &e) != 1)
		die("an answer", "is not kept");
}

static void
open_world(struct world *w, const char *folder, const char *size)
{
	struct store_conf	conf = { 0 };
	struct err		e;
	char			path[512];
	unsigned		answering;

	w->size = w->next = (unsigned)atoi(size);
	(void)snprintf(path, sizeof(path), "%s/%u", folder, w->size);
	if (mkdir(path, 0700) == -1)
		die(path, "cannot be made");
	answering = w->size < ANSWERING ? w->size : ANSWERING;
	conf.path = path;
	if (store_open(&w->s, &conf, &e) == -1)
		die("store", e.text);
	for (unsigned n = 0; n < w->size; n++) {
		learn(w, n, n % BOUNCES == 0);
		if (n % (w->size / answering) == 0)
			note_answer(w, n);
		if (n % 10000 == 0 && store_tend(w->s, now, &e) == -1)
			die("store", e.text);
	}
}

static double
ask(struct world *w, enum conf_learn_scope scope, bool known)
{
	static const char *const none[] = { "addr:192.0.2.1", NULL };
	struct names		 names;
	struct learned_question	 q = { names.outside, names.ours, scope, none };
	struct learned_answer	 out;
	struct err		 e;
	double			 before = cpu();

	for (unsigned i = 0; i < QUESTIONS; i++) {
		name(&names, i * 7919 % w->size, known ? "bob" : "eve");
		if (learned_find(w->s, &q, now, &out, &e) != known)
			die("a question", "has the wrong answer");
	}
	return (cpu() - before) / QUESTIONS;
}

static void
measure(struct world *w, unsigned round)
{
	double	before;

	for (int i = 0; i < SCOPES; i++) {
		enum conf_learn_scope scope = (enum conf_learn_scope)i;

		w->hit[i][round] = ask(w, scope, true);
		w->miss[i][round] = ask(w, scope, false);
	}
	before = cpu();
	for (unsigned i = 0; i < LETTERS * RCPTS; i++)
		learn(w, w->next++, true);
	w->learn[round] = (cpu() - before) / LETTERS;
}

static int
by_value(const void *a, const void *b)
{
	const double	*x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(double v[ROUNDS])
{
	qsort(v, ROUNDS, sizeof(*v), by_value);
	return v[ROUNDS / 2];
}

static void
tell(struct world *w)
{
	for (int i = 0; i < SCOPES; i++)
		(void)printf("\"hit_%s_%u\": %.2f, \"miss_%s_%u\": %.2f, ",
		    scope_name[i], w->size, median(w->hit[i]), scope_name[i],
		    w->size, median(w->miss[i]));
	(void)printf("\"learn_%d_%u\": %.1f", RCPTS, w->size,
	    median(w->learn));
}

int
main(int argc, char **argv)
{
	static struct world	world[SIZES];

	if (argc != 2 + SIZES)
		die("usage", "bench_learned FOLDER FEW MANY");
	for (int i = 0; i < SIZES; i++)
		open_world(&world[i], argv[1], argv[2 + i]);
	/* In turn, so that what else runs here hits both. */
	for (unsigned round = 0; round < ROUNDS; round++)
		for (int i = 0; i < SIZES; i++)
			measure(&world[i], round);
	(void)printf("{");
	for (int i = 0; i < SIZES; i++) {
		tell(&world[i]);
		(void)printf(i + 1 < SIZES ? ", " : "}\n");
		store_close(&world[i].s);
	}
	return 0;
}
