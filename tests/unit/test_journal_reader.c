/* SPDX-License-Identifier: ISC
 * tests/unit/test_journal_reader.c - the lines of a journal, in order, whatever log
 * rotation made of its files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/gzfile.h"
#include "journal/query.h"
#include "journal/reader.h"

static const struct journal_span	all = { INT64_MIN, INT64_MAX };

struct place {
	char	folder[64], path[96];
};

static int
setup(void **state)
{
	struct place	*p = calloc(1, sizeof(*p));

	assert_non_null(p);
	(void)strcpy(p->folder, "/tmp/greygate-reader.XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	(void)snprintf(p->path, sizeof(p->path), "%s/journal.jsonl",
	    p->folder);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place	*p = *state;
	char		 command[96];

	(void)snprintf(command, sizeof(command), "rm -r %s", p->folder);
	assert_int_equal(system(command), 0);
	free(p);
	return 0;
}

/* Line number n of a minute each; id and time rise with n. */
static void
format(char out[200], unsigned n)
{
	(void)snprintf(out, 200, "{\"v\":1,\"time\":\"2026-01-02T%02u:%02u:"
	    "00.000Z\",\"id\":\"%020u\",\"verdict\":\"pass\",\"reason\":"
	    "\"proven\",\"client\":\"192.0.2.1\",\"sender\":\"s%u@x\","
	    "\"recipient\":\"r@y\"}", n / 60, n % 60, n, n);
}

/* Lines first..first+n-1, into PATH and the suffix; .gz: compressed. */
static void
put(const struct place *p, const char *suffix, unsigned first, unsigned n)
{
	char	path[160], line[200], command[200];
	bool	packed = strstr(suffix, ".gz") != NULL;
	FILE	*f;

	(void)snprintf(path, sizeof(path), "%s%.*s", p->path,
	    (int)(strlen(suffix) - (packed ? 3 : 0)), suffix);
	f = fopen(path, "a");
	assert_non_null(f);
	for (unsigned i = first; i < first + n; i++) {
		format(line, i);
		(void)fprintf(f, "%s\n", line);
	}
	assert_int_equal(fclose(f), 0);
	(void)snprintf(command, sizeof(command), "gzip %s", path);
	if (packed)
		assert_int_equal(system(command), 0);
}

/* The numbers of the lines that come, and how often one could not be read. */
struct got {
	unsigned	n, failed, last, disorder;
	unsigned	number[5000];
	struct err	e;
};

static void
take(struct got *g, const char *line, size_t len)
{
	const char	*id = memmem(line, len, "\"id\":\"", 6);

	assert_true(g->n < 5000);
	g->number[g->n] = id == NULL ? 9999 :
	    (unsigned)strtoul(id + 6, NULL, 10);
	g->disorder += g->n > 0 && g->number[g->n] <= g->number[g->n - 1];
	g->n++;
}

static void
read_all(const char *path, const struct journal_span *span, struct got *g)
{
	struct journal_reader	*r;
	const char		*line;
	size_t			 len;
	int			 rc;

	*g = (struct got){ .n = 0 };
	if (journal_reader_open(&r, path, span, &g->e) == -1)
		fail_msg("%s", g->e.text);
	while ((rc = journal_reader_next(r, &line, &len, &g->e)) != 0)
		if (rc == 1)
			take(g, line, len);
		else
			g->failed++;
	journal_reader_close(&r);
	assert_null(r);
}

static void
rotated_files_come_before_the_journal_the_oldest_first(void **state)
{
	static const char *const names[][4] = {
		{ ".3.gz", ".2.gz", ".1", "" },
		{ "-20260101.gz", "-20260102.gz", "-20260103", "" },
		{ "-20260101-1767225600.gz", "-20260102-1767312000", ".1",
		    "" },
		/* By what they hold: somebody has renamed them. */
		{ ".1", ".2.gz", ".10", "" },
	};
	struct place	*p = *state;
	struct got	 g;
	char		 command[200];

	for (size_t i = 0; i < 4; i++) {
		for (unsigned k = 0; k < 4; k++)
			put(p, names[i][k], 10 * k, 10);
		read_all(p->path, &all, &g);
		assert_int_equal(g.n, 40);
		assert_int_equal(g.disorder + g.failed, 0);
		(void)snprintf(command, sizeof(command), "rm %s/*", p->folder);
		assert_int_equal(system(command), 0);
	}
}

static void
other_files_beside_it_are_none_of_its_own(void **state)
{
	static const char *const names[] = { ".bak", ".1.bz2", ".1.gz.tmp",
	    "x", ".1a", "-", "-2026a", ".x.gz" };
	struct place	*p = *state;
	struct got	 g;
	char		**files;
	size_t		 n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char	path[160];
		FILE	*f;

		(void)snprintf(path, sizeof(path), "%s%s", p->path, names[i]);
		f = fopen(path, "w");
		assert_non_null(f);
		(void)fputs("no line of ours\n", f);
		(void)fclose(f);
	}
	put(p, "", 0, 3);
	read_all(p->path, &all, &g);
	assert_int_equal(g.n, 3);
	assert_int_equal(journal_files(p->path, &files, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_string_equal(files[0], p->path);
	free(files[0]);
	free(files);
}

static void
file_of_another_time_is_not_read(void **state)
{
	struct place		*p = *state;
	const struct journal_span first = { INT64_MIN, INT64_C(1767313200000) };
	struct got		 g;

	put(p, ".1", 0, 30);		/* 00:00 to 00:29 */
	put(p, "", 60, 30);		/* 01:00 to 01:29, 1767315600 */
	read_all(p->path, &first, &g);
	assert_int_equal(g.n, 30);
	assert_int_equal(g.number[29], 29);
}

static void
append(const struct place *p, const char *suffix, const char *text)
{
	char	path[160];
	FILE	*f;

	(void)snprintf(path, sizeof(path), "%s%s", p->path, suffix);
	f = fopen(path, "a");
	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
torn_line_costs_no_other(void **state)
{
	struct place	*p = *state;
	struct got	 g;

	put(p, ".1", 0, 2);
	append(p, ".1", "{\"v\":1,\"time\":\"2026-01-02T00:0");
	put(p, "", 10, 2);
	append(p, "", "{\"v\":1,\"ti\n");
	put(p, "", 12, 1);
	append(p, "", "{\"v\":1,\"time\":\"20");
	read_all(p->path, &all, &g);
	assert_int_equal(g.n, 8);
	assert_int_equal(g.number[0], 0);
	assert_int_equal(g.number[2], 9999);
	assert_int_equal(g.number[3], 10);
	assert_int_equal(g.number[6], 12);
	assert_int_equal(g.failed, 0);
}

static void
cut_off_archive_gives_what_is_whole_and_says_so(void **state)
{
	struct place	*p = *state;
	char		 path[160];
	struct stat	 st;
	struct got	 g;

	put(p, ".1.gz", 0, 900);
	put(p, "", 1000, 5);
	(void)snprintf(path, sizeof(path), "%s.1.gz", p->path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - st.st_size / 4), 0);
	read_all(p->path, &all, &g);
	assert_int_equal(g.failed, 1);
	assert_true(g.n > 100 && g.n < 905);
	assert_int_equal(g.number[g.n - 1], 1004);
	assert_non_null(strstr(g.e.text, ".1.gz is cut off or damaged"));
}

static void
longest_lines_come_whole(void **state)
{
	struct place		*p = *state;
	struct journal_reader	*r;
	struct err		 e;
	size_t			 sizes[] = { 65536, 1024 * 1024 - 1,
				    1024 * 1024, 3 * 1024 * 1024 }, len;
	FILE			*f = fopen(p->path, "w");
	const char		*line;

	assert_non_null(f);
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k <= sizes[i]; k++)
			(void)fputc(k == sizes[i] ? '\n' : 'a' + (int)i, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(journal_reader_open(&r, p->path, &all, &e), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(journal_reader_next(r, &line, &len, &e), 1);
		assert_int_equal(len, sizes[i]);
		assert_int_equal(line[0], 'a' + i);
		assert_int_equal(line[len - 1], 'a' + i);
	}
	assert_int_equal(journal_reader_next(r, &line, &len, &e), 0);
	journal_reader_close(&r);
}

static void
what_is_not_there_or_cannot_be_read_is_told(void **state)
{
	struct place		*p = *state;
	struct journal_reader	*r;
	struct err		 e;

	assert_int_equal(journal_reader_open(&r, p->path, &all, &e), -1);
	assert_non_null(strstr(e.text, "there is no journal at "));
	assert_int_equal(journal_reader_open(&r, "/nonexistent/j", &all, &e),
	    -1);
	assert_non_null(strstr(e.text, "/nonexistent/"));
}

/* A log rotation that never ends: rename, compress, write on. */
struct rotation {
	const struct place	*p;
	_Atomic unsigned	 written;	/* lines that are there for good */
	atomic_bool		 stop;
	unsigned		 trouble;
};

static void *
rotate(void *arg)
{
	struct rotation	*r = arg;
	char		 command[600];

	for (unsigned i = 0; !atomic_load(&r->stop) && i < 60; i++) {
		put(r->p, "", i * 10, 10);
		atomic_store(&r->written, (i + 1) * 10);
		(void)snprintf(command, sizeof(command), "cd %s && "
		    "for n in $(seq %u -1 2); do [ ! -e journal.jsonl.$n.gz ] || "
		    "mv journal.jsonl.$n.gz journal.jsonl.$((n + 1)).gz; done; "
		    "[ ! -e journal.jsonl.1 ] || { mv journal.jsonl.1 "
		    "journal.jsonl.2 && gzip journal.jsonl.2; }; "
		    "mv journal.jsonl journal.jsonl.1", r->p->folder, i + 1);
		r->trouble += system(command) != 0;
	}
	return NULL;
}

/* What is read has no hole and nothing twice, whenever it is read. */
static void
rotation_while_it_is_read_loses_nothing_and_doubles_nothing(void **state)
{
	struct place		*p = *state;
	struct rotation		 rotation = { .p = p };
	pthread_t		 thread;
	unsigned		 rounds = 0;

	put(p, ".1", 0, 0);
	assert_int_equal(pthread_create(&thread, NULL, rotate, &rotation), 0);
	while (atomic_load(&rotation.written) < 600) {
		unsigned	 least = atomic_load(&rotation.written);
		struct journal_reader *r;
		struct err	 e;
		struct got	*g = calloc(1, sizeof(*g));
		const char	*line;
		size_t		 len;

		assert_non_null(g);
		if (journal_reader_open(&r, p->path, &all, &e) == 0) {
			while (journal_reader_next(r, &line, &len, &e) == 1)
				take(g, line, len);
			journal_reader_close(&r);
			if (g->n < least || g->disorder > 0 ||
			    (g->n > 0 && g->number[g->n - 1] != g->n - 1))
				fail_msg("%u lines of %u, %u out of order",
				    g->n, least, g->disorder);
			rounds++;
		}
		free(g);
	}
	atomic_store(&rotation.stop, true);
	(void)pthread_join(thread, NULL);
	assert_int_equal(rotation.trouble, 0);
	assert_true(rounds > 10);
}

/* Told while it is followed. */
struct told {
	_Atomic unsigned n;
	unsigned	 next, wrong;
	unsigned	 until;
};

static bool
tell(const struct journal_entry *e, void *arg)
{
	struct told	*t = arg;

	t->wrong += strtoul(e->line.id, NULL, 10) != t->next++;
	atomic_fetch_add(&t->n, 1);
	return true;
}

static bool
goes_on(void *arg)
{
	const struct told	*t = arg;

	return atomic_load(&t->n) < t->until;
}

static void *
write_on(void *arg)
{
	const struct place	*p = arg;
	char			 to[120];

	for (unsigned i = 1; i < 20; i++) {
		(void)usleep(20000);
		append(p, "", "");
		put(p, "", i * 10, 5);
		(void)usleep(1000);
		put(p, "", i * 10 + 5, 5);
		if (i % 5 != 0)
			continue;
		(void)usleep(300000);
		(void)snprintf(to, sizeof(to), "%s.%u", p->path, i);
		(void)rename(p->path, to);
	}
	return NULL;
}

static void
followed_journal_tells_each_line_once_over_rotations(void **state)
{
	struct place		*p = *state;
	const struct query_wish	 w = { .span = all };
	struct told		 t = { .until = 200 };
	struct query		*q;
	pthread_t		 thread;

	put(p, "", 0, 10);
	assert_int_equal(query_new(&q, &w, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, write_on, p), 0);
	assert_int_equal(query_follow(q, p->path, tell, goes_on, &t, NULL),
	    0);
	(void)pthread_join(thread, NULL);
	query_free(&q);
	assert_int_equal(t.next, 200);
	assert_int_equal(t.wrong, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rotated_files_come_before_the_journal_the_oldest_first),
		TEST(other_files_beside_it_are_none_of_its_own),
		TEST(file_of_another_time_is_not_read),
		TEST(torn_line_costs_no_other),
		TEST(cut_off_archive_gives_what_is_whole_and_says_so),
		TEST(longest_lines_come_whole),
		TEST(what_is_not_there_or_cannot_be_read_is_told),
		TEST(rotation_while_it_is_read_loses_nothing_and_doubles_nothing),
		TEST(followed_journal_tells_each_line_once_over_rotations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
