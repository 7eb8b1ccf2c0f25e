/* SPDX-License-Identifier: ISC
 * tests/unit/test_breadth.c - what lets the world pass is too broad, however it
 * is written. (What large senders publish: test_providers.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "identity/breadth.h"
#include "identity/networks.h"
#include "identity/spf.h"
#include "tests/lib/zone.h"

/* The same bytes in each run (xorshift); each test begins it anew. */
static uint32_t	seed;

static void
foretold(void *bytes, size_t len)
{
	for (uint8_t *b = bytes; len-- > 0; b++) {
		seed ^= seed << 13;
		seed ^= seed >> 17;
		seed ^= seed << 5;
		*b = (uint8_t)(seed >> 11);
	}
}

static int
begin(void **state)
{
	(void)state;
	seed = 20260101;
	return 0;
}

static struct breadth_answer
weigh(struct zone *z, const char *domain)
{
	struct dns		dns = zone_dns(z);
	struct breadth_answer	a;

	breadth_check(domain, &dns, foretold, &a);
	assert_int_equal(zone_held(z), 0);
	assert_true(a.breadth == BREADTH_FITS || a.why.text[0] != '\0');
	return a;
}

static enum spf_result
result_for(struct zone *z, const char *domain, const char *client)
{
	struct dns		dns = zone_dns(z);
	char			sender[300];
	struct spf_query	q = { .helo = "mx.example", .sender = sender };
	struct spf_answer	a;

	(void)snprintf(sender, sizeof(sender), "news@%s", domain);
	assert_int_equal(ip_parse(client, &q.client, NULL), 0);
	spf_check(&q, &dns, &a);
	return a.result;
}

struct row {
	const char	*records;	/* of d.example and others */
	enum breadth	 breadth;
	const char	*why;		/* a part of the sentence */
};

static void
run_rows(const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct zone		*z = zone_new();
		struct breadth_answer	 a;

		zone_add_all(z, row[i].records);
		a = weigh(z, "d.example");
		if (a.breadth != row[i].breadth || (row[i].why != NULL &&
		    strstr(a.why.text, row[i].why) == NULL))
			fail_msg("%s: %d: %s", row[i].records, a.breadth,
			    a.why.text);
		zone_free(&z);
	}
}

#define ROWS(name, ...)							\
static void								\
name(void **state)							\
{									\
	static const struct row row[] = { __VA_ARGS__ };		\
	(void)state;							\
	run_rows(row, sizeof(row) / sizeof(row[0]));			\
}

#define D	"d.example TXT v=spf1 "

ROWS(sum_may_be_a_twelfth_and_no_more,
    { D "ip4:11.0.0.0/12 -all\n", BREADTH_FITS, NULL },
    { D "ip4:11.0.0.0/12 ip4:12.0.0.0/32 -all\n", BREADTH_TOO_BROAD,
	"1048577 IPv4 addresses" },
    { D "ip4:11.0.0.0/11 -all\n", BREADTH_TOO_BROAD, "2097152" },
    { D "ip6:2a00::/30 -all\n", BREADTH_FITS, NULL },
    { D "ip6:2a00::/30 ip6:2b00::/64 -all\n", BREADTH_TOO_BROAD, "IPv6" },
    { D "ip6:2a00::/29 -all\n", BREADTH_TOO_BROAD, "IPv6" },
    { D "ip4:0.0.0.0/0 -all\n", BREADTH_TOO_BROAD, NULL },
    { D "ip6:::/0 -all\n", BREADTH_TOO_BROAD, NULL },
    { D "ip6:::ffff:0:0/96 -all\n", BREADTH_TOO_BROAD, "4294967296" },
    { D "ip6:::ffff:11.0.0.0/108 -all\n", BREADTH_FITS, NULL })

ROWS(networks_that_overlap_count_once,
    { D "ip4:11.0.0.0/12 ip4:11.1.0.0/16 ip4:11.0.0.0/12 ip4:11.0.0.0/24 "
	"ip4:11.15.255.255 -all\n", BREADTH_FITS, NULL },
    { D "ip4:11.0.0.0/24 ip4:11.0.0.0/8 -all\n", BREADTH_TOO_BROAD,
	"16777216" },
    { D "ip4:11.1.2.3 ip4:11.0.0.0/13 ip4:11.8.0.0/13 ip4:11.9.0.0/16 -all\n",
	BREADTH_FITS, NULL },
    { D "ip6:2a00::/31 ip6:2a00::/32 ip6:2a02::/31 ip6:2a02:1::/48 -all\n",
	BREADTH_FITS, NULL })

ROWS(all_that_lets_pass_is_too_broad_wherever_it_is_reached,
    { D "+all\n", BREADTH_TOO_BROAD, "everybody" },
    { D "all\n", BREADTH_TOO_BROAD, "everybody" },
    { D "ip4:11.0.0.1 ALL -all\n", BREADTH_TOO_BROAD, "everybody" },
    { D "-all +all\n", BREADTH_FITS, NULL },
    { D "-ip4:11.0.0.0/8 ~a ?include:none.example +all\n", BREADTH_TOO_BROAD,
	"everybody" },
    { D "include:i.example -all\ni.example TXT v=spf1 +all\n",
	BREADTH_TOO_BROAD, "i.example" },
    { D "include:i.example redirect=none.example\n"
	"i.example TXT v=spf1 +all\n", BREADTH_TOO_BROAD, "i.example" },
    { D "?include:i.example -all\ni.example TXT v=spf1 +all\n", BREADTH_FITS,
	NULL },
    { D "redirect=i.example\ni.example TXT v=spf1 +all\n", BREADTH_TOO_BROAD,
	"i.example" },
    { D "redirect=i.example -all\ni.example TXT v=spf1 +all\n", BREADTH_FITS,
	NULL },
    { D "include:1.example -all\n1.example TXT v=spf1 include:2.example\n"
	"2.example TXT v=spf1 include:3.example\n"
	"3.example TXT v=spf1 redirect=4.example\n"
	"4.example TXT v=spf1 include:%{d1}.%{d1r} ?all\n"
	"example.4 TXT v=spf1 -all\n", BREADTH_FITS, NULL },
    { D "include:1.example -all\n1.example TXT v=spf1 include:2.example\n"
	"2.example TXT v=spf1 include:3.example\n"
	"3.example TXT v=spf1 redirect=4.example\n"
	"4.example TXT v=spf1 include:%{d1}.%{d1r} ?all\n"
	"example.4 TXT v=spf1 all\n", BREADTH_TOO_BROAD, "everybody" })

ROWS(halves_of_the_world_are_added_up,
    { D "ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all\n", BREADTH_TOO_BROAD,
	"4294967296" },
    { D "include:a.example include:b.example -all\n"
	"a.example TXT v=spf1 ip4:0.0.0.0/1 -all\n"
	"b.example TXT v=spf1 ip4:128.0.0.0/1 -all\n", BREADTH_TOO_BROAD,
	"4294967296" },
    { D "include:a.example redirect=b.example\n"
	"a.example TXT v=spf1 ip4:0.0.0.0/1 -all\n"
	"b.example TXT v=spf1 ip4:128.0.0.0/1 -all\n", BREADTH_TOO_BROAD,
	"4294967296" },
    { D "ip4:21.0.0.0/16 ip4:22.0.0.0/16 ip4:23.0.0.0/16 ip4:24.0.0.0/16 "
	"ip4:25.0.0.0/16 ip4:26.0.0.0/16 ip4:27.0.0.0/16 ip4:28.0.0.0/16 "
	"ip4:29.0.0.0/16 ip4:30.0.0.0/16 ip4:31.0.0.0/16 ip4:32.0.0.0/16 "
	"ip4:33.0.0.0/16 ip4:34.0.0.0/16 ip4:35.0.0.0/16 ip4:36.0.0.0/16 "
	"-all\n", BREADTH_FITS, NULL },
    { D "ip4:21.0.0.0/16 ip4:22.0.0.0/16 ip4:23.0.0.0/16 ip4:24.0.0.0/16 "
	"ip4:25.0.0.0/16 ip4:26.0.0.0/16 ip4:27.0.0.0/16 ip4:28.0.0.0/16 "
	"ip4:29.0.0.0/16 ip4:30.0.0.0/16 ip4:31.0.0.0/16 ip4:32.0.0.0/16 "
	"ip4:33.0.0.0/16 ip4:34.0.0.0/16 ip4:35.0.0.0/16 ip4:36.0.0.0/16 "
	"ip4:37.0.0.0/16 -all\n", BREADTH_TOO_BROAD, "1114112" })

ROWS(hosts_count_with_the_length_of_their_term,
    { D "a mx -all\nd.example A 192.0.2.1\nd.example AAAA 2001:db8::1\n"
	"d.example MX 10 mx.d.example\nmx.d.example A 192.0.2.2\n",
	BREADTH_FITS, NULL },
    { D "a/8 -all\nd.example A 11.0.0.1\n", BREADTH_TOO_BROAD, "16777216" },
    { D "a/12 -all\nd.example A 11.0.0.1\n", BREADTH_FITS, NULL },
    { D "a:h.example//0 -all\nh.example AAAA 2a00::1\n", BREADTH_TOO_BROAD,
	"IPv6" },
    { D "a:h.example//0 -all\nh.example A 11.0.0.1\n", BREADTH_FITS, NULL },
    { D "mx/0 -all\nd.example MX 10 mx.d.example\nmx.d.example A 11.0.0.1\n",
	BREADTH_TOO_BROAD, "4294967296" },
    { D "mx//8 -all\nd.example MX 10 mx.d.example\n"
	"mx.d.example AAAA 2a00::1\n", BREADTH_TOO_BROAD, "IPv6" },
    { D "mx/13 -all\nd.example MX 10 a.example\nd.example MX 20 b.example\n"
	"d.example MX 30 c.example\na.example A 11.0.0.1\n"
	"b.example A 12.0.0.1\nc.example A 13.0.0.1\n", BREADTH_TOO_BROAD,
	"1572864" },
    { D "-a/0 ?mx/0 ~ip4:0.0.0.0/0 -all\nd.example A 11.0.0.1\n"
	"d.example MX 10 d.example\n", BREADTH_FITS, NULL })

ROWS(terms_that_ask_for_the_client_are_probed,
    { D "exists:%{i}.wild.example -all\n*.wild.example A 127.0.0.2\n",
	BREADTH_TOO_BROAD, "192.0.2." },
    { D "exists:yes.example -all\nyes.example A 127.0.0.2\n",
	BREADTH_TOO_BROAD, "lets 192.0.2." },
    { D "include:%{ir}.wild.example -all\n*.wild.example TXT v=spf1 +all\n",
	BREADTH_TOO_BROAD, NULL },
    { D "redirect=%{i}.wild.example\n*.wild.example TXT v=spf1 +all\n",
	BREADTH_TOO_BROAD, NULL },
    { D "exists:%{i}._spf.d.example -all\n"
	"11.0.0.1._spf.d.example A 127.0.0.2\n", BREADTH_FITS, NULL },
    { D "include:%{ir}.%{v}.%{d}.spf.has.pphosted.example -all\n"
	"7.0.0.11.in-addr.d.example.spf.has.pphosted.example TXT "
	"v=spf1 ip4:11.0.0.7 -all\n"
	"*.spf.has.pphosted.example TXT v=spf1 -all\n", BREADTH_FITS, NULL },
    { D "ptr -all\n", BREADTH_FITS, NULL },
    { D "ptr:any.example -all\n*.in-addr.arpa PTR any.example\n"
	"any.example A 11.0.0.1\n", BREADTH_FITS, NULL })

ROWS(names_that_differ_by_family_are_followed_for_both,
    { D "a:%{v}.x.example/8 -all\nin-addr.x.example A 11.0.0.1\n",
	BREADTH_TOO_BROAD, "16777216" },
    { D "include:%{v}.x.example -all\n"
	"in-addr.x.example TXT v=spf1 ip4:16.0.0.0/9 -all\n"
	"ip6.x.example TXT v=spf1 -all\n", BREADTH_TOO_BROAD, "8388608" },
    { D "redirect=%{v}.x.example\n"
	"in-addr.x.example TXT v=spf1 -all\n"
	"ip6.x.example TXT v=spf1 ip6:2a00::/28 -all\n", BREADTH_TOO_BROAD,
	"IPv6" },
    { D "include:%{v}.x.example a a a a a a a a a ip6:2a00::/28 -all\n"
	"d.example AAAA 2a00::1\nip6.x.example TXT v=spf1 -all\n"
	"in-addr.x.example TXT v=spf1 include:%{v}.x.example -all\n",
	BREADTH_TOO_BROAD, "IPv6" },
    { D "include:i.x.example -all\n"
	"i.x.example TXT v=spf1 include:%{o}.x.example -all\n"
	"d.example.x.example TXT v=spf1 ip4:16.0.0.0/9 -all\n",
	BREADTH_TOO_BROAD, "8388608" },
    { D "include:%{v}.x.example -all\n"
	"in-addr.x.example TXT v=spf1 ip4:16.0.0.0/12 -all\n"
	"ip6.x.example TXT v=spf1 ip6:2a00::/30 ip4:0.0.0.0/0 -all\n",
	BREADTH_FITS, NULL })

ROWS(what_only_the_sender_chooses_is_too_broad,
    { D "exists:%{l}.users.example -all\n", BREADTH_TOO_BROAD, "choice" },
    { D "include:%{h} -all\n", BREADTH_TOO_BROAD, "choice" },
    { D "redirect=%{l}.users.example\n", BREADTH_TOO_BROAD, "choice" },
    { D "a:%{s}.users.example -all\n", BREADTH_TOO_BROAD, "choice" },
    { D "exists:%{i}.%{h}.%{l}.users.example -all\n", BREADTH_FITS, NULL },
    { D "exists:%{i}.%{l}.d.example -all\n*.d.example A 127.0.0.2\n",
	BREADTH_TOO_BROAD, NULL },
    { D "exists:%{i}.%{l}.d.example -all\n*.postmaster.d.example TXT none\n"
	"*.d.example A 127.0.0.2\n", BREADTH_TOO_BROAD, NULL })

ROWS(record_that_is_missing_or_invalid_is_no_pool,
    { "e.example A 192.0.2.1\n", BREADTH_TOO_BROAD, "no SPF record" },
    { "d.example TXT v=spf10 -all\n", BREADTH_TOO_BROAD, "no SPF record" },
    { D "ipv4:192.0.2.1 -all\n", BREADTH_TOO_BROAD, "ipv4" },
    { D "ip4:192.0.2.1\n" D "ip4:192.0.2.1\n", BREADTH_TOO_BROAD,
	"more than one" })

ROWS(dns_that_fails_leaves_it_unknown,
    { "d.example FAIL x\n", BREADTH_UNKNOWN, "d.example" },
    { D "a:h.example -all\nh.example FAIL x\n", BREADTH_UNKNOWN, "h.example" },
    { D "mx -all\nd.example MX FAIL\n", BREADTH_UNKNOWN, "d.example" },
    { D "mx -all\nd.example MX 1 h.example\nh.example FAIL x\n",
	BREADTH_UNKNOWN, "h.example" },
    { D "include:i.example -all\ni.example FAIL x\n", BREADTH_UNKNOWN,
	"i.example" },
    { D "exists:%{i}.i.example -all\n*.i.example FAIL x\n", BREADTH_UNKNOWN,
	"cannot tell" })

ROWS(look_ups_end_at_ten_as_for_every_client,
    { D "include:d.example ip4:0.0.0.0/0 -all\n", BREADTH_FITS, NULL },
    { D "ip4:0.0.0.0/0 include:d.example -all\n", BREADTH_TOO_BROAD, NULL },
    { D "a a a a a a a a a a ip4:0.0.0.0/0 -all\nd.example A 192.0.2.1\n",
	BREADTH_TOO_BROAD, NULL },
    { D "a a a a a a a a a a a ip4:0.0.0.0/0 -all\nd.example A 192.0.2.1\n",
	BREADTH_FITS, NULL },
    { D "include:none.example ip4:0.0.0.0/0 -all\n", BREADTH_FITS, NULL })

/* Appends the networks that together hold every address from first to last. */
static size_t
list_range(char *out, size_t size, uint64_t first, uint64_t last)
{
	size_t	n = 0;

	while (first <= last) {
		unsigned	bits = 32;

		while (bits > 0 && first % (2ull << (32 - bits)) == 0 &&
		    first + (2ull << (32 - bits)) - 1 <= last)
			bits--;
		n += (size_t)snprintf(out + n, size - n,
		    " ip4:%u.%u.%u.%u/%u", (unsigned)(first >> 24),
		    (unsigned)(first >> 16 & 255), (unsigned)(first >> 8 & 255),
		    (unsigned)(first & 255), bits);
		first += 1ull << (32 - bits);
	}
	return n;
}

static void
everything_but_the_documentation_networks_is_too_broad(void **state)
{
	char			 text[16384] = "v=spf1";
	size_t			 n = strlen(text), size = sizeof(text);
	struct zone		*z = zone_new();
	struct breadth_answer	 a;

	(void)state;
	n += list_range(text + n, size - n, 0, 0xc0000200 - 1);
	n += list_range(text + n, size - n, 0xc0000300, 0xc6336400 - 1);
	n += list_range(text + n, size - n, 0xc6336500, 0xcb007100 - 1);
	n += list_range(text + n, size - n, 0xcb007200, 0xffffffff);
	(void)snprintf(text + n, size - n, " -all");
	zone_add(z, "d.example", "TXT", text);
	assert_int_equal(result_for(z, "d.example", "192.0.2.1"), SPF_FAIL);
	assert_int_equal(result_for(z, "d.example", "11.0.0.1"), SPF_PASS);
	a = weigh(z, "d.example");
	assert_int_equal(a.breadth, BREADTH_TOO_BROAD);
	assert_non_null(strstr(a.why.text, "4294966528 IPv4 addresses"));
	zone_free(&z);
}

/* Includes of 512 networks each: nine have more than NETWORKS_MAX. */
static void
more_networks_than_are_counted_are_too_broad(void **state)
{
	struct zone		*z = zone_new();
	char			 name[40], text[16384];
	struct breadth_answer	 a;

	(void)state;
	for (unsigned i = 0; i < 9; i++) {
		size_t	n = (size_t)snprintf(text, sizeof(text), "v=spf1");

		for (unsigned k = 0; k < 512; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    " ip4:11.%u.%u.%u", i, k >> 7, k << 1 & 255);
		(void)snprintf(name, sizeof(name), "%u.example", i);
		zone_add(z, name, "TXT", text);
	}
	zone_add_all(z, D "include:0.example include:1.example "
	    "include:2.example include:3.example include:4.example "
	    "include:5.example include:6.example include:7.example -all\n");
	assert_int_equal(weigh(z, "d.example").breadth, BREADTH_FITS);
	zone_free(&z);

	z = zone_new();
	for (unsigned i = 0; i < 9; i++) {
		(void)snprintf(name, sizeof(name), "%u.example", i);
		zone_add(z, name, "TXT", text);
	}
	zone_add_all(z, D "include:0.example include:1.example "
	    "include:2.example include:3.example include:4.example "
	    "include:5.example include:6.example include:7.example "
	    "include:8.example -all\n");
	a = weigh(z, "d.example");
	assert_int_equal(a.breadth, BREADTH_TOO_BROAD);
	assert_non_null(strstr(a.why.text, "more than 4096 networks"));
	zone_free(&z);
}

static void
answer_lasts_as_long_as_the_shortest_it_rests_on(void **state)
{
	struct zone	*z = zone_new();

	(void)state;
	zone_add_all(z, D "a exists:%{i}.x.example -all\n");
	assert_int_equal(weigh(z, "d.example").ttl, 300);
	zone_set_ttl(z, 70);
	zone_add_all(z, "d.example A 192.0.2.1\n");
	assert_int_equal(weigh(z, "d.example").ttl, 70);
	zone_set_ttl(z, 7);
	zone_add_all(z, "*.x.example A 127.0.0.2\n");
	assert_int_equal(weigh(z, "d.example").ttl, 7);
	zone_free(&z);
}

/* No documentation address but the four asked for, no reserved one. */
static void
probes_are_of_documentation_and_public_networks(void **state)
{
	static const char *const	doc[] = { "192.0.2.0/24",
	    "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32" };
	struct ip			ip;
	char				text[IP_TEXT_SIZE];
	unsigned			n[2] = { 0, 0 };

	(void)state;
	for (unsigned i = 0; networks_probe(i, 500, foretold, &ip); i++) {
		if (i < 4) {
			ip_format_network(&ip, i < 3 ? 24 : 32, text);
			assert_string_equal(text, doc[i]);
			continue;
		}
		n[ip_is_v4(&ip)]++;
		assert_true(ip_is_v4(&ip) ? ip.b[12] != 10 && ip.b[12] != 127 &&
		    ip.b[12] != 0 && ip.b[12] < 224 : (ip.b[0] & 0xe0) == 0x20);
	}
	assert_int_equal(n[0], 500);
	assert_int_equal(n[1], 500);
}

#define TEST(name)	cmocka_unit_test_setup(name, begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sum_may_be_a_twelfth_and_no_more),
		TEST(networks_that_overlap_count_once),
		TEST(all_that_lets_pass_is_too_broad_wherever_it_is_reached),
		TEST(halves_of_the_world_are_added_up),
		TEST(hosts_count_with_the_length_of_their_term),
		TEST(terms_that_ask_for_the_client_are_probed),
		TEST(names_that_differ_by_family_are_followed_for_both),
		TEST(what_only_the_sender_chooses_is_too_broad),
		TEST(record_that_is_missing_or_invalid_is_no_pool),
		TEST(dns_that_fails_leaves_it_unknown),
		TEST(look_ups_end_at_ten_as_for_every_client),
		TEST(everything_but_the_documentation_networks_is_too_broad),
		TEST(more_networks_than_are_counted_are_too_broad),
		TEST(answer_lasts_as_long_as_the_shortest_it_rests_on),
		TEST(probes_are_of_documentation_and_public_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
