/* SPDX-License-Identifier: ISC
 * tests/unit/test_rule_lint.c - what is said of rules that are valid but do
 * nothing, or more than was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/rule_lint.h"

struct told {
	char	text[4096];
	size_t	n;
};

static void
tell(const char *sentence, void *arg)
{
	struct told	*told = arg;
	size_t		 used = strlen(told->text);

	told->n++;
	(void)snprintf(told->text + used, sizeof(told->text) - used, "%s\n",
	    sentence);
}

static void
lint(const char *text, struct told *out)
{
	struct conf	*c = NULL;

	*out = (struct told){ .n = 0 };
	if (conf_read_text(text, strlen(text), "f", &c, tell, out) == -1)
		fail_msg("%s", out->text);
	rule_lint(c, tell, out);
	conf_free(&c);
}

/* says NULL: nothing; else all of what is said has this in it. */
static void
check(const char *text, const char *says)
{
	struct told	told;

	lint(text, &told);
	if (told.n != (says != NULL) ||
	    (says != NULL && strstr(told.text, says) == NULL))
		fail_msg("\"%s\": wanted %s, got: %s", text,
		    says == NULL ? "nothing" : says, told.text);
}

struct pair {
	const char	*earlier, *later;
	bool		 covered;
};

static void
a_rule_behind_a_wider_one_never_decides(void **state)
{
	static const struct pair	rows[] = {
		{ "", "", true },
		{ "", "sender = '<>'", true },
		{ "sender = '<>'", "", false },
		{ "client = 192.0.2.0/24", "client = 192.0.2.9", true },
		{ "client = 192.0.2.9", "client = 192.0.2.0/24", false },
		{ "client = 192.0.2.0/24", "client = {192.0.2.9, 10.0.0.1}",
		    false },
		{ "client-name = '*.net'", "client-name = a.net", true },
		{ "verified = yes", "client-name = a.net", true },
		{ "verified = yes", "verified = no", false },
		{ "verified = yes", "", false },
		{ "identity = 'spf:*.org'", "identity = spf:a.org", true },
		{ "identity = spf:a.org", "identity = spf:b.org", false },
		{ "helo = a.net", "helo = {a.net, b.net}", false },
		{ "helo = {a.net, b.net}", "helo = b.net", true },
		{ "sender = @a.org", "sender = b@a.org recipient = c@d.org",
		    true },
		{ "sender = @a.org", "recipient = @a.org", false },
		{ "recipient = @a.org", "recipient = b@a.org", true },
		{ "time = 'Mon-Fri 08:00-18:00'", "time = 'Tue 09:00-10:00'",
		    true },
		{ "time = 'Mon-Fri 08:00-18:00'", "time = 'Sat 09:00-10:00'",
		    false },
		{ "time = 'Mon-Fri 08:00-18:00'", "time = 'Tue 17:00-19:00'",
		    false },
		{ "time = 'Mon 22:00-02:00'", "time = 'Mon 22:00-02:00'",
		    true },
		{ "time = 'Mon 22:00-02:00'", "time = 'Mon 00:00-01:00'",
		    false },
		{ "time = 'Mon'", "", false },
		{ "macro = {'i=a', 'i=b'}", "macro = 'i=b'", true },
		{ "macro = 'i=a'", "macro = 'i=b'", false },
		{ "macro = 'i=a'", "", false },
		{ "tls = yes", "tls = yes", true },
		{ "tls = yes", "tls = no", false },
		{ "dnsbl = a.org", "dnsbl = 'A.org=127.0.0.2'", true },
		{ "dnsbl = 'a.org=127.0.0.2'", "dnsbl = a.org", false },
		{ "dnsbl = 'a.org=127.0.0.2'", "dnsbl = 'a.org=127.0.0.3'",
		    false },
		{ "dnsbl = a.org", "dnswl = a.org", false },
		{ "dnsbl = a.org", "", false },
	};
	char				text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "rule a { action = greylist "
		    "%s }\nrule b { action = accept %s }", rows[i].earlier,
		    rows[i].later);
		check(text, rows[i].covered ? "f:2: rule \"b\" never decides: "
		    "rule \"a\" in line 1 is for all" : NULL);
	}
}

static void
a_rule_that_only_observes_hides_no_other(void **state)
{
	(void)state;
	check("rule a { action = reject observe = yes }\n"
	    "rule b { action = accept }", NULL);
	check("rule a { action = greylist }\n"
	    "rule b { action = accept observe = yes }", "f:2: rule \"b\" never");
}

static void
each_hidden_rule_is_told_once(void **state)
{
	struct told	told;

	(void)state;
	lint("rule a { action = accept }\nrule b { action = accept }\n"
	    "rule c { action = accept }", &told);
	assert_int_equal(told.n, 2);
	assert_non_null(strstr(told.text, "rule \"c\" never decides: rule "
	    "\"a\""));
}

static void
a_name_of_a_client_that_must_have_none_is_told(void **state)
{
	(void)state;
	check("rule a { verified = no client-name = a.net action = accept }",
	    "f:1: rule \"a\" is for nobody: verified = no, and only a confirmed "
	    "name is client-name");
	check("rule a { verified = no identity = name:a.net action = accept }",
	    "f:1: rule \"a\" is for nobody");
	check("rule a { verified = no identity = {name:a.net, spf:a.net} "
	    "action = accept }", NULL);
	check("rule a { verified = yes client-name = a.net action = accept }",
	    NULL);
	check("rule a { verified = no action = accept }", NULL);
}

static void
a_rule_whose_files_are_empty_is_told_and_not_as_a_hidden_one(void **state)
{
	static const char *const names[] = { "client-name", "helo", "sender",
	    "recipient" };
	char	file[] = "/tmp/test_rule_lint.XXXXXX", text[256], says[128];

	(void)state;
	assert_int_equal(close(mkstemp(file)), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(text, sizeof(text), "rule a { tls = no "
		    "action = accept }\nrule b { %s = 'file:%s' tls = no "
		    "action = accept }", names[i], file);
		(void)snprintf(says, sizeof(says), "f:2: rule \"b\" is for "
		    "nobody: the files of %s have no pattern", names[i]);
		check(text, says);
	}
	assert_int_equal(unlink(file), 0);
}

static void
what_only_the_dns_tells_is_told_where_it_is_not_asked(void **state)
{
	static const struct { const char *condition; bool told; } rows[] = {
		{ "dnsbl = a.example", true },
		{ "dnswl = a.example", true },
		{ "identity = spf:a.example", true },
		{ "identity = {spf:a.example, addr:192.0.2.1}", false },
		{ "sender = @a.example", false },
	};
	char	text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "spf = false\nrule a { %s "
		    "action = accept }", rows[i].condition);
		check(text, rows[i].told ? "f:2: rule \"a\" is for nobody: "
		    "nothing is looked up for " : NULL);
		memcpy(text + strlen("spf = "), "true ", 5);
		check(text, NULL);
	}
}

static void
an_identity_that_no_client_has_is_told(void **state)
{
	static const struct { const char *identity, *says; } rows[] = {
		{ "net:192.0.2.0/24", NULL },
		{ "net:192.0.2.0/25", "net:192.0.2.0/25, while "
		    "greylist.ipv4-prefix is 24; write client = " },
		{ "net:2001:db8::/64", NULL },
		{ "net:2001:db8::/48", "net:2001:db8::/48, while "
		    "greylist.ipv6-prefix is 64; write client = " },
		{ "addr:192.0.2.7", NULL },
		{ "name:example.net", NULL },
		{ "name:example.co.uk", NULL },
		{ "name:mx.example.net", "name:mx.example.net, since names are "
		    "cut to the domain that is registered, such as "
		    "name:example.net;" },
		{ "name:*.example.net", "such as name:example.net;" },
		{ "name:co.uk", "name:co.uk, since names are cut" },
		{ "name:*.co.uk", NULL },
		{ "spf:mx.example.net", NULL },
		{ "spf:*.example.net", NULL },
	};
	char	text[256], says[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "rule a { identity = '%s' "
		    "action = accept }", rows[i].identity);
		check(text, rows[i].says);
		if (rows[i].says == NULL)
			continue;
		(void)snprintf(says, sizeof(says), "f:1: rule \"a\" has an "
		    "identity that no client has: %s", rows[i].identity);
		check(text, says);
	}
	check("greylist { ipv4-prefix = 25 } rule a { "
	    "identity = net:192.0.2.0/25 action = accept }", NULL);
	check("greylist { ipv6-prefix = 56 } rule a { "
	    "identity = 'net:2001:db8::/64' action = accept }",
	    "greylist.ipv6-prefix is 56");
}

static void
an_own_sender_that_anybody_can_forge_is_told(void **state)
{
	static const struct { const char *conditions; bool told; } rows[] = {
		{ "sender = @example.com action = accept", true },
		{ "sender = bob@Example.com action = accept", true },
		{ "sender = '@*.com' tls = yes action = accept", true },
		{ "sender = bob@ action = accept", true },
		{ "sender = '<>' action = accept", false },
		{ "sender = @example.org action = accept", false },
		{ "sender = @example.com action = greylist", false },
		{ "sender = @example.com action = accept client = ::1", false },
		{ "sender = @example.com action = accept client-name = a.net",
		    false },
		{ "sender = @example.com action = accept "
		    "identity = spf:example.com", false },
		{ "sender = @example.com action = accept macro = 'i=a'",
		    false },
		{ "recipient = @example.com action = accept", false },
	};
	char	text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "local-domains = "
		    "{example.com}\nrule a { %s }", rows[i].conditions);
		check(text, rows[i].told ? "f:2: rule \"a\" accepts senders of "
		    "example.com from any client, and anybody can forge" :
		    NULL);
	}
}

static void
rule_that_turns_everybody_away_is_told(void **state)
{
	(void)state;
	check("rule a { action = reject }", "f:1: rule \"a\" has no condition "
	    "and refuses all mail that comes as far as it, for good; add");
	check("rule a { action = defer }", "has no condition and defers");
	check("rule a { action = reject observe = true }", NULL);
	check("rule a { action = reject tls = no }", NULL);
	check("rule a { action = reject sender = '<>' }", NULL);
	check("rule a { action = accept }", NULL);
	check("rule a { action = greylist }", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_that_turns_everybody_away_is_told),
		cmocka_unit_test(a_rule_behind_a_wider_one_never_decides),
		cmocka_unit_test(a_rule_that_only_observes_hides_no_other),
		cmocka_unit_test(each_hidden_rule_is_told_once),
		cmocka_unit_test(
		    a_name_of_a_client_that_must_have_none_is_told),
		cmocka_unit_test(
		    a_rule_whose_files_are_empty_is_told_and_not_as_a_hidden_one),
		cmocka_unit_test(
		    what_only_the_dns_tells_is_told_where_it_is_not_asked),
		cmocka_unit_test(an_identity_that_no_client_has_is_told),
		cmocka_unit_test(an_own_sender_that_anybody_can_forge_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
