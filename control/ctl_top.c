/* SPDX-License-Identifier: ISC
 * control/ctl_top.c - greyctl top: a page, drawn anew until somebody has seen
 * enough; once where there is no terminal. */
#include "control/ctl.h"

#include <stdlib.h>

#include "base/clock.h"
#include "control/print.h"
#include "control/top_screen.h"
#include "control/top_show.h"

enum { EVERY = 2, EVERY_MAX = 3600 };	/* seconds */

static int
say(const struct ctl *ctl, const char *sentence)
{
	(void)fputs("greyctl: ", ctl->messages);
	(void)print_text(ctl->messages, sentence);
	(void)fputc('\n', ctl->messages);
	return CTL_FAILED;
}

static void
print_row(void *arg, enum table_colour colour, const char *text)
{
	const struct ctl	*ctl = arg;

	(void)colour;
	(void)fprintf(ctl->out, "%s\n", text);
}

static void
draw_row(void *arg, enum table_colour colour, const char *text)
{
	screen_line(arg, colour, text);
}

static void
print_json(const struct ctl *ctl, struct top_facts *f)
{
	struct json	*o = json_new_object();
	char		*text;

	json_add(o, "status", f->status);
	json_add(o, "hours", f->hours);
	f->status = f->hours = NULL;
	text = json_dump(o, 2);
	(void)fprintf(ctl->out, "%s\n", text == NULL ? "{}" : text);
	free(text);
	json_free(&o);
}

static int
print_once(const struct ctl *ctl)
{
	struct ctl		 copy = *ctl;
	struct top_facts	*f = calloc(1, sizeof(*f));
	int			 code;

	if (f == NULL)
		return say(ctl, "out of memory");
	if (top_facts_ask(f, ctl->socket, ctl->now, clock_monotonic_micros(),
	    &code) == -1) {
		(void)say(ctl, f->trouble.text);
	} else {
		code = CTL_DONE;
		if (ctl->json)
			print_json(ctl, f);
		else
			top_show(f, ctl->now, 0, print_row, &copy);
	}
	top_facts_free(f);
	free(f);
	if (fflush(ctl->out) == EOF || ferror(ctl->out))
		return say(ctl, "cannot write the output");
	return code;
}

/* Goes on while the daemon is away: it may be the reason for looking. */
static void
draw(struct screen *s, struct top_facts *f, const char *socket)
{
	const struct clock	clock = clock_system();
	int64_t			now = clock_seconds(&clock);
	unsigned		rows, columns;
	int			code;

	(void)top_facts_ask(f, socket, now, clock_monotonic_micros(), &code);
	screen_begin(s, &rows, &columns);
	top_show(f, now, rows, draw_row, s);
	screen_end(s);
}

static int
draw_until_left(const struct ctl *ctl, int every)
{
	struct top_facts	*f = calloc(1, sizeof(*f));
	struct screen		*s = NULL;
	struct err		 e;

	if (f == NULL)
		return say(ctl, "out of memory");
	if (screen_open(&s, ctl, &e) == -1) {
		free(f);
		return say(ctl, e.text);
	}
	do
		draw(s, f, ctl->socket);
	while (screen_wait(s, every * 1000));
	screen_close(&s);
	top_facts_free(f);
	free(f);
	return CTL_DONE;
}

int
ctl_top(const struct ctl *ctl, struct ctl_request *r)
{
	int64_t	every = json_get_int(r->args, "interval");

	if (every == 0)
		every = EVERY;
	if (every > EVERY_MAX)
		return say(ctl, "--interval takes a duration from 1s to 1h");
	if (ctl->columns == 0 || ctl->json)
		return print_once(ctl);
	return draw_until_left(ctl, (int)every);
}
