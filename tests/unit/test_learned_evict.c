/* SPDX-License-Identifier: ISC
 * tests/unit/test_learned_evict.c - a full state forgets correspondents too, the
 * least recently used first and never the most. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "policy/keeper.h"
#include "policy/policy.h"
#include "tests/lib/store_world.h"
#include "whitelist/learned.h"

enum { DAY = 86400, REMEMBER = 90 * DAY, MANY = 400 };

static const int64_t	start = 1800000000;

static const char *const	nobody[] = { NULL };

static void
learn(struct store *s, int n, int64_t at)
{
	char			outside[40];
	struct learned_letter	l = { outside, "al@a.org", "al", "", NULL };
	struct learned_limits	limits = { REMEMBER, MANY };
	uint32_t		excess;

	(void)snprintf(outside, sizeof(outside), "%d@x.net", n);
	assert_int_equal(learned_note(s, &l, &limits, at, &excess, NULL), 1);
}

static void
answer(struct store *s, int n, int64_t at)
{
	char			outside[40];
	struct learned_question	q = { outside, "al@a.org",
				    CONF_LEARN_MAILBOX, nobody };

	(void)snprintf(outside, sizeof(outside), "%d@x.net", n);
	assert_int_equal(learned_note_answer(s, &q, REMEMBER, at, NULL), 1);
}

static void
report(const char *sentence, void *arg)
{
	(void)arg;
	fail_msg("%s", sentence);
}

/* Turns of housekeeping, until there is no more to do. */
static void
keep_within(struct world *w, int max_records, int64_t now)
{
	struct policy_deps	deps = { .store = w->s, .alarms = w->alarms };
	struct keeper_stats	stats = { 0 };
	struct conf		*conf = NULL;
	struct policy		*policy;
	struct live		*live;
	char			 text[200];
	struct err		 e;
	int			 more;

	deps.crowd = crowd_new();
	(void)snprintf(text, sizeof(text), "greylist { max-records = %d\n"
	    "remember = 36d }\nauto-whitelist { remember = 90d }\n",
	    max_records);
	assert_int_equal(conf_read_text(text, strlen(text), "test", &conf,
	    report, NULL), 0);
	policy = policy_new(&conf, &deps);
	live = live_new(&policy);
	do {
		more = keeper_turn(w->s, live, w->alarms, now, &stats, &e);
		assert_int_not_equal(more, -1);
	} while (more == 1);
	live_free(&live);
	crowd_free(&deps.crowd);
}

static bool
write_down(const struct learned_pair *p, void *arg)
{
	(void)strncat(strcat(arg, " "), p->outside, strcspn(p->outside, "@"));
	return true;
}

static void
expect_left(struct world *w, int64_t now, const char *want)
{
	struct learned_filter	all = { .since = 0 };
	char			left[MANY * 5] = "";

	assert_int_equal(learned_each(w->s, &all, now, write_down, left, NULL),
	    0);
	assert_string_equal(left, want);
}

static void
correspondents_go_the_least_recently_used_first(void **state)
{
	struct world	*w = *state;
	int64_t		 now = start + 80 * DAY;

	for (int n = 0; n <= 8; n += 2)
		learn(w->s, n, start + n * 10 * DAY);
	answer(w->s, 0, start + 70 * DAY);
	/* Five pairs, and the hour's count of the last. */
	keep_within(w, 6, now);
	expect_left(w, now, " 0 2 4 6 8");
	keep_within(w, 4, now);
	expect_left(w, now, " 0 6 8");
	keep_within(w, 3, now);
	expect_left(w, now, " 0 8");
	keep_within(w, 2, now);
	expect_left(w, now, " 8");
}

/* More than a turn's bite, one each few hours, the earlier half used again. */
static void
of_many_the_most_recently_used_stay(void **state)
{
	struct world	*w = *state;
	int64_t		 now = start + 80 * DAY, step = 70 * DAY / MANY;
	char		 want[MANY * 5] = "";

	for (int n = 0; n < MANY; n++)
		learn(w->s, 100 + n, start + n * step);
	for (int n = 0; n < MANY / 2; n++)
		answer(w->s, 100 + n, start + 72 * DAY + n * step / 20);
	keep_within(w, MANY / 2 + 1, now);
	for (int n = 0; n < MANY / 2; n++)
		(void)snprintf(want + strlen(want), 6, " %d", 100 + n);
	expect_left(w, now, want);
}

#define BOTH(f)								\
	{ #f " (memory)", f, world_in_memory, world_end, NULL },	\
	{ #f " (Berkeley DB)", f, world_in_folder, world_end, NULL }

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		BOTH(correspondents_go_the_least_recently_used_first),
		BOTH(of_many_the_most_recently_used_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
