/* SPDX-License-Identifier: ISC
 * tests/unit/test_spf_macro.c - macros of SPF: syntax, what they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "identity/spf_macro.h"

static struct spf_text
text_of(const char *s)
{
	return (struct spf_text){ s, strlen(s) };
}

/* RFC 7208, 7.4: what its examples are about. */
static const char	*client_name = "mx.example.org";

static const char *
name_of_client(void *arg)
{
	(void)arg;
	return client_name;
}

static int
expand(const char *spec, const char *client, const char *sender,
    char out[SPF_DOMAIN_SIZE])
{
	struct spf_macros	m = { .sender = sender, .helo = "helo.example",
				    .domain = "email.example.com",
				    .name = name_of_client };
	char			*own = strdup(spec);
	int			 result;

	assert_non_null(own);
	assert_int_equal(ip_parse(client, &m.client, NULL), 0);
	memset(out, 'x', SPF_DOMAIN_SIZE);
	result = spf_macro_expand(text_of(own), &m, out);
	free(own);
	return result;
}

struct row {
	const char	*spec, *wanted;		/* NULL: no name */
};

static void
run_rows(const struct row *row, size_t n, const char *client,
    const char *sender)
{
	char	out[SPF_DOMAIN_SIZE];

	for (size_t i = 0; i < n; i++) {
		int	result = expand(row[i].spec, client, sender, out);

		if ((result == 0) != (row[i].wanted != NULL))
			fail_msg("%s: %d", row[i].spec, result);
		if (result == 0 && strcmp(out, row[i].wanted) != 0)
			fail_msg("%s: %s", row[i].spec, out);
	}
}

#define ROWS(name, client, sender, ...)					\
static void								\
name(void **state)							\
{									\
	static const struct row row[] = { __VA_ARGS__ };		\
	(void)state;							\
	run_rows(row, sizeof(row) / sizeof(row[0]), client, sender);	\
}

ROWS(examples_of_the_rfc_become_what_it_says, "192.0.2.3",
    "strong-bad@email.example.com",
    { "%{s}", "strong-bad@email.example.com" },
    { "%{o}", "email.example.com" },
    { "%{d}", "email.example.com" },
    { "%{d4}", "email.example.com" },
    { "%{d3}", "email.example.com" },
    { "%{d2}", "example.com" },
    { "%{d1}", "com" },
    { "%{dr}", "com.example.email" },
    { "%{d2r}", "example.email" },
    { "%{l}", "strong-bad" },
    { "%{l-}", "strong.bad" },
    { "%{lr}", "strong-bad" },
    { "%{lr-}", "bad.strong" },
    { "%{l1r-}", "strong" },
    { "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com" },
    { "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com" },
    { "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
	"bad.strong.lp.3.2.0.192.in-addr._spf.example.com" },
    { "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
	"3.2.0.192.in-addr.strong.lp._spf.example.com" },
    { "%{d2}.trusted-domains.example.net",
	"example.com.trusted-domains.example.net" })

ROWS(ipv6_clients_become_their_digits, "2001:db8::cb01",
    "strong-bad@email.example.com",
    { "%{ir}.%{v}._spf.%{d2}", "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	"0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com" },
    { "%{i2}.x", "0.1.x" },
    { "%{I999}.x", "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	"c.b.0.1.x" })

ROWS(ipv4_mapped_client_is_one_of_ipv4, "::ffff:192.0.2.3", "a@b.example",
    { "%{i}.%{v}.x", "192.0.2.3.in-addr.x" })

ROWS(upper_case_letters_escape_what_no_url_has, "192.0.2.3",
    "~a_b.c=d/e%f@b.example",
    { "%{L}.x", "~a_b.c%3Dd%2Fe%25f.x" },
    { "%{l}.x", "~a_b.c=d/e%f.x" },
    { "%{l=/}.x", "~a_b.c.d.e%f.x" },
    { "%{S1@}.x", NULL },
    { "%{S1}.x", "example.x" })

ROWS(escapes_names_and_cut_parts_are_expanded, "192.0.2.3", "a..b@b.example",
    { "%%.x", "%.x" },
    { "%_.x", " .x" },
    { "%-.x", "%20.x" },
    { "%{p}", "mx.example.org" },
    { "%{h}", "helo.example" },
    { "%{P2r}", "example.mx" },
    { "%{i4}.x", "192.0.2.3.x" },
    { "%{i99999999999999999999}.x", "192.0.2.3.x" },
    { "a.example.", "a.example" })

ROWS(texts_that_are_no_names_are_refused, "192.0.2.3", "a..b@b.example",
    { "", NULL },
    { ".", NULL },
    { "..", NULL },
    { "a..example", NULL },
    { "%{l}.example", NULL },
    { "%", NULL },
    { "%{", NULL },
    { "%{d", NULL },
    { "%{d}%", NULL },
    { "%{}", NULL },
    { "%{x}", NULL },
    { "%{d0}", NULL },
    { "%{d-2}", NULL },
    { "%{drr}", NULL },
    { "%a", NULL },
    { "123456789012345678901234567890123456789012345678901234567890123.x",
	"123456789012345678901234567890123456789012345678901234567890123.x" },
    { "1234567890123456789012345678901234567890123456789012345678901234.x",
	NULL })

/* RFC 7208, 7.3: labels go from the left until 253 characters are left. */
static void
long_names_lose_labels_on_their_left(void **state)
{
	char	spec[400] = "", out[SPF_DOMAIN_SIZE];

	(void)state;
	for (int i = 0; i < 127; i++)
		strcat(spec, "a.");
	assert_int_equal(strlen(spec), 254);
	spec[253] = '\0';
	assert_int_equal(expand(spec, "192.0.2.1", "a@b.example", out), 0);
	assert_string_equal(out, spec);
	memmove(spec + 4, spec, 254);
	memcpy(spec, "bcd.", 4);
	assert_int_equal(expand(spec, "192.0.2.1", "a@b.example", out), 0);
	assert_string_equal(out, spec + 4);
}

static void
expansions_without_end_are_refused(void **state)
{
	char	spec[4000] = "", out[SPF_DOMAIN_SIZE], sender[4200];

	(void)state;
	for (int i = 0; i < 600; i++)
		strcat(spec, "%{d}.");
	strcat(spec, "x");
	assert_int_equal(expand(spec, "192.0.2.1", "a@b.example", out), -1);
	memset(sender, '.', sizeof(sender));
	strcpy(sender + 4100, "@b.example");
	assert_int_equal(expand("%{L}.x", "192.0.2.1", sender, out), -1);
	assert_int_equal(expand("%{l1r}.x", "192.0.2.1", sender, out), -1);
}

struct syntax {
	const char	*spec;
	bool		 domain, string;
};

static void
syntax_is_that_of_the_grammar(void **state)
{
	static const struct syntax row[] = {
		{ "example.com", true, true },
		{ "example.com.", true, true },
		{ "_spf.example.com", true, true },
		{ "a/b.com", true, true },
		{ "%{d}", true, true },
		{ "x%{d}", true, true },
		{ "%{d}.com", true, true },
		{ "%%", true, true },
		{ "com", false, true },
		{ "example.123", false, true },
		{ "example.1a", true, true },
		{ "example.-a", false, true },
		{ "example.a-", false, true },
		{ "example.a-b", true, true },
		{ "example.a_b", false, true },
		{ "%{d}com", false, true },
		{ "example.com..", false, true },
		{ ".", false, true },
		{ "", false, true },
		{ "%{d", false, false },
		{ "%{dx}", false, false },
		{ "%{d}.%", false, false },
		{ "%(d).com", false, false },
		{ "a b.com", false, false },
		{ "\x7f.com", false, false },
		{ "\xc3\xa4.com", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct spf_text t = text_of(row[i].spec);

		if (spf_macro_is_domain(t) != row[i].domain ||
		    spf_macro_is_string(t) != row[i].string)
			fail_msg("\"%s\"", row[i].spec);
	}
	assert_false(spf_macro_is_string((struct spf_text){ "a\0b", 3 }));
}

static void
letters_of_macros_are_found(void **state)
{
	static const char	spec[] = "%{d2}.%%{i}.%{Lr-}.i.h.example";

	(void)state;
	assert_true(spf_macro_uses(text_of(spec), "d"));
	assert_true(spf_macro_uses(text_of(spec), "l"));
	assert_true(spf_macro_uses(text_of(spec), "ihld"));
	assert_false(spf_macro_uses(text_of(spec), "ihsovp"));
	assert_false(spf_macro_uses(text_of("i.h.example"), "slodiphv"));
	assert_false(spf_macro_uses(text_of(""), "slodiphv"));
}

static void
names_have_labels_of_1_to_63_and_253_in_all(void **state)
{
	char	name[300];

	(void)state;
	assert_true(spf_macro_is_name("a"));
	assert_true(spf_macro_is_name("a."));
	assert_false(spf_macro_is_name(""));
	assert_false(spf_macro_is_name("."));
	assert_false(spf_macro_is_name("a.."));
	assert_false(spf_macro_is_name(".a"));
	assert_false(spf_macro_is_name("a..b"));
	memset(name, 'a', sizeof(name));
	for (size_t i = 50; i < sizeof(name); i += 50)
		name[i] = '.';
	name[253] = '\0';
	assert_true(spf_macro_is_name(name));
	name[253] = 'a';
	name[254] = '\0';
	assert_false(spf_macro_is_name(name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_rfc_become_what_it_says),
		cmocka_unit_test(ipv6_clients_become_their_digits),
		cmocka_unit_test(ipv4_mapped_client_is_one_of_ipv4),
		cmocka_unit_test(upper_case_letters_escape_what_no_url_has),
		cmocka_unit_test(escapes_names_and_cut_parts_are_expanded),
		cmocka_unit_test(texts_that_are_no_names_are_refused),
		cmocka_unit_test(long_names_lose_labels_on_their_left),
		cmocka_unit_test(expansions_without_end_are_refused),
		cmocka_unit_test(syntax_is_that_of_the_grammar),
		cmocka_unit_test(letters_of_macros_are_found),
		cmocka_unit_test(names_have_labels_of_1_to_63_and_253_in_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
