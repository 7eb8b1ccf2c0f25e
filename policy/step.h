/* SPDX-License-Identifier: ISC
 * policy/step.h - the records of one attempt, and how one step takes them
 * through the rule. For policy/greylist.c.
 *
 * A step has up to ten records: the proofs of the client (its address, its name
 * for the sender's domain, its bare name, the sender's domain by SPF), and for
 * each identity that groups triplets (network, name, SPF) the triplet and, where
 * crowds are or were full, the attempt's mark. */
#ifndef POLICY_STEP_H
#define POLICY_STEP_H

#include "base/conf.h"
#include "policy/attempt.h"
#include "policy/grey.h"
#include "policy/policy.h"

enum { STEP_PROOFS = 4, STEP_GROUPS = 3,
    STEP_ITEMS = STEP_PROOFS + 2 * STEP_GROUPS };

/* What a pass proves: an identity, for one sender's domain or for any. */
struct step_proof {
	const char	*identity;
	const char	*domain;	/* NULL: any */
};

/* An identity that groups triplets. */
struct step_group {
	const char	*identity;	/* of the triplet */
	const char	*crowd;		/* whose pending ones are counted */
	bool		 full;		/* the crowd has as many as it may */
	bool		 may_be_marked;	/* then mark is a place, too */
	size_t		 triplet, mark;	/* places in the step's items */
	uint64_t	 fingerprint;
	/* Set anew by each run of decide(). */
	struct record	 rec;		/* as read, then as to be stored */
	struct grey_answer answer;
	bool		 stored, marked;/* where rec was found, if at all */
	int		 change;	/* of the crowd's count */
};

struct step {
	const struct policy_deps *deps;
	const struct conf_greylist *conf;
	struct grey_conf rule;
	struct grey_conf crowds;	/* the same, but for a rule's window: a
					 * crowd is counted by one for all */
	const struct attempt *a;
	int64_t		 now;
	struct step_proof	 proof[STEP_PROOFS];
	struct step_group group[STEP_GROUPS];
	size_t		 n_groups, n_proofs;
	/* Set anew by each run of decide(). */
	enum reason	 reason;
	struct grey_answer answer;
	size_t		 by;		/* which proof, or which group */
};

/* Of an attempt whose step is yet to be taken. */
struct step step_of(const struct policy_deps *deps,
	    const struct conf_greylist *conf, const struct attempt *a,
	    int64_t now);

/* Whether SPF is known to say that the client may send for the sender. */
bool	step_has_spf(const struct attempt *a);

/* Takes it: a look at the proofs, and unless one holds one atomic step over all
 * records. reason, answer and by tell. 0 done and stored; -1 the store failed. */
int	step_take(struct step *s, struct err *e);

/* The attempt was deferred by step_take(), and then found proven after all: its
 * triplets wait no more. As above. */
int	step_take_back(struct step *s, struct err *e);

/* Whether a record under an identity that is yet to be proven would let the
 * attempt pass. Changes nothing; a store that fails has none. */
bool	step_would_pass(const struct step *s, const char *identity);

/* Whether the attempt's client is proven, for this sender. Likewise. */
bool	step_is_proven(struct step *s);

/* Counts a pass for what the client proves. 0; -1 the store failed. */
int	step_prove(struct step *s, struct err *e);

/* Counts a pass for this identity. As above. */
int	step_prove_identity(struct step *s, const char *identity,
	    struct err *e);

/* Stores the attempt's triplet under this identity alone. As above. */
int	step_note(struct step *s, const char *identity, struct err *e);

#endif
