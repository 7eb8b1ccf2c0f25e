/* SPDX-License-Identifier: ISC
 * whitelist/view.h - all entries at one moment, compiled for matching.
 *
 * Immutable once built, but for the counts of hits, which are atomic. All but
 * regexes lie in one hash table, with a look-up for each prefix length in use
 * and for each label of a name or domain; only regexes are tried one by one.
 * Matching takes no lock and allocates nothing. */
#ifndef WHITELIST_VIEW_H
#define WHITELIST_VIEW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whitelist/entry.h"

/* Whose an entry is. */
enum entry_origin { ENTRY_LIVE, ENTRY_FILE, ENTRY_SHIPPED };

/* An entry and its life; shared by the views that follow each other: counted. */
struct listed {
	struct entry	 entry;
	enum entry_origin origin;
	char		*where;		/* "FILE:LINE", or who added it: "root",
					 * "uid 1000" */
	char		*note;		/* "" for none */
	int64_t		 created;	/* seconds; of a file's: first seen */
	int64_t		 expires;	/* seconds; INT64_MAX: never */
	atomic_ullong	 hits;
	_Atomic int64_t	 last_hit;	/* seconds; 0: never */
	atomic_uint	 refs;
};

/* A new one with one reference, texts copied; NULL: out of memory. */
struct listed *listed_new(const struct entry *entry, enum entry_origin origin,
	    const char *where, const char *note);
struct listed *listed_ref(struct listed *l);
void	listed_unref(struct listed **l);

struct view;			/* opaque */

/* Builds a view over n entries; takes a reference to each. Several may mean the
 * same. 0; -1 out of memory, or a regex that PCRE2 refuses: e names it. */
int	view_new(struct view **out, struct listed *const *entries, size_t n,
	    struct err *e);
void	view_free(struct view **v);

size_t	view_count(const struct view *v);
struct listed *view_at(const struct view *v, size_t i);	/* as given */

/* An attempt; texts as the client wrote them, NULL for what is not known. */
struct view_query {
	const struct ip	*client;
	const char	*name;		/* only if confirmed forward */
	const char	*sender;	/* "" is the null sender: no entry of
					 * senders or domains is for it, and no
					 * regex of senders */
	const char	*rcpt;
	int64_t		 now;		/* what has expired by then does not match */
};

/*
 * What matched: of each group the first by this order of kinds: client, name,
 * recipient, grace, sender, domain, regex; within a kind the narrowest (of
 * equal ones, what is "to" an address, then "to" a domain), then the earliest.
 * Regexes are only tried where they would be the first. Two groups: own entries
 * about clients and senders, which come before the rules; and those that come
 * after them: shipped ones and those of kind recipient (or regex recipient) and
 * grace. In each, one that holds by itself, and one that holds only where an
 * identity proves the sender's domain.
 */
enum view_group { VIEW_OWN, VIEW_LATE, VIEW_GROUPS };
struct view_matches {
	struct listed	*holds[VIEW_GROUPS];	/* NULL: none */
	struct listed	*needs_proof[VIEW_GROUPS];
	bool		 regex_limit;	/* a regex ran into its limit: it counts
					 * as no match */
	const struct listed *regex;	/* ... that one */
};
void	view_match(const struct view *v, const struct view_query *q,
	    struct view_matches *out);

/* Whether a client entry, in force, not a shipped one and not narrowed by "to",
 * has the address. */
bool	view_has_client(const struct view *v, const struct ip *client,
	    int64_t now);

/* Whether this one entry matches and is in force, whatever its proof; for
 * explanations: a regex is compiled each time. */
bool	view_entry_matches(const struct listed *l, const struct view_query *q);

/* A use was made of it. */
void	listed_hit(struct listed *l, int64_t now);

#endif
