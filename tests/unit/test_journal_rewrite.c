/* SPDX-License-Identifier: ISC
 * tests/unit/test_journal_rewrite.c - lines go out of a journal, and no other line
 * does: while it is written, rotated, killed, and on a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "journal/gzfile.h"
#include "journal/retention.h"
#include "journal/rewrite.h"

enum { START = 1767225600, DAY = 86400 };	/* 2026-01-01T00:00:00Z */

struct place {
	char		 folder[40], path[64];
	struct alarms	*alarms;
	struct journal	*journal;
};

static int
make_place(void **state)
{
	struct place	*p = calloc(1, sizeof(*p));
	struct err	 e;

	(void)snprintf(p->folder, sizeof(p->folder), "/tmp/rewrite.XXXXXX");
	if (mkdtemp(p->folder) == NULL)
		return -1;
	(void)snprintf(p->path, sizeof(p->path), "%s/j", p->folder);
	p->alarms = alarms_new();
	*state = p;
	return journal_open(&p->journal, p->path, p->alarms, &e);
}

static int
remove_place(void **state)
{
	struct place	*p = *state;
	char		 all[64];
	glob_t		 g;

	journal_close(&p->journal);
	(void)snprintf(all, sizeof(all), "%s/{,.}[!.]*", p->folder);
	if (glob(all, GLOB_BRACE, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc; i++)
			(void)unlink(g.gl_pathv[i]);
		globfree(&g);
	}
	(void)rmdir(p->folder);
	alarms_free(&p->alarms);
	free(p);
	return 0;
}

/* "~/j.1" of a place; good until the next call but three. */
static const char *
at(const struct place *p, const char *suffix)
{
	static char	text[4][80];
	static int	n;

	n = (n + 1) % 4;
	(void)snprintf(text[n], sizeof(text[n]), "%s%s", p->path, suffix);
	return text[n];
}

static void
write_plain(const char *path, const char *text)
{
	FILE	*f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

static void
write_gz(const char *path, const char *text)
{
	int		 fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	struct gzfile	*f = gzfile_write_to(fd);

	assert_non_null(f);
	assert_int_equal(gzfile_write(f, text, strlen(text)), 0);
	assert_int_equal(gzfile_close(&f), 0);
}

/* What is in it, decompressed; "(none)" if it is not there. To be freed. */
static char *
text_of(const char *path)
{
	int		 fd = open(path, O_RDONLY);
	struct gzfile	*f;
	char		*text = calloc(1, 1 << 22);
	size_t		 used = 0;
	ssize_t		 n;

	assert_non_null(text);
	if (fd == -1)
		return strcpy(text, "(none)");
	f = gzfile_read_from(fd);
	while ((n = gzfile_read(f, text + used, (1 << 22) - 1 - used)) > 0)
		used += (size_t)n;
	assert_int_equal(n, 0);
	(void)gzfile_close(&f);
	return text;
}

static void
has(const char *path, const char *want)
{
	char	*text = text_of(path);

	if (strcmp(text, want) != 0)
		fail_msg("%s has \"%.200s\", not \"%.200s\"", path, text,
		    want);
	free(text);
}

static bool
is_gz(const char *path)
{
	unsigned char	head[2] = { 0 };
	int		fd = open(path, O_RDONLY);

	(void)!read(fd, head, 2);
	(void)close(fd);
	return head[0] == 0x1f && head[1] == 0x8b;
}

/* Whatever has "bob" in it goes. */
static bool
without_bob(const char *line, size_t len, uint64_t nth, void *arg)
{
	(void)nth, (void)arg;
	assert_int_equal(strlen(line), len);
	return strstr(line, "bob") == NULL;
}

static const struct rewrite	no_bob = { .stays = without_bob };

static void
rewrites(struct place *p, const struct rewrite *r, struct rewritten *n)
{
	struct err	e;

	if (journal_rewrite(p->journal, r, n, &e) == -1)
		fail_msg("%s", e.text);
}

static bool
nothing_is_beside(const struct place *p)
{
	char	all[64];
	glob_t	g;
	bool	none;

	(void)snprintf(all, sizeof(all), "%s/.greygate-*", p->folder);
	none = glob(all, 0, NULL, &g) == GLOB_NOMATCH;
	if (!none)
		globfree(&g);
	return none;
}

static void
write_one(struct place *p, const char *who, int n)
{
	char			text[32];
	struct journal_line	l = { .time = (int64_t)START * 1000 + n,
				    .id = text, .verdict = "pass",
				    .reason = "proven", .sender = who,
				    .wait = -1, .delayed = -1 };

	(void)snprintf(text, sizeof(text), "<%d>", n);
	journal_write(p->journal, &l, NULL);
}

static void
lines_go_out_of_all_files_and_no_others(void **state)
{
	struct place		*p = *state;
	const struct timespec	 old[] = { { .tv_sec = START },
				    { .tv_sec = START, .tv_nsec = 5000 } };
	struct rewritten	 n;
	struct stat		 st;

	write_gz(at(p, ".3.gz"), "a\nbob 1\nb\nbob 2\n");
	write_plain(at(p, ".2"), "bob 3\nc\n");
	assert_int_equal(chmod(at(p, ".2"), 0604), 0);
	assert_int_equal(utimensat(AT_FDCWD, at(p, ".2"), old, 0), 0);
	write_plain(at(p, "-20260102"), "d\n\nbob 4");
	write_plain(at(p, ".backup"), "bob is in no file of the journal\n");
	rewrites(p, &no_bob, &n);
	has(at(p, ".3.gz"), "a\nb\n");
	assert_true(is_gz(at(p, ".3.gz")));
	has(at(p, ".2"), "c\n");
	has(at(p, "-20260102"), "d\n\n");
	has(at(p, ".backup"), "bob is in no file of the journal\n");
	assert_int_equal(n.lines, 4);
	assert_int_equal(n.files, 3);
	assert_int_equal(n.removed, 0);
	assert_int_equal(stat(at(p, ".2"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(st.st_mtim.tv_sec, START);
	assert_int_equal(st.st_mtim.tv_nsec, 5000);
	assert_true(nothing_is_beside(p));
}

static void
a_file_with_nothing_left_is_removed_but_the_current_one(void **state)
{
	struct place		*p = *state;
	struct rewritten	 n;

	write_gz(at(p, ".2.gz"), "bob\n");
	write_plain(at(p, ".1"), "bob\nbob\n");
	write_one(p, "bob@example.com", 1);
	rewrites(p, &no_bob, &n);
	has(at(p, ".2.gz"), "(none)");
	has(at(p, ".1"), "(none)");
	has(p->path, "");
	assert_int_equal(n.lines, 4);
	assert_int_equal(n.removed, 2);
	write_one(p, "eve@example.com", 2);
	journal_flush(p->journal);
	char *text = text_of(p->path);
	assert_non_null(strstr(text, "eve@example.com"));
	free(text);
}

static void
torn_and_very_long_lines_stay_as_they_are(void **state)
{
	struct place		*p = *state;
	const size_t		 size = 700 * 1024;
	char			*text = malloc(size + 64);
	struct rewritten	 n;

	memset(text, 'x', size);
	(void)strcpy(text + size, "\nbob\n{\"torn");
	write_plain(at(p, ".1"), text);
	rewrites(p, &no_bob, &n);
	(void)strcpy(text + size, "\n{\"torn\n");
	has(at(p, ".1"), text);
	free(text);
}

static void
a_file_that_is_not_concerned_is_not_touched(void **state)
{
	struct place		*p = *state;
	struct stat		 before, after;
	struct rewritten	 n;

	write_plain(at(p, ".1"), "a\nb");
	assert_int_equal(stat(at(p, ".1"), &before), 0);
	rewrites(p, &no_bob, &n);
	assert_int_equal(stat(at(p, ".1"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(n.files, 0);
	has(at(p, ".1"), "a\nb");
}

/* How often each <number> stands in the files of the journal. */
static void
count_numbers(struct place *p, unsigned char *seen, int n, const char *whose)
{
	char	all[80];
	glob_t	g;

	(void)snprintf(all, sizeof(all), "%s*", p->path);
	assert_int_equal(glob(all, 0, NULL, &g), 0);
	memset(seen, 0, (size_t)n);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		char *text = text_of(g.gl_pathv[i]), *save = NULL;

		for (char *l = strtok_r(text, "\n", &save); l != NULL;
		    l = strtok_r(NULL, "\n", &save)) {
			char *id = strchr(l, '<');

			assert_non_null(id);
			if (strstr(l, whose) != NULL)
				seen[atoi(id + 1)]++;
		}
		free(text);
	}
	globfree(&g);
}

enum { WRITTEN = 6000 };

struct writing {
	struct place	*p;
	atomic_bool	 done;
};

static void *
write_many(void *arg)
{
	struct writing	*w = arg;

	for (int i = 0; i < WRITTEN; i++) {
		write_one(w->p, i % 2 ? "bob@example.com" : "eve@example.com",
		    i);
		if (i % 50 == 0)
			journal_flush(w->p->journal);
	}
	w->done = true;
	return NULL;
}

/* As logrotate(8) does, without compressing. */
static void
rotate(struct place *p, int *files)
{
	struct err	e;
	char		from[80], to[80];

	for (int i = *files; i > 0; i--) {
		(void)snprintf(from, sizeof(from), "%s.%d", p->path, i);
		(void)snprintf(to, sizeof(to), "%s.%d", p->path, i + 1);
		(void)rename(from, to);
	}
	(void)snprintf(to, sizeof(to), "%s.1", p->path);
	assert_int_equal(rename(p->path, to), 0);
	++*files;
	assert_int_equal(journal_rotate(p->journal, &e), 0);
}

static void *
rotate_often(void *arg)
{
	struct writing	*w = arg;
	int		 files = 0;

	while (!w->done) {
		(void)usleep(3000);
		if (files < 40)
			rotate(w->p, &files);
	}
	return NULL;
}

static void
a_writer_loses_nothing(void **state)
{
	struct place		*p = *state;
	struct writing		 w = { .p = p };
	unsigned char		 seen[WRITTEN];
	pthread_t		 writer;
	struct rewritten	 n;

	assert_int_equal(pthread_create(&writer, NULL, write_many, &w), 0);
	while (!w.done)
		rewrites(p, &no_bob, &n);
	(void)pthread_join(writer, NULL);
	rewrites(p, &no_bob, &n);
	count_numbers(p, seen, WRITTEN, "eve");
	for (int i = 0; i < WRITTEN; i += 2)
		if (seen[i] != 1)
			fail_msg("line %d is there %d times", i, seen[i]);
	count_numbers(p, seen, WRITTEN, "bob");
	for (int i = 0; i < WRITTEN; i++)
		assert_int_equal(seen[i], 0);
}

/* Lines may be told twice if files change their names at the very moment, but none
 * is lost. */
static void
a_writer_loses_nothing_while_files_are_rotated(void **state)
{
	struct place		*p = *state;
	struct writing		 w = { .p = p };
	unsigned char		 seen[WRITTEN];
	pthread_t		 writer, rotator;
	struct rewritten	 n;

	assert_int_equal(pthread_create(&writer, NULL, write_many, &w), 0);
	assert_int_equal(pthread_create(&rotator, NULL, rotate_often, &w), 0);
	while (!w.done)
		(void)journal_rewrite(p->journal, &no_bob, &n, NULL);
	(void)pthread_join(writer, NULL);
	(void)pthread_join(rotator, NULL);
	rewrites(p, &no_bob, &n);
	count_numbers(p, seen, WRITTEN, "eve");
	for (int i = 0; i < WRITTEN; i += 2)
		if (seen[i] == 0)
			fail_msg("line %d is lost", i);
	count_numbers(p, seen, WRITTEN, "bob");
	for (int i = 0; i < WRITTEN; i++)
		assert_int_equal(seen[i], 0);
}

/* Rotates in the middle of a rewrite: each time a line is looked at that says so. */
struct meddling {
	struct place	*p;
	int		 left;
};

static bool
meddle(const char *line, size_t len, uint64_t nth, void *arg)
{
	struct meddling	*m = arg;

	(void)len, (void)nth;
	if (strcmp(line, "now") == 0 && m->left > 0) {
		m->left--;
		assert_int_equal(rename(at(m->p, ".2"), at(m->p, ".3")), 0);
		assert_int_equal(rename(at(m->p, ".1"), at(m->p, ".2")), 0);
		write_plain(at(m->p, ".1"), "fresh\n");
	}
	return strstr(line, "bob") == NULL;
}

static void
what_is_rotated_in_the_middle_stays_and_is_found(void **state)
{
	struct place		*p = *state;
	struct meddling		 m = { p, 1 };
	const struct rewrite	 r = { .stays = meddle, .arg = &m };
	struct rewritten	 n;

	write_plain(at(p, ".2"), "old\nbob\n");
	write_plain(at(p, ".1"), "bob\nnow\nlate\n");
	rewrites(p, &r, &n);
	assert_int_equal(m.left, 0);
	has(at(p, ".3"), "old\n");
	has(at(p, ".2"), "now\nlate\n");
	has(at(p, ".1"), "fresh\n");
	assert_true(nothing_is_beside(p));
}

/* A child writes anew again and again, and is killed. Each time the old lines that
 * stay are there, once. */
static void
kill_9_loses_nothing(void **state)
{
	enum { TURNS = 25, LINES = 3000 };
	struct place		*p = *state;
	static char		 text[LINES * 32];
	unsigned char		 seen[LINES];
	struct rewritten	 n;
	size_t			 used;
	pid_t			 pid;

	for (int turn = 0; turn < TURNS; turn++) {
		used = 0;
		for (int i = 0; i < LINES; i++)
			used += (size_t)sprintf(text + used, "<%d> %s\n", i,
			    i % 2 ? "bob" : "eve");
		write_gz(at(p, ".2.gz"), text);
		write_plain(at(p, ".1"), "<0> bob\n");
		pid = fork();
		if (pid == 0) {
			/* Its thread is not here; nothing waits for it. */
			for (;;) {
				(void)journal_rewrite(p->journal, &no_bob, &n,
				    NULL);
				write_gz(at(p, ".2.gz.x"), text);
				(void)rename(at(p, ".2.gz.x"), at(p, ".2.gz"));
			}
		}
		(void)usleep((useconds_t)(3000 + turn * 700));
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		(void)unlink(at(p, ".2.gz.x"));
		count_numbers(p, seen, LINES, "eve");
		for (int i = 0; i < LINES; i += 2)
			assert_int_equal(seen[i], 1);
		rewrites(p, &no_bob, &n);
		assert_true(nothing_is_beside(p));
		count_numbers(p, seen, LINES, "eve");
		for (int i = 0; i < LINES; i += 2)
			assert_int_equal(seen[i], 1);
		count_numbers(p, seen, LINES, "bob");
		for (int i = 0; i < LINES; i++)
			assert_int_equal(seen[i], 0);
	}
}

static void
on_a_full_disk_all_stays_and_the_sentence_says_so(void **state)
{
	struct place		*p = *state;
	const struct rlimit	 little = { 1000, RLIM_INFINITY },
				 any = { RLIM_INFINITY, RLIM_INFINITY };
	char			 text[4000];
	struct rewritten	 n;
	struct err		 e;
	int			 rc;

	memset(text, 'x', sizeof(text));
	(void)strcpy(text + sizeof(text) - 7, "\nbob\n");
	write_plain(at(p, ".1"), text);
	write_plain(at(p, ".2"), "bob\na\n");
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	rc = journal_rewrite(p->journal, &no_bob, &n, &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &any), 0);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(e.text, "/j.1 cannot be written anew: "));
	assert_non_null(strstr(e.text, "it is as it was; make room"));
	has(at(p, ".1"), text);
	/* What is small enough is done all the same. */
	has(at(p, ".2"), "a\n");
	assert_int_equal(n.lines, 1);
	assert_true(nothing_is_beside(p));
}

static void
a_damaged_file_is_told_and_the_others_are_done(void **state)
{
	struct place		*p = *state;
	char			 all[3000];
	unsigned		 x = 1;
	struct rewritten	 n;
	struct err		 e;

	for (size_t i = 0; i < sizeof(all) - 1; i++)
		all[i] = (char)('a' + (x = x * 1103515245 + 12345) /
		    65536 % 26);
	all[sizeof(all) - 1] = '\0';
	write_gz(at(p, ".2.gz"), all);
	assert_int_equal(truncate(at(p, ".2.gz"), 200), 0);
	write_plain(at(p, ".1"), "bob\na\n");
	assert_int_equal(journal_rewrite(p->journal, &no_bob, &n, &e), -1);
	assert_non_null(strstr(e.text, "/j.2.gz cannot be read: "));
	has(at(p, ".1"), "a\n");
}

/* Only as root there is another owner. */
static void
a_file_of_another_owner_stays_as_it_is(void **state)
{
	struct place		*p = *state;
	struct rewritten	 n;
	struct err		 e;
	pid_t			 pid;
	int			 status;

	if (geteuid() != 0)
		return;
	write_plain(at(p, ".1"), "bob\na\n");
	assert_int_equal(chmod(at(p, ".1"), 0666), 0);
	assert_int_equal(chmod(p->folder, 0777), 0);
	assert_int_equal(chmod(p->path, 0666), 0);
	pid = fork();
	if (pid == 0) {
		if (setuid(65534) == -1)
			_exit(1);
		if (journal_rewrite(p->journal, &no_bob, &n, &e) != -1)
			_exit(2);
		_exit(strstr(e.text, "belongs to uid 0") == NULL ? 3 : 0);
	}
	(void)waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	has(at(p, ".1"), "bob\na\n");
}

/* A line of that second; to be freed. */
static char *
aged(int64_t second, const char *end)
{
	char	 time[CLOCK_TEXT_SIZE], *line;

	clock_format(second * 1000, time);
	assert_int_not_equal(asprintf(&line, "{\"v\":1,\"time\":\"%s\",%s",
	    time, end), -1);
	return line;
}

static void
write_aged(const char *path, int64_t first, int64_t second, int64_t changed)
{
	char		*a = aged(first, "\"a\":1}\ntorn\n");
	char		*b = aged(second, "\"b\":1}\ntorn"), *both;
	struct timespec	 when[] = { { .tv_sec = changed },
			    { .tv_sec = changed } };

	assert_int_not_equal(asprintf(&both, "%s%s", a, b), -1);
	write_plain(path, both);
	assert_int_equal(utimensat(AT_FDCWD, path, when, 0), 0);
	free(a), free(b), free(both);
}

static void
what_is_older_than_the_retention_goes(void **state)
{
	struct place		*p = *state;
	struct rewritten	 n;
	struct stat		 before, after;
	char			*want = aged(START - 2 * DAY, "\"b\":1}\ntorn\n");
	struct err		 e;

	/* Wholly older: not even read, it is damaged. */
	write_plain(at(p, ".4.gz"), "\x1f\x8b damaged");
	const struct timespec	 old[] = { { .tv_sec = START - 9 * DAY },
				    { .tv_sec = START - 9 * DAY } };
	assert_int_equal(utimensat(AT_FDCWD, at(p, ".4.gz"), old, 0), 0);
	write_aged(at(p, ".3"), START - 4 * DAY, START - 2 * DAY, START - DAY);
	write_aged(at(p, ".2"), START - 3 * DAY, START - DAY, START - DAY);
	assert_int_equal(stat(at(p, ".2"), &before), 0);
	write_aged(at(p, ".1"), START - 9 * DAY, START - 8 * DAY, START);
	assert_int_equal(retention_turn(p->journal, 3 * DAY, START, &n, &e),
	    0);
	has(at(p, ".4.gz"), "(none)");
	has(at(p, ".3"), want);
	assert_int_equal(stat(at(p, ".2"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	has(at(p, ".1"), "(none)");
	assert_int_equal(n.lines, 6);
	assert_int_equal(n.removed, 2);
	free(want);
}

static void
the_current_file_is_emptied_of_what_is_old(void **state)
{
	struct place		*p = *state;
	struct rewritten	 n;
	struct err		 e;

	write_one(p, "bob@example.com", 1);
	journal_flush(p->journal);
	assert_int_equal(retention_turn(p->journal, DAY, START + DAY, &n, &e),
	    0);
	assert_int_equal(n.lines, 0);
	assert_int_equal(retention_turn(p->journal, DAY, START + DAY + 1, &n,
	    &e), 0);
	assert_int_equal(n.lines, 1);
	has(p->path, "");
}

static void
without_a_retention_nothing_is_looked_at(void **state)
{
	struct place		*p = *state;
	struct rewritten	 n;
	struct err		 e;

	write_aged(at(p, ".1"), 1, 2, 3);
	assert_int_equal(retention_turn(p->journal, 0, START, &n, &e), 0);
	assert_int_equal(access(at(p, ".1"), F_OK), 0);
}

static int64_t
three_days(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	return 3 * DAY;
}

/* The first turn comes at once: it is waited for by its effect. */
static void
the_thread_begins_at_once_and_ends(void **state)
{
	struct place		*p = *state;
	atomic_int		 asked = 0;
	struct retention	*r;
	const struct retention_conf c = { .journal = p->journal,
				    .alarms = p->alarms,
				    .clock = clock_system(),
				    .keep = three_days, .arg = &asked };
	struct err		 e;

	write_aged(at(p, ".1"), START - 9 * DAY, START - 8 * DAY, START);
	assert_int_equal(retention_start(&r, &c, &e), 0);
	for (int i = 0; i < 1000 && access(at(p, ".1"), F_OK) == 0; i++)
		(void)usleep(2000);
	retention_stop(&r);
	assert_null(r);
	assert_int_equal(asked, 1);
	has(at(p, ".1"), "(none)");
}

#define TEST(name)							\
	cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_go_out_of_all_files_and_no_others),
		TEST(a_file_with_nothing_left_is_removed_but_the_current_one),
		TEST(torn_and_very_long_lines_stay_as_they_are),
		TEST(a_file_that_is_not_concerned_is_not_touched),
		TEST(a_writer_loses_nothing),
		TEST(a_writer_loses_nothing_while_files_are_rotated),
		TEST(what_is_rotated_in_the_middle_stays_and_is_found),
		TEST(kill_9_loses_nothing),
		TEST(on_a_full_disk_all_stays_and_the_sentence_says_so),
		TEST(a_damaged_file_is_told_and_the_others_are_done),
		TEST(a_file_of_another_owner_stays_as_it_is),
		TEST(what_is_older_than_the_retention_goes),
		TEST(the_current_file_is_emptied_of_what_is_old),
		TEST(without_a_retention_nothing_is_looked_at),
		TEST(the_thread_begins_at_once_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
