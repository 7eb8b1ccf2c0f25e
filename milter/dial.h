/* SPDX-License-Identifier: ISC
 * milter/dial.h - connects to an address as smfi_setconn() takes it. */
#ifndef MILTER_DIAL_H
#define MILTER_DIAL_H

/* "inet:8891@127.0.0.1", "inet6:8891@::1", "unix:/path": a connected socket, to
 * be closed; -1 if nobody answers there. */
int	dial(const char *listen);

#endif
