/* SPDX-License-Identifier: ISC
 * journal/reader_files.c - lists PATH, PATH.N, PATH-DATE and these with .gz, opens
 * them, and looks whether anything was renamed meanwhile. */
#include "journal/reader_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/entry.h"

enum { ATTEMPTS = 200, PAUSE_MICROS = 2000, HEAD = 64 * 1024 };

/* "" or ".1", ".12.gz", "-20260102", "-20260102-1767312000.gz". */
static bool
is_rotated(const char *rest)
{
	const char	*s = rest;

	if (*s != '.' && *s != '-')
		return *s == '\0';
	s++;
	if (strspn(s, "0123456789") == 0)
		return false;
	s += strspn(s, "0123456789");
	if (*rest == '-' && *s == '-')
		s += 1 + strspn(s + 1, "0123456789");
	return *s == '\0' || strcmp(s, ".gz") == 0;
}

static void
close_file(struct reader_file *f)
{
	if (f->gz != NULL)
		(void)gzfile_close(&f->gz);
	free(f->path);
	f->path = NULL;
}

void
reader_files_close(struct reader_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		close_file(&f->at[i]);
	free(f->at);
	*f = (struct reader_files){ .at = NULL };
}

/* The time of the first line that has one. */
static int64_t
first_time(struct gzfile *gz, char *head)
{
	static const char	key[] = "\"time\":\"";
	int64_t			millis = INT64_MAX;
	ssize_t			n = gzfile_read(gz, head, HEAD);
	const char		*at = n <= 0 ? NULL : memmem(head, (size_t)n,
				    key, sizeof(key) - 1);

	if (at != NULL) {
		at += sizeof(key) - 1;
		(void)journal_entry_time(at, (size_t)(head + n - at), &millis);
	}
	(void)gzfile_rewind(gz);
	return millis;
}

/* 1 open; 0 it is not there any more, or is no file; -1, e. */
static int
open_file(struct reader_file *f, char *path, char *head, struct err *e)
{
	int		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat	st;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 || fstat(fd, &st) == -1) {
		(void)err_set(e, "cannot read %s: %s", path, strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		(void)close(fd);
		return 0;
	}
	*f = (struct reader_file){ .path = path, .dev = st.st_dev,
	    .ino = st.st_ino, .changed = (int64_t)st.st_mtim.tv_sec * 1000 +
	    999, .gz = gzfile_read_from(fd) };
	if (f->gz == NULL)
		return err_set(e, "out of memory");
	f->first = first_time(f->gz, head);
	return 1;
}

static bool
has(const struct reader_files *f, const struct stat *st)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->at[i].dev == st->st_dev && f->at[i].ino == st->st_ino)
			return true;
	return false;
}

static int
add(struct reader_files *f, const struct reader_file *one, struct err *e)
{
	struct reader_file	*grown;

	if (f->n == f->room) {
		f->room = f->room == 0 ? 16 : 2 * f->room;
		grown = reallocarray(f->at, f->room, sizeof(*grown));
		if (grown == NULL)
			return err_set(e, "out of memory");
		f->at = grown;
	}
	f->at[f->n++] = *one;
	return 0;
}

/* While gzip(1) writes the second one, the first is there, too. */
static bool
is_being_compressed(const char *path)
{
	size_t	len = strlen(path);
	char	*plain;
	bool	 is;

	if (len < 3 || strcmp(path + len - 3, ".gz") != 0)
		return false;
	plain = strndup(path, len - 3);
	is = plain != NULL && access(plain, F_OK) == 0;
	free(plain);
	return is;
}

/* Takes over path. */
static int
take(struct reader_files *f, char *path, char *head, struct err *e)
{
	struct reader_file	one = { .path = NULL };
	struct stat		st;
	int			rc = 0;

	if (is_being_compressed(path) || stat(path, &st) == -1 || has(f, &st) ||
	    (rc = open_file(&one, path, head, e)) != 1) {
		free(path);
		return rc;
	}
	if (add(f, &one, e) == 0)
		return 0;
	close_file(&one);
	return -1;
}

struct listing {
	const char	*path;		/* the journal's */
	char		*folder;
	const char	*base;		/* its name in the folder; of path */
	size_t		 same;		/* files that still have their names */
	bool		 is_new;	/* there is one that was not opened */
};

static bool
has_as(const struct reader_files *f, const char *path, const struct stat *st)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->at[i].dev == st->st_dev && f->at[i].ino == st->st_ino)
			return strcmp(f->at[i].path, path) == 0;
	return false;
}

/* Whether it is as it was opened. One that is being compressed is so by its plain
 * form, which has a name of its own. */
static void
look_again(struct listing *l, const struct reader_files *f, const char *path)
{
	struct stat	st;
	char		plain[PATH_MAX];

	if (is_being_compressed(path)) {
		(void)snprintf(plain, sizeof(plain), "%.*s",
		    (int)strlen(path) - 3, path);
		l->is_new |= stat(plain, &st) == -1 || !has(f, &st);
	} else if (stat(path, &st) == -1)
		l->is_new = true;
	else if (S_ISREG(st.st_mode)) {
		l->is_new |= !has_as(f, path, &st);
		l->same += has_as(f, path, &st);
	}
}

/* Calls take() for each name, or, without head, looks at it again. */

static int
each_name(struct listing *l, struct reader_files *f, char *head,
    struct err *e)
{
	DIR		*d = opendir(l->folder);
	struct dirent	*entry;
	size_t		 len = strlen(l->base);
	char		*path;
	int		 rc = 0;

	if (d == NULL)
		return err_set(e, "cannot read the folder %s: %s", l->folder,
		    strerror(errno));
	while (rc == 0 && (entry = readdir(d)) != NULL) {
		if (strncmp(entry->d_name, l->base, len) != 0 ||
		    !is_rotated(entry->d_name + len))
			continue;
		if (asprintf(&path, "%s%s", l->folder, entry->d_name) == -1)
			rc = err_set(e, "out of memory");
		else if (head != NULL)
			rc = take(f, path, head, e);
		else {
			look_again(l, f, path);
			free(path);
		}
	}
	(void)closedir(d);
	return rc;
}

/* The journal's own file is written now, whatever it holds. */
static int
by_time(const void *va, const void *vb)
{
	const struct reader_file	*a = va, *b = vb;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return strcmp(b->path, a->path);
}

static void
put_in_order(struct reader_files *f, const char *path)
{
	struct reader_file	own;

	if (f->n == 0)
		return;
	qsort(f->at, f->n, sizeof(*f->at), by_time);
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->at[i].path, path) == 0) {
			own = f->at[i];
			memmove(&f->at[i], &f->at[i + 1],
			    (f->n - i - 1) * sizeof(*f->at));
			f->at[f->n - 1] = own;
			break;
		}
}

static int
open_all(struct reader_files *f, struct listing *l, char *head, struct err *e)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		l->is_new = false;
		l->same = 0;
		if (each_name(l, f, head, e) == -1 ||
		    each_name(l, f, NULL, e) == -1)
			return -1;
		if (!l->is_new && l->same == f->n)
			return 0;
		reader_files_close(f);
		(void)usleep(PAUSE_MICROS);
	}
	return err_set(e, "%s is being rotated again and again: try later",
	    l->path);
}

int
reader_files_open(struct reader_files *f, const char *path, struct err *e)
{
	const char	*slash = strrchr(path, '/');
	struct listing	 l = { .path = path, .base = slash == NULL ? path :
			     slash + 1, .folder = slash == NULL ? strdup("./") :
			     strndup(path, (size_t)(slash - path) + 1) };
	char		*head = malloc(HEAD);
	int		 rc;

	*f = (struct reader_files){ .at = NULL };
	rc = l.folder == NULL || head == NULL ? err_set(e, "out of memory") :
	    open_all(f, &l, head, e);
	free(l.folder);
	free(head);
	if (rc == -1) {
		reader_files_close(f);
		return -1;
	}
	put_in_order(f, path);
	return 0;
}
