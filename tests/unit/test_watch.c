/* SPDX-License-Identifier: ISC
 * tests/unit/test_watch.c - when a list's file is to be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "recipient/watch.h"
#include "tests/lib/flat_world.h"
#include "tests/lib/store_world.h"

static struct watch
watch_of(const struct flat_world *w)
{
	return (struct watch){ .path = w->path, .key_file = "" };
}

static void
looks(struct watch *x, int64_t now, enum watch_state wanted)
{
	enum watch_state	got = watch_look(x, now, NULL);

	if (got != wanted)
		fail_msg("at %lld: %d, not %d", (long long)now, got, wanted);
}

static void
file_is_read_at_the_second_look_and_not_again(void **state)
{
	struct flat_world	*w = *state;
	struct watch		 x = watch_of(w);
	struct version		 v;
	int			 fd;

	looks(&x, 1, WATCH_GONE);
	flat_world_write(w, "a");
	looks(&x, 2, WATCH_CHANGING);
	looks(&x, 3, WATCH_SETTLED);
	looks(&x, 4, WATCH_SETTLED);
	assert_false(watch_is_done(&x));
	fd = watch_open(&x, &v, NULL);
	assert_true(watch_is_whole(&x, fd, &v));
	watch_settle(&x, &v);
	assert_true(watch_is_done(&x));
	looks(&x, 5, WATCH_DONE);
	flat_world_write(w, "b");
	assert_false(watch_is_done(&x));
	looks(&x, 6, WATCH_CHANGING);
	looks(&x, 7, WATCH_SETTLED);
	(void)close(fd);
}

static void
file_that_comes_back_is_looked_at_as_a_new_one(void **state)
{
	struct flat_world	*w = *state;
	struct watch		 x = watch_of(w);
	struct version		 v;
	char			 other[80];

	(void)snprintf(other, sizeof(other), "%s.old", w->path);
	flat_world_write(w, "a");
	(void)close(watch_open(&x, &v, NULL));
	watch_settle(&x, &v);
	looks(&x, 1, WATCH_DONE);
	assert_int_equal(rename(w->path, other), 0);
	looks(&x, 2, WATCH_GONE);
	assert_int_equal(rename(other, w->path), 0);
	looks(&x, 3, WATCH_CHANGING);
	looks(&x, 4, WATCH_SETTLED);
}

static void
size_and_mode_are_looked_at_too(void **state)
{
	struct flat_world	*w = *state;
	struct watch		 x = watch_of(w);

	flat_world_write(w, "a");
	assert_int_equal(chmod(w->path, 0600), 0);
	looks(&x, 1, WATCH_CHANGING);
	flat_world_write(w, "ab");
	flat_world_stamp(w, w->writes - 1);
	looks(&x, 2, WATCH_CHANGING);
	assert_int_equal(chmod(w->path, 0640), 0);
	looks(&x, 3, WATCH_CHANGING);
	looks(&x, 4, WATCH_SETTLED);
}

static void
file_that_changes_while_it_is_read_is_not_whole(void **state)
{
	struct flat_world	*w = *state;
	struct watch		 x = watch_of(w);
	struct version		 v;
	int			 fd;

	flat_world_write(w, "a");
	looks(&x, 1, WATCH_CHANGING);
	looks(&x, 2, WATCH_SETTLED);
	fd = watch_open(&x, &v, NULL);
	flat_world_write(w, "b");
	assert_false(watch_is_whole(&x, fd, &v));
	looks(&x, 3, WATCH_CHANGING);
	looks(&x, 4, WATCH_SETTLED);
	(void)close(fd);
}

static void
what_failed_is_tried_again_after_a_minute_or_a_change(void **state)
{
	struct flat_world	*w = *state;
	struct watch		 x = watch_of(w);

	flat_world_write(w, "a");
	looks(&x, 100, WATCH_CHANGING);
	looks(&x, 101, WATCH_SETTLED);
	watch_fail(&x, 101);
	looks(&x, 102, WATCH_CHANGING);
	looks(&x, 160, WATCH_CHANGING);
	looks(&x, 161, WATCH_SETTLED);
	watch_fail(&x, 161);
	/* The clock was set back. */
	looks(&x, 160, WATCH_SETTLED);
	watch_fail(&x, 160);
	flat_world_write(w, "b");
	looks(&x, 161, WATCH_CHANGING);
	looks(&x, 162, WATCH_SETTLED);
}

static void
key_that_comes_or_changes_is_a_change(void **state)
{
	struct flat_world	*w = *state;
	struct watch		 x = watch_of(w);
	struct version		 v;
	int			 fd;

	x.key_file = w->key;
	flat_world_write(w, "a");
	looks(&x, 1, WATCH_CHANGING);
	looks(&x, 2, WATCH_SETTLED);
	fd = watch_open(&x, &v, NULL);
	watch_settle(&x, &v);
	looks(&x, 3, WATCH_DONE);
	write_text(w->folder, "key", "a key");
	assert_false(watch_is_whole(&x, fd, &v));
	assert_false(watch_is_done(&x));
	looks(&x, 4, WATCH_CHANGING);
	looks(&x, 5, WATCH_SETTLED);
	(void)close(fd);
}

int
main(void)
{
#define EACH(test)	cmocka_unit_test_setup_teardown(test,		\
			    flat_world_begin, flat_world_end)
	const struct CMUnitTest tests[] = {
		EACH(file_is_read_at_the_second_look_and_not_again),
		EACH(file_that_comes_back_is_looked_at_as_a_new_one),
		EACH(size_and_mode_are_looked_at_too),
		EACH(file_that_changes_while_it_is_read_is_not_whole),
		EACH(what_failed_is_tried_again_after_a_minute_or_a_change),
		EACH(key_that_comes_or_changes_is_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
