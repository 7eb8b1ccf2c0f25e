/* SPDX-License-Identifier: ISC
 * tests/lib/ldap_world.h - one slapd for a group of tests, and for each test
 * the settings of a directory, and who asks it. What fails ends the test. */
#ifndef TESTS_LIB_LDAP_WORLD_H
#define TESTS_LIB_LDAP_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "recipient/ldap.h"
#include "tests/lib/slapd_world.h"

#define TEST_BASE	"dc=test,dc=example"
#define AD_BASE		"dc=ad,dc=example"
#define TEST_READER	"cn=reader," TEST_BASE
#define AD_READER	"cn=reader," AD_BASE

struct ldap_world {
	struct slapd	*slapd;
	struct conf_ldap conf;		/* texts are the test's */
	struct source	*source;	/* made of conf when first asked */
	void		*seat;
	bool		 down;		/* of the latest failure */
	struct err	 why;
	int64_t		 millis;	/* that the latest question took */
	char		 uris[4 * SLAPD_TEXT];
};

/* For cmocka: of the group, which makes the machine's own LDAP settings as bad
 * as they get; and of each test: ldaps, the reader of dc=test,dc=example by its
 * password, mail and mailAlternateAddress, one second. */
int	ldap_world_begin(void **state);
int	ldap_world_end(void **state);
int	ldap_world_each(void **state);
int	ldap_world_each_end(void **state);

/* Asks about the Active Directory of the same server. */
void	ldap_world_as_ad(struct ldap_world *w);

/* Begins anew with conf as it is now: another source, another seat. */
void	ldap_world_renew(struct ldap_world *w);

/* The same with these servers. */
void	ldap_world_asks_of(struct ldap_world *w, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* As ask(), about an address with "+" for sub-addresses, in any case. */
int	ldap_world_ask(struct ldap_world *w, const char *address);

/* The test fails unless it answers so. */
void	ldap_world_says(struct ldap_world *w, const char *address, int answer);

/* The test fails unless it cannot tell, and says so in a sentence that names
 * the source and has `says` in it; and down or not. */
void	ldap_world_fails(struct ldap_world *w, const char *address, bool down,
	    const char *says);

/* The test fails unless conf is refused with a sentence that has this in it. */
void	ldap_world_refuses(struct ldap_world *w, const char *says);

/* Adds an entry below ou=people with one attribute, "mail: bob@test.example" */
void	ldap_world_add(struct ldap_world *w, const char *uid,
	    const char *attribute);

#endif
