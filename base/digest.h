/* SPDX-License-Identifier: ISC
 * base/digest.h - fixed-length names for texts of any length. Any thread. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_SIZE = 32 };

/* SHA-256 (FIPS 180-4) of len bytes. */
void	digest_sha256(const void *bytes, size_t len, uint8_t out[DIGEST_SIZE]);

/* HMAC-SHA256 (RFC 2104) of a text under a key. */
void	digest_hmac(const void *key, size_t key_len, const void *bytes,
	    size_t len, uint8_t out[DIGEST_SIZE]);

#endif
