/* SPDX-License-Identifier: ISC
 * tests/bench/bench_list.c - what a list of a million recipients costs: time to
 * load, memory while it is loaded and afterwards, a look-up; plain and hashed.
 * Takes no arguments and about 15 s; its files are made below /tmp and
 * removed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "recipient/flat.h"
#include "recipient/hashed.h"
#include "recipient/list_file.h"

enum { MANY = 1000000, LOOKUPS = 1000000 };

static const unsigned char	key[] = "0123456789abcdef";
static const struct address_rule rule = { "+", false };

static double
clock_of(clockid_t id)
{
	struct timespec	t;

	(void)clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
die(const char *what, const char *why)
{
	(void)fprintf(stderr, "bench_list: %s: %s\n", what, why);
	exit(1);
}

/* About 25 bytes, as addresses are. */
static void
name(char out[64], unsigned i)
{
	(void)snprintf(out, 64, "user%x@d%u.example.com", i * 2654435761u,
	    i % 50);
}

static void
write_line(FILE *out, const char *text, int hashed)
{
	unsigned char	hash[HASHED_SIZE];
	char		line[HASHED_TEXT_SIZE];

	if (hashed) {
		hashed_make(key, sizeof(key) - 1, text, hash);
		hashed_format(hash, line);
		text = line;
	}
	(void)fprintf(out, "%s\n", text);
}

static void
write_list(const char *path, int hashed)
{
	FILE	*out = fopen(path, "w");
	char	 text[64];
	size_t	 bytes = 0;

	if (out == NULL)
		die(path, "cannot be written");
	if (hashed)
		write_line(out, HASHED_MARK, 1);
	for (unsigned i = 0; i < MANY; i++) {
		name(text, i);
		bytes += strlen(text);
		write_line(out, text, hashed);
	}
	if (fclose(out) != 0)
		die(path, "cannot be written");
	(void)printf("%-34s %8.1f bytes\n", "an address", (double)bytes /
	    MANY);
}

/* The most that this process ever had in memory. */
static double
peak(void)
{
	struct rusage	usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss * 1024;
}

static void
load(const char *path)
{
	struct list_file_conf	conf = { .path = path, .rule = &rule,
				    .key = key, .key_len = sizeof(key) - 1 };
	struct list_file	file;
	struct err		e;
	double			memory = peak(), begin, cpu;
	int			fd = open(path, O_RDONLY);

	begin = clock_of(CLOCK_MONOTONIC);
	cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	if (list_file_read(fd, &conf, &file, &e) == -1)
		die(path, e.text);
	(void)printf("%-34s %8.3f s, %.3f of CPU\n", "load a million lines",
	    clock_of(CLOCK_MONOTONIC) - begin,
	    clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	(void)printf("%-34s %8.1f bytes each\n", "memory of the list",
	    (double)list_bytes(file.list) / MANY);
	(void)printf("%-34s %8.1f bytes each\n", "resident memory at most",
	    (peak() - memory) / MANY);
	list_unref(&file.list);
}

static void
look_up(struct flat *f, const char *what, const char *prefix, unsigned n)
{
	struct address	*a = malloc(1000 * sizeof(*a));
	char		 text[64], whole[128];
	unsigned	 found = 0;
	double		 cpu = 0, making = 0, begin;

	for (unsigned done = 0; done < n; done += 1000) {
		begin = clock_of(CLOCK_PROCESS_CPUTIME_ID);
		for (unsigned i = 0; i < 1000; i++) {
			name(text, (done + i) * 7919u % MANY);
			(void)snprintf(whole, sizeof(whole), "%s%s",
			    prefix, text);
			(void)address_make(&a[i], whole, &rule);
		}
		making += clock_of(CLOCK_PROCESS_CPUTIME_ID) - begin;
		begin = clock_of(CLOCK_PROCESS_CPUTIME_ID);
		for (unsigned i = 0; i < 1000; i++)
			found += (unsigned)flat_has(f, &a[i]);
		cpu += clock_of(CLOCK_PROCESS_CPUTIME_ID) - begin;
	}
	(void)printf("%-34s %8.0f ns (%u of %u found; text made in %.0f)\n",
	    what, cpu * 1e9 / n, found, n, making * 1e9 / n);
	free(a);
}

static void
open_and_ask(const char *path, const char *keep, const char *key_file)
{
	struct flat_conf	 conf = { .path = path, .keep = keep,
				    .key_file = key_file, .rule = rule,
				    .max_loss = 30 };
	unsigned		 n = *key_file ? LOOKUPS / 10 : LOOKUPS;
	struct flat		*f;
	struct err		 e;
	static const char *const starts[] = { "first start, copy kept",
				    "start, held against the copy" };

	for (int i = 0; i < 2; i++) {
		double	begin = clock_of(CLOCK_MONOTONIC);
		double	cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);

		if (flat_open(&f, &conf, 0, &e) == -1)
			die(path, e.text);
		(void)printf("%-34s %8.3f s, %.3f of CPU\n", starts[i],
		    clock_of(CLOCK_MONOTONIC) - begin,
		    clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu);
		if (i == 0)
			flat_unref(&f);
	}
	look_up(f, "look-up of a listed one", "", n);
	look_up(f, "look-up of an unknown one", "no-", n);
	(void)printf("%-34s %8.1f bytes each (two lists and more)\n",
	    "resident memory at most", peak() / MANY);
	flat_unref(&f);
}

/* A part in a process of its own, so that each begins with little memory. */
static void
in_child(const char *folder, int hashed, int part)
{
	char	path[80], keep[80], key_file[80];
	pid_t	child;
	int	status;

	(void)snprintf(path, sizeof(path), "%s/list", folder);
	(void)snprintf(keep, sizeof(keep), "%s/kept%d", folder, hashed);
	(void)snprintf(key_file, sizeof(key_file), "%s/key", folder);
	child = fork();
	if (child == 0) {
		if (part == 0)
			write_list(path, hashed);
		else if (part == 1)
			load(path);
		else
			open_and_ask(path, keep, hashed ? key_file : "");
		(void)fflush(stdout);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status != 0)
		exit(1);
}

int
main(void)
{
	char	folder[] = "/tmp/greygate-bench-XXXXXX", text[80];
	FILE	*out;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (mkdtemp(folder) == NULL)
		return 1;
	(void)snprintf(text, sizeof(text), "%s/key", folder);
	out = fopen(text, "w");
	if (out == NULL || fputs((const char *)key, out) == EOF ||
	    fclose(out) != 0)
		return 1;
	for (int hashed = 0; hashed < 2; hashed++) {
		(void)printf("%s\n", hashed ? "hashed list" : "plain list");
		for (int part = 0; part < 3; part++)
			in_child(folder, hashed, part);
	}
	(void)snprintf(text, sizeof(text), "rm -rf %s", folder);
	return system(text) != 0;
}
