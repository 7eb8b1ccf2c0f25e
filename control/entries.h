/* SPDX-License-Identifier: ISC
 * control/entries.h - whitelist entries as greyctl shows them.
 *
 * Owned by one thread. */
#ifndef CONTROL_ENTRIES_H
#define CONTROL_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "whitelist/whitelist.h"

/* All entries of one moment, held, so that nobody who changes the whitelist
 * waits for a listing that is read in a pager. */
struct entries {
	struct listed	**at;
	size_t		  n;
};

/* 0; -1 out of memory: e. w may be NULL: none. */
int	entries_take(struct whitelist *w, struct entries *out, struct err *e);
void	entries_free(struct entries *entries);

/* The keys: entry, kind, unsafe, origin, where, note, created, expires, hits,
 * last_hit. Times are RFC 3339; what there is not is null. */
struct json *entries_item(const struct listed *l);

/* Adds a moment to an object; INT64_MAX, never, is null. */
void	entries_add_time(struct json *object, const char *key,
	    int64_t seconds);

/* "live", "file", "shipped". */
const char *entries_origin(enum entry_origin origin);

/* The kind of this name; -1: there is none, e tells which there are. */
int	entries_kind(const char *name, struct err *e);

#endif
