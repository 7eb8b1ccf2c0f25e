/* SPDX-License-Identifier: ISC
 * tests/unit/test_spf.c - spf_check() at its limits, on answers that fail and on
 * bytes that are no records. (The public suite: tests/contract.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "identity/spf.h"
#include "tests/lib/zone.h"

/* Terms that ask, times the names that one of them may lead to, and theirs. */
enum { MOST_LOOKUPS = 1 + 10 * (1 + 10) + 1 + 10 };

static struct spf_answer
ask(const struct dns *dns, const char *client, const char *sender)
{
	struct spf_query	q = { .helo = "mx.helo.example",
				    .sender = sender };
	struct spf_answer	a;

	assert_int_equal(ip_parse(client, &q.client, NULL), 0);
	spf_check(&q, dns, &a);
	assert_true(a.why.text[0] != '\0');
	return a;
}

struct row {
	const char	*client;
	const char	*records;	/* of d.example and others */
	enum spf_result	 result;
	const char	*why;		/* a part of the sentence */
};

static void
run_rows(const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct zone		*z = zone_new();
		struct dns		 dns = zone_dns(z);
		struct spf_answer	 a;

		zone_add_all(z, row[i].records);
		a = ask(&dns, row[i].client, "a@d.example");
		if (a.result != row[i].result ||
		    strstr(a.why.text, row[i].why) == NULL)
			fail_msg("%s: %s: %s", row[i].records,
			    spf_name(a.result), a.why.text);
		assert_int_equal(zone_held(z), 0);
		assert_true(zone_lookups(z) <= MOST_LOOKUPS);
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
#define HOST	"h.example A 192.0.2.1\n"

ROWS(sentence_names_the_term_and_whose_it_is,
    { "192.0.2.7", D "ip4:192.0.2.0/24 -all\n", SPF_PASS,
	"pass by ip4:192.0.2.0/24 of d.example" },
    { "192.0.2.7", D "include:i.example -all\ni.example TXT v=spf1 "
	"ip4:192.0.2.0/24 ?all\n", SPF_PASS, "include:i.example of d.example" },
    { "192.0.2.7", D "~all\n", SPF_SOFTFAIL, "softfail by ~all of d.example" },
    { "192.0.2.7", D "ip4:192.0.2.8\n", SPF_NEUTRAL, "nothing in the record" },
    { "192.0.2.7", "e.example A 192.0.2.1\n", SPF_NONE,
	"d.example has no SPF record" },
    { "192.0.2.7", D "ip:192.0.2.8\n", SPF_PERMERROR, "ip:192.0.2.8" },
    { "192.0.2.7", D "-all\n" D "-all\n", SPF_PERMERROR, "more than one" })

ROWS(eleventh_look_up_ends_it,
    { "192.0.2.7", D "a:h.example a:h.example a:h.example a:h.example "
	"a:h.example a:h.example a:h.example a:h.example a:h.example "
	"a:h.example ip4:192.0.2.7 -all\n" HOST, SPF_PASS, "ip4" },
    { "192.0.2.7", D "a:h.example a:h.example a:h.example a:h.example "
	"a:h.example a:h.example a:h.example a:h.example a:h.example "
	"a:h.example a:h.example ip4:192.0.2.7 -all\n" HOST, SPF_PERMERROR,
	"more than 10 look-ups" },
    { "192.0.2.7", D "include:d.example -all\n", SPF_PERMERROR,
	"more than 10 look-ups" },
    { "192.0.2.7", D "redirect=d.example\n", SPF_PERMERROR,
	"more than 10 look-ups" },
    { "192.0.2.7", D "include:i.example\ni.example TXT v=spf1 "
	"redirect=d.example\n", SPF_PERMERROR, "more than 10 look-ups" },
    { "192.0.2.7", D "?include:i.example ?include:i.example -all\n"
	"i.example TXT v=spf1 ?include:j.example ?include:j.example\n"
	"j.example TXT v=spf1 ?include:d.example ?include:d.example\n",
	SPF_PERMERROR, "more than 10 look-ups" })

ROWS(third_void_look_up_ends_it,
    { "192.0.2.7", D "a:1.example mx:2.example ip4:192.0.2.7 -all\n", SPF_PASS,
	"ip4" },
    { "192.0.2.7", D "a:1.example exists:2.example mx:3.example "
	"ip4:192.0.2.7 -all\n", SPF_PERMERROR, "found nothing" },
    { "192.0.2.7", D "a:1.example ptr exists:%{i}.x.example "
	"ip4:192.0.2.7 -all\n", SPF_PERMERROR, "found nothing" })

ROWS(exchangers_without_ipv6_are_no_void_look_ups,
    { "2001:db8::7", D "mx ip6:2001:db8::/32 -all\nd.example MX 1 a.example\n"
	"d.example MX 2 b.example\nd.example MX 3 c.example\n"
	"d.example MX 4 h.example\na.example A 192.0.2.1\n"
	"b.example A 192.0.2.2\nc.example A 192.0.2.3\n" HOST, SPF_PASS,
	"ip6" })

#define MX9(n)	"d.example MX 1 h.example\nd.example MX 2 h.example\n"	\
		"d.example MX 3 h.example\nd.example MX 4 h.example\n"	\
		"d.example MX 5 h.example\nd.example MX 6 h.example\n"	\
		"d.example MX 7 h.example\nd.example MX 8 h.example\n"	\
		"d.example MX 9 h.example\nd.example MX 10 " n "\n"

ROWS(eleventh_exchanger_is_one_too_many,
    { "192.0.2.7", D "mx -all\n" HOST "i.example A 192.0.2.7\n"
	MX9("i.example"), SPF_PASS, "mx" },
    { "192.0.2.1", D "mx -all\n" HOST MX9("h.example")
	"d.example MX 11 h.example\n", SPF_PERMERROR,
	"more than 10 mail exchangers" })

#define PTR9(n)	"7.2.0.192.in-addr.arpa PTR h.example\n"		\
		"7.2.0.192.in-addr.arpa PTR h.example\n"		\
		"7.2.0.192.in-addr.arpa PTR h.example\n"		\
		"7.2.0.192.in-addr.arpa PTR h.example\n"		\
		"7.2.0.192.in-addr.arpa PTR h.example\n"		\
		"7.2.0.192.in-addr.arpa PTR h.example\n"		\
		"7.2.0.192.in-addr.arpa PTR h.example\n"		\
		"7.2.0.192.in-addr.arpa PTR h.example\n"		\
		"7.2.0.192.in-addr.arpa PTR h.example\n"		\
		"7.2.0.192.in-addr.arpa PTR " n "\n"

ROWS(eleventh_name_of_the_client_is_passed_over,
    { "192.0.2.7", D "ptr -all\nw.d.example A 192.0.2.7\n" HOST
	PTR9("w.d.example"), SPF_PASS, "ptr" },
    { "192.0.2.7", D "ptr -all\nw.d.example A 192.0.2.7\n" HOST
	PTR9("h.example") "7.2.0.192.in-addr.arpa PTR w.d.example\n", SPF_FAIL,
	"-all" })

ROWS(dns_that_fails_is_a_temperror_at_once,
    { "192.0.2.7", "d.example FAIL x\n", SPF_TEMPERROR,
	"cannot tell the record of d.example" },
    { "192.0.2.7", D "a:h.example ip4:192.0.2.7\nh.example FAIL x\n",
	SPF_TEMPERROR, "addresses of h.example" },
    { "192.0.2.7", D "mx:h.example ip4:192.0.2.7\nh.example FAIL x\n",
	SPF_TEMPERROR, "exchangers of h.example" },
    { "192.0.2.7", D "exists:h.example ip4:192.0.2.7\nh.example FAIL x\n",
	SPF_TEMPERROR, "h.example" },
    { "192.0.2.7", D "include:h.example ip4:192.0.2.7\nh.example FAIL x\n",
	SPF_TEMPERROR, "h.example" },
    { "192.0.2.7", D "redirect=h.example\nh.example FAIL x\n", SPF_TEMPERROR,
	"h.example" },
    { "192.0.2.7", D "ip4:192.0.2.7 a:h.example\nh.example FAIL x\n", SPF_PASS,
	"ip4" },
    { "192.0.2.7", D "ptr ip4:192.0.2.7\n7.2.0.192.in-addr.arpa FAIL x\n",
	SPF_PASS, "ip4" },
    { "192.0.2.7", "d.example CNAME e.example\ne.example CNAME d.example\n",
	SPF_TEMPERROR, "d.example" })

ROWS(each_family_has_its_own_networks,
    { "192.0.2.7", D "ip6:::/0 -all\n", SPF_FAIL, "-all" },
    { "2001:db8::7", D "ip4:0.0.0.0/0 -all\n", SPF_FAIL, "-all" },
    { "::ffff:192.0.2.7", D "ip4:192.0.2.0/24 -all\n", SPF_PASS, "ip4" },
    { "192.0.2.7", D "ip6:::ffff:192.0.2.0/120 -all\n", SPF_PASS, "ip6" },
    { "192.0.2.7", D "ip6:::ffff:192.0.2.0/64 -all\n", SPF_FAIL, "-all" },
    { "192.0.2.7", D "a/24//0 -all\nd.example A 192.0.2.200\n", SPF_PASS,
	"a/24//0" },
    { "2001:db8::7", D "a//32 -all\nd.example AAAA 2001:db8:1::1\n", SPF_PASS,
	"a//32" })

static void
domain_is_that_of_the_sender_else_of_the_helo_name(void **state)
{
	static const struct { const char *sender, *helo, *domain; } rows[] = {
		{ "a@D.Example", "h.example", "d.example" },
		{ "a@d.example.", "h.example", "d.example" },
		{ "\"a@b\"@d.example", NULL, "d.example" },
		{ "@d.example", NULL, "d.example" },
		{ "", "H.Example", "h.example" },
		{ "", NULL, NULL },
		{ "", "h", NULL },
		{ "", "[192.0.2.1]", NULL },
		{ "a", "h.example", NULL },
		{ "a@", "h.example", NULL },
		{ "a@example", "h.example", NULL },
		{ "a@[192.0.2.1]", "h.example", NULL },
		{ "a@d..example", "h.example", NULL },
		{ "a@.d.example", "h.example", NULL },
		{ "a@d.example..", "h.example", NULL },
		{ "a@x=1.d.example", "h.example", NULL },
		{ "a@\\101.d.example", "h.example", NULL },
		{ "a@a\\.d.example", "h.example", NULL },
		{ "a@a b.example", "h.example", NULL },
	};
	char	domain[SPF_DOMAIN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool	found = spf_domain(rows[i].sender, rows[i].helo,
			    domain);

		if (found != (rows[i].domain != NULL) ||
		    (found && strcmp(domain, rows[i].domain) != 0))
			fail_msg("%s: %s", rows[i].sender,
			    found ? domain : "none");
	}
}

/* Labels of 49 bytes, then one that fills up to the length. */
static void
write_name(char *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = i % 50 == 49 && i != len - 1 ? '.' : 'x';
	out[len] = '\0';
}

static void
name_may_have_253_bytes(void **state)
{
	char	sender[300] = "a@", domain[SPF_DOMAIN_SIZE];

	(void)state;
	write_name(sender + 2, 253);
	assert_true(spf_domain(sender, NULL, domain));
	assert_int_equal(strlen(domain), 253);
	write_name(sender + 2, 254);
	assert_false(spf_domain(sender, NULL, domain));
	(void)memset(sender + 2, 'x', 64);
	(void)snprintf(sender + 2 + 64, 20, ".example");
	assert_false(spf_domain(sender, NULL, domain));
	assert_true(spf_domain("a@" "x" ".example", NULL, domain));
}

/* The name of an exists would be longer: labels go, from its left. */
static void
name_that_expands_too_long_loses_its_first_labels(void **state)
{
	char		 name[260], records[1024], sender[300];
	struct zone	*z = zone_new();
	struct dns	 dns = zone_dns(z);

	(void)state;
	write_name(name, 254 - strlen(".d.example"));
	(void)snprintf(records, sizeof(records), "d.example TXT v=spf1 "
	    "exists:%%{l}.d.example -all\n%s.d.example A 127.0.0.2\n",
	    strchr(name, '.') + 1);
	zone_add_all(z, records);
	(void)snprintf(sender, sizeof(sender), "%s@d.example", name);
	assert_int_equal(ask(&dns, "192.0.2.7", sender).result, SPF_PASS);
	(void)snprintf(sender, sizeof(sender), "%s@d.example", name + 1);
	assert_int_equal(ask(&dns, "192.0.2.7", sender).result, SPF_FAIL);
	zone_free(&z);
}

static void
answer_lasts_as_long_as_the_shortest_it_rests_on(void **state)
{
	struct zone	*z = zone_new();
	struct dns	 dns = zone_dns(z);

	(void)state;
	zone_add_all(z, D "a -all\n");
	assert_int_equal(ask(&dns, "192.0.2.7", "a@d.example").ttl, 300);
	zone_set_ttl(z, 7);
	zone_add_all(z, "d.example A 192.0.2.8\n");
	assert_int_equal(ask(&dns, "192.0.2.7", "a@d.example").ttl, 7);
	zone_free(&z);
}

static void
strings_of_a_record_are_glued(void **state)
{
	static const struct dns_rdata	string[] = {
		{ (const uint8_t *)"v=sp", 4 }, { (const uint8_t *)"", 0 },
		{ (const uint8_t *)"f1 ip4:192.0", 12 },
		{ (const uint8_t *)".2.7 -all", 9 },
	};
	struct zone	*z = zone_new();
	struct dns	 dns = zone_dns(z);

	(void)state;
	zone_add_strings(z, "d.example", string, 4);
	zone_add(z, "d.example", "TXT", "something else");
	zone_add(z, "d.example", "TXT", "v=spf10");
	assert_int_equal(ask(&dns, "192.0.2.7", "a@d.example").result,
	    SPF_PASS);
	assert_int_equal(ask(&dns, "192.0.2.8", "a@d.example").result,
	    SPF_FAIL);
	zone_free(&z);
}

/* A DNS that has these bytes for all names, and the client's address. */
struct raw {
	struct dns_rdata	txt, other;
};

static void
raw_lookup(void *arg, const char *name, enum dns_type type,
    struct dns_answer *out)
{
	static const uint8_t		client[] = { 192, 0, 2, 7 };
	static const struct dns_rdata	address = { client, 4 };
	const struct raw		*r = arg;

	(void)name;
	*out = (struct dns_answer){ .status = DNS_FOUND, .n = 1, .ttl = 60,
	    .rdata = type == DNS_TXT ? &r->txt : type == DNS_A ? &address :
	    &r->other };
}

static void
raw_release(void *arg, struct dns_answer *answer)
{
	(void)arg;
	(void)answer;
}

#define X8	"xxxxxxxx"

/* In memory of just that size: the sanitizer sees a byte read behind it. */
static struct dns_rdata
copy(const void *bytes, size_t len)
{
	uint8_t	*at = malloc(len == 0 ? 1 : len);

	assert_non_null(at);
	memcpy(at, bytes, len);
	return (struct dns_rdata){ at, len };
}

static void
record_that_is_cut_or_broken_matches_nothing(void **state)
{
	static const char	txt[] = "\22v=spf1 mx ptr -all";
	static const struct { const char *bytes; size_t len; } rows[] = {
		{ "\0\1\1a\1b\0", 7 },	/* the one that is whole */
		{ "\0\1\100" X8 X8 X8 X8 X8 X8 X8 X8 "\0", 68 },
		{ "", 0 }, { "\0", 1 }, { "\0\1", 2 }, { "\0\1\0", 3 },
		{ "\0\1\3abc", 6 }, { "\0\1\3ab", 5 }, { "\0\1\100", 3 },
		{ "\0\1\300\14", 4 }, { "\0\1\377", 3 },
		{ "\0\1\3a\0c\0", 7 }, { "\0\1\3a.c\0", 7 },
		{ "\3abc", 4 }, { "\300\0", 2 }, { "\77", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct raw	r = { copy(txt, 19),
				    copy(rows[i].bytes, rows[i].len) };
		struct dns	dns = { raw_lookup, raw_release, &r };

		if (ask(&dns, "192.0.2.7", "a@d.example").result !=
		    (i == 0 ? SPF_PASS : SPF_FAIL))
			fail_msg("row %zu", i);
		free((void *)(uintptr_t)r.txt.bytes);
		free((void *)(uintptr_t)r.other.bytes);
	}
}

/* A length of a string that goes beyond the end is taken as the end. */
static void
text_whose_length_lies_is_read_to_its_end(void **state)
{
	struct raw	r = { copy("\377v=spf1 -all", 12), { NULL, 0 } };
	struct dns	dns = { raw_lookup, raw_release, &r };

	(void)state;
	assert_int_equal(ask(&dns, "192.0.2.7", "a@d.example").result,
	    SPF_FAIL);
	free((void *)(uintptr_t)r.txt.bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentence_names_the_term_and_whose_it_is),
		cmocka_unit_test(eleventh_look_up_ends_it),
		cmocka_unit_test(third_void_look_up_ends_it),
		cmocka_unit_test(exchangers_without_ipv6_are_no_void_look_ups),
		cmocka_unit_test(eleventh_exchanger_is_one_too_many),
		cmocka_unit_test(eleventh_name_of_the_client_is_passed_over),
		cmocka_unit_test(dns_that_fails_is_a_temperror_at_once),
		cmocka_unit_test(each_family_has_its_own_networks),
		cmocka_unit_test(
		    domain_is_that_of_the_sender_else_of_the_helo_name),
		cmocka_unit_test(name_may_have_253_bytes),
		cmocka_unit_test(
		    name_that_expands_too_long_loses_its_first_labels),
		cmocka_unit_test(
		    answer_lasts_as_long_as_the_shortest_it_rests_on),
		cmocka_unit_test(strings_of_a_record_are_glued),
		cmocka_unit_test(record_that_is_cut_or_broken_matches_nothing),
		cmocka_unit_test(text_whose_length_lies_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
