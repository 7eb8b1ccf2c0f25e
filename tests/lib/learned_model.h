/* SPDX-License-Identifier: ISC
 * tests/lib/learned_model.h - what whitelist/learned.h promises, as a list that
 * is searched from end to end, over a few names. One thread. */
#ifndef TESTS_LIB_LEARNED_MODEL_H
#define TESTS_LIB_LEARNED_MODEL_H

#include "whitelist/learned.h"

enum {
	OUTSIDE = 6, OURS = 6, USERS = 5, ORGANISATIONS = 3, IDENTITIES = 12,
	HOUR = 3600, DAY = 24 * HOUR, MAX_PER_HOUR = 2, LONG = 400
};

/* An address as it is said, as it is listed, and its parts. */
struct name {
	char	said[LONG + 40], shown[LONG + 40];
	char	domain[40];
	int	organisation;		/* of an outside one; -1 none */
};

struct pair {
	int		outside, ours, user, n_ids, ids[LEARNED_IDENTITIES];
	char		queue[80];
	int64_t		first, last, answered, expires;
	uint32_t	letters, answers;
	struct pair	*next;
};

struct hour {
	int64_t		hour, expires;
	uint32_t	fresh, excess;
};

struct model {
	struct store	*s;
	uint64_t	 random;
	int64_t		 now;
	struct name	 outside[OUTSIDE], ours[OURS];
	char		 user[USERS][LONG], user_shown[USERS][LONG];
	char		 identity[IDENTITIES][LONG];
	struct pair	*list;		/* in no order */
	struct hour	 hour[USERS];
	int64_t		 bounce[OURS][ORGANISATIONS];	/* expires */
	unsigned	 seen[10];	/* how often each thing happened */
};

/* Sets outside, ours, user and identity; the last of each is very long, the first
 * identities are long. */
void	model_make_names(struct model *m);

/* A pair that has not expired, or NULL. */
struct pair *model_find_alive(const struct model *m, int outside, int ours);

/* A pair from now on, or NULL: the hour is full, and it is counted. */
struct pair *model_begin(struct model *m, int outside, int ours, int user,
	    int64_t remember);

/* Leaves out what does not fit; puts those of an answer before the others. */
void	model_cut_identities(const struct model *m, struct pair *p);
void	model_keep_identities(const struct model *m, struct pair *p,
	    const int *ids, int n);

/* Who wrote first, or NULL; whether an identity brought answers before. */
struct pair *model_first_writer(const struct model *m, int outside, int ours,
	    enum conf_learn_scope scope);
bool	model_knows(const struct model *m, int outside, int ours,
	    enum conf_learn_scope scope, int identity);

/* How a filter is read. */
bool	model_matches(const struct model *m, const struct pair *p,
	    const struct learned_filter *f);
int	model_count_matching(const struct model *m,
	    const struct learned_filter *f);

/* Takes out of the list what matches, what has expired. Of the first, how many
 * bounces are no longer expected. */
unsigned model_forget(struct model *m, const struct learned_filter *f);
void	model_sweep(struct model *m);
void	model_clear(struct model *m);

int64_t	model_max(int64_t a, int64_t b);

#endif
