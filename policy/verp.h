/* SPDX-License-Identifier: ISC
 * policy/verp.h - what varies in the bounce addresses of lists and services.
 *
 * Pure functions over constant tables; any thread. */
#ifndef POLICY_VERP_H
#define POLICY_VERP_H

#include <stddef.h>

/*
 * Writes the local part to out with every message number and token that stands
 * beside a mark of a bounce address as '#'; a recipient or an account in it
 * stays. The length, at most len; out is not ended by NUL.
 *
 * local, domain: in lower case, not necessarily ended by NUL.
 */
size_t	verp_fold(const char *local, size_t len, const char *domain,
	    size_t domain_len, char *out);

#endif
