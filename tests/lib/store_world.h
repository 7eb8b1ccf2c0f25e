/* SPDX-License-Identifier: ISC
 * tests/lib/store_world.h - a store of its own for each test, in memory or in
 * a temporary folder, and the few ways in which tests use one. What fails ends
 * the test. */
#ifndef TESTS_LIB_STORE_WORLD_H
#define TESTS_LIB_STORE_WORLD_H

#include "db/store.h"

enum { NAME = 200 };

struct world {
	char		 top[64];	/* removed at the end; "": in memory */
	char		 state[80];	/* the state folder in it */
	struct store	*s;
	struct alarms	*alarms;
};

/* For cmocka: with an open store in memory; with one in a folder; with an empty
 * state folder. */
int	world_in_memory(void **state);
int	world_in_folder(void **state);
int	world_closed(void **state);
int	world_end(void **state);

/* For a group: mounts of its own, gone with the process. Needs root. */
int	world_own_mounts(void **state);

int	world_try_open(struct world *w, struct err *e);
void	world_open(struct world *w);

/* It cannot be opened, with a sentence that has `says` in it. */
void	world_refuses(struct world *w, const char *says);

void	remove_all(const char *path);
void	write_text(const char *folder, const char *name, const char *text);
void	remove_named(const char *folder, const char *name);

struct store_key key_of(const char *text);

/* Puts a record with a value of 100 bytes. As store_step(). */
int	try_put(struct store *s, const char *key, int64_t expires,
	    struct err *e);

/* Puts, finds, n such that expire at 5000: prefix000000, prefix000001 ... */
void	put_many(struct store *s, const char *prefix, int n);
void	expect_many(struct store *s, const char *prefix, int n);

/* As store_get(). */
int	get(struct store *s, const char *key, struct err *e);

/* How many a walk shows, how many the statistics tell. */
uint64_t count_walked(struct store *s, const char *prefix);
uint64_t count_told(struct store *s);

/* The span of all that has expired by then. */
struct store_span world_until(int64_t now);

/* Sweeps; fails unless store_expire() returns `more`. How many were dropped. */
size_t	expire(struct store *s, int64_t now, size_t limit, int more);

#endif
