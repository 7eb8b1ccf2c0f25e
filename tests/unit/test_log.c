/* SPDX-License-Identifier: ISC
 * tests/unit/test_log.c - nothing from the network can forge or break a line;
 * an alarm is said once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alarm.h"
#include "base/log.h"

static FILE	*caught;
static int	 real_stderr;

static int
catch_stderr(void **state)
{
	(void)state;
	caught = tmpfile();
	real_stderr = dup(STDERR_FILENO);
	(void)dup2(fileno(caught), STDERR_FILENO);
	log_open(1);
	return 0;
}

/* What was logged since catch_stderr(). */
static const char *
logged(void)
{
	static char	text[16384];
	size_t		n;

	(void)fflush(stderr);
	rewind(caught);
	n = fread(text, 1, sizeof(text) - 1, caught);
	text[n] = '\0';
	return text;
}

static int
release_stderr(void **state)
{
	(void)state;
	(void)dup2(real_stderr, STDERR_FILENO);
	(void)close(real_stderr);
	(void)fclose(caught);
	return 0;
}

static void
log_pairs(const struct log_pair *pairs, size_t n)
{
	char	line[LOG_LINE_SIZE];

	log_format(line, pairs, n);
	log_line(line);
}

static void
pairs_are_quoted_where_they_need_it(void **state)
{
	const struct log_pair	pairs[] = {
		{ "plain", "a@b" }, { "none", NULL }, { "empty", "" },
		{ "blank", "a b" }, { "quote", "a\"b\\" }, { "eq", "a=b" },
	};

	(void)state;
	log_pairs(pairs, sizeof(pairs) / sizeof(pairs[0]));
	assert_string_equal(logged(), "plain=a@b empty=\"\" blank=\"a b\" "
	    "quote=\"a\\x22b\\x5c\" eq=\"a=b\"\n");
}

static void
control_bytes_are_written_out(void **state)
{
	const struct log_pair	pair = { "sender", "a\nverdict=pass\x1b[2J\xff" };

	(void)state;
	log_pairs(&pair, 1);
	log_info("from %s", "x\r\ny%s");
	assert_string_equal(logged(), "sender=\"a\\x0averdict=pass\\x1b[2J"
	    "\\xff\"\nfrom x\\x0d\\x0ay%s\n");
}

static void
a_line_is_cut_and_still_ends(void **state)
{
	char			*big = malloc(100001);
	const struct log_pair	 pairs[] = { { "k", big }, { "next", "x" } };
	const char		*text;

	(void)state;
	memset(big, '\n', 100000);
	big[100000] = '\0';
	log_pairs(pairs, 2);
	text = logged();
	assert_true(strlen(text) <= 2001);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(big);
}

static void
errno_is_kept(void **state)
{
	(void)state;
	errno = EDOM;
	log_warn("x");
	assert_int_equal(errno, EDOM);
}

static size_t
count(const char *text, const char *what)
{
	size_t	n = 0;

	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static void
an_alarm_is_said_once_in_ten_minutes_and_when_it_is_over(void **state)
{
	struct alarms		*a = alarms_new();
	struct alarm_state	 s;

	(void)state;
	alarm_clear(a, ALARM_STORE);
	alarm_raise(a, ALARM_STORE, 1000, "first");
	alarm_raise(a, ALARM_STORE, 1599, "second");
	alarm_raise(a, ALARM_JOURNAL, 1599, "another");
	assert_string_equal(logged(),
	    "alarm store: first\nalarm journal: another\n");
	s = alarm_get(a, ALARM_STORE);
	assert_true(s.raised);
	assert_int_equal(s.since, 1000);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.sentence.text, "second");
	alarm_raise(a, ALARM_STORE, 1600, "third");
	assert_int_equal(count(logged(), "alarm store: third"), 1);
	alarm_clear(a, ALARM_STORE);
	alarm_clear(a, ALARM_STORE);
	assert_int_equal(count(logged(), "alarm store: over"), 1);
	alarm_raise(a, ALARM_STORE, 1601, "again");
	assert_int_equal(count(logged(), "alarm store: again"), 1);
	assert_int_equal(alarm_get(a, ALARM_STORE).since, 1601);
	alarms_free(&a);
	assert_null(a);
}

static void
an_alarm_is_said_again_after_the_clock_went_back(void **state)
{
	struct alarms	*a = alarms_new();

	(void)state;
	alarm_raise(a, ALARM_STORE, 100000, "then");
	alarm_raise(a, ALARM_STORE, 5, "now");
	assert_int_equal(count(logged(), "alarm store: now"), 1);
	alarms_free(&a);
}

int
main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, catch_stderr, \
    release_stderr)
	const struct CMUnitTest tests[] = {
		HERE(pairs_are_quoted_where_they_need_it),
		HERE(control_bytes_are_written_out),
		HERE(a_line_is_cut_and_still_ends),
		HERE(errno_is_kept),
		HERE(an_alarm_is_said_once_in_ten_minutes_and_when_it_is_over),
		HERE(an_alarm_is_said_again_after_the_clock_went_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
