/* SPDX-License-Identifier: ISC
 * identity/launcher.h - a small process that starts and ends the helper.
 *
 * The filter gives its rights away and has threads; this child is made before
 * both, keeps the rights it was started with, reads nothing but orders from the
 * filter, and is gone when the filter is. Started by root it gives the helper an
 * account of its own. */
#ifndef IDENTITY_LAUNCHER_H
#define IDENTITY_LAUNCHER_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct launcher;		/* opaque; its calls lock inside */

struct launcher_conf {
	const char	*program;	/* path of greygate-spf */
	const char	*user;		/* the helper's account if we are root; where
					 * there is no such account: `fallback` */
	const char	*fallback;	/* the filter's own account, "" for none */
};

/* Before there are threads and before rights are dropped. 0; -1: e. */
int	launcher_new(struct launcher **out, const struct launcher_conf *conf,
	    struct err *e);

/* Ends it and every helper of it; frees and clears *l. NULL is fine. */
void	launcher_free(struct launcher **l);

enum { LAUNCHER_RESOLVERS = 8, LAUNCHER_RESOLVER_SIZE = 64 };
struct launcher_resolvers {
	size_t	n;		/* 0: the system's */
	char	at[LAUNCHER_RESOLVERS][LAUNCHER_RESOLVER_SIZE];	/* ADDR[@PORT] */
};

/* Starts a helper; *fd is our end of its socket (SOCK_SEQPACKET, close-on-exec,
 * the caller's to close), *pid its process. 0; -1: e. */
int	launcher_spawn(struct launcher *l,
	    const struct launcher_resolvers *resolvers, int *fd, pid_t *pid,
	    struct err *e);

/* Kills a helper (SIGKILL), which may have another user than we, and is back
 * when it is gone. A process that is no helper of it is left alone. */
void	launcher_kill(struct launcher *l, pid_t pid);

/* Of a helper whose socket has ended: likewise, and tells how it ended ("ended
 * with code 1: its last words"), unless it has to be killed for it. */
void	launcher_end(struct launcher *l, pid_t pid, struct err *how);

#endif
