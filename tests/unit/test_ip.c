/* SPDX-License-Identifier: ISC
 * tests/unit/test_ip.c - addresses: parsed, masked, printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "base/ip.h"

static struct ip
ip(const char *text)
{
	struct ip	a;
	struct err	e;

	if (ip_parse(text, &a, &e) == -1)
		fail_msg("%s", e.text);
	return a;
}

static void
each_form_of_an_address_is_parsed_to_one_shape(void **state)
{
	static const struct { const char *text, *prints; bool v4; } rows[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "::ffff:192.0.2.1", "192.0.2.1", true },
		{ "IPv6:::ffff:192.0.2.1", "192.0.2.1", true },
		{ "2001:DB8::1", "2001:db8::1", false },
		{ "IPv6:2001:db8::1", "2001:db8::1", false },
		{ "ipv6:2001:db8:0:0::1", "2001:db8::1", false },
		{ "::", "::", false },
		{ "::1", "::1", false },
		{ "255.255.255.255", "255.255.255.255", true },
	};
	char	got[IP_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ip	a = ip(rows[i].text);

		ip_format(&a, got);
		if (strcmp(got, rows[i].prints) != 0 ||
		    ip_is_v4(&a) != rows[i].v4)
			fail_msg("%s: printed as %s", rows[i].text, got);
	}
}

static void
what_is_no_address_is_refused_and_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"", "192.0.2", "192.0.2.256", "192.0.2.1 ", " 192.0.2.1",
		"[192.0.2.1]", "2001:db8", "2001:db8::1::2", "IPv6:",
		"IPv6:192.0.2.1", "fe80::1%eth0", "mx.example.org", "1.2.3.4/8",
	};
	const struct ip	before = { { 1, 2, 3 } };
	struct ip	a = before;
	struct err	e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (ip_parse(bad[i], &a, &e) != -1)
			fail_msg("taken for an address: \"%s\"", bad[i]);
		assert_memory_equal(e.text, "not an address: ", 16);
	}
	assert_memory_equal(&a, &before, sizeof(a));
}

static void
a_network_keeps_its_first_bits_and_no_others(void **state)
{
	static const struct {
		const char	*text;
		unsigned	 bits;
		const char	*network;
	} rows[] = {
		{ "192.0.2.129", 24, "192.0.2.0/24" },
		{ "192.0.2.129", 25, "192.0.2.128/25" },
		{ "192.0.2.129", 32, "192.0.2.129/32" },
		{ "192.0.2.129", 31, "192.0.2.128/31" },
		{ "192.0.2.129", 8, "192.0.0.0/8" },
		{ "192.0.2.129", 0, "0.0.0.0/0" },
		{ "2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::/64" },
		{ "2001:db8:1:2:3:4:5:6", 63, "2001:db8:1:2::/63" },
		{ "2001:db8:1:3:3:4:5:6", 63, "2001:db8:1:2::/63" },
		{ "2001:db8:1:2:3:4:5:6", 128, "2001:db8:1:2:3:4:5:6/128" },
		{ "2001:db8:1:2:3:4:5:6", 0, "::/0" },
	};
	char	got[IP_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ip	a = ip(rows[i].text);

		ip_format_network(&a, rows[i].bits, got);
		assert_string_equal(got, rows[i].network);
	}
}

static void
the_longest_text_of_a_network_fits(void **state)
{
	struct ip	a = ip("1111:2222:3333:4444:5555:6666:7777:8888");
	char		got[IP_TEXT_SIZE];

	(void)state;
	ip_format_network(&a, 128, got);
	assert_string_equal(got, "1111:2222:3333:4444:5555:6666:7777:8888/128");
}

static void
a_socket_address_gives_the_same_shape(void **state)
{
	struct sockaddr_in	v4 = { .sin_family = AF_INET };
	struct sockaddr_in6	v6 = { .sin6_family = AF_INET6 };
	struct ip		a, want = ip("192.0.2.1");

	(void)state;
	assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr), 1);
	assert_int_equal(ip_from_sockaddr((struct sockaddr *)&v4, &a), 0);
	assert_memory_equal(&a, &want, sizeof(a));

	assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.1",
	    &v6.sin6_addr), 1);
	assert_int_equal(ip_from_sockaddr((struct sockaddr *)&v6, &a), 0);
	assert_memory_equal(&a, &want, sizeof(a));
}

static void
a_client_without_an_address_is_told_apart(void **state)
{
	struct sockaddr_un	local = { .sun_family = AF_UNIX };
	struct ip		a;

	(void)state;
	assert_int_equal(ip_from_sockaddr(NULL, &a), -1);
	assert_int_equal(ip_from_sockaddr((struct sockaddr *)&local, &a), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_an_address_is_parsed_to_one_shape),
		cmocka_unit_test(what_is_no_address_is_refused_and_changes_nothing),
		cmocka_unit_test(a_network_keeps_its_first_bits_and_no_others),
		cmocka_unit_test(the_longest_text_of_a_network_fits),
		cmocka_unit_test(a_socket_address_gives_the_same_shape),
		cmocka_unit_test(a_client_without_an_address_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
