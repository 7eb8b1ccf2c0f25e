/* SPDX-License-Identifier: ISC
 * recipient/list.h - a great many short texts, and whether one is among them:
 * under 100 bytes each.
 *
 * Filled by one thread, then immutable and counted; any thread may ask. */
#ifndef RECIPIENT_LIST_H
#define RECIPIENT_LIST_H

#include <stdbool.h>
#include <stddef.h>

enum { LIST_TEXT_MAX = 4096 };	/* bytes of one text; any bytes */

struct list;			/* opaque; owns all it was given */

/* NULL: out of memory. The reference belongs to the caller. */
struct list *list_new(void);
struct list *list_ref(struct list *l);

/* Gives a reference back and clears the pointer; the last one frees. */
void	list_unref(struct list **l);

/* 0 added, or there already; -1 out of memory (or of 4 GB in all), or longer
 * than LIST_TEXT_MAX: l is unchanged. */
int	list_add(struct list *l, const char *text, size_t len);

bool	list_has(const struct list *l, const char *text, size_t len);

size_t	list_count(const struct list *l);
size_t	list_bytes(const struct list *l);	/* of memory */

/* Calls each() for every text in the order of adding, until it returns
 * false. */
typedef bool (*list_each_fn)(const char *text, size_t len, void *arg);
void	list_walk(const struct list *l, list_each_fn each, void *arg);

#endif
