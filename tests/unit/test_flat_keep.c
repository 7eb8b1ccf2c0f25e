/* SPDX-License-Identifier: ISC
 * tests/unit/test_flat_keep.c - starts with a list that is gone, cut short or
 * older than our copy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/flat_world.h"
#include "tests/lib/store_world.h"

static void
says(struct flat_world *w, const char *what)
{
	const char	*trouble = flat_world_trouble(w);

	if (*what == '\0' ? *trouble != '\0' : strstr(trouble, what) == NULL)
		fail_msg("not \"%s\": \"%s\"", what, trouble);
}

static void
refuses_to_open(struct flat_world *w, const char *what)
{
	struct err	e;

	assert_int_equal(flat_open(&w->f, &w->conf, w->now, &e), -1);
	assert_null(w->f);
	if (strstr(e.text, what) == NULL)
		fail_msg("not \"%s\": \"%s\"", what, e.text);
}

static void
read_kept(const struct flat_world *w, char out[500])
{
	FILE	*file = fopen(w->keep, "r");
	size_t	 n;

	assert_non_null(file);
	n = fread(out, 1, 499, file);
	out[n] = '\0';
	(void)fclose(file);
}

static void
copy_is_kept_in_its_own_words_and_for_us_alone(void **state)
{
	struct flat_world	*w = *state;
	struct stat		 st;
	char			 text[500];

	flat_world_write(w, "Bob@X OK\r\n# no\nsmtp:ann@x\n@y\n\"#al\"@x\n");
	flat_world_open(w);
	read_kept(w, text);
	assert_string_equal(text, "# greygate's copy of the last good list; in "
	    "lower case\nbob@x\nann@x\n@y\n\"#al\"@x\n");
	assert_int_equal(stat(w->keep, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(unlink(w->path), 0);
	flat_world_restart(w);
	assert_int_equal(flat_world_count(w), 4);
	assert_true(flat_world_has(w, "#al@x"));
	assert_true(flat_world_has(w, "anybody@y"));
}

static void
copy_is_written_when_a_list_is_adopted_and_only_then(void **state)
{
	struct flat_world	*w = *state;
	struct stat		 before, after;
	char			 text[500];
	struct err		 e;

	flat_world_write_users(w, 0, 10);
	flat_world_open(w);
	assert_int_equal(stat(w->keep, &before), 0);
	flat_world_restart(w);
	flat_world_tend(w, 100);
	assert_int_equal(stat(w->keep, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	flat_world_write(w, "user1@x\n");
	flat_world_tend(w, 2);
	assert_int_equal(stat(w->keep, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(flat_world_adopt(w, &e), 1);
	read_kept(w, text);
	assert_non_null(strstr(text, "\nuser1@x\n"));
	assert_null(strstr(text, "user2@x"));
	/* As many, but another one. */
	w->conf.max_loss = 100;
	flat_world_restart(w);
	flat_world_write(w, "user2@x\n");
	flat_world_tend(w, 2);
	read_kept(w, text);
	assert_non_null(strstr(text, "\nuser2@x\n"));
}

static void
start_without_the_file_goes_on_with_the_copy(void **state)
{
	struct flat_world	*w = *state;
	struct flat_stats	 stats;
	struct stat		 st;

	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	assert_int_equal(unlink(w->path), 0);
	w->now += 1000;
	flat_world_restart(w);
	assert_true(flat_world_has(w, "bob@x"));
	assert_false(flat_world_has(w, "ann@x"));
	says(w, "list: No such file or directory; the last good list (1) "
	    "stays in force");
	flat_stats(w->f, &stats);
	assert_int_equal(stat(w->keep, &st), 0);
	assert_int_equal(stats.adopted, st.st_mtim.tv_sec);
	flat_world_write(w, "bob@x\nann@x\n");
	flat_world_tend(w, 2);
	assert_true(flat_world_has(w, "ann@x"));
	says(w, "");
}

static void
start_with_a_file_cut_short_goes_on_with_the_copy(void **state)
{
	struct flat_world	*w = *state;
	struct err		 e;

	flat_world_write_users(w, 0, 10);
	flat_world_open(w);
	flat_world_write_users(w, 0, 2);
	flat_world_restart(w);
	says(w, "lacks 8 of 10");
	assert_true(flat_world_has(w, "user9@x"));
	flat_world_tend(w, 100);
	assert_true(flat_world_has(w, "user9@x"));
	/* And the copy is not that of the file cut short. */
	flat_world_restart(w);
	assert_true(flat_world_has(w, "user9@x"));
	assert_string_equal(w->lost, "");
	assert_int_equal(flat_world_adopt(w, &e), 1);
	assert_false(flat_world_has(w, "user9@x"));
	flat_world_restart(w);
	says(w, "");
	assert_false(flat_world_has(w, "user9@x"));
}

static void
start_with_an_empty_file_goes_on_with_the_copy(void **state)
{
	struct flat_world	*w = *state;

	w->conf.max_loss = 100;
	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	flat_world_write(w, "");
	flat_world_restart(w);
	says(w, "holds no address");
	assert_true(flat_world_has(w, "bob@x"));
}

static void
start_with_neither_file_nor_copy_is_refused(void **state)
{
	struct flat_world	*w = *state;

	refuses_to_open(w, "list: No such file or directory; and there is no "
	    "copy of an earlier list");
	flat_world_write(w, "bob\n");
	refuses_to_open(w, "list: holds no address; ");
	assert_int_equal(access(w->keep, F_OK), -1);
	/* A copy that is none is as good as none. */
	write_text(w->folder, "kept", "");
	refuses_to_open(w, "kept: holds no address");
	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	says(w, "");
}

static void
lost_while_we_were_not_running_is_told_at_the_first_turn(void **state)
{
	struct flat_world	*w = *state;

	flat_world_write_users(w, 0, 10);
	flat_world_open(w);
	flat_world_write_users(w, 2, 30);
	flat_world_restart(w);
	assert_false(flat_world_has(w, "user1@x"));
	assert_string_equal(w->lost, "");
	flat_world_tend(w, 1);
	assert_string_equal(w->lost, "user0@x user1@x ");
	flat_world_tend(w, 10);
	assert_string_equal(w->lost, "user0@x user1@x ");
}

static void
copy_that_cannot_be_written_is_told_and_tried_each_minute(void **state)
{
	struct flat_world	*w = *state;
	char			 keep[100], folder[80];

	(void)snprintf(folder, sizeof(folder), "%s/state", w->folder);
	(void)snprintf(keep, sizeof(keep), "%s/kept", folder);
	w->conf.keep = keep;
	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	assert_true(flat_world_has(w, "bob@x"));
	says(w, "no copy of the list is kept for a start without its file: ");
	says(w, "state/kept.new: cannot be written: No such file");
	assert_int_equal(mkdir(folder, 0700), 0);
	flat_world_tend(w, 59);
	assert_int_equal(access(keep, F_OK), -1);
	flat_world_tend(w, 1);
	assert_int_equal(access(keep, F_OK), 0);
	says(w, "");
}

static void
copy_that_cannot_be_put_in_its_place_leaves_nothing_behind(void **state)
{
	struct flat_world	*w = *state;
	char			 new[80];

	assert_int_equal(mkdir(w->keep, 0700), 0);
	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	says(w, "kept: cannot be written: Is a directory");
	(void)snprintf(new, sizeof(new), "%s.new", w->keep);
	assert_int_equal(access(new, F_OK), -1);
}

static void
clock_set_back_does_not_put_off_the_copy(void **state)
{
	struct flat_world	*w = *state;
	char			 keep[100], folder[80];

	(void)snprintf(folder, sizeof(folder), "%s/state", w->folder);
	(void)snprintf(keep, sizeof(keep), "%s/kept", folder);
	w->conf.keep = keep;
	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	assert_int_equal(mkdir(folder, 0700), 0);
	w->now -= 100000;
	flat_world_tend(w, 1);
	assert_int_equal(access(keep, F_OK), 0);
}

/* As where the disk is full: what is there must stay. */
static void
copy_stays_whole_while_another_is_being_written(void **state)
{
	struct flat_world	*w = *state;
	char			 new[80], text[500], half[100];
	struct stat		 st;
	int			 fd;

	memset(half, 'h', sizeof(half));

	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	(void)snprintf(new, sizeof(new), "%s.new", w->keep);
	fd = open(new, O_WRONLY | O_CREAT, 0644);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(write(fd, half, sizeof(half)), sizeof(half));
	flat_world_write(w, "bob@x\nann@x\n");
	flat_world_tend(w, 2);
	assert_true(flat_world_has(w, "ann@x"));
	says(w, "kept.new: cannot be written");
	read_kept(w, text);
	assert_non_null(strstr(text, "\nbob@x\n"));
	assert_null(strstr(text, "ann@x"));
	/* Nor is what a killed process left behind in the way. */
	(void)close(fd);
	flat_world_tend(w, 60);
	says(w, "");
	read_kept(w, text);
	assert_non_null(strstr(text, "\nbob@x\nann@x\n"));
	assert_null(strstr(text, "hhh"));
	assert_int_equal(stat(w->keep, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(access(new, F_OK), -1);
}

static void
copy_in_lower_case_is_of_no_use_where_case_counts(void **state)
{
	struct flat_world	*w = *state;

	flat_world_write(w, "Bob@x\n");
	flat_world_open(w);
	w->conf.rule.case_sensitive = true;
	flat_world_restart(w);
	says(w, "");
	assert_true(flat_world_has(w, "Bob@x"));
	assert_false(flat_world_has(w, "bob@x"));
	/* The copy has the case by now, which does for both. */
	assert_int_equal(unlink(w->path), 0);
	flat_world_restart(w);
	assert_true(flat_world_has(w, "Bob@x"));
	w->conf.rule.case_sensitive = false;
	flat_world_restart(w);
	assert_true(flat_world_has(w, "bob@x"));
}

int
main(void)
{
#define EACH(test)	cmocka_unit_test_setup_teardown(test,		\
			    flat_world_begin, flat_world_end)
	const struct CMUnitTest tests[] = {
		EACH(copy_is_kept_in_its_own_words_and_for_us_alone),
		EACH(copy_is_written_when_a_list_is_adopted_and_only_then),
		EACH(start_without_the_file_goes_on_with_the_copy),
		EACH(start_with_a_file_cut_short_goes_on_with_the_copy),
		EACH(start_with_an_empty_file_goes_on_with_the_copy),
		EACH(start_with_neither_file_nor_copy_is_refused),
		EACH(lost_while_we_were_not_running_is_told_at_the_first_turn),
		EACH(copy_that_cannot_be_written_is_told_and_tried_each_minute),
		EACH(copy_that_cannot_be_put_in_its_place_leaves_nothing_behind),
		EACH(clock_set_back_does_not_put_off_the_copy),
		EACH(copy_stays_whole_while_another_is_being_written),
		EACH(copy_in_lower_case_is_of_no_use_where_case_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
