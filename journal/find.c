/* SPDX-License-Identifier: ISC
 * journal/find.c - looks for the id's text in each line; only one that holds it is
 * parsed. */
#include "journal/find.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/journal.h"
#include "journal/reader.h"

static bool
is_id(const char *id)
{
	size_t	len = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len > 0 && len < JOURNAL_ID_SIZE && id[len] == '\0';
}

/* The needle may stand in a text that a client sent, and a line may be torn. */
static bool
take_line(const char *id, const char *line, size_t len, struct json **out)
{
	const char	*have;

	*out = json_parse(line, len, NULL);
	have = json_get_text(*out, "id");
	if (have != NULL && strcmp(have, id) == 0)
		return true;
	json_free(out);
	return false;
}

/* 1 found, 0 not, -1. */
static int
search(struct journal_reader *r, const char *id, struct json **out,
    struct err *e)
{
	char		 needle[JOURNAL_ID_SIZE + 8];
	size_t		 n = (size_t)snprintf(needle, sizeof(needle),
			     "\"id\":\"%s\"", id), len;
	const char	*line;
	struct err	 why;
	int		 rc, done = 0;

	while ((rc = journal_reader_next(r, &line, &len, &why)) != 0) {
		if (rc == -1 && done == 0)
			done = err_set(e, "%s", why.text);
		if (rc == 1 && memmem(line, len, needle, n) != NULL &&
		    take_line(id, line, len, out))
			return 1;
	}
	return done;
}

/* Neither the journal nor anything of it. */
static bool
is_nowhere(const char *path)
{
	char	**files;
	size_t	  n;
	bool	  nowhere;

	if (journal_files(path, &files, &n, NULL) == -1)
		return false;
	nowhere = n == 1 && access(path, F_OK) == -1;
	for (size_t i = 0; i < n; i++)
		free(files[i]);
	free(files);
	return nowhere;
}

int
journal_find(const char *path, const char *id, struct json **out,
    struct err *e)
{
	const struct journal_span all = { INT64_MIN, INT64_MAX };
	struct journal_reader	*r;
	int			 rc;

	if (!is_id(id))
		return err_set(e, "not the id of a decision: \"%s\"; it is "
		    "what the journal has as \"id\"", id);
	if (is_nowhere(path))
		return 0;
	if (journal_reader_open(&r, path, &all, e) == -1)
		return -1;
	rc = search(r, id, out, e);
	journal_reader_close(&r);
	return rc;
}
