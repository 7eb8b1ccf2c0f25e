/* SPDX-License-Identifier: ISC
 * tests/unit/test_proof.c - whose mail a client may bring. What SPF says is told
 * by the memo, as if it had been asked before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "policy/proof.h"

static struct client
client_named(const char *addr, const char *name)
{
	struct client	c = { .by_smtp = true, .host = name, .verified = true,
			    .helo = "helo.example.net" };

	assert_int_equal(ip_parse(addr, &c.addr, NULL), 0);
	identities_of(&c.addr, name, 24, 64, &c.identities);
	return c;
}

static void
a_name_of_the_senders_own_domain_proves_it(void **state)
{
	static const struct {
		const char	*name, *sender;
		bool		 proven;
	} row[] = {
		{ "mx1.example.org", "a@example.org", true },
		{ "mx1.example.org", "a@Reply.Example.ORG", true },
		{ "mx1.mail.example.co.uk", "a@example.co.uk", true },
		{ "mx1.example.org", "a@example.net", false },
		{ "mx1.example.org", "a@notexample.org", false },
		{ "mx1.example.co.uk", "a@other.co.uk", false },
		{ "mx1.example.org", "", false },
		{ "mx1.example.org", "a", false },
		/* It looks generated: whoever has the line this week. */
		{ "ip-192-0-2-7.example.org", "a@example.org", false },
		/* Customers of one suffix are strangers. */
		{ "mx.one.github.io", "a@two.github.io", false },
		{ NULL, "a@example.org", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct client	c = client_named("192.0.2.7", row[i].name);
		struct spf_memo	memo = { .known = false };
		struct proof	proof;

		proof_of_sender(NULL, &c, row[i].sender, 0, &memo, &proof);
		if (proof.proven != row[i].proven)
			fail_msg("row %zu: %s for %s", i, row[i].name ?
			    row[i].name : "no name", row[i].sender);
		if (!proof.proven)
			assert_string_not_equal(proof.why.text, "");
	}
}

/* A customer's machine may have a name under the company's own domain. */
static void
a_name_that_spf_denies_proves_nothing(void **state)
{
	static const struct {
		int		answer;
		enum spf_result	result;
		bool		proven;
	} row[] = {
		{ 1, SPF_PASS, true }, { 0, SPF_NONE, true },
		{ 0, SPF_NEUTRAL, true }, { 0, SPF_FAIL, false },
		{ 0, SPF_SOFTFAIL, false }, { 0, SPF_PERMERROR, false },
		/* Too broad: a pass that proves nothing. */
		{ 0, SPF_PASS, false }, { -1, SPF_TEMPERROR, true },
	};
	struct client	c = client_named("192.0.2.7", "mx1.example.org");

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct spf_memo	memo = { .known = true,
		    .answer = { .answer = row[i].answer,
		    .result = row[i].result } };
		struct proof	proof;

		proof_of_sender(NULL, &c, "a@example.org", 0, &memo, &proof);
		if (proof.proven != row[i].proven)
			fail_msg("row %zu", i);
	}
}

static void
what_spf_said_before_is_not_asked_again(void **state)
{
	struct client	c = client_named("192.0.2.7", NULL);
	struct spf_memo	memo = { .known = true,
			    .answer = { .answer = 1, .result = SPF_PASS },
			    .identity = "spf:example.org" };
	struct proof	proof;

	(void)state;
	proof_of_sender(NULL, &c, "a@example.org", 1000, &memo, &proof);
	assert_true(proof.proven);
	assert_string_equal(proof.by, "spf:example.org");
	memo.answer.answer = 0;
	(void)err_set(&memo.answer.why, "softfail");
	proof_of_sender(NULL, &c, "a@example.org", 1000, &memo, &proof);
	assert_false(proof.proven);
	assert_string_equal(proof.why.text, "softfail");
	memo.answer.answer = -1;
	proof_of_sender(NULL, &c, "a@example.org", 0, &memo, &proof);
	assert_false(proof.proven);
	assert_string_equal(proof.why.text, "cannot tell: softfail");
}

static void
the_identity_is_the_senders_domain_or_the_helo_name(void **state)
{
	struct client	c = client_named("192.0.2.7", NULL);
	char		id[IDENTITY_SIZE];

	(void)state;
	assert_true(proof_spf_identity(&c, "a@Reply.Example.ORG", id));
	assert_string_equal(id, "spf:reply.example.org");
	assert_true(proof_spf_identity(&c, "", id));
	assert_string_equal(id, "spf:helo.example.net");
	c.helo = "[192.0.2.7]";
	assert_false(proof_spf_identity(&c, "", id));
	assert_string_equal(id, "");
	c.helo = NULL;
	assert_false(proof_spf_identity(&c, "", id));
	assert_false(proof_spf_identity(&c, "a@localhost", id));
}

/* Never cut: a cut sender would be somebody else's. */
static void
a_sender_that_is_too_long_is_not_asked_about(void **state)
{
	struct client	c = client_named("192.0.2.7", NULL);
	struct spf_memo	memo = { .known = false };
	char		sender[QUESTION_SENDER_SIZE + 20];

	(void)state;
	memset(sender, 'a', sizeof(sender));
	memcpy(sender + sizeof(sender) - 13, "@example.org", 13);
	assert_int_equal(proof_ask_spf(NULL, &c, sender, 1000,
	    &memo)->answer, 0);
	assert_string_equal(memo.identity, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_of_the_senders_own_domain_proves_it),
		cmocka_unit_test(a_name_that_spf_denies_proves_nothing),
		cmocka_unit_test(what_spf_said_before_is_not_asked_again),
		cmocka_unit_test(
		    the_identity_is_the_senders_domain_or_the_helo_name),
		cmocka_unit_test(a_sender_that_is_too_long_is_not_asked_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
