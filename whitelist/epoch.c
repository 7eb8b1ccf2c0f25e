/* SPDX-License-Identifier: ISC
 * whitelist/epoch.c - readers count, the writer waits. All orders are sequential:
 * who counts itself in after the writer has looked finds the new pointer. */
#include "whitelist/epoch.h"

#include <stdint.h>
#include <time.h>

enum { PAUSE_NANOS = 200000 };

void
epoch_init(struct epoch *e, void *value)
{
	atomic_init(&e->value, value);
	atomic_init(&e->phase, 0);
	for (unsigned i = 0; i < EPOCH_SLOTS; i++) {
		atomic_init(&e->slot[i].readers[0], 0);
		atomic_init(&e->slot[i].readers[1], 0);
	}
}

/* Threads have stacks of their own: they seldom share a slot. */
static unsigned
slot_of_thread(void)
{
	int	here;

	return (unsigned)(((uintptr_t)&here >> 16) * 2654435761u >> 8) %
	    EPOCH_SLOTS;
}

void *
epoch_enter(struct epoch *e, unsigned *ticket)
{
	unsigned	slot = slot_of_thread();
	unsigned	phase = atomic_load(&e->phase) & 1;

	*ticket = slot * 2 + phase;
	(void)atomic_fetch_add(&e->slot[slot].readers[phase], 1);
	return atomic_load(&e->value);
}

void
epoch_leave(struct epoch *e, unsigned ticket)
{
	(void)atomic_fetch_sub(&e->slot[ticket / 2].readers[ticket & 1], 1);
}

static void
await_empty(struct epoch *e, unsigned phase)
{
	const struct timespec	pause = { .tv_nsec = PAUSE_NANOS };

	for (unsigned i = 0; i < EPOCH_SLOTS; i++)
		while (atomic_load(&e->slot[i].readers[phase]) != 0)
			(void)nanosleep(&pause, NULL);
}

void *
epoch_replace(struct epoch *e, void *value)
{
	void	*old = atomic_exchange(&e->value, value);

	/* Twice: somebody may have read the phase long ago and count itself in
	 * only now, in either of them. */
	for (int i = 0; i < 2; i++)
		await_empty(e, atomic_fetch_add(&e->phase, 1) & 1);
	return old;
}
