/* SPDX-License-Identifier: ISC
 * whitelist/index.c - the hash table that index.h describes. At most half of
 * its slots are taken. */
#include "whitelist/index.h"

#include <stdlib.h>
#include <string.h>

int
index_init(struct index *x, size_t keys, size_t bytes)
{
	size_t	size = 64;

	*x = (struct index){ 0 };
	if (keys >= INDEX_NONE || bytes >= INDEX_NONE)
		return -1;
	while (size < 2 * keys)
		size *= 2;
	x->mask = size - 1;
	x->marks = calloc(size, sizeof(*x->marks));
	x->slots = calloc(size, sizeof(*x->slots));
	x->nodes = calloc(keys + 1, sizeof(*x->nodes));
	x->texts = malloc(bytes + 1);
	if (x->marks != NULL && x->slots != NULL && x->nodes != NULL &&
	    x->texts != NULL)
		return 0;
	index_free(x);
	return -1;
}

void
index_free(struct index *x)
{
	free(x->marks);
	free(x->slots);
	free(x->nodes);
	free(x->texts);
	*x = (struct index){ 0 };
}

uint64_t
index_hash_text(const char *text, unsigned len)
{
	uint64_t	hash = INDEX_BEGIN;

	while (len > 0)
		hash = index_hash_char(hash, text[--len]);
	return hash;
}

/* Never 0. */
static uint8_t
mark_of(uint64_t hash)
{
	uint8_t	mark = (uint8_t)(hash >> 56);

	return mark == 0 ? 1 : mark;
}

static bool
is(const struct index *x, const struct index_node *n,
    const struct index_key *key)
{
	const char	*text = x->texts + n->text;

	return n->hash == key->hash && n->kind == key->kind &&
	    n->len == key->len && n->to_len == key->to_len &&
	    memcmp(text, key->value, key->len) == 0 &&
	    (key->to_len == 0 ||
	    memcmp(text + key->len, key->to, key->to_len) == 0);
}

/* Its slot, or the empty one where it would be. */
static uint64_t
find(const struct index *x, const struct index_key *key)
{
	uint8_t		mark = mark_of(key->hash);
	uint64_t	at = key->hash & x->mask;

	for (; x->marks[at] != 0; at = (at + 1) & x->mask)
		if (x->marks[at] == mark && is(x, &x->nodes[x->slots[at]],
		    key))
			break;
	return at;
}

const struct index_node *
index_get(const struct index *x, const struct index_key *key)
{
	uint64_t	at = find(x, key);

	return x->marks[at] == 0 ? NULL : &x->nodes[x->slots[at]];
}

struct index_node *
index_put(struct index *x, const struct index_key *key)
{
	uint64_t		 at = find(x, key);
	struct index_node	*n;

	if (x->marks[at] != 0)
		return &x->nodes[x->slots[at]];
	x->marks[at] = mark_of(key->hash);
	x->slots[at] = x->used;
	n = &x->nodes[x->used++];
	*n = (struct index_node){ .hash = key->hash, .text = x->text_used,
	    .first = INDEX_NONE, .len = (uint16_t)key->len,
	    .to_len = (uint16_t)key->to_len, .kind = (uint8_t)key->kind };
	memcpy(x->texts + x->text_used, key->value, key->len);
	x->text_used += key->len;
	if (key->to_len > 0)
		memcpy(x->texts + x->text_used, key->to, key->to_len);
	x->text_used += key->to_len;
	return n;
}
