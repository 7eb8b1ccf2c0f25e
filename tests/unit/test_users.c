/* SPDX-License-Identifier: ISC
 * tests/unit/test_users.c - the users that this system really has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include <cmocka.h>

#include "recipient/users.h"
#include "tests/lib/store_world.h"

static int
begin(void **state)
{
	*state = users_new();
	return *state == NULL ? -1 : 0;
}

static int
end(void **state)
{
	struct users	*u = *state;

	users_free(&u);
	assert_null(u);
	users_free(&u);
	return 0;
}

static void
users_exist_and_others_do_not(void **state)
{
	assert_int_equal(users_have(*state, "root", NULL), 1);
	assert_int_equal(users_have(*state, "no-such-user-here", NULL), 0);
	assert_int_equal(users_have(*state, "", NULL), 0);
	assert_int_equal(users_have(*state, "Root", NULL), 0);
}

static bool
count_root(const char *name, void *arg)
{
	*(int *)arg += strcmp(name, "root") == 0;
	return true;
}

static bool
count_one(const char *name, void *arg)
{
	(void)name;
	++*(int *)arg;
	return false;
}

static void
users_are_walked_each_once_until_it_is_enough(void **state)
{
	int	n = 0;

	assert_int_equal(users_walk(*state, count_root, &n, NULL), 0);
	assert_int_equal(n, 1);
	n = 0;
	assert_int_equal(users_walk(*state, count_one, &n, NULL), 0);
	assert_int_equal(n, 1);
}

/* glibc says ENOENT for everybody then, the same as some systems do for those
 * who do not exist. */
static void
missing_passwd_is_no_answer_about_anybody(void **state)
{
	char		folder[] = "/tmp/greygate-test-XXXXXX";
	struct err	e;
	int		n = 0;

	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		fail_msg("this test runs as root: it hides /etc");
	assert_non_null(mkdtemp(folder));
	write_text(folder, "nsswitch.conf", "passwd: files\n");
	assert_int_equal(mount(folder, "/etc", NULL, MS_BIND, NULL), 0);
	assert_int_equal(users_have(*state, "root", &e), -1);
	assert_non_null(strstr(e.text, "cannot be asked"));
	assert_int_equal(users_walk(*state, count_root, &n, &e), -1);
	write_text(folder, "passwd", "root:x:0:0::/:/bin/sh\n");
	assert_int_equal(users_have(*state, "root", &e), 1);
	assert_int_equal(users_have(*state, "bob", &e), 0);
	assert_int_equal(umount("/etc"), 0);
	remove_all(folder);
}

int
main(void)
{
#define EACH(test)	cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		EACH(users_exist_and_others_do_not),
		EACH(users_are_walked_each_once_until_it_is_enough),
		EACH(missing_passwd_is_no_answer_about_anybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
