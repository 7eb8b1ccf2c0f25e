/* SPDX-License-Identifier: ISC
 * tests/unit/test_reply.c - replies that an administrator may set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/reply.h"

static void
a_reply_is_taken_apart(void **state)
{
	static const struct {
		const char	*text;
		char		 digit;
		const char	*code, *status, *rest;
	} rows[] = {
		{ "450 4.7.1 Greylisted, please try again later", '4',
		    "450", "4.7.1", "Greylisted, please try again later" },
		{ "451 4.7.0 x", '4', "451", "4.7.0", "x" },
		{ "450 4.2.0 100% later", '4', "450", "4.2.0", "100% later" },
		{ "450 4.123.456 x", '4', "450", "4.123.456", "x" },
		{ "550 5.7.1 No", '5', "550", "5.7.1", "No" },
		{ "459 4.7.1 ~", '4', "459", "4.7.1", "~" },
	};
	struct reply	r;
	struct err	e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (reply_parse(rows[i].text, rows[i].digit, &r, &e) == -1)
			fail_msg("%s", e.text);
		assert_string_equal(r.code, rows[i].code);
		assert_string_equal(r.status, rows[i].status);
		assert_string_equal(r.text, rows[i].rest);
	}
}

static void
what_no_client_would_understand_is_refused(void **state)
{
	static const struct { const char *text; char digit; const char *says; }
	bad[] = {
		{ "", '4', "not a reply: " },
		{ "4", '4', "not a reply: " },
		{ "45", '4', "not a reply: " },
		{ "450", '4', "not a reply: " },
		{ "450-4.7.1 x", '4', "not a reply: " },
		{ "4500 4.7.1 x", '4', "not a reply: " },
		{ "460 4.7.1 x", '4', "not a reply: " },
		{ "45x 4.7.1 x", '4', "not a reply: " },
		{ "550 5.7.1 x", '4', "not a reply: " },
		{ "450 4.7.1 x", '5', "not a reply: " },
		{ "250 2.0.0 x", '4', "not a reply: " },
		{ "421 4.7.0 x", '4', "421 would close the connection" },
		{ "450 ", '4', "no enhanced code 4.x.x after 450" },
		{ "450 Later", '4', "no enhanced code 4.x.x after 450" },
		{ "450 4", '4', "no enhanced code 4.x.x after 450" },
		{ "450 4.7", '4', "no enhanced code 4.x.x after 450" },
		{ "450 4.7.", '4', "no enhanced code 4.x.x after 450" },
		{ "450 4.7.1", '4', "no enhanced code 4.x.x after 450" },
		{ "450 4..1 x", '4', "no enhanced code 4.x.x after 450" },
		{ "450 4.7.1234 x", '4', "no enhanced code 4.x.x after 450" },
		{ "450 4.7.1.2 x", '4', "no enhanced code 4.x.x after 450" },
		{ "450 44.7.1 x", '4', "no enhanced code 4.x.x after 450" },
		{ "450 5.7.1 x", '4', "the classes of 450 and 5.7.1 differ" },
		{ "550 4.7.1 x", '5', "the classes of 550 and 4.7.1 differ" },
		{ "450 4.7.1 ", '4', "no text after 450 4.7.1" },
		{ "450 4.7.1 a\tb", '4', "reply text with a character" },
		{ "450 4.7.1 a\r\nb", '4', "reply text with a character" },
		{ "450 4.7.1 sp\xc3\xa4ter", '4', "reply text with a char" },
		{ "450 4.7.1 a\x7f", '4', "reply text with a character" },
	};
	const struct reply	before = { .code = "abc", .text = "same" };
	struct reply		r = before;
	struct err		e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (reply_parse(bad[i].text, bad[i].digit, &r, &e) != -1)
			fail_msg("taken for a reply: \"%s\"", bad[i].text);
		if (strncmp(e.text, bad[i].says, strlen(bad[i].says)) != 0)
			fail_msg("\"%s\": %s", bad[i].text, e.text);
	}
	assert_memory_equal(&r, &before, sizeof(r));
}

static void
a_text_is_refused_rather_than_cut(void **state)
{
	char		text[10 + 256 + 1];
	struct reply	r;
	struct err	e;

	(void)state;
	(void)snprintf(text, sizeof(text), "450 4.7.1 %0*d", 256, 7);
	assert_int_equal(reply_parse(text, '4', &r, &e), -1);
	assert_string_equal(e.text, "reply text over 255 characters");
	text[strlen(text) - 1] = '\0';
	assert_int_equal(reply_parse(text, '4', &r, &e), 0);
	assert_int_equal(strlen(r.text), 255);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_is_taken_apart),
		cmocka_unit_test(what_no_client_would_understand_is_refused),
		cmocka_unit_test(a_text_is_refused_rather_than_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
