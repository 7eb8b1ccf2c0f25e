/* SPDX-License-Identifier: ISC
 * db/folder.c - the state folder that folder.h describes. */
#include "db/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
join(const char *path, const char *name, char out[PATH_MAX])
{
	int	n = snprintf(out, PATH_MAX, "%s/%s", path, name);

	/* An empty name cannot be opened: a path too long fails as itself. */
	if (n < 0 || n >= PATH_MAX)
		out[0] = '\0';
	return out;
}

int
folder_init(struct folder *f, const char *path, struct err *e)
{
	char	here[PATH_MAX];

	*f = (struct folder){ .lock = -1 };
	if (path[0] == '/' || getcwd(here, sizeof(here)) == NULL)
		f->path = strdup(path);
	else if (asprintf(&f->path, "%s/%s", here, path) == -1)
		f->path = NULL;
	return f->path == NULL ? err_set(e, "out of memory") : 0;
}

void
folder_done(struct folder *f)
{
	folder_unlock(f);
	free(f->path);
	f->path = NULL;
}

static int
explain_open(const char *path, struct err *e)
{
	switch (errno) {
	case ENOENT:
		return err_set(e, "state folder %s does not exist: create it "
		    "for the user that greygate runs as", path);
	case ENOTDIR:
		return err_set(e, "state folder %s is not a folder", path);
	default:
		return err_set(e, "cannot write to state folder %s: %s", path,
		    strerror(errno));
	}
}

static int
explain_taken(const struct folder *f, int lock, struct err *e)
{
	char	text[32];
	ssize_t	n = pread(lock, text, sizeof(text) - 1, 0);
	long	pid;

	text[n > 0 ? n : 0] = '\0';
	pid = strtol(text, NULL, 10);
	if (pid > 0)
		return err_set(e, "state folder %s is in use by process %ld: "
		    "stop that one first", f->path, pid);
	return err_set(e, "state folder %s is in use by another process",
	    f->path);
}

/* Our number, for whoever finds the folder taken. */
static int
write_pid(int lock)
{
	char	text[32];
	int	n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(lock, 0) == -1 || pwrite(lock, text, (size_t)n, 0) == -1)
		return -1;
	return 0;
}

int
folder_lock(struct folder *f, struct err *e)
{
	char	name[PATH_MAX];
	int	lock, status;

	lock = open(join(f->path, "lock", name),
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock == -1)
		return explain_open(f->path, e);
	if (flock(lock, LOCK_EX | LOCK_NB) == -1) {
		status = errno == EWOULDBLOCK ? explain_taken(f, lock, e) :
		    explain_open(f->path, e);
		(void)close(lock);
		return status;
	}
	/* On a full disk the lock holds without the number. */
	if (write_pid(lock) == -1 && errno != ENOSPC && errno != EDQUOT) {
		status = explain_open(f->path, e);
		(void)close(lock);
		return status;
	}
	folder_unlock(f);
	f->lock = lock;
	return 0;
}

void
folder_unlock(struct folder *f)
{
	if (f->lock != -1)
		(void)close(f->lock);
	f->lock = -1;
}

int
folder_check(const struct folder *f, struct err *e)
{
	struct stat	ours, there;
	char		name[PATH_MAX];

	if (f->lock == -1 || fstat(f->lock, &ours) == -1)
		return err_set(e, "state folder %s is not ours", f->path);
	if (stat(join(f->path, "lock", name), &there) == -1)
		return err_set(e, "state folder %s has vanished (%s): put it "
		    "back, or restart greygate to begin anew", f->path,
		    strerror(errno));
	if (ours.st_dev != there.st_dev || ours.st_ino != there.st_ino)
		return err_set(e, "state folder %s has been replaced", f->path);
	return 0;
}

bool
folder_has(const char *path, const char *beginning)
{
	DIR		*dir = opendir(path);
	struct dirent	*entry;
	bool		 found = false;

	while (!found && dir != NULL && (entry = readdir(dir)) != NULL)
		found = strncmp(entry->d_name, beginning,
		    strlen(beginning)) == 0;
	if (dir != NULL)
		(void)closedir(dir);
	return found;
}

int
folder_complete(const char *path, const char *const *beginnings,
    struct err *e)
{
	for (; *beginnings != NULL; beginnings++)
		if (!folder_has(path, *beginnings))
			return err_set(e, "state folder %s is damaged: it has "
			    "no %s*; restore a backup", path, *beginnings);
	return 0;
}

/* The version file's text, without its newline. -1 with errno: no file. */
static int
read_version(const char *path, char *text, size_t size)
{
	char	name[PATH_MAX];
	int	file = open(join(path, "version", name), O_RDONLY | O_CLOEXEC);
	ssize_t	n;

	if (file == -1)
		return -1;
	n = read(file, text, size - 1);
	(void)close(file);
	if (n == -1)
		return -1;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

static int
judge_version(const char *path, const char *text, enum folder_state *state,
    struct err *e)
{
	char	*end;
	long	 version = strtol(text, &end, 10);

	if (end == text || version < 1)
		return err_set(e, "state folder %s is damaged: its version "
		    "file reads \"%.20s\"", path, text);
	if (version > FOLDER_VERSION)
		return err_set(e, "state folder %s is of version %ld, made by "
		    "a newer greygate; this one knows version %d: run the newer"
		    " one, or name another folder", path, version,
		    FOLDER_VERSION);
	*state = strcmp(end, " new") == 0 ? FOLDER_NEW : FOLDER_READY;
	return 0;
}

int
folder_state(const char *path, enum folder_state *state, struct err *e)
{
	char	text[64];

	if (read_version(path, text, sizeof(text)) == 0)
		return judge_version(path, text, state, e);
	if (errno != ENOENT)
		return err_set(e, "cannot read %s/version: %s", path,
		    strerror(errno));
	if (folder_has(path, "log.") || folder_has(path, "records."))
		return err_set(e, "state folder %s has data but no version "
		    "file: an incomplete copy? Restore a whole one, or empty "
		    "the folder", path);
	*state = FOLDER_EMPTY;
	return 0;
}

/* Writes a whole file so that it is on the disk before it has its name. */
static int
write_file(const char *temporary, const char *name, const char *text)
{
	int	file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	bool	good;

	if (file == -1)
		return -1;
	good = write(file, text, strlen(text)) == (ssize_t)strlen(text) &&
	    fsync(file) == 0;
	if (close(file) == -1 || !good)
		return -1;
	return rename(temporary, name);
}

int
folder_mark(const char *path, enum folder_state state, struct err *e)
{
	char	temporary[PATH_MAX], name[PATH_MAX], text[32];
	int	dir, status;

	(void)snprintf(text, sizeof(text), "%d%s\n", FOLDER_VERSION,
	    state == FOLDER_NEW ? " new" : "");
	status = write_file(join(path, "version.new", temporary),
	    join(path, "version", name), text);
	if (status == -1)
		return explain_open(path, e);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir != -1) {
		(void)fsync(dir);
		(void)close(dir);
	}
	return 0;
}

uint64_t
folder_bytes(const char *path)
{
	DIR		*dir = opendir(path);
	struct dirent	*entry;
	struct stat	 st;
	uint64_t	 sum = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), entry->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_blocks * 512;
	if (dir != NULL)
		(void)closedir(dir);
	return sum;
}
