/* SPDX-License-Identifier: ISC
 * recipient/cache.c - records of what sources said, and how many there are. */
#include "recipient/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "db/record.h"

enum {
	KIND = 'r',
	ADDRESS_BYTES = 320,		/* longer ones are hashed */
	HASHED = 1,
	VALUE_SIZE = 1 + 3 * 8,
	NO_SHARE = 10			/* a tenth of the size is for "no" */
};

/* A year that no clock shows: what is beyond is damaged. */
#define TIME_MAX	(INT64_MAX / 4)
#define NO_WINDOW	INT64_MIN

struct cache {
	struct store	*store;
	const struct pseudonyms *pseudonyms;	/* NULL: none */
	atomic_ullong	 hits, misses, refused;
	pthread_mutex_t	 lock;		/* of all below */
	int64_t		 users;		/* records with a last yes */
	int64_t		 window;	/* of rule.negative, the newest */
	uint64_t	 no, no_before;	/* begun in it, and in the one before */
};

/* One record. */
struct kept {
	bool	yes;
	int64_t	checked;		/* 0: retired since it was */
	int64_t	last_yes;		/* 0: never */
	int64_t	gone;			/* denied since; 0: not */
};

struct cache *
cache_new(struct store *store)
{
	struct cache	*c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->store = store;
	c->window = NO_WINDOW;
	(void)pthread_mutex_init(&c->lock, NULL);
	return c;
}

void
cache_free(struct cache **c)
{
	if (*c == NULL)
		return;
	(void)pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

void
cache_name(struct cache *c, const struct pseudonyms *p)
{
	c->pseudonyms = p;
}

static void
make_plain_key(struct store_key *key, const char *address)
{
	size_t	len = strlen(address);

	key->bytes[0] = KIND;
	key->bytes[1] = '\0';
	if (len > ADDRESS_BYTES || address[0] == HASHED) {
		key->bytes[2] = HASHED;
		digest_sha256(address, len, key->bytes + 3);
		len = 1 + DIGEST_SIZE;
	} else
		memcpy(key->bytes + 2, address, len);
	key->len = 2 + len;
}

static int
make_key(const struct cache *c, struct store_key *key, const char *address,
    struct err *e)
{
	char	*name = pseudonym_of_cased(c->pseudonyms, address);

	if (name == NULL)
		return err_set(e, "out of memory for an address");
	make_plain_key(key, name);
	free(name);
	return 0;
}

/* false: there is none, or none that can be read. */
static bool
decode(struct kept *kept, const struct store_item *item)
{
	const uint8_t	*v = item->value;

	*kept = (struct kept){ .yes = false };
	if (!item->found || item->len != VALUE_SIZE || v[0] > 1)
		return false;
	for (int i = 0; i < 3; i++)
		if (record_get64(v + 1 + 8 * i) > TIME_MAX)
			return false;
	kept->yes = v[0] == 1;
	kept->checked = (int64_t)record_get64(v + 1);
	kept->last_yes = (int64_t)record_get64(v + 9);
	kept->gone = (int64_t)record_get64(v + 17);
	return true;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
put(struct store_item *item, const struct kept *kept,
    const struct cache_rule *rule)
{
	item->act = STORE_PUT;
	item->len = VALUE_SIZE;
	item->value[0] = kept->yes;
	record_put64(item->value + 1, (uint64_t)kept->checked);
	record_put64(item->value + 9, (uint64_t)kept->last_yes);
	record_put64(item->value + 17, (uint64_t)kept->gone);
	item->expires = kept->checked + (kept->yes ? rule->stale :
	    rule->negative);
	if (kept->last_yes != 0)
		item->expires = later(item->expires, kept->last_yes +
		    rule->former);
}

int
cache_get(struct cache *c, const struct cache_rule *rule,
    const char *address, int64_t now, struct cached *out, struct err *e)
{
	struct store_item	item;
	struct kept		kept;
	int64_t			age;
	int			found;

	*out = (struct cached){ .yes = false };
	if (make_key(c, &item.key, address, e) == -1)
		return -1;
	found = store_get(c->store, &item, e);
	if (found == -1)
		return -1;
	if (decode(&kept, &item) && item.expires > now) {
		age = now - kept.checked;
		out->yes = kept.yes && age >= 0 && age < rule->fresh;
		out->no = !kept.yes && age >= 0 && age < rule->negative;
		out->stale = kept.yes && age < rule->stale;
		out->former = kept.last_yes != 0 &&
		    now - kept.last_yes < rule->former;
		out->checked = kept.checked;
	} else
		found = 0;
	atomic_fetch_add(out->yes || out->no ? &c->hits : &c->misses, 1);
	return found;
}

/* One window has gone by, or more; after a clock that went back, or with
 * another length, all have. Who read the clock just before the newest window
 * began comes late, that is all. With the lock held. */
static void
turn_to(struct cache *c, int64_t negative, int64_t now)
{
	int64_t	window = now / negative;

	if (window == c->window || window + 1 == c->window)
		return;
	/* What cache_count() found is counted in the first window. */
	if (c->window != NO_WINDOW) {
		c->no_before = window - 1 == c->window ? c->no : 0;
		c->no = 0;
	}
	c->window = window;
}

static bool
has_room(struct cache *c, const struct cache_rule *rule, bool user,
    int64_t now)
{
	bool	room = true;

	pthread_mutex_lock(&c->lock);
	if (user)
		room = c->users < 0 || (uint64_t)c->users < rule->size;
	else if (rule->negative > 0) {
		turn_to(c, rule->negative, now);
		room = c->no + c->no_before < rule->size / NO_SHARE;
	}
	pthread_mutex_unlock(&c->lock);
	return room;
}

/* A change of one record, as store_step() runs it. */
struct change {
	const struct cache_rule	*rule;
	int64_t			 now;
	bool			 room;	/* for one that is not there yet */
	/* How it ended. */
	bool			 refused, denied;
	int			 users;	/* more of these, */
	bool			 begun_no;	/* and one of these */
};

/* Puts it, or drops it if it would be of no use; is it one more? */
static void
keep(struct store_item *item, const struct kept *kept, struct change *ch)
{
	struct kept	former;
	bool		found = decode(&former, item);
	bool		alive = found && item->expires > ch->now;
	bool		was_user = found && former.last_yes != 0;
	bool		is_user = kept->last_yes != 0;

	ch->refused = !alive && !ch->room;
	if (ch->refused)
		return;
	put(item, kept, ch->rule);
	if (item->expires <= ch->now) {
		item->act = item->found ? STORE_DROP : STORE_LEAVE;
		is_user = false;
	} else
		ch->begun_no = !is_user && (!alive || was_user);
	ch->users = (int)is_user - (int)was_user;
}

static void
begin(struct change *ch)
{
	ch->refused = ch->denied = ch->begun_no = false;
	ch->users = 0;
}

static int
change(struct cache *c, const char *address, store_fn fn, struct change *ch,
    struct err *e)
{
	struct store_item	item;

	if (make_key(c, &item.key, address, e) == -1 ||
	    store_step(c->store, &item, 1, fn, ch, e) == -1)
		return -1;
	if (ch->refused)
		atomic_fetch_add(&c->refused, 1);
	if (ch->users == 0 && !ch->begun_no)
		return 0;
	pthread_mutex_lock(&c->lock);
	c->users += ch->users;
	if (ch->begun_no) {
		turn_to(c, ch->rule->negative, ch->now);
		c->no++;
	}
	pthread_mutex_unlock(&c->lock);
	return 0;
}

static void
accept(struct store_item *items, size_t n, void *arg)
{
	struct change		*ch = arg;
	const struct kept	 kept = { .yes = true, .checked = ch->now,
				     .last_yes = ch->now };

	(void)n;
	begin(ch);
	keep(items, &kept, ch);
}

int
cache_accept(struct cache *c, const struct cache_rule *rule,
    const char *address, int64_t now, struct err *e)
{
	struct change	ch = { .rule = rule, .now = now,
			    .room = has_room(c, rule, true, now) };

	return change(c, address, accept, &ch, e);
}

static int64_t
kept_for(const struct cache_rule *rule)
{
	return rule->former > rule->stale ? rule->former : rule->stale;
}

static void
deny(struct store_item *items, size_t n, void *arg)
{
	struct change	*ch = arg;
	struct kept	 kept;

	(void)n;
	begin(ch);
	if (!decode(&kept, items) || items->expires <= ch->now)
		kept = (struct kept){ .yes = false };
	/* Who was here once may be missing from an import only. */
	if (kept.yes && ch->now - kept.last_yes < kept_for(ch->rule)) {
		bool	first = kept.gone == 0 || kept.gone > ch->now;

		if (first)
			kept.gone = ch->now;
		if (ch->now - kept.gone < ch->rule->fresh) {
			if (first)
				keep(items, &kept, ch);
			return;
		}
	}
	ch->denied = true;
	kept.yes = false;
	kept.checked = ch->now;
	keep(items, &kept, ch);
}

int
cache_deny(struct cache *c, const struct cache_rule *rule,
    const char *address, int64_t now, struct err *e)
{
	struct change	ch = { .rule = rule, .now = now,
			    .room = has_room(c, rule, false, now) };

	if (change(c, address, deny, &ch, e) == -1)
		return -1;
	return ch.denied;
}

static void
retire(struct store_item *items, size_t n, void *arg)
{
	struct change		*ch = arg;
	const struct kept	 kept = { .last_yes = ch->now };

	(void)n;
	begin(ch);
	keep(items, &kept, ch);
}

int
cache_retire(struct cache *c, const struct cache_rule *rule,
    const char *address, int64_t now, struct err *e)
{
	struct change	ch = { .rule = rule, .now = now,
			    .room = has_room(c, rule, true, now) };

	return change(c, address, retire, &ch, e);
}

static void
forget(struct store_item *items, size_t n, void *arg)
{
	struct change	*ch = arg;
	struct kept	 kept;

	(void)n;
	begin(ch);
	if (decode(&kept, items) && kept.last_yes != 0)
		ch->users = -1;
	ch->denied = items->found;
	items->act = STORE_DROP;
}

int
cache_forget(struct cache *c, const char *address, struct err *e)
{
	struct change	ch = { .now = 0 };

	if (change(c, address, forget, &ch, e) == -1)
		return -1;
	return ch.denied;
}

struct counting {
	int64_t		users;
	uint64_t	no;
};

static bool
count_one(const struct store_item *item, void *arg)
{
	struct counting	*n = arg;
	struct kept	 kept;

	if (decode(&kept, item) && kept.last_yes != 0)
		n->users++;
	else
		n->no++;
	return true;
}

int
cache_count(struct cache *c, struct err *e)
{
	static const uint8_t	prefix[] = { KIND, '\0' };
	struct counting		n = { 0 };

	if (store_walk(c->store, prefix, sizeof(prefix), count_one, &n, e) ==
	    -1)
		return -1;
	pthread_mutex_lock(&c->lock);
	c->users = n.users;
	c->no = n.no;
	c->no_before = 0;
	c->window = NO_WINDOW;
	pthread_mutex_unlock(&c->lock);
	return 0;
}

void
cache_stats(struct cache *c, struct cache_stats *out)
{
	pthread_mutex_lock(&c->lock);
	*out = (struct cache_stats){
		.yes = c->users > 0 ? (uint64_t)c->users : 0,
		.no = c->no + c->no_before,
		.hits = atomic_load(&c->hits),
		.misses = atomic_load(&c->misses),
		.refused = atomic_load(&c->refused),
	};
	pthread_mutex_unlock(&c->lock);
}
