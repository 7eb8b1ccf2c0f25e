/* SPDX-License-Identifier: ISC
 * recipient/ldap_settings.h - a directory's settings, copied, checked and taken
 * apart. For recipient/ldap.c only. Immutable once made. */
#ifndef RECIPIENT_LDAP_SETTINGS_H
#define RECIPIENT_LDAP_SETTINGS_H

#include <stdint.h>

#include "base/conf.h"
#include "recipient/tls.h"

struct ldap_settings {
	struct conf_ldap conf;		/* texts are ours; domains is NULL */
	char		**uris;		/* ended by NULL, as attributes */
	unsigned	 servers;	/* at least one */
	char		**attributes;
	struct tls	*tls;		/* NULL: none is wanted */
};

/* Checks all that can be checked without a server. NULL: e. */
struct ldap_settings *ldap_settings_new(const struct conf_ldap *conf,
	    struct err *e);
void	ldap_settings_free(struct ldap_settings **s);

/* In microseconds. */
int64_t	ldap_settings_timeout(const struct ldap_settings *s);

/* A digest of what the answers depend on, as hex. */
enum { LDAP_SETTINGS_TOLD = 64 };
void	ldap_settings_tell(const struct conf_ldap *conf,
	    char out[LDAP_SETTINGS_TOLD]);

#endif
