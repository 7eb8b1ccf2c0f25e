/* SPDX-License-Identifier: ISC
 * recipient/keep.c - our own copy of a list's last good edition. */
#include "recipient/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recipient/stamp.h"

/* The first line. A list whose local parts were folded is of no use where their
 * case counts. */
static const char *
title(bool case_sensitive)
{
	return case_sensitive ?
	    "# greygate's copy of the last good list; case-sensitive\n" :
	    "# greygate's copy of the last good list; in lower case\n";
}

/* Whether fd is still what the name leads to: another that wrote at the same
 * time may have put it in its place meanwhile. */
static bool
is_still(int fd, const char *name)
{
	struct stamp	by_name, by_fd;

	stamp_of(fd, &by_fd);
	return stamp_look(name, &by_name, NULL) == 0 &&
	    stamp_is(&by_name, &by_fd);
}

/* An empty file that is ours alone. -1: errno. */
static int
open_new(const char *name)
{
	int	fd = open(name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		    0600);

	if (fd == -1)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		if (is_still(fd, name) && ftruncate(fd, 0) == 0 &&
		    fchmod(fd, 0600) == 0)
			return fd;
		errno = EBUSY;
	}
	(void)close(fd);
	return -1;
}

/* "#bob@x" is an address, but not a line. */
static bool
put_line(const char *line, void *arg)
{
	const char	*at = strrchr(line, '@');

	if (line[0] == '#' && at != NULL)
		return fprintf(arg, "\"%.*s\"%s\n", (int)(at - line), line,
		    at) > 0;
	return fputs(line, arg) != EOF && fputc('\n', arg) != EOF;
}

static int
write_all(FILE *out, const struct edition *ed,
    const struct address_rule *rule)
{
	if (fputs(title(rule->case_sensitive), out) == EOF)
		return -1;
	edition_walk(ed, put_line, out);
	return ferror(out) || fflush(out) == EOF || fsync(fileno(out)) == -1 ?
	    -1 : 0;
}

/* The new name survives a power cut only once its folder is written. */
static void
sync_folder(const char *path)
{
	char	folder[PATH_MAX];
	char	*slash;
	int	 fd;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		(void)snprintf(folder, sizeof(folder), ".");
	else
		slash[slash == folder] = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

/* Its lock makes the new file ours until it is closed: so that is last. */
static int
write_and_replace(FILE *out, const char *name, const char *path,
    const struct edition *ed, const struct address_rule *rule)
{
	int	status = write_all(out, ed, rule), saved;

	if (status == 0)
		status = rename(name, path);
	saved = errno;
	if (status == 0)
		sync_folder(path);
	else
		(void)unlink(name);
	(void)fclose(out);
	errno = saved;
	return status;
}

int
keep_write(const char *path, const struct edition *ed,
    const struct address_rule *rule, struct err *e)
{
	char	name[PATH_MAX];
	FILE	*out = NULL;
	int	fd;

	if ((size_t)snprintf(name, sizeof(name), "%s.new", path) >=
	    sizeof(name))
		return err_set(e, "%s: the path is too long", path);
	fd = open_new(name);
	if (fd == -1 || (out = fdopen(fd, "w")) == NULL) {
		(void)err_set(e, "%s: cannot be written: %s", name,
		    strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	if (write_and_replace(out, name, path, ed, rule) == -1)
		return err_set(e, "%s: cannot be written: %s", path,
		    strerror(errno));
	return 0;
}

static bool
is_of_use(int fd, const struct address_rule *rule)
{
	const char	*wanted = title(true);
	char		 first[128];
	size_t		 len = strlen(wanted);

	if (!rule->case_sensitive)
		return true;
	return pread(fd, first, len, 0) == (ssize_t)len &&
	    memcmp(first, wanted, len) == 0;
}

int
keep_read(const struct edition_conf *conf, struct edition **out,
    int64_t *when, struct err *e)
{
	struct stamp	stamp;
	bool		passing;
	int		fd = stamp_open(conf->path, &stamp, e), status;

	if (fd == -1)
		return access(conf->path, F_OK) == -1 && errno == ENOENT ? 0 :
		    -1;
	*when = stamp.seconds;
	status = !is_of_use(fd, conf->rule) ? 0 :
	    edition_read(fd, conf, out, &passing, e) == 0 ? 1 : -1;
	(void)close(fd);
	return status;
}
