/* SPDX-License-Identifier: ISC
 * tests/bench/bench_store.c - what the store costs, with records that fit the
 * cache and with a million: CPU and calls a second, bytes on disk, memory, time
 * to start. Takes no arguments and about 20 s on a quiet machine; the state is
 * made below /tmp and removed. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "db/store.h"

enum { FEW = 50000, MANY = 1000000, THREADS_MAX = 8, VALUE_BYTES = 25 };

static const int64_t	now = 1700000000, day = 86400;
static const double	seconds_each = 0.3;

static double
clock_of(clockid_t id)
{
	struct timespec	t;

	(void)clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
die(const char *what, const struct err *e)
{
	(void)fprintf(stderr, "bench_store: %s: %s\n", what, e->text);
	exit(1);
}

static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* A thousand new records a second of life. */
static int64_t
expiry(uint64_t i)
{
	return now + day + (int64_t)(i / 1000);
}

/* A triplet's key as the policy makes them, of about 65 bytes. */
static void
triplet(struct store_key *key, uint64_t i)
{
	uint64_t	r = mix(i);

	key->len = (size_t)snprintf((char *)key->bytes, sizeof(key->bytes),
	    "t%cnet:%u.%u.%u.0/24%csender%04x@example%04x.com%cuser%03x@"
	    "example.org", 0, (unsigned)(r & 255), (unsigned)(r >> 8 & 255),
	    (unsigned)(r >> 16 & 255), 0, (unsigned)(r >> 24 & 0xffff),
	    (unsigned)(r >> 40 & 0xffff), 0, (unsigned)(r >> 56));
}

static void
put_new(struct store_item *items, size_t n, void *arg)
{
	static atomic_uint_fast64_t	made;
	size_t				puts = *(size_t *)arg;

	for (size_t i = 0; i < n && puts > 0; i++) {
		if (items[i].found)
			continue;
		items[i].act = STORE_PUT;
		items[i].expires = expiry(atomic_fetch_add(&made, 1));
		items[i].len = VALUE_BYTES;
		memset(items[i].value, 7, VALUE_BYTES);
		puts--;
	}
}

static void
renew(struct store_item *items, size_t n, void *arg)
{
	(void)n;
	(void)arg;
	if (!items->found)
		return;
	items->act = STORE_PUT;
	items->expires++;
}

static struct store *
open_store(const char *path)
{
	struct store_conf	conf = { .path = path };
	struct store		*s;
	struct err		 e;

	if (store_open(&s, &conf, &e) == -1)
		die("open", &e);
	return s;
}

struct kind {
	const char	*name;
	size_t		 keys, puts;
	bool		 known, renews;
};

static const struct kind	kinds[] = {
	{ "get, 1 key", 1, 0, true, false },
	{ "step, 4 keys known, left", 4, 0, true, false },
	{ "step, 4 keys, 2 put new", 4, 2, false, false },
	{ "step, 9 keys, 2 put new", 9, 2, false, false },
	{ "step, 1 key renewed", 1, 0, true, true },
};

struct job {
	struct store	*store;
	const struct kind *kind;
	uint64_t	 records, seed, done;
	double		 until;
};

static void
one_step(struct job *j, struct store_item *items)
{
	size_t		puts = j->kind->puts;
	struct err	e;

	j->seed = mix(j->seed);
	for (size_t i = 0; i < j->kind->keys; i++)
		triplet(&items[i].key, j->kind->known ?
		    (j->seed + i) % j->records : j->seed + i);
	if (store_step(j->store, items, j->kind->keys,
	    j->kind->renews ? renew : put_new, &puts, &e) == -1)
		die(j->kind->name, &e);
}

static void *
work(void *arg)
{
	struct store_item	items[STORE_STEP_MAX];
	struct job		*j = arg;

	while (clock_of(CLOCK_MONOTONIC) < j->until)
		for (int i = 0; i < 20; i++, j->done++)
			one_step(j, items);
	return NULL;
}

/* Housekeeping beside the load, as in the daemon. */
static void *
tend(void *arg)
{
	struct job	*j = arg;
	struct err	 e;

	while (clock_of(CLOCK_MONOTONIC) < j->until) {
		if (store_tend(j->store, now, &e) == -1)
			die("tend", &e);
		(void)usleep(200000);
	}
	return NULL;
}

static void
measure(struct store *s, const struct kind *kind, uint64_t records,
    unsigned threads)
{
	pthread_t	id[THREADS_MAX], keeper;
	struct job	job[THREADS_MAX];
	double		begin = clock_of(CLOCK_MONOTONIC);
	double		cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t	done = 0;

	for (unsigned i = 0; i < threads; i++) {
		job[i] = (struct job){ .store = s, .kind = kind,
		    .records = records, .seed = mix((uint64_t)(begin * 1e6) + i),
		    .until = begin + seconds_each };
		(void)pthread_create(&id[i], NULL, work, &job[i]);
	}
	(void)pthread_create(&keeper, NULL, tend, &job[0]);
	for (unsigned i = 0; i < threads; i++) {
		(void)pthread_join(id[i], NULL);
		done += job[i].done;
	}
	(void)pthread_join(keeper, NULL);
	cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	begin = clock_of(CLOCK_MONOTONIC) - begin;
	(void)printf("%-26s %u threads  %7.2f CPU us  %8.0f ops/s\n",
	    kind->name, threads, cpu * 1e6 / (double)done,
	    (double)done / begin);
}

static void
fill(const char *path, uint64_t from, uint64_t to)
{
	struct store_item	items[STORE_STEP_MAX];
	struct store		*s = open_store(path);
	double			 begin = clock_of(CLOCK_MONOTONIC), tended = begin;
	size_t			 puts = STORE_STEP_MAX;
	struct store_stats	 stats;
	struct err		 e;

	for (uint64_t at = from; at < to;) {
		size_t	n = 0;

		for (; n < STORE_STEP_MAX && at < to; n++)
			triplet(&items[n].key, at++);
		if (store_step(s, items, n, put_new, &puts, &e) == -1)
			die("fill", &e);
		if (clock_of(CLOCK_MONOTONIC) - tended < 1)
			continue;
		(void)store_tend(s, now, &e);
		tended = clock_of(CLOCK_MONOTONIC);
	}
	begin = clock_of(CLOCK_MONOTONIC) - begin;
	store_stats(s, &stats);
	(void)printf("%-26s %8.0f records/s\n", "fill, 12 new in a step",
	    (double)(to - from) / begin);
	store_close(&s);
	(void)printf("%-26s %8.1f bytes a record, %llu records\n", "on disk",
	    (double)stats.bytes_on_disk / (double)stats.records,
	    (unsigned long long)stats.records);
}

static void
measure_all(const char *path, uint64_t records)
{
	struct rusage	 usage;
	struct store	*s = open_store(path);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		measure(s, &kinds[i], records, 1);
		measure(s, &kinds[i], records, THREADS_MAX);
	}
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("%-26s %8ld MiB at most\n", "resident memory",
	    usage.ru_maxrss / 1024);
	store_close(&s);
}

/* A thousand new records a second, until it is killed. */
static void
load_until_killed(const char *path)
{
	struct store	*s = open_store(path);
	struct job	 job = { .store = s, .kind = &kinds[2], .seed = 99,
			    .until = 1e18 };
	pthread_t	 keeper;

	(void)pthread_create(&keeper, NULL, tend, &job);
	for (struct store_item items[STORE_STEP_MAX];; (void)usleep(2000))
		one_step(&job, items);
}

static void
measure_start(const char *path, const char *after)
{
	double		 begin = clock_of(CLOCK_MONOTONIC);
	struct store	*s = open_store(path);

	(void)printf("%-26s %8.3f s\n", after,
	    clock_of(CLOCK_MONOTONIC) - begin);
	store_close(&s);
}

/* In a child, so that each part begins with a fresh process. */
static void
in_child(void (*part)(const char *), const char *path, double kill_after)
{
	pid_t	child = fork();
	int	status;

	if (child == 0) {
		part(path);
		(void)fflush(stdout);
		_exit(0);
	}
	if (kill_after > 0) {
		(void)usleep((useconds_t)(kill_after * 1e6));
		(void)kill(child, SIGKILL);
	}
	(void)waitpid(child, &status, 0);
	if (kill_after == 0 && status != 0)
		exit(1);
}

static void
few(const char *path)
{
	(void)printf("%d records\n", FEW);
	fill(path, 0, FEW);
	measure_all(path, FEW);
}

static void
many(const char *path)
{
	(void)printf("%d records\n", MANY);
	fill(path, FEW, MANY);
}

static void
measure_many(const char *path)
{
	measure_all(path, MANY);
}

static void
start_clean(const char *path)
{
	measure_start(path, "start after a clean end");
}

static void
start_killed(const char *path)
{
	measure_start(path, "start after kill -9");
}

int
main(void)
{
	char	path[] = "/tmp/greygate-bench-XXXXXX", command[64];

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (mkdtemp(path) == NULL)
		return 1;
	in_child(few, path, 0);
	in_child(many, path, 0);
	in_child(start_clean, path, 0);
	in_child(load_until_killed, path, 1);
	in_child(start_killed, path, 0);
	in_child(measure_many, path, 0);
	(void)snprintf(command, sizeof(command), "rm -rf %s", path);
	return system(command) != 0;
}
