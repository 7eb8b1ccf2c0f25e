/* SPDX-License-Identifier: ISC
 * identity/name.h - what a forward-confirmed host name tells of its operator.
 *
 * Pure functions over constant tables; any thread. */
#ifndef IDENTITY_NAME_H
#define IDENTITY_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"

enum { NAME_SIZE = 256 };	/* a domain name (RFC 1035, 2.3.4) and the end */

/*
 * The registrable domain by the Public Suffix List (its private section
 * included, so that strangers under one hosting suffix differ), in lower case:
 * "mx1.Example.CO.UK." -> "example.co.uk".
 * false: none (a public suffix itself, an address, not a host name).
 */
bool	name_registrable(const char *domain, char out[NAME_SIZE]);

/*
 * Whether the name looks generated for a line or a rented machine rather than
 * chosen for a mail server: it holds two or more octets of the address, in
 * whatever order, base or zero-padding, or words such as dyn, dsl, dhcp, pool,
 * ppp, cable, vps in front of its domain; and nothing in it but the top-level
 * domain says mail. What is no host name looks generated.
 */
bool	name_is_generated(const char *host, const struct ip *addr);

/*
 * The `name:` identity of a client whose name the MTA confirmed: its
 * registrable domain. false: none, since the name looks generated or has no
 * registrable domain.
 */
bool	name_identity(const char *host, const struct ip *addr,
	    char out[NAME_SIZE]);

#endif
