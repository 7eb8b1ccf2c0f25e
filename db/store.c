/* SPDX-License-Identifier: ISC
 * db/store.c - the calls of store.h, passed to an engine through its gate. */
#include "db/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "db/envelope.h"
#include "db/store_private.h"

enum {
	WALK_FIRST = 4,			/* read at once: most walks end there */
	WALK_ITEMS = 200,		/* from then on */
	EXPIRE_BITE = 32		/* dropped at once */
};

static void
note_failure(struct store *s, const struct err *e)
{
	atomic_fetch_add(&s->failures, 1);
	if (!s->quiet)
		alarm_raise(s->alarms, ALARM_STORE, atomic_load(&s->now),
		    e->text);
}

int
store_enter(struct store *s, struct err *e)
{
	if (gate_enter(s->gate, e) == 0)
		return 0;
	note_failure(s, e);
	return -1;
}

int
store_leave(struct store *s, int status, const struct err *e)
{
	if (status == -1) {
		if (s->ops->is_broken(s->engine))
			gate_break(s->gate, e->text);
		note_failure(s, e);
	}
	gate_leave(s->gate);
	return status;
}

static int
create_engine(struct store *s, struct backend_conf *conf, struct err *e)
{
	conf->create = true;
	if (folder_mark(conf->path, FOLDER_NEW, e) == -1 ||
	    s->ops->open(&s->engine, conf, e) == -1)
		return -1;
	if (s->ops->flush(s->engine, e) == 0 &&
	    folder_mark(conf->path, FOLDER_READY, e) == 0)
		return 0;
	s->ops->close(&s->engine, false);
	return -1;
}

int
store_open_engine(struct store *s, bool may_create, struct err *e)
{
	struct backend_conf	conf = { .path = s->folder.path,
				    .cache_bytes = s->cache_bytes,
				    .said = s->said };
	enum folder_state	state = FOLDER_READY;

	if (conf.path != NULL && folder_state(conf.path, &state, e) == -1)
		return -1;
	if (state == FOLDER_READY)
		return s->ops->open(&s->engine, &conf, e);
	if (may_create)
		return create_engine(s, &conf, e);
	return err_set(e, "state folder %s is empty now: put its files back, "
	    "or restart greygate to begin anew", conf.path);
}

/* The count of an earlier process; what it did after a crash is recounted. */
static int
take_count(struct store *s, struct err *e)
{
	struct backend_count	count;

	if (s->ops->load_count(s->engine, &count, e) == -1)
		return -1;
	atomic_store(&s->records, (int64_t)count.records);
	s->recount = (struct recount){ .running = !count.exact,
	    .began_with = (int64_t)count.records };
	s->saved_records = (int64_t)count.records;
	count.exact = false;
	return s->ops->save_count(s->engine, &count, e);
}

static int
open_all(struct store *s, const struct store_conf *conf, struct err *e)
{
	if (s->gate == NULL || s->said == NULL)
		return err_set(e, "out of memory");
	if (conf->path != NULL && (folder_init(&s->folder, conf->path, e) == -1
	    || folder_lock(&s->folder, e) == -1))
		return -1;
	if (store_open_engine(s, true, e) == -1)
		return -1;
	return take_count(s, e);
}

static void
free_store(struct store **s)
{
	if ((*s)->engine != NULL)
		(*s)->ops->close(&(*s)->engine, false);
	gate_free(&(*s)->gate);
	said_free(&(*s)->said);
	folder_done(&(*s)->folder);
	free(*s);
	*s = NULL;
}

int
store_open(struct store **out, const struct store_conf *conf, struct err *e)
{
	struct store	*s = calloc(1, sizeof(*s));
	struct clock	 clock = clock_system();

	if (s == NULL)
		return err_set(e, "out of memory");
	s->ops = conf->path != NULL ? &backend_bdb : &backend_memory;
	s->folder.lock = -1;
	s->gate = gate_new(BACKEND_INSIDE);
	s->said = said_new();
	s->cache_bytes = conf->cache_bytes;
	s->alarms = conf->alarms;
	atomic_store(&s->now, clock_seconds(&clock));
	if (open_all(s, conf, e) == -1) {
		free_store(&s);
		return -1;
	}
	*out = s;
	return 0;
}

void
store_close(struct store **s)
{
	struct backend_count	count;
	bool			broken;
	struct err		e;

	if (*s == NULL)
		return;
	broken = gate_is_broken((*s)->gate, &e);
	gate_break((*s)->gate, "the state is being closed");
	gate_drain((*s)->gate);
	if ((*s)->engine != NULL && !broken) {
		count = (struct backend_count){ .exact = !(*s)->recount.running,
		    .records = (uint64_t)atomic_load(&(*s)->records) };
		(void)(*s)->ops->save_count((*s)->engine, &count, &e);
		(*s)->ops->close(&(*s)->engine, true);
	}
	free_store(s);
}

/* Engines take records in the order of their keys. */
static void
order_keys(struct backend_step *step)
{
	for (size_t i = 0; i < step->n; i++) {
		const struct store_key	*key = &step->items[i].key;
		size_t			 at = i;

		assert(key->len >= 1 && key->len <= STORE_KEY_MAX);
		for (; at > 0; at--) {
			uint8_t	before = step->order[at - 1];
			int	order = key_order(&step->items[before].key, key);

			assert(order != 0);
			if (order < 0)
				break;
			step->order[at] = before;
		}
		step->order[at] = (uint8_t)i;
	}
}

static void
count_changes(struct store *s, const struct store_item *items, size_t n)
{
	int64_t	change = 0;

	for (size_t i = 0; i < n; i++) {
		assert(items[i].act != STORE_PUT ||
		    items[i].len <= STORE_VALUE_MAX);
		if (items[i].act == STORE_PUT && !items[i].found)
			change++;
		if (items[i].act == STORE_DROP && items[i].found)
			change--;
	}
	if (change != 0)
		atomic_fetch_add(&s->records, change);
}

int
store_step(struct store *s, struct store_item *items, size_t n, store_fn fn,
    void *arg, struct err *e)
{
	struct backend_step	step = { .items = items, .n = n, .fn = fn,
				    .arg = arg };
	struct err		own;
	int			status;

	assert(n <= STORE_STEP_MAX);
	if (e == NULL)
		e = &own;
	order_keys(&step);
	if (store_enter(s, e) == -1)
		return -1;
	status = s->ops->step(s->engine, &step, e);
	if (status == 0) {
		atomic_fetch_add(&s->steps, 1);
		count_changes(s, items, n);
	}
	return store_leave(s, status, e);
}

static void
leave_it(struct store_item *items, size_t n, void *arg)
{
	(void)items;
	(void)n;
	(void)arg;
}

int
store_get(struct store *s, struct store_item *item, struct err *e)
{
	return store_step(s, item, 1, leave_it, NULL, e) == -1 ? -1 :
	    item->found;
}

static void
drop_it(struct store_item *items, size_t n, void *arg)
{
	(void)n;
	(void)arg;
	items->act = STORE_DROP;
}

int
store_remove(struct store *s, const struct store_key *key, struct err *e)
{
	struct store_item	item = { .key = *key };

	return store_step(s, &item, 1, drop_it, NULL, e) == -1 ? -1 :
	    item.found;
}

/* Records that a walk has read ahead. */
struct batch {
	struct store_item	*items;
	int			 n, max;
};

static int
read_on(struct store *s, struct backend_range *range, struct batch *b,
    struct err *e)
{
	if (store_enter(s, e) == -1)
		return -1;
	b->n = s->ops->read(s->engine, range, b->items, b->max, e);
	if (b->n > 0)
		range->from = b->items[b->n - 1].key;
	range->after = true;
	return store_leave(s, b->n, e);
}

/* false: each() has had enough, or there is no more. */
static bool
show_batch(const struct batch *b, store_each_fn each, void *arg)
{
	for (int i = 0; i < b->n; i++)
		if (!each(&b->items[i], arg))
			return false;
	return b->n == b->max;
}

int
store_walk(struct store *s, const void *prefix, size_t len,
    store_each_fn each, void *arg, struct err *e)
{
	struct store_item	 first[WALK_FIRST], *more = NULL;
	struct batch		 b = { .items = first, .max = WALK_FIRST };
	struct backend_range	 range = { .prefix = len };
	struct err		 own;
	int			 status;

	assert(len <= STORE_KEY_MAX);
	if (e == NULL)
		e = &own;
	range.from.len = len;
	if (len > 0)
		memcpy(range.from.bytes, prefix, len);
	while ((status = read_on(s, &range, &b, e)) != -1 &&
	    show_batch(&b, each, arg)) {
		if (more != NULL)
			continue;
		more = malloc(WALK_ITEMS * sizeof(*more));
		if (more == NULL)
			return err_set(e, "out of memory");
		b = (struct batch){ .items = more, .max = WALK_ITEMS };
	}
	free(more);
	return status == -1 ? -1 : 0;
}

int
store_expire(struct store *s, struct store_span span, size_t limit,
    size_t *dropped, struct err *e)
{
	size_t		bites = limit / EXPIRE_BITE + 1, bite;
	struct err	own;
	int		more = 1;

	*dropped = 0;
	if (e == NULL)
		e = &own;
	/* Renewed records use up bites too: a call has its bound. */
	for (; more == 1 && *dropped < limit && bites > 0; bites--) {
		size_t	most = limit - *dropped;

		if (store_enter(s, e) == -1)
			return -1;
		more = s->ops->expire(s->engine, span,
		    most < EXPIRE_BITE ? most : EXPIRE_BITE, &bite, e);
		atomic_fetch_sub(&s->records, (int64_t)bite);
		*dropped += bite;
		if (store_leave(s, more, e) == -1)
			return -1;
	}
	return more;
}

int
store_flush(struct store *s, struct err *e)
{
	struct err	own;

	if (e == NULL)
		e = &own;
	if (store_enter(s, e) == -1)
		return -1;
	return store_leave(s, s->ops->flush(s->engine, e), e);
}

int
store_backup(struct store *s, const char *folder, struct err *e)
{
	struct err	own;
	int		status;

	if (e == NULL)
		e = &own;
	if (s->folder.path == NULL)
		return s->ops->backup(s->engine, folder, e);
	if (mkdir(folder, 0700) == -1)
		return err_set(e, "cannot create folder %s: %s (the "
		    "filter's user must be able to write there)", folder,
		    strerror(errno));
	if (store_enter(s, e) == -1)
		return -1;
	status = s->ops->backup(s->engine, folder, e);
	if (status == 0)
		status = folder_mark(folder, FOLDER_READY, e);
	/* A copy that failed is no trouble of the state, unless it broke. */
	if (status == -1 && s->ops->is_broken(s->engine))
		return store_leave(s, -1, e);
	gate_leave(s->gate);
	return status;
}

void
store_stats(struct store *s, struct store_stats *out)
{
	int64_t	records = atomic_load(&s->records);

	*out = (struct store_stats){
		.engine = s->ops->name,
		.records = records > 0 ? (uint64_t)records : 0,
		.steps = atomic_load(&s->steps),
		.failures = atomic_load(&s->failures),
		.reopened = atomic_load(&s->reopened),
	};
	if (s->folder.path != NULL)
		out->bytes_on_disk = folder_bytes(s->folder.path);
}
