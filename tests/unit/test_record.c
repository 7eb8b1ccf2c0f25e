/* SPDX-License-Identifier: ISC
 * tests/unit/test_record.c - records as bytes, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "db/envelope.h"
#include "db/record.h"

static const struct record	sample = {
	.state = RECORD_PASSED,
	.first = 0x0102030405060708,
	.last = -2,
	.expires = 77,
	.tries = 0xa1a2a3a4,
	.passes = 5,
};

static const uint8_t	sample_bytes[RECORD_SIZE] = {
	2, 1, 2, 3, 4, 5, 6, 7, 8,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
	0xa1, 0xa2, 0xa3, 0xa4, 0, 0, 0, 5,
};

static void
record_is_fixed_width_and_big_endian(void **state)
{
	uint8_t	bytes[RECORD_SIZE];

	(void)state;
	record_encode(&sample, bytes);
	assert_memory_equal(bytes, sample_bytes, RECORD_SIZE);
}

static void
what_was_encoded_is_decoded(void **state)
{
	struct record	rec;

	(void)state;
	memset(&rec, 0x55, sizeof(rec));
	assert_int_equal(record_decode(&rec, sample_bytes, RECORD_SIZE, 77,
	    NULL), 0);
	assert_int_equal(rec.state, sample.state);
	assert_int_equal(rec.first, sample.first);
	assert_int_equal(rec.last, sample.last);
	assert_int_equal(rec.expires, 77);
	assert_int_equal(rec.tries, sample.tries);
	assert_int_equal(rec.passes, sample.passes);
}

static void
another_length_is_refused(void **state)
{
	struct record	rec = { .tries = 9 };
	struct err	e;

	(void)state;
	assert_int_equal(record_decode(&rec, sample_bytes, RECORD_SIZE - 1, 77,
	    &e), -1);
	assert_string_equal(e.text, "a stored record has 24 bytes, not 25");
	assert_int_equal(record_decode(&rec, sample_bytes, 0, 77, &e), -1);
	assert_int_equal(rec.tries, 9);
}

static void
unknown_state_is_refused(void **state)
{
	uint8_t		bytes[RECORD_SIZE] = { 4 };
	struct record	rec = { .tries = 9 };
	struct err	e;

	(void)state;
	assert_int_equal(record_decode(&rec, bytes, sizeof(bytes), 0, &e), -1);
	assert_string_equal(e.text, "a stored record has the unknown state 4");
	bytes[0] = 0;
	assert_int_equal(record_decode(&rec, bytes, sizeof(bytes), 0, &e), -1);
	assert_int_equal(rec.tries, 9);
}

static void
numbers_come_back_at_their_ends(void **state)
{
	static const uint64_t	wide[] = { 0, 1, 0x80, UINT64_MAX,
				    (uint64_t)1 << 63 };
	uint8_t			bytes[8];

	(void)state;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		record_put64(bytes, wide[i]);
		assert_true(record_get64(bytes) == wide[i]);
		record_put32(bytes, (uint32_t)wide[i]);
		assert_true(record_get32(bytes) == (uint32_t)wide[i]);
	}
}

static struct store_item
sealed_item(void)
{
	struct store_item	item = { .expires = -3, .len = 2 };

	memcpy(item.value, "ab", 2);
	return item;
}

static void
envelope_is_version_expiry_place_and_value(void **state)
{
	static const uint8_t	want[] = {
		1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfd,
		0, 0, 0, 0, 0, 0, 1, 0, 'a', 'b',
	};
	struct store_item	item = sealed_item(), back = { .len = 0 };
	uint8_t			bytes[ENVELOPE_MAX];
	int64_t			queued;

	(void)state;
	assert_int_equal(envelope_seal(&item, 256, bytes), sizeof(want));
	assert_memory_equal(bytes, want, sizeof(want));
	assert_int_equal(envelope_open(&back, &queued, bytes, sizeof(want),
	    NULL), 0);
	assert_int_equal(back.expires, -3);
	assert_int_equal(queued, 256);
	assert_int_equal(back.len, 2);
	assert_memory_equal(back.value, "ab", 2);
}

static void
newer_envelope_is_refused_with_its_version(void **state)
{
	struct store_item	item = sealed_item();
	uint8_t			bytes[ENVELOPE_MAX + 1];
	int64_t			queued = 5;
	struct err		e;

	(void)state;
	(void)envelope_seal(&item, 0, bytes);
	bytes[0] = 2;
	assert_int_equal(envelope_open(&item, &queued, bytes, 19, &e), -1);
	assert_string_equal(e.text, "the state holds a record of version 2, "
	    "this program reads version 1");
	bytes[0] = 1;
	assert_int_equal(envelope_open(&item, &queued, bytes,
	    ENVELOPE_HEAD - 1, &e), -1);
	assert_int_equal(envelope_open(&item, &queued, bytes,
	    ENVELOPE_MAX + 1, &e), -1);
	assert_int_equal(envelope_open(&item, &queued, bytes, 0, &e), -1);
	assert_int_equal(queued, 5);
}

static void
places_in_the_queue_sort_as_time_does(void **state)
{
	static const int64_t	when[] = { INT64_MIN, -1, 0, 1, 255, 256,
				    INT64_MAX };
	struct store_key	key = { .len = 1, .bytes = { 'k' } }, back;
	uint8_t			last[QUEUE_KEY_MAX], bytes[QUEUE_KEY_MAX];
	int64_t			at;

	(void)state;
	for (size_t i = 0; i < sizeof(when) / sizeof(when[0]); i++) {
		assert_int_equal(queue_key(&key, when[i], bytes), 9);
		assert_true(i == 0 || memcmp(last, bytes, 9) < 0);
		memcpy(last, bytes, 9);
		assert_int_equal(queue_entry(&back, &at, bytes, 9), 0);
		assert_true(at == when[i]);
		assert_int_equal(key_order(&back, &key), 0);
	}
	assert_int_equal(queue_entry(&back, &at, bytes, 8), -1);
	assert_int_equal(queue_entry(&back, &at, bytes, QUEUE_KEY_MAX + 1),
	    -1);
}

static void
keys_are_ordered_by_bytes_the_shorter_first(void **state)
{
	struct store_key	a = { .len = 1, .bytes = { 'a' } };
	struct store_key	ab = { .len = 2, .bytes = { 'a', 'b' } };
	struct store_key	b = { .len = 1, .bytes = { 0xff } };

	(void)state;
	assert_true(key_order(&a, &ab) < 0);
	assert_true(key_order(&ab, &a) > 0);
	assert_true(key_order(&ab, &b) < 0);
	assert_int_equal(key_order(&ab, &ab), 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(record_is_fixed_width_and_big_endian),
		cmocka_unit_test(what_was_encoded_is_decoded),
		cmocka_unit_test(another_length_is_refused),
		cmocka_unit_test(unknown_state_is_refused),
		cmocka_unit_test(numbers_come_back_at_their_ends),
		cmocka_unit_test(envelope_is_version_expiry_place_and_value),
		cmocka_unit_test(newer_envelope_is_refused_with_its_version),
		cmocka_unit_test(places_in_the_queue_sort_as_time_does),
		cmocka_unit_test(keys_are_ordered_by_bytes_the_shorter_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
