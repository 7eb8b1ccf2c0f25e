/* SPDX-License-Identifier: ISC
 * control/ctl.h - greyctl's commands: one row each, and how one is carried out.
 *
 * A new command is a row in control/ctl_table.c, a show function here, and the
 * row of the daemon's side in control/command.c. */
#ifndef CONTROL_CTL_H
#define CONTROL_CTL_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/json.h"
#include "control/ctl_show.h"

enum { CTL_DONE, CTL_NO, CTL_FAILED };

/* How this run of greyctl was started. */
struct ctl {
	const char	*socket;
	bool		 json;
	int64_t		 now;		/* seconds; ages are counted from it */
	unsigned	 columns;	/* of the terminal that out is; 0: none */
	bool		 colours;	/* are wanted */
	const char	*pager;		/* for the shell; NULL: none */
	FILE		*out, *messages;
};

/* Options of commands, as bits: as many as fit in 64. */
#define CTL_CLIENT	(UINT64_C(1) << 0)
#define CTL_NAME	(UINT64_C(1) << 1)
#define CTL_IDENTITY	(UINT64_C(1) << 2)
#define CTL_SENDER	(UINT64_C(1) << 3)
#define CTL_RECIPIENT	(UINT64_C(1) << 4)
#define CTL_STATE	(UINT64_C(1) << 5)
#define CTL_LIMIT	(UINT64_C(1) << 6)
#define CTL_ALL		(UINT64_C(1) << 7)
#define CTL_FOLDER	(UINT64_C(1) << 8)
#define CTL_ADDRESS	(UINT64_C(1) << 9)
#define CTL_SOURCE	(UINT64_C(1) << 10)
#define CTL_ADDR	(UINT64_C(1) << 11)
#define CTL_HASHED	(UINT64_C(1) << 12)
#define CTL_ENTRY	(UINT64_C(1) << 13)
#define CTL_NOTE	(UINT64_C(1) << 14)
#define CTL_EXPIRES	(UINT64_C(1) << 15)
#define CTL_KIND	(UINT64_C(1) << 16)
#define CTL_HELO	(UINT64_C(1) << 17)
#define CTL_ID		(UINT64_C(1) << 18)
#define CTL_DAYS	(UINT64_C(1) << 19)
#define CTL_FILE	(UINT64_C(1) << 20)
#define CTL_DURATION	(UINT64_C(1) << 21)
#define CTL_OUTSIDE	(UINT64_C(1) << 22)
#define CTL_BY		(UINT64_C(1) << 23)
#define CTL_SINCE	(UINT64_C(1) << 24)
#define CTL_UNTIL	(UINT64_C(1) << 25)
#define CTL_VERDICT	(UINT64_C(1) << 26)
#define CTL_REASON	(UINT64_C(1) << 27)
#define CTL_RULE	(UINT64_C(1) << 28)
#define CTL_FOLLOW	(UINT64_C(1) << 29)
#define CTL_GROUP_BY	(UINT64_C(1) << 30)
#define CTL_JOURNAL	(UINT64_C(1) << 31)
#define CTL_HTML	(UINT64_C(1) << 32)
#define CTL_TOP		(UINT64_C(1) << 33)
#define CTL_SHELL	(UINT64_C(1) << 34)
#define CTL_AUTH	(UINT64_C(1) << 35)
#define CTL_INTERVAL	(UINT64_C(1) << 36)

/* CTL_SPAN: a duration as in greygate.conf(5), sent as seconds. CTL_TIME: a
 * point in time, control/ctl_time.h, sent as seconds since the epoch. CTL_WORDS: all
 * words that are left, as one text. */
enum ctl_type { CTL_TEXT, CTL_COUNT, CTL_FLAG, CTL_PATH, CTL_SPAN, CTL_TIME,
    CTL_WORDS };

struct ctl_option {
	const char	*name;		/* also the name in the request */
	uint64_t	 bit;
	enum ctl_type	 type;
	const char	*word;		/* what it is, if it is given as a word
					 * behind the command; NULL: --name */
};

/* What comes back: one value; records, as many as there are; or the lines of a
 * text (struct json has them as "lines"), which a break in the middle must not
 * look complete. --json prints an array of all but the first. */
enum ctl_reply { CTL_VALUE, CTL_LISTING, CTL_LINES };

struct ctl_request;

/* A command that is more than one request and its reply: takes over r->args; the
 * exit code. */
typedef int (*ctl_run_fn)(const struct ctl *ctl, struct ctl_request *r);

/* Prints one item for people; nth counts from 0. */
typedef void (*ctl_show_fn)(const struct ctl *ctl, const struct json *item,
	    size_t nth);

struct ctl_command {
	const char	*name;		/* "triplet list" */
	const char	*synopsis;	/* what follows it */
	const char	*help;
	uint64_t	 takes, needs;	/* options */
	enum ctl_reply	 reply;
	const char	*none;		/* of a listing with nothing in it */
	int		 wait_s;	/* patience with the daemon */
	ctl_show_fn	 show;
	ctl_run_fn	 run;		/* NULL: ctl_run() asks the daemon and
					 * shows what it answers */
};

/* What was asked for on the command line. */
struct ctl_request {
	int64_t		 now;		/* seconds */
	const struct ctl_command *command;
	struct json	*args;
	uint64_t	 given;		/* options */
};

/* The command whose name the words begin with; *used: how many of them.
 * NULL: none. */
const struct ctl_command *ctl_find(int n, char *const *words, int *used);

/* The i-th row of the table of commands, of options; NULL: there are no more. */
const struct ctl_command *ctl_command_at(size_t i);
const struct ctl_option *ctl_option_at(size_t i);

/* One screen: every command with its options. */
void	ctl_help(FILE *out);

/* Says which commands there are whose names begin like this. -1. */
int	ctl_refuse_unknown(int n, char *const *words, struct err *e);

/* The options for getopt_long(); val is CTL_OPTION_FIRST plus the place. */
enum { CTL_OPTION_FIRST = 256, CTL_OPTIONS_MAX = 64 };
void	ctl_long_options(struct option out[CTL_OPTIONS_MAX]);

/* Takes one option, by val. 0; -1 its value is wrong, e tells. */
int	ctl_take_option(struct ctl_request *r, int val, const char *value,
	    struct err *e);

/* Takes the words: a command and what it needs beside options.
 * 0; -1 there is something missing, too much or unknown: e. */
int	ctl_take_words(struct ctl_request *r, int n, char *const *words,
	    struct err *e);

/* A whole command line, argv[0] included; -s and --json in it change ctl.
 * The exit code. Not for two threads at once: getopt_long(3). */
int	ctl_main(int argc, char **argv, struct ctl *ctl);

/* Asks the daemon and prints its reply; takes over r->args. The exit code. */
int	ctl_run(const struct ctl *ctl, struct ctl_request *r);

/* Reads a file of whitelist entries and has the daemon add them, all or, if one
 * is wrong, none. The exit code. */
int	ctl_import(const struct ctl *ctl, struct ctl_request *r);

/* Reads the journal: its lines; what became of somebody's mail. Prints a shell's
 * completion. Likewise. */
int	ctl_log(const struct ctl *ctl, struct ctl_request *r);
int	ctl_trace(const struct ctl *ctl, struct ctl_request *r);
int	ctl_stats(const struct ctl *ctl, struct ctl_request *r);
int	ctl_report(const struct ctl *ctl, struct ctl_request *r);
int	ctl_complete(const struct ctl *ctl, struct ctl_request *r);

/* Asks for what waits and what passed, and puts it together. Likewise. */
int	ctl_pending(const struct ctl *ctl, struct ctl_request *r);

/* A page of what goes on, again and again on a terminal. Likewise. */
int	ctl_top(const struct ctl *ctl, struct ctl_request *r);

#endif
