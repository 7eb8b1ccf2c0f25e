/* SPDX-License-Identifier: ISC
 * control/ctl_table.c - greyctl's commands and options, a row each. */
#include "control/ctl.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/client.h"

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

enum { ONE = CTL_CLIENT | CTL_SENDER | CTL_RECIPIENT };
enum { FILTERS = ONE | CTL_IDENTITY | CTL_STATE };
enum { QUICK = 10, SLOW = 600 };	/* seconds */

static const struct ctl_option options[] = {
	{ "client",	CTL_CLIENT,	CTL_TEXT, NULL },
	{ "name",	CTL_NAME,	CTL_TEXT, NULL },
	{ "identity",	CTL_IDENTITY,	CTL_TEXT, NULL },
	{ "sender",	CTL_SENDER,	CTL_TEXT, NULL },
	{ "recipient",	CTL_RECIPIENT,	CTL_TEXT, NULL },
	{ "state",	CTL_STATE,	CTL_TEXT, NULL },
	{ "limit",	CTL_LIMIT,	CTL_COUNT, NULL },
	{ "all",	CTL_ALL,	CTL_FLAG, NULL },
	{ "hashed",	CTL_HASHED,	CTL_FLAG, NULL },
	{ "folder",	CTL_FOLDER,	CTL_PATH, "the name of a new folder" },
	{ "address",	CTL_ADDRESS,	CTL_TEXT, "an address, user@domain" },
	{ "source",	CTL_SOURCE,	CTL_TEXT, "the name of a source" },
	{ "addr",	CTL_ADDR,	CTL_TEXT, "a client's IP address" },
};

_Static_assert(LENGTH(options) < CTL_OPTIONS_MAX, "room for all options");

static const struct ctl_command commands[] = {
	{ "status", "",
	    "how the daemon fares; alarms come first",
	    0, 0, CTL_VALUE, NULL, QUICK, ctl_show_status },
	{ "triplet list",
	    "[--client ADDR|NET] [--identity ID] [--sender S]\n"
	    "      [--recipient R] [--state pending|passed|proof] [--limit N]",
	    "what is remembered: all of it, or what the filters select",
	    FILTERS | CTL_LIMIT, 0, CTL_LISTING, "no record matches",
	    SLOW, ctl_show_list },
	{ "triplet show",
	    "--client ADDR --sender S --recipient R [--name HOST]",
	    "one triplet in full: when would its retry pass?",
	    ONE | CTL_NAME, ONE, CTL_LISTING, NULL, QUICK, ctl_show_record },
	{ "triplet pass",
	    "--client ADDR --sender S --recipient R [--name HOST]",
	    "let it through at its next attempt",
	    ONE | CTL_NAME, ONE, CTL_VALUE, NULL, SLOW, ctl_show_pass },
	{ "triplet forget",
	    "--all | the filters of triplet list",
	    "remove what they select; an address loses its proof, too",
	    FILTERS | CTL_ALL, 0, CTL_VALUE, NULL, SLOW, ctl_show_forget },
	{ "recipient test", "ADDRESS",
	    "does this mailbox exist, who says so, what would SMTP answer?",
	    CTL_ADDRESS, CTL_ADDRESS, CTL_VALUE, NULL, SLOW,
	    ctl_show_recipient },
	{ "recipient stats", "",
	    "how the lists, directories and the cache fare",
	    0, 0, CTL_VALUE, NULL, QUICK, ctl_show_sources },
	{ "recipient forget", "ADDRESS",
	    "ask about it anew, as if it had never been asked about",
	    CTL_ADDRESS, CTL_ADDRESS, CTL_VALUE, NULL, SLOW,
	    ctl_show_forgotten },
	{ "recipient adopt", "[NAME]",
	    "believe a list that shrank, a directory that is doubted",
	    CTL_SOURCE, 0, CTL_VALUE, NULL, SLOW, ctl_show_adopted },
	{ "recipient export", "[--hashed]",
	    "every valid recipient, as a list for another server",
	    CTL_HASHED, 0, CTL_LINES, NULL, SLOW, ctl_show_export },
	{ "harvest list", "",
	    "clients that guess recipients; those that are banned first",
	    0, 0, CTL_LISTING, "no client is counted or banned", QUICK,
	    ctl_show_harvest },
	{ "harvest forgive", "ADDR",
	    "clear the counts and bans of a client and its network",
	    CTL_ADDR, CTL_ADDR, CTL_VALUE, NULL, SLOW, ctl_show_forgiven },
	{ "sweep", "",
	    "drop what has expired, now",
	    0, 0, CTL_VALUE, NULL, SLOW, ctl_show_sweep },
	{ "reload", "",
	    "read the configuration again and put it in force",
	    0, 0, CTL_VALUE, NULL, SLOW, ctl_show_reload },
	{ "backup", "DIR",
	    "copy the state to a new folder while mail flows",
	    CTL_FOLDER, CTL_FOLDER, CTL_VALUE, NULL, SLOW, ctl_show_backup },
};

/* How many of the words the name takes up; 0: it is another name. */
static int
match(const char *name, int n, char *const *words)
{
	int	i = 0;

	for (; i < n; i++) {
		size_t len = strlen(words[i]);

		if (strncmp(name, words[i], len) != 0)
			return 0;
		name += len;
		if (*name == '\0')
			return i + 1;
		if (*name++ != ' ')
			return 0;
	}
	return 0;
}

const struct ctl_command *
ctl_find(int n, char *const *words, int *used)
{
	for (size_t i = 0; i < LENGTH(commands); i++) {
		*used = match(commands[i].name, n, words);
		if (*used > 0)
			return &commands[i];
	}
	return NULL;
}

void
ctl_help(FILE *out)
{
	(void)fprintf(out,
	    "usage: greyctl [-s SOCKET] [--json] COMMAND ...\n\n");
	for (size_t i = 0; i < LENGTH(commands); i++)
		(void)fprintf(out, "  %s%s%s\n      %s\n", commands[i].name,
		    commands[i].synopsis[0] != '\0' ? " " : "",
		    commands[i].synopsis, commands[i].help);
	(void)fprintf(out,
	    "\n  -s SOCKET  the daemon's socket (" CLIENT_SOCKET ")\n"
	    "  --json     one JSON value instead of a table\n"
	    "  -V         version        --help  this page\n"
	    "\nExit: 0 done, 1 no (nothing there), 2 usage or error. More: "
	    "greyctl(8).\n");
}

void
ctl_long_options(struct option out[CTL_OPTIONS_MAX])
{
	size_t	n = 0;

	for (size_t i = 0; i < LENGTH(options); i++)
		if (options[i].word == NULL)
			out[n++] = (struct option){ .name = options[i].name,
			    .has_arg = options[i].type == CTL_FLAG ?
			    no_argument : required_argument,
			    .val = CTL_OPTION_FIRST + (int)i };
	out[n] = (struct option){ 0 };
}

static int
add_count(struct json *args, const char *name, const char *text,
    struct err *e)
{
	long	n;
	char	*end;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 1)
		return err_set(e, "--%s takes a number from 1 on, not \"%s\"",
		    name, text);
	json_add_int(args, name, n);
	return 0;
}

/* The daemon has another working folder. */
static int
add_path(struct json *args, const char *name, const char *text, struct err *e)
{
	char	here[PATH_MAX], whole[2 * PATH_MAX];
	int	len;

	if (text[0] == '/') {
		json_add_text(args, name, text);
		return 0;
	}
	if (getcwd(here, sizeof(here)) == NULL)
		return err_set(e, "%s: cannot tell the working folder: %s",
		    text, strerror(errno));
	len = snprintf(whole, sizeof(whole), "%s/%s", here, text);
	if (len < 0 || (size_t)len >= sizeof(whole))
		return err_set(e, "the path is too long");
	json_add_text(args, name, whole);
	return 0;
}

int
ctl_take_option(struct ctl_request *r, int val, const char *value,
    struct err *e)
{
	const struct ctl_option	*o = &options[val - CTL_OPTION_FIRST];

	r->given |= o->bit;
	switch (o->type) {
	case CTL_COUNT:
		return add_count(r->args, o->name, value, e);
	case CTL_FLAG:
		json_add_bool(r->args, o->name, true);
		return 0;
	case CTL_PATH:
		return add_path(r->args, o->name, value, e);
	case CTL_TEXT:
		break;
	}
	json_add_text(r->args, o->name, value);
	return 0;
}

/* The first of these bits. */
static const struct ctl_option *
option_of(unsigned bits)
{
	size_t	i = 0;

	while ((options[i].bit & bits) == 0)
		i++;
	return &options[i];
}

static int
check_options(const struct ctl_request *r, struct err *e)
{
	unsigned	alien = r->given & ~r->command->takes;
	unsigned	missing = r->command->needs & ~r->given;
	const struct ctl_option *o;

	if (alien != 0)
		return err_set(e, "\"%s\" takes no --%s", r->command->name,
		    option_of(alien)->name);
	if (missing == 0)
		return 0;
	o = option_of(missing);
	return err_set(e, "\"%s\" needs %s%s", r->command->name,
	    o->word == NULL ? "--" : "", o->word == NULL ? o->name : o->word);
}

/* What stands behind the command, in the order of the table. */
static int
take_rest(struct ctl_request *r, int n, char *const *words, struct err *e)
{
	int	used = 0;

	for (size_t i = 0; i < LENGTH(options) && used < n; i++)
		if (options[i].word != NULL &&
		    (options[i].bit & r->command->takes) != 0 &&
		    ctl_take_option(r, CTL_OPTION_FIRST + (int)i,
		    words[used++], e) == -1)
			return -1;
	if (used < n)
		return err_set(e, "\"%s\" does not know what to do with "
		    "\"%s\"", r->command->name, words[used]);
	return 0;
}

/* Of the commands that begin with this word: what may follow it. */
static void
name_group(const char *word, char *out, size_t size)
{
	size_t	len = strlen(word), used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < LENGTH(commands); i++) {
		const char *name = commands[i].name;

		if (used < size && strncmp(name, word, len) == 0 &&
		    name[len] == ' ')
			used += (size_t)snprintf(out + used, size - used,
			    "%s%s", used > 0 ? ", " : "", name + len + 1);
	}
}

static int
refuse_unknown(int n, char *const *words, struct err *e)
{
	char	group[200];		/* of our own words */

	name_group(words[0], group, sizeof(group));
	if (group[0] == '\0')
		return err_set(e, "no such command: %s", words[0]);
	if (n == 1)
		return err_set(e, "\"%s\" needs one of: %s", words[0], group);
	return err_set(e, "no such command: %s %s; \"%s\" needs one of: %s",
	    words[0], words[1], words[0], group);
}

int
ctl_take_words(struct ctl_request *r, int n, char *const *words,
    struct err *e)
{
	int	used;

	r->command = ctl_find(n, words, &used);
	if (r->command == NULL)
		return refuse_unknown(n, words, e);
	if (take_rest(r, n - used, words + used, e) == -1)
		return -1;
	return check_options(r, e);
}
