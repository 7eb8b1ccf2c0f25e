/* SPDX-License-Identifier: ISC
 * identity/breaker.c - a table of open domains, and the latest that failed. */
#include "identity/breaker.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_MAX = 8 };		/* unrelated domains that can be wanted */

/* One that is open; its place in `slot` is its age. */
struct open_domain {
	char		*name;		/* NULL: free */
	unsigned	 next;		/* in its chain: slot + 1, 0 the end */
};

struct breaker {
	struct open_domain slot[BREAKER_DOMAINS];
	unsigned	 chain[BREAKER_DOMAINS];
	unsigned	 oldest;	/* the slot that is taken next */
	unsigned	 unrelated;
	char		*row[ROW_MAX];	/* that failed, no answer in between */
	unsigned	 n_row;
	bool		 open;		/* for all */
};

struct breaker *
breaker_new(unsigned unrelated)
{
	struct breaker	*b = calloc(1, sizeof(*b));

	if (b != NULL)
		b->unrelated = unrelated < ROW_MAX ? unrelated : ROW_MAX;
	return b;
}

static void
forget_row(struct breaker *b)
{
	while (b->n_row > 0)
		free(b->row[--b->n_row]);
}

void
breaker_free(struct breaker **out)
{
	struct breaker	*b = *out;

	*out = NULL;
	if (b == NULL)
		return;
	forget_row(b);
	for (size_t i = 0; i < BREAKER_DOMAINS; i++)
		free(b->slot[i].name);
	free(b);
}

/* FNV-1a. Strangers choose the names, but a chain is never longer than the
 * table, and to fill one costs them a timeout a name. */
static unsigned
chain_of(const char *name)
{
	uint32_t	hash = 2166136261u;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return (hash ^ hash >> 16) % BREAKER_DOMAINS;
}

/* Where the name's slot is linked; *at is 0 if it is nowhere. */
static const unsigned *
find(const struct breaker *b, const char *name)
{
	const unsigned	*at = &b->chain[chain_of(name)];

	while (*at != 0 && strcmp(b->slot[*at - 1].name, name) != 0)
		at = &b->slot[*at - 1].next;
	return at;
}

static void
close_domain(struct breaker *b, const char *name)
{
	unsigned	*at = &b->chain[chain_of(name)], i;

	while (*at != 0 && strcmp(b->slot[*at - 1].name, name) != 0)
		at = &b->slot[*at - 1].next;
	if (*at == 0)
		return;
	i = *at - 1;
	*at = b->slot[i].next;
	free(b->slot[i].name);
	b->slot[i] = (struct open_domain){ .name = NULL };
}

/* Without memory it stays closed: then somebody waits once more. */
static void
open_domain(struct breaker *b, const char *name)
{
	struct open_domain	*slot = &b->slot[b->oldest];
	unsigned		*chain = &b->chain[chain_of(name)];
	char			*copy;

	if (*find(b, name) != 0 || (copy = strdup(name)) == NULL)
		return;
	if (slot->name != NULL)
		close_domain(b, slot->name);
	*slot = (struct open_domain){ .name = copy, .next = *chain };
	*chain = b->oldest + 1;
	b->oldest = (b->oldest + 1) % BREAKER_DOMAINS;
}

bool
breaker_is_open(const struct breaker *b)
{
	return b->open;
}

bool
breaker_holds(const struct breaker *b, const char *domain)
{
	return b->open || *find(b, domain) != 0;
}

void
breaker_failed(struct breaker *b, const char *owner)
{
	char	*copy;

	for (unsigned i = 0; i < b->n_row; i++)
		if (strcmp(b->row[i], owner) == 0)
			return;
	if (b->open || (copy = strdup(owner)) == NULL)
		return;
	b->row[b->n_row++] = copy;
	if (b->n_row < b->unrelated)
		return;
	b->open = true;
	forget_row(b);
}

void
breaker_overdue(struct breaker *b, const char *domain, const char *owner)
{
	open_domain(b, domain);
	breaker_failed(b, owner);
}

void
breaker_answered(struct breaker *b, const char *domain)
{
	close_domain(b, domain);
	forget_row(b);
	b->open = false;
}
