/* SPDX-License-Identifier: ISC
 * base/conf_pattern.c - the patterns of rules, one by one or from a file. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf_rule.h"
#include "base/conf_text.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What a line says without comment and white space. A comment begins a line or
 * follows a blank. */
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

/* len: what was read, which is more than its text if there is a NUL in it. */
static int
take_line(struct patternset *s, char *line, size_t len, struct err *e)
{
	if (strlen(line) != len)
		return err_set(e, "a NUL byte; allowed is text");
	line = strip(line);
	return *line == '\0' ? 0 : patternset_add(s, line, e);
}

static int
take_lines(struct patternset *s, FILE *in, const char *path, struct err *e)
{
	struct err	 why;
	char		*line = NULL;
	size_t		 size = 0;
	unsigned long	 n = 0;
	ssize_t		 len;
	int		 status = 0;

	while (status == 0 && (len = getline(&line, &size, in)) != -1) {
		/* Editors begin files with U+FEFF. */
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
conf_rule_pattern(struct patternset *s, const char *text, struct err *e)
{
	static const char	 file[] = "file:";
	const char		*path = text + strlen(file);
	FILE			*in;
	int			 status;

	if (strncmp(text, file, strlen(file)) != 0)
		return patternset_add(s, text, e);
	if (conf_text_path(path, PATH_MAX - 1, e) == -1 ||
	    (in = open_file(path, e)) == NULL)
		return -1;
	status = take_lines(s, in, path, e);
	(void)fclose(in);
	return status;
}
