/* SPDX-License-Identifier: ISC
 * journal/tally_value.c - keys and values of an hour of counts. */
#include "journal/tally_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/key.h"
#include "db/record.h"

enum {
	HOUR = 3600,
	VERSION = 1,
	HEAD = 2,			/* version, pages */
	SIZES = 16,
	COUNT_MAX = 10,			/* bytes of 64 bits */
	TEXT_SIZE = 32
};

#define LAST_HOUR	INT64_C(253402297200)	/* of the year 9999 */
#define OTHER		"other"
#define DECISIONS	"decisions"
#define DELAYS		"delays "

static const char *const kinds[TALLY_KINDS] = { "addr", "net", "name", "spf" };

const char *
tally_kind(unsigned kind)
{
	return kinds[kind];
}

int64_t
tally_hour_of(int64_t now)
{
	if (now < 0)
		return 0;
	return now > LAST_HOUR ? LAST_HOUR : now - now % HOUR;
}

static void
hour_text(int64_t hour, char out[TEXT_SIZE])
{
	const time_t	seconds = (time_t)hour;
	struct tm	tm;

	(void)gmtime_r(&seconds, &tm);
	(void)snprintf(out, TEXT_SIZE, "%04d-%02d-%02dT%02d",
	    (tm.tm_year + 1900) % 10000, (tm.tm_mon + 1) % 100,
	    tm.tm_mday % 100, tm.tm_hour % 100);
}

void
tally_key_page(struct store_key *key, int64_t hour, unsigned page)
{
	char	text[TEXT_SIZE], what[TEXT_SIZE] = DECISIONS;

	hour_text(hour, text);
	if (page > 0)
		(void)snprintf(what, sizeof(what), DECISIONS " %u", page + 1);
	key_make(key, KEY_TALLY, text, what, NULL);
}

void
tally_key_kind(struct store_key *key, int64_t hour, unsigned kind)
{
	char	text[TEXT_SIZE], what[TEXT_SIZE];

	hour_text(hour, text);
	(void)snprintf(what, sizeof(what), DELAYS "%s", kinds[kind]);
	key_make(key, KEY_TALLY, text, what, NULL);
}

void
tally_key_prefix(struct store_key *key, int64_t hour, size_t len)
{
	char	text[TEXT_SIZE];

	hour_text(hour, text);
	text[len] = '\0';
	key_make(key, KEY_TALLY, text, NULL, NULL);
}

static int
place_of(const char *what, struct tally_place *out)
{
	char	*end;
	long	 nth = 1;

	out->is_page = strncmp(what, DECISIONS, strlen(DECISIONS)) == 0;
	if (out->is_page) {
		what += strlen(DECISIONS);
		if (*what == ' ')
			nth = strtol(what + 1, &end, 10);
		out->nth = (unsigned)(nth - 1);
		return nth >= 1 && nth <= TALLY_PAGES ? 0 : -1;
	}
	if (strncmp(what, DELAYS, strlen(DELAYS)) != 0)
		return -1;
	what += strlen(DELAYS);
	for (unsigned k = 0; k < TALLY_KINDS; k++)
		if (strcmp(what, kinds[k]) == 0) {
			out->nth = k;
			return 0;
		}
	return -1;
}

int
tally_key_place(const struct store_key *key, struct tally_place *out)
{
	struct key_parts	parts;
	struct tm		tm = { 0 };
	const char		*end;

	if (!key_split(key, &parts) || parts.kind != KEY_TALLY || parts.n != 2)
		return -1;
	end = strptime(parts.part[0], "%Y-%m-%dT%H", &tm);
	if (end == NULL || *end != '\0')
		return -1;
	out->hour = (int64_t)timegm(&tm);
	return place_of(parts.part[1], out);
}

void
tally_add_word(struct tally_hour *h, const char *word, uint64_t n)
{
	unsigned	i = 0;

	while (i < h->n && strcmp(h->decisions[i].word, word) != 0)
		i++;
	if (i == TALLY_WORDS - 1 && i == h->n)
		word = OTHER;
	if (i == TALLY_WORDS)
		i--;
	else if (i == h->n) {
		(void)snprintf(h->decisions[i].word, TALLY_WORD_SIZE, "%s",
		    word);
		h->decisions[i].count = 0;
		h->n++;
	}
	h->decisions[i].count += n;
}

void
tally_add_hour(struct tally_hour *to, const struct tally_hour *from)
{
	for (unsigned i = 0; i < from->n; i++)
		tally_add_word(to, from->decisions[i].word,
		    from->decisions[i].count);
	for (unsigned k = 0; k < TALLY_KINDS; k++)
		for (unsigned b = 0; b < TALLY_DELAYS; b++)
			to->delays[k][b] += from->delays[k][b];
}

/* The number of bytes. */
static size_t
put_count(uint8_t *out, uint64_t n)
{
	size_t	len = 0;

	for (; n >= 0x80; n >>= 7)
		out[len++] = (uint8_t)(n | 0x80);
	out[len++] = (uint8_t)n;
	return len;
}

/* Where the next thing is; NULL: the bytes end before. */
static const uint8_t *
get_count(const uint8_t *at, const uint8_t *end, uint64_t *n)
{
	unsigned	shift = 0;

	for (*n = 0; at < end && shift < 64; shift += 7) {
		*n |= (uint64_t)(*at & 0x7f) << shift;
		if ((*at++ & 0x80) == 0)
			return at;
	}
	return NULL;
}

static const uint8_t *
get_word(struct tally_hour *h, const uint8_t *at, const uint8_t *end)
{
	char		word[TALLY_WORD_SIZE];
	size_t		len = *at++;
	uint64_t	n;

	if (len >= sizeof(word) || (size_t)(end - at) < len)
		return NULL;
	memcpy(word, at, len);
	word[len] = '\0';
	at = get_count(at + len, end, &n);
	if (at != NULL)
		tally_add_word(h, word, n);
	return at;
}

int
tally_decode_page(struct tally_hour *h, unsigned page,
    const struct store_item *item, unsigned *pages)
{
	size_t		 head = HEAD + (page == 0 ? SIZES : 0);
	const uint8_t	*at = item->value + head,
			*end = item->value + item->len;

	if (item->len < head || item->value[0] != VERSION ||
	    item->value[1] == 0 || item->value[1] > TALLY_PAGES)
		return -1;
	*pages = item->value[1];
	if (page == 0) {
		h->records = record_get64(item->value + HEAD);
		h->bytes = record_get64(item->value + HEAD + 8);
	}
	while (at != NULL && at < end)
		at = get_word(h, at, end);
	return at == NULL ? -1 : 0;
}

int
tally_decode_kind(struct tally_hour *h, unsigned kind,
    const struct store_item *item)
{
	const uint8_t	*at = item->value + 1, *end = item->value + item->len;
	uint64_t	 n;
	unsigned	 bucket;

	if (item->len < 1 || item->value[0] != VERSION)
		return -1;
	while (at < end) {
		bucket = *at;
		at = get_count(at + 1, end, &n);
		if (at == NULL || bucket >= TALLY_DELAYS)
			return -1;
		h->delays[kind][bucket] += n;
	}
	return 0;
}

static void
begin_page(const struct tally_hour *h, struct store_item *item, unsigned page,
    unsigned n)
{
	item->value[0] = VERSION;
	item->value[1] = (uint8_t)n;
	item->len = HEAD;
	if (page > 0)
		return;
	record_put64(item->value + HEAD, h->records);
	record_put64(item->value + HEAD + 8, h->bytes);
	item->len += SIZES;
}

bool
tally_encode_pages(const struct tally_hour *h, struct store_item *items,
    unsigned n)
{
	unsigned	page = 0;

	for (unsigned p = 0; p < n; p++)
		begin_page(h, &items[p], p, n);
	for (unsigned i = 0; i < h->n; i++) {
		const char	*word = h->decisions[i].word;
		size_t		 len = strlen(word);
		uint8_t		*at;

		if (items[page].len + 1 + len + COUNT_MAX > STORE_VALUE_MAX &&
		    ++page == n)
			return false;
		at = items[page].value + items[page].len;
		*at = (uint8_t)len;
		memcpy(at + 1, word, len);
		items[page].len += 1 + len +
		    put_count(at + 1 + len, h->decisions[i].count);
	}
	return true;
}

void
tally_encode_kind(const struct tally_hour *h, unsigned kind,
    struct store_item *item)
{
	item->value[0] = VERSION;
	item->len = 1;
	for (unsigned b = 0; b < TALLY_DELAYS; b++) {
		if (h->delays[kind][b] == 0)
			continue;
		item->value[item->len] = (uint8_t)b;
		item->len += 1 + put_count(item->value + item->len + 1,
		    h->delays[kind][b]);
	}
}
