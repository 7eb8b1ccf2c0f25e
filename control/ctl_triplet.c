/* SPDX-License-Identifier: ISC
 * control/ctl_triplet.c - records for people. */
#include "control/ctl.h"

#include <inttypes.h>
#include <string.h>

#include "control/print.h"

/* Columns of a listing; what is longer pushes the rest to the right. */
enum { STATE = 9, AGE = 7, TRIES = 5, IDENTITY = 20, SENDER = 28 };

static const char *
text_of(const struct json *item, const char *key)
{
	const char	*text = json_get_text(item, key);

	if (text == NULL)
		return "-";
	return text[0] == '\0' ? "<>" : text;
}

static void
state_of(const struct json *item, char *out, size_t size)
{
	if (strcmp(text_of(item, "state"), "proof") != 0)
		(void)snprintf(out, size, "%s", text_of(item, "state"));
	else
		(void)snprintf(out, size, "proof %" PRId64 "/%" PRId64,
		    json_get_int(item, "passes"),
		    json_get_int(item, "needed"));
}

static const char *
age(const struct ctl *ctl, const struct json *item, const char *key,
    char out[PRINT_SPAN_SIZE])
{
	int64_t	at = print_second_of(json_get_text(item, key));

	return at == -1 ? "-" : print_span(ctl->now - at, out);
}

static void
print_head(FILE *out)
{
	print_cell(out, "STATE", STATE);
	print_cell(out, "FIRST", AGE);
	print_cell(out, "LAST", AGE);
	print_cell(out, "EXPIRES", AGE);
	print_cell(out, "TRIES", TRIES);
	print_cell(out, "IDENTITY", IDENTITY);
	print_cell(out, "SENDER", SENDER);
	(void)fputs("RECIPIENT\n", out);
}

void
ctl_show_list(const struct ctl *ctl, const struct json *item, size_t nth)
{
	int64_t	expires = print_second_of(json_get_text(item, "expires"));
	char	span[PRINT_SPAN_SIZE], text[32];

	if (nth == 0)
		print_head(ctl->out);
	state_of(item, text, sizeof(text));
	print_cell(ctl->out, text, STATE);
	print_cell(ctl->out, age(ctl, item, "first", span), AGE);
	print_cell(ctl->out, age(ctl, item, "last", span), AGE);
	print_cell(ctl->out, print_span(expires - ctl->now, span), AGE);
	(void)snprintf(text, sizeof(text), "%" PRId64,
	    json_get_int(item, "tries"));
	print_cell(ctl->out, strcmp(text, "0") == 0 ? "-" : text, TRIES);
	print_cell(ctl->out, text_of(item, "identity"), IDENTITY);
	print_cell(ctl->out, text_of(item, "sender"), SENDER);
	(void)print_text(ctl->out, text_of(item, "recipient"));
	(void)fputc('\n', ctl->out);
}

static void
print_name(FILE *out, const struct json *item)
{
	(void)print_text(out, text_of(item, "identity"));
	if (json_get_text(item, "sender") != NULL) {
		(void)fputs(", ", out);
		(void)print_text(out, text_of(item, "sender"));
	}
	if (json_get_text(item, "recipient") != NULL) {
		(void)fputs(" to ", out);
		(void)print_text(out, text_of(item, "recipient"));
	}
}

/* A pending triplet's retry: when it would pass, or that it comes too late. */
static void
print_retry(FILE *out, const struct json *item)
{
	int64_t	passes = json_get_int(item, "passes_in");
	int64_t	ends = json_get_int(item, "window_ends_in");
	char	span[PRINT_SPAN_SIZE];

	if (ends == 0) {
		(void)fputs("    its window is over: the next attempt begins a "
		    "new one\n", out);
		return;
	}
	if (passes == 0)
		(void)fputs("    a retry passes now", out);
	else
		(void)fprintf(out, "    a retry passes in %s",
		    print_span(passes, span));
	(void)fprintf(out, ", its window ends in %s\n",
	    print_span(ends, span));
}

void
ctl_show_record(const struct ctl *ctl, const struct json *item, size_t nth)
{
	char	state[32], first[PRINT_SPAN_SIZE], last[PRINT_SPAN_SIZE];
	char	left[PRINT_SPAN_SIZE];

	(void)nth;
	print_name(ctl->out, item);
	state_of(item, state, sizeof(state));
	(void)fputs("\n    ", ctl->out);
	(void)print_text(ctl->out, state);
	(void)fprintf(ctl->out, ", first seen %s ago, last %s ago, tries %"
	    PRId64 ", passes %" PRId64 "\n",
	    age(ctl, item, "first", first), age(ctl, item, "last", last),
	    json_get_int(item, "tries"), json_get_int(item, "passes"));
	if (json_has_int(item, "passes_in"))
		print_retry(ctl->out, item);
	(void)fprintf(ctl->out, "    forgotten in %s unless used\n",
	    print_span(json_get_int(item, "forgotten_in"), left));
}

void
ctl_show_pass(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const char	*was = json_get_text(item, "was");
	char		 until[PRINT_TIME_SIZE];

	(void)nth;
	(void)fputs("passed: ", ctl->out);
	print_name(ctl->out, item);
	(void)fprintf(ctl->out, "\n    it was %s; remembered until %s, longer "
	    "if used\n", was == NULL ? "not known" : was,
	    print_local(json_get_text(item, "expires"), until));
}

void
ctl_show_forget(const struct ctl *ctl, const struct json *item, size_t nth)
{
	int64_t	n = json_get_int(item, "forgotten");

	(void)nth;
	if (n > 0)
		(void)fprintf(ctl->out, "%" PRId64 " record%s forgotten\n", n,
		    n == 1 ? "" : "s");
}
