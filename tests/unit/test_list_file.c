/* SPDX-License-Identifier: ISC
 * tests/unit/test_list_file.c - files of addresses as people and programs write
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "recipient/hashed.h"
#include "recipient/list_file.h"
#include "recipient/lines.h"

static const struct address_rule	any_case = { "+", false };
static const unsigned char		key[] = "0123456789abcdef";

/* With the key, as most of what is read here. */
static const struct list_file_conf	conf = {
	.path = "list", .rule = &any_case, .key = key,
	.key_len = sizeof(key) - 1, .no_key = "no key is named",
};

static int
file_of(const void *text, size_t len)
{
	int	fd = memfd_create("list", 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int
read_bytes(const void *text, size_t len, const struct list_file_conf *c,
    struct list_file *out, struct err *e)
{
	int	fd = file_of(text, len), status;

	status = list_file_read(fd, c, out, e);
	(void)close(fd);
	assert_true((status == 0) == (out->list != NULL));
	return status;
}

static bool
put(const char *text, size_t len, void *arg)
{
	char	*out = arg;

	strncat(out, text, len);
	strcat(out, " ");
	return true;
}

struct row {
	const char	*text;
	const char	*has;		/* each with a space behind */
	const char	*bad;		/* the sentences, or "" */
};

static void
read_all(const struct row *r, size_t n)
{
	for (size_t i = 0; i < n; i++, r++) {
		struct list_file	f;
		struct err		e;
		char			got[1000] = "";

		if (read_bytes(r->text, strlen(r->text), &conf, &f, &e) == -1)
			fail_msg("\"%s\": %s", r->text, e.text);
		list_walk(f.list, put, got);
		if (strcmp(got, r->has) != 0)
			fail_msg("\"%s\" has \"%s\"", r->text, got);
		if (strcmp(f.bad_lines.text, r->bad) != 0)
			fail_msg("\"%s\": %s", r->text, f.bad_lines.text);
		assert_true((f.bad == 0) == (r->bad[0] == '\0'));
		list_unref(&f.list);
	}
}

#define READS(name, ...)						\
static void								\
name(void **state)							\
{									\
	static const struct row r[] = { __VA_ARGS__ };			\
	(void)state;							\
	read_all(r, sizeof(r) / sizeof(r[0]));				\
}

READS(address_or_whole_domain_a_line,
    { "bob@x\nann@y\n@z\n", "bob@x ann@y @z ", "" },
    { "Bob@X.Example.\n@X.example\n", "bob@x.example @x.example ", "" },
    { "bob+tag@x\n", "bob+tag@x ", "" },
    { "\"bob smith\"@x\n\"ann\"@x\n", "\"bob smith\"@x ann@x ", "" },
    { "bob@[192.0.2.1]\n", "bob@[192.0.2.1] ", "" },
    { "j\xc3\xb6rg@m\xc3\xbcller.example\n",
      "j\xc3\xb6rg@m\xc3\xbcller.example ", "" },
    { "\"\"@x\n", "\"\"@x ", "" })

READS(a_star_before_the_at_is_a_bad_line,
    { "*@example.com\nbob@x\n", "bob@x ", "list:1: no \"*\" before the @: all "
      "of a domain is @domain: *@example.com" },
    { "\"*\"@x\na*@x\n", "*@x a*@x ", "" })

READS(line_ends_of_every_system_and_none_at_the_last,
    { "bob@x\r\nann@x\r\n", "bob@x ann@x ", "" },
    { "bob@x\nann@x", "bob@x ann@x ", "" },
    { "bob@x\r", "bob@x ", "" },
    { "\xef\xbb\xbf" "bob@x\n", "bob@x ", "" },
    { "\xef\xbb\xbf# list\r\nbob@x\r\n", "bob@x ", "" })

READS(what_stands_behind_white_space_is_passed_over,
    { "bob@x OK\nann@x\tREJECT\n", "bob@x ann@x ", "" },
    { "bob@x \t # the boss\nann@x #\n", "bob@x ann@x ", "" },
    { "\"bob smith\"@x OK\n", "\"bob smith\"@x ", "" },
    { "\"bob\\\" smith\"@x OK\n", "\"bob\\\" smith\"@x ", "" },
    { "@x OK\n", "@x ", "" })

READS(comments_and_empty_lines_are_passed_over,
    { "# bob@y\n\n  \n\t\n#\nbob@x\n  # ann@y\n", "bob@x ", "" },
    { "\"#bob\"@x\n", "#bob@x ", "" })

READS(indented_line_is_an_address_or_goes_on_with_the_one_before,
    { "bob@x\n  OK\n\tann@x\n  and so on\n", "bob@x ann@x ", "" },
    { "  bob@x OK\n", "bob@x ", "" })

READS(exports_of_directories_are_understood,
    { "smtp:bob@x\nSMTP:ann@x\nSmtp:<al@x>\n<joe@x>\n",
      "bob@x ann@x al@x joe@x ", "" },
    { "bob@x\nsip:bob@x\nX500:/o=Org/cn=bob smith\nx400:c=us;a= \n"
      "EUM:123@x;phone-context=y\nSPO:SPO_1@SPO_2\n", "bob@x ", "" })

READS(bad_line_is_left_out_and_told,
    { "bob@x\nann\n", "bob@x ", "list:2: no domain (an address is "
      "user@domain): ann" },
    { "<ann>\nbob@x\n", "bob@x ", "list:1: no domain (an address is "
      "user@domain): ann" },
    { "bob@x\nann@\n", "bob@x ", "list:2: no domain (an address is "
      "user@domain): ann@" },
    { "bob@x\n@\n", "bob@x ", "list:2: no domain (an address is "
      "user@domain): @" },
    { "bob@x\nann@x#boss\n", "bob@x ", "list:2: not a domain behind the @: "
      "ann@x#boss" },
    { "bob@x\nann@x,\n", "bob@x ", "list:2: not a domain behind the @: "
      "ann@x," },
    { "bob@x\nann@.x\n", "bob@x ", "list:2: not a domain behind the @: "
      "ann@.x" },
    { "bob@x\nann@x..y\n", "bob@x ", "list:2: not a domain behind the @: "
      "ann@x..y" },
    { "bob@x\nann@.\n", "bob@x ", "list:2: not a domain behind the @: "
      "ann@." },
    { "bob@x\nann@[\n", "bob@x ", "list:2: not a domain behind the @: "
      "ann@[" },
    { "bob@x\nann@[1]2\n", "bob@x ", "list:2: not a domain behind the @: "
      "ann@[1]2" },
    { "bob@x\nal@x,ann@x\n", "bob@x ", "list:2: characters that an address "
      "has in quotes only: al@x,ann@x" },
    { "bob@x\nann:x@x\n", "bob@x ", "list:2: characters that an address has "
      "in quotes only: ann:x@x" },
    { "bob@x\n\"ann@x\n", "bob@x ", "list:2: no domain (an address is "
      "user@domain): \"ann@x" },
    { "bob@x\nann@x\rjoe@x\n", "bob@x ", "list:2: a NUL or a carriage return "
      "within the line: ann@x\rjoe@x" },
    { "bob@x\nhmac-sha256:12\n", "bob@x ", "list:2: not \"hmac-sha256:\" and "
      "64 hex digits: hmac-sha256:12" })

static void
only_the_first_three_bad_lines_are_told_but_all_are_counted(void **state)
{
	static const char	text[] = "a\nb\nbob@x\nc\nd\ne\n";
	struct list_file	f;

	(void)state;
	assert_int_equal(read_bytes(text, strlen(text), &conf, &f, NULL), 0);
	assert_int_equal(f.bad, 5);
	assert_string_equal(f.bad_lines.text, "list:1: no domain (an address "
	    "is user@domain): a; list:2: no domain (an address is "
	    "user@domain): b; list:4: no domain (an address is user@domain): "
	    "c");
	list_unref(&f.list);
}

static void
case_of_local_parts_is_kept_where_it_counts(void **state)
{
	static const struct address_rule	rule = { "", true };
	struct list_file_conf			c = conf;
	struct list_file			f;

	(void)state;
	c.rule = &rule;
	assert_int_equal(read_bytes("Bob@X\n", 6, &c, &f, NULL), 0);
	assert_true(list_has(f.list, "Bob@x", 5));
	assert_int_equal(list_count(f.list), 1);
	list_unref(&f.list);
}

static void
line_with_a_nul_is_bad(void **state)
{
	struct list_file	f;

	(void)state;
	assert_int_equal(read_bytes("bob@x\nann@x\0y\n", 14, &conf, &f, NULL),
	    0);
	assert_int_equal(f.bad, 1);
	assert_int_equal(list_count(f.list), 1);
	list_unref(&f.list);
}

static void
what_is_no_list_is_refused_with_a_reason(void **state)
{
	static const struct { const char *text; size_t len;
	    const char *says; } rows[] = {
		{ "", 0, "list: holds no address" },
		{ "# bob@x\n\n", 9, "list: holds no address" },
		{ "\xef\xbb\xbf", 3, "list: holds no address" },
		{ "sip:bob@x\n", 10, "list: holds no address" },
		{ "bob\n", 4, "list: holds no address; list:1: no domain (an "
		    "address is user@domain): bob" },
		{ "\xff\xfe" "b\0o\0b\0", 8, "list: UTF-16 text; save it as "
		    "UTF-8" },
		{ "\xfe\xff\0b\0o\0b", 8, "list: UTF-16 text; save it as "
		    "UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct list_file	f;
		struct err		e = { "" };

		assert_int_equal(read_bytes(rows[i].text, rows[i].len, &conf,
		    &f, &e), -1);
		assert_string_equal(e.text, rows[i].says);
		assert_false(f.passing);
	}
}

/* 64 KB in one line, its end, and one byte more. */
static void
line_of_64_kb_is_read_and_a_longer_one_refused(void **state)
{
	char			*text = malloc(LINES_MAX + 20);
	struct list_file	 f;
	struct err		 e;

	(void)state;
	memset(text, ' ', LINES_MAX + 20);
	memcpy(text, "bob@x", 5);
	memcpy(text + LINES_MAX, "\nann@x\n", 7);
	assert_int_equal(read_bytes(text, LINES_MAX + 7, &conf, &f, &e), 0);
	assert_int_equal(list_count(f.list), 2);
	list_unref(&f.list);
	assert_int_equal(read_bytes(text, LINES_MAX, &conf, &f, &e), 0);
	list_unref(&f.list);
	memcpy(text + LINES_MAX, " \nann@x\n", 8);
	assert_int_equal(read_bytes(text, LINES_MAX + 8, &conf, &f, &e), -1);
	assert_string_equal(e.text, "list:1: a line of more than 65536 bytes: "
	    "not a list with one address a line");
	free(text);
}

static void
lines_are_numbered_and_whole_across_blocks_of_reading(void **state)
{
	enum { MANY = 30000 };
	char			*text = malloc(MANY * 32), *to = text;
	struct list_file	 f;
	struct err		 e;

	(void)state;
	for (int i = 0; i < MANY; i++)
		to += sprintf(to, i == MANY - 1 ? "bad%d\n" :
		    "user%d@example.com\n", i);
	assert_int_equal(read_bytes(text, (size_t)(to - text), &conf, &f, &e),
	    0);
	assert_int_equal(list_count(f.list), MANY - 1);
	assert_string_equal(f.bad_lines.text, "list:30000: no domain (an "
	    "address is user@domain): bad29999");
	for (int i = 0; i < MANY - 1; i++) {
		char	one[40];

		(void)snprintf(one, sizeof(one), "user%d@example.com", i);
		assert_true(list_has(f.list, one, strlen(one)));
	}
	list_unref(&f.list);
	free(text);
}

static void
file_over_4_gb_is_refused_unread(void **state)
{
	int			fd = memfd_create("list", 0);
	struct list_file	f;
	struct err		e;

	(void)state;
	assert_int_equal(write(fd, "bob@x\n", 6), 6);
	assert_int_equal(ftruncate(fd, (INT64_C(4) << 30) + 1), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(list_file_read(fd, &conf, &f, &e), -1);
	assert_string_equal(e.text, "list: over 4 GB, which no list of "
	    "addresses has");
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	(void)close(fd);
}

static void
failure_of_reading_is_told_from_a_bad_list(void **state)
{
	int			fd = open("/tmp", O_TMPFILE | O_WRONLY, 0600);
	struct list_file	f;
	struct err		e;

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(list_file_read(fd, &conf, &f, &e), -1);
	assert_string_equal(e.text, "list: Bad file descriptor");
	assert_true(f.passing);
	assert_null(f.list);
	(void)close(fd);
}

/* Lines of a hashed list; the one that shows the key first, if wanted. */
static void
hashes(char *out, const unsigned char *with, bool marked, const char *address)
{
	const char	*texts[] = { marked ? HASHED_MARK : NULL, address };

	*out = '\0';
	for (int i = 0; i < 2; i++) {
		unsigned char	hashed[HASHED_SIZE];
		char		text[HASHED_TEXT_SIZE];

		if (texts[i] == NULL)
			continue;
		hashed_make(with, 16, texts[i], hashed);
		hashed_format(hashed, text);
		strcat(strcat(out, text), "\n");
	}
}

static void
hashed_addresses_join_once_the_key_is_shown_to_be_right(void **state)
{
	unsigned char		wanted[HASHED_SIZE];
	char			text[300];
	struct list_file	f;

	(void)state;
	hashes(text, key, true, "bob@x");
	strcat(text, "ann@x\n");
	assert_int_equal(read_bytes(text, strlen(text), &conf, &f, NULL), 0);
	hashed_make(key, 16, "bob@x", wanted);
	assert_true(list_has(f.list, (char *)wanted, HASHED_SIZE));
	assert_true(list_has(f.list, "ann@x", 5));
	/* The one that shows the key is no address. */
	assert_int_equal(list_count(f.list), 2);
	assert_int_equal(f.hashed, 1);
	assert_int_equal(f.bad, 0);
	list_unref(&f.list);
}

static void
hash_that_is_there_twice_counts_once(void **state)
{
	char			text[500];
	struct list_file	f;

	(void)state;
	hashes(text, key, true, "bob@x");
	hashes(text + strlen(text), key, false, "bob@x");
	assert_int_equal(read_bytes(text, strlen(text), &conf, &f, NULL), 0);
	assert_int_equal(f.hashed, 1);
	list_unref(&f.list);
}

static void
hashes_of_another_key_are_refused(void **state)
{
	static const unsigned char	other[] = "0123456789abcdeF";
	char				text[300];
	struct list_file		f;
	struct err			e;

	(void)state;
	hashes(text, other, true, "bob@x");
	assert_int_equal(read_bytes(text, strlen(text), &conf, &f, &e), -1);
	assert_string_equal(e.text, "list: its hashes were made with another "
	    "key, or it lacks the hash of \"@\", which shows the key");
	assert_false(f.passing);
	hashes(text, key, false, "bob@x");
	assert_int_equal(read_bytes(text, strlen(text), &conf, &f, &e), -1);
}

static void
hashes_without_a_key_are_refused(void **state)
{
	struct list_file_conf	c = conf;
	struct list_file	f;
	struct err		e;
	char			text[300];

	(void)state;
	c.key_len = 0;
	hashes(text, key, true, "bob@x");
	assert_int_equal(read_bytes(text, strlen(text), &c, &f, &e), -1);
	assert_string_equal(e.text, "list:1: a hashed address: no key is "
	    "named");
	/* Others need none. */
	assert_int_equal(read_bytes("bob@x\n", 6, &c, &f, &e), 0);
	list_unref(&f.list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_or_whole_domain_a_line),
		cmocka_unit_test(a_star_before_the_at_is_a_bad_line),
		cmocka_unit_test(line_ends_of_every_system_and_none_at_the_last),
		cmocka_unit_test(what_stands_behind_white_space_is_passed_over),
		cmocka_unit_test(comments_and_empty_lines_are_passed_over),
		cmocka_unit_test(indented_line_is_an_address_or_goes_on_with_the_one_before),
		cmocka_unit_test(exports_of_directories_are_understood),
		cmocka_unit_test(bad_line_is_left_out_and_told),
		cmocka_unit_test(only_the_first_three_bad_lines_are_told_but_all_are_counted),
		cmocka_unit_test(case_of_local_parts_is_kept_where_it_counts),
		cmocka_unit_test(line_with_a_nul_is_bad),
		cmocka_unit_test(what_is_no_list_is_refused_with_a_reason),
		cmocka_unit_test(line_of_64_kb_is_read_and_a_longer_one_refused),
		cmocka_unit_test(lines_are_numbered_and_whole_across_blocks_of_reading),
		cmocka_unit_test(file_over_4_gb_is_refused_unread),
		cmocka_unit_test(failure_of_reading_is_told_from_a_bad_list),
		cmocka_unit_test(hashed_addresses_join_once_the_key_is_shown_to_be_right),
		cmocka_unit_test(hash_that_is_there_twice_counts_once),
		cmocka_unit_test(hashes_of_another_key_are_refused),
		cmocka_unit_test(hashes_without_a_key_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
