/* SPDX-License-Identifier: ISC
 * whitelist/entry_value.h - the values of entries: networks, host names,
 * domains and addresses, in their one form.
 *
 * Pure functions but for memory; any thread. */
#ifndef WHITELIST_ENTRY_VALUE_H
#define WHITELIST_ENTRY_VALUE_H

#include "whitelist/entry.h"

/* The value of an entry of this kind, which is no regex. 0; -1: not one, e says
 * what is allowed. */
int	entry_value(enum entry_kind kind, const char *text,
	    char clean[ENTRY_TEXT_SIZE], struct err *e);

/* What stands after "to". The same answers. */
int	entry_value_to(const char *text, char clean[ENTRY_TEXT_SIZE],
	    struct err *e);

/* "192.0.2.0/24", "192.0.2.1". The same answers. */
int	entry_value_network(const char *text, struct ip *net, unsigned *bits,
	    struct err *e);

#endif
