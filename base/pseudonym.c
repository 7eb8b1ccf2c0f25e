/* SPDX-License-Identifier: ISC
 * base/pseudonym.c - names of mailboxes by HMAC-SHA-256, and the file of its
 * key. */
#include "base/pseudonym.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mailaddr.h"

enum {
	KEY_SIZE = 32,
	DIGITS = 26,			/* of 5 bits: 130 of the HMAC's 256 */
	NAME_SIZE = 1 + DIGITS,
	MODE = 0600
};

static const char	mark = '~';
static const char	digits[] = "abcdefghijklmnopqrstuvwxyz234567";

struct pseudonyms {
	uint8_t	key[KEY_SIZE];
};

/* How much was read or written before it ended or failed. */
static size_t
read_whole(int fd, uint8_t *to, size_t len)
{
	size_t	at = 0;
	ssize_t	n;

	while (at < len) {
		n = read(fd, to + at, len - at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	return at;
}

static int
check(int fd, const char *path, struct err *e)
{
	struct stat	st;

	if (fstat(fd, &st) == -1)
		return err_set(e, "%s cannot be looked at: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size != KEY_SIZE)
		return err_set(e, "%s is no key of pseudonyms: it is no file "
		    "of %d bytes (put back the one that was there; without it "
		    "nothing that is stored is found again)", path, KEY_SIZE);
	if (st.st_uid != geteuid())
		return err_set(e, "%s belongs to uid %u, not to uid %u, whom "
		    "the filter runs as: chown it", path, (unsigned)st.st_uid,
		    (unsigned)geteuid());
	if ((st.st_mode & 07777) != MODE)
		return err_set(e, "%s has mode %04o: others may read it; "
		    "chmod 0600 it", path, (unsigned)st.st_mode & 07777);
	return 0;
}

/* 1 read; 0 there is none; -1. */
static int
read_key(struct pseudonyms *p, const char *path, struct err *e)
{
	int	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int	rc;

	if (fd == -1)
		return errno == ENOENT ? 0 : err_set(e, "%s cannot be opened: "
		    "%s", path, strerror(errno));
	rc = check(fd, path, e);
	if (rc == 0 && read_whole(fd, p->key, KEY_SIZE) != KEY_SIZE)
		rc = err_set(e, "%s cannot be read", path);
	(void)close(fd);
	return rc == -1 ? -1 : 1;
}

/* The name of a file is on the disk when its folder is. */
static int
flush_folder(const char *path)
{
	const char	*slash = strrchr(path, '/');
	char		*folder = slash == NULL ? strdup(".") :
			    strndup(path, (size_t)(slash - path) + 1);
	int		 fd, rc;

	if (folder == NULL)
		return -1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd == -1)
		return -1;
	rc = fsync(fd);
	(void)close(fd);
	return rc;
}

static int
write_file(const struct pseudonyms *p, const char *path)
{
	int	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		    O_NOFOLLOW, MODE);
	int	rc;

	if (fd == -1)
		return -1;
	rc = write(fd, p->key, KEY_SIZE) == KEY_SIZE && fchmod(fd, MODE) == 0 &&
	    fsync(fd) == 0 ? 0 : -1;
	if (close(fd) == -1)
		rc = -1;
	return rc;
}

int
pseudonyms_save(const struct pseudonyms *p, const char *path, struct err *e)
{
	char	*beside;
	int	 rc = -1, why;

	if (asprintf(&beside, "%s.new", path) == -1)
		return err_set(e, "out of memory");
	/* What an earlier start left half-way. */
	(void)unlink(beside);
	if (write_file(p, beside) == 0 && rename(beside, path) == 0 &&
	    flush_folder(path) == 0)
		rc = 0;
	why = errno;
	if (rc == -1) {
		(void)unlink(beside);
		(void)err_set(e, "the key of pseudonyms cannot be written to "
		    "%s: %s", path, strerror(why));
	}
	free(beside);
	return rc;
}

static int
make_key(struct pseudonyms *p, const char *path, struct err *e)
{
	if (getrandom(p->key, KEY_SIZE, 0) != KEY_SIZE)
		return err_set(e, "no random bytes for the key of pseudonyms: "
		    "%s", strerror(errno));
	return pseudonyms_save(p, path, e);
}

int
pseudonyms_open(struct pseudonyms **out, const char *path, struct err *e)
{
	struct pseudonyms	*p = calloc(1, sizeof(*p));
	int			 rc;

	if (p == NULL)
		return err_set(e, "out of memory");
	rc = read_key(p, path, e);
	if (rc == 0)
		rc = make_key(p, path, e) == -1 ? -1 : 1;
	if (rc == -1) {
		pseudonyms_free(&p);
		return -1;
	}
	*out = p;
	return 0;
}

void
pseudonyms_free(struct pseudonyms **p)
{
	if (*p != NULL)
		explicit_bzero(*p, sizeof(**p));
	free(*p);
	*p = NULL;
}

static bool
is_name(const char *s)
{
	return s[0] == mark && strspn(s + 1, digits) == DIGITS;
}

bool
pseudonym_is(const char *address)
{
	if (!is_name(address))
		return false;
	address += NAME_SIZE;
	if (*address == '+' && strspn(address + 1, digits) == DIGITS)
		address += NAME_SIZE;
	return *address == '@' || *address == '\0';
}

/* One that stays as it is. */
static bool
is_nobody(const char *address)
{
	return address[0] == '\0' || pseudonym_is(address) ||
	    (address[0] == '@' && mailaddr_domain(address) == address + 1) ||
	    mailaddr_local_is(address, "postmaster") ||
	    mailaddr_local_is(address, "abuse");
}

static char *
lower(const char *text)
{
	char	*copy = strdup(text);

	for (char *c = copy; c != NULL && *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

/* Writes the mark and the first 130 bits. */
static char *
put_name(const struct pseudonyms *p, char *to, char first, const char *text)
{
	uint8_t		hmac[DIGEST_SIZE];
	unsigned	bits = 0, held = 0;
	size_t		at = 0;

	digest_hmac(p->key, KEY_SIZE, text, strlen(text), hmac);
	*to++ = first;
	for (int i = 0; i < DIGITS; i++) {
		if (held < 5) {
			bits = (bits << 8 | hmac[at++]) & 0xffff;
			held += 8;
		}
		held -= 5;
		*to++ = digits[bits >> held & 31];
	}
	return to;
}

/* Where the sub-address begins in the first len bytes; NULL: there is none. */
static const char *
sub_address(const char *local, size_t len)
{
	const char	*plus = memchr(local, '+', len);

	if (plus == NULL || plus == local || plus + 1 == local + len ||
	    memchr(local, '"', len) != NULL ||
	    memchr(local, '\\', len) != NULL)
		return NULL;
	return plus;
}

/* The length of the local part: all of what has no domain. */
static size_t
local_length(const char *address)
{
	size_t	len = (size_t)(mailaddr_domain(address) - address);

	return len > 0 && address[len - 1] == '@' ? len - 1 : len;
}

/* Lower case, without the sub-address. */
static char *
base_of(const char *address, size_t len)
{
	char		*base = lower(address);
	const char	*plus;

	if (base != NULL && (plus = sub_address(base, len)) != NULL)
		memmove(base + (plus - base), base + len,
		    strlen(base + len) + 1);
	return base;
}

/* The name of its base; and if it is more than that, one of its own. */
static char *
name_of(const struct pseudonyms *p, const char *address)
{
	size_t	 len = local_length(address);
	char	*base = base_of(address, len), *out = NULL, *to;

	if (base != NULL)
		out = malloc(2 * NAME_SIZE + strlen(address + len) + 1);
	if (out != NULL) {
		to = put_name(p, out, mark, base);
		if (strcmp(base, address) != 0)
			to = put_name(p, to, '+', address);
		/* The domain as the base has it: in lower case. */
		(void)strcpy(to, base + local_length(base));
	}
	free(base);
	return out;
}

char *
pseudonym_of_cased(const struct pseudonyms *p, const char *address)
{
	return p == NULL || is_nobody(address) ? strdup(address) :
	    name_of(p, address);
}

char *
pseudonym_of(const struct pseudonyms *p, const char *address)
{
	char	*lowered, *name;

	if (p == NULL)
		return strdup(address);
	lowered = lower(address);
	if (lowered == NULL || is_nobody(lowered))
		return lowered;
	name = name_of(p, lowered);
	free(lowered);
	return name;
}

bool
pseudonym_has_base(const char *address, const char *base)
{
	return is_name(address) && is_name(base) &&
	    memcmp(address, base, NAME_SIZE) == 0 &&
	    strcmp(mailaddr_domain(address), mailaddr_domain(base)) == 0;
}
