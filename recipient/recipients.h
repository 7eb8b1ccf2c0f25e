/* SPDX-License-Identifier: ISC
 * recipient/recipients.h - does this mailbox exist? Lists, directories, cache
 * and scope behind one question. Locks inside; any thread. */
#ifndef RECIPIENT_RECIPIENTS_H
#define RECIPIENT_RECIPIENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alarm.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "db/store.h"
#include "recipient/cache.h"
#include "recipient/flat.h"
#include "recipient/harvest.h"
#include "recipient/inquiry.h"

struct recipients;		/* opaque: lives as long as the daemon */
struct recipients_sources;	/* opaque: one configuration's sources */

struct recipients_deps {	/* all outlive it */
	struct store	*store;
	struct alarms	*alarms;	/* NULL: no trouble is logged */
	struct clock	 clock;
	const char	*state;		/* folder for the kept lists; NULL: none */
	const struct pseudonyms *pseudonyms;	/* of the cache; NULL: none */
};

/* NULL: out of memory. */
struct recipients *recipients_new(const struct recipients_deps *deps);

/* Ends the threads; the store is not touched any more. Whoever asks from now on
 * is told "not checked". */
void	recipients_stop(struct recipients *r);
void	recipients_free(struct recipients **r);

/*
 * Reads the lists and prepares the directories that conf names; a list that is
 * in use already is not read again. Nothing changes until recipients_use().
 * 0 done; -1 a list cannot be read and there is no kept copy, a setting is
 * wrong: e says what to do.
 */
int	recipients_read(struct recipients *r, struct conf *conf, int64_t now,
	    struct recipients_sources **out, struct err *e);

/* Puts them in force and takes them over. */
void	recipients_use(struct recipients *r, struct recipients_sources **next);

/* Frees what was read and not put in force. A NULL *s is fine. */
void	recipients_drop(struct recipients_sources **s);

/* Whether the settings leave a domain, or all of them, unchecked by mistake; e:
 * which, and what to do. For a word at -t; the alarm tells it, too. */
bool	recipients_leave_out(struct recipients *r, struct err *e);

/* Starts the thread that tends each second: looks at the lists' files, raises
 * and clears the alarms. 0; -1: e. */
int	recipients_start(struct recipients *r, struct err *e);

/* One turn of it, for tests on a virtual clock. */
void	recipients_tend(struct recipients *r, int64_t now);

enum recipient_answer {
	RECIPIENT_NO,
	RECIPIENT_YES,
	RECIPIENT_CANNOT_TELL,
	RECIPIENT_NOT_CHECKED	/* outside local-domains, exempt, no source */
};

enum recipient_from {
	RECIPIENT_FROM_SCOPE,	/* nobody was asked: role, exempt, outside */
	RECIPIENT_FROM_LIST, RECIPIENT_FROM_CACHE, RECIPIENT_FROM_SOURCE,
	RECIPIENT_FROM_STALE,	/* an old yes, since nobody could be asked */
	RECIPIENT_FROM_DOUBT	/* a no that is not believed */
};

struct recipient_result {
	enum recipient_answer answer;
	enum recipient_from from;
	char		by[80];		/* the source that decided, or "" */
	bool		former;		/* a user once */
	int64_t		checked;	/* of cache and stale: when, seconds */
	int64_t		micros;		/* the whole question took */
	struct err	why;		/* of cannot tell; "" else */
};

/*
 * Asks about an address as mailaddr_parse() gives it. May wait for a directory,
 * wait_ms at most. Cannot fail: trouble is RECIPIENT_CANNOT_TELL. Never NO
 * unless every source of its domain has said so, now or within negative-cache.
 * trace: told of each source that was asked, may be NULL.
 */
struct recipient_asked {
	const char	*source;	/* "list:file", "ldap:ad", "cache" */
	const char	*answer;	/* "yes", "no", "cannot tell" */
	int64_t		 micros;	/* -1: not known */
	const char	*note;		/* "" or why, or how old */
};
typedef void (*recipient_trace_fn)(const struct recipient_asked *asked,
	    void *arg);
void	recipients_check(struct recipients *r, const char *address, int wait_ms,
	    int64_t now, struct recipient_result *out,
	    recipient_trace_fn trace, void *arg);

const char *recipient_answer_name(enum recipient_answer a);
const char *recipient_from_name(enum recipient_from f);

/* The counts of clients that guess. */
struct harvest *recipients_harvest(struct recipients *r);

/* 1 forgotten, 0 was not remembered, -1 failed: e. */
int	recipients_forget(struct recipients *r, const char *address,
	    struct err *e);

/* The same of a record by what it is called in the store, a pseudonym or not. */
int	recipients_forget_name(struct recipients *r, const char *name,
	    struct err *e);

/* Takes a source as it is: the list that was refused, the directory that is not
 * believed. name as in stats; NULL: every one that waits for it. *adopted: how
 * many. 0; -1 no such source, or it failed: e. */
int	recipients_adopt(struct recipients *r, const char *name, int64_t now,
	    unsigned *adopted, struct err *e);

/* Calls each() for every valid recipient of every source, once or more often.
 * -1: a source cannot be listed, or failed half-way: e. */
int	recipients_walk(struct recipients *r, bool (*each)(const char *address,
	    void *arg), void *arg, struct err *e);

/* The key of hashed lists, from recipients.key-file. *len 0: there is none. */
enum { RECIPIENTS_KEY_MAX = 1024 };
int	recipients_key(struct recipients *r, unsigned char key[RECIPIENTS_KEY_MAX],
	    size_t *len, struct err *e);

/* How one source fares; exactly one of the two is set. */
struct recipient_source_stats {
	char		name[80];
	bool		is_list;
	struct flat_stats list;
	struct inquiry_stats live;
	struct err	doubt;		/* "" or why its "no" is not believed */
};
typedef bool (*recipient_source_fn)(const struct recipient_source_stats *s,
	    void *arg);
void	recipients_each_source(struct recipients *r, recipient_source_fn each,
	    void *arg);
void	recipients_cache_stats(struct recipients *r, struct cache_stats *out);

#endif
