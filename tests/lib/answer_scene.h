/* SPDX-License-Identifier: ISC
 * tests/lib/answer_scene.h - one delivery attempt at a time, to one whose letters
 * are stored, with SPF that is played: everything policy/correspondent.h looks at.
 *
 * Included once by a test, since it stands in the place of identity/prover_ask.c. */
#ifndef TESTS_LIB_ANSWER_SCENE_H
#define TESTS_LIB_ANSWER_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "policy/correspondent.h"
#include "tests/lib/store_world.h"
#include "whitelist/learned.h"

enum { NOW = 1700000000, DAY = 86400, REMEMBER = 90 * DAY };

#define IN_MEMORY(f)	cmocka_unit_test_setup_teardown(f, world_in_memory, \
			    world_end)

static const char	bob[] = "bob@example.net";
static const char	alice[] = "alice@example.com";

/* In the place of identity/prover_ask.c: says the same of everybody. */
struct prover {
	struct prover_answer answer;
	unsigned	 asked;
	int		 wait_ms;	/* of the latest question */
	char		 sender[QUESTION_SENDER_SIZE];
};

void
prover_ask(struct prover *p, const struct question *q, int wait_ms,
    struct prover_answer *out)
{
	p->asked++;
	p->wait_ms = wait_ms;
	memcpy(p->sender, q->sender, sizeof(p->sender));
	*out = p->answer;
}

bool
prover_later(struct prover *p, const struct question *q, const void *note,
    size_t len, prover_done_fn done, void *arg)
{
	(void)p, (void)q, (void)note, (void)len, (void)done, (void)arg;
	fail_msg("nothing is asked for later");
	return false;
}

static const struct prover_answer
    says_pass = { .answer = 1, .result = SPF_PASS },
    says_fail = { .answer = 0, .result = SPF_FAIL },
    says_softfail = { .answer = 0, .result = SPF_SOFTFAIL },
    says_neutral = { .answer = 0, .result = SPF_NEUTRAL },
    says_permerror = { .answer = 0, .result = SPF_PERMERROR },
    /* As the helper tells it: no record proves anything for anybody. */
    says_none = { .answer = 0, .result = SPF_NONE, .withdrawn = true },
    says_broad = { .answer = 0, .result = SPF_PASS, .withdrawn = true },
    /* No helper of ours says this: what cannot be told is not believed. */
    says_muddle = { .answer = -1, .result = SPF_NONE, .withdrawn = true },
    says_nothing = { .answer = -1, .result = SPF_TEMPERROR };

/* One delivery attempt by 192.0.2.7, and all it is decided with. */
struct scene {
	struct policy_deps deps;
	struct prover	 prover;
	struct conf	*conf;
	struct client	 client;
	struct spf_memo	 memo;
	struct attempt	 a;
	struct decision	 d;
};

static inline void
say(const char *sentence, void *arg)
{
	(void)arg;
	print_error("%s\n", sentence);
}

static inline void
named(struct scene *s, const char *name)
{
	s->client.host = name;
	s->client.verified = name != NULL;
	assert_int_equal(ip_parse("192.0.2.7", &s->client.addr, NULL), 0);
	identities_of(&s->client.addr, name, 24, 64, &s->client.identities);
}

static inline void
begin(struct scene *s, void **state, const char *conf)
{
	struct world	*w = *state;

	*s = (struct scene){ .deps = { .store = w->s,
	    .alarms = alarms_new() }, .prover = { .answer = says_fail } };
	s->deps.prover = &s->prover;
	assert_int_equal(conf_read_text(conf, strlen(conf), "test", &s->conf,
	    say, NULL), 0);
	s->client = (struct client){ .by_smtp = true,
	    .helo = "helo.elsewhere.example" };
	named(s, NULL);
	s->a = (struct attempt){ .client = &s->client, .sender = bob,
	    .sender_key = bob, .rcpt = alice, .rcpt_key = alice,
	    .spf = &s->memo, .deadline = clock_monotonic_micros() +
	    INT64_C(600000000) };
}

static inline void
end(struct scene *s)
{
	conf_free(&s->conf);
	alarms_free(&s->deps.alarms);
}

static inline void
write_to(struct scene *s, const char *outside, const char *ours,
    const char *organisation)
{
	struct learned_letter	l = { outside, ours, ours, "4Q1",
				    organisation };
	struct learned_limits	limits = { REMEMBER, 100 };
	uint32_t		excess;

	assert_int_equal(learned_note(s->deps.store, &l, &limits, NOW - DAY,
	    &excess, NULL), 1);
}

static inline void
answer_by(struct scene *s, const char *outside, const char *ours,
    const char *identity)
{
	const char *const	 list[] = { identity, NULL };
	struct learned_question	 q = { outside, ours, CONF_LEARN_MAILBOX,
				     list };

	assert_int_equal(learned_note_answer(s->deps.store, &q, REMEMBER,
	    NOW - DAY, NULL), 1);
}

/* "pass by ...", "wait" or, for a stranger, "stranger". */
static inline const char *
verdict(struct scene *s)
{
	static char	text[DECISION_BY_SIZE + 8];

	s->d = (struct decision){ .delayed = -1 };
	if (!correspondent_passes(&s->deps, s->conf, &s->a, NOW, &s->d))
		return s->d.correspondent ? "wait" : "stranger";
	assert_int_equal(s->d.verdict, VERDICT_PASS);
	(void)snprintf(text, sizeof(text), "%s: %s", reason_name(s->d.reason),
	    s->d.by);
	return text;
}

static inline void
expect(struct scene *s, size_t row, const char *want)
{
	const char	*got = verdict(s);

	if (strcmp(got, want) != 0)
		fail_msg("row %zu: %s, not %s", row, got, want);
}

static const char	strict[] = "auto-whitelist { proof = strict }";
static const char	lenient[] = "auto-whitelist { proof = lenient }";

#endif
