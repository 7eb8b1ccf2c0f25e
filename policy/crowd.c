/* SPDX-License-Identifier: ISC
 * policy/crowd.c - counts and fingerprints of noisy identities. */
#include "policy/crowd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/digest.h"
#include "base/log.h"

enum {
	WINDOWS = 3,			/* this one and the two before */
	ROWS = 2,			/* an identity has a cell in each */
	CELLS = 1 << 18,
	SEED_SIZE = 16
};

struct crowd {
	pthread_mutex_t	 lock;
	uint8_t		 seed[SEED_SIZE];	/* nobody can aim at a cell */
	int64_t		 window;		/* number of the newest one */
	int64_t		 length;		/* of a window, seconds */
	uint32_t	*counts;		/* [WINDOWS][ROWS][CELLS] */
	atomic_bool	 marks;		/* there may be some */
};

struct crowd *
crowd_new(void)
{
	struct crowd	*c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->counts = calloc((size_t)WINDOWS * ROWS * CELLS, sizeof(uint32_t));
	if (c->counts == NULL) {
		free(c);
		return NULL;
	}
	if (getrandom(c->seed, sizeof(c->seed), GRND_NONBLOCK) == -1)
		log_warn("no random bytes: the crowd table can be aimed at");
	(void)pthread_mutex_init(&c->lock, NULL);
	return c;
}

void
crowd_free(struct crowd **c)
{
	if (*c == NULL)
		return;
	(void)pthread_mutex_destroy(&(*c)->lock);
	free((*c)->counts);
	free(*c);
	*c = NULL;
}

/* Where an identity is counted, in each row. */
struct cells {
	size_t	at[ROWS];
};

static struct cells
cells_of(const struct crowd *c, const char *identity)
{
	uint8_t		text[SEED_SIZE + 512], digest[DIGEST_SIZE];
	size_t		len = strlen(identity);
	struct cells	cells;

	if (len > sizeof(text) - SEED_SIZE)
		len = sizeof(text) - SEED_SIZE;
	memcpy(text, c->seed, SEED_SIZE);
	memcpy(text + SEED_SIZE, identity, len);
	digest_sha256(text, SEED_SIZE + len, digest);
	for (int r = 0; r < ROWS; r++)
		cells.at[r] = record_get32(digest + 4 * r) % CELLS;
	return cells;
}

static uint32_t *
count_of(struct crowd *c, int64_t window, int row, size_t cell)
{
	size_t	w = (size_t)(window % WINDOWS);

	return &c->counts[(w * ROWS + (size_t)row) * CELLS + cell];
}

/* Windows that have gone by are emptied; after a clock that went back, or with
 * another length, all are. Who read the clock just before the newest window
 * began comes late, that is all. */
static void
turn_to(struct crowd *c, const struct grey_conf *conf, int64_t now)
{
	int64_t	window = now / conf->window;
	size_t	size = (size_t)ROWS * CELLS * sizeof(uint32_t);

	if (conf->window == c->length && window == c->window - 1)
		return;
	if (conf->window != c->length || window < c->window ||
	    window >= c->window + WINDOWS) {
		memset(c->counts, 0, WINDOWS * size);
	} else
		for (int64_t w = c->window + 1; w <= window; w++)
			memset(count_of(c, w, 0, 0), 0, size);
	c->window = window;
	c->length = conf->window;
}

static uint64_t
sum(struct crowd *c, int row, size_t cell)
{
	uint64_t	n = 0;

	for (int64_t w = 0; w < WINDOWS; w++)
		n += *count_of(c, w, row, cell);
	return n;
}

uint64_t
crowd_pending(struct crowd *c, const char *identity,
    const struct grey_conf *conf, int64_t now)
{
	struct cells	cells = cells_of(c, identity);
	uint64_t	least = UINT64_MAX, n;

	pthread_mutex_lock(&c->lock);
	turn_to(c, conf, now);
	for (int r = 0; r < ROWS; r++) {
		n = sum(c, r, cells.at[r]);
		if (n < least)
			least = n;
	}
	pthread_mutex_unlock(&c->lock);
	return least;
}

/* As sum(), of the windows that turn_to() would leave. */
static uint64_t
sum_left(struct crowd *c, int row, size_t cell, int64_t newest)
{
	uint64_t	n = 0;

	if (newest < c->window)
		return newest == c->window - 1 ? sum(c, row, cell) : 0;
	for (int64_t w = newest - WINDOWS + 1; w <= c->window; w++)
		n += w < 0 ? 0 : *count_of(c, w, row, cell);
	return n;
}

uint64_t
crowd_look(struct crowd *c, const char *identity,
    const struct grey_conf *conf, int64_t now)
{
	struct cells	cells = cells_of(c, identity);
	uint64_t	least = UINT64_MAX, n;

	pthread_mutex_lock(&c->lock);
	for (int r = 0; r < ROWS; r++) {
		n = conf->window != c->length ? 0 : sum_left(c, r,
		    cells.at[r], now / conf->window);
		if (n < least)
			least = n;
	}
	pthread_mutex_unlock(&c->lock);
	return least;
}

/* Takes one off where it was counted: the newest window that has any. */
static void
take_off(struct crowd *c, int row, size_t cell)
{
	for (int64_t w = c->window + WINDOWS; w > c->window; w--) {
		uint32_t *n = count_of(c, w, row, cell);

		if (*n > 0) {
			(*n)--;
			return;
		}
	}
}

void
crowd_count(struct crowd *c, const char *identity, int change,
    const struct grey_conf *conf, int64_t now)
{
	struct cells	cells = cells_of(c, identity);

	pthread_mutex_lock(&c->lock);
	turn_to(c, conf, now);
	for (int r = 0; r < ROWS; r++) {
		uint32_t *n = count_of(c, c->window, r, cells.at[r]);

		if (change < 0)
			take_off(c, r, cells.at[r]);
		else if (*n < UINT32_MAX)
			(*n)++;
	}
	pthread_mutex_unlock(&c->lock);
}

uint64_t
crowd_total(struct crowd *c, const struct grey_conf *conf, int64_t now)
{
	uint64_t	n = 0;

	pthread_mutex_lock(&c->lock);
	turn_to(c, conf, now);
	for (size_t cell = 0; cell < CELLS; cell++)
		n += sum(c, 0, cell);
	pthread_mutex_unlock(&c->lock);
	return n;
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

bool
crowd_mark_get(const struct store_item *item, uint64_t fingerprint,
    struct record *rec)
{
	return item->found && item->len == 8 + RECORD_SIZE &&
	    record_get64(item->value) == fingerprint &&
	    record_decode(rec, item->value + 8, RECORD_SIZE, item->expires,
	    NULL) == 0;
}

void
crowd_mark_put(struct store_item *item, uint64_t fingerprint,
    const struct record *rec)
{
	record_put64(item->value, fingerprint);
	record_encode(rec, item->value + 8);
	item->len = 8 + RECORD_SIZE;
	item->expires = rec->expires;
	item->act = STORE_PUT;
}

void
crowd_has_marked(struct crowd *c)
{
	atomic_store(&c->marks, true);
}

bool
crowd_may_have_marked(struct crowd *c)
{
	return atomic_load(&c->marks);
}
