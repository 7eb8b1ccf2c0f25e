/* SPDX-License-Identifier: ISC
 * recipient/sources.h - one configuration's sources: which lists and which
 * directories, and for which domains each.
 *
 * For recipient/recipients.c and its like only. Immutable but for what locks
 * inside, and counted; any thread. */
#ifndef RECIPIENT_SOURCES_H
#define RECIPIENT_SOURCES_H

#include <stdatomic.h>

#include "base/clock.h"
#include "base/conf.h"
#include "recipient/address.h"
#include "recipient/cache.h"
#include "recipient/doubt.h"
#include "recipient/flat.h"
#include "recipient/inquiry.h"

/* The counts of doubt.h that are of all directories together: which of them
 * knew somebody is not remembered. */
#define SOURCES_ALL	"all directories"

struct named_list {
	char		 name[80];		/* "list:file" */
	struct flat	*flat;
	const struct nameset *domains;		/* NULL or empty: all */
};

struct recipients_sources {
	atomic_uint	 refs;
	struct conf	*conf;			/* a reference */
	struct address_rule rule;
	struct cache_rule cache_rule;
	struct cache	*cache;			/* the daemon's */
	struct doubt	*doubt;			/* likewise */
	struct clock	 clock;
	struct named_list *lists;
	size_t		 n_lists;
	struct inquiry	*inquiry;		/* NULL: nobody to ask */
	unsigned	 n_live;
	const struct nameset *live_domains[INQUIRY_SOURCES];
};

/* What a configuration's sources stand on. */
struct sources_base {
	struct cache	*cache;
	struct doubt	*doubt;
	struct clock	 clock;
	const char	*state;			/* folder, or NULL */
};

/*
 * Reads and prepares what conf names; former (may be NULL): lists that are the
 * same there are shared, not read again. The reference is the caller's.
 * 0 done; -1 e says what to do.
 */
int	sources_read(const struct sources_base *base,
	    const struct recipients_sources *former, struct conf *conf,
	    int64_t now, struct recipients_sources **out, struct err *e);

struct recipients_sources *sources_ref(struct recipients_sources *s);

/* Clears the pointer; the last one frees and waits up to limit_ms for threads
 * that ask. */
void	sources_unref(struct recipients_sources **s, int limit_ms);

/* What all directories asked about an address have answered or failed: keeps what
 * is worth it, and turns a "no" that is not believed into "cannot tell". */
void	sources_weigh(const struct recipients_sources *s,
	    const struct address *a, struct inquiry_answer *answers,
	    int64_t now);

/* Whether a source with these domains is asked about this one. */
bool	sources_covers(const struct nameset *domains, const char *domain);

/* A domain that lists cover, and no directory, and of which no list has anybody:
 * its first in local-domains, or NULL. */
const char *sources_empty_domain(const struct recipients_sources *s);

/* What to do about one. */
void	sources_tell_empty(const char *domain, struct err *e);

/* The directories to ask about a domain, bit i for source i. */
uint32_t sources_live_for(const struct recipients_sources *s,
	    const char *domain);

#endif
