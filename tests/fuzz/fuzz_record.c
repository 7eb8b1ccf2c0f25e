/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_record.c - any bytes as a stored envelope, as a record and
 * as an entry of the queue: refused, or the same bytes when written again. */
#include <stdlib.h>
#include <string.h>

#include "db/envelope.h"
#include "db/record.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
try_envelope(const uint8_t *bytes, size_t size)
{
	struct store_item	item;
	uint8_t			back[ENVELOPE_MAX];
	int64_t			queued;
	struct err		e;

	if (envelope_open(&item, &queued, bytes, size, &e) == -1)
		return;
	if (envelope_seal(&item, queued, back) != size ||
	    memcmp(back, bytes, size) != 0)
		abort();
}

static void
try_record(const uint8_t *bytes, size_t size)
{
	struct record	rec;
	uint8_t		back[RECORD_SIZE];
	struct err	e;

	if (record_decode(&rec, bytes, size, 0, &e) == -1)
		return;
	record_encode(&rec, back);
	if (memcmp(back, bytes, RECORD_SIZE) != 0)
		abort();
}

static void
try_queue(const uint8_t *bytes, size_t size)
{
	struct store_key	key;
	uint8_t			back[QUEUE_KEY_MAX];
	int64_t			when;

	if (queue_entry(&key, &when, bytes, size) == -1)
		return;
	if (queue_key(&key, when, back) != size ||
	    memcmp(back, bytes, size) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	try_envelope(bytes, size);
	try_record(bytes, size);
	try_queue(bytes, size);
	return 0;
}
