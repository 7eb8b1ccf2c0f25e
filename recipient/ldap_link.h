/* SPDX-License-Identifier: ISC
 * recipient/ldap_link.h - one connection to one LDAP server, over libldap (the
 * only file that includes its header is ldap_link.c).
 *
 * For recipient/ldap.c only. A link is owned by one thread. Deadlines are of
 * clock_monotonic_micros(); nothing waits longer, whatever the server does,
 * but the look-up of its name (recipient/reach.h). */
#ifndef RECIPIENT_LDAP_LINK_H
#define RECIPIENT_LDAP_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "recipient/tls.h"

struct ldap_link;		/* opaque */

/* Bytes that a server may send us: of one question, of one page of a listing. */
enum {
	LDAP_LINK_ANSWER_MAX = 1024 * 1024,
	LDAP_LINK_PAGE_MAX = 64 * 1024 * 1024
};

/* Why there is no answer. */
enum ldap_trouble {
	LDAP_LINK_LOST,		/* the connection is of no use any more */
	LDAP_LINK_SERVER,	/* the server cannot serve, whatever is asked */
	LDAP_LINK_RIGHTS,	/* who is bound may not ask; who binds anew may
				 * have more rights */
	LDAP_LINK_QUESTION,	/* this question cannot be answered */
};

/*
 * Whether the library takes a URI; *tls: whether TLS is wanted for it. One
 * thread calls this before there are others that use links: what libldap
 * prepares for itself at first use is not guarded well. 0; -1: e.
 */
int	ldap_link_check(const struct conf_ldap *conf, const char *uri,
	    bool *tls, struct err *e);

/* One of the servers; what it points to outlives the link. */
struct ldap_server {
	const char	*uri;
	const struct conf_ldap *conf;
	const struct tls *tls;		/* where TLS is wanted */
};

/*
 * Connects to a server, makes it safe as conf has it, and binds; the password
 * is read anew. 0: to be closed with ldap_link_close(). -1: e has the reason.
 */
int	ldap_link_open(struct ldap_link **out, const struct ldap_server *to,
	    int64_t deadline, struct err *e);

/* Says good-bye if that takes no time, frees and clears. NULL is fine. */
void	ldap_link_close(struct ldap_link **l);

struct ldap_question {
	const char	*base, *filter;
	int64_t		 deadline;
};
/* Whether the filter finds anything. 1 it does, 0 it does not, -1 cannot tell:
 * *why and e; after any but LDAP_LINK_QUESTION the link is to be closed. */
int	ldap_link_find(struct ldap_link *l, const struct ldap_question *q,
	    enum ldap_trouble *why, struct err *e);

/* Called with each value of an attribute that was asked for; it may have any
 * bytes. Returns false when it has enough. */
typedef bool (*ldap_value_fn)(const char *bytes, size_t len, void *arg);

struct ldap_listing {
	const char	*base, *filter;
	char		**attributes;		/* ended by NULL */
	int64_t		 page_seconds;		/* each page may take so long */
	ldap_value_fn	 each;
	void		*arg;
};
/* All values in all that the filter finds, page by page (RFC 2696). 0 all of
 * them, or each() had enough; -1 not all of them: e. */
int	ldap_link_list(struct ldap_link *l, const struct ldap_listing *list,
	    struct err *e);

#endif
