/* SPDX-License-Identifier: ISC
 * control/report_text.c - a report for a terminal or a mail, and as JSON. */
#include "control/report_page.h"

#include <inttypes.h>
#include <string.h>

#include "control/ctl_journal.h"
#include "control/item.h"
#include "control/table.h"

enum { CELL = 32 };

static const char *
number(uint64_t n, char out[CELL])
{
	(void)snprintf(out, CELL, "%" PRIu64, n);
	return out;
}

/* Of those that are over. */
static const char *
blocked(const struct report_summary *s, char out[CELL])
{
	int	n = report_blocked(s);

	if (n == -1)
		(void)strcpy(out, "-");
	else
		(void)snprintf(out, CELL, "%d.%d %%", n / 10, n % 10);
	return out;
}

static const struct table_column	figures[] = {
	{ .head = "", .least = 40 },
	{ .head = "NOW", .least = 11, .right = true },
	{ .head = "BEFORE", .least = 11, .right = true },
};

static void
figure(struct table *t, const char *what, uint64_t now, uint64_t before)
{
	char		 a[CELL], b[CELL];
	const char	*cells[] = { what, number(now, a), number(before, b) };

	table_row(t, cells);
}

static void
print_figures(const struct ctl *ctl, const struct report_page *p)
{
	const struct report_summary *n = p->now, *o = p->before;
	struct table	 t;
	char		 a[CELL], b[CELL];
	const char	*cells[] = { "  blocked, of those that are over", a, b };

	table_new(&t, ctl, figures, 3);
	figure(&t, "attempts", n->pass + n->defer + n->reject,
	    o->pass + o->defer + o->reject);
	figure(&t, "  passed", n->pass, o->pass);
	figure(&t, "    at once", n->passed_at_once, o->passed_at_once);
	figure(&t, "  deferred", n->defer, o->defer);
	figure(&t, "  refused", n->reject, o->reject);
	figure(&t, "mail that was made to wait", n->waited, o->waited);
	figure(&t, "  came later", n->came, o->came);
	figure(&t, "  may still come", n->may_come, o->may_come);
	figure(&t, "  never came back", n->never, o->never);
	if (n->observed + o->observed > 0)
		figure(&t, "  of both, only observed", n->observed,
		    o->observed);
	(void)blocked(n, a);
	(void)blocked(o, b);
	table_row(&t, cells);
	figure(&t, "refused as unknown recipients", n->unknown, o->unknown);
	figure(&t, "clients banned for guessing", n->banned, o->banned);
	table_end(&t);
}

static const struct table_column	delays[] = {
	{ .head = "MAIL THAT CAME LATER", .least = 22 },
	{ .head = "NUMBER", .least = 8, .right = true },
	{ .head = "MEDIAN", .least = 8, .right = true },
	{ .head = "95 %", .least = 8, .right = true },
	{ .head = "WORST", .least = 8, .right = true },
	{ .head = "MEDIAN BEFORE", .least = 13, .right = true },
};

static void
delay(struct table *t, const char *what, const struct report_delay *d,
    const struct report_delay *before)
{
	char	n[CELL], median[PRINT_SPAN_SIZE], p95[PRINT_SPAN_SIZE];
	char	worst[PRINT_SPAN_SIZE], was[PRINT_SPAN_SIZE];
	const char *cells[] = { what, number(d->n, n),
		    print_span(d->median, median), print_span(d->p95, p95),
		    print_span(d->worst, worst),
		    before->n > 0 ? print_span(before->median, was) : "-" };

	if (d->n > 0)
		table_row(t, cells);
}

static void
print_delays(const struct ctl *ctl, const struct report_page *p)
{
	struct table	t;

	table_new(&t, ctl, delays, 6);
	delay(&t, "all", &p->now->all, &p->before->all);
	for (size_t i = 0; i < p->now->n_ways; i++) {
		const struct report_way *w = &p->now->ways[i];
		struct report_delay before = report_way(p->before, w->name);

		delay(&t, w->name, &w->delay, &before);
	}
	table_end(&t);
}

static const struct table_column	senders[] = {
	{ .head = "MOST DELAYED SENDERS", .least = 40, .weight = 1 },
	{ .head = "MAILS", .least = 8, .right = true },
	{ .head = "TOGETHER", .least = 9, .right = true },
	{ .head = "WORST", .least = 9, .right = true },
};

static void
print_senders(const struct ctl *ctl, const struct report_page *p)
{
	struct table	t;
	char		n[CELL], all[PRINT_SPAN_SIZE], worst[PRINT_SPAN_SIZE];

	if (p->now->n_senders == 0)
		return;
	(void)fputc('\n', ctl->out);
	table_new(&t, ctl, senders, 4);
	for (size_t i = 0; i < p->now->n_senders && i < p->top; i++) {
		const struct report_sender *s = &p->now->senders[i];
		const char *cells[] = { s->sender[0] != '\0' ? s->sender :
		    "<>", number(s->n, n), print_span(s->total, all),
		    print_span(s->worst, worst) };

		table_row(&t, cells);
	}
	table_end(&t);
}

static void
print_counts(const struct ctl *ctl, const char *head,
    const struct report_count *c, size_t n)
{
	const struct table_column columns[] = {
		{ .head = head, .least = 40, .weight = 1 },
		{ .head = "NUMBER", .least = 9, .right = true },
	};
	struct table	t;
	char		text[CELL];

	if (n == 0)
		return;
	(void)fputc('\n', ctl->out);
	table_new(&t, ctl, columns, 2);
	for (size_t i = 0; i < n; i++) {
		const char *cells[] = { c[i].name, number(c[i].n, text) };

		table_row(&t, cells);
	}
	table_end(&t);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
print_growth(FILE *out, const struct report_page *p)
{
	const struct report_growth *first = p->growth, *last;
	char	was[PRINT_SPAN_SIZE], is[PRINT_SPAN_SIZE];

	if (p->n_growth == 0)
		return;
	last = &p->growth[p->n_growth - 1];
	(void)fprintf(out, "\nstate: %" PRIu64 " records in %s, at first %"
	    PRIu64 " in %s\n", last->records,
	    print_size((int64_t)last->bytes, is), first->records,
	    print_size((int64_t)first->bytes, was));
}

void
report_print_text(const struct ctl *ctl, const struct report_page *p)
{
	char	from[PRINT_TIME_SIZE], until[PRINT_TIME_SIZE];

	(void)fprintf(ctl->out, "Greygate, %s to %s, and as long before\n",
	    ctl_journal_time(p->now->from * 1000, true, from),
	    ctl_journal_time(p->now->until * 1000, true, until));
	if (p->note != NULL)
		(void)fprintf(ctl->out, "%s\n", p->note);
	(void)fputc('\n', ctl->out);
	print_figures(ctl, p);
	(void)fputc('\n', ctl->out);
	print_delays(ctl, p);
	print_counts(ctl, "PASSED AT ONCE", p->now->at_once,
	    p->now->n_at_once);
	print_counts(ctl, "ATTEMPTS BY VERDICT AND REASON", p->now->reasons,
	    p->now->n_reasons);
	print_senders(ctl, p);
	print_counts(ctl, "RULES BY USE", p->now->rules,
	    least(p->now->n_rules, p->top));
	print_counts(ctl, "ENTRIES BY USE", p->now->entries,
	    least(p->now->n_entries, p->top));
	print_growth(ctl->out, p);
}
