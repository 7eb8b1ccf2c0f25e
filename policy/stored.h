/* SPDX-License-Identifier: ISC
 * policy/stored.h - a greylisting record in the hands of a step of the store. Pure
 * functions. */
#ifndef POLICY_STORED_H
#define POLICY_STORED_H

#include <stdbool.h>

#include "db/record.h"
#include "db/store.h"

/* false: there is none, or none that can be read. */
bool	stored_get(const struct store_item *item, struct record *rec);

/* Marks the item to be stored, if the record differs from what it holds. */
void	stored_put(struct store_item *item, const struct record *rec);

#endif
