/* SPDX-License-Identifier: ISC
 * db/bdb_records.c - the store's records in Berkeley DB's tables: the records,
 * the queue of their expiry (envelope.h), and their count. */
#include <stdlib.h>
#include <string.h>

#include "db/bdb.h"
#include "db/envelope.h"
#include "db/record.h"
#include "db/steps.h"

enum { COPY_CACHE_BYTES = 16 << 20 };

struct records {
	struct bdb	*bdb;
	struct said	*said;
	struct steps	 steps;
};

static const char	count_name[] = "count";

static int
load_one(struct bdb *bdb, struct store_item *item, int64_t *queued,
    struct err *e)
{
	uint8_t	bytes[ENVELOPE_MAX];
	size_t	len;
	int	found;

	found = bdb_get(bdb, BDB_RECORDS, item->key.bytes, item->key.len,
	    bytes, sizeof(bytes), &len, e);
	item->act = STORE_LEAVE;
	item->found = found == 1;
	item->expires = *queued = 0;
	item->len = 0;
	return found == 1 ? envelope_open(item, queued, bytes, len, e) : found;
}

static int
load(void *b, struct store_item *items, size_t n, int64_t *queued,
    struct err *e)
{
	struct bdb	*bdb = ((struct records *)b)->bdb;
	int		 status = 0;

	bdb_begin_reading(bdb);
	for (size_t i = 0; status != -1 && i < n; i++)
		status = load_one(bdb, &items[i], &queued[i], e);
	bdb_end_reading(bdb);
	return status;
}

static int
set_record(struct bdb_txn *txn, const struct change *c)
{
	const struct store_key	*key = &c->item->key;
	uint8_t			 bytes[ENVELOPE_MAX];
	size_t			 len;

	switch (c->item->act) {
	case STORE_PUT:
		len = envelope_seal(c->item, c->queued, bytes);
		return bdb_put(txn, BDB_RECORDS, key->bytes, key->len, bytes,
		    len);
	case STORE_DROP:
		return bdb_delete(txn, BDB_RECORDS, key->bytes, key->len);
	case STORE_LEAVE:
		break;
	}
	return 0;
}

static int
set_queue(struct bdb_txn *txn, const struct change *c)
{
	uint8_t	bytes[QUEUE_KEY_MAX];
	size_t	len;
	int	r = 0;

	if (c->leaves) {
		len = queue_key(&c->item->key, c->from, bytes);
		r = bdb_delete(txn, BDB_QUEUE, bytes, len);
	}
	if (r == 0 && c->enters) {
		len = queue_key(&c->item->key, c->queued, bytes);
		r = bdb_put(txn, BDB_QUEUE, bytes, len, "", 0);
	}
	return r;
}

struct batch {
	const struct change	*changes;
	size_t			 n;
};

static int
set_all(struct bdb_txn *txn, void *arg)
{
	const struct batch	*batch = arg;
	int			 r = 0;

	for (size_t i = 0; r == 0 && i < batch->n; i++)
		r = set_record(txn, &batch->changes[i]);
	for (size_t i = 0; r == 0 && i < batch->n; i++)
		r = set_queue(txn, &batch->changes[i]);
	return r;
}

static int
write_all(void *b, struct change *changes, size_t n, struct err *e)
{
	struct batch	batch = { .changes = changes, .n = n };

	return bdb_write(((struct records *)b)->bdb, set_all, &batch, e);
}

struct due_list {
	struct due	*out;
	int		 n, max;
	int64_t		 upto;
};

static bool
take_due(const struct bdb_row *row, void *arg)
{
	struct due_list	*list = arg;
	struct due	*due = &list->out[list->n];

	if (queue_entry(&due->key, &due->when, row->key, row->key_len) == -1 ||
	    due->when > list->upto)
		return false;
	return ++list->n < list->max;
}

static int
due(void *b, struct store_span span, struct due *out, int max,
    struct err *e)
{
	struct due_list	list = { .out = out, .max = max, .upto = span.upto };
	uint8_t		from[QUEUE_PLACE_SIZE];

	queue_place(span.after, from);
	if (bdb_scan(((struct records *)b)->bdb, BDB_QUEUE, from,
	    sizeof(from), take_due, &list, e) == -1)
		return -1;
	return list.n;
}

static int
open_records(void **out, const struct backend_conf *conf, struct err *e)
{
	struct bdb_conf	 bdb = { .path = conf->path, .create = conf->create,
			     .cache_bytes = conf->cache_bytes,
			     .said = conf->said };
	struct records	*rec = calloc(1, sizeof(*rec));

	if (rec == NULL)
		return err_set(e, "out of memory");
	rec->said = conf->said;
	rec->steps = (struct steps){ .b = rec, .stripes = stripes_new(),
	    .load = load, .write = write_all, .due = due };
	if (rec->steps.stripes == NULL)
		(void)err_set(e, "out of memory");
	else if (bdb_open(&rec->bdb, &bdb, e) == 0) {
		*out = rec;
		return 0;
	}
	stripes_free(&rec->steps.stripes);
	free(rec);
	return -1;
}

static void
close_records(void **b, bool clean)
{
	struct records	*rec = *b;

	bdb_close(&rec->bdb, clean);
	stripes_free(&rec->steps.stripes);
	free(rec);
	*b = NULL;
}

static int
step_records(void *b, struct backend_step *s, struct err *e)
{
	return steps_step(&((struct records *)b)->steps, s, e);
}

static int
expire_records(void *b, struct store_span span, size_t limit,
    size_t *dropped, struct err *e)
{
	return steps_expire(&((struct records *)b)->steps, span, limit, dropped,
	    e);
}

struct reading {
	const struct backend_range *range;
	struct store_item	*items;
	int			 n, max;
	int			 status;
	struct err		*e;
};

static bool
take_record(const struct bdb_row *row, void *arg)
{
	struct reading			*r = arg;
	struct store_item		*item = &r->items[r->n];
	const struct backend_range	*range = r->range;
	int64_t				 queued;

	if (row->key_len > STORE_KEY_MAX || row->key_len < range->prefix ||
	    memcmp(row->key, range->from.bytes, range->prefix) != 0)
		return false;
	item->key.len = row->key_len;
	memcpy(item->key.bytes, row->key, row->key_len);
	if (range->after && key_order(&item->key, &range->from) == 0)
		return true;
	item->found = true;
	item->act = STORE_LEAVE;
	r->status = envelope_open(item, &queued, row->value, row->len, r->e);
	return r->status == 0 && ++r->n < r->max;
}

static int
read_records(void *b, const struct backend_range *range,
    struct store_item *items, int max, struct err *e)
{
	struct reading	r = { .range = range, .items = items, .max = max,
			    .e = e };

	if (bdb_scan(((struct records *)b)->bdb, BDB_RECORDS,
	    range->from.bytes, range->from.len, take_record, &r, e) == -1)
		return -1;
	return r.status == 0 ? r.n : -1;
}

static int
flush_records(void *b, struct err *e)
{
	return bdb_flush(((struct records *)b)->bdb, e);
}

static int
tend_records(void *b, struct err *e)
{
	return bdb_tend(((struct records *)b)->bdb, e);
}

static int
put_count(struct bdb_txn *txn, void *arg)
{
	const struct backend_count	*count = arg;
	uint8_t				 bytes[9];

	record_put64(bytes, count->records);
	bytes[8] = count->exact;
	return bdb_put(txn, BDB_META, count_name, sizeof(count_name), bytes,
	    sizeof(bytes));
}

static int
save_count(void *b, const struct backend_count *count, struct err *e)
{
	struct backend_count	copy = *count;

	return bdb_write(((struct records *)b)->bdb, put_count, &copy, e);
}

static int
load_count(void *b, struct backend_count *count, struct err *e)
{
	struct bdb	*bdb = ((struct records *)b)->bdb;
	uint8_t		 bytes[9];
	size_t		 len;
	int		 found;

	bdb_begin_reading(bdb);
	found = bdb_get(bdb, BDB_META, count_name, sizeof(count_name), bytes,
	    sizeof(bytes), &len, e);
	bdb_end_reading(bdb);
	if (found == -1)
		return -1;
	*count = (struct backend_count){ .exact = found == 0 };
	if (found == 1 && len == sizeof(bytes))
		*count = (struct backend_count){
			.records = record_get64(bytes), .exact = bytes[8] == 1,
		};
	return 0;
}

/* Recovered at once, so that a copy that cannot be is known as such. */
static int
backup_records(void *b, const char *folder, struct err *e)
{
	struct records	*rec = b;
	struct bdb_conf	 conf = { .path = folder, .copy = true,
			     .cache_bytes = COPY_CACHE_BYTES,
			     .said = rec->said };
	struct bdb	*copy;

	if (bdb_copy(rec->bdb, folder, e) == -1 ||
	    bdb_open(&copy, &conf, e) == -1)
		return -1;
	bdb_close(&copy, true);
	return 0;
}

static bool
is_broken(void *b)
{
	return bdb_is_broken(((struct records *)b)->bdb);
}

const struct backend	backend_bdb = {
	.name = bdb_name,
	.open = open_records,
	.close = close_records,
	.step = step_records,
	.read = read_records,
	.expire = expire_records,
	.flush = flush_records,
	.tend = tend_records,
	.save_count = save_count,
	.load_count = load_count,
	.backup = backup_records,
	.is_broken = is_broken,
};
