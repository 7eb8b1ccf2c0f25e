/* SPDX-License-Identifier: ISC
 * control/ctl_person.c - what was forgotten of a person, and what was not. */
#include "control/ctl.h"

#include <inttypes.h>

#include "control/print.h"

static void
print_count(FILE *out, int64_t n, const char *one, const char *many)
{
	(void)fprintf(out, "%" PRId64 " %s", n, n == 1 ? one : many);
}

static void
print_state(FILE *out, const struct json *state)
{
	static const struct { const char *key, *one, *many; } rows[] = {
		{ "triplets", "triplet", "triplets" },
		{ "correspondents", "correspondent", "correspondents" },
		{ "bounces", "expected bounce", "expected bounces" },
		{ "hours", "count of an hour", "counts of an hour" },
		{ "recipients", "cached recipient", "cached recipients" },
	};

	print_label(out, "state");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (i > 0)
			(void)fputs(", ", out);
		print_count(out, json_get_int(state, rows[i].key), rows[i].one,
		    rows[i].many);
	}
	(void)fputc('\n', out);
}

static void
print_entry(FILE *out, const struct json *entry)
{
	const char	*remove = json_get_text(entry, "remove");
	const char	*where = json_get_text(entry, "where");

	(void)fputs("    ", out);
	if (remove != NULL)
		(void)print_text(out, remove);
	else {
		(void)print_text(out, where == NULL ? "" : where);
		(void)fputs(": ", out);
		(void)print_text(out, json_get_text(entry, "entry") == NULL ?
		    "" : json_get_text(entry, "entry"));
	}
	(void)fputc('\n', out);
}

void
ctl_show_person(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const struct json	*journal = json_get(item, "journal");
	const struct json	*entries = json_get(item, "entries");
	FILE			*out = ctl->out;

	(void)nth;
	(void)fputs("forgotten: ", out);
	(void)print_text(out, json_get_text(item, "address") == NULL ? "" :
	    json_get_text(item, "address"));
	(void)fputc('\n', out);
	print_label(out, "journal");
	print_count(out, json_get_int(journal, "lines"), "line", "lines");
	(void)fputs(" in ", out);
	print_count(out, json_get_int(journal, "files"), "file\n", "files\n");
	print_state(out, json_get(item, "state"));
	if (json_length(entries) > 0)
		(void)fputs("still named by entries; to remove one:\n", out);
	for (size_t i = 0; i < json_length(entries); i++)
		print_entry(out, json_at(entries, i));
	(void)fputs("not covered: syslog, backups, kept copies of lists of "
	    "recipients, and mail\n", out);
}
