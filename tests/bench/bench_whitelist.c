/* SPDX-License-Identifier: ISC
 * tests/bench/bench_whitelist.c - what a whitelist of 100 and of 100,000
 * entries costs each recipient: attempts that an entry matches and that none
 * does; and how often a match asks for memory, which is never.
 * Arguments: [ATTEMPTS [FEW MANY]]; without any it takes about 2 s. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "whitelist/view.h"

enum { KINDS = 8, SAMPLES = 64 };

/* The C library's own, under the names that it offers for this; a sanitizer has
 * another, and then nothing is counted. */
extern void	*__libc_malloc(size_t size);
static unsigned long	asked_memory;

#ifndef __SANITIZE_ADDRESS__
void *
malloc(size_t size)
{
	asked_memory++;
	return __libc_malloc(size);
}
#endif

static double
cpu(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The i-th entry: kinds in turn, networks of five lengths. Two regexes, however
 * many entries: these are tried one by one. */
static void
entry_text(char out[256], unsigned i)
{
	unsigned	k = i / KINDS;

	if (i < 2)
		(void)snprintf(out, 256, i == 0 ?
		    "regex sender /^bounce-.*@lists\\.example$/" :
		    "regex name /^out[0-9]+\\.bulk\\.example$/");
	else if (i % KINDS == 0)
		(void)snprintf(out, 256, "client 10.%u.%u.%u", k >> 16 & 255,
		    k >> 8 & 255, k & 255);
	else if (i % KINDS == 1)
		(void)snprintf(out, 256, k % 2 == 0 ? "client 11.%u.%u.0/24" :
		    "client 2001:db8:%x:%x::/64", k >> 8 & 255, k & 255);
	else if (i % KINDS == 2)
		(void)snprintf(out, 256, "name mx%06u.provider.example", k);
	else if (i % KINDS == 3)
		(void)snprintf(out, 256, "name *.host%06u.example", k);
	else if (i % KINDS == 4)
		(void)snprintf(out, 256, "sender partner%06u@firm.example", k);
	else if (i % KINDS == 5)
		(void)snprintf(out, 256, "domain firm%06u.example unsafe", k);
	else if (i % KINDS == 6)
		(void)snprintf(out, 256, "recipient box%06u@example.com", k);
	else
		(void)snprintf(out, 256, "domain shop%06u.example to "
		    "box%06u@example.com", k, k);
}

static struct view *
build(unsigned n)
{
	struct listed	**all = calloc(n, sizeof(struct listed *));
	struct entry	*entry = malloc(sizeof(struct entry));
	struct view	*v = NULL;
	struct err	 e;
	char		 text[256];

	for (unsigned i = 0; i < n; i++) {
		entry_text(text, i);
		if (entry_parse(text, entry, &e) == -1 || (all[i] = listed_new(
		    entry, ENTRY_FILE, "bench", "")) == NULL)
			exit(1);
	}
	if (view_new(&v, all, n, &e) == -1)
		exit(1);
	for (unsigned i = 0; i < n; i++)
		listed_unref(&all[i]);
	free(entry);
	free(all);
	return v;
}

struct sample {
	struct ip		client;
	char			name[64], sender[64], rcpt[64];
	struct view_query	q;
};

/* An attempt that entry `at` matches, and no other; or that none does. */
static void
make(struct sample *s, unsigned at, int known)
{
	unsigned	kind = known ? at % KINDS : KINDS, k = at / KINDS;
	char		client[64];

	(void)snprintf(client, sizeof(client), "198.51.%u.%u", at >> 8 & 255,
	    at & 255);
	(void)snprintf(s->name, 64, "mail%06u.relay.example", at);
	(void)snprintf(s->sender, 64, "info%06u@mail.sender%06u.example", at,
	    at);
	(void)snprintf(s->rcpt, 64, "user%06u@example.com", at);
	if (kind == 0)
		(void)snprintf(client, sizeof(client), "10.%u.%u.%u",
		    k >> 16 & 255, k >> 8 & 255, k & 255);
	else if (kind == 1)
		(void)snprintf(client, sizeof(client), k % 2 == 0 ?
		    "11.%u.%u.9" : "2001:db8:%x:%x::9", k >> 8 & 255, k & 255);
	else if (kind == 2)
		(void)snprintf(s->name, 64, "mx%06u.provider.example", k);
	else if (kind == 3)
		(void)snprintf(s->name, 64, "out7.host%06u.example", k);
	else if (kind == 4)
		(void)snprintf(s->sender, 64, "partner%06u@firm.example", k);
	else if (kind == 5)
		(void)snprintf(s->sender, 64, "info@mail.firm%06u.example", k);
	else if (kind >= 6 && kind < KINDS)
		(void)snprintf(s->rcpt, 64, "box%06u@example.com", k);
	if (kind == 7)
		(void)snprintf(s->sender, 64, "order@shop%06u.example", k);
	if (ip_parse(client, &s->client, NULL) == -1)
		exit(1);
	s->q = (struct view_query){ &s->client, s->name, s->sender, s->rcpt,
	    1 };
}

static unsigned
any(const struct view_matches *m)
{
	for (unsigned i = 0; i < VIEW_GROUPS; i++)
		if (m->holds[i] != NULL || m->needs_proof[i] != NULL)
			return 1;
	return 0;
}

/* One size of whitelist and one sort of attempts. */
struct run {
	const struct view	*view;
	unsigned		 entries, found, seed;
	unsigned long		 memory;
	int			 known;
	double			*spent;		/* of rounds, for an attempt */
};

static void
play(struct run *r, unsigned round)
{
	static struct sample	s[SAMPLES];
	struct view_matches	m;
	double			begin;

	for (unsigned i = 0; i < SAMPLES; i++) {
		r->seed = r->seed * 1103515245u + 12345u;
		make(&s[i], KINDS + (r->seed >> 8) % (r->entries / KINDS *
		    KINDS - KINDS), r->known);
	}
	r->memory -= asked_memory;
	begin = cpu();
	for (unsigned i = 0; i < SAMPLES; i++) {
		view_match(r->view, &s[i].q, &m);
		r->found += any(&m);
	}
	r->spent[round] = (cpu() - begin) / SAMPLES;
	r->memory += asked_memory;
}

static int
compare(const void *a, const void *b)
{
	double	x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Prints a run, and gives the middle of its rounds. */
static double
tell(const struct run *r, unsigned rounds)
{
	qsort(r->spent, rounds, sizeof(*r->spent), compare);
	(void)printf("%6u entries, %-17s %8.0f ns (least %.0f; %u of %u found; "
	    "memory asked for %lu times)\n", r->entries, r->known ?
	    "one matches:" : "none matches:", r->spent[rounds / 2] * 1e9,
	    r->spent[0] * 1e9, r->found, rounds * SAMPLES, r->memory);
	return r->spent[rounds / 2];
}

/* Sizes take turns, so that what else the machine does falls on each. */
int
main(int argc, char **argv)
{
	unsigned	attempts = argc > 1 ? (unsigned)atoi(argv[1]) : 400000;
	unsigned	sizes[2] = { 100, 100000 }, rounds;
	struct run	runs[4];
	struct view	*views[2];
	double		cost[4], begin;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 2; i < argc && i < 4; i++)
		sizes[i - 2] = (unsigned)atoi(argv[i]);
	rounds = attempts < SAMPLES ? 1 : attempts / SAMPLES;
	for (unsigned i = 0; i < 2; i++) {
		sizes[i] = sizes[i] < 2 * KINDS ? 2 * KINDS : sizes[i];
		begin = cpu();
		views[i] = build(sizes[i]);
		(void)printf("%6u entries, %-17s %8.3f s of CPU (memory asked "
		    "for %lu times so far)\n", sizes[i], "to build:",
		    cpu() - begin, asked_memory);
	}
	for (unsigned i = 0; i < 4; i++)
		runs[i] = (struct run){ views[i % 2], sizes[i % 2], 0, i, 0,
		    i / 2, calloc(rounds, sizeof(double)) };
	for (unsigned round = 0; round < rounds; round++)
		for (unsigned i = 0; i < 4; i++)
			play(&runs[i], round);
	for (unsigned i = 0; i < 4; i++)
		cost[i] = tell(&runs[i], rounds);
	(void)printf("%u against %u: %+.1f %% where none matches, %+.1f %% "
	    "where one does\n", sizes[1], sizes[0],
	    (cost[1] / cost[0] - 1) * 100, (cost[3] / cost[2] - 1) * 100);
	for (unsigned i = 0; i < 4; i++)
		free(runs[i].spent);
	view_free(&views[0]);
	view_free(&views[1]);
	return 0;
}
