/* SPDX-License-Identifier: ISC
 * control/http.c - takes requests and gives the function's answers. */
#include "control/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 16, REQUEST_MEMORY = 16 * 1024, NOT_FOUND = 404 };

struct http {
	struct MHD_Daemon	*server;
	http_fn			 fn;
	void			*arg;
};

/* Takes over the reply's body. */
static enum MHD_Result
give(struct MHD_Connection *to, const struct http_reply *r)
{
	struct MHD_Response	*response;
	enum MHD_Result		 done;

	if (r->body == NULL)
		return MHD_NO;
	response = MHD_create_response_from_buffer(r->len, r->body,
	    MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(r->body);
		return MHD_NO;
	}
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
	    r->type);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
	    "no-store");
	done = MHD_queue_response(to, r->status, response);
	MHD_destroy_response(response);
	return done;
}

/* The first call of a request has its head only; a body is thrown away. */
static enum MHD_Result
on_request(void *arg, struct MHD_Connection *from, const char *path,
    const char *method, const char *version, const char *body, size_t *len,
    void **seen)
{
	static char		 mark;
	struct http		*h = arg;
	struct http_reply	 r = { .status = NOT_FOUND,
				    .type = "text/plain; charset=utf-8" };

	(void)version;
	(void)body;
	if (*seen == NULL || *len > 0) {
		*seen = &mark;
		*len = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
	    strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
		h->fn(h->arg, path, &r);
	else if ((r.body = strdup("not found\n")) != NULL)
		r.len = strlen(r.body);
	return give(from, &r);
}

/* Its own socket, so that what is wrong with the address can be said. */
static int
listen_on(const struct endpoint *where, struct err *e)
{
	const int	on = 1;
	int		fd = socket(where->addr.ss_family,
			    SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return err_set(e, "no socket: %s", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&where->addr, where->len) == -1 ||
	    listen(fd, BACKLOG) == -1) {
		(void)err_set(e, "%s", strerror(errno));
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
http_open(struct http **out, const struct endpoint *where, http_fn fn,
    void *arg, struct err *e)
{
	struct http	*h;
	int		 fd = listen_on(where, e);

	if (fd == -1)
		return -1;
	h = calloc(1, sizeof(*h));
	if (h != NULL) {
		h->fn = fn;
		h->arg = arg;
		h->server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
		    MHD_USE_POLL | MHD_USE_ITC, 0, NULL, NULL, on_request, h,
		    MHD_OPTION_LISTEN_SOCKET, fd,
		    MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CLIENTS,
		    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_SECONDS,
		    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MEMORY,
		    MHD_OPTION_END);
	}
	if (h == NULL || h->server == NULL) {
		free(h);
		(void)close(fd);
		return err_set(e, "out of memory or threads");
	}
	*out = h;
	return 0;
}

/* The server closes its socket. */
void
http_close(struct http **h)
{
	if (*h == NULL)
		return;
	MHD_stop_daemon((*h)->server);
	free(*h);
	*h = NULL;
}
