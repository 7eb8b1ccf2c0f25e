/* SPDX-License-Identifier: ISC
 * control/http.h - a small web server for reading, over libmicrohttpd (the only
 * file that includes it).
 *
 * One thread of its own serves all; HTTP_CLIENTS at once at most, each cut off
 * after HTTP_SECONDS of silence. Only GET and HEAD get to the function. */
#ifndef CONTROL_HTTP_H
#define CONTROL_HTTP_H

#include <stddef.h>

#include "base/endpoint.h"
#include "base/err.h"

enum { HTTP_CLIENTS = 16, HTTP_SECONDS = 10 };

struct http;			/* opaque */

struct http_reply {
	unsigned	 status;	/* 200, 404 ... */
	const char	*type;		/* "text/plain"; a constant */
	char		*body;		/* to be freed; NULL: out of memory */
	size_t		 len;
};

/* Called in the server's thread, one at a time. */
typedef void (*http_fn)(void *arg, const char *path, struct http_reply *out);

/* 0; -1: the address is taken, or none of this host's: e. */
int	http_open(struct http **out, const struct endpoint *where, http_fn fn,
	    void *arg, struct err *e);

/* Cuts off whoever is served, ends the thread, frees and clears *h. */
void	http_close(struct http **h);

#endif
