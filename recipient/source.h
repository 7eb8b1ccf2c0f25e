/* SPDX-License-Identifier: ISC
 * recipient/source.h - a source that has to be asked and may take its time: an
 * LDAP directory, the system's users. For those who write one; users see
 * recipient/inquiry.h.
 *
 * A seat is what one thread needs to ask (a connection, say): owned by that
 * thread. The struct itself is immutable. */
#ifndef RECIPIENT_SOURCE_H
#define RECIPIENT_SOURCE_H

#include <stdbool.h>

#include "base/err.h"
#include "recipient/address.h"

struct source {
	char	 name[80];		/* "ldap:ad", "unix:host" */
	void	*settings;		/* owned */
	unsigned seats;			/* how many may ask at once */
	bool	 doubtful;		/* its "no" needs a first "yes" */
	char	 told[64];		/* a digest of what the answers depend
					 * on (server, base, filter), as hex */

	/* A seat that is not connected yet. NULL: out of memory. */
	void	*(*seat_new)(const struct source *s);
	/* Closes, frees and clears. */
	void	 (*seat_free)(const struct source *s, void **seat);
	/*
	 * Asks, connecting first where needed; in bounded time.
	 * 1 it exists, 0 it does not, -1 cannot tell: e. *down (only with -1):
	 * whoever asks next will fare no better.
	 */
	int	 (*ask)(const struct source *s, void *seat,
		    const struct address *a, bool *down, struct err *e);
	/* Calls each() for every address there is, until it returns false.
	 * 0 done; -1 cannot be listed, or failed half-way: e. */
	int	 (*list)(const struct source *s, bool (*each)(const char *address,
		    void *arg), void *arg, struct err *e);
	/* Frees the settings and s itself; clears. No seat is left. */
	void	 (*free)(struct source **s);
};

#endif
