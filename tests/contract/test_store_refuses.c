/* SPDX-License-Identifier: ISC
 * tests/contract/test_store_refuses.c - the state folders that are refused, and
 * left as they are. Runs as root, in a mount namespace of its own. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/store_world.h"

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
		world_open(w);
		(void)close(go_on[1]);
		if (write(ready[1], "x", 1) == 1)
			(void)!read(go_on[0], &byte, 1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)snprintf(says, sizeof(says), "%s is in use by process %ld",
	    w->state, (long)child);
	world_refuses(w, says);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	world_open(w);
	/* Nor a second time by this one. */
	(void)close(ready[0]);
	(void)close(ready[1]);
	(void)close(go_on[0]);
	(void)close(go_on[1]);
	struct world	again = *w;

	world_refuses(&again, "in use");
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

	world_open(w);
	put_many(w->s, "k", 100);
	store_close(&w->s);
	write_text(w->state, "version", "2\n");
	before = sum_of(w->state);
	world_refuses(w, "is of version 2, made by a newer greygate");
	assert_true(sum_of(w->state) == before);
	write_text(w->state, "version", "1\n");
	world_open(w);
	expect_many(w->s, "k", 100);
}

static void
state_that_lost_a_file_is_refused_not_mended(void **state)
{
	static const char *const	name[] = { "records.db", "queue.db",
					    "log.0000000001", "version" };
	struct world			*w = *state;
	uint64_t			 before;

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		world_open(w);
		put_many(w->s, "k", 10);
		store_close(&w->s);
		remove_named(w->state, name[i]);
		before = sum_of(w->state);
		world_refuses(w, strcmp(name[i], "version") == 0 ?
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

	write_text(w->state, "version", "1 new\n");
	world_open(w);
	put_many(w->s, "k", 10);
	store_close(&w->s);
	remove_named(w->state, "meta.db");
	world_refuses(w, "has no meta.db");
}

static void
missing_folder_is_refused(void **state)
{
	struct world	*w = *state;

	assert_int_equal(rmdir(w->state), 0);
	world_refuses(w, "does not exist: create it");
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
	world_refuses(w, "is not a folder");
}

static void
folder_that_cannot_be_written_is_refused(void **state)
{
	struct world	*w = *state;

	if (mount("greygate-test", w->state, "tmpfs", MS_RDONLY, "") == -1)
		fail_msg("cannot mount a tmpfs: this test runs as root");
	world_refuses(w, "cannot write to state folder");
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
	world_open(w);
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

#define CASE(f)	cmocka_unit_test_setup_teardown(f, world_closed, world_end)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(folder_in_use_is_refused_with_the_process),
		CASE(newer_state_is_refused_and_left_as_it_is),
		CASE(state_that_lost_a_file_is_refused_not_mended),
		CASE(creation_that_was_cut_short_is_done_again),
		CASE(missing_folder_is_refused),
		CASE(file_in_place_of_the_folder_is_refused),
		CASE(folder_that_cannot_be_written_is_refused),
		CASE(files_are_for_their_owner_only),
	};

	return cmocka_run_group_tests(tests, world_own_mounts, NULL);
}
