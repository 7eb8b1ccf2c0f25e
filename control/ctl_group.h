/* SPDX-License-Identifier: ISC
 * control/ctl_group.h - lines of the journal counted by what they have in common.
 * Owned by one thread. */
#ifndef CONTROL_CTL_GROUP_H
#define CONTROL_CTL_GROUP_H

#include <stddef.h>

#include "control/ctl.h"
#include "journal/entry.h"

struct groups;			/* opaque */

/* by: "client", "sender-domain", "recipient", "reason". 0; -1: another one, e
 * says which there are. */
int	groups_new(struct groups **out, const char *by, struct err *e);
void	groups_free(struct groups **g);

/* Counts one line. 0; -1 out of memory. */
int	groups_take(struct groups *g, const struct journal_entry *e);

/* Prints them, the largest first, `limit` at most (0: all): a table, or with
 * ctl->json an object a line. How many there are; -1 out of memory. */
long	groups_print(const struct groups *g, const struct ctl *ctl,
	    size_t limit);

/* The n-th word that groups_new() takes; NULL: there are no more. */
const char *groups_by(size_t n);

#endif
