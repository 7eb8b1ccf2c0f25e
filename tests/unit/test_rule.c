/* SPDX-License-Identifier: ISC
 * tests/unit/test_rule.c - which rule is for an attempt, and what is asked of
 * the DNS to find that out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "policy/rule.h"

enum { NONE = 99 };

/* What the DNS knows, and what it was asked. */
struct world {
	bool		 spf;
	const char	*listed;	/* the zone that has the client */
	char		 asked[200];
};

static bool
has_spf(void *arg)
{
	struct world	*w = arg;

	strcat(w->asked, "spf ");
	return w->spf;
}

static bool
is_listed(void *arg, const struct conf_dns_list *list)
{
	struct world	*w = arg;

	strcat(w->asked, list->zone);
	strcat(w->asked, " ");
	return w->listed != NULL && strcmp(w->listed, list->zone) == 0;
}

static const char *
macro(void *arg, const char *name)
{
	return strcmp(name, "{daemon_name}") == 0 ? arg : NULL;
}

static void
tell(const char *sentence, void *arg)
{
	(void)arg;
	fail_msg("%s", sentence);
}

static struct conf *
rules(const char *text)
{
	struct conf	*c = NULL;

	assert_int_equal(conf_read_text(text, strlen(text), "f", &c, tell,
	    NULL), 0);
	return c;
}

static struct client
somebody(void)
{
	struct client	c = { .by_smtp = true, .host = "mx.example.net",
			    .verified = true, .helo = "mx.example.net",
			    .tls = true };

	assert_int_equal(ip_parse("192.0.2.7", &c.addr, NULL), 0);
	identities_of(&c.addr, c.host, 24, 64, &c.identities);
	return c;
}

/* The rule of a text with one rule; NONE: not for it. */
static size_t
find(const char *conditions, const struct client *client, const char *sender,
    struct world *w, int64_t now)
{
	const struct rule_asks	 asks = { has_spf, is_listed, w };
	char			 value[] = "partners";
	struct attempt		 a = { .client = client, .sender = sender,
				    .rcpt = "bob@example.com", .macro = macro,
				    .macro_arg = value };
	char			 text[512];
	struct conf		*c;
	size_t			 at;

	(void)snprintf(text, sizeof(text), "rule a { %s action = accept }",
	    conditions);
	c = rules(text);
	at = rule_find(c, 0, &a, w == NULL ? NULL : &asks, now);
	conf_free(&c);
	return at == 0 ? 0 : NONE;
}

struct row {
	const char	*conditions;
	bool		 is;
};

static void
check(const struct row *rows, size_t n, const struct client *c,
    struct world *w)
{
	for (size_t i = 0; i < n; i++)
		if ((find(rows[i].conditions, c, "a@example.org", w, 0) == 0)
		    != rows[i].is)
			fail_msg("%s: %s", rows[i].conditions,
			    rows[i].is ? "is not for it" : "is for it");
}
#define CHECK(rows, c, w) check(rows, sizeof(rows) / sizeof((rows)[0]), c, w)

static void
each_condition_holds_for_its_own_alone(void **state)
{
	static const struct row	rows[] = {
		{ "", true },
		{ "client = 192.0.2.0/24", true },
		{ "client = 198.51.100.0/24", false },
		{ "client-name = \"*.example.net\"", true },
		{ "client-name = \"*.example.org\"", false },
		{ "verified = yes", true },
		{ "verified = no", false },
		{ "identity = addr:192.0.2.7", true },
		{ "identity = net:192.0.2.0/24", true },
		{ "identity = name:example.net", true },
		{ "identity = name:example.org", false },
		{ "helo = mx.example.net", true },
		{ "helo = localhost", false },
		{ "sender = @example.org", true },
		{ "sender = '<>'", false },
		{ "recipient = bob@example.com", true },
		{ "recipient = @example.org", false },
		{ "macro = '{daemon_name}=partners'", true },
		{ "macro = {'{a}=partners', '{daemon_name}=partners'}", true },
		{ "macro = '{daemon_name}=Partners'", false },
		{ "macro = '{other}='", false },
		{ "tls = yes", true },
		{ "tls = no", false },
		{ "tls = yes sender = '<>'", false },
		{ "sender = '<>' recipient = bob@example.com", false },
	};
	const struct client	c = somebody();
	struct world		w = { .asked = "" };

	(void)state;
	CHECK(rows, &c, &w);
	assert_string_equal(w.asked, "");
}

static void
a_name_that_is_not_confirmed_is_none(void **state)
{
	static const struct row	rows[] = {
		{ "client-name = mx.example.net", false },
		{ "verified = no", true },
		{ "verified = yes", false },
		{ "helo = mx.example.net", true },
	};
	struct client		c = somebody();
	struct world		w = { .asked = "" };

	(void)state;
	c.verified = false;
	CHECK(rows, &c, &w);
}

static void
what_the_mta_has_not_told_matches_nothing(void **state)
{
	static const struct row	rows[] = {
		{ "client = 192.0.2.0/24", false },
		{ "client-name = mx.example.net", false },
		{ "identity = net:192.0.2.0/24", false },
		{ "identity = spf:example.org", false },
		{ "helo = mx.example.net", false },
		{ "", true },
	};
	struct client		c = somebody();
	struct attempt		a = { .client = &c, .sender = "",
				    .rcpt = "b@c.example" };
	struct world		w = { .spf = true, .asked = "" };
	struct conf		*conf;

	(void)state;
	c.by_smtp = false;
	c.host = c.helo = NULL;
	CHECK(rows, &c, &w);
	conf = rules("rule a { macro = '{daemon_name}=x' action = accept }");
	assert_int_equal(rule_find(conf, 0, &a, NULL, 0), 1);
	conf_free(&conf);
}

static void
spf_is_asked_only_if_the_senders_own_domain_is_meant(void **state)
{
	const struct client	c = somebody();
	struct world		w = { .spf = true, .asked = "" };

	(void)state;
	assert_int_equal(find("identity = spf:other.example", &c,
	    "a@example.org", &w, 0), NONE);
	assert_int_equal(find("identity = {net:192.0.2.0/24, spf:example.org}",
	    &c, "a@example.org", &w, 0), 0);
	assert_string_equal(w.asked, "");
	assert_int_equal(find("identity = spf:example.org", &c,
	    "a@Example.ORG", &w, 0), 0);
	assert_string_equal(w.asked, "spf ");
	assert_int_equal(find("identity = 'spf:*.example.net'", &c, "", &w, 0),
	    0);
	w.spf = false;
	assert_int_equal(find("identity = spf:example.org", &c,
	    "a@example.org", &w, 0), NONE);
}

static void
of_a_bounce_the_helo_name_is_the_domain_that_spf_is_asked_about(void **state)
{
	struct client	c = somebody();
	struct world	w = { .spf = true, .asked = "" };

	(void)state;
	assert_int_equal(find("identity = spf:mx.example.net", &c, "", &w, 0),
	    0);
	assert_string_equal(w.asked, "spf ");
	w.asked[0] = '\0';
	c.helo = "[192.0.2.7]";
	assert_int_equal(find("identity = 'spf:*.example.net'", &c, "", &w,
	    0), NONE);
	c.helo = NULL;
	assert_int_equal(find("identity = 'spf:*.example.net'", &c, "", &w,
	    0), NONE);
	assert_string_equal(w.asked, "");
}

/* An opt-in of nobody, and not of everybody. */
static void
a_file_without_patterns_is_for_nobody(void **state)
{
	const struct client	c = somebody();
	char			file[] = "/tmp/test_rule.XXXXXX", text[128];

	(void)state;
	assert_int_equal(close(mkstemp(file)), 0);
	(void)snprintf(text, sizeof(text), "recipient = 'file:%s'", file);
	assert_int_equal(find(text, &c, "a@example.org", NULL, 0), NONE);
	(void)snprintf(text, sizeof(text),
	    "recipient = {'file:%s', bob@example.com}", file);
	assert_int_equal(find(text, &c, "a@example.org", NULL, 0), 0);
	assert_int_equal(unlink(file), 0);
}

static void
lists_are_asked_last_in_their_order_and_until_one_says_yes(void **state)
{
	const struct client	c = somebody();
	struct world		w = { .listed = "b.example", .asked = "" };

	(void)state;
	assert_int_equal(find("dnsbl = {a.example, b.example, c.example}", &c,
	    "a@example.org", &w, 0), 0);
	assert_string_equal(w.asked, "a.example b.example ");
	w.asked[0] = '\0';
	assert_int_equal(find("dnsbl = b.example sender = '<>'", &c,
	    "a@example.org", &w, 0), NONE);
	assert_int_equal(find("dnsbl = b.example macro = 'i=x'", &c,
	    "a@example.org", &w, 0), NONE);
	assert_string_equal(w.asked, "");
	assert_int_equal(find("dnswl = b.example dnsbl = c.example", &c,
	    "a@example.org", &w, 0), NONE);
	assert_string_equal(w.asked, "c.example ");
}

static void
without_a_dns_nobody_is_listed_or_proven(void **state)
{
	const struct client	c = somebody();

	(void)state;
	assert_int_equal(find("dnsbl = b.example", &c, "a@example.org", NULL,
	    0), NONE);
	assert_int_equal(find("dnswl = b.example", &c, "a@example.org", NULL,
	    0), NONE);
	assert_int_equal(find("identity = spf:example.org", &c,
	    "a@example.org", NULL, 0), NONE);
	assert_int_equal(find("identity = addr:192.0.2.7", &c,
	    "a@example.org", NULL, 0), 0);
}

static int64_t
local(int day, int hour, int minute)
{
	/* 4 January 1970 was a Sunday. */
	struct tm	t = { .tm_year = 70, .tm_mday = 4 + day,
			    .tm_hour = hour, .tm_min = minute, .tm_isdst = -1 };

	return mktime(&t);
}

struct when {
	const char	*time;
	int		 day, hour, minute;	/* from Sunday, 0 */
	bool		 is;
};

static void
hours_are_local_and_a_night_belongs_to_its_evening(void **state)
{
	static const struct when	rows[] = {
		{ "Mon-Fri 08:00-18:00", 1, 8, 0, true },
		{ "Mon-Fri 08:00-18:00", 1, 7, 59, false },
		{ "Mon-Fri 08:00-18:00", 5, 17, 59, true },
		{ "Mon-Fri 08:00-18:00", 5, 18, 0, false },
		{ "Mon-Fri 08:00-18:00", 6, 12, 0, false },
		{ "Fri 22:00-02:00", 5, 23, 0, true },
		{ "Fri 22:00-02:00", 6, 1, 59, true },
		{ "Fri 22:00-02:00", 6, 2, 0, false },
		{ "Fri 22:00-02:00", 5, 1, 0, false },
		{ "Fri 22:00-02:00", 6, 23, 0, false },
		{ "Sat 22:00-02:00", 7, 1, 0, true },
		{ "Sun", 0, 0, 0, true },
		{ "Sun", 0, 23, 59, true },
		{ "Sun", 1, 0, 0, false },
	};
	const struct client		c = somebody();
	char				text[64];

	(void)state;
	assert_int_equal(setenv("TZ", "XYZ-5:30", 1), 0);
	tzset();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "time = '%s'", rows[i].time);
		if ((find(text, &c, "", NULL, local(rows[i].day, rows[i].hour,
		    rows[i].minute)) == 0) != rows[i].is)
			fail_msg("%s on day %d at %d:%02d", rows[i].time,
			    rows[i].day, rows[i].hour, rows[i].minute);
	}
}

static void
the_first_from_there_on_is_found(void **state)
{
	const struct client	c = somebody();
	struct attempt		a = { .client = &c, .sender = "a@example.org",
				    .rcpt = "bob@example.com" };
	struct conf		*conf = rules("rule a { sender = '<>' "
				    "action = accept }\n"
				    "rule b { action = defer }\n"
				    "rule c { tls = no action = reject }\n"
				    "rule d { action = accept }");

	(void)state;
	assert_int_equal(rule_find(conf, 0, &a, NULL, 0), 1);
	assert_int_equal(rule_find(conf, 2, &a, NULL, 0), 3);
	assert_int_equal(rule_find(conf, 4, &a, NULL, 0), 4);
	conf_free(&conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_condition_holds_for_its_own_alone),
		cmocka_unit_test(a_name_that_is_not_confirmed_is_none),
		cmocka_unit_test(what_the_mta_has_not_told_matches_nothing),
		cmocka_unit_test(
		    spf_is_asked_only_if_the_senders_own_domain_is_meant),
		cmocka_unit_test(
		    of_a_bounce_the_helo_name_is_the_domain_that_spf_is_asked_about),
		cmocka_unit_test(a_file_without_patterns_is_for_nobody),
		cmocka_unit_test(
		    lists_are_asked_last_in_their_order_and_until_one_says_yes),
		cmocka_unit_test(without_a_dns_nobody_is_listed_or_proven),
		cmocka_unit_test(
		    hours_are_local_and_a_night_belongs_to_its_evening),
		cmocka_unit_test(the_first_from_there_on_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
