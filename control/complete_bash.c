/* SPDX-License-Identifier: ISC
 * control/complete_bash.c - the script for bash. It needs no other script. */
#include "control/complete.h"

static void
print_first(FILE *out, const char *word, size_t len, bool group)
{
	(void)group;
	(void)fprintf(out, "%.*s ", (int)len, word);
}

static void
print_group(FILE *out, const char *word, size_t len, bool group)
{
	if (!group)
		return;
	(void)fprintf(out, "\t%.*s) words=\"", (int)len, word);
	complete_print_seconds(out, word, len);
	(void)fputs("\" ;;\n", out);
}

static void
print_group_name(FILE *out, const char *word, size_t len, bool group)
{
	if (group)
		(void)fprintf(out, "|%.*s", (int)len, word);
}

/* "-s|--socket|--client": what the next word belongs to. */
static void
print_takers(FILE *out)
{
	const struct ctl_option	*o;

	(void)fputs("-s|--socket", out);
	for (size_t i = 0; (o = ctl_option_at(i)) != NULL; i++)
		if (o->word == NULL &&
		    complete_value_of(o) != COMPLETE_NOTHING)
			(void)fprintf(out, "|--%s", o->name);
}

static void
print_values(FILE *out)
{
	const struct ctl_option	*o;

	(void)fputs("\tcase $prev in\n\t-s|--socket", out);
	for (size_t i = 0; (o = ctl_option_at(i)) != NULL; i++)
		if (o->word == NULL && complete_value_of(o) == COMPLETE_FILE)
			(void)fprintf(out, "|--%s", o->name);
	(void)fputs(")\n\t\tcompopt -o filenames 2>/dev/null\n"
	    "\t\tCOMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", out);
	for (size_t i = 0; (o = ctl_option_at(i)) != NULL; i++) {
		if (o->word != NULL || complete_value_of(o) != COMPLETE_WORDS)
			continue;
		(void)fprintf(out, "\t--%s) words=\"", o->name);
		complete_print_words(out, o);
		(void)fputs("\"\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- "
		    "\"$cur\")); return ;;\n", out);
	}
	(void)fputs("\t", out);
	print_takers(out);
	(void)fputs(") return ;;\n\tesac\n", out);
}

static void
print_options(FILE *out)
{
	const struct ctl_command	*c;

	(void)fputs("\tcase $command in\n", out);
	for (size_t i = 0; (c = ctl_command_at(i)) != NULL; i++) {
		(void)fprintf(out, "\t\"%s\") options=\"", c->name);
		complete_print_options(out, c);
		(void)fputs("\" ;;\n", out);
	}
	(void)fputs("\tesac\n", out);
}

/* What stands behind a command without an option's name. */
static void
print_rest(FILE *out)
{
	const struct ctl_command	*c;
	const struct ctl_option		*o;

	(void)fputs("\tcase $command in\n\t\"\") words=\"", out);
	complete_first_words(print_first, out);
	(void)fputs("help\" ;;\n", out);
	complete_first_words(print_group, out);
	for (size_t i = 0; (c = ctl_command_at(i)) != NULL; i++)
		for (size_t j = 0; (o = ctl_option_at(j)) != NULL; j++) {
			if (o->word == NULL || (o->bit & c->takes) == 0 ||
			    complete_value_of(o) == COMPLETE_TEXT)
				continue;
			(void)fprintf(out, "\t\"%s\") ", c->name);
			if (complete_value_of(o) == COMPLETE_FILE)
				(void)fputs("files=yes", out);
			else {
				(void)fputs("words=\"", out);
				complete_print_words(out, o);
				(void)fputc('"', out);
			}
			(void)fputs(" ;;\n", out);
		}
	(void)fputs("\tesac\n", out);
}

static const char	head[] =
"# greyctl(8) for bash; printed by: greyctl completion bash\n"
"_greyctl()\n"
"{\n"
"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
"\tlocal command= options=\"--json --socket --help --version\"\n"
"\tlocal words= files= word i\n"
"\tCOMPREPLY=()\n"
"\t[[ $cur == \"=\" ]] && cur=\n"
"\t[[ $prev == \"=\" ]] && prev=${COMP_WORDS[COMP_CWORD-2]}\n";

static const char	tail[] =
"\tif [[ $cur == -* ]]; then\n"
"\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
"\telif [[ -n $files ]]; then\n"
"\t\tcompopt -o filenames 2>/dev/null\n"
"\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
"\telse\n"
"\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
"\tfi\n"
"}\n"
"complete -F _greyctl greyctl\n";

/* The command among the words before the cursor. A group's name wants one more
 * word. */
static void
print_walk(FILE *out)
{
	(void)fputs("\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tword=${COMP_WORDS[i]}\n"
	    "\t\tcase $word in\n\t\t", out);
	print_takers(out);
	(void)fputs(")\n"
	    "\t\t\t[[ ${COMP_WORDS[i+1]} == \"=\" ]] && ((i++))\n"
	    "\t\t\t((i++)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*)\n"
	    "\t\t\tcase $command in\n"
	    "\t\t\t\"\") command=$word ;;\n"
	    "\t\t\t-", out);
	complete_first_words(print_group_name, out);
	(void)fputs(") command=\"$command $word\" ;;\n"
	    "\t\t\tesac ;;\n\t\tesac\n\tdone\n", out);
}

void
complete_bash(FILE *out)
{
	(void)fputs(head, out);
	print_values(out);
	print_walk(out);
	print_options(out);
	print_rest(out);
	(void)fputs(tail, out);
}
