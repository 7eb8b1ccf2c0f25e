/* SPDX-License-Identifier: ISC
 * whitelist/suggest.h - the narrowest safe entries that would let a mail pass.
 * Pure; any thread. */
#ifndef WHITELIST_SUGGEST_H
#define WHITELIST_SUGGEST_H

#include <stdbool.h>

#include "base/err.h"
#include "whitelist/entry.h"

/* What is known of an attempt. */
struct suggest_facts {
	const char	*client;	/* address */
	const char	*name;		/* confirmed and not generated; or NULL */
	const char	*sender;	/* "" null sender */
	const char	*recipient;
	bool		 proven;	/* the client proves the sender's domain */
};

/*
 * Up to SUGGEST_MAX entries, the narrowest first: with proof this sender to
 * this recipient, this sender, this sender's domain (not of free mail: why_not
 * says so); without proof this client to this recipient, this client, this
 * name. How many; why_not: "" or why a wider one is not among them.
 */
enum { SUGGEST_MAX = 4 };
unsigned suggest_entries(const struct suggest_facts *facts,
	    char out[SUGGEST_MAX][ENTRY_TEXT_SIZE], struct err *why_not);

#endif
