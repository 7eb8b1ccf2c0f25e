/* SPDX-License-Identifier: ISC
 * tests/unit/test_suggest.c - entries for an attempt, the narrowest first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "whitelist/suggest.h"

static void
the_narrowest_safe_entries_are_suggested(void **state)
{
	static const struct { struct suggest_facts f; const char *want[5],
	    *why; } rows[] = {
		{ { "192.0.2.1", "mx.b.example", "A@b.example", "c@d.example",
		    true }, { "sender a@b.example to c@d.example",
		    "sender a@b.example", "domain b.example" }, "" },
		{ { "192.0.2.1", NULL, "a@gmail.com", "c@d.example", true },
		    { "sender a@gmail.com to c@d.example",
		    "sender a@gmail.com" }, "not all of gmail.com" },
		{ { "192.0.2.1", NULL, "a@co.uk", "c@d.example", true },
		    { "sender a@co.uk to c@d.example", "sender a@co.uk" },
		    "not all of co.uk" },
		{ { "192.0.2.1", "mx.b.example", "a@b.example", "c@d.example",
		    false }, { "client 192.0.2.1 to c@d.example",
		    "client 192.0.2.1", "name mx.b.example" },
		    "does not prove" },
		{ { "2001:DB8::1", NULL, "a@b.example", "c@d.example", false },
		    { "client 2001:db8::1 to c@d.example",
		    "client 2001:db8::1" }, "does not prove" },
		{ { "192.0.2.1", NULL, "", "c@d.example", true },
		    { "client 192.0.2.1 to c@d.example",
		    "client 192.0.2.1" }, "the null sender has none" },
		{ { "192.0.2.1", NULL, "", "postmaster", false },
		    { "client 192.0.2.1" }, "null sender" },
		{ { NULL, NULL, NULL, NULL, true }, { NULL }, "null sender" },
	};
	char		out[SUGGEST_MAX][ENTRY_TEXT_SIZE];
	struct err	why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned	n = suggest_entries(&rows[i].f, out, &why);
		unsigned	want = 0;

		for (; rows[i].want[want] != NULL; want++) {
			assert_true(want < n);
			assert_string_equal(out[want], rows[i].want[want]);
		}
		assert_int_equal(n, want);
		if (*rows[i].why == '\0')
			assert_string_equal(why.text, "");
		assert_non_null(strstr(why.text, rows[i].why));
		assert_int_equal(suggest_entries(&rows[i].f, out, NULL), n);
	}
}

/* What a client wrote is one value, or no suggestion. */
static void
a_sender_cannot_write_more_than_its_address(void **state)
{
	static const char *const senders[] = { "a@b.example unsafe",
	    "a@b.example to c@d.example", "a@b.example\nclient 0.0.0.0/0",
	    "a@b.example ", "@b.example", "a@[192.0.2.1]", "a b@c.example" };
	static const char *const rcpts[] = { "c@d.example unsafe", "@", "c@" };
	char		out[SUGGEST_MAX][ENTRY_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		struct suggest_facts	f = { "192.0.2.1", NULL, senders[i],
					    "c@d.example", true };
		unsigned		n = suggest_entries(&f, out, NULL);

		assert_int_equal(n, 2);
		assert_string_equal(out[0], "client 192.0.2.1 to c@d.example");
		assert_string_equal(out[1], "client 192.0.2.1");
	}
	for (size_t i = 0; i < sizeof(rcpts) / sizeof(rcpts[0]); i++) {
		struct suggest_facts	f = { "192.0.2.1", NULL, "a@b.example",
					    rcpts[i], true };

		assert_int_equal(suggest_entries(&f, out, NULL), 2);
		assert_string_equal(out[0], "sender a@b.example");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_narrowest_safe_entries_are_suggested),
		cmocka_unit_test(a_sender_cannot_write_more_than_its_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
