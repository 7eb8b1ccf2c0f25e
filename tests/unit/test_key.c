/* SPDX-License-Identifier: ISC
 * tests/unit/test_key.c - keys are told apart and can be read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/key.h"

static char *
repeat(char c, size_t n)
{
	char	*s = malloc(n + 1);

	assert_non_null(s);
	memset(s, c, n);
	s[n] = '\0';
	return s;
}

static bool
same(const struct store_key *a, const struct store_key *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static void
a_key_can_be_read_again(void **state)
{
	struct store_key	key;
	struct key_parts	parts;

	(void)state;
	key_make(&key, KEY_TRIPLET, "net:192.0.2.0/24", "a@b.example", "c@d");
	assert_true(key_split(&key, &parts));
	assert_int_equal(parts.kind, KEY_TRIPLET);
	assert_int_equal(parts.n, 3);
	assert_string_equal(parts.part[0], "net:192.0.2.0/24");
	assert_string_equal(parts.part[1], "a@b.example");
	assert_string_equal(parts.part[2], "c@d");
}

static void
parts_that_are_left_out_are_null(void **state)
{
	struct store_key	key;
	struct key_parts	parts;

	(void)state;
	key_make(&key, KEY_PROOF, "addr:192.0.2.1", NULL, NULL);
	assert_true(key_split(&key, &parts));
	assert_int_equal(parts.n, 1);
	assert_null(parts.part[1]);
}

static void
an_empty_part_is_not_a_missing_one(void **state)
{
	struct store_key	empty, missing;
	struct key_parts	parts;

	(void)state;
	key_make(&empty, KEY_PROOF, "name:x.example", "", NULL);
	key_make(&missing, KEY_PROOF, "name:x.example", NULL, NULL);
	assert_false(same(&empty, &missing));
	assert_true(key_split(&empty, &parts));
	assert_int_equal(parts.n, 2);
	assert_string_equal(parts.part[1], "");
}

static void
where_a_part_ends_matters(void **state)
{
	struct store_key	a, b;

	(void)state;
	key_make(&a, KEY_TRIPLET, "net:x", "ab", "c");
	key_make(&b, KEY_TRIPLET, "net:x", "a", "bc");
	assert_false(same(&a, &b));
}

static void
a_part_at_the_limit_is_kept_as_it_is(void **state)
{
	struct store_key	key;
	struct key_parts	parts;
	char			*longest = repeat('x', KEY_PART_MAX);

	(void)state;
	key_make(&key, KEY_TRIPLET, longest, longest, longest);
	assert_true(key.len <= STORE_KEY_MAX);
	assert_true(key_split(&key, &parts));
	assert_string_equal(parts.part[2], longest);
	free(longest);
}

static void
longer_parts_are_hashed_and_never_cut(void **state)
{
	struct store_key	a, b;
	struct key_parts	parts;
	char			*one = repeat('x', 5000), *two = strdup(one);

	(void)state;
	two[4999] = 'y';
	key_make(&a, KEY_TRIPLET, "net:x", one, "r@x");
	key_make(&b, KEY_TRIPLET, "net:x", two, "r@x");
	assert_false(same(&a, &b));
	assert_true(key_split(&a, &parts));
	assert_int_equal(parts.n, 3);
	assert_int_equal(strlen(parts.part[1]), strlen("sha256:") + 64);
	assert_string_equal(parts.part[2], "r@x");
	free(one);
	free(two);
}

static void
nobody_can_write_the_hash_of_another_into_an_address(void **state)
{
	struct store_key	a, b;
	char			*one = repeat('x', 5000), forged[40] = { 0 };

	(void)state;
	key_make(&a, KEY_PROOF, one, NULL, NULL);
	/* The stored form of the long part, as if it were an address. */
	memcpy(forged, a.bytes + 2, 33);
	if (memchr(forged, '\0', 33) != NULL)
		fail_msg("this digest has a NUL: take another text");
	key_make(&b, KEY_PROOF, forged, NULL, NULL);
	assert_false(same(&a, &b));
	free(one);
}

static void
what_is_no_key_of_ours_is_told(void **state)
{
	struct store_key	key = { .len = 3, .bytes = "zab" };
	struct key_parts	parts;

	(void)state;
	assert_false(key_split(&key, &parts));
	memcpy(key.bytes, "tab", 3);
	assert_false(key_split(&key, &parts));
	memcpy(key.bytes, "t\0a\0b\0c\0d", 9);
	key.len = 9;
	assert_false(key_split(&key, &parts));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_can_be_read_again),
		cmocka_unit_test(parts_that_are_left_out_are_null),
		cmocka_unit_test(an_empty_part_is_not_a_missing_one),
		cmocka_unit_test(where_a_part_ends_matters),
		cmocka_unit_test(a_part_at_the_limit_is_kept_as_it_is),
		cmocka_unit_test(longer_parts_are_hashed_and_never_cut),
		cmocka_unit_test(
		    nobody_can_write_the_hash_of_another_into_an_address),
		cmocka_unit_test(what_is_no_key_of_ours_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
