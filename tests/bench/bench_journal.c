/* SPDX-License-Identifier: ISC
 * tests/bench/bench_journal.c FOLDER MEGABYTES - how fast lines of a journal are chosen,
 * beside the parsing of the same lines by the JSON library and nothing else. Writes a
 * journal into FOLDER and removes it; prints CPU seconds as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "journal/line.h"
#include "journal/query.h"

static double
cpu(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
die(const char *what)
{
	(void)fprintf(stderr, "bench_journal: %s\n", what);
	exit(1);
}

/* As a busy server's: strangers who are deferred, clients who are proven. */
static char *
line_of(unsigned i, size_t *len)
{
	char	id[24], client[24], name[48], helo[48], sender[64], rcpt[48];
	char	net[48], organisation[48];
	bool	known = i % 3 == 0;
	struct journal_line l = {
		.time = INT64_C(1700000000000) + (int64_t)i * 37, .id = id,
		.verdict = known ? "pass" : "defer",
		.reason = known ? "proven" : "new", .client = client,
		.name = name, .verified = true, .helo = helo,
		.sender = sender, .recipient = rcpt,
		.identities = { net, organisation, NULL },
		.by = known ? organisation : NULL, .wait = known ? -1 : 60,
		.delayed = -1, .reply = known ? NULL :
		    "450 4.7.1 Greylisted, please try again later",
		.micros = 20 + i % 50 };

	(void)snprintf(id, sizeof(id), "1a20%016x", i);
	(void)snprintf(client, sizeof(client), "198.51.%u.%u", i / 250 % 250,
	    i % 250);
	(void)snprintf(net, sizeof(net), "net:198.51.%u.0/24", i / 250 % 250);
	(void)snprintf(name, sizeof(name), "mx%u.sender%u.example", i % 7,
	    i % 9973);
	(void)snprintf(organisation, sizeof(organisation),
	    "name:sender%u.example", i % 9973);
	(void)snprintf(helo, sizeof(helo), "%s", name);
	(void)snprintf(sender, sizeof(sender), "news-%u@sender%u.example",
	    i * 2654435761u, i % 9973);
	(void)snprintf(rcpt, sizeof(rcpt), "user%u@example.com", i % 5003);
	return line_format(&l, len);
}

static unsigned
write_journal(const char *path, size_t bytes)
{
	FILE		*f = fopen(path, "w");
	unsigned	 i = 0;

	if (f == NULL)
		die("cannot write the journal");
	for (size_t done = 0; done < bytes; i++) {
		size_t	 len;
		char	*line = line_of(i, &len);

		if (line == NULL || fwrite(line, 1, len, f) != len)
			die("cannot write the journal");
		free(line);
		done += len;
	}
	if (fclose(f) == EOF)
		die("cannot write the journal");
	return i;
}

/* The lines are read in the same way: what is compared is what is done with each. */
static void
parse_only(const char *path, unsigned lines)
{
	const struct journal_span all = { INT64_MIN, INT64_MAX };
	struct journal_reader	*r;
	struct err		 e;
	const char		*line;
	size_t			 len;
	unsigned		 n = 0;
	double			 began = cpu();

	if (journal_reader_open(&r, path, &all, &e) == -1)
		die(e.text);
	while (journal_reader_next(r, &line, &len, &e) == 1) {
		struct json	*j = json_parse(line, len, NULL);

		n += j != NULL;
		json_free(&j);
	}
	journal_reader_close(&r);
	if (n != lines)
		die("lines are missing");
	(void)printf(", \"parse\": %.3f", cpu() - began);
}

static bool
count(const struct journal_entry *e, void *n)
{
	(void)e;
	++*(unsigned *)n;
	return true;
}

static void
choose(const char *what, const char *path, const struct query_wish *w,
    unsigned wanted)
{
	struct query	*q;
	struct err	 e;
	unsigned	 n = 0;
	double		 began = cpu();

	if (query_new(&q, w, &e) == -1 ||
	    query_run(q, path, count, &n, NULL, &e) == -1)
		die(e.text);
	query_free(&q);
	if (n != wanted)
		die("not as many lines as there are");
	(void)printf(", \"%s\": %.3f", what, cpu() - began);
}

/* Those that line_of() makes of the 42nd, deferred ones. */
static unsigned
of_one_sender(unsigned lines)
{
	unsigned	n = 0;

	for (unsigned i = 42; i < lines; i += 9973)
		n += i % 3 != 0;
	return n;
}

int
main(int argc, char **argv)
{
	struct query_wish	w = { .span = { INT64_MIN, INT64_MAX } };
	char			path[512];
	unsigned		lines, defers;

	if (argc != 3)
		die("usage: bench_journal FOLDER MEGABYTES");
	(void)snprintf(path, sizeof(path), "%s/journal.jsonl", argv[1]);
	lines = write_journal(path, strtoull(argv[2], NULL, 10) * 1000000);
	defers = lines - (lines + 2) / 3;
	(void)printf("{\"lines\": %u", lines);
	parse_only(path, lines);
	choose("every", path, &w, lines);
	w.verdict = "defer";
	choose("defer", path, &w, defers);
	w.sender = "@sender42.example";
	choose("sender", path, &w, of_one_sender(lines));
	(void)puts("}");
	(void)unlink(path);
	return 0;
}
