/* SPDX-License-Identifier: ISC
 * base/digest.c - SHA-256 and HMAC by OpenSSL. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

void
digest_sha256(const void *bytes, size_t len, uint8_t out[DIGEST_SIZE])
{
	/* Fails only where the library itself is broken: then nothing that
	 * this program promises can be kept. */
	if (EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

void
digest_hmac(const void *key, size_t key_len, const void *bytes, size_t len,
    uint8_t out[DIGEST_SIZE])
{
	size_t	made = 0;

	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_len, bytes,
	    len, out, DIGEST_SIZE, &made) == NULL || made != DIGEST_SIZE)
		abort();
}
