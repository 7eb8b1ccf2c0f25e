/* SPDX-License-Identifier: ISC
 * journal/query.h - which lines of the journal are meant.
 *
 * A line that cannot match is left out by the bytes in it, before it is parsed. A
 * filter is immutable once made; any thread. */
#ifndef JOURNAL_QUERY_H
#define JOURNAL_QUERY_H

#include <stdint.h>

#include "base/err.h"
#include "base/netset.h"
#include "journal/entry.h"
#include "journal/reader.h"

/* Every member that is set must hold; NULL, 0: any. Texts are borrowed. */
struct query_wish {
	struct journal_span span;
	const char	*verdict;	/* "defer"; "event": lines of events */
	const char	*reason;	/* also the `would` of observed and held, and
					 * of an event its name or its why */
	const struct netset *clients;
	const char	*sender;	/* "bob@example.com"; "@example.com": any of
					 * it; "bob@"; "<>" or "": the null sender */
	const char	*recipient;	/* as sender */
	const char	*person;	/* as sender: sender or recipient */
	const char	*identity;	/* one of identities, or in `by` */
	const char	*name;		/* client's; "*.example.com" and below */
	const char	*rule;
	const char	*id;
};

struct query;			/* opaque */

/* 0; -1: a text is none of what is allowed (an unknown verdict or reason ...): e
 * says what is. */
int	query_new(struct query **out, const struct query_wish *w, struct err *e);
void	query_free(struct query **q);

/* Whether the line is meant; then *out is to be cleared. A torn line is not. */
bool	query_match(const struct query *q, const char *line, size_t len,
	    struct journal_entry *out);

struct query_stats {
	uint64_t	lines, matched, torn, bytes;
};

/*
 * Calls each() for each line that is meant, in the order of files, until it
 * returns false. 0; -1: a file cannot be read, e; what could be read was told.
 * stats may be NULL.
 */
typedef bool (*query_fn)(const struct journal_entry *e, void *arg);
int	query_run(const struct query *q, const char *path, query_fn each,
	    void *arg, struct query_stats *stats, struct err *e);

/* The same, and then of each line as it comes, until each() returns false or
 * go_on() does (asked several times a second). */
int	query_follow(const struct query *q, const char *path, query_fn each,
	    bool (*go_on)(void *arg), void *arg, struct err *e);

#endif
