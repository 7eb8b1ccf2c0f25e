/* SPDX-License-Identifier: ISC
 * tests/unit/test_flat_hashed.c - lists of hashes, and the key to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
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
