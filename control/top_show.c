/* SPDX-License-Identifier: ISC
 * control/top_show.c - the lines of the page, from the top. */
#include "control/top_show.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/print.h"

enum { NUMBER_SIZE = 32, IN_A_PIPE = 10 };

struct page {
	top_line_fn	 line;
	void		*arg;
	unsigned	 used;
};

static void put(struct page *p, enum table_colour colour, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The arguments' texts are from the daemon: escaped as a whole. */
static void
put(struct page *p, enum table_colour colour, const char *fmt, ...)
{
	char	*plain = NULL, *safe = NULL;
	size_t	 len;
	va_list	 ap;
	FILE	*out;
	int	 rc;

	va_start(ap, fmt);
	rc = vasprintf(&plain, fmt, ap);
	va_end(ap);
	if (rc == -1)
		return;
	out = open_memstream(&safe, &len);
	if (out != NULL) {
		(void)print_text(out, plain);
		if (fclose(out) == 0)
			p->line(p->arg, colour, safe);
	}
	p->used++;
	free(safe);
	free(plain);
}

static const char *
text_of(const struct json *o, const char *key)
{
	const char	*text = json_get_text(o, key);

	return text == NULL ? "-" : text[0] == '\0' ? "<>" : text;
}

static void
show_head(struct page *p, const struct top_facts *f, int64_t now)
{
	const struct json	*s = json_get(f->status, "sessions");
	const struct json	*store = json_get(f->status, "store");
	char			 iso[CLOCK_TEXT_SIZE], at[PRINT_TIME_SIZE];
	char			 up[PRINT_SPAN_SIZE], size[PRINT_SPAN_SIZE];

	clock_format(now * 1000, iso);
	(void)strcpy(iso + strlen("2026-01-02T03:04:05"), "Z");
	put(p, TABLE_PLAIN, "greygate %s, up %s%s   %s",
	    text_of(f->status, "version"),
	    print_span(json_get_int(f->status, "uptime"), up),
	    json_get_bool(f->status, "observe") ? ", observes only" : "",
	    print_local(iso, at));
	put(p, TABLE_PLAIN, "sessions %" PRId64 " open of %" PRId64 ", %" PRId64
	    " since the start; %" PRId64 " messages", json_get_int(s, "open"),
	    json_get_int(s, "most"), json_get_int(s, "since_start"),
	    json_get_int(s, "messages"));
	put(p, TABLE_PLAIN, "store %" PRId64 " records, %s; %" PRId64
	    " expired, %" PRId64 " evicted since the start",
	    json_get_int(store, "records"),
	    print_size(json_get_int(store, "bytes_on_disk"), size),
	    json_get_int(json_get(f->status, "sweep"), "swept"),
	    json_get_int(json_get(f->status, "sweep"), "evicted"));
}

static void
show_alarms(struct page *p, const struct json *alarms)
{
	char	since[PRINT_TIME_SIZE];

	if (json_length(alarms) == 0)
		put(p, TABLE_GREEN, "no alarm");
	for (size_t i = 0; i < json_length(alarms); i++) {
		const struct json *a = json_at(alarms, i);

		put(p, TABLE_RED, "ALARM %s since %s: %s", text_of(a, "alarm"),
		    print_local(json_get_text(a, "since"), since),
		    text_of(a, "sentence"));
	}
}

static uint64_t
sum_of(const struct top_counts *c, int verdict)
{
	uint64_t	sum = 0;

	for (int r = 0; r < REASONS; r++)
		sum += c->n[verdict][r];
	return sum;
}

/* One row of numbers: of a verdict, or of one of its reasons. */
struct numbers {
	uint64_t	second, minute, hour, before, total;
};

static void
show_numbers(struct page *p, const struct top_facts *f,
    enum table_colour colour, const char *name, const struct numbers *n)
{
	char	rate[NUMBER_SIZE] = "-";

	if (f->seconds > 0)
		(void)snprintf(rate, sizeof(rate), "%.1f",
		    (double)n->second / f->seconds);
	put(p, colour, "%-20s %8s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %11"
	    PRIu64, name, rate, n->minute, n->hour, n->before, n->total);
}

static void
show_reasons(struct page *p, const struct top_facts *f, int v)
{
	char	name[NUMBER_SIZE];

	for (int r = 0; r < REASONS; r++) {
		const struct numbers n = { f->second.n[v][r],
		    f->minute.n[v][r], f->hour.n[v][r], f->before.n[v][r],
		    f->total.n[v][r] };

		if (n.total + n.hour + n.before == 0)
			continue;
		(void)snprintf(name, sizeof(name), "  %s",
		    reason_name((enum reason)r));
		show_numbers(p, f, TABLE_PLAIN, name, &n);
	}
}

static void
show_decisions(struct page *p, const struct top_facts *f)
{
	put(p, TABLE_FAINT, "%-20s %8s %9s %9s %9s %11s", "decisions",
	    "a second", "a minute", "this hour", "hour ago", "since start");
	for (int v = VERDICT_PASS; v <= VERDICT_REJECT; v++) {
		const char *verdict = verdict_name((enum verdict)v);
		const struct numbers n = { sum_of(&f->second, v),
		    sum_of(&f->minute, v), sum_of(&f->hour, v),
		    sum_of(&f->before, v), sum_of(&f->total, v) };

		show_numbers(p, f, table_verdict(verdict), verdict, &n);
		show_reasons(p, f, v);
	}
}

static void
show_line(struct page *p, const char *text)
{
	struct json	*line = json_parse(text, strlen(text), NULL);
	const char	*verdict = json_get_text(line, "verdict"), *time, *zone;
	char		 at[PRINT_TIME_SIZE], iso[CLOCK_TEXT_SIZE] = "";

	time = json_get_text(line, "time");
	zone = time == NULL ? NULL : strchr(time, '.');
	if (zone != NULL && (size_t)(zone - time) < sizeof(iso) - 2)
		(void)snprintf(iso, sizeof(iso), "%.*sZ", (int)(zone - time),
		    time);
	if (line != NULL)
		put(p, table_verdict(verdict == NULL ? "event" : verdict),
		    "%s %-6s %-14s %s %s -> %s", print_local(iso, at),
		    verdict == NULL ? "event" : verdict, verdict == NULL ?
		    text_of(line, "event") : text_of(line, "reason"),
		    text_of(line, "client"), text_of(line, "sender"),
		    text_of(line, "recipient"));
	json_free(&line);
}

static void
show_lines(struct page *p, const struct top_facts *f, unsigned rows)
{
	unsigned	room = rows == 0 ? IN_A_PIPE :
			    rows > p->used + 1 ? rows - p->used - 1 : 0;
	size_t		n = f->lines.n < room ? f->lines.n : room;

	put(p, TABLE_FAINT, f->lines.n == 0 ? "no line in the journal" :
	    "newest lines of the journal");
	for (size_t i = f->lines.n - n; i < f->lines.n; i++)
		show_line(p, tail_at(&f->lines, i));
}

void
top_show(const struct top_facts *f, int64_t now, unsigned rows,
    top_line_fn line, void *arg)
{
	struct page	p = { .line = line, .arg = arg };

	if (f->trouble.text[0] != '\0')
		put(&p, TABLE_RED, "%s", f->trouble.text);
	if (f->status == NULL)
		return;
	show_head(&p, f, now);
	show_alarms(&p, json_get(f->status, "alarms"));
	show_decisions(&p, f);
	show_lines(&p, f, rows);
}
