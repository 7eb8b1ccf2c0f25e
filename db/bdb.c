/* SPDX-License-Identifier: ISC
 * db/bdb.c - the tables that bdb.h describes: the only file that includes
 * Berkeley DB's header.
 *
 * Berkeley DB's own page locks are not used: a thread that waits for one when
 * the environment breaks waits for ever, and then it can neither be closed nor
 * opened again. Instead one transaction writes at a time, and nobody reads
 * meanwhile. It is short, the pages that it needs were just read by its step,
 * and in this way no two can be deadlocked. */
#include <db.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/bdb.h"
#include "db/folder.h"
#include "db/said.h"

enum {
	PAGE_BYTES = 4096,
	CACHE_BYTES = 64 << 20,
	LOG_FILE_BYTES = 16 << 20,	/* recovery fills the last with zeroes */
	LOG_BUFFER_BYTES = 1 << 20,
	CHECKPOINT_KBYTES = 64 << 10,
	CLEAN_PERCENT = 30,		/* of the cache, for callers to reuse */
	TRANSACTIONS_MAX = 100,
	ROW_KEY_MAX = 2048
};

struct bdb {
	DB_ENV			*env;
	DB			*table[BDB_TABLES];
	struct said		*said;
	atomic_bool		 broken, copying;
	pthread_mutex_t		 writer;	/* first: one may wait for pages */
	pthread_rwlock_t	 pages;
};

struct bdb_txn {
	struct bdb	*b;
	DB_TXN		*txn;
};

/* In the order of enum bdb_table, and then what else must be there. */
static const char *const	files[] = {
	"records.db", "queue.db", "meta.db", "log.", NULL
};

#define TEXT(x)		#x
#define NAME(major, minor, patch)	\
	"Berkeley DB " TEXT(major) "." TEXT(minor) "." TEXT(patch)

const char	bdb_name[] =
		    NAME(DB_VERSION_MAJOR, DB_VERSION_MINOR, DB_VERSION_PATCH);

/* DBT has no const; what is only read is not written to. */
static DBT
bytes_of(const void *bytes, size_t len)
{
	DBT	d = { .size = (u_int32_t)len };

	memcpy(&d.data, &bytes, sizeof(bytes));
	return d;
}

static DBT
room_of(void *bytes, size_t room)
{
	return (DBT){ .data = bytes, .ulen = (u_int32_t)room,
	    .flags = DB_DBT_USERMEM };
}

/* Berkeley DB explains itself here; once it broke it only repeats itself. */
static void
on_message(const DB_ENV *env, const char *prefix, const char *text)
{
	struct bdb	*b = env->app_private;

	(void)prefix;
	if (!atomic_load(&b->broken))
		said_note(b->said, "Berkeley DB", text);
}

static void
on_event(DB_ENV *env, u_int32_t event, void *about)
{
	struct bdb	*b = env->app_private;

	(void)about;
	if (event == DB_EVENT_PANIC)
		atomic_store(&b->broken, true);
}

/* -1, and the sentence: the engine's own words if it had any. */
static int
explain(struct bdb *b, const char *what, int r, struct err *e)
{
	struct err	first = said_first(b->said);

	said_forget(b->said);
	return err_set(e, "the state could not be %s: %s", what,
	    first.text[0] != '\0' ? first.text : db_strerror(r));
}

/* After any failure of the files the environment is closed and recovered: what
 * is in its cache and in its log may no longer agree. */
static int
failed(struct bdb *b, const char *what, int r, struct err *e)
{
	if (r != DB_BUFFER_SMALL)
		atomic_store(&b->broken, true);
	return explain(b, what, r, e);
}

static int
set_up(struct bdb *b, size_t cache)
{
	DB_ENV	*env = b->env;
	int	 r;

	env->app_private = b;
	env->set_errcall(env, on_message);
	if ((r = env->set_event_notify(env, on_event)) != 0 ||
	    (r = env->set_cachesize(env, (u_int32_t)(cache >> 30),
	    (u_int32_t)(cache & 0x3fffffff), 1)) != 0 ||
	    (r = env->set_lg_bsize(env, LOG_BUFFER_BYTES)) != 0 ||
	    (r = env->set_lg_max(env, LOG_FILE_BYTES)) != 0 ||
	    (r = env->set_tx_max(env, TRANSACTIONS_MAX)) != 0 ||
	    (r = env->set_flags(env, DB_TXN_WRITE_NOSYNC, 1)) != 0)
		return r;
	return env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
}

static int
open_table(struct bdb *b, enum bdb_table table, bool create)
{
	DB	*db;
	int	 r;

	if ((r = db_create(&db, b->env, 0)) != 0)
		return r;
	b->table[table] = db;
	if ((r = db->set_pagesize(db, PAGE_BYTES)) != 0 ||
	    (r = db->set_flags(db, DB_CHKSUM)) != 0)
		return r;
	return db->open(db, NULL, files[table], NULL, DB_BTREE, DB_THREAD |
	    DB_AUTO_COMMIT | (create ? DB_CREATE : 0), 0600);
}

static int
open_all(struct bdb *b, const struct bdb_conf *conf)
{
	size_t	cache = conf->cache_bytes != 0 ? conf->cache_bytes : CACHE_BYTES;
	int	r;

	if ((r = db_env_create(&b->env, 0)) != 0 ||
	    (r = set_up(b, cache)) != 0 ||
	    (r = b->env->open(b->env, conf->path, DB_CREATE | DB_PRIVATE |
	    DB_THREAD | DB_INIT_MPOOL | DB_INIT_TXN | DB_INIT_LOG |
	    (conf->copy ? DB_RECOVER_FATAL : DB_RECOVER), 0600)) != 0)
		return r;
	for (int i = 0; r == 0 && i < BDB_TABLES; i++)
		r = open_table(b, (enum bdb_table)i, conf->create);
	return r;
}

/* One that broke is made to forget it: else Berkeley DB would free nothing. Its
 * pages are written through descriptors that are still open, since by now other
 * files may have their names; what cannot be written is in the log. */
static void
let_go(DB_ENV *env)
{
	(void)env->set_flags(env, DB_NOPANIC, 1);
	(void)env->memp_sync(env, NULL);
}

static int
close_all(struct bdb *b, bool clean)
{
	int	r = 0, last;

	if (b->env == NULL)
		return 0;
	if (clean)
		r = b->env->txn_checkpoint(b->env, 0, 0, 0);
	else {
		atomic_store(&b->broken, true);
		let_go(b->env);
	}
	for (int i = 0; i < BDB_TABLES; i++)
		if (b->table[i] != NULL && (last = b->table[i]->close(
		    b->table[i], DB_NOSYNC)) != 0)
			r = last;
	last = b->env->close(b->env, 0);
	return last != 0 ? last : r;
}

static void
init_locks(struct bdb *b)
{
	pthread_mutexattr_t	spins;
	pthread_rwlockattr_t	fair;

	(void)pthread_mutexattr_init(&spins);
	(void)pthread_mutexattr_settype(&spins, PTHREAD_MUTEX_ADAPTIVE_NP);
	(void)pthread_mutex_init(&b->writer, &spins);
	(void)pthread_mutexattr_destroy(&spins);
	(void)pthread_rwlockattr_init(&fair);
	(void)pthread_rwlockattr_setkind_np(&fair,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	(void)pthread_rwlock_init(&b->pages, &fair);
	(void)pthread_rwlockattr_destroy(&fair);
}

int
bdb_open(struct bdb **out, const struct bdb_conf *conf, struct err *e)
{
	struct bdb	*b;
	int		 r;

	if (!conf->create && folder_complete(conf->path, files, e) == -1)
		return -1;
	b = calloc(1, sizeof(*b));
	if (b == NULL)
		return err_set(e, "out of memory");
	b->said = conf->said;
	init_locks(b);
	*out = b;
	r = open_all(b, conf);
	if (r == 0) {
		said_forget(b->said);
		return 0;
	}
	(void)failed(b, "opened", r, e);
	bdb_close(out, false);
	return -1;
}

void
bdb_close(struct bdb **b, bool clean)
{
	struct err	e;
	int		r;

	clean = clean && !atomic_load(&(*b)->broken);
	r = close_all(*b, clean);
	if (r != 0 && clean) {
		(void)explain(*b, "closed", r, &e);
		log_fail("%s", e.text);
	}
	(void)pthread_rwlock_destroy(&(*b)->pages);
	(void)pthread_mutex_destroy(&(*b)->writer);
	free(*b);
	*b = NULL;
}

bool
bdb_is_broken(struct bdb *b)
{
	return atomic_load(&b->broken);
}

void
bdb_begin_reading(struct bdb *b)
{
	pthread_rwlock_rdlock(&b->pages);
}

void
bdb_end_reading(struct bdb *b)
{
	pthread_rwlock_unlock(&b->pages);
}

int
bdb_get(struct bdb *b, enum bdb_table table, const void *key, size_t key_len,
    void *value, size_t room, size_t *len, struct err *e)
{
	DB		*db = b->table[table];
	DBT		 k = bytes_of(key, key_len), v = room_of(value, room);
	int		 r = db->get(db, NULL, &k, &v, 0);

	*len = v.size;
	if (r == DB_NOTFOUND)
		return 0;
	return r == 0 ? 1 : failed(b, "read", r, e);
}

int
bdb_put(struct bdb_txn *txn, enum bdb_table table, const void *key,
    size_t key_len, const void *value, size_t len)
{
	DB	*db = txn->b->table[table];
	DBT	 k = bytes_of(key, key_len), v = bytes_of(value, len);

	return db->put(db, txn->txn, &k, &v, 0);
}

int
bdb_delete(struct bdb_txn *txn, enum bdb_table table, const void *key,
    size_t key_len)
{
	DB	*db = txn->b->table[table];
	DBT	 k = bytes_of(key, key_len);
	int	 r = db->del(db, txn->txn, &k, 0);

	return r == DB_NOTFOUND ? 0 : r;
}

/* The pages are nobody else's while they change, not while the log is written:
 * what is not committed yet is seen by a walk at most, since steps hold the
 * stripes of their keys. */
static int
change_pages(struct bdb *b, DB_TXN *txn, bdb_body body, void *arg)
{
	struct bdb_txn	t = { .b = b, .txn = txn };
	int		r;

	pthread_rwlock_wrlock(&b->pages);
	r = body(&t, arg);
	/* One that cannot be taken back panics, and the event tells. */
	if (r != 0)
		(void)txn->abort(txn);
	pthread_rwlock_unlock(&b->pages);
	return r;
}

int
bdb_write(struct bdb *b, bdb_body body, void *arg, struct err *e)
{
	DB_TXN	*txn;
	int	 r;

	pthread_mutex_lock(&b->writer);
	r = b->env->txn_begin(b->env, NULL, &txn, 0);
	if (r == 0)
		r = change_pages(b, txn, body, arg);
	if (r == 0)
		r = txn->commit(txn, 0);
	pthread_mutex_unlock(&b->writer);
	return r == 0 ? 0 : failed(b, "written", r, e);
}

/* 0: each() has had enough; else as Berkeley DB answers. */
static int
scan(DBC *cursor, const void *from, size_t from_len, bdb_each each, void *arg)
{
	uint8_t		key[ROW_KEY_MAX], value[PAGE_BYTES];
	DBT		k = room_of(key, sizeof(key));
	DBT		v = room_of(value, sizeof(value));
	struct bdb_row	row = { .key = key, .value = value };
	u_int32_t	how = DB_SET_RANGE;
	int		r;

	memcpy(key, from, from_len);
	k.size = (u_int32_t)from_len;
	while ((r = cursor->get(cursor, &k, &v, how)) == 0) {
		row.key_len = k.size;
		row.len = v.size;
		if (!each(&row, arg))
			break;
		how = DB_NEXT;
	}
	return r;
}

int
bdb_scan(struct bdb *b, enum bdb_table table, const void *from,
    size_t from_len, bdb_each each, void *arg, struct err *e)
{
	DB	*db = b->table[table];
	DBC	*cursor;
	int	 r;

	bdb_begin_reading(b);
	r = db->cursor(db, NULL, &cursor, 0);
	if (r == 0) {
		r = scan(cursor, from, from_len, each, arg);
		(void)cursor->close(cursor);
	}
	bdb_end_reading(b);
	return r == 0 || r == DB_NOTFOUND ? 0 : failed(b, "read", r, e);
}

int
bdb_flush(struct bdb *b, struct err *e)
{
	int	r = b->env->log_flush(b->env, NULL);

	return r == 0 ? 0 : failed(b, "flushed", r, e);
}

/* The trickle follows a flush, so that a step that needs room in the cache
 * finds pages that it may reuse without waiting for the disk. */
int
bdb_tend(struct bdb *b, struct err *e)
{
	DB_ENV	*env = b->env;
	int	 r;

	if ((r = env->log_flush(env, NULL)) != 0 ||
	    (r = env->txn_checkpoint(env, CHECKPOINT_KBYTES, 0, 0)) != 0)
		return failed(b, "flushed", r, e);
	r = env->memp_trickle(env, CLEAN_PERCENT, NULL);
	return r == 0 ? 0 : failed(b, "flushed", r, e);
}

/* The log of the copy's time must be whole, or the copy cannot be mended. */
int
bdb_copy(struct bdb *b, const char *folder, struct err *e)
{
	DB_ENV	*env = b->env;
	int	 r;

	if (atomic_exchange(&b->copying, true))
		return err_set(e, "a backup is running already");
	r = env->log_set_config(env, DB_LOG_AUTO_REMOVE, 0);
	if (r == 0)
		r = env->backup(env, folder, 0);
	(void)env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
	atomic_store(&b->copying, false);
	return r == 0 ? 0 : explain(b, "copied", r, e);
}
