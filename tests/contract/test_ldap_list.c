/* SPDX-License-Identifier: ISC
 * tests/contract/test_ldap_list.c - all addresses of a directory, or a failure:
 * never some that look like all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/ldap_world.h"

enum { USERS = 1200, TEXT = 60 };

/* What was listed, in order. */
struct listed {
	char	(*addresses)[TEXT];
	size_t	 n, stop_after;
};

static bool
take(const char *address, void *arg)
{
	struct listed	*l = arg;

	assert_true(l->n < 2 * USERS);
	(void)snprintf(l->addresses[l->n++], TEXT, "%s", address);
	return l->n != l->stop_after;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* As list() of the source that conf makes. */
static int
list(struct ldap_world *w, struct listed *l, struct err *e)
{
	int	answer;

	l->n = 0;
	ldap_world_renew(w);
	answer = w->source->list(w->source, take, l, e);
	qsort(l->addresses, l->n, TEXT, compare);
	return answer;
}

static bool
has(const struct listed *l, const char *address)
{
	return bsearch(address, l->addresses, l->n, TEXT, compare) != NULL;
}

/* With these attributes of everybody. */
static void
ask_for(struct ldap_world *w, const char *attributes)
{
	static char	everybody[] = "(objectClass=mailUser)", names[100];

	(void)snprintf(names, sizeof(names), "%s", attributes);
	w->conf.export_filter = everybody;
	w->conf.export_attributes = names;
}

static struct listed
listed_new(size_t stop_after)
{
	struct listed	l = { .stop_after = stop_after };

	l.addresses = calloc(2 * USERS, TEXT);
	assert_non_null(l.addresses);
	return l;
}

static int
begin_with_many(void **state)
{
	struct slapd	*s;
	char		*ldif, *to;

	if (ldap_world_begin(state) == -1)
		return -1;
	s = *state;
	to = ldif = malloc((size_t)USERS * 200);
	if (ldif == NULL)
		return -1;
	for (int i = 0; i < USERS; i++)
		to += sprintf(to, "dn: uid=user%d,ou=people," TEST_BASE
		    "\nobjectClass: inetOrgPerson\nobjectClass: mailUser\n"
		    "cn: u\nsn: u\nmail: user%d@test.example\n\n", i, i);
	slapd_change(s, "ldapadd", TEST_BASE, ldif);
	free(ldif);
	return 0;
}

static void
all_users_are_listed_page_by_page(void **state)
{
	struct ldap_world	*w = *state;
	struct listed		 l = listed_new(0);
	struct err		 e;
	char			 address[TEXT];

	ask_for(w, "mail mailAlternateAddress");
	if (list(w, &l, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(l.n, USERS + 4);
	assert_true(has(&l, "alice@test.example"));
	assert_true(has(&l, "a.smith@test.example"));
	for (int i = 0; i < USERS; i++) {
		(void)snprintf(address, sizeof(address),
		    "user%d@test.example", i);
		if (!has(&l, address))
			fail_msg("%s is not listed", address);
	}
	free(l.addresses);
}

static void
list_that_the_server_cuts_off_is_a_failure(void **state)
{
	struct ldap_world	*w = *state;
	struct listed		 l = listed_new(0);
	struct err		 e;
	static char		 reader[] = "cn=short," TEST_BASE;

	ask_for(w, "mail");
	w->conf.bind_dn = reader;
	assert_int_equal(list(w, &l, &e), -1);
	if (strstr(e.text, "ldap:office: ldaps://") == NULL || strstr(e.text,
	    "Size limit exceeded: raise the server's limit") == NULL)
		fail_msg("%s", e.text);
	free(l.addresses);
}

static void
listing_ends_where_enough_is_listed(void **state)
{
	struct ldap_world	*w = *state;
	struct listed		 l = listed_new(7);
	struct err		 e;

	ask_for(w, "mail");
	assert_int_equal(list(w, &l, &e), 0);
	assert_int_equal(l.n, 7);
	free(l.addresses);
}

static void
of_other_kinds_of_addresses_only_those_of_mail_are_listed(void **state)
{
	struct ldap_world	*w = *state;
	struct listed		 l = listed_new(0);
	struct err		 e;

	ldap_world_as_ad(w);
	slapd_change(w->slapd, "ldapadd", AD_BASE, "dn: cn=Erin,ou=people,"
	    AD_BASE "\nobjectClass: inetOrgPerson\nobjectClass: mailUser\n"
	    "cn: Erin\nsn: E\nproxyAddresses: Smtp:Erin@ad.example\n"
	    "proxyAddresses: bare@ad.example\nproxyAddresses: no-sign\n"
	    "proxyAddresses: smtp:\nproxyAddresses: smtp:@ad.example\n"
	    "proxyAddresses: smtp:no-sign-either\n"
	    "proxyAddresses: EUM:77@ad.example\nproxyAddresses: x400:c=us;\n");
	ask_for(w, "proxyAddresses");
	if (list(w, &l, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(l.n, 5);
	assert_true(has(&l, "Erin@ad.example"));
	assert_true(has(&l, "bare@ad.example"));
	assert_true(has(&l, "carol@ad.example"));
	assert_true(has(&l, "c.jones@ad.example"));
	assert_true(has(&l, "dave@ad.example"));
	free(l.addresses);
}

static void
what_cannot_be_listed_says_why(void **state)
{
	struct ldap_world	*w = *state;
	struct listed		 l = listed_new(0);
	struct err		 e;
	static char		 none[] = "", base[] = "ou=%d,dc=example";

	assert_int_equal(list(w, &l, &e), -1);
	assert_string_equal(e.text, "ldap:office cannot be listed: set "
	    "export-filter and export-attributes");
	ask_for(w, "mail");
	w->conf.export_filter = none;
	assert_int_equal(list(w, &l, &e), -1);
	assert_non_null(strstr(e.text, "set export-filter"));
	ask_for(w, "mail");
	w->conf.base = base;
	assert_int_equal(list(w, &l, &e), -1);
	assert_non_null(strstr(e.text, "its base depends on the address"));
	assert_int_equal(l.n, 0);
	free(l.addresses);
}

static void
next_server_lists_where_one_cannot_be_reached(void **state)
{
	struct ldap_world	*w = *state;
	struct listed		 l = listed_new(0);
	struct err		 e;

	ask_for(w, "mail");
	ldap_world_asks_of(w, "ldaps://127.0.0.1:%d %s", free_port(),
	    w->slapd->ldaps);
	if (list(w, &l, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(l.n, USERS + 3);
	ldap_world_asks_of(w, "ldaps://127.0.0.1:%d %s", free_port(),
	    w->slapd->misnamed);
	assert_int_equal(list(w, &l, &e), -1);
	assert_non_null(strstr(e.text, "Connection refused; ldaps://"));
	assert_non_null(strstr(e.text, "is the name in uri"));
	free(l.addresses);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ldap_world_each, \
	    ldap_world_each_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_users_are_listed_page_by_page),
		TEST(list_that_the_server_cuts_off_is_a_failure),
		TEST(listing_ends_where_enough_is_listed),
		TEST(of_other_kinds_of_addresses_only_those_of_mail_are_listed),
		TEST(what_cannot_be_listed_says_why),
		TEST(next_server_lists_where_one_cannot_be_reached),
	};

	return cmocka_run_group_tests(tests, begin_with_many, ldap_world_end);
}
