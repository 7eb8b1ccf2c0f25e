/* SPDX-License-Identifier: ISC
 * control/complete_zsh.c - the script for zsh, with a line about each command. */
#include "control/complete.h"

#include <string.h>

/* 'list:what is remembered', in quotes; breaks of lines become blanks. */
static void
print_described(FILE *out, const char *name, size_t len, const char *help)
{
	(void)fprintf(out, " '%.*s:", (int)len, name);
	for (; *help != '\0'; help++)
		if (*help == '\'')
			(void)fputs("'\\''", out);
		else if ((*help != ' ' && *help != '\n') || help[1] != ' ')
			(void)fputc(*help == '\n' ? ' ' : *help, out);
	(void)fputc('\'', out);
}

static void
print_first(FILE *out, const char *word, size_t len, bool group)
{
	const struct ctl_command	*c;

	if (group) {
		(void)fprintf(out, " '%.*s:", (int)len, word);
		complete_print_seconds(out, word, len);
		(void)fputc('\'', out);
		return;
	}
	for (size_t i = 0; (c = ctl_command_at(i)) != NULL; i++)
		if (strncmp(c->name, word, len) == 0 && c->name[len] == '\0')
			print_described(out, word, len, c->help);
}

static void
print_group(FILE *out, const char *word, size_t len, bool group)
{
	const struct ctl_command	*c;

	if (!group)
		return;
	(void)fprintf(out, "\t%.*s) commands=(", (int)len, word);
	for (size_t i = 0; (c = ctl_command_at(i)) != NULL; i++)
		if (strncmp(c->name, word, len) == 0 && c->name[len] == ' ')
			print_described(out, c->name + len + 1,
			    strlen(c->name + len + 1), c->help);
	(void)fputs(")\n\t\t_describe -t commands 'command' commands; "
	    "return ;;\n", out);
}

static void
print_group_name(FILE *out, const char *word, size_t len, bool group)
{
	if (group)
		(void)fprintf(out, "%.*s|", (int)len, word);
}

static void
print_takers(FILE *out)
{
	const struct ctl_option	*o;

	for (size_t i = 0; (o = ctl_option_at(i)) != NULL; i++)
		if (o->word == NULL &&
		    complete_value_of(o) != COMPLETE_NOTHING)
			(void)fprintf(out, "--%s|", o->name);
	(void)fputs("-s|--socket", out);
}

static void
print_values(FILE *out)
{
	const struct ctl_option	*o;

	(void)fputs("\tif [[ $words[CURRENT] == --*=* ]]; then\n"
	    "\t\tprev=${words[CURRENT]%%=*}\n\t\tcompset -P '*='\n\tfi\n"
	    "\tcase $prev in\n\t", out);
	for (size_t i = 0; (o = ctl_option_at(i)) != NULL; i++)
		if (o->word == NULL && complete_value_of(o) == COMPLETE_FILE)
			(void)fprintf(out, "--%s|", o->name);
	(void)fputs("-s|--socket) _files; return ;;\n", out);
	for (size_t i = 0; (o = ctl_option_at(i)) != NULL; i++) {
		if (o->word != NULL || complete_value_of(o) != COMPLETE_WORDS)
			continue;
		(void)fprintf(out, "\t--%s) compadd -- ", o->name);
		complete_print_words(out, o);
		(void)fputs("; return ;;\n", out);
	}
	(void)fputs("\t", out);
	print_takers(out);
	(void)fputs(") return ;;\n\tesac\n", out);
}

static void
print_walk(FILE *out)
{
	(void)fputs("\tfor ((i = 2; i < CURRENT; i++)); do\n"
	    "\t\tcase $words[i] in\n\t\t", out);
	print_takers(out);
	(void)fputs(") ((i++)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*)\n"
	    "\t\t\tcase $command in\n"
	    "\t\t\t('') command=$words[i] ;;\n"
	    "\t\t\t(", out);
	complete_first_words(print_group_name, out);
	(void)fputs("-) command+=\" $words[i]\" ;;\n"
	    "\t\t\tesac ;;\n\t\tesac\n\tdone\n", out);
}

static void
print_options(FILE *out)
{
	const struct ctl_command	*c;

	(void)fputs("\tcase $command in\n", out);
	for (size_t i = 0; (c = ctl_command_at(i)) != NULL; i++) {
		(void)fprintf(out, "\t('%s') options=(", c->name);
		complete_print_options(out, c);
		(void)fputs(") ;;\n", out);
	}
	(void)fputs("\tesac\n"
	    "\tif [[ $words[CURRENT] == -* ]]; then\n"
	    "\t\tcompadd -- $options\n\t\treturn\n\tfi\n", out);
}

static void
print_rest(FILE *out)
{
	const struct ctl_command	*c;
	const struct ctl_option		*o;

	(void)fputs("\tcase $command in\n\t('') commands=(", out);
	complete_first_words(print_first, out);
	(void)fputs(" 'help:every command with its options')\n"
	    "\t\t_describe -t commands 'command' commands; return ;;\n", out);
	complete_first_words(print_group, out);
	for (size_t i = 0; (c = ctl_command_at(i)) != NULL; i++)
		for (size_t j = 0; (o = ctl_option_at(j)) != NULL; j++) {
			if (o->word == NULL || (o->bit & c->takes) == 0 ||
			    complete_value_of(o) == COMPLETE_TEXT)
				continue;
			(void)fprintf(out, "\t('%s') ", c->name);
			if (complete_value_of(o) == COMPLETE_FILE)
				(void)fputs("_files", out);
			else {
				(void)fputs("compadd -- ", out);
				complete_print_words(out, o);
			}
			(void)fputs(" ;;\n", out);
		}
	(void)fputs("\tesac\n}\n", out);
}

void
complete_zsh(FILE *out)
{
	(void)fputs("#compdef greyctl\n"
	    "# greyctl(8) for zsh; printed by: greyctl completion zsh\n"
	    "_greyctl()\n{\n"
	    "\tlocal command= prev=$words[CURRENT-1] i\n"
	    "\tlocal -a commands options=(--json --socket --help "
	    "--version)\n", out);
	print_values(out);
	print_walk(out);
	print_options(out);
	print_rest(out);
	(void)fputs("if [[ $funcstack[1] == _greyctl ]]; then\n"
	    "\t_greyctl \"$@\"\nelse\n\tcompdef _greyctl greyctl\nfi\n", out);
}
