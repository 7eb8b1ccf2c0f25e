/* SPDX-License-Identifier: ISC
 * control/ctl_whitelist.c - entries for people. */
#include "control/ctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/print.h"

/* Columns, as wide as the shipped entries need; what is longer pushes the rest to the right. */
enum { MARK = 1, ENTRY = 38, ORIGIN = 26, HITS = 6, AGE = 8 };

static const char *
text_of(const struct json *item, const char *key)
{
	const char	*text = json_get_text(item, key);

	return text == NULL ? "" : text;
}

static bool
is_live(const struct json *item)
{
	return strcmp(text_of(item, "origin"), "live") == 0;
}

/* What it lets in, if that is not plain from the entry. */
static void
print_reach(FILE *out, const struct json *item)
{
	if (json_get_bool(item, "unsafe"))
		(void)fputs("    unsafe: whoever gives such a sender passes, "
		    "proven or not\n", out);
	else if (json_get_bool(item, "needs_proof"))
		(void)fputs("    it holds where the client proves the "
		    "sender's domain\n", out);
}

static void
print_not_ours(FILE *out, const struct json *item)
{
	if (json_get_bool(item, "not_ours"))
		(void)fputs("    its domain is not in local-domains: is it "
		    "misspelt?\n", out);
}

/* What makes the new one of no effect. */
static void
print_beside(FILE *out, const struct json *item)
{
	const struct json	*beside = json_get(item, "beside");

	for (size_t i = 0; i < json_length(beside); i++) {
		const struct json *one = json_at(beside, i);

		(void)fputs("    beside it: ", out);
		(void)print_text(out, text_of(one, "entry"));
		(void)fputs(json_get_bool(one, "unsafe") &&
		    !json_get_bool(item, "unsafe") ? ", which lets in whoever "
		    "gives such a sender; " : ", which lets in the same and "
		    "more; ", out);
		(void)fputs(is_live(one) ? "greyctl whitelist remove " :
		    "it stands in ", out);
		if (is_live(one))
			print_word(out, text_of(one, "entry"));
		else
			(void)print_text(out, text_of(one, "where"));
		(void)fputc('\n', out);
	}
}

void
ctl_show_added(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const char	*expires = json_get_text(item, "expires");
	char		 time[PRINT_TIME_SIZE];

	(void)nth;
	(void)fputs(json_get_bool(item, "replaced") ? "replaced: " : "added: ",
	    ctl->out);
	(void)print_text(ctl->out, text_of(item, "entry"));
	(void)fputs(", by ", ctl->out);
	(void)print_text(ctl->out, text_of(item, "who"));
	if (expires != NULL)
		(void)fprintf(ctl->out, ", until %s",
		    print_local(expires, time));
	(void)fputc('\n', ctl->out);
	print_reach(ctl->out, item);
	print_not_ours(ctl->out, item);
	print_beside(ctl->out, item);
}

void
ctl_show_removed(const struct ctl *ctl, const struct json *item, size_t nth)
{
	(void)nth;
	(void)fputs("removed: ", ctl->out);
	(void)print_text(ctl->out, text_of(item, "removed"));
	(void)fputc('\n', ctl->out);
}

static void
print_head(FILE *out)
{
	print_cell(out, "", MARK);
	print_cell(out, "ENTRY", ENTRY);
	print_cell(out, "ORIGIN", ORIGIN);
	print_cell(out, "HITS", HITS);
	print_cell(out, "LAST HIT", AGE);
	print_cell(out, "EXPIRES", AGE);
	(void)fputs("NOTE\n", out);
}

/* "live: ann", "/etc/greygate/whitelist:7", "shipped". */
static void
print_origin(FILE *out, const struct json *item)
{
	const char	*where = text_of(item, "where");
	char		*text;

	if (!is_live(item)) {
		print_cell(out, strcmp(text_of(item, "origin"), "file") == 0 ?
		    where : "shipped", ORIGIN);
		return;
	}
	if (asprintf(&text, "live: %s", where) == -1)
		text = NULL;
	print_cell(out, text == NULL ? "live" : text, ORIGIN);
	free(text);
}

void
ctl_show_entry(const struct ctl *ctl, const struct json *item, size_t nth)
{
	int64_t	hit = print_second_of(json_get_text(item, "last_hit"));
	int64_t	end = print_second_of(json_get_text(item, "expires"));
	char	text[PRINT_SPAN_SIZE];

	if (nth == 0)
		print_head(ctl->out);
	print_cell(ctl->out, json_get_bool(item, "unsafe") ? "!" : "", MARK);
	print_cell(ctl->out, text_of(item, "entry"), ENTRY);
	print_origin(ctl->out, item);
	(void)snprintf(text, sizeof(text), "%" PRId64,
	    json_get_int(item, "hits"));
	print_cell(ctl->out, text, HITS);
	print_cell(ctl->out, hit == -1 ? "-" :
	    print_span(ctl->now - hit, text), AGE);
	print_cell(ctl->out, end == -1 ? "-" :
	    print_span(end - ctl->now, text), AGE);
	(void)print_text(ctl->out, json_get_text(item, "note") == NULL ? "-" :
	    text_of(item, "note"));
	(void)fputc('\n', ctl->out);
}

/* In quotes, as JSON has it. */
static void
print_quoted(FILE *out, const char *key, const char *text)
{
	size_t	 room = JSON_QUOTED(text) + 1, len;
	char	*quoted = malloc(room);

	len = quoted == NULL ? 0 : json_quote(quoted, room, text);
	(void)fprintf(out, " %s=", key);
	if (len > 0) {
		quoted[len] = '\0';
		(void)print_text(out, quoted);
	} else
		(void)fputs("\"\"", out);
	free(quoted);
}

/* An entry as a file has it, after a comment that whitelist import knows. */
void
ctl_show_entry_line(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const char	*expires = json_get_text(item, "expires");
	const char	*created = json_get_text(item, "created");

	(void)nth;
	(void)fputc('#', ctl->out);
	print_quoted(ctl->out, "note", text_of(item, "note"));
	print_quoted(ctl->out, "who", text_of(item, "where"));
	(void)fprintf(ctl->out, " created=%s expires=%s\n",
	    created == NULL ? "-" : created, expires == NULL ? "never" :
	    expires);
	(void)print_text(ctl->out, text_of(item, "entry"));
	(void)fputc('\n', ctl->out);
}

void
ctl_show_imported(const struct ctl *ctl, const struct json *item, size_t nth)
{
	int64_t	expired = json_get_int(item, "expired");

	(void)nth;
	(void)fprintf(ctl->out, "%" PRId64 " added, %" PRId64 " replaced",
	    json_get_int(item, "added"), json_get_int(item, "replaced"));
	if (expired > 0)
		(void)fprintf(ctl->out, ", %" PRId64 " left out: expired",
		    expired);
	(void)fputc('\n', ctl->out);
}

void
ctl_show_grace(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const char	*entry = text_of(item, "entry");
	const char	*expires = json_get_text(item, "expires");
	const char	*space = strchr(entry, ' ');
	const char	*who = json_get_text(item, "who");
	char		 time[PRINT_TIME_SIZE], span[PRINT_SPAN_SIZE];

	(void)nth;
	(void)print_text(ctl->out, space == NULL ? entry : space + 1);
	(void)fprintf(ctl->out, " is not greylisted until %s (%s), by ",
	    print_local(expires, time),
	    print_span(print_second_of(expires) - ctl->now, span));
	(void)print_text(ctl->out, who != NULL ? who :
	    text_of(item, "where"));
	(void)fputc('\n', ctl->out);
	print_not_ours(ctl->out, item);
}
