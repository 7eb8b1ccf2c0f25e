/* SPDX-License-Identifier: ISC
 * journal/tally.h - how often what was decided, by the hour, in the store: for
 * reports over a year that need no journal. Locks inside; any thread. */
#ifndef JOURNAL_TALLY_H
#define JOURNAL_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "db/store.h"

enum {
	TALLY_KEEP_DAYS = 400,
	TALLY_WORDS = 64,	/* of "verdict reason"; the last is "other" */
	TALLY_WORD_SIZE = 32,
	TALLY_DELAYS = 40,	/* buckets of how long a retry took */
	TALLY_KINDS = 4		/* addr, net, name, spf: who brought it */
};

/* One decision. */
struct tally_fact {
	const char	*verdict, *reason;
	int64_t		 delayed;	/* seconds, of a retry; -1: none */
	const char	*by;		/* the identity of that retry, without which
					 * `delayed` is not counted; or NULL */
};

struct tally;			/* opaque */

struct tally *tally_new(struct store *store);	/* NULL: out of memory */
void	tally_free(struct tally **t);

/* Counts it in memory: no lock is held for long, nothing waits for the store. */
void	tally_count(struct tally *t, const struct tally_fact *f, int64_t now);

/* Adds what was counted to the store's hours, and the store's size at that hour;
 * called each second or so, and at the end. 0; -1 the store failed: the counts are
 * kept for the next call, e. */
int	tally_flush(struct tally *t, int64_t now, struct err *e);

/* How many records of the store are the tally's, by what was flushed. */
uint64_t tally_records(struct tally *t);

/* One hour, as it is stored. */
struct tally_hour {
	int64_t		hour;		/* its first second */
	unsigned	n;
	struct {
		char		word[TALLY_WORD_SIZE];	/* "defer new" */
		uint64_t	count;
	} decisions[TALLY_WORDS];
	uint64_t	delays[TALLY_KINDS][TALLY_DELAYS];
	uint64_t	records, bytes;	/* the store's size, at the last flush */
};

/* The upper limit of a bucket in seconds (the last: INT64_MAX), and whose it is:
 * "addr", "net", "name", "spf". */
int64_t	tally_delay_limit(unsigned bucket);
const char *tally_kind(unsigned kind);

/* Calls each() with the hours that begin in from..until-1 (seconds), in order,
 * until it returns false. 0; -1 the store failed, e. */
typedef bool (*tally_each_fn)(const struct tally_hour *h, void *arg);
int	tally_each(struct store *s, int64_t from, int64_t until,
	    tally_each_fn each, void *arg, struct err *e);

#endif
