/* SPDX-License-Identifier: ISC
 * db/bdb.h - Berkeley DB as a few ordered tables of bytes.
 *
 * One private transactional environment in the state folder, which its caller
 * has locked. db/bdb_records.c keeps the store's records in it. All but open
 * and close may be called from any thread. A function that returns int: -1
 * failed, e tells. */
#ifndef DB_BDB_H
#define DB_BDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct said;
struct bdb;			/* opaque */
struct bdb_txn;			/* opaque: one transaction */

enum bdb_table { BDB_RECORDS, BDB_QUEUE, BDB_META, BDB_TABLES };

struct bdb_conf {
	const char	*path;
	size_t		 cache_bytes;	/* 0: the default */
	struct said	*said;		/* outlives it */
	bool		 create;	/* make what is missing */
	bool		 copy;		/* a hot copy: recover all of its log */
};

extern const char	bdb_name[];	/* with its version */

int	bdb_open(struct bdb **out, const struct bdb_conf *conf,
	    struct err *e);

/* clean: all is written, the next open has nothing to mend. Else only what is
 * open is let go. Frees and clears *b. */
void	bdb_close(struct bdb **b, bool clean);

/* Whether it can only be closed. */
bool	bdb_is_broken(struct bdb *b);

/* Around several bdb_get(), since each of these two has its cost. Nobody
 * writes meanwhile. */
void	bdb_begin_reading(struct bdb *b);
void	bdb_end_reading(struct bdb *b);

/* 1 found, *len bytes; 0 not; -1, also if the value has more than `room`
 * bytes. */
int	bdb_get(struct bdb *b, enum bdb_table table, const void *key,
	    size_t key_len, void *value, size_t room, size_t *len,
	    struct err *e);

/* Runs the body in a transaction and commits it: written to the system when
 * this returns 0, not waited for on the disk. What bdb_put() and bdb_delete()
 * return other than 0, the body returns at once. */
typedef int (*bdb_body)(struct bdb_txn *txn, void *arg);
int	bdb_write(struct bdb *b, bdb_body body, void *arg, struct err *e);
int	bdb_put(struct bdb_txn *txn, enum bdb_table table, const void *key,
	    size_t key_len, const void *value, size_t len);
int	bdb_delete(struct bdb_txn *txn, enum bdb_table table, const void *key,
	    size_t key_len);

/* Calls each() for what is committed, from a key on, until it returns false.
 * each() holds up whoever writes: it only copies. */
struct bdb_row {
	const uint8_t	*key, *value;
	size_t		 key_len, len;
};
typedef bool (*bdb_each)(const struct bdb_row *row, void *arg);
int	bdb_scan(struct bdb *b, enum bdb_table table, const void *from,
	    size_t from_len, bdb_each each, void *arg, struct err *e);

/* What is committed reaches the disk. */
int	bdb_flush(struct bdb *b, struct err *e);

/* Once a second: flushes, makes a checkpoint if enough was logged, keeps room
 * in the cache. */
int	bdb_tend(struct bdb *b, struct err *e);

/* A hot copy into an existing empty folder; open it once with `copy`. */
int	bdb_copy(struct bdb *b, const char *folder, struct err *e);

#endif
