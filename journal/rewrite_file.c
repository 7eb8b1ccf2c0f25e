/* SPDX-License-Identifier: ISC
 * journal/rewrite_file.c - copies the lines that stay, then lets the two files change
 * places in one act, so that one which was rotated meanwhile can be told and is put
 * back. */
#include "journal/rewrite_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/rewrite_io.h"

static const char	prefix[] = ".greygate-", suffix[] = ".new";

struct rewrite_file {
	char		*path, *beside, *folder;
	int		 in;
	struct stat	 st;
	struct rewrite_in *lines;	/* of it */
	struct rewrite_out *out;	/* NULL: no copy yet */
	struct stat	 made;		/* it */
	bool		 foreign;	/* what is beside is another's file */
	uint64_t	 nth, left_out, stayed;
};

/* In the same folder, by a name that no reader takes for one of the journal's. */
static int
name_beside(const char *path, char **beside, char **folder)
{
	const char	*slash = strrchr(path, '/');
	int		 len = slash == NULL ? 0 : (int)(slash - path) + 1;

	*beside = *folder = NULL;
	if (asprintf(folder, "%s%.*s", len == 0 ? "." : "", len, path) == -1)
		*folder = NULL;
	if (asprintf(beside, "%.*s%s%s%s", len, path, prefix, path + len,
	    suffix) == -1)
		*beside = NULL;
	return *folder == NULL || *beside == NULL ? -1 : 0;
}

/* Whether it is one of ours beside "journal.jsonl", "journal.jsonl.1" ... */
static bool
is_copy(const char *name, const char *journal)
{
	size_t	len = strlen(name), base = strlen(journal);

	return len >= sizeof(prefix) + base + sizeof(suffix) - 2 &&
	    memcmp(name, prefix, sizeof(prefix) - 1) == 0 &&
	    memcmp(name + sizeof(prefix) - 1, journal, base) == 0 &&
	    strcmp(name + len - (sizeof(suffix) - 1), suffix) == 0;
}

void
rewrite_file_clean(const char *path)
{
	const char	*slash = strrchr(path, '/');
	const char	*journal = slash == NULL ? path : slash + 1;
	char		*beside, *folder;
	struct dirent	*entry;
	DIR		*d = NULL;

	if (name_beside(path, &beside, &folder) == 0)
		d = opendir(folder);
	while (d != NULL && (entry = readdir(d)) != NULL)
		if (is_copy(entry->d_name, journal))
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		(void)closedir(d);
	free(beside);
	free(folder);
}

void
rewrite_file_close(struct rewrite_file **f)
{
	if (*f == NULL)
		return;
	rewrite_in_close(&(*f)->lines);
	if ((*f)->out != NULL) {
		rewrite_out_close(&(*f)->out);
		if (!(*f)->foreign)
			(void)unlink((*f)->beside);
	}
	if ((*f)->in != -1)
		(void)close((*f)->in);
	free((*f)->path);
	free((*f)->beside);
	free((*f)->folder);
	free(*f);
	*f = NULL;
}

static int
open_it(struct rewrite_file *f, struct err *e)
{
	f->in = open(f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (f->in == -1)
		return errno == ENOENT || errno == ELOOP ? 0 : err_set(e,
		    "%s cannot be read: %s (give it to the filter's user)",
		    f->path, strerror(errno));
	if (fstat(f->in, &f->st) == -1)
		return err_set(e, "%s: %s", f->path, strerror(errno));
	return S_ISREG(f->st.st_mode);
}

int
rewrite_file_open(struct rewrite_file **out, const char *path, struct err *e)
{
	struct rewrite_file	*f = calloc(1, sizeof(*f));
	int			 rc;

	if (f == NULL)
		return err_set(e, "out of memory");
	f->in = -1;
	f->path = strdup(path);
	if (f->path == NULL || name_beside(path, &f->beside, &f->folder) == -1)
		rc = err_set(e, "out of memory");
	else
		rc = open_it(f, e);
	if (rc == 1)
		*out = f;
	else
		rewrite_file_close(&f);
	return rc;
}

const struct stat *
rewrite_file_stat(const struct rewrite_file *f)
{
	return &f->st;
}

const struct stat *
rewrite_file_made(const struct rewrite_file *f)
{
	return &f->made;
}

uint64_t
rewrite_file_left_out(const struct rewrite_file *f)
{
	return f->left_out;
}

uint64_t
rewrite_file_stayed(const struct rewrite_file *f)
{
	return f->stayed;
}

static int
from_the_start(struct rewrite_file *f, struct err *e)
{
	rewrite_in_close(&f->lines);
	f->nth = f->left_out = f->stayed = 0;
	return rewrite_in_open(&f->lines, f->in, f->path, e);
}

int
rewrite_file_concerns(struct rewrite_file *f, const struct rewrite *r,
    struct err *e)
{
	const char	*line;
	size_t		 len;
	int		 rc;

	if (from_the_start(f, e) == -1)
		return -1;
	while ((rc = rewrite_in_next(f->lines, true, &line, &len, e)) == 1) {
		if (!r->stays(line, len, f->nth++, r->arg))
			return 1;
		if (r->ends != NULL && r->ends(r->arg))
			return 0;
	}
	return rc;
}

static int
no_room(const struct rewrite_file *f, struct err *e)
{
	return err_set(e, "%s cannot be written anew: %s (it is as it was; "
	    "make room beside it)", f->path, strerror(errno));
}

/* partly: the last line may be one that is being written. */
static int
copy_lines(struct rewrite_file *f, const struct rewrite *r, bool partly,
    struct err *e)
{
	const char	*line;
	size_t		 len;
	int		 rc;

	while ((rc = rewrite_in_next(f->lines, !partly, &line, &len, e)) ==
	    1) {
		if (!r->stays(line, len, f->nth++, r->arg)) {
			f->left_out++;
			continue;
		}
		f->stayed++;
		if (rewrite_out_line(f->out, line, len) == -1)
			return no_room(f, e);
	}
	return rc;
}

int
rewrite_file_copy(struct rewrite_file *f, const struct rewrite *r,
    struct err *e)
{
	if (from_the_start(f, e) == -1)
		return -1;
	(void)unlink(f->beside);
	if (rewrite_out_open(&f->out, f->beside,
	    rewrite_in_is_compressed(f->lines)) == -1)
		return err_set(e, "%s cannot be made: %s (let the filter's "
		    "user write in the folder)", f->beside, strerror(errno));
	if (copy_lines(f, r, true, e) == -1)
		return -1;
	/* Most of the disk's work, while others may still write. */
	if (rewrite_out_flush(f->out) == -1 ||
	    fsync(rewrite_out_fd(f->out)) == -1)
		return no_room(f, e);
	return 0;
}

/* As the old one is: whose it is, who may read it, how old it is. */
static int
dress(struct rewrite_file *f, struct err *e)
{
	const struct timespec	times[] = { f->st.st_atim, f->st.st_mtim };
	int			fd = rewrite_out_fd(f->out);

	if (fstat(fd, &f->made) == -1)
		return err_set(e, "%s: %s", f->beside, strerror(errno));
	if ((f->made.st_uid != f->st.st_uid ||
	    f->made.st_gid != f->st.st_gid) &&
	    fchown(fd, f->st.st_uid, f->st.st_gid) == -1)
		return err_set(e, "%s belongs to uid %u, gid %u, and a new one "
		    "cannot be given to them: %s (have logrotate create files "
		    "as the filter's user)", f->path, (unsigned)f->st.st_uid,
		    (unsigned)f->st.st_gid, strerror(errno));
	if (fchmod(fd, f->st.st_mode & 07777) == -1 ||
	    futimens(fd, times) == -1 || fsync(fd) == -1)
		return err_set(e, "%s: %s (%s is as it was)", f->beside,
		    strerror(errno), f->path);
	return 0;
}

int
rewrite_file_finish(struct rewrite_file *f, const struct rewrite *r,
    struct err *e)
{
	if (copy_lines(f, r, false, e) == -1)
		return -1;
	return rewrite_out_end(f->out) == -1 ? no_room(f, e) : dress(f, e);
}

static bool
is_at(const struct stat *st, const char *path)
{
	struct stat	there;

	return lstat(path, &there) == 0 && there.st_dev == st->st_dev &&
	    there.st_ino == st->st_ino;
}

/* In one act; where a file system cannot, in two. */
static int
change_places(const char *a, const char *b, bool *both)
{
	*both = renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
	if (*both)
		return 0;
	return errno == EINVAL || errno == ENOSYS ? rename(a, b) : -1;
}

static void
flush_folder(const char *folder)
{
	int	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

/* By another name, so that nobody takes it for a copy. */
static int
leave_aside(struct rewrite_file *f, struct err *e)
{
	char	*aside;
	int	 rc;

	if (access(f->beside, F_OK) == -1)
		return 0;
	f->foreign = true;
	rc = asprintf(&aside, "%s.aside", f->path);
	if (rc == -1)
		aside = NULL;
	else
		rc = renameat2(AT_FDCWD, f->beside, AT_FDCWD, aside,
		    RENAME_NOREPLACE);
	(void)err_set(e, "%s was being rotated at the same time; a file of the "
	    "journal is left at %s: give it one of its names", f->path,
	    rc == -1 ? f->beside : aside);
	free(aside);
	return -1;
}

/* What came between goes back to where it was, until the copy is beside again, or
 * nothing is: no file but the copy may be lost. */
static int
put_back(struct rewrite_file *f, struct err *e)
{
	enum { TRIES = 16 };

	for (int i = 0; i < TRIES; i++) {
		if (renameat2(AT_FDCWD, f->beside, AT_FDCWD, f->path,
		    RENAME_EXCHANGE) == 0) {
			if (is_at(&f->made, f->beside))
				return 0;
		} else if (errno != ENOENT || renameat2(AT_FDCWD, f->beside,
		    AT_FDCWD, f->path, RENAME_NOREPLACE) == 0)
			break;
	}
	return is_at(&f->made, f->beside) ? 0 : leave_aside(f, e);
}

/* The old one is at `beside` now; or another, that came there meanwhile. */
static int
swap(struct rewrite_file *f, struct err *e)
{
	bool	both;

	if (!is_at(&f->st, f->path))
		return 0;
	if (change_places(f->beside, f->path, &both) == -1)
		return errno == ENOENT ? 0 : err_set(e, "%s cannot be put in "
		    "the place of %s: %s", f->beside, f->path,
		    strerror(errno));
	return !both || is_at(&f->st, f->beside) ? 1 : put_back(f, e);
}

int
rewrite_file_replace(struct rewrite_file *f, bool current, int *fd,
    struct err *e)
{
	int	rc = swap(f, e);

	if (rc != 1)
		return rc;
	if (fd != NULL)
		*fd = rewrite_out_take(f->out);
	/* The name first: what is removed is the copy, with nothing in it. */
	if (!current && f->stayed == 0 && is_at(&f->made, f->path))
		(void)unlink(f->path);
	flush_folder(f->folder);
	rewrite_out_close(&f->out);
	(void)unlink(f->beside);
	return 1;
}
