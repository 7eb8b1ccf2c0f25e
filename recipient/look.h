/* SPDX-License-Identifier: ISC
 * recipient/look.h - recipients_check() for a dry run. Any thread. */
#ifndef RECIPIENT_LOOK_H
#define RECIPIENT_LOOK_H

#include "recipient/recipients.h"

struct recipients_look {
	const char	*address;
	int		 wait_ms;
	int64_t		 now;
	struct store	*dry;		/* a shadow of the recipients' store */
	recipient_trace_fn trace;
	void		*arg;
};

/*
 * What recipients_check() would answer, by the same code: nothing is remembered or
 * counted, but in the shadow. A directory is asked in earnest, with a connection of
 * its own (inquiry_look()).
 */
void	recipients_look(struct recipients *r, const struct recipients_look *l,
	    struct recipient_result *out);

#endif
