/* SPDX-License-Identifier: ISC
 * identity/generic.h - how much of its address a host name tells.
 *
 * Pure functions; any thread. */
#ifndef IDENTITY_GENERIC_H
#define IDENTITY_GENERIC_H

#include <stdbool.h>

#include "base/ip.h"

/*
 * Whether the address is in the name: two octets of an IPv4 address as decimal
 * numbers, or three of them in hexadecimal or run together; three groups of an
 * IPv6 address, or twelve of its digits in a row. In lower case, without the
 * top-level domain.
 */
bool	generic_has_addr(const char *name, const struct ip *addr);

#endif
