/* SPDX-License-Identifier: ISC
 * recipient/ldap.h - one or more LDAP servers with the same directory, as a
 * source. RFC 4511, 4513, 4514, 4515.
 *
 * A seat keeps one connection. Its ask() begins with the server that it is
 * connected to, or was last, and goes on with the next where a server cannot be
 * used. Each server gets one timeout to be connected to (TCP, TLS and bind
 * together) and one to answer, so an ask takes at most
 *
 *	servers x 2 x timeout
 *
 * and the look-up of the servers' names, which the system bounds. A connection
 * that turns out to be dead (the server closed an idle one, or was started
 * anew) is made again within the same time.
 *
 * An entry found is a yes; none and no failure a no, references or not; all
 * else cannot tell. Sub-addresses: the whole address is asked about first. */
#ifndef RECIPIENT_LDAP_H
#define RECIPIENT_LDAP_H

#include "base/conf.h"
#include "recipient/source.h"

/*
 * Checks the settings (URIs, filter, base, that the password and certificate
 * files can be read) and makes a source of them; nothing is connected. conf's
 * texts are copied. The first call is made before there are other threads: it
 * has libldap prepare itself, which that does not guard well.
 * 0 done, *out to be freed with its free(); -1 a mistake: e says what to do.
 */
int	ldap_source_new(const struct conf_ldap *conf, struct source **out,
	    struct err *e);

#endif
