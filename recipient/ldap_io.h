/* SPDX-License-Identifier: ISC
 * recipient/ldap_io.h - a socket as liblber reads and writes it, with TLS or
 * not, which never waits beyond a deadline. Owned by one thread. */
#ifndef RECIPIENT_LDAP_IO_H
#define RECIPIENT_LDAP_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recipient/tls.h"

struct sockbuf;			/* liblber's */

struct ldap_io {
	int	fd;		/* owned; -1: closed */
	struct tls_session *tls;	/* owned; NULL: none */
	int64_t	deadline;	/* of clock_monotonic_micros(); may be changed
				 * at any time between two calls of libldap */
	size_t	budget;		/* bytes that may still come; likewise */
	bool	overdue;	/* it was missed: nothing is waited for then */
	int	failure;	/* errno of the socket; ECONNRESET also where
				 * the server closed it; 0: none */
};

/* Puts io at the bottom of a sockbuf, which closes the socket in the end.
 * 0; -1 out of memory. */
int	ldap_io_attach(struct ldap_io *io, struct sockbuf *sb);

/* Goes over to TLS with a server of this name. 0; -1: e, unless io->overdue or
 * io->failure say why. */
int	ldap_io_begin_tls(struct ldap_io *io, const struct tls *t,
	    const char *host, struct err *e);

/* Ends TLS and closes; once more is fine. */
void	ldap_io_close(struct ldap_io *io);

#endif
