/* SPDX-License-Identifier: ISC
 * identity/recent.h - answers of the last minute, so that the recipients of a
 * message, and a message after it, do not ask the same again.
 *
 * Only of questions about SPF that the DNS could answer. A bounded table; a new
 * answer takes the place of another. Under its owner's lock. Times are
 * microseconds on a clock that never jumps. */
#ifndef IDENTITY_RECENT_H
#define IDENTITY_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "identity/question.h"

struct recent;			/* opaque */

enum { RECENT_ANSWERS = 1024, RECENT_SECONDS = 60 };

/* NULL: out of memory. */
struct recent *recent_new(void);
void	recent_free(struct recent **r);

/* Keeps the answer for its ttl, RECENT_SECONDS at most; else does nothing. */
void	recent_keep(struct recent *r, const struct question *q,
	    const struct question_reply *reply, int64_t now);

/* The answer to the same question (id apart), or NULL. */
const struct question_reply *recent_find(const struct recent *r,
	    const struct question *q, int64_t now);

void	recent_forget(struct recent *r);

#endif
