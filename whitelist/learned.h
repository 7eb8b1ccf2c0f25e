/* SPDX-License-Identifier: ISC
 * whitelist/learned.h - whom our users wrote to, as records of the store: the
 * correspondents, and the domains whose bounces are expected.
 *
 * Addresses come folded (policy/fold.h, fold_correspondent()) and are compared
 * byte by byte. The store is the only state; any thread. */
#ifndef WHITELIST_LEARNED_H
#define WHITELIST_LEARNED_H

#include <stdbool.h>

#include "base/conf.h"
#include "db/store.h"

enum {
	LEARNED_IDENTITIES = 8,		/* kept of one pair, the latest ones */
	LEARNED_QUEUE_MAX = 63,		/* bytes; a longer queue id is left out */
	LEARNED_LOGIN_MAX = 127,	/* bytes; of a longer one the digest */
	LEARNED_BOUNCE_DAYS = 7,	/* tried for 5, RFC 5321 4.5.4.1 */
	LEARNED_LOOKED_AT = 256		/* pairs that a look-up reads, at most */
};

/* One of ours wrote to one outside address. */
struct learned_letter {
	const char	*outside;	/* "bob@example.net" */
	const char	*ours;		/* who wrote: "alice@example.com" */
	const char	*user;		/* the login, or `ours`; has the hours */
	const char	*queue;		/* queue id, or "" */
	const char	*organisation;	/* registrable domain of outside, or NULL */
};

struct learned_limits {
	int64_t		remember;	/* seconds */
	unsigned	max_per_hour;	/* new pairs of a user, by the clock */
};

/*
 * Keeps the pair (new, or used once more), the hour's count of its user, and that
 * bounces from the organisation are expected by ours: one atomic step, without
 * waiting for the disk. 1 kept; 0 this user has had max_per_hour new pairs in this
 * hour already: nothing was kept, the excess was counted; -1 the store failed, e.
 * *excess: how many were refused to the user in this hour so far.
 */
int	learned_note(struct store *s, const struct learned_letter *l,
	    const struct learned_limits *limits, int64_t now, uint32_t *excess,
	    struct err *e);

/* A pair as it is stored. Texts point into the struct. */
struct learned_pair {
	char		outside[STORE_KEY_MAX], ours[STORE_KEY_MAX];
	char		user[LEARNED_LOGIN_MAX + 1];	/* of the first letter */
	char		queue[LEARNED_QUEUE_MAX + 1];	/* of the latest letter */
	int64_t		first, last;	/* seconds: letters of ours */
	int64_t		answered;	/* seconds: the latest answer; 0 none */
	int64_t		expires;
	uint32_t	letters, answers;
	unsigned	n_identities;	/* that brought answers, latest first */
	const char	*identity[LEARNED_IDENTITIES];
	char		texts[STORE_VALUE_MAX];
};

/* What is known of an outside address on behalf of one of ours. */
struct learned_answer {
	struct learned_pair pair;	/* who wrote first, within the scope; of
					 * several in one second the least address */
	bool		 known_identity;/* one brought answers, in the scope */
	char		 identity[512];	/* the first of these; "" else */
};

/*
 * Whether ours (scope mailbox), somebody of the same domain (domain) or anybody
 * of ours (site) wrote to outside and is remembered. identities: those of the
 * client, NULL at the end. Changes nothing. 1 found; 0 not, *out is unspecified;
 * -1 the store failed, e.
 */
struct learned_question {
	const char	*outside, *ours;
	enum conf_learn_scope scope;
	const char *const *identities;
};
int	learned_find(struct store *s, const struct learned_question *q,
	    int64_t now, struct learned_answer *out, struct err *e);

/*
 * An answer of outside to `ours` was taken: renews the pair (outside, ours), or
 * where there is none the one learned_find() gives for q->scope, counts the
 * answer, and keeps q->identities with it (none: NULL at once). 1 done; 0 there
 * is no pair; -1 the store failed, e.
 */
int	learned_note_answer(struct store *s, const struct learned_question *q,
	    int64_t remember, int64_t now, struct err *e);

/* Whether ours wrote to an address of this organisation in the last
 * LEARNED_BOUNCE_DAYS. 1, 0, -1 the store failed. */
int	learned_expects_bounce(struct store *s, const char *ours,
	    const char *organisation, int64_t now, struct err *e);

/* Puts another login in the place of the one that a pair's record has, if name()
 * gives another (to be freed; NULL: out of memory). 1, 0 it is none of a pair, or has
 * that login; -1. */
int	learned_name_login(struct store_item *item,
	    char *(*name)(const char *login, void *arg), void *arg);

/* Reads the record of a pair for those who walk the store. false: it is none. */
bool	learned_read(struct learned_pair *p, const struct store_item *item);

/* What to list or to forget; a NULL text, a 0 matches everything. */
struct learned_filter {
	const char	*outside;	/* an address, or "@example.net" */
	const char	*by;		/* ours, or the login (in any case);
					 * or "@example.com": any of ours there */
	const char	*login;		/* the same as a login has it, not folded;
					 * NULL: as by */
	int64_t		 since;		/* seconds: first learned then or later */
};

/* Calls each() with every pair that matches and has not expired, by outside
 * address, until it returns false. A record that cannot be read is none. 0; -1
 * the store failed. */
typedef bool (*learned_each_fn)(const struct learned_pair *p, void *arg);
int	learned_each(struct store *s, const struct learned_filter *f,
	    int64_t now, learned_each_fn each, void *arg, struct err *e);

/* Forgets every pair that matches; with `by` also that bounces are expected by
 * these addresses, where nothing that is left says so. On the disk when it
 * returns. *n: how many pairs. What is learned meanwhile may or may not stay.
 * 0; -1 the store failed: some may be gone. */
int	learned_forget(struct store *s, const struct learned_filter *f,
	    int64_t now, size_t *n, struct err *e);

#endif
