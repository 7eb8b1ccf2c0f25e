/* SPDX-License-Identifier: ISC
 * policy/stored.c - between items and records. */
#include "policy/stored.h"

#include <string.h>

bool
stored_get(const struct store_item *item, struct record *rec)
{
	return item->found && record_decode(rec, item->value, item->len,
	    item->expires, NULL) == 0;
}

void
stored_put(struct store_item *item, const struct record *rec)
{
	uint8_t	bytes[RECORD_SIZE];

	record_encode(rec, bytes);
	if (item->found && item->len == sizeof(bytes) &&
	    item->expires == rec->expires &&
	    memcmp(item->value, bytes, sizeof(bytes)) == 0)
		return;
	memcpy(item->value, bytes, sizeof(bytes));
	item->len = sizeof(bytes);
	item->expires = rec->expires;
	item->act = STORE_PUT;
}
