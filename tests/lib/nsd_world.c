/* SPDX-License-Identifier: ISC
 * tests/lib/nsd_world.c - the servers of nsd_world.h. */
#include "tests/lib/nsd_world.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/store_world.h"

enum { TRIES = 400, PAUSE_MS = 25 };

static const char	conf[] =
    "server:\n"
    "	ip-address: 127.0.0.1@%d\n"
    "	username: \"\"\n	chroot: \"\"\n	database: \"\"\n"
    "	zonesdir: %s\n	pidfile: %s/pid\n	logfile: %s/log\n"
    "	xfrdfile: %s/xfrd\n	zonelistfile: %s/list\n"
    "	server-count: 1\n	rrl-ratelimit: 0\n"
    "	rrl-whitelist-ratelimit: 0\n"
    "remote-control:\n	control-enable: no\n"
    "zone:\n	name: .\n	zonefile: %s/zone\n";

static const char	head[] =
    "$ORIGIN .\n$TTL 300\n"
    "@ SOA ns.example. post.example. 1 3600 600 86400 60\n@ NS ns.example.\n";

static struct sockaddr_in
loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* A socket of this kind on a port, 0 for any. -1: it is taken. */
static int
bound(int kind, int *port)
{
	struct sockaddr_in	at = loopback(*port);
	socklen_t		len = sizeof(at);
	int			fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0);

	if (fd == -1)
		err(1, "socket");
	if (bind(fd, (struct sockaddr *)&at, len) == -1) {
		(void)close(fd);
		return -1;
	}
	if (getsockname(fd, (struct sockaddr *)&at, &len) == -1)
		err(1, "getsockname");
	*port = ntohs(at.sin_port);
	return fd;
}

static int
free_in_both(void)
{
	for (int i = 0; i < TRIES; i++) {
		int	port = 0, tcp = bound(SOCK_STREAM, &port),
			udp = bound(SOCK_DGRAM, &port);

		(void)close(tcp);
		if (udp == -1)
			continue;
		(void)close(udp);
		return port;
	}
	errx(1, "no port is free");
}

int
nsd_mute(char at[40])
{
	int	port = 0, fd = bound(SOCK_DGRAM, &port);

	(void)snprintf(at, 40, "127.0.0.1@%d", port);
	return fd;
}

static pid_t
begin(const struct nsd *s)
{
	static char	nsd[] = "nsd", d[] = "-d", c[] = "-c";
	char		file[NSD_TEXT], log[NSD_TEXT];
	pid_t		pid = fork();
	int		to;

	if (pid == -1)
		err(1, "fork");
	if (pid > 0) {
		(void)setpgid(pid, pid);
		return pid;
	}
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)snprintf(file, sizeof(file), "%s/nsd.conf", s->top);
	(void)snprintf(log, sizeof(log), "%s/said", s->top);
	to = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	(void)dup2(to, STDOUT_FILENO);
	(void)dup2(to, STDERR_FILENO);
	(void)execvp(nsd, (char *[]){ nsd, d, c, file, NULL });
	(void)execv("/usr/sbin/nsd", (char *[]){ nsd, d, c, file, NULL });
	_exit(127);
}

/* Whether it tells, within a pause, who has the root zone. */
static bool
answers(const struct nsd *s)
{
	static const unsigned char	query[] = { 1, 2, 0, 0, 0, 1, 0, 0, 0,
					    0, 0, 0, 0, 0, 6, 0, 1 };
	struct sockaddr_in		to = loopback(s->port);
	int				fd = socket(AF_INET,
					    SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd			p = { .fd = fd, .events = POLLIN };
	unsigned char			reply[512];
	bool				good;

	good = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    send(fd, query, sizeof(query), 0) == (ssize_t)sizeof(query) &&
	    poll(&p, 1, PAUSE_MS) == 1 &&
	    recv(fd, reply, sizeof(reply), 0) > (ssize_t)sizeof(query) &&
	    (reply[3] & 0xf) == 0;
	(void)close(fd);
	return good;
}

void
nsd_start(struct nsd *s)
{
	s->pid = begin(s);
	for (int i = 0; i < TRIES; i++) {
		if (answers(s))
			return;
		if (waitpid(s->pid, NULL, WNOHANG) == s->pid)
			errx(1, "nsd ended: see %s/said and log", s->top);
		(void)poll(NULL, 0, PAUSE_MS);
	}
	errx(1, "nsd does not answer: see %s/log", s->top);
}

void
nsd_stop(struct nsd *s)
{
	if (s->pid == 0)
		return;
	(void)kill(-s->pid, SIGCONT);
	(void)kill(s->pid, SIGTERM);
	if (waitpid(s->pid, NULL, 0) != s->pid)
		err(1, "nsd");
	s->pid = 0;
}

void
nsd_freeze(struct nsd *s)
{
	int	status;

	/* It has stopped once that is told, not before. */
	if (kill(-s->pid, SIGSTOP) == -1 ||
	    waitpid(s->pid, &status, WUNTRACED) != s->pid)
		err(1, "SIGSTOP");
}

void
nsd_thaw(struct nsd *s)
{
	if (kill(-s->pid, SIGCONT) == -1)
		err(1, "SIGCONT");
}

static void
write_zone(const struct nsd *s, const char *zone)
{
	size_t	 size = sizeof(head) + strlen(zone);
	char	*whole = malloc(size);

	if (whole == NULL)
		err(1, "malloc");
	(void)snprintf(whole, size, "%s%s", head, zone);
	write_text(s->top, "zone", whole);
	free(whole);
}

void
nsd_change(struct nsd *s, const char *zone)
{
	nsd_stop(s);
	write_zone(s, zone);
	nsd_start(s);
}

struct nsd *
nsd_new(const char *zone)
{
	struct nsd	*s = calloc(1, sizeof(*s));
	char		 text[sizeof(conf) + 6 * sizeof(s->top) + 16];

	if (s == NULL)
		err(1, "calloc");
	(void)snprintf(s->top, sizeof(s->top), "/tmp/greygate-nsd-XXXXXX");
	if (mkdtemp(s->top) == NULL)
		err(1, "%s", s->top);
	s->port = free_in_both();
	(void)snprintf(s->at, sizeof(s->at), "127.0.0.1@%d", s->port);
	(void)snprintf(text, sizeof(text), conf, s->port, s->top, s->top,
	    s->top, s->top, s->top, s->top);
	write_text(s->top, "nsd.conf", text);
	write_zone(s, zone);
	nsd_start(s);
	return s;
}

void
nsd_free(struct nsd **s)
{
	nsd_stop(*s);
	remove_all((*s)->top);
	free(*s);
	*s = NULL;
}
