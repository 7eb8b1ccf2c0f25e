/* SPDX-License-Identifier: ISC
 * tests/unit/test_top.c - the page of greyctl top: right sums, nothing in it that
 * steers a terminal. The terminal itself is in tests/e2e/test_metrics.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "control/top_facts.h"
#include "control/top_show.h"
#include "journal/tally.h"
#include "tests/lib/control_fixture.h"

enum { SECOND = 1000000, HOUR = 3600 };

/* A daemon whose counts the test sets. */
struct scene {
	struct fixture	*f;
	struct control	*control;
	char		 socket[100];
	int		 new, retried;
	struct top_facts facts;
};

static void
status(void *arg, struct json *object)
{
	struct scene	*s = arg;
	struct json	*decisions = json_new_object();
	struct json	*defer = json_new_object(), *pass = json_new_object();

	json_add_int(defer, "new", s->new);
	json_add_int(pass, "retried", s->retried);
	json_add(decisions, "defer", defer);
	json_add(decisions, "pass", pass);
	json_add(object, "decisions", decisions);
}

static int
set_up(void **state)
{
	struct scene		*s = calloc(1, sizeof(*s));
	struct control_deps	 deps;

	s->f = fixture_new();
	deps = s->f->deps;
	deps.status = status;
	deps.arg = s;
	(void)snprintf(s->socket, sizeof(s->socket), "%s/top.sock",
	    s->f->folder);
	*state = s;
	return control_open(&s->control, s->socket, &deps, NULL);
}

static int
tear_down(void **state)
{
	struct scene	*s = *state;

	control_close(&s->control);
	top_facts_free(&s->facts);
	fixture_free(&s->f);
	free(s);
	return 0;
}

static void
ask(struct scene *s, int64_t seconds)
{
	int	code;

	if (top_facts_ask(&s->facts, s->socket, FIXTURE_START + seconds,
	    (1000 + seconds) * SECOND, &code) == -1)
		fail_msg("%s", s->facts.trouble.text);
}

static void
rates_and_minutes_are_differences(void **state)
{
	struct scene		*s = *state;
	const struct top_facts	*f = &s->facts;

	s->new = 100;
	ask(s, 0);
	assert_true(f->seconds == 0);
	assert_int_equal(f->minute.n[VERDICT_DEFER][REASON_NEW], 0);
	s->new = 110;
	s->retried = 4;
	ask(s, 2);
	assert_true(f->seconds == 2);
	assert_int_equal(f->second.n[VERDICT_DEFER][REASON_NEW], 10);
	assert_int_equal(f->minute.n[VERDICT_PASS][REASON_RETRIED], 4);
	s->new = 200;
	ask(s, 60);
	assert_int_equal(f->minute.n[VERDICT_DEFER][REASON_NEW], 100);
	s->new = 205;
	ask(s, 62);
	assert_int_equal(f->minute.n[VERDICT_DEFER][REASON_NEW], 95);
	assert_int_equal(f->total.n[VERDICT_DEFER][REASON_NEW], 205);
}

static void
many_samples_a_minute_are_no_trouble(void **state)
{
	struct scene	*s = *state;
	int		 code;

	for (int i = 0; i < 3 * TOP_SAMPLES; i++) {
		s->new = i;
		assert_int_equal(top_facts_ask(&s->facts, s->socket,
		    FIXTURE_START, i * SECOND / 10, &code), 0);
	}
	assert_int_equal(s->facts.minute.n[VERDICT_DEFER][REASON_NEW],
	    TOP_SAMPLES - 1);
}

static void
a_daemon_that_began_anew_has_no_rate_below_zero(void **state)
{
	struct scene	*s = *state;

	s->new = 100;
	ask(s, 0);
	s->new = 3;
	ask(s, 2);
	assert_true(s->facts.seconds == 0);
	assert_int_equal(s->facts.minute.n[VERDICT_DEFER][REASON_NEW], 0);
	s->new = 5;
	ask(s, 4);
	assert_int_equal(s->facts.minute.n[VERDICT_DEFER][REASON_NEW], 2);
}

static void
hours_are_those_of_the_tally(void **state)
{
	static const struct tally_fact	fact = { "defer", "new", -1, NULL };
	struct scene			*s = *state;
	struct tally			*t = tally_new(s->f->store);
	int64_t				 begins = FIXTURE_START -
					    FIXTURE_START % HOUR;

	for (int i = 0; i < 6; i++)
		tally_count(t, &fact, i < 1 ? begins - HOUR - 1 : i < 3 ?
		    begins - 1 : begins);
	assert_int_equal(tally_flush(t, FIXTURE_START, NULL), 0);
	ask(s, 0);
	assert_int_equal(s->facts.hour.n[VERDICT_DEFER][REASON_NEW], 3);
	assert_int_equal(s->facts.before.n[VERDICT_DEFER][REASON_NEW], 2);
	tally_free(&t);
}

static void
write_page(void *arg, enum table_colour colour, const char *text)
{
	(void)colour;
	(void)fprintf(arg, "%s\n", text);
}

/* To be freed. */
static char *
page_of(const struct top_facts *f, unsigned rows)
{
	char	*text = NULL;
	size_t	 len;
	FILE	*out = open_memstream(&text, &len);

	top_show(f, FIXTURE_START, rows, write_page, out);
	(void)fclose(out);
	return text;
}

static void
nothing_from_outside_steers_the_terminal(void **state)
{
	static const char	line[] = "{\"time\":\"2026-01-02T03:04:05.678Z\","
				    "\"verdict\":\"defer\",\"reason\":\"new\","
				    "\"client\":null,\"sender\":\"a\\u001b[2J\\n"
				    "\\u202ex@b\",\"recipient\":\"\"}";
	struct scene		*s = *state;
	char			*page;

	alarm_raise(s->f->alarms, ALARM_RELOAD, FIXTURE_START,
	    "a\033]0;b\007\nc\xff");
	ask(s, 0);
	s->facts.lines.limit = TOP_LINES;
	assert_int_equal(tail_push(&s->facts.lines, line, strlen(line)), 0);
	assert_int_equal(tail_push(&s->facts.lines, "torn {", 6), 0);
	page = page_of(&s->facts, 0);
	fixture_has(page, "ALARM reload since ");
	fixture_has(page, "a\\x1b[2J\\x0a\\xe2\\x80\\xaex@b -> <>\n");
	for (const char *p = page; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' && *p != '\n')
			fail_msg("byte %d in: %s", *p, page);
	assert_null(strstr(page, "\xe2\x80\xae"));
	free(page);
}

static void
lines_of_the_journal_fill_what_is_left(void **state)
{
	static const char	line[] = "{\"verdict\":\"pass\"}";
	struct scene		*s = *state;
	char			*page;
	unsigned		 n;

	ask(s, 0);
	s->facts.lines.limit = TOP_LINES;
	for (int i = 0; i < 50; i++)
		assert_int_equal(tail_push(&s->facts.lines, line,
		    strlen(line)), 0);
	for (unsigned rows = 1; rows < 60; rows++) {
		page = page_of(&s->facts, rows);
		n = 0;
		for (const char *p = page; *p != '\0'; p++)
			n += *p == '\n';
		if (rows >= 10)
			assert_int_equal(n, rows);
		free(page);
	}
}

static void
newest_lines_are_read_from_the_end_of_a_large_file(void **state)
{
	struct scene	*s = *state;
	char		 settings[60] = "journal = \"~/j\"\n";
	char		*text = malloc(400000);
	size_t		 used = 0;

	for (int i = 0; i < 5000; i++)
		used += (size_t)snprintf(text + used, 400000 - used,
		    "{\"verdict\":\"defer\",\"sender\":\"%d@example.net\"}\n",
		    i);
	(void)strcpy(text + used, "{\"verdict\":\"torn");
	fixture_write(s->f, "j", text);
	fixture_configure(s->f, settings);
	ask(s, 0);
	assert_int_equal(s->facts.lines.n, TOP_LINES);
	fixture_has(tail_at(&s->facts.lines, TOP_LINES - 1), "\"4999@");
	fixture_has(tail_at(&s->facts.lines, 0), "\"4800@");
	free(text);
}

static void
line_that_is_read_from_its_middle_is_left_out(void **state)
{
	struct scene	*s = *state;
	char		*text = malloc(400001), *at = text;

	for (int i = 0; i < 100; i++) {
		memset(at, 'x', 4000);
		*at = '{';
		at[3999] = '\n';
		at += 4000;
	}
	*at = '\0';
	fixture_write(s->f, "j", text);
	fixture_configure(s->f, "journal = \"~/j\"\n");
	ask(s, 0);
	assert_int_equal(s->facts.lines.n, 128 * 1024 / 4000);
	assert_int_equal(tail_at(&s->facts.lines, 0)[0], '{');
	free(text);
}

static void
without_a_terminal_it_is_one_page(void **state)
{
	struct scene	*s = *state;

	fixture_asks(s->f, "top", 0);
	fixture_has(s->f->out, "\n  new ");
	fixture_has(s->f->out, "sessions 2 open of 900");
	fixture_asks(s->f, "--json top", 0);
	fixture_has(s->f->out, "\"hours\": []");
	fixture_asks(s->f, "top --interval 2d", 2);
	fixture_has(s->f->messages, "from 1s to 1h");
}

#define WITH(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(rates_and_minutes_are_differences),
		WITH(many_samples_a_minute_are_no_trouble),
		WITH(a_daemon_that_began_anew_has_no_rate_below_zero),
		WITH(hours_are_those_of_the_tally),
		WITH(nothing_from_outside_steers_the_terminal),
		WITH(lines_of_the_journal_fill_what_is_left),
		WITH(newest_lines_are_read_from_the_end_of_a_large_file),
		WITH(line_that_is_read_from_its_middle_is_left_out),
		WITH(without_a_terminal_it_is_one_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
