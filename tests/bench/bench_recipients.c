/* SPDX-License-Identifier: ISC
 * tests/bench/bench_recipients.c - what it costs to ask whether a mailbox
 * exists; one part a run, one line of JSON, for tests/bench/run.py.
 *
 *	cached FOLDER		look-ups that the cache answers
 *	listed FOLDER		those that a list answers
 *	flood FOLDER COUNT	so many that no list has
 *	asked FOLDER COUNT URI BASE BIND-DN PASSWORD-FILE
 *				those that a directory is asked for, by several
 *				threads at once: its people user0, user1 ...
 *	guessed FOLDER COUNT URI BASE BIND-DN PASSWORD-FILE
 *				the same of names that it does not have, with a
 *				small cache
 *
 * FOLDER is empty at first and takes the store and the list. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "recipient/recipients.h"

enum { REMEMBERED = 100000, LOOKUPS = 20000, ROUNDS = 5, THREADS = 8,
    WAIT_MILLIS = 10000, SMALL_CACHE = 1000, WARM = 200 };

static const int64_t	now = 1700000000;

struct bench {
	const char		*folder;
	struct store		*store;
	struct recipients	*recipients;
	unsigned		 count;		/* of names to ask for */
	const char		*stem;		/* of a name: this, a number */
	atomic_uint		 next;
	atomic_uint		 told[RECIPIENT_NOT_CHECKED + 1];
};

static _Noreturn void
die(const char *what, const char *why)
{
	(void)fprintf(stderr, "bench_recipients: %s: %s\n", what, why);
	exit(1);
}

static void
complain(const char *sentence, void *arg)
{
	(void)arg;
	die("configuration", sentence);
}

static int64_t
standing_clock(void *arg)
{
	(void)arg;
	return now * 1000;
}

static double
wall(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
cpu(void)
{
	struct rusage	u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Bytes of memory in use by this process. */
static double
resident(void)
{
	FILE	*file = fopen("/proc/self/statm", "r");
	long	 pages = 0;

	if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
		die("/proc/self/statm", "cannot be read");
	(void)fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static uint32_t
mix(uint32_t x)
{
	x = (x ^ (x >> 16)) * 0x45d9f3bu;
	x = (x ^ (x >> 16)) * 0x45d9f3bu;
	return x ^ (x >> 16);
}

static void
open_all(struct bench *b)
{
	struct store_conf	 conf = { 0 };
	struct err		 e;
	char			*state;

	if (asprintf(&state, "%s/state", b->folder) == -1 ||
	    mkdir(state, 0700) == -1)
		die(b->folder, "cannot make a folder there");
	conf.path = state;
	if (store_open(&b->store, &conf, &e) == -1)
		die("store", e.text);
	free(state);
}

static void
put_in_force(struct bench *b, const char *section)
{
	struct recipients_sources	*sources;
	struct conf			*conf = NULL;
	struct err			 e;
	char				*text;

	b->recipients = recipients_new(&(struct recipients_deps){
	    .store = b->store, .clock = { .millis = standing_clock } });
	if (b->recipients == NULL || asprintf(&text, "local-domains = "
	    "{\"test.example\"}\nrecipients {\n%s\n}\n", section) == -1)
		die("recipients", "out of memory");
	if (conf_read_text(text, strlen(text), "bench", &conf, complain,
	    NULL) == -1 || recipients_read(b->recipients, conf, now, &sources,
	    &e) == -1)
		die("recipients", e.text);
	recipients_use(b->recipients, &sources);
	conf_free(&conf);
	free(text);
}

static void
close_all(struct bench *b)
{
	recipients_stop(b->recipients);
	recipients_free(&b->recipients);
	store_close(&b->store);
}

static enum recipient_answer
ask(struct bench *b, const char *stem, unsigned nth)
{
	struct recipient_result	result;
	char			address[80];

	(void)snprintf(address, sizeof(address), "%s%u@test.example", stem,
	    nth);
	recipients_check(b->recipients, address, WAIT_MILLIS, now, &result,
	    NULL, NULL);
	atomic_fetch_add(&b->told[result.answer], 1);
	return result.answer;
}

static void
print_told(const struct bench *b)
{
	(void)printf("\"yes\": %u, \"no\": %u, \"cannot_tell\": %u, "
	    "\"not_checked\": %u}\n", b->told[RECIPIENT_YES],
	    b->told[RECIPIENT_NO], b->told[RECIPIENT_CANNOT_TELL],
	    b->told[RECIPIENT_NOT_CHECKED]);
}

/* Looks up LOOKUPS of the first `range` in no order, several times; the least
 * CPU microseconds of one, for what else runs here only adds to them. */
static double
least_cpu(struct bench *b, const char *stem, unsigned range)
{
	double	least = 1e9;

	for (unsigned round = 0; round < ROUNDS; round++) {
		double	before = cpu();

		for (unsigned i = 0; i < LOOKUPS; i++)
			(void)ask(b, stem, mix(i + round * LOOKUPS) % range);
		before = (cpu() - before) * 1e6 / LOOKUPS;
		least = before < least ? before : least;
	}
	return least;
}

/* What a process before has left in the store: nine of ten exist. */
static void
fill_cache(struct bench *b)
{
	const struct cache_rule	 rule = { .fresh = 600, .stale = 86400,
				     .negative = 600, .former = 180 * 86400,
				     .size = 10 * REMEMBERED };
	struct cache		*cache = cache_new(b->store);
	char			 address[80];
	struct err		 e;

	if (cache == NULL || cache_count(cache, &e) == -1)
		die("cache", "cannot be made");
	for (unsigned i = 0; i < REMEMBERED; i++) {
		(void)snprintf(address, sizeof(address),
		    "user%u@test.example", i);
		if ((i % 10 == 0 ? cache_deny(cache, &rule, address, now, &e) :
		    cache_accept(cache, &rule, address, now, &e)) == -1)
			die("cache", e.text);
	}
	cache_free(&cache);
}

/* The directory is never asked: nobody listens there. */
static void
cached(struct bench *b)
{
	double	least;

	fill_cache(b);
	put_in_force(b, "ldap \"none\" { uri = \"ldap://127.0.0.1:1\" "
	    "base = \"dc=example\" filter = \"(mail=%s)\" }\n"
	    "negative-cache = 10m");
	least = least_cpu(b, "user", REMEMBERED);
	(void)printf("{\"cpu_us\": %.3f, \"addresses\": %u, \"lookups\": %u, ",
	    least, REMEMBERED, ROUNDS * LOOKUPS);
}

static void
write_list(const char *path)
{
	FILE	*file = fopen(path, "w");

	if (file == NULL)
		die(path, "cannot be written");
	for (unsigned i = 0; i < REMEMBERED; i++)
		(void)fprintf(file, "user%u@test.example\n", i);
	if (fclose(file) != 0)
		die(path, "cannot be written");
}

static void
use_list(struct bench *b)
{
	char	*path, *section;

	if (asprintf(&path, "%s/list", b->folder) == -1 ||
	    asprintf(&section, "file = \"%s\"", path) == -1)
		die("list", "out of memory");
	write_list(path);
	put_in_force(b, section);
	free(section);
	free(path);
}

static void
listed(struct bench *b)
{
	double	there, not_there;

	use_list(b);
	there = least_cpu(b, "user", REMEMBERED);
	not_there = least_cpu(b, "nobody", REMEMBERED);
	(void)printf("{\"cpu_us\": %.3f, \"cpu_us_unknown\": %.3f, "
	    "\"addresses\": %u, \"lookups\": %u, ", there, not_there,
	    REMEMBERED, ROUNDS * LOOKUPS);
}

static void *
work(void *arg)
{
	struct bench	*b = arg;
	unsigned	 nth;

	while ((nth = atomic_fetch_add(&b->next, 1)) < b->count)
		(void)ask(b, b->stem, nth);
	return NULL;
}

/* All the names, by several threads. Seconds. */
static double
ask_all(struct bench *b, unsigned threads)
{
	pthread_t	id[THREADS];
	double		begun = wall();

	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&id[i], NULL, work, b) != 0)
			die("thread", "cannot be made");
	for (unsigned i = 0; i < threads; i++)
		(void)pthread_join(id[i], NULL);
	return wall() - begun;
}

static void
print_bounds(struct bench *b, double before)
{
	struct store_stats	stats;
	struct cache_stats	cache;

	store_stats(b->store, &stats);
	recipients_cache_stats(b->recipients, &cache);
	(void)printf("\"resident\": %.0f, \"grown\": %.0f, \"records\": %llu, "
	    "\"cached\": %llu, ", resident(), resident() - before,
	    (unsigned long long)stats.records,
	    (unsigned long long)(cache.yes + cache.no));
}

static void
flood(struct bench *b)
{
	double	before, took;

	b->stem = "guess";
	use_list(b);
	for (unsigned i = 0; i < LOOKUPS; i++)
		(void)ask(b, "first", i);
	memset(b->told, 0, sizeof(b->told));
	before = resident();
	took = ask_all(b, 1);
	(void)printf("{\"count\": %u, \"rate\": %.0f, ", b->count,
	    b->count / took);
	print_bounds(b, before);
}

/* Everything is connected, and the directory has found somebody, before the
 * clock runs: its "no" is not believed otherwise. */
static void
use_directory(struct bench *b, char **argv, const char *more)
{
	unsigned	 count = b->count;
	char		*section;

	if (asprintf(&section, "ldap \"bench\" { uri = \"%s\" base = \"%s\" "
	    "bind-dn = \"%s\" password-file = \"%s\" filter = \"(mail=%%s)\" "
	    "start-tls = false connections = %d timeout = 5s }\n%s", argv[0],
	    argv[1], argv[2], argv[3], THREADS, more) == -1)
		die("directory", "out of memory");
	put_in_force(b, section);
	free(section);
	b->stem = "warm";
	b->count = WARM;
	(void)ask(b, "user", count);
	(void)ask_all(b, THREADS);
	b->next = 0;
	b->count = count;
	memset(b->told, 0, sizeof(b->told));
}

static void
asked(struct bench *b, char **argv)
{
	double	took, used;

	use_directory(b, argv, "");
	b->stem = "user";
	used = cpu();
	took = ask_all(b, THREADS);
	used = cpu() - used;
	(void)printf("{\"count\": %u, \"threads\": %d, \"rate\": %.0f, "
	    "\"cpu_us\": %.1f, ", b->count, THREADS, b->count / took,
	    used * 1e6 / b->count);
}

static void
guessed(struct bench *b, char **argv)
{
	double	before, took;

	use_directory(b, argv, "cache-size = 1000");
	b->stem = "guess";
	before = resident();
	took = ask_all(b, THREADS);
	(void)printf("{\"count\": %u, \"rate\": %.0f, \"cache_size\": %d, ",
	    b->count, b->count / took, SMALL_CACHE);
	print_bounds(b, before);
}

int
main(int argc, char **argv)
{
	struct bench	b = { .folder = argc > 2 ? argv[2] : "" };
	const char	*part = argc > 1 ? argv[1] : "";

	if (argc > 3)
		b.count = (unsigned)strtoul(argv[3], NULL, 10);
	open_all(&b);
	if (strcmp(part, "cached") == 0 && argc == 3)
		cached(&b);
	else if (strcmp(part, "listed") == 0 && argc == 3)
		listed(&b);
	else if (strcmp(part, "flood") == 0 && argc == 4)
		flood(&b);
	else if (strcmp(part, "asked") == 0 && argc == 8)
		asked(&b, argv + 4);
	else if (strcmp(part, "guessed") == 0 && argc == 8)
		guessed(&b, argv + 4);
	else
		die("usage", "the first lines of its source tell");
	print_told(&b);
	close_all(&b);
	return 0;
}
