/* SPDX-License-Identifier: ISC
 * db/record.h - a greylisting record as bytes: fixed-width, big-endian.
 *
 * The store puts the format's version byte and the expiry before it, so an
 * encoded record is the rest of a store_item's value. */
#ifndef DB_RECORD_H
#define DB_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum record_state {
	RECORD_PENDING = 1,	/* a triplet that waits for its retry */
	RECORD_PASSED = 2,	/* a triplet whose retry came in the window */
	RECORD_PROOF = 3	/* passes of an identity */
};

struct record {
	enum record_state state;
	int64_t		first;		/* seconds: its clock started */
	int64_t		last;		/* seconds: last attempt, or last use */
	int64_t		expires;	/* seconds: may be dropped from then on */
	uint32_t	tries;		/* attempts seen, stops at the top */
	uint32_t	passes;		/* messages that passed, likewise */
};

enum { RECORD_SIZE = 1 + 8 + 8 + 4 + 4 };

/* Writes RECORD_SIZE bytes; expires is not among them (store_item has it). */
void	record_encode(const struct record *rec, uint8_t out[RECORD_SIZE]);

/* 0 done. -1 another length or an unknown state: e tells, rec unchanged. */
int	record_decode(struct record *rec, const uint8_t *bytes, size_t len,
	    int64_t expires, struct err *e);

/* Big-endian numbers for other records. */
void	record_put64(uint8_t *out, uint64_t v);
uint64_t record_get64(const uint8_t *in);
void	record_put32(uint8_t *out, uint32_t v);
uint32_t record_get32(const uint8_t *in);

#endif
