/* SPDX-License-Identifier: ISC
 * recipient/doubt.c - what each source has found and denied of late. */
#include "recipient/doubt.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "db/record.h"

enum {
	KIND = 'y',
	NAMES = 40,		/* at once; a reload brings new ones */
	NAME_SIZE = 80, TOLD_SIZE = 64,	/* of struct source */
	DAY = 86400,
	YEAR = 366 * DAY,
	HALF = 1800,		/* of an hour, in seconds */
	LEAST = 5,		/* fewer denied ones are no loss */
	BITS = 1 << 16
};

/* The known ones of half an hour, each counted once: a bit for each, found by
 * its hash. Of many thousands some share a bit, which a share hardly shows. */
struct half {
	int64_t		number;		/* since the epoch */
	unsigned	asked, denied;
	uint8_t		asked_bits[BITS / 8], denied_bits[BITS / 8];
};

struct entry {
	char		 name[NAME_SIZE], told[TOLD_SIZE];
	uint64_t	 used;		/* the higher, the later */
	bool		 found;		/* somebody, once */
	int64_t		 written;	/* that to the store; 0: not yet */
	int64_t		 settled;	/* 0: never */
	struct half	*halves;	/* two; NULL: nothing counted */
	unsigned	 max_loss;	/* of the last "no" */
	bool		 doubted;
	struct err	 why;
};

struct doubt {
	struct store	*store;
	pthread_mutex_t	 lock;		/* of all below */
	uint64_t	 uses;
	struct entry	 entry[NAMES];
};

struct doubt *
doubt_new(struct store *store)
{
	struct doubt	*d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->store = store;
	(void)pthread_mutex_init(&d->lock, NULL);
	return d;
}

void
doubt_free(struct doubt **d)
{
	if (*d == NULL)
		return;
	for (int i = 0; i < NAMES; i++)
		free((*d)->entry[i].halves);
	(void)pthread_mutex_destroy(&(*d)->lock);
	free(*d);
	*d = NULL;
}

/* 0, or -1 out of memory. */
static int
copy_entry(struct entry *to, const struct entry *from)
{
	*to = *from;
	to->halves = NULL;
	if (from->halves == NULL)
		return 0;
	to->halves = malloc(2 * sizeof(*to->halves));
	if (to->halves == NULL)
		return -1;
	memcpy(to->halves, from->halves, 2 * sizeof(*to->halves));
	return 0;
}

struct doubt *
doubt_copy(struct doubt *of, struct store *store)
{
	struct doubt	*d = doubt_new(store);
	int		 rc = 0;

	if (d == NULL)
		return NULL;
	pthread_mutex_lock(&of->lock);
	d->uses = of->uses;
	for (int i = 0; i < NAMES && rc == 0; i++)
		rc = copy_entry(&d->entry[i], &of->entry[i]);
	pthread_mutex_unlock(&of->lock);
	if (rc == -1)
		doubt_free(&d);
	return d;
}

static void
add_text(struct store_key *key, const char *text)
{
	size_t	len = strlen(text);

	key->bytes[key->len++] = '\0';
	memcpy(key->bytes + key->len, text, len);
	key->len += len;
}

static void
make_key(struct store_key *key, const struct entry *n)
{
	key->bytes[0] = KIND;
	key->len = 1;
	add_text(key, n->name);
	add_text(key, n->told);
}

static struct entry *
find(struct doubt *d, const char *name)
{
	for (int i = 0; i < NAMES; i++)
		if (strcmp(d->entry[i].name, name) == 0)
			return &d->entry[i];
	return NULL;
}

static void
begin(struct entry *n, const char *name, const char *told)
{
	struct entry	empty = { .found = false };

	assert(strlen(name) < NAME_SIZE && strlen(told) < TOLD_SIZE);
	free(n->halves);
	*n = empty;
	memcpy(n->name, name, strlen(name));
	memcpy(n->told, told, strlen(told));
}

/* The entry of a source; if it has none, in the place of the one that was used
 * longest ago. */
static struct entry *
entry_of(struct doubt *d, const char *name, const char *told)
{
	struct entry	*n = find(d, name);

	if (n == NULL) {
		n = &d->entry[0];
		for (int i = 1; i < NAMES; i++)
			if (d->entry[i].used < n->used)
				n = &d->entry[i];
		begin(n, name, told);
	} else if (strcmp(n->told, told) != 0)
		begin(n, name, told);
	n->used = ++d->uses;
	return n;
}

/* What an earlier process knew. 0, or -1: e. */
static int
look_up(struct doubt *d, struct entry *n, int64_t now, struct err *e)
{
	struct store_item	item;

	if (n->found)
		return 0;
	make_key(&item.key, n);
	if (store_get(d->store, &item, e) == -1)
		return -1;
	if (!item.found || item.expires <= now || item.len != 8)
		return 0;
	n->found = true;
	n->written = item.expires - YEAR;
	n->settled = (int64_t)record_get64(item.value);
	return 0;
}

/* What a step writes. */
struct finding {
	int64_t	settled, expires;
};

static void
put(struct store_item *items, size_t n, void *arg)
{
	const struct finding	*f = arg;

	(void)n;
	items->act = STORE_PUT;
	items->expires = f->expires;
	items->len = 8;
	record_put64(items->value, (uint64_t)f->settled);
}

static int
write_down(struct doubt *d, struct entry *n, int64_t now, struct err *e)
{
	struct store_item	item;
	struct finding		f = { .settled = n->settled,
				    .expires = now + YEAR };

	make_key(&item.key, n);
	if (store_step(d->store, &item, 1, put, &f, e) == -1)
		return -1;
	n->written = now;
	return 0;
}

static bool
is_settled(const struct entry *n, int64_t now)
{
	return n->settled != 0 && now >= n->settled && now - n->settled < DAY;
}

/* The half hour at hand; NULL: out of memory, nothing is counted. */
static struct half *
half_of(struct entry *n, int64_t now)
{
	int64_t		 number = now / HALF;
	struct half	*half;

	if (n->halves == NULL)
		n->halves = calloc(2, sizeof(*n->halves));
	if (n->halves == NULL)
		return NULL;
	half = &n->halves[number & 1];
	if (half->number != number) {
		memset(half, 0, sizeof(*half));
		half->number = number;
	}
	return half;
}

/* FNV-1a. */
static uint32_t
bit_of(const char *address)
{
	uint32_t	hash = 2166136261u;

	for (; *address != '\0'; address++)
		hash = (hash ^ (unsigned char)*address) * 16777619u;
	return (hash ^ hash >> 16) % BITS;
}

static unsigned
set(uint8_t *bits, uint32_t bit)
{
	uint8_t	mask = (uint8_t)(1 << bit % 8);
	bool	had = (bits[bit / 8] & mask) != 0;

	bits[bit / 8] |= mask;
	return !had;
}

static void
count(struct entry *n, const char *known, bool denied, int64_t now)
{
	struct half	*half = half_of(n, now);
	uint32_t	 bit = bit_of(known);

	if (half == NULL)
		return;
	half->asked += set(half->asked_bits, bit);
	if (denied)
		half->denied += set(half->denied_bits, bit);
}

struct loss {
	unsigned long	asked, denied;
};

static struct loss
loss_of(const struct entry *n, int64_t now)
{
	struct loss	loss = { 0 };
	int64_t		number = now / HALF;

	for (int i = 0; n->halves != NULL && i < 2; i++)
		if (n->halves[i].number == number ||
		    n->halves[i].number == number - 1) {
			loss.asked += n->halves[i].asked;
			loss.denied += n->halves[i].denied;
		}
	return loss;
}

static bool
is_too_much(struct loss loss, unsigned max_loss)
{
	return loss.denied >= LEAST &&
	    loss.denied * 100 > loss.asked * max_loss;
}

void
doubt_yes(struct doubt *d, const char *name, const char *told,
    const char *known, int64_t now)
{
	struct entry	*n;

	pthread_mutex_lock(&d->lock);
	n = entry_of(d, name, told);
	(void)look_up(d, n, now, NULL);
	n->found = true;
	/* What cannot be written now is tried again with the next one. */
	if (n->written == 0 || now < n->written || now - n->written >= DAY)
		(void)write_down(d, n, now, NULL);
	if (known != NULL && !is_settled(n, now))
		count(n, known, false, now);
	if (n->doubted && !is_too_much(loss_of(n, now), n->max_loss))
		n->doubted = false;
	pthread_mutex_unlock(&d->lock);
}

/* false: e says why. */
static bool
is_right(struct doubt *d, struct entry *n, int64_t now, struct err *e)
{
	struct loss	loss;
	struct err	why;

	if (look_up(d, n, now, &why) == -1) {
		(void)err_set(e, "whether it has ever found anybody is not "
		    "known: %s", why.text);
		return false;
	}
	if (!n->found) {
		(void)err_set(e, "%s has found nobody yet, so nobody is held "
		    "to be unknown: see that its settings are right (or, if "
		    "it has nobody: \"greyctl recipient adopt\")", n->name);
		return false;
	}
	loss = loss_of(n, now);
	if (!is_settled(n, now) && is_too_much(loss, n->max_loss)) {
		(void)err_set(e, "%s: %lu of %lu users asked about again in "
		    "this hour are gone, so nobody is held to be unknown: see "
		    "whether it is complete (if it is: \"greyctl recipient "
		    "adopt\")", n->name, loss.denied, loss.asked);
		return false;
	}
	return true;
}

bool
doubt_no(struct doubt *d, const char *name, const char *told,
    const char *known, unsigned max_loss, int64_t now, struct err *e)
{
	struct entry	*n;
	bool		 right;

	pthread_mutex_lock(&d->lock);
	n = entry_of(d, name, told);
	n->max_loss = max_loss;
	if (known != NULL && !is_settled(n, now))
		count(n, known, true, now);
	right = is_right(d, n, now, &n->why);
	n->doubted = !right;
	if (!right && e != NULL)
		*e = n->why;
	pthread_mutex_unlock(&d->lock);
	return right;
}

int
doubt_settle(struct doubt *d, const char *name, const char *told,
    int64_t now, struct err *e)
{
	struct entry	*n;
	int64_t		 former;
	int		 status;

	pthread_mutex_lock(&d->lock);
	n = entry_of(d, name, told);
	former = n->settled;
	n->settled = now;
	status = write_down(d, n, now, e);
	if (status == 0) {
		n->found = true;
		n->doubted = false;
		free(n->halves);
		n->halves = NULL;
	} else
		n->settled = former;
	pthread_mutex_unlock(&d->lock);
	return status;
}

bool
doubt_of(struct doubt *d, const char *name, struct err *e)
{
	struct entry	*n;
	bool		 doubted;

	pthread_mutex_lock(&d->lock);
	n = find(d, name);
	doubted = n != NULL && n->doubted;
	if (doubted && e != NULL)
		*e = n->why;
	pthread_mutex_unlock(&d->lock);
	return doubted;
}
