/* SPDX-License-Identifier: ISC
 * milter/privacy.c - starts what keeps people's names out of the records, or takes
 * them out in time. */
#include "milter/privacy.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "policy/rename.h"

static int
open_key(struct pseudonyms **out, const struct conf *conf, struct err *e)
{
	char	*path;
	int	 rc;

	if (asprintf(&path, "%s/%s", conf->state, PSEUDONYM_KEY_FILE) == -1)
		return err_set(e, "out of memory");
	rc = pseudonyms_open(out, path, e);
	free(path);
	return rc;
}

static void
tell(const struct renamed *r, int64_t micros)
{
	if (r->other_key)
		log_warn("the state has pseudonyms of another key than the one "
		    "in %s: what is stored under them is not found again (put "
		    "that file back and restart, if there is a copy)",
		    PSEUDONYM_KEY_FILE);
	if (r->n > 0)
		log_info("pseudonyms: %llu records of the state have them "
		    "now, in %.1f s", (unsigned long long)r->n,
		    (double)micros / 1e6);
}

int
privacy_open(struct pseudonyms **out, struct store *store,
    const struct conf *conf, struct err *e)
{
	const struct clock	clock = clock_system();
	int64_t			before = clock_monotonic_micros();
	struct renamed		renamed;

	if (conf->pseudonyms && open_key(out, conf, e) == -1)
		return -1;
	if (rename_state(store, *out, clock_seconds(&clock), &renamed, e) ==
	    -1)
		return -1;
	tell(&renamed, clock_monotonic_micros() - before);
	return 0;
}

static int64_t
keep(void *arg)
{
	struct policy	*policy = live_ref(arg);
	int64_t		 seconds = policy_conf(policy)->journal_retention;

	policy_unref(&policy);
	return seconds;
}

int
privacy_retain(struct retention **out, struct journal *journal,
    struct live *live, struct alarms *alarms, struct err *e)
{
	const struct retention_conf	c = { .journal = journal,
					    .alarms = alarms,
					    .clock = clock_system(),
					    .keep = keep, .arg = live };

	return retention_start(out, &c, e);
}
