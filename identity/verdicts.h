/* SPDX-License-Identifier: ISC
 * identity/verdicts.h - from a question to its reply: SPF with the breadth of
 * the record, and DNS lists.
 *
 * How broad a domain's record is is looked up once and remembered; what the DNS
 * answers is the resolver's to remember. Locks inside; any thread. Run in
 * greygate-spf only. */
#ifndef IDENTITY_VERDICTS_H
#define IDENTITY_VERDICTS_H

#include <stdint.h>

#include "identity/breadth.h"
#include "identity/dns.h"
#include "identity/question.h"

enum {
	VERDICTS_DOMAINS = 10000,	/* remembered; the oldest goes */
	VERDICTS_TTL_MIN = 60,		/* seconds, whatever the record says */
	VERDICTS_TTL_MAX = 3600,
	VERDICTS_TTL_UNKNOWN = 10	/* where the DNS failed */
};

struct verdicts;		/* opaque */

/* NULL: out of memory. Frees *v, which nobody uses any more, and clears it. */
struct verdicts *verdicts_new(breadth_random_fn random);
void	verdicts_free(struct verdicts **v);

/*
 * Answers. now is in seconds of a clock that never jumps.
 *
 * SPF: 1 if it passes and the record fits, -1 if the DNS could not tell, else
 * 0. A list: 1 if the client is in it; answers outside 127.0.0.0/8 (a resolver
 * that lies, a parked domain) and in 127.255.255.0/24 (the list's own word for
 * "not for you") count for nothing, and are -1 where there are no others.
 */
void	verdicts_answer(struct verdicts *v, const struct question *q,
	    const struct dns *dns, int64_t now, struct question_reply *out);

/* How many domains are remembered, for tests. */
unsigned verdicts_count(struct verdicts *v);

#endif
