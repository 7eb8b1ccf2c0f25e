/* SPDX-License-Identifier: ISC
 * recipient/recipients_private.h - what recipients.c, check.c and upkeep.c
 * share. */
#ifndef RECIPIENT_RECIPIENTS_PRIVATE_H
#define RECIPIENT_RECIPIENTS_PRIVATE_H

#include <pthread.h>

#include "recipient/recipients.h"
#include "recipient/sources.h"

/* What the last turn saw of a directory. */
struct watched {
	const struct source	*source;
	unsigned long long	 answers, failed;
	bool			 failing;
};

/* What was last said of an alarm. */
struct sounded {
	struct err	what;
	int64_t		when;
};

struct recipients {
	struct recipients_deps	 deps;
	struct sources_base	 base;
	struct harvest		*harvest;
	pthread_mutex_t		 lock;		/* of the five below */
	pthread_cond_t		 wake;
	struct recipients_sources *current;	/* NULL: none yet, or stopped */
	bool			 started, stopping;
	pthread_t		 thread;
	pthread_mutex_t		 tending;	/* one turn, one adoption at a
						 * time; of the rest */
	struct sounded		 list_alarm, live_alarm;
	struct watched		 watched[INQUIRY_SOURCES];
};

/* One turn of tending. */
struct turn {
	struct recipients_sources *s;
	int64_t			 now;
	struct err		 list_trouble, live_trouble;	/* the first */
};

/* A list no longer has this address: flat_lost_fn of a struct turn. */
void	recipients_retire(const char *address, void *arg);

/* A reference to the sources in force, or NULL. */
struct recipients_sources *recipients_sources_ref(struct recipients *r);

#endif
