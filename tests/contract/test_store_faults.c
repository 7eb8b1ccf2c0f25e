/* SPDX-License-Identifier: ISC
 * tests/contract/test_store_faults.c - what the state on disk survives: kill
 * -9, a full disk, damaged, missing and newer files, a vanished folder, and a
 * month of steady load. Runs as root, in a mount namespace of its own. */
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
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

#include "db/store.h"

enum { ROUNDS = 20, NAME = 200 };

struct world {
	char		 top[64];	/* removed at the end */
	char		 state[80];	/* the state folder in it */
	struct store	*s;
	struct alarms	*alarms;
};

static int
try_open(struct world *w, struct err *e)
{
	struct store_conf	conf = { .path = w->state, .alarms = w->alarms,
				    .cache_bytes = 1 << 20 };

	e->text[0] = '\0';
	return store_open(&w->s, &conf, e);
}

static void
open_it(struct world *w)
{
	struct err	e;

	if (try_open(w, &e) == -1)
		fail_msg("%s", e.text);
}

static void
refuses_to_open(struct world *w, const char *says)
{
	struct err	e;

	assert_int_equal(try_open(w, &e), -1);
	if (strstr(e.text, says) == NULL)
		fail_msg("not \"%s\": %s", says, e.text);
}

static int
set_up(void **state)
{
	struct world	*w = calloc(1, sizeof(*w));

	(void)snprintf(w->top, sizeof(w->top), "%s",
	    "/tmp/greygate-test-XXXXXX");
	if (mkdtemp(w->top) == NULL)
		return -1;
	(void)snprintf(w->state, sizeof(w->state), "%s/state", w->top);
	if (mkdir(w->state, 0700) == -1)
		return -1;
	w->alarms = alarms_new();
	*state = w;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void
remove_all(const char *path)
{
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int
tear_down(void **state)
{
	struct world	*w = *state;

	store_close(&w->s);
	alarms_free(&w->alarms);
	(void)umount2(w->state, MNT_DETACH);
	remove_all(w->top);
	free(w);
	return 0;
}

static struct store_key
key_of(const char *text)
{
	struct store_key	key = { .len = strlen(text) };

	memcpy(key.bytes, text, key.len);
	return key;
}

static void
put_it(struct store_item *items, size_t n, void *arg)
{
	(void)n;
	items->act = STORE_PUT;
	items->expires = *(int64_t *)arg;
	items->len = 100;
	memset(items->value, 'v', items->len);
}

static int
put(struct store *s, const char *name, int64_t expires, struct err *e)
{
	struct store_item	item = { .key = key_of(name) };

	return store_step(s, &item, 1, put_it, &expires, e);
}

static void
put_many(struct store *s, const char *prefix, int n)
{
	char	name[NAME];

	for (int i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s%06d", prefix, i);
		assert_int_equal(put(s, name, 5000, NULL), 0);
	}
}

static int
get(struct store *s, const char *name, struct err *e)
{
	struct store_item	item = { .key = key_of(name) };

	return store_get(s, &item, e);
}

static void
expect_many(struct store *s, const char *prefix, int n)
{
	char		name[NAME];
	struct err	e;

	for (int i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s%06d", prefix, i);
		if (get(s, name, &e) != 1)
			fail_msg("%s of %d is missing", name, n);
	}
}

static bool
count_one(const struct store_item *item, void *arg)
{
	(void)item;
	++*(uint64_t *)arg;
	return true;
}

static uint64_t
count_all(struct store *s)
{
	uint64_t	n = 0;

	assert_int_equal(store_walk(s, "", 0, count_one, &n, NULL), 0);
	return n;
}

/* kill -9 */

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
		if (put(w->s, name, 5000, NULL) == -1 ||
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

	if (try_open(w, &e) == -1)
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
		open_it(w);
		for (int t = 0; t < 2; t++) {
			(void)snprintf(prefix, sizeof(prefix), "r%dt%dn",
			    round, t);
			expect_many(w->s, prefix, done[t]);
		}
		/* The count was lost with the process, and is found again. */
		for (int i = 0; i < 5; i++)
			assert_int_equal(store_tend(w->s, 1, NULL), 0);
		store_stats(w->s, &stats);
		assert_int_equal(stats.records, count_all(w->s));
		store_close(&w->s);
	}
}

/* What refuses to open */

static void
folder_in_use_is_refused_with_the_process(void **state)
{
	struct world	*w = *state;
	int		 ready[2], go_on[2];
	char		 byte, says[NAME];
	pid_t		 child;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go_on), 0);
	child = fork();
	if (child == 0) {
		open_it(w);
		(void)close(go_on[1]);
		if (write(ready[1], "x", 1) == 1)
			(void)!read(go_on[0], &byte, 1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)snprintf(says, sizeof(says), "%s is in use by process %ld",
	    w->state, (long)child);
	refuses_to_open(w, says);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	open_it(w);
	/* Nor a second time by this one. */
	(void)close(ready[0]);
	(void)close(ready[1]);
	(void)close(go_on[0]);
	(void)close(go_on[1]);
	struct world	again = *w;

	refuses_to_open(&again, "in use");
}

static void
write_file(const struct world *w, const char *name, const char *text)
{
	char	path[NAME];
	FILE	*file;

	(void)snprintf(path, sizeof(path), "%s/%s", w->state, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static uint64_t	sum_of_files;

static int
add_file(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	FILE		*file;
	uint64_t	 sum = 14695981039346656037u;
	int		 c;

	if (kind != FTW_F || strcmp(path + at->base, "lock") == 0)
		return 0;
	file = fopen(path, "r");
	while ((c = getc(file)) != EOF)
		sum = (sum ^ (unsigned)c) * 1099511628211u;
	(void)fclose(file);
	sum_of_files += sum ^ (uint64_t)st->st_ino;
	return 0;
}

/* Of the bytes and inodes of all files but the lock. */
static uint64_t
sum_of(const char *path)
{
	sum_of_files = 0;
	(void)nftw(path, add_file, 8, FTW_PHYS);
	return sum_of_files;
}

static void
newer_state_is_refused_and_left_as_it_is(void **state)
{
	struct world	*w = *state;
	uint64_t	 before;

	open_it(w);
	put_many(w->s, "k", 100);
	store_close(&w->s);
	write_file(w, "version", "2\n");
	before = sum_of(w->state);
	refuses_to_open(w, "is of version 2, made by a newer greygate");
	assert_true(sum_of(w->state) == before);
	write_file(w, "version", "1\n");
	open_it(w);
	expect_many(w->s, "k", 100);
}

static void
remove_file(const struct world *w, const char *name)
{
	char	path[NAME];

	(void)snprintf(path, sizeof(path), "%s/%s", w->state, name);
	assert_int_equal(unlink(path), 0);
}

static void
state_that_lost_a_file_is_refused_not_mended(void **state)
{
	static const char *const	name[] = { "records.db", "queue.db",
					    "log.0000000001", "version" };
	struct world			*w = *state;
	uint64_t			 before;

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		open_it(w);
		put_many(w->s, "k", 10);
		store_close(&w->s);
		remove_file(w, name[i]);
		before = sum_of(w->state);
		refuses_to_open(w, strcmp(name[i], "version") == 0 ?
		    "has data but no version file" : "is damaged: it has no ");
		assert_true(sum_of(w->state) == before);
		remove_all(w->state);
		assert_int_equal(mkdir(w->state, 0700), 0);
	}
}

static void
creation_that_was_cut_short_is_done_again(void **state)
{
	struct world	*w = *state;

	write_file(w, "version", "1 new\n");
	open_it(w);
	put_many(w->s, "k", 10);
	store_close(&w->s);
	remove_file(w, "meta.db");
	refuses_to_open(w, "has no meta.db");
}

static void
missing_folder_is_refused(void **state)
{
	struct world	*w = *state;

	assert_int_equal(rmdir(w->state), 0);
	refuses_to_open(w, "does not exist: create it");
	assert_int_not_equal(access(w->state, F_OK), 0);
}

static void
file_in_place_of_the_folder_is_refused(void **state)
{
	struct world	*w = *state;
	int		 file;

	assert_int_equal(rmdir(w->state), 0);
	file = open(w->state, O_WRONLY | O_CREAT, 0600);
	assert_int_not_equal(file, -1);
	(void)close(file);
	refuses_to_open(w, "is not a folder");
}

static void
mount_small(const struct world *w, unsigned long flags, const char *size)
{
	if (mount("greygate-test", w->state, "tmpfs", flags, size) == -1)
		fail_msg("cannot mount a tmpfs: this test runs as root");
}

static void
folder_that_cannot_be_written_is_refused(void **state)
{
	struct world	*w = *state;

	mount_small(w, MS_RDONLY, "size=1m");
	refuses_to_open(w, "cannot write to state folder");
}

static void
files_are_for_their_owner_only(void **state)
{
	static const char *const	name[] = { "records.db", "queue.db",
					    "meta.db", "lock", "version",
					    "log.0000000001" };
	struct world			*w = *state;
	struct stat			 st;
	char				 path[NAME];

	(void)umask(0);
	open_it(w);
	(void)umask(022);
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", w->state, name[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	(void)snprintf(path, sizeof(path), "%s/copy", w->top);
	assert_int_equal(store_backup(w->s, path, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

/* What happens to one that runs */

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
		if (put(s, name, 5000, &e) == -1)
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
	open_it(w);
	n = put_until_full(w->s);
	assert_true(n > 100);
	expect_alarm(w, "No space left on device");
	for (int i = 0; i < 5; i++, now += 10) {
		assert_int_equal(put(w->s, "more", 5000, &e), -1);
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
	open_it(w);
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

	open_it(w);
	put_many(w->s, "k", 20000);
	store_close(&w->s);
	damage(w, "records.db", 2);
	(void)snprintf(path, sizeof(path), "%s/records.db", w->state);
	assert_int_equal(stat(path, &before), 0);
	open_it(w);
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

	open_it(w);
	put_many(w->s, "k", 100);
	store_close(&w->s);
	damage(w, "records.db", 0);
	(void)snprintf(path, sizeof(path), "%s/records.db", w->state);
	assert_int_equal(stat(path, &before), 0);
	refuses_to_open(w, "the state could not be opened: ");
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
	open_it(w);
	put_many(w->s, "k", 100);
	assert_int_equal(store_tend(w->s, now, NULL), 0);
	assert_int_equal(rename(w->state, away), 0);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(store_tend(w->s, ++now, &e), -1);
		assert_non_null(strstr(e.text, "does not exist"));
		assert_int_equal(put(w->s, "lost", 5000, &e), -1);
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

	open_it(w);
	put_many(w->s, "k", 100);
	remove_all(w->state);
	assert_int_equal(mkdir(w->state, 0700), 0);
	for (int64_t now = 0; now < 300; now += 100) {
		assert_int_equal(store_tend(w->s, now, &e), -1);
		assert_non_null(strstr(e.text, "is empty now"));
		assert_int_equal(put(w->s, "k", 5000, NULL), -1);
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
	open_it(w);
	put_many(w->s, "before", 100);
	assert_int_equal(store_backup(w->s, copy, NULL), 0);
	put_many(w->s, "after", 100);
	assert_int_equal(rename(w->state, away), 0);
	assert_int_equal(rename(copy, w->state), 0);
	assert_int_equal(store_tend(w->s, now, NULL), 0);
	tend_until_well(w, &now);
	expect_many(w->s, "before", 100);
	assert_int_equal(get(w->s, "after000000", NULL), 0);
	other = *w;
	refuses_to_open(&other, "in use");
}

/* A month of load */

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
		assert_int_equal(put(w->s, name, now + second, NULL), 0);
		if (i % 10 == 0) {
			(void)snprintf(name, sizeof(name), "net:192.%u.0.0/24 "
			    "friend%d@example.com", (unsigned)i / 10, i);
			assert_int_equal(put(w->s, name, now + 36 * second,
			    NULL), 0);
		}
		if (i % 20 == 0)
			assert_int_not_equal(store_expire(w->s, now, 1000,
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
		open_it(w);
		live_a_day(w, day);
		store_stats(w->s, &stats);
		assert_in_range(stats.records, 2190, 2320);
		assert_int_equal(stats.records, count_all(w->s));
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

/* So that what is mounted here is gone with the process. */
static int
own_mounts(void **state)
{
	(void)state;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) {
		print_error("test_store_faults runs as root: it mounts a small"
		    " disk to fill it\n");
		return -1;
	}
	return 0;
}

#define CASE(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(what_was_acknowledged_survives_kill_9),
		CASE(folder_in_use_is_refused_with_the_process),
		CASE(newer_state_is_refused_and_left_as_it_is),
		CASE(state_that_lost_a_file_is_refused_not_mended),
		CASE(creation_that_was_cut_short_is_done_again),
		CASE(missing_folder_is_refused),
		CASE(file_in_place_of_the_folder_is_refused),
		CASE(folder_that_cannot_be_written_is_refused),
		CASE(files_are_for_their_owner_only),
		CASE(full_disk_is_told_and_survived),
		CASE(damaged_pages_are_told_and_nothing_is_made_anew),
		CASE(damaged_first_page_refuses_to_open),
		CASE(vanished_folder_is_told_until_it_is_back),
		CASE(emptied_folder_is_not_begun_anew_while_running),
		CASE(restored_backup_is_taken_up_with_its_lock),
		CASE(files_stop_growing_under_steady_load),
	};

	return cmocka_run_group_tests(tests, own_mounts, NULL);
}
