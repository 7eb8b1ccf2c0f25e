/* SPDX-License-Identifier: ISC
 * recipient/secret.c - reads a password, and wipes it. */
#include "recipient/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Fills it as far as it goes, one byte more than a password may have. */
static int
read_whole(int fd, struct secret *s)
{
	ssize_t	n;

	s->len = 0;
	while (s->len < sizeof(s->bytes)) {
		n = read(fd, s->bytes + s->len, sizeof(s->bytes) - s->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		s->len += (size_t)n;
	}
	return 0;
}

static void
take_off(struct secret *s, char c)
{
	if (s->len > 0 && s->bytes[s->len - 1] == c)
		s->len--;
}

static int
check(const char *path, const struct secret *s, struct err *e)
{
	if (s->len == 0)
		return err_set(e, "%s is empty: write the password into it",
		    path);
	if (s->len > SECRET_MAX)
		return err_set(e, "%s is longer than %d bytes: that is no "
		    "password", path, SECRET_MAX);
	if (memchr(s->bytes, '\0', s->len) != NULL)
		return err_set(e, "%s has a NUL byte in it: that is no "
		    "password", path);
	return 0;
}

int
secret_read(const char *path, struct secret *out, struct err *e)
{
	int	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int	failed;

	if (fd == -1)
		return err_set(e, "%s cannot be opened: %s", path,
		    strerror(errno));
	failed = read_whole(fd, out);
	if (failed == -1)
		(void)err_set(e, "%s cannot be read: %s", path,
		    strerror(errno));
	(void)close(fd);
	if (failed == 0 && out->len <= SECRET_MAX) {
		take_off(out, '\n');
		take_off(out, '\r');
	}
	if (failed == 0)
		failed = check(path, out, e);
	if (failed == -1)
		secret_forget(out);
	else
		out->bytes[out->len] = '\0';
	return failed;
}

void
secret_forget(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}
