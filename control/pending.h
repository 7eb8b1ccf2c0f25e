/* SPDX-License-Identifier: ISC
 * control/pending.h - attempts that never came back, put together from the records
 * under each of their identities, the likeliest good mail first.
 *
 * Owned by one thread. */
#ifndef CONTROL_PENDING_H
#define CONTROL_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What speaks for a mail, and how much: the rank is their sum. */
enum pending_evidence {
	PENDING_RETRIED = 1,	/* tried more than once */
	PENDING_HOSTS = 2,	/* from several networks */
	PENDING_NAME = 4,	/* its host has a confirmed name */
	PENDING_WRITTEN = 8,	/* our users write to the sender's domain */
	PENDING_SPF = 16	/* its host may send for the sender's domain */
};

enum { PENDING_IDENTITY_SIZE = 320 };

/* A sender and a recipient. */
struct pending {
	char		*sender, *recipient;
	char		*identity;	/* the best that it waits under */
	int64_t		 first, last;	/* seconds */
	int64_t		 until;		/* a retry passes until then */
	unsigned	 evidence;	/* enum pending_evidence */
	unsigned	 tries;		/* of all networks */
	unsigned	 networks;
};

/* A record as the daemon tells it; texts are borrowed. */
struct pending_record {
	const char	*identity, *sender, *recipient;
	int64_t		 first, last, until;
	unsigned	 tries;
	bool		 written;	/* PENDING_WRITTEN */
};

struct pending_list {
	struct pending	*at;
	size_t		 n, room;
	bool		 merged;
};

/* 0; -1 out of memory. */
int	pending_add(struct pending_list *l, const struct pending_record *r);

/* Mail of this sender to this recipient has passed at that second: takes out what
 * began before. All pending ones have been added by then. */
void	pending_passed(struct pending_list *l, const char *sender,
	    const char *recipient, int64_t when);

/* The best first: by evidence, by tries, the latest. Nothing is added any more. */
void	pending_rank(struct pending_list *l);

void	pending_free(struct pending_list *l);

#endif
