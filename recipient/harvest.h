/* SPDX-License-Identifier: ISC
 * recipient/harvest.h - who guesses recipients, and is to be told nothing for a
 * while. Locks inside; any thread.
 *
 * Counts are held in a table of fixed size, by addr: and by net: identity; when
 * its part of the table is full the one without a ban that was seen longest ago
 * goes first, and if all are banned a new one is not counted. Bans are in the
 * store, too (key 'h', identity; value u64 since, u32 unknown, u32 known;
 * expiry = until), so that a restart does not end them. If that cannot be
 * written, a ban holds in memory only. */
#ifndef RECIPIENT_HARVEST_H
#define RECIPIENT_HARVEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "db/store.h"

struct harvest;			/* opaque */

enum {
	HARVEST_ENTRIES = 65536,
	HARVEST_IDENTITY_MAX = 60	/* bytes; no longer one is counted */
};

struct harvest_rule {
	unsigned	limit;		/* more unknown ones than that; 0: no */
	int64_t		window;		/* within so many seconds */
	int64_t		ban;		/* defers for so many */
};

/* Who asks. is_proven is called at most once a call, when it matters, without
 * a lock: has this client passed greylisting? */
struct harvest_client {
	const char	*addr, *net;	/* identities; "": none */
	bool		(*is_proven)(void *arg);
	void		*arg;
	bool		look;		/* a dry run: nothing is changed */
};

/* NULL: out of memory. The store outlives it. */
struct harvest *harvest_new(struct store *store);
void	harvest_free(struct harvest **h);

/* Takes the bans of an earlier process from the store. 0; -1: e. */
int	harvest_begin(struct harvest *h, int64_t now, struct err *e);

/*
 * Whether the client is banned, by its address or its network; by: that
 * identity (borrowed from client). A proven client is banned by its own address
 * only, and only while its unknown recipients outnumber its known ones: those
 * that led to the ban, and what was counted since. No ban lasts longer from now
 * than rule.ban, whatever the clock or the rule was.
 */
bool	harvest_is_banned(struct harvest *h, const struct harvest_rule *rule,
	    const struct harvest_client *client, int64_t now,
	    const char **by);

/*
 * Counts one recipient that exists, or one that does not. A window begins with
 * the first one counted. The one that goes over the limit begins a ban of the
 * address, of the network, or of both. A proven client's unknown ones count for
 * its own address only, which is banned only if they outnumber its known ones.
 * One address adds half the limit to its network's count at most. What is counted
 * during a ban does not prolong it; counts begin anew after it.
 * Returns whether this call began a ban.
 */
bool	harvest_count(struct harvest *h, const struct harvest_rule *rule,
	    const struct harvest_client *client, bool known, int64_t now);

/* Clears counts and bans of these two identities. 1 there was something, 0
 * nothing, -1 the store failed: e. */
int	harvest_forgive(struct harvest *h, const char *addr, const char *net,
	    struct err *e);

struct harvest_entry {
	const char	*identity;
	unsigned	 unknown, known;	/* in the window at hand */
	int64_t		 since;		/* the window's, or the ban's, start */
	int64_t		 until;		/* of the ban; 0: no ban */
};
/* Calls each() for every identity with a ban or an unknown recipient in its
 * window, bans first; no lock is held meanwhile. */
typedef bool (*harvest_each_fn)(const struct harvest_entry *entry, void *arg);
void	harvest_walk(struct harvest *h, const struct harvest_rule *rule,
	    int64_t now, harvest_each_fn each, void *arg);

struct harvest_stats {
	uint64_t	unknown, known;	/* counted since the start */
	uint64_t	bans;		/* begun since the start */
	unsigned	banned;		/* by now */
};
void	harvest_stats(struct harvest *h, int64_t now,
	    struct harvest_stats *out);

#endif
