/* SPDX-License-Identifier: ISC
 * whitelist/live.c - keys 'w' and 'W': a letter, NUL, the entry's text. */
#include "whitelist/live.h"

#include <stdlib.h>
#include <string.h>

#include "db/record.h"

enum {
	VERSION = 1, KEY_LIVE = 'w', KEY_COUNTS = 'W',
	HEAD = 1 + 4 * 8,		/* version, created, expires, hits, last */
	COUNTS = 1 + 3 * 8
};

/* Neither a sweep nor the eviction at max-records gets so far. */
static const int64_t	for_ever = INT64_MAX / 4;

static void
make_key(struct store_key *key, char kind, const char *text)
{
	key->bytes[0] = (uint8_t)kind;
	key->bytes[1] = '\0';
	key->len = 2 + strlen(text);
	memcpy(key->bytes + 2, text, key->len - 2);
}

/* What a step stores. */
struct value {
	uint8_t	bytes[STORE_VALUE_MAX];
	size_t	len;
	int64_t	expires;
};

static void
put(struct store_item *items, size_t n, void *arg)
{
	const struct value	*v = arg;

	(void)n;
	memcpy(items->value, v->bytes, v->len);
	items->len = v->len;
	items->expires = v->expires;
	items->act = STORE_PUT;
}

/* A length and that many bytes. */
static size_t
put_text(uint8_t *to, const char *text, size_t max)
{
	size_t	len = strnlen(text, max);

	to[0] = (uint8_t)len;
	memcpy(to + 1, text, len);
	return 1 + len;
}

int
live_put(struct store *s, const struct listed *l, struct err *e)
{
	struct value		v = { .len = HEAD, .expires = for_ever };
	struct store_item	item;

	v.bytes[0] = VERSION;
	record_put64(v.bytes + 1, (uint64_t)l->created);
	record_put64(v.bytes + 9, (uint64_t)l->expires);
	record_put64(v.bytes + 17, atomic_load(&l->hits));
	record_put64(v.bytes + 25, (uint64_t)atomic_load(&l->last_hit));
	v.len += put_text(v.bytes + v.len, l->where, LIVE_WHO_MAX);
	v.len += put_text(v.bytes + v.len, l->note, LIVE_NOTE_MAX);
	make_key(&item.key, KEY_LIVE, l->entry.text);
	return store_step(s, &item, 1, put, &v, e);
}

int
live_remove(struct store *s, const struct listed *l, struct err *e)
{
	struct store_key	key;

	make_key(&key, KEY_LIVE, l->entry.text);
	return store_remove(s, &key, e);
}

/* A text at `at`; NULL: not all there. */
static char *
get_text(const uint8_t *bytes, size_t len, size_t *at)
{
	char	*text;

	if (*at >= len || *at + 1 + bytes[*at] > len)
		return NULL;
	text = strndup((const char *)bytes + *at + 1, bytes[*at]);
	*at += 1u + bytes[*at];
	return text;
}

/* NULL: not a record of this version, or out of memory. */
static struct listed *
decode(const struct store_item *item)
{
	char		 text[STORE_KEY_MAX];
	size_t		 len = item->key.len - 2, at = HEAD;
	struct entry	 entry;
	struct listed	*l = NULL;
	char		*who = NULL, *note = NULL;

	if (item->key.len < 3 || item->len < HEAD || item->value[0] != VERSION)
		return NULL;
	memcpy(text, item->key.bytes + 2, len);
	text[len] = '\0';
	if (strlen(text) != len)
		return NULL;
	who = get_text(item->value, item->len, &at);
	note = get_text(item->value, item->len, &at);
	if (who != NULL && note != NULL && entry_parse(text, &entry, NULL) == 0)
		l = listed_new(&entry, ENTRY_LIVE, who, note);
	free(who);
	free(note);
	if (l == NULL)
		return NULL;
	l->created = (int64_t)record_get64(item->value + 1);
	l->expires = (int64_t)record_get64(item->value + 9);
	atomic_store(&l->hits, record_get64(item->value + 17));
	atomic_store(&l->last_hit, (int64_t)record_get64(item->value + 25));
	return l;
}

struct walk {
	live_fn	 add;
	void	*arg;
	size_t	*bad;
	bool	 failed;
};

static bool
note_one(const struct store_item *item, void *arg)
{
	struct walk	*w = arg;
	struct listed	*l = decode(item);

	if (l == NULL) {
		++*w->bad;
		return true;
	}
	if (w->add(&l, w->arg) == 0)
		return true;
	listed_unref(&l);
	w->failed = true;
	return false;
}

int
live_each(struct store *s, live_fn add, void *arg, size_t *bad, struct err *e)
{
	static const uint8_t	kind = KEY_LIVE;
	struct walk		w = { .add = add, .arg = arg, .bad = bad };

	*bad = 0;
	if (store_walk(s, &kind, sizeof(kind), note_one, &w, e) == -1)
		return -1;
	return w.failed ? err_set(e, "out of memory for live entries") : 0;
}

int
live_put_counts(struct store *s, const struct listed *l, int64_t now,
    struct err *e)
{
	struct value		v = { .len = COUNTS,
				    .expires = now + LIVE_COUNTS_KEPT };
	struct store_item	item;

	v.bytes[0] = VERSION;
	record_put64(v.bytes + 1, (uint64_t)l->created);
	record_put64(v.bytes + 9, atomic_load(&l->hits));
	record_put64(v.bytes + 17, (uint64_t)atomic_load(&l->last_hit));
	make_key(&item.key, KEY_COUNTS, l->entry.text);
	return store_step(s, &item, 1, put, &v, e);
}

int
live_get_counts(struct store *s, struct listed *l, int64_t *until,
    struct err *e)
{
	struct store_item	item;
	int			found;

	make_key(&item.key, KEY_COUNTS, l->entry.text);
	found = store_get(s, &item, e);
	if (found != 1)
		return found;
	if (item.len != COUNTS || item.value[0] != VERSION)
		return 0;
	*until = item.expires;
	l->created = (int64_t)record_get64(item.value + 1);
	atomic_store(&l->hits, record_get64(item.value + 9));
	atomic_store(&l->last_hit, (int64_t)record_get64(item.value + 17));
	return 1;
}
