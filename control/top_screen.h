/* SPDX-License-Identifier: ISC
 * control/top_screen.h - a terminal that is drawn anew again and again, and is as
 * it was before when that ends. Owned by one thread. */
#ifndef CONTROL_TOP_SCREEN_H
#define CONTROL_TOP_SCREEN_H

#include <stdbool.h>

#include "base/err.h"
#include "control/ctl.h"
#include "control/table.h"

struct screen;			/* opaque */

/*
 * Takes the terminal that ctl->out is: the other screen, no echo, no cursor. Holds
 * SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGWINCH back until screen_close().
 * 0; -1: e.
 */
int	screen_open(struct screen **out, const struct ctl *ctl, struct err *e);

/* Gives it back as it was. A NULL *s is fine. */
void	screen_close(struct screen **s);

/* A frame: its size by now, then its lines, of which those that have no room are
 * left out, each cut at the edge. Lines have no control characters in them. */
void	screen_begin(struct screen *s, unsigned *rows, unsigned *columns);
void	screen_line(struct screen *s, enum table_colour colour,
	    const char *text);
void	screen_end(struct screen *s);

/* Waits for millis, or until the size changes. false: q, ^C or a signal; it is to
 * end. */
bool	screen_wait(struct screen *s, int millis);

#endif
