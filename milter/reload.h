/* SPDX-License-Identifier: ISC
 * milter/reload.h - reads the configuration again and puts it in force. */
#ifndef MILTER_RELOAD_H
#define MILTER_RELOAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/alarm.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "journal/journal.h"
#include "policy/live.h"

/* Where the settings come from: a file that was named must be there, the
 * default one may be missing, then the defaults hold. */
struct settings_file {
	char	path[4096];
	bool	named;
};

/* conf_read() of that file. */
int	settings_read(const struct settings_file *file, struct conf **out,
	    conf_report_fn report, void *arg);

/* What a reload works on; all outlive it. */
struct reload {
	const struct settings_file *file;
	struct live	*live;
	struct policy	*first;		/* as at the start; a reference */
	struct policy_deps deps;
	struct journal	*journal;
	struct clock	 clock;
	pthread_mutex_t	 lock;		/* one reload at a time */
};

/* The resolvers of a configuration, for the helper. */
struct launcher_resolvers reload_resolvers(const struct conf *conf);

/*
 * Builds everything new, and only then swaps. The journal's file is opened
 * anew. Keys that only a start can change are named in the log; they are no
 * trouble, and raise no alarm. From any thread. 0 done; -1 what ran is kept; e
 * has the first mistake, the log all of them.
 */
int	reload_now(struct reload *r, struct err *e);

#endif
