/* SPDX-License-Identifier: ISC
 * control/ctl_advise.c - which entries match a mail, and which would be fit for
 * it, for people. */
#include "control/ctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/print.h"

static const char *
text_of(const struct json *item, const char *key)
{
	const char	*text = json_get_text(item, key);

	return text == NULL ? "" : text;
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

static void
print_proof(FILE *out, const struct json *proof)
{
	const char	*why = text_of(proof, "why");

	print_label(out, "sender");
	(void)fputs(json_get_bool(proof, "proven") ? "proven by " :
	    "not proven", out);
	(void)fputs(why[0] != '\0' ? ": " : "", out);
	(void)print_text(out, json_get_bool(proof, "proven") ?
	    text_of(proof, "by") : why);
	(void)fputc('\n', out);
}

static void
print_entry(FILE *out, const struct json *item)
{
	(void)print_text(out, text_of(item, "entry"));
	(void)fprintf(out, " (%s: ", text_of(item, "origin"));
	(void)print_text(out, text_of(item, "where"));
	(void)fputc(')', out);
}

static void
print_near(FILE *out, const struct json *near, int64_t left_out)
{
	for (size_t i = 0; i < json_length(near); i++) {
		print_label(out, i == 0 ? "nearly" : "");
		print_entry(out, json_at(near, i));
		(void)fputs("\n    ", out);
		(void)print_text(out, text_of(json_at(near, i), "why"));
		(void)fputc('\n', out);
	}
	if (left_out > 0)
		(void)fprintf(out, "    and %" PRId64 " more\n", left_out);
}

void
ctl_show_test(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const char	*by = text_of(item, "by");
	const char	*limit = text_of(item, "limit");

	(void)nth;
	print_label(ctl->out, "passes");
	if (json_get_bool(item, "passes")) {
		(void)fputs("by ", ctl->out);
		print_entry(ctl->out, json_get(item, "match"));
		(void)fputs(by[0] != '\0' ? ", proven by " : "", ctl->out);
		(void)print_text(ctl->out, by);
		(void)fputc('\n', ctl->out);
	} else
		(void)fputs("by no entry\n", ctl->out);
	print_proof(ctl->out, json_get(item, "proof"));
	print_near(ctl->out, json_get(item, "near"),
	    json_get_int(item, "near_left_out"));
	if (limit[0] == '\0')
		return;
	print_labelled(ctl->out, "limit", limit);
	(void)fputs("    takes too long on this mail and does not match it: "
	    "make it simpler\n", ctl->out);
}

static void
print_decision(FILE *out, const struct json *item)
{
	const char	*would = text_of(item, "would");
	const char	*rule = text_of(item, "rule");
	char		 time[PRINT_TIME_SIZE];

	print_label(out, "mail");
	(void)fputs("from ", out);
	(void)print_text(out, text_of(item, "client"));
	(void)fputs(", <", out);
	(void)print_text(out, text_of(item, "sender"));
	(void)fputs("> to <", out);
	(void)print_text(out, text_of(item, "recipient"));
	(void)fputs(">\n", out);
	print_label(out, "decision");
	(void)print_text(out, text_of(item, "verdict"));
	(void)fputc(' ', out);
	(void)print_text(out, text_of(item, "reason"));
	(void)fputs(would[0] != '\0' ? ", would have been " : "", out);
	(void)print_text(out, would);
	(void)fputs(rule[0] != '\0' ? ", rule " : "", out);
	(void)print_text(out, rule);
	(void)fprintf(out, ", %s\n", print_local(json_get_text(item, "time"),
	    time));
}

void
ctl_show_suggest(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const struct json	*entries = json_get(item, "entries");

	(void)nth;
	print_decision(ctl->out, item);
	print_proof(ctl->out, json_get(item, "proof"));
	print_labelled(ctl->out, "note", text_of(item, "advice"));
	for (size_t i = 0; i < json_length(entries); i++) {
		(void)fputs("greyctl whitelist add ", ctl->out);
		print_word(ctl->out, text_of(json_at(entries, i), "entry"));
		(void)fputc('\n', ctl->out);
	}
	print_labelled(ctl->out, "no wider one",
	    text_of(item, "why_not"));
}
