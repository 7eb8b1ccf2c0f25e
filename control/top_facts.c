/* SPDX-License-Identifier: ISC
 * control/top_facts.c - asks, reads, subtracts. */
#include "control/top_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/client.h"

enum {
	HOUR = 3600,
	PATIENCE_MS = 10000,
	MINUTE_MICROS = 60 * 1000 * 1000,
	END_OF_JOURNAL = 128 * 1024	/* bytes that are read of it */
};

/* Adds what each item is to an array; takes over args. */
static int
ask(const char *socket, const char *command, struct json **args,
    struct json *items, int *code, struct err *e)
{
	struct client		*client;
	const struct json	*item;
	char			*text;
	int			 rc;

	*code = 2;
	if (client_open(&client, socket, e) == -1) {
		json_free(args);
		return -1;
	}
	rc = client_ask(client, command, args, e);
	while (rc == 0 && (rc = client_next(client, PATIENCE_MS, &item, code,
	    e)) == 1) {
		text = json_dump(item, 0);
		if (text != NULL)
			json_push(items, json_parse(text, strlen(text), NULL));
		free(text);
		rc = 0;
	}
	client_close(&client);
	return rc;
}

static void
count_of(struct top_counts *c, const struct json *decisions)
{
	*c = (struct top_counts){ 0 };
	for (int v = VERDICT_PASS; v <= VERDICT_REJECT; v++) {
		const struct json *by = json_get(decisions,
		    verdict_name((enum verdict)v));

		for (int r = 0; r < REASONS; r++) {
			int64_t n = json_get_int(by, reason_name(
			    (enum reason)r));

			c->n[v][r] = n > 0 ? (uint64_t)n : 0;
		}
	}
}

/* What came since `old`. */
static struct top_counts
since(const struct top_counts *is, const struct top_counts *old)
{
	struct top_counts	d;

	for (int v = VERDICT_PASS; v <= VERDICT_REJECT; v++)
		for (int r = 0; r < REASONS; r++)
			d.n[v][r] = is->n[v][r] - old->n[v][r];
	return d;
}

/* The daemon was started anew. */
static bool
went_back(const struct top_counts *is, const struct top_counts *was)
{
	for (int v = VERDICT_PASS; v <= VERDICT_REJECT; v++)
		for (int r = 0; r < REASONS; r++)
			if (is->n[v][r] < was->n[v][r])
				return true;
	return false;
}

/* Without those that are older than a minute, but for one, from which it is
 * counted. */
static void
forget_old(struct top_facts *f, int64_t micros)
{
	unsigned	old = 0;

	while (old + 1 < f->n && f->samples[old + 1].micros <= micros -
	    MINUTE_MICROS)
		old++;
	if (old == 0 && f->n == TOP_SAMPLES)
		old = 1;
	f->n -= old;
	memmove(f->samples, f->samples + old, f->n * sizeof(*f->samples));
}

static void
sample(struct top_facts *f, int64_t micros)
{
	count_of(&f->total, json_get(f->status, "decisions"));
	if (f->n > 0 && went_back(&f->total, &f->samples[f->n - 1].counts))
		f->n = 0;
	forget_old(f, micros);
	f->seconds = 0;
	f->minute = (struct top_counts){ 0 };
	if (f->n > 0) {
		f->seconds = (double)(micros - f->samples[f->n - 1].micros) /
		    1e6;
		f->second = since(&f->total, &f->samples[f->n - 1].counts);
		f->minute = since(&f->total, &f->samples[0].counts);
	}
	f->samples[f->n].micros = micros;
	f->samples[f->n++].counts = f->total;
}

static int
ask_status(struct top_facts *f, const char *socket, int *code)
{
	struct json	*items = json_new_array(), *none = NULL;
	char		*text = NULL;
	int		 rc = ask(socket, "status", &none, items, code,
			    &f->trouble);

	json_free(&f->status);
	if (rc == 0 && json_length(items) == 1)
		text = json_dump(json_at(items, 0), 0);
	if (text != NULL)
		f->status = json_parse(text, strlen(text), &f->trouble);
	free(text);
	json_free(&items);
	if (rc == 0 && f->status == NULL)
		rc = err_set(&f->trouble, "the daemon's reply is of another "
		    "release");
	return rc;
}

static int
ask_hours(struct top_facts *f, const char *socket, int64_t now, int *code)
{
	struct json	*args = json_new_object();
	int64_t		 begins = now - now % HOUR;
	int		 rc;

	json_free(&f->hours);
	f->hours = json_new_array();
	json_add_int(args, "since", begins - HOUR);
	rc = ask(socket, "tally", &args, f->hours, code, &f->trouble);
	f->hour = f->before = (struct top_counts){ 0 };
	for (size_t i = 0; i < json_length(f->hours); i++) {
		const struct json *h = json_at(f->hours, i);

		if (json_get_int(h, "seconds") >= begins - HOUR)
			count_of(json_get_int(h, "seconds") >= begins ?
			    &f->hour : &f->before, json_get(h, "decisions"));
	}
	return rc;
}

/* Whole lines of a text that may begin in the middle of one. */
static void
keep_lines(struct top_facts *f, const char *text, size_t len, bool whole)
{
	const char	*end = text + len, *next;

	for (; text < end; text = next + 1, whole = true) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (next == NULL)
			return;
		if (whole)
			(void)tail_push(&f->lines, text,
			    (size_t)(next - text));
	}
}

static void
read_journal(struct top_facts *f, const char *path)
{
	int	 fd = open(path, O_RDONLY | O_CLOEXEC);
	char	*text = malloc(END_OF_JOURNAL);
	off_t	 size = fd == -1 ? -1 : lseek(fd, 0, SEEK_END), from;
	ssize_t	 n;

	tail_free(&f->lines);
	f->lines.limit = TOP_LINES;
	if (fd == -1)
		(void)err_set(&f->trouble, "the journal %s: %s (greyctl reads "
		    "it itself: run it as root)", path, strerror(errno));
	else if (text != NULL && size != -1) {
		from = size > END_OF_JOURNAL ? size - END_OF_JOURNAL : 0;
		n = pread(fd, text, END_OF_JOURNAL, from);
		if (n > 0)
			keep_lines(f, text, (size_t)n, from == 0);
	}
	free(text);
	if (fd != -1)
		(void)close(fd);
}

int
top_facts_ask(struct top_facts *f, const char *socket, int64_t now,
    int64_t micros, int *code)
{
	const char	*path;

	f->trouble.text[0] = '\0';
	if (ask_status(f, socket, code) == -1)
		return -1;
	sample(f, micros);
	/* A state that cannot be used has no hours; the rest is shown. */
	(void)ask_hours(f, socket, now, code);
	path = json_get_text(json_get(f->status, "journal"), "file");
	if (path != NULL && path[0] != '\0')
		read_journal(f, path);
	return 0;
}

void
top_facts_free(struct top_facts *f)
{
	json_free(&f->status);
	json_free(&f->hours);
	tail_free(&f->lines);
}
