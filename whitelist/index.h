/* SPDX-License-Identifier: ISC
 * whitelist/index.h - from a kind and a text to a list: one open-addressing
 * hash table, sized once, filled by one thread, then only read.
 *
 * A look-up of what is not there, and that is nearly all of them, reads one
 * byte of a table of bytes; so a hundred thousand keys cost what a hundred do. */
#ifndef WHITELIST_INDEX_H
#define WHITELIST_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a text is: equal texts of two kinds are two keys. */
enum index_kind {
	INDEX_CLIENT, INDEX_NAME, INDEX_BELOW, INDEX_SENDER, INDEX_DOMAIN,
	INDEX_RECIPIENT, INDEX_GRACE
};

/* A value, and the recipient to whom it is narrowed (to_len 0: to none). */
struct index_key {
	enum index_kind	 kind;
	unsigned	 len, to_len;
	const char	*value, *to;
	uint64_t	 hash;		/* index_hash_*() of the above */
};

enum { INDEX_NONE = UINT32_MAX };

struct index_node {
	uint64_t	hash;
	uint32_t	text;		/* where the key's texts are kept */
	uint32_t	first;		/* of its list; INDEX_NONE: empty */
	uint16_t	len, to_len;
	uint8_t		kind;
	bool		narrowed;	/* there are keys of this value with a
					 * recipient */
};

struct index {
	uint8_t			*marks;		/* of each slot; 0: empty */
	uint32_t		*slots;		/* which node */
	uint64_t		 mask;
	struct index_node	*nodes;
	char			*texts;
	uint32_t		 used, text_used;
};

/* Room for so many keys with so many bytes of text. 0; -1: out of memory. */
int	index_init(struct index *x, size_t keys, size_t bytes);
void	index_free(struct index *x);

/*
 * The hash of a text is made from its end on, so that one pass makes those of
 * all its ends: of "a.b.c", "b.c" and "c".
 */
enum { INDEX_BEGIN = 5381 };
static inline uint64_t
index_hash_char(uint64_t hash, char c)
{
	return (hash ^ (unsigned char)c) * UINT64_C(0x100000001b3);
}
uint64_t index_hash_text(const char *text, unsigned len);

/* Of a whole key: of its kind and its text; of that and a recipient. */
static inline uint64_t
index_hash_kind(uint64_t text, enum index_kind kind)
{
	text ^= (uint64_t)(kind + 1) * UINT64_C(0x9e3779b97f4a7c15);
	text = (text ^ text >> 32) * UINT64_C(0xd6e8feb86659fd93);
	text = (text ^ text >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return text ^ text >> 32;
}
static inline uint64_t
index_hash_to(uint64_t key, uint64_t to)
{
	return index_hash_kind(key * 31 + to, INDEX_CLIENT);
}

/* What will soon be looked up: begins to fetch it. */
static inline void
index_warm(const struct index *x, uint64_t hash)
{
	__builtin_prefetch(&x->marks[hash & x->mask]);
}

/* NULL: not there. */
const struct index_node *index_get(const struct index *x,
	    const struct index_key *key);

/* The key's node, made with an empty list if it is not there. Never NULL: there
 * is room. */
struct index_node *index_put(struct index *x, const struct index_key *key);

#endif
