/* SPDX-License-Identifier: ISC
 * whitelist/epoch.h - one pointer that many read without a lock and one writer
 * at a time replaces.
 *
 * Readers count themselves in, in one of two phases; a writer swaps the pointer,
 * and then, for each phase in turn, sends newcomers to the other one and waits
 * until the first is empty (as sleepable RCU does: McKenney, 2006). Any thread. */
#ifndef WHITELIST_EPOCH_H
#define WHITELIST_EPOCH_H

#include <stdalign.h>
#include <stdatomic.h>

enum { EPOCH_SLOTS = 32 };

struct epoch {
	_Atomic(void *)	value;
	atomic_uint	phase;
	struct {
		alignas(64) atomic_uint readers[2];
	} slot[EPOCH_SLOTS];
};

void	epoch_init(struct epoch *e, void *value);

/* The pointer in force, good until epoch_leave() with the ticket, which may come
 * from another thread. */
void	*epoch_enter(struct epoch *e, unsigned *ticket);
void	epoch_leave(struct epoch *e, unsigned ticket);

/* Puts another in force and waits until nobody has the former one, which is
 * returned. One writer at a time. */
void	*epoch_replace(struct epoch *e, void *value);

#endif
