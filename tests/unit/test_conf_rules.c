/* SPDX-License-Identifier: ISC
 * tests/unit/test_conf_rules.c - the settings of rules, of whitelists and of
 * the DNS: what is read, and what is told of what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	return c;
}

/* The mistakes of a text, all of them: pieces, one a sentence, in order. */
static void
mistakes(const char *text, size_t n, const char *const says[])
{
	struct conf	*c = NULL;
	struct told	 told = { 0 };
	const char	*at = told.text, *found;

	if (conf_read_text(text, strlen(text), "f", &c, tell, &told) != -1)
		fail_msg("taken for a configuration: \"%s\"", text);
	for (size_t i = 0; i < n; i++) {
		found = strstr(at, says[i]);
		if (found == NULL || found > strchr(at, '\n'))
			fail_msg("\"%s\": wanted \"%s\", got: %s", text,
			    says[i], at);
		at = strchr(at, '\n') + 1;
	}
	if (told.n != n)
		fail_msg("\"%s\": more than expected: %s", text, at);
}

#define MISTAKES(text, ...)						\
	mistakes(text, sizeof((const char *[]){ __VA_ARGS__ }) /	\
	    sizeof(char *), (const char *[]){ __VA_ARGS__ })

static void
a_rule_has_what_was_given_and_nothing_else(void **state)
{
	struct conf		*c = good("\nrule \"all\" {\n action = accept }");
	const struct conf_rule	*r = &c->rules[0];

	(void)state;
	assert_int_equal(c->n_rules, 1);
	assert_string_equal(r->name, "all");
	assert_int_equal(r->line, 3);
	assert_null(r->client);
	assert_null(r->client_name);
	assert_null(r->identity);
	assert_null(r->helo);
	assert_null(r->sender);
	assert_null(r->recipient);
	assert_int_equal(r->verified, CONF_ANY);
	assert_int_equal(r->tls, CONF_ANY);
	assert_int_equal(r->n_time + r->n_macro + r->n_dnsbl + r->n_dnswl, 0);
	assert_int_equal(r->action, CONF_ACTION_ACCEPT);
	assert_int_equal(r->delay, -1);
	assert_int_equal(r->window, -1);
	assert_false(r->observe);
	conf_free(&c);
}

static void
every_setting_of_a_rule_reaches_its_place(void **state)
{
	struct conf	*c = good("rule a { client = {192.0.2.0/24, \"::1\"}\n"
	    "client-name = \"*.example.net\" verified = yes\n"
	    "identity = {spf:example.org} helo = {mx.example.net}\n"
	    "sender = {\"@a.example\", \"<>\"} recipient = bob@example.com\n"
	    "time = {\"Mon-Fri 08:00-18:00\"}\n"
	    "macro = {\"{daemon_name}=a=b\", \"i=\"} tls = no\n"
	    "dnsbl = {bl.example, \"b2.example=127.0.0.2,127.0.0.4-127.0.0.7\"}\n"
	    "dnswl = wl.example action = greylist delay = 10m window = 2d\n"
	    "observe = on }");
	const struct conf_rule	*r = &c->rules[0];
	struct ip		 a;

	(void)state;
	assert_int_equal(ip_parse("192.0.2.9", &a, NULL), 0);
	assert_true(netset_has(r->client, &a));
	assert_true(patternset_has(r->client_name, "mx.example.net"));
	assert_int_equal(r->verified, CONF_YES);
	assert_true(patternset_has(r->identity, "spf:example.org"));
	assert_true(patternset_has(r->helo, "mx.example.net"));
	assert_true(patternset_has(r->sender, ""));
	assert_true(patternset_has(r->recipient, "bob@example.com"));
	assert_int_equal(r->n_time, 1);
	assert_int_equal(r->n_macro, 2);
	assert_string_equal(r->macro[0].name, "{daemon_name}");
	assert_string_equal(r->macro[0].value, "a=b");
	assert_string_equal(r->macro[1].value, "");
	assert_int_equal(r->tls, CONF_NO);
	assert_int_equal(r->n_dnsbl, 2);
	assert_string_equal(r->dnsbl[1].zone, "b2.example");
	assert_int_equal(r->dnsbl[0].n, 0);
	assert_int_equal(r->dnsbl[1].n, 2);
	assert_int_equal(r->dnsbl[1].range[1].from, 0x7f000004);
	assert_int_equal(r->dnsbl[1].range[1].upto, 0x7f000007);
	assert_string_equal(r->dnswl[0].zone, "wl.example");
	assert_int_equal(r->action, CONF_ACTION_GREYLIST);
	assert_int_equal(r->delay, 600);
	assert_int_equal(r->window, 2 * 24 * 3600);
	assert_true(r->observe);
	conf_free(&c);
}

static void
a_reply_follows_from_the_action_unless_it_is_given(void **state)
{
	struct conf	*c = good("rule a { action = defer }\n"
	    "rule b { action = reject }\n"
	    "rule c { action = reject reply = \"554 5.7.0 No\" }");

	(void)state;
	assert_string_equal(c->rules[0].reply.code, "450");
	assert_string_equal(c->rules[0].reply.text, "Please try again later");
	assert_string_equal(c->rules[1].reply.code, "550");
	assert_string_equal(c->rules[1].reply.text, "Refused by policy");
	assert_string_equal(c->rules[2].reply.code, "554");
	conf_free(&c);
	MISTAKES("rule a { action = defer\nreply = \"550 5.7.1 No\" }",
	    "f:2: rule.reply: 550 with action = defer");
	MISTAKES("rule a { action = reject reply = \"450 4.7.1 No\" }",
	    "f:1: rule.reply: 450 with action = reject");
	MISTAKES("rule a { action = accept reply = \"550 5.7.1 No\" }",
	    "f:1: rule.reply means nothing with");
	MISTAKES("rule a { action = greylist reply = \"450 4.7.1 No\" }",
	    "f:1: rule.reply means nothing with");
	MISTAKES("rule a { action = defer reply = \"421 4.7.1 No\" }",
	    "f:1: rule.reply: 421 would close");
}

static void
times_are_for_greylisting_and_leave_room_for_a_retry(void **state)
{
	struct conf	*c = good("greylist { delay = 5m window = 10m }\n"
	    "rule a { action = greylist delay = 9m }");

	(void)state;
	conf_free(&c);
	MISTAKES("greylist { window = 10m }\nrule a { action = greylist\n"
	    "delay = 10m }", "f:3: rule \"a\" has a delay of 600s in a window "
	    "of 600s");
	MISTAKES("rule a { action = greylist window = 60s }",
	    "f:1: rule \"a\" has a delay of 60s");
	MISTAKES("rule a { action = accept delay = 5m }",
	    "f:1: rule.delay means nothing with");
	MISTAKES("rule a { action = reject window = 5m }",
	    "f:1: rule.window means nothing with");
}

static void
every_mistake_is_told_at_once_and_none_that_only_follows(void **state)
{
	(void)state;
	MISTAKES("rule a { client = {} }", "f:1: rule.client: the list is em",
	    "f:1: rule without action");
	MISTAKES("rule a { action = acept delay = 5m }",
	    "f:1: rule.action: not one of its words");
	MISTAKES("rule a {\nsender = {\"x\"}\nhelo = {\"*\"}\nidentity = {y}\n"
	    "recipient = {@}\nmacro = {z}\ntime = {never}\n"
	    "dnsbl = {\"bl.example=10.0.0.1\"}\nclient = {300.1.1.1}\n"
	    "action = accept }", "f:2: rule.sender: no @", "f:3: rule.helo: ",
	    "f:4: rule.identity: none of", "f:5: rule.recipient: not a dom",
	    "f:6: rule.macro: not a macro", "f:7: rule.time: not days",
	    "f:8: rule.dnsbl: not an address in 127", "f:9: rule.client: ");
	MISTAKES("rule a { action = accept }\nrule a { action = accept }",
	    "f:2: a second rule \"a\"");
	MISTAKES("rule { action = accept }", "f:1: rule without a name");
}

struct hours_row {
	const char	*text;
	unsigned	 days, from, upto;
};

static void
days_and_times_are_read_in_each_of_their_forms(void **state)
{
	static const struct hours_row	rows[] = {
		{ "Mon-Fri 08:00-18:30", 0x3e, 480, 1110 },
		{ "sat,SUN", 0x41, 0, 1440 },
		{ "22:00-06:00", 0x7f, 1320, 360 },
		{ "Fri-Mon 00:00-24:00", 0x63, 0, 1440 },
		{ "Mon,Wed-Thu,Sat 12:00-13:00", 0x5a, 720, 780 },
		{ "Sun-Sun", 0x01, 0, 1440 },
	};
	char				text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf	*c;

		(void)snprintf(text, sizeof(text), "rule a { time = \"%s\" "
		    "action = accept }", rows[i].text);
		c = good(text);
		assert_int_equal(c->rules[0].time[0].days, rows[i].days);
		assert_int_equal(c->rules[0].time[0].from, rows[i].from);
		assert_int_equal(c->rules[0].time[0].upto, rows[i].upto);
		conf_free(&c);
	}
}

static void
what_is_no_time_no_macro_and_no_list_is_refused(void **state)
{
	static const char *const bad[] = { "time = ''", "time = 'Mon-'",
	    "time = 'Mon 8:00-18:00'", "time = '08:00-08:00'",
	    "time = '24:00-08:00'", "time = '08:00-24:01'",
	    "time = '08:60-09:00'", "time = 'Mon,'", "time = 'Monday'",
	    "time = 'Mon 08:00-18:00 x'", "time = 'Mo 08:00-18:00'",
	    "macro = '=a'", "macro = 'daemon_name=a'", "macro = '{}=a'",
	    "macro = '{a=b}=c'", "macro = '{a}'", "macro = '{a}b=c'",
	    "dnsbl = ''", "dnsbl = example", "dnsbl = 'a..example'",
	    "dnsbl = 'a.example='", "dnsbl = 'a.example=127.0.0.2,'",
	    "dnsbl = 'a.example=127.0.0.9-127.0.0.2'",
	    "dnsbl = 'a.example=127.0.0.2-'", "dnsbl = 'a_b c.example'",
	    ("dnsbl = 'a.example=127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4,"
	    "127.0.0.5,127.0.0.6,127.0.0.7,127.0.0.8,127.0.0.9'"),
	    "verified = 2", "tls = ''" };
	char	text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "rule a { %s action = accept }", bad[i]);
		MISTAKES(text, "f:1: rule.");
	}
}

static void
patterns_are_read_from_files_too(void **state)
{
	char		 file[] = "/tmp/test_conf_rules.XXXXXX", text[256];
	FILE		*out = fdopen(mkstemp(file), "w");
	struct conf	*c;

	(void)state;
	assert_non_null(out);
	fputs("\xef\xbb\xbf# users\n bob@example.com # him\r\n\n@a.example",
	    out);
	assert_int_equal(fclose(out), 0);
	(void)snprintf(text, sizeof(text), "rule a { recipient = "
	    "{\"c@example.com\", \"file:%s\"} action = accept }", file);
	c = good(text);
	assert_int_equal(patternset_count(c->rules[0].recipient), 3);
	assert_true(patternset_has(c->rules[0].recipient, "x@a.example"));
	conf_free(&c);
	out = fopen(file, "a");
	assert_non_null(out);
	fputs("\nnone\n", out);
	assert_int_equal(fclose(out), 0);
	(void)snprintf(text + 200, 50, "%s:5: no @", file);
	MISTAKES(text, text + 200);
	assert_int_equal(unlink(file), 0);
	MISTAKES(text, "cannot be opened");
	MISTAKES("rule a { helo = 'file:/tmp' action = accept }", "not a file");
	MISTAKES("rule a { identity = 'file:/tmp' action = accept }",
	    "none of addr:");
}

static void
there_are_as_many_rules_as_may_be_and_no_more(void **state)
{
	char		*text = calloc(CONF_RULES_MAX + 1, 40);
	size_t		 used = 0;
	struct conf	*c;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < CONF_RULES_MAX; i++)
		used += (size_t)sprintf(text + used,
		    "rule r%d { action = accept }\n", i);
	c = good(text);
	assert_int_equal(c->n_rules, CONF_RULES_MAX);
	assert_string_equal(c->rules[999].name, "r999");
	conf_free(&c);
	(void)sprintf(text + used, "rule more { action = accept }\n");
	MISTAKES(text, "f:1001: rule \"more\" is one too many; allowed are 10");
	free(text);
}

static void
whitelists_and_the_dns_are_read(void **state)
{
	struct conf	*c = good("whitelist = {/a/none, /b}\nspf = no\n"
	    "large-senders = /c/none resolver = {127.0.0.1, \"::1@5353\"}\n"
	    "spf-user = \"\"");

	(void)state;
	assert_int_equal(c->n_whitelist, 2);
	assert_string_equal(c->whitelist[0], "/a/none");
	assert_string_equal(c->large_senders, "/c/none");
	assert_int_equal(c->n_resolver, 2);
	assert_string_equal(c->resolver[1], "::1@5353");
	assert_false(c->spf);
	assert_string_equal(c->spf_user, "");
	conf_free(&c);
	c = good("whitelist = {} large-senders = \"\"");
	assert_int_equal(c->n_whitelist, 0);
	assert_string_equal(c->large_senders, "");
	assert_int_equal(c->n_resolver, 0);
	assert_true(c->spf);
	assert_string_equal(c->spf_user, "greygate-spf");
	conf_free(&c);
}

/* Where it is installed, the default stands. */
static void
a_default_file_counts_only_if_it_is_there(void **state)
{
	struct conf	*c = good("");
	bool		 list = access("/etc/greygate/whitelist", F_OK) == 0;
	bool		 large = access("/etc/greygate/large-senders",
			    F_OK) == 0;

	(void)state;
	assert_int_equal(c->n_whitelist, list);
	assert_string_equal(c->large_senders,
	    large ? "/etc/greygate/large-senders" : "");
	conf_free(&c);
	c = good("whitelist = /etc/greygate/whitelist\n"
	    "large-senders = /etc/greygate/large-senders");
	assert_int_equal(c->n_whitelist, 1);
	assert_string_equal(c->large_senders, "/etc/greygate/large-senders");
	conf_free(&c);
}

static void
a_resolver_is_an_address_with_or_without_a_port(void **state)
{
	(void)state;
	MISTAKES("resolver = {dns.example}", "f:1: resolver: ");
	MISTAKES("resolver = {127.0.0.1@}", "f:1: resolver: the port");
	MISTAKES("resolver = {127.0.0.1@0}", "f:1: resolver: the port");
	MISTAKES("resolver = {127.0.0.1@65536}", "f:1: resolver: the port");
	MISTAKES("resolver = {127.0.0.1@5x}", "f:1: resolver: the port");
	MISTAKES("resolver = {::1,::2,::3,::4,::5,::6,::7,::8,::9}",
	    "f:1: resolver: one too many");
	MISTAKES("whitelist = {relative}", "f:1: whitelist: ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_has_what_was_given_and_nothing_else),
		cmocka_unit_test(every_setting_of_a_rule_reaches_its_place),
		cmocka_unit_test(
		    a_reply_follows_from_the_action_unless_it_is_given),
		cmocka_unit_test(
		    times_are_for_greylisting_and_leave_room_for_a_retry),
		cmocka_unit_test(
		    every_mistake_is_told_at_once_and_none_that_only_follows),
		cmocka_unit_test(
		    days_and_times_are_read_in_each_of_their_forms),
		cmocka_unit_test(
		    what_is_no_time_no_macro_and_no_list_is_refused),
		cmocka_unit_test(patterns_are_read_from_files_too),
		cmocka_unit_test(there_are_as_many_rules_as_may_be_and_no_more),
		cmocka_unit_test(whitelists_and_the_dns_are_read),
		cmocka_unit_test(a_default_file_counts_only_if_it_is_there),
		cmocka_unit_test(
		    a_resolver_is_an_address_with_or_without_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
