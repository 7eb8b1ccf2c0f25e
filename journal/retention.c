/* SPDX-License-Identifier: ISC
 * journal/retention.c - how old a line is, and the thread that asks each hour. */
#include "journal/retention.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"

enum { HOUR_MILLIS = 60 * 60 * 1000 };

struct limit {
	int64_t		 before;	/* seconds */
	char		 text[CLOCK_TEXT_SIZE];	/* the same, as lines have it */
	bool		 stays;		/* the last line did */
};

/* As this program writes them: else a line is parsed. */
static const char	begin[] = "{\"v\":1,\"time\":\"";

enum { TIME_LENGTH = 24 };	/* "2026-01-02T03:04:05.678Z" */

static bool
is_time(const char *text, size_t len)
{
	return len >= TIME_LENGTH && text[10] == 'T' &&
	    text[TIME_LENGTH - 1] == 'Z';
}

/* Times of one form are in the order of their texts. */
static bool
stays(const char *line, size_t len, uint64_t nth, void *arg)
{
	struct limit	*l = arg;
	const size_t	 head = sizeof(begin) - 1;
	struct json	*json;
	const char	*time;

	if (nth == 0)
		l->stays = true;
	if (len > head && memcmp(line, begin, head) == 0 &&
	    is_time(line + head, len - head)) {
		l->stays = memcmp(line + head, l->text, TIME_LENGTH) >= 0;
		return l->stays;
	}
	json = json_parse(line, len, NULL);
	time = json_get_text(json, "time");
	if (time != NULL && is_time(time, strlen(time)))
		l->stays = memcmp(time, l->text, TIME_LENGTH) >= 0;
	json_free(&json);
	return l->stays;
}

/* Lines are in the order of time, but for those that waited for an answer: they go
 * with the next turn. */
static bool
ends(void *arg)
{
	const struct limit	*l = arg;

	return l->stays;
}

/* What was not written to since then has nothing newer. */
static enum rewrite_plan
plan(const struct stat *st, void *arg)
{
	const struct limit	*l = arg;

	return st->st_mtime < l->before ? REWRITE_REMOVE : REWRITE_READ;
}

int
retention_turn(struct journal *j, int64_t keep, int64_t now,
    struct rewritten *out, struct err *e)
{
	struct limit		l = { .before = now - keep };
	const struct rewrite	r = { .plan = plan, .stays = stays,
				    .ends = ends, .arg = &l };

	*out = (struct rewritten){ 0 };
	if (keep == 0)
		return 0;
	clock_format(l.before * 1000, l.text);
	return journal_rewrite(j, &r, out, e);
}

struct retention {
	struct retention_conf	 c;
	pthread_t		 thread;
	pthread_mutex_t		 lock;
	pthread_cond_t		 wake;
	bool			 stopping;
};

static void
turn(struct retention *r, bool *failed)
{
	int64_t			now = clock_seconds(&r->c.clock);
	struct rewritten	done;
	struct err		e;

	if (retention_turn(r->c.journal, r->c.keep(r->c.arg), now, &done,
	    &e) == -1) {
		alarm_raise(r->c.alarms, ALARM_JOURNAL, now, e.text);
		*failed = true;
	} else if (*failed) {
		alarm_clear(r->c.alarms, ALARM_JOURNAL);
		*failed = false;
	}
	if (done.files > 0)
		log_info("journal-retention: %llu lines left out of %u files, "
		    "%u files removed", (unsigned long long)done.lines,
		    done.files - done.removed, done.removed);
}

/* false: the end has come. */
static bool
wait_an_hour(struct retention *r)
{
	struct timespec	until = clock_deadline(HOUR_MILLIS);
	bool		go_on;

	pthread_mutex_lock(&r->lock);
	while (!r->stopping && pthread_cond_timedwait(&r->wake, &r->lock,
	    &until) != ETIMEDOUT)
		continue;
	go_on = !r->stopping;
	pthread_mutex_unlock(&r->lock);
	return go_on;
}

static void *
run(void *arg)
{
	struct retention	*r = arg;
	bool			 failed = false;

	do
		turn(r, &failed);
	while (wait_an_hour(r));
	return NULL;
}

static void
free_retention(struct retention **r)
{
	(void)pthread_cond_destroy(&(*r)->wake);
	(void)pthread_mutex_destroy(&(*r)->lock);
	free(*r);
	*r = NULL;
}

int
retention_start(struct retention **out, const struct retention_conf *c,
    struct err *e)
{
	struct retention	*r = calloc(1, sizeof(*r));

	if (r == NULL)
		return err_set(e, "out of memory for journal-retention");
	r->c = *c;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->wake, NULL);
	if (pthread_create(&r->thread, NULL, run, r) != 0) {
		free_retention(&r);
		return err_set(e, "cannot start the thread of "
		    "journal-retention");
	}
	*out = r;
	return 0;
}

void
retention_stop(struct retention **r)
{
	if (*r == NULL)
		return;
	pthread_mutex_lock(&(*r)->lock);
	(*r)->stopping = true;
	pthread_cond_signal(&(*r)->wake);
	pthread_mutex_unlock(&(*r)->lock);
	(void)pthread_join((*r)->thread, NULL);
	free_retention(r);
}
