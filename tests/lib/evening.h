/* SPDX-License-Identifier: ISC
 * tests/lib/evening.h - the daemon's own parts on a clock that the test turns, the
 * week played through them, and greyctl to ask about it in the evening. */
#ifndef TESTS_LIB_EVENING_H
#define TESTS_LIB_EVENING_H

#include "control/control.h"
#include "milter/session.h"
#include "tests/lib/evening_week.h"

struct evening {
	char		 folder[64], socket[96], journal_path[96];
	struct week	 week;
	_Atomic int64_t	 now;			/* seconds */
	struct alarms	*alarms;
	struct store	*store;
	struct crowd	*crowd;
	struct outbound_watch *watch;
	struct recipients *recipients;
	struct whitelist *whitelist;
	struct live	*live;
	struct policy	*first;
	struct journal	*journal;
	struct tally	*tally;
	struct keeper	*keeper;
	struct control	*control;
	struct counters	 counters;
	struct app	 app;
	unsigned	 rotations;
	uint64_t	 wrong;			/* answers that were not honest */

	/* Of the latest evening_ask(): to be freed by the evening. */
	char		*out, *messages;
};

/* Opens everything in a new folder; the week is made, but nothing is played.
 * prover: the test's own, which says what the DNS would. Aborts on trouble. */
struct evening *evening_new(struct prover *prover);
void	evening_free(struct evening **e);

/* Plays the week: log rotation at each midnight, housekeeping each hour. At the end
 * the clock shows WEEK_END. */
void	evening_play(struct evening *e);

/* One more attempt, now: how it was answered, as a word of the journal. */
const char *evening_try(struct evening *e, const struct week_event *event);

/* Runs a command line as greyctl would, words apart by one space, 'a b' with spaces
 * in it: its exit code; e->out and e->messages. */
int	evening_ask(struct evening *e, const char *line);

/* The same with --json: the value. NULL: none, or another exit code than 0. */
struct json *evening_value(struct evening *e, const char *line);

#endif
