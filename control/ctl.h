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
	FILE		*out, *messages;
};

/* Options of commands, as bits. */
enum {
	CTL_CLIENT = 1 << 0, CTL_NAME = 1 << 1, CTL_IDENTITY = 1 << 2,
	CTL_SENDER = 1 << 3, CTL_RECIPIENT = 1 << 4, CTL_STATE = 1 << 5,
	CTL_LIMIT = 1 << 6, CTL_ALL = 1 << 7, CTL_FOLDER = 1 << 8,
	CTL_ADDRESS = 1 << 9, CTL_SOURCE = 1 << 10, CTL_ADDR = 1 << 11,
	CTL_HASHED = 1 << 12, CTL_ENTRY = 1 << 13, CTL_NOTE = 1 << 14,
	CTL_EXPIRES = 1 << 15, CTL_KIND = 1 << 16, CTL_HELO = 1 << 17,
	CTL_ID = 1 << 18, CTL_DAYS = 1 << 19, CTL_FILE = 1 << 20,
	CTL_DURATION = 1 << 21, CTL_OUTSIDE = 1 << 22, CTL_BY = 1 << 23,
	CTL_SINCE = 1 << 24
};

/* CTL_SPAN: a duration as in greygate.conf(5), sent as seconds. CTL_TIME: a
 * point in time, control/ctl_time.h, sent as seconds since the epoch. CTL_WORDS: all
 * words that are left, as one text. */
enum ctl_type { CTL_TEXT, CTL_COUNT, CTL_FLAG, CTL_PATH, CTL_SPAN, CTL_TIME,
    CTL_WORDS };

struct ctl_option {
	const char	*name;		/* also the name in the request */
	unsigned	 bit;
	enum ctl_type	 type;
	const char	*word;		/* what it is, if it is given as a word
					 * behind the command; NULL: --name */
};

/* What comes back: one value; records, as many as there are; or the lines of a
 * text (struct json has them as "lines"), which a break in the middle must not
 * look complete. --json prints an array of all but the first. CTL_PARTS: one
 * value, of many requests; it has a function of its own, ctl_import(). */
enum ctl_reply { CTL_VALUE, CTL_LISTING, CTL_LINES, CTL_PARTS };

/* Prints one item for people; nth counts from 0. */
typedef void (*ctl_show_fn)(const struct ctl *ctl, const struct json *item,
	    size_t nth);

struct ctl_command {
	const char	*name;		/* "triplet list" */
	const char	*synopsis;	/* what follows it */
	const char	*help;
	unsigned	 takes, needs;	/* options */
	enum ctl_reply	 reply;
	const char	*none;		/* of a listing with nothing in it */
	int		 wait_s;	/* patience with the daemon */
	ctl_show_fn	 show;
};

/* What was asked for on the command line. */
struct ctl_request {
	int64_t		 now;		/* seconds */
	const struct ctl_command *command;
	struct json	*args;
	unsigned	 given;		/* options */
};

/* The command whose name the words begin with; *used: how many of them.
 * NULL: none. */
const struct ctl_command *ctl_find(int n, char *const *words, int *used);

/* One screen: every command with its options. */
void	ctl_help(FILE *out);

/* Says which commands there are whose names begin like this. -1. */
int	ctl_refuse_unknown(int n, char *const *words, struct err *e);

/* The options for getopt_long(); val is CTL_OPTION_FIRST plus the place. */
enum { CTL_OPTION_FIRST = 256, CTL_OPTIONS_MAX = 32 };
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

#endif
