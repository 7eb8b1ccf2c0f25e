/* SPDX-License-Identifier: ISC
 * tests/lib/flat_world.h - a list file in a folder of its own for each test, on
 * a clock that the test turns. What fails ends the test. */
#ifndef TESTS_LIB_FLAT_WORLD_H
#define TESTS_LIB_FLAT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "recipient/flat.h"

struct flat_world {
	char		 folder[40];
	char		 path[60], keep[60], key[60];
	struct flat_conf conf;		/* of the three; a loss of 30 % */
	struct flat	*f;
	int64_t		 now;
	long		 writes;
	char		 lost[1000];	/* each that was lost, and a space */
	struct err	 trouble;	/* of flat_world_trouble() */
};

/* For cmocka. */
int	flat_world_begin(void **state);
int	flat_world_end(void **state);

/* Writes the list in place; each time with a time of its own, as the system's
 * clock may not have moved between two writes. */
void	flat_world_write(struct flat_world *w, const char *text);

/* The list's modification time, in its own unit. */
void	flat_world_stamp(const struct flat_world *w, long stamp);

/* n lines "user0@x" and so on, from the first on. */
void	flat_world_write_users(struct flat_world *w, int first, int n);

void	flat_world_open(struct flat_world *w);
/* Closes and opens it again, as a start does. */
void	flat_world_restart(struct flat_world *w);

/* A second passes, n times. */
void	flat_world_tend(struct flat_world *w, int n);
int	flat_world_adopt(struct flat_world *w, struct err *e);

bool	flat_world_has(struct flat_world *w, const char *address);
const char *flat_world_trouble(struct flat_world *w);
size_t	flat_world_count(struct flat_world *w);

/* The text of a hashed list of these addresses, ended by NULL, under a key. */
void	flat_world_hashed(char *out, const char *key,
	    const char *const addresses[]);

#endif
