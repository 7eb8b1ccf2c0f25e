/* SPDX-License-Identifier: ISC
 * identity/launcher.c - the filter's end: gives orders to the launcher. */
#include "identity/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "identity/launcher_private.h"

enum { PATIENCE_SECONDS = 10 };

struct launcher {
	pthread_mutex_t	 lock;		/* one order at a time */
	int		 fd;
	uint32_t	 serial;
	pid_t		 pid;		/* the launcher, */
	pid_t		 parent;	/* who can wait for its end */
};

/* Whose account the helper gets; looked up once, for it is not known whether
 * it can be later. */
static int
find_account(const struct launcher_conf *conf, struct launcher_account *out,
    struct err *e)
{
	const char	*names[] = { conf->user, conf->fallback };
	struct passwd	*pw;
	bool		 wanted = false;

	*out = (struct launcher_account){ .become = false };
	for (size_t i = 0; i < 2 && geteuid() == 0; i++) {
		if (names[i] == NULL || names[i][0] == '\0')
			continue;
		wanted = true;
		pw = getpwnam(names[i]);
		if (pw == NULL)
			continue;
		*out = (struct launcher_account){ .become = true,
		    .uid = pw->pw_uid, .gid = pw->pw_gid };
		return 0;
	}
	if (wanted)
		return err_set(e, "there is no user %s for the process that "
		    "looks names up: create it (useradd --system "
		    "--user-group %s)", conf->user, conf->user);
	return 0;
}

static int
start(struct launcher *l, const char *program,
    const struct launcher_account *account, struct err *e)
{
	struct timeval	patience = { .tv_sec = PATIENCE_SECONDS };
	int		fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1)
		return err_set(e, "cannot make a socket for %s: %s", program,
		    strerror(errno));
	l->pid = fork();
	if (l->pid == 0) {
		(void)close(fds[0]);
		launcher_serve(fds[1], program, account);
	}
	(void)close(fds[1]);
	if (l->pid == -1) {
		(void)err_set(e, "cannot start a process for %s: %s", program,
		    strerror(errno));
		(void)close(fds[0]);
		return -1;
	}
	l->fd = fds[0];
	(void)setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	(void)setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience));
	return 0;
}

int
launcher_new(struct launcher **out, const struct launcher_conf *conf,
    struct err *e)
{
	struct launcher_account	 account;
	struct launcher		*l;

	*out = NULL;
	if (conf->program[0] != '/')
		return err_set(e, "not a full path: %s", conf->program);
	if (find_account(conf, &account, e) == -1)
		return -1;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return err_set(e, "out of memory");
	l->parent = getpid();
	if (start(l, conf->program, &account, e) == -1) {
		free(l);
		return -1;
	}
	(void)pthread_mutex_init(&l->lock, NULL);
	*out = l;
	return 0;
}

/* It has no word to say here: what comes is its end, or nothing in time. */
static void
await_end(int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLIN };
	char		late[sizeof(struct launcher_report)];

	while (poll(&p, 1, PATIENCE_SECONDS * 1000) == 1 &&
	    recv(fd, late, sizeof(late), MSG_DONTWAIT) > 0)
		continue;
}

void
launcher_free(struct launcher **out)
{
	struct launcher	*l = *out;

	*out = NULL;
	if (l == NULL)
		return;
	(void)shutdown(l->fd, SHUT_WR);
	await_end(l->fd);
	(void)close(l->fd);
	/* In the background we are the parent no more; init is. */
	if (l->parent == getpid())
		(void)waitpid(l->pid, NULL, 0);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

/* Bytes of a report, and the descriptor that came with it or -1. */
static ssize_t
receive(int socket, struct launcher_report *report, int *fd)
{
	union {
		struct cmsghdr	align;
		char		space[CMSG_SPACE(sizeof(int))];
	}		 control;
	struct iovec	 io = { report, sizeof(*report) };
	struct msghdr	 m = { .msg_iov = &io, .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control) };
	struct cmsghdr	*c;
	ssize_t		 n;

	*fd = -1;
	do
		n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	c = n == -1 ? NULL : CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return n;
}

/* A report that comes after its caller has gone is passed over. */
static int
receive_own(struct launcher *l, struct launcher_report *report, int *fd,
    struct err *e)
{
	ssize_t	n;

	for (;;) {
		n = receive(l->fd, report, fd);
		if (n == (ssize_t)sizeof(*report) &&
		    report->serial == l->serial)
			return 0;
		if (*fd != -1)
			(void)close(*fd);
		*fd = -1;
		if (n == -1 && errno == EAGAIN)
			return err_set(e, "the process that starts "
			    "greygate-spf does not answer");
		if (n != (ssize_t)sizeof(*report))
			return err_set(e, "the process that starts "
			    "greygate-spf has ended: restart greygate");
	}
}

/* Gives the order and hears what came of it. */
static int
command(struct launcher *l, struct launcher_order *order,
    struct launcher_report *report, int *fd, struct err *e)
{
	int	done = -1;

	*fd = -1;
	(void)pthread_mutex_lock(&l->lock);
	order->serial = ++l->serial;
	if (send(l->fd, order, sizeof(*order), MSG_NOSIGNAL) == -1)
		(void)err_set(e, "the process that starts greygate-spf cannot "
		    "be told to (%s): restart greygate", strerror(errno));
	else
		done = receive_own(l, report, fd, e);
	(void)pthread_mutex_unlock(&l->lock);
	return done;
}

int
launcher_spawn(struct launcher *l, const struct launcher_resolvers *resolvers,
    int *fd, pid_t *pid, struct err *e)
{
	struct launcher_order	order = { .what = LAUNCHER_SPAWN,
				    .resolvers = *resolvers };
	struct launcher_report	report;

	if (command(l, &order, &report, fd, e) == -1)
		return -1;
	if (!report.failed && *fd != -1) {
		*pid = report.pid;
		return 0;
	}
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
	return err_set(e, "%s", report.failed ? report.why.text :
	    "no file descriptor is left for the socket of greygate-spf");
}

void
launcher_kill(struct launcher *l, pid_t pid)
{
	struct launcher_order	order = { .what = LAUNCHER_KILL, .pid = pid };
	struct launcher_report	report;
	int			fd;

	(void)command(l, &order, &report, &fd, NULL);
	if (fd != -1)
		(void)close(fd);
}

void
launcher_end(struct launcher *l, pid_t pid, struct err *how)
{
	struct launcher_order	order = { .what = LAUNCHER_END, .pid = pid };
	struct launcher_report	report;
	int			fd;

	if (command(l, &order, &report, &fd, how) == 0)
		*how = report.why;
	if (fd != -1)
		(void)close(fd);
}
