/* SPDX-License-Identifier: ISC
 * recipient/users.h - the users of this system, wherever nsswitch.conf(5) has
 * them.
 *
 * A struct users belongs to one thread at a time. */
#ifndef RECIPIENT_USERS_H
#define RECIPIENT_USERS_H

#include <stdbool.h>

#include "base/err.h"

struct users;			/* opaque: room for a user's record */

/* NULL: out of memory. */
struct users *users_new(void);
void	users_free(struct users **u);

/*
 * Whether there is a user of exactly this name. 1 yes; 0 no, also where no
 * system could have such a name; -1 cannot tell: e.
 */
int	users_have(struct users *u, const char *name, struct err *e);

/*
 * Calls each() for every user that the system enumerates, until it returns
 * false. 0; -1 failed half-way, or there is none at all: e. Never two threads
 * at once: the place in the list is the process's.
 */
typedef bool (*users_each_fn)(const char *name, void *arg);
int	users_walk(struct users *u, users_each_fn each, void *arg,
	    struct err *e);

#endif
