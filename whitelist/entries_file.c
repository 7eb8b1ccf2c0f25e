/* SPDX-License-Identifier: ISC
 * whitelist/entries_file.c - lines to entries; every mistake is told. */
#include "whitelist/entries_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "whitelist/comment.h"

static const char	blanks[] = " \t";

/* Whether this is what may follow a regex: nothing, "unsafe", a comment. */
static bool
is_tail(const char *s)
{
	static const char	word[] = "unsafe";

	s += strspn(s, blanks);
	if (strncasecmp(s, word, strlen(word)) == 0)
		s += strlen(word);
	s += strspn(s, blanks);
	return *s == '\0' || *s == '#';
}

/* A slash behind a backslash ends no pattern. */
static bool
is_escaped(const char *line, const char *slash)
{
	bool	escaped = false;

	while (slash > line && *--slash == '\\')
		escaped = !escaped;
	return escaped;
}

/* Behind the pattern of a regex, whose own '#' are none; else the line. */
static char *
behind_pattern(char *line)
{
	char	*s = line + strspn(line, blanks), *slash;

	if (strncasecmp(s, "regex", 5) != 0 || s[5] == '\0' ||
	    strchr(blanks, s[5]) == NULL)
		return line;
	slash = strchr(s, '/');
	while (slash != NULL && (slash = strchr(slash + 1, '/')) != NULL)
		if (!is_escaped(line, slash) && is_tail(slash + 1))
			return slash + 1;
	return line + strlen(line);
}

/* Only at the start or behind a blank: an address may have a '#' in it. */
void
entries_file_strip(char *line)
{
	char	*from;

	line[strcspn(line, "\r\n")] = '\0';
	from = behind_pattern(line);
	for (char *s = from; *s != '\0'; s++)
		if (*s == '#' && (s == line || strchr(blanks, s[-1]) != NULL ||
		    (s == from && from != line))) {
			*s = '\0';
			break;
		}
}

struct reading {
	const struct entries_file *f;
	const char	*path;
	unsigned	 line, mistakes;
	struct comment	 told;		/* of the entry to come */
	struct err	*e;
};

static void
warn(const struct reading *r, const char *what)
{
	char	*text;

	if (r->f->each == NULL)
		return;
	if (asprintf(&text, "%s:%u: %s", r->path, r->line, what) == -1) {
		r->f->each(what, r->f->each_arg);
		return;
	}
	r->f->each(text, r->f->each_arg);
	free(text);
}

static void
mistake(struct reading *r, const char *what)
{
	if (r->mistakes++ == 0)
		(void)err_set(r->e, "%s:%u: %s", r->path, r->line, what);
	warn(r, what);
}

static int
add(struct reading *r, const struct entry *entry)
{
	struct listed	*l = NULL;
	char		*where;

	if (asprintf(&where, "%s:%u", r->path, r->line) != -1) {
		l = listed_new(entry, r->f->origin, where,
		    r->told.note != NULL ? r->told.note : "");
		free(where);
	}
	if (l != NULL)
		l->expires = r->told.expires;
	if (l != NULL && r->f->add(&l, r->f->arg) == 0)
		return 0;
	listed_unref(&l);
	return err_set(r->e, "out of memory at %s:%u", r->path, r->line);
}

/* Some editors begin a file with a byte order mark. */
static char *
without_mark(const struct reading *r, char *line)
{
	static const char	mark[] = "\xef\xbb\xbf";

	return r->line == 1 && strncmp(line, mark, strlen(mark)) == 0 ?
	    line + strlen(mark) : line;
}

/* A comment of its own. */
static void
take_comment(struct reading *r, const char *text)
{
	if (!comment_read(text, &r->told))
		warn(r, "this \"expires=\" does not count, and the entry has no "
		    "end; allowed is, at the start of the comment, "
		    "expires=2026-01-02T03:04:05Z");
}

/* Cuts the comment behind an entry off. */
static void
cut_comment(const struct reading *r, char *line)
{
	size_t	len = strcspn(line, "\r\n");

	entries_file_strip(line);
	if (strlen(line) < len && comment_has_end(line + strlen(line) + 1))
		warn(r, "\"expires=\" behind an entry does not count, and the "
		    "entry has no end; write it into a comment in the line "
		    "before");
}

static int
take_entry(struct reading *r, const char *line)
{
	struct entry	entry;
	struct err	why;

	if (entry_parse(line, &entry, &why) == -1) {
		mistake(r, why.text);
		return 0;
	}
	if (entry.kind == ENTRY_GRACE) {
		mistake(r, "a grace is for a while only: greyctl grace");
		return 0;
	}
	return add(r, &entry);
}

static int
take(struct reading *r, char *line)
{
	char	*text = line + strspn(line, blanks);
	int	 done = 0;

	text[strcspn(text, "\r\n")] = '\0';
	if (*text == '#') {
		take_comment(r, text + 1);
		return 0;
	}
	cut_comment(r, line);
	/* What was told before an empty line is not about the next entry. */
	if (*text != '\0')
		done = take_entry(r, line);
	comment_clear(&r->told);
	return done;
}

/* Which setting names it, and what to do. */
static int
unreadable(const struct entries_file *f, const char *path, struct err *e)
{
	const char	*setting = f->origin == ENTRY_SHIPPED ? "large-senders" :
			    "whitelist";
	const char	*hint = errno == ENOENT ? "make it, or take it out "
			    "there" : "the filter's user must be able to read "
			    "it";
	char		*text;

	if (asprintf(&text, "%s: cannot read %s: %s; %s", setting, path,
	    strerror(errno), hint) == -1)
		return err_set(e, "out of memory");
	if (f->each != NULL)
		f->each(text, f->each_arg);
	(void)err_set(e, "%s", text);
	free(text);
	return -1;
}

int
entries_file_read(const char *path, const struct entries_file *f,
    struct err *e)
{
	struct reading	 r = { .f = f, .path = path, .e = e,
			     .told = { .expires = INT64_MAX } };
	FILE		*in = fopen(path, "re");
	char		*line = NULL;
	size_t		 size = 0;
	ssize_t		 len;
	int		 done = 0;

	if (in == NULL)
		return unreadable(f, path, e);
	while (done == 0 && (len = getline(&line, &size, in)) != -1) {
		r.line++;
		if (strlen(line) != (size_t)len)
			mistake(&r, "a byte that is NUL");
		else
			done = take(&r, without_mark(&r, line));
	}
	if (done == 0 && ferror(in))
		done = unreadable(f, path, e);
	comment_clear(&r.told);
	free(line);
	(void)fclose(in);
	return done == 0 && r.mistakes == 0 ? 0 : -1;
}
