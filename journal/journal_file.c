/* SPDX-License-Identifier: ISC
 * journal/journal_file.c - appends lines to the file of the journal, and lets
 * another take its place. */
#include "journal/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { FILE_MODE = 0640 };

struct journal_file {
	pthread_mutex_t	 lock;
	char		*path;		/* "" for none */
	int		 fd;		/* -1 for none */
	bool		 failed;	/* the last write did not succeed */
	bool		 torn;		/* and may have left part of a line */
	struct alarms	*alarms;
	struct clock	 clock;
};

static int
open_file(const char *path, struct err *e)
{
	int	fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, FILE_MODE);
	if (fd == -1)
		return err_set(e, "cannot open the journal %s: %s (create its "
		    "folder and let the filter's user write there)", path,
		    strerror(errno));
	return fd;
}

/* Writes it all; returns how much of it reached the file. */
static size_t
write_all(int fd, const char *bytes, size_t len)
{
	size_t	at = 0;
	ssize_t	n;

	while (at < len) {
		n = write(fd, bytes + at, len - at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	return at;
}

/* The part of a line that an earlier write left is ended first: a reader then
 * loses that line and no other. */
static size_t
write_lines(struct journal_file *f, const char *bytes, size_t len)
{
	size_t	done;

	if (f->torn && write_all(f->fd, "\n", 1) == 0)
		return 0;
	f->torn = false;
	done = write_all(f->fd, bytes, len);
	if (done < len)
		f->torn = done > 0 && bytes[done - 1] != '\n';
	return done;
}

static uint64_t
count_lines(const char *bytes, size_t len)
{
	uint64_t	n = 0;

	for (size_t i = 0; i < len; i++)
		n += bytes[i] == '\n';
	return n;
}

static void
tell(struct journal_file *f, bool failed, int error)
{
	struct err	e;

	if (!failed) {
		alarm_clear(f->alarms, ALARM_JOURNAL);
		return;
	}
	(void)err_set(&e, "cannot write the journal %s: %s (mail is not held "
	    "up; lines are being lost)", f->path, strerror(error));
	alarm_raise(f->alarms, ALARM_JOURNAL, clock_seconds(&f->clock),
	    e.text);
}

uint64_t
journal_file_put(struct journal_file *f, const char *bytes, size_t len)
{
	uint64_t	lost = 0;
	size_t		done;

	pthread_mutex_lock(&f->lock);
	if (f->fd != -1 && len > 0) {
		done = write_lines(f, bytes, len);
		lost = count_lines(bytes + done, len - done);
		if (done < len || f->failed)
			tell(f, done < len, errno);
		f->failed = done < len;
	}
	pthread_mutex_unlock(&f->lock);
	return lost;
}

int
journal_file_open(struct journal_file **out, const char *path,
    struct alarms *alarms, struct err *e)
{
	struct journal_file	*f = calloc(1, sizeof(*f));

	if (f == NULL || (f->path = strdup(path)) == NULL) {
		free(f);
		return err_set(e, "out of memory for the journal");
	}
	f->fd = -1;
	f->alarms = alarms;
	f->clock = clock_system();
	if (path[0] != '\0' && (f->fd = open_file(path, e)) == -1) {
		free(f->path);
		free(f);
		return -1;
	}
	(void)pthread_mutex_init(&f->lock, NULL);
	*out = f;
	return 0;
}

void
journal_file_close(struct journal_file **f)
{
	if (*f == NULL)
		return;
	if ((*f)->fd != -1)
		(void)close((*f)->fd);
	(void)pthread_mutex_destroy(&(*f)->lock);
	free((*f)->path);
	free(*f);
	*f = NULL;
}

char *
journal_file_path(struct journal_file *f)
{
	char	*path;

	pthread_mutex_lock(&f->lock);
	path = strdup(f->path);
	pthread_mutex_unlock(&f->lock);
	return path;
}

/* With the lock held. */
static void
use(struct journal_file *f, int fd)
{
	if (f->fd != -1)
		(void)close(f->fd);
	f->fd = fd;
	f->torn = false;
}

int
journal_file_reopen(struct journal_file *f, const char *path,
    void (*flush)(void *arg), void *arg, struct err *e)
{
	char	*copy = strdup(path);
	int	 fd = -1;

	if (copy == NULL)
		return err_set(e, "out of memory for the journal's name");
	if (path[0] != '\0' && (fd = open_file(path, e)) == -1) {
		free(copy);
		return -1;
	}
	flush(arg);
	pthread_mutex_lock(&f->lock);
	use(f, fd);
	free(f->path);
	f->path = copy;
	if (fd == -1) {
		f->failed = false;
		alarm_clear(f->alarms, ALARM_JOURNAL);
	}
	pthread_mutex_unlock(&f->lock);
	return 0;
}

int
journal_file_replace(struct journal_file *f, const char *path,
    journal_replace_fn replace, void *arg, struct err *e)
{
	int	rc = 0, fd;

	pthread_mutex_lock(&f->lock);
	fd = f->fd;
	if (fd != -1 && strcmp(f->path, path) == 0)
		rc = replace(arg, &fd, e);
	if (rc == 1)
		use(f, fd);
	pthread_mutex_unlock(&f->lock);
	return rc;
}
