/* SPDX-License-Identifier: ISC
 * tests/unit/test_spf_record.c - records of SPF: what is one, what is valid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "identity/spf_record.h"

/* Parses a copy that ends where the text does: reading on is noticed. */
static int
parse(const char *text, size_t len, struct spf_record *r, struct err *e)
{
	char	*own = malloc(len > 0 ? len : 1);
	int	 result;

	assert_non_null(own);
	memcpy(own, text, len);
	e->text[0] = '\0';
	result = spf_record_parse(own, len, r, e);
	free(own);
	return result;
}

static void
records_are_told_from_other_texts(void **state)
{
	static const struct { const char *text; bool is; } row[] = {
		{ "v=spf1", true }, { "v=spf1 ", true },
		{ "v=spf1 -all", true }, { "V=SPF1 -all", true },
		{ "v=spf1  moo", true }, { "v=spf10", false },
		{ "v=spf1-all", false }, { "v=spf1\t-all", false },
		{ "v=spf2", false }, { " v=spf1", false }, { "v=spf", false },
		{ "", false }, { "spf2.0/pra -all", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (spf_record_is(row[i].text, strlen(row[i].text)) !=
		    row[i].is)
			fail_msg("\"%s\"", row[i].text);
	assert_false(spf_record_is("v=spf1\0-all", 11));
}

/* One term as text: all that was understood of it. */
static void
describe(const struct spf_term *t, char out[300])
{
	char	net[IP_TEXT_SIZE] = "";

	if (t->mechanism == SPF_IP4 || t->mechanism == SPF_IP6)
		ip_format_network(&t->net, t->bits, net);
	else if (t->mechanism == SPF_A || t->mechanism == SPF_MX)
		(void)snprintf(net, sizeof(net), "%u %u", t->bits4, t->bits6);
	(void)snprintf(out, 300, "%c%s [%.*s] %s", t->qualifier,
	    spf_mechanism_name(t->mechanism), (int)t->domain.len,
	    t->domain.len > 0 ? t->domain.at : "", net);
}

struct row {
	const char	*term, *wanted;
};

static void
terms_are_understood_as_written(void **state)
{
	static const struct row row[] = {
		{ "all", "+all [] " }, { "-ALL", "-all [] " },
		{ "?all", "?all [] " }, { "~all", "~all [] " },
		{ "+all", "+all [] " },
		{ "a", "+a [] 32 128" }, { "a/24", "+a [] 24 128" },
		{ "a//64", "+a [] 32 64" }, { "a/0//0", "+a [] 0 0" },
		{ "-A:x.example/32//128", "-a [x.example] 32 128" },
		{ "a:a/b.example", "+a [a/b.example] 32 128" },
		{ "mx:%{d2}/8", "+mx [%{d2}] 8 128" },
		{ "mx:x.example.", "+mx [x.example.] 32 128" },
		{ "ptr", "+ptr [] " }, { "ptr:x.example", "+ptr [x.example] " },
		{ "exists:%{i}.x.example", "+exists [%{i}.x.example] " },
		{ "include:x.example", "+include [x.example] " },
		{ "ip4:192.0.2.1", "+ip4 [] 192.0.2.1/32" },
		{ "ip4:192.0.2.1/32", "+ip4 [] 192.0.2.1/32" },
		{ "ip4:192.0.2.129/25", "+ip4 [] 192.0.2.128/25" },
		{ "ip4:192.0.2.1/0", "+ip4 [] 0.0.0.0/0" },
		{ "IP6:2001:db8::/32", "+ip6 [] 2001:db8::/32" },
		{ "ip6:2001:db8::1", "+ip6 [] 2001:db8::1/128" },
		{ "ip6:::ffff:192.0.2.0/120", "+ip6 [] 192.0.2.0/24" },
		{ "ip6:::/0", "+ip6 [] ::/0" },
	};
	struct spf_record	 r;
	struct err		 e;
	char			 text[400], got[300];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		(void)snprintf(text, sizeof(text), "v=spf1  %s  ", row[i].term);
		if (parse(text, strlen(text), &r, &e) != 0)
			fail_msg("%s: %s", text, e.text);
		assert_int_equal(r.n, 1);
		assert_int_equal(r.redirect.len, 0);
		assert_int_equal(r.term[0].whole.len, strlen(row[i].term));
		describe(&r.term[0], got);
		if (strcmp(got, row[i].wanted) != 0)
			fail_msg("%s: \"%s\"", row[i].term, got);
		spf_record_free(&r);
	}
}

/* A network wider than what holds the addresses of IPv4 is not all of IPv4. */
static void
mapped_network_wider_than_ipv4_is_none_of_ipv4(void **state)
{
	static const char	text[] = "v=spf1 ip6:::ffff:0:0/95 -all";
	struct spf_record	r;
	struct err		e;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &r, &e), 0);
	assert_false(ip_is_v4(&r.term[0].net));
	assert_int_equal(r.term[0].bits, 95);
	spf_record_free(&r);
}

static void
mistakes_are_named(void **state)
{
	static const char *const	row[] = {
		"moo", "-", "+", "++all", "- all", "all:", "all/8",
		"all:x.example", "a:", "a:/24", "a/33", "a/024", "a/-1", "a/ 8",
		"a/24/64", "a//129", "a///64", "a/24//", "a/", "a:x.example/",
		"a/99999999999", "a24", "mx:", "mx:example", "mx:x.example/33",
		"ptr:", "ptr/24", "include", "include:", "include:example",
		"include:x.example/24", "exists", "exists:", "exists:%{x}",
		"include:%(d)", "ip4", "ip4:", "ip4/24", "ip4:192.0.2",
		"ip4:192.0.2.1.5", "ip4:192.0.2.256", "ip4:192.0.2.0/33",
		"ip4:192.0.2.0/024", "ip4:192.0.2.0/", "ip4:192.0.2.0//24",
		"ip4:2001:db8::1", "ip4:x.example", "ip6:", "ip6:192.0.2.1",
		"ip6:2001:db8::/129", "ip6:2001:db8:::1", "ip6:fe80::1%eth0",
		"ipv4:192.0.2.1", "redirect:x.example",
		"redirect=", "redirect=example", "redirect=x.example/24",
		"exp=", "exp=example", "=x", "a=%", "-redirect=x.example",
		"redirect=x.example redirect=y.example",
		"exp=x.example EXP=x.example", "all\tmx", "all\nmx", "a\x7f",
		"a:\xc3\xa4.example", "1a=x",
	};
	struct spf_record		 r;
	struct err			 e;
	char				 text[400];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		(void)snprintf(text, sizeof(text), "v=spf1 -all %s", row[i]);
		if (parse(text, strlen(text), &r, &e) != -1)
			fail_msg("valid: %s", text);
		assert_true(e.text[0] != '\0');
	}
	assert_int_equal(parse("v=spf1 a\0 -all", 14, &r, &e), -1);
}

static void
modifiers_may_stand_anywhere(void **state)
{
	static const char	text[] = "v=spf1 redirect=_%{d} a moo=%{s}x "
				    "ip4=1 exp=x.example m.o-o_1= -all MOO=/";
	struct spf_record	r;
	struct err		e;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &r, &e), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.redirect.len, 5);
	assert_memory_equal(r.redirect.at, "_%{d}", 5);
	spf_record_free(&r);
	assert_null(r.text);
	assert_null(r.term);
	assert_int_equal(parse("v=spf1", 6, &r, &e), 0);
	assert_int_equal(r.n, 0);
	spf_record_free(&r);
}

/* Terms of one letter, a blank before each. */
static int
parse_many(size_t terms)
{
	size_t			 len = strlen("v=spf1") + 2 * terms;
	char			*text = malloc(len + 1);
	struct spf_record	 r;
	struct err		 e;
	int			 result;

	assert_non_null(text);
	memcpy(text, "v=spf1", 6);
	for (size_t i = 6; i < len; i += 2)
		memcpy(text + i, " a", 2);
	result = parse(text, len, &r, &e);
	if (result == 0) {
		assert_int_equal(r.n, terms);
		spf_record_free(&r);
	}
	free(text);
	return result;
}

static void
huge_records_are_refused(void **state)
{
	static char		text[SPF_RECORD_MAX + 1];
	struct spf_record	r;
	struct err		e;

	(void)state;
	assert_int_equal(parse_many(SPF_TERMS_MAX), 0);
	assert_int_equal(parse_many(SPF_TERMS_MAX + 1), -1);
	memset(text, ' ', sizeof(text));
	memcpy(text, "v=spf1", 6);
	assert_int_equal(parse(text, SPF_RECORD_MAX, &r, &e), 0);
	spf_record_free(&r);
	assert_int_equal(parse(text, SPF_RECORD_MAX + 1, &r, &e), -1);
	memset(text + 7, 'a', sizeof(text) - 7);
	assert_int_equal(parse(text, SPF_RECORD_MAX, &r, &e), -1);
	assert_true(strlen(e.text) < 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_told_from_other_texts),
		cmocka_unit_test(terms_are_understood_as_written),
		cmocka_unit_test(
		    mapped_network_wider_than_ipv4_is_none_of_ipv4),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(modifiers_may_stand_anywhere),
		cmocka_unit_test(huge_records_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
