/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_recipient.c - greyctl's commands on recipients and on
 * clients that guess them, against real lists and a directory that is down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "control/client.h"
#include "control/ctl.h"
#include "recipient/recipients_private.h"
#include "tests/lib/control_fixture.h"

#define LOCAL	"local-domains = {\"example.com\"}\n"
#define USERS	"recipients { file = \"~/users\" }\n"
#define DOWN	"ldap \"ad\" { uri = \"ldap://127.0.0.1:1\" " \
		"base = \"dc=example\" filter = \"(mail=%s)\" }\n"

static int
make_fixture(void **state)
{
	*state = fixture_new();
	return 0;
}

static int
free_fixture(void **state)
{
	struct fixture	*f = *state;

	fixture_free(&f);
	return 0;
}

static void
use_list(struct fixture *f, const char *text)
{
	fixture_write(f, "users", text);
	fixture_configure(f, LOCAL USERS);
}

/* A yes of a source, so many seconds ago. */
static void
remember(struct fixture *f, const char *address, int64_t ago)
{
	const struct cache_rule	 rule = { .fresh = 600, .stale = 86400,
				    .negative = 60, .former = 15552000,
				    .size = 1000 };
	struct cache		*cache = cache_new(f->store);

	assert_int_equal(cache_accept(cache, &rule, address, f->now - ago,
	    NULL), 0);
	cache_free(&cache);
}

static void
recipient_on_a_list_goes_on_to_greylisting(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "bob@example.com\n");
	fixture_asks(f, "recipient test <Bob@Example.com>", 0);
	fixture_begins(f->out, "SOURCE               ANSWER      TIME     "
	    "NOTE\nlist:file            yes         ");
	fixture_has(f->out, "\n\nrecipient     Bob@Example.com\n"
	    "answer        yes, from list list:file, in ");
	fixture_has(f->out, "\nSMTP          250 (goes on to greylisting)\n");
	assert_string_equal(f->messages, "");
}

static void
recipient_that_no_list_has_would_be_refused(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "bob@example.com\n");
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_has(f->out, "list:file            no          ");
	fixture_has(f->out, "answer        no, from list list:file, in ");
	fixture_has(f->out, "\nSMTP          550 5.1.1 No such user here\n");
	assert_string_equal(f->messages,
	    "greyctl: nobody@example.com would be refused\n");
}

static void
recipient_of_whom_nobody_can_tell_would_be_deferred_or_go_on(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, LOCAL "recipients { " DOWN "}");
	fixture_asks(f, "recipient test bob@example.com", 1);
	fixture_has(f->out, "ldap:ad              cannot tell ");
	fixture_has(f->out, "answer        cannot tell, from source ldap:ad");
	fixture_has(f->out, "\nwhy           ");
	fixture_has(f->out, "\nSMTP          451 4.4.3 Cannot check the "
	    "recipient now, please try again later\n");
	assert_string_equal(f->messages,
	    "greyctl: bob@example.com would be deferred\n");
	fixture_configure(f, LOCAL "recipients { on-directory-failure = pass "
	    DOWN "}");
	fixture_asks(f, "recipient test bob@example.com", 0);
	fixture_has(f->out, "\nSMTP          250 (goes on to greylisting, as "
	    "on-directory-failure says)\n");
}

static void
what_is_remembered_is_told_with_its_time(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, LOCAL "recipients { " DOWN "}");
	remember(f, "bob@example.com", 300);
	remember(f, "ann@example.com", 7200);
	fixture_asks(f, "recipient test bob@example.com", 0);
	fixture_has(f->out, "answer        yes, from cache, in ");
	fixture_has(f->out, ", last told by a source at 2023-11-14 22:08:20");
	fixture_asks(f, "recipient test ann@example.com", 0);
	fixture_has(f->out, "answer        yes, from stale cache, in ");
	fixture_has(f->out, ", last told by a source at 2023-11-14 20:13:20");
}

static void
recipient_that_is_not_checked_is_told_with_the_reason(void **state)
{
	static const struct { const char *line, *says; } row[] = {
		{ "recipient test bob@example.net",
		    "why           example.net is not in local-domains\n" },
		{ "recipient test out@example.com",
		    "why           it is in recipients.exempt\n" },
		{ "recipient test bob@other.example",
		    "why           no source is asked about other.example\n" },
	};
	struct fixture	*f = *state;

	fixture_write(f, "users", "bob@example.com\n");
	fixture_configure(f, "local-domains = {\"example.com\", "
	    "\"other.example\"}\nrecipients { exempt = {\"out@example.com\"} "
	    "list \"a\" { file = \"~/users\" domains = {\"example.com\"} } }");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		fixture_asks(f, row[i].line, 0);
		fixture_has(f->out, "answer        not checked, from scope");
		fixture_has(f->out, row[i].says);
		fixture_has(f->out, "SMTP          250 (goes on to "
		    "greylisting)\n");
	}
	fixture_asks(f, "recipient test postmaster@example.com", 0);
	fixture_has(f->out, "answer        yes, from scope");
	fixture_has(f->out, "SMTP          250 (never waits)\n");
}

static void
refusal_that_not_everybody_hears_says_so(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "users", "bob@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" "
	    "reveal = proven }");
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_has(f->out, "550 5.1.1 No such user here (a client that has "
	    "never passed hears the greylisting reply instead: reveal is "
	    "proven)\n");
	fixture_configure(f, "observe = true\n" LOCAL USERS);
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_has(f->out, "550 5.1.1 No such user here (not given: observe "
	    "is on)\n");
}

static void
test_in_json_is_one_object_with_its_sources(void **state)
{
	struct fixture	*f = *state;
	struct json	*o;
	const struct json *s;

	use_list(f, "bob@example.com\n");
	fixture_asks(f, "--json recipient test nobody@example.com", 1);
	o = json_parse(f->out, strlen(f->out), NULL);
	s = json_get(o, "sources");
	assert_int_equal(json_length(s), 1);
	assert_string_equal(json_get_text(json_at(s, 0), "source"),
	    "list:file");
	assert_string_equal(json_get_text(json_at(s, 0), "answer"), "no");
	assert_true(json_has_int(json_at(s, 0), "micros"));
	assert_null(json_get_text(json_at(s, 0), "note"));
	assert_string_equal(json_get_text(o, "address"), "nobody@example.com");
	assert_string_equal(json_get_text(o, "answer"), "no");
	assert_string_equal(json_get_text(o, "from"), "list");
	assert_string_equal(json_get_text(o, "by"), "list:file");
	assert_string_equal(json_get_text(o, "smtp"),
	    "550 5.1.1 No such user here");
	assert_null(json_get_text(o, "checked"));
	assert_null(json_get_text(o, "why"));
	assert_true(json_has_int(o, "micros"));
	json_free(&o);
}

static void
text_that_is_no_address_is_refused(void **state)
{
	static const struct { const char *line, *says; } bad[] = {
		{ "recipient test", "\"recipient test\" needs an address, "
		    "user@domain" },
		{ "recipient test bob", "not an address with a domain: bob; "
		    "give one as user@domain" },
		{ "recipient test bob@", "not an address with a domain: bob@" },
		{ "recipient test @example.com", "not an address with a "
		    "domain: @example.com" },
		{ "recipient test <bob@a>x", "not an address: <bob@a>x; give "
		    "one as user@domain" },
		{ "recipient test a@b c@d", "does not know what to do with "
		    "\"c@d\"" },
		{ "recipient forget bob", "not an address with a domain: bob" },
	};
	struct fixture	*f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fixture_asks(f, bad[i].line, 2);
		fixture_has(f->messages, bad[i].says);
		assert_string_equal(f->out, "");
	}
}

static void
stats_have_a_line_for_each_source_and_its_trouble(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "recipient stats", 0);
	fixture_begins(f->out, "cache         0 yes, 0 no; 0 hits, 0 misses; "
	    "0 not kept\nharvest       0 unknown, 0 known since the start; "
	    "0 bans begun, 0 in force\nsources       none: no recipient is "
	    "checked\n");
	fixture_write(f, "users", "bob@example.com\nann@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" " DOWN
	    "}");
	fixture_asks(f, "recipient test bob@example.com", 0);
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "list:file     2 addresses, ");
	fixture_has(f->out, ", in force since 2023-11-14 22:13:20; 2 asked, "
	    "1 found\n");
	fixture_has(f->out, "ldap:ad       1 asked: 0 yes, 0 no, 1 failed, "
	    "0 overdue; mean ");
	fixture_has(f->out, "\n    down since 2023-11-14 22:13:20: ");
}

static void
stats_in_json_are_one_object(void **state)
{
	struct fixture	*f = *state;
	struct json	*o;
	const struct json *list, *live;

	fixture_write(f, "users", "bob@example.com\nann@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" " DOWN
	    "}");
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_asks(f, "--json recipient stats", 0);
	o = json_parse(f->out, strlen(f->out), NULL);
	list = json_at(json_get(o, "sources"), 0);
	live = json_at(json_get(o, "sources"), 1);
	assert_int_equal(json_length(json_get(o, "sources")), 2);
	assert_string_equal(json_get_text(list, "kind"), "list");
	assert_int_equal(json_get_int(list, "addresses"), 2);
	assert_string_equal(json_get_text(list, "adopted"),
	    "2023-11-14T22:13:20Z");
	assert_null(json_get_text(list, "trouble"));
	assert_string_equal(json_get_text(live, "name"), "ldap:ad");
	assert_string_equal(json_get_text(live, "kind"), "live");
	assert_int_equal(json_get_int(live, "failed"), 1);
	assert_non_null(json_get_text(live, "trouble"));
	assert_non_null(json_get_text(live, "down_since"));
	assert_true(json_has_int(json_get(o, "cache"), "misses"));
	assert_true(json_has_int(json_get(o, "harvest"), "banned"));
	json_free(&o);
}

static void
status_counts_sources_those_in_trouble_and_bans(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "status", 0);
	fixture_has(f->out, "recipients    no source: none is checked\n"
	    "harvest       0 banned\n");
	fixture_write(f, "users", "bob@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" " DOWN
	    "}");
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "recipients    2 sources, 0 in trouble\n");
	fixture_asks(f, "recipient test nobody@example.com", 1);
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "recipients    2 sources, 1 in trouble: see "
	    "greyctl recipient stats\n");
}

static void
forgetting_an_address_asks_about_it_anew(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, LOCAL "recipients { " DOWN "}");
	remember(f, "bob@example.com", 7200);
	fixture_asks(f, "recipient test bob@example.com", 0);
	fixture_asks(f, "recipient forget <Bob@example.com>", 0);
	assert_string_equal(f->out, "forgotten: Bob@example.com\n");
	fixture_asks(f, "recipient test bob@example.com", 1);
	fixture_asks(f, "recipient forget bob@example.com", 1);
	assert_string_equal(f->out, "");
	assert_string_equal(f->messages,
	    "greyctl: bob@example.com was not remembered\n");
}

static void
list_that_shrank_waits_to_be_adopted(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "a@example.com\nb@example.com\nc@example.com\n"
	    "d@example.com\n");
	fixture_asks(f, "recipient adopt", 1);
	assert_string_equal(f->messages, "greyctl: no source waits to be "
	    "adopted: what there is, is in force\n");
	fixture_asks(f, "recipient adopt list:file", 1);
	fixture_has(f->messages, "it does not wait to be adopted");
	fixture_asks(f, "recipient adopt list:other", 2);
	fixture_has(f->messages, "list:other");

	fixture_write(f, "users", "a@example.com\n");
	for (int i = 0; i < 3; i++)
		recipients_tend(f->recipients, ++f->now);
	fixture_asks(f, "recipient test b@example.com", 0);
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "list:file     4 addresses, ");
	fixture_has(f->out, "\n    trouble: ");
	fixture_asks(f, "recipient adopt list:file", 0);
	assert_string_equal(f->out, "1 source adopted\n");
	fixture_asks(f, "recipient test b@example.com", 1);
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "list:file     1 addresses, ");
	assert_null(strstr(f->out, "trouble"));
}

static void
export_is_a_list_that_can_be_read_back(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "users", "bob@example.com\n"
	    "Ann@Example.com  OK\n\"john doe\"@example.com\n");
	fixture_write(f, "more", "bob@example.com\n@shop.example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" "
	    "list \"more\" { file = \"~/more\" } }");
	fixture_asks(f, "recipient export", 0);
	assert_string_equal(f->out, "# recipients, exported by greygate "
	    VERSION_TEXT " at 2023-11-14T22:13:20Z\nbob@example.com\nann@example.com\n"
	    "\"john doe\"@example.com\n@shop.example.com\n"
	    "# end of list, 4 addresses\n");
	assert_string_equal(f->messages, "");
	fixture_write(f, "copy", f->out);
	fixture_configure(f, LOCAL "recipients { file = \"~/copy\" }");
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "list:file     4 addresses, ");
	assert_null(strstr(f->out, "trouble"));
	fixture_asks(f, "recipient test ann@example.com", 0);
}

static void
export_in_json_is_an_array(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "bob@example.com\nann@example.com\n");
	fixture_asks(f, "--json recipient export", 0);
	assert_string_equal(f->out, "[\n\"bob@example.com\",\n"
	    "\"ann@example.com\"\n]\n");
}

static void
hashed_export_is_read_with_the_same_key_only(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "Bob@Example.com\n@shop.example.com\n");
	fixture_asks(f, "recipient export --hashed", 2);
	assert_string_equal(f->out, "");
	assert_string_equal(f->messages, "greyctl: hashes need a key: set "
	    "key-file in the section recipients\n");

	fixture_write(f, "key", "0123456789abcdef0123456789abcdef\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" "
	    "key-file = \"~/key\" }");
	fixture_asks(f, "recipient export --hashed", 0);
	fixture_begins(f->out, "# recipients, exported by greygate ");
	fixture_has(f->out, "\nhmac-sha256:");
	fixture_has(f->out, "\n# end of list, 2 addresses\n");
	assert_null(strstr(f->out, "@"));
	fixture_write(f, "copy", f->out);
	fixture_configure(f, LOCAL "recipients { file = \"~/copy\" "
	    "key-file = \"~/key\" }");
	fixture_asks(f, "recipient test bob@example.com", 0);
	fixture_asks(f, "recipient test ann@example.com", 1);
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "list:file     2 hashed addresses, ");
}

/* The second list has hashes: nobody can tell what they are of. */
static void
export_that_breaks_off_never_looks_complete(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "key", "0123456789abcdef0123456789abcdef\n");
	fixture_write(f, "users", "bob@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" "
	    "key-file = \"~/key\" }");
	fixture_asks(f, "recipient export --hashed", 0);
	fixture_write(f, "copy", f->out);
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" "
	    "key-file = \"~/key\" list \"copy\" { file = \"~/copy\" } }");
	fixture_asks(f, "recipient export", 2);
	assert_null(strstr(f->out, "# end of list"));
	fixture_has(f->messages, "list:copy: ");
	fixture_asks(f, "--json recipient export", 2);
	assert_null(strchr(f->out, ']'));
}

/* As a directory's first "no" does. */
static void
source_that_is_not_believed_is_not_exported_before_it_is_adopted(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "users", "bob@example.com\n");
	fixture_configure(f, LOCAL "recipients { file = \"~/users\" " DOWN
	    "}");
	assert_false(doubt_no(f->recipients->base.doubt, "ldap:ad", "", false,
	    100, f->now, NULL));
	fixture_asks(f, "recipient stats", 0);
	fixture_has(f->out, "\n    its no is not believed: ");
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "recipients    2 sources, 1 in trouble: ");
	fixture_asks(f, "recipient export", 2);
	assert_string_equal(f->out, "");
	fixture_has(f->messages, "ldap:ad is not believed: ");
	fixture_asks(f, "recipient adopt", 0);
	assert_string_equal(f->out, "1 source adopted\n");
	fixture_asks(f, "recipient export", 2);
	assert_null(strstr(f->messages, "is not believed"));
}

static void
export_of_nothing_is_no_empty_list(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "recipient export", 2);
	assert_string_equal(f->out, "");
	fixture_has(f->messages, "no source of recipients is configured");
	fixture_asks(f, "--json recipient export", 2);
	assert_string_equal(f->out, "");
}

/* A comment, if it began a line; marks that turn the text around. */
static void
export_leaves_out_what_no_line_can_hold_and_says_so(void **state)
{
	struct fixture	*f = *state;

	use_list(f, "\"#bob\"@example.com\nann@example.com\n"
	    "c\xe2\x80\xae" "d@example.com\n");
	fixture_asks(f, "recipient export", 0);
	fixture_has(f->out, "Z\nann@example.com\n# end of list, 1 "
	    "addresses\n");
	assert_string_equal(f->messages, "greyctl: 2 left out: no line of a "
	    "list can hold them\n");
}

/* The text of so many addresses, to be freed. */
static char *
many_addresses(int n)
{
	char	*text;
	size_t	 len;
	FILE	*out = open_memstream(&text, &len);

	for (int i = 0; i < n; i++)
		(void)fprintf(out, "user.with.a.name.%d@example.com\n", i);
	(void)fclose(out);
	return text;
}

static size_t
count_lines(const char *lines)
{
	size_t	n = 0;

	while ((lines = strchr(lines, '\n')) != NULL) {
		lines++;
		n++;
	}
	return n;
}

static void
export_of_many_comes_in_small_items(void **state)
{
	enum { MANY = 20000 };
	struct fixture		*f = *state;
	struct client		*c;
	struct json		*none = NULL;
	const struct json	*item;
	struct err		 e;
	char			*text = many_addresses(MANY);
	size_t			 lines = 0;
	int64_t			 told = 0;
	int			 rc, code;

	use_list(f, text);
	free(text);
	assert_int_equal(client_open(&c, f->socket, &e), 0);
	assert_int_equal(client_ask(c, "recipient export", &none, &e), 0);
	while ((rc = client_next(c, 5000, &item, &code, &e)) == 1) {
		const char *part = json_get_text(item, "lines");

		told += json_get_int(item, "count");
		if (part == NULL)
			continue;
		assert_true(strlen(part) < 4096);
		lines += count_lines(part);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(lines, MANY);
	assert_int_equal(told, MANY);
	client_close(&c);
}

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
	banned = strstr(f->out, "net:192.0.2.0/24");
	counted = strstr(f->out, "addr:198.51.100.9");
	assert_true(banned != NULL && counted != NULL && banned < counted);
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "harvest       2 banned\n");
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
	fixture_has(f->messages, "\"harvest forgive\" needs the IP address of "
	    "a client");
	fixture_asks(f, "harvest forgive 192.0.2.0/24", 2);
	fixture_has(f->messages, "not an address: 192.0.2.0/24; to forgive a "
	    "network give an address in it");
}

/* What one of the functions above prints for an item; to be freed. */
static char *
shown(ctl_show_fn show, const char *item)
{
	struct json	*o = json_parse(item, strlen(item), NULL);
	char		*text;
	size_t		 len;
	struct ctl	 ctl = { .now = FIXTURE_START,
			    .out = open_memstream(&text, &len) };

	assert_non_null(o);
	ctl.messages = ctl.out;
	show(&ctl, o, 0);
	(void)fclose(ctl.out);
	json_free(&o);
	return text;
}

#define EVIL	"\\u001b[2J\\u202e"

static void
text_of_the_network_cannot_steer_the_terminal(void **state)
{
	static const struct { ctl_show_fn show; const char *item; } row[] = {
		{ ctl_show_recipient, "{\"sources\":[{\"source\":\"" EVIL "\"}]}" },
		{ ctl_show_recipient, "{\"sources\":[{\"answer\":\"" EVIL "\"}]}" },
		{ ctl_show_recipient, "{\"sources\":[{\"note\":\"" EVIL "\"}]}" },
		{ ctl_show_recipient, "{\"address\":\"" EVIL "\"}" },
		{ ctl_show_recipient, "{\"answer\":\"" EVIL "\"}" },
		{ ctl_show_recipient, "{\"from\":\"" EVIL "\"}" },
		{ ctl_show_recipient, "{\"by\":\"" EVIL "\"}" },
		{ ctl_show_recipient, "{\"why\":\"" EVIL "\"}" },
		{ ctl_show_recipient, "{\"smtp\":\"" EVIL "\"}" },
		{ ctl_show_recipient, "{\"smtp_note\":\"" EVIL "\"}" },
		{ ctl_show_sources, "{\"sources\":[{\"name\":\"" EVIL "\"}]}" },
		{ ctl_show_sources, "{\"sources\":[{\"trouble\":\"" EVIL "\"}]}" },
		{ ctl_show_sources, "{\"sources\":[{\"doubt\":\"" EVIL "\"}]}" },
		{ ctl_show_forgotten, "{\"forgotten\":\"" EVIL "\"}" },
		{ ctl_show_export, "{\"version\":\"" EVIL "\"}" },
		{ ctl_show_export, "{\"time\":\"" EVIL "\"}" },
		{ ctl_show_harvest, "{\"identity\":\"" EVIL "\"}" },
		{ ctl_show_forgiven, "{\"addr\":\"" EVIL "\"}" },
		{ ctl_show_forgiven, "{\"net\":\"" EVIL "\"}" },
		{ ctl_show_forgiven, "{\"cleared\":[{\"identity\":\"" EVIL
		    "\"}]}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char *text = shown(row[i].show, row[i].item);

		if (strstr(text, "\\x1b[2J\\xe2\\x80\\xae") == NULL ||
		    strchr(text, '\x1b') != NULL)
			fail_msg("%s is printed as: %s", row[i].item, text);
		free(text);
	}
}

static void
doubt_is_told_below_its_source(void **state)
{
	char	*text = shown(ctl_show_sources, "{\"sources\":[{\"name\":"
		    "\"ldap:ad\",\"kind\":\"live\",\"asked\":7,"
		    "\"mean_micros\":1240,\"slowest_micros\":2500000,"
		    "\"trouble\":\"timed out\",\"doubt\":\"nobody yet\"}]}");

	(void)state;
	fixture_has(text, "ldap:ad       7 asked: 0 yes, 0 no, 0 failed, 0 "
	    "overdue; mean 1.2ms, slowest 2.5s; 0 waiting, 0 queued\n"
	    "    latest trouble: timed out\n"
	    "    its no is not believed: nobody yet\n");
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_fixture, \
	free_fixture)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(recipient_on_a_list_goes_on_to_greylisting),
		TEST(recipient_that_no_list_has_would_be_refused),
		TEST(recipient_of_whom_nobody_can_tell_would_be_deferred_or_go_on),
		TEST(what_is_remembered_is_told_with_its_time),
		TEST(recipient_that_is_not_checked_is_told_with_the_reason),
		TEST(refusal_that_not_everybody_hears_says_so),
		TEST(test_in_json_is_one_object_with_its_sources),
		TEST(text_that_is_no_address_is_refused),
		TEST(stats_have_a_line_for_each_source_and_its_trouble),
		TEST(stats_in_json_are_one_object),
		TEST(status_counts_sources_those_in_trouble_and_bans),
		TEST(forgetting_an_address_asks_about_it_anew),
		TEST(list_that_shrank_waits_to_be_adopted),
		TEST(export_is_a_list_that_can_be_read_back),
		TEST(export_in_json_is_an_array),
		TEST(hashed_export_is_read_with_the_same_key_only),
		TEST(export_that_breaks_off_never_looks_complete),
		TEST(source_that_is_not_believed_is_not_exported_before_it_is_adopted),
		TEST(export_of_nothing_is_no_empty_list),
		TEST(export_leaves_out_what_no_line_can_hold_and_says_so),
		TEST(export_of_many_comes_in_small_items),
		TEST(harvest_list_begins_with_bans),
		TEST(harvest_list_in_json_is_an_array),
		TEST(forgiving_clears_an_address_and_its_network),
		cmocka_unit_test(text_of_the_network_cannot_steer_the_terminal),
		cmocka_unit_test(doubt_is_told_below_its_source),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
