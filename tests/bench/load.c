/* SPDX-License-Identifier: ISC
 * tests/bench/load.c - plays an MTA to a milter: one milter connection for each
 * SMTP session, a thread for each session at a time, as Postfix' smtpd
 * processes would.
 *
 *   load [-w new|known|mix] [-c CONNECTIONS] [-r RECIPIENTS] [-t SECONDS]
 *        [-n FIRST] [-S SEED] [-k KNOWN] [-p SESSIONS-A-SECOND]
 *        [-l LOG | -v LOG] SOCKET
 *
 * Session number n is the same mail whenever seed and workload are. Whether it
 * is broken off after RCPT or goes on to the end of the message follows from
 * what Greygate ought to answer, so that a filter that passes everything is
 * led through the same dialogue; answers that differ are counted. Prints one
 * JSON object.
 *
 * -l notes what was answered: "D|P address sender recipient" for a recipient
 * deferred or passed, "A address sender recipient" when DATA was answered after
 * it. -v plays such a log again and expects every attempt to pass. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/bench/dialogue.h"
#include "tests/bench/latency.h"


enum { THREADS_MAX = 256 };

/* The settings of a run, and what its threads share. */
struct run {
	struct workload	 mails;
	unsigned	 threads;
	double		 seconds;
	double		 pace;		/* sessions a second; 0: all it can */
	struct sockaddr_un to;
	FILE		*log;		/* locks inside */
	FILE		*again;		/* attempts to repeat */
	uint64_t	 began;		/* nanoseconds */
	atomic_ullong	 next;
};

/* What one thread counted. */
struct tally {
	struct run	*run;
	pthread_t	 thread;
	uint64_t	 sessions, passed, deferred, unexpected, failed;
	uint32_t	 actions, steps;
	struct latency	 latency;
};

static uint64_t
nanoseconds(void)
{
	struct timespec	t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
note(const struct tally *t, char what, const struct mail *m, unsigned i)
{
	if (t->run->log != NULL)
		fprintf(t->run->log, "%c %s %s %s\n", what, m->client.addr,
		    m->sender, m->rcpt[i]);
}

static bool
play_rcpts(struct wire *w, const struct mail *m, unsigned n, struct tally *t)
{
	uint64_t	began;
	int		answer;
	bool		passed;
	const char	*macros[] = { "{rcpt_addr}", NULL, NULL };

	for (unsigned i = 0; i < n; i++) {
		if ((w->steps & SMFIP_NORCPT) != 0) {
			t->passed++;
			continue;
		}
		began = nanoseconds();
		macros[1] = m->rcpt[i];
		dialogue_put_path(w, SMFIC_RCPT, macros, m->rcpt[i]);
		answer = wire_ask(w);
		if (answer == -1)
			return false;
		latency_count(&t->latency, nanoseconds() - began);
		passed = answer == SMFIR_CONTINUE;
		note(t, passed ? 'P' : 'D', m, i);
		t->passed += passed;
		t->deferred += !passed;
		t->unexpected += passed != m->passes;
	}
	return true;
}

static bool
play_message(struct wire *w, const struct mail *m, struct tally *t)
{
	static const char *const queue_id[] = { "i", "4XyZ1234567", NULL };

	if ((w->steps & SMFIP_NODATA) == 0) {
		wire_macros(w, SMFIC_DATA, queue_id);
		wire_plain(w, SMFIC_DATA);
		if (!dialogue_settle(w, SMFIP_NR_DATA))
			return false;
		note(t, 'A', m, 0);
	}
	if (!dialogue_text(w))
		return false;
	wire_macros(w, SMFIC_BODYEOB, queue_id);
	wire_plain(w, SMFIC_BODYEOB);
	return dialogue_settle(w, 0);
}

static bool
play(struct tally *t, const struct mail *m, unsigned rcpts)
{
	struct wire	w;
	uint64_t	passed = t->passed;
	bool		ok;

	if (!wire_open(&w, &t->run->to)) {
		t->failed++;
		return false;
	}
	t->actions = w.actions;
	t->steps = w.steps;
	ok = dialogue_envelope(&w, m) && play_rcpts(&w, m, rcpts, t);
	/* A retry that overtook its first attempt is deferred: no DATA. */
	if (ok && m->passes && t->passed > passed)
		ok = play_message(&w, m, t);
	else if (ok)
		wire_plain(&w, SMFIC_ABORT);
	wire_close(&w);
	t->sessions += ok;
	t->failed += !ok;
	return ok;
}

/* Waits for the turn of session number n, if the run is paced. */
static void
await_turn(const struct run *run, uint64_t n)
{
	uint64_t	due;
	struct timespec	at;

	if (run->pace <= 0)
		return;
	due = run->began + (uint64_t)((double)(n - run->mails.first) * 1e9 /
	    run->pace);
	at.tv_sec = (time_t)(due / 1000000000u);
	at.tv_nsec = (long)(due % 1000000000u);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) ==
	    EINTR)
		;
}

static bool
read_again(struct run *run, struct mail *m)
{
	memset(&m->client, 0, sizeof(m->client));
	m->passes = true;
	if (fscanf(run->again, "%*c %45s %95s %95s\n", m->client.addr,
	    m->sender, m->rcpt[0]) != 3)
		return false;
	m->client.v6 = strchr(m->client.addr, ':') != NULL;
	(void)snprintf(m->client.helo, sizeof(m->client.helo), "again.example");
	return true;
}

static void *
work(void *arg)
{
	struct tally	*t = arg;
	struct run	*run = t->run;
	struct mail	 m;
	uint64_t	 n;

	for (;;) {
		n = atomic_fetch_add(&run->next, 1);
		await_turn(run, n);
		if (run->again == NULL)
			workload_mail(&run->mails, n, &m);
		else if (!read_again(run, &m))
			break;
		if (!play(t, &m, run->mails.rcpts))
			break;		/* the filter is gone or confused */
		if (run->again == NULL && (double)(nanoseconds() -
		    run->began) >= run->seconds * 1e9)
			break;
	}
	return NULL;
}

static void
add(struct tally *sum, const struct tally *t)
{
	sum->sessions += t->sessions;
	sum->passed += t->passed;
	sum->deferred += t->deferred;
	sum->unexpected += t->unexpected;
	sum->failed += t->failed;
	if (t->sessions > 0) {
		sum->actions = t->actions;
		sum->steps = t->steps;
	}
	latency_add(&sum->latency, &t->latency);
}

static double
own_cpu(void)
{
	struct rusage	u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void
print(const struct tally *sum, double seconds, uint64_t next)
{
	printf("{\"sessions\":%" PRIu64 ",\"rcpts\":%" PRIu64
	    ",\"passed\":%" PRIu64 ",\"deferred\":%" PRIu64
	    ",\"unexpected\":%" PRIu64 ",\"failed\":%" PRIu64
	    ",\"seconds\":%.6f,\"next\":%" PRIu64, sum->sessions,
	    sum->passed + sum->deferred, sum->passed, sum->deferred,
	    sum->unexpected, sum->failed, seconds, next);
	printf(",\"p50\":%.2f,\"p99\":%.2f,\"p999\":%.2f,\"max\":%.2f",
	    latency_micros(&sum->latency, 0.5), latency_micros(&sum->latency, 0.99),
	    latency_micros(&sum->latency, 0.999), (double)sum->latency.longest / 1000);
	printf(",\"cpu_us\":%.0f,\"actions\":%u,\"steps\":%u}\n", own_cpu(),
	    sum->actions, sum->steps);
}

static bool
run_all(struct run *run, struct tally *tallies, struct tally *sum)
{
	unsigned	n;
	bool		all = true;

	run->began = nanoseconds();
	atomic_init(&run->next, run->mails.first);
	for (n = 0; n < run->threads; n++) {
		tallies[n].run = run;
		if (pthread_create(&tallies[n].thread, NULL, work,
		    &tallies[n]) != 0) {
			all = false;
			break;
		}
	}
	while (n-- > 0) {
		pthread_join(tallies[n].thread, NULL);
		add(sum, &tallies[n]);
	}
	return all;
}

static bool
read_kind(const char *text, enum workload_kind *kind)
{
	static const char *const names[] = { "new", "known", "mix" };

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			*kind = (enum workload_kind)i;
			return true;
		}
	return false;
}

/* false: wrong use. */
static bool
read_option(struct run *run, int option, const char *arg)
{
	switch (option) {
	case 'w':
		return read_kind(arg, &run->mails.kind);
	case 'c':
		run->threads = (unsigned)atoi(arg);
		return run->threads > 0 && run->threads <= THREADS_MAX;
	case 'r':
		run->mails.rcpts = (unsigned)atoi(arg);
		return run->mails.rcpts > 0 && run->mails.rcpts <= RCPTS_MAX;
	case 't':
		run->seconds = atof(arg);
		return run->seconds > 0;
	case 'n':
		run->mails.first = strtoull(arg, NULL, 10);
		return true;
	case 'S':
		run->mails.seed = strtoull(arg, NULL, 10);
		return run->mails.seed > 0;	/* 0 is the known clients' */
	case 'k':
		run->mails.known = strtoull(arg, NULL, 10);
		return true;
	case 'p':
		run->pace = atof(arg);
		return true;
	case 'l':
		return (run->log = fopen(arg, "w")) != NULL;
	case 'v':
		return (run->again = fopen(arg, "r")) != NULL;
	}
	return false;
}

static bool
read_options(struct run *run, int argc, char **argv)
{
	int	option;

	while ((option = getopt(argc, argv, "w:c:r:t:n:S:k:p:l:v:")) != -1)
		if (!read_option(run, option, optarg))
			return false;
	if (argc - optind != 1 ||
	    strlen(argv[optind]) >= sizeof(run->to.sun_path))
		return false;
	run->to.sun_family = AF_UNIX;
	memcpy(run->to.sun_path, argv[optind], strlen(argv[optind]) + 1);
	return run->mails.kind != WORKLOAD_KNOWN || run->mails.known > 0;
}

int
main(int argc, char **argv)
{
	struct run	 run = { .mails = { .rcpts = 1, .seed = 1 },
			    .threads = 1, .seconds = 1 };
	struct tally	*tallies, sum = { 0 };
	bool		 ok;

	if (!read_options(&run, argc, argv)) {
		fprintf(stderr, "usage: see the first lines of load.c\n");
		return 64;
	}
	tallies = calloc(run.threads, sizeof(*tallies));
	if (tallies == NULL)
		return 71;
	ok = run_all(&run, tallies, &sum);
	print(&sum, (double)(nanoseconds() - run.began) / 1e9,
	    atomic_load(&run.next));
	free(tallies);
	if (run.log != NULL && fclose(run.log) != 0)
		ok = false;
	if (run.again != NULL)
		(void)fclose(run.again);
	return ok ? 0 : 71;
}
