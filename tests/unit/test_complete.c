/* SPDX-License-Identifier: ISC
 * tests/unit/test_complete.c - greyctl completion, by the shells themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/complete.h"
#include "policy/reason.h"

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

/* After these words and a part of one: what is offered, each with a blank behind
 * it. */
struct offer {
	const char	*words, *part, *offered;
};

static const struct offer offers[] = {
	{ "", "lo", "log " },
	{ "", "tri", "triplet " },
	{ "", "he", "help " },
	{ "triplet", "", "list show pass forget " },
	{ "--json whitelist", "im", "import " },
	{ "-s /run/x.sock harvest", "", "list forgive " },
	{ "log --verdict", "", "pass defer reject event " },
	{ "log --verdict", "d", "defer " },
	{ "log --reason", "unknown", "unknown-recipient " },
	{ "log --reason", "not-l", "not-learned " },
	{ "log --group-by", "", "client sender-domain recipient reason " },
	{ "triplet list --state", "pa", "passed " },
	{ "whitelist list --kind", "r", "recipient regex " },
	{ "log", "--fo", "--follow " },
	{ "log --client 192.0.2.1", "--gr", "--group-by " },
	{ "log --sender list", "--fo", "--follow " },
	{ "triplet show", "--st", "" },
	{ "triplet list", "--st", "--state " },
	{ "trace", "--", "--since --until --journal --json --socket " },
	{ "log --sender", "l", "" },
	{ "completion", "", "bash zsh " },
	{ "no-such", "l", "" },
};

static char *
script_of(void (*print)(FILE *out))
{
	char	 path[] = "/tmp/greygate-completion.XXXXXX";
	int	 fd = mkstemp(path);
	FILE	*out = fdopen(fd, "w");

	assert_non_null(out);
	print(out);
	assert_int_equal(fclose(out), 0);
	return strdup(path);
}

/* What a shell's command prints. */
static void
run(const char *command, char *out, size_t size)
{
	FILE	*in = popen(command, "r");
	size_t	 n;

	assert_non_null(in);
	n = fread(out, 1, size - 1, in);
	out[n] = '\0';
	if (pclose(in) != 0)
		fail_msg("%s: %s", command, out);
}

static void
compare(const struct offer *o, const char *got)
{
	if (strcmp(got, o->offered) != 0)
		fail_msg("greyctl %s %s: %s", o->words, o->part, got);
}

static void
bash_completes(void **state)
{
	char	*path = script_of(complete_bash);
	char	 command[1000], got[4000];

	(void)state;
	for (size_t i = 0; i < LENGTH(offers); i++) {
		(void)snprintf(command, sizeof(command), "bash -c 'set -u; "
		    "source %s; COMP_WORDS=(greyctl %s \"%s\"); "
		    "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _greyctl; "
		    "[ ${#COMPREPLY[@]} = 0 ] || "
		    "printf \"%%s \" \"${COMPREPLY[@]}\"' 2>&1", path,
		    offers[i].words, offers[i].part);
		run(command, got, sizeof(got));
		compare(&offers[i], got);
	}
	assert_int_equal(unlink(path), 0);
	free(path);
}

/* With bash's own breaks of words at "=". */
static void
bash_completes_behind_an_equals_sign(void **state)
{
	char	*path = script_of(complete_bash);
	char	 command[1000], got[4000];

	(void)state;
	(void)snprintf(command, sizeof(command), "bash -c 'source %s; "
	    "COMP_WORDS=(greyctl log --verdict = re); COMP_CWORD=4; _greyctl; "
	    "echo ${COMPREPLY[@]}; COMP_WORDS=(greyctl log --verdict = reject "
	    "--fol); COMP_CWORD=5; _greyctl; echo ${COMPREPLY[@]}; "
	    "COMP_WORDS=(greyctl --verdict = reject lo); COMP_CWORD=4; "
	    "_greyctl; echo ${COMPREPLY[@]}; "
	    "complete -p greyctl'", path);
	run(command, got, sizeof(got));
	assert_string_equal(got, "reject\n--follow\nlog\n"
	    "complete -F _greyctl greyctl\n");
	assert_int_equal(unlink(path), 0);
	free(path);
}

static void
bash_completes_names_of_files(void **state)
{
	char	*path = script_of(complete_bash);
	char	 command[1000], got[4000];

	(void)state;
	(void)snprintf(command, sizeof(command), "bash -c 'source %s; "
	    "for w in \"log --journal\" \"whitelist import\" backup; do "
	    "COMP_WORDS=(greyctl $w /etc/pass); "
	    "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _greyctl; "
	    "echo ${COMPREPLY[@]}; done'", path);
	run(command, got, sizeof(got));
	for (const char *line = got; *line != '\0';
	    line = strchr(line, '\n') + 1)
		assert_int_equal(strncmp(line, "/etc/passwd", 11), 0);
	assert_non_null(strchr(got, '\n'));
	assert_int_equal(unlink(path), 0);
	free(path);
}

/* zsh's own functions are replaced by what prints the words they get. */
#define ZSH	"compdef() { :; }; compset() { :; }; " \
		"say() { for w in $@; do [[ $w == ${PART#*=}* ]] && " \
		"print -n -- \"$w \"; done; return 0; }; " \
		"compadd() { shift; say $@; }; " \
		"_files() { print -n files; }; " \
		"_describe() { local -a a; a=(${(P)4}); say ${a%%%%:*}; }; "

static void
zsh_completes(void **state)
{
	char	*path = script_of(complete_zsh);
	char	 command[2000], got[4000];

	(void)state;
	for (size_t i = 0; i < LENGTH(offers); i++) {
		(void)snprintf(command, sizeof(command), "zsh -f -c '" ZSH
		    "source %s; PART=\"%s\"; words=(greyctl %s \"$PART\"); "
		    "CURRENT=$#words; _greyctl; true' 2>&1",
		    path, offers[i].part, offers[i].words);
		run(command, got, sizeof(got));
		compare(&offers[i], got);
	}
	(void)snprintf(command, sizeof(command), "zsh -f -n %s && zsh -f -c '"
	    ZSH "source %s; PART=--verdict=p; words=(greyctl log $PART); "
	    "CURRENT=3; _greyctl; PART=; words=(greyctl backup \"\"); "
	    "CURRENT=3; _greyctl; true' 2>&1", path, path);
	run(command, got, sizeof(got));
	assert_string_equal(got, "pass files");
	assert_int_equal(unlink(path), 0);
	free(path);
}

/* So that a new command, option or reason is not forgotten. */
static void
scripts_have_all_of_the_tables(void **state)
{
	const struct ctl_command	*c;
	const struct ctl_option		*o;
	char				*text, quoted[80];
	size_t				 len;
	FILE				*out = open_memstream(&text, &len);

	(void)state;
	complete_bash(out);
	(void)fclose(out);
	for (size_t i = 0; (c = ctl_command_at(i)) != NULL; i++) {
		(void)snprintf(quoted, sizeof(quoted), "\"%s\") options=",
		    c->name);
		assert_non_null(strstr(text, quoted));
	}
	for (size_t i = 0; (o = ctl_option_at(i)) != NULL; i++) {
		(void)snprintf(quoted, sizeof(quoted), "--%s", o->name);
		assert_true(o->word != NULL || strstr(text, quoted) != NULL);
	}
	for (int i = REASON_NONE + 1; i < REASONS; i++)
		assert_non_null(strstr(text, reason_name((enum reason)i)));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(bash_completes),
		cmocka_unit_test(bash_completes_behind_an_equals_sign),
		cmocka_unit_test(bash_completes_names_of_files),
		cmocka_unit_test(zsh_completes),
		cmocka_unit_test(scripts_have_all_of_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
