/* SPDX-License-Identifier: ISC
 * tests/unit/test_nameset.c - sets of domains and addresses, from values and
 * from files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nameset.h"

static void
add(struct nameset *s, const char *name)
{
	struct err	e;

	if (nameset_add(s, name, &e) == -1)
		fail_msg("%s", e.text);
}

static void
an_empty_set_has_nothing(void **state)
{
	struct nameset	*s = nameset_new();

	(void)state;
	assert_false(nameset_has(s, "example.com"));
	assert_false(nameset_has(s, ""));
	assert_int_equal(nameset_count(s), 0);
	nameset_free(&s);
	assert_null(s);
	nameset_free(&s);
	assert_false(nameset_has(NULL, "example.com"));
	assert_int_equal(nameset_count(NULL), 0);
}

static void
a_name_is_found_in_any_case_and_with_its_last_dot(void **state)
{
	static const char *const in[] = { "example.com", "EXAMPLE.COM",
	    "example.com.", "bob@example.net", "Bob@Example.NET." };
	static const char *const out[] = { "", ".", "example.co", "xample.com",
	    "www.example.com", "example.com..", "example.net",
	    "bob@example.com", "@example.com", "bob" };
	struct nameset	*s = nameset_new();

	(void)state;
	add(s, "Example.Com.");
	add(s, "BOB@example.net");
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		if (!nameset_has(s, in[i]))
			fail_msg("lacks \"%s\"", in[i]);
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		if (nameset_has(s, out[i]))
			fail_msg("has \"%s\"", out[i]);
	nameset_free(&s);
}

static void
names_are_held_in_order_and_once(void **state)
{
	static const char *const given[] = { "m.example", "b.example",
	    "z.example", "B.example", "a@m.example", "m.example.", "c.example" };
	static const char *const held[] = { "a@m.example", "b.example",
	    "c.example", "m.example", "z.example" };
	struct nameset	*s = nameset_new();

	(void)state;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		add(s, given[i]);
	assert_int_equal(nameset_count(s), 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(nameset_at(s, i), held[i]);
	nameset_free(&s);
}

static void
what_an_mta_serves_can_be_named(void **state)
{
	static const char *const names[] = { "localhost", "my_host.example",
	    "xn--bcher-kva.example", "b\xc3\xbcrger.example", "4.example",
	    "a#b@example.com", "a+b=c@example.com", "\"a@b\"@example.com" };
	struct nameset	*s = nameset_new();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		add(s, names[i]);
		assert_true(nameset_has(s, names[i]));
	}
	nameset_free(&s);
}

static void
other_text_is_refused_with_a_reason(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "", "not a domain or an address: \"\"" },
		{ ".", "not a domain or an address: \".\"" },
		{ ".example.com", "not a domain or an address: \".example.com" },
		{ "a..example", "not a domain or an address: \"a..example\"" },
		{ "*.example.com", "not a domain or an address: \"*.example" },
		{ "a b", "not a domain or an address: \"a b\"" },
		{ "[192.0.2.1]", "not a domain or an address: \"[192.0.2.1]" },
		{ "@example.com", "no mailbox before the @: \"@example.com\" "
		    "(a domain stands without it)" },
		{ "a b@example.com", "no mailbox before the @: \"a b@example" },
		{ "bob@", "not a domain after the @: \"bob@\"" },
		{ "bob@.example", "not a domain after the @: \"bob@.example\"" },
		{ "bob@exa mple", "not a domain after the @: \"bob@exa mple\"" },
	};
	struct nameset	*s = nameset_new();
	struct err	 e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (nameset_add(s, bad[i].text, &e) != -1)
			fail_msg("taken for a name: \"%s\"", bad[i].text);
		if (strncmp(e.text, bad[i].says, strlen(bad[i].says)) != 0)
			fail_msg("\"%s\": %s", bad[i].text, e.text);
	}
	assert_int_equal(nameset_count(s), 0);
	nameset_free(&s);
}

/* "aaa...a.example", so many bytes long in all. */
static void
long_domain(char *out, size_t len)
{
	memset(out, 'a', len);
	memcpy(out + len - strlen(".example"), ".example", sizeof(".example"));
}

static void
a_long_name_is_never_cut(void **state)
{
	char		 name[1024];
	struct nameset	*s = nameset_new();
	struct err	 e;

	(void)state;
	long_domain(name, 255);
	add(s, name);
	assert_true(nameset_has(s, name));
	long_domain(name, 256);
	assert_false(nameset_has(s, name));
	assert_int_equal(nameset_add(s, name, &e), -1);
	memset(name, 'b', 640 - strlen("@example.com"));
	(void)snprintf(name + 640 - strlen("@example.com"), 16, "@example.com");
	add(s, name);
	assert_true(nameset_has(s, name));
	(void)memmove(name + 1, name, strlen(name) + 1);
	assert_false(nameset_has(s, name));
	assert_int_equal(nameset_add(s, name, &e), -1);
	assert_non_null(strstr(e.text, "over 640 characters"));
	nameset_free(&s);
}

/* A throw-away folder, and a file "f" in it with that text. */
struct folder {
	char	dir[32], file[40];
};

static void
write_file(struct folder *f, const char *text, size_t len)
{
	FILE	*out;

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_nameset.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->file, sizeof(f->file), "%s/f", f->dir);
	out = fopen(f->file, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

static void
drop(const struct folder *f)
{
	(void)unlink(f->file);
	assert_int_equal(rmdir(f->dir), 0);
}

static void
a_file_has_a_name_a_line(void **state)
{
	static const char	text[] = "\xef\xbb\xbf" "example.com\n\n# all\n"
	    "  Example.NET \t# the other\r\nbob@example.org\n\t\r\n"
	    "example.com\na#b@example.org\n#\n\xef\xbb\xbflast.example";
	struct nameset	*s = nameset_new();
	struct folder	 f;
	struct err	 e;

	(void)state;
	add(s, "own.example");
	add(s, "example.com");
	write_file(&f, text, strlen(text));
	assert_int_equal(nameset_add_file(s, f.file, &e), 0);
	assert_int_equal(nameset_count(s), 6);
	assert_string_equal(nameset_at(s, 0), "a#b@example.org");
	assert_true(nameset_has(s, "own.example"));
	assert_true(nameset_has(s, "example.com"));
	assert_true(nameset_has(s, "example.net"));
	assert_true(nameset_has(s, "bob@example.org"));
	assert_true(nameset_has(s, "last.example"));
	drop(&f);
	nameset_free(&s);
}

static void
a_great_file_is_held_in_order_whatever_its_own(void **state)
{
	enum { N = 20000 };
	char		*text = malloc(N * 32), *at = text, name[32];
	struct nameset	*s = nameset_new();
	struct folder	 f;
	struct err	 e;

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < N; i++)
		at += sprintf(at, "d%u.example\n", i * 7919 % N);
	write_file(&f, text, (size_t)(at - text));
	assert_int_equal(nameset_add_file(s, f.file, &e), 0);
	assert_int_equal(nameset_count(s), N);
	for (unsigned i = 0; i < N; i++) {
		(void)snprintf(name, sizeof(name), "D%u.example", i);
		assert_true(nameset_has(s, name));
		if (i > 0)
			assert_true(strcmp(nameset_at(s, i - 1),
			    nameset_at(s, i)) < 0);
	}
	free(text);
	drop(&f);
	nameset_free(&s);
}

static void
a_wrong_line_is_told_with_its_number(void **state)
{
	static const struct { const char *text; size_t len; const char *says; }
	    rows[] = {
		{ "a.example\n\nb..example\n", 22, ":3: not a domain or an add" },
		{ "a.example b.example\n", 20, ":1: not a domain or an addres" },
		{ "a.example\n@b.example", 20, ":2: no mailbox before the @" },
		{ "a.example\nb\0.example\n", 21, ":2: a NUL byte; allowed is" },
		{ "\xef\xbb\xbf" "a.example\nb,c\n", 17, ":2: not a domain" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nameset	*s = nameset_new();
		struct folder	 f;
		struct err	 e;

		write_file(&f, rows[i].text, rows[i].len);
		assert_int_equal(nameset_add_file(s, f.file, &e), -1);
		if (strncmp(e.text, f.file, strlen(f.file)) != 0 ||
		    strncmp(e.text + strlen(f.file), rows[i].says,
		    strlen(rows[i].says)) != 0)
			fail_msg("row %zu: %s", i, e.text);
		drop(&f);
		nameset_free(&s);
	}
}

static void
what_is_no_file_is_told_and_not_waited_for(void **state)
{
	struct nameset	*s = nameset_new();
	struct folder	 f;
	struct err	 e;

	(void)state;
	write_file(&f, "", 0);
	assert_int_equal(nameset_add_file(s, f.file, &e), 0);
	assert_int_equal(nameset_count(s), 0);
	assert_int_equal(nameset_add_file(s, f.dir, &e), -1);
	assert_non_null(strstr(e.text, ": not a file"));
	assert_int_equal(unlink(f.file), 0);
	assert_int_equal(nameset_add_file(s, f.file, &e), -1);
	assert_non_null(strstr(e.text, "/f: cannot be opened: No such file"));
	assert_int_equal(mkfifo(f.file, 0600), 0);
	assert_int_equal(nameset_add_file(s, f.file, &e), -1);
	assert_non_null(strstr(e.text, "/f: not a file"));
	drop(&f);
	nameset_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_has_nothing),
		cmocka_unit_test(a_name_is_found_in_any_case_and_with_its_last_dot),
		cmocka_unit_test(names_are_held_in_order_and_once),
		cmocka_unit_test(what_an_mta_serves_can_be_named),
		cmocka_unit_test(other_text_is_refused_with_a_reason),
		cmocka_unit_test(a_long_name_is_never_cut),
		cmocka_unit_test(a_file_has_a_name_a_line),
		cmocka_unit_test(a_great_file_is_held_in_order_whatever_its_own),
		cmocka_unit_test(a_wrong_line_is_told_with_its_number),
		cmocka_unit_test(what_is_no_file_is_told_and_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
