/* SPDX-License-Identifier: ISC
 * control/unixsock.h - both ends of a unix socket.
 *
 * Plain descriptors, close-on-exec; any thread. */
#ifndef CONTROL_UNIXSOCK_H
#define CONTROL_UNIXSOCK_H

#include <sys/stat.h>

#include "base/err.h"

/*
 * Listens at path, mode 0660. A socket that is already there is removed if
 * nobody answers on it any more; anything else that is there stays.
 * The descriptor, and *made is the socket file; or -1, e tells.
 */
int	unixsock_listen(const char *path, struct stat *made, struct err *e);

/* Removes the socket file if it still is the one that was made. */
void	unixsock_remove(const char *path, const struct stat *made);

/* The descriptor; or -1 and errno: ENAMETOOLONG, ENOENT, EACCES, ECONNREFUSED
 * (a socket that nobody answers on) ... */
int	unixsock_connect(const char *path);

#endif
