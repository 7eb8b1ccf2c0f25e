/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_entry.c - what greyctl tells of an entry beside others,
 * that are shipped, that do not fit. Runs in the project's root: it reads etc/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/control_fixture.h"

/* A safe one added beside it tightens nothing. */
static void
entry_that_lets_in_more_is_told_beside_the_new_one(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "own", "domain f.example unsafe\n");
	fixture_write(f, "large", "domain big.example\n");
	fixture_configure(f, "whitelist = {\"~/own\"}\n"
	    "large-senders = \"~/large\"\n");
	fixture_asks(f, "whitelist add domain o.example unsafe", 0);
	assert_null(strstr(f->out, "beside"));
	fixture_asks(f, "whitelist add domain o.example", 0);
	fixture_has(f->out, "\n    beside it: domain o.example unsafe, which "
	    "lets in whoever gives such a sender; greyctl whitelist remove "
	    "'domain o.example unsafe'\n");
	fixture_asks(f, "whitelist add domain o.example to a@b.example", 0);
	fixture_has(f->out, "beside it: domain o.example, which lets in the "
	    "same and more; ");
	fixture_asks(f, "whitelist add domain f.example", 0);
	fixture_has(f->out, "such a sender; it stands in /");
	fixture_asks(f, "whitelist add domain big.example to a@b.example", 0);
	assert_null(strstr(f->out, "beside"));
	fixture_asks(f, "whitelist remove domain o.example", 0);
	fixture_asks(f, "whitelist remove domain o.example", 1);
	fixture_has(f->messages, "there is no live entry \"domain o.example\"; "
	    "there is \"domain o.example ");
}

/* An update would bring it back. */
static void
shipped_entry_is_left_out_by_a_copy(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "large", "domain big.example\n");
	fixture_configure(f, "whitelist = {}\nlarge-senders = \"~/large\"\n");
	fixture_asks(f, "whitelist remove domain big.example", 1);
	fixture_has(f->messages, "/large:1, which an update overwrites: copy "
	    "that file, take it out of the copy, name the copy in "
	    "large-senders, then greyctl reload");
}

static void
mailbox_in_a_foreign_domain_is_asked_about(void **state)
{
	static const struct { const char *line; bool asks; } rows[] = {
		{ "whitelist add recipient a@exmaple.com", true },
		{ "whitelist add recipient @exmaple.com", true },
		{ "grace a@exmaple.com 10m", true },
		{ "whitelist add recipient a@example.com", false },
		{ "whitelist add recipient abuse@", false },
		{ "grace a@example.com 10m", false },
		{ "whitelist add sender a@exmaple.com", false },
	};
	struct fixture	*f = *state;

	fixture_asks(f, rows[0].line, 0);
	assert_null(strstr(f->out, "misspelt"));
	fixture_configure(f, "local-domains = {\"example.com\"}\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_asks(f, rows[i].line, 0);
		if ((strstr(f->out, "    its domain is not in local-domains: "
		    "is it misspelt?\n") != NULL) != rows[i].asks)
			fail_msg("%s: %s", rows[i].line, f->out);
	}
}

/* Each origin stands below its head. */
static void
shipped_entries_do_not_shift_the_columns(void **state)
{
	struct fixture	*f = *state;
	char		*line, *rest;
	size_t		 column, n = 0;
	char		 text[PATH_MAX + 64], *folder = getcwd(NULL, 0);

	assert_non_null(folder);
	(void)snprintf(text, sizeof(text), "whitelist = {}\n"
	    "large-senders = \"%s/etc/large-senders\"\n", folder);
	free(folder);
	fixture_configure(f, text);
	fixture_asks(f, "whitelist list", 0);
	rest = f->out;
	line = strsep(&rest, "\n");
	column = (size_t)(strstr(line, "ORIGIN") - line);
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		n++;
		if (strncmp(line + column - 1, " shipped ", 9) != 0)
			fail_msg("%s", line);
	}
	assert_in_range(n, 20, 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entry_that_lets_in_more_is_told_beside_the_new_one),
		TEST(shipped_entry_is_left_out_by_a_copy),
		TEST(mailbox_in_a_foreign_domain_is_asked_about),
		TEST(shipped_entries_do_not_shift_the_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
