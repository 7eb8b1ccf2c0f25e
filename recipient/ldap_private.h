/* SPDX-License-Identifier: ISC
 * recipient/ldap_private.h - what recipient/ldap_link.c, which connects, and
 * recipient/ldap_search.c, which asks, share: a handle of libldap. Nobody else
 * includes the library's headers. */
#ifndef RECIPIENT_LDAP_PRIVATE_H
#define RECIPIENT_LDAP_PRIVATE_H

#include <ldap.h>
#include <openldap.h>

#include "recipient/ldap_io.h"
#include "recipient/ldap_link.h"

struct ldap_link {
	LDAP		*ld;		/* NULL: not yet */
	struct ldap_server to;
	struct ldap_io	 io;
};

/* What can be done about a result code. Tables end with a NULL text. */
struct ldap_advice {
	int		 code;
	const char	*text;
};

/* "doing: what the code means (what the server said): advice". Returns -1. */
int	ldap_link_explain(const char *doing, int code, const char *said,
	    const struct ldap_advice *advice, struct err *e);

/* The same where the socket or the library gave nothing. */
int	ldap_link_explain_loss(struct ldap_link *l, const char *doing,
	    struct err *e);

/* Waits for all of the answer to a request, to be freed. 0; -1: there is none,
 * and the link is lost. */
int	ldap_link_receive(struct ldap_link *l, int id, LDAPMessage **answer);

#endif
