/* SPDX-License-Identifier: ISC
 * db/envelope.c - the bytes that envelope.h describes. */
#include "db/envelope.h"

#include <string.h>

#include "db/record.h"

static const uint64_t sign = (uint64_t)1 << 63;

size_t
envelope_seal(const struct store_item *item, int64_t queued,
    uint8_t out[ENVELOPE_MAX])
{
	out[0] = ENVELOPE_VERSION;
	record_put64(out + 1, (uint64_t)item->expires);
	record_put64(out + 9, (uint64_t)queued);
	memcpy(out + ENVELOPE_HEAD, item->value, item->len);
	return ENVELOPE_HEAD + item->len;
}

int
envelope_open(struct store_item *item, int64_t *queued, const uint8_t *bytes,
    size_t len, struct err *e)
{
	if (len > 0 && bytes[0] != ENVELOPE_VERSION)
		return err_set(e, "the state holds a record of version %u, "
		    "this program reads version %d", bytes[0],
		    ENVELOPE_VERSION);
	if (len < ENVELOPE_HEAD || len > ENVELOPE_MAX)
		return err_set(e, "the state is damaged: a record of %zu bytes",
		    len);
	item->expires = (int64_t)record_get64(bytes + 1);
	*queued = (int64_t)record_get64(bytes + 9);
	item->len = len - ENVELOPE_HEAD;
	memcpy(item->value, bytes + ENVELOPE_HEAD, item->len);
	return 0;
}

size_t
queue_key(const struct store_key *key, int64_t when,
    uint8_t out[QUEUE_KEY_MAX])
{
	record_put64(out, (uint64_t)when ^ sign);
	memcpy(out + 8, key->bytes, key->len);
	return 8 + key->len;
}

void
queue_place(int64_t after, uint8_t out[QUEUE_PLACE_SIZE])
{
	/* INT64_MIN stands for "all": nothing is queued as early as that. */
	record_put64(out, (uint64_t)(after + 1) ^ sign);
}

int
queue_entry(struct store_key *key, int64_t *when, const uint8_t *bytes,
    size_t len)
{
	if (len <= 8 || len > QUEUE_KEY_MAX)
		return -1;
	*when = (int64_t)(record_get64(bytes) ^ sign);
	key->len = len - 8;
	memcpy(key->bytes, bytes + 8, key->len);
	return 0;
}

int
key_order(const struct store_key *a, const struct store_key *b)
{
	size_t	shorter = a->len < b->len ? a->len : b->len;
	int	order = memcmp(a->bytes, b->bytes, shorter);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}
