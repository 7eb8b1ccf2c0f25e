/* SPDX-License-Identifier: ISC
 * recipient/tls.h - TLS towards a server, over whatever carries its bytes.
 *
 * struct tls is immutable and serves any number of threads; a session is owned
 * by one. TLS 1.2 or newer. */
#ifndef RECIPIENT_TLS_H
#define RECIPIENT_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct tls;			/* opaque: certificates */
struct tls_session;		/* opaque */

struct tls_conf {
	bool		 verify;	/* the server's certificate, and that
					 * its name is in it */
	const char	*ca_file;	/* "": the CAs of the system */
	const char	*cert_file, *key_file;	/* ours; "": none */
};

/* Reads the files, once and for all. NULL: one cannot be used; e. */
struct tls *tls_new(const struct tls_conf *conf, struct err *e);
void	tls_free(struct tls **t);

/* Gives or takes some bytes, as read(2) and write(2) do; waits until there are
 * some, or it has had enough: then -1. */
struct tls_wire {
	ssize_t	(*read)(void *arg, void *bytes, size_t len);
	ssize_t	(*write)(void *arg, const void *bytes, size_t len);
	void	*arg;
};

/*
 * Shakes hands with a server that is to be `host`, a name or an address. The
 * wire's arg outlives the session.
 * 0: to be ended with tls_end(). -1: e, unless the wire failed, which knows
 * why.
 */
int	tls_begin(struct tls_session **out, const struct tls *t,
	    const char *host, const struct tls_wire *wire, struct err *e);

/* As read(2) and write(2). -1: the session is of no use any more. */
ssize_t	tls_read(struct tls_session *s, void *bytes, size_t len);
ssize_t	tls_write(struct tls_session *s, const void *bytes, size_t len);

/* Whether bytes wait that are off the wire already. */
bool	tls_pending(const struct tls_session *s);

/* Says good-bye over the wire, frees and clears. NULL is fine. */
void	tls_end(struct tls_session **s);

#endif
