/* SPDX-License-Identifier: ISC
 * policy/crowd.c - counts and fingerprints of noisy identities. */
#include "policy/crowd.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"

/* A KEY_CROWD record: the number of its newest window, then how many triplets
 * were begun in it and in the ones before. */
enum { WINDOWS = 3, COUNT_SIZE = 8 + 4 * WINDOWS };

struct counts {
	int64_t		window;
	uint32_t	begun[WINDOWS];		/* newest first */
};

static int64_t
window_of(const struct grey_conf *conf, int64_t now)
{
	return now / conf->window;
}

/* The counts as they stand at now: windows gone by have moved down. A clock
 * that went back, or another window length, starts anew. */
static struct counts
read_counts(const struct store_item *item, const struct grey_conf *conf,
    int64_t now)
{
	struct counts	c = { .window = window_of(conf, now) };
	int64_t		gone;

	if (!item->found || item->len != COUNT_SIZE)
		return c;
	gone = c.window - (int64_t)record_get64(item->value);
	if (gone < 0)
		return c;
	for (int64_t i = gone; i < WINDOWS; i++)
		c.begun[i] = record_get32(item->value + 8 + 4 * (i - gone));
	return c;
}

uint64_t
crowd_pending(const struct store_item *item, const struct grey_conf *conf,
    int64_t now)
{
	struct counts	c = read_counts(item, conf, now);
	uint64_t	sum = 0;

	for (int i = 0; i < WINDOWS; i++)
		sum += c.begun[i];
	return sum;
}

void
crowd_count(struct store_item *item, int change,
    const struct grey_conf *conf, int64_t now)
{
	struct counts	c = read_counts(item, conf, now);
	int		at = 0;

	if (change > 0 && c.begun[0] < UINT32_MAX)
		c.begun[0]++;
	if (change < 0) {
		while (at < WINDOWS && c.begun[at] == 0)
			at++;
		if (at == WINDOWS)
			return;
		c.begun[at]--;
	}
	record_put64(item->value, (uint64_t)c.window);
	for (int i = 0; i < WINDOWS; i++)
		record_put32(item->value + 8 + 4 * i, c.begun[i]);
	item->len = COUNT_SIZE;
	item->expires = (c.window + WINDOWS) * conf->window;
	item->act = STORE_PUT;
}

struct crowd_mark
crowd_mark_of(const char *identity, const char *sender, const char *rcpt,
    uint64_t slots)
{
	uint8_t	part[3][DIGEST_SIZE], digest[DIGEST_SIZE];

	digest_sha256(identity, strlen(identity), part[0]);
	digest_sha256(sender, strlen(sender), part[1]);
	digest_sha256(rcpt, strlen(rcpt), part[2]);
	digest_sha256(part, sizeof(part), digest);
	return (struct crowd_mark){
	    .slot = record_get64(digest) % slots,
	    .fingerprint = record_get64(digest + 8) };
}

struct grey_answer
crowd_mark_step(struct store_item *item, uint64_t fingerprint,
    const struct grey_conf *conf, int64_t now)
{
	struct record		rec = { 0 };
	struct grey_answer	answer;
	bool			mine;

	mine = item->found && item->len == 8 + RECORD_SIZE &&
	    record_get64(item->value) == fingerprint &&
	    record_decode(&rec, item->value + 8, RECORD_SIZE, item->expires,
	    NULL) == 0;
	answer = grey_step(&rec, mine, conf, now);
	record_put64(item->value, fingerprint);
	record_encode(&rec, item->value + 8);
	item->len = 8 + RECORD_SIZE;
	item->expires = rec.expires;
	item->act = STORE_PUT;
	return answer;
}
