/* SPDX-License-Identifier: ISC
 * recipient/list.c - texts one behind the other in blocks that never move, and
 * a table of where they are. So a list grows without copying its texts, and
 * costs a text's length, two bytes, and eight to sixteen of the table. */
#include "recipient/list.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	BLOCK = 64 * 1024,
	LENGTH_BYTES = 2,	/* before each text, the low one first */
	FIRST_CELLS = 64
};

struct block {
	size_t		used;
	unsigned char	bytes[BLOCK];
};

struct list {
	atomic_uint	 refs;
	uint64_t	 seed;
	struct block	**blocks;
	size_t		 n_blocks, block_room;
	/* Where a text is (block * BLOCK + place in it), and one; 0: none. At
	 * most half are taken; the number is a power of two. */
	uint32_t	*cells;
	size_t		 n_cells, count;
};

struct list *
list_new(void)
{
	struct list	*l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->cells = calloc(FIRST_CELLS, sizeof(*l->cells));
	if (l->cells == NULL) {
		free(l);
		return NULL;
	}
	l->n_cells = FIRST_CELLS;
	atomic_init(&l->refs, 1);
	/* Without it a stranger could aim at crowded cells: a slow look-up is
	 * all that comes of it. */
	if (getrandom(&l->seed, sizeof(l->seed), GRND_NONBLOCK) == -1)
		l->seed = (uint64_t)(uintptr_t)l;
	return l;
}

struct list *
list_ref(struct list *l)
{
	atomic_fetch_add(&l->refs, 1);
	return l;
}

void
list_unref(struct list **l)
{
	struct list	*old = *l;

	*l = NULL;
	if (old == NULL || atomic_fetch_sub(&old->refs, 1) != 1)
		return;
	for (size_t i = 0; i < old->n_blocks; i++)
		free(old->blocks[i]);
	free(old->blocks);
	free(old->cells);
	free(old);
}

static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static uint64_t
hash(const struct list *l, const char *text, size_t len)
{
	uint64_t	h = mix(l->seed + len), word;

	for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		h = mix(h ^ word);
	}
	word = 0;
	memcpy(&word, text, len);
	return mix(h ^ word);
}

/* The text that a taken cell leads to. */
static const char *
text_at(const struct list *l, uint32_t cell, size_t *len)
{
	size_t			 at = cell - 1u;
	const unsigned char	*p = l->blocks[at / BLOCK]->bytes + at % BLOCK;

	*len = (size_t)p[0] | (size_t)p[1] << 8;
	return (const char *)p + LENGTH_BYTES;
}

/* The cell of a text, or the free one where it would be. */
static uint32_t *
find(const struct list *l, const char *text, size_t len)
{
	size_t	mask = l->n_cells - 1, there;

	for (size_t i = hash(l, text, len) & mask;; i = (i + 1) & mask) {
		const char *other;

		if (l->cells[i] == 0)
			return &l->cells[i];
		other = text_at(l, l->cells[i], &there);
		if (there == len && memcmp(other, text, len) == 0)
			return &l->cells[i];
	}
}

static int
grow_table(struct list *l)
{
	uint32_t	*old = l->cells;
	size_t		 n = l->n_cells, len;
	uint32_t	*grown;

	if (l->count < n / 2)
		return 0;
	grown = calloc(n * 2, sizeof(*grown));
	if (grown == NULL)
		return -1;
	l->cells = grown;
	l->n_cells = n * 2;
	for (size_t i = 0; i < n; i++) {
		const char *text;

		if (old[i] == 0)
			continue;
		text = text_at(l, old[i], &len);
		*find(l, text, len) = old[i];
	}
	free(old);
	return 0;
}

/* A block with room for one more text of len bytes. */
static struct block *
block_for(struct list *l, size_t len)
{
	struct block	*last = l->n_blocks > 0 ? l->blocks[l->n_blocks - 1] :
			    NULL;
	struct block	**grown;
	size_t		 room;

	if (last != NULL && last->used + LENGTH_BYTES + len <= BLOCK)
		return last;
	if (l->n_blocks == UINT32_MAX / BLOCK)
		return NULL;
	if (l->n_blocks == l->block_room) {
		room = l->block_room > 0 ? l->block_room * 2 : 4;
		grown = reallocarray(l->blocks, room, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		l->blocks = grown;
		l->block_room = room;
	}
	last = malloc(sizeof(*last));
	if (last == NULL)
		return NULL;
	last->used = 0;
	l->blocks[l->n_blocks++] = last;
	return last;
}

int
list_add(struct list *l, const char *text, size_t len)
{
	struct block	*b;
	unsigned char	*to;

	if (len > LIST_TEXT_MAX)
		return -1;
	if (*find(l, text, len) != 0)
		return 0;
	if (grow_table(l) == -1 || (b = block_for(l, len)) == NULL)
		return -1;
	to = b->bytes + b->used;
	to[0] = (unsigned char)(len & 0xff);
	to[1] = (unsigned char)(len >> 8);
	memcpy(to + LENGTH_BYTES, text, len);
	*find(l, text, len) = (uint32_t)((l->n_blocks - 1) * BLOCK + b->used +
	    1);
	b->used += LENGTH_BYTES + len;
	l->count++;
	return 0;
}

bool
list_has(const struct list *l, const char *text, size_t len)
{
	return *find(l, text, len) != 0;
}

size_t
list_count(const struct list *l)
{
	return l->count;
}

size_t
list_bytes(const struct list *l)
{
	return sizeof(*l) + l->n_blocks * sizeof(struct block) +
	    l->block_room * sizeof(*l->blocks) +
	    l->n_cells * sizeof(*l->cells);
}

void
list_walk(const struct list *l, list_each_fn each, void *arg)
{
	size_t	len;

	for (size_t i = 0; i < l->n_blocks; i++)
		for (size_t at = 0; at < l->blocks[i]->used;
		    at += LENGTH_BYTES + len) {
			const char *text = text_at(l,
			    (uint32_t)(i * BLOCK + at + 1), &len);

			if (!each(text, len, arg))
				return;
		}
}
