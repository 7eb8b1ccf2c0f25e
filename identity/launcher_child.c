/* SPDX-License-Identifier: ISC
 * identity/launcher_child.c - the launcher: one thread, nothing open but the
 * socket of the filter and what its helpers complain into. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "identity/launcher_private.h"

enum {
	HELPERS = 8,		/* at once; one is used, one is being ended */
	STEP_MILLIS = 2,
	GRACE_MILLIS = 200,	/* to end by itself */
	END_MILLIS = 2000	/* to be gone when killed */
};

struct helper {
	pid_t	pid;		/* 0: none */
	int	words;		/* what it writes to its stderr */
};

struct launch {
	const char	*program;
	const struct launcher_account *account;
	struct helper	 helper[HELPERS];
};

/* The path stays valid: it is in this process's own copy of memory. */
static void
settle(int socket)
{
	sigset_t	all;
	int		kept = fcntl(socket, F_DUPFD, 16), null;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)setsid();
	(void)prctl(PR_SET_NAME, "greygate-start");
	null = open("/dev/null", O_RDWR);
	if (kept == -1 || null == -1 || chdir("/") == -1)
		_exit(1);
	for (int fd = 0; fd < LAUNCHER_NULL_FDS; fd++)
		(void)dup2(null, fd);
	(void)dup2(kept, LAUNCHER_SOCKET);
	(void)fcntl(LAUNCHER_SOCKET, F_SETFD, FD_CLOEXEC);
	closefrom(LAUNCHER_SOCKET + 1);
}

/* Whether it is gone, within so many milliseconds. */
static bool
reap(pid_t pid, int millis, int *status)
{
	for (int waited = 0; ; waited += STEP_MILLIS) {
		if (waitpid(pid, status, WNOHANG) != 0)
			return true;
		if (waited >= millis)
			return false;
		(void)poll(NULL, 0, STEP_MILLIS);
	}
}

/* The first line of its complaints, of printable bytes. */
static void
read_words(int fd, char out[200])
{
	ssize_t	n = read(fd, out, 199);

	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	for (char *s = out; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

static void
tell_end(const struct helper *h, int status, struct err *how)
{
	char	words[200];

	read_words(h->words, words);
	if (WIFSIGNALED(status))
		(void)err_set(how, "ended by signal %d (%s)%s%s",
		    WTERMSIG(status), strsignal(WTERMSIG(status)),
		    words[0] != '\0' ? ": " : "", words);
	else
		(void)err_set(how, "ended with code %d%s%s",
		    WEXITSTATUS(status), words[0] != '\0' ? ": " : "", words);
}

/* Ends it. The words of a helper that does not go even when killed (the kernel
 * holds it) wait; it is looked for again before the next start. */
static void
end(struct helper *h, int grace, struct err *how)
{
	int	status = 0;

	if (!reap(h->pid, grace, &status)) {
		(void)kill(h->pid, SIGKILL);
		if (!reap(h->pid, END_MILLIS, &status)) {
			(void)err_set(how, "process %ld does not end",
			    (long)h->pid);
			return;
		}
	}
	tell_end(h, status, how);
	(void)close(h->words);
	*h = (struct helper){ .pid = 0 };
}

static struct helper *
find(struct launch *l, pid_t pid)
{
	for (size_t i = 0; i < HELPERS; i++)
		if (l->helper[i].pid == pid)
			return &l->helper[i];
	return NULL;
}

/* Room for one more. */
static struct helper *
room(struct launch *l)
{
	struct err	how;
	int		status;

	for (size_t i = 0; i < HELPERS; i++)
		if (l->helper[i].pid != 0 &&
		    reap(l->helper[i].pid, 0, &status)) {
			tell_end(&l->helper[i], status, &how);
			(void)close(l->helper[i].words);
			l->helper[i] = (struct helper){ .pid = 0 };
		}
	return find(l, 0);
}

/* ADDR[@PORT], and nothing that a program could take for an option. */
static bool
is_resolver(const char text[LAUNCHER_RESOLVER_SIZE])
{
	static const char	allowed[] = "0123456789abcdefghijklmnopqrstuv"
				    "wxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:@%_-";
	size_t			len = strnlen(text, LAUNCHER_RESOLVER_SIZE);

	return len > 0 && len < LAUNCHER_RESOLVER_SIZE && text[0] != '-' &&
	    strspn(text, allowed) == len;
}

static bool
are_resolvers(const struct launcher_resolvers *r)
{
	if (r->n > LAUNCHER_RESOLVERS)
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (!is_resolver(r->at[i]))
			return false;
	return true;
}

/* Pairs of descriptors: ours first, the helper's second. */
struct pairs {
	int	socket[2], words[2], failure[2];
};

static void
close_pair(int fds[2])
{
	for (int i = 0; i < 2; i++) {
		if (fds[i] != -1)
			(void)close(fds[i]);
		fds[i] = -1;
	}
}

static void
close_pairs(struct pairs *p)
{
	close_pair(p->socket);
	close_pair(p->words);
	close_pair(p->failure);
}

static int
open_pairs(struct pairs *p, struct err *e)
{
	*p = (struct pairs){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    p->socket) == 0 && pipe2(p->words, O_CLOEXEC | O_NONBLOCK) == 0 &&
	    pipe2(p->failure, O_CLOEXEC) == 0)
		return 0;
	close_pairs(p);
	return err_set(e, "cannot make a socket for greygate-spf: %s",
	    strerror(errno));
}

/* What the new process has to say until it is the helper: nothing, or why it
 * cannot be. */
static int
hear(struct pairs *p, pid_t pid, struct err *e)
{
	ssize_t	n;
	int	status;

	(void)close(p->failure[1]);
	p->failure[1] = -1;
	n = read(p->failure[0], e, sizeof(*e));
	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(*e))
		(void)err_set(e, "greygate-spf cannot be started");
	(void)kill(pid, SIGKILL);
	(void)reap(pid, END_MILLIS, &status);
	return -1;
}

static int
spawn(struct launch *l, const struct launcher_resolvers *resolvers,
    struct helper *h, int *fd, struct err *e)
{
	struct pairs	p;
	pid_t		pid;

	if (open_pairs(&p, e) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		launcher_become_helper(l->program, l->account, resolvers,
		    (const int[3]){ p.socket[1], p.words[1], p.failure[1] });
	if (pid == -1)
		(void)err_set(e, "cannot start a process for %s: %s",
		    l->program, strerror(errno));
	if (pid == -1 || hear(&p, pid, e) == -1) {
		close_pairs(&p);
		return -1;
	}
	*h = (struct helper){ .pid = pid, .words = p.words[0] };
	*fd = p.socket[0];
	p.words[0] = p.socket[0] = -1;
	close_pairs(&p);
	return 0;
}

/* Sends the report, a descriptor with it unless that is -1. */
static void
report_back(const struct launcher_report *report, int fd)
{
	union {
		struct cmsghdr	align;
		char		space[CMSG_SPACE(sizeof(int))];
	}			control;
	struct launcher_report	copy = *report;
	struct iovec		io = { &copy, sizeof(copy) };
	struct msghdr		m = { .msg_iov = &io, .msg_iovlen = 1 };
	struct cmsghdr		*c;

	memset(&control, 0, sizeof(control));
	if (fd != -1) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	(void)sendmsg(LAUNCHER_SOCKET, &m, MSG_NOSIGNAL);
}

static void
obey(struct launch *l, const struct launcher_order *order)
{
	struct launcher_report	 report = { .serial = order->serial,
				     .failed = true };
	struct helper		*h;
	int			 fd = -1;

	if (order->what == LAUNCHER_SPAWN) {
		h = room(l);
		if (h == NULL)
			(void)err_set(&report.why, "%d processes of "
			    "greygate-spf do not end", HELPERS);
		else if (!are_resolvers(&order->resolvers))
			(void)err_set(&report.why, "not a resolver");
		else if (spawn(l, &order->resolvers, h, &fd,
		    &report.why) == 0) {
			report.failed = false;
			report.pid = h->pid;
		}
	} else if (order->pid > 0 && (h = find(l, order->pid)) != NULL) {
		end(h, order->what == LAUNCHER_END ? GRACE_MILLIS : 0,
		    &report.why);
		report.failed = false;
	}
	report_back(&report, fd);
	if (fd != -1)
		(void)close(fd);
}

void
launcher_serve(int socket, const char *program,
    const struct launcher_account *account)
{
	struct launch		l = { .program = program, .account = account };
	struct launcher_order	order;
	struct err		how;
	ssize_t			n;

	settle(socket);
	while ((n = recv(LAUNCHER_SOCKET, &order, sizeof(order), 0)) > 0 ||
	    (n == -1 && errno == EINTR))
		if (n == (ssize_t)sizeof(order))
			obey(&l, &order);
	for (size_t i = 0; i < HELPERS; i++)
		if (l.helper[i].pid != 0)
			(void)kill(l.helper[i].pid, SIGKILL);
	for (size_t i = 0; i < HELPERS; i++)
		if (l.helper[i].pid != 0)
			end(&l.helper[i], 0, &how);
	_exit(0);
}
