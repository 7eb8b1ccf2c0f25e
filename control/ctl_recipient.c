/* SPDX-License-Identifier: ISC
 * control/ctl_recipient.c - what is known of recipients, for people. */
#include "control/ctl.h"

#include <inttypes.h>
#include <string.h>

#include "control/print.h"

/* Columns of who was asked. */
enum { SOURCE = 20, ANSWER = 11, TIME = 8 };

static const char *
text_of(const struct json *item, const char *key)
{
	const char	*text = json_get_text(item, key);

	return text == NULL ? "" : text;
}

static const char *
micros(const struct json *item, const char *key, char out[PRINT_SPAN_SIZE])
{
	return json_has_int(item, key) ?
	    print_micros(json_get_int(item, key), out) : "-";
}

/* One source, what it answered and how fast. */
static void
print_source(FILE *out, const struct json *s)
{
	const char	*note = text_of(s, "note");
	char		 span[PRINT_SPAN_SIZE];

	print_cell(out, text_of(s, "source"), SOURCE);
	print_cell(out, text_of(s, "answer"), ANSWER);
	if (note[0] == '\0')
		(void)fputs(micros(s, "micros", span), out);
	else
		print_cell(out, micros(s, "micros", span), TIME);
	(void)print_text(out, note);
	(void)fputc('\n', out);
}

static void
print_asked(FILE *out, const struct json *sources)
{
	if (json_length(sources) == 0)
		return;
	print_cell(out, "SOURCE", SOURCE);
	print_cell(out, "ANSWER", ANSWER);
	print_cell(out, "TIME", TIME);
	(void)fputs("NOTE\n", out);
	for (size_t i = 0; i < json_length(sources); i++)
		print_source(out, json_at(sources, i));
	(void)fputc('\n', out);
}

/* "yes, from source ldap:ad, in 1.2ms"; a list's name says that it is one. */
static void
print_answer(FILE *out, const struct json *item)
{
	const char	*by = text_of(item, "by");
	const char	*from = text_of(item, "from");
	const char	*checked = json_get_text(item, "checked");
	char		 text[PRINT_TIME_SIZE];

	print_label(out, "answer");
	(void)print_text(out, text_of(item, "answer"));
	(void)fputs(", from ", out);
	if (strcmp(from, "list") != 0 || by[0] == '\0')
		(void)print_text(out, from);
	if (by[0] != '\0' && strcmp(by, from) != 0) {
		(void)fputs(strcmp(from, "list") == 0 ? "" : " ", out);
		(void)print_text(out, by);
	}
	(void)fprintf(out, ", in %s", micros(item, "micros", text));
	if (checked != NULL)
		(void)fprintf(out, ", last told by a source at %s",
		    print_local(checked, text));
	if (json_get_bool(item, "former") &&
	    strcmp(text_of(item, "answer"), "yes") != 0)
		(void)fputs(", a user once", out);
	(void)fputc('\n', out);
}

static void
print_labelled(FILE *out, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	print_label(out, label);
	(void)print_text(out, text);
	(void)fputc('\n', out);
}

void
ctl_show_recipient(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const char	*note = text_of(item, "smtp_note");

	(void)nth;
	print_asked(ctl->out, json_get(item, "sources"));
	print_labelled(ctl->out, "recipient", text_of(item, "address"));
	print_answer(ctl->out, item);
	print_labelled(ctl->out, "why", text_of(item, "why"));
	print_label(ctl->out, "SMTP");
	(void)print_text(ctl->out, text_of(item, "smtp"));
	if (note[0] != '\0') {
		(void)fputs(" (", ctl->out);
		(void)print_text(ctl->out, note);
		(void)fputc(')', ctl->out);
	}
	(void)fputc('\n', ctl->out);
}

static void
print_cache(FILE *out, const struct json *c)
{
	print_label(out, "cache");
	(void)fprintf(out, "%" PRId64 " yes, %" PRId64 " no; %" PRId64
	    " hits, %" PRId64 " misses; %" PRId64 " not kept\n",
	    json_get_int(c, "yes"), json_get_int(c, "no"),
	    json_get_int(c, "hits"), json_get_int(c, "misses"),
	    json_get_int(c, "refused"));
}

static void
print_counts(FILE *out, const struct json *h)
{
	print_label(out, "harvest");
	(void)fprintf(out, "%" PRId64 " unknown, %" PRId64 " known since the "
	    "start; %" PRId64 " bans begun, %" PRId64 " in force\n",
	    json_get_int(h, "unknown"), json_get_int(h, "known"),
	    json_get_int(h, "bans"), json_get_int(h, "banned"));
}

static void
print_list(FILE *out, const struct json *s)
{
	char	size[PRINT_SPAN_SIZE], since[PRINT_TIME_SIZE];

	(void)fprintf(out, "%" PRId64 " %saddresses, %s, in force since %s; "
	    "%" PRId64 " asked, %" PRId64 " found\n",
	    json_get_int(s, "addresses"), json_get_bool(s, "hashed") ?
	    "hashed " : "", print_size(json_get_int(s, "bytes"), size),
	    print_local(json_get_text(s, "adopted"), since),
	    json_get_int(s, "asked"), json_get_int(s, "found"));
}

static void
print_live(FILE *out, const struct json *s)
{
	char	mean[PRINT_SPAN_SIZE], slowest[PRINT_SPAN_SIZE];

	(void)fprintf(out, "%" PRId64 " asked: %" PRId64 " yes, %" PRId64
	    " no, %" PRId64 " failed, %" PRId64 " overdue; mean %s, slowest "
	    "%s; %" PRId64 " waiting, %" PRId64 " queued\n",
	    json_get_int(s, "asked"), json_get_int(s, "yes"),
	    json_get_int(s, "no"), json_get_int(s, "failed"),
	    json_get_int(s, "overdue"), micros(s, "mean_micros", mean),
	    micros(s, "slowest_micros", slowest), json_get_int(s, "waiting"),
	    json_get_int(s, "queued"));
}

/* What is wrong with a source, below its line. */
static void
print_trouble(FILE *out, const struct json *s)
{
	const char	*trouble = text_of(s, "trouble");
	const char	*doubt = text_of(s, "doubt");
	const char	*down = json_get_text(s, "down_since");
	char		 since[PRINT_TIME_SIZE];

	if (down != NULL)
		(void)fprintf(out, "    down since %s%s",
		    print_local(down, since), trouble[0] == '\0' ? "\n" : ": ");
	else if (trouble[0] != '\0')
		(void)fputs(strcmp(text_of(s, "kind"), "live") == 0 ?
		    "    latest trouble: " : "    trouble: ", out);
	if (trouble[0] != '\0') {
		(void)print_text(out, trouble);
		(void)fputc('\n', out);
	}
	if (doubt[0] != '\0') {
		(void)fputs("    its no is not believed: ", out);
		(void)print_text(out, doubt);
		(void)fputc('\n', out);
	}
}

void
ctl_show_sources(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const struct json	*sources = json_get(item, "sources");

	(void)nth;
	print_cache(ctl->out, json_get(item, "cache"));
	print_counts(ctl->out, json_get(item, "harvest"));
	if (json_length(sources) == 0)
		print_labelled(ctl->out, "sources",
		    "none: no recipient is checked");
	for (size_t i = 0; i < json_length(sources); i++) {
		const struct json *s = json_at(sources, i);

		print_label(ctl->out, text_of(s, "name"));
		if (strcmp(text_of(s, "kind"), "list") == 0)
			print_list(ctl->out, s);
		else
			print_live(ctl->out, s);
		print_trouble(ctl->out, s);
	}
}

void
ctl_show_forgotten(const struct ctl *ctl, const struct json *item, size_t nth)
{
	(void)nth;
	(void)fputs("forgotten: ", ctl->out);
	(void)print_text(ctl->out, text_of(item, "forgotten"));
	(void)fputc('\n', ctl->out);
}

void
ctl_show_adopted(const struct ctl *ctl, const struct json *item, size_t nth)
{
	int64_t	n = json_get_int(item, "adopted");

	(void)nth;
	(void)fprintf(ctl->out, "%" PRId64 " source%s adopted\n", n,
	    n == 1 ? "" : "s");
}

/* The first item begins the file, the last one ends it. What no line can hold
 * is told of where it is seen, too. */
void
ctl_show_export(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const char	*lines = text_of(item, "lines");
	int64_t		 left_out = json_get_int(item, "left_out");

	if (nth == 0) {
		(void)fputs("# recipients, exported by greygate ", ctl->out);
		(void)print_text(ctl->out, text_of(item, "version"));
		(void)fputs(" at ", ctl->out);
		(void)print_text(ctl->out, text_of(item, "time"));
		(void)fputc('\n', ctl->out);
	}
	while (*lines != '\0')
		lines = print_line(ctl->out, lines);
	if (left_out > 0)
		(void)fprintf(ctl->messages, "greyctl: %" PRId64 " left out: "
		    "no line of a list can hold them\n", left_out);
	if (json_has_int(item, "count"))
		(void)fprintf(ctl->out, "# end of list, %" PRId64
		    " addresses\n", json_get_int(item, "count"));
}
