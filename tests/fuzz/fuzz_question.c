/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_question.c - datagrams between the filter and greygate-spf.
 * What is taken for one is written as it was read. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "identity/question.h"

int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
must_be(const uint8_t *again, size_t again_len, const uint8_t *bytes,
    size_t len)
{
	must(again_len == len && memcmp(again, bytes, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct question		q;
	struct question_reply	r;
	uint8_t			again[QUESTION_SIZE];

	if (question_read(&q, bytes, len) == 0) {
		must(memchr(q.helo, '\0', sizeof(q.helo)) != NULL);
		must(memchr(q.sender, '\0', sizeof(q.sender)) != NULL);
		must(memchr(q.zone, '\0', sizeof(q.zone)) != NULL);
		must_be(again, question_write(&q, again), bytes, len);
	}
	if (question_read_reply(&r, bytes, len) == 0) {
		must(r.answer >= -1 && r.answer <= 1);
		must(r.result < SPF_RESULTS && r.n_found <= QUESTION_FOUND);
		must(memchr(r.why.text, '\0', sizeof(r.why.text)) != NULL);
		must_be(again, question_write_reply(&r, again), bytes, len);
	}
	return 0;
}
