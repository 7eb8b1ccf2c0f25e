/* SPDX-License-Identifier: ISC
 * whitelist/whitelist_private.h - what whitelist.c, change.c, add.c and coming.c
 * share. */
#ifndef WHITELIST_WHITELIST_PRIVATE_H
#define WHITELIST_WHITELIST_PRIVATE_H

#include <pthread.h>

#include "whitelist/epoch.h"
#include "whitelist/whitelist.h"

/* A reference to an entry, how many of its hits the store knows, and when it is
 * told again though there are no more. */
struct kept {
	struct listed		*l;
	unsigned long long	 written;
	int64_t			 renew;		/* INT64_MAX: never */
};

struct list {
	struct kept	*kept;
	size_t		 n, size;
};

struct whitelist_files {
	struct conf	*conf;
	struct list	 list;		/* own files first, then the shipped */
};

struct whitelist {
	struct store	*store;
	struct epoch	 epoch;		/* of struct view */
	pthread_mutex_t	 lock;		/* of what follows: writers only */
	struct conf	*conf;		/* NULL before the first use */
	struct list	 live, files;
	struct list	 doubtful;	/* the store failed at a change of them */
	int64_t		 next_end;	/* the first of the live ones expires */
	int64_t		 counts_written;
	size_t		 unreadable;	/* live ones that were left out */
};

/* Takes over *l, of which the store knows all. -1: out of memory, it is still the
 * caller's. */
int	list_append(struct list *list, struct listed **l);
int	list_append_to(struct listed **l, void *list);

/* Gives all references back. */
void	list_clear(struct list *list);

/* A view of both lists. 0 or -1, e. */
int	list_view(struct view **out, const struct list *live,
	    const struct list *files, struct err *e);

/* When the first of them expires; INT64_MAX: none does. */
int64_t	list_next_end(const struct list *list);

/* One that is to be in force, and the live one that it replaces. */
struct coming {
	struct listed		*l, *old;	/* old: may be NULL */
	size_t			 order;
	size_t			 at;	/* old's place; SIZE_MAX: there is none */
	unsigned long long	 known;	/* of old's hits */
};

/* Sets the places of n; of those with the same text only the last is kept. How
 * many are left, in their order. */
size_t	coming_place(struct coming *c, size_t n, const struct list *live);

/* Gives the references back and frees *c. */
void	coming_free(struct coming **c, size_t n);

/* What is to become of the live entries: those that go, and those that come. */
struct change {
	size_t		 without;	/* its place; SIZE_MAX: none */
	int64_t		 ended_by;	/* what has expired by then; INT64_MIN */
	struct coming	*comes;
	size_t		 n;
	bool		*replaced;	/* for each place; NULL: none */
	size_t		 tried;		/* how many the store was given */
};

/* With the lock: stores it and puts it in force. 0; -1: e, all is as before, or
 * will be when the store works again. */
int	whitelist_change(struct whitelist *w, struct change *c, struct err *e);

/* What is about to be in force gets the counts of what was there before, or else
 * of the store. 0; -1 out of memory, or the store failed: e. */
int	counts_inherit(struct store *store, const struct list *before,
	    struct list *new, int64_t now, struct err *e);

/* Tells the store, of *room entries at most, what it does not know; *room: what
 * is left of it. 0; 1 there are more; -1 the store failed, e. */
int	counts_write(struct store *store, struct list *list, int64_t now,
	    size_t *room, struct err *e);

/* With the lock: from now on this view; the one before is freed. */
void	whitelist_put_in_force(struct whitelist *w, struct view *view);

#endif
