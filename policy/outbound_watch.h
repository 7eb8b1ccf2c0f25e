/* SPDX-License-Identifier: ISC
 * policy/outbound_watch.h - how much outbound mail is seen, what is learned of it,
 * and whether a local address brings mostly strangers' mail. Since the start; a
 * bounded amount of memory. Locks inside; any thread. */
#ifndef POLICY_OUTBOUND_WATCH_H
#define POLICY_OUTBOUND_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "policy/automatic.h"

enum {
	WATCH_ADDRESSES = 64,		/* local addresses that are watched; the
					 * quietest gives way */
	WATCH_ENOUGH = 20		/* messages, before anything is said */
};

struct outbound_watch;		/* opaque */

struct outbound_watch *outbound_watch_new(void);	/* NULL: out of memory */
void	outbound_watch_free(struct outbound_watch **w);

/* One message of an outbound session has ended: how many of its recipients were
 * learned. */
void	outbound_watch_message(struct outbound_watch *w, unsigned learned);

/* Nothing was learned from a message (or recipient), and why. */
void	outbound_watch_unlearned(struct outbound_watch *w, enum unlearned why);

/* A message from an address of local-networks, no listener of reinject, no relay,
 * not logged in: is its sender of local-domains? The null sender is not told. */
void	outbound_watch_sender(struct outbound_watch *w, const struct ip *client,
	    bool ours);

struct outbound_stats {
	uint64_t	messages;	/* outbound ones */
	uint64_t	learned;	/* recipients */
	uint64_t	unlearned[UNLEARNED_KINDS];
	/* The local address with the most messages of which more than half are
	 * outsiders', of at least WATCH_ENOUGH; total 0: none. */
	struct ip	carrier;
	uint64_t	carrier_outside, carrier_total;
};
void	outbound_watch_stats(struct outbound_watch *w,
	    struct outbound_stats *out);

#endif
