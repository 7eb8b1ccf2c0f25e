/* SPDX-License-Identifier: ISC
 * db/said.c - the lines that said.h describes. */
#include "db/said.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

enum { LINES_MAX = 10 };

static const int64_t	minute = 60 * INT64_C(1000000);

struct said {
	pthread_mutex_t	lock;
	struct err	first;
	int64_t		since;		/* microseconds: this minute began */
	unsigned	lines;		/* in it */
};

struct said *
said_new(void)
{
	struct said	*s = calloc(1, sizeof(*s));

	if (s != NULL)
		(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
said_free(struct said **s)
{
	if (*s == NULL)
		return;
	(void)pthread_mutex_destroy(&(*s)->lock);
	free(*s);
	*s = NULL;
}

/* Whether this line is one of the first of its minute. */
static bool
is_due(struct said *s)
{
	int64_t	now = clock_monotonic_micros();

	if (s->lines == 0 || now - s->since >= minute) {
		s->since = now;
		s->lines = 0;
	}
	if (s->lines == LINES_MAX)
		return false;
	s->lines++;
	return true;
}

void
said_note(struct said *s, const char *who, const char *line)
{
	bool	due;

	pthread_mutex_lock(&s->lock);
	if (s->first.text[0] == '\0')
		(void)err_set(&s->first, "%.300s", line);
	due = is_due(s);
	pthread_mutex_unlock(&s->lock);
	if (due)
		log_warn("%s: %s", who, line);
}

struct err
said_first(struct said *s)
{
	struct err	first;

	pthread_mutex_lock(&s->lock);
	first = s->first;
	pthread_mutex_unlock(&s->lock);
	return first;
}

void
said_forget(struct said *s)
{
	pthread_mutex_lock(&s->lock);
	s->first.text[0] = '\0';
	pthread_mutex_unlock(&s->lock);
}
