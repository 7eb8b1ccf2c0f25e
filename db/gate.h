/* SPDX-License-Identifier: ISC
 * db/gate.h - the door to an engine: a bounded number of threads inside, all
 * out while it is reopened, and nobody in while it is broken. Locks inside;
 * any thread. */
#ifndef DB_GATE_H
#define DB_GATE_H

#include <stdbool.h>

#include "base/err.h"

struct gate;			/* opaque */

/* Open to `most` threads. NULL: out of memory. */
struct gate *gate_new(unsigned most);
void	gate_free(struct gate **g);

/* 0: in, to be left with gate_leave(); waits while `most` others are inside.
 * -1: broken, at once; e is the sentence of gate_break(). */
int	gate_enter(struct gate *g, struct err *e);
void	gate_leave(struct gate *g);

/* From now on nobody comes in. Those inside go on. The first sentence stays
 * until gate_mend() or gate_say(). */
void	gate_break(struct gate *g, const char *sentence);

/* Another sentence for the same breakage. */
void	gate_say(struct gate *g, const char *sentence);

/* Whether it is broken; e is then the sentence. */
bool	gate_is_broken(struct gate *g, struct err *e);

/* Waits until a broken gate has nobody inside. */
void	gate_drain(struct gate *g);

/* Opens a broken gate. */
void	gate_mend(struct gate *g);

#endif
