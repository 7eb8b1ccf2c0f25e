/* SPDX-License-Identifier: ISC
 * control/ctl_learned.c - whom our users wrote to, for people. */
#include "control/ctl.h"

#include <inttypes.h>
#include <string.h>

#include "control/print.h"

enum { COUNT = 7, SPAN = 7, ADDRESS = 26 };

static const char *
text_of(const struct json *item, const char *key)
{
	const char	*text = json_get_text(item, key);

	return text == NULL ? "" : text;
}

static const char *
age(const struct ctl *ctl, const struct json *item, const char *key,
    char out[PRINT_SPAN_SIZE])
{
	int64_t	at = print_second_of(json_get_text(item, key));

	return at == -1 ? "-" : print_span(ctl->now - at, out);
}

static void
print_count(FILE *out, const struct json *item, const char *key)
{
	char	text[PRINT_SPAN_SIZE];

	(void)snprintf(text, sizeof(text), "%" PRId64,
	    json_get_int(item, key));
	print_cell(out, text, COUNT);
}

/* Where who logged in has another name. */
static bool
has_login(const struct json *item)
{
	return strcmp(text_of(item, "user"), text_of(item, "ours")) != 0;
}

static void
print_login(FILE *out, const struct json *item)
{
	if (!has_login(item))
		return;
	(void)fputs(" (login ", out);
	(void)print_text(out, text_of(item, "user"));
	(void)fputc(')', out);
}

/* Ages first: they are short, and a long address pushes nothing away. */
void
ctl_show_learned(const struct ctl *ctl, const struct json *item, size_t nth)
{
	char	text[PRINT_SPAN_SIZE];

	if (nth == 0) {
		print_cell(ctl->out, "FIRST", SPAN);
		print_cell(ctl->out, "LAST", SPAN);
		print_cell(ctl->out, "LETTERS", COUNT);
		print_cell(ctl->out, "ANSWERS", COUNT);
		print_cell(ctl->out, "OUTSIDE", ADDRESS);
		(void)fputs("WRITTEN TO BY\n", ctl->out);
	}
	print_cell(ctl->out, age(ctl, item, "first", text), SPAN);
	print_cell(ctl->out, age(ctl, item, "last", text), SPAN);
	print_count(ctl->out, item, "letters");
	print_count(ctl->out, item, "answers");
	print_cell(ctl->out, text_of(item, "outside"), ADDRESS);
	(void)print_text(ctl->out, text_of(item, "ours"));
	print_login(ctl->out, item);
	(void)fputc('\n', ctl->out);
}

static void
print_answers(FILE *out, const struct json *item)
{
	const struct json	*list = json_get(item, "identities");
	char			 time[PRINT_TIME_SIZE];

	print_label(out, "  answers");
	(void)fprintf(out, "%" PRId64, json_get_int(item, "answers"));
	if (json_get_text(item, "answered") != NULL)
		(void)fprintf(out, ", the latest %s",
		    print_local(json_get_text(item, "answered"), time));
	for (size_t i = 0; i < json_length(list); i++) {
		(void)fputs(i == 0 ? ", by " : ", ", out);
		(void)print_text(out, json_text(json_at(list, i)));
	}
	(void)fputc('\n', out);
}

void
ctl_show_correspondent(const struct ctl *ctl, const struct json *item,
    size_t nth)
{
	FILE	*out = ctl->out;
	char	 time[PRINT_TIME_SIZE];

	if (nth == 0) {
		(void)print_text(out, text_of(item, "outside"));
		(void)fputs(" may answer:\n", out);
	}
	(void)print_text(out, text_of(item, "ours"));
	print_login(out, item);
	(void)fputc('\n', out);
	print_label(out, "  letters");
	(void)fprintf(out, "%" PRId64 ", the first %s",
	    json_get_int(item, "letters"),
	    print_local(json_get_text(item, "first"), time));
	(void)fprintf(out, ", the latest %s",
	    print_local(json_get_text(item, "last"), time));
	if (json_get_text(item, "queue") != NULL) {
		(void)fputs(", queue id ", out);
		(void)print_text(out, text_of(item, "queue"));
	}
	(void)fputc('\n', out);
	print_answers(out, item);
	print_label(out, "  until");
	(void)fprintf(out, "%s\n", print_local(json_get_text(item, "expires"),
	    time));
}

void
ctl_show_unlearned(const struct ctl *ctl, const struct json *item, size_t nth)
{
	(void)nth;
	(void)fprintf(ctl->out, "%" PRId64 " forgotten\n",
	    json_get_int(item, "forgotten"));
}
