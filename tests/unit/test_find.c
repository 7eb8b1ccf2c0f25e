/* SPDX-License-Identifier: ISC
 * tests/unit/test_find.c - one line of the journal by its id. */
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

#include "journal/find.h"
#include "journal/line.h"

struct files {
	char	folder[64], path[96], older[96];
};

static int
setup(void **state)
{
	struct files	*f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)strcpy(f->folder, "/tmp/greygate-find.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->path, sizeof(f->path), "%s/j", f->folder);
	(void)snprintf(f->older, sizeof(f->older), "%s/j.1", f->folder);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct files	*f = *state;

	(void)unlink(f->path);
	(void)unlink(f->older);
	(void)rmdir(f->path);
	assert_int_equal(rmdir(f->folder), 0);
	free(f);
	return 0;
}

static void
append_bytes(const char *path, const char *bytes, size_t len)
{
	FILE	*out = fopen(path, "a");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

static void
append(const char *path, const char *text)
{
	append_bytes(path, text, strlen(text));
}

/* A line as the journal writes it. */
static void
decide(const char *path, const char *id, const char *sender)
{
	const struct journal_line	line = { .time = 1767323045678,
					    .id = id, .verdict = "defer",
					    .reason = "new", .sender = sender,
					    .wait = 60, .delayed = -1 };
	size_t				len;
	char				*text = line_format(&line, &len);

	assert_non_null(text);
	append_bytes(path, text, len);
	free(text);
}

/* Found, and it is this sender's. */
static void
assert_found(const struct files *f, const char *id, const char *sender)
{
	struct json	*line = NULL;
	struct err	 e = { "" };
	int		 rc = journal_find(f->path, id, &line, &e);

	if (rc != 1)
		fail_msg("%s: %d %s", id, rc, e.text);
	assert_string_equal(json_get_text(line, "sender"), sender);
	json_free(&line);
}

static void
assert_missing(const struct files *f, const char *id)
{
	struct json	*line = NULL;

	assert_int_equal(journal_find(f->path, id, &line, NULL), 0);
	assert_null(line);
}

static void
line_is_found_by_its_whole_id(void **state)
{
	struct files	*f = *state;

	decide(f->path, "019b8d5c04e000000001", "first@example.org");
	decide(f->path, "019b8d5c04e000000002", "second@example.org");
	assert_found(f, "019b8d5c04e000000001", "first@example.org");
	assert_found(f, "019b8d5c04e000000002", "second@example.org");
	assert_missing(f, "019b8d5c04e000000003");
	assert_missing(f, "019b8d5c04e00000000");
}

static void
line_that_was_rotated_away_is_found(void **state)
{
	struct files	*f = *state;

	decide(f->older, "a1", "older@example.org");
	assert_found(f, "a1", "older@example.org");
	decide(f->path, "a2", "newer@example.org");
	assert_found(f, "a1", "older@example.org");
	assert_found(f, "a2", "newer@example.org");
}

static void
line_in_a_compressed_file_is_found(void **state)
{
	struct files	*f = *state;
	char		 command[200], packed[120];

	decide(f->older, "a1", "older@example.org");
	(void)snprintf(command, sizeof(command), "gzip %s", f->older);
	assert_int_equal(system(command), 0);
	decide(f->path, "a2", "newer@example.org");
	assert_found(f, "a1", "older@example.org");
	assert_found(f, "a2", "newer@example.org");
	assert_missing(f, "a3");
	(void)snprintf(packed, sizeof(packed), "%s.gz", f->older);
	assert_int_equal(unlink(packed), 0);
}

static void
journal_that_is_not_there_has_no_line(void **state)
{
	assert_missing(*state, "a1");
}

/* Pieces are of 1 MiB; the lines across their borders are looked for. */
static void
lines_across_the_borders_of_pieces_are_found(void **state)
{
	static const char	 fill[] = "filler.of.some.length@example.org";
	const long		 piece = 1024 * 1024;
	struct files		*f = *state;
	FILE			*out = fopen(f->path, "w");
	char			 id[24];
	int			 across[4], n = 0;

	assert_non_null(out);
	for (int i = 0; n < 3; i++) {
		long	before = ftell(out);

		(void)fprintf(out, "{\"v\":1,\"id\":\"id%d\",\"sender\":"
		    "\"%s\",\"n\":%d}\n", i, fill, i);
		if (before / piece != ftell(out) / piece)
			across[n++] = i;
	}
	assert_int_equal(fclose(out), 0);
	for (int i = 0; i < n; i++)
		for (int near = -1; near <= 0; near++) {
			(void)snprintf(id, sizeof(id), "id%d",
			    across[i] + near);
			assert_found(f, id, fill);
		}
	assert_found(f, "id0", fill);
}

static void
text_that_a_client_sent_is_not_taken_for_an_id(void **state)
{
	struct files	*f = *state;

	decide(f->path, "b1", "x\",\"id\":\"b2\"@example.org");
	append(f->path, "{\"v\":1,\"note\":{\"id\":\"b2\"},\"id\":\"b3\"}\n");
	assert_missing(f, "b2");
	decide(f->path, "b2", "true@example.org");
	assert_found(f, "b2", "true@example.org");
}

static void
torn_line_hides_no_other(void **state)
{
	struct files	*f = *state;

	append(f->path, "{\"v\":1,\"id\":\"c1\",\"ver\n");
	decide(f->path, "c1", "whole@example.org");
	append(f->path, "{\"v\":1,\"id\":\"c2\"");
	assert_found(f, "c1", "whole@example.org");
	assert_missing(f, "c2");
}

/* A line longer than any piece is none of ours, and is passed over. */
static void
endless_line_is_passed_over(void **state)
{
	struct files	*f = *state;
	size_t		 len = 3 * 1024 * 1024;
	char		*text = malloc(len + 2);

	assert_non_null(text);
	memset(text, 'x', len);
	(void)strcpy(text + len, "\n");
	append(f->path, text);
	free(text);
	decide(f->path, "d1", "after@example.org");
	assert_found(f, "d1", "after@example.org");
}

static void
what_is_no_id_is_refused(void **state)
{
	static const char *const	bad[] = { "", "a b", "a\"b", "../x",
					    "a\n", "\xc3\xa4",
					    "0123456789012345678901234" };
	struct files			*f = *state;
	struct json			*line = NULL;
	struct err			 e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (journal_find(f->path, bad[i], &line, &e) != -1)
			fail_msg("taken for an id: \"%s\"", bad[i]);
		assert_non_null(strstr(e.text, "not the id of a decision"));
	}
}

static void
journal_that_cannot_be_read_is_told(void **state)
{
	struct files	*f = *state;
	struct json	*line = NULL;
	struct err	 e;

	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(journal_find(f->path, "a1", &line, &e), -1);
	assert_non_null(strstr(e.text, f->path));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(line_is_found_by_its_whole_id),
		TEST(line_that_was_rotated_away_is_found),
		TEST(line_in_a_compressed_file_is_found),
		TEST(journal_that_is_not_there_has_no_line),
		TEST(lines_across_the_borders_of_pieces_are_found),
		TEST(text_that_a_client_sent_is_not_taken_for_an_id),
		TEST(torn_line_hides_no_other),
		TEST(endless_line_is_passed_over),
		TEST(what_is_no_id_is_refused),
		TEST(journal_that_cannot_be_read_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
