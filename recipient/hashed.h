/* SPDX-License-Identifier: ISC
 * recipient/hashed.h - addresses as keyed hashes, for a list that may lie on a
 * host that is not to know our users: "hmac-sha256:" and 64 hex digits.
 *
 * Plain values, any thread. */
#ifndef RECIPIENT_HASHED_H
#define RECIPIENT_HASHED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/err.h"

enum {
	HASHED_KEY_MIN = 16, HASHED_KEY_MAX = 1024,	/* bytes */
	HASHED_SIZE = 1 + DIGEST_SIZE,		/* in a list: a NUL, which no
						 * address has, and the hash */
	HASHED_TEXT_SIZE = 12 + 2 * DIGEST_SIZE + 1	/* with its end */
};

/*
 * A hashed list has the hash of this text among its own: by it a reader sees
 * that its key is the one that the list was made with. Under another key nobody
 * would be found, and all mail be refused.
 */
#define HASHED_MARK	"@"

/* Reads a key file: all its bytes but one line end at the last. 0; -1 it cannot
 * be read, or is shorter than 16 bytes or longer than 1024: e, *len is 0. */
int	hashed_key_read(const char *path, unsigned char key[HASHED_KEY_MAX],
	    size_t *len, struct err *e);

/* Whether anybody on this host may read or change the key file; e: the sentence
 * that warns of it. false, too, if it cannot be looked at. */
bool	hashed_key_is_exposed(const char *path, struct err *e);

/* The hash of a text, as it is in a list; text is an address as address_make()
 * gives it (or "@domain"), which is what it is to be found by. */
void	hashed_make(const unsigned char *key, size_t key_len, const char *text,
	    unsigned char out[HASHED_SIZE]);

/* Text form and back. Parsing takes any case. false: not such a text. */
void	hashed_format(const unsigned char hashed[HASHED_SIZE],
	    char out[HASHED_TEXT_SIZE]);
bool	hashed_parse(const char *text, unsigned char out[HASHED_SIZE]);

/* Whether a text is meant as a hash, well-formed or not. */
bool	hashed_is_meant(const char *text);

#endif
