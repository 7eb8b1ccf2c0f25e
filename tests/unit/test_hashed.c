/* SPDX-License-Identifier: ISC
 * tests/unit/test_hashed.c - addresses as keyed hashes, and the file with the
 * key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "recipient/hashed.h"
#include "tests/lib/store_world.h"

struct place {
	char	folder[40], path[60];
};

static int
begin(void **state)
{
	struct place	*p = calloc(1, sizeof(*p));

	(void)snprintf(p->folder, sizeof(p->folder),
	    "/tmp/greygate-test-XXXXXX");
	if (mkdtemp(p->folder) == NULL)
		return -1;
	(void)snprintf(p->path, sizeof(p->path), "%s/key", p->folder);
	*state = p;
	return 0;
}

static int
end(void **state)
{
	struct place	*p = *state;

	remove_all(p->folder);
	free(p);
	return 0;
}

static void
write_key(const struct place *p, const char *bytes, size_t len)
{
	FILE	*file = fopen(p->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* RFC 4231, cases 1, 2, 6 and 7. */
static void
hmac_is_that_of_rfc_4231(void **state)
{
	static const struct {
		const char	*text, *hex;
		size_t		 key_len;
		unsigned char	 key_byte;
	} rows[] = {
		{ "Hi There", "hmac-sha256:b0344c61d8db38535ca8afceaf0bf12b"
		    "881dc200c9833da726e9376c2e32cff7", 20, 0x0b },
		{ "what do ya want for nothing?", "hmac-sha256:"
		    "5bdcc146bf60754e6a042426089575c7"
		    "5a003f089d2739839dec58b964ec3843", 4, 0 },
		{ "Test Using Larger Than Block-Size Key - Hash Key First",
		    "hmac-sha256:60e431591ee0b67f0d8a26aacbf5b77f"
		    "8e0bc6213728c5140546040f0ee37f54", 131, 0xaa },
		{ "This is a test using a larger than block-size key and a "
		    "larger than block-size data. The key needs to be hashed "
		    "before being used by the HMAC algorithm.",
		    "hmac-sha256:9b09ffa71b942fcb27635fbcd5b0e944"
		    "bfdc63644f0713938a7f51535c3a35e2", 131, 0xaa },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char	key[131], hashed[HASHED_SIZE];
		char		text[HASHED_TEXT_SIZE];

		memset(key, rows[i].key_byte, sizeof(key));
		if (rows[i].key_byte == 0)
			memcpy(key, "Jefe", 4);
		hashed_make(key, rows[i].key_len, rows[i].text, hashed);
		hashed_format(hashed, text);
		assert_string_equal(text, rows[i].hex);
		assert_int_equal(hashed[0], 0);
	}
}

static void
text_form_is_read_back_in_any_case(void **state)
{
	unsigned char	made[HASHED_SIZE], back[HASHED_SIZE];
	char		text[HASHED_TEXT_SIZE];

	(void)state;
	hashed_make((const unsigned char *)"0123456789abcdef", 16, "bob@x",
	    made);
	hashed_format(made, text);
	assert_true(hashed_parse(text, back));
	assert_memory_equal(made, back, HASHED_SIZE);
	for (char *c = text; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 32);
	memset(back, 0, sizeof(back));
	assert_true(hashed_is_meant(text));
	assert_true(hashed_parse(text, back));
	assert_memory_equal(made, back, HASHED_SIZE);
}

static void
what_is_no_hash_is_not_taken_for_one(void **state)
{
	static const char	good[] = "hmac-sha256:00112233445566778899aabb"
				"ccddeeff00112233445566778899aabbccddeeff";
	unsigned char		out[HASHED_SIZE];
	char			text[HASHED_TEXT_SIZE + 1];

	(void)state;
	assert_true(hashed_parse(good, out));
	for (size_t i = 0; i < strlen(good); i++) {
		memcpy(text, good, sizeof(good));
		text[i] = i == 11 ? ';' : 'g';
		if (hashed_parse(text, out))
			fail_msg("taken: %s", text);
	}
	memcpy(text, good, sizeof(good));
	text[sizeof(good) - 2] = '\0';
	assert_false(hashed_parse(text, out));
	assert_true(hashed_is_meant(text));
	(void)snprintf(text, sizeof(text), "%s0", good);
	assert_false(hashed_parse(text, out));
	assert_false(hashed_parse(good + 12, out));
	assert_false(hashed_is_meant("hmac-sha512:00"));
}

static void
key_is_the_file_without_its_line_end(void **state)
{
	static const struct { const char *text; size_t len, key; } rows[] = {
		{ "0123456789abcdef", 16, 16 },
		{ "0123456789abcdef\n", 17, 16 },
		{ "0123456789abcdef\r\n", 18, 16 },
		{ "0123456789abcdef\n\n", 18, 17 },
		{ "0123456789abcdef\r", 17, 17 },
		{ "01234567\0009abcdef\n", 17, 16 },
	};
	struct place	*p = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char	key[HASHED_KEY_MAX];
		size_t		len = 99;

		write_key(p, rows[i].text, rows[i].len);
		assert_int_equal(hashed_key_read(p->path, key, &len, NULL), 0);
		assert_int_equal(len, rows[i].key);
		assert_memory_equal(key, rows[i].text, len);
	}
}

static void
key_that_is_too_short_or_too_long_is_refused(void **state)
{
	static const struct { size_t len; const char *says; } rows[] = {
		{ 0, "fewer" }, { 15, "fewer" }, { HASHED_KEY_MIN, NULL },
		{ HASHED_KEY_MAX, NULL }, { HASHED_KEY_MAX + 1, "more" },
		{ 5000, "more" },
	};
	struct place	*p = *state;
	char		 bytes[5001];

	memset(bytes, 'k', sizeof(bytes));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char	key[HASHED_KEY_MAX];
		size_t		len = 99;
		struct err	e = { "" };
		int		status;

		bytes[rows[i].len] = '\n';
		write_key(p, bytes, rows[i].len + 1);
		bytes[rows[i].len] = 'k';
		status = hashed_key_read(p->path, key, &len, &e);
		assert_int_equal(status, rows[i].says == NULL ? 0 : -1);
		assert_int_equal(len, rows[i].says == NULL ? rows[i].len : 0);
		if (rows[i].says != NULL && (strstr(e.text, rows[i].says) ==
		    NULL || strstr(e.text, p->path) == NULL))
			fail_msg("%zu bytes: %s", rows[i].len, e.text);
	}
}

static void
key_file_that_is_not_there_or_no_file_is_told(void **state)
{
	struct place	*p = *state;
	unsigned char	 key[HASHED_KEY_MAX];
	size_t		 len;
	struct err	 e;

	assert_int_equal(hashed_key_read(p->path, key, &len, &e), -1);
	assert_non_null(strstr(e.text, "No such file"));
	assert_int_equal(hashed_key_read(p->folder, key, &len, &e), -1);
	assert_non_null(strstr(e.text, "not a regular file"));
	assert_int_equal(mkfifo(p->path, 0600), 0);
	assert_int_equal(hashed_key_read(p->path, key, &len, &e), -1);
	assert_non_null(strstr(e.text, "not a regular file"));
}

static void
key_that_others_can_read_is_warned_of(void **state)
{
	static const struct { mode_t mode; bool exposed; } rows[] = {
		{ 0600, false }, { 0640, false }, { 0400, false },
		{ 0644, true }, { 0604, true }, { 0602, true }, { 0660, true },
	};
	struct place	*p = *state;
	struct err	 e;

	assert_false(hashed_key_is_exposed(p->path, &e));
	write_key(p, "k", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(chmod(p->path, rows[i].mode), 0);
		if (hashed_key_is_exposed(p->path, &e) != rows[i].exposed)
			fail_msg("mode %o: not %d", rows[i].mode,
			    rows[i].exposed);
		if (rows[i].exposed)
			assert_non_null(strstr(e.text, "chmod 640"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_is_that_of_rfc_4231),
		cmocka_unit_test(text_form_is_read_back_in_any_case),
		cmocka_unit_test(what_is_no_hash_is_not_taken_for_one),
		cmocka_unit_test_setup_teardown(
		    key_is_the_file_without_its_line_end, begin, end),
		cmocka_unit_test_setup_teardown(
		    key_that_is_too_short_or_too_long_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(
		    key_file_that_is_not_there_or_no_file_is_told, begin, end),
		cmocka_unit_test_setup_teardown(
		    key_that_others_can_read_is_warned_of, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
