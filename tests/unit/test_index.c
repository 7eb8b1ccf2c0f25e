/* SPDX-License-Identifier: ISC
 * tests/unit/test_index.c - the hash table of a whitelist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "whitelist/index.h"

/* A client may choose a text for its hash: that alone is no match. */
static void
texts_with_the_same_hash_are_two(void **state)
{
	struct index		x;
	struct index_key	key = { INDEX_SENDER, 3, 2, "a@b", "@c", 7 };
	static const struct index_key	others[] = {
		{ INDEX_SENDER, 3, 2, "a@x", "@c", 7 },
		{ INDEX_SENDER, 3, 2, "a@b", "@x", 7 },
		{ INDEX_SENDER, 3, 0, "a@b", "", 7 },
		{ INDEX_SENDER, 2, 2, "a@", "@c", 7 },
		{ INDEX_DOMAIN, 3, 2, "a@b", "@c", 7 },
	};

	(void)state;
	assert_int_equal(index_init(&x, 6, 30), 0);
	index_put(&x, &key)->first = 1;
	for (size_t i = 0; i < 5; i++) {
		assert_null(index_get(&x, &others[i]));
		index_put(&x, &others[i])->first = (uint32_t)i + 2;
	}
	assert_int_equal(index_get(&x, &key)->first, 1);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(index_get(&x, &others[i])->first, i + 2);
	index_free(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_with_the_same_hash_are_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
