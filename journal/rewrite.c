/* SPDX-License-Identifier: ISC
 * journal/rewrite.c - goes through the files of a journal, and again where log
 * rotation was faster. */
#include "journal/rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/journal_file.h"
#include "journal/reader.h"
#include "journal/rewrite_file.h"

enum {
	ROUNDS = 4,		/* through the list of files, at most */
	TRIES = 4		/* for one that is being rotated */
};

/* A file that needs no second look. */
struct seen {
	dev_t	dev;
	ino_t	ino;
};

struct work {
	struct journal		*j;
	const struct rewrite	*r;
	char			*path;		/* of the journal */
	struct rewritten	*out;
	struct seen		*seen;
	size_t			 n_seen;
	bool			 again;		/* something was new */
	int			 rc;		/* -1: e has the first failure */
	struct err		*e;
};

static void
note_failure(struct work *w, const struct err *e)
{
	if (w->rc == 0 && w->e != NULL)
		*w->e = *e;
	w->rc = -1;
}

static bool
was_seen(const struct work *w, const struct stat *st)
{
	for (size_t i = 0; i < w->n_seen; i++)
		if (w->seen[i].ino == st->st_ino &&
		    w->seen[i].dev == st->st_dev)
			return true;
	return false;
}

/* Out of memory it is looked at twice. */
static void
note_seen(struct work *w, const struct stat *st)
{
	struct seen	*grown = reallocarray(w->seen, w->n_seen + 1,
			    sizeof(*grown));

	if (grown == NULL)
		return;
	w->seen = grown;
	w->seen[w->n_seen++] = (struct seen){ st->st_dev, st->st_ino };
}

/* The current file is put in place while nobody writes to it. */
struct swapping {
	struct work		*w;
	struct rewrite_file	*f;
};

static int
put_in_place(void *arg, int *fd, struct err *e)
{
	struct swapping	*s = arg;

	if (rewrite_file_finish(s->f, s->w->r, e) == -1)
		return -1;
	return rewrite_file_replace(s->f, true, fd, e);
}

/* 1 done, 0 it was rotated meanwhile, -1. */
static int
rewrite_one(struct work *w, struct rewrite_file *f, bool current,
    struct err *e)
{
	struct swapping	s = { w, f };
	int		rc;

	if (rewrite_file_copy(f, w->r, e) == -1)
		return -1;
	if (current)
		rc = journal_file_replace(journal_own_file(w->j), w->path,
		    put_in_place, &s, e);
	else if ((rc = rewrite_file_finish(f, w->r, e)) == 0)
		rc = rewrite_file_replace(f, false, NULL, e);
	if (rc != 1)
		return rc;
	w->out->lines += rewrite_file_left_out(f);
	w->out->files++;
	w->out->removed += !current && rewrite_file_stayed(f) == 0;
	note_seen(w, rewrite_file_made(f));
	return 1;
}

/* Only where it still is that file: what was rotated to its name stays. */
static int
remove_one(struct work *w, const char *path, const struct stat *st)
{
	struct stat	there;

	if (lstat(path, &there) == -1 || there.st_ino != st->st_ino ||
	    there.st_dev != st->st_dev || unlink(path) == -1)
		return 0;
	w->out->files++;
	w->out->removed++;
	return 1;
}

/* gzip(1) has the old lines in its hands. */
static bool
is_being_compressed(const char *path)
{
	char	*compressed;
	bool	 is;

	if (asprintf(&compressed, "%s.gz", path) == -1)
		return false;
	is = access(compressed, F_OK) == 0;
	free(compressed);
	return is;
}

/* 1 all is done with it, 0 it is another file by now, -1. */
static int
look_at(struct work *w, struct rewrite_file *f, const char *path,
    struct err *e)
{
	const struct stat	*st = rewrite_file_stat(f);
	bool			 current = strcmp(path, w->path) == 0;
	enum rewrite_plan	 plan = w->r->plan == NULL ? REWRITE_READ :
				    w->r->plan(st, w->r->arg);
	int			 rc;

	if (plan == REWRITE_LEAVE) {
		note_seen(w, st);
		return 1;
	}
	if (plan == REWRITE_REMOVE && !current)
		return remove_one(w, path, st);
	rc = rewrite_file_concerns(f, w->r, e);
	if (rc == 1 && !current && is_being_compressed(path))
		return err_set(e, "%s is being compressed: try again when "
		    "that is over", path);
	if (rc == 1)
		return rewrite_one(w, f, current, e);
	note_seen(w, st);
	return rc == 0 ? 1 : -1;
}

/* Where it is now, an open file's name may be another's at each try. */
static void
take(struct work *w, const char *path)
{
	struct rewrite_file	*f;
	struct err		 e;
	int			 rc = 0;

	for (int i = 0; i < TRIES && rc == 0; i++) {
		rc = rewrite_file_open(&f, path, &e);
		if (rc != 1)
			break;
		if (was_seen(w, rewrite_file_stat(f))) {
			rewrite_file_close(&f);
			return;
		}
		rc = look_at(w, f, path, &e);
		rewrite_file_close(&f);
		w->again = true;
	}
	if (rc == -1)
		note_failure(w, &e);
}

static int
go_round(struct work *w, struct err *e)
{
	char	**files;
	size_t	  n;

	w->again = false;
	rewrite_file_clean(w->path);
	if (journal_files(w->path, &files, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		take(w, files[i]);
		free(files[i]);
	}
	free(files);
	return 0;
}

int
journal_rewrite(struct journal *j, const struct rewrite *r,
    struct rewritten *out, struct err *e)
{
	struct work	w = { .j = j, .r = r, .out = out, .e = e };
	struct err	why;

	*out = (struct rewritten){ 0 };
	w.path = journal_file_path(journal_own_file(j));
	if (w.path == NULL)
		return err_set(e, "out of memory for the journal's name");
	journal_begin_rewrite(j);
	w.again = w.path[0] != '\0';
	for (int i = 0; i < ROUNDS && w.again; i++)
		if (go_round(&w, &why) == -1) {
			note_failure(&w, &why);
			break;
		}
	journal_end_rewrite(j);
	free(w.path);
	free(w.seen);
	return w.rc;
}
