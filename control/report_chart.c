/* SPDX-License-Identifier: ISC
 * control/report_chart.c - bars and a line, in units that the page scales. */
#include "control/report_chart.h"

#include <inttypes.h>
#include <time.h>

#include "control/print.h"

/* The drawing is WIDTH by HEIGHT; below and left of the plot is room for words. */
enum { WIDTH = 720, HEIGHT = 220, LEFT = 72, TOP = 12, BOTTOM = 34,
    LABEL = 44, PLOT = WIDTH - LEFT, PLOT_HEIGHT = HEIGHT - TOP - BOTTOM };

static void
begin(FILE *out, const char *title)
{
	(void)fprintf(out, "<div class=\"box\"><svg viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-label=\"%s\">\n", WIDTH, HEIGHT, title);
}

static void
end(FILE *out)
{
	(void)fputs("</svg></div>\n", out);
}

static void
label(FILE *out, double x, double y, const char *anchor, const char *text)
{
	(void)fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s"
	    "</text>\n", x, y, anchor, text);
}

static void
axis(FILE *out, const char *most)
{
	(void)fprintf(out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n",
	    LEFT, TOP, HEIGHT - BOTTOM, WIDTH);
	label(out, LEFT - 6, TOP + 8, "end", most);
	label(out, LEFT - 6, HEIGHT - BOTTOM, "end", "0");
}

static void
bar(FILE *out, const char *class, double x, double width, double from,
    double to)
{
	if (to <= from)
		return;
	(void)fprintf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" "
	    "width=\"%.1f\" height=\"%.1f\"/>\n", class, x,
	    HEIGHT - BOTTOM - to, width, to - from);
}

static void
day_of(int64_t seconds, bool hours, char *out, size_t size)
{
	time_t		at = (time_t)seconds;
	struct tm	tm;

	if (localtime_r(&at, &tm) == NULL ||
	    strftime(out, size, hours ? "%H:%M" : "%m-%d", &tm) == 0)
		out[0] = '\0';
}

static double
height(uint64_t n, uint64_t most)
{
	return most == 0 ? 0 : (double)n * PLOT_HEIGHT / (double)most;
}

void
report_chart_attempts(FILE *out, const struct report_summary *s)
{
	double		step = s->n_slots == 0 ? 0 : (double)PLOT /
			    (double)s->n_slots;
	size_t		each = s->n_slots / 8 + 1;
	uint64_t	most = 0;
	char		text[32];

	for (size_t i = 0; i < s->n_slots; i++) {
		const struct report_slot *t = &s->slots[i];

		if (t->pass + t->defer + t->reject > most)
			most = t->pass + t->defer + t->reject;
	}
	begin(out, "attempts over time, by verdict");
	(void)snprintf(text, sizeof(text), "%" PRIu64, most);
	axis(out, text);
	for (size_t i = 0; i < s->n_slots; i++) {
		const struct report_slot *t = &s->slots[i];
		double	x = LEFT + (double)i * step, pass, defer;

		pass = height(t->pass, most);
		defer = height(t->pass + t->defer, most);
		bar(out, "pass", x, step * 0.9, 0, pass);
		bar(out, "defer", x, step * 0.9, pass, defer);
		bar(out, "reject", x, step * 0.9, defer, height(t->pass +
		    t->defer + t->reject, most));
		day_of(t->start, s->slot < 86400, text, sizeof(text));
		if (i % each == 0 && x + LABEL <= WIDTH)
			label(out, x, HEIGHT - BOTTOM + 18, "start", text);
	}
	end(out);
}

static void
part_name(unsigned part, char *out, size_t size)
{
	char	span[PRINT_SPAN_SIZE];

	if (report_spread(part) == INT64_MAX)
		(void)snprintf(out, size, "longer");
	else
		(void)snprintf(out, size, "%s",
		    print_span(report_spread(part), span));
}

void
report_chart_delays(FILE *out, const struct report_summary *s)
{
	double		step = (double)PLOT / REPORT_SPREAD;
	uint64_t	most = 0;
	char		text[32];

	for (unsigned i = 0; i < REPORT_SPREAD; i++)
		if (s->spread[i] > most)
			most = s->spread[i];
	begin(out, "how long mail waited that came later");
	(void)snprintf(text, sizeof(text), "%" PRIu64, most);
	axis(out, text);
	for (unsigned i = 0; i < REPORT_SPREAD; i++) {
		double	x = LEFT + i * step;

		bar(out, "pass", x + step * 0.1, step * 0.8, 0,
		    height(s->spread[i], most));
		part_name(i, text, sizeof(text));
		label(out, x + step / 2, HEIGHT - BOTTOM + 18, "middle", text);
	}
	end(out);
}

void
report_chart_growth(FILE *out, const struct report_page *p)
{
	uint64_t	most = 0;
	int64_t		first;
	char		text[PRINT_SPAN_SIZE];

	if (p->n_growth < 2)
		return;
	first = p->growth[0].at;
	for (size_t i = 0; i < p->n_growth; i++)
		if (p->growth[i].bytes > most)
			most = p->growth[i].bytes;
	begin(out, "size of the state over time");
	axis(out, print_size((int64_t)most, text));
	(void)fputs("<path class=\"line\" d=\"", out);
	/* By its time: an hour without mail is not among them. */
	for (size_t i = 0; i < p->n_growth; i++)
		(void)fprintf(out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', LEFT +
		    (double)(p->growth[i].at - first) * PLOT /
		    (double)(p->growth[p->n_growth - 1].at - first),
		    HEIGHT - BOTTOM - height(p->growth[i].bytes, most));
	(void)fputs("\"/>\n", out);
	day_of(p->growth[0].at, false, text, sizeof(text));
	label(out, LEFT, HEIGHT - BOTTOM + 18, "start", text);
	day_of(p->growth[p->n_growth - 1].at, false, text, sizeof(text));
	label(out, WIDTH, HEIGHT - BOTTOM + 18, "end", text);
	end(out);
}
