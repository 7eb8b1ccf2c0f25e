/* SPDX-License-Identifier: ISC
 * policy/person.h - whatever is stored of one mailbox: with any sub-address, in any
 * case, signed by BATV or SRS as it is, by its address or by its pseudonym.
 *
 * Immutable once made; any thread. */
#ifndef POLICY_PERSON_H
#define POLICY_PERSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pseudonym.h"
#include "db/store.h"
#include "recipient/recipients.h"

struct person;			/* opaque */

/* p NULL: there are no pseudonyms. An address may be a pseudonym itself. 0; -1: it
 * is no address of a mailbox, or memory is out: e. */
int	person_new(struct person **out, const struct pseudonyms *p,
	    const char *address, struct err *e);
void	person_free(struct person **p);

/* The address without its sub-address, in lower case, and where it is in a
 * domain; the pseudonym, or "". */
const char *person_address(const struct person *p);
const char *person_domain(const struct person *p);
const char *person_pseudonym(const struct person *p);

/* Whether an address, or a login, is that mailbox's. */
bool	person_is(const struct person *p, const char *address);
bool	person_has_login(const struct person *p, const char *login,
	    const char *domain);

/* Records that were removed. */
struct person_records {
	uint64_t	triplets, correspondents, bounces, hours, recipients;
};

/* Removes all of them from the state, on the disk when it returns. What identities
 * have proven stays. 0; -1 the store failed: some may be gone, e. */
int	person_forget(const struct person *p, struct store *s,
	    struct recipients *r, struct person_records *out, struct err *e);

#endif
