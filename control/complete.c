/* SPDX-License-Identifier: ISC
 * control/complete.c - the tables, as a shell wants them. */
#include "control/complete.h"

#include <string.h>

#include "control/ctl_group.h"
#include "control/ctl_reason.h"
#include "whitelist/entry.h"

static void
print_word(FILE *out, size_t nth, const char *word)
{
	(void)fprintf(out, "%s%s", nth > 0 ? " " : "", word);
}

static void
print_reasons(FILE *out)
{
	for (size_t i = 0; ctl_reason_at(i) != NULL; i++)
		print_word(out, i, ctl_reason_at(i));
}

static void
print_groups(FILE *out)
{
	for (size_t i = 0; groups_by(i) != NULL; i++)
		print_word(out, i, groups_by(i));
}

static void
print_kinds(FILE *out)
{
	for (size_t i = 0; i < ENTRY_KINDS; i++)
		print_word(out, i, entry_kind_name((enum entry_kind)i));
}

static void
print_verdicts(FILE *out)
{
	(void)fputs("pass defer reject event", out);
}

static void
print_states(FILE *out)
{
	(void)fputs("pending passed proof", out);
}

static void
print_shells(FILE *out)
{
	(void)fputs("bash zsh", out);
}

static const struct {
	uint64_t	 bit;
	void		(*print)(FILE *out);
} closed[] = {
	{ CTL_VERDICT,	print_verdicts },
	{ CTL_REASON,	print_reasons },
	{ CTL_STATE,	print_states },
	{ CTL_GROUP_BY,	print_groups },
	{ CTL_KIND,	print_kinds },
	{ CTL_SHELL,	print_shells },
};

enum { CLOSED = sizeof(closed) / sizeof(closed[0]) };

enum complete_value
complete_value_of(const struct ctl_option *o)
{
	for (size_t i = 0; i < CLOSED; i++)
		if (closed[i].bit == o->bit)
			return COMPLETE_WORDS;
	if (o->type == CTL_FLAG)
		return COMPLETE_NOTHING;
	return o->type == CTL_PATH || o->bit == CTL_HTML ||
	    o->bit == CTL_FILE ? COMPLETE_FILE : COMPLETE_TEXT;
}

void
complete_print_words(FILE *out, const struct ctl_option *o)
{
	for (size_t i = 0; i < CLOSED; i++)
		if (closed[i].bit == o->bit)
			closed[i].print(out);
}

/* Whether a command before this one begins with the same word. */
static bool
is_known(const struct ctl_command *c, size_t len)
{
	const struct ctl_command	*other;

	for (size_t i = 0; (other = ctl_command_at(i)) != c; i++)
		if (strncmp(other->name, c->name, len) == 0 &&
		    (other->name[len] == ' ' || other->name[len] == '\0'))
			return true;
	return false;
}

void
complete_first_words(void (*each)(FILE *out, const char *word, size_t len,
    bool group), FILE *out)
{
	const struct ctl_command	*c;
	size_t				 len;

	for (size_t i = 0; (c = ctl_command_at(i)) != NULL; i++) {
		len = strcspn(c->name, " ");
		if (!is_known(c, len))
			each(out, c->name, len, c->name[len] == ' ');
	}
}

void
complete_print_seconds(FILE *out, const char *word, size_t len)
{
	const struct ctl_command	*c;
	size_t				 n = 0;

	for (size_t i = 0; (c = ctl_command_at(i)) != NULL; i++)
		if (strncmp(c->name, word, len) == 0 && c->name[len] == ' ')
			print_word(out, n++, c->name + len + 1);
}

void
complete_print_options(FILE *out, const struct ctl_command *c)
{
	const struct ctl_option	*o;

	for (size_t i = 0; (o = ctl_option_at(i)) != NULL; i++)
		if (o->word == NULL && (o->bit & c->takes) != 0)
			(void)fprintf(out, "--%s ", o->name);
	(void)fputs("--json --socket", out);
}
