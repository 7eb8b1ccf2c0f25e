/* SPDX-License-Identifier: ISC
 * tests/unit/test_learned_property.c - whatever was written, answered, forgotten
 * and expired, in whatever order: the store knows what a slow list knows, in
 * every scope. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/learned_model.h"
#include "tests/lib/store_world.h"

enum { STEPS_IN_MEMORY = 60000, STEPS_ON_DISK = 4000 };

static const int64_t	start = 1800000000;

enum { KEPT, REFUSED, FOUND, NOT_FOUND, KNOWN, ANSWERED, FORGOTTEN, BOUNCES,
    BOUNCES_GONE, LISTED };

static const char *const	organisations[] = { "a.example", "b.example",
    "c.example" };

static unsigned
random_below(struct model *m, unsigned n)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (unsigned)(m->random >> 20) % n;
}

static void
expect_pair(const struct model *m, const struct pair *p,
    const struct learned_pair *got)
{
	assert_string_equal(got->outside, m->outside[p->outside].shown);
	assert_string_equal(got->ours, m->ours[p->ours].shown);
	assert_string_equal(got->user, m->user_shown[p->user]);
	assert_string_equal(got->queue, p->queue);
	assert_int_equal(got->first, p->first);
	assert_int_equal(got->last, p->last);
	assert_int_equal(got->answered, p->answered);
	assert_int_equal(got->expires, p->expires);
	assert_int_equal(got->letters, p->letters);
	assert_int_equal(got->answers, p->answers);
	assert_int_equal(got->n_identities, p->n_ids);
	for (int i = 0; i < p->n_ids; i++)
		assert_string_equal(got->identity[i], m->identity[p->ids[i]]);
}

static void
write_letter(struct model *m)
{
	int		 outside = (int)random_below(m, OUTSIDE);
	int		 ours = (int)random_below(m, OURS);
	int		 user = (int)random_below(m, USERS);
	int		 org = m->outside[outside].organisation;
	int64_t		 remember = (int64_t)(1 + random_below(m, 20)) * DAY;
	struct pair	*p = model_find_alive(m, outside, ours);
	char		 queue[80];
	struct learned_limits limits = { remember, MAX_PER_HOUR };
	struct learned_letter letter = { m->outside[outside].said,
			    m->ours[ours].said, m->user[user], queue,
			    random_below(m, 8) == 0 ? NULL :
			    organisations[org] };
	uint32_t	 excess = 99;
	int		 status;

	(void)snprintf(queue, sizeof(queue), "%0*u",
	    random_below(m, 9) == 0 ? 64 : 1 + (int)random_below(m, 63),
	    random_below(m, 10));
	status = learned_note(m->s, &letter, &limits, m->now, &excess, NULL);
	if (p == NULL)
		p = model_begin(m, outside, ours, user, remember);
	assert_int_equal(status, p != NULL);
	assert_int_equal(excess, m->hour[user].hour == m->now / HOUR ?
	    m->hour[user].excess : 0);
	m->seen[p != NULL ? KEPT : REFUSED]++;
	if (p == NULL)
		return;
	p->first = p->first < m->now ? p->first : m->now;
	p->last = model_max(p->last, m->now);
	p->expires = model_max(p->expires, m->now + remember);
	p->letters++;
	(void)strcpy(p->queue, strlen(queue) > 63 ? "" : queue);
	model_cut_identities(m, p);
	if (letter.organisation != NULL)
		m->bounce[ours][org] = model_max(m->bounce[ours][org],
		    m->now + LEARNED_BOUNCE_DAYS * DAY);
}

/* Up to three identities, each once, NULL at the end. */
static int
pick_identities(struct model *m, int ids[3], const char *said[4])
{
	int	n = (int)random_below(m, 4), from;

	from = (int)random_below(m, IDENTITIES);
	for (int i = 0; i < n; i++) {
		ids[i] = (from + i * 5) % IDENTITIES;
		said[i] = m->identity[ids[i]];
	}
	said[n] = NULL;
	return n;
}

static void
ask(struct model *m, enum conf_learn_scope scope)
{
	int		 outside = (int)random_below(m, OUTSIDE);
	int		 ours = (int)random_below(m, OURS), ids[3], n, known = -1;
	const char	*said[4];
	struct learned_question q = { m->outside[outside].said,
			    m->ours[ours].said, scope, said };
	struct pair	*p = model_first_writer(m, outside, ours, scope);
	struct learned_answer got;

	n = pick_identities(m, ids, said);
	assert_int_equal(learned_find(m->s, &q, m->now, &got, NULL), p != NULL);
	m->seen[p != NULL ? FOUND : NOT_FOUND]++;
	if (p == NULL)
		return;
	expect_pair(m, p, &got.pair);
	for (int i = n - 1; i >= 0; i--)
		if (model_knows(m, outside, ours, scope, ids[i]))
			known = i;
	assert_int_equal(got.known_identity, known >= 0);
	assert_string_equal(got.identity, known >= 0 ? said[known] : "");
	m->seen[KNOWN] += known >= 0;
}

static void
answer(struct model *m)
{
	int		 outside = (int)random_below(m, OUTSIDE);
	int		 ours = (int)random_below(m, OURS), ids[3], n;
	int64_t		 remember = (int64_t)(1 + random_below(m, 20)) * DAY;
	const char	*said[4];
	struct learned_question q = { m->outside[outside].said,
			    m->ours[ours].said,
			    (enum conf_learn_scope)random_below(m, 3), said };
	struct pair	*p = model_find_alive(m, outside, ours);

	n = pick_identities(m, ids, said);
	if (p == NULL)
		p = model_first_writer(m, outside, ours, q.scope);
	assert_int_equal(learned_note_answer(m->s, &q, remember, m->now, NULL),
	    p != NULL);
	if (p == NULL)
		return;
	m->seen[ANSWERED]++;
	p->answers++;
	p->answered = model_max(p->answered, m->now);
	p->expires = model_max(p->expires, m->now + remember);
	model_keep_identities(m, p, ids, n);
}

static void
expect_bounces(struct model *m)
{
	for (int i = 0; i < OURS; i++)
		for (int o = 0; o < ORGANISATIONS; o++) {
			bool want = m->bounce[i][o] > m->now;

			assert_int_equal(learned_expects_bounce(m->s,
			    m->ours[i].said, organisations[o], m->now, NULL),
			    want);
			m->seen[BOUNCES] += want;
		}
}

/* A filter, and how the list reads it. */
static void
pick_filter(struct model *m, struct learned_filter *f)
{
	static const char *const	domains[] = { "@one.example",
	    "@two.example", "@a.example", "@b.example", "@none.example" };

	*f = (struct learned_filter){ 0 };
	switch (random_below(m, 4)) {
	case 0:
		f->outside = m->outside[random_below(m, OUTSIDE)].said;
		break;
	case 1:
		f->outside = domains[2 + random_below(m, 3)];
		break;
	case 2:
		f->outside = m->outside[random_below(m, OUTSIDE)].shown;
	}
	switch (random_below(m, 5)) {
	case 0:
		f->by = m->ours[random_below(m, OURS)].said;
		break;
	case 1:
		f->by = domains[random_below(m, 2)];
		break;
	case 2:
		f->by = m->user[random_below(m, USERS)];
		break;
	case 3:
		f->by = m->user_shown[random_below(m, USERS)];
	}
	if (random_below(m, 3) == 0)
		f->since = m->now - random_below(m, 3 * DAY);
}

struct listing {
	struct model	*m;
	const struct learned_filter *f;
	int		 n;
	char		 before[LONG + 40];
};

static bool
expect_listed(const struct learned_pair *got, void *arg)
{
	struct listing	*l = arg;
	struct pair	*p = l->m->list;

	while (p != NULL && (strcmp(got->outside,
	    l->m->outside[p->outside].shown) != 0 || strcmp(got->ours,
	    l->m->ours[p->ours].shown) != 0))
		p = p->next;
	if (p == NULL || !model_matches(l->m, p, l->f) || p->expires <= l->m->now)
		fail_msg("listed: %s %s", got->outside, got->ours);
	expect_pair(l->m, p, got);
	/* Hashed ones come first. */
	assert_true(strncmp(l->before, "sha256:", 7) == 0 ||
	    strcmp(l->before, got->outside) <= 0);
	(void)strcpy(l->before, got->outside);
	l->n++;
	l->m->seen[LISTED]++;
	return true;
}

static void
list(struct model *m)
{
	struct learned_filter	f;
	struct listing		l = { .m = m, .f = &f };

	pick_filter(m, &f);
	assert_int_equal(learned_each(m->s, &f, m->now, expect_listed, &l,
	    NULL), 0);
	assert_int_equal(l.n, model_count_matching(m, &f));
}

static void
forget(struct model *m)
{
	struct learned_filter	f;
	size_t			n;
	int			want;

	pick_filter(m, &f);
	want = model_count_matching(m, &f);
	assert_int_equal(learned_forget(m->s, &f, m->now, &n, NULL), 0);
	assert_int_equal(n, want);
	m->seen[FORGOTTEN] += n > 0;
	m->seen[BOUNCES_GONE] += model_forget(m, &f);
}

/* What has expired goes, from both. */
static void
sweep(struct model *m)
{
	(void)expire(m->s, m->now, 1000, 0);
	model_sweep(m);
}

/* Mostly forward. */
static void
pass_time(struct model *m)
{
	switch (random_below(m, 12)) {
	case 0:
		m->now -= random_below(m, DAY);
		break;
	case 1: case 2:
		m->now += random_below(m, 8 * DAY);
		break;
	default:
		m->now += random_below(m, HOUR / 2);
	}
}

static void
step(struct model *m)
{
	unsigned	dice = random_below(m, 100);

	if (dice < 55)
		write_letter(m);
	else if (dice < 80)
		answer(m);
	else if (dice < 92)
		pass_time(m);
	else if (dice < 94)
		sweep(m);
	else if (dice < 97)
		list(m);
	else if (dice < 98)
		forget(m);
	else
		expect_bounces(m);
	ask(m, CONF_LEARN_SITE);
	ask(m, CONF_LEARN_DOMAIN);
	ask(m, CONF_LEARN_MAILBOX);
}

static void
live_through(struct world *w, uint64_t seed, int steps)
{
	struct model	*m = calloc(1, sizeof(*m));

	m->s = w->s;
	m->random = seed;
	m->now = start;
	model_make_names(m);
	for (int i = 0; i < steps; i++)
		step(m);
	for (size_t i = 0; i < sizeof(m->seen) / sizeof(m->seen[0]); i++)
		if (m->seen[i] < (unsigned)steps / 500)
			fail_msg("%zu happened %u times", i, m->seen[i]);
	model_clear(m);
	free(m);
}

static void
store_knows_what_a_slow_list_knows(void **state)
{
	live_through(*state, 20240501, STEPS_IN_MEMORY);
}

static void
another_history_is_known_as_well(void **state)
{
	live_through(*state, 7, STEPS_IN_MEMORY);
}

static void
a_history_on_disk_is_known_as_well(void **state)
{
	live_through(*state, 4711, STEPS_ON_DISK);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(
		    store_knows_what_a_slow_list_knows, world_in_memory,
		    world_end),
		cmocka_unit_test_setup_teardown(
		    another_history_is_known_as_well, world_in_memory,
		    world_end),
		cmocka_unit_test_setup_teardown(
		    a_history_on_disk_is_known_as_well, world_in_folder,
		    world_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
