/* SPDX-License-Identifier: ISC
 * journal/journal.c - lines wait in a buffer until the journal's own thread
 * has written them, so that no reply waits for the disk. */
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "journal/line.h"

enum {
	PAUSE_MILLIS = 100,		/* lines gather so long before a write */
	EARLY_BYTES = 256 * 1024,	/* or until they are so many */
	LIMIT_BYTES = 8 * 1024 * 1024,	/* beyond this lines are dropped */
	FLUSH_MILLIS = 2000,
	FILE_MODE = 0640
};

struct buffer {
	char	*bytes;
	size_t	 len, size;
};

/* What one write takes: lines for the file, and for the log each with a NUL
 * behind it. */
struct batch {
	struct buffer	 file, log;
	uint64_t	 lines;
};

struct journal {
	pthread_mutex_t	 lock;
	pthread_cond_t	 work, written;
	struct batch	 waiting;	/* filled by callers */
	uint64_t	 queued, done;	/* lines ever queued, ever got rid of */
	bool		 hurry, stopping;
	struct journal_stats stats;
	uint64_t	 last_id;

	pthread_mutex_t	 file_lock;	/* taken before lock, if both */
	char		*path;		/* "" for none */
	int		 fd;		/* -1 for none */
	bool		 failed;	/* the last write did not succeed */
	bool		 torn;		/* and may have left part of a line */

	struct alarms	*alarms;
	struct clock	 clock;
	pthread_t	 thread;
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
write_lines(struct journal *j, const char *bytes, size_t len)
{
	size_t	done;

	if (j->torn && write_all(j->fd, "\n", 1) == 0)
		return 0;
	j->torn = false;
	done = write_all(j->fd, bytes, len);
	if (done < len)
		j->torn = done > 0 && bytes[done - 1] != '\n';
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
tell(struct journal *j, bool failed, int error)
{
	struct err	e;

	if (!failed) {
		alarm_clear(j->alarms, ALARM_JOURNAL);
		return;
	}
	(void)err_set(&e, "cannot write the journal %s: %s (mail is not held "
	    "up; lines are being lost)", j->path, strerror(error));
	alarm_raise(j->alarms, ALARM_JOURNAL, clock_seconds(&j->clock),
	    e.text);
}

static uint64_t
put_in_file(struct journal *j, const struct buffer *b)
{
	uint64_t	lost = 0;
	size_t		done;

	pthread_mutex_lock(&j->file_lock);
	if (j->fd != -1) {
		done = write_lines(j, b->bytes, b->len);
		lost = count_lines(b->bytes + done, b->len - done);
		if (done < b->len || j->failed)
			tell(j, done < b->len, errno);
		j->failed = done < b->len;
	}
	pthread_mutex_unlock(&j->file_lock);
	return lost;
}

/* Gets rid of one batch: into the file, or counted as lost; and the log. */
static void
put(struct journal *j, const struct batch *b)
{
	uint64_t	lost = put_in_file(j, &b->file);

	for (size_t at = 0; at < b->log.len;
	    at += strlen(b->log.bytes + at) + 1)
		log_line(b->log.bytes + at);
	pthread_mutex_lock(&j->lock);
	j->done += b->lines;
	j->stats.dropped += lost;
	pthread_cond_broadcast(&j->written);
	pthread_mutex_unlock(&j->lock);
}

/* Waits for something to write. false: nothing, and the end has come. */
static bool
next(struct journal *j, struct batch *mine)
{
	struct batch	empty = *mine;
	struct timespec	until;

	pthread_mutex_lock(&j->lock);
	while (j->waiting.lines == 0 && !j->stopping)
		pthread_cond_wait(&j->work, &j->lock);
	until = clock_deadline(PAUSE_MILLIS);
	while (!j->hurry && !j->stopping && j->waiting.file.len < EARLY_BYTES)
		if (pthread_cond_timedwait(&j->work, &j->lock, &until) ==
		    ETIMEDOUT)
			break;
	j->hurry = false;
	*mine = j->waiting;
	j->waiting = empty;
	j->waiting.file.len = j->waiting.log.len = 0;
	j->waiting.lines = 0;
	pthread_mutex_unlock(&j->lock);
	return mine->lines > 0;
}

static void
free_batch(struct batch *b)
{
	free(b->file.bytes);
	free(b->log.bytes);
}

static void *
run(void *arg)
{
	struct journal	*j = arg;
	struct batch	 mine = { .lines = 0 };

	while (next(j, &mine))
		put(j, &mine);
	free_batch(&mine);
	return NULL;
}

static struct journal *
new_journal(const char *path, struct alarms *alarms)
{
	struct journal	*j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->path = strdup(path);
	if (j->path == NULL) {
		free(j);
		return NULL;
	}
	(void)pthread_mutex_init(&j->lock, NULL);
	(void)pthread_mutex_init(&j->file_lock, NULL);
	(void)pthread_cond_init(&j->work, NULL);
	(void)pthread_cond_init(&j->written, NULL);
	j->fd = -1;
	j->alarms = alarms;
	j->clock = clock_system();
	/* Without random bytes the ids only start at a less random place. */
	if (getrandom(&j->last_id, sizeof(j->last_id), GRND_NONBLOCK) == -1)
		j->last_id = (uint64_t)clock_monotonic_micros();
	return j;
}

static void
free_journal(struct journal **j)
{
	if ((*j)->fd != -1)
		(void)close((*j)->fd);
	(void)pthread_cond_destroy(&(*j)->work);
	(void)pthread_cond_destroy(&(*j)->written);
	(void)pthread_mutex_destroy(&(*j)->lock);
	(void)pthread_mutex_destroy(&(*j)->file_lock);
	free_batch(&(*j)->waiting);
	free((*j)->path);
	free(*j);
	*j = NULL;
}

int
journal_open(struct journal **out, const char *path, struct alarms *alarms,
    struct err *e)
{
	struct journal	*j = new_journal(path, alarms);

	if (j == NULL)
		return err_set(e, "out of memory for the journal");
	if (path[0] != '\0' && (j->fd = open_file(path, e)) == -1) {
		free_journal(&j);
		return -1;
	}
	if (pthread_create(&j->thread, NULL, run, j) != 0) {
		free_journal(&j);
		return err_set(e, "cannot start the journal's thread");
	}
	*out = j;
	return 0;
}

void
journal_close(struct journal **j)
{
	if (*j == NULL)
		return;
	pthread_mutex_lock(&(*j)->lock);
	(*j)->stopping = true;
	pthread_cond_signal(&(*j)->work);
	pthread_mutex_unlock(&(*j)->lock);
	(void)pthread_join((*j)->thread, NULL);
	free_journal(j);
}

/* false: no room, or none to be had. */
static bool
append(struct buffer *b, const char *text, size_t len)
{
	size_t	size = b->size ? b->size : 64 * 1024;
	char	*grown;

	if (len > LIMIT_BYTES - b->len)
		return false;
	while (size < b->len + len)
		size *= 2;
	if (size != b->size) {
		grown = realloc(b->bytes, size);
		if (grown == NULL)
			return false;
		b->bytes = grown;
		b->size = size;
	}
	memcpy(b->bytes + b->len, text, len);
	b->len += len;
	return true;
}

/* false: it could not be kept. Wakes the thread when there is a first line, or
 * enough of them. */
static bool
queue(struct journal *j, const char *line, size_t len, const char *logged)
{
	struct batch	*w = &j->waiting;
	size_t		 before = w->file.len;

	j->stats.lines++;
	if (line == NULL || !append(&w->file, line, len)) {
		j->stats.dropped++;
		return false;
	}
	if (logged != NULL)
		(void)append(&w->log, logged, strlen(logged) + 1);
	w->lines++;
	j->queued++;
	if (before == 0 || (before < EARLY_BYTES &&
	    w->file.len >= EARLY_BYTES))
		pthread_cond_signal(&j->work);
	return true;
}

/* Takes over the text; NULL: there was no memory for it. */
static void
write_line(struct journal *j, char *text, size_t len, const char *logged)
{
	bool	kept;

	pthread_mutex_lock(&j->lock);
	kept = queue(j, text, len, logged);
	pthread_mutex_unlock(&j->lock);
	free(text);
	if (!kept)
		alarm_raise(j->alarms, ALARM_JOURNAL, clock_seconds(&j->clock),
		    "the journal is not being written fast enough: lines are "
		    "being lost (is its disk stuck?)");
}

void
journal_write(struct journal *j, const struct journal_line *line,
    const char *logged)
{
	size_t	 len = 0;
	char	*text = line_format(line, &len);

	write_line(j, text, len, logged);
}

void
journal_write_event(struct journal *j, const struct journal_event *e,
    const char *logged)
{
	size_t	 len = 0;
	char	*text = line_format_event(e, &len);

	write_line(j, text, len, logged);
}

void
journal_flush(struct journal *j)
{
	struct timespec	until = clock_deadline(FLUSH_MILLIS);
	uint64_t	upto;

	pthread_mutex_lock(&j->lock);
	upto = j->queued;
	j->hurry = j->done < upto;
	pthread_cond_signal(&j->work);
	while (j->done < upto)
		if (pthread_cond_timedwait(&j->written, &j->lock, &until) ==
		    ETIMEDOUT)
			break;
	pthread_mutex_unlock(&j->lock);
}

int
journal_rotate(struct journal *j, struct err *e)
{
	char	*path;
	int	 done;

	pthread_mutex_lock(&j->file_lock);
	path = strdup(j->path);
	pthread_mutex_unlock(&j->file_lock);
	if (path == NULL)
		return err_set(e, "out of memory for the journal's name");
	done = journal_reopen(j, path, e);
	free(path);
	return done;
}

int
journal_reopen(struct journal *j, const char *path, struct err *e)
{
	char	*copy = strdup(path);
	int	 fd = -1;

	if (copy == NULL)
		return err_set(e, "out of memory for the journal's name");
	if (path[0] != '\0' && (fd = open_file(path, e)) == -1) {
		free(copy);
		return -1;
	}
	journal_flush(j);
	pthread_mutex_lock(&j->file_lock);
	if (j->fd != -1)
		(void)close(j->fd);
	free(j->path);
	j->fd = fd;
	j->path = copy;
	j->torn = false;
	if (fd == -1) {
		j->failed = false;
		alarm_clear(j->alarms, ALARM_JOURNAL);
	}
	pthread_mutex_unlock(&j->file_lock);
	return 0;
}

void
journal_stats(struct journal *j, struct journal_stats *out)
{
	pthread_mutex_lock(&j->lock);
	*out = j->stats;
	pthread_mutex_unlock(&j->lock);
}

void
journal_id(struct journal *j, int64_t millis, char out[JOURNAL_ID_SIZE])
{
	uint64_t	n;

	pthread_mutex_lock(&j->lock);
	n = ++j->last_id;
	pthread_mutex_unlock(&j->lock);
	/* 11 digits of time last until 2527; 9 of 36 bits of a counter. */
	(void)snprintf(out, JOURNAL_ID_SIZE, "%011llx%09llx",
	    (unsigned long long)millis & 0xfffffffffffULL,
	    (unsigned long long)n & 0xfffffffffULL);
}
