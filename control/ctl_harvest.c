/* SPDX-License-Identifier: ISC
 * control/ctl_harvest.c - clients that guess recipients, for people. */
#include "control/ctl.h"

#include <inttypes.h>

#include "control/print.h"

enum { COUNT = 8, SPAN = 8 };

static const char *
text_of(const struct json *item, const char *key)
{
	const char	*text = json_get_text(item, key);

	return text == NULL ? "" : text;
}

static const char *
count(const struct json *item, const char *key, char out[PRINT_SPAN_SIZE])
{
	(void)snprintf(out, PRINT_SPAN_SIZE, "%" PRId64,
	    json_get_int(item, key));
	return out;
}

void
ctl_show_harvest(const struct ctl *ctl, const struct json *item, size_t nth)
{
	int64_t	since = print_second_of(json_get_text(item, "since"));
	int64_t	until = print_second_of(json_get_text(item, "until"));
	char	text[PRINT_SPAN_SIZE];

	if (nth == 0) {
		print_cell(ctl->out, "UNKNOWN", COUNT);
		print_cell(ctl->out, "KNOWN", COUNT);
		print_cell(ctl->out, "SINCE", SPAN);
		print_cell(ctl->out, "BAN ENDS", SPAN);
		(void)fputs("IDENTITY\n", ctl->out);
	}
	print_cell(ctl->out, count(item, "unknown", text), COUNT);
	print_cell(ctl->out, count(item, "known", text), COUNT);
	print_cell(ctl->out, print_span(ctl->now - since, text), SPAN);
	print_cell(ctl->out, until == -1 ? "-" :
	    print_span(until - ctl->now, text), SPAN);
	(void)print_text(ctl->out, text_of(item, "identity"));
	(void)fputc('\n', ctl->out);
}

static void
print_cleared(FILE *out, const struct json *entry)
{
	const char	*until = json_get_text(entry, "until");
	char		 text[PRINT_TIME_SIZE];

	(void)fputs("    ", out);
	(void)print_text(out, text_of(entry, "identity"));
	(void)fprintf(out, " had %" PRId64 " unknown, %" PRId64 " known",
	    json_get_int(entry, "unknown"), json_get_int(entry, "known"));
	if (until != NULL)
		(void)fprintf(out, " and was banned until %s",
		    print_local(until, text));
	(void)fputc('\n', out);
}

void
ctl_show_forgiven(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const struct json	*cleared = json_get(item, "cleared");

	(void)nth;
	(void)fputs("forgiven: ", ctl->out);
	(void)print_text(ctl->out, text_of(item, "addr"));
	(void)fputs(", ", ctl->out);
	(void)print_text(ctl->out, text_of(item, "net"));
	(void)fputc('\n', ctl->out);
	for (size_t i = 0; i < json_length(cleared); i++)
		print_cleared(ctl->out, json_at(cleared, i));
}
