/* SPDX-License-Identifier: ISC
 * recipient/upkeep.c - what an administrator does with sources: forget, adopt,
 * list, look. */
#include <stdio.h>
#include <string.h>

#include "recipient/hashed.h"
#include "recipient/recipients_private.h"

/* Who works on the sources in force; NULL and a sentence: there are none. */
static struct recipients_sources *
sources(struct recipients *r, struct err *e)
{
	struct recipients_sources	*s = recipients_sources_ref(r);

	if (s == NULL)
		(void)err_set(e, "the filter is stopping");
	return s;
}

int
recipients_forget(struct recipients *r, const char *address, struct err *e)
{
	struct recipients_sources	*s = sources(r, e);
	struct address			 a;
	int				 whole, base = 0;

	if (s == NULL)
		return -1;
	if (address_make(&a, address, &s->rule) == -1) {
		sources_unref(&s, 0);
		return 0;
	}
	whole = cache_forget(s->cache, a.whole, e);
	if (whole != -1 && a.base[0] != '\0')
		base = cache_forget(s->cache, a.base, e);
	sources_unref(&s, 0);
	if (whole == -1 || base == -1)
		return -1;
	return whole == 1 || base == 1;
}

int
recipients_forget_name(struct recipients *r, const char *name, struct err *e)
{
	return cache_forget(r->base.cache, name, e);
}

static int
adopt_list(struct recipients *r, struct turn *t, struct flat *flat,
    struct err *e)
{
	int	done;

	pthread_mutex_lock(&r->tending);
	done = flat_adopt(flat, t->now, recipients_retire, t, e);
	pthread_mutex_unlock(&r->tending);
	return done;
}

static int
adopt_lists(struct recipients *r, struct turn *t, const char *name,
    unsigned *adopted, struct err *e)
{
	struct flat_stats	stats;
	struct err		why;
	int			done, all = 0;

	for (size_t i = 0; i < t->s->n_lists; i++) {
		struct named_list *list = &t->s->lists[i];

		flat_stats(list->flat, &stats);
		if (name != NULL ? strcmp(name, list->name) != 0 :
		    stats.trouble.text[0] == '\0')
			continue;
		done = adopt_list(r, t, list->flat, &why);
		if (done == -1)
			all = err_set(e, "%s: %s", list->name, why.text);
		else
			*adopted += (unsigned)done;
	}
	return all;
}

static int
adopt_directories(struct turn *t, const char *name, unsigned *adopted,
    struct err *e)
{
	bool	all = doubt_of(t->s->doubt, SOURCES_ALL, NULL);

	for (unsigned i = 0; i < t->s->n_live; i++) {
		const struct source *source = inquiry_source(t->s->inquiry, i);

		if (name != NULL && strcmp(name, source->name) != 0)
			continue;
		if (!all && !doubt_of(t->s->doubt, source->name, NULL))
			continue;
		if (doubt_settle(t->s->doubt, source->name, source->told,
		    t->now, e) == -1 || doubt_settle(t->s->doubt, SOURCES_ALL,
		    "", t->now, e) == -1)
			return -1;
		(*adopted)++;
	}
	return 0;
}

static bool
has_source(const struct recipients_sources *s, const char *name)
{
	for (size_t i = 0; i < s->n_lists; i++)
		if (strcmp(s->lists[i].name, name) == 0)
			return true;
	for (unsigned i = 0; i < s->n_live; i++)
		if (strcmp(inquiry_source(s->inquiry, i)->name, name) == 0)
			return true;
	return false;
}

int
recipients_adopt(struct recipients *r, const char *name, int64_t now,
    unsigned *adopted, struct err *e)
{
	struct turn	t = { .s = sources(r, e), .now = now };
	int		done = -1, lists;

	*adopted = 0;
	if (t.s == NULL)
		return -1;
	if (name != NULL && !has_source(t.s, name))
		(void)err_set(e, "there is no source %s (\"greyctl recipient "
		    "stats\" names them)", name);
	else {
		/* One that fails keeps no other from being adopted. */
		lists = adopt_lists(r, &t, name, adopted, e);
		done = adopt_directories(&t, name, adopted,
		    lists == -1 ? NULL : e);
		done = lists == -1 ? -1 : done;
	}
	sources_unref(&t.s, 0);
	recipients_tend(r, now);
	return done;
}

int
recipients_walk(struct recipients *r, bool (*each)(const char *address,
    void *arg), void *arg, struct err *e)
{
	struct recipients_sources	*s = sources(r, e);
	struct err			 why = { "" };
	int				 done = 0;

	if (s == NULL)
		return -1;
	if (s->n_lists + s->n_live == 0)
		done = err_set(e, "no source of recipients is configured");
	for (size_t i = 0; i < s->n_lists && done == 0; i++)
		if (flat_walk(s->lists[i].flat, each, arg, &why) == -1)
			done = err_set(e, "%s: %s", s->lists[i].name,
			    why.text);
	for (unsigned i = 0; i < s->n_live && done == 0; i++) {
		const struct source *source = inquiry_source(s->inquiry, i);

		done = source->list(source, each, arg, e);
	}
	sources_unref(&s, 0);
	return done;
}

int
recipients_key(struct recipients *r, unsigned char key[RECIPIENTS_KEY_MAX],
    size_t *len, struct err *e)
{
	struct recipients_sources	*s = sources(r, e);
	int				 done = 0;

	*len = 0;
	if (s == NULL)
		return -1;
	if (s->conf->recipients.key_file[0] != '\0')
		done = hashed_key_read(s->conf->recipients.key_file, key, len,
		    e);
	sources_unref(&s, 0);
	return done;
}

void
recipients_each_source(struct recipients *r, recipient_source_fn each,
    void *arg)
{
	struct recipients_sources	*s = recipients_sources_ref(r);
	struct recipient_source_stats	 one;
	bool				 more = s != NULL;

	for (size_t i = 0; more && i < s->n_lists; i++) {
		one = (struct recipient_source_stats){ .is_list = true };
		(void)snprintf(one.name, sizeof(one.name), "%s",
		    s->lists[i].name);
		flat_stats(s->lists[i].flat, &one.list);
		more = each(&one, arg);
	}
	for (unsigned i = 0; more && i < s->n_live; i++) {
		one = (struct recipient_source_stats){ .is_list = false };
		(void)inquiry_stats(s->inquiry, i, &one.live);
		(void)snprintf(one.name, sizeof(one.name), "%s",
		    one.live.name);
		if (!doubt_of(s->doubt, one.name, &one.doubt) &&
		    !doubt_of(s->doubt, SOURCES_ALL, &one.doubt))
			one.doubt.text[0] = '\0';
		more = each(&one, arg);
	}
	sources_unref(&s, 0);
}

void
recipients_cache_stats(struct recipients *r, struct cache_stats *out)
{
	cache_stats(r->base.cache, out);
}
