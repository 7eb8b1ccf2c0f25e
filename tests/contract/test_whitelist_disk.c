/* SPDX-License-Identifier: ISC
 * tests/contract/test_whitelist_disk.c - live entries on disks that are full or
 * fail: what was answered is there, and what was refused is not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/whitelist_world.h"

/* The C library's, counted: how often something was brought to the disk; and
 * disks that fail. */
static atomic_uint	synced;
static atomic_bool	broken;

int	fdatasync(int fd);
int	fsync(int fd);

static int
sync_by(long how, int fd)
{
	atomic_fetch_add(&synced, 1);
	if (!atomic_load(&broken))
		return (int)syscall(how, fd);
	errno = EIO;
	return -1;
}

int
fdatasync(int fd)
{
	return sync_by(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	return sync_by(SYS_fsync, fd);
}

/* How many writes into files succeed before they fail; negative: all. Berkeley
 * DB tries the other call where one fails. */
static atomic_long	writes_left = -1;

ssize_t	write(int fd, const void *bytes, size_t len);
ssize_t	pwrite(int fd, const void *bytes, size_t len, off_t at);

static bool
disk_is_full(int fd)
{
	long	left = fd > STDERR_FILENO ? atomic_load(&writes_left) : -1;

	if (left > 0)
		atomic_store(&writes_left, left - 1);
	if (left == 0)
		errno = ENOSPC;
	return left == 0;
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	return disk_is_full(fd) ? -1 : syscall(SYS_write, fd, bytes, len);
}

ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return disk_is_full(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, len,
	    at);
}

static bool
has(struct wl *wl, const char *text)
{
	struct listed	*l = wl_find(wl, text);
	bool		 found = l != NULL;

	listed_unref(&l);
	return found;
}

static void
remove_entry(struct wl *wl, const char *text)
{
	struct err	e;

	if (whitelist_remove(wl->w, text, &e) != 1)
		fail_msg("%s: %s", text, e.text);
}

/* Counts are not worth that. */
static void
every_change_is_on_the_disk_when_it_is_answered(void **state)
{
	struct wl	*wl = *state;
	unsigned	 before = atomic_load(&synced);

	(void)wl_add(wl, "domain a.example");
	assert_true(atomic_load(&synced) > before);
	before = atomic_load(&synced);
	(void)wl_add(wl, "domain a.example");
	assert_true(atomic_load(&synced) > before);
	wl_hit(wl, "domain a.example", 1);
	before = atomic_load(&synced);
	wl_tend(wl, true);
	assert_int_equal(atomic_load(&synced), before);
	remove_entry(wl, "domain a.example");
	assert_true(atomic_load(&synced) > before);
}

enum { MANY = 40 };

struct many {
	struct whitelist_add	a[MANY];
	char			text[MANY][40];
};

static void
make_many(struct many *m, int number)
{
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(m->text[i], sizeof(m->text[i]),
		    "client 10.%d.1.%d", number, i);
		m->a[i] = (struct whitelist_add){ m->text[i], "", "root",
		    INT64_MAX };
	}
}

static void
many_cost_one_trip_to_the_disk(void **state)
{
	struct wl	*wl = *state;
	struct many	 m;
	struct err	 e;
	size_t		 replaced;
	unsigned	 before = atomic_load(&synced), one;

	make_many(&m, 0);
	(void)wl_add(wl, "domain a.example");
	one = atomic_load(&synced) - before;
	before = atomic_load(&synced);
	assert_int_equal(whitelist_add_all(wl->w, m.a, MANY, wl->now,
	    &replaced, &e), 0);
	assert_int_equal(atomic_load(&synced) - before, one);
	wl_restart(wl);
	assert_int_equal(wl_count(wl), MANY + 1);
}

/* The store is opened anew, as its keeper would. */
static void
mend(struct wl *wl)
{
	struct err	e;

	atomic_store(&broken, false);
	wl->now += 60;
	if (store_tend(wl->world->s, wl->now, &e) == -1)
		fail_msg("%s", e.text);
	wl_tend(wl, false);
}

static void
what_does_not_reach_the_disk_is_refused(void **state)
{
	struct wl			*wl = *state;
	const struct whitelist_add	 a = { "domain b.example", "", "root",
					    INT64_MAX };
	struct err			 e;

	(void)wl_add(wl, "domain a.example");
	atomic_store(&broken, true);
	wl_refuses(wl, &a, "");
	assert_false(has(wl, "domain b.example"));
	assert_int_equal(whitelist_tend(wl->w, wl->now, false, &e), -1);
	mend(wl);
	wl_restart(wl);
	assert_true(has(wl, "domain a.example"));
	assert_false(has(wl, "domain b.example"));
	atomic_store(&broken, true);
	assert_int_equal(whitelist_remove(wl->w, "domain a.example", &e), -1);
	assert_true(has(wl, "domain a.example"));
	mend(wl);
	wl_restart(wl);
	assert_true(has(wl, "domain a.example"));
	assert_int_equal(wl_count(wl), 1);
}

/* In force and, after a restart, stored: the former one of many and no other. */
static void
expect_the_former_alone(struct wl *wl, const char *text)
{
	struct listed	*l = wl_find(wl, text);

	assert_non_null(l);
	assert_int_equal(wl_count(wl), 1);
	assert_int_equal(l->created, WL_NOW - 5);
	assert_int_equal(atomic_load(&l->hits), 3);
	listed_unref(&l);
}

/* The disk is full after some of many; it fails when all were written. */
static void
many_are_taken_back_where_the_store_fails_half_way(void **state)
{
	struct wl	*wl = *state;
	struct many	 m;
	struct err	 e;
	size_t		 replaced;

	make_many(&m, 0);
	wl->now = WL_NOW - 5;
	(void)wl_add(wl, m.text[3]);
	wl_hit(wl, m.text[3], 3);
	wl->now = WL_NOW;
	wl_tend(wl, true);
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			atomic_store(&writes_left, MANY / 2);
		else
			atomic_store(&broken, true);
		assert_int_equal(whitelist_add_all(wl->w, m.a, MANY, wl->now,
		    &replaced, &e), -1);
		expect_the_former_alone(wl, m.text[3]);
		assert_true(atomic_load(&writes_left) <= 0);
		atomic_store(&writes_left, -1);
		mend(wl);
		wl_restart(wl);
		expect_the_former_alone(wl, m.text[3]);
	}
}

#define TEST(f)								\
	cmocka_unit_test_setup_teardown(f, wl_in_folder, wl_end)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(every_change_is_on_the_disk_when_it_is_answered),
		TEST(what_does_not_reach_the_disk_is_refused),
		TEST(many_cost_one_trip_to_the_disk),
		TEST(many_are_taken_back_where_the_store_fails_half_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
