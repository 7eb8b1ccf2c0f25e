/* SPDX-License-Identifier: ISC
 * recipient/stamp.c - what a file looks like from outside. */
#include "recipient/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
take(const struct stat *st, struct stamp *out)
{
	*out = (struct stamp){ .dev = st->st_dev, .ino = st->st_ino,
	    .size = st->st_size, .seconds = st->st_mtim.tv_sec,
	    .nanos = st->st_mtim.tv_nsec, .mode = st->st_mode };
}

/* Names who was refused: the file may well be readable for its owner. */
static int
cannot(const char *path, struct err *e)
{
	if (errno == EACCES)
		return err_set(e, "%s: Permission denied: let the user that "
		    "greygate runs as (uid %u) read it and search its folder",
		    path, (unsigned)geteuid());
	return err_set(e, "%s: %s", path, strerror(errno));
}

static int
check(const char *path, const struct stat *st, struct err *e)
{
	if (S_ISREG(st->st_mode))
		return 0;
	return err_set(e, "%s: not a regular file", path);
}

int
stamp_look(const char *path, struct stamp *out, struct err *e)
{
	struct stat	st;

	if (stat(path, &st) == -1)
		return cannot(path, e);
	if (check(path, &st, e) == -1)
		return -1;
	take(&st, out);
	return 0;
}

void
stamp_of(int fd, struct stamp *out)
{
	struct stat	st;

	*out = (struct stamp){ 0 };
	if (fstat(fd, &st) == 0)
		take(&st, out);
}

int
stamp_open(const char *path, struct stamp *out, struct err *e)
{
	struct stat	st;
	int		fd;

	/* Looked at first: the mere opening of a device may do something. */
	if (stamp_look(path, out, e) == -1)
		return -1;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return cannot(path, e);
	if (fstat(fd, &st) == -1)
		(void)cannot(path, e);
	else if (check(path, &st, e) == 0) {
		take(&st, out);
		return fd;
	}
	(void)close(fd);
	return -1;
}

bool
stamp_is(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->seconds == b->seconds && a->nanos == b->nanos &&
	    a->mode == b->mode;
}
