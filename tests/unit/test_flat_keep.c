/* SPDX-License-Identifier: ISC
 * tests/unit/test_flat_keep.c - starts with a list that is gone, cut short or
 * older than our copy; and lists of hashes. */
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

static const char	one[] = "0123456789abcdef", two[] = "0123456789abcdeF";

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
	refuses_to_open(w, "holds no address");
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

/* As where the disk is full: what is there must stay. */
static void
copy_stays_whole_while_another_is_being_written(void **state)
{
	struct flat_world	*w = *state;
	char			 new[80], text[500];
	int			 fd;

	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	(void)snprintf(new, sizeof(new), "%s.new", w->keep);
	fd = open(new, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(write(fd, "half", 4), 4);
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
	assert_null(strstr(text, "half"));
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

static void
write_hashed(struct flat_world *w, const char *key,
    const char *const addresses[])
{
	char	text[2000];

	flat_world_hashed(text, key, addresses);
	flat_world_write(w, text);
}

static void
write_key(struct flat_world *w, const char *key)
{
	write_text(w->folder, "key", key);
	assert_int_equal(chmod(w->key, 0600), 0);
	w->conf.key_file = w->key;
}

static const char *const	some[] = { "bob@x", "ann+a@x", "@y", NULL };

static bool
never(const char *address, void *arg)
{
	(void)arg;
	fail_msg("told: %s", address);
	return false;
}

static void
hashed_address_is_listed_by_itself_its_base_or_its_domain(void **state)
{
	static const struct { const char *address; bool has; } rows[] = {
		{ "bob@x", true }, { "Bob+tag@X", true }, { "ann+A@x", true },
		{ "any@y", true }, { "ann@x", false }, { "ann+b@x", false },
		{ "any@yy", false }, { "@", false }, { "joe@x", false },
	};
	struct flat_world	*w = *state;
	struct flat_stats	 stats;
	struct err		 e;

	write_key(w, one);
	write_hashed(w, one, some);
	flat_world_open(w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (flat_world_has(w, rows[i].address) != rows[i].has)
			fail_msg("%s: not %d", rows[i].address, rows[i].has);
	flat_stats(w->f, &stats);
	assert_true(stats.hashed);
	assert_int_equal(stats.addresses, 3);
	assert_int_equal(flat_walk(w->f, never, NULL, &e), -1);
	assert_non_null(strstr(e.text, "hashes"));
	says(w, "");
}

static void
copy_of_a_hashed_list_does_for_a_start(void **state)
{
	struct flat_world	*w = *state;
	char			 text[500];

	write_key(w, one);
	write_hashed(w, one, some);
	flat_world_open(w);
	read_kept(w, text);
	assert_null(strstr(text, "bob"));
	assert_int_equal(unlink(w->path), 0);
	flat_world_restart(w);
	assert_true(flat_world_has(w, "bob@x"));
	says(w, "No such file");
}

/* Nobody would be found, and all refused. */
static void
list_under_another_key_is_refused_until_the_key_is_right(void **state)
{
	struct flat_world	*w = *state;

	write_key(w, one);
	write_hashed(w, two, some);
	refuses_to_open(w, "made with another key");
	write_hashed(w, one, some);
	flat_world_open(w);
	write_hashed(w, two, some);
	flat_world_tend(w, 2);
	says(w, "made with another key");
	assert_true(flat_world_has(w, "bob@x"));
	/* The list is as it was; the key is not. */
	w->conf.max_loss = 100;
	flat_world_restart(w);
	says(w, "made with another key");
	write_text(w->folder, "key", "0123456789abcdeF\n");
	flat_world_tend(w, 2);
	says(w, "");
	assert_true(flat_world_has(w, "bob@x"));
}

static void
new_key_without_a_new_list_changes_nothing(void **state)
{
	struct flat_world	*w = *state;

	write_key(w, one);
	write_hashed(w, one, some);
	flat_world_open(w);
	write_text(w->folder, "key", "another key, and a longer one");
	flat_world_tend(w, 2);
	says(w, "made with another key");
	assert_true(flat_world_has(w, "bob@x"));
	assert_int_equal(unlink(w->key), 0);
	flat_world_tend(w, 2);
	says(w, "a hashed address: ");
	says(w, "key: No such file");
	assert_true(flat_world_has(w, "bob@x"));
	write_text(w->folder, "key", one);
	flat_world_tend(w, 2);
	assert_true(flat_world_has(w, "bob@x"));
	assert_null(strstr(flat_world_trouble(w), "hashed"));
}

static void
hashed_list_without_a_key_is_refused(void **state)
{
	struct flat_world	*w = *state;

	write_hashed(w, one, some);
	refuses_to_open(w, "list:1: a hashed address: recipients.key-file does "
	    "not name the key");
}

static void
list_that_becomes_hashed_has_lost_nobody(void **state)
{
	struct flat_world	*w = *state;

	w->conf.max_loss = 0;
	write_key(w, one);
	flat_world_write(w, "bob@x\nann+a@x\n@y\n");
	flat_world_open(w);
	write_hashed(w, one, some);
	flat_world_tend(w, 2);
	says(w, "");
	assert_string_equal(w->lost, "");
	assert_true(flat_world_has(w, "bob@x"));
	/* Back again nobody can tell who they were. */
	flat_world_write(w, "bob@x\nann+a@x\n@y\n");
	flat_world_tend(w, 2);
	says(w, "lacks 3 of 3");
}

static void
key_that_others_can_read_is_trouble(void **state)
{
	struct flat_world	*w = *state;

	write_key(w, one);
	write_hashed(w, one, some);
	assert_int_equal(chmod(w->key, 0644), 0);
	flat_world_open(w);
	says(w, "key: others can read or change the key (mode 0644): chmod "
	    "640 it");
	assert_int_equal(chmod(w->key, 0640), 0);
	says(w, "");
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
		EACH(copy_stays_whole_while_another_is_being_written),
		EACH(copy_in_lower_case_is_of_no_use_where_case_counts),
		EACH(hashed_address_is_listed_by_itself_its_base_or_its_domain),
		EACH(copy_of_a_hashed_list_does_for_a_start),
		EACH(list_under_another_key_is_refused_until_the_key_is_right),
		EACH(new_key_without_a_new_list_changes_nothing),
		EACH(hashed_list_without_a_key_is_refused),
		EACH(list_that_becomes_hashed_has_lost_nobody),
		EACH(key_that_others_can_read_is_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
