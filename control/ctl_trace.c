/* SPDX-License-Identifier: ISC
 * control/ctl_trace.c - greyctl trace: what became of a person's mail. */
#include "control/ctl.h"

#include <stdlib.h>
#include <string.h>

#include "control/ctl_journal.h"
#include "control/pager.h"
#include "control/story.h"
#include "control/story_item.h"
#include "control/table.h"

/* Of a story of many attempts the first and the last ones are shown. */
enum { SHOWN = 10, SECOND = 1000, AGE = 8, TIME = 29, LEAST = 20 };

struct trace {
	const struct ctl *ctl;
	struct stories	*stories;
	bool		 no_memory;
	bool		 whole;		/* all of the journal was read */
};

static bool
take(const struct journal_entry *e, void *arg)
{
	struct trace	*t = arg;

	t->no_memory = stories_take(t->stories, e) == -1;
	return !t->no_memory;
}

static bool
may_come(const struct trace *t, const struct story *s)
{
	return t->ctl->now * SECOND <= s->until;
}

static const char *
outcome(const struct trace *t, const struct story *s)
{
	switch (s->end) {
	case STORY_DELIVERED:
		return "delivered";
	case STORY_REFUSED:
		return "refused";
	case STORY_EVENT:
		return "event";
	case STORY_OPEN:
		break;
	}
	return may_come(t, s) ? "pending" : "never";
}

/* Two of them and a time fit on a line, unless it is a narrow one. */
static void
print_address(const struct ctl *ctl, const char *address)
{
	unsigned	width = ctl->columns < 2 * LEAST + TIME ? LEAST :
			    (ctl->columns - TIME) / 2;

	(void)fputc('<', ctl->out);
	table_cell(ctl, address, width, false);
	(void)fputc('>', ctl->out);
}

static void
print_outcome(const struct trace *t, const struct story *s)
{
	const struct ctl	*ctl = t->ctl;
	char			 span[PRINT_SPAN_SIZE], until[PRINT_TIME_SIZE];

	switch (s->end) {
	case STORY_DELIVERED:
		table_paint(ctl, TABLE_GREEN, "delivered");
		if (story_seconds(s) == 0)
			(void)fputs(" at once", ctl->out);
		else
			(void)fprintf(ctl->out, " after %s",
			    print_span(story_seconds(s), span));
		break;
	case STORY_REFUSED:
		table_paint(ctl, TABLE_RED, "refused");
		break;
	case STORY_EVENT:
		break;
	case STORY_OPEN:
		if (!may_come(t, s)) {
			table_paint(ctl, TABLE_RED, "never came back");
			break;
		}
		table_paint(ctl, TABLE_YELLOW, "pending");
		(void)fprintf(ctl->out, ": a retry counts until %s",
		    ctl_journal_time(s->until, true, until));
	}
}

static void
print_host(const struct ctl *ctl, const struct journal_line *line)
{
	(void)fputs(line->client == NULL ? ", from this host" : ", from ",
	    ctl->out);
	if (line->client == NULL)
		return;
	if (line->verified && line->name != NULL) {
		(void)print_text(ctl->out, line->name);
		(void)fputs(" [", ctl->out);
	}
	(void)print_text(ctl->out, line->client);
	if (line->verified && line->name != NULL)
		(void)fputc(']', ctl->out);
}

static void
print_detail(const struct ctl *ctl, const char *before, const char *text,
    const char *after)
{
	if (text == NULL)
		return;
	(void)fputs(before, ctl->out);
	(void)print_text(ctl->out, text);
	(void)fputs(after, ctl->out);
}

static const char *
text_or(const char *text)
{
	return text == NULL ? "-" : text;
}

static void
print_decision(const struct ctl *ctl, const struct journal_entry *e)
{
	if (e->event != NULL) {
		table_paint(ctl, TABLE_BLUE, e->event);
		print_detail(ctl, ": ", e->why, "");
	} else {
		table_paint(ctl, table_verdict(text_or(e->line.verdict)),
		    text_or(e->line.verdict));
		print_detail(ctl, " ", e->line.reason, "");
		print_detail(ctl, " (", e->line.would, ")");
	}
	print_host(ctl, &e->line);
	print_detail(ctl, ", by ", e->line.by, "");
	print_detail(ctl, ", rule ", e->line.rule, "");
	print_detail(ctl, ", id ", e->line.id, "");
	(void)fputc('\n', ctl->out);
}

static void
print_attempt(const struct trace *t, const struct story *s, size_t i)
{
	const struct story_attempt *a = &s->attempts[i];
	char			 age[PRINT_SPAN_SIZE + 1] = "+";
	struct journal_entry	 e;

	if (journal_entry_read(&e, a->line, strlen(a->line)) == -1)
		return;
	(void)print_span((a->time - s->first) / SECOND, age + 1);
	(void)fputs("    ", t->ctl->out);
	print_cell(t->ctl->out, a->time == s->first ? "first" : age, AGE);
	print_decision(t->ctl, &e);
	journal_entry_clear(&e);
}

static void
print_story(const struct trace *t, const struct story *s)
{
	const struct ctl	*ctl = t->ctl;
	char			 time[PRINT_TIME_SIZE];

	(void)fprintf(ctl->out, "%s  ", ctl_journal_time(s->first, true,
	    time));
	print_address(ctl, s->sender);
	(void)fputs(" to ", ctl->out);
	print_address(ctl, s->recipient);
	if (s->end != STORY_EVENT)
		(void)fputs(": ", ctl->out);
	print_outcome(t, s);
	(void)fputc('\n', ctl->out);
	for (size_t i = 0; i < s->n; i++) {
		if (i == SHOWN && s->n > 2 * SHOWN) {
			i = s->n - SHOWN;
			(void)fprintf(ctl->out, "    ... %zu more ...\n",
			    i - SHOWN);
		}
		print_attempt(t, s, i);
	}
}

/* An element of the array. */
static void
print_json(const struct trace *t, const struct story *s, size_t nth)
{
	struct json	*o = story_item(s, outcome(t, s));
	char		*text = json_dump(o, 0);

	(void)fprintf(t->ctl->out, "%s\n%s", nth == 0 ? "[" : ",",
	    text == NULL ? "null" : text);
	free(text);
	json_free(&o);
}

static void
print_all(const struct trace *t)
{
	const struct story	*s;
	size_t			 i = 0;

	for (; (s = stories_at(t->stories, i)) != NULL; i++)
		if (ferror(t->ctl->out))
			return;
		else if (t->ctl->json)
			print_json(t, s, i);
		else
			print_story(t, s);
	if (t->ctl->json)
		(void)fputs(i == 0 ? "[]\n" : "\n]\n", t->ctl->out);
	else if (i == 0 && t->whole)
		(void)fputs("greyctl: the journal tells nothing of this "
		    "address; older lines may have been rotated away\n",
		    t->ctl->messages);
}

static int
read_all(struct trace *t, struct ctl_journal *j, struct err *e)
{
	struct query_stats	stats = { 0 };
	int			rc;

	t->stories = stories_new(j->window);
	if (t->stories == NULL)
		return err_set(e, "out of memory");
	rc = query_run(j->query, j->path, take, t, &stats, e);
	if (t->no_memory)
		return err_set(e, "out of memory: narrow it down with "
		    "--since");
	ctl_journal_torn(t->ctl, &stats);
	t->whole = rc == 0;
	return rc;
}

static int
page_all(struct trace *t)
{
	struct pager	pager;

	t->ctl = pager_begin(&pager, t->ctl);
	print_all(t);
	return pager_end(&pager, CTL_DONE);
}

static int
take_address(struct ctl_request *r, struct err *e)
{
	const char	*address = json_get_text(r->args, "address");

	if (strchr(address, '@') == NULL && strcmp(address, "<>") != 0)
		return err_set(e, "\"%s\" is no address: give one such as "
		    "bob@example.com, or @example.com for all of a domain",
		    address);
	json_add_text(r->args, "person", address);
	return 0;
}

int
ctl_trace(const struct ctl *ctl, struct ctl_request *r)
{
	struct trace		t = { .ctl = ctl };
	struct ctl_journal	j = { .answer = NULL };
	struct err		e = { "" };
	int			code = CTL_FAILED, rc = -1;

	if (take_address(r, &e) == 0 && ctl_journal_open(&j, ctl, r, &e) == 0)
		rc = read_all(&t, &j, &e);
	if (t.stories != NULL && !t.no_memory)
		code = page_all(&t);
	if (rc == -1 || code == CTL_FAILED)
		code = ctl_journal_failed(ctl, e.text[0] != '\0' ? &e :
		    &(struct err){ "cannot write the output" });
	ctl_journal_close(&j);
	stories_free(&t.stories);
	json_free(&r->args);
	return code;
}
