/* SPDX-License-Identifier: ISC
 * db/record.c - the bytes that record.h describes. */
#include "db/record.h"

/* Where each number stands in the bytes. */
enum {
	AT_STATE = 0,
	AT_FIRST = 1,
	AT_LAST = AT_FIRST + 8,
	AT_TRIES = AT_LAST + 8,
	AT_PASSES = AT_TRIES + 4
};

void
record_put64(uint8_t *out, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

uint64_t
record_get64(const uint8_t *in)
{
	uint64_t	v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | in[i];
	return v;
}

void
record_put32(uint8_t *out, uint32_t v)
{
	for (int i = 3; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

uint32_t
record_get32(const uint8_t *in)
{
	uint32_t	v = 0;

	for (int i = 0; i < 4; i++)
		v = v << 8 | in[i];
	return v;
}

void
record_encode(const struct record *rec, uint8_t out[RECORD_SIZE])
{
	out[AT_STATE] = (uint8_t)rec->state;
	record_put64(out + AT_FIRST, (uint64_t)rec->first);
	record_put64(out + AT_LAST, (uint64_t)rec->last);
	record_put32(out + AT_TRIES, rec->tries);
	record_put32(out + AT_PASSES, rec->passes);
}

int
record_decode(struct record *rec, const uint8_t *bytes, size_t len,
    int64_t expires, struct err *e)
{
	if (len != RECORD_SIZE)
		return err_set(e, "a stored record has %zu bytes, not %d", len,
		    RECORD_SIZE);
	switch (bytes[AT_STATE]) {
	case RECORD_PENDING:
	case RECORD_PASSED:
	case RECORD_PROOF:
		break;
	default:
		return err_set(e, "a stored record has the unknown state %u",
		    bytes[AT_STATE]);
	}
	*rec = (struct record){
		.state = (enum record_state)bytes[AT_STATE],
		.first = (int64_t)record_get64(bytes + AT_FIRST),
		.last = (int64_t)record_get64(bytes + AT_LAST),
		.expires = expires,
		.tries = record_get32(bytes + AT_TRIES),
		.passes = record_get32(bytes + AT_PASSES),
	};
	return 0;
}
