/* SPDX-License-Identifier: ISC
 * tests/contract/test_store_faults.c - what the state on disk survives: kill
 * -9, a full disk, damage, a vanished folder, and a month of steady load. Runs
 * as root, in a mount namespace of its own. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/store_world.h"

enum { ROUNDS = 20 };

struct acknowledged {
	int	thread, n;
};

struct writer {
	struct store	*s;
	int		 thread, round, out;
};

/* Puts and tells, for ever. The counter is changed in the same step. */
static void *
put_and_tell(void *arg)
{
	struct writer		*w = arg;
	struct acknowledged	 ack = { .thread = w->thread };
	char			 name[NAME];

	for (;; ack.n++) {
		(void)snprintf(name, sizeof(name), "r%dt%dn%06d", w->round,
		    w->thread, ack.n);
		if (try_put(w->s, name, 5000, NULL) == -1 ||
		    write(w->out, &ack, sizeof(ack)) != sizeof(ack))
			_exit(1);
	}
	return NULL;
}

static void
write_until_killed(struct world *w, int round, int out)
{
	struct writer	a = { .thread = 0, .round = round, .out = out }, b = a;
	struct err	e;
	pthread_t	thread;

	if (world_try_open(w, &e) == -1)
		_exit(2);
	a.s = b.s = w->s;
	b.thread = 1;
	(void)pthread_create(&thread, NULL, put_and_tell, &a);
	(void)put_and_tell(&b);
	_exit(1);
}

/* How many of each thread were acknowledged before the kill. */
static void
kill_in_the_middle(struct world *w, int round, int done[2])
{
	struct acknowledged	ack;
	int			ends[2], n = 0, status;
	pid_t			child;

	done[0] = done[1] = 0;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		(void)close(ends[0]);
		write_until_killed(w, round, ends[1]);
	}
	(void)close(ends[1]);
	while (read(ends[0], &ack, sizeof(ack)) == sizeof(ack)) {
		done[ack.thread] = ack.n + 1;
		if (++n == 200 + 61 * round)
			(void)kill(child, SIGKILL);
	}
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

static void
what_was_acknowledged_survives_kill_9(void **state)
{
	struct world		*w = *state;
	struct store_stats	 stats;
	char			 prefix[NAME];
	int			 done[2];

	for (int round = 0; round < ROUNDS; round++) {
		kill_in_the_middle(w, round, done);
		assert_true(done[0] + done[1] >= 200);
		world_open(w);
		for (int t = 0; t < 2; t++) {
			(void)snprintf(prefix, sizeof(prefix), "r%dt%dn",
			    round, t);
			expect_many(w->s, prefix, done[t]);
		}
		/* The count was lost with the process, and is found again. */
		for (int i = 0; i < 5; i++)
			assert_int_equal(store_tend(w->s, 1, NULL), 0);
		store_stats(w->s, &stats);
		assert_int_equal(stats.records, count_walked(w->s, ""));
		store_close(&w->s);
	}
}

static void
mount_small(const struct world *w, unsigned long flags, const char *size)
{
	if (mount("greygate-test", w->state, "tmpfs", flags, size) == -1)
		fail_msg("cannot mount a tmpfs: this test runs as root");
}

static void
expect_alarm(struct world *w, const char *says)
{
	struct alarm_state	a = alarm_get(w->alarms, ALARM_STORE);

	assert_true(a.raised);
	if (strstr(a.sentence.text, says) == NULL)
		fail_msg("not \"%s\": %s", says, a.sentence.text);
}

/* Tends until all is well, on a clock that is turned. */
static void
tend_until_well(struct world *w, int64_t *now)
{
	struct err	e = { "" };

	for (int i = 0; i < 30; i++, *now += 10)
		if (store_tend(w->s, *now, &e) == 0 &&
		    !alarm_get(w->alarms, ALARM_STORE).raised)
			return;
	fail_msg("not well again: %s", e.text);
}

/* Fills the disk. How many were stored. */
static int
put_until_full(struct store *s)
{
	struct err	e = { "" };
	char		name[NAME];
	int		n = 0;

	for (;; n++) {
		(void)snprintf(name, sizeof(name), "full%06d", n);
		if (try_put(s, name, 5000, &e) == -1)
			break;
		assert_true(n < 1000000);
	}
	if (strstr(e.text, "No space left on device") == NULL)
		fail_msg("does not say that the disk is full: %s", e.text);
	return n;
}

static void
full_disk_is_told_and_survived(void **state)
{
	struct world		*w = *state;
	struct store_stats	 stats;
	int64_t			 now = 1000;
	struct err		 e;
	int			 n;

	mount_small(w, 0, "size=6m");
	world_open(w);
	n = put_until_full(w->s);
	assert_true(n > 100);
	expect_alarm(w, "No space left on device");
	for (int i = 0; i < 5; i++, now += 10) {
		assert_int_equal(try_put(w->s, "more", 5000, &e), -1);
		(void)store_tend(w->s, now, &e);
	}
	expect_alarm(w, "No space left on device");
	mount_small(w, MS_REMOUNT, "size=60m");
	tend_until_well(w, &now);
	expect_many(w->s, "full", n);
	put_many(w->s, "after", 100);
	assert_int_equal(store_tend(w->s, now, NULL), 0);
	store_stats(w->s, &stats);
	assert_true(stats.reopened >= 1);
	assert_true(stats.failures >= 5);
	store_close(&w->s);
	world_open(w);
	expect_many(w->s, "full", n);
	expect_many(w->s, "after", 100);
}

/* Garbage over every third page, from `first` on. */
static void
damage(const struct world *w, const char *name, int first)
{
	char		path[NAME];
	uint8_t		garbage[4096];
	struct stat	st;
	int		file;

	(void)snprintf(path, sizeof(path), "%s/%s", w->state, name);
	memset(garbage, 0xa5, sizeof(garbage));
	file = open(path, O_WRONLY);
	assert_int_equal(fstat(file, &st), 0);
	for (off_t page = first; page * 4096 < st.st_size; page += 3)
		assert_int_equal(pwrite(file, garbage, 4096, page * 4096),
		    4096);
	(void)close(file);
}

static void
damaged_pages_are_told_and_nothing_is_made_anew(void **state)
{
	struct world	*w = *state;
	struct stat	 before, after;
	char		 path[NAME], name[NAME];
	struct err	 e = { "" };
	int		 failed = 0;

	world_open(w);
	put_many(w->s, "k", 20000);
	store_close(&w->s);
	damage(w, "records.db", 2);
	(void)snprintf(path, sizeof(path), "%s/records.db", w->state);
	assert_int_equal(stat(path, &before), 0);
	world_open(w);
	for (int i = 0; i < 20000; i += 1000) {
		(void)snprintf(name, sizeof(name), "k%06d", i);
		if (get(w->s, name, &e) != 1) {
			failed++;
			assert_true(strlen(e.text) > 30);
			expect_alarm(w, e.text);
		}
		(void)store_tend(w->s, 1000 + i, NULL);
	}
	assert_true(failed > 10);
	assert_non_null(strstr(e.text, "checksum error"));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_size, before.st_size);
}

static void
damaged_first_page_refuses_to_open(void **state)
{
	struct world	*w = *state;
	struct stat	 before, after;
	char		 path[NAME];

	world_open(w);
	put_many(w->s, "k", 100);
	store_close(&w->s);
	damage(w, "records.db", 0);
	(void)snprintf(path, sizeof(path), "%s/records.db", w->state);
	assert_int_equal(stat(path, &before), 0);
	world_refuses(w, "the state could not be opened: ");
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_size, before.st_size);
}

static void
vanished_folder_is_told_until_it_is_back(void **state)
{
	struct world	*w = *state;
	char		 away[NAME];
	struct err	 e;
	int64_t		 now = 1000;

	(void)snprintf(away, sizeof(away), "%s/away", w->top);
	world_open(w);
	put_many(w->s, "k", 100);
	assert_int_equal(store_tend(w->s, now, NULL), 0);
	assert_int_equal(rename(w->state, away), 0);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(store_tend(w->s, ++now, &e), -1);
		assert_non_null(strstr(e.text, "does not exist"));
		assert_int_equal(try_put(w->s, "lost", 5000, &e), -1);
		assert_non_null(strstr(e.text, "does not exist"));
		expect_alarm(w, "does not exist");
	}
	assert_int_not_equal(access(w->state, F_OK), 0);
	assert_int_equal(rename(away, w->state), 0);
	tend_until_well(w, &now);
	expect_many(w->s, "k", 100);
	assert_int_equal(get(w->s, "lost", NULL), 0);
	put_many(w->s, "after", 100);
}

static void
emptied_folder_is_not_begun_anew_while_running(void **state)
{
	struct world	*w = *state;
	struct err	 e;

	world_open(w);
	put_many(w->s, "k", 100);
	remove_all(w->state);
	assert_int_equal(mkdir(w->state, 0700), 0);
	for (int64_t now = 0; now < 300; now += 100) {
		assert_int_equal(store_tend(w->s, now, &e), -1);
		assert_non_null(strstr(e.text, "is empty now"));
		assert_int_equal(try_put(w->s, "k", 5000, NULL), -1);
	}
}

static void
restored_backup_is_taken_up_with_its_lock(void **state)
{
	struct world	*w = *state, other;
	char		 copy[NAME], away[NAME];
	int64_t		 now = 1000;

	(void)snprintf(copy, sizeof(copy), "%s/copy", w->top);
	(void)snprintf(away, sizeof(away), "%s/away", w->top);
	world_open(w);
	put_many(w->s, "before", 100);
	assert_int_equal(store_backup(w->s, copy, NULL), 0);
	put_many(w->s, "after", 100);
	write_text(copy, "lock", "1\n");
	assert_int_equal(rename(w->state, away), 0);
	assert_int_equal(rename(copy, w->state), 0);
	assert_int_equal(store_tend(w->s, now, NULL), 0);
	tend_until_well(w, &now);
	expect_many(w->s, "before", 100);
	assert_int_equal(get(w->s, "after000000", NULL), 0);
	other = *w;
	world_refuses(&other, "in use");
}

static void
live_a_day(struct world *w, int day)
{
	const int64_t	second = 86400;
	size_t		dropped;
	char		name[NAME];

	for (int i = 0; i < 2000; i++) {
		int64_t		now = day * second + i * second / 2000;
		uint32_t	net = (uint32_t)(day * 2000 + i) * 2654435761u;

		(void)snprintf(name, sizeof(name), "net:192.%u.%u.0/24 "
		    "sender%d@example.com user@example.org", net >> 24,
		    net >> 16 & 255, i);
		assert_int_equal(try_put(w->s, name, now + second, NULL), 0);
		if (i % 10 == 0) {
			(void)snprintf(name, sizeof(name), "net:192.%u.0.0/24 "
			    "friend%d@example.com", (unsigned)i / 10, i);
			assert_int_equal(try_put(w->s, name, now + 36 * second,
			    NULL), 0);
		}
		if (i % 20 == 0)
			assert_int_not_equal(store_expire(w->s, world_until(now), 1000,
			    &dropped, NULL), -1);
	}
	assert_int_equal(store_tend(w->s, (day + 1) * second, NULL), 0);
}

static int64_t
size_of(const struct world *w, const char *name)
{
	struct stat	st;
	char		path[NAME];

	(void)snprintf(path, sizeof(path), "%s/%s", w->state, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void
files_stop_growing_under_steady_load(void **state)
{
	static const char *const	name[] = { "records.db", "queue.db" };
	struct world			*w = *state;
	struct store_stats		 stats;
	int64_t				 early[2], late;

	for (int day = 0; day < 30; day++) {
		world_open(w);
		live_a_day(w, day);
		store_stats(w->s, &stats);
		assert_in_range(stats.records, 2190, 2320);
		assert_int_equal(stats.records, count_walked(w->s, ""));
		store_close(&w->s);
		for (int i = 0; day == 10 && i < 2; i++)
			early[i] = size_of(w, name[i]);
	}
	for (int i = 0; i < 2; i++) {
		late = size_of(w, name[i]);
		print_message("%s: %lld bytes after 10 days, %lld after 30\n",
		    name[i], (long long)early[i], (long long)late);
		assert_true(late <= early[i] + early[i] / 20);
	}
}

/* Berkeley DB loses some hundred bytes when it fails to open. */
const char	*__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libdb-5.3.so\n";
}

#define CASE(f)	cmocka_unit_test_setup_teardown(f, world_closed, world_end)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(what_was_acknowledged_survives_kill_9),
		CASE(full_disk_is_told_and_survived),
		CASE(damaged_pages_are_told_and_nothing_is_made_anew),
		CASE(damaged_first_page_refuses_to_open),
		CASE(vanished_folder_is_told_until_it_is_back),
		CASE(emptied_folder_is_not_begun_anew_while_running),
		CASE(restored_backup_is_taken_up_with_its_lock),
		CASE(files_stop_growing_under_steady_load),
	};

	return cmocka_run_group_tests(tests, world_own_mounts, NULL);
}
