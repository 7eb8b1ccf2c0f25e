/* SPDX-License-Identifier: ISC
 * journal/query_run.c - a query over all files of a journal, and on as it grows. */
#include "journal/query.h"

#include <string.h>

#include "journal/query_private.h"

/* false: each() wants no more. */
static bool
take(const struct query *q, const char *line, size_t len, query_fn each,
    void *arg, struct query_stats *stats)
{
	struct journal_entry	entry;
	bool			goes_on;
	int			rc = query_look(q, line, len, &entry);

	stats->lines++;
	stats->bytes += len + 1;
	stats->matched += rc == 1;
	stats->torn += rc == -1 && len > 0;
	if (rc != 1)
		return true;
	goes_on = each(&entry, arg);
	journal_entry_clear(&entry);
	return goes_on;
}

int
query_run(const struct query *q, const char *path, query_fn each, void *arg,
    struct query_stats *stats, struct err *e)
{
	struct journal_reader	*r;
	struct query_stats	 own = { 0 };
	struct err		 why;
	const char		*line;
	size_t			 len;
	int			 rc, done = 0;

	if (journal_reader_open(&r, path, &q->wish.span, e) == -1)
		return -1;
	while ((rc = journal_reader_next(r, &line, &len, &why)) != 0) {
		if (rc == -1 && done == 0)
			done = err_set(e, "%s", why.text);
		if (rc == 1 && !take(q, line, len, each, arg, &own))
			break;
	}
	journal_reader_close(&r);
	if (stats != NULL)
		*stats = own;
	return done;
}

/* What was told by now, while a journal is followed: ids rise with time. */
struct followed {
	char		 id[JOURNAL_ID_SIZE];
	unsigned	 switches;
	bool		 again;		/* lines of a rewritten file, until a new one */
};

static bool
is_new(struct followed *f, const struct journal_reader *r, const char *line,
    size_t len)
{
	char		 id[JOURNAL_ID_SIZE];
	size_t		 room, n = 0;
	const char	*at = query_text_behind(line, len, "\"id\":\"", &room);

	if (at == NULL)
		return true;
	while (n < room && n < sizeof(id) - 1 && at[n] != '"') {
		id[n] = at[n];
		n++;
	}
	id[n] = '\0';
	if (journal_reader_switches(r) != f->switches) {
		f->switches = journal_reader_switches(r);
		f->again = true;
	}
	if (f->again && strcmp(id, f->id) <= 0)
		return false;
	f->again = false;
	(void)strcpy(f->id, id);
	return true;
}

int
query_follow(const struct query *q, const char *path, query_fn each,
    bool (*go_on)(void *arg), void *arg, struct err *e)
{
	enum { MILLIS = 200 };
	struct journal_reader	*r;
	struct query_stats	 stats = { 0 };
	struct followed		 told = { .id = "" };
	struct err		 why;
	const char		*line;
	size_t			 len;
	int			 rc;
	bool			 more = true;

	if (journal_reader_open(&r, path, &q->wish.span, e) == -1)
		return -1;
	journal_reader_follow(r);
	while (more && go_on(arg)) {
		while (more && (rc = journal_reader_next(r, &line, &len,
		    &why)) != 0)
			more = rc == -1 || !is_new(&told, r, line, len) ||
			    take(q, line, len, each, arg, &stats);
		if (more)
			(void)journal_reader_wait(r, MILLIS);
	}
	journal_reader_close(&r);
	return 0;
}
