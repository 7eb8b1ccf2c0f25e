/* SPDX-License-Identifier: ISC
 * tests/bench/bench_rcpt.c entries|learned FOLDER FEW MANY RUN - what a recipient
 * costs: strangers' first attempts, and mail of clients that are proven, with a
 * whitelist of FEW and one of MANY entries, none of which is for them; or with so
 * many correspondents, as bench_learned.c left them in FOLDER, and then their
 * answers too. RUN numbers the runs in one folder, so that strangers stay new.
 * The whole decision, on Berkeley DB. One line of JSON, for tests/bench/run.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "policy/greylist.h"
#include "policy/policy.h"

enum {
	SIZES = 2, ROUNDS = 15, ATTEMPTS = 4000, CLIENTS = 1000,
	ANSWERING = 10000, OURS = 5000	/* bench_learned.c's */
};

/* Whose mail. */
enum kind { FRESH, KNOWN, ANSWER, KINDS };

static const char *const	kind_name[KINDS] = { "new", "known", "answer" };
static const enum reason	expected[KINDS] = { REASON_NEW, REASON_PROVEN,
    REASON_CORRESPONDENT };

static const int64_t	now = 1700000000;

/* A filter with its own state. */
struct world {
	struct store	*store;
	struct whitelist *whitelist;
	struct crowd	*crowd;
	struct policy	*policy;
	unsigned	 size;		/* entries, or correspondents */
	unsigned	 next;		/* number of the next stranger */
	double		 spent[KINDS][ROUNDS];	/* CPU us each */
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
open_store(struct world *w, const char *path, bool is_there)
{
	struct store_conf	conf = { .path = path };
	struct err		e;

	if (!is_there && mkdir(path, 0700) == -1)
		die(path, "cannot be made");
	if (store_open(&w->store, &conf, &e) == -1)
		die("store", e.text);
}

static void
open_world(struct world *w, const char *folder, bool learned)
{
	struct whitelist_files	*files;
	struct policy_deps	 deps = { 0 };
	struct conf		*conf = NULL;
	struct err		 e;
	char			 path[512], text[1200];

	(void)snprintf(path, sizeof(path), "%s/%u", folder, w->size);
	open_store(w, path, learned);
	strcat(path, ".list");
	write_entries(path, learned ? 0 : w->size);
	(void)snprintf(text, sizeof(text), "whitelist = {\"%s\"}\n"
	    "large-senders = \"\"\ngreylist { ipv4-prefix = 32 }\n", path);
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

/* Sender and recipient; an answer's are bench_learned.c's. */
struct names {
	char	addr[32], host[64], sender[80], rcpt[40];
};

static void
name(struct names *out, unsigned n, enum kind kind)
{
	(void)snprintf(out->addr, sizeof(out->addr), "172.%u.%u.%u",
	    16 + (n >> 16 & 15), n >> 8 & 255, n & 255);
	(void)snprintf(out->host, sizeof(out->host), "mail.host%u.example", n);
	(void)snprintf(out->sender, sizeof(out->sender), kind == ANSWER ?
	    "bob%u@firm%u.example" : "news%u@mail.firm%u.example", n,
	    kind == ANSWER ? n * 2654435761u >> 8 : n);
	(void)snprintf(out->rcpt, sizeof(out->rcpt), "user%u@ours.example",
	    kind == ANSWER ? n % OURS : 0);
}

/* Whose mail the i-th attempt is. */
static unsigned
pick(struct world *w, enum kind kind, unsigned i)
{
	unsigned	answering = w->size < ANSWERING ? w->size : ANSWERING;

	if (kind == FRESH)
		return CLIENTS + w->next++;
	if (kind == KNOWN)
		return i * 7 % CLIENTS;
	return i * 7 % answering * (w->size / answering);
}

/* An attempt of client number n, told as a session would. */
static enum reason
attempt(struct world *w, unsigned n, enum kind kind, bool prove)
{
	struct client	c = { .by_smtp = true, .verified = true,
			    .helo = "mx.sender.example" };
	struct names	names;
	struct attempt	a = { .client = &c, .sender = names.sender,
			    .sender_key = names.sender, .rcpt = names.rcpt,
			    .rcpt_key = names.rcpt };
	struct decision	d;

	name(&names, n, kind);
	if (ip_parse(names.addr, &c.addr, NULL) == -1)
		die(names.addr, "not an address");
	c.host = names.host;
	identities_of(&c.addr, names.host, 32, 64, &c.identities);
	if (prove) {
		policy_prove(w->policy, &a, now);
		return REASON_NONE;
	}
	policy_decide(w->policy, &a, now, &d);
	return d.reason;
}

static void
measure(struct world *w, enum kind kind, unsigned round)
{
	double	before = cpu();

	for (unsigned i = 0; i < ATTEMPTS; i++)
		if (attempt(w, pick(w, kind, i), kind, false) !=
		    expected[kind])
			die(kind_name[kind], "another reason than expected");
	w->spent[kind][round] = (cpu() - before) / ATTEMPTS;
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
tell(struct world *world, int kinds)
{
	const char	*comma = "{";

	for (int i = 0; i < SIZES; i++)
		for (int kind = 0; kind < kinds; kind++) {
			(void)printf("%s\"%s_%u\": %.2f", comma,
			    kind_name[kind], world[i].size,
			    median(world[i].spent[kind]));
			comma = ", ";
		}
	(void)printf("}\n");
}

static void
close_world(struct world *w)
{
	policy_unref(&w->policy);
	whitelist_free(&w->whitelist);
	store_close(&w->store);
	crowd_free(&w->crowd);
}

int
main(int argc, char **argv)
{
	static struct world	world[SIZES];
	bool			learned;
	int			kinds;

	if (argc != 4 + SIZES)
		die("usage", "bench_rcpt entries|learned FOLDER FEW MANY RUN");
	learned = strcmp(argv[1], "learned") == 0;
	kinds = learned ? KINDS : ANSWER;
	for (int i = 0; i < SIZES; i++) {
		world[i].size = (unsigned)atoi(argv[3 + i]);
		world[i].next = (unsigned)atoi(argv[3 + SIZES]) * ROUNDS *
		    ATTEMPTS;
		open_world(&world[i], argv[2], learned);
		for (unsigned n = 0; n < CLIENTS; n++)
			(void)attempt(&world[i], n, KNOWN, true);
	}
	/* In turn, so that what else runs here hits both. */
	for (unsigned round = 0; round < ROUNDS; round++)
		for (int kind = 0; kind < kinds; kind++)
			for (int i = 0; i < SIZES; i++)
				measure(&world[i], (enum kind)kind, round);
	tell(world, kinds);
	for (int i = 0; i < SIZES; i++)
		close_world(&world[i]);
	return 0;
}
