/* SPDX-License-Identifier: ISC
 * tests/contract/test_ldap.c - what a directory is asked, and what its answers
 * mean: against a real server, the only one there is for these tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/ldap_world.h"

#define AT	"@test.example"

static char	none[] = "";

static void
users_are_found_by_each_address_they_have_and_nobody_else_is(void **state)
{
	struct ldap_world	*w = *state;

	ldap_world_says(w, "alice" AT, 1);
	ldap_world_says(w, "a.smith" AT, 1);
	ldap_world_says(w, "ALICE" AT, 1);
	ldap_world_says(w, "bob" AT, 1);
	ldap_world_says(w, "alice@other.example", 0);
	ldap_world_says(w, "smith" AT, 0);
	ldap_world_says(w, "carol@ad.example", 0);
	ldap_world_says(w, "alice", 0);
}

static void
sub_address_is_looked_up_whole_and_then_without(void **state)
{
	struct ldap_world	*w = *state;

	ldap_world_add(w, "plus", "mail: plus+only" AT);
	ldap_world_says(w, "alice+shop" AT, 1);
	ldap_world_says(w, "plus+only" AT, 1);
	ldap_world_says(w, "plus+other" AT, 0);
	ldap_world_says(w, "nobody+shop" AT, 0);
}

static void
local_part_and_domain_can_stand_in_base_and_filter(void **state)
{
	struct ldap_world	*w = *state;
	static char		 by_uid[] = "(uid=%u)", by_domain[] =
				 "(&(uid=%u)(mail=*@%d))", ou[] = "(ou=%u)",
				 of_unit[] = "ou=%u," TEST_BASE;

	w->conf.filter = by_uid;
	ldap_world_says(w, "alice@anywhere.example", 1);
	ldap_world_says(w, "alice+shop@anywhere.example", 1);
	ldap_world_says(w, "a.smith" AT, 0);
	w->conf.filter = by_domain;
	ldap_world_renew(w);
	ldap_world_says(w, "alice" AT, 1);
	ldap_world_says(w, "alice@anywhere.example", 0);
	w->conf.filter = ou;
	w->conf.base = of_unit;
	w->conf.scope = CONF_SCOPE_BASE;
	ldap_world_renew(w);
	ldap_world_says(w, "people" AT, 1);
	ldap_world_fails(w, "nobody" AT, false, "there is no such base");
	/* Not ou=people, nor below it. */
	ldap_world_fails(w, "public,ou=people" AT, false,
	    "there is no such base");
}

static void
scope_is_as_wide_as_it_says(void **state)
{
	struct ldap_world	*w = *state;
	static char		 people[] = "ou=people," TEST_BASE;

	w->conf.scope = CONF_SCOPE_ONE;
	ldap_world_says(w, "alice" AT, 0);
	w->conf.base = people;
	ldap_world_renew(w);
	ldap_world_says(w, "alice" AT, 1);
	w->conf.scope = CONF_SCOPE_BASE;
	ldap_world_renew(w);
	ldap_world_says(w, "alice" AT, 0);
}

static void
hostile_local_parts_match_nothing_but_themselves(void **state)
{
	struct ldap_world		*w = *state;
	static const char *const	wild[] = {
		"*", "*" AT, "a*" AT, "alic*" AT, "*)(uid=*" AT,
		"alice" AT ")(uid=*", "x)(|(uid=*" AT, "alice\\" AT, "\\2a" AT,
		"al\\69ce" AT, "(alice)" AT, "%s", "%" AT, "%u" AT,
		"j\xc3\xb6rg" AT, "\xff\xfe" AT, "\"alice\"" AT, "a&b|c!d" AT,
	};
	static const struct {
		const char	*uid, *attribute, *address;
	} real[] = {
		{ "w1", "mail: *" AT, "*" AT },
		{ "w2", "mail: a*" AT, "a*" AT },
		{ "w3", "mail: we(ird)*" AT, "we(ird)*" AT },
		{ "w4", "mail: back\\slash" AT, "back\\slash" AT },
		{ "w5", "mail: 100%s" AT, "100%s" AT },
		{ "w6", "mailAlternateAddress: j\xc3\xb6rg" AT,
		    "j\xc3\xb6rg" AT },
		{ "w7", "mail: o'brien&co=x,y;z" AT, "o'brien&co=x,y;z" AT },
	};

	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++)
		ldap_world_says(w, wild[i], 0);
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++)
		ldap_world_add(w, real[i].uid, real[i].attribute);
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++)
		ldap_world_says(w, real[i].address, 1);
	ldap_world_says(w, "b*" AT, 0);
	ldap_world_says(w, "we(ird)x" AT, 0);
	ldap_world_says(w, "alic*" AT, 0);
}

static void
active_directory_is_asked_for_proxy_addresses_in_any_case(void **state)
{
	struct ldap_world	*w = *state;
	static char		 shouted[] = "(proxyAddresses=SMTP:%s)",
				 enabled[] = "(&(proxyAddresses=smtp:%s)"
				 "(!(userAccountControl:1.2.840.113556.1.4.803"
				 ":=2)))";
	static char *const	 filters[] = { NULL, shouted, enabled };

	ldap_world_as_ad(w);
	for (size_t i = 0; i < 3; i++) {
		if (filters[i] != NULL)
			w->conf.filter = filters[i];
		ldap_world_renew(w);
		ldap_world_says(w, "carol@ad.example", 1);
		ldap_world_says(w, "c.jones@ad.example", 1);
		ldap_world_says(w, "C.Jones+x@ad.example", 1);
		ldap_world_says(w, "nobody@ad.example", 0);
		/* His account is disabled. */
		ldap_world_says(w, "dave@ad.example", filters[i] != enabled);
	}
}

static void
more_entries_than_one_are_a_yes(void **state)
{
	struct ldap_world	*w = *state;
	static char		 all[] = "(|(mail=%s)(objectClass=*))";

	w->conf.filter = all;
	ldap_world_says(w, "whoever" AT, 1);
	ldap_world_says(w, "whoever" AT, 1);
}

static void
references_of_active_directory_to_its_own_parts_are_no_failure(void **state)
{
	struct ldap_world	*w = *state;
	static char		 elsewhere[] = "ou=elsewhere," TEST_BASE;

	slapd_change(w->slapd, "ldapadd", TEST_BASE, "dn: ou=elsewhere,"
	    TEST_BASE "\nobjectClass: referral\nobjectClass: extensibleObject\n"
	    "ou: elsewhere\n"
	    "ref: ldap://127.0.0.1:1/DC=DomainDnsZones,dc=elsewhere\n");
	ldap_world_says(w, "alice" AT, 1);
	ldap_world_says(w, "nobody" AT, 0);
	/* But where the base itself is elsewhere, nothing was looked at. */
	w->conf.base = elsewhere;
	ldap_world_renew(w);
	ldap_world_fails(w, "alice" AT, false, "another server has that base");
	slapd_change(w->slapd, "ldapdelete", TEST_BASE, "ou=elsewhere,"
	    TEST_BASE "\n");
}

static void
references_and_aliases_are_not_followed(void **state)
{
	struct ldap_world	*w = *state;
	static char		 people[] = "ou=people," TEST_BASE;
	char			 ldif[600];

	(void)snprintf(ldif, sizeof(ldif), "dn: ou=there,%s\n"
	    "objectClass: referral\nobjectClass: extensibleObject\nou: there\n"
	    "ref: %s/ou=public," TEST_BASE "??sub\n\ndn: uid=also,%s\n"
	    "objectClass: alias\nobjectClass: extensibleObject\nuid: also\n"
	    "aliasedObjectName: uid=open,ou=public," TEST_BASE "\n", people,
	    w->slapd->ldap, people);
	slapd_change(w->slapd, "ldapadd", TEST_BASE, ldif);
	ldap_world_says(w, "open" AT, 1);
	w->conf.base = people;
	ldap_world_renew(w);
	/* Who is there may be a user: nobody can tell from here. */
	ldap_world_fails(w, "open" AT, false, "refers to another directory");
	(void)snprintf(ldif, sizeof(ldif), "ou=there,%s\nuid=also,%s\n", people,
	    people);
	slapd_change(w->slapd, "ldapdelete", TEST_BASE, ldif);
}

static void
questions_that_cannot_be_answered_are_no_reason_to_stop_asking(void **state)
{
	struct ldap_world	*w = *state;
	static char		 nowhere[] = "dc=nowhere," TEST_BASE,
				 outside[] = "dc=nowhere",
				 crooked[] = "(mail=%s", senseless[] = "x,y",
				 blind[] = "cn=blind," TEST_BASE;
	struct conf_ldap	 before = w->conf;

	w->conf.base = nowhere;
	ldap_world_fails(w, "alice" AT, false, "cannot search below \"dc="
	    "nowhere," TEST_BASE "\": No such object: there is no such base");
	w->conf.base = outside;
	ldap_world_renew(w);
	ldap_world_fails(w, "alice" AT, false, "No such object");
	w->conf.base = senseless;
	ldap_world_renew(w);
	ldap_world_fails(w, "alice" AT, false, "no distinguished name");
	w->conf = before;
	w->conf.filter = crooked;
	ldap_world_renew(w);
	ldap_world_fails(w, "alice" AT, false, "RFC 4515");
	w->conf = before;
	w->conf.bind_dn = blind;
	ldap_world_renew(w);
	ldap_world_fails(w, "alice" AT, false, "Insufficient access: let "
	    "bind-dn search there");
	ldap_world_fails(w, "nobody" AT, false, "Insufficient access");
}

static void
anonymous_sees_what_is_public(void **state)
{
	struct ldap_world	*w = *state;
	static char		 open[] = "ou=public," TEST_BASE;

	w->conf.bind_dn = w->conf.password_file = none;
	ldap_world_fails(w, "open" AT, false, "Insufficient access");
	w->conf.base = open;
	ldap_world_renew(w);
	ldap_world_says(w, "open" AT, 1);
	ldap_world_says(w, "alice" AT, 0);
}

static void
source_tells_what_its_answers_depend_on(void **state)
{
	struct ldap_world	*w = *state;
	static char		 filter[] = "(mail=%s)", base[] = AD_BASE;
	char			 first[64];

	ldap_world_renew(w);
	assert_string_equal(w->source->name, "ldap:office");
	assert_int_equal(w->source->seats, 4);
	assert_true(w->source->doubtful);
	(void)strcpy(first, w->source->told);
	assert_int_equal(strspn(first, "0123456789abcdef"), 62);
	w->conf.timeout = 2;
	ldap_world_renew(w);
	assert_string_equal(w->source->told, first);
	w->conf.scope = CONF_SCOPE_ONE;
	ldap_world_renew(w);
	assert_string_not_equal(w->source->told, first);
	(void)strcpy(first, w->source->told);
	w->conf.filter = filter;
	ldap_world_renew(w);
	assert_string_not_equal(w->source->told, first);
	(void)strcpy(first, w->source->told);
	w->conf.base = base;
	ldap_world_renew(w);
	assert_string_not_equal(w->source->told, first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ldap_world_each, \
	    ldap_world_each_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(users_are_found_by_each_address_they_have_and_nobody_else_is),
		TEST(sub_address_is_looked_up_whole_and_then_without),
		TEST(local_part_and_domain_can_stand_in_base_and_filter),
		TEST(scope_is_as_wide_as_it_says),
		TEST(hostile_local_parts_match_nothing_but_themselves),
		TEST(active_directory_is_asked_for_proxy_addresses_in_any_case),
		TEST(more_entries_than_one_are_a_yes),
		TEST(references_of_active_directory_to_its_own_parts_are_no_failure),
		TEST(references_and_aliases_are_not_followed),
		TEST(questions_that_cannot_be_answered_are_no_reason_to_stop_asking),
		TEST(anonymous_sees_what_is_public),
		TEST(source_tells_what_its_answers_depend_on),
	};

	return cmocka_run_group_tests(tests, ldap_world_begin, ldap_world_end);
}
