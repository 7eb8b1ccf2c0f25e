/* SPDX-License-Identifier: ISC
 * whitelist/change.c - live entries change, in the store and in force, or go;
 * counts reach the store. */
#include <stdlib.h>
#include <string.h>

#include "whitelist/live.h"
#include "whitelist/whitelist_private.h"

enum { WRITE_COUNTS_SECONDS = 60, WRITE_COUNTS_AT_ONCE = 1000 };

static bool
goes(const struct whitelist *w, const struct change *c, size_t i)
{
	return i == c->without || (c->replaced != NULL && c->replaced[i]) ||
	    w->live.kept[i].l->expires <= c->ended_by;
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
	for (size_t i = 0; i < c->n; i++)
		if (append(out, c->comes[i].l, c->comes[i].known) == -1)
			return -1;
	return 0;
}

/* One that comes has the place of the one that it replaces. */
static int
store_it(struct whitelist *w, struct change *c, struct err *e)
{
	for (size_t i = 0; c->n == 0 && i < w->live.n; i++)
		if (goes(w, c, i) && live_remove(w->store, w->live.kept[i].l,
		    e) == -1)
			return -1;
	while (c->tried < c->n)
		if (live_put(w->store, c->comes[c->tried++].l, e) == -1)
			return -1;
	return store_flush(w->store, e);
}

/* What is in force is to be what is stored, whether it is there or not. at: the
 * place of the live one with this text, or SIZE_MAX. */
static int
settle_one(struct whitelist *w, const struct listed *l, size_t at,
    struct err *e)
{
	return (at != SIZE_MAX ? live_put(w->store, w->live.kept[at].l, e) :
	    live_remove(w->store, l, e)) == -1 ? -1 : 0;
}

/* What was refused is not to be there after a restart. A store that failed may
 * well fail at this, too: then it is for later. What has expired is tried again
 * anyway. */
static void
take_back(struct whitelist *w, const struct change *c)
{
	struct coming		 removed = { .at = c->without };
	const struct coming	*one = c->comes;
	size_t			 n = c->tried;
	bool			 works = true;

	if (c->without < w->live.n) {
		removed.l = w->live.kept[c->without].l;
		one = &removed;
		n = 1;
	}
	for (; n > 0; n--, one++) {
		works = works && settle_one(w, one->l, one->at, NULL) == 0;
		if (!works)
			(void)append(&w->doubtful, one->l, 0);
	}
}

/* Once the store works again. */
static int
settle(struct whitelist *w, struct err *e)
{
	struct coming	*c;
	size_t		 n = w->doubtful.n;
	int		 done = 0;

	if (n == 0)
		return 0;
	c = calloc(n, sizeof(*c));
	if (c == NULL)
		return err_set(e, "out of memory for the whitelist");
	for (size_t i = 0; i < n; i++)
		c[i].l = listed_ref(w->doubtful.kept[i].l);
	n = coming_place(c, n, &w->live);
	for (size_t i = 0; i < n && done == 0; i++)
		done = settle_one(w, c[i].l, c[i].at, e);
	coming_free(&c, n);
	if (done == 0)
		list_clear(&w->doubtful);
	return done;
}

/* All that can fail for want of memory comes before the store is touched. */
int
whitelist_change(struct whitelist *w, struct change *c, struct err *e)
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

/* One of the list that is like it, or as good as; NULL. */
static const struct listed *
find_in(const struct list *list, const struct entry *entry, bool same)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct listed *l = list->kept[i].l;

		if (same ? strcmp(l->entry.text, entry->text) == 0 :
		    entry_is_about(&l->entry, entry))
			return l;
	}
	return NULL;
}

/* A sentence for who wants to remove what is no live entry. */
static int
not_live(const struct whitelist *w, const struct entry *entry, struct err *e)
{
	const struct listed	*there = find_in(&w->files, entry, true);
	const struct listed	*like = find_in(&w->live, entry, false);

	if (there != NULL && there->origin == ENTRY_SHIPPED)
		(void)err_set(e, "\"%.100s\" is no live entry; it is shipped in "
		    "%.140s, which an update overwrites: copy that file, take "
		    "it out of the copy, name the copy in large-senders, then "
		    "greyctl reload", entry->text, there->where);
	else if (there != NULL)
		(void)err_set(e, "\"%.200s\" is no live entry; it stands in %s: "
		    "take it out there, then greyctl reload", entry->text,
		    there->where);
	else if (like != NULL)
		(void)err_set(e, "there is no live entry \"%.140s\"; there is "
		    "\"%.200s\"", entry->text, like->entry.text);
	else
		(void)err_set(e, "there is no live entry \"%.200s\"",
		    entry->text);
	return 0;
}

/* The place of a live entry; n: there is none. */
static size_t
find_live(const struct whitelist *w, const char *text)
{
	size_t	i = 0;

	while (i < w->live.n && strcmp(w->live.kept[i].l->entry.text, text) != 0)
		i++;
	return i;
}

int
whitelist_remove(struct whitelist *w, const char *text, struct err *e)
{
	struct entry	entry;
	struct change	c = { .ended_by = INT64_MIN };
	int		done;

	if (entry_parse(text, &entry, e) == -1)
		return -1;
	pthread_mutex_lock(&w->lock);
	c.without = find_live(w, entry.text);
	if (c.without == w->live.n)
		done = not_live(w, &entry, e);
	else
		done = whitelist_change(w, &c, e) == -1 ? -1 : 1;
	pthread_mutex_unlock(&w->lock);
	return done;
}

static int
drop_expired(struct whitelist *w, int64_t now, struct err *e)
{
	struct change	c = { .without = SIZE_MAX, .ended_by = now };

	return w->live.n == 0 || w->next_end > now ? 0 :
	    whitelist_change(w, &c, e);
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
