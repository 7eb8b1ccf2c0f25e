/* SPDX-License-Identifier: ISC
 * whitelist/learned.c - what a letter of ours leaves behind, and the answer to
 * it: each one atomic step. */
#include "whitelist/learned.h"

#include <string.h>

#include "db/key.h"
#include "db/record.h"
#include "whitelist/learned_private.h"

enum { FORMAT = 1, HOUR = 60 * 60, DAY = 24 * HOUR };

/* The records of a step; without an organisation the last is left out. */
enum { PAIR, COUNT, BOUNCE, ITEMS };

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
count_up(uint32_t *n)
{
	if (*n < UINT32_MAX)
		++*n;
}

/* New pairs of one user in one hour of the clock. */
struct hour {
	int64_t		hour;
	uint32_t	fresh, excess;
};

enum { HOUR_SIZE = 1 + 8 + 4 + 4 };

/* Another hour's count, or none: from zero. */
static void
read_hour(struct hour *h, const struct store_item *item, int64_t now)
{
	*h = (struct hour){ .hour = now / HOUR };
	if (!item->found || item->len != HOUR_SIZE ||
	    item->value[0] != FORMAT ||
	    (int64_t)record_get64(item->value + 1) != h->hour)
		return;
	h->fresh = record_get32(item->value + 9);
	h->excess = record_get32(item->value + 13);
}

/* Kept as long as a pair: at a full table what expires within days goes first,
 * and a count that is forgotten within its hour would be no limit. */
static void
write_hour(struct store_item *item, const struct hour *h, int64_t expires)
{
	item->value[0] = FORMAT;
	record_put64(item->value + 1, (uint64_t)h->hour);
	record_put32(item->value + 9, h->fresh);
	record_put32(item->value + 13, h->excess);
	item->len = HOUR_SIZE;
	item->expires = later(item->expires, expires);
	item->act = STORE_PUT;
}

struct noting {
	const struct learned_letter *letter;
	const struct learned_limits *limits;
	int64_t		 now;
	struct learned_pair pair;
	/* Set anew by each run of note(). */
	bool		 kept;
	uint32_t	 excess;
};

static bool
is_within_limit(struct noting *n, struct store_item *count, bool renewed)
{
	struct hour	h;
	bool		kept;

	read_hour(&h, count, n->now);
	kept = renewed || h.fresh < n->limits->max_per_hour;
	if (!renewed) {
		count_up(kept ? &h.fresh : &h.excess);
		write_hour(count, &h, later(n->now + 2 * HOUR,
		    n->now + n->limits->remember));
	}
	n->excess = h.excess;
	return kept;
}

static void
begin_pair(struct learned_pair *p, const struct noting *n)
{
	p->first = p->last = n->now;
	p->answered = p->expires = 0;
	p->letters = p->answers = 0;
	p->n_identities = 0;
	learned_login(p->user, n->letter->user);
}

static void
write_pair(struct noting *n, struct store_item *item)
{
	struct learned_pair	*p = &n->pair;
	const char		*queue = n->letter->queue;

	if (n->now < p->first)
		p->first = n->now;
	p->last = later(p->last, n->now);
	p->expires = later(p->expires, n->now + n->limits->remember);
	count_up(&p->letters);
	(void)stpcpy(p->queue, strlen(queue) <= LEARNED_QUEUE_MAX ? queue : "");
	learned_encode(p, item);
}

/* The recipients of one message share it often: it is written once. */
static void
write_bounce(struct store_item *item, int64_t now)
{
	int64_t	expires = now + LEARNED_BOUNCE_DAYS * DAY;

	if (item->found && item->expires >= expires)
		return;
	item->value[0] = FORMAT;
	item->len = 1;
	item->expires = expires;
	item->act = STORE_PUT;
}

static void
note(struct store_item *items, size_t n_items, void *arg)
{
	struct noting	*n = arg;
	bool		 renewed = learned_alive(&n->pair, &items[PAIR], n->now);

	n->kept = is_within_limit(n, &items[COUNT], renewed);
	if (!n->kept)
		return;
	if (!renewed)
		begin_pair(&n->pair, n);
	write_pair(n, &items[PAIR]);
	if (n_items > BOUNCE)
		write_bounce(&items[BOUNCE], n->now);
}

int
learned_note(struct store *s, const struct learned_letter *l,
    const struct learned_limits *limits, int64_t now, uint32_t *excess,
    struct err *e)
{
	struct noting		n;
	struct store_item	items[ITEMS];
	size_t			n_items = BOUNCE;

	n.letter = l;
	n.limits = limits;
	n.now = now;
	learned_key(&items[PAIR].key, l->outside, l->ours);
	key_make(&items[COUNT].key, KEY_HOUR, l->user, NULL, NULL);
	if (l->organisation != NULL)
		key_make(&items[n_items++].key, KEY_WROTE, l->ours,
		    l->organisation, NULL);
	*excess = 0;
	if (store_step(s, items, n_items, note, &n, e) == -1)
		return -1;
	*excess = n.excess;
	return n.kept;
}

struct answering {
	const struct learned_question *q;
	int64_t		 remember, now;
	struct learned_pair pair;
	bool		 renewed;	/* set anew by each run of renew() */
};

static void
add_identity(const char *list[LEARNED_IDENTITIES], unsigned *n,
    const char *identity)
{
	for (unsigned i = 0; i < *n; i++)
		if (strcmp(list[i], identity) == 0)
			return;
	if (*n < LEARNED_IDENTITIES)
		list[(*n)++] = identity;
}

/* Those of this answer stand before the earlier ones. */
static void
add_identities(struct learned_pair *p, const char *const *latest)
{
	const char	*list[LEARNED_IDENTITIES];
	unsigned	 n = 0;

	for (; *latest != NULL; latest++)
		add_identity(list, &n, *latest);
	for (unsigned i = 0; i < p->n_identities; i++)
		add_identity(list, &n, p->identity[i]);
	memcpy(p->identity, list, n * sizeof(list[0]));
	p->n_identities = n;
}

static void
renew(struct store_item *items, size_t n, void *arg)
{
	struct answering	*a = arg;
	struct learned_pair	*p = &a->pair;

	(void)n;
	a->renewed = learned_alive(p, items, a->now);
	if (!a->renewed)
		return;
	count_up(&p->answers);
	p->answered = later(p->answered, a->now);
	p->expires = later(p->expires, a->now + a->remember);
	add_identities(p, a->q->identities);
	learned_encode(p, items);
}

static int
renew_at(struct store *s, struct answering *a, const struct store_key *key,
    struct err *e)
{
	struct store_item	item;

	item.key = *key;
	if (store_step(s, &item, 1, renew, a, e) == -1)
		return -1;
	return a->renewed;
}

int
learned_note_answer(struct store *s, const struct learned_question *q,
    int64_t remember, int64_t now, struct err *e)
{
	struct answering	a;
	struct learned_answer	answer;
	struct learned_hit	hit = { .answer = &answer };
	int			status;

	a.q = q;
	a.remember = remember;
	a.now = now;
	learned_key(&hit.key, q->outside, q->ours);
	status = renew_at(s, &a, &hit.key, e);
	if (status != 0 || q->scope == CONF_LEARN_MAILBOX)
		return status;
	status = learned_seek(s, q, now, &hit, e);
	return status == 1 ? renew_at(s, &a, &hit.key, e) : status;
}

int
learned_expects_bounce(struct store *s, const char *ours,
    const char *organisation, int64_t now, struct err *e)
{
	struct store_item	item;
	int			status;

	key_make(&item.key, KEY_WROTE, ours, organisation, NULL);
	status = store_get(s, &item, e);
	if (status != 1)
		return status;
	return item.len == 1 && item.value[0] == FORMAT && item.expires > now;
}
