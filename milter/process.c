/* SPDX-License-Identifier: ISC
 * milter/process.c - user, limits, background. */
#include "milter/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

int
process_become(const char *user, struct err *e)
{
	struct passwd	*pw;

	if (user[0] == '\0')
		return 0;
	errno = 0;
	pw = getpwnam(user);
	if (pw == NULL)
		return err_set(e, "there is no user %s: create it (useradd "
		    "--system --user-group %s), or set user = \"\" to stay who "
		    "starts the filter", user, user);
	if (pw->pw_uid == geteuid())
		return 0;
	if (geteuid() != 0)
		return err_set(e, "only root can become %s: start as root, or "
		    "set user = \"\"", user);
	if (initgroups(user, pw->pw_gid) == -1 || setgid(pw->pw_gid) == -1 ||
	    setuid(pw->pw_uid) == -1)
		return err_set(e, "cannot become %s: %s", user,
		    strerror(errno));
	return 0;
}

int
process_raise_descriptors(unsigned long want, unsigned long need,
    unsigned long *got, struct err *e)
{
	struct rlimit	limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return err_set(e, "cannot tell the limit of file descriptors: "
		    "%s", strerror(errno));
	if (limit.rlim_cur < want) {
		limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	*got = limit.rlim_cur;
	if (*got < need)
		return err_set(e, "only %lu file descriptors are allowed, one "
		    "for each SMTP session and %lu at least are needed: raise "
		    "the limit (ulimit -n, or LimitNOFILE of the service)",
		    *got, need);
	return 0;
}

/* The parent's side: waits for the word, or for the child's end. */
static void
wait_for_child(pid_t child, int fd)
{
	char	word;
	int	status;

	if (read(fd, &word, 1) == 1)
		_exit(0);
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(EX_UNAVAILABLE);
}

int
process_detach(int *ready_fd, struct err *e)
{
	int	fds[2];
	pid_t	child;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_set(e, "cannot make a pipe: %s", strerror(errno));
	child = fork();
	if (child == -1)
		return err_set(e, "cannot go to the background: %s",
		    strerror(errno));
	if (child > 0) {
		(void)close(fds[1]);
		wait_for_child(child, fds[0]);
	}
	(void)close(fds[0]);
	(void)setsid();
	if (chdir("/") == -1)
		return err_set(e, "cannot go to /: %s", strerror(errno));
	*ready_fd = fds[1];
	return 0;
}

void
process_ready(int *ready_fd)
{
	int	null;

	if (*ready_fd == -1)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null != -1) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		(void)close(null);
	}
	(void)!write(*ready_fd, "r", 1);
	(void)close(*ready_fd);
	*ready_fd = -1;
}

void
process_beside(const char *name, char *out, size_t size)
{
	char	own[PATH_MAX];
	ssize_t	len = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char	*slash;

	own[len > 0 ? len : 0] = '\0';
	slash = strrchr(own, '/');
	if (slash != NULL)
		*slash = '\0';
	(void)snprintf(out, size, "%s/%s", own, name);
}
