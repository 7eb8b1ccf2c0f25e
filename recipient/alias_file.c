/* SPDX-License-Identifier: ISC
 * recipient/alias_file.c - the names of an alias file. */
#include "recipient/alias_file.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recipient/address.h"
#include "recipient/lines.h"
#include "recipient/list.h"
#include "recipient/stamp.h"

struct alias_file {
	char		*path;
	pthread_mutex_t	 lock;		/* of what follows */
	struct stamp	 stamp;		/* of the file that was read */
	struct list	*names;		/* local parts, in lower case */
};

static const struct address_rule	any_case = { .delimiters = "" };

/* The colon behind a line's name; NULL: the line has none. */
static char *
find_colon(char *s)
{
	bool	quoted = false;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (*s == ':' && !quoted)
			return s;
	}
	return NULL;
}

static int
take_line(struct list *names, const struct line *line)
{
	struct address	 a;
	char		*colon;

	/* A line that begins with white space goes on with the one before. */
	if (strchr(" \t#", line->text[0]) != NULL)
		return 0;
	colon = find_colon(line->text);
	if (colon == NULL)
		return 0;
	while (colon > line->text && strchr(" \t", colon[-1]) != NULL)
		colon--;
	*colon = '\0';
	if (address_make(&a, line->text, &any_case) == -1 ||
	    a.domain[0] != '\0' || a.local[0] == '\0')
		return 0;
	return list_add(names, a.local, strlen(a.local));
}

static int
take_lines(struct lines *lines, const char *path, struct list *names,
    struct err *e)
{
	struct line	line;
	int		more;

	while ((more = lines_next(lines, &line, NULL, e)) == 1)
		if (take_line(names, &line) == -1)
			return err_set(e, "%s: out of memory", path);
	return more;
}

static int
take_file(int fd, const char *path, struct list **out, struct err *e)
{
	struct lines	*lines = lines_new(fd, path);
	struct list	*names = list_new();
	int		 status = -1;

	if (lines == NULL || names == NULL)
		(void)err_set(e, "%s: out of memory", path);
	else
		status = take_lines(lines, path, names, e);
	lines_free(&lines);
	if (status == 0)
		*out = names;
	else
		list_unref(&names);
	return status;
}

/* Reads the file, unless it changes meanwhile: half of it has half of the
 * names. */
static int
read_names(const char *path, struct stamp *stamp, struct list **out,
    struct err *e)
{
	struct stamp	after;
	int		fd = stamp_open(path, stamp, e), status;

	if (fd == -1)
		return -1;
	status = take_file(fd, path, out, e);
	stamp_of(fd, &after);
	(void)close(fd);
	if (status == 0 && !stamp_is(stamp, &after)) {
		list_unref(out);
		status = err_set(e, "%s: is being written; try again", path);
	}
	return status;
}

int
alias_file_open(const char *path, struct alias_file **out, struct err *e)
{
	struct alias_file	*f = calloc(1, sizeof(*f));

	if (f == NULL || (f->path = strdup(path)) == NULL) {
		free(f);
		return err_set(e, "%s: out of memory", path);
	}
	if (read_names(path, &f->stamp, &f->names, e) == -1) {
		free(f->path);
		free(f);
		return -1;
	}
	(void)pthread_mutex_init(&f->lock, NULL);
	*out = f;
	return 0;
}

void
alias_file_close(struct alias_file **f)
{
	if (*f == NULL)
		return;
	(void)pthread_mutex_destroy(&(*f)->lock);
	list_unref(&(*f)->names);
	free((*f)->path);
	free(*f);
	*f = NULL;
}

/* Under the lock. */
static void
look(struct alias_file *f)
{
	struct stamp	stamp;
	struct list	*names;

	if (stamp_look(f->path, &stamp, NULL) == -1 ||
	    stamp_is(&stamp, &f->stamp) || stamp.size == 0 ||
	    read_names(f->path, &stamp, &names, NULL) == -1)
		return;
	list_unref(&f->names);
	f->names = names;
	f->stamp = stamp;
}

static struct list *
names_now(struct alias_file *f)
{
	struct list	*names;

	(void)pthread_mutex_lock(&f->lock);
	look(f);
	names = list_ref(f->names);
	(void)pthread_mutex_unlock(&f->lock);
	return names;
}

bool
alias_file_has(struct alias_file *f, const char *name)
{
	struct list	*names = names_now(f);
	struct address	 a;
	bool		 has;

	has = address_make(&a, name, &any_case) == 0 &&
	    list_has(names, a.local, strlen(a.local));
	list_unref(&names);
	return has;
}

struct walk {
	alias_file_each_fn	 each;
	void			*arg;
};

static bool
each_name(const char *text, size_t len, void *arg)
{
	const struct walk	*w = arg;
	char			 name[ADDRESS_MAX + 1];

	memcpy(name, text, len);
	name[len] = '\0';
	return w->each(name, w->arg);
}

void
alias_file_walk(struct alias_file *f, alias_file_each_fn each, void *arg)
{
	struct list	*names = names_now(f);

	list_walk(names, each_name, &(struct walk){ each, arg });
	list_unref(&names);
}
