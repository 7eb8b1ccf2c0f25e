/* SPDX-License-Identifier: ISC
 * policy/grey.c - the rule that grey.h states. */
#include "policy/grey.h"

/* One of how many parts of `remember` a last use may lag behind. */
enum { RENEW_PARTS = 36 };

static struct grey_answer
begin(struct record *rec, enum grey_result result,
    const struct grey_conf *conf, int64_t now)
{
	rec->state = RECORD_PENDING;
	rec->first = rec->last = now;
	/* One window to retry in, one more to know a late retry by. */
	rec->expires = now + 2 * conf->window;
	return (struct grey_answer){ .result = result, .wait = conf->delay,
	    .delayed = -1 };
}

static void
count(uint32_t *n)
{
	if (*n < UINT32_MAX)
		(*n)++;
}

static struct grey_answer
retry(struct record *rec, const struct grey_conf *conf, int64_t now)
{
	int64_t	age = now - rec->first;

	count(&rec->tries);
	if (age >= conf->window)
		return begin(rec, GREY_LATE, conf, now);
	/* A clock set back must not turn into a wait longer than the delay. */
	if (age < 0) {
		(void)begin(rec, GREY_EARLY, conf, now);
		age = 0;
	}
	rec->last = now;
	if (age < conf->delay)
		return (struct grey_answer){ .result = GREY_EARLY,
		    .wait = conf->delay - age, .delayed = -1 };
	grey_pass(rec, conf, now);
	return (struct grey_answer){ .result = GREY_RETRIED, .delayed = age };
}

struct grey_answer
grey_step(struct record *rec, bool found, const struct grey_conf *conf,
    int64_t now)
{
	/* The store may be slow to drop what has expired; the rule is not. */
	if (!found || rec->expires <= now) {
		*rec = (struct record){ .tries = 1 };
		return begin(rec, GREY_NEW, conf, now);
	}
	if (rec->state == RECORD_PENDING)
		return retry(rec, conf, now);
	(void)grey_renew(rec, conf, now);
	return (struct grey_answer){ .result = GREY_PASSED, .delayed = -1 };
}

void
grey_pass(struct record *rec, const struct grey_conf *conf, int64_t now)
{
	rec->state = RECORD_PASSED;
	rec->last = now;
	rec->expires = now + conf->remember;
	count(&rec->passes);
}

void
grey_prove(struct record *rec, bool found, const struct grey_conf *conf,
    int64_t now)
{
	if (!found || rec->expires <= now)
		*rec = (struct record){ .first = now };
	rec->state = RECORD_PROOF;
	rec->last = now;
	rec->expires = now + conf->remember;
	count(&rec->passes);
}

bool
grey_is_proven(const struct record *rec, unsigned prove_after, int64_t now)
{
	return rec->state == RECORD_PROOF && rec->passes >= prove_after &&
	    rec->expires > now;
}

bool
grey_renew(struct record *rec, const struct grey_conf *conf, int64_t now)
{
	if (now - rec->last < 1 + conf->remember / RENEW_PARTS)
		return false;
	rec->last = now;
	rec->expires = now + conf->remember;
	return true;
}
