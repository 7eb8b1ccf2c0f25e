/* SPDX-License-Identifier: ISC
 * identity/name.h - what a forward-confirmed host name tells of its operator.
 *
 * Pure functions over constant tables; any thread. */
#ifndef IDENTITY_NAME_H
#define IDENTITY_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/domain.h"
#include "base/ip.h"

enum { NAME_SIZE = DOMAIN_SIZE };

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
