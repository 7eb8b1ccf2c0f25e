/* SPDX-License-Identifier: ISC
 * tests/unit/test_correspondent.c - who comes straight back in: Bob, to whom
 * Alice wrote, by what the client proves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/store_private.h"
#include "tests/lib/answer_scene.h"

static const char	pass_spf[] =
    "correspondent: alice@example.com by spf:example.net";
static const char	pass_name[] =
    "correspondent: alice@example.com by name:example.net";
static const char	pass_known[] =
    "correspondent: alice@example.com by addr:192.0.2.7";
static const char	pass_hoster[] =
    "correspondent: alice@example.com by name:hoster.example";
static const char	unproven[] =
    "correspondent: alice@example.com unproven";

static void
a_correspondent_passes_by_what_the_client_proves(void **state)
{
	static const struct {
		const char	*conf;
		const struct prover_answer *spf;
		const char	*name, *known, *want;
	} row[] = {
		{ strict, &says_pass, NULL, NULL, pass_spf },
		{ strict, &says_softfail, NULL, NULL, "wait" },
		{ strict, &says_fail, NULL, NULL, "wait" },
		{ strict, &says_neutral, NULL, NULL, "wait" },
		{ strict, &says_permerror, NULL, NULL, "wait" },
		{ strict, &says_none, NULL, NULL, "wait" },
		{ strict, &says_broad, NULL, NULL, "wait" },
		{ strict, &says_nothing, NULL, NULL, "wait" },
		{ lenient, &says_pass, NULL, NULL, pass_spf },
		{ lenient, &says_softfail, NULL, NULL, "wait" },
		{ lenient, &says_fail, NULL, NULL, "wait" },
		{ lenient, &says_neutral, NULL, NULL, "wait" },
		{ lenient, &says_permerror, NULL, NULL, "wait" },
		{ lenient, &says_none, NULL, NULL, unproven },
		{ lenient, &says_broad, NULL, NULL, "wait" },
		{ lenient, &says_nothing, NULL, NULL, "wait" },
		{ lenient, &says_muddle, NULL, NULL, "wait" },
		/* A name of the sender's own domain, unless SPF denies it. */
		{ strict, &says_none, "mx.example.net", NULL, pass_name },
		{ strict, &says_nothing, "mx.example.net", NULL, pass_name },
		{ strict, &says_fail, "mx.example.net", NULL, "wait" },
		{ lenient, &says_softfail, "mx.example.net", NULL, "wait" },
		{ lenient, &says_none, "mx.hoster.example", NULL, unproven },
		/* An address that brought answers. */
		{ strict, &says_fail, NULL, "addr:192.0.2.7", pass_known },
		{ strict, &says_nothing, NULL, "addr:192.0.2.7", pass_known },
		{ strict, &says_none, NULL, "addr:192.0.2.8", "wait" },
		/* A network is too wide for that. */
		{ strict, &says_none, NULL, "net:192.0.2.0/24", "wait" },
		/* A name that did so, unless SPF denies it or is silent: the
		 * neighbour at the same hoster has it, too. */
		{ strict, &says_none, "b.hoster.example",
		    "name:hoster.example", pass_hoster },
		{ strict, &says_nothing, "b.hoster.example",
		    "name:hoster.example", "wait" },
		{ strict, &says_fail, "b.hoster.example",
		    "name:hoster.example", "wait" },
		{ lenient, &says_softfail, "b.hoster.example",
		    "name:hoster.example", "wait" },
		{ strict, &says_none, "b.elsewhere.example",
		    "name:hoster.example", "wait" },
		{ strict, &says_pass, "b.hoster.example",
		    "name:hoster.example", pass_spf },
		/* SPF alone is known by what it says now. */
		{ strict, &says_fail, NULL, "spf:example.net", "wait" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct scene	s;

		assert_int_equal(world_in_memory(state), 0);
		begin(&s, state, row[i].conf);
		write_to(&s, bob, alice, "example.net");
		if (row[i].known != NULL)
			answer_by(&s, bob, alice, row[i].known);
		s.prover.answer = *row[i].spf;
		named(&s, row[i].name);
		expect(&s, i, row[i].want);
		assert_true(s.d.correspondent);
		end(&s);
		assert_int_equal(world_end(state), 0);
	}
}

/* Amy wrote first; then Alice, who is of another domain. */
static void
the_scope_says_for_whom_a_letter_counts(void **state)
{
	static const char	by_alice[] = "correspondent: alice@example.com "
				    "by spf:example.net";
	static const struct {
		const char	*scope, *rcpt, *want;
	} row[] = {
		{ "site", "alice@example.com", by_alice },
		{ "site", "carol@example.com", by_alice },
		{ "site", "dave@example.org", by_alice },
		{ "domain", "alice@example.com", by_alice },
		{ "domain", "carol@Example.COM", by_alice },
		{ "domain", "dave@example.org", "stranger" },
		{ "mailbox", "Alice+news@example.com", by_alice },
		{ "mailbox", "carol@example.com", "stranger" },
		{ "mailbox", "dave@example.org", "stranger" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct scene	s;
		char		conf[64];

		(void)snprintf(conf, sizeof(conf), "auto-whitelist { scope = "
		    "%s }", row[i].scope);
		begin(&s, state, conf);
		write_to(&s, bob, alice, "example.net");
		s.prover.answer = says_pass;
		s.a.rcpt = row[i].rcpt;
		expect(&s, i, row[i].want);
		end(&s);
	}
}

static void
a_sender_is_known_by_his_folded_address(void **state)
{
	static const struct {
		const char	*sender, *want;
	} row[] = {
		{ "Bob@Example.NET", pass_spf },
		{ "bob+reply@example.net", pass_spf },
		{ "prvs=0123456789=bob@example.net", pass_spf },
		{ "rob@example.net", "stranger" },
		{ "bob@mail.example.net", "stranger" },
		{ "bob", "stranger" },
	};
	struct scene	s;

	begin(&s, state, strict);
	write_to(&s, bob, alice, "example.net");
	s.prover.answer = says_pass;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		s.memo.known = false;
		s.a.sender = row[i].sender;
		expect(&s, i, row[i].want);
	}
	end(&s);
}

/* Field note 22: whoever forges our own addresses to us. Even where SPF passes
 * and one of ours did write to the other. */
static void
our_own_domain_is_no_correspondent(void **state)
{
	static const struct {
		const char	*local, *sender, *rcpt;
	} row[] = {
		{ "{\"example.com\"}", "carol@Example.com", "a@example.org" },
		{ "{\"example.com\"}", "carol@example.com", alice },
		{ "{}", "carol@example.com", alice },
		{ "{}", "carol@example.COM", "alice@Example.com" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct scene	s;
		char		conf[64];

		(void)snprintf(conf, sizeof(conf), "local-domains = %s",
		    row[i].local);
		begin(&s, state, conf);
		write_to(&s, "carol@example.com", alice, "example.com");
		write_to(&s, "carol@example.com", "a@example.org",
		    "example.com");
		s.prover.answer = says_pass;
		s.a.sender = row[i].sender;
		s.a.rcpt = row[i].rcpt;
		expect(&s, i, "stranger");
		end(&s);
	}
}

/* The common case costs no DNS, nor does an address that is known. */
static void
only_an_unknown_client_of_a_correspondent_waits_for_the_dns(void **state)
{
	struct scene	s;

	begin(&s, state, strict);
	s.prover.answer = says_pass;
	expect(&s, 0, "stranger");
	assert_int_equal(s.prover.asked, 0);
	write_to(&s, bob, alice, "example.net");
	answer_by(&s, bob, alice, "addr:192.0.2.7");
	expect(&s, 1, pass_known);
	assert_int_equal(s.prover.asked, 0);
	named(&s, "mx.example.net");
	(void)snprintf(s.client.identities.addr,
	    sizeof(s.client.identities.addr), "addr:192.0.2.9");
	expect(&s, 2, pass_spf);
	assert_int_equal(s.prover.asked, 1);
	assert_true(s.prover.wait_ms > 1000);
	/* For the next recipient it is known. */
	expect(&s, 3, pass_spf);
	assert_int_equal(s.prover.asked, 1);
	end(&s);
}

/* What SPF said already is held against the identities of earlier answers. */
static void
a_domain_known_by_spf_passes_by_it(void **state)
{
	struct scene	s;

	begin(&s, state, strict);
	write_to(&s, bob, alice, "example.net");
	answer_by(&s, bob, alice, "spf:example.net");
	s.memo = (struct spf_memo){ .known = true, .answer = says_pass,
	    .identity = "spf:example.net" };
	expect(&s, 0, pass_spf);
	assert_int_equal(s.prover.asked, 0);
	end(&s);
}

static void
without_spf_a_name_or_a_known_client_passes_only(void **state)
{
	static const struct {
		const char	*conf, *name, *known, *want;
	} row[] = {
		{ lenient, NULL, NULL, "wait" },
		{ strict, NULL, NULL, "wait" },
		{ strict, "mx.example.net", NULL, pass_name },
		{ lenient, "mx.hoster.example", NULL, "wait" },
		{ strict, "mx.hoster.example", "name:hoster.example",
		    pass_hoster },
		{ strict, NULL, "addr:192.0.2.7", pass_known },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		for (int with_memo = 0; with_memo < 2; with_memo++) {
			struct scene	s;

			assert_int_equal(world_in_memory(state), 0);
			begin(&s, state, row[i].conf);
			write_to(&s, bob, alice, "example.net");
			if (row[i].known != NULL)
				answer_by(&s, bob, alice, row[i].known);
			named(&s, row[i].name);
			s.deps.prover = NULL;
			s.a.spf = with_memo ? &s.memo : NULL;
			expect(&s, i, row[i].want);
			end(&s);
			assert_int_equal(world_end(state), 0);
		}
}

static void
nobody_is_looked_up_where_that_is_out_of_place(void **state)
{
	struct scene	s;

	begin(&s, state, strict);
	write_to(&s, bob, alice, "example.net");
	s.prover.answer = says_pass;
	s.a.stopping = true;
	expect(&s, 0, "stranger");
	s.a.stopping = false;
	s.client.by_smtp = false;
	expect(&s, 1, "stranger");
	s.client.by_smtp = true;
	s.conf->auto_whitelist.enabled = false;
	expect(&s, 2, "stranger");
	s.conf->auto_whitelist.enabled = true;
	expect(&s, 3, pass_spf);
	end(&s);
}

static void
a_store_that_fails_knows_nobody_and_raises_its_alarm(void **state)
{
	struct world	*w = *state;
	struct scene	 s;

	for (int bounce = 0; bounce < 2; bounce++) {
		begin(&s, state, lenient);
		named(&s, "mx.example.net");
		write_to(&s, bob, alice, "example.net");
		s.a.sender = bounce ? "" : bob;
		gate_break(w->s->gate, "the disk is gone");
		expect(&s, (size_t)bounce, "stranger");
		assert_true(alarm_get(s.deps.alarms, ALARM_STORE).raised);
		alarm_clear(s.deps.alarms, ALARM_STORE);
		if (!bounce) {
			correspondent_answered(&s.deps, s.conf, &s.a,
			    REASON_RETRIED, NOW);
			assert_true(alarm_get(s.deps.alarms,
			    ALARM_STORE).raised);
		}
		gate_mend(w->s->gate);
		end(&s);
	}
}

static void
a_bounce_passes_from_whose_domain_was_written_to(void **state)
{
	static const char	by_name[] = "expected-bounce: name:example.net";
	static const char	by_helo[] =
				    "expected-bounce: spf:mx.example.net";
	static const struct {
		const struct prover_answer *spf;
		const char	*sender, *rcpt, *name, *helo, *want;
		unsigned	 asked;
	} row[] = {
		{ &says_none, "", alice, "mx.example.net", "x.example",
		    by_name, 1 },
		{ &says_none, "", "Alice+tag@example.com", "mx.example.net",
		    NULL, by_name, 1 },
		/* A customer's host, or one that left: its SPF knows better. */
		{ &says_fail, "", alice, "mx.example.net", "x.example",
		    "stranger", 1 },
		{ &says_pass, "", alice, NULL, "mx.example.net", by_helo, 1 },
		{ &says_pass, "", alice, "out.hoster.example",
		    "mx.example.net", by_helo, 1 },
		{ &says_softfail, "", alice, NULL, "mx.example.net",
		    "stranger", 1 },
		{ &says_none, "", alice, NULL, "mx.example.net", "stranger",
		    1 },
		{ &says_nothing, "", alice, NULL, "mx.example.net",
		    "stranger", 1 },
		{ &says_broad, "", alice, NULL, "mx.example.net", "stranger",
		    1 },
		/* Nobody wrote there, or not this one of ours: not asked. */
		{ &says_pass, "", alice, NULL, "mx.elsewhere.example",
		    "stranger", 0 },
		{ &says_pass, "", alice, "mx.elsewhere.example", NULL,
		    "stranger", 0 },
		{ &says_pass, "", "carol@example.com", "mx.example.net",
		    "mx.example.net", "stranger", 0 },
		{ &says_pass, "", alice, NULL, "[192.0.2.7]", "stranger", 0 },
		{ &says_pass, "", alice, NULL, NULL, "stranger", 0 },
		/* The sender of Postfix' probes is not the null sender. */
		{ &says_pass, "double-bounce@example.net", alice,
		    "mx.example.net", "mx.example.net", "stranger", 0 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct scene	s;

		begin(&s, state, lenient);
		write_to(&s, bob, alice, "example.net");
		s.prover.answer = *row[i].spf;
		named(&s, row[i].name);
		s.client.helo = row[i].helo;
		s.a.sender = row[i].sender;
		s.a.rcpt = row[i].rcpt;
		expect(&s, i, row[i].want);
		assert_false(s.d.correspondent);
		if (s.prover.asked != row[i].asked)
			fail_msg("row %zu: asked %u times", i, s.prover.asked);
		/* By the name the organisation is asked about, by HELO nobody. */
		assert_string_equal(s.prover.sender, s.prover.asked > 0 &&
		    row[i].name != NULL && strcmp(row[i].name,
		    "mx.example.net") == 0 ? "postmaster@example.net" : "");
		end(&s);
	}
}

static void
a_bounce_is_expected_for_a_week(void **state)
{
	struct scene	s;

	begin(&s, state, lenient);
	named(&s, "mx.example.net");
	s.prover.answer = says_none;
	write_to(&s, bob, alice, "example.net");
	s.a.sender = "";
	expect(&s, 0, "expected-bounce: name:example.net");
	assert_false(correspondent_passes(&s.deps, s.conf, &s.a,
	    NOW + LEARNED_BOUNCE_DAYS * DAY, &s.d));
	/* Without SPF, by name only. */
	s.deps.prover = NULL;
	expect(&s, 1, "expected-bounce: name:example.net");
	named(&s, NULL);
	s.client.helo = "mx.example.net";
	expect(&s, 2, "stranger");
	s.a.spf = NULL;
	expect(&s, 3, "stranger");
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_correspondent_passes_by_what_the_client_proves),
		IN_MEMORY(the_scope_says_for_whom_a_letter_counts),
		IN_MEMORY(a_sender_is_known_by_his_folded_address),
		IN_MEMORY(our_own_domain_is_no_correspondent),
		IN_MEMORY(
		    only_an_unknown_client_of_a_correspondent_waits_for_the_dns),
		IN_MEMORY(a_domain_known_by_spf_passes_by_it),
		cmocka_unit_test(
		    without_spf_a_name_or_a_known_client_passes_only),
		IN_MEMORY(nobody_is_looked_up_where_that_is_out_of_place),
		IN_MEMORY(a_store_that_fails_knows_nobody_and_raises_its_alarm),
		IN_MEMORY(a_bounce_passes_from_whose_domain_was_written_to),
		IN_MEMORY(a_bounce_is_expected_for_a_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
