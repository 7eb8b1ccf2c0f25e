/* SPDX-License-Identifier: ISC
 * control/command.h - the commands of the control socket, one row each. */
#ifndef CONTROL_COMMAND_H
#define CONTROL_COMMAND_H

#include <sys/types.h>

#include "control/control.h"
#include "control/request.h"
#include "control/wire.h"

/* What greyctl's exit code will be. */
enum { CALL_DONE, CALL_NO, CALL_FAILED };

/* Who asks, by the kernel's word. */
struct command_peer {
	uid_t	uid;
	gid_t	gid;
	pid_t	pid;
};

/* One command on its way; owned by the thread that serves it. */
struct call {
	const struct control_deps *deps;
	const struct command_peer *peer;
	struct request	 request;
	struct wire	*wire;		/* items go there */
	int64_t		 now;		/* seconds, read once */
};

/* CALL_DONE; or CALL_NO or CALL_FAILED, then e tells why. */
typedef int (*command_fn)(struct call *c, struct err *e);

struct command {
	const char	*name;		/* "triplet list" */
	command_fn	 run;
};

/* NULL: there is none of this name. */
const struct command *command_find(const char *name);

/* Takes one request line, does what it says and queues the whole reply. */
void	command_answer(const struct control_deps *deps, struct wire *w,
	    const char *line, size_t len, const struct command_peer *peer);

/* Queues and sends the last line of a reply that failed. */
void	command_refuse(struct wire *w, int code, const char *sentence);

#endif
