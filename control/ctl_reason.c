/* SPDX-License-Identifier: ISC
 * control/ctl_reason.c - reasons, then events, then why nothing was learned. */
#include "control/ctl_reason.h"

#include <stdio.h>
#include <string.h>

#include "policy/automatic.h"
#include "policy/reason.h"

static const char *const events[] = { "learned", "not-learned" };

/* REASON_NONE and UNLEARNED_NOTHING are never in a line. */
enum {
	EVENTS = sizeof(events) / sizeof(events[0]),
	FIRST_EVENT = REASONS - 1,
	FIRST_WHY = FIRST_EVENT + EVENTS,
	ALL = FIRST_WHY + UNLEARNED_KINDS - 1
};

const char *
ctl_reason_at(size_t n)
{
	if (n < FIRST_EVENT)
		return reason_name((enum reason)(n + 1));
	if (n < FIRST_WHY)
		return events[n - FIRST_EVENT];
	return n < ALL ? unlearned_name((enum unlearned)(n - FIRST_WHY + 1)) :
	    NULL;
}

/* Those of decisions and events; the others are in greygate(8). */
static int
refuse(const char *text, struct err *e)
{
	char	all[400];		/* of our own words */
	size_t	used = 0;

	for (size_t i = 0; i < FIRST_WHY && used < sizeof(all); i++)
		used += (size_t)snprintf(all + used, sizeof(all) - used,
		    "%s%s", i > 0 ? " " : "", ctl_reason_at(i));
	return err_set(e, "--reason takes one of: %s; or why nothing was "
	    "learned, greygate(8); not \"%.20s\"", all, text);
}

int
ctl_reason_check(const char *text, struct err *e)
{
	const char	*known;

	if (text == NULL)
		return 0;
	for (size_t i = 0; (known = ctl_reason_at(i)) != NULL; i++)
		if (strcmp(known, text) == 0)
			return 0;
	return refuse(text, e);
}
