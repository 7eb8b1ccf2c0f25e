/* SPDX-License-Identifier: ISC
 * tests/unit/test_learned.c - whom ours wrote to: one letter, one answer, one
 * question at a time, on a clock of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/store_world.h"
#include "whitelist/learned.h"

enum { HOUR = 3600, DAY = 24 * HOUR, REMEMBER = 90 * DAY };

/* The beginning of an hour. */
static const int64_t	start = INT64_C(500000) * HOUR;

static const char *const	nobody[] = { NULL };

static struct store *
store_of(void **state)
{
	return ((struct world *)*state)->s;
}

static int
write_as(struct store *s, const char *user, const char *outside,
    const char *ours, int64_t at)
{
	struct learned_letter	l = { outside, ours, user, "4Q1", NULL };
	struct learned_limits	limits = { REMEMBER, 3 };
	uint32_t		excess;
	struct err		e;
	int			status;

	status = learned_note(s, &l, &limits, start + at, &excess, &e);
	assert_int_not_equal(status, -1);
	return status;
}

/* Each writer has an account of the same name. */
static void
write_to(struct store *s, const char *outside, const char *ours, int64_t at)
{
	assert_int_equal(write_as(s, ours, outside, ours, at), 1);
}

static int
find(struct store *s, const char *outside, const char *ours,
    enum conf_learn_scope scope, int64_t at, struct learned_answer *out)
{
	struct learned_question	q = { outside, ours, scope, nobody };

	return learned_find(s, &q, start + at, out, NULL);
}

static bool
is_known(struct store *s, const char *outside, const char *ours, int64_t at)
{
	struct learned_answer	out;

	return find(s, outside, ours, CONF_LEARN_MAILBOX, at, &out) == 1;
}

static void
what_was_learned_before_counts_under_each_scope(void **state)
{
	static const struct {
		const char	*outside, *ours;
		enum conf_learn_scope scope;
		const char	*wrote;		/* NULL: not found */
	} row[] = {
		{ "bob@x.net", "al@a.org", CONF_LEARN_SITE, "zoe@b.org" },
		{ "bob@x.net", "al@a.org", CONF_LEARN_DOMAIN, "bea@a.org" },
		{ "bob@x.net", "al@a.org", CONF_LEARN_MAILBOX, "al@a.org" },
		{ "bob@x.net", "new@a.org", CONF_LEARN_MAILBOX, NULL },
		{ "bob@x.net", "new@a.org", CONF_LEARN_DOMAIN, "bea@a.org" },
		{ "bob@x.net", "new@c.org", CONF_LEARN_DOMAIN, NULL },
		{ "bob@x.net", "new@c.org", CONF_LEARN_SITE, "zoe@b.org" },
		{ "bob@x.net", "new@org", CONF_LEARN_DOMAIN, NULL },
		{ "bob@x.ne", "al@a.org", CONF_LEARN_SITE, NULL },
		{ "bob@x.net.org", "al@a.org", CONF_LEARN_SITE, NULL },
		{ "", "al@a.org", CONF_LEARN_SITE, NULL },
	};
	struct store		*s = store_of(state);
	struct learned_answer	 out;

	write_to(s, "bob@x.net", "zoe@b.org", 0);
	write_to(s, "bob@x.net", "cem@a.org", 5);
	write_to(s, "bob@x.net", "bea@a.org", 5);
	write_to(s, "bob@x.net", "al@a.org", 9);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		int	got = find(s, row[i].outside, row[i].ours,
			    row[i].scope, 10, &out);

		if (got != (row[i].wrote != NULL) ||
		    (got && strcmp(out.pair.ours, row[i].wrote) != 0))
			fail_msg("row %zu: %d %s", i, got,
			    got ? out.pair.ours : "");
	}
}

static void
a_pair_tells_its_first_and_its_latest_letter(void **state)
{
	struct store		*s = store_of(state);
	struct learned_letter	 l = { "bob@x.net", "al@a.org", "al-login",
				    "4Q1", NULL };
	struct learned_limits	 limits = { REMEMBER, 1 };
	struct learned_answer	 out;
	uint32_t		 excess;

	assert_int_equal(learned_note(s, &l, &limits, start, &excess, NULL), 1);
	l.user = "other";
	l.queue = "4Q2";
	assert_int_equal(learned_note(s, &l, &limits, start + 70, &excess,
	    NULL), 1);
	assert_int_equal(find(s, "bob@x.net", "al@a.org", CONF_LEARN_MAILBOX,
	    80, &out), 1);
	assert_string_equal(out.pair.outside, "bob@x.net");
	assert_string_equal(out.pair.user, "al-login");
	assert_string_equal(out.pair.queue, "4Q2");
	assert_int_equal(out.pair.first, start);
	assert_int_equal(out.pair.last, start + 70);
	assert_int_equal(out.pair.letters, 2);
	assert_int_equal(out.pair.answers, 0);
	assert_int_equal(out.pair.answered, 0);
	assert_int_equal(out.pair.expires, start + 70 + REMEMBER);
}

static void
remembering_renews_with_use_in_either_direction(void **state)
{
	struct store		*s = store_of(state);
	struct learned_question	 q = { "bob@x.net", "al@a.org",
				    CONF_LEARN_MAILBOX, nobody };

	write_to(s, "bob@x.net", "al@a.org", 0);
	assert_true(is_known(s, "bob@x.net", "al@a.org", REMEMBER - 1));
	assert_false(is_known(s, "bob@x.net", "al@a.org", REMEMBER));
	write_to(s, "bob@x.net", "al@a.org", 10 * DAY);
	assert_true(is_known(s, "bob@x.net", "al@a.org", REMEMBER + 9 * DAY));
	assert_int_equal(learned_note_answer(s, &q, REMEMBER, start + 20 * DAY,
	    NULL), 1);
	assert_true(is_known(s, "bob@x.net", "al@a.org", REMEMBER + 19 * DAY));
	assert_false(is_known(s, "bob@x.net", "al@a.org",
	    REMEMBER + 20 * DAY));
	assert_int_equal(learned_note_answer(s, &q, REMEMBER,
	    start + REMEMBER + 20 * DAY, NULL), 0);
}

static void
a_clock_set_back_shortens_nothing(void **state)
{
	struct store		*s = store_of(state);
	struct learned_answer	 out;

	write_to(s, "bob@x.net", "al@a.org", 0);
	write_to(s, "bob@x.net", "al@a.org", -DAY);
	assert_int_equal(find(s, "bob@x.net", "al@a.org", CONF_LEARN_MAILBOX,
	    0, &out), 1);
	assert_int_equal(out.pair.first, start - DAY);
	assert_int_equal(out.pair.last, start);
	assert_int_equal(out.pair.expires, start + REMEMBER);
}

static void
a_user_has_so_many_new_ones_an_hour_and_the_rest_is_counted(void **state)
{
	static const struct {
		const char	*user, *outside;
		int64_t		 at;
		int		 kept;
		uint32_t	 excess;
	} row[] = {
		{ "al", "1@x.net", 0, 1, 0 }, { "al", "2@x.net", 1, 1, 0 },
		{ "al", "1@x.net", 2, 1, 0 }, { "al", "3@x.net", 3, 1, 0 },
		{ "al", "4@x.net", 4, 0, 1 }, { "al", "4@x.net", 5, 0, 2 },
		{ "al", "1@x.net", 6, 1, 2 }, { "bea", "4@x.net", 7, 1, 0 },
		/* Bea's is no new one, whoever writes as this address. */
		{ "al", "4@x.net", 8, 1, 2 }, { "al", "5@x.net", 9, 0, 3 },
		{ "al", "5@x.net", HOUR - 1, 0, 4 },
		{ "al", "5@x.net", HOUR, 1, 0 },
		{ "al", "6@x.net", HOUR - 1, 1, 0 },
		{ "al", "7@x.net", HOUR - 1, 1, 0 },
		{ "al", "8@x.net", HOUR - 1, 1, 0 },
		{ "al", "9@x.net", HOUR - 1, 0, 1 },
	};
	struct store		*s = store_of(state);
	struct learned_limits	 limits = { REMEMBER, 3 };
	uint32_t		 excess;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct learned_letter l = { row[i].outside, "we@a.org",
				    row[i].user, "", "x.net" };
		int kept = learned_note(s, &l, &limits, start + row[i].at,
				    &excess, NULL);

		if (kept != row[i].kept || excess != row[i].excess)
			fail_msg("row %zu: %d, %u", i, kept, excess);
	}
	assert_true(is_known(s, "5@x.net", "we@a.org", 2 * HOUR));
	assert_false(is_known(s, "9@x.net", "we@a.org", 2 * HOUR));
}

/* What goes first at a full table is what expires first: a count that lay among
 * what is pending would be gone within its hour. */
static void
the_hours_count_lies_behind_all_that_is_pending(void **state)
{
	struct store	*s = store_of(state);
	size_t		 dropped;

	write_to(s, "1@x.net", "al@a.org", 0);
	assert_int_equal(store_expire(s, world_until(start + REMEMBER - 1),
	    100, &dropped, NULL), 0);
	assert_int_equal(dropped, 0);
	assert_int_equal(store_expire(s, world_until(start + REMEMBER), 100,
	    &dropped, NULL), 0);
	assert_int_equal(dropped, 2);
}

static void
an_expired_pair_is_a_new_one_again(void **state)
{
	struct store		*s = store_of(state);
	struct learned_answer	 out;

	write_to(s, "1@x.net", "al@a.org", 0);
	for (int i = 0; i < 3; i++) {
		char	outside[20];

		(void)snprintf(outside, sizeof(outside), "%d@y.net", i);
		write_to(s, outside, "al@a.org", REMEMBER);
	}
	assert_int_equal(write_as(s, "al@a.org", "1@x.net", "al@a.org",
	    REMEMBER), 0);
	assert_int_equal(write_as(s, "bea", "1@x.net", "al@a.org",
	    REMEMBER + 1), 1);
	assert_int_equal(find(s, "1@x.net", "al@a.org", CONF_LEARN_MAILBOX,
	    REMEMBER + 2, &out), 1);
	assert_string_equal(out.pair.user, "bea");
	assert_int_equal(out.pair.first, start + REMEMBER + 1);
	assert_int_equal(out.pair.letters, 1);
}

static void
answer(struct store *s, const char *ours, enum conf_learn_scope scope,
    const char *const *identities, int64_t at)
{
	struct learned_question	q = { "bob@x.net", ours, scope, identities };

	assert_int_equal(learned_note_answer(s, &q, REMEMBER, start + at,
	    NULL), 1);
}

static void
expect_identities(struct store *s, const char *want)
{
	struct learned_answer	out;
	char			got[STORE_VALUE_MAX * 2] = "";

	assert_int_equal(find(s, "bob@x.net", "al@a.org", CONF_LEARN_MAILBOX,
	    100, &out), 1);
	for (unsigned i = 0; i < out.pair.n_identities; i++)
		(void)strcat(strcat(got, out.pair.identity[i]), " ");
	assert_string_equal(got, want);
}

static void
the_latest_identities_that_brought_answers_are_kept(void **state)
{
	struct store		*s = store_of(state);
	const char *const	 first[] = { "a", "b", NULL };
	const char *const	 again[] = { "b", "c", NULL };
	const char *const	 more[] = { "d", "e", "f", "g", "h", "i", NULL };

	write_to(s, "bob@x.net", "al@a.org", 0);
	answer(s, "al@a.org", CONF_LEARN_MAILBOX, first, 1);
	expect_identities(s, "a b ");
	answer(s, "al@a.org", CONF_LEARN_MAILBOX, again, 2);
	expect_identities(s, "b c a ");
	answer(s, "al@a.org", CONF_LEARN_MAILBOX, nobody, 3);
	answer(s, "al@a.org", CONF_LEARN_MAILBOX, more, 4);
	expect_identities(s, "d e f g h i b c ");
	write_to(s, "bob@x.net", "al@a.org", 5);
	expect_identities(s, "d e f g h i b c ");
}

static void
identities_that_do_not_fit_are_left_out_from_the_oldest_on(void **state)
{
	struct store		*s = store_of(state);
	char			 a[240], b[240], c[600], want[600];
	const char *const	 first[] = { a, "short", NULL };
	const char *const	 then[] = { c, b, NULL };

	memset(a, 'a', sizeof(a) - 1);
	memset(b, 'b', sizeof(b) - 1);
	memset(c, 'c', sizeof(c) - 1);
	a[sizeof(a) - 1] = b[sizeof(b) - 1] = c[sizeof(c) - 1] = '\0';
	write_to(s, "bob@x.net", "al@a.org", 0);
	answer(s, "al@a.org", CONF_LEARN_MAILBOX, first, 1);
	answer(s, "al@a.org", CONF_LEARN_MAILBOX, then, 2);
	(void)snprintf(want, sizeof(want), "%s short ", b);
	expect_identities(s, want);
}

static void
an_identity_is_known_within_the_scope_only(void **state)
{
	static const struct {
		const char	*ours;
		enum conf_learn_scope scope;
		const char	*identity;	/* "": none is known */
	} row[] = {
		{ "bea@a.org", CONF_LEARN_MAILBOX, "" },
		{ "bea@a.org", CONF_LEARN_DOMAIN, "y" },
		{ "zoe@b.org", CONF_LEARN_DOMAIN, "z" },
		{ "bea@a.org", CONF_LEARN_SITE, "z" },
		{ "al@a.org", CONF_LEARN_MAILBOX, "y" },
	};
	struct store		*s = store_of(state);
	const char *const	 y[] = { "x", "y", NULL }, *const z[] = { "z",
				    NULL };
	const char *const	 asked[] = { "0", "z", "y", NULL };
	struct learned_answer	 out;

	write_to(s, "bob@x.net", "al@a.org", 0);
	write_to(s, "bob@x.net", "bea@a.org", 1);
	write_to(s, "bob@x.net", "zoe@b.org", 1);
	answer(s, "al@a.org", CONF_LEARN_MAILBOX, y, 2);
	answer(s, "zoe@b.org", CONF_LEARN_MAILBOX, z, 2);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct learned_question q = { "bob@x.net", row[i].ours,
				    row[i].scope, asked };

		assert_int_equal(learned_find(s, &q, start + 3, &out, NULL), 1);
		if (strcmp(out.identity, row[i].identity) != 0 ||
		    out.known_identity != (row[i].identity[0] != '\0'))
			fail_msg("row %zu: \"%s\"", i, out.identity);
	}
}

static void
an_answer_to_a_colleague_renews_who_wrote_first(void **state)
{
	struct store		*s = store_of(state);
	struct learned_answer	 out;
	struct learned_question	 q = { "bob@x.net", "new@a.org",
				    CONF_LEARN_MAILBOX, nobody };

	write_to(s, "bob@x.net", "bea@a.org", 0);
	write_to(s, "bob@x.net", "al@a.org", 1);
	assert_int_equal(learned_note_answer(s, &q, REMEMBER, start + 2, NULL),
	    0);
	answer(s, "new@a.org", CONF_LEARN_DOMAIN, nobody, 3);
	assert_int_equal(find(s, "bob@x.net", "new@a.org", CONF_LEARN_SITE, 4,
	    &out), 1);
	assert_string_equal(out.pair.ours, "bea@a.org");
	assert_int_equal(out.pair.answered, start + 3);
	assert_int_equal(out.pair.answers, 1);
	/* Whoever wrote himself is renewed himself. */
	answer(s, "al@a.org", CONF_LEARN_SITE, nobody, 5);
	assert_int_equal(find(s, "bob@x.net", "al@a.org", CONF_LEARN_MAILBOX,
	    6, &out), 1);
	assert_int_equal(out.pair.answered, start + 5);
}

static void
a_bounce_is_expected_for_a_week_after_the_latest_letter(void **state)
{
	struct store		*s = store_of(state);
	struct learned_letter	 l = { "bob@mx.x.net", "al@a.org", "al", "",
				    "x.net" };
	struct learned_limits	 limits = { DAY, 9 };
	uint32_t		 excess;

	for (int i = 0; i < 2; i++)
		assert_int_equal(learned_note(s, &l, &limits, start + i * DAY,
		    &excess, NULL), 1);
	l.outside = "eve@y.net";
	l.organisation = NULL;
	assert_int_equal(learned_note(s, &l, &limits, start, &excess, NULL), 1);
	assert_int_equal(learned_expects_bounce(s, "al@a.org", "x.net",
	    start + 8 * DAY - 1, NULL), 1);
	assert_int_equal(learned_expects_bounce(s, "al@a.org", "x.net",
	    start + 8 * DAY, NULL), 0);
	assert_int_equal(learned_expects_bounce(s, "al@a.org", "y.net", start,
	    NULL), 0);
	assert_int_equal(learned_expects_bounce(s, "bea@a.org", "x.net", start,
	    NULL), 0);
}

static void
a_look_up_reads_a_bounded_number_of_pairs(void **state)
{
	struct store		*s = store_of(state);
	struct learned_answer	 out;
	char			 ours[40];

	for (int i = 0; i < LEARNED_LOOKED_AT + 50; i++) {
		(void)snprintf(ours, sizeof(ours), "u%03d@a.org", i);
		write_to(s, "bob@x.net", ours, 1000 - i);
	}
	assert_int_equal(find(s, "bob@x.net", "x@a.org", CONF_LEARN_SITE, 2000,
	    &out), 1);
	(void)snprintf(ours, sizeof(ours), "u%03d@a.org",
	    LEARNED_LOOKED_AT - 1);
	assert_string_equal(out.pair.ours, ours);
}

#define CASE(f)	cmocka_unit_test_setup_teardown(f, world_in_memory, world_end)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(what_was_learned_before_counts_under_each_scope),
		CASE(a_pair_tells_its_first_and_its_latest_letter),
		CASE(remembering_renews_with_use_in_either_direction),
		CASE(a_clock_set_back_shortens_nothing),
		CASE(a_user_has_so_many_new_ones_an_hour_and_the_rest_is_counted),
		CASE(the_hours_count_lies_behind_all_that_is_pending),
		CASE(an_expired_pair_is_a_new_one_again),
		CASE(the_latest_identities_that_brought_answers_are_kept),
		CASE(identities_that_do_not_fit_are_left_out_from_the_oldest_on),
		CASE(an_identity_is_known_within_the_scope_only),
		CASE(an_answer_to_a_colleague_renews_who_wrote_first),
		CASE(a_bounce_is_expected_for_a_week_after_the_latest_letter),
		CASE(a_look_up_reads_a_bounded_number_of_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
