/* SPDX-License-Identifier: ISC
 * base/conf_ldap.h - the forms of the values by which a directory is asked.
 *
 * For base/conf*.c only. Plain functions of their arguments. Each: 0 it is one;
 * -1 it is not, e tells why. */
#ifndef BASE_CONF_LDAP_H
#define BASE_CONF_LDAP_H

#include "base/err.h"

/* "ldaps://a.example.com ldap://192.0.2.1:3268 ldapi://%2Frun%2Fldapi": one or
 * more servers with spaces between them (RFC 4516 without what comes after the
 * host). "ldapi:///" is the library's own path. */
int	conf_ldap_uris(const char *text, struct err *e);

/* Any text where only s, u, d and % follow a percent sign. */
int	conf_ldap_base(const char *text, struct err *e);

/* A filter (RFC 4515) as far as its parentheses tell, with %s or %u. */
int	conf_ldap_filter(const char *text, struct err *e);

/* A filter without any percent sign, or "". */
int	conf_ldap_export_filter(const char *text, struct err *e);

/* Names of attributes with spaces between them, or "". */
int	conf_ldap_attributes(const char *text, struct err *e);

#endif
