/* SPDX-License-Identifier: ISC
 * recipient/reach.c - sockets that never wait longer than they may. */
#include "recipient/reach.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

/* A firewall forgets a connection that is silent for long, and an idle one
 * whose server is gone without a word is noticed. Seconds, and how often. */
enum { KEEP_IDLE = 60, KEEP_INTERVAL = 20, KEEP_COUNT = 3 };

int
reach_await(int fd, short events, int64_t deadline)
{
	struct pollfd	p = { .fd = fd, .events = events };
	int64_t		left;
	int		ready;

	do {
		left = deadline - clock_monotonic_micros();
		ready = left <= 0 ? 0 : poll(&p, 1, (int)((left + 999) / 1000));
	} while (ready == -1 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0 ? 0 : -1;
}

/* 0, -1: errno. */
static int
connect_by(int fd, const struct sockaddr *to, socklen_t len, int64_t deadline)
{
	int		failure = 0;
	socklen_t	size = sizeof(failure);

	if (connect(fd, to, len) == 0)
		return 0;
	if (errno != EINPROGRESS || reach_await(fd, POLLOUT, deadline) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) == -1)
		return -1;
	errno = failure;
	return failure == 0 ? 0 : -1;
}

/* The socket; -1: errno. */
static int
reach_address(const struct sockaddr *to, socklen_t len, int64_t deadline)
{
	int	fd, failure;

	fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd == -1)
		return -1;
	if (connect_by(fd, to, len, deadline) == 0)
		return fd;
	failure = errno;
	(void)close(fd);
	errno = failure;
	return -1;
}

static void
set_option(int fd, int level, int name, int value)
{
	/* What the system does not know, it does without. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

static void
keep_alive(int fd)
{
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static int
reach_one_of(const struct addrinfo *list, int64_t deadline)
{
	int	fd = -1, left = 0;

	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
		left++;
	for (const struct addrinfo *a = list; a != NULL && fd == -1;
	    a = a->ai_next, left--) {
		int64_t	now = clock_monotonic_micros();

		fd = reach_address(a->ai_addr, a->ai_addrlen,
		    now + (deadline - now) / left);
	}
	return fd;
}

int
reach_tcp(const char *host, int port, int64_t deadline, struct err *e)
{
	struct addrinfo	 hints = { .ai_family = AF_UNSPEC,
			     .ai_socktype = SOCK_STREAM }, *list;
	char		 service[16];
	int		 failed, fd;

	(void)snprintf(service, sizeof(service), "%d", port);
	failed = getaddrinfo(host, service, &hints, &list);
	if (failed != 0)
		return err_set(e, "no address of %s: %s", host,
		    gai_strerror(failed));
	fd = reach_one_of(list, deadline);
	if (fd == -1)
		(void)err_set(e, "cannot connect: %s", strerror(errno));
	else
		keep_alive(fd);
	freeaddrinfo(list);
	return fd;
}

int
reach_unix(const char *path, int64_t deadline, struct err *e)
{
	struct sockaddr_un	to = { .sun_family = AF_UNIX };
	int			fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return err_set(e, "the path of its socket is longer than %zu "
		    "bytes", sizeof(to.sun_path) - 1);
	strcpy(to.sun_path, path);
	fd = reach_address((const struct sockaddr *)&to, sizeof(to), deadline);
	return fd != -1 ? fd : err_set(e, "cannot connect to %s: %s", path,
	    strerror(errno));
}
