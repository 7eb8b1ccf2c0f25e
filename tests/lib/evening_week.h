/* SPDX-License-Identifier: ISC
 * tests/lib/evening_week.h - a week of mail, made up: who tries what when, and what
 * an honest filter answers. Whoever makes it knows the truth of it. */
#ifndef TESTS_LIB_EVENING_WEEK_H
#define TESTS_LIB_EVENING_WEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sanitizers are slow: they see a tenth of the mail. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { WEEK_PART = 10 };
#else
enum { WEEK_PART = 1 };
#endif

enum {
	WEEK_START = 1700006400,	/* 2023-11-15T00:00:00Z */
	WEEK_END = WEEK_START + 7 * 86400,
	WEEK_WINDOW = 86400,		/* greylist.window */
	WEEK_DELAY = 60,
	WEEK_SPAM = 130000 / WEEK_PART,		/* tried once */
	WEEK_RETRIERS = 300,		/* hosts that come back within the hour */
	WEEK_SLOW = 60,			/* hosts that take 2 to 20 hours */
	WEEK_LATE = 12,			/* hosts that take more than the window */
	WEEK_POOLS = 10,		/* domains with many hosts */
	WEEK_POOL_MAILS = 800 / WEEK_PART,		/* of each, after its first */
	WEEK_HOST_MAILS = 220 / WEEK_PART,		/* of each retrier, after its first */
	WEEK_UNKNOWN = 5000 / WEEK_PART,		/* to nobody, each from elsewhere */
	WEEK_GUESSES = 60,		/* of one host that is banned */
	WEEK_GUESSED = 11,		/* one more than harvest-limit */
	WEEK_LETTERS = 2000 / WEEK_PART,		/* of ours, to outside, and as many answers */
	WEEK_LISTED = 1000 / WEEK_PART,		/* of a client with an entry */
	WEEK_RULED = 500 / WEEK_PART,		/* of a network that a rule accepts */
	WEEK_USERS = 200
};

/* What is tried, and what must be answered. */
struct week_event {
	int64_t		at;		/* seconds */
	uint32_t	serial;		/* breaks ties; the order of making */
	uint32_t	client;		/* IPv4, host order */
	char		sender[40], recipient[32];
	const char	*login;		/* of ours that writes out; or NULL */
	const char	*word;		/* "defer new" */
	int32_t		pair;		/* of week.pairs, or -1 */
};

/* Mail of one sender to one recipient that was deferred. */
struct week_pair {
	const char	*what;		/* "spam", "retrier", "slow", "late", "pool" */
	char		sender[40], recipient[32];
	int64_t		first;
	int64_t		came;		/* 0: never */
	const char	*by;		/* "net", "spf": what its retry came under */
};

struct week {
	struct week_event *events;	/* in the order of time */
	size_t		 n, room;
	struct week_pair *pairs;
	size_t		 n_pairs, pairs_room;
	uint64_t	 random;
};

/* Aborts without memory. */
void	week_make(struct week *w);
void	week_free(struct week *w);

/* How many events of a word ("defer new"), of a verdict ("defer") or of all ("")
 * there are in from..until-1. */
uint64_t week_count(const struct week *w, const char *word, int64_t from,
	    int64_t until);

/* Whether the host may send for the pool's domain, as its SPF record says. */
bool	week_is_pool(uint32_t client, const char *domain);

#endif
