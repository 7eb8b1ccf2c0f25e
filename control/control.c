/* SPDX-License-Identifier: ISC
 * control/control.c - accepts clients, serves each in a thread of its own. */
#include "control/control.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/command.h"
#include "control/unixsock.h"
#include "control/wire.h"

enum { ACCEPT_PAUSE_MS = 200 };

/* A place for one client. Its thread closes fd and sets done; whoever wants
 * the place then joins the thread. */
struct seat {
	struct control	*control;
	pthread_t	 thread;
	int		 fd;		/* -1: closed; under the lock */
	bool		 taken;		/* has a thread that was not joined */
	bool		 done;		/* under the lock */
};

struct control {
	struct control_deps deps;
	char		*path;
	struct stat	 made;		/* the socket file */
	int		 listen_fd;
	int		 wake_fd;	/* readable: time to stop */
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	struct seat	 seats[CONTROL_CLIENTS];
};

static struct command_peer
peer_of(int fd)
{
	struct ucred		c = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t		len = sizeof(c);

	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &len);
	return (struct command_peer){ c.uid, c.gid, c.pid };
}

static void
converse(const struct control_deps *deps, int fd)
{
	struct command_peer	 peer = peer_of(fd);
	struct wire		 w;
	struct err		 e;
	const char		*line;
	size_t			 len;

	wire_open(&w, fd);
	switch (wire_read(&w, WIRE_REQUEST_MAX, WIRE_IDLE_MS, &line, &len,
	    &e)) {
	case 1:
		command_answer(deps, &w, line, len, &peer);
		break;
	case -1:
		command_refuse(&w, CALL_FAILED, e.text);
		break;
	}
	wire_close(&w);
}

static void *
serve(void *arg)
{
	struct seat	*s = arg;

	converse(&s->control->deps, s->fd);
	pthread_mutex_lock(&s->control->lock);
	(void)close(s->fd);
	s->fd = -1;
	s->done = true;
	pthread_mutex_unlock(&s->control->lock);
	return NULL;
}

/* A place that is free, joining who has left it; NULL: all are taken. */
static struct seat *
free_seat(struct control *c)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct seat	*s = &c->seats[i];
		bool		 done;

		if (!s->taken)
			return s;
		pthread_mutex_lock(&c->lock);
		done = s->done;
		pthread_mutex_unlock(&c->lock);
		if (!done)
			continue;
		(void)pthread_join(s->thread, NULL);
		s->taken = false;
		return s;
	}
	return NULL;
}

static void
turn_away(int fd, const char *sentence)
{
	struct wire	w;

	wire_open(&w, fd);
	command_refuse(&w, CALL_FAILED, sentence);
	wire_close(&w);
	(void)close(fd);
}

static void
seat_client(struct control *c, int fd)
{
	struct seat	*s = free_seat(c);

	if (s == NULL) {
		turn_away(fd, "as many clients as may be are being served; "
		    "end one (a listing in a pager?) or try again");
		return;
	}
	s->fd = fd;
	s->done = false;
	if (pthread_create(&s->thread, NULL, serve, s) != 0)
		turn_away(fd, "no thread to serve this client");
	else
		s->taken = true;
}

static void *
accept_clients(void *arg)
{
	struct control	*c = arg;
	struct pollfd	 p[2] = {
		{ .fd = c->wake_fd, .events = POLLIN },
		{ .fd = c->listen_fd, .events = POLLIN },
	};
	int		 fd;

	for (;;) {
		(void)poll(p, 2, -1);
		if ((p[0].revents & POLLIN) != 0)
			return NULL;
		fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd != -1)
			seat_client(c, fd);
		else if (errno == EMFILE || errno == ENFILE ||
		    errno == ENOMEM || errno == ENOBUFS)
			/* The client stays in the queue: do not spin. */
			(void)poll(p, 1, ACCEPT_PAUSE_MS);
	}
}

/* Signals are for the threads that wait for them. */
static int
start_thread(struct control *c)
{
	sigset_t	all, before;
	int		rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&c->thread, NULL, accept_clients, c);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static void
control_free(struct control **c)
{
	if ((*c)->wake_fd != -1)
		(void)close((*c)->wake_fd);
	(void)pthread_mutex_destroy(&(*c)->lock);
	free((*c)->path);
	free(*c);
	*c = NULL;
}

static struct control *
control_new(const char *path, const struct control_deps *deps)
{
	struct control	*c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->deps = *deps;
	(void)pthread_mutex_init(&c->lock, NULL);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		c->seats[i] = (struct seat){ .control = c, .fd = -1 };
	c->path = strdup(path);
	c->wake_fd = eventfd(0, EFD_CLOEXEC);
	if (c->path == NULL || c->wake_fd == -1)
		control_free(&c);
	return c;
}

int
control_open(struct control **out, const char *path,
    const struct control_deps *deps, struct err *e)
{
	struct control	*c = control_new(path, deps);
	int		 rc;

	if (c == NULL)
		return err_set(e, "control socket %s: out of memory or "
		    "descriptors", path);
	c->listen_fd = unixsock_listen(path, &c->made, e);
	if (c->listen_fd == -1) {
		control_free(&c);
		return -1;
	}
	rc = start_thread(c);
	if (rc != 0) {
		(void)close(c->listen_fd);
		unixsock_remove(path, &c->made);
		control_free(&c);
		return err_set(e, "control socket %s: no thread: %s", path,
		    strerror(rc));
	}
	*out = c;
	return 0;
}

static void
cut_off(struct control *c, struct seat *s)
{
	if (!s->taken)
		return;
	pthread_mutex_lock(&c->lock);
	if (s->fd != -1)
		(void)shutdown(s->fd, SHUT_RDWR);
	pthread_mutex_unlock(&c->lock);
	(void)pthread_join(s->thread, NULL);
}

void
control_close(struct control **c)
{
	if (*c == NULL)
		return;
	(void)eventfd_write((*c)->wake_fd, 1);
	(void)pthread_join((*c)->thread, NULL);
	(void)close((*c)->listen_fd);
	unixsock_remove((*c)->path, &(*c)->made);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		cut_off(*c, &(*c)->seats[i]);
	control_free(c);
}
