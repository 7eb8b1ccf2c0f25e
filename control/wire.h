/* SPDX-License-Identifier: ISC
 * control/wire.h - lines over a socket, with time limits; both ends use it.
 *
 * Owned by one thread. */
#ifndef CONTROL_WIRE_H
#define CONTROL_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

enum {
	WIRE_REQUEST_MAX = 64 * 1024,	/* bytes of a request */
	WIRE_REPLY_MAX = 1024 * 1024,	/* bytes of one line of a reply */
	WIRE_IDLE_MS = 5000,		/* the daemon waits so long */
	WIRE_OUT_SIZE = 32 * 1024
};

struct wire {
	int	 fd;			/* borrowed */
	int	 idle_ms;		/* WIRE_IDLE_MS, but in tests */
	char	*in;			/* what came and was not yet taken */
	size_t	 in_size, in_from, in_end;
	size_t	 out_used;		/* what waits to be sent */
	bool	 deaf;			/* the other side sends no more */
	bool	 broken;		/* nothing more can be sent */
	char	 out[WIRE_OUT_SIZE];
};

void	wire_open(struct wire *w, int fd);

/* Frees what it holds; what was not flushed is dropped; fd stays open. */
void	wire_close(struct wire *w);

/*
 * Reads one line of at most `limit` bytes within wait_ms.
 * 1: *line, without its newline, good until the next call. 0: the other side
 * has closed. -1: too long, too slow or lost; e tells.
 */
int	wire_read(struct wire *w, size_t limit, int wait_ms,
	    const char **line, size_t *len, struct err *e);

/* Queues a value as one line and frees it; sends when much is queued.
 * 0 done; -1 the other side is gone or takes nothing. */
int	wire_put(struct wire *w, struct json **line, struct err *e);

/* The same for {"item":value}. */
int	wire_put_item(struct wire *w, struct json **value, struct err *e);

/* Sends what is queued. Fails when the other side neither takes anything nor
 * says that it is alive for idle_ms. */
int	wire_flush(struct wire *w, struct err *e);

/* Says that this side is alive though it reads nothing now. */
void	wire_alive(struct wire *w);

#endif
