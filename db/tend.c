/* SPDX-License-Identifier: ISC
 * db/tend.c - housekeeping of a store: the count, the folder's being there,
 * and reopening an engine that broke. */
#include <string.h>

#include "base/log.h"
#include "db/store_private.h"

enum {
	READ_ITEMS = 100,
	RECOUNT_READS = 200,		/* of READ_ITEMS, in one tending */
	DELAY_MAX = 60,			/* seconds between tries to reopen */
	CALM = 600			/* seconds: a failure is forgotten */
};

static void
end_recount(struct store *s)
{
	int64_t	changed = atomic_load(&s->records) - s->recount.began_with;

	s->recount.running = false;
	/* Half of what changed was counted by the walk itself. */
	atomic_store(&s->records, (int64_t)s->recount.counted + changed / 2);
}

/* The next bite of the recount. */
static int
recount(struct store *s, struct err *e)
{
	struct store_item	items[READ_ITEMS];
	struct backend_range	range = { .from = s->recount.at, .after = true };
	int			n = READ_ITEMS;

	for (int i = 0; i < RECOUNT_READS && n == READ_ITEMS; i++) {
		n = s->ops->read(s->engine, &range, items, READ_ITEMS, e);
		if (n == -1)
			return -1;
		s->recount.counted += (uint64_t)n;
		if (n > 0)
			range.from = items[n - 1].key;
	}
	s->recount.at = range.from;
	if (n < READ_ITEMS)
		end_recount(s);
	return 0;
}

/* Written when it changed, and while there is trouble: that it can be written
 * tells that the trouble is over. */
static int
save_count(struct store *s, bool trouble, struct err *e)
{
	int64_t			records = atomic_load(&s->records);
	struct backend_count	count;

	if (records == s->saved_records && !trouble)
		return 0;
	count = (struct backend_count){
		.records = records > 0 ? (uint64_t)records : 0,
	};
	if (s->ops->save_count(s->engine, &count, e) == -1)
		return -1;
	s->saved_records = records;
	return 0;
}

static int
tend_engine(struct store *s, struct err *e)
{
	uint64_t	failures = atomic_load(&s->failures);
	bool		trouble = failures != s->seen_failures;
	int		status;

	if (store_enter(s, e) == -1)
		return -1;
	status = save_count(s, trouble, e);
	if (status == 0)
		status = s->ops->tend(s->engine, e);
	if (status == 0 && s->recount.running)
		status = recount(s, e);
	(void)store_leave(s, status, e);
	s->seen_failures = failures;
	if (status == 0 && !trouble)
		alarm_clear(s->alarms, ALARM_STORE);
	return status;
}

/* It is for good that nobody is inside: whoever comes is sent away. */
static void
close_engine(struct store *s)
{
	gate_drain(s->gate);
	if (s->engine != NULL)
		s->ops->close(&s->engine, false);
}

/* The folder may be back, or another one in its place: then its lock is taken
 * anew. */
static int
find_folder(struct store *s, struct err *e)
{
	if (s->folder.path == NULL || folder_check(&s->folder, e) == 0)
		return 0;
	return folder_lock(&s->folder, e);
}

static bool
is_due(struct store *s, int64_t now)
{
	if (now >= s->tried_at && now < s->tried_at + s->delay)
		return false;
	s->delay = s->delay == 0 ? 1 : s->delay * 2;
	if (s->delay > DELAY_MAX)
		s->delay = DELAY_MAX;
	s->tried_at = now;
	return true;
}

/* e: why it is broken; if it stays so, why. */
static int
reopen(struct store *s, int64_t now, struct err *e)
{
	struct err	now_why;

	close_engine(s);
	if (find_folder(s, &now_why) == -1) {
		*e = now_why;
		return -1;
	}
	if (!is_due(s, now))
		return -1;
	if (store_open_engine(s, false, &now_why) == -1) {
		*e = now_why;
		return -1;
	}
	s->recount = (struct recount){ .running = true,
	    .began_with = atomic_load(&s->records) };
	atomic_fetch_add(&s->reopened, 1);
	gate_mend(s->gate);
	log_info("the state was reopened");
	return 0;
}

static int
mend(struct store *s, int64_t now, struct err *e)
{
	if (reopen(s, now, e) == 0)
		return 0;
	gate_say(s->gate, e->text);
	alarm_raise(s->alarms, ALARM_STORE, now, e->text);
	return -1;
}

int
store_tend(struct store *s, int64_t now, struct err *e)
{
	struct err	own;

	if (e == NULL)
		e = &own;
	atomic_store(&s->now, now);
	if (s->delay != 0 && (now < s->tried_at || now >= s->tried_at + CALM))
		s->delay = 0;
	if (s->folder.path != NULL && !gate_is_broken(s->gate, e) &&
	    folder_check(&s->folder, e) == -1)
		gate_break(s->gate, e->text);
	if (gate_is_broken(s->gate, e) && mend(s, now, e) == -1)
		return -1;
	return tend_engine(s, e);
}
