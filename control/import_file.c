/* SPDX-License-Identifier: ISC
 * control/import_file.c - reads what import_file.h describes. */
#include "control/import_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

#include "whitelist/comment.h"

static const char	blanks[] = " \t";

static void
line_free(struct import_line *line)
{
	free(line->entry);
	free(line->note);
	free(line->who);
	*line = (struct import_line){ .expires = INT64_MAX };
}

void
import_file_free(struct import_file *f)
{
	for (size_t i = 0; i < f->n; i++)
		line_free(&f->lines[i]);
	free(f->lines);
	*f = (struct import_file){ NULL, 0, 0 };
}

void
import_comment(const char *text, struct import_line *line)
{
	struct comment	told = { line->note, line->who, line->expires };

	(void)comment_read(text, &told);
	line->note = told.note;
	line->who = told.who;
	line->expires = told.expires;
}

/* Whether what stands before a '#' can be a whole entry: that of a regex may
 * have one in its pattern. */
static bool
is_whole(const char *text, size_t len)
{
	static const char	regex[] = "regex", unsafe[] = "unsafe";

	if (strncasecmp(text, regex, strlen(regex)) != 0)
		return true;
	while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
		len--;
	if (len > strlen(unsafe) && strncasecmp(text + len - strlen(unsafe),
	    unsafe, strlen(unsafe)) == 0)
		len -= strlen(unsafe);
	while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
		len--;
	return len > 0 && text[len - 1] == '/';
}

/* Takes off a comment behind an entry, and blanks. */
static void
cut_end(char *text)
{
	size_t	len;

	for (char *p = text; (p = strchr(p, '#')) != NULL; p++)
		if (p > text && strchr(blanks, p[-1]) != NULL &&
		    is_whole(text, (size_t)(p - text))) {
			*p = '\0';
			break;
		}
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		text[--len] = '\0';
}

static int
keep(struct import_file *f, struct import_line *line, const char *entry)
{
	struct import_line	*grown;
	size_t			 room = f->room == 0 ? 64 : f->room * 2;

	if (f->n == f->room) {
		grown = reallocarray(f->lines, room, sizeof(*grown));
		if (grown == NULL)
			return -1;
		f->lines = grown;
		f->room = room;
	}
	line->entry = strdup(entry);
	if (line->entry == NULL)
		return -1;
	f->lines[f->n++] = *line;
	*line = (struct import_line){ .expires = INT64_MAX };
	return 0;
}

static int
take_line(struct import_file *f, char *text, struct import_line *line)
{
	text += strspn(text, blanks);
	if (*text == '#') {
		import_comment(text + 1, line);
		return 0;
	}
	cut_end(text);
	/* What was told before an empty line is not about the next entry. */
	if (*text == '\0') {
		line_free(line);
		return 0;
	}
	return keep(f, line, text);
}

static int
read_lines(struct import_file *f, FILE *in, const char *path, struct err *e)
{
	struct import_line	 line = { .expires = INT64_MAX };
	char			*text = NULL;
	size_t			 size = 0;
	ssize_t			 len;
	int64_t			 number = 0;
	int			 rc = 0;

	while (rc == 0 && (len = getline(&text, &size, in)) != -1) {
		line.number = ++number;
		if (strlen(text) != (size_t)len)
			rc = err_set(e, "%s:%lld: a NUL byte: this is no list "
			    "of entries", path, (long long)number);
		else if (take_line(f, text, &line) == -1)
			rc = err_set(e, "out of memory");
	}
	if (rc == 0 && ferror(in))
		rc = err_set(e, "cannot read %s: %s", path, strerror(errno));
	line_free(&line);
	free(text);
	return rc;
}

int
import_file_read(struct import_file *f, const char *path, struct err *e)
{
	FILE	*in;
	int	 rc;

	*f = (struct import_file){ NULL, 0, 0 };
	if (strcmp(path, "-") == 0)
		return read_lines(f, stdin, path, e);
	in = fopen(path, "re");
	if (in == NULL)
		return err_set(e, "cannot read %s: %s", path, strerror(errno));
	rc = read_lines(f, in, path, e);
	(void)fclose(in);
	return rc;
}
