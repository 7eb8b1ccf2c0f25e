/* SPDX-License-Identifier: ISC
 * policy/names.h - what an address is called in keys and in the journal: folded
 * (policy/fold.h), and then its pseudonym where they are in use (base/pseudonym.h).
 * A pseudonym stays what it is.
 *
 * p NULL: no pseudonyms. Each is to be freed; NULL: out of memory. Pure
 * functions; any thread. */
#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include "base/pseudonym.h"

char	*names_sender(const struct pseudonyms *p, const char *sender);
char	*names_recipient(const struct pseudonyms *p, const char *recipient);
char	*names_correspondent(const struct pseudonyms *p, const char *address);

/* A login, in lower case. */
char	*names_user(const struct pseudonyms *p, const char *login);

/* What the journal has of an address that is no part of a decision: as it is, or
 * as names_sender(). */
char	*names_shown(const struct pseudonyms *p, const char *address);

#endif
