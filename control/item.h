/* SPDX-License-Identifier: ISC
 * control/item.h - a record of the store as greyctl shows it. */
#ifndef CONTROL_ITEM_H
#define CONTROL_ITEM_H

#include "base/conf.h"
#include "base/json.h"
#include "control/selection.h"

/* The keys: state, identity, sender, recipient, first, last, expires, tries,
 * passes. Times are RFC 3339; what a record does not have is null. */
struct json *item_of(const struct selected *found, const struct conf *conf,
	    int64_t now);

/* Adds what `triplet show` tells beside: the seconds left until a retry
 * passes, until the window ends, until the record is forgotten. */
void	item_add_times(struct json *item, const struct selected *found,
	    const struct conf *conf, int64_t now);

/* A second as "2026-01-02T03:04:05Z"; 0 is null. */
void	item_add_time(struct json *object, const char *key, int64_t seconds);

#endif
