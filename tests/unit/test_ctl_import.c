/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_import.c - greyctl whitelist import of more than a request
 * holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/control_fixture.h"

/* n entries with the same note, then a last one, in the file "e". */
static void
write_entries(struct fixture *f, int n, const char *note, const char *last)
{
	char	*text;
	size_t	 len;
	FILE	*out = open_memstream(&text, &len);

	assert_non_null(out);
	for (int i = 0; i < n; i++)
		(void)fprintf(out, "# note=\"%s\"\ndomain d%d.example\n", note,
		    i);
	(void)fprintf(out, "%s", last);
	assert_int_equal(fclose(out), 0);
	fixture_write(f, "e", text);
	free(text);
}

static void
asks_import(struct fixture *f, int code)
{
	char	line[256];

	(void)snprintf(line, sizeof(line), "whitelist import %s/e",
	    f->folder);
	fixture_asks(f, line, code);
}

/* Bytes that get longer on the way: quotes, control characters, other letters,
 * and what is no letter at all. */
static void
no_request_is_too_long_whatever_the_notes(void **state)
{
	static const char *const	bytes[] = { "x", "\\\"\\\"\\\"\\\"",
		"\xc3\xa4", "\xf0\x9f\x90\x91", "\xff" };
	struct fixture			*f = *state;
	char				 note[400], says[64];

	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		note[0] = '\0';
		for (int n = 0; n < 45; n++)
			(void)strcat(note, bytes[i]);
		write_entries(f, 1200, note, "");
		asks_import(f, 0);
		(void)snprintf(says, sizeof(says), "%d added, %d replaced\n",
		    i == 0 ? 1200 : 0, i == 0 ? 0 : 1200);
		assert_string_equal(f->out, says);
	}
}

static void
a_wrong_note_keeps_all_of_the_file_out(void **state)
{
	struct fixture	*f = *state;

	write_entries(f, 20, "", "# note=\"two\\nlines\"\nname mx.d.example\n");
	asks_import(f, 2);
	fixture_has(f->messages, "a note is one line of text, without control "
	    "characters");
	fixture_asks(f, "whitelist list", 0);
	assert_string_equal(f->out, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_request_is_too_long_whatever_the_notes),
		TEST(a_wrong_note_keeps_all_of_the_file_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
