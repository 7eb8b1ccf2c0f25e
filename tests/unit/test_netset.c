/* SPDX-License-Identifier: ISC
 * tests/unit/test_netset.c - sets of networks, also against a plain search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/netset.h"

static bool
has(const struct netset *s, const char *text)
{
	struct ip	a;
	struct err	e;

	if (ip_parse(text, &a, &e) == -1)
		fail_msg("%s", e.text);
	return netset_has(s, &a);
}

static void
add(struct netset *s, const char *text)
{
	struct err	e;

	if (netset_add(s, text, &e) == -1)
		fail_msg("%s", e.text);
}

static void
an_empty_set_has_nothing(void **state)
{
	struct netset	*s = netset_new();

	(void)state;
	assert_false(has(s, "192.0.2.1"));
	assert_false(has(s, "::"));
	netset_free(&s);
	assert_null(s);
	netset_free(&s);
}

static void
a_network_reaches_from_its_first_to_its_last_address(void **state)
{
	static const struct { const char *net, *in[2], *out[2]; } rows[] = {
		{ "192.0.2.0/24", { "192.0.2.0", "192.0.2.255" },
		    { "192.0.1.255", "192.0.3.0" } },
		{ "192.0.2.7", { "192.0.2.7", "::ffff:192.0.2.7" },
		    { "192.0.2.6", "192.0.2.8" } },
		{ "192.0.2.8/31", { "192.0.2.8", "192.0.2.9" },
		    { "192.0.2.7", "192.0.2.10" } },
		{ "0.0.0.0/0", { "0.0.0.0", "255.255.255.255" },
		    { "::fffe:ffff:ffff", "::1:0:0:0" } },
		{ "2001:db8::/33", { "2001:db8::", "2001:db8:7fff:ffff::1" },
		    { "2001:db8:8000::", "2001:db7:ffff::1" } },
		{ "::1", { "::1", "::1" }, { "::", "::2" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct netset	*s = netset_new();

		add(s, rows[i].net);
		if (!has(s, rows[i].in[0]) || !has(s, rows[i].in[1]))
			fail_msg("%s lacks one of its own", rows[i].net);
		if (has(s, rows[i].out[0]) || has(s, rows[i].out[1]))
			fail_msg("%s has a stranger", rows[i].net);
		netset_free(&s);
	}
}

/* An administrator who means IPv6 must not trust all of IPv4. */
static void
an_ipv6_network_has_no_ipv4_address(void **state)
{
	struct netset	*s = netset_new();

	(void)state;
	add(s, "192.0.2.0/24");
	add(s, "::/0");
	add(s, "::/64");
	assert_true(has(s, "::"));
	assert_true(has(s, "::fffe:ffff:ffff"));
	assert_true(has(s, "::1:0:0:0"));
	assert_true(has(s, "ffff::"));
	assert_true(has(s, "192.0.2.1"));
	assert_false(has(s, "0.0.0.0"));
	assert_false(has(s, "198.51.100.1"));
	assert_false(has(s, "255.255.255.255"));
	netset_free(&s);
}

static void
networks_inside_others_add_nothing_and_take_nothing(void **state)
{
	static const char *const orders[][4] = {
		{ "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.200.0.1" },
		{ "10.200.0.1", "10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8" },
		{ "10.1.0.0/16", "10.0.0.0/8", "10.200.0.1", "10.0.0.0/8" },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct netset	*s = netset_new();

		add(s, "9.255.255.255");
		add(s, "11.0.0.0/32");
		for (size_t k = 0; k < 4; k++)
			add(s, orders[i][k]);
		assert_true(has(s, "10.0.0.0"));
		assert_true(has(s, "10.1.2.3"));
		assert_true(has(s, "10.255.255.255"));
		assert_true(has(s, "9.255.255.255"));
		assert_true(has(s, "11.0.0.0"));
		assert_false(has(s, "9.255.255.254"));
		assert_false(has(s, "11.0.0.1"));
		netset_free(&s);
	}
}

/* 500 networks in a scattered order, each address asked of set and list. */
static void
a_large_set_answers_as_a_plain_search_does(void **state)
{
	struct netset	*s = netset_new();
	unsigned	 seed = 1, nets[500], bits[500];
	char		 text[64];

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		seed = seed * 1103515245 + 12345;
		bits[i] = 23 + (seed >> 16) % 10;
		seed = seed * 1103515245 + 12345;
		nets[i] = (seed >> 12 & 0xffff) & ~((1u << (32 - bits[i])) - 1);
		(void)snprintf(text, sizeof(text), "10.9.%u.%u/%u",
		    nets[i] >> 8, nets[i] & 255, bits[i]);
		add(s, text);
	}
	for (unsigned addr = 0; addr < 0x10000; addr += 7) {
		bool	want = false;

		for (size_t i = 0; i < 500 && !want; i++)
			want = (addr & ~((1u << (32 - bits[i])) - 1)) ==
			    nets[i];
		(void)snprintf(text, sizeof(text), "10.9.%u.%u", addr >> 8,
		    addr & 255);
		if (has(s, text) != want)
			fail_msg("%s: wanted %d", text, want);
	}
	netset_free(&s);
}

static void
bad_text_is_refused_with_a_reason_and_adds_nothing(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "", "not an address: " },
		{ "/24", "not an address: " },
		{ "mx.example.org", "not an address: mx.example.org" },
		{ "192.0.2.0/", "no prefix length: 192.0.2.0/" },
		{ "192.0.2.0/33", "prefix length over 32: 192.0.2.0/33" },
		{ "192.0.2.0/4294967320",
		    "prefix length over 32: 192.0.2.0/4294967320" },
		{ "192.0.2.0/2x", "not a prefix length: 192.0.2.0/2x" },
		{ "192.0.2.0/-1", "not a prefix length: 192.0.2.0/-1" },
		{ "192.0.2.0/24/24", "not a prefix length: 192.0.2.0/24/24" },
		{ "2001:db8::/129", "prefix length over 128: 2001:db8::/129" },
		{ "192.0.2.1/24", "bits set past the prefix: 192.0.2.1/24 "
		    "(the network is 192.0.2.0/24)" },
		{ "2001:db8::1/64", "bits set past the prefix: "
		    "2001:db8::1/64 (the network is 2001:db8::/64)" },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:"
		    "cccc:dddd", "not an address: 1111:2222:3333:4444:5555:"
		    "6666:7777:8888:9999:aaaa:bbbb:cccc:..." },
	};
	struct netset	*s = netset_new();
	struct err	 e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (netset_add(s, bad[i].text, &e) != -1)
			fail_msg("taken for a network: \"%s\"", bad[i].text);
		assert_string_equal(e.text, bad[i].says);
	}
	assert_false(has(s, "192.0.2.1"));
	netset_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_has_nothing),
		cmocka_unit_test(a_network_reaches_from_its_first_to_its_last_address),
		cmocka_unit_test(an_ipv6_network_has_no_ipv4_address),
		cmocka_unit_test(networks_inside_others_add_nothing_and_take_nothing),
		cmocka_unit_test(a_large_set_answers_as_a_plain_search_does),
		cmocka_unit_test(bad_text_is_refused_with_a_reason_and_adds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
