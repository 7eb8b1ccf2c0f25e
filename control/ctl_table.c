/* SPDX-License-Identifier: ISC
 * control/ctl_table.c - greyctl's commands, a row each. */
#include "control/ctl.h"

#include <string.h>

#include "control/client.h"

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

#define ONE	(CTL_CLIENT | CTL_SENDER | CTL_RECIPIENT)
#define FILTERS	(ONE | CTL_IDENTITY | CTL_STATE)
#define LOG	(ONE | CTL_SINCE | CTL_UNTIL | CTL_VERDICT | CTL_REASON | \
		CTL_NAME | CTL_IDENTITY | CTL_RULE | CTL_ID | CTL_LIMIT | \
		CTL_FOLLOW | CTL_GROUP_BY | CTL_JOURNAL)

enum { QUICK = 10, SLOW = 600 };	/* seconds */

static const struct ctl_command commands[] = {
	{ "status", "",
	    "how the daemon fares; alarms come first",
	    0, 0, CTL_VALUE, NULL, QUICK, ctl_show_status, NULL },
	{ "top", "[--interval 2s]",
	    "a live view: what is decided now, the alarms, the newest lines;\n"
	    "      q ends it",
	    CTL_INTERVAL, 0, CTL_VALUE, NULL, QUICK, NULL, ctl_top },
	{ "pending", "[--limit N]",
	    "what never came back, the likeliest good mail first, and how to\n"
	    "      let it in",
	    CTL_LIMIT, 0, CTL_LISTING, NULL, SLOW, NULL, ctl_pending },
	{ "explain",
	    "--client ADDR --sender S --recipient R [--name HOST]\n"
	    "      [--helo HOST] [--auth LOGIN] | --id ID",
	    "what would be decided of a mail now, step by step, and why",
	    ONE | CTL_NAME | CTL_HELO | CTL_AUTH | CTL_ID, 0, CTL_VALUE, NULL,
	    SLOW, ctl_show_explain, NULL },
	{ "log",
	    "[--since TIME] [--until TIME] [--verdict V] [--reason R]\n"
	    "      [--client ADDR|NET] [--name HOST] [--sender S] [--recipient R]\n"
	    "      [--identity ID] [--rule NAME] [--id ID] [--limit N] [--follow]\n"
	    "      [--group-by client|sender-domain|recipient|reason]\n"
	    "      [--journal FILE]",
	    "what was decided: all of the journal, or what the filters select",
	    LOG, 0, CTL_LINES, NULL, QUICK, NULL, ctl_log },
	{ "trace", "ADDRESS [--since TIME] [--until TIME] [--journal FILE]",
	    "what became of somebody's mail: tried, retried, delivered or not",
	    CTL_ADDRESS | CTL_SINCE | CTL_UNTIL | CTL_JOURNAL, CTL_ADDRESS,
	    CTL_LISTING, NULL, QUICK, NULL, ctl_trace },
	{ "stats", "[--since TIME] [--until TIME]",
	    "how often what was decided (7 days), also where no journal is left",
	    CTL_SINCE | CTL_UNTIL, 0, CTL_VALUE, NULL, SLOW, NULL,
	    ctl_stats },
	{ "report", "[--since TIME] [--until TIME] [--html FILE|-] [--top N]\n"
	    "      [--journal FILE]",
	    "what was blocked, what waited how long, compared with before",
	    CTL_SINCE | CTL_UNTIL | CTL_HTML | CTL_TOP | CTL_JOURNAL, 0,
	    CTL_VALUE, NULL, SLOW, NULL, ctl_report },
	{ "triplet list",
	    "[--client ADDR|NET] [--identity ID] [--sender S]\n"
	    "      [--recipient R] [--state pending|passed|proof] [--limit N]",
	    "what is remembered: all of it, or what the filters select",
	    FILTERS | CTL_LIMIT, 0, CTL_LISTING, "no record matches",
	    SLOW, ctl_show_list, NULL },
	{ "triplet show",
	    "--client ADDR --sender S --recipient R [--name HOST]",
	    "one triplet in full: when would its retry pass?",
	    ONE | CTL_NAME, ONE, CTL_LISTING, NULL, QUICK, ctl_show_record, NULL },
	{ "triplet pass",
	    "--client ADDR|--identity ID --sender S --recipient R\n"
	    "      [--name HOST]",
	    "let it through at its next attempt",
	    ONE | CTL_NAME | CTL_IDENTITY, CTL_SENDER | CTL_RECIPIENT,
	    CTL_VALUE, NULL, SLOW, ctl_show_pass, NULL },
	{ "triplet forget",
	    "--all | the filters of triplet list",
	    "remove what they select; an address loses its proof, too",
	    FILTERS | CTL_ALL, 0, CTL_VALUE, NULL, SLOW, ctl_show_forget, NULL },
	{ "recipient test", "ADDRESS",
	    "does this mailbox exist, who says so, what would SMTP answer?",
	    CTL_ADDRESS, CTL_ADDRESS, CTL_VALUE, NULL, SLOW,
	    ctl_show_recipient, NULL },
	{ "recipient stats", "",
	    "how the lists, directories and the cache fare",
	    0, 0, CTL_VALUE, NULL, QUICK, ctl_show_sources, NULL },
	{ "recipient forget", "ADDRESS",
	    "ask about it anew, as if it had never been asked about",
	    CTL_ADDRESS, CTL_ADDRESS, CTL_VALUE, NULL, SLOW,
	    ctl_show_forgotten, NULL },
	{ "recipient adopt", "[NAME]",
	    "believe a list that shrank, a directory that is doubted",
	    CTL_SOURCE, 0, CTL_VALUE, NULL, SLOW, ctl_show_adopted, NULL },
	{ "recipient export", "[--hashed]",
	    "every valid recipient, as a list for another server",
	    CTL_HASHED, 0, CTL_LINES, NULL, SLOW, ctl_show_export, NULL },
	{ "harvest list", "",
	    "clients that guess recipients; those that are banned first",
	    0, 0, CTL_LISTING, "no client is counted or banned", QUICK,
	    ctl_show_harvest, NULL },
	{ "harvest forgive", "ADDR",
	    "clear the counts and bans of a client and its network",
	    CTL_ADDR, CTL_ADDR, CTL_VALUE, NULL, SLOW, ctl_show_forgiven, NULL },
	{ "whitelist add", "ENTRY [--note TEXT] [--expires 90d]",
	    "who need not wait, from now on: an entry as in a file",
	    CTL_ENTRY | CTL_NOTE | CTL_EXPIRES, CTL_ENTRY, CTL_VALUE, NULL,
	    SLOW, ctl_show_added, NULL },
	{ "whitelist list", "[--kind KIND]",
	    "every entry, the shipped ones last",
	    CTL_KIND, 0, CTL_LISTING, "there is no entry", SLOW,
	    ctl_show_entry, NULL },
	{ "whitelist remove", "ENTRY",
	    "remove an entry that was added by whitelist add",
	    CTL_ENTRY, CTL_ENTRY, CTL_VALUE, NULL, SLOW, ctl_show_removed, NULL },
	{ "whitelist test",
	    "--client ADDR --sender S --recipient R [--name HOST]\n"
	    "      [--helo HOST]",
	    "which entry lets a mail pass, which nearly does, and why not",
	    ONE | CTL_NAME | CTL_HELO, ONE, CTL_VALUE, NULL, SLOW,
	    ctl_show_test, NULL },
	{ "whitelist suggest", "--id ID",
	    "the narrowest entries for a mail, by its line in the journal",
	    CTL_ID, CTL_ID, CTL_VALUE, NULL, SLOW, ctl_show_suggest, NULL },
	{ "whitelist unused", "[--days N]",
	    "own entries that no mail needed for so long (180)",
	    CTL_DAYS, 0, CTL_LISTING, "every entry is in use, or too young "
	    "to tell", SLOW, ctl_show_entry, NULL },
	{ "whitelist export", "",
	    "the entries of whitelist add, as a file for whitelist import",
	    0, 0, CTL_LISTING, "no entry was added by whitelist add", SLOW,
	    ctl_show_entry_line, NULL },
	{ "whitelist import", "FILE",
	    "add every entry of a file; - is standard input",
	    CTL_FILE, CTL_FILE, CTL_VALUE, NULL, SLOW, ctl_show_imported, ctl_import },
	{ "grace", "[ADDRESS DURATION]",
	    "do not greylist a mailbox for a while; alone: which ones",
	    CTL_ADDRESS | CTL_DURATION, 0, CTL_LISTING,
	    "no mailbox is in grace", SLOW, ctl_show_grace, NULL },
	{ "learned list",
	    "[ADDRESS|@DOMAIN] [--learned-by WHO] [--since TIME] [--limit N]",
	    "whom our users wrote to, and whose answers so pass at once",
	    CTL_OUTSIDE | CTL_BY | CTL_SINCE | CTL_LIMIT, 0, CTL_LISTING,
	    "nothing was learned that matches", SLOW, ctl_show_learned, NULL },
	{ "learned show", "ADDRESS",
	    "all that is known of an outside address: who wrote, what answered",
	    CTL_OUTSIDE, CTL_OUTSIDE, CTL_LISTING, NULL, SLOW,
	    ctl_show_correspondent, NULL },
	{ "learned forget",
	    "--all | [ADDRESS|@DOMAIN] [--learned-by WHO] [--since TIME]",
	    "undo it, of a stolen account for example",
	    CTL_OUTSIDE | CTL_BY | CTL_SINCE | CTL_ALL, 0, CTL_VALUE, NULL,
	    SLOW, ctl_show_unlearned, NULL },
	{ "forget-person", "ADDRESS",
	    "remove a mailbox from the journal and the state",
	    CTL_ADDRESS, CTL_ADDRESS, CTL_VALUE, NULL, SLOW, ctl_show_person, NULL },
	{ "sweep", "",
	    "drop what has expired, now",
	    0, 0, CTL_VALUE, NULL, SLOW, ctl_show_sweep, NULL },
	{ "reload", "",
	    "read the configuration again and put it in force",
	    0, 0, CTL_VALUE, NULL, SLOW, ctl_show_reload, NULL },
	{ "backup", "DIR",
	    "copy the state to a new folder while mail flows",
	    CTL_FOLDER, CTL_FOLDER, CTL_VALUE, NULL, SLOW, ctl_show_backup, NULL },
	{ "completion", "bash|zsh",
	    "print what makes the shell complete these commands",
	    CTL_SHELL, CTL_SHELL, CTL_LINES, NULL, QUICK, NULL, ctl_complete },
};

const struct ctl_command *
ctl_command_at(size_t i)
{
	return i < LENGTH(commands) ? &commands[i] : NULL;
}

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

int
ctl_refuse_unknown(int n, char *const *words, struct err *e)
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
