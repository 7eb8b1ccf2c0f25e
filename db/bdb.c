/* SPDX-License-Identifier: ISC
 * db/bdb.c - the tables that bdb.h describes: the only file that includes
 * Berkeley DB's header. */
#include <db.h>
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
	LOG_FILE_BYTES = 64 << 20,
	LOG_BUFFER_BYTES = 1 << 20,
	CHECKPOINT_KBYTES = 64 << 10,
	CLEAN_PERCENT = 30,		/* of the cache, for callers to reuse */
	LOCKS_MAX = 10000,
	TRANSACTIONS_MAX = 100,
	REPEATS_MAX = 200,		/* of one transaction, then it fails */
	ROW_KEY_MAX = 2048
};

struct bdb {
	DB_ENV			*env;
	DB			*table[BDB_TABLES];
	struct said		*said;
	atomic_bool		 broken, copying;
	atomic_uint_fast64_t	 repeats;
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

/* Berkeley DB explains itself here. After it broke it only repeats that. */
static void
on_message(const DB_ENV *env, const char *prefix, const char *text)
{
	struct bdb	*b = env->app_private;

	(void)prefix;
	said_note(b->said, "Berkeley DB", text, atomic_load(&b->broken));
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
failed(struct bdb *b, const char *what, int r, struct err *e)
{
	struct err	last = said_last(b->said);

	if (r == DB_RUNRECOVERY)
		atomic_store(&b->broken, true);
	if (!atomic_load(&b->broken))
		said_forget(b->said);
	return err_set(e, "the state could not be %s: %s", what,
	    last.text[0] != '\0' ? last.text : db_strerror(r));
}

static bool
is_lost_race(int r)
{
	return r == DB_LOCK_DEADLOCK || r == DB_LOCK_NOTGRANTED;
}

/* Whether to try again what lost a race, and counts it. */
static bool
again(struct bdb *b, int r, unsigned *tries)
{
	if (!is_lost_race(r) || ++*tries > REPEATS_MAX)
		return false;
	atomic_fetch_add(&b->repeats, 1);
	return true;
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
	    (r = env->set_lk_detect(env, DB_LOCK_MINWRITE)) != 0 ||
	    (r = env->set_lk_max_locks(env, LOCKS_MAX)) != 0 ||
	    (r = env->set_lk_max_objects(env, LOCKS_MAX)) != 0 ||
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
	    DB_INIT_LOCK | (conf->copy ? DB_RECOVER_FATAL : DB_RECOVER),
	    0600)) != 0)
		return r;
	for (int i = 0; r == 0 && i < BDB_TABLES; i++)
		r = open_table(b, (enum bdb_table)i, conf->create);
	return r;
}

/* Without `clean` a panic comes first: it keeps Berkeley DB from writing. */
static int
close_all(struct bdb *b, bool clean)
{
	int	r = 0, last;

	if (b->env == NULL)
		return 0;
	if (!clean)
		(void)b->env->set_flags(b->env, DB_PANIC_ENVIRONMENT, 1);
	else
		r = b->env->txn_checkpoint(b->env, 0, 0, 0);
	for (int i = 0; i < BDB_TABLES; i++)
		if (b->table[i] != NULL &&
		    (last = b->table[i]->close(b->table[i], 0)) != 0)
			r = last;
	last = b->env->close(b->env, 0);
	return last != 0 ? last : r;
}

int
bdb_open(struct bdb **out, const struct bdb_conf *conf, struct err *e)
{
	struct bdb	*b;
	int		 r;

	if (!conf->create && folder_complete(conf->path, files, e) == -1)
		return -1;
	b = calloc(1, sizeof(*b));
	if (b == NULL || (b->said = said_new()) == NULL) {
		free(b);
		return err_set(e, "out of memory");
	}
	*out = b;
	r = open_all(b, conf);
	if (r == 0)
		return 0;
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
		(void)failed(*b, "closed", r, &e);
		log_fail("%s", e.text);
	}
	said_free(&(*b)->said);
	free(*b);
	*b = NULL;
}

bool
bdb_is_broken(struct bdb *b)
{
	return atomic_load(&b->broken);
}

uint64_t
bdb_repeats(struct bdb *b)
{
	return atomic_load(&b->repeats);
}

int
bdb_get(struct bdb *b, enum bdb_table table, const void *key, size_t key_len,
    void *value, size_t room, size_t *len, struct err *e)
{
	DB		*db = b->table[table];
	DBT		 k = bytes_of(key, key_len), v = room_of(value, room);
	unsigned	 tries = 0;
	int		 r;

	do
		r = db->get(db, NULL, &k, &v, 0);
	while (again(b, r, &tries));
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

static int
write_once(struct bdb *b, bdb_body body, void *arg)
{
	struct bdb_txn	txn = { .b = b };
	int		r = b->env->txn_begin(b->env, NULL, &txn.txn, 0);

	if (r != 0)
		return r;
	r = body(&txn, arg);
	if (r == 0)
		return txn.txn->commit(txn.txn, 0);
	/* One that cannot be taken back panics, and the event tells. */
	(void)txn.txn->abort(txn.txn);
	return r;
}

int
bdb_write(struct bdb *b, bdb_body body, void *arg, struct err *e)
{
	unsigned	tries = 0;
	int		r;

	do
		r = write_once(b, body, arg);
	while (again(b, r, &tries));
	return r == 0 ? 0 : failed(b, "written", r, e);
}

/* A place in a table, to begin at and to come back to. */
struct place {
	uint8_t	key[ROW_KEY_MAX];
	size_t	len;
	bool	done;		/* each() has seen the row with this key */
};

/* 0: each() has had enough; else as Berkeley DB answers. */
static int
scan_from(DBC *cursor, struct place *p, void *room, bdb_each each, void *arg)
{
	uint8_t		was[ROW_KEY_MAX];
	DBT		k = room_of(p->key, sizeof(p->key)), v;
	struct bdb_row	row = { .key = p->key, .value = room };
	u_int32_t	how = DB_SET_RANGE;
	size_t		was_len = p->len;
	bool		go_on = true;
	int		r;

	memcpy(was, p->key, p->len);
	k.size = (u_int32_t)p->len;
	for (; go_on; how = DB_NEXT) {
		v = room_of(room, PAGE_BYTES);
		if ((r = cursor->get(cursor, &k, &v, how)) != 0)
			return r;
		row.key_len = p->len = k.size;
		row.len = v.size;
		/* Come back to a row that was seen already? */
		if (how == DB_SET_RANGE && p->done && k.size == was_len &&
		    memcmp(p->key, was, was_len) == 0)
			continue;
		p->done = true;
		go_on = each(&row, arg);
	}
	return 0;
}

int
bdb_scan(struct bdb *b, enum bdb_table table, const void *from,
    size_t from_len, bdb_each each, void *arg, struct err *e)
{
	DB		*db = b->table[table];
	DBC		*cursor;
	uint8_t		 room[PAGE_BYTES];
	struct place	 p = { .len = from_len };
	unsigned	 tries = 0;
	int		 r;

	memcpy(p.key, from, from_len);
	do {
		r = db->cursor(db, NULL, &cursor, DB_READ_COMMITTED);
		if (r != 0)
			break;
		r = scan_from(cursor, &p, room, each, arg);
		(void)cursor->close(cursor);
	} while (again(b, r, &tries));
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
	return r == 0 ? 0 : failed(b, "copied", r, e);
}
