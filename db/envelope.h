/* SPDX-License-Identifier: ISC
 * db/envelope.h - how a record and its place in the queue of expiry look as
 * bytes in an engine's files. Pure functions; any thread.
 *
 *	record	version 1, expires (8), queued (8), the caller's bytes
 *	queue	when (8), the record's key
 *
 * Each record has exactly one entry in the queue, at `queued`, which is never
 * later than `expires`: a renewal does not touch the queue, the entry moves on
 * when its turn comes. All numbers are big-endian; `when` has its sign bit
 * turned, so that bytes sort as seconds do. */
#ifndef DB_ENVELOPE_H
#define DB_ENVELOPE_H

#include "db/store.h"

enum {
	ENVELOPE_VERSION = 1,
	ENVELOPE_HEAD = 1 + 8 + 8,
	ENVELOPE_MAX = ENVELOPE_HEAD + STORE_VALUE_MAX,
	QUEUE_KEY_MAX = 8 + STORE_KEY_MAX
};

/* Writes item's expires, len and value, and its place in the queue. Returns
 * the number of bytes. */
size_t	envelope_seal(const struct store_item *item, int64_t queued,
	    uint8_t out[ENVELOPE_MAX]);

/* Sets item's expires, len and value, and *queued. -1: of another version, or
 * of an impossible length; e tells, nothing is changed. */
int	envelope_open(struct store_item *item, int64_t *queued,
	    const uint8_t *bytes, size_t len, struct err *e);

/* The queue's key for a record. Returns the number of bytes. */
size_t	queue_key(const struct store_key *key, int64_t when,
	    uint8_t out[QUEUE_KEY_MAX]);

/* Where the entries later than `after` begin in the queue. */
enum { QUEUE_PLACE_SIZE = 8 };
void	queue_place(int64_t after, uint8_t out[QUEUE_PLACE_SIZE]);

/* The record's key and time out of a queue's key. -1: none of ours. */
int	queue_entry(struct store_key *key, int64_t *when, const uint8_t *bytes,
	    size_t len);

/* Less than 0, 0 or more than 0, as keys are ordered in every engine: byte by
 * byte, the shorter first. */
int	key_order(const struct store_key *a, const struct store_key *b);

#endif
