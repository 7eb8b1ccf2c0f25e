/* SPDX-License-Identifier: ISC
 * identity/launcher_private.h - what the filter and its launcher say to each
 * other, one datagram each. Both are the same program: structs as they are. */
#ifndef IDENTITY_LAUNCHER_PRIVATE_H
#define IDENTITY_LAUNCHER_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "identity/launcher.h"

enum launcher_what {
	LAUNCHER_SPAWN = 1,
	LAUNCHER_KILL,
	LAUNCHER_END		/* it may have ended by itself: how? */
};

struct launcher_order {
	uint32_t	serial, what;
	pid_t		pid;			/* of the last two */
	struct launcher_resolvers resolvers;	/* of the first */
};

/* The answer to the order of this serial; of a spawn that did not fail a
 * descriptor comes with it. */
struct launcher_report {
	uint32_t	serial;
	bool		failed;
	pid_t		pid;
	struct err	why;		/* or how it ended */
};

struct launcher_account {
	bool	become;			/* else stay who we are */
	uid_t	uid;
	gid_t	gid;
};

/* The life of the launcher: takes orders from the socket until its end. */
_Noreturn void	launcher_serve(int socket, const char *program,
	    const struct launcher_account *account);

/* In a new process: becomes the helper. `socket` is its end of the socket,
 * `words` what it may write its complaints to, `failure` (close-on-exec) where
 * a struct err is written if it cannot. */
_Noreturn void	launcher_become_helper(const char *program,
	    const struct launcher_account *account,
	    const struct launcher_resolvers *resolvers, const int fds[3]);

enum {
	LAUNCHER_NULL_FDS = 3,		/* 0, 1, 2 of the launcher: /dev/null */
	LAUNCHER_SOCKET = 3		/* its only other one when it is idle */
};

#endif
