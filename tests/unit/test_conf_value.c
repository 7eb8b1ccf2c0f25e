/* SPDX-License-Identifier: ISC
 * tests/unit/test_conf_value.c - values of every kind, at their bounds and past
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/conf.h"

struct told {
	char	text[16384];		/* each sentence and a newline */
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

static struct conf *
good(const char *text)
{
	struct conf	*c = NULL;
	struct told	 told = { 0 };

	if (conf_read_text(text, strlen(text), "f", &c, tell, &told) == -1)
		fail_msg("\"%s\": %s", text, told.text);
	if (c == NULL || told.n != 0)
		fail_msg("\"%s\": read, but: %s", text, told.text);
	return c;
}

/* The text has one mistake, and its sentence begins like that. */
static void
one_mistake(const char *text, const char *says)
{
	struct conf	*c = NULL;
	struct told	 told = { 0 };

	if (conf_read_text(text, strlen(text), "f", &c, tell, &told) != -1)
		fail_msg("taken for a configuration: \"%s\"", text);
	assert_null(c);
	if (told.n != 1 || strncmp(told.text, says, strlen(says)) != 0)
		fail_msg("\"%s\": wanted \"%s...\", got: %s", text, says,
		    told.text);
}

static void
the_address_to_listen_at_is_checked(void **state)
{
	static const char *const fine[] = { "inet:1@0.0.0.0",
	    "inet:65535@mx-1.example.com", "inet6:8891@::1",
	    "inet6:8891@[::1]", "inet6:8891@localhost", "unix:/m" };
	static const struct { const char *text, *says; } wrong[] = {
		{ "", "neither inet:, inet6: nor unix: in" },
		{ "/run/m", "neither inet:, inet6: nor unix: in" },
		{ "inet:0@127.0.0.1", "the port is not from 1 to 65535" },
		{ "inet:65536@127.0.0.1", "the port is not from 1 to 65535" },
		{ "inet:@127.0.0.1", "no port number" },
		{ "inet:99999999999999999999@x", "no port number" },
		{ "inet:8891", "no address in" },
		{ "inet:8891@", "no IPv4 address" },
		{ "inet:8891@::1", "no IPv4 address" },
		{ "inet6:8891@", "no IPv6 address" },
		{ "inet6:8891@:", "no IPv6 address" },
		{ "inet6:8891@[::1", "no IPv6 address" },
		{ "unix:run/m", "not an absolute path" },
	};
	char	text[256], says[256];

	(void)state;
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		struct conf	*c;

		(void)snprintf(text, sizeof(text), "listen = \"%s\"", fine[i]);
		c = good(text);
		assert_string_equal(c->listen, fine[i]);
		conf_free(&c);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)snprintf(text, sizeof(text), "listen = \"%s\"",
		    wrong[i].text);
		(void)snprintf(says, sizeof(says), "f:1: listen: %s",
		    wrong[i].says);
		one_mistake(text, says);
	}
}

static void
a_path_fits_its_socket_or_is_refused(void **state)
{
	char		 text[512];
	struct conf	*c;

	(void)state;
	(void)snprintf(text, sizeof(text), "control = /%0*d", 102, 0);
	c = good(text);
	assert_int_equal(strlen(c->control), 103);
	conf_free(&c);
	(void)snprintf(text, sizeof(text), "control = /%0*d", 103, 0);
	one_mistake(text, "f:1: control: a path of over 103 bytes");
	(void)snprintf(text, sizeof(text), "listen = unix:/%0*d", 103, 0);
	one_mistake(text, "f:1: listen: a path of over 103 bytes");
}

static void
each_wrong_value_is_told_with_what_is_allowed(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "greylist { delay = 60 }", "f:1: greylist.delay: a number "
		    "without a unit (s, m, h, d or w): \"60\"; allowed: a "
		    "duration with units s m h d w, from 0 to 1d" },
		{ "greylist { delay = 2d }", "f:1: greylist.delay: too large" },
		{ "greylist { delay = 1m1h }", "f:1: greylist.delay: not a d" },
		{ "greylist { delay = 1y }", "f:1: greylist.delay: not a dur" },
		{ "greylist { delay = -1s }", "f:1: greylist.delay: not a d" },
		{ "greylist { delay = \"\" }", "f:1: greylist.delay: not a d" },
		{ "greylist { delay = \"1m \" }", "f:1: greylist.delay: not" },
		{ "greylist { remember = 9223372036854775807w }",
		    "f:1: greylist.remember: too large: " },
		{ "greylist { window = 31d }", "f:1: greylist.window: too la" },
		{ "greylist { remember = 0 }", "f:1: greylist.remember: too s" },
		{ "greylist { ipv4-prefix = 7 }", "f:1: greylist.ipv4-prefix: "
		    "too small: 7; allowed: a whole number from 8 to 32" },
		{ "greylist { ipv4-prefix = 33 }", "f:1: greylist.ipv4-prefix: "
		    "too large: 33" },
		{ "greylist { ipv6-prefix = 15 }", "f:1: greylist.ipv6-prefix" },
		{ "greylist { ipv6-prefix = 129 }", "f:1: greylist.ipv6-pref" },
		{ "greylist { prove-after = 0 }", "f:1: greylist.prove-after" },
		{ "greylist { prove-after = 1.5 }", "f:1: greylist.prove-aft" },
		{ "greylist { max-records = 1G }", "f:1: greylist.max-records: "
		    "not a whole number: \"1G\"" },
		{ "greylist { max-records = 9223372036854775807k }",
		    "f:1: greylist.max-records: too large" },
		{ "greylist { reply = \"550 5.7.1 No\" }",
		    "f:1: greylist.reply: not a reply: " },
		{ "greylist { reply = \"450 5.7.1 No\" }",
		    "f:1: greylist.reply: the classes of 450 and 5.7.1 differ" },
		{ "greylist { reply = \"421 4.7.1 No\" }",
		    "f:1: greylist.reply: 421 would close the connection" },
		{ "greylist { null-sender-at = eom }", "f:1: greylist.null-sen"
		    "der-at: not one of its words: \"eom\"; allowed: data or " },
		{ "greylist { null-sender-at = \"data rcpt\" }",
		    "f:1: greylist.null-sender-at: not one of its words" },
		{ "greylist { header = \"X Y\" }", "f:1: greylist.header: not" },
		{ "greylist { header = \"X:\" }", "f:1: greylist.header: not" },
		{ "on-error = drop", "f:1: on-error: not one of its words: "
		    "\"drop\"; allowed: pass or defer" },
		{ "on-error = \"\"", "f:1: on-error: not one of its words" },
		{ "observe = maybe", "f:1: observe: neither true nor false" },
		{ "state = var", "f:1: state: not an absolute path: \"var\"" },
		{ "state = \"\"", "f:1: state: not an absolute path: \"\"" },
		{ "user = \"a b\"", "f:1: user: not the name of an account" },
		{ "user = -r", "f:1: user: not the name of an account" },
		{ "local-networks = {\"192.0.2.1/24\"}", "f:1: local-networks: "
		    "bits set past the prefix: 192.0.2.1/24 (the network is" },
		{ "tls-clients = {\"/CN=a\"}", "f:1: tls-clients: not a subject"
		    " and an issuer with \" | \" between them: \"/CN=a\"; "
		    "allowed: a list of \"SUBJECT | ISSUER\" such as " },
		{ "tls-clients = {\"/CN=a|/CN=b\"}", "f:1: tls-clients: not a" },
		{ "tls-clients = {\" | /CN=b\"}", "f:1: tls-clients: not a" },
		{ "tls-clients = {\"/CN=a | \"}", "f:1: tls-clients: not a" },
		{ "tls-clients = {\"a | b | c\"}", "f:1: tls-clients: more th" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		one_mistake(rows[i].text, rows[i].says);
}

static void
a_delay_as_long_as_the_window_is_refused_at_the_later_line(void **state)
{
	struct conf	*c = good("greylist { delay = 59m59s window = 1h }");

	(void)state;
	conf_free(&c);
	one_mistake("greylist {\ndelay = 1h\n\nwindow = 1h\n}",
	    "f:4: greylist.delay is 3600s and greylist.window 3600s");
	one_mistake("greylist {\nwindow = 1h\ndelay = 2h\n}", "f:3: greylist");
	one_mistake("\ngreylist {\nwindow = 30s\n}", "f:3: greylist.delay is");
	one_mistake("greylist {\n\n\ndelay = 24h }", "f:4: greylist.delay is");
	one_mistake("\njournal-retention = 23h", "f:2: journal-retention is 82800s; "
	    "allowed is 1d or more, or 0");
}

/* A value at each end of its range, and the one beyond. rest: what must go with
 * it. */
static void
each_range_is_open_at_both_ends_and_closed_beyond(void **state)
{
#define LDAP	"ldap a { uri = ldaps://a base = \"\" filter = \"(m=%s)\" "
	static const struct { const char *section, *name, *ends[2], *beyond[2],
	    *rest; } rows[] = {
		{ "", "wait-limit", { "1s", "20s" }, { "0", "21s" }, "" },
		{ "recipients {", "max-loss", { "0", "100" }, { "", "101" },
		    "}" },
		{ "recipients {", "cache", { "0", "30d" }, { "", "30d1s" },
		    "stale = 30d negative-cache = 0 }" },
		{ "recipients {", "stale", { "0", "30d" }, { "", "30d1s" },
		    "cache = 0 negative-cache = 0 }" },
		{ "recipients {", "negative-cache", { "0", "1d" }, { "", "2d" },
		    "cache = 1d stale = 1d }" },
		{ "recipients {", "cache-size", { "1000", "100M" },
		    { "999", "100001k" }, "}" },
		{ "recipients {", "former-users", { "0", "1825d" },
		    { "", "1825d1s" }, "}" },
		{ "recipients {", "harvest-limit", { "0", "100k" },
		    { "", "100001" }, "}" },
		{ "recipients {", "harvest-window", { "1m", "1d" },
		    { "59s", "1d1s" }, "}" },
		{ "recipients {", "harvest-ban", { "1m", "30d" },
		    { "59s", "30d1s" }, "}" },
		{ "recipients { " LDAP, "timeout", { "1s", "20s" },
		    { "0", "21s" }, "} }" },
		{ "recipients { " LDAP, "connections", { "1", "32" },
		    { "0", "33" }, "} }" },
	};
#undef LDAP
	static const char *const says[] = { "too small", "too large" };
	char	text[256], wanted[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) * 2; i++) {
		const char	*end = rows[i / 2].ends[i % 2];
		const char	*beyond = rows[i / 2].beyond[i % 2];
		struct conf	*c;

		(void)snprintf(text, sizeof(text), "%s %s = %s %s",
		    rows[i / 2].section, rows[i / 2].name, end,
		    rows[i / 2].rest);
		c = good(text);
		conf_free(&c);
		if (beyond[0] == '\0')
			continue;
		(void)snprintf(text, sizeof(text), "%s\n%s = %s %s",
		    rows[i / 2].section, rows[i / 2].name, beyond,
		    rows[i / 2].rest);
		(void)snprintf(wanted, sizeof(wanted), "f:2: %s%s%s: %s: %s; ",
		    rows[i / 2].section[0] ? "recipients." : "",
		    strstr(rows[i / 2].section, "ldap") ? "ldap." : "",
		    rows[i / 2].name, says[i % 2], beyond);
		one_mistake(text, wanted);
	}
}

static void
what_is_learned_has_its_settings(void **state)
{
	static const struct { const char *text, *says; } wrong[] = {
		{ "reinject = {\"a b\"}", "f:1: reinject: not the name of a " },
		{ "reinject = \"\"", "f:1: reinject: not the name of a " },
		{ "auto-whitelist { enabled = 2 }", "f:1: auto-whitelist.en" },
		{ "auto-whitelist { scope = user }", "f:1: auto-whitelist.sco"
		    "pe: not one of its words: \"user\"; allowed: site, " },
		{ "auto-whitelist { remember = 0 }", "f:1: auto-whitelist.re"
		    "member: too small" },
		{ "auto-whitelist { proof = spf }", "f:1: auto-whitelist.pro"
		    "of: not one of its words: \"spf\"; allowed: strict or " },
		{ "auto-whitelist { max-recipients = 0 }", "f:1: auto-whitelis"
		    "t.max-recipients: too small: 0" },
		{ "auto-whitelist { max-per-hour = 1000001 }", "f:1: auto-whit"
		    "elist.max-per-hour: too large: 1000001" },
		{ "auto-whitelist { journal = true }", "f:1: auto-whitelist.jo"
		    "urnal: not one of its words: \"true\"; allowed: none, " },
	};
	struct conf	*c;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		one_mistake(wrong[i].text, wrong[i].says);
	c = good("reinject = {\"in\", \"again\"} auto-whitelist { scope = "
	    "mailbox remember = 2d proof = strict max-recipients = 3 "
	    "max-per-hour = 4 journal = all enabled = no }");
	assert_int_equal(c->n_reinject, 2);
	assert_string_equal(c->reinject[1], "again");
	assert_int_equal(c->auto_whitelist.scope, CONF_LEARN_MAILBOX);
	assert_int_equal(c->auto_whitelist.remember, 2 * 86400);
	assert_int_equal(c->auto_whitelist.proof, CONF_PROOF_STRICT);
	assert_int_equal(c->auto_whitelist.max_recipients, 3);
	assert_int_equal(c->auto_whitelist.max_per_hour, 4);
	assert_int_equal(c->auto_whitelist.journal, CONF_JOURNAL_ALL);
	assert_false(c->auto_whitelist.enabled);
	conf_free(&c);
}

static void
each_wrong_value_of_the_recipient_check_is_told(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "file = list", "file: not an absolute path: \"list\"" },
		{ "key-file = k", "key-file: not an absolute path: \"k\"" },
		{ "exempt = {\"a b\"}", "exempt: not a domain or an address: " },
		{ "exempt = {\"file:x\"}", "exempt: not an absolute path: \"x" },
		{ "sub-address = \"+-._=#!%&\"", "sub-address: over 8 char" },
		{ "sub-address = \"+@\"", "sub-address: a character that is no "
		    "delimiter after \"+\"; allowed: up to 8 punctuation" },
		{ "sub-address = '\"'", "sub-address: a character that is no" },
		{ "sub-address = \"+a\"", "sub-address: a character that is no" },
		{ "sub-address = \"+ \"", "sub-address: a character that is no" },
		{ "sub-address = \"\xc3\xa4\"", "sub-address: a character tha" },
		{ "case-sensitive = 2", "case-sensitive: neither true nor fal" },
		{ "max-loss = \"30%\"", "max-loss: not a whole number: \"30" },
		{ "reply = \"450 4.1.1 No\"", "reply: not a reply: " },
		{ "reply = \"550 4.1.1 No\"", "reply: the classes of 550 and " },
		{ "reply = pass", "reply: not a reply: " },
		{ "on-directory-failure = \"550 5.1.1 No\"",
		    "on-directory-failure: not a reply: " },
		{ "on-directory-failure = \"421 4.3.0 No\"",
		    "on-directory-failure: 421 would close the connection" },
		{ "on-directory-failure = defer", "on-directory-failure: not a "
		    "reply: \"defer\"" },
		{ "reveal = never", "reveal: not one of its words: \"never\"" },
		{ "list a { file = \"\" }", "list.file: not an absolute path" },
		{ "unix a { aliases = a }", "unix.aliases: not an absolute pa" },
	};
	char	text[256], says[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "recipients { %s }",
		    rows[i].text);
		(void)snprintf(says, sizeof(says), "f:1: recipients.%s",
		    rows[i].says);
		one_mistake(text, says);
	}
}

static void
delimiters_are_punctuation_or_none(void **state)
{
	static const char *const fine[] = { "", "+", "-", "+-_.=#!%", "\\/" };
	char	text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		struct conf	*c;

		(void)snprintf(text, sizeof(text), "recipients { sub-address "
		    "= '%s' }", fine[i]);
		c = good(text);
		assert_string_equal(c->recipients.sub_address,
		    i == 4 ? "\\/" : fine[i]);
		conf_free(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_address_to_listen_at_is_checked),
		cmocka_unit_test(a_path_fits_its_socket_or_is_refused),
		cmocka_unit_test(each_wrong_value_is_told_with_what_is_allowed),
		cmocka_unit_test(each_range_is_open_at_both_ends_and_closed_beyond),
		cmocka_unit_test(what_is_learned_has_its_settings),
		cmocka_unit_test(each_wrong_value_of_the_recipient_check_is_told),
		cmocka_unit_test(delimiters_are_punctuation_or_none),
		cmocka_unit_test(a_delay_as_long_as_the_window_is_refused_at_the_later_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
