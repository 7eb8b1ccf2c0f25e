/* SPDX-License-Identifier: ISC
 * db/said.h - what an engine's library says in its own words: a few lines a
 * minute for the log, the first for the next sentence, since it is the cause
 * and what follows are effects. Locks inside; any
 * thread. */
#ifndef DB_SAID_H
#define DB_SAID_H

#include "base/err.h"

struct said;			/* opaque */

/* NULL: out of memory. */
struct said *said_new(void);
void	said_free(struct said **s);

/* Logs a line as a warning, unless ten were logged in this minute, and keeps
 * it if none is kept. */
void	said_note(struct said *s, const char *who, const char *line);

/* The line that was kept, "" if none. */
struct err said_first(struct said *s);

/* Forgets it. */
void	said_forget(struct said *s);

#endif
