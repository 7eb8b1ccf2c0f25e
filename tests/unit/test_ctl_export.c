/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_export.c - greyctl recipient export: whole, readable, or
 * plainly neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "control/client.h"
#include "recipient/recipients_private.h"
#include "tests/lib/control_fixture.h"

#define LOCAL	"local-domains = {\"example.com\"}\n"
#define USERS	"recipients { file = \"~/users\" }\n"
#define DOWN	"ldap \"ad\" { uri = \"ldap://127.0.0.1:1\" " \
		"base = \"dc=example\" filter = \"(mail=%s)\" }\n"

static void
use_list(struct fixture *f, const char *text)
{
	fixture_write(f, "users", text);
	fixture_configure(f, LOCAL USERS);
}

static void
export_is_a_list_that_can_be_read_back(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "users", "bob@example.com\n"
	    "Ann@Example.com  OK\n\"john doe\"@example.com\n");
	fixture_write(f, "more", "bob@example.com\n@shop.example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" "
	    "list \"more\" { file = \"~/more\" } }");
	fixture_asks(f, "recipient export", 0);
	assert_string_equal(f->out, "# recipients, exported by greygate "
	    VERSION_TEXT " at 2023-11-14T22:13:20Z\n"
	    "bob@example.com\nann@example.com\n"
	    "\"john doe\"@example.com\n@shop.example.com\n"
	    "# end of list, 4 addresses\n");
	assert_string_equal(f->messages, "");
	fixture_write(f, "copy", f->out);
	fixture_configure(f, LOCAL "recipients { file = \"~/copy\" }");
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "list:file     4 addresses, ");
	assert_null(strstr(f->out, "trouble"));
	fixture_asks(f, "recipient test ann@example.com", 0);
}

static void
export_in_json_is_an_array(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "bob@example.com\nann@example.com\n");
	fixture_asks(f, "--json recipient export", 0);
	assert_string_equal(f->out, "[\n\"bob@example.com\",\n"
	    "\"ann@example.com\"\n]\n");
}

static void
hashed_export_is_read_with_the_same_key_only(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "Bob@Example.com\n@shop.example.com\n");
	fixture_asks(f, "recipient export --hashed", 2);
	assert_string_equal(f->out, "");
	assert_string_equal(f->messages, "greyctl: hashes need a key: set "
	    "key-file in the section recipients\n");

	fixture_write(f, "key", "0123456789abcdef0123456789abcdef\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" "
	    "key-file = \"~/key\" }");
	fixture_asks(f, "recipient export --hashed", 0);
	fixture_begins(f->out, "# recipients, exported by greygate ");
	fixture_has(f->out, "\nhmac-sha256:");
	fixture_has(f->out, "\n# end of list, 2 addresses\n");
	assert_null(strstr(f->out, "@"));
	fixture_write(f, "copy", f->out);
	fixture_configure(f, LOCAL "recipients { file = \"~/copy\" "
	    "key-file = \"~/key\" }");
	fixture_asks(f, "recipient test bob@example.com", 0);
	fixture_asks(f, "recipient test ann@example.com", 1);
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "list:file     2 hashed addresses, ");
}

/* The text of so many addresses, to be freed. */
static char *
many_addresses(int n)
{
	char	*text;
	size_t	 len;
	FILE	*out = open_memstream(&text, &len);

	for (int i = 0; i < n; i++)
		(void)fprintf(out, "user.with.a.name.%d@example.com\n", i);
	(void)fclose(out);
	return text;
}

static size_t
count_lines(const char *lines)
{
	size_t	n = 0;

	while ((lines = strchr(lines, '\n')) != NULL) {
		lines++;
		n++;
	}
	return n;
}

/* The second list has hashes: nobody can tell what they are of. */
static void
export_that_breaks_off_never_looks_complete(void **state)
{
	struct fixture	*f = *state;
	char		*text = many_addresses(200);

	fixture_write(f, "key", "0123456789abcdef0123456789abcdef\n");
	fixture_write(f, "users", text);
	free(text);
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" "
	    "key-file = \"~/key\" }");
	fixture_asks(f, "recipient export --hashed", 0);
	fixture_write(f, "copy", f->out);
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" "
	    "key-file = \"~/key\" list \"copy\" { file = \"~/copy\" } }");
	fixture_asks(f, "recipient export", 2);
	fixture_has(f->out, "user.with.a.name.9@example.com\n");
	assert_null(strstr(f->out, "# end of list"));
	fixture_has(f->messages, "list:copy: ");
	fixture_asks(f, "--json recipient export", 2);
	fixture_begins(f->out, "[\n\"user.with.a.name.0@example.com\",\n");
	assert_null(strchr(f->out, ']'));
}

/* As a directory's first "no" does. */
static void
source_that_is_not_believed_is_not_exported(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "users", "bob@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" " DOWN
	    "}");
	assert_false(doubt_no(f->recipients->base.doubt, "ldap:ad", "", false,
	    100, f->now, NULL));
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "\n    its no is not believed: ");
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "recipients    2 sources, 1 in trouble: ");
	fixture_asks(f, "recipient export", 2);
	assert_string_equal(f->out, "");
	fixture_has(f->messages, "ldap:ad is not believed: ");
	fixture_asks(f, "recipient adopt", 0);
	assert_string_equal(f->out, "1 source adopted\n");
	fixture_asks(f, "recipient export", 2);
	assert_null(strstr(f->messages, "is not believed"));
}

static void
export_of_nothing_is_no_empty_list(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "recipient export", 2);
	assert_string_equal(f->out, "");
	fixture_has(f->messages, "no source of recipients is configured");
	fixture_asks(f, "--json recipient export", 2);
	assert_string_equal(f->out, "");
}

/* A comment, if it began a line; marks that turn the text around. */
static void
export_leaves_out_what_no_line_can_hold_and_says_so(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "\"#bob\"@example.com\nann@example.com\n"
	    "c\xe2\x80\xae" "d@example.com\n");
	fixture_asks(f, "recipient export", 0);
	fixture_has(f->out, "Z\nann@example.com\n# end of list, 1 "
	    "addresses\n");
	assert_string_equal(f->messages, "greyctl: 2 left out: no line of a "
	    "list can hold them\n");
}

static void
export_of_many_comes_in_small_items(void **state)
{
	enum { MANY = 20000 };
	struct fixture		*f = *state;
	struct client		*c;
	struct json		*none = NULL;
	const struct json	*item;
	struct err		 e;
	char			*text = many_addresses(MANY);
	size_t			 lines = 0, begun = 0;
	int64_t			 told = 0;
	int			 rc, code;

	use_list(f, text);
	free(text);
	assert_int_equal(client_open(&c, f->socket, &e), 0);
	assert_int_equal(client_ask(c, "recipient export", &none, &e), 0);
	while ((rc = client_next(c, 5000, &item, &code, &e)) == 1) {
		const char *part = json_get_text(item, "lines");

		begun += json_get_text(item, "version") != NULL;
		told += json_get_int(item, "count");
		if (part == NULL)
			continue;
		assert_true(strlen(part) < 4096);
		lines += count_lines(part);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(lines, MANY);
	assert_int_equal(told, MANY);
	assert_int_equal(begun, 1);
	client_close(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(export_is_a_list_that_can_be_read_back),
		TEST(export_in_json_is_an_array),
		TEST(hashed_export_is_read_with_the_same_key_only),
		TEST(export_that_breaks_off_never_looks_complete),
		TEST(source_that_is_not_believed_is_not_exported),
		TEST(export_of_nothing_is_no_empty_list),
		TEST(export_leaves_out_what_no_line_can_hold_and_says_so),
		TEST(export_of_many_comes_in_small_items),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
