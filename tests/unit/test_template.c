/* SPDX-License-Identifier: ISC
 * tests/unit/test_template.c - an address in a filter means itself only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "recipient/template.h"

#define VALUE(text) { text, sizeof(text) - 1 }

static const struct template_values bob = {
	.whole = VALUE("bob@example.com"), .local = VALUE("bob"),
	.domain = VALUE("example.com"),
};

static void
becomes(const char *text, const struct template_values *values,
    const char *wanted)
{
	struct err	 e;
	char		*out;

	if (template_expand(text, values, &out, &e) == -1)
		fail_msg("\"%s\": %s", text, e.text);
	if (strcmp(out, wanted) != 0)
		fail_msg("\"%s\" became \"%s\", not \"%s\"", text, out, wanted);
	free(out);
}

static void
address_its_local_part_and_its_domain_are_put_in(void **state)
{
	static const struct { const char *text, *becomes; } rows[] = {
		{ "(mail=%s)", "(mail=bob@example.com)" },
		{ "(uid=%u)", "(uid=bob)" },
		{ "ou=%d,dc=x", "ou=example.com,dc=x" },
		{ "(|(uid=%u)(mail=%s)(mail=%s))",
		    "(|(uid=bob)(mail=bob@example.com)"
		    "(mail=bob@example.com))" },
		{ "%u%%%d", "bob%example.com" },
		{ "(&(mail=%s)(!(x:1.2.840.113556.1.4.803:=2)))",
		    "(&(mail=bob@example.com)"
		    "(!(x:1.2.840.113556.1.4.803:=2)))" },
		{ "%%s", "%s" },
		{ "(o=\\2a)", "(o=\\2a)" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		becomes(rows[i].text, &bob, rows[i].becomes);
}

static void
every_byte_that_has_a_meaning_of_its_own_is_escaped(void **state)
{
	static const struct {
		struct template_value	local;
		const char		*becomes;
	} rows[] = {
		{ VALUE("*"), "(uid=\\2a)" },
		{ VALUE("*)(uid=*"), "(uid=\\2a\\29\\28uid\\3d\\2a)" },
		{ VALUE("a\\2a"), "(uid=a\\5c2a)" },
		{ VALUE("a\0b"), "(uid=a\\00b)" },
		{ VALUE("\0"), "(uid=\\00)" },
		{ VALUE("j\xc3\xb6rg"), "(uid=j\\c3\\b6rg)" },
		{ VALUE("\xff\x80"), "(uid=\\ff\\80)" },
		{ VALUE("100%s"), "(uid=100\\25s)" },
		{ VALUE("a,b+c=d;e#<f>\"g\" h"),
		    "(uid=a\\2cb\\2bc\\3dd\\3be\\23\\3cf\\3e\\22g\\22\\20h)" },
		{ VALUE("a&b|c!d:e/f"), "(uid=a\\26b\\7cc\\21d\\3ae\\2ff)" },
		{ VALUE("\r\n\t\x7f"), "(uid=\\0d\\0a\\09\\7f)" },
		{ VALUE("A.z-0_9@"), "(uid=A.z-0_9@)" },
		{ VALUE(""), "(uid=)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct template_values	values = bob;

		values.local = rows[i].local;
		becomes("(uid=%u)", &values, rows[i].becomes);
	}
}

static void
no_byte_but_letters_digits_and_four_signs_stays(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char			byte = (char)c, *out;
		struct template_values	values = bob;

		values.whole = (struct template_value){ &byte, 1 };
		assert_int_equal(template_expand("%s", &values, &out, NULL), 0);
		if (out[0] == '\\')
			assert_int_equal(strtol(out + 1, NULL, 16), c);
		else if (strlen(out) != 1 || out[0] != byte || strchr(
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "0123456789@-_.", c) == NULL)
			fail_msg("byte %d became \"%s\"", c, out);
		free(out);
	}
}

static void
other_letters_behind_a_percent_sign_are_refused(void **state)
{
	static const char *const	rows[] = { "%", "(uid=%x)", "100%",
					    "%S", "%%%", "% s" };
	struct err			e;
	char				*out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (template_expand(rows[i], &bob, &out, &e) != -1)
			fail_msg("\"%s\" became \"%s\"", rows[i], out);
		assert_non_null(strstr(e.text, rows[i]));
	}
}

static void
fixed_is_what_no_address_is_put_into(void **state)
{
	(void)state;
	assert_true(template_is_fixed("dc=example,dc=com"));
	assert_true(template_is_fixed("o=100%%"));
	assert_true(template_is_fixed("o=%%s"));
	assert_true(template_is_fixed(""));
	assert_false(template_is_fixed("ou=%d,dc=com"));
	assert_false(template_is_fixed("o=%%%s"));
	assert_false(template_is_fixed("%u"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    address_its_local_part_and_its_domain_are_put_in),
		cmocka_unit_test(
		    every_byte_that_has_a_meaning_of_its_own_is_escaped),
		cmocka_unit_test(no_byte_but_letters_digits_and_four_signs_stays),
		cmocka_unit_test(other_letters_behind_a_percent_sign_are_refused),
		cmocka_unit_test(fixed_is_what_no_address_is_put_into),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
