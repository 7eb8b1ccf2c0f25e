/* SPDX-License-Identifier: ISC
 * tests/contract/test_explain_property.c - whatever the settings, the history and
 * the mail: what a dry run says is what then happens, and nothing of the state has
 * changed by it. With a store in memory and one in a folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "db/store_private.h"
#include "policy/correspondent.h"
#include "policy/names.h"
#include "policy/trace.h"
#include "tests/lib/explain_play.h"

enum { ATTEMPTS = 10000 };

static void
count_said(void *arg, enum trace_event what, const char *text)
{
	struct play	*p = arg;

	assert_non_null(text);
	p->said += what == TRACE_SAW;
}

static void
expect_same(const struct play *p, const struct decision *said,
    const struct decision *did, const char *what)
{
	if (said->verdict != did->verdict || said->reason != did->reason ||
	    said->would_verdict != did->would_verdict ||
	    said->would != did->would || said->wait != did->wait ||
	    said->delayed != did->delayed || said->rule != did->rule ||
	    said->correspondent != did->correspondent ||
	    strcmp(said->by, did->by) != 0 ||
	    strcmp(said->reply.code, did->reply.code) != 0 ||
	    strcmp(said->reply.status, did->reply.status) != 0 ||
	    strcmp(said->reply.text, did->reply.text) != 0)
		fail_msg("attempt %u, %s: said %s %s wait %d by \"%s\", did "
		    "%s %s wait %d by \"%s\"", p->attempts, what,
		    verdict_name(said->verdict), reason_name(said->reason),
		    (int)said->wait, said->by, verdict_name(did->verdict),
		    reason_name(did->reason), (int)did->wait, did->by);
}

/* Explains the attempt, and sees that all is as it was. */
static void
explain(struct play *p, const struct attempt *of, struct decision *out)
{
	struct spf_memo		memo = *of->spf;
	const struct trace	trace = { .tell = count_said, .arg = p };
	const struct explain_view view = { identities, luck_one_in(&p->luck,
				    8), p->now };
	struct attempt		a = *of;
	size_t			before, after;
	char			*was, *is;

	a.spf = &memo;
	a.trace = &trace;
	p->prover.dry = true;
	was = explain_snapshot(p->policy, &view, &before);
	assert_int_equal(policy_explain(p->policy, &a, p->now, out, NULL), 0);
	is = explain_snapshot(p->policy, &view, &after);
	p->prover.dry = false;
	if (before != after || memcmp(was, is, before) != 0)
		fail_msg("attempt %u, <%s> to <%s>: %s %s has changed the "
		    "state", p->attempts, a.sender, a.rcpt,
		    verdict_name(out->verdict), reason_name(out->reason));
	free(was);
	free(is);
}

/* One message: a client, a sender, and what its recipients share. */
struct letter {
	struct client	 client;
	const char	*sender;
	char		*sender_key;
	struct spf_memo	 memo;
	bool		 retried, stopping;
	char		 proven_by[DECISION_BY_SIZE];
	unsigned	 rcpts;
};

static const char *
macro(void *arg, const char *name)
{
	(void)name;
	return arg;
}

static void
write_letter(struct play *p, struct letter *l)
{
	size_t	i = luck_below(&p->luck, LENGTH(clients));

	*l = (struct letter){ .client = { .by_smtp = !luck_one_in(&p->luck,
	    60), .host = clients[i].name, .verified = clients[i].verified,
	    .helo = clients[i].helo, .tls = luck_one_in(&p->luck, 2) },
	    .sender = senders[luck_below(&p->luck, LENGTH(senders))],
	    .stopping = luck_one_in(&p->luck, 150) };
	assert_int_equal(ip_parse(clients[i].addr, &l->client.addr, NULL), 0);
	identities_of(&l->client.addr, clients[i].verified ? clients[i].name :
	    NULL, 24, 64, &l->client.identities);
	l->client.auth = luck_one_in(&p->luck, 60) ? "joe" : NULL;
	if (luck_one_in(&p->luck, 60)) {
		l->client.cert_subject = "/CN=laptop";
		l->client.cert_issuer = "/CN=CA";
	}
	l->sender_key = names_sender(NULL, l->sender);
}

static void
play_rcpt(struct play *p, struct letter *l)
{
	static char	 partners[] = "partners";
	const char	*rcpt = rcpts[luck_below(&p->luck, LENGTH(rcpts))];
	char		*key = names_recipient(NULL, rcpt);
	struct attempt	 a = { .client = &l->client, .sender = l->sender,
			    .sender_key = l->sender_key, .rcpt = rcpt,
			    .rcpt_key = key, .after_retry = l->retried,
			    .proven_by = l->proven_by[0] != '\0' ?
			    l->proven_by : NULL, .spf = &l->memo,
			    .macro = macro, .macro_arg = luck_one_in(&p->luck,
			    3) ? partners : NULL, .stopping = l->stopping,
			    .may_hold = l->rcpts++ == 0,
			    .deadline = luck_one_in(&p->luck, 20) ? 0 :
			    clock_monotonic_micros() + INT64_C(600000000) };
	struct decision	 said, did;

	explain(p, &a, &said);
	policy_decide(p->policy, &a, p->now, &did);
	expect_same(p, &said, &did, rcpt);
	p->seen[did.reason]++;
	p->seen[did.would]++;
	p->attempts++;
	l->retried |= did.reason == REASON_RETRIED && did.delayed >= 0;
	if (did.reason == REASON_PROVEN)
		memcpy(l->proven_by, did.by, sizeof(did.by));
	if (did.correspondent && did.verdict == VERDICT_PASS && !l->stopping)
		correspondent_answered(policy_deps(p->policy),
		    policy_conf(p->policy), &a, did.reason, p->now);
	free(key);
}

static void
play_letter(struct play *p)
{
	struct letter	l;

	write_letter(p, &l);
	for (unsigned i = 0, n = 1 + luck_below(&p->luck, 3); i < n; i++)
		play_rcpt(p, &l);
	if (l.retried && !l.stopping)
		policy_prove(p->policy, &(struct attempt){
		    .client = &l.client, .sender = l.sender,
		    .sender_key = l.sender_key, .spf = &l.memo }, p->now);
	free(l.sender_key);
}

static void
play(void **state, uint64_t seed)
{
	struct play	p;

	begin(&p, state, seed);
	while (p.attempts < ATTEMPTS) {
		pass_time(&p);
		change_something(&p);
		play_letter(&p);
	}
	/* Nothing was left out by chance. */
	for (int r = REASON_NONE + 1; r < REASONS; r++)
		if (p.seen[r] == 0 && r != REASON_STORE_ERROR)
			fail_msg("never %s", reason_name((enum reason)r));
	assert_true(p.said > 5 * ATTEMPTS);
	end(&p);
}

static void
ten_thousand_attempts_end_as_explained(void **state)
{
	play(state, 88172645463325252u);
}

static void
ten_thousand_on_disk_end_as_explained(void **state)
{
	play(state, 362436069123456789u);
}

/* The store's failure is a step of the decision; it is told, and no alarm. */
static void
a_store_that_fails_is_told_and_raises_nothing(void **state)
{
	struct play	p;
	struct letter	l;
	struct decision	said;
	const struct trace trace = { .tell = count_said, .arg = &p };
	struct attempt	a;

	begin(&p, state, 1);
	write_letter(&p, &l);
	l.client.by_smtp = true;
	a = (struct attempt){ .client = &l.client, .sender = "eve@example.org",
	    .sender_key = "eve@example.org", .rcpt = "out@elsewhere.example",
	    .rcpt_key = "out@elsewhere.example", .spf = &l.memo,
	    .trace = &trace };
	gate_break(p.world->s->gate, "the disk is gone");
	assert_int_equal(policy_explain(p.policy, &a, p.now, &said, NULL), 0);
	assert_int_equal(said.reason, REASON_STORE_ERROR);
	assert_false(alarm_get(p.alarms, ALARM_STORE).raised);
	a.trace = NULL;
	policy_decide(p.policy, &a, p.now, &said);
	assert_int_equal(said.reason, REASON_STORE_ERROR);
	assert_true(alarm_get(p.alarms, ALARM_STORE).raised);
	gate_mend(p.world->s->gate);
	free(l.sender_key);
	end(&p);
}

/* One recipient after the other; explained if there is a trace, else in earnest. */
static void
go_through(struct play *p, const struct trace *trace)
{
	struct luck	luck = { trace != NULL ? 5 : 6 };

	for (int i = 0; i < 400; i++) {
		struct spf_memo	 memo = { .known = false };
		struct client	 client = { .by_smtp = true };
		const char	*rcpt = rcpts[luck_below(&luck,
				    LENGTH(rcpts))];
		struct attempt	 a = { .client = &client, .spf = &memo,
				    .sender = senders[i % 3],
				    .sender_key = senders[i % 3],
				    .rcpt = rcpt, .rcpt_key = rcpt,
				    .trace = trace };
		struct decision	 d;

		assert_int_equal(ip_parse(clients[i % 4].addr, &client.addr,
		    NULL), 0);
		identities_of(&client.addr, NULL, 24, 64, &client.identities);
		if (trace == NULL)
			policy_decide(p->policy, &a, p->now + i, &d);
		else
			assert_int_equal(policy_explain(p->policy, &a, p->now +
			    i, &d, NULL), 0);
	}
}

static void *
decide_all(void *play)
{
	go_through(play, NULL);
	return NULL;
}

static void
explaining_beside_mail_disturbs_nobody(void **state)
{
	struct play	 p;
	const struct trace trace = { .tell = count_said, .arg = &p };
	pthread_t	 mail;

	begin(&p, state, 3);
	p.prover.drops = true;
	assert_int_equal(pthread_create(&mail, NULL, decide_all, &p), 0);
	go_through(&p, &trace);
	assert_int_equal(pthread_join(mail, NULL), 0);
	end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    ten_thousand_attempts_end_as_explained,
		    world_in_memory, world_end),
		cmocka_unit_test_setup_teardown(
		    ten_thousand_on_disk_end_as_explained,
		    world_in_folder, world_end),
		cmocka_unit_test_setup_teardown(
		    a_store_that_fails_is_told_and_raises_nothing,
		    world_in_memory, world_end),
		cmocka_unit_test_setup_teardown(
		    explaining_beside_mail_disturbs_nobody,
		    world_in_folder, world_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
