/* SPDX-License-Identifier: ISC
 * control/client.h - the asking end of the control socket: one request, then
 * the items of its reply one at a time, however many there are.
 *
 * Owned by one thread. */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include "base/err.h"
#include "base/json.h"

#define CLIENT_SOCKET	"/run/greygate/control.sock"

struct client;			/* opaque */

/* 0 connected; -1 nobody answers or no permission: e says what to do. */
int	client_open(struct client **out, const char *path, struct err *e);
void	client_close(struct client **c);

/* Sends a request; takes over *args (which may be NULL). 0 or -1. */
int	client_ask(struct client *c, const char *command, struct json **args,
	    struct err *e);

/*
 * 1: *item is the next one, good until the next call. 0: that was all. -1:
 * refused, or nothing came for wait_ms; e tells, *code is greyctl's exit code.
 */
int	client_next(struct client *c, int wait_ms, const struct json **item,
	    int *code, struct err *e);

/* Waits until fd (a pager's pipe, a terminal) takes more, and lets the daemon
 * know meanwhile that this listing is still wanted. */
void	client_wait_for_output(struct client *c, int fd);

#endif
