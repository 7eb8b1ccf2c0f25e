/* SPDX-License-Identifier: ISC
 * tests/unit/test_secret.c - a password out of a file, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "recipient/secret.h"

static char	path[] = "/tmp/greygate-secret.XXXXXX";

static int
make_file(void **state)
{
	int	fd = mkstemp(path);

	(void)state;
	return fd == -1 ? -1 : close(fd);
}

static void
write_file(const char *bytes, size_t len)
{
	FILE	*f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void
one_line_end_is_no_part_of_a_password(void **state)
{
	static const struct { const char *file, *password; } rows[] = {
		{ "secret", "secret" },
		{ "secret\n", "secret" },
		{ "secret\r\n", "secret" },
		{ "secret\n\n", "secret\n" },
		{ " spaced = out ", " spaced = out " },
		{ "two\nlines\n", "two\nlines" },
		{ "p\xc3\xa4ss\n", "p\xc3\xa4ss" },
		{ "\r\r", "\r" },
	};
	struct secret	s;
	struct err	e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file(rows[i].file, strlen(rows[i].file));
		if (secret_read(path, &s, &e) == -1)
			fail_msg("row %zu: %s", i, e.text);
		assert_string_equal(s.bytes, rows[i].password);
		assert_int_equal(s.len, strlen(rows[i].password));
	}
}

static void
longest_password_is_read_whole_and_longer_ones_are_refused(void **state)
{
	char		bytes[2 * SECRET_MAX];
	struct secret	s;
	struct err	e;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	write_file(bytes, SECRET_MAX);
	assert_int_equal(secret_read(path, &s, &e), 0);
	assert_int_equal(s.len, SECRET_MAX);
	assert_int_equal(strlen(s.bytes), SECRET_MAX);
	for (size_t len = SECRET_MAX + 1; len < SECRET_MAX + 3; len++) {
		write_file(bytes, len);
		assert_int_equal(secret_read(path, &s, &e), -1);
		assert_non_null(strstr(e.text, "longer than 1023 bytes"));
	}
}

static void
files_without_a_password_are_refused_and_nothing_of_them_is_told(void **state)
{
	static const struct {
		const char	*bytes;
		size_t		 len;
		const char	*says;
	} rows[] = {
		{ "", 0, " is empty: write the password into it" },
		{ "\n", 1, " is empty" },
		{ "\r\n", 2, " is empty" },
		{ "sec\0ret", 7, " has a NUL byte in it" },
		{ "\0", 1, " has a NUL byte in it" },
	};
	struct secret	s, wiped = { .len = 0 };
	struct err	e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file(rows[i].bytes, rows[i].len);
		memset(&s, 1, sizeof(s));
		if (secret_read(path, &s, &e) != -1)
			fail_msg("row %zu is taken", i);
		assert_non_null(strstr(e.text, path));
		assert_non_null(strstr(e.text, rows[i].says));
		assert_null(strstr(e.text, "sec\n"));
		assert_memory_equal(&s, &wiped, sizeof(s));
	}
}

static void
file_that_cannot_be_read_is_named(void **state)
{
	struct secret	s;
	struct err	e;

	(void)state;
	assert_int_equal(secret_read("/nonexistent/secret", &s, &e), -1);
	assert_string_equal(e.text, "/nonexistent/secret cannot be opened: No "
	    "such file or directory");
	assert_int_equal(secret_read("/tmp", &s, &e), -1);
	assert_string_equal(e.text, "/tmp cannot be read: Is a directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_end_is_no_part_of_a_password),
		cmocka_unit_test(
		    longest_password_is_read_whole_and_longer_ones_are_refused),
		cmocka_unit_test(
		    files_without_a_password_are_refused_and_nothing_of_them_is_told),
		cmocka_unit_test(file_that_cannot_be_read_is_named),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
