/* SPDX-License-Identifier: ISC
 * tests/bench/bench_rcpt.c FOLDER - what a recipient costs with a whitelist of
 * 100 entries and with one of 100,000: strangers' first attempts, and mail of
 * clients that are proven, none of which an entry is for. The whole decision, on
 * Berkeley DB below FOLDER. One line of JSON, for tests/bench/run.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "policy/greylist.h"
#include "policy/policy.h"

enum { SIZES = 2, ROUNDS = 15, ATTEMPTS = 4000, CLIENTS = 1000 };

static const int64_t	now = 1700000000;
static const unsigned	entries[SIZES] = { 100, 100000 };

/* A filter with its own state. */
struct world {
	struct store	*store;
	struct whitelist *whitelist;
	struct crowd	*crowd;
	struct policy	*policy;
	unsigned	 next;		/* number of the next stranger */
	double		 fresh[ROUNDS], known[ROUNDS];	/* CPU us each */
};

static _Noreturn void
die(const char *what, const char *why)
{
	(void)fprintf(stderr, "bench_rcpt: %s: %s\n", what, why);
	exit(1);
}

static void
complain(const char *sentence, void *arg)
{
	(void)arg;
	die("configuration", sentence);
}

static double
cpu(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
write_entries(const char *path, unsigned n)
{
	FILE	*f = fopen(path, "w");

	if (f == NULL)
		die(path, "cannot be written");
	for (unsigned i = 0; i < n; i++) {
		unsigned k = i / 5;

		if (i % 5 == 0)
			(void)fprintf(f, "client 10.%u.%u.%u\n", k >> 16 & 255,
			    k >> 8 & 255, k & 255);
		else if (i % 5 == 1)
			(void)fprintf(f, "name mx.p%u.example\n", k);
		else if (i % 5 == 2)
			(void)fprintf(f, "sender a%u@firm.example\n", k);
		else if (i % 5 == 3)
			(void)fprintf(f, "domain d%u.example\n", k);
		else
			(void)fprintf(f, "recipient b%u@ours.example\n", k);
	}
	(void)fclose(f);
}

static void
open_world(struct world *w, const char *folder, unsigned size)
{
	struct whitelist_files	*files;
	struct store_conf	 sc = { 0 };
	struct policy_deps	 deps = { 0 };
	struct conf		*conf = NULL;
	struct err		 e;
	char			 path[512], text[1200];

	(void)snprintf(path, sizeof(path), "%s/%u", folder, size);
	if (mkdir(path, 0700) == -1)
		die(path, "cannot be made");
	sc.path = path;
	if (store_open(&w->store, &sc, &e) == -1)
		die("store", e.text);
	(void)snprintf(text, sizeof(text), "whitelist = {\"%s.list\"}\n"
	    "large-senders = \"\"\ngreylist { ipv4-prefix = 32 }\n", path);
	strcat(path, ".list");
	write_entries(path, size);
	w->whitelist = whitelist_new(w->store);
	w->crowd = crowd_new();
	if (conf_read_text(text, strlen(text), "bench", &conf, complain,
	    NULL) == -1 || w->whitelist == NULL || w->crowd == NULL ||
	    whitelist_read(conf, complain, NULL, &files, &e) == -1 ||
	    whitelist_use(w->whitelist, &files, now, &e) == -1)
		die("whitelist", e.text);
	deps = (struct policy_deps){ .store = w->store, .crowd = w->crowd,
	    .whitelist = w->whitelist };
	w->policy = policy_new(&conf, &deps);
	if (w->policy == NULL)
		die("policy", "out of memory");
}

/* An attempt of client number n, told as a session would. */
static enum reason
attempt(struct world *w, unsigned n, bool prove)
{
	struct client	c = { .by_smtp = true, .verified = true,
			    .helo = "mx.sender.example" };
	char		addr[32], host[64], sender[64];
	struct attempt	a = { .client = &c, .sender = sender,
			    .sender_key = sender, .rcpt = "bob@test.example",
			    .rcpt_key = "bob@test.example" };
	struct decision	d;

	(void)snprintf(addr, sizeof(addr), "172.%u.%u.%u", 16 + (n >> 16 & 15),
	    n >> 8 & 255, n & 255);
	(void)snprintf(host, sizeof(host), "mail.host%u.example", n);
	(void)snprintf(sender, sizeof(sender), "news%u@mail.firm%u.example", n,
	    n);
	if (ip_parse(addr, &c.addr, NULL) == -1)
		die(addr, "not an address");
	c.host = host;
	identities_of(&c.addr, host, 32, 64, &c.identities);
	if (prove) {
		policy_prove(w->policy, &a, now);
		return REASON_NONE;
	}
	policy_decide(w->policy, &a, now, &d);
	return d.reason;
}

static void
measure(struct world *w, unsigned round)
{
	double	before = cpu();

	for (unsigned i = 0; i < ATTEMPTS; i++)
		if (attempt(w, CLIENTS + w->next++, false) != REASON_NEW)
			die("a stranger", "is not new");
	w->fresh[round] = (cpu() - before) / ATTEMPTS;
	before = cpu();
	for (unsigned i = 0; i < ATTEMPTS; i++)
		if (attempt(w, i * 7 % CLIENTS, false) != REASON_PROVEN)
			die("a known client", "is not proven");
	w->known[round] = (cpu() - before) / ATTEMPTS;
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

int
main(int argc, char **argv)
{
	static struct world	world[SIZES];

	if (argc != 2)
		die("usage", "bench_rcpt FOLDER");
	for (int i = 0; i < SIZES; i++) {
		open_world(&world[i], argv[1], entries[i]);
		for (unsigned n = 0; n < CLIENTS; n++)
			(void)attempt(&world[i], n, true);
	}
	/* In turn, so that what else runs here hits both. */
	for (unsigned round = 0; round < ROUNDS; round++)
		for (int i = 0; i < SIZES; i++)
			measure(&world[i], round);
	(void)printf("{");
	for (int i = 0; i < SIZES; i++)
		(void)printf("%s\"new_%u\": %.2f, \"known_%u\": %.2f",
		    i > 0 ? ", " : "", entries[i], median(world[i].fresh),
		    entries[i], median(world[i].known));
	(void)printf("}\n");
	for (int i = 0; i < SIZES; i++) {
		policy_unref(&world[i].policy);
		whitelist_free(&world[i].whitelist);
		store_close(&world[i].store);
		crowd_free(&world[i].crowd);
	}
	return 0;
}
