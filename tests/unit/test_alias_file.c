/* SPDX-License-Identifier: ISC
 * tests/unit/test_alias_file.c - alias files, and what becomes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "recipient/alias_file.h"
#include "tests/lib/store_world.h"

struct place {
	char		  folder[40], path[60];
	struct alias_file *f;
	int		  written;
};

static int
begin(void **state)
{
	struct place	*p = calloc(1, sizeof(*p));

	(void)snprintf(p->folder, sizeof(p->folder),
	    "/tmp/greygate-test-XXXXXX");
	if (mkdtemp(p->folder) == NULL)
		return -1;
	(void)snprintf(p->path, sizeof(p->path), "%s/aliases", p->folder);
	*state = p;
	return 0;
}

static int
end(void **state)
{
	struct place	*p = *state;

	alias_file_close(&p->f);
	remove_all(p->folder);
	free(p);
	return 0;
}

/* In place, as an editor does, with a time of its own: two writes within the
 * same tick of the system's clock must not look alike. */
static void
write_aliases(struct place *p, const char *text)
{
	struct timespec	times[2] = { { .tv_nsec = UTIME_OMIT },
			    { .tv_sec = 1700000000 } };

	write_text(p->folder, "aliases", text);
	times[1].tv_nsec = ++p->written;
	assert_int_equal(utimensat(AT_FDCWD, p->path, times, 0), 0);
}

static void
open_aliases(struct place *p, const char *text)
{
	struct err	e;

	write_aliases(p, text);
	if (alias_file_open(p->path, &p->f, &e) == -1)
		fail_msg("%s", e.text);
}

static bool
put(const char *name, void *arg)
{
	strcat(strcat(arg, name), "\n");
	return true;
}

static void
names_are_what_stands_before_the_colon(void **state)
{
	static const char	text[] =
	    "\xef\xbb\xbf# aliases(5)\n"
	    "postmaster: root\r\n"
	    "Root:bob, ann\n"
	    "   joe: not a name, the line before goes on\n"
	    "\tal: nor this\n"
	    "#old: bob\n"
	    "\n"
	    "  # info: bob\n"
	    "info : bob\n"
	    "\"john smith\": js\n"
	    "\"a:b\": ab\n"
	    "\"plain\": x\n"
	    "owner-list: bob\n"
	    "list: :include:/etc/list\n"
	    "pipe: \"|/usr/bin/prog: x\"\n"
	    "no colon here\n"
	    ": nobody\n"
	    "far@example.com: bob\n"
	    "bob+tag: bob\n"
	    "last: bob";
	struct place		*p = *state;
	char			 got[500] = "";

	open_aliases(p, text);
	alias_file_walk(p->f, put, got);
	assert_string_equal(got, "postmaster\nroot\ninfo\n\"john smith\"\n"
	    "\"a:b\"\nplain\nowner-list\nlist\npipe\nbob+tag\nlast\n");
}

static void
names_are_found_in_any_case_and_whole(void **state)
{
	static const struct { const char *name; bool has; } rows[] = {
		{ "root", true }, { "ROOT", true }, { "Root", true },
		{ "\"john smith\"", true }, { "\"John Smith\"", true },
		{ "roo", false }, { "root2", false }, { "john", false },
		{ "bob", false }, { "", false }, { "root: bob", false },
	};
	struct place	*p = *state;

	open_aliases(p, "Root: bob\n\"John Smith\": js\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (alias_file_has(p->f, rows[i].name) != rows[i].has)
			fail_msg("%s: not %d", rows[i].name, rows[i].has);
}

static void
change_is_seen_at_the_next_question(void **state)
{
	struct place	*p = *state;

	open_aliases(p, "one: bob\n");
	assert_true(alias_file_has(p->f, "one"));
	/* As long as the one before: the time alone tells. */
	write_aliases(p, "two: bob\n");
	assert_true(alias_file_has(p->f, "two"));
	assert_false(alias_file_has(p->f, "one"));
}

static void
file_that_did_not_change_is_not_read_again(void **state)
{
	struct place	*p = *state;

	open_aliases(p, "one: bob\n");
	write_aliases(p, "two: bob\n");
	assert_true(alias_file_has(p->f, "two"));
	p->written--;
	write_aliases(p, "six: bob\n");
	assert_true(alias_file_has(p->f, "two"));
	assert_false(alias_file_has(p->f, "six"));
}

static void
file_put_in_its_place_is_seen(void **state)
{
	struct place	*p = *state;
	char		 other[80];

	open_aliases(p, "one: bob\n");
	write_text(p->folder, "new", "two: bob\n");
	(void)snprintf(other, sizeof(other), "%s/new", p->folder);
	assert_int_equal(rename(other, p->path), 0);
	assert_true(alias_file_has(p->f, "two"));
	assert_false(alias_file_has(p->f, "one"));
}

static void
names_stay_while_the_file_is_gone_or_empty_or_no_file(void **state)
{
	struct place	*p = *state;

	open_aliases(p, "one: bob\n");
	assert_int_equal(unlink(p->path), 0);
	assert_true(alias_file_has(p->f, "one"));
	write_aliases(p, "");
	assert_true(alias_file_has(p->f, "one"));
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(mkfifo(p->path, 0600), 0);
	assert_true(alias_file_has(p->f, "one"));
	assert_int_equal(unlink(p->path), 0);
	write_aliases(p, "two: bob\n");
	assert_false(alias_file_has(p->f, "one"));
	assert_true(alias_file_has(p->f, "two"));
}

static void
file_that_cannot_be_read_at_first_is_told(void **state)
{
	struct place	*p = *state;
	struct err	 e;

	assert_int_equal(alias_file_open(p->path, &p->f, &e), -1);
	assert_non_null(strstr(e.text, "aliases: No such file"));
	assert_int_equal(alias_file_open(p->folder, &p->f, &e), -1);
	assert_non_null(strstr(e.text, "not a regular file"));
	assert_null(p->f);
}

static void
file_without_names_is_no_mistake(void **state)
{
	struct place	*p = *state;

	open_aliases(p, "# none yet\n");
	assert_false(alias_file_has(p->f, "root"));
	write_aliases(p, "root: bob\n");
	assert_true(alias_file_has(p->f, "root"));
}

struct asking {
	struct alias_file *f;
	atomic_bool	 stop;
};

static void *
ask_on(void *arg)
{
	struct asking	*a = arg;
	size_t		 missed = 0;

	while (!atomic_load(&a->stop))
		missed += !alias_file_has(a->f, "info");
	return (void *)(uintptr_t)missed;
}

static void
who_asks_while_it_changes_finds_what_stays(void **state)
{
	struct place	*p = *state;
	struct asking	 a = { .stop = false };
	pthread_t	 id[2];
	char		 new[80];
	void		*missed;

	open_aliases(p, "info: bob\n");
	a.f = p->f;
	(void)snprintf(new, sizeof(new), "%s/new", p->folder);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&id[i], NULL, ask_on, &a), 0);
	for (int i = 0; i < 100; i++) {
		write_text(p->folder, "new", i % 2 ? "info: bob\nodd: bob\n" :
		    "even: bob\ninfo: bob\n");
		assert_int_equal(rename(new, p->path), 0);
		assert_true(alias_file_has(p->f, i % 2 ? "odd" : "even"));
	}
	atomic_store(&a.stop, true);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(id[i], &missed), 0);
		assert_null(missed);
	}
}

int
main(void)
{
#define EACH(test)	cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		EACH(names_are_what_stands_before_the_colon),
		EACH(names_are_found_in_any_case_and_whole),
		EACH(change_is_seen_at_the_next_question),
		EACH(file_that_did_not_change_is_not_read_again),
		EACH(file_put_in_its_place_is_seen),
		EACH(names_stay_while_the_file_is_gone_or_empty_or_no_file),
		EACH(file_that_cannot_be_read_at_first_is_told),
		EACH(file_without_names_is_no_mistake),
		EACH(who_asks_while_it_changes_finds_what_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
