/* SPDX-License-Identifier: ISC
 * base/domain.h - what belongs to whom in a domain name, by the Public Suffix
 * List. Pure functions over constant tables; any thread. */
#ifndef BASE_DOMAIN_H
#define BASE_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

enum { DOMAIN_SIZE = 256 };	/* a domain name (RFC 1035, 2.3.4) and the end */

/*
 * Copies a host name in lower case, without the dot at its end. The length; 0
 * if it is none: empty, too long, an address, with an empty label or a byte
 * that is neither letter, digit, '-', '_', '.' nor beyond ASCII.
 */
size_t	domain_clean(const char *host, char out[DOMAIN_SIZE]);

/*
 * The registrable domain (the list's private section included, so that
 * strangers under one hosting suffix differ), in lower case:
 * "mx1.Example.CO.UK." -> "example.co.uk".
 * false: none (a public suffix itself, an address, not a host name).
 */
bool	domain_registrable(const char *domain, char out[DOMAIN_SIZE]);

/* Whether anybody may register names below it: "com", "co.uk", "github.io". */
bool	domain_is_public_suffix(const char *domain);

#endif
