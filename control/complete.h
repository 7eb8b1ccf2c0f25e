/* SPDX-License-Identifier: ISC
 * control/complete.h - what a shell needs to know to complete greyctl's commands,
 * from the tables of commands and options. Pure; any thread. */
#ifndef CONTROL_COMPLETE_H
#define CONTROL_COMPLETE_H

#include "control/ctl.h"

/* What an option takes, for completion. */
enum complete_value { COMPLETE_NOTHING, COMPLETE_TEXT, COMPLETE_FILE,
    COMPLETE_WORDS };
enum complete_value complete_value_of(const struct ctl_option *o);

/* The words that a COMPLETE_WORDS option takes: "pass defer reject event". */
void	complete_print_words(FILE *out, const struct ctl_option *o);

/* Calls each() for each word that begins a command: "triplet", "log". */
void	complete_first_words(void (*each)(FILE *out, const char *word, size_t len,
	    bool group), FILE *out);

/* The words that may follow the first one of a command: "list show pass". */
void	complete_print_seconds(FILE *out, const char *word, size_t len);

/* The options of a command: "--client --json". */
void	complete_print_options(FILE *out, const struct ctl_command *c);

/* Whole scripts. */
void	complete_bash(FILE *out);
void	complete_zsh(FILE *out);

#endif
