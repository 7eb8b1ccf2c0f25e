/* SPDX-License-Identifier: ISC
 * journal/journal.c - lines wait in a buffer until the journal's own thread
 * has written them, so that no reply waits for the disk. */
#include "journal/journal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "journal/journal_file.h"
#include "journal/line.h"

enum {
	PAUSE_MILLIS = 100,		/* lines gather so long before a write */
	EARLY_BYTES = 256 * 1024,	/* or until they are so many */
	LIMIT_BYTES = 8 * 1024 * 1024,	/* beyond this lines are dropped */
	FLUSH_MILLIS = 2000
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

	struct journal_file *file;
	pthread_mutex_t	 rewriting;	/* one at a time: journal/rewrite.c */

	struct alarms	*alarms;
	struct clock	 clock;
	pthread_t	 thread;
};

/* Gets rid of one batch: into the file, or counted as lost; and the log. */
static void
put(struct journal *j, const struct batch *b)
{
	uint64_t	lost = journal_file_put(j->file, b->file.bytes,
			    b->file.len);

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
new_journal(struct alarms *alarms)
{
	struct journal	*j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	(void)pthread_mutex_init(&j->lock, NULL);
	(void)pthread_mutex_init(&j->rewriting, NULL);
	(void)pthread_cond_init(&j->work, NULL);
	(void)pthread_cond_init(&j->written, NULL);
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
	journal_file_close(&(*j)->file);
	(void)pthread_cond_destroy(&(*j)->work);
	(void)pthread_cond_destroy(&(*j)->written);
	(void)pthread_mutex_destroy(&(*j)->lock);
	(void)pthread_mutex_destroy(&(*j)->rewriting);
	free_batch(&(*j)->waiting);
	free(*j);
	*j = NULL;
}

int
journal_open(struct journal **out, const char *path, struct alarms *alarms,
    struct err *e)
{
	struct journal	*j = new_journal(alarms);

	if (j == NULL)
		return err_set(e, "out of memory for the journal");
	if (journal_file_open(&j->file, path, alarms, e) == -1) {
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
	char	*path = journal_file_path(j->file);
	int	 done;

	if (path == NULL)
		return err_set(e, "out of memory for the journal's name");
	done = journal_reopen(j, path, e);
	free(path);
	return done;
}

/* What waits belongs into the former file. */
static void
flush(void *arg)
{
	journal_flush(arg);
}

int
journal_reopen(struct journal *j, const char *path, struct err *e)
{
	return journal_file_reopen(j->file, path, flush, j, e);
}

struct journal_file *
journal_own_file(struct journal *j)
{
	return j->file;
}

void
journal_begin_rewrite(struct journal *j)
{
	pthread_mutex_lock(&j->rewriting);
	journal_flush(j);
}

void
journal_end_rewrite(struct journal *j)
{
	pthread_mutex_unlock(&j->rewriting);
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
