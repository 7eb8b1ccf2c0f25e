/* SPDX-License-Identifier: ISC
 * control/unixsock.c - sockets that live in the file system. */
#include "control/unixsock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16, MODE = 0660 };

static int
name(struct sockaddr_un *sa, const char *path)
{
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(sa->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sa->sun_path, path, strlen(path));
	return 0;
}

static int
close_keeping_errno(int fd)
{
	int	saved = errno;

	(void)close(fd);
	errno = saved;
	return -1;
}

int
unixsock_connect(const char *path)
{
	struct sockaddr_un	sa;
	int			fd;

	if (name(&sa, path) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1)
		return close_keeping_errno(fd);
	return fd;
}

/* Whether somebody listens. A full queue (EAGAIN) is somebody too. */
static int
is_alive(const struct sockaddr_un *sa)
{
	int	fd, rc;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	rc = connect(fd, (const struct sockaddr *)sa, sizeof(*sa));
	if (rc == -1)
		(void)close_keeping_errno(fd);
	else
		(void)close(fd);
	if (rc == 0 || errno == EAGAIN)
		return 1;
	return errno == ECONNREFUSED || errno == ENOENT ? 0 : -1;
}

/* Makes the name free, if what has it is a socket that nobody serves. */
static int
clear_stale(const struct sockaddr_un *sa, struct err *e)
{
	const char	*path = sa->sun_path;
	struct stat	 st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 :
		    err_set(e, "control socket %s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, "control socket %s: a file of another kind "
		    "is in its place; move it away", path);
	switch (is_alive(sa)) {
	case 1:
		return err_set(e, "control socket %s: another daemon answers "
		    "on it; stop that one or set `control` to another path",
		    path);
	case 0:
		break;
	default:
		return err_set(e, "control socket %s: cannot tell whether "
		    "another daemon uses it: %s", path, strerror(errno));
	}
	if (unlink(path) == -1 && errno != ENOENT)
		return err_set(e, "control socket %s: cannot remove the one "
		    "that was left: %s", path, strerror(errno));
	return 0;
}

/* The mode is set on the descriptor first: at no moment is the file open to
 * more than it will be; the process's umask may have taken bits away. */
static int
listen_at(int fd, const struct sockaddr_un *sa, struct stat *made)
{
	if (fchmod(fd, MODE) == -1 ||
	    bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) == -1)
		return -1;
	if (chmod(sa->sun_path, MODE) == -1 ||
	    lstat(sa->sun_path, made) == -1 || listen(fd, BACKLOG) == -1) {
		(void)unlink(sa->sun_path);
		return -1;
	}
	return 0;
}

int
unixsock_listen(const char *path, struct stat *made, struct err *e)
{
	struct sockaddr_un	sa;
	int			fd;

	if (name(&sa, path) == -1)
		return err_set(e, "control socket %s: the path is over %zu "
		    "bytes", path, sizeof(sa.sun_path) - 1);
	if (clear_stale(&sa, e) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_set(e, "control socket %s: %s", path,
		    strerror(errno));
	if (listen_at(fd, &sa, made) == -1) {
		(void)err_set(e, "control socket %s: %s (create its folder "
		    "and let the filter's user write there)", path,
		    strerror(errno));
		return close_keeping_errno(fd);
	}
	return fd;
}

void
unixsock_remove(const char *path, const struct stat *made)
{
	struct stat	st;

	if (lstat(path, &st) == 0 && st.st_dev == made->st_dev &&
	    st.st_ino == made->st_ino)
		(void)unlink(path);
}
