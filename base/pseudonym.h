/* SPDX-License-Identifier: ISC
 * base/pseudonym.h - a name for a mailbox that tells nobody who it is, the same
 * one each time: a keyed HMAC-SHA-256 (RFC 2104, FIPS 198-1) in place of the local
 * part. Immutable once opened; any thread. */
#ifndef BASE_PSEUDONYM_H
#define BASE_PSEUDONYM_H

#include <stdbool.h>

#include "base/err.h"

struct pseudonyms;		/* opaque: the key */

#define PSEUDONYM_KEY_FILE	"pseudonym.key"	/* in the state folder */

/* Reads the key from a file of mode 0600, or makes one if there is none.
 * 0; -1: e says what to do. */
int	pseudonyms_open(struct pseudonyms **out, const char *path,
	    struct err *e);
void	pseudonyms_free(struct pseudonyms **p);

/* Writes the key to a file, for a backup: the whole of it or nothing, and it is on
 * the disk. 0; -1: e. */
int	pseudonyms_save(const struct pseudonyms *p, const char *path,
	    struct err *e);

/*
 * "Bob@example.com" -> "~" and 26 characters of base32, "@example.com", of the
 * address in lower case. With a sub-address ("bob+x@example.com") the name of
 * bob@example.com, "+" and 26 more characters stand there: whose it is can be told
 * without the sub-address. What has no "@" (a login) is a local part as a whole.
 *
 * As they are: the null sender, postmaster and abuse, "@example.com", and
 * pseudonyms. p NULL: every address, unchanged. To be freed; NULL: out of memory.
 */
char	*pseudonym_of(const struct pseudonyms *p, const char *address);

/* The same where the case of a local part counts: Bob@example.com has the name of
 * bob@example.com, "+" and one of its own. */
char	*pseudonym_of_cased(const struct pseudonyms *p, const char *address);

/* Whether an address is a pseudonym, or starts as one. */
bool	pseudonym_is(const char *address);

/* Whether a pseudonym is that of base, or of a sub-address of it. */
bool	pseudonym_has_base(const char *address, const char *base);

#endif
