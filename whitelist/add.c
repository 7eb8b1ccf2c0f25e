/* SPDX-License-Identifier: ISC
 * whitelist/add.c - live entries are added, however many at a time, in one
 * change. */
#include <stdlib.h>
#include <string.h>

#include "whitelist/lint.h"
#include "whitelist/live.h"
#include "whitelist/whitelist_private.h"

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

static int
make_one(const struct whitelist *w, const struct whitelist_add *a, int64_t now,
    struct listed **out, struct err *e)
{
	struct entry	entry;

	if (check(w, a, now, &entry, e) == -1)
		return -1;
	*out = listed_new(&entry, ENTRY_LIVE, a->who, a->note);
	if (*out == NULL)
		return err_set(e, "out of memory for the whitelist");
	(*out)->created = now;
	(*out)->expires = a->expires;
	return 0;
}

/* Of several, the sentence names the one that is refused. */
static int
make_all(const struct whitelist *w, const struct whitelist_add *a, size_t n,
    int64_t now, struct coming *out, struct err *e)
{
	struct err	why;

	for (size_t i = 0; i < n; i++) {
		if (make_one(w, &a[i], now, &out[i].l, &why) == 0)
			continue;
		return n == 1 ? err_set(e, "%s", why.text) :
		    err_set(e, "%.100s: %s", a[i].text, why.text);
	}
	return 0;
}

/* Finds the live ones whose places they take: their counts go on. */
static int
take_places(const struct whitelist *w, struct change *c, size_t *new,
    struct err *e)
{
	*new = 0;
	c->n = coming_place(c->comes, c->n, &w->live);
	c->replaced = calloc(w->live.n + 1, sizeof(*c->replaced));
	if (c->replaced == NULL)
		return err_set(e, "out of memory for the whitelist");
	for (size_t i = 0; i < c->n; i++) {
		struct coming	*one = &c->comes[i];

		if (one->at == SIZE_MAX) {
			++*new;
			continue;
		}
		c->replaced[one->at] = true;
		one->old = listed_ref(w->live.kept[one->at].l);
		one->known = atomic_load(&one->old->hits);
		atomic_store(&one->l->hits, one->known);
		atomic_store(&one->l->last_hit,
		    atomic_load(&one->old->last_hit));
	}
	if (*new > 0 && w->live.n + *new > WHITELIST_LIVE_MAX)
		return err_set(e, "there are %zu live entries already, and %d "
		    "are the limit: put more into a file", w->live.n,
		    WHITELIST_LIVE_MAX);
	return 0;
}

/* Hits that came meanwhile are added when nobody sees the former one. */
static void
take_late_hits(const struct coming *one)
{
	unsigned long long	hits;

	if (one->old == NULL)
		return;
	hits = atomic_load(&one->old->hits);
	if (hits == one->known)
		return;
	listed_hit(one->l, atomic_load(&one->old->last_hit));
	(void)atomic_fetch_add(&one->l->hits, hits - one->known - 1);
}

static int
add_locked(struct whitelist *w, struct change *c, size_t *new, struct err *e)
{
	if (take_places(w, c, new, e) == -1)
		return -1;
	if (whitelist_change(w, c, e) == -1)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		take_late_hits(&c->comes[i]);
	return 0;
}

int
whitelist_add_all(struct whitelist *w, const struct whitelist_add *a, size_t n,
    int64_t now, size_t *replaced, struct err *e)
{
	struct change	c = { .without = SIZE_MAX, .ended_by = INT64_MIN,
			    .comes = calloc(n + 1, sizeof(*c.comes)), .n = n };
	size_t		new = 0;
	int		done;

	if (c.comes == NULL)
		return err_set(e, "out of memory for the whitelist");
	pthread_mutex_lock(&w->lock);
	done = make_all(w, a, n, now, c.comes, e);
	if (done == 0 && n > 0)
		done = add_locked(w, &c, &new, e);
	pthread_mutex_unlock(&w->lock);
	if (done == 0)
		*replaced = n - new;
	coming_free(&c.comes, c.n);
	free(c.replaced);
	return done;
}

int
whitelist_add(struct whitelist *w, const struct whitelist_add *a, int64_t now,
    bool *replaced, struct err *e)
{
	size_t	n;

	if (whitelist_add_all(w, a, 1, now, &n, e) == -1)
		return -1;
	*replaced = n > 0;
	return 0;
}
