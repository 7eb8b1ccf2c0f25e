/* SPDX-License-Identifier: ISC
 * recipient/watch.c - says when a list's file is to be read. */
#include "recipient/watch.h"

#include <stddef.h>

enum { AGAIN = 60 };		/* seconds until what failed is tried again */

static bool
is_same(const struct version *a, const struct version *b)
{
	return stamp_is(&a->file, &b->file) && stamp_is(&a->key, &b->key);
}

/* No key is a version, too: it may come. */
static void
look_at_key(const struct watch *w, struct version *v)
{
	v->key = (struct stamp){ 0 };
	if (w->key_file[0] != '\0')
		(void)stamp_look(w->key_file, &v->key, NULL);
}

enum watch_state
watch_look(struct watch *w, int64_t now, struct err *e)
{
	struct version	v;
	bool		settled;

	look_at_key(w, &v);
	if (stamp_look(w->path, &v.file, e) == -1) {
		w->has_seen = w->has_done = false;
		return WATCH_GONE;
	}
	settled = w->has_seen && is_same(&v, &w->seen);
	w->seen = v;
	w->has_seen = true;
	if (w->has_done && is_same(&v, &w->done))
		return WATCH_DONE;
	if (!settled)
		w->failed = false;
	/* The clock may have been set back meanwhile. */
	if (!settled || (w->failed && now >= w->failed_at &&
	    now - w->failed_at < AGAIN))
		return WATCH_CHANGING;
	return WATCH_SETTLED;
}

bool
watch_is_done(const struct watch *w)
{
	struct version	v;

	look_at_key(w, &v);
	return w->has_done && stamp_look(w->path, &v.file, NULL) == 0 &&
	    is_same(&v, &w->done);
}

int
watch_open(const struct watch *w, struct version *v, struct err *e)
{
	look_at_key(w, v);
	return stamp_open(w->path, &v->file, e);
}

bool
watch_is_whole(const struct watch *w, int fd, const struct version *v)
{
	struct version	after;

	look_at_key(w, &after);
	stamp_of(fd, &after.file);
	return is_same(v, &after);
}

void
watch_settle(struct watch *w, const struct version *v)
{
	w->done = *v;
	w->has_done = true;
	w->failed = false;
}

void
watch_fail(struct watch *w, int64_t now)
{
	w->failed = true;
	w->failed_at = now;
}
