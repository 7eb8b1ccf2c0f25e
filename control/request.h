/* SPDX-License-Identifier: ISC
 * control/request.h - what a client of the control socket asks for.
 *
 * Plain values, owned by one thread. */
#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

enum { REQUEST_VERSION = 1 };

struct request {
	struct json		*whole;
	const char		*command;	/* points into whole */
	const struct json	*args;		/* likewise; NULL: none */
};

/* Parses one line. 0: *out is to be given to request_free(). -1: not a
 * request of this version; e tells, out is unchanged. */
int	request_parse(const char *line, size_t len, struct request *out,
	    struct err *e);
void	request_free(struct request *r);

/* The line of a request; takes over *args (which may be NULL). */
struct json *request_build(const char *command, struct json **args);

#endif
