/* SPDX-License-Identifier: ISC
 * whitelist/change.c - live entries come and go; counts reach the store. */
#include <stdlib.h>
#include <string.h>

#include "whitelist/lint.h"
#include "whitelist/live.h"
#include "whitelist/whitelist_private.h"

enum { WRITE_COUNTS_SECONDS = 60, WRITE_COUNTS_AT_ONCE = 1000 };

/* The place of a live entry; n: there is none. */
static size_t
find_live(const struct whitelist *w, const char *text)
{
	size_t	i = 0;

	while (i < w->live.n && strcmp(w->live.kept[i].l->entry.text, text) != 0)
		i++;
	return i;
}

/* What is to become of the live entries: those that go, and one that comes. */
struct change {
	size_t		 without;	/* its place; SIZE_MAX: none */
	int64_t		 ended_by;	/* what has expired by then; INT64_MIN */
	struct listed	*more;		/* NULL: none */
};

static bool
goes(const struct whitelist *w, const struct change *c, size_t i)
{
	return i == c->without || w->live.kept[i].l->expires <= c->ended_by;
}

static int
append(struct list *out, struct listed *l, unsigned long long written)
{
	l = listed_ref(l);
	if (list_append(out, &l) == -1) {
		listed_unref(&l);
		list_clear(out);
		return -1;
	}
	out->kept[out->n - 1].written = written;
	return 0;
}

static int
changed(const struct whitelist *w, const struct change *c, struct list *out)
{
	*out = (struct list){ NULL, 0, 0 };
	for (size_t i = 0; i < w->live.n; i++)
		if (!goes(w, c, i) && append(out, w->live.kept[i].l,
		    w->live.kept[i].written) == -1)
			return -1;
	return c->more == NULL ? 0 : append(out, c->more,
	    atomic_load(&c->more->hits));
}

/* One that comes has the place of the one that it replaces. */
static int
store_it(struct whitelist *w, const struct change *c, struct err *e)
{
	for (size_t i = 0; c->more == NULL && i < w->live.n; i++)
		if (goes(w, c, i) && live_remove(w->store, w->live.kept[i].l,
		    e) == -1)
			return -1;
	if (c->more != NULL && live_put(w->store, c->more, e) == -1)
		return -1;
	return store_flush(w->store, e);
}

/* What is in force is to be what is stored, whether it is there or not. */
static int
settle_one(struct whitelist *w, const struct listed *l, struct err *e)
{
	size_t	at = find_live(w, l->entry.text);

	return (at < w->live.n ? live_put(w->store, w->live.kept[at].l, e) :
	    live_remove(w->store, l, e)) == -1 ? -1 : 0;
}

static void
take_back_one(struct whitelist *w, struct listed *l)
{
	if (settle_one(w, l, NULL) == -1)
		(void)append(&w->doubtful, l, 0);
}

/* What was refused is not to be there after a restart. A store that failed may
 * well fail at this, too: then it is for later. What has expired is tried again
 * anyway. */
static void
take_back(struct whitelist *w, const struct change *c)
{
	if (c->more != NULL)
		take_back_one(w, c->more);
	else if (c->without < w->live.n)
		take_back_one(w, w->live.kept[c->without].l);
}

/* Once the store works again. */
static int
settle(struct whitelist *w, struct err *e)
{
	for (size_t i = 0; i < w->doubtful.n; i++)
		if (settle_one(w, w->doubtful.kept[i].l, e) == -1)
			return -1;
	list_clear(&w->doubtful);
	return 0;
}

/* All that can fail for want of memory comes before the store is touched. */
static int
change(struct whitelist *w, const struct change *c, struct err *e)
{
	struct list	 next;
	struct view	*view;

	if (changed(w, c, &next) == -1)
		return err_set(e, "out of memory for the whitelist");
	if (list_view(&view, &next, &w->files, e) == -1) {
		list_clear(&next);
		return -1;
	}
	if (store_it(w, c, e) == -1) {
		take_back(w, c);
		view_free(&view);
		list_clear(&next);
		return -1;
	}
	whitelist_put_in_force(w, view);
	list_clear(&w->live);
	w->live = next;
	w->next_end = list_next_end(&next);
	return 0;
}

/* A note goes into listings and exports, where it has a line. */
static int
check_note(const struct whitelist_add *a, struct err *e)
{
	if (strlen(a->note) > WHITELIST_NOTE_MAX)
		return err_set(e, "a note has at most %d bytes",
		    WHITELIST_NOTE_MAX);
	if (strlen(a->who) > LIVE_WHO_MAX)
		return err_set(e, "a name of who adds has at most %d bytes",
		    LIVE_WHO_MAX);
	for (const char *s = a->note; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return err_set(e, "a note is one line of text, without "
			    "control characters");
	return 0;
}

static int
check(const struct whitelist *w, const struct whitelist_add *a, int64_t now,
    struct entry *entry, struct err *e)
{
	enum { DAY = 24 * 60 * 60 };

	if (w->conf == NULL)
		return err_set(e, "the whitelist is not open yet");
	if (entry_parse(a->text, entry, e) == -1)
		return -1;
	if (check_note(a, e) == -1)
		return -1;
	if (a->expires <= now)
		return err_set(e, "it would have expired already");
	if (entry->kind == ENTRY_GRACE && a->expires > now + DAY)
		return err_set(e, "a grace lasts for 24h at most; for longer: "
		    "recipient %s", entry->text + entry->value);
	if (lint_refusal(entry, w->conf->local_domains, e) == 1)
		return -1;
	return 0;
}

/* Puts l into the place of the one that has its text: its counts go on. Hits
 * that come meanwhile are added when nobody sees the former one any more. */
static int
replace(struct whitelist *w, size_t at, struct listed *l, struct err *e)
{
	struct listed		*old = listed_ref(w->live.kept[at].l);
	unsigned long long	 known = atomic_load(&old->hits);
	struct change		 c = { at, INT64_MIN, l };
	int			 done;

	atomic_store(&l->hits, known);
	atomic_store(&l->last_hit, atomic_load(&old->last_hit));
	done = change(w, &c, e);
	if (atomic_load(&old->hits) > known) {
		listed_hit(l, atomic_load(&old->last_hit));
		(void)atomic_fetch_add(&l->hits, atomic_load(&old->hits) -
		    known - 1);
	}
	listed_unref(&old);
	return done;
}

static int
add_locked(struct whitelist *w, const struct whitelist_add *a, int64_t now,
    bool *replaced, struct err *e)
{
	struct entry	 entry;
	struct change	 c = { SIZE_MAX, INT64_MIN, NULL };
	size_t		 at;
	int		 done;

	if (check(w, a, now, &entry, e) == -1)
		return -1;
	at = find_live(w, entry.text);
	if (at == w->live.n && at >= WHITELIST_LIVE_MAX)
		return err_set(e, "there are %d live entries already: put more "
		    "into a file", WHITELIST_LIVE_MAX);
	c.more = listed_new(&entry, ENTRY_LIVE, a->who, a->note);
	if (c.more == NULL)
		return err_set(e, "out of memory for the whitelist");
	c.more->created = now;
	c.more->expires = a->expires;
	*replaced = at < w->live.n;
	done = *replaced ? replace(w, at, c.more, e) : change(w, &c, e);
	listed_unref(&c.more);
	return done;
}

int
whitelist_add(struct whitelist *w, const struct whitelist_add *a, int64_t now,
    bool *replaced, struct err *e)
{
	int	done;

	pthread_mutex_lock(&w->lock);
	done = add_locked(w, a, now, replaced, e);
	pthread_mutex_unlock(&w->lock);
	return done;
}

/* A sentence for who wants to remove what is no live entry. */
static int
not_live(const struct whitelist *w, const char *text, struct err *e)
{
	for (size_t i = 0; i < w->files.n; i++) {
		const struct listed *l = w->files.kept[i].l;

		if (strcmp(l->entry.text, text) != 0)
			continue;
		(void)err_set(e, "\"%.200s\" is no live entry; it stands in %s: "
		    "take it out there, then greyctl reload", text, l->where);
		return 0;
	}
	(void)err_set(e, "there is no live entry \"%.200s\"", text);
	return 0;
}

int
whitelist_remove(struct whitelist *w, const char *text, struct err *e)
{
	struct entry	entry;
	struct change	c = { SIZE_MAX, INT64_MIN, NULL };
	int		done;

	if (entry_parse(text, &entry, e) == -1)
		return -1;
	pthread_mutex_lock(&w->lock);
	c.without = find_live(w, entry.text);
	if (c.without == w->live.n)
		done = not_live(w, entry.text, e);
	else
		done = change(w, &c, e) == -1 ? -1 : 1;
	pthread_mutex_unlock(&w->lock);
	return done;
}

static int
drop_expired(struct whitelist *w, int64_t now, struct err *e)
{
	const struct change	c = { SIZE_MAX, now, NULL };

	return w->live.n == 0 || w->next_end > now ? 0 : change(w, &c, e);
}

/* Once a minute, even if a clock is set back. */
static bool
is_time(const struct whitelist *w, int64_t now)
{
	return now - w->counts_written >= WRITE_COUNTS_SECONDS ||
	    now < w->counts_written;
}

/* Many go in several turns: whoever adds an entry meanwhile waits for one. */
static int
write_counts(struct whitelist *w, int64_t now, bool all, struct err *e)
{
	size_t	room = all ? SIZE_MAX : WRITE_COUNTS_AT_ONCE;
	int	more;

	more = counts_write(w->store, &w->live, now, &room, e);
	if (more == 0)
		more = counts_write(w->store, &w->files, now, &room, e);
	if (more != 1)
		w->counts_written = now;
	return more == -1 ? -1 : 0;
}

int
whitelist_tend(struct whitelist *w, int64_t now, bool all, struct err *e)
{
	int	done;

	pthread_mutex_lock(&w->lock);
	done = settle(w, e);
	if (done == 0)
		done = drop_expired(w, now, e);
	if (done == 0 && (all || is_time(w, now)))
		done = write_counts(w, now, all, e);
	pthread_mutex_unlock(&w->lock);
	return done;
}
