/* SPDX-License-Identifier: ISC
 * recipient/harvest.c - counts of who asks for recipients that do not exist. */
#include "recipient/harvest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/digest.h"
#include "base/log.h"
#include "db/record.h"

enum {
	KIND = 'h',
	WAYS = 8,			/* entries in a set */
	SETS = HARVEST_ENTRIES / WAYS,
	BITE = 16,			/* sets looked at under one lock */
	SEED_SIZE = 16,
	VALUE_SIZE = 8 + 4 + 4
};

struct entry {
	char		identity[HARVEST_IDENTITY_MAX + 1];	/* "": free */
	uint32_t	unknown, known;
	int64_t		since;		/* the window's, or the ban's, start */
	int64_t		until;		/* of the ban; 0: none */
	int64_t		seen;		/* last */
};

struct harvest {
	struct store	*store;
	uint8_t		 seed[SEED_SIZE];	/* nobody can aim at a set */
	pthread_mutex_t	 lock;		/* of all below */
	struct entry	*entry;		/* [SETS][WAYS] */
	uint64_t	 unknown, known, bans;
};

struct harvest *
harvest_new(struct store *store)
{
	struct harvest	*h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->entry = calloc(HARVEST_ENTRIES, sizeof(*h->entry));
	if (h->entry == NULL) {
		free(h);
		return NULL;
	}
	if (getrandom(h->seed, sizeof(h->seed), GRND_NONBLOCK) == -1)
		log_warn("no random bytes: the table of those who guess "
		    "recipients can be aimed at");
	h->store = store;
	(void)pthread_mutex_init(&h->lock, NULL);
	return h;
}

void
harvest_free(struct harvest **h)
{
	if (*h == NULL)
		return;
	(void)pthread_mutex_destroy(&(*h)->lock);
	free((*h)->entry);
	free(*h);
	*h = NULL;
}

/* An identity and its set; NULL for one that is not counted. */
struct spot {
	const char	*identity;
	struct entry	*set;
};

static struct spot
spot_of(const struct harvest *h, const char *identity)
{
	uint8_t		text[SEED_SIZE + HARVEST_IDENTITY_MAX];
	uint8_t		digest[DIGEST_SIZE];
	size_t		len = strlen(identity);
	struct spot	spot = { .identity = identity };

	if (len == 0 || len > HARVEST_IDENTITY_MAX)
		return spot;
	memcpy(text, h->seed, SEED_SIZE);
	memcpy(text + SEED_SIZE, identity, len);
	digest_sha256(text, SEED_SIZE + len, digest);
	spot.set = h->entry + record_get32(digest) % SETS * WAYS;
	return spot;
}

static struct entry *
find(const struct spot *spot)
{
	for (int i = 0; spot->set != NULL && i < WAYS; i++)
		if (strcmp(spot->set[i].identity, spot->identity) == 0)
			return &spot->set[i];
	return NULL;
}

static bool
is_banned(const struct entry *n, int64_t now)
{
	return n->until > now;
}

/* How long ago it was seen; free ones before all others, and one of the future
 * as long ago as can be. -1: banned. */
static int64_t
idle(const struct entry *n, int64_t now)
{
	if (n->identity[0] == '\0')
		return INT64_MAX;
	if (is_banned(n, now))
		return -1;
	return n->seen > now ? INT64_MAX - 1 : now - n->seen;
}

/* The entry of an identity, perhaps in the place of another. NULL: it is not
 * counted. */
static struct entry *
take(const struct spot *spot, int64_t now)
{
	struct entry	*n = find(spot), empty = { .since = now };

	if (n != NULL || spot->set == NULL)
		return n;
	n = spot->set;
	for (int i = 1; i < WAYS; i++)
		if (idle(&spot->set[i], now) > idle(n, now))
			n = &spot->set[i];
	/* Bans alone: the one that ends first makes room, or who fills the table
	 * could guess on. */
	for (int i = 0; i < WAYS && idle(n, now) == -1; i++)
		if (spot->set[i].until < n->until)
			n = &spot->set[i];
	memcpy(empty.identity, spot->identity, strlen(spot->identity));
	*n = empty;
	return n;
}

/* A ban is over, a window has gone by, the clock has gone back. */
static void
turn_to(struct entry *n, const struct harvest_rule *rule, int64_t now)
{
	bool	ban = n->until != 0;

	if (ban && n->until - now > rule->ban)
		n->until = now + rule->ban;
	if (ban ? is_banned(n, now) : now >= n->since &&
	    now - n->since < rule->window)
		return;
	n->unknown = n->known = 0;
	n->since = now;
	n->until = 0;
}

static void
make_key(struct store_key *key, const char *identity)
{
	size_t	len = strlen(identity);

	key->bytes[0] = KIND;
	key->bytes[1] = '\0';
	memcpy(key->bytes + 2, identity, len);
	key->len = 2 + len;
}

static void
put(struct store_item *items, size_t n, void *arg)
{
	const struct entry	*entry = arg;

	(void)n;
	items->act = STORE_PUT;
	items->expires = entry->until;
	items->len = VALUE_SIZE;
	record_put64(items->value, (uint64_t)entry->since);
	record_put32(items->value + 8, entry->unknown);
	record_put32(items->value + 12, entry->known);
}

struct beginning {
	struct harvest	*h;
	int64_t		 now;
};

static bool
take_ban(const struct store_item *item, void *arg)
{
	const struct beginning *b = arg;
	char		 identity[HARVEST_IDENTITY_MAX + 1];
	size_t		 len = item->key.len - 2;
	struct spot	 spot;
	struct entry	*n;

	if (len > HARVEST_IDENTITY_MAX || item->len != VALUE_SIZE ||
	    item->expires <= b->now)
		return true;
	memcpy(identity, item->key.bytes + 2, len);
	identity[len] = '\0';
	spot = spot_of(b->h, identity);
	n = take(&spot, b->now);
	if (n == NULL)
		return true;
	n->since = (int64_t)record_get64(item->value);
	n->unknown = record_get32(item->value + 8);
	n->known = record_get32(item->value + 12);
	n->until = item->expires;
	return true;
}

int
harvest_begin(struct harvest *h, int64_t now, struct err *e)
{
	static const uint8_t	prefix[] = { KIND, '\0' };
	struct beginning	b = { .h = h, .now = now };
	int			status;

	pthread_mutex_lock(&h->lock);
	status = store_walk(h->store, prefix, sizeof(prefix), take_ban, &b, e);
	pthread_mutex_unlock(&h->lock);
	return status;
}

static bool
is_proven(const struct harvest_client *client)
{
	return client->is_proven != NULL && client->is_proven(client->arg);
}

/* Whether this one is banned by now; *outnumbered: by its unknown recipients. */
static bool
look_at(const struct spot *spot, const struct harvest_rule *rule, int64_t now,
    bool look, bool *outnumbered)
{
	struct entry	*n = find(spot), copy;

	*outnumbered = false;
	if (n == NULL)
		return false;
	if (look) {
		copy = *n;
		n = &copy;
	}
	turn_to(n, rule, now);
	*outnumbered = n->unknown > n->known;
	return is_banned(n, now);
}

bool
harvest_is_banned(struct harvest *h, const struct harvest_rule *rule,
    const struct harvest_client *client, int64_t now, const char **by)
{
	struct spot	addr = spot_of(h, client->addr);
	struct spot	net = spot_of(h, client->net);
	bool		by_addr, by_net, outnumbered, unused;

	if (rule->limit == 0)
		return false;
	pthread_mutex_lock(&h->lock);
	by_addr = look_at(&addr, rule, now, client->look, &outnumbered);
	by_net = look_at(&net, rule, now, client->look, &unused);
	pthread_mutex_unlock(&h->lock);
	if (!by_addr && !by_net)
		return false;
	*by = by_addr ? client->addr : client->net;
	return (by_addr && outnumbered) || !is_proven(client);
}

/* One recipient that is counted, and the bans that this begins. */
struct counting {
	const struct harvest_rule *rule;
	bool			 known, proven;
	int64_t			 now;
	struct entry		 begun[2];	/* copies */
	int			 n_begun;
};

/* One address counts for half the limit in its network at most: it takes three to
 * ban their neighbours, or a single one could keep a neighbour's mail out for as
 * long as it likes. */
static bool
counts_for_net(const struct counting *c, const struct spot *addr)
{
	const struct entry	*n = find(addr);

	return c->known || n == NULL || (!is_banned(n, c->now) &&
	    n->unknown <= c->rule->limit / 2);
}

/* With the lock held. */
static void
count(struct counting *c, const struct spot *spot)
{
	struct entry	*n = take(spot, c->now);
	uint32_t	*counter;

	if (n == NULL)
		return;
	turn_to(n, c->rule, c->now);
	n->seen = c->now;
	counter = c->known ? &n->known : &n->unknown;
	if (*counter < UINT32_MAX)
		++*counter;
	if (c->known || is_banned(n, c->now) || c->rule->limit == 0 ||
	    n->unknown <= c->rule->limit ||
	    (c->proven && n->unknown <= n->known))
		return;
	n->since = c->now;
	n->until = c->now + c->rule->ban;
	c->begun[c->n_begun++] = *n;
}

bool
harvest_count(struct harvest *h, const struct harvest_rule *rule,
    const struct harvest_client *client, bool known, int64_t now)
{
	struct spot		addr = spot_of(h, client->addr);
	struct spot		net = spot_of(h, client->net);
	struct counting		c = { .rule = rule, .known = known, .now = now,
				    .proven = !known && rule->limit > 0 &&
				    is_proven(client) };
	struct store_item	item;

	pthread_mutex_lock(&h->lock);
	if (known)
		h->known++;
	else
		h->unknown++;
	count(&c, &addr);
	if (!c.proven && counts_for_net(&c, &addr))
		count(&c, &net);
	h->bans += (uint64_t)c.n_begun;
	pthread_mutex_unlock(&h->lock);
	for (int i = 0; i < c.n_begun; i++) {
		make_key(&item.key, c.begun[i].identity);
		(void)store_step(h->store, &item, 1, put, &c.begun[i], NULL);
	}
	return c.n_begun > 0;
}

/* As harvest_forgive(), of one. */
static int
forgive(struct harvest *h, const char *identity, struct err *e)
{
	struct spot		 spot = spot_of(h, identity);
	struct entry		*n, empty = { .identity = "" };
	struct store_key	 key;
	int			 was = 0, stored;

	if (spot.set == NULL)
		return 0;
	pthread_mutex_lock(&h->lock);
	n = find(&spot);
	if (n != NULL) {
		was = n->unknown > 0 || n->until != 0;
		*n = empty;
	}
	pthread_mutex_unlock(&h->lock);
	make_key(&key, identity);
	stored = store_remove(h->store, &key, e);
	return stored == -1 ? -1 : was == 1 || stored == 1;
}

int
harvest_forgive(struct harvest *h, const char *addr, const char *net,
    struct err *e)
{
	int	a = forgive(h, addr, e);
	int	b = forgive(h, net, a == -1 ? NULL : e);

	return a == -1 || b == -1 ? -1 : a == 1 || b == 1;
}

/* Copies a bite of entries. How many. */
static int
copy(struct harvest *h, size_t at, struct entry out[BITE * WAYS])
{
	int	n = 0;

	pthread_mutex_lock(&h->lock);
	for (size_t i = at; i < at + BITE * WAYS; i++)
		if (h->entry[i].identity[0] != '\0')
			out[n++] = h->entry[i];
	pthread_mutex_unlock(&h->lock);
	return n;
}

struct walk {
	const struct harvest_rule *rule;
	int64_t			 now;
	harvest_each_fn		 each;
	void			*arg;
};

static bool
show(const struct walk *w, struct entry *n, bool bans)
{
	turn_to(n, w->rule, w->now);
	if (is_banned(n, w->now) != bans || (!bans && n->unknown == 0))
		return true;
	return w->each(&(struct harvest_entry){ .identity = n->identity,
	    .unknown = n->unknown, .known = n->known, .since = n->since,
	    .until = n->until }, w->arg);
}

/* false: each() has seen enough. */
static bool
walk(struct harvest *h, const struct walk *w, bool bans)
{
	struct entry	bite[BITE * WAYS];
	bool		more = true;

	for (size_t at = 0; more && at < HARVEST_ENTRIES; at += BITE * WAYS) {
		int	n = copy(h, at, bite);

		for (int i = 0; more && i < n; i++)
			more = show(w, &bite[i], bans);
	}
	return more;
}

void
harvest_walk(struct harvest *h, const struct harvest_rule *rule, int64_t now,
    harvest_each_fn each, void *arg)
{
	const struct walk	w = { .rule = rule, .now = now, .each = each,
				    .arg = arg };

	if (walk(h, &w, true))
		(void)walk(h, &w, false);
}

void
harvest_stats(struct harvest *h, int64_t now, struct harvest_stats *out)
{
	struct entry	bite[BITE * WAYS];
	unsigned	banned = 0;

	for (size_t at = 0; at < HARVEST_ENTRIES; at += BITE * WAYS)
		for (int i = copy(h, at, bite); i-- > 0;)
			banned += is_banned(&bite[i], now);
	pthread_mutex_lock(&h->lock);
	*out = (struct harvest_stats){ .unknown = h->unknown,
	    .known = h->known, .bans = h->bans, .banned = banned };
	pthread_mutex_unlock(&h->lock);
}
