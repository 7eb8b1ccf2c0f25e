/* SPDX-License-Identifier: ISC
 * tests/unit/test_conf_mistakes.c - names, shapes and bytes that a configuration
 * file must not have, all told in one run and at their lines. Runs in the
 * project's root: it reads tests/fuzz/corpus/conf/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf.h"

struct told {
	char	text[16384];		/* each sentence and a newline */
	size_t	n;
};

static void
tell(const char *sentence, void *arg)
{
	struct told	*told = arg;
	size_t		 used = strlen(told->text);

	told->n++;
	(void)snprintf(told->text + used, sizeof(told->text) - used, "%s\n",
	    sentence);
}

static void
good(const char *text)
{
	struct conf	*c = NULL;
	struct told	 told = { 0 };

	if (conf_read_text(text, strlen(text), "f", &c, tell, &told) == -1)
		fail_msg("\"%s\": %s", text, told.text);
	conf_free(&c);
}

static void
bad(const char *text, size_t len, struct told *told)
{
	struct conf	*c = NULL;

	*told = (struct told){ 0 };
	if (conf_read_text(text, len, "f", &c, tell, told) != -1)
		fail_msg("taken for a configuration: \"%s\"", text);
	assert_null(c);
}

/* The mistakes of a text: the beginnings of their sentences, in this order. */
static void
mistakes(const char *text, size_t n, const char *const says[])
{
	struct told	told;
	const char	*at = told.text;

	bad(text, strlen(text), &told);
	for (size_t i = 0; i < n; i++) {
		if (strncmp(at, says[i], strlen(says[i])) != 0)
			fail_msg("wanted \"%s...\", got: %s", says[i], at);
		at = strchr(at, '\n') + 1;
	}
	if (*at != '\0')
		fail_msg("more than wanted: %s", at);
}

#define MISTAKES(text, ...)						\
	mistakes(text, sizeof((const char *const[]){ __VA_ARGS__ }) /	\
	    sizeof(const char *), (const char *const[]){ __VA_ARGS__ })

static void
all_mistakes_are_told_in_one_run_and_in_the_files_order(void **state)
{
	(void)state;
	MISTAKES("# one\n"
	    "/* two\n"
	    "   three */ widow = 1\n"
	    "state = \"var\"		// four\n"
	    "greylist {\n"
	    "	delay = 60\n"
	    "	widow = 24h\n"
	    "	reply = \"550 5.7.1 No\"\n"
	    "	mystery { of = \"it\" all { } }\n"
	    "}\n"
	    "local-networks = {\"192.0.2.0/24\", # eleven\n"
	    "    \"192.0.2.1/24\",\n"
	    "    \"none\"}\n"
	    "relay \"a\" { networks = {\"x\"} colour = 1 }\n"
	    "relay \"a\" { networks = {\"::1\"} }\n"
	    "relay \"b\" { }\n"
	    "observe = {\"yes\"}\n"
	    "tls-clients = \"a | b\"\n"
	    "on-error = drop\n",
	    "f:3: unknown name \"widow\"",
	    "f:4: state: not an absolute path",
	    "f:6: greylist.delay: a number without a unit",
	    "f:7: unknown name \"widow\" in greylist, did you mean \"window\"?",
	    "f:8: greylist.reply: not a reply",
	    "f:9: unknown name \"mystery\" in greylist; allowed are delay, win",
	    "f:12: local-networks: bits set past the prefix",
	    "f:13: local-networks: not an address: none",
	    "f:14: unknown name \"colour\" in relay; allowed are networks, unkn",
	    "f:14: relay.networks: not an address: x",
	    "f:15: a second relay \"a\", the first is in line 14",
	    "f:16: relay without networks; allowed: a list of addresses",
	    "f:17: observe: a list where one value belongs",
	    "f:18: tls-clients: one value where a list in { } belongs",
	    "f:19: on-error: not one of its words");
}

static void
an_unknown_name_gets_the_nearest_known_one(void **state)
{
	(void)state;
	MISTAKES("lissten = 1", "f:1: unknown name \"lissten\" outside of the "
	    "sections, did you mean \"listen\"?");
	MISTAKES("gralist { delay = 5 }", "f:1: unknown name \"gralist\" outside "
	    "of the sections, did you mean \"greylist\"?");
	MISTAKES("delay = 1m", "f:1: unknown name \"delay\" outside of the "
	    "sections, it belongs in greylist");
	MISTAKES("greylist { listen = 1 }", "f:1: unknown name \"listen\" in "
	    "greylist, it belongs outside of the sections");
	MISTAKES("dalay = 1m", "f:1: unknown name \"dalay\" outside of the "
	    "sections, did you mean \"delay\" in greylist?");
	MISTAKES("elay = 1m", "f:1: unknown name \"elay\" outside of the "
	    "sections, did you mean \"relay\"?");
	MISTAKES("senders { file = x }", "f:1: unknown name \"senders\" "
	    "outside of the sections, did you mean \"sender\" in rule?");
	MISTAKES("vocabulary { file = x }", "f:1: unknown name \"vocabulary\" "
	    "outside of the sections; allowed are listen, control, state, ");
	MISTAKES("\"greylist|delay\" = 1", "f:1: unknown name \"greylist|delay");
	MISTAKES("'' = 1", "f:1: unknown name \"\"");
}

static void
a_name_in_another_shape_is_told_which_it_has(void **state)
{
	(void)state;
	MISTAKES("greylist = 1\nobserve = x", "f:1: greylist is a section; "
	    "allowed is greylist {", "f:2: observe: neither");
	MISTAKES("listen { a = 1 }\nobserve = x", "f:1: listen is not a section; "
	    "allowed is listen = VALUE", "f:2: observe: neither");
	MISTAKES("relay { networks = {\"::1\"} }", "f:1: relay without a name");
	MISTAKES("greylist \"a\" { delay = 1m }", "f:1: greylist takes no name");
	MISTAKES("relay \"\" { networks = {\"::1\"} }", "f:1: not a name for a");
	MISTAKES("relay 'a\"b' { networks = {\"::1\"} }", "f:1: not a name for");
	MISTAKES("relay a { networks = {} }", "f:1: relay.networks: the list i");
	MISTAKES("state = /a\nstate = /b", "f:2: state is given twice, first in "
	    "line 1");
	MISTAKES("greylist { }\ngreylist { }", "f:2: a second greylist section, "
	    "the first is in line 1");
	MISTAKES("local-networks += {\"::1\"}", "f:1: local-networks: += is not");
	good("relay a { networks = {\"::1\"} } relay A { networks = {\"::1\"} }");
}

static void
wrong_syntax_is_told_with_its_line(void **state)
{
	(void)state;
	MISTAKES("\nstate = \"/a\nuser = \"-\"\n", "f:2: the quote that opens "
	    "here is not closed on its line", "f:3: user: not the name");
	MISTAKES("observe = x\n\ngreylist {\ndelay = 1m\n", "f:1: observe",
	    "f:3: the brace after greylist is not closed");
	MISTAKES("other {\n{ }\n", "f:1: unknown name \"other\"",
	    "f:1: the brace after other is not closed");
	MISTAKES("greylist { delay = 1m\nrelay a { networks = {\"::1\"} }",
	    "f:1: the brace after greylist is not closed",
	    "f:2: section relay in greylist, it stands by itself; perhaps a }");
	MISTAKES("observe = yes\n}\n", "f:2: a brace that closes nothing");
	MISTAKES("state =\n}", "f:1: no value after state =");
	MISTAKES("state =", "f:1: no value after state =");
	MISTAKES("state /x\nobserve = x", "f:1: no = after state",
	    "f:2: observe: neither");
	MISTAKES("state", "f:1: no = after state");
	MISTAKES("state user = \"-\"", "f:1: no = after state", "f:1: user: not");
	MISTAKES("= 1", "f:1: = where a name belongs");
	MISTAKES("local-networks = {\"::1\" \"::2\"}", "f:1: no comma between");
	MISTAKES("local-networks = {\n\"::1\", = }", "f:1: the list that opens ");
	MISTAKES("local-networks = {\"::1\"", "f:1: the list that opens here is");
	MISTAKES("local-networks = {,}", "f:1: the list that opens here is");
	MISTAKES("observe = x\n/* no end", "f:2: the comment that begins here");
	MISTAKES("state = /a*b", "f:1: the character * outside of quotes; put");
	MISTAKES("state = /\xc3\xa4", "f:1: a character that is not ASCII");
	good("local-networks = {\"::1\", \"::2\",}");
}

static void
nothing_is_taken_from_the_environment_or_another_file(void **state)
{
	(void)state;
	MISTAKES("state = \"${HOME}/x\"", "f:1: ${...} is not replaced");
	MISTAKES("state = ${HOME}", "f:1: ${...} is not replaced");
	MISTAKES("state = ${HOME\n", "f:1: ${...} is not replaced");
	MISTAKES("include(\"/etc/passwd\")", "f:1: include( ): nothing is calle");
	good("state = '/${HOME}'");
	good("state = \"/$HOME\"");
}

static void
escapes_that_hide_a_character_are_refused(void **state)
{
	(void)state;
	MISTAKES("state = \"/a\\x00b\"", "f:1: a lone \\ in a string; allowed");
	MISTAKES("state = \"/a\\0\"", "f:1: a lone \\ in a string; allowed");
	MISTAKES("state = \"/a\tb\x1b\"", "f:1: control character 0x1b in a str");
	MISTAKES("state = /a\x7f", "f:1: control character 0x7f");
	good("state = \"/a\\\\b\\\"c\"");
	good("state = '/a\\b\\'c'");
}

static void
a_nul_byte_is_told_and_never_ends_the_reading(void **state)
{
	static const char	in_word[] = "state = /a\0b\nuser = \"-\"";
	static const char	in_string[] = "state = \"/a\0b\"\nuser = \"-\"";
	static const char	in_title[] = "relay \"a\0b\" "
				    "{ networks = {\"::1\"} }";
	static const char	alone[] = "\0\nuser = \"-\"";
	struct told		told;

	(void)state;
	bad(in_word, sizeof(in_word) - 1, &told);
	assert_int_equal(told.n, 2);
	assert_non_null(strstr(told.text, "f:1: control character 0x00;"));
	assert_non_null(strstr(told.text, "f:2: user: "));
	bad(in_string, sizeof(in_string) - 1, &told);
	assert_int_equal(told.n, 2);
	assert_non_null(strstr(told.text, "f:1: control character 0x00 in a"));
	assert_non_null(strstr(told.text, "f:2: user: "));
	bad(in_title, sizeof(in_title) - 1, &told);
	assert_int_equal(told.n, 1);
	assert_non_null(strstr(told.text, "f:1: control character 0x00 in a"));
	bad(alone, sizeof(alone) - 1, &told);
	assert_non_null(strstr(told.text, "f:1: control character 0x00;"));
	assert_non_null(strstr(told.text, "f:2: user: "));
}

static void
lines_that_end_with_crlf_are_counted_as_one(void **state)
{
	(void)state;
	good("state = /a\r\nlocal-networks = {\"::1\",\r\n\"::2\"} # x\r\n");
	MISTAKES("# a\r\nstate = /a\r\nuser = -\r\n", "f:3: user: ");
	MISTAKES("state = /a\rb", "f:1: control character 0x0d");
	MISTAKES("state = \r/b", "f:1: control character 0x0d");
}

/* A throw-away folder with one file "f" of that many spaces in it. */
static void
file_of(size_t size, char dir[32], char file[40])
{
	FILE	*out;

	(void)snprintf(dir, 32, "/tmp/test_conf.XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(file, 40, "%s/f", dir);
	out = fopen(file, "w");
	assert_non_null(out);
	for (size_t i = 0; i < size; i++)
		(void)fputc(' ', out);
	assert_int_equal(fclose(out), 0);
}

static int
status_of(const char *file, struct told *told)
{
	struct conf	*c = NULL;
	int		 status;

	*told = (struct told){ 0 };
	status = conf_read(file, &c, tell, told);
	conf_free(&c);
	return status;
}

static void
a_file_that_cannot_be_read_is_told_without_a_line(void **state)
{
	char		dir[32], file[40];
	struct told	told;

	(void)state;
	file_of(1024 * 1024, dir, file);
	assert_int_equal(status_of(file, &told), 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(status_of(file, &told), -1);
	assert_int_equal(told.n, 1);
	assert_non_null(strstr(told.text, "/f: cannot be opened: No such file"));
	assert_int_equal(rmdir(dir), 0);

	file_of(1024 * 1024 + 1, dir, file);
	assert_int_equal(status_of(file, &told), -1);
	assert_non_null(strstr(told.text, "/f: over 1048576 bytes"));
	if (geteuid() != 0) {
		assert_int_equal(chmod(file, 0), 0);
		assert_int_equal(status_of(file, &told), -1);
		assert_non_null(strstr(told.text, "Permission denied"));
	}
	assert_int_equal(status_of(dir, &told), -1);
	assert_int_equal(told.n, 1);
	assert_non_null(strstr(told.text, ": a folder, not a file"));
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(dir), 0);
}

#include "tests/fuzz/fuzz_conf.c"

static void
the_fuzzers_seeds_are_read_or_refused_with_a_sentence(void **state)
{
	static const char	folder[] = "tests/fuzz/corpus/conf";
	DIR			*dir = opendir(folder);
	struct dirent		*entry;
	static uint8_t		 bytes[65536];
	char			 path[512];
	size_t			 n = 0;

	(void)state;
	if (dir == NULL)
		fail_msg("%s: not there; run in the project's root", folder);
	while ((entry = readdir(dir)) != NULL) {
		FILE	*in;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
		    entry->d_name);
		in = fopen(path, "r");
		assert_non_null(in);
		(void)LLVMFuzzerTestOneInput(bytes,
		    fread(bytes, 1, sizeof(bytes), in));
		(void)fclose(in);
		n++;
	}
	(void)closedir(dir);
	assert_true(n >= 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_mistakes_are_told_in_one_run_and_in_the_files_order),
		cmocka_unit_test(an_unknown_name_gets_the_nearest_known_one),
		cmocka_unit_test(a_name_in_another_shape_is_told_which_it_has),
		cmocka_unit_test(wrong_syntax_is_told_with_its_line),
		cmocka_unit_test(nothing_is_taken_from_the_environment_or_another_file),
		cmocka_unit_test(escapes_that_hide_a_character_are_refused),
		cmocka_unit_test(a_nul_byte_is_told_and_never_ends_the_reading),
		cmocka_unit_test(lines_that_end_with_crlf_are_counted_as_one),
		cmocka_unit_test(a_file_that_cannot_be_read_is_told_without_a_line),
		cmocka_unit_test(the_fuzzers_seeds_are_read_or_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
