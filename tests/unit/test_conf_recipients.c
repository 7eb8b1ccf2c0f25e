/* SPDX-License-Identifier: ISC
 * tests/unit/test_conf_recipients.c - the settings of the recipient check, the
 * domains it is for, and who owns a configuration. */
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

#define HOUR	3600
#define DAY	(24 * HOUR)

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

/* The mistakes of a text: the beginnings of their sentences, in this order. */
static void
mistakes(const char *text, size_t n, const char *const says[])
{
	struct conf	*c = NULL;
	struct told	 told = { 0 };
	const char	*at = told.text;

	if (conf_read_text(text, strlen(text), "f", &c, tell, &told) != -1)
		fail_msg("taken for a configuration: \"%s\"", text);
	assert_null(c);
	for (size_t i = 0; i < n; i++) {
		if (strncmp(at, says[i], strlen(says[i])) != 0)
			fail_msg("\"%s\": wanted \"%s...\", got: %s", text,
			    says[i], at);
		at = strchr(at, '\n') + 1;
	}
	if (*at != '\0')
		fail_msg("\"%s\": more than wanted: %s", text, at);
}

#define MISTAKES(text, ...)						\
	mistakes(text, sizeof((const char *const[]){ __VA_ARGS__ }) /	\
	    sizeof(const char *), (const char *const[]){ __VA_ARGS__ })

static void
nothing_is_checked_unless_it_is_said(void **state)
{
	struct conf			*c = good("");
	const struct conf_recipients	*r = &c->recipients;

	(void)state;
	assert_int_equal(nameset_count(c->local_domains), 0);
	assert_int_equal(c->wait_limit, 1);
	assert_string_equal(r->file, "");
	assert_string_equal(r->key_file, "");
	assert_int_equal(nameset_count(r->exempt), 0);
	assert_string_equal(r->sub_address, "+");
	assert_false(r->case_sensitive);
	assert_int_equal(r->max_loss, 30);
	assert_string_equal(r->reply.code, "550");
	assert_string_equal(r->reply.status, "5.1.1");
	assert_string_equal(r->reply.text, "No such user here");
	assert_false(r->on_directory_failure.pass);
	assert_string_equal(r->on_directory_failure.reply.code, "451");
	assert_string_equal(r->on_directory_failure.reply.status, "4.4.3");
	assert_int_equal(r->cache, 10 * 60);
	assert_int_equal(r->stale, DAY);
	assert_int_equal(r->negative_cache, 60);
	assert_int_equal(r->cache_size, 1000000);
	assert_int_equal(r->former_users, 180 * DAY);
	assert_int_equal(r->harvest_limit, 10);
	assert_int_equal(r->harvest_window, 10 * 60);
	assert_int_equal(r->harvest_ban, HOUR);
	assert_int_equal(r->reveal, CONF_REVEAL_ALWAYS);
	assert_int_equal(r->n_lists + r->n_unixes + r->n_ldaps, 0);
	conf_free(&c);
}

static void
every_setting_reaches_its_place(void **state)
{
	struct conf *c = good("local-domains = {\"example.com\", b.example}\n"
	    "wait-limit = 2s\n"
	    "recipients { file = /l key-file = /k sub-address = \"+-\"\n"
	    "exempt = {a.example, \"bob@example.com\"} case-sensitive = yes\n"
	    "max-loss = 5 reply = \"551 5.7.1 Not here\"\n"
	    "on-directory-failure = pass cache = 1h stale = 2h\n"
	    "negative-cache = 30m cache-size = 2k former-users = 3d\n"
	    "harvest-limit = 4 harvest-window = 5m harvest-ban = 6m\n"
	    "reveal = proven }");
	const struct conf_recipients	*r = &c->recipients;

	(void)state;
	assert_int_equal(nameset_count(c->local_domains), 2);
	assert_true(nameset_has(c->local_domains, "b.example"));
	assert_int_equal(c->wait_limit, 2);
	assert_string_equal(r->file, "/l");
	assert_string_equal(r->key_file, "/k");
	assert_int_equal(nameset_count(r->exempt), 2);
	assert_true(nameset_has(r->exempt, "Bob@example.com"));
	assert_string_equal(r->sub_address, "+-");
	assert_true(r->case_sensitive);
	assert_int_equal(r->max_loss, 5);
	assert_string_equal(r->reply.code, "551");
	assert_true(r->on_directory_failure.pass);
	assert_int_equal(r->cache, HOUR);
	assert_int_equal(r->stale, 2 * HOUR);
	assert_int_equal(r->negative_cache, HOUR / 2);
	assert_int_equal(r->cache_size, 2000);
	assert_int_equal(r->former_users, 3 * DAY);
	assert_int_equal(r->harvest_limit, 4);
	assert_int_equal(r->harvest_window, 300);
	assert_int_equal(r->harvest_ban, 360);
	assert_int_equal(r->reveal, CONF_REVEAL_PROVEN);
	conf_free(&c);
}

static void
a_failure_is_answered_with_a_reply_of_ones_own(void **state)
{
	struct conf	*c = good("recipients { on-directory-failure = "
			    "\"450 4.3.0 Later\" }");

	(void)state;
	assert_false(c->recipients.on_directory_failure.pass);
	assert_string_equal(c->recipients.on_directory_failure.reply.code,
	    "450");
	conf_free(&c);
}

/* A throw-away folder with a file "f" of that text. */
struct folder {
	char	dir[32], file[40];
};

static void
write_file(struct folder *f, const char *text)
{
	FILE	*out;

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_conf.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->file, sizeof(f->file), "%s/f", f->dir);
	out = fopen(f->file, "w");
	assert_non_null(out);
	(void)fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void
drop(const struct folder *f)
{
	(void)unlink(f->file);
	assert_int_equal(rmdir(f->dir), 0);
}

static void
domains_are_listed_here_or_in_files_or_both(void **state)
{
	static const struct { const char *before, *after; } shapes[] = {
		{ "local-domains = \"file:", "\"" },
		{ "local-domains = {\"file:", "\"}" },
		{ "local-domains = {c.example, \"file:", "\", d.example}" },
		{ "recipients { exempt = \"file:", "\" }" },
		{ "local-domains = {a.example, b.example} recipients { list a "
		    "{ file = /l domains = \"file:", "\" } }" },
	};
	struct folder	 f;
	char		 text[256];

	(void)state;
	write_file(&f, "a.example\nB.example\n");
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct nameset	*set;
		struct conf		*c;

		(void)snprintf(text, sizeof(text), "%s%s%s", shapes[i].before,
		    f.file, shapes[i].after);
		c = good(text);
		set = i == 3 ? c->recipients.exempt : i == 4 ?
		    c->recipients.lists[0].domains : c->local_domains;
		assert_int_equal(nameset_count(set), i == 2 ? 4 : 2);
		assert_true(nameset_has(set, "b.example"));
		conf_free(&c);
	}
	drop(&f);
}

static void
a_mistake_in_a_file_of_domains_is_told_at_the_line_that_names_it(void **state)
{
	struct folder	f;
	char		text[256], says[256];

	(void)state;
	write_file(&f, "a.example\nb c\n");
	(void)snprintf(text, sizeof(text), "observe = no\nlocal-domains = {"
	    "a.example,\n\"file:%s\"}", f.file);
	(void)snprintf(says, sizeof(says), "f:3: local-domains: %s:2: not a do",
	    f.file);
	MISTAKES(text, says);
	drop(&f);
	write_file(&f, "a.example\nbob@a.example\n");
	(void)snprintf(text, sizeof(text), "local-domains = \"file:%s\"", f.file);
	(void)snprintf(says, sizeof(says), "f:1: local-domains: %s: an address "
	    "where a domain belongs: \"bob@a.example\"", f.file);
	MISTAKES(text, says);
	assert_int_equal(unlink(f.file), 0);
	(void)snprintf(says, sizeof(says), "f:1: local-domains: %s: cannot be "
	    "opened: No such file", f.file);
	MISTAKES(text, says);
	drop(&f);
	MISTAKES("local-domains = \"file:domains\"",
	    "f:1: local-domains: not an absolute path: \"domains\"");
}

static void
a_sources_domains_are_among_local_domains(void **state)
{
	struct conf *c = good("local-domains = {a.example, b.example}\n"
	    "recipients { list l { file = /l domains = {B.example} } }");

	(void)state;
	conf_free(&c);
	MISTAKES("local-domains = {a.example}\nrecipients {\n"
	    "unix u { domains = {a.example, c.example} }\n"
	    "ldap l { domains = d.example uri = ldaps://a base = \"\" "
	    "filter = \"(mail=%s)\" }\n"
	    "list l { file = /l\ndomains = \"e.example\" } }",
	    "f:3: recipients.unix.domains: c.example is not in local-domains; "
	    "allowed are domains that are",
	    "f:4: recipients.ldap.domains: d.example is not in local-domains",
	    "f:6: recipients.list.domains: e.example is not in local-domains");
	MISTAKES("recipients { list l { file = /l domains = {a.example} } }",
	    "f:1: recipients.list.domains: a.example is not in local-domains");
	MISTAKES("local-domains = b.example\nrecipients { list l { file = /l "
	    "domains = {\"bob@b.example\"} } }",
	    "f:2: recipients.list.domains: an address where a domain belongs");
}

/* One mistake is told once: what follows from it is none. */
static void
a_mistake_in_local_domains_is_not_held_against_sources(void **state)
{
	static const char *const lines[][2] = {
		{ "local-domains = {\"a b\", a.example}", "f:1: local-domains: "
		    "not a domain or an address: \"a b\"" },
		{ "local-domains = {\"file:/none.of.it\"}",
		    "f:1: local-domains: /none.of.it: cannot be opened" },
		{ "local-domains = \"a.example\x01\"", "f:1: control character" },
		{ "local-domain = \"a.example\"", "f:1: unknown name \"local-do" },
	};
	char	text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s\nrecipients { list l { "
		    "file = /l domains = b.example } }", lines[i][0]);
		MISTAKES(text, lines[i][1]);
	}
}

static void
a_mistake_elsewhere_hides_none_in_a_sources_domains(void **state)
{
	(void)state;
	MISTAKES("local-domains = a.example observe = maybe\n"
	    "recipients { list k { file = /k domains = {\"a b\"} }\n"
	    "list l { file = /l domains = b.example } }",
	    "f:1: observe: neither", "f:2: recipients.list.domains: not a doma",
	    "f:3: recipients.list.domains: b.example is not in local-domains");
}

static void
times_of_the_cache_go_together(void **state)
{
	struct conf	*c = good("recipients { cache = 1h stale = 1h "
			    "negative-cache = 1h }");

	(void)state;
	conf_free(&c);
	c = good("recipients { cache = 0 stale = 0 negative-cache = 0 }");
	conf_free(&c);
	MISTAKES("recipients {\ncache = 2d\n}", "f:2: recipients.stale is "
	    "86400s and recipients.cache 172800s; allowed is a stale that is "
	    "not shorter than the cache");
	MISTAKES("recipients {\nstale = 9m\n\ncache = 541s }",
	    "f:4: recipients.stale is 540s and");
	MISTAKES("recipients {\ncache = 59s }", "f:2: recipients.negative-cache "
	    "is 60s and recipients.cache 59s; allowed is a negative-cache that "
	    "is not longer than the cache");
	MISTAKES("recipients {\ncache = 20m\nnegative-cache = 21m }",
	    "f:3: recipients.negative-cache is 1260s and");
}

static void
the_last_of_several_owners_frees(void **state)
{
	struct conf	*c = good("recipients { unix a { } }"), *second;

	(void)state;
	second = conf_ref(c);
	assert_ptr_equal(second, c);
	conf_free(&c);
	assert_null(c);
	assert_string_equal(second->recipients.unixes[0].name, "a");
	conf_free(&second);
	assert_null(second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_checked_unless_it_is_said),
		cmocka_unit_test(every_setting_reaches_its_place),
		cmocka_unit_test(a_failure_is_answered_with_a_reply_of_ones_own),
		cmocka_unit_test(domains_are_listed_here_or_in_files_or_both),
		cmocka_unit_test(a_mistake_in_a_file_of_domains_is_told_at_the_line_that_names_it),
		cmocka_unit_test(a_sources_domains_are_among_local_domains),
		cmocka_unit_test(a_mistake_in_local_domains_is_not_held_against_sources),
		cmocka_unit_test(a_mistake_elsewhere_hides_none_in_a_sources_domains),
		cmocka_unit_test(times_of_the_cache_go_together),
		cmocka_unit_test(the_last_of_several_owners_frees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
