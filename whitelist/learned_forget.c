/* SPDX-License-Identifier: ISC
 * whitelist/learned_forget.c - drops the pairs that a filter names, and with
 * `by` the expected bounces that nothing speaks for any more. */
#include <stdlib.h>
#include <string.h>

#include "db/key.h"
#include "whitelist/learned_private.h"

/* Keys, each once, in order. */
struct name {
	bool		spoken_for;
	size_t		len;
	uint8_t		bytes[];
};

struct names {
	struct name	**at;
	size_t		 n, room;
};

static int
order(const struct name *name, const struct store_key *key)
{
	size_t	len = name->len < key->len ? name->len : key->len;
	int	d = memcmp(name->bytes, key->bytes, len);

	return d != 0 ? d : (name->len > key->len) - (name->len < key->len);
}

/* Where the first name is that is not before the key. */
static size_t
place(const struct names *names, const struct store_key *key)
{
	size_t	low = 0, high = names->n;

	while (low < high) {
		size_t	middle = low + (high - low) / 2;

		if (order(names->at[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct name *
find(const struct names *names, const struct store_key *key)
{
	size_t	at = place(names, key);

	return at < names->n && order(names->at[at], key) == 0 ?
	    names->at[at] : NULL;
}

static int
make_room(struct names *names)
{
	size_t		  room = names->room > 0 ? names->room * 2 : 16;
	struct name	**grown;

	if (names->n < names->room)
		return 0;
	grown = reallocarray(names->at, room, sizeof(struct name *));
	if (grown == NULL)
		return -1;
	names->at = grown;
	names->room = room;
	return 0;
}

static int
add(struct names *names, const struct store_key *key)
{
	size_t		 at = place(names, key);
	struct name	*name;

	if (at < names->n && order(names->at[at], key) == 0)
		return 0;
	name = malloc(sizeof(*name) + key->len);
	if (name == NULL || make_room(names) == -1) {
		free(name);
		return -1;
	}
	name->spoken_for = false;
	name->len = key->len;
	memcpy(name->bytes, key->bytes, key->len);
	memmove(names->at + at + 1, names->at + at,
	    (names->n - at) * sizeof(struct name *));
	names->at[at] = name;
	names->n++;
	return 0;
}

static void
free_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->at[i]);
	free(names->at);
}

/* One command. */
struct forgetting {
	struct store		*s;
	int64_t			 now;
	struct learned_matcher	 m;
	size_t			*n;		/* pairs dropped */
	struct names		 writers;	/* prefixes of what they expect */
	struct names		 bounces;	/* expected by these */
	int			 status;
	struct err		*e;
	struct learned_pair	 pair;
	size_t			 n_items;	/* to be dropped together */
	struct store_item	 items[STORE_STEP_MAX];
};

static bool
fail(struct forgetting *f)
{
	f->status = err_set(f->e, "out of memory for what is to be forgotten");
	return false;
}

static void
drop_all(struct store_item *items, size_t n, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < n; i++)
		items[i].act = STORE_DROP;
}

/* false: the store failed. */
static bool
drop_collected(struct forgetting *f)
{
	if (f->n_items > 0 && store_step(f->s, f->items, f->n_items, drop_all,
	    NULL, f->e) == -1)
		f->status = -1;
	for (size_t i = 0; f->status == 0 && i < f->n_items; i++)
		if (f->items[i].found && f->items[i].expires > f->now &&
		    f->items[i].key.bytes[0] == KEY_LEARNED)
			++*f->n;
	f->n_items = 0;
	return f->status == 0;
}

static bool
collect(struct forgetting *f, const uint8_t *key, size_t len)
{
	struct store_item	*item = &f->items[f->n_items++];

	memcpy(item->key.bytes, key, len);
	item->key.len = len;
	return f->n_items < STORE_STEP_MAX || drop_collected(f);
}

static bool
drop_pair(const struct store_item *item, void *arg)
{
	struct forgetting	*f = arg;
	struct store_key	 writer;

	/* An expired one too, lest a clock set back bring it to life. */
	if (!learned_decode(&f->pair, item) ||
	    !learned_matches(&f->m, &f->pair))
		return true;
	if (f->m.f->by != NULL && f->m.f->by[0] != '@') {
		key_make(&writer, KEY_WROTE, f->pair.ours, "", NULL);
		if (add(&f->writers, &writer) == -1)
			return fail(f);
	}
	return collect(f, item->key.bytes, item->key.len);
}

static bool
take_bounce(const struct store_item *item, void *arg)
{
	struct forgetting	*f = arg;
	const char		*by = f->m.f->by;
	struct key_parts	 parts;

	if (!key_split(&item->key, &parts) || parts.n != 2 ||
	    (by[0] == '@' && !learned_at_domain(parts.part[0], by + 1)))
		return true;
	return add(&f->bounces, &item->key) == 0 || fail(f);
}

/* What is expected by the addresses in question. */
static int
collect_bounces(struct forgetting *f)
{
	const char		*by = f->m.f->by;
	struct store_key	 key;
	const struct name	*w;

	key_make(&key, KEY_WROTE, by, "", NULL);
	if (by[0] == '@')
		return store_walk(f->s, key.bytes, 1, take_bounce, f, f->e);
	if (add(&f->writers, &key) == -1) {
		(void)fail(f);
		return -1;
	}
	for (size_t i = 0; f->status == 0 && i < f->writers.n; i++) {
		w = f->writers.at[i];
		if (store_walk(f->s, w->bytes, w->len, take_bounce, f, f->e) ==
		    -1)
			return -1;
	}
	return f->status;
}

/* A pair that is left speaks for each organisation that its domain may be of. */
static bool
speak(const struct store_item *item, void *arg)
{
	struct forgetting	*f = arg;
	struct learned_pair	*p = &f->pair;
	struct store_key	 key;
	struct name		*bounce;
	const char		*domain;

	if (!learned_alive(p, item, f->now) ||
	    p->last + LEARNED_BOUNCE_DAYS * 86400 <= f->now)
		return true;
	domain = strrchr(p->outside, '@');
	while (domain != NULL) {
		key_make(&key, KEY_WROTE, p->ours, domain + 1, NULL);
		if ((bounce = find(&f->bounces, &key)) != NULL)
			bounce->spoken_for = true;
		domain = strchr(domain + 1, '.');
	}
	return true;
}

static int
drop_bounces(struct forgetting *f)
{
	static const uint8_t	kind = KEY_LEARNED;
	const struct name	*b;

	if (collect_bounces(f) == -1)
		return -1;
	if (f->bounces.n == 0)
		return 0;
	if (store_walk(f->s, &kind, sizeof(kind), speak, f, f->e) == -1)
		return -1;
	for (size_t i = 0; i < f->bounces.n; i++) {
		b = f->bounces.at[i];
		if (!b->spoken_for && !collect(f, b->bytes, b->len))
			return -1;
	}
	return drop_collected(f) ? 0 : -1;
}

static int
forget(struct forgetting *f)
{
	if (store_walk(f->s, f->m.prefix.bytes, f->m.prefix.len, drop_pair, f,
	    f->e) == -1 || f->status == -1 || !drop_collected(f))
		return -1;
	if (f->m.f->by != NULL && drop_bounces(f) == -1)
		return -1;
	return store_flush(f->s, f->e);
}

int
learned_forget(struct store *s, const struct learned_filter *filter,
    int64_t now, size_t *n, struct err *e)
{
	struct forgetting	*f = calloc(1, sizeof(*f));
	int			 status;

	*n = 0;
	if (f == NULL)
		return err_set(e, "out of memory for what is to be forgotten");
	f->s = s;
	f->now = now;
	f->n = n;
	f->e = e;
	learned_matcher(&f->m, filter);
	status = forget(f);
	free_names(&f->writers);
	free_names(&f->bounces);
	free(f);
	return status;
}
