/* SPDX-License-Identifier: ISC
 * control/report_html.c - a report as a page of its own: no script, nothing from
 * elsewhere, and texts of strangers as plain words. */
#include "control/report_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl_journal.h"
#include "control/print.h"
#include "control/report_chart.h"

enum { SHOWN = 200, CELL = 32 };	/* bytes of a stranger's text */

static const char	head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<title>Greygate report</title>\n<style>\n"
    ":root { color-scheme: light dark; --ink: #1c2430; --paper: #fff; "
    "--line: #c9d0d8; --faint: #5b6673; --pass: #2f7d4f; --defer: #c98a1b; "
    "--reject: #b3392f }\n"
    "@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; "
    "--paper: #171b20; --line: #3a424c; --faint: #9aa5b1; --pass: #5fb583; "
    "--defer: #e0ac4a; --reject: #e0736a } }\n"
    "body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.45 "
    "system-ui, sans-serif; color: var(--ink); background: var(--paper) }\n"
    "h1 { font-size: 1.5rem; margin: 0 }\nh2 { font-size: 1.1rem; margin: "
    "2rem 0 .5rem }\np { margin: .3rem 0 }\n.faint { color: var(--faint) }\n"
    ".note { border-left: 4px solid var(--defer); padding-left: .6rem }\n"
    ".figures { display: grid; gap: .6rem; grid-template-columns: "
    "repeat(auto-fit, minmax(9rem, 1fr)); margin: 1rem 0 }\n"
    ".figure { border: 1px solid var(--line); border-radius: .4rem; padding: "
    ".6rem }\n.figure b { display: block; font-size: 1.4rem }\n"
    ".box { overflow-x: auto }\ntable { border-collapse: collapse; width: "
    "100% }\nth, td { text-align: left; padding: .25rem .5rem; border-bottom: "
    "1px solid var(--line); overflow-wrap: anywhere; vertical-align: top }\n"
    "th:first-child, td:first-child { min-width: 8rem }\n"
    ".n { text-align: right; white-space: nowrap; overflow-wrap: normal; "
    "font-variant-numeric: tabular-nums }\n"
    "svg { width: 100%; height: auto; display: block }\nsvg text { "
    "font-size: 13px; fill: var(--faint) }\n.axis { fill: none; stroke: var(--line) }\n"
    ".line { fill: none; stroke: var(--pass); stroke-width: 2 }\n"
    ".pass { fill: var(--pass) }\n.defer { fill: var(--defer) }\n"
    ".reject { fill: var(--reject) }\n.key { display: inline-block; width: "
    ".8em; height: .8em; margin-right: .3em }\n.key.pass { background: "
    "var(--pass) }\n.key.defer { background: var(--defer) }\n"
    ".key.reject { background: var(--reject) }\n"
    "@media (max-width: 36rem) { body { padding: .6rem } table { font-size: "
    ".8rem } th, td { padding: .2rem } th.n { white-space: normal } "
    "th:first-child, td:first-child { min-width: 5rem } svg text { "
    "font-size: 18px } }\n"
    "@media print { :root { --ink: #000; --paper: #fff; --line: #aaa; "
    "--faint: #444; --pass: #2f7d4f; --defer: #c98a1b; --reject: #b3392f } "
    "body { max-width: none; padding: 0 } "
    "h2 { break-after: avoid } tr, svg, .figure { break-inside: avoid } }\n"
    "</style>\n</head>\n<body>\n";

static void
escape(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '<':
			(void)fputs("&lt;", out);
			break;
		case '>':
			(void)fputs("&gt;", out);
			break;
		case '&':
			(void)fputs("&amp;", out);
			break;
		case '"':
			(void)fputs("&quot;", out);
			break;
		case '\'':
			(void)fputs("&#39;", out);
			break;
		default:
			(void)fputc(*text, out);
		}
}

/* Bytes of it that end with a whole character. */
static size_t
shown_length(const char *text)
{
	size_t	len = strlen(text);

	if (len <= SHOWN)
		return len;
	len = SHOWN;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

/* What a stranger wrote: controls and direction marks as print.h shows them. */
static void
put_text(FILE *out, const char *text)
{
	size_t	 all = strlen(text), len = shown_length(text), size;
	char	*cut = strndup(text, len), *plain = NULL;
	FILE	*to = open_memstream(&plain, &size);

	(void)fputs("<bdi>", out);
	if (cut != NULL && to != NULL) {
		(void)print_text(to, cut);
		(void)fclose(to);
		escape(out, plain);
		to = NULL;
	}
	(void)fputs("</bdi>", out);
	if (len < all)
		(void)fprintf(out, " <span class=\"faint\">... of %zu bytes"
		    "</span>", all);
	if (to != NULL)
		(void)fclose(to);
	free(cut);
	free(plain);
}

static void
put_number(FILE *out, uint64_t n)
{
	(void)fprintf(out, "<td class=\"n\">%" PRIu64 "</td>", n);
}

static void
put_span(FILE *out, int64_t seconds, bool known)
{
	char	span[PRINT_SPAN_SIZE];

	(void)fprintf(out, "<td class=\"n\">%s</td>",
	    known ? print_span(seconds, span) : "-");
}

/* heads: the first is of texts, the others of numbers; NULL ends them. */
static void
begin_table(FILE *out, const char *title, const char *const *heads)
{
	(void)fprintf(out, "<h2>%s</h2>\n<div class=\"box\"><table>\n<tr>",
	    title);
	for (size_t i = 0; heads[i] != NULL; i++)
		(void)fprintf(out, "<th%s>%s</th>", i > 0 ? " class=\"n\"" :
		    "", heads[i]);
	(void)fputs("</tr>\n", out);
}

static void
end_table(FILE *out)
{
	(void)fputs("</table></div>\n", out);
}

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

static void
put_figure(FILE *out, const char *what, const char *now, const char *before)
{
	(void)fprintf(out, "<div class=\"figure\">%s<b>%s</b><span "
	    "class=\"faint\">before: %s</span></div>\n", what, now, before);
}

static void
put_count(FILE *out, const char *what, uint64_t now, uint64_t before)
{
	char	a[CELL], b[CELL];

	(void)snprintf(a, sizeof(a), "%" PRIu64, now);
	(void)snprintf(b, sizeof(b), "%" PRIu64, before);
	put_figure(out, what, a, b);
}

static void
put_figures(FILE *out, const struct report_page *p)
{
	const struct report_summary *n = p->now, *o = p->before;
	char	a[CELL], b[CELL];

	(void)fputs("<div class=\"figures\">\n", out);
	put_count(out, "attempts", n->pass + n->defer + n->reject,
	    o->pass + o->defer + o->reject);
	put_count(out, "passed", n->pass, o->pass);
	put_count(out, "passed at once", n->passed_at_once,
	    o->passed_at_once);
	put_count(out, "mail made to wait", n->waited, o->waited);
	put_count(out, "came later", n->came, o->came);
	put_count(out, "may still come", n->may_come, o->may_come);
	put_count(out, "never came back", n->never, o->never);
	if (n->observed + o->observed > 0)
		put_count(out, "of both, only observed", n->observed,
		    o->observed);
	put_figure(out, "blocked, of those that are over", blocked(n, a),
	    blocked(o, b));
	put_count(out, "refused as unknown", n->unknown, o->unknown);
	put_count(out, "clients banned", n->banned, o->banned);
	(void)fputs("</div>\n", out);
}

static void
put_delay(FILE *out, const char *what, const struct report_delay *d,
    const struct report_delay *before)
{
	(void)fputs("<tr><td>", out);
	put_text(out, what);
	(void)fputs("</td>", out);
	put_number(out, d->n);
	put_span(out, d->median, d->n > 0);
	put_span(out, d->p95, d->n > 0);
	put_span(out, d->worst, d->n > 0);
	put_span(out, before->median, before->n > 0);
	(void)fputs("</tr>\n", out);
}

static void
put_delays(FILE *out, const struct report_page *p)
{
	static const char *const heads[] = { "mail that came later", "number",
	    "median", "95 %", "worst", "median before", NULL };

	begin_table(out, "How long good mail waited", heads);
	put_delay(out, "all", &p->now->all, &p->before->all);
	for (size_t i = 0; i < p->now->n_ways; i++) {
		const struct report_way *w = &p->now->ways[i];
		struct report_delay before = report_way(p->before, w->name);

		put_delay(out, w->name, &w->delay, &before);
	}
	end_table(out);
	report_chart_delays(out, p->now);
}

static void
put_senders(FILE *out, const struct report_page *p)
{
	static const char *const heads[] = { "sender", "mails", "together",
	    "worst", NULL };

	if (p->now->n_senders == 0)
		return;
	begin_table(out, "Most delayed senders", heads);
	for (size_t i = 0; i < p->now->n_senders && i < p->top; i++) {
		const struct report_sender *s = &p->now->senders[i];

		(void)fputs("<tr><td>", out);
		put_text(out, s->sender[0] != '\0' ? s->sender : "<>");
		(void)fputs("</td>", out);
		put_number(out, s->n);
		put_span(out, s->total, true);
		put_span(out, s->worst, true);
		(void)fputs("</tr>\n", out);
	}
	end_table(out);
}

struct counts {
	const char	*title, *what;
	const struct report_count *at;
	size_t		 n;
};

static void
put_counts(FILE *out, const struct counts *c)
{
	const char *const heads[] = { c->what, "number", NULL };

	if (c->n == 0)
		return;
	begin_table(out, c->title, heads);
	for (size_t i = 0; i < c->n; i++) {
		(void)fputs("<tr><td>", out);
		put_text(out, c->at[i].name);
		(void)fputs("</td>", out);
		put_number(out, c->at[i].n);
		(void)fputs("</tr>\n", out);
	}
	end_table(out);
}

static void
put_growth(FILE *out, const struct report_page *p)
{
	char	size[PRINT_SPAN_SIZE];

	if (p->n_growth == 0)
		return;
	(void)fprintf(out, "<h2>The state</h2>\n<p>%" PRIu64 " records in %s"
	    "</p>\n", p->growth[p->n_growth - 1].records,
	    print_size((int64_t)p->growth[p->n_growth - 1].bytes, size));
	report_chart_growth(out, p);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void
report_print_html(FILE *out, const struct report_page *p)
{
	const struct counts at_once = { "Passed at once", "reason",
	    p->now->at_once, p->now->n_at_once };
	const struct counts reasons = { "Attempts by verdict and reason",
	    "verdict and reason", p->now->reasons, p->now->n_reasons };
	const struct counts rules = { "Rules by use", "rule", p->now->rules,
	    least(p->now->n_rules, p->top) };
	const struct counts entries = { "Entries by use", "entry",
	    p->now->entries, least(p->now->n_entries, p->top) };
	char	from[PRINT_TIME_SIZE], until[PRINT_TIME_SIZE];

	(void)fputs(head, out);
	(void)fprintf(out, "<h1>Greygate</h1>\n<p class=\"faint\">%s to %s, "
	    "compared with as long before</p>\n",
	    ctl_journal_time(p->now->from * 1000, true, from),
	    ctl_journal_time(p->now->until * 1000, true, until));
	if (p->note != NULL) {
		(void)fputs("<p class=\"note\">", out);
		escape(out, p->note);
		(void)fputs("</p>\n", out);
	}
	put_figures(out, p);
	(void)fputs("<h2>Attempts</h2>\n<p class=\"faint\"><span class=\"key "
	    "pass\"></span>passed <span class=\"key defer\"></span>deferred "
	    "<span class=\"key reject\"></span>refused</p>\n", out);
	report_chart_attempts(out, p->now);
	put_delays(out, p);
	put_senders(out, p);
	put_counts(out, &at_once);
	put_counts(out, &reasons);
	put_counts(out, &rules);
	put_counts(out, &entries);
	put_growth(out, p);
	(void)fputs("</body>\n</html>\n", out);
}
