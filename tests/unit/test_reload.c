/* SPDX-License-Identifier: ISC
 * tests/unit/test_reload.c - what a reload takes, and what it leaves alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "milter/reload.h"

/* A default file in a folder of its own, and a filter that runs on it. */
struct world {
	char		 folder[64];
	struct settings_file file;
	struct policy_deps deps;
	struct live	*live;
	struct journal	*journal;
	struct reload	 reload;
};

static void
write_file(struct world *w, const char *text)
{
	FILE	*f = fopen(w->file.path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
ignore(const char *sentence, void *arg)
{
	(void)sentence, (void)arg;
}

static int
make_world(void **state)
{
	struct world	*w = calloc(1, sizeof(*w));
	struct conf	*conf = NULL;
	struct policy	*policy;

	assert_non_null(w);
	(void)strcpy(w->folder, "/tmp/greygate-reload.XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(w->file.path, sizeof(w->file.path), "%s/conf",
	    w->folder);
	write_file(w, "journal = \"\"\ngreylist { delay = 5m }\n");
	w->deps.alarms = alarms_new();
	assert_int_equal(settings_read(&w->file, &conf, ignore, NULL), 0);
	policy = policy_new(&conf, &w->deps);
	assert_non_null(policy);
	w->live = live_new(&policy);
	assert_int_equal(journal_open(&w->journal, "", w->deps.alarms, NULL),
	    0);
	w->reload = (struct reload){ .file = &w->file, .live = w->live,
	    .first = live_ref(w->live),
	    .deps = w->deps, .journal = w->journal, .clock = clock_system(),
	    .lock = PTHREAD_MUTEX_INITIALIZER };
	*state = w;
	return 0;
}

static int
free_world(void **state)
{
	struct world	*w = *state;

	journal_close(&w->journal);
	policy_unref(&w->reload.first);
	live_free(&w->live);
	alarms_free(&w->deps.alarms);
	(void)unlink(w->file.path);
	assert_int_equal(rmdir(w->folder), 0);
	free(w);
	return 0;
}

static int64_t
delay(struct world *w)
{
	struct policy	*policy = live_ref(w->live);
	int64_t		 delay = policy_conf(policy)->greylist.delay;

	policy_unref(&policy);
	return delay;
}

static void
changed_file_is_put_in_force(void **state)
{
	struct world	*w = *state;

	write_file(w, "journal = \"\"\ngreylist { delay = 7m }\n");
	assert_int_equal(reload_now(&w->reload, NULL), 0);
	assert_int_equal(delay(w), 420);
}

static void
mistake_in_the_file_keeps_what_runs(void **state)
{
	struct world	*w = *state;
	struct err	 e;

	write_file(w, "greylist { delay = soon }\n");
	assert_int_equal(reload_now(&w->reload, &e), -1);
	assert_non_null(strstr(e.text, "settings in force are kept"));
	assert_int_equal(delay(w), 300);
	assert_true(alarm_get(w->deps.alarms, ALARM_RELOAD).raised);
}

static void
more_mistakes_than_one_are_found_by_a_check(void **state)
{
	struct world	*w = *state;
	struct err	 e;

	write_file(w, "dealy = 1m\ngreylist { delay = soon }\n");
	assert_int_equal(reload_now(&w->reload, &e), -1);
	assert_non_null(strstr(e.text, "conf:1: "));
	assert_non_null(strstr(e.text, " (and more: greygate -t tells all); "
	    "the settings in force are kept"));
}

static void
what_waits_for_a_start_is_no_trouble(void **state)
{
	struct world	*w = *state;

	alarm_raise(w->deps.alarms, ALARM_WHITELIST, 1, "a regex");
	write_file(w, "journal = \"\"\nlisten = \"inet:8899@127.0.0.1\"\n");
	assert_int_equal(reload_now(&w->reload, NULL), 0);
	assert_false(alarm_get(w->deps.alarms, ALARM_RELOAD).raised);
	assert_false(alarm_get(w->deps.alarms, ALARM_WHITELIST).raised);
}

/* The defaults are for who never had a file. */
static void
default_file_that_has_gone_keeps_what_runs(void **state)
{
	struct world	*w = *state;
	struct err	 e;

	assert_int_equal(unlink(w->file.path), 0);
	assert_int_equal(reload_now(&w->reload, &e), -1);
	assert_non_null(strstr(e.text, "is gone; the settings in force"));
	assert_int_equal(delay(w), 300);
}

/* As where its folder is closed to the user that the filter became. */
static void
default_file_that_cannot_be_looked_at_keeps_what_runs(void **state)
{
	struct world	*w = *state;
	struct err	 e;

	assert_int_equal(unlink(w->file.path), 0);
	assert_int_equal(symlink(w->file.path, w->file.path), 0);
	assert_int_equal(reload_now(&w->reload, &e), -1);
	assert_non_null(strstr(e.text, "settings in force are kept"));
	assert_int_equal(delay(w), 300);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, \
	free_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(changed_file_is_put_in_force),
		TEST(mistake_in_the_file_keeps_what_runs),
		TEST(more_mistakes_than_one_are_found_by_a_check),
		TEST(what_waits_for_a_start_is_no_trouble),
		TEST(default_file_that_has_gone_keeps_what_runs),
		TEST(default_file_that_cannot_be_looked_at_keeps_what_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
