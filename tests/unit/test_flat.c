/* SPDX-License-Identifier: ISC
 * tests/unit/test_flat.c - a list's file that changes, disappears and shrinks
 * under those who ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
address_is_listed_by_itself_its_base_or_its_whole_domain(void **state)
{
	static const struct { const char *address; bool has; } rows[] = {
		{ "bob@x", true }, { "BOB@X.", true }, { "bob+tag@x", true },
		{ "bob+@x", true }, { "ann+list@x", true }, { "ann@x", false },
		{ "ann+list+a@x", false }, { "joe@x", false },
		{ "bobtag@x", false }, { "+bob@x", false },
		{ "anybody@y", true }, { "any+body@Y", true },
		{ "anybody@y.z", false }, { "bob@xx", false },
		{ "bob", false }, { "bob@", false }, { "", false },
		{ "@x", false }, { "@y", true },
	};
	struct flat_world	*w = *state;
	struct flat_stats	 stats;
	unsigned long long	 found = 0;

	flat_world_write(w, "bob@x\nann+list@x\n@y\n");
	flat_world_open(w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		found += rows[i].has;
		if (flat_world_has(w, rows[i].address) != rows[i].has)
			fail_msg("\"%s\": not %d", rows[i].address,
			    rows[i].has);
	}
	flat_stats(w->f, &stats);
	assert_int_equal(stats.asked, sizeof(rows) / sizeof(rows[0]));
	assert_int_equal(stats.found, found);
	assert_int_equal(stats.addresses, 3);
	assert_int_equal(stats.adopted, w->now);
	assert_false(stats.hashed);
	assert_true(stats.bytes > 0);
	says(w, "");
}

static void
changed_file_is_adopted_once_it_stayed_the_same_for_a_look(void **state)
{
	struct flat_world	*w = *state;
	struct flat_stats	 stats;

	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	flat_world_tend(w, 3);
	flat_world_write(w, "bob@x\nann@x\n");
	flat_world_tend(w, 1);
	assert_false(flat_world_has(w, "ann@x"));
	flat_world_write(w, "bob@x\nann@x\njoe@x\n");
	flat_world_tend(w, 1);
	assert_false(flat_world_has(w, "ann@x"));
	flat_world_tend(w, 1);
	assert_true(flat_world_has(w, "ann@x"));
	assert_true(flat_world_has(w, "joe@x"));
	flat_stats(w->f, &stats);
	assert_int_equal(stats.adopted, w->now);
	says(w, "");
}

static void
change_that_keeps_the_size_is_seen_and_so_is_another_file(void **state)
{
	struct flat_world	*w = *state;
	char			 other[80];

	w->conf.max_loss = 100;
	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	flat_world_write(w, "ann@x\n");
	flat_world_tend(w, 2);
	assert_true(flat_world_has(w, "ann@x"));
	(void)snprintf(other, sizeof(other), "%s/other", w->folder);
	assert_int_equal(rename(w->path, other), 0);
	flat_world_write(w, "joe@x\n");
	flat_world_stamp(w, w->writes - 1);
	flat_world_tend(w, 2);
	assert_true(flat_world_has(w, "joe@x"));
}

static void
file_that_did_not_change_is_not_read_again(void **state)
{
	struct flat_world	*w = *state;

	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	flat_world_write(w, "ann@x\n");
	flat_world_stamp(w, w->writes - 1);
	flat_world_tend(w, 5);
	assert_true(flat_world_has(w, "bob@x"));
}

static void
missing_file_leaves_the_list_until_it_is_back(void **state)
{
	struct flat_world	*w = *state;

	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	assert_int_equal(unlink(w->path), 0);
	flat_world_tend(w, 1);
	says(w, "list: No such file or directory; the last good list (1) "
	    "stays in force");
	flat_world_tend(w, 100);
	assert_true(flat_world_has(w, "bob@x"));
	flat_world_write(w, "bob@x\nann@x\n");
	flat_world_tend(w, 2);
	assert_true(flat_world_has(w, "ann@x"));
	says(w, "");
}

static void
what_is_no_file_is_never_waited_for(void **state)
{
	struct flat_world	*w = *state;
	struct err		 e;

	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	assert_int_equal(unlink(w->path), 0);
	assert_int_equal(mkfifo(w->path, 0600), 0);
	flat_world_tend(w, 3);
	says(w, "not a regular file");
	assert_int_equal(flat_world_adopt(w, &e), -1);
	assert_non_null(strstr(e.text, "not a regular file"));
	assert_true(flat_world_has(w, "bob@x"));
}

/* As a user who may search the folder, but not read the file. */
static void
file_that_may_not_be_read_is_told_with_whom_it_concerns(void **state)
{
	enum { NOBODY = 65534 };
	struct flat_world	*w = *state;

	w->conf.keep = NULL;
	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	assert_int_equal(chmod(w->folder, 0755), 0);
	assert_int_equal(chmod(w->path, 0600), 0);
	flat_world_write(w, "bob@x\nann@x\n");
	assert_int_equal(seteuid(NOBODY), 0);
	flat_world_tend(w, 2);
	assert_int_equal(seteuid(0), 0);
	says(w, "list: Permission denied: let the user that greygate runs as "
	    "(uid 65534) read it");
	assert_true(flat_world_has(w, "bob@x"));
	/* Nothing of the file has changed; but now it can be read. */
	flat_world_tend(w, 1);
	assert_true(flat_world_has(w, "ann@x"));
	says(w, "");
}

static void
list_that_lost_no_more_than_it_may_is_adopted(void **state)
{
	struct flat_world	*w = *state;

	flat_world_write_users(w, 0, 10);
	flat_world_open(w);
	flat_world_write_users(w, 0, 7);
	flat_world_tend(w, 2);
	says(w, "");
	assert_int_equal(flat_world_count(w), 7);
	assert_string_equal(w->lost, "user7@x user8@x user9@x ");
}

static void
list_that_lost_more_waits_for_the_administrator(void **state)
{
	struct flat_world	*w = *state;
	struct err		 e;

	flat_world_write_users(w, 0, 10);
	flat_world_open(w);
	flat_world_write_users(w, 0, 6);
	flat_world_tend(w, 100);
	says(w, "list: lacks 4 of 10 addresses, more than the 30 % of "
	    "recipients.max-loss; if they are gone indeed, \"greyctl recipient "
	    "adopt\"; the last good list (10) stays in force");
	assert_true(flat_world_has(w, "user9@x"));
	assert_string_equal(w->lost, "");
	assert_int_equal(flat_world_adopt(w, &e), 1);
	assert_false(flat_world_has(w, "user9@x"));
	assert_string_equal(w->lost, "user6@x user7@x user8@x user9@x ");
	says(w, "");
	assert_int_equal(flat_world_adopt(w, &e), 0);
	flat_world_tend(w, 10);
	assert_int_equal(flat_world_count(w), 6);
}

/* As many as before, but others: a list of another company. */
static void
loss_is_of_addresses_not_of_their_number(void **state)
{
	struct flat_world	*w = *state;

	flat_world_write_users(w, 0, 10);
	flat_world_open(w);
	flat_world_write_users(w, 4, 60);
	flat_world_tend(w, 2);
	says(w, "lacks 4 of 10");
	assert_false(flat_world_has(w, "user12@x"));
	flat_world_write_users(w, 3, 60);
	flat_world_tend(w, 2);
	says(w, "");
	assert_true(flat_world_has(w, "user12@x"));
}

static void
all_or_none_may_be_lost_if_the_administrator_says_so(void **state)
{
	struct flat_world	*w = *state;

	w->conf.max_loss = 100;
	flat_world_write_users(w, 0, 10);
	flat_world_open(w);
	flat_world_write(w, "bob@x\n");
	flat_world_tend(w, 2);
	assert_int_equal(flat_world_count(w), 1);
	/* But no list at all is a mistake still. */
	flat_world_write(w, "");
	flat_world_tend(w, 2);
	says(w, "holds no address");
	assert_true(flat_world_has(w, "bob@x"));
	w->conf.max_loss = 0;
	flat_world_write_users(w, 0, 90);
	flat_unref(&w->f);
	assert_int_equal(unlink(w->keep), 0);
	flat_world_open(w);
	flat_world_write_users(w, 1, 90);
	flat_world_tend(w, 2);
	says(w, "lacks 1 of 90");
}

static void
address_that_its_domain_still_covers_is_not_lost(void **state)
{
	struct flat_world	*w = *state;

	w->conf.max_loss = 0;
	flat_world_write(w, "bob@x\nann@y\njoe+a@x\n");
	flat_world_open(w);
	flat_world_write(w, "@x\nann@y\n");
	flat_world_tend(w, 2);
	says(w, "");
	assert_string_equal(w->lost, "");
	/* And a domain is not one who could be told to be gone. */
	w->conf.max_loss = 100;
	flat_world_restart(w);
	flat_world_write(w, "bob@z\n");
	flat_world_tend(w, 2);
	assert_string_equal(w->lost, "ann@y ");
}

static void
refused_list_is_not_read_again_until_it_changes(void **state)
{
	struct flat_world	*w = *state;
	struct err		 e;

	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	flat_world_write(w, "#nobody\n");
	flat_world_tend(w, 2);
	says(w, "list: holds no address; the last good list (1) stays");
	assert_int_equal(flat_world_adopt(w, &e), -1);
	assert_non_null(strstr(e.text, "list: holds no address"));
	/* Better by now, but with the looks of what was refused. */
	flat_world_write(w, "bob@x\n#\n");
	flat_world_stamp(w, w->writes - 1);
	flat_world_tend(w, 100);
	says(w, "holds no address");
	flat_world_stamp(w, 100);
	flat_world_tend(w, 2);
	says(w, "");
	flat_world_write(w, "ann\n");
	assert_int_equal(flat_world_adopt(w, &e), -1);
	assert_non_null(strstr(e.text, "holds no address; "));
	assert_non_null(strstr(e.text, "list:1: no domain"));
	assert_true(flat_world_has(w, "bob@x"));
}

static void
refused_list_that_is_put_back_is_in_force_again(void **state)
{
	struct flat_world	*w = *state;
	struct err		 e;

	flat_world_write_users(w, 0, 10);
	flat_world_open(w);
	flat_world_write_users(w, 0, 1);
	flat_world_tend(w, 2);
	says(w, "lacks 9 of 10");
	flat_world_write_users(w, 0, 10);
	flat_world_stamp(w, 1);
	flat_world_tend(w, 2);
	says(w, "");
	assert_int_equal(flat_world_adopt(w, &e), 0);
}

static void
bad_lines_are_told_while_the_others_are_in_force(void **state)
{
	struct flat_world	*w = *state;

	flat_world_write(w, "bob@x\nann\n");
	flat_world_open(w);
	says(w, "1 bad line is left out, to be corrected: ");
	says(w, "list:2: no domain (an address is user@domain): ann");
	flat_world_write(w, "bob@x\nann\nb\nc\nd\n");
	flat_world_tend(w, 2);
	says(w, "4 bad lines are left out");
	says(w, " ...");
	assert_true(flat_world_has(w, "bob@x"));
	flat_world_write(w, "bob@x\nann@x\n");
	flat_world_tend(w, 2);
	says(w, "");
}

static bool
put(const char *address, void *arg)
{
	strcat(strcat(arg, address), " ");
	return strstr(arg, "ann") == NULL;
}

static void
list_can_be_walked_until_it_is_enough(void **state)
{
	struct flat_world	*w = *state;
	char			 got[100] = "";

	flat_world_write(w, "Bob@x\n@y\nann@x\njoe@x\n");
	flat_world_open(w);
	assert_int_equal(flat_walk(w->f, put, got, NULL), 0);
	assert_string_equal(got, "bob@x @y ann@x ");
}

static void
list_is_the_same_only_with_the_same_settings(void **state)
{
	struct flat_world	*w = *state;
	struct flat_conf	 c;

	flat_world_write(w, "bob@x\n");
	flat_world_open(w);
	assert_true(flat_is(w->f, &w->conf));
#define OTHER(member, value)						\
	c = w->conf;							\
	c.member = value;						\
	assert_false(flat_is(w->f, &c))
	OTHER(path, "/other");
	OTHER(keep, "/other");
	OTHER(keep, NULL);
	OTHER(key_file, "/other");
	OTHER(rule.delimiters, "+-");
	OTHER(rule.case_sensitive, true);
	OTHER(max_loss, 31);
}

int
main(void)
{
#define EACH(test)	cmocka_unit_test_setup_teardown(test,		\
			    flat_world_begin, flat_world_end)
	const struct CMUnitTest tests[] = {
		EACH(address_is_listed_by_itself_its_base_or_its_whole_domain),
		EACH(changed_file_is_adopted_once_it_stayed_the_same_for_a_look),
		EACH(change_that_keeps_the_size_is_seen_and_so_is_another_file),
		EACH(file_that_did_not_change_is_not_read_again),
		EACH(missing_file_leaves_the_list_until_it_is_back),
		EACH(what_is_no_file_is_never_waited_for),
		EACH(file_that_may_not_be_read_is_told_with_whom_it_concerns),
		EACH(list_that_lost_no_more_than_it_may_is_adopted),
		EACH(list_that_lost_more_waits_for_the_administrator),
		EACH(loss_is_of_addresses_not_of_their_number),
		EACH(all_or_none_may_be_lost_if_the_administrator_says_so),
		EACH(address_that_its_domain_still_covers_is_not_lost),
		EACH(refused_list_is_not_read_again_until_it_changes),
		EACH(refused_list_that_is_put_back_is_in_force_again),
		EACH(bad_lines_are_told_while_the_others_are_in_force),
		EACH(list_can_be_walked_until_it_is_enough),
		EACH(list_is_the_same_only_with_the_same_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
