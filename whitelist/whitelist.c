/* SPDX-License-Identifier: ISC
 * whitelist/whitelist.c - the view in force, and what changes it. */
#include "whitelist/whitelist.h"

#include <stdlib.h>
#include <string.h>

#include "whitelist/entries_file.h"
#include "whitelist/live.h"
#include "whitelist/whitelist_private.h"

void
whitelist_put_in_force(struct whitelist *w, struct view *view)
{
	struct view	*old = epoch_replace(&w->epoch, view);

	view_free(&old);
}

struct whitelist *
whitelist_new(struct store *store)
{
	struct whitelist	*w = aligned_alloc(alignof(struct whitelist),
				    sizeof(*w));
	struct view		*empty;

	if (w == NULL)
		return NULL;
	memset(w, 0, sizeof(*w));
	w->store = store;
	(void)pthread_mutex_init(&w->lock, NULL);
	if (view_new(&empty, NULL, 0, NULL) == -1) {
		free(w);
		return NULL;
	}
	epoch_init(&w->epoch, empty);
	return w;
}

void
whitelist_free(struct whitelist **w)
{
	struct view	*view;

	if (*w == NULL)
		return;
	view = atomic_load(&(*w)->epoch.value);
	view_free(&view);
	list_clear(&(*w)->live);
	list_clear(&(*w)->files);
	list_clear(&(*w)->doubtful);
	conf_free(&(*w)->conf);
	(void)pthread_mutex_destroy(&(*w)->lock);
	free(*w);
	*w = NULL;
}

static int
read_files(const struct conf *conf, conf_report_fn each, void *arg,
    struct whitelist_files *f, struct err *e)
{
	struct entries_file	 file = { .origin = ENTRY_FILE,
				     .add = list_append_to, .arg = &f->list,
				     .each = each, .each_arg = arg };
	struct err		 why;
	int			 done = 0;

	for (size_t i = 0; i < conf->n_whitelist; i++)
		if (entries_file_read(conf->whitelist[i], &file, &why) == -1 &&
		    done == 0)
			done = err_set(e, "%s", why.text);
	file.origin = ENTRY_SHIPPED;
	if (conf->large_senders[0] != '\0' && entries_file_read(
	    conf->large_senders, &file, &why) == -1 && done == 0)
		done = err_set(e, "%s", why.text);
	return done;
}

int
whitelist_read(struct conf *conf, conf_report_fn each, void *arg,
    struct whitelist_files **out, struct err *e)
{
	struct whitelist_files	*f = calloc(1, sizeof(*f));

	if (f == NULL)
		return err_set(e, "out of memory for the whitelist");
	f->conf = conf_ref(conf);
	if (read_files(conf, each, arg, f, e) == -1) {
		whitelist_drop(&f);
		return -1;
	}
	*out = f;
	return 0;
}

void
whitelist_drop(struct whitelist_files **f)
{
	if (*f == NULL)
		return;
	list_clear(&(*f)->list);
	conf_free(&(*f)->conf);
	free(*f);
	*f = NULL;
}

size_t
whitelist_files_count(const struct whitelist_files *f)
{
	return f->list.n;
}

const struct listed *
whitelist_files_at(const struct whitelist_files *f, size_t i)
{
	return f->list.kept[i].l;
}

size_t
whitelist_unreadable(struct whitelist *w)
{
	size_t	n;

	pthread_mutex_lock(&w->lock);
	n = w->unreadable;
	pthread_mutex_unlock(&w->lock);
	return n;
}

/* At the first use. */
static int
load_live(struct whitelist *w, struct err *e)
{
	size_t	bad;

	if (w->conf != NULL)
		return 0;
	list_clear(&w->live);
	if (live_each(w->store, list_append_to, &w->live, &bad, e) == -1)
		return -1;
	w->unreadable = bad;
	w->next_end = list_next_end(&w->live);
	return 0;
}

static int
use_locked(struct whitelist *w, struct whitelist_files *f, int64_t now,
    struct err *e)
{
	struct list	 old = w->files;
	struct view	*view;

	if (load_live(w, e) == -1)
		return -1;
	if (counts_inherit(w->store, &w->files, &f->list, now, e) == -1)
		return -1;
	if (list_view(&view, &w->live, &f->list, e) == -1)
		return -1;
	conf_free(&w->conf);
	w->conf = conf_ref(f->conf);
	w->files = f->list;
	f->list = old;		/* freed with f */
	whitelist_put_in_force(w, view);
	return 0;
}

int
whitelist_use(struct whitelist *w, struct whitelist_files **f, int64_t now,
    struct err *e)
{
	int	done;

	pthread_mutex_lock(&w->lock);
	done = use_locked(w, *f, now, e);
	pthread_mutex_unlock(&w->lock);
	if (done == 0)
		whitelist_drop(f);
	return done;
}

const struct view *
whitelist_enter(struct whitelist *w, struct whitelist_guard *g)
{
	g->view = epoch_enter(&w->epoch, &g->slot);
	return g->view;
}

void
whitelist_leave(struct whitelist *w, struct whitelist_guard *g)
{
	epoch_leave(&w->epoch, g->slot);
	g->view = NULL;
}
