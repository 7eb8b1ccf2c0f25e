/* SPDX-License-Identifier: ISC
 * tests/unit/test_conf_sources.c - titled sections within a section: their
 * places, titles and defaults, and what does not go together in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
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

#define LDAP	"uri = ldaps://a base = \"dc=a\" filter = \"(mail=%s)\" "

/* What the first ldap section sets must not show in the second. */
static void
every_titled_section_begins_with_the_defaults(void **state)
{
	struct conf *c = good("local-domains = a.example recipients {\n"
	    "ldap \"one\" { uri = \"ldap://a ldapi:///\" base = \"o=a\"\n"
	    "filter = \"(uid=%u)\" scope = base bind-dn = \"cn=g\"\n"
	    "password-file = /p start-tls = no verify-certificate = no\n"
	    "ca-file = /a cert-file = /b key-file = /c timeout = 9s\n"
	    "connections = 7 export-filter = \"(mail=*)\"\n"
	    "export-attributes = \"mail alias\" domains = {\"A.example\"} }\n"
	    "ldap \"two\" { " LDAP "}\n"
	    "ldap three { bind = external scope = one " LDAP "} }");
	const struct conf_ldap	*l = c->recipients.ldaps;

	(void)state;
	assert_int_equal(c->recipients.n_ldaps, 3);
	assert_string_equal(l[0].name, "one");
	assert_string_equal(l[0].uri, "ldap://a ldapi:///");
	assert_string_equal(l[0].base, "o=a");
	assert_string_equal(l[0].filter, "(uid=%u)");
	assert_int_equal(l[0].scope, CONF_SCOPE_BASE);
	assert_int_equal(l[0].bind, CONF_BIND_SIMPLE);
	assert_string_equal(l[0].bind_dn, "cn=g");
	assert_string_equal(l[0].password_file, "/p");
	assert_false(l[0].start_tls || l[0].verify_certificate);
	assert_string_equal(l[0].ca_file, "/a");
	assert_string_equal(l[0].cert_file, "/b");
	assert_string_equal(l[0].key_file, "/c");
	assert_int_equal(l[0].timeout, 9);
	assert_int_equal(l[0].connections, 7);
	assert_string_equal(l[0].export_filter, "(mail=*)");
	assert_string_equal(l[0].export_attributes, "mail alias");
	assert_true(nameset_has(l[0].domains, "a.example"));

	assert_string_equal(l[1].name, "two");
	assert_int_equal(l[1].scope, CONF_SCOPE_SUB);
	assert_int_equal(l[1].bind, CONF_BIND_SIMPLE);
	assert_string_equal(l[1].bind_dn, "");
	assert_string_equal(l[1].password_file, "");
	assert_true(l[1].start_tls && l[1].verify_certificate);
	assert_string_equal(l[1].ca_file, "");
	assert_string_equal(l[1].cert_file, "");
	assert_string_equal(l[1].key_file, "");
	assert_int_equal(l[1].timeout, 3);
	assert_int_equal(l[1].connections, 4);
	assert_string_equal(l[1].export_filter, "");
	assert_string_equal(l[1].export_attributes, "");
	assert_non_null(l[1].domains);
	assert_int_equal(nameset_count(l[1].domains), 0);

	assert_string_equal(l[2].name, "three");
	assert_int_equal(l[2].scope, CONF_SCOPE_ONE);
	assert_int_equal(l[2].bind, CONF_BIND_EXTERNAL);
	conf_free(&c);
}

static void
a_titled_section_that_sets_nothing_is_there_all_the_same(void **state)
{
	struct conf *c = good("recipients { unix a { aliases = /none.of.it }\n"
	    "unix \"b c\" { } unix d { aliases = \"\" }\n"
	    "list l { file = /m } }");
	const struct conf_recipients	*r = &c->recipients;

	(void)state;
	assert_int_equal(r->n_unixes, 3);
	assert_string_equal(r->unixes[0].aliases, "/none.of.it");
	assert_string_equal(r->unixes[1].name, "b c");
	/* The default path counts only where it exists. */
	assert_string_equal(r->unixes[1].aliases,
	    access("/etc/aliases", F_OK) == 0 ? "/etc/aliases" : "");
	assert_int_equal(nameset_count(r->unixes[1].domains), 0);
	assert_string_equal(r->unixes[2].aliases, "");
	assert_int_equal(r->n_lists, 1);
	assert_string_equal(r->lists[0].name, "l");
	assert_string_equal(r->lists[0].file, "/m");
	assert_int_equal(nameset_count(r->lists[0].domains), 0);
	conf_free(&c);
}

static void
what_a_relay_hears_of_the_unknown_is_its_own(void **state)
{
	struct conf *c = good("relay a { networks = {\"::1\"} unknown = accept }"
	    "relay b { networks = {\"::2\"} }"
	    "relay c { unknown = defer networks = {\"::3\"} }");

	(void)state;
	assert_int_equal(c->relays[0].unknown, CONF_UNKNOWN_ACCEPT);
	assert_int_equal(c->relays[1].unknown, CONF_UNKNOWN_REJECT);
	assert_int_equal(c->relays[2].unknown, CONF_UNKNOWN_DEFER);
	conf_free(&c);
	MISTAKES("relay a { networks = {\"::1\"} unknown = pass }",
	    "f:1: relay.unknown: not one of its words: \"pass\"; allowed: acc");
}

static void
a_title_is_given_once_of_each_kind(void **state)
{
	struct conf	*c = good("relay x { networks = {\"::1\"} } recipients {"
			    "list x { file = /l } unix x { } ldap x { " LDAP
			    "} list X { file = /m } }");

	(void)state;
	assert_int_equal(c->recipients.n_lists, 2);
	conf_free(&c);
	MISTAKES("recipients { list x { file = /l }\nldap x { " LDAP "}\n"
	    "list \"x\" { file = /m }\nldap x { " LDAP "} }",
	    "f:3: a second recipients.list \"x\", the first is in line 1; "
	    "allowed are different names",
	    "f:4: a second recipients.ldap \"x\", the first is in line 2");
	MISTAKES("recipients { file = /l\nlist \"file\" {\nfile = /m } }",
	    "f:3: recipients.list \"file\" beside recipients.file");
	c = good("recipients { list \"file\" { file = /m } }");
	conf_free(&c);
}

static void
a_section_in_the_wrong_place_is_told_where_it_belongs(void **state)
{
	(void)state;
	MISTAKES("ldap a { " LDAP "}\nobserve = x",
	    "f:1: unknown name \"ldap\" outside of the sections, it belongs in "
	    "recipients", "f:2: observe: neither");
	MISTAKES("recipients {\nrelay a { networks = {\"::1\"} } }",
	    "f:2: section relay in recipients, it stands by itself");
	MISTAKES("recipients { list a { file = /l\nunix b { } } }",
	    "f:2: unknown name \"unix\" in recipients.list, it belongs in reci");
	MISTAKES("recipients { domains = {} }",
	    "f:1: unknown name \"domains\" in recipients, it belongs in "
	    "recipients.list or in recipients.unix or in recipients.ldap");
	MISTAKES("reply = x", "f:1: unknown name \"reply\" outside of the "
	    "sections, it belongs in greylist or in recipients");
	MISTAKES("recipients { ldap a { " LDAP "\nscop = one } }",
	    "f:2: unknown name \"scop\" in recipients.ldap, did you mean \"sc");
	MISTAKES("recipients { colour = 1 }", "f:1: unknown name \"colour\" in "
	    "recipients; allowed are file, key-file, exempt, sub-address, "
	    "case-sensitive, max-loss, reply, on-directory-failure, cache, "
	    "stale, negative-cache, cache-size, former-users, harvest-limit, "
	    "harvest-window, harvest-ban, reveal, list, unix, ldap\n");
	MISTAKES("recipients \"a\" { }", "f:1: recipients takes no name");
	MISTAKES("recipients { unix { } }", "f:1: recipients.unix without a na");
	MISTAKES("recipients { unix \"\" { } }", "f:1: not a name for a recipi");
	MISTAKES("recipients { unix = a }", "f:1: unix is a section; allowed");
	MISTAKES("recipients { file { } }", "f:1: recipients.file is not a sec");
	MISTAKES("recipients {\n}\nrecipients { }", "f:3: a second recipients "
	    "section, the first is in line 1");
	MISTAKES("recipients {\nunix a {\n}", "f:1: the brace after recipients "
	    "is not closed");
	MISTAKES("recipients {\nunix a {\n", "f:2: the brace after recipients."
	    "unix is not closed");
}

static void
what_a_section_needs_is_told_with_its_full_name(void **state)
{
	(void)state;
	MISTAKES("recipients {\nldap a { }\nlist b { }\n}",
	    "f:2: recipients.ldap without uri; allowed: \"ldaps://HOST\", ",
	    "f:2: recipients.ldap without base; allowed: a distinguished nam",
	    "f:2: recipients.ldap without filter; allowed: a filter such as ",
	    "f:3: recipients.list without file; allowed: an absolute path");
	MISTAKES("recipients { list b { file = /a\nfile = /b } }",
	    "f:2: recipients.list.file is given twice, first in line 1");
	MISTAKES("recipients { list b { file = {/a} } }",
	    "f:1: recipients.list.file: a list where one value belongs");
	MISTAKES("recipients { list b { file = x } }",
	    "f:1: recipients.list.file: not an absolute path: \"x\"");
}

/* All but the source with the mistake is as it should be. */
static void
sources_that_have_to_be_asked_are_counted_together(void **state)
{
	char	text[4096] = "recipients {\n";
	size_t	used = strlen(text);
	struct conf	*c;

	(void)state;
	for (int i = 0; i < 8; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "unix n%d { } ldap n%d { %s } list n%d { file = /l }\n",
		    i, i, LDAP, i);
	(void)snprintf(text + used, sizeof(text) - used, "list m { file = /l }}");
	c = good(text);
	assert_int_equal(c->recipients.n_unixes + c->recipients.n_ldaps,
	    CONF_ASKED_MAX);
	conf_free(&c);
	(void)snprintf(text + used, sizeof(text) - used, "unix \"m\" { } }");
	MISTAKES(text, "f:10: recipients.unix \"m\" is one too many; allowed "
	    "are 16 sources that have to be asked (unix and ldap)");
}

static void
settings_of_a_directory_go_together(void **state)
{
#define IN_LDAP(text)	"recipients { ldap a {\n" LDAP "\n" text " } }"
	struct conf	*c = good(IN_LDAP("bind = external cert-file = /c "
			    "key-file = /k"));

	(void)state;
	conf_free(&c);
	MISTAKES(IN_LDAP("bind-dn = \"cn=a\""), "f:3: recipients.ldap.bind-dn "
	    "without password-file; allowed are both or none");
	MISTAKES(IN_LDAP("password-file = /p"), "f:3: recipients.ldap.password"
	    "-file without bind-dn");
	MISTAKES(IN_LDAP("cert-file = /p"), "f:3: recipients.ldap.cert-file "
	    "without key-file");
	MISTAKES(IN_LDAP("key-file = /p"), "f:3: recipients.ldap.key-file "
	    "without cert-file");
	MISTAKES(IN_LDAP("export-filter = \"(a=*)\""), "f:3: recipients.ldap."
	    "export-filter without export-attributes");
	MISTAKES(IN_LDAP("export-attributes = a"), "f:3: recipients.ldap."
	    "export-attributes without export-filter");
	MISTAKES(IN_LDAP("bind = external\nbind-dn = x\npassword-file = /p"),
	    "f:4: recipients.ldap.bind-dn beside bind = external, which takes "
	    "neither name nor password; allowed are one of both",
	    "f:5: recipients.ldap.password-file beside bind = external");
	/* Each section is looked at by itself, at its own lines. */
	MISTAKES("recipients {\nldap a { " LDAP " bind-dn = x }\nldap b { " LDAP
	    " password-file = /p } }", "f:2: recipients.ldap.bind-dn without",
	    "f:3: recipients.ldap.password-file without");
#undef IN_LDAP
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_titled_section_begins_with_the_defaults),
		cmocka_unit_test(a_titled_section_that_sets_nothing_is_there_all_the_same),
		cmocka_unit_test(what_a_relay_hears_of_the_unknown_is_its_own),
		cmocka_unit_test(a_title_is_given_once_of_each_kind),
		cmocka_unit_test(a_section_in_the_wrong_place_is_told_where_it_belongs),
		cmocka_unit_test(what_a_section_needs_is_told_with_its_full_name),
		cmocka_unit_test(sources_that_have_to_be_asked_are_counted_together),
		cmocka_unit_test(settings_of_a_directory_go_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
