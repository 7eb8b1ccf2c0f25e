/* SPDX-License-Identifier: ISC
 * tests/unit/test_name.c - host names held to labelled data, and the rules one
 * by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "identity/name.h"

static const char	data[] = "tests/unit/hostnames.tsv";

static struct ip
address(const char *text)
{
	struct ip	ip;
	struct err	e;

	if (ip_parse(text, &ip, &e) == -1)
		fail_msg("%s", e.text);
	return ip;
}

/* How many names of one kind there are, and how many look generated. */
struct share {
	const char	*kind;
	unsigned	 names[2], generated[2];	/* tune, held */
};

static void
count_line(struct share *shares, size_t n, char *line)
{
	char		*kind = strsep(&line, "\t"), *set = strsep(&line, "\t");
	char		*text = strsep(&line, "\t"), *name = strsep(&line, "\t");
	struct ip	 addr;
	unsigned	 held;
	bool		 generated;

	assert_non_null(name);
	assert_non_null(line);			/* the source */
	assert_true(strcmp(set, "tune") == 0 || strcmp(set, "held") == 0);
	addr = address(text);
	held = *set == 'h';
	generated = name_is_generated(name, &addr);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(shares[i].kind, kind) != 0)
			continue;
		shares[i].names[held]++;
		shares[i].generated[held] += generated;
		if (generated == (strcmp(kind, "mail") == 0))
			print_message("wrong (%s, %s): %s %s\n", kind, set, text,
			    name);
		return;
	}
	fail_msg("no such kind: %s", kind);
}

static void
read_shares(struct share *shares, size_t n)
{
	FILE	*f = fopen(data, "r");
	char	*line = NULL;
	size_t	 size = 0;

	if (f == NULL)
		fail_msg("cannot open %s; run from the project's folder", data);
	while (getline(&line, &size, f) > 0)
		if (*line != '#')
			count_line(shares, n, line);
	free(line);
	(void)fclose(f);
}

static double
percent(unsigned part, unsigned whole)
{
	return whole == 0 ? 100 : 100.0 * part / whole;
}

static void
print_share(const struct share *s)
{
	static const char *const	set[] = { "tune", "held" };

	for (unsigned i = 0; i < 2; i++)
		print_message("%s, %s: %u of %u look generated (%.1f %%)\n",
		    s->kind, set[i], s->generated[i], s->names[i],
		    percent(s->generated[i], s->names[i]));
}

static void
labelled_names_are_told_apart(void **state)
{
	struct share	s[] = { { .kind = "mail" }, { .kind = "access" },
			    { .kind = "cloud" } };
	unsigned	names[3], generated[3];

	(void)state;
	read_shares(s, 3);
	for (unsigned i = 0; i < 3; i++) {
		print_share(&s[i]);
		names[i] = s[i].names[0] + s[i].names[1];
		generated[i] = s[i].generated[0] + s[i].generated[1];
		/* About a quarter is held out. */
		assert_in_range(100 * s[i].names[1] / names[i], 20, 30);
	}
	assert_true(names[0] + names[1] + names[2] >= 150);
	assert_true(percent(generated[0], names[0]) <= 2);
	assert_true(percent(names[1] - generated[1], names[1]) <= 10);
	assert_true(percent(names[2] - generated[2], names[2]) <= 15);
	assert_true(percent(s[1].names[1] - s[1].generated[1],
	    s[1].names[1]) <= 10);
}

struct verdict {
	const char	*name, *addr;
	bool		 generated;
};

static void
check(const struct verdict *v, size_t n)
{
	struct ip	addr;

	for (size_t i = 0; i < n; i++) {
		addr = address(v[i].addr);
		if (name_is_generated(v[i].name, &addr) != v[i].generated)
			fail_msg("%s at %s: not %d", v[i].name, v[i].addr,
			    v[i].generated);
	}
}

#define JUDGES(name, ...)						\
static void								\
name(void **state)							\
{									\
	static const struct verdict v[] = { __VA_ARGS__ };		\
	(void)state;							\
	check(v, sizeof(v) / sizeof(v[0]));				\
}

JUDGES(two_octets_in_any_order_look_generated,
    { "h-192-51.x.example", "192.51.7.9", true },
    { "h-9-7.x.example", "192.51.7.9", true },
    { "h-007-009.x.example", "192.51.7.9", true },
    { "h007009.x.example", "192.51.7.9", true },
    { "h192051007009.x.example", "192.51.7.9", true },
    { "h192051008.x.example", "192.51.7.9", true },
    { "h008051010.x.example", "192.51.7.9", false },
    { "192-51.example", "192.51.7.9", true },
    { "h9.x51.example", "192.51.7.9", true })

JUDGES(one_octet_or_chance_does_not,
    { "h-9.x.example", "192.51.7.9", false },
    { "h-9-9.x.example", "192.51.7.9", false },
    { "h-9-9.x.example", "192.51.9.9", true },
    { "h-7009.x.example", "192.51.7.9", false },
    { "h-10007.x.example", "192.51.7.9", false },
    { "h-007123.x.example", "192.51.7.9", false },
    { "h.x.51", "192.51.7.9", true },		/* no host name */
    { "server2.x.example", "192.51.7.9", false })

JUDGES(address_run_together_looks_generated,
    { "hc0330709x.x.example", "192.51.7.9", true },
    { "hc0330708x.x.example", "192.51.7.9", false },
    { "h-090733c0.x.example", "192.51.7.9", true },
    { "C0330709.example", "192.51.7.9", true },
    { "h-c0-33-07-zz.x.example", "192.51.7.9", true },
    { "h-c0-33-08.x.example", "192.51.7.9", false },
    { "h-07-09-33.x.example", "192.51.7.9", true },	/* decimal too */
    { "h-33-11-22.x.example", "51.17.34.1", false },	/* no letter */
    { "h3224567561.x.example", "192.50.255.8", false },
    { "h3224567561.x.example", "192.50.255.9", true },
    { "h19251144.x.example", "192.51.144.9", true },
    { "h14451192.x.example", "192.51.144.9", true },
    { "h14451192.x.example", "9.192.51.144", true },
    { "h1925114.x.example", "192.51.14.200", true },
    { "h1451192.x.example", "192.51.14.200", true },
    { "h519144.x.example", "192.51.9.144", false })

JUDGES(ipv6_address_looks_generated,
    { "h-2001-db8-aa-1.x.example", "2001:db8:aa::1", true },
    { "h-2001-db8-aa.x.example", "2001:db8:aa::1", true },
    { "h-2001-db8.x.example", "2001:db8:aa::1", false },
    { "h-2abc-defa-bcde.x.example", "2abc:defa:bcde::1", true },
    { "p2abcdefabcde.x.example", "2abc:defa:bcde::1", true },
    { "pa2abcdefabcde0.x.example", "2abc:defa:bcde::1", true },
    { "p2abcdefabcdd.x.example", "2abc:defa:bcde::1", false },
    { "p2abcdefabcd.x.example", "2abc:defa:bcde::1", false },
    { "h-0-0-0-0.x.example", "2001:db8:aa::1", false },
    { "h-1-1-1.x.example", "2001:db8:aa::1", false },
    { "p20010db800aa.x.example", "2001:db8:aa::1", true },
    { "p20010db800a.x.example", "2001:db8:aa::1", false },
    { "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.x.example", "2001:db8:aa::1", true },
    { "mx.2001-db8-aa-1.x.example", "2001:db8:aa::1", false },
    { "x332.example", "2a00:1450:4864:20::332", false })

JUDGES(words_of_access_lines_look_generated,
    { "dyn.x.example", "192.0.2.1", true },
    { "a-dsl-b.x.example", "192.0.2.1", true },
    { "DHCP7.x.example", "192.0.2.1", true },
    { "a.pool.b.x.example", "192.0.2.1", true },
    { "ppp.x.example", "192.0.2.1", true },
    { "cable4.x.example", "192.0.2.1", true },
    { "vps.x.example", "192.0.2.1", true },
    { "dynamicip.x.example", "192.0.2.1", true },
    { "cablemodem.x.example", "192.0.2.1", true },
    { "homepool.x.example", "192.0.2.1", true },
    { "poolhome.x.example", "192.0.2.1", true },
    { "vm1234.x.example", "192.0.2.1", true },
    { "vm-1234.x.example", "192.0.2.1", true },
    { "vm123.x.example", "192.0.2.1", false },
    { "v0123456789ab.x.example", "192.0.2.1", true },
    { "v0123456789a.x.example", "192.0.2.1", false },
    { "abcdefabcdef.x.example", "192.0.2.1", false })

JUDGES(words_within_words_or_in_the_domain_do_not,
    { "dynamics.x.example", "192.0.2.1", false },
    { "landslide.x.example", "192.0.2.1", false },
    { "whirlpool.x.example", "192.0.2.1", false },
    { "carpool.x.example", "192.0.2.1", false },
    { "cablecar.x.example", "192.0.2.1", false },
    { "line.x.example", "192.0.2.1", false },
    { "homeline.x.example", "192.0.2.1", false },
    { "ip.x.example", "192.0.2.1", false },
    { "gate.cable.example", "192.0.2.1", false },
    { "gate.x.pool", "192.0.2.1", false },
    { "cable.example", "192.0.2.1", false },
    { "dialupdialupdialupdialupdialup.x.example", "192.0.2.1", false })

JUDGES(a_word_for_mail_clears_the_name,
    { "mx-9-7.x.example", "192.51.7.9", false },
    { "mail.dsl.x.example", "192.51.7.9", false },
    { "webmail3-9-7.x.example", "192.51.7.9", false },
    { "7-9.smtpout.x.example", "192.51.7.9", false },
    { "m9-7.mailgun.example", "192.51.7.9", false },
    { "out9-7.x.example", "192.51.7.9", false },
    { "out9-7.x.example.", "192.51.7.9", false },
    { "9-7.mxa.example", "192.51.7.9", true },
    { "9-7.x.mx", "192.51.7.9", true },
    { "dsl-9-7.prod.com.mx", "192.51.7.9", true })

static void
registrable_domain_follows_the_public_suffix_list(void **state)
{
	static const struct { const char *host, *want; } r[] = {
		{ "mx1.Example.CO.UK.", "example.co.uk" },
		{ "example.com", "example.com" },
		{ "a.b.c.example.com", "example.com" },
		{ "mx.a.github.io", "a.github.io" },
		{ "x.b.kawasaki.jp", "x.b.kawasaki.jp" },
		{ "mx.city.kawasaki.jp", "city.kawasaki.jp" },
		{ "mx_1.example.com", "example.com" },
		{ "mx.b\xc3\xbc" "cher.example", "b\xc3\xbc" "cher.example" },
		{ "mx.example.nosuchtld", "example.nosuchtld" }
	};
	char	got[NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
		if (!domain_registrable(r[i].host, got))
			fail_msg("%s has none", r[i].host);
		assert_string_equal(got, r[i].want);
	}
}

static void
absurd_names_have_no_registrable_domain(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", "a..example.com", ".example.com",
		"example.com..", "com", "co.uk", "github.io", "localhost",
		"[192.0.2.1]", "192.0.2.1", "192.0.2.1.", "2001:db8::1",
		"a b.example.com", "a.example.com ", "a\n.example.com",
		"a\x7f.example.com", "a@example.com", "a/b.example.com",
		"*.example.com", "a.example.123", "123"
	};
	const struct ip	addr = address("192.0.2.1");
	char		out[NAME_SIZE] = "untouched";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (domain_registrable(bad[i], out))
			fail_msg("\"%s\" has \"%s\"", bad[i], out);
		assert_string_equal(out, "untouched");
		assert_false(name_identity(bad[i], &addr, out));
	}
}

static void
name_may_fill_255_bytes_and_no_more(void **state)
{
	const struct ip	addr = address("192.0.2.1");
	char		host[302], out[NAME_SIZE];

	(void)state;
	memset(host, 'x', sizeof(host));
	for (size_t i = 49; i < sizeof(host); i += 50)
		host[i] = '.';
	(void)strcpy(host + 251, ".com");	/* 255 bytes */
	assert_true(domain_registrable(host, out));
	assert_false(name_is_generated(host, &addr));
	(void)strcpy(host + 251, ".com.");	/* its dot is not counted */
	assert_true(domain_registrable(host, out));
	(void)strcpy(host + 251, ".come");
	assert_false(domain_registrable(host, out));
	assert_true(name_is_generated(host, &addr));
	(void)strcpy(host + 251, ".come-come-come-come-come-come-come-come-come");
	assert_false(domain_registrable(host, out));
}

static void
identity_is_the_domain_of_a_chosen_name(void **state)
{
	const struct ip	addr = address("192.51.7.9");
	char		out[NAME_SIZE];

	(void)state;
	assert_true(name_identity("MX9.Mail.Example.ORG.", &addr, out));
	assert_string_equal(out, "example.org");
	assert_false(name_identity("h-7-9.example.org", &addr, out));
	assert_false(name_identity("mail", &addr, out));
	assert_false(name_identity("mail.", &addr, out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labelled_names_are_told_apart),
		cmocka_unit_test(two_octets_in_any_order_look_generated),
		cmocka_unit_test(one_octet_or_chance_does_not),
		cmocka_unit_test(address_run_together_looks_generated),
		cmocka_unit_test(ipv6_address_looks_generated),
		cmocka_unit_test(words_of_access_lines_look_generated),
		cmocka_unit_test(words_within_words_or_in_the_domain_do_not),
		cmocka_unit_test(a_word_for_mail_clears_the_name),
		cmocka_unit_test(registrable_domain_follows_the_public_suffix_list),
		cmocka_unit_test(absurd_names_have_no_registrable_domain),
		cmocka_unit_test(name_may_fill_255_bytes_and_no_more),
		cmocka_unit_test(identity_is_the_domain_of_a_chosen_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
