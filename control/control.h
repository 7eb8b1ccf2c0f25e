/* SPDX-License-Identifier: ISC
 * control/control.h - the control socket that greyctl(8) speaks to.
 *
 * A unix socket of mode 0660. Each client is served in a thread of its own, at
 * most CONTROL_CLIENTS at once and with time limits, so that a long listing
 * does not hold up `status` and a stuck greyctl is cut off. Each command is
 * logged with the peer's uid, gid and pid.
 *
 * A client sends one line of JSON, {"v":1,"command":"sweep","args":{}}, and
 * gets lines back: {"item":...} for each thing there is to tell, then a last
 * {"done":true} or {"error":"sentence","exit":1} (1: no, 2: failed). */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "base/alarm.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "db/store.h"
#include "journal/journal.h"
#include "journal/tally.h"
#include "policy/keeper.h"
#include "policy/live.h"
#include "recipient/recipients.h"
#include "whitelist/whitelist.h"

enum { CONTROL_CLIENTS = 32 };

/* What the commands work on; all outlive the control socket. The two calls may
 * come from several threads at once. */
struct control_deps {
	struct live	*live;
	struct store	*store;
	struct journal	*journal;
	struct alarms	*alarms;
	struct keeper	*keeper;
	struct recipients *recipients;
	struct whitelist *whitelist;
	struct prover	*prover;	/* NULL: no SPF */
	const struct pseudonyms *pseudonyms;	/* NULL: addresses are kept as is */
	struct tally	*tally;		/* NULL: none; what is stored is read */
	struct outbound_watch *watch;	/* NULL: nothing is counted */
	struct clock	 clock;
	const struct conf *first;	/* the settings at the start: some hold
					 * until the next one */
	int64_t		 started;	/* seconds since the epoch */
	void		*arg;		/* for the two below */
	/* Reads the configuration again and puts it in force. -1: keeps what
	 * runs; e has the first mistakes. */
	int		(*reload)(void *arg, struct err *e);
	/* Adds what only the filter knows (sessions, decisions) to `status`. */
	void		(*status)(void *arg, struct json *object);
};

struct control;			/* opaque */

/* 0 done. -1: path too long, in use by another daemon, no permission: e. */
int	control_open(struct control **out, const char *path,
	    const struct control_deps *deps, struct err *e);

/* Cuts off whoever is served, ends the threads, removes the socket, frees and
 * clears *c. A command that works on the store is waited for. */
void	control_close(struct control **c);

#endif
