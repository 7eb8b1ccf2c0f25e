/* SPDX-License-Identifier: ISC
 * milter/lists.h - reads what a configuration names: recipients, entries. */
#ifndef MILTER_LISTS_H
#define MILTER_LISTS_H

#include "milter/reload.h"
#include "policy/policy.h"

/* Lists and directories of recipients, in force. 0; -1: e; *out may be there
 * already and is then the caller's. */
int	lists_open_recipients(struct recipients **out,
	    const struct recipients_deps *deps, struct conf *conf,
	    struct err *e);

/* Entries of files and the store, in force. As above. */
int	lists_open_whitelist(struct whitelist **out, struct store *store,
	    struct conf *conf, int64_t now, struct err *e);

/* ALARM_WHITELIST, if some of the store's entries are none. */
void	lists_tell_unreadable(struct whitelist *w, struct alarms *alarms,
	    int64_t now);

/*
 * greygate -t: the lists are read and the directories' settings looked at, too,
 * with the rights of the filter's user; what is valid but unwise is told on
 * stderr. Nobody is asked and nothing written. The exit code.
 */
int	lists_check(const struct settings_file *file, struct conf *conf);

#endif
