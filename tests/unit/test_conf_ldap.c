/* SPDX-License-Identifier: ISC
 * tests/unit/test_conf_ldap.c - servers, bases, filters and attributes as an
 * administrator may write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/conf_ldap.h"

typedef int (*form_fn)(const char *, struct err *);

struct wrong {
	const char	*text, *says;
};

static void
all_fine(form_fn form, const char *const fine[], size_t n)
{
	struct err	e;

	for (size_t i = 0; i < n; i++)
		if (form(fine[i], &e) == -1)
			fail_msg("\"%s\": %s", fine[i], e.text);
}

static void
all_wrong(form_fn form, const struct wrong wrong[], size_t n)
{
	struct err	e;

	for (size_t i = 0; i < n; i++) {
		if (form(wrong[i].text, &e) != -1)
			fail_msg("taken: \"%s\"", wrong[i].text);
		if (strncmp(e.text, wrong[i].says, strlen(wrong[i].says)) != 0)
			fail_msg("\"%s\": wanted \"%s...\", got: %s",
			    wrong[i].text, wrong[i].says, e.text);
	}
}

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void
a_server_is_a_scheme_and_a_host(void **state)
{
	static const char *const fine[] = { "ldaps://dc1.example.com",
	    "LDAP://dc1", "ldap://dc1/", "ldap://192.0.2.1:3268", "ldap://a:1",
	    "ldaps://[2001:db8::1]", "ldaps://[2001:db8::1]:65535/",
	    "ldap://[fe80::1%eth0]", "ldapi://%2Frun%2Fslapd%2fldapi",
	    "ldapi://%2Frun%2Fldapi/", "ldapi:///",
	    "ldaps://a ldap://b:390  ldapi:///", " ldap://a " };
	static const struct wrong wrong[] = {
		{ "", "no server" }, { "  ", "no server" },
		{ "dc1.example.com", "neither ldap://, ldaps:// nor ldapi://" },
		{ "http://a", "neither ldap://, ldaps:// nor ldapi:// in \"htt" },
		{ "ldapx://a", "neither ldap://, ldaps:// nor ldapi:// in" },
		{ "ldap:a", "neither ldap://, ldaps:// nor ldapi:// in \"lda" },
		{ "ldap://a,ldap://b", "a comma in \"ldap://a,ldap://b\" (se" },
		{ "ldap://", "no host in \"ldap://\"" },
		{ "ldap:///", "no host in \"ldap:///\"" },
		{ "ldap://:389", "no host in" }, { "ldap://a b", "neither ldap:" },
		{ "ldap://a:0", "the port is not from 1 to 65535 in \"ldap://" },
		{ "ldap://a:", "the port is not from 1 to 65535" },
		{ "ldap://a:65536", "the port is not from 1 to 65535" },
		{ "ldap://a:18446744073709551617", "the port is not from 1" },
		{ "ldap://a:38x", "the port is not from 1 to 65535" },
		{ "ldap://[::1", "no address in the brackets of" },
		{ "ldap://[]", "no address in the brackets of" },
		{ "ldap://[::1]389", "the port is not from 1 to 65535" },
		{ "ldap://a/dc=example", "more than a server in" },
		{ "ldap://a?mail", "more than a server in" },
		{ "ldap://a/?mail?sub", "more than a server in" },
		{ "ldapi://", "no path in \"ldapi://\"" },
		{ "ldapi:///run/ldapi", "more than a server in" },
		{ "ldapi://run", "not a path with %2F for each slash in" },
		{ "ldapi://%2F", "not a path with %2F for each slash in" },
		{ "ldaps://ok ldap://", "no host in \"ldap://\"" },
	};

	(void)state;
	all_fine(conf_ldap_uris, fine, COUNT(fine));
	all_wrong(conf_ldap_uris, wrong, COUNT(wrong));
}

static void
a_server_of_a_thousand_characters_is_refused(void **state)
{
	char		text[2048] = "ldap://";
	struct err	e;

	(void)state;
	memset(text + 7, 'a', 1023 - 7);
	assert_int_equal(conf_ldap_uris(text, &e), 0);
	text[1023] = 'a';
	assert_int_equal(conf_ldap_uris(text, &e), -1);
	assert_non_null(strstr(e.text, "over 1023 bytes"));
}

static void
a_filter_closes_what_it_opens_and_names_the_recipient(void **state)
{
	static const char *const fine[] = { "(mail=%s)", "(uid=%u)",
	    "(&(proxyAddresses=smtp:%s)(!(msExchHide:1.2.840.803:=2)))",
	    "(|(mail=%s)(mailAlternateAddress=%s))", "(cn=100%%\\28%s\\29)",
	    "(mail=%u@%d)" };
	static const struct wrong wrong[] = {
		{ "", "no ( at its beginning" },
		{ "mail=%s", "no ( at its beginning: \"mail=%s\"" },
		{ " (mail=%s)", "no ( at its beginning" },
		{ "(mail=%s", "a ( without its )" },
		{ "(|(mail=%s)", "a ( without its )" },
		{ "(mail=%s))", "a ) too many" },
		{ "(mail=%s) ", "text behind its last )" },
		{ "(mail=%s)(uid=%u)", "more than one filter, and no (& or (|" },
		{ "(mail=*)", "neither %s nor %u in it" },
		{ "(mail=*@%d)", "neither %s nor %u in it" },
		{ "(mail=%%s)", "neither %s nor %u in it" },
		{ "(mail=%s)(", "more than one filter" },
		{ "(mail=%x)", "a % that none of s, u, d and % follows" },
		{ "(mail=%s%)", "a % that none of s, u, d and % follows" },
	};

	(void)state;
	all_fine(conf_ldap_filter, fine, COUNT(fine));
	all_wrong(conf_ldap_filter, wrong, COUNT(wrong));
}

static void
a_base_has_known_marks_only(void **state)
{
	static const char *const fine[] = { "", "dc=example,dc=com", "o=%d",
	    "uid=%u,o=%d", "o=100%%" };
	static const struct wrong wrong[] = {
		{ "o=%", "a % that none of s, u, d and % follows: \"o=%\"" },
		{ "o=%n", "a % that none of s, u, d and % follows: \"o=%n\"" },
		{ "o=%%%", "a % that none of s, u, d and % follows" },
	};

	(void)state;
	all_fine(conf_ldap_base, fine, COUNT(fine));
	all_wrong(conf_ldap_base, wrong, COUNT(wrong));
}

static void
what_is_exported_is_a_filter_of_all_and_names(void **state)
{
	static const char *const filters[] = { "", "(mail=*)",
	    "(&(objectClass=person)(mail=*))" };
	static const struct wrong wrong_filters[] = {
		{ "(mail=%s)", "a % where no address is put in; * stands for" },
		{ "mail=*", "no ( at its beginning" },
		{ "(mail=*", "a ( without its )" },
	};
	static const char *const names[] = { "", "mail", " mail",
	    "mail mailAlternateAddress  mail;lang-de 2.5.4.3 " };
	static const struct wrong wrong_names[] = {
		{ "mail,uid", "not the name of an attribute: \"mail,uid\"" },
		{ " ", "no name of an attribute" },
		{ "mail (uid)", "not the name of an attribute: \"(uid)\"" },
		{ "m\xc3\xa4", "not the name of an attribute" },
	};

	(void)state;
	all_fine(conf_ldap_export_filter, filters, COUNT(filters));
	all_wrong(conf_ldap_export_filter, wrong_filters, COUNT(wrong_filters));
	all_fine(conf_ldap_attributes, names, COUNT(names));
	all_wrong(conf_ldap_attributes, wrong_names, COUNT(wrong_names));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_is_a_scheme_and_a_host),
		cmocka_unit_test(a_server_of_a_thousand_characters_is_refused),
		cmocka_unit_test(a_filter_closes_what_it_opens_and_names_the_recipient),
		cmocka_unit_test(a_base_has_known_marks_only),
		cmocka_unit_test(what_is_exported_is_a_filter_of_all_and_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
