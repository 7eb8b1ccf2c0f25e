/* SPDX-License-Identifier: ISC
 * identity/question.c - the datagrams that question.h describes: a letter, then
 * numbers of fixed width, big-endian, then texts that each end in a NUL. */
#include "identity/question.h"

#include <assert.h>
#include <string.h>

enum { ASKS = 'Q', TELLS = 'R' };

_Static_assert(QUESTION_SENDER_SIZE + SPF_DOMAIN_SIZE + 64 <= QUESTION_SIZE,
    "a question fits");
_Static_assert(sizeof(struct err) + 4 * QUESTION_FOUND + 64 <= QUESTION_SIZE,
    "a reply fits");

/* Bytes that are being written, or read; n of them are left of those that are
 * read, or are there of those that are written. */
struct writer {
	uint8_t	*at;
	size_t	 n;
};

struct reader {
	const uint8_t	*at;
	size_t		 n;
	bool		 bad;	/* there was less than was asked for */
};

static void
put_number(struct writer *w, uint64_t number, size_t width)
{
	for (size_t i = width; i-- > 0; )
		w->at[w->n++] = (uint8_t)(number >> (8 * i));
}

static void
put_bytes(struct writer *w, const void *bytes, size_t len)
{
	memcpy(w->at + w->n, bytes, len);
	w->n += len;
}

static void
put_text(struct writer *w, const char *text, size_t size)
{
	put_bytes(w, text, strnlen(text, size - 1));
	w->at[w->n++] = '\0';
}

static uint64_t
take_number(struct reader *r, size_t width)
{
	uint64_t	number = 0;

	if (r->n < width) {
		r->bad = true;
		return 0;
	}
	for (size_t i = 0; i < width; i++)
		number = number << 8 | r->at[i];
	r->at += width;
	r->n -= width;
	return number;
}

static void
take_bytes(struct reader *r, void *out, size_t len)
{
	if (r->n < len) {
		r->bad = true;
		return;
	}
	memcpy(out, r->at, len);
	r->at += len;
	r->n -= len;
}

static void
take_text(struct reader *r, char *out, size_t size)
{
	const uint8_t	*end = r->n == 0 ? NULL : memchr(r->at, '\0', r->n);

	if (end == NULL || (size_t)(end - r->at) >= size)
		r->bad = true;
	else
		take_bytes(r, out, (size_t)(end - r->at) + 1);
}

size_t
question_write(const struct question *q, uint8_t out[QUESTION_SIZE])
{
	struct writer	w = { out, 0 };

	put_number(&w, ASKS, 1);
	put_number(&w, (uint64_t)q->kind, 1);
	put_number(&w, q->id, 8);
	put_bytes(&w, q->client.b, sizeof(q->client.b));
	if (q->kind == QUESTION_SPF) {
		put_text(&w, q->helo, sizeof(q->helo));
		put_text(&w, q->sender, sizeof(q->sender));
	} else
		put_text(&w, q->zone, sizeof(q->zone));
	assert(w.n <= QUESTION_SIZE);
	return w.n;
}

int
question_read(struct question *out, const uint8_t *bytes, size_t len)
{
	struct reader	r = { bytes, len, false };
	uint64_t	letter = take_number(&r, 1);

	memset(out, 0, sizeof(*out));
	out->kind = (enum question_kind)take_number(&r, 1);
	out->id = take_number(&r, 8);
	take_bytes(&r, out->client.b, sizeof(out->client.b));
	if (out->kind == QUESTION_SPF) {
		take_text(&r, out->helo, sizeof(out->helo));
		take_text(&r, out->sender, sizeof(out->sender));
	} else if (out->kind == QUESTION_LIST)
		take_text(&r, out->zone, sizeof(out->zone));
	else
		return -1;
	return letter != ASKS || r.bad || r.n != 0 ? -1 : 0;
}

size_t
question_write_reply(const struct question_reply *r,
    uint8_t out[QUESTION_SIZE])
{
	struct writer	w = { out, 0 };

	assert(r->n_found <= QUESTION_FOUND);
	put_number(&w, TELLS, 1);
	put_number(&w, r->id, 8);
	put_number(&w, (uint64_t)(r->answer + 1), 1);
	put_number(&w, (uint64_t)r->result, 1);
	put_number(&w, r->withdrawn, 1);
	put_number(&w, r->ttl, 4);
	put_number(&w, r->n_found, 1);
	for (unsigned i = 0; i < r->n_found; i++)
		put_number(&w, r->found[i], 4);
	put_text(&w, r->why.text, sizeof(r->why.text));
	assert(w.n <= QUESTION_SIZE);
	return w.n;
}

int
question_read_reply(struct question_reply *out, const uint8_t *bytes,
    size_t len)
{
	struct reader	r = { bytes, len, false };
	uint64_t	letter = take_number(&r, 1), answer, result, withdrawn,
			n_found;

	memset(out, 0, sizeof(*out));
	out->id = take_number(&r, 8);
	answer = take_number(&r, 1);
	result = take_number(&r, 1);
	withdrawn = take_number(&r, 1);
	out->ttl = (uint32_t)take_number(&r, 4);
	n_found = take_number(&r, 1);
	if (letter != TELLS || answer > 2 || result >= SPF_RESULTS ||
	    withdrawn > 1 || n_found > QUESTION_FOUND)
		return -1;
	out->answer = (int)answer - 1;
	out->result = (enum spf_result)result;
	out->withdrawn = withdrawn == 1;
	out->n_found = (unsigned)n_found;
	for (unsigned i = 0; i < out->n_found; i++)
		out->found[i] = (uint32_t)take_number(&r, 4);
	take_text(&r, out->why.text, sizeof(out->why.text));
	return r.bad || r.n != 0 ? -1 : 0;
}
