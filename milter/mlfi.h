/* SPDX-License-Identifier: ISC
 * milter/mlfi.h - attaches sessions to an MTA by libmilter.
 *
 * libmilter keeps one filter per process: so does this module. */
#ifndef MILTER_MLFI_H
#define MILTER_MLFI_H

#include "base/err.h"
#include "milter/session.h"

/* Opens the listening socket ("inet:8891@127.0.0.1", "unix:/path"). A unix
 * socket that nobody serves is replaced; its mode is 0660.
 * 0 done; -1 cannot, e tells. */
int	mlfi_open(const char *listen, struct err *e);

/* Serves sessions until mlfi_stop(), or until libmilter itself takes a SIGTERM,
 * SIGINT or SIGHUP. Callbacks may still be running when it returns: see
 * milter/drain.h. app outlives the process's last session.
 * 0, or -1 libmilter failed. */
int	mlfi_run(const struct app *app);

/* Ends mlfi_run(), from another thread. listen: as for mlfi_open(). */
void	mlfi_stop(const char *listen);

#endif
