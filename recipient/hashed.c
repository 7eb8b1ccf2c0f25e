/* SPDX-License-Identifier: ISC
 * recipient/hashed.c - addresses as keyed hashes. */
#include "recipient/hashed.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recipient/stamp.h"

static const char	prefix[] = "hmac-sha256:";
static const char	digits[] = "0123456789abcdef";

/* Up to room bytes of the file. -1: errno. */
static ssize_t
read_all(int fd, unsigned char *to, size_t room)
{
	size_t	used = 0;
	ssize_t	n;

	while (used < room) {
		n = read(fd, to + used, room - used);
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

static size_t
without_line_end(const unsigned char *key, size_t len)
{
	if (len > 0 && key[len - 1] == '\n')
		len--;
	else
		return len;
	return len > 0 && key[len - 1] == '\r' ? len - 1 : len;
}

int
hashed_key_read(const char *path, unsigned char key[HASHED_KEY_MAX],
    size_t *len, struct err *e)
{
	/* With a line end, and one byte too many. */
	unsigned char	bytes[HASHED_KEY_MAX + 3];
	struct stamp	stamp;
	ssize_t		n;
	size_t		used;
	int		fd;

	*len = 0;
	fd = stamp_open(path, &stamp, e);
	if (fd == -1)
		return -1;
	n = read_all(fd, bytes, sizeof(bytes));
	if (n == -1)
		(void)err_set(e, "%s: %s", path, strerror(errno));
	(void)close(fd);
	if (n == -1)
		return -1;
	used = without_line_end(bytes, (size_t)n);
	if (used >= HASHED_KEY_MIN && used <= HASHED_KEY_MAX) {
		memcpy(key, bytes, used);
		*len = used;
	}
	explicit_bzero(bytes, sizeof(bytes));
	if (*len == 0)
		return err_set(e, "%s: a key has %d to %d bytes, this one has "
		    "%s; make one with: openssl rand -hex 32", path,
		    HASHED_KEY_MIN, HASHED_KEY_MAX,
		    used < HASHED_KEY_MIN ? "fewer" : "more");
	return 0;
}

bool
hashed_key_is_exposed(const char *path, struct err *e)
{
	struct stat	st;

	if (stat(path, &st) == -1 ||
	    (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) == 0)
		return false;
	(void)err_set(e, "%s: others can read or change the key (mode %04o): "
	    "chmod 640 it", path, (unsigned)(st.st_mode & 07777));
	return true;
}

void
hashed_make(const unsigned char *key, size_t key_len, const char *text,
    unsigned char out[HASHED_SIZE])
{
	out[0] = '\0';
	digest_hmac(key, key_len, text, strlen(text), out + 1);
}

void
hashed_format(const unsigned char hashed[HASHED_SIZE],
    char out[HASHED_TEXT_SIZE])
{
	char	*to = stpcpy(out, prefix);

	for (size_t i = 1; i < HASHED_SIZE; i++) {
		*to++ = digits[hashed[i] >> 4];
		*to++ = digits[hashed[i] & 15];
	}
	*to = '\0';
}

/* -1: not a hex digit. */
static int
digit_value(char c)
{
	const char	*at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c + ('a' - 'A'));
	at = c != '\0' ? strchr(digits, c) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

bool
hashed_is_meant(const char *text)
{
	return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

bool
hashed_parse(const char *text, unsigned char out[HASHED_SIZE])
{
	unsigned char	made[HASHED_SIZE] = { 0 };
	int		high, low;

	if (!hashed_is_meant(text) || strlen(text) != HASHED_TEXT_SIZE - 1)
		return false;
	text += strlen(prefix);
	for (size_t i = 1; i < HASHED_SIZE; i++) {
		high = digit_value(*text++);
		low = digit_value(*text++);
		if (high == -1 || low == -1)
			return false;
		made[i] = (unsigned char)(high << 4 | low);
	}
	memcpy(out, made, HASHED_SIZE);
	return true;
}
