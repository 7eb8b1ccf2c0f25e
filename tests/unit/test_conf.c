/* SPDX-License-Identifier: ISC
 * tests/unit/test_conf.c - settings read; manual and sample complete.
 * Runs in the project's root: it reads man/ and etc/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
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

static bool
has(const struct netset *s, const char *text)
{
	struct ip	a;

	assert_int_equal(ip_parse(text, &a, NULL), 0);
	return netset_has(s, &a);
}

static void
assert_is_default(const struct conf *c)
{
	const struct conf_greylist	*g = &c->greylist;

	assert_string_equal(c->listen, "inet:8891@127.0.0.1");
	assert_string_equal(c->control, "/run/greygate/control.sock");
	assert_string_equal(c->state, "/var/lib/greygate");
	assert_string_equal(c->journal, "/var/log/greygate/journal.jsonl");
	assert_string_equal(c->user, "greygate");
	assert_true(has(c->local_networks, "127.9.9.9"));
	assert_true(has(c->local_networks, "::1"));
	assert_false(has(c->local_networks, "192.0.2.1"));
	assert_int_equal(c->n_tls_clients, 0);
	assert_int_equal(c->on_error, CONF_PASS);
	assert_false(c->observe);
	assert_int_equal(g->delay, 60);
	assert_int_equal(g->window, 24 * 3600);
	assert_int_equal(g->remember, 36 * 24 * 3600);
	assert_int_equal(g->ipv4_prefix, 24);
	assert_int_equal(g->ipv6_prefix, 64);
	assert_int_equal(g->prove_after, 1);
	assert_string_equal(g->reply.code, "450");
	assert_string_equal(g->reply.status, "4.7.1");
	assert_string_equal(g->reply.text, "Greylisted, please try again later");
	assert_int_equal(g->null_sender_at, CONF_AT_DATA);
	assert_string_equal(g->header, "X-Greylist");
	assert_int_equal(g->max_records, 20000000);
	assert_int_equal(g->max_pending_per_identity, 1000);
	assert_int_equal(c->n_relays, 0);
}

static void
no_file_and_an_empty_one_give_the_defaults(void **state)
{
	static const char *const empty[] = { "", "\n", "# only\n# notes",
	    "greylist {}", "/* a\n */ greylist { // b\n }\r\n" };
	struct conf	*c = NULL;
	struct told	 told = { 0 };

	(void)state;
	assert_int_equal(conf_read(NULL, &c, tell, &told), 0);
	assert_string_equal(c->file, "");
	assert_is_default(c);
	conf_free(&c);
	assert_null(c);
	conf_free(&c);
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		c = good(empty[i]);
		assert_string_equal(c->file, "f");
		assert_is_default(c);
		conf_free(&c);
	}
}

static void
every_setting_reaches_its_place(void **state)
{
	struct conf	*c = good(
	    "listen = \"unix:/run/m.sock\" control = /c.sock state = '/s p'\n"
	    "journal = \"\" user = \"\" on-error = defer observe = yes\n"
	    "local-networks = {192.0.2.0/24}\n"
	    "tls-clients = {\"/CN=a \\\"b\\\" | /CN=ca\", \"s | i\"}\n"
	    "greylist { delay = 90s window = 1d12h remember = 2w\n"
	    "ipv4-prefix = 32 ipv6-prefix = 48 prove-after = 3\n"
	    "reply = \"451 4.7.0 Later\" null-sender-at = rcpt header = \"\"\n"
	    "max-records = 3M max-pending-per-identity = 2k }\n"
	    "relay one { networks = {\"198.51.100.1\"} }\n"
	    "relay \"two 2\" { networks = {\"::1\", \"198.51.100.2\"} }\n");
	const struct conf_greylist	*g = &c->greylist;

	(void)state;
	assert_string_equal(c->listen, "unix:/run/m.sock");
	assert_string_equal(c->control, "/c.sock");
	assert_string_equal(c->state, "/s p");
	assert_string_equal(c->journal, "");
	assert_string_equal(c->user, "");
	assert_true(has(c->local_networks, "192.0.2.1"));
	assert_false(has(c->local_networks, "127.0.0.1"));
	assert_int_equal(c->n_tls_clients, 2);
	assert_string_equal(c->tls_clients[0].subject, "/CN=a \"b\"");
	assert_string_equal(c->tls_clients[0].issuer, "/CN=ca");
	assert_string_equal(c->tls_clients[1].subject, "s");
	assert_string_equal(c->tls_clients[1].issuer, "i");
	assert_int_equal(c->on_error, CONF_DEFER);
	assert_true(c->observe);
	assert_int_equal(g->delay, 90);
	assert_int_equal(g->window, 36 * 3600);
	assert_int_equal(g->remember, 14 * 24 * 3600);
	assert_int_equal(g->ipv4_prefix, 32);
	assert_int_equal(g->ipv6_prefix, 48);
	assert_int_equal(g->prove_after, 3);
	assert_string_equal(g->reply.code, "451");
	assert_int_equal(g->null_sender_at, CONF_AT_RCPT);
	assert_string_equal(g->header, "");
	assert_int_equal(g->max_records, 3000000);
	assert_int_equal(g->max_pending_per_identity, 2000);
	assert_int_equal(c->n_relays, 2);
	assert_string_equal(c->relays[0].name, "one");
	assert_true(has(c->relays[0].networks, "198.51.100.1"));
	assert_false(has(c->relays[0].networks, "198.51.100.2"));
	assert_string_equal(c->relays[1].name, "two 2");
	assert_true(has(c->relays[1].networks, "::1"));
	conf_free(&c);
}

static void
an_empty_list_replaces_the_default(void **state)
{
	struct conf	*c = good("local-networks = {} tls-clients = {}");

	(void)state;
	assert_false(has(c->local_networks, "127.0.0.1"));
	conf_free(&c);
}

static void
a_duration_adds_up_its_parts(void **state)
{
	static const struct { const char *text; int64_t seconds; } rows[] = {
		{ "0", 0 }, { "0s", 0 }, { "1s", 1 }, { "90s", 90 },
		{ "1h30m", 5400 }, { "1h30m5s", 5405 }, { "24h", 86400 },
		{ "1d", 86400 }, { "\"2h\"", 7200 },
	};
	char	text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf	*c;

		(void)snprintf(text, sizeof(text), "greylist { delay = %s "
		    "window = 2d }", rows[i].text);
		c = good(text);
		assert_int_equal(c->greylist.delay, rows[i].seconds);
		conf_free(&c);
	}
}

static void
every_word_of_a_switch_is_known(void **state)
{
	static const char *const words[] = { "false", "true", "no", "yes",
	    "off", "on" };
	char	text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct conf	*c;

		(void)snprintf(text, sizeof(text), "observe = %s", words[i]);
		c = good(text);
		assert_int_equal(c->observe, i % 2);
		conf_free(&c);
	}
}

/* The whole of a file of the project, to be freed. */
static char *
slurp(const char *file)
{
	FILE	*in = fopen(file, "r");
	char	*text = calloc(1, 65536);

	if (in == NULL || text == NULL)
		fail_msg("%s: not there; run in the project's root", file);
	assert_in_range(fread(text, 1, 65535, in), 1, 65534);
	(void)fclose(in);
	return text;
}

struct pages {
	const char	*sample, *manual;
	size_t		 rows;
};

/* Puts *page behind the text, which is further down in it. */
static void
find(const char **page, const char *text, const char *name, const char *what)
{
	const char	*at = strstr(*page, text);

	if (at == NULL)
		fail_msg("%s: not in the %s, or out of order", name, what);
	*page = at + strlen(text);
}

/* The manual has ".It Ic name" and an example, the sample "#name = default" or,
 * in a section with a title, "#    name = ". Both have the table's order. */
static void
look_up(const char *full, const char *preset, const char *allowed, void *arg)
{
	struct pages	*p = arg;
	const char	*dot = strrchr(full, '.'), *at, *shown;
	const char	*name = dot == NULL ? full : dot + 1;
	bool		 titled = strncmp(full, "relay.", 6) == 0 ||
			    strncmp(full, "rule.", 5) == 0 ||
			    (dot != NULL && strchr(full, '.') != dot);
	char		 item[128];

	p->rows++;
	assert_true(allowed[0] != '\0');
	(void)snprintf(item, sizeof(item), "\n.It Ic %s\n", name);
	find(&p->manual, item, full, "manual");
	at = strstr(p->manual, "\n.Dl ");
	shown = at == NULL ? NULL : strstr(at, name);
	if (shown == NULL || shown > strchr(at + 1, '\n'))
		fail_msg("%s: no example in the manual", full);
	(void)snprintf(item, sizeof(item), "#%s%s = %s%s",
	    titled ? "    " : "", name, titled ? "" : preset,
	    titled ? "" : "\n");
	find(&p->sample, item, full, "sample");
}

static void
each_row_is_in_the_manual_and_in_the_sample(void **state)
{
	char		*sample = slurp("etc/greygate.conf");
	char		*manual = slurp("man/greygate.conf.5");
	struct pages	 p = { sample, manual, 0 };

	(void)state;
	conf_each_row(look_up, &p);
	assert_int_equal(p.rows, 95);
	free(sample);
	free(manual);
}

static void
the_sample_file_is_the_defaults(void **state)
{
	struct conf	*c = NULL;
	struct told	 told = { 0 };

	(void)state;
	if (conf_read("etc/greygate.conf", &c, tell, &told) == -1)
		fail_msg("%s", told.text);
	assert_is_default(c);
	assert_string_equal(c->file, "etc/greygate.conf");
	conf_free(&c);
}

/* With the marks taken away from its settings the sample still reads. */
static void
the_sample_file_holds_with_every_line_in_use(void **state)
{
	char		*sample = slurp("etc/greygate.conf");
	struct conf	*c;

	(void)state;
	for (char *p = sample; (p = strchr(p, '#')) != NULL; p++)
		if ((p[1] >= 'a' && p[1] <= 'z') || p[1] == '}' ||
		    (strncmp(p + 1, "    ", 4) == 0 && p[5] >= 'a' &&
		    p[5] <= 'z'))
			*p = ' ';
	c = good(sample);
	assert_int_equal(c->recipients.n_lists, 1);
	assert_int_equal(c->recipients.n_unixes, 1);
	assert_int_equal(c->recipients.n_ldaps, 1);
	assert_string_equal(c->recipients.ldaps[0].name, "people");
	assert_int_equal(c->n_relays, 1);
	assert_true(has(c->relays[0].networks, "2001:db8::25"));
	assert_int_equal(c->relays[0].unknown, CONF_UNKNOWN_REJECT);
	assert_int_equal(c->n_rules, 2);
	assert_int_equal(c->rules[0].delay, 600);
	assert_true(c->rules[1].observe);
	conf_free(&c);
	free(sample);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_file_and_an_empty_one_give_the_defaults),
		cmocka_unit_test(every_setting_reaches_its_place),
		cmocka_unit_test(an_empty_list_replaces_the_default),
		cmocka_unit_test(a_duration_adds_up_its_parts),
		cmocka_unit_test(every_word_of_a_switch_is_known),
		cmocka_unit_test(each_row_is_in_the_manual_and_in_the_sample),
		cmocka_unit_test(the_sample_file_is_the_defaults),
		cmocka_unit_test(the_sample_file_holds_with_every_line_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
