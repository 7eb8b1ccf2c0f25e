/* SPDX-License-Identifier: ISC
 * base/nameset.c - names in one form, sorted, so that a look-up is one binary
 * search whatever their number. */
#include "base/nameset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DOMAIN_MAX_LEN = 255,	/* RFC 5321, 4.5.3.1.2 */
	NAME_MAX_LEN = 640	/* with room for local parts beyond 64 */
};

struct nameset {
	char	**names;	/* sorted by strcmp(), each once */
	size_t	  used, size;
};

struct nameset *
nameset_new(void)
{
	return calloc(1, sizeof(struct nameset));
}

void
nameset_free(struct nameset **s)
{
	if (*s == NULL)
		return;
	for (size_t i = 0; i < (*s)->used; i++)
		free((*s)->names[i]);
	free((*s)->names);
	free(*s);
	*s = NULL;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Lower case, and no dot at its end. -1: too long to be a name. */
static int
normalize(const char *name, char out[NAME_MAX_LEN + 1])
{
	size_t	len = strlen(name);

	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len > NAME_MAX_LEN)
		return -1;
	for (size_t i = 0; i < len; i++)
		out[i] = lower(name[i]);
	out[len] = '\0';
	return 0;
}

/* Labels are not held against the rules for host names: what an MTA serves,
 * "my_host" or a domain in UTF-8, can be named. */
static bool
is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_' || (unsigned char)c >= 0x80;
}

static bool
is_domain(const char *text)
{
	size_t	label = 0;

	if (strlen(text) > DOMAIN_MAX_LEN)
		return false;
	for (; *text != '\0'; text++) {
		if (*text == '.' && label == 0)
			return false;
		if (*text != '.' && !is_label_char(*text))
			return false;
		label = *text == '.' ? 0 : label + 1;
	}
	return label > 0;
}

static bool
is_local(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
			return false;
	return len > 0;
}

/* Checks a name and gives its one form. */
static int
check(const char *name, char out[NAME_MAX_LEN + 1], struct err *e)
{
	const char	*at;

	if (normalize(name, out) == -1)
		return err_set(e, "not a domain or an address, but over %d "
		    "characters: \"%.60s...\"", NAME_MAX_LEN, name);
	at = strrchr(out, '@');
	if (at != NULL && !is_local(out, (size_t)(at - out)))
		return err_set(e, "no mailbox before the @: \"%s\" (a domain "
		    "stands without it)", name);
	if (!is_domain(at == NULL ? out : at + 1))
		return err_set(e, "not a domain%s: \"%s\"", at == NULL ?
		    " or an address" : " after the @", name);
	return 0;
}

/* The first name that is not before this one; used if there is none. */
static size_t
find(const struct nameset *s, const char *name)
{
	size_t	low = 0, high = s->used;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(s->names[mid], name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Puts a copy of a name, in its one form, at that place. */
static int
put(struct nameset *s, size_t at, const char *name, struct err *e)
{
	char	**grown, *copy;
	size_t	  size;

	if (s->used == s->size) {
		size = s->size ? s->size * 2 : 8;
		grown = reallocarray(s->names, size, sizeof(*grown));
		if (grown == NULL)
			return err_set(e, "out of memory at %s", name);
		s->names = grown;
		s->size = size;
	}
	copy = strdup(name);
	if (copy == NULL)
		return err_set(e, "out of memory at %s", name);
	memmove(&s->names[at + 1], &s->names[at],
	    (s->used - at) * sizeof(*s->names));
	s->names[at] = copy;
	s->used++;
	return 0;
}

int
nameset_add(struct nameset *s, const char *name, struct err *e)
{
	char	one[NAME_MAX_LEN + 1];
	size_t	at;

	if (check(name, one, e) == -1)
		return -1;
	at = find(s, one);
	if (at < s->used && strcmp(s->names[at], one) == 0)
		return 0;
	return put(s, at, one, e);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
sort(struct nameset *s)
{
	size_t	kept = 0;

	if (s->used == 0)
		return;
	qsort(s->names, s->used, sizeof(*s->names), compare);
	for (size_t i = 0; i < s->used; i++) {
		if (kept > 0 && strcmp(s->names[kept - 1], s->names[i]) == 0)
			free(s->names[i]);
		else
			s->names[kept++] = s->names[i];
	}
	s->used = kept;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What a line says without comment and white space. An address may have a # in
 * it: a comment begins a line or follows a blank. */
static char *
strip(char *line)
{
	size_t	len;

	for (char *p = line; *p != '\0'; p++) {
		if (*p != '#' || (p > line && !is_blank(p[-1])))
			continue;
		*p = '\0';
		break;
	}
	while (is_blank(*line))
		line++;
	for (len = strlen(line); len > 0 && is_blank(line[len - 1]); len--)
		continue;
	line[len] = '\0';
	return line;
}

/* Appends the name of a line, if it has one. len: what was read, which is more
 * than its text if there is a NUL in it. */
static int
take_line(struct nameset *s, char *line, size_t len, struct err *e)
{
	char	one[NAME_MAX_LEN + 1];

	if (strlen(line) != len)
		return err_set(e, "a NUL byte; allowed is text");
	line = strip(line);
	if (*line == '\0')
		return 0;
	if (check(line, one, e) == -1)
		return -1;
	return put(s, s->used, one, e);
}

/* Appends what the file says, unsorted. */
static int
take_lines(struct nameset *s, FILE *in, const char *path, struct err *e)
{
	struct err	 why;
	char		*line = NULL;
	size_t		 size = 0;
	unsigned long	 n = 0;
	ssize_t		 len;
	int		 status = 0;

	while (status == 0 && (len = getline(&line, &size, in)) != -1) {
		/* Editors begin files with U+FEFF; and files are joined. */
		size_t	 skip = strncmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

		n++;
		if (take_line(s, line + skip, (size_t)len - skip, &why) == -1)
			status = err_set(e, "%s:%lu: %s", path, n, why.text);
	}
	if (status == 0 && !feof(in))
		status = err_set(e, "%s: cannot be read: %s", path,
		    strerror(errno));
	free(line);
	return status;
}

/* A plain file and nothing that one could wait for, as a pipe or a device. */
static FILE *
open_file(const char *path, struct err *e)
{
	int		 fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat	 st;
	FILE		*in = NULL;

	if (fd == -1)
		err_set(e, "%s: cannot be opened: %s", path, strerror(errno));
	else if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		err_set(e, "%s: not a file", path);
	else if ((in = fdopen(fd, "r")) == NULL)
		err_set(e, "%s: out of memory", path);
	if (in == NULL && fd != -1)
		(void)close(fd);
	return in;
}

int
nameset_add_file(struct nameset *s, const char *path, struct err *e)
{
	FILE	*in = open_file(path, e);
	int	 status;

	if (in == NULL)
		return -1;
	status = take_lines(s, in, path, e);
	(void)fclose(in);
	sort(s);
	return status;
}

bool
nameset_has(const struct nameset *s, const char *name)
{
	char	one[NAME_MAX_LEN + 1];
	size_t	at;

	if (s == NULL || normalize(name, one) == -1)
		return false;
	at = find(s, one);
	return at < s->used && strcmp(s->names[at], one) == 0;
}

size_t
nameset_count(const struct nameset *s)
{
	return s == NULL ? 0 : s->used;
}

const char *
nameset_at(const struct nameset *s, size_t i)
{
	return s->names[i];
}
