/* SPDX-License-Identifier: ISC
 * tests/unit/test_spf_question.c - what goes over the socket to greygate-spf
 * comes back as it was, and nothing else is taken for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "identity/question.h"

static struct question
full_question(void)
{
	struct question	q = { .id = UINT64_C(0x0123456789abcdef),
			    .kind = QUESTION_SPF };

	memset(q.client.b, 0xfe, sizeof(q.client.b));
	memset(q.helo, 'h', sizeof(q.helo) - 1);
	memset(q.sender, 's', sizeof(q.sender) - 1);
	return q;
}

static struct question_reply
full_reply(void)
{
	struct question_reply	r = { .id = UINT64_MAX, .answer = 1,
				    .result = SPF_RESULTS - 1,
				    .withdrawn = true, .ttl = UINT32_MAX,
				    .n_found = QUESTION_FOUND };

	for (unsigned i = 0; i < QUESTION_FOUND; i++)
		r.found[i] = 0x7f000002 + i;
	memset(r.why.text, 'w', sizeof(r.why.text) - 1);
	return r;
}

static void
question_comes_back_as_it_was(void **state)
{
	struct question	rows[] = {
		{ .id = 1, .kind = QUESTION_SPF, .helo = "mx.example.org",
		    .sender = "a b\xff@example.org" },
		{ .id = 0, .kind = QUESTION_SPF },
		{ .id = 2, .kind = QUESTION_LIST, .zone = "list.example" },
		full_question(),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct question	out;
		uint8_t		bytes[QUESTION_SIZE];
		size_t		len = question_write(&rows[i], bytes);

		memset(&out, 0xaa, sizeof(out));
		assert_int_equal(question_read(&out, bytes, len), 0);
		assert_memory_equal(&out, &rows[i], sizeof(out));
	}
}

static void
reply_comes_back_as_it_was(void **state)
{
	struct question_reply	rows[] = {
		{ .id = 9, .answer = -1, .result = SPF_TEMPERROR,
		    .why = { "no answer" } },
		{ .id = 9, .answer = 0, .result = SPF_NONE, .ttl = 60 },
		full_reply(),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct question_reply	out;
		uint8_t			bytes[QUESTION_SIZE];
		size_t			len = question_write_reply(&rows[i],
					    bytes);

		assert_int_equal(question_read_reply(&out, bytes, len), 0);
		assert_int_equal(out.id, rows[i].id);
		assert_int_equal(out.answer, rows[i].answer);
		assert_int_equal(out.result, rows[i].result);
		assert_int_equal(out.withdrawn, rows[i].withdrawn);
		assert_int_equal(out.ttl, rows[i].ttl);
		assert_int_equal(out.n_found, rows[i].n_found);
		assert_memory_equal(out.found, rows[i].found,
		    sizeof(out.found));
		assert_string_equal(out.why.text, rows[i].why.text);
	}
}

static void
part_of_one_or_more_than_one_is_none(void **state)
{
	struct question		 q = full_question(), q_out;
	struct question_reply	 r = full_reply(), r_out;
	uint8_t			 bytes[QUESTION_SIZE + 1] = { 0 };
	size_t			 len = question_write(&q, bytes);

	(void)state;
	for (size_t i = 0; i <= len + 1; i++)
		if (i != len)
			assert_int_equal(question_read(&q_out, bytes, i), -1);
	memset(bytes, 0, sizeof(bytes));
	len = question_write_reply(&r, bytes);
	for (size_t i = 0; i <= len + 1; i++)
		if (i != len)
			assert_int_equal(question_read_reply(&r_out, bytes, i),
			    -1);
}

/* Where a reply has what, and bytes there that it cannot have. */
static void
reply_out_of_bounds_is_none(void **state)
{
	static const struct { size_t at; uint8_t byte; } rows[] = {
		{ 0, 'Q' }, { 0, 0 },			/* the letter */
		{ 9, 3 }, { 9, 255 },			/* the answer */
		{ 10, SPF_RESULTS }, { 10, 255 },	/* the result */
		{ 11, 2 }, { 11, 255 },			/* withdrawn */
		{ 16, QUESTION_FOUND + 1 }, { 16, 255 },/* how many found */
		{ 16, QUESTION_FOUND - 1 },
		{ 60, 0 },				/* the end of why */
	};
	struct question_reply	 r = full_reply(), out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t	bytes[QUESTION_SIZE];
		size_t	len = question_write_reply(&r, bytes);

		bytes[rows[i].at] = rows[i].byte;
		if (question_read_reply(&out, bytes, len) != -1)
			fail_msg("row %zu: taken for a reply", i);
	}
}

static void
question_out_of_bounds_is_none(void **state)
{
	static const struct { size_t at; uint8_t byte; } rows[] = {
		{ 0, 'R' }, { 0, 0 },			/* the letter */
		{ 1, 0 }, { 1, QUESTION_LIST }, { 1, 3 }, { 1, 255 },
		{ 30, 0 },				/* the end of helo */
	};
	struct question	 q = full_question(), out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t	bytes[QUESTION_SIZE];
		size_t	len = question_write(&q, bytes);

		bytes[rows[i].at] = rows[i].byte;
		if (question_read(&out, bytes, len) != -1)
			fail_msg("row %zu: taken for a question", i);
	}
}

/* A question whose HELO name has so many letters. */
static int
reads_helo_of(size_t letters)
{
	struct question	 q = { .kind = QUESTION_SPF, .sender = "s" }, out;
	uint8_t		 bytes[QUESTION_SIZE];
	size_t		 len = question_write(&q, bytes);

	memmove(bytes + 26 + letters, bytes + 26, len - 26);
	memset(bytes + 26, 'h', letters);
	return question_read(&out, bytes, len + letters);
}

static void
text_too_long_for_its_place_is_none(void **state)
{
	(void)state;
	assert_int_equal(reads_helo_of(SPF_DOMAIN_SIZE - 1), 0);
	assert_int_equal(reads_helo_of(SPF_DOMAIN_SIZE), -1);
	assert_int_equal(reads_helo_of(SPF_DOMAIN_SIZE + 100), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(question_comes_back_as_it_was),
		cmocka_unit_test(reply_comes_back_as_it_was),
		cmocka_unit_test(part_of_one_or_more_than_one_is_none),
		cmocka_unit_test(reply_out_of_bounds_is_none),
		cmocka_unit_test(question_out_of_bounds_is_none),
		cmocka_unit_test(text_too_long_for_its_place_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
