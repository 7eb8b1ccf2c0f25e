/* SPDX-License-Identifier: ISC
 * control/ctl_explain.c - a decision, step by step, for people. */
#include "control/ctl.h"

#include <inttypes.h>
#include <string.h>

#include "control/print.h"
#include "control/table.h"

enum { STEP = 14, IDENTITY = 24 };	/* columns */

static const char *
text_of(const struct json *item, const char *key)
{
	const char	*text = json_get_text(item, key);

	return text == NULL ? "" : text;
}

static void
print_part(FILE *out, const char *before, const char *text)
{
	if (text[0] == '\0')
		return;
	(void)fputs(before, out);
	(void)print_text(out, text);
}

static void
print_mail(FILE *out, const struct json *item)
{
	const char	*client = text_of(item, "client");

	print_label(out, "mail");
	(void)fputs("from ", out);
	(void)print_text(out, client[0] != '\0' ? client : "this host");
	print_part(out, json_get_bool(item, "verified") ? " " :
	    " (not confirmed) ", text_of(item, "name"));
	print_part(out, ", HELO ", text_of(item, "helo"));
	print_part(out, ", logged in as ", text_of(item, "auth"));
	(void)fputc('\n', out);
	print_label(out, "");
	(void)fputc('<', out);
	(void)print_text(out, text_of(item, "sender"));
	(void)fputs("> to <", out);
	(void)print_text(out, text_of(item, "recipient"));
	(void)fputs(">\n", out);
}

static void
print_then(FILE *out, const struct json *then)
{
	char	time[PRINT_TIME_SIZE];

	if (json_get_text(then, "verdict") == NULL)
		return;
	print_label(out, "was decided");
	(void)print_text(out, text_of(then, "verdict"));
	print_part(out, " ", text_of(then, "reason"));
	print_part(out, ", would have been ", text_of(then, "would"));
	(void)fprintf(out, ", %s\n", print_local(json_get_text(then, "time"),
	    time));
}

static void
print_identities(FILE *out, const struct json *list)
{
	for (size_t i = 0; i < json_length(list); i++) {
		const struct json *one = json_at(list, i);
		const char *identity = text_of(one, "identity");

		print_label(out, i == 0 ? "identities" : "");
		print_cell(out, identity[0] != '\0' ? identity : "-",
		    IDENTITY);
		if (identity[0] != '\0' && !json_get_bool(one, "proved"))
			(void)fputs("not proved: ", out);
		(void)print_text(out, text_of(one, "how"));
		(void)fputc('\n', out);
	}
}

static void
print_step(const struct ctl *ctl, const struct json *step)
{
	const struct json	*saw = json_get(step, "looked_at");
	bool			 decides = strcmp(text_of(step, "outcome"),
				    "decides") == 0;

	for (size_t i = 0; i < json_length(saw) || i == 0; i++) {
		(void)fputs(decides && i == 0 ? "=> " : "   ", ctl->out);
		print_cell(ctl->out, i == 0 ? text_of(step, "step") : "",
		    STEP);
		if (i < json_length(saw))
			(void)print_text(ctl->out,
			    json_text(json_at(saw, i)));
		(void)fputc('\n', ctl->out);
	}
}

/* Those that an earlier one spared take one line together. */
static void
print_steps(const struct ctl *ctl, const struct json *steps)
{
	const char	*before = "   not asked: ";

	(void)fputs("steps, in their order\n", ctl->out);
	for (size_t i = 0; i < json_length(steps); i++) {
		const struct json *step = json_at(steps, i);

		if (strcmp(text_of(step, "outcome"), "not asked") != 0) {
			print_step(ctl, step);
			continue;
		}
		print_part(ctl->out, before, text_of(step, "step"));
		before = ", ";
	}
	if (before[0] == ',')
		(void)fputc('\n', ctl->out);
}

static void
print_verdict(const struct ctl *ctl, const struct json *item)
{
	const char	*verdict = text_of(item, "verdict");
	const char	*reply = text_of(item, "reply");

	print_label(ctl->out, "verdict");
	table_paint(ctl, table_verdict(verdict), verdict);
	print_part(ctl->out, " ", text_of(item, "reason"));
	print_part(ctl->out, ", would be ", text_of(item, "would"));
	print_part(ctl->out, ", by ", text_of(item, "by"));
	print_part(ctl->out, ", rule ", text_of(item, "rule"));
	(void)fputc('\n', ctl->out);
	print_label(ctl->out, "reply");
	(void)print_text(ctl->out, reply[0] != '\0' ? reply :
	    "none: the MTA goes on");
	if (strcmp(text_of(item, "reason"), "held") == 0)
		(void)fputs(" (at DATA)", ctl->out);
	(void)fputc('\n', ctl->out);
}

static void
print_retry(FILE *out, const struct json *retry)
{
	char	from[PRINT_TIME_SIZE], until[PRINT_TIME_SIZE];
	char	span[PRINT_SPAN_SIZE];

	if (!json_has_int(retry, "wait"))
		return;
	print_label(out, "retry");
	(void)fprintf(out, "passes from %s (in %s) until %s\n",
	    print_local(json_get_text(retry, "from"), from),
	    print_span(json_get_int(retry, "wait"), span),
	    print_local(json_get_text(retry, "until"), until));
}

static void
print_entries(FILE *out, const struct json *item)
{
	const struct json	*entries = json_get(item, "entries");
	const char		*why_not = text_of(item, "why_not");

	if (json_length(entries) > 0) {
		print_label(out, "to let it in");
		(void)fputs("one of these, the narrowest first:\n", out);
	}
	for (size_t i = 0; i < json_length(entries); i++) {
		(void)fputs("greyctl whitelist add ", out);
		print_word(out, text_of(json_at(entries, i), "entry"));
		(void)fputc('\n', out);
	}
	if (why_not[0] == '\0')
		return;
	print_label(out, "no wider one");
	(void)print_text(out, why_not);
	(void)fputc('\n', out);
}

/* What else helps: of the recipient, of a ban. */
static void
print_help(FILE *out, const struct json *item)
{
	const char	*reason = text_of(item, "reason");
	const char	*command = NULL, *word = NULL;

	if (strcmp(reason, "unknown-recipient") == 0 ||
	    strcmp(reason, "directory-down") == 0) {
		command = "greyctl recipient test ";
		word = text_of(item, "recipient");
	} else if (strcmp(reason, "harvesting") == 0) {
		command = "greyctl harvest forgive ";
		word = text_of(item, "client");
	}
	if (command == NULL)
		return;
	(void)fputs(command, out);
	print_word(out, word);
	(void)fputc('\n', out);
}

void
ctl_show_explain(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const struct json	*notes = json_get(item, "notes");

	(void)nth;
	print_mail(ctl->out, item);
	print_then(ctl->out, json_get(item, "then"));
	print_identities(ctl->out, json_get(item, "identities"));
	print_steps(ctl, json_get(item, "steps"));
	print_verdict(ctl, item);
	print_retry(ctl->out, json_get(item, "retry"));
	for (size_t i = 0; i < json_length(notes); i++) {
		print_label(ctl->out, "note");
		(void)print_text(ctl->out, json_text(json_at(notes, i)));
		(void)fputc('\n', ctl->out);
	}
	print_help(ctl->out, item);
	print_entries(ctl->out, item);
}
