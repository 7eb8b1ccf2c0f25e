/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_harvest.c - greyctl harvest list and forgive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/lib/control_fixture.h"

/* So many unknown recipients of a client and its network. */
static void
guess(struct fixture *f, const char *addr, const char *net, int n)
{
	const struct harvest_rule	rule = { .limit = 10, .window = 600,
					    .ban = 3600 };
	const struct harvest_client	client = { .addr = addr, .net = net };

	for (int i = 0; i < n; i++)
		(void)harvest_count(recipients_harvest(f->recipients), &rule,
		    &client, false, f->now);
}

static void
harvest_list_begins_with_bans(void **state)
{
	struct fixture	*f = *state;
	const char	*banned, *counted;

	fixture_asks(f, "harvest list", 0);
	assert_string_equal(f->out, "");
	assert_string_equal(f->messages,
	    "greyctl: no client is counted or banned\n");
	guess(f, "addr:198.51.100.9", "net:198.51.100.0/24", 3);
	guess(f, "addr:192.0.2.7", "net:192.0.2.0/24", 11);
	f->now += 60;
	fixture_asks(f, "harvest list", 0);
	fixture_begins(f->out, "UNKNOWN  KNOWN    SINCE    BAN ENDS "
	    "IDENTITY\n");
	fixture_has(f->out, "3        0        1m       -        "
	    "addr:198.51.100.9\n");
	fixture_has(f->out, "1m       59m      addr:192.0.2.7\n");
	banned = strstr(f->out, "addr:192.0.2.7");
	counted = strstr(f->out, "addr:198.51.100.9");
	assert_true(banned != NULL && counted != NULL && banned < counted);
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "harvest       1 banned\n");
}

static void
harvest_list_in_json_is_an_array(void **state)
{
	struct fixture		*f = *state;
	struct json		*o;
	const struct json	*first;

	fixture_asks(f, "--json harvest list", 0);
	assert_string_equal(f->out, "[]\n");
	guess(f, "addr:192.0.2.7", "net:192.0.2.0/24", 11);
	guess(f, "addr:198.51.100.9", "net:198.51.100.0/24", 3);
	fixture_asks(f, "--json harvest list", 0);
	o = json_parse(f->out, strlen(f->out), NULL);
	assert_int_equal(json_length(o), 4);
	first = json_at(o, 0);
	assert_string_equal(json_get_text(first, "until"),
	    "2023-11-14T23:13:20Z");
	assert_string_equal(json_get_text(first, "since"),
	    "2023-11-14T22:13:20Z");
	assert_true(json_has_int(first, "unknown"));
	assert_true(json_has_int(first, "known"));
	assert_non_null(json_get_text(first, "identity"));
	assert_null(json_get_text(json_at(o, 3), "until"));
	json_free(&o);
}

static void
forgiving_clears_an_address_and_its_network(void **state)
{
	struct fixture	*f = *state;

	guess(f, "addr:192.0.2.7", "net:192.0.2.0/24", 11);
	guess(f, "addr:198.51.100.9", "net:198.51.100.0/24", 3);
	fixture_asks(f, "harvest forgive 192.0.2.7", 0);
	fixture_begins(f->out, "forgiven: addr:192.0.2.7, net:192.0.2.0/24\n"
	    "    ");
	fixture_has(f->out, "    addr:192.0.2.7 had ");
	fixture_has(f->out, "    net:192.0.2.0/24 had ");
	fixture_has(f->out, " and was banned until 2023-11-14 23:13:20\n");
	assert_null(strstr(f->out, "198.51.100"));
	fixture_asks(f, "harvest forgive 192.0.2.7", 1);
	assert_string_equal(f->messages, "greyctl: nothing was counted of "
	    "addr:192.0.2.7 and net:192.0.2.0/24\n");
	fixture_asks(f, "harvest forgive addr:198.51.100.9", 0);
	fixture_has(f->out, "    net:198.51.100.0/24 had 3 unknown, 0 "
	    "known\n");
	fixture_asks(f, "harvest list", 0);
	assert_string_equal(f->out, "");
	fixture_asks(f, "harvest forgive", 2);
	fixture_has(f->messages, "\"harvest forgive\" needs a client's "
	    "IP address");
	fixture_asks(f, "harvest forgive 192.0.2.0/24", 2);
	fixture_has(f->messages, "not an address: 192.0.2.0/24; to forgive a "
	    "network give an address in it");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(harvest_list_begins_with_bans),
		TEST(harvest_list_in_json_is_an_array),
		TEST(forgiving_clears_an_address_and_its_network),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
