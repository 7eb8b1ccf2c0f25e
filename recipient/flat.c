/* SPDX-License-Identifier: ISC
 * recipient/flat.c - a file of valid recipients, watched, and not believed when
 * it has lost too much. */
#include "recipient/flat.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recipient/edition.h"
#include "recipient/hashed.h"
#include "recipient/keep.h"
#include "recipient/list.h"
#include "recipient/shelf.h"
#include "recipient/watch.h"

enum {
	GONE_MAX = 100000,	/* addresses lost by the start, to be told of */
	KEEP_AGAIN = 60		/* seconds until the copy is tried again */
};

struct flat {
	atomic_uint	 refs;
	char		*path, *keep, *key_file, *delimiters;
	struct address_rule rule;
	unsigned	 max_loss;
	atomic_ullong	 asked, found;

	struct shelf	 shelf;		/* empty only while it is opened */

	pthread_mutex_t	 tending;	/* of these; held for a whole turn */
	struct watch	 watch;
	bool		 in_force;	/* what was dealt with is */
	bool		 keep_due;
	int64_t		 keep_tried;
	struct list	*gone;		/* lost by the start; NULL: none */
};

/* Who is told of each address that is lost. */
struct loss {
	flat_lost_fn	 lost;
	void		*arg;
};

static void
write_keep(struct flat *f, int64_t now)
{
	struct edition	*ed;
	struct err	 e, why;

	if (f->keep == NULL || !f->keep_due)
		return;
	ed = shelf_now(&f->shelf);
	f->keep_due = keep_write(f->keep, ed, &f->rule, &why) == -1;
	edition_unref(&ed);
	f->keep_tried = now;
	if (f->keep_due)
		(void)err_set(&e, "no copy of the list is kept for a start "
		    "without its file: %s", why.text);
	shelf_set_trouble(&f->shelf, SHELF_KEEP, f->keep_due ? &e : NULL);
}

/* What is in force is not what the file has; why. */
static void
tell_old(struct flat *f, const struct err *why)
{
	struct edition	*ed = shelf_now(&f->shelf);
	struct err	 e;

	if (ed == NULL)
		return;
	(void)err_set(&e, "%.400s; the last good list (%zu) stays in force",
	    why->text, edition_count(ed));
	edition_unref(&ed);
	shelf_set_trouble(&f->shelf, SHELF_FILE, &e);
}

static void
adopt(struct flat *f, struct edition *next, int64_t now,
    const struct loss *loss)
{
	struct edition	*old = shelf_now(&f->shelf);
	bool		 differs = old == NULL || !edition_is(old, next);

	f->keep_due = f->keep_due || differs;
	shelf_put(&f->shelf, next, now);
	shelf_set_trouble(&f->shelf, SHELF_FILE, NULL);
	write_keep(f, now);
	if (old != NULL && differs)
		(void)edition_lost(old, next, &f->rule, loss->lost, loss->arg);
	edition_unref(&old);
}

/* Whether the next edition lost more than it may; e: how much. */
static bool
lost_too_much(struct flat *f, const struct edition *next, struct err *e)
{
	struct edition	*old = shelf_now(&f->shelf);
	size_t		 n, lost;

	if (old == NULL)
		return false;
	n = edition_count(old);
	lost = edition_lost(old, next, &f->rule, NULL, NULL);
	edition_unref(&old);
	if (lost * 100 <= n * f->max_loss)
		return false;
	(void)err_set(e, "%s: lacks %zu of %zu addresses, more than the %u %% "
	    "of recipients.max-loss; if they are gone indeed, \"greyctl "
	    "recipient adopt\"", f->path, lost, n, f->max_loss);
	return true;
}

enum outcome { READ, UNREADABLE, UNSETTLED, PASSING, REFUSED };

/* v: of what was read, or would have been. */
static enum outcome
read_file(const struct flat *f, struct edition **out, struct version *v,
    struct err *e)
{
	struct edition_conf	conf = { .path = f->path,
				    .key_file = f->key_file, .rule = &f->rule };
	int			fd = watch_open(&f->watch, v, e), status;
	bool			passing, whole;

	if (fd == -1)
		return UNREADABLE;
	status = edition_read(fd, &conf, out, &passing, e);
	whole = watch_is_whole(&f->watch, fd, v);
	(void)close(fd);
	if (whole)
		return status == 0 ? READ : passing ? PASSING : REFUSED;
	if (status == 0)
		edition_unref(out);
	(void)err_set(e, "%s: is being written; try again", f->path);
	return UNSETTLED;
}

/* Takes up what was read, unless it lost too much. */
static void
consider(struct flat *f, struct edition *next, int64_t now,
    const struct loss *loss)
{
	struct err	e;

	f->in_force = !lost_too_much(f, next, &e);
	if (f->in_force)
		adopt(f, next, now, loss);
	else
		tell_old(f, &e);
}

/* 0 read, whether it was adopted or not; -1: e. */
static int
read_and_consider(struct flat *f, int64_t now, const struct loss *loss,
    struct err *e)
{
	struct edition	*next = NULL;
	struct version	 v;
	enum outcome	 outcome = read_file(f, &next, &v, e);

	if (outcome == READ || outcome == REFUSED)
		watch_settle(&f->watch, &v);
	if (outcome == PASSING)
		watch_fail(&f->watch, now);
	f->in_force = f->in_force && outcome != REFUSED;
	if (outcome == READ)
		consider(f, next, now, loss);
	else if (outcome != UNSETTLED)
		tell_old(f, e);
	edition_unref(&next);
	return outcome == READ ? 0 : -1;
}

static bool
tell_one(const char *text, size_t len, void *arg)
{
	const struct loss	*loss = arg;
	char			 address[ADDRESS_MAX + 1];

	memcpy(address, text, len);
	address[len] = '\0';
	loss->lost(address, loss->arg);
	return true;
}

/* What was lost between two runs could not be told at the start. */
static void
tell_gone(struct flat *f, const struct loss *loss)
{
	if (f->gone == NULL || loss->lost == NULL)
		return;
	list_walk(f->gone, tell_one, &(struct loss){ loss->lost, loss->arg });
	list_unref(&f->gone);
}

void
flat_tend(struct flat *f, int64_t now, flat_lost_fn lost, void *arg)
{
	struct loss	loss = { lost, arg };
	struct err	e;

	(void)pthread_mutex_lock(&f->tending);
	tell_gone(f, &loss);
	switch (watch_look(&f->watch, now, &e)) {
	case WATCH_GONE:
		tell_old(f, &e);
		break;
	case WATCH_SETTLED:
		(void)read_and_consider(f, now, &loss, &e);
		break;
	case WATCH_DONE:
		/* It could not be read for a while, and is as it was. */
		if (f->in_force)
			shelf_set_trouble(&f->shelf, SHELF_FILE, NULL);
		break;
	case WATCH_CHANGING:
		break;
	}
	if (now < f->keep_tried || now - f->keep_tried >= KEEP_AGAIN)
		write_keep(f, now);
	(void)pthread_mutex_unlock(&f->tending);
}

static int
adopt_as_it_is(struct flat *f, int64_t now, const struct loss *loss,
    struct err *e)
{
	struct edition	*next = NULL;
	struct version	 v;

	if (f->in_force && watch_is_done(&f->watch))
		return 0;
	if (read_file(f, &next, &v, e) != READ) {
		edition_unref(&next);
		return -1;
	}
	watch_settle(&f->watch, &v);
	f->in_force = true;
	adopt(f, next, now, loss);
	edition_unref(&next);
	return 1;
}

int
flat_adopt(struct flat *f, int64_t now, flat_lost_fn lost, void *arg,
    struct err *e)
{
	struct loss	loss = { lost, arg };
	int		done;

	(void)pthread_mutex_lock(&f->tending);
	tell_gone(f, &loss);
	done = adopt_as_it_is(f, now, &loss, e);
	(void)pthread_mutex_unlock(&f->tending);
	return done;
}

static void
note_gone(const char *address, void *arg)
{
	struct flat	*f = arg;

	if (f->gone == NULL)
		f->gone = list_new();
	/* One that is not noted counts as never known: no more than that. */
	if (f->gone != NULL && list_count(f->gone) < GONE_MAX)
		(void)list_add(f->gone, address, strlen(address));
}

/* 1 there is a kept copy, and it is in force; 0 there is none, -1: e. */
static int
take_kept(struct flat *f, struct err *e)
{
	struct edition_conf	conf = { .path = f->keep,
				    .key_file = f->key_file, .rule = &f->rule };
	struct edition		*kept = NULL;
	int64_t			 when;
	int			 status = 0;

	if (f->keep != NULL)
		status = keep_read(&conf, &kept, &when, e);
	if (status == 1)
		shelf_put(&f->shelf, kept, when);
	if (status == 0)
		(void)err_set(e, "there is no copy of an earlier list");
	edition_unref(&kept);
	return status;
}

/* The kept copy first; then the file, held against it. */
static int
begin(struct flat *f, int64_t now, struct err *e)
{
	struct loss	loss = { note_gone, f };
	struct err	why, none;
	int		kept = take_kept(f, &none);

	if (read_and_consider(f, now, &loss, &why) == 0 || kept == 1)
		return 0;
	/* Where none is kept, none is missed. */
	return f->keep == NULL ? err_set(e, "%s", why.text) :
	    err_set(e, "%.240s; and %.240s", why.text, none.text);
}

static struct flat *
flat_new(const struct flat_conf *conf)
{
	struct flat	*f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	atomic_init(&f->refs, 1);
	shelf_init(&f->shelf);
	(void)pthread_mutex_init(&f->tending, NULL);
	f->path = strdup(conf->path);
	f->keep = conf->keep != NULL ? strdup(conf->keep) : NULL;
	f->key_file = strdup(conf->key_file);
	f->delimiters = strdup(conf->rule.delimiters);
	f->rule = (struct address_rule){ .delimiters = f->delimiters,
	    .case_sensitive = conf->rule.case_sensitive };
	f->max_loss = conf->max_loss;
	f->watch = (struct watch){ .path = f->path,
	    .key_file = f->key_file };
	if (f->path == NULL || f->key_file == NULL || f->delimiters == NULL ||
	    (conf->keep != NULL && f->keep == NULL))
		flat_unref(&f);
	return f;
}

int
flat_open(struct flat **out, const struct flat_conf *conf, int64_t now,
    struct err *e)
{
	struct flat	*f = flat_new(conf);

	if (f == NULL)
		return err_set(e, "%s: out of memory", conf->path);
	if (begin(f, now, e) == -1) {
		flat_unref(&f);
		return -1;
	}
	*out = f;
	return 0;
}

struct flat *
flat_ref(struct flat *f)
{
	atomic_fetch_add(&f->refs, 1);
	return f;
}

void
flat_unref(struct flat **f)
{
	struct flat	*old = *f;

	*f = NULL;
	if (old == NULL || atomic_fetch_sub(&old->refs, 1) != 1)
		return;
	shelf_clear(&old->shelf);
	(void)pthread_mutex_destroy(&old->tending);
	list_unref(&old->gone);
	free(old->path);
	free(old->keep);
	free(old->key_file);
	free(old->delimiters);
	free(old);
}

bool
flat_is(const struct flat *f, const struct flat_conf *conf)
{
	return strcmp(f->path, conf->path) == 0 &&
	    (f->keep == NULL) == (conf->keep == NULL) &&
	    (f->keep == NULL || strcmp(f->keep, conf->keep) == 0) &&
	    strcmp(f->key_file, conf->key_file) == 0 &&
	    strcmp(f->delimiters, conf->rule.delimiters) == 0 &&
	    f->rule.case_sensitive == conf->rule.case_sensitive &&
	    f->max_loss == conf->max_loss;
}

bool
flat_knows(struct flat *f, const char *domain)
{
	struct edition	*ed = shelf_now(&f->shelf);
	bool		 knows = edition_knows(ed, domain);

	edition_unref(&ed);
	return knows;
}

int
flat_has(struct flat *f, const struct address *a)
{
	struct edition	*ed = shelf_now(&f->shelf);
	bool		 has = edition_has(ed, a);

	edition_unref(&ed);
	atomic_fetch_add(&f->asked, 1);
	atomic_fetch_add(&f->found, has);
	return has;
}

void
flat_stats(struct flat *f, struct flat_stats *out)
{
	struct edition	*ed = shelf_now(&f->shelf);

	*out = (struct flat_stats){ .addresses = edition_count(ed),
	    .bytes = edition_bytes(ed), .hashed = edition_hashed(ed) > 0,
	    .asked = atomic_load(&f->asked), .found = atomic_load(&f->found) };
	out->adopted = shelf_state(&f->shelf, &out->trouble);
	if (out->trouble.text[0] == '\0')
		(void)err_set(&out->trouble, "%s", edition_bad_lines(ed));
	if (out->trouble.text[0] == '\0' && f->key_file[0] != '\0')
		(void)hashed_key_is_exposed(f->key_file, &out->trouble);
	edition_unref(&ed);
}

int
flat_walk(struct flat *f, flat_each_fn each, void *arg, struct err *e)
{
	struct edition	*ed = shelf_now(&f->shelf);
	int		 status = 0;

	if (edition_hashed(ed) > 0)
		status = err_set(e, "%s: a list of hashes cannot be listed",
		    f->path);
	else
		edition_walk(ed, each, arg);
	edition_unref(&ed);
	return status;
}
