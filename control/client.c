/* SPDX-License-Identifier: ISC
 * control/client.c - asks the daemon. */
#include "control/client.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/request.h"
#include "control/unixsock.h"
#include "control/wire.h"

enum { FAILED = 2, ALIVE_EVERY_MS = 1000 };

struct client {
	int		 fd;
	struct json	*reply;		/* the latest line */
	struct wire	 wire;
};

/* The group that the socket, or else its folder, is open to. */
static int
group_of(const char *path, gid_t *out)
{
	char		 folder[4096];
	const char	*slash = strrchr(path, '/');
	struct stat	 st;

	if (stat(path, &st) == -1) {
		if (slash == NULL || slash == path ||
		    (size_t)(slash - path) >= sizeof(folder))
			return -1;
		memcpy(folder, path, (size_t)(slash - path));
		folder[slash - path] = '\0';
		if (stat(folder, &st) == -1)
			return -1;
	}
	*out = st.st_gid;
	return 0;
}

static int
no_permission(const char *path, struct err *e)
{
	const struct group	*g;
	gid_t			 gid;

	if (group_of(path, &gid) == -1)
		return err_set(e, "permission denied on %s: only root and "
		    "the socket's group may use it", path);
	g = getgrgid(gid);
	if (g == NULL)
		return err_set(e, "permission denied on %s: only root and "
		    "members of group %ju may use it", path, (uintmax_t)gid);
	return err_set(e, "permission denied on %s: only root and members of "
	    "group %s may use it", path, g->gr_name);
}

static int
explain(const char *path, struct err *e)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		return err_set(e, "no daemon answers on %s: start greygate or "
		    "name its socket with -s", path);
	case EACCES:
	case EPERM:
		return no_permission(path, e);
	case ENAMETOOLONG:
		return err_set(e, "the path of a socket has at most 107 "
		    "bytes: %s", path);
	}
	return err_set(e, "%s: %s", path, strerror(errno));
}

int
client_open(struct client **out, const char *path, struct err *e)
{
	struct client	*c;
	int		 fd = unixsock_connect(path);

	if (fd == -1)
		return explain(path, e);
	c = malloc(sizeof(*c));
	if (c == NULL) {
		(void)close(fd);
		return err_set(e, "out of memory");
	}
	c->fd = fd;
	c->reply = NULL;
	wire_open(&c->wire, fd);
	*out = c;
	return 0;
}

void
client_close(struct client **c)
{
	if (*c == NULL)
		return;
	json_free(&(*c)->reply);
	wire_close(&(*c)->wire);
	(void)close((*c)->fd);
	free(*c);
	*c = NULL;
}

int
client_ask(struct client *c, const char *command, struct json **args,
    struct err *e)
{
	struct json	*request = request_build(command, args);

	/* A daemon that turns this client away may have closed already, with
	 * a reply that says why. */
	if (wire_put(&c->wire, &request, e) == -1)
		return -1;
	(void)wire_flush(&c->wire, NULL);
	return 0;
}

static int
take_reply(const struct json *reply, const struct json **item, int *code,
    struct err *e)
{
	const char	*error = json_get_text(reply, "error");

	*item = json_get(reply, "item");
	if (*item != NULL)
		return 1;
	if (json_get_bool(reply, "done"))
		return 0;
	if (error == NULL)
		return err_set(e, "the daemon's reply is of another release");
	*code = json_get_int(reply, "exit") == 1 ? 1 : FAILED;
	return err_set(e, "%s", error);
}

int
client_next(struct client *c, int wait_ms, const struct json **item,
    int *code, struct err *e)
{
	struct err	 why;
	const char	*line;
	size_t		 len;
	int		 rc;

	*item = NULL;
	*code = FAILED;
	rc = wire_read(&c->wire, WIRE_REPLY_MAX, wait_ms, &line, &len, &why);
	if (rc == -1)
		return err_set(e, "no reply from the daemon: %s", why.text);
	if (rc == 0)
		return err_set(e, "the daemon closed before its reply was "
		    "complete; see its log");
	json_free(&c->reply);
	c->reply = json_parse(line, len, &why);
	if (c->reply == NULL)
		return err_set(e, "the daemon's reply: %s", why.text);
	return take_reply(c->reply, item, code, e);
}

void
client_wait_for_output(struct client *c, int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLOUT };

	while (fd != -1 && poll(&p, 1, ALIVE_EVERY_MS) == 0)
		wire_alive(&c->wire);
}
