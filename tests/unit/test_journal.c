/* SPDX-License-Identifier: ISC
 * tests/unit/test_journal.c - lines arrive whole, and trouble with the file
 * never becomes the caller's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "journal/journal.h"
#include "journal/line.h"

static const struct journal_line sample = {
	.time = 1767323045678, .id = "x1", .verdict = "defer",
	.reason = "new", .client = "192.0.2.1", .name = "mx.example.net",
	.verified = true, .helo = "mx", .sender = "a@example.org",
	.recipient = "b@example.net",
	.identities = { "net:192.0.2.0/24", "name:example.net" },
	.wait = 60, .delayed = -1, .reply = "450 4.7.1 Later", .micros = 41,
};

/* The whole file, or "" if there is none. */
static char *
contents(const char *path)
{
	char	*text = calloc(1, 1 << 20);
	FILE	*f = fopen(path, "r");

	assert_non_null(text);
	if (f != NULL) {
		(void)!fread(text, 1, (1 << 20) - 1, f);
		(void)fclose(f);
	}
	return text;
}

static size_t
lines(const char *path)
{
	char	*text = contents(path);
	size_t	 n = 0;

	for (const char *p = text; *p != '\0'; p++)
		n += *p == '\n';
	free(text);
	return n;
}

struct place {
	char		 folder[40], path[64], other[64];
	struct alarms	*alarms;
	struct journal	*journal;
};

static int
make_place(void **state)
{
	struct place	*p = calloc(1, sizeof(*p));

	(void)snprintf(p->folder, sizeof(p->folder), "/tmp/journal.XXXXXX");
	if (mkdtemp(p->folder) == NULL)
		return -1;
	(void)snprintf(p->path, sizeof(p->path), "%s/journal", p->folder);
	(void)snprintf(p->other, sizeof(p->other), "%s/other", p->folder);
	p->alarms = alarms_new();
	*state = p;
	return 0;
}

static int
remove_place(void **state)
{
	struct place	*p = *state;

	journal_close(&p->journal);
	(void)unlink(p->path);
	(void)unlink(p->other);
	(void)rmdir(p->folder);
	alarms_free(&p->alarms);
	free(p);
	return 0;
}

static void
a_line_has_every_key_in_its_order(void **state)
{
	size_t	 len;
	char	*text = line_format(&sample, &len);

	(void)state;
	text[len - 1] = '\0';
	assert_string_equal(text, "{\"v\":1,"
	    "\"time\":\"2026-01-02T03:04:05.678Z\",\"id\":\"x1\","
	    "\"verdict\":\"defer\",\"reason\":\"new\","
	    "\"client\":\"192.0.2.1\",\"name\":\"mx.example.net\","
	    "\"verified\":true,\"helo\":\"mx\",\"sender\":\"a@example.org\","
	    "\"recipient\":\"b@example.net\","
	    "\"identities\":[\"net:192.0.2.0/24\",\"name:example.net\"],"
	    "\"by\":null,\"would\":null,\"rule\":null,\"wait\":60,"
	    "\"delayed\":null,\"queue\":null,"
	    "\"reply\":\"450 4.7.1 Later\",\"micros\":41}");
	free(text);
}

static void
an_event_has_its_own_keys_and_no_verdict(void **state)
{
	const struct journal_event	 event = { .time = 1767323045678,
		.id = "x2", .event = "not-learned", .why = "precedence",
		.sender = "a\n@example.com", .recipient = "b@example.net",
		.queue = "4Xw1" };
	size_t				 len;
	char				*text = line_format_event(&event, &len);

	(void)state;
	assert_non_null(text);
	assert_int_equal(text[len - 1], '\n');
	text[len - 1] = '\0';
	assert_string_equal(text, "{\"v\":1,"
	    "\"time\":\"2026-01-02T03:04:05.678Z\",\"id\":\"x2\","
	    "\"event\":\"not-learned\",\"why\":\"precedence\","
	    "\"client\":null,\"sender\":\"a\\n@example.com\","
	    "\"recipient\":\"b@example.net\",\"queue\":\"4Xw1\"}");
	free(text);
}

static void
text_from_the_network_cannot_break_a_line(void **state)
{
	struct journal_line	 line = sample;
	struct json		*j;
	struct err		 e;
	size_t			 len;
	char			*text;

	(void)state;
	line.sender = "a\"b\\c\n{\x01\x7f\xff\xc3\xa9@x";
	text = line_format(&line, &len);
	assert_ptr_equal(memchr(text, '\n', len), text + len - 1);
	j = json_parse(text, len, &e);
	assert_non_null(j);
	assert_string_equal(json_get_text(j, "sender"),
	    "a\"b\\c\n{\x01\x7f\\xff\xc3\xa9@x");
	json_free(&j);
	free(text);
}

static void
a_line_is_in_the_file_soon_without_a_flush(void **state)
{
	struct place	*p = *state;
	int64_t		 until = clock_monotonic_micros() + 5000000;

	assert_int_equal(journal_open(&p->journal, p->path, p->alarms, NULL),
	    0);
	journal_write(p->journal, &sample, NULL);
	while (lines(p->path) == 0)
		if (clock_monotonic_micros() > until)
			fail_msg("no line within 5 s");
	assert_int_equal(lines(p->path), 1);
}

static void
a_flush_waits_until_all_lines_are_there(void **state)
{
	struct place		*p = *state;
	struct journal_stats	 stats;

	assert_int_equal(journal_open(&p->journal, p->path, p->alarms, NULL),
	    0);
	for (int i = 0; i < 1000; i++)
		journal_write(p->journal, &sample, NULL);
	journal_flush(p->journal);
	assert_int_equal(lines(p->path), 1000);
	journal_stats(p->journal, &stats);
	assert_int_equal(stats.lines, 1000);
	assert_int_equal(stats.dropped, 0);
}

static void
closing_writes_what_is_waiting_and_opening_appends(void **state)
{
	struct place	*p = *state;

	for (int i = 1; i <= 2; i++) {
		assert_int_equal(journal_open(&p->journal, p->path, p->alarms,
		    NULL), 0);
		journal_write(p->journal, &sample, NULL);
		journal_close(&p->journal);
		assert_null(p->journal);
		assert_int_equal(lines(p->path), i);
	}
}

static void
after_logrotate_it_goes_on_in_the_new_file(void **state)
{
	struct place	*p = *state;

	assert_int_equal(journal_open(&p->journal, p->path, p->alarms, NULL),
	    0);
	journal_write(p->journal, &sample, NULL);
	journal_flush(p->journal);
	assert_int_equal(rename(p->path, p->other), 0);
	journal_write(p->journal, &sample, NULL);
	assert_int_equal(journal_reopen(p->journal, p->path, NULL), 0);
	journal_write(p->journal, &sample, NULL);
	journal_flush(p->journal);
	assert_int_equal(lines(p->other), 2);
	assert_int_equal(lines(p->path), 1);
}

static void
a_reopen_that_fails_keeps_the_old_file(void **state)
{
	struct place	*p = *state;
	struct err	 e;

	assert_int_equal(journal_open(&p->journal, p->path, p->alarms, NULL),
	    0);
	assert_int_equal(journal_reopen(p->journal, "/nowhere/journal", &e),
	    -1);
	assert_non_null(strstr(e.text, "/nowhere/journal: No such file"));
	journal_write(p->journal, &sample, NULL);
	journal_flush(p->journal);
	assert_int_equal(lines(p->path), 1);
}

static void
a_folder_that_is_missing_is_told_at_the_start(void **state)
{
	struct place	*p = *state;
	struct err	 e;

	assert_int_equal(journal_open(&p->journal, "/nowhere/journal",
	    p->alarms, &e), -1);
	assert_non_null(strstr(e.text, "create its folder"));
	assert_null(p->journal);
}

/* /dev/full takes no byte: ENOSPC, as a full disk says. */
static void
a_full_disk_loses_lines_raises_one_alarm_and_is_over_again(void **state)
{
	struct place		*p = *state;
	struct journal_stats	 stats;

	assert_int_equal(journal_open(&p->journal, "/dev/full", p->alarms,
	    NULL), 0);
	journal_write(p->journal, &sample, NULL);
	journal_write(p->journal, &sample, NULL);
	journal_flush(p->journal);
	journal_stats(p->journal, &stats);
	assert_int_equal(stats.dropped, 2);
	assert_true(alarm_get(p->alarms, ALARM_JOURNAL).raised);
	assert_non_null(strstr(
	    alarm_get(p->alarms, ALARM_JOURNAL).sentence.text,
	    "No space left"));

	assert_int_equal(journal_reopen(p->journal, p->path, NULL), 0);
	journal_write(p->journal, &sample, NULL);
	journal_flush(p->journal);
	assert_int_equal(lines(p->path), 1);
	assert_false(alarm_get(p->alarms, ALARM_JOURNAL).raised);
}

static void
without_a_path_lines_go_nowhere(void **state)
{
	struct place		*p = *state;
	struct journal_stats	 stats;

	assert_int_equal(journal_open(&p->journal, "", p->alarms, NULL), 0);
	journal_write(p->journal, &sample, NULL);
	journal_flush(p->journal);
	journal_stats(p->journal, &stats);
	assert_int_equal(stats.dropped, 0);
}

static void
others_cannot_read_it(void **state)
{
	struct place	*p = *state;
	struct stat	 st;

	assert_int_equal(journal_open(&p->journal, p->path, p->alarms, NULL),
	    0);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0137, 0);
}

static void
ids_differ_and_sort_by_time(void **state)
{
	struct place	*p = *state;
	char		 a[JOURNAL_ID_SIZE], b[JOURNAL_ID_SIZE],
			 c[JOURNAL_ID_SIZE];

	assert_int_equal(journal_open(&p->journal, "", p->alarms, NULL), 0);
	journal_id(p->journal, 1700000000000, a);
	journal_id(p->journal, 1700000000000, b);
	journal_id(p->journal, 1700000000001, c);
	assert_string_not_equal(a, b);
	assert_true(strcmp(a, c) < 0 && strcmp(b, c) < 0);
	assert_int_equal(strlen(a), 20);
}

int
main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, make_place, \
    remove_place)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_every_key_in_its_order),
		cmocka_unit_test(an_event_has_its_own_keys_and_no_verdict),
		cmocka_unit_test(text_from_the_network_cannot_break_a_line),
		HERE(a_line_is_in_the_file_soon_without_a_flush),
		HERE(a_flush_waits_until_all_lines_are_there),
		HERE(closing_writes_what_is_waiting_and_opening_appends),
		HERE(after_logrotate_it_goes_on_in_the_new_file),
		HERE(a_reopen_that_fails_keeps_the_old_file),
		HERE(a_folder_that_is_missing_is_told_at_the_start),
		HERE(a_full_disk_loses_lines_raises_one_alarm_and_is_over_again),
		HERE(without_a_path_lines_go_nowhere),
		HERE(others_cannot_read_it),
		HERE(ids_differ_and_sort_by_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
