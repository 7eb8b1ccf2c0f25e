/* SPDX-License-Identifier: ISC
 * tests/unit/test_json.c - what a JSON value takes in and gives back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"

static void
keys_come_out_in_the_order_of_adding(void **state)
{
	struct json	*j = json_new_object(), *list = json_new_array();
	char		*text;

	(void)state;
	json_add_text(j, "z", "1");
	json_add_int(j, "a", INT64_MIN);
	json_push(list, json_new_array());
	json_push(list, json_new_object());
	json_add(j, "m", list);
	json_add_null(j, "n");
	json_add_bool(j, "b", true);
	text = json_dump(j, 0);
	assert_string_equal(text, "{\"z\":\"1\",\"a\":-9223372036854775808,"
	    "\"m\":[[],{}],\"n\":null,\"b\":true}");
	free(text);
	json_free(&j);
	assert_null(j);
}

static void
bytes_that_are_not_utf8_are_written_out(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "plain", "plain" },
		{ "\xc3\xa9", "\xc3\xa9" },
		{ "\xff", "\\xff" },
		{ "a\xc3", "a\\xc3" },
		{ "\xc0\xaf", "\\xc0\\xaf" },			/* overlong */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },		/* surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },	/* too high */
		{ "\xf0\x9f\x93\xa7\xfe", "\xf0\x9f\x93\xa7\\xfe" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json *j = json_new_object();

		json_add_text(j, "k", rows[i].in);
		assert_string_equal(json_get_text(j, "k"), rows[i].out);
		json_free(&j);
	}
}

static void
what_is_missing_or_of_another_type_reads_as_nothing(void **state)
{
	const char	*text = "{\"s\":\"x\",\"n\":7,\"l\":[{},{\"k\":\"b\"}]}";
	struct json	*j = json_parse(text, strlen(text), NULL);

	(void)state;
	assert_non_null(j);
	assert_null(json_get_text(j, "n"));
	assert_null(json_get_text(j, "none"));
	assert_int_equal(json_get_int(j, "s"), 0);
	assert_false(json_get_bool(j, "n"));
	assert_true(json_has_int(j, "n"));
	assert_false(json_has_int(j, "s"));
	assert_int_equal(json_length(json_get(j, "l")), 2);
	assert_string_equal(json_get_text(json_at(json_get(j, "l"), 1), "k"), "b");
	assert_null(json_at(json_get(j, "l"), 2));
	assert_null(json_get(json_get(j, "none"), "x"));
	json_free(&j);
}

static void
what_is_not_json_is_refused_with_the_place(void **state)
{
	static const char *const bad[] = { "", "{", "{\"a\":1,\"a\":2}",
	    "{} {}", "{\"a\":\"\xff\"}", "nul" };
	struct err	e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (json_parse(bad[i], strlen(bad[i]), &e) != NULL)
			fail_msg("taken for JSON: %s", bad[i]);
		assert_non_null(strstr(e.text, "not JSON at byte"));
	}
}

static void
out_of_memory_is_one_null_at_the_end(void **state)
{
	(void)state;
	json_add_text(NULL, "k", "v");
	json_add(NULL, "k", json_new_array());
	json_push(NULL, json_new_object());
	assert_null(json_dump(NULL, 0));
}

/* U+009B begins a terminal's command as ESC [ does; U+202E turns text around. */
static void
what_a_terminal_would_act_on_is_written_out(void **state)
{
	static const struct { const char *text, *json; } rows[] = {
		{ "j\xc3\xb6rg@x.example", "\"j\xc3\xb6rg@x.example\"" },
		{ "\xc2\xa0", "\"\xc2\xa0\"" },
		{ "\xc2\x9b""31m", "\"\\u009B31m\"" },
		{ "\xff\xc2\x9b", "\"\\\\xff\\u009B\"" },
		{ "a\xe2\x80\xae""b", "\"a\\u202Eb\"" },
		{ "a\xe2\x81\xa6""b", "\"a\\u2066b\"" },
		{ "\xef\xbb\xbf", "\"\\uFEFF\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json	*o = json_new_object();
		char		*text, quoted[64], whole[64];
		size_t		 len;

		len = json_quote(quoted, JSON_QUOTED(rows[i].text),
		    rows[i].text);
		assert_int_equal(len, strlen(rows[i].json));
		assert_memory_equal(quoted, rows[i].json, len);
		json_add_text(o, "k", rows[i].text);
		text = json_dump(o, 0);
		(void)snprintf(whole, sizeof(whole), "{\"k\":%s}",
		    rows[i].json);
		assert_string_equal(text, whole);
		free(text);
		json_free(&o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_out_in_the_order_of_adding),
		cmocka_unit_test(bytes_that_are_not_utf8_are_written_out),
		cmocka_unit_test(
		    what_is_missing_or_of_another_type_reads_as_nothing),
		cmocka_unit_test(what_a_terminal_would_act_on_is_written_out),
		cmocka_unit_test(what_is_not_json_is_refused_with_the_place),
		cmocka_unit_test(out_of_memory_is_one_null_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
