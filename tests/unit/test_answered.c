/* SPDX-License-Identifier: ISC
 * tests/unit/test_answered.c - what the answer of a correspondent leaves behind:
 * Alice wrote to Bob. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/answer_scene.h"

static const char	pass_spf[] =
    "correspondent: alice@example.com by spf:example.net";
static const char	pass_known[] =
    "correspondent: alice@example.com by addr:192.0.2.7";

static bool
keep_pair(const struct learned_pair *p, void *arg)
{
	char	*text = arg;

	(void)snprintf(text, 400, "%.40s %u %d", p->ours, p->answers,
	    (int)((p->expires - NOW) / DAY));
	for (unsigned i = 0; i < p->n_identities; i++) {
		strcat(text, " ");
		strcat(text, p->identity[i]);
	}
	return true;
}

/* Of the one pair there is: who wrote, answers, days left, identities. */
static void
expect_kept(struct scene *s, size_t row, const char *want)
{
	struct learned_filter	f = { .outside = bob };
	char			text[400] = "none";

	assert_int_equal(learned_each(s->deps.store, &f, NOW, keep_pair, text,
	    NULL), 0);
	if (strcmp(text, want) != 0)
		fail_msg("row %zu: %s, not %s", row, text, want);
}

static void
an_answer_keeps_what_counts_for_the_next_one(void **state)
{
	static const char	nothing[] = "alice@example.com 0 89";
	static const char	address[] =
				    "alice@example.com 1 90 addr:192.0.2.7";
	static const struct {
		const struct prover_answer *spf;	/* NULL: no SPF */
		const char	*name;
		enum reason	 reason;
		const char	*want;
	} row[] = {
		{ &says_pass, NULL, REASON_CORRESPONDENT, "alice@example.com 1 "
		    "90 addr:192.0.2.7 spf:example.net" },
		{ &says_pass, "mx.hoster.example", REASON_CORRESPONDENT,
		    "alice@example.com 1 90 addr:192.0.2.7 spf:example.net" },
		{ &says_pass, "mx.example.net", REASON_CORRESPONDENT,
		    "alice@example.com 1 90 addr:192.0.2.7 spf:example.net "
		    "name:example.net" },
		{ &says_none, "mx.example.net", REASON_CORRESPONDENT,
		    "alice@example.com 1 90 addr:192.0.2.7 name:example.net" },
		/* Unproven: it has to wait once, and to have no SPF. */
		{ &says_none, NULL, REASON_CORRESPONDENT, nothing },
		{ &says_none, NULL, REASON_OBSERVED, nothing },
		{ &says_none, NULL, REASON_RETRIED, address },
		{ &says_none, NULL, REASON_SAME_MAIL, address },
		{ &says_none, NULL, REASON_PROVEN, address },
		/* A name that strangers share has to wait itself. */
		{ &says_none, "mx.hoster.example", REASON_PROVEN, address },
		{ &says_none, "mx.hoster.example", REASON_RETRIED,
		    "alice@example.com 1 90 addr:192.0.2.7 "
		    "name:hoster.example" },
		{ NULL, "mx.hoster.example", REASON_PROVEN, address },
		{ &says_fail, NULL, REASON_RETRIED, nothing },
		{ &says_softfail, NULL, REASON_RETRIED, nothing },
		{ &says_softfail, "mx.example.net", REASON_PROVEN, nothing },
		{ &says_broad, NULL, REASON_RETRIED, nothing },
		{ &says_nothing, NULL, REASON_RETRIED, nothing },
		{ NULL, NULL, REASON_RETRIED, address },
		{ NULL, NULL, REASON_OBSERVED, nothing },
		{ NULL, "mx.example.net", REASON_CORRESPONDENT,
		    "alice@example.com 1 90 addr:192.0.2.7 name:example.net" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct scene	s;

		assert_int_equal(world_in_memory(state), 0);
		begin(&s, state, lenient);
		write_to(&s, bob, alice, "example.net");
		expect_kept(&s, i, "alice@example.com 0 89");
		named(&s, row[i].name);
		if (row[i].spf == NULL)
			s.deps.prover = NULL;
		else
			s.prover.answer = *row[i].spf;
		(void)verdict(&s);
		s.prover.asked = 0;
		correspondent_answered(&s.deps, s.conf, &s.a, row[i].reason,
		    NOW);
		expect_kept(&s, i, row[i].want);
		assert_int_equal(s.prover.asked, 0);
		end(&s);
		assert_int_equal(world_end(state), 0);
	}
}

/* It passed by an address that is known: nothing was asked, nothing is. */
static void
an_answer_by_a_known_client_renews_that_one(void **state)
{
	struct scene	s;

	begin(&s, state, strict);
	write_to(&s, bob, alice, "example.net");
	answer_by(&s, bob, alice, "addr:192.0.2.7");
	answer_by(&s, bob, alice, "addr:192.0.2.8");
	named(&s, "mx.hoster.example");
	expect(&s, 0, pass_known);
	correspondent_answered(&s.deps, s.conf, &s.a, REASON_CORRESPONDENT,
	    NOW);
	expect_kept(&s, 1, "alice@example.com 3 90 addr:192.0.2.7 "
	    "addr:192.0.2.8");
	assert_int_equal(s.prover.asked, 0);
	end(&s);
}

/* The neighbour at the same hoster, whom SPF denies: he waits, comes again, and
 * renews nothing. */
static void
a_shared_name_renews_only_where_it_lets_in(void **state)
{
	static const struct { const struct prover_answer *spf;
	    const char *want; } row[] = {
		{ &says_none, "alice@example.com 2 90 name:hoster.example" },
		{ &says_fail, "alice@example.com 1 89 name:hoster.example" },
		{ &says_nothing, "alice@example.com 1 89 name:hoster.example" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct scene	s;

		assert_int_equal(world_in_memory(state), 0);
		begin(&s, state, strict);
		write_to(&s, bob, alice, "example.net");
		answer_by(&s, bob, alice, "name:hoster.example");
		named(&s, "b.hoster.example");
		s.prover.answer = *row[i].spf;
		(void)verdict(&s);
		correspondent_answered(&s.deps, s.conf, &s.a,
		    i == 0 ? REASON_CORRESPONDENT : REASON_RETRIED, NOW);
		expect_kept(&s, i, row[i].want);
		end(&s);
		assert_int_equal(world_end(state), 0);
	}
}

/* Bob answers Carol, too, who did not write: Alice's letter is renewed. */
static void
an_answer_to_another_one_in_scope_renews_who_wrote(void **state)
{
	struct scene	s;

	begin(&s, state, strict);
	write_to(&s, bob, alice, "example.net");
	s.prover.answer = says_pass;
	s.a.rcpt = "carol@example.com";
	expect(&s, 0, pass_spf);
	correspondent_answered(&s.deps, s.conf, &s.a, s.d.reason, NOW);
	expect_kept(&s, 1, "alice@example.com 1 90 addr:192.0.2.7 "
	    "spf:example.net");
	/* A stranger renews nobody. */
	s.a.sender = "rob@example.net";
	correspondent_answered(&s.deps, s.conf, &s.a, REASON_PROVEN, NOW);
	expect_kept(&s, 2, "alice@example.com 1 90 addr:192.0.2.7 "
	    "spf:example.net");
	end(&s);
}

static void
one_of_ours_renews_nobody(void **state)
{
	struct learned_question	q = { "dave@example.com", alice,
				    CONF_LEARN_MAILBOX,
				    (const char *const[]){ NULL } };
	struct learned_answer	found;
	struct scene		s;

	begin(&s, state, strict);
	write_to(&s, "dave@example.com", alice, "example.com");
	s.prover.answer = says_pass;
	s.a.sender = "dave@example.com";
	correspondent_answered(&s.deps, s.conf, &s.a, REASON_PROVEN, NOW);
	assert_int_equal(learned_find(s.deps.store, &q, NOW, &found, NULL),
	    1);
	assert_int_equal(found.pair.answers, 0);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_keeps_what_counts_for_the_next_one),
		IN_MEMORY(an_answer_by_a_known_client_renews_that_one),
		cmocka_unit_test(a_shared_name_renews_only_where_it_lets_in),
		IN_MEMORY(an_answer_to_another_one_in_scope_renews_who_wrote),
		IN_MEMORY(one_of_ours_renews_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
