/* SPDX-License-Identifier: ISC
 * milter/privacy.h - what of privacy begins with the process: the key of pseudonyms,
 * the state that is to have them, the age that the journal may reach. */
#ifndef MILTER_PRIVACY_H
#define MILTER_PRIVACY_H

#include "base/conf.h"
#include "base/pseudonym.h"
#include "journal/retention.h"
#include "policy/live.h"

/* With pseudonyms = true: *out is set, and the state has them when this returns.
 * Before anybody else works on the store. 0; -1: e says what to do. */
int	privacy_open(struct pseudonyms **out, struct store *store,
	    const struct conf *conf, struct err *e);

/* Keeps to the journal-retention in force. 0; -1: e. */
int	privacy_retain(struct retention **out, struct journal *journal,
	    struct live *live, struct alarms *alarms, struct err *e);

#endif
