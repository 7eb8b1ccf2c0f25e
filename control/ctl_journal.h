/* SPDX-License-Identifier: ISC
 * control/ctl_journal.h - the journal that greyctl's commands read by themselves:
 * which file, and which of its lines. Owned by one thread. */
#ifndef CONTROL_CTL_JOURNAL_H
#define CONTROL_CTL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "control/ctl.h"
#include "control/print.h"
#include "journal/query.h"

#define CTL_JOURNAL_PATH	"/var/log/greygate/journal.jsonl"

struct ctl_journal {
	struct json	*answer;	/* the daemon's, or NULL */
	const char	*path;
	/* As the journal has them, with pseudonyms or without; or NULL. */
	const char	*sender, *recipient, *person;
	int64_t		 window;	/* seconds: how long a retry counts */
	struct netset	*clients;
	struct query	*query;
};

/*
 * Takes --journal, or asks the daemon, which writes first what it has; if it does
 * not answer, that is said and the usual path is taken. Then makes a filter of the
 * request's --since, --until, --verdict, --client and so on, and of "person" in
 * r->args, which is borrowed. 0; -1: e says what to do.
 */
int	ctl_journal_open(struct ctl_journal *j, const struct ctl *ctl,
	    const struct ctl_request *r, struct err *e);
void	ctl_journal_close(struct ctl_journal *j);

/* "greyctl: SENTENCE"; CTL_FAILED. */
int	ctl_journal_failed(const struct ctl *ctl, const struct err *e);

/* Says on the messages that lines were torn, if some were. */
void	ctl_journal_torn(const struct ctl *ctl, const struct query_stats *s);

/* "2026-01-02 04:04:05" in local time, or "01-02 04:04:05". */
const char *ctl_journal_time(int64_t millis, bool year,
	    char out[PRINT_TIME_SIZE]);

/* The client of a line: its name if it is confirmed, else its address; "local". */
const char *ctl_journal_client(const struct journal_line *line);

#endif
