/* SPDX-License-Identifier: ISC
 * recipient/reach.h - connects to a server in bounded time. Any thread.
 *
 * The bound does not cover the look-up of a name, which is the system's
 * (resolv.conf(5), options timeout and attempts). */
#ifndef RECIPIENT_REACH_H
#define RECIPIENT_REACH_H

#include <stdint.h>

#include "base/err.h"

/*
 * Connects to a host's port. Of a name with several addresses each is tried,
 * for its share of the time that is left. deadline: of
 * clock_monotonic_micros().
 * The socket, non-blocking, with keep-alive; -1: e.
 */
int	reach_tcp(const char *host, int port, int64_t deadline, struct err *e);

/* The same to a socket in the file system. */
int	reach_unix(const char *path, int64_t deadline, struct err *e);

/* Waits until a socket can be read (POLLIN) or written (POLLOUT) or has failed.
 * 0; -1 the deadline is over: errno is ETIMEDOUT. */
int	reach_await(int fd, short events, int64_t deadline);

#endif
