/* SPDX-License-Identifier: ISC
 * base/conf_file.c - the reading that conf_file.h describes. */
#include "base/conf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Up to size bytes, as many as there are. -1: errno tells. */
static ssize_t
read_all(int fd, char *to, size_t size)
{
	size_t	used = 0;
	ssize_t	n;

	while (used < size) {
		n = read(fd, to + used, size - used);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

static int
read_open(int fd, char **text, size_t *len, struct err *e)
{
	struct stat	 st;
	char		*buf;
	ssize_t		 n;

	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(e, "a folder, not a file");
	buf = malloc(CONF_FILE_MAX + 1);
	if (buf == NULL)
		return err_set(e, "out of memory");
	n = read_all(fd, buf, CONF_FILE_MAX + 1);
	if (n == -1 || n > CONF_FILE_MAX) {
		free(buf);
		return n == -1 ? err_set(e, "cannot be read: %s",
		    strerror(errno)) : err_set(e, "over %d bytes, which no "
		    "configuration is", CONF_FILE_MAX);
	}
	*text = buf;
	*len = (size_t)n;
	return 0;
}

int
conf_file_read(const char *file, char **text, size_t *len, struct err *e)
{
	int	fd, status;

	/* Not to wait for a writer, should the name be a pipe's. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return err_set(e, "cannot be opened: %s", strerror(errno));
	status = read_open(fd, text, len, e);
	(void)close(fd);
	return status;
}
