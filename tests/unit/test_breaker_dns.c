/* SPDX-License-Identifier: ISC
 * tests/unit/test_breaker_dns.c - which domains are waited for, what is
 * remembered of answers, and the table of questions under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "identity/asked.h"
#include "identity/breaker.h"
#include "identity/recent.h"

#define SECOND	INT64_C(1000000)

/* What happens to a domain, and who is waited for then. */
struct event {
	enum { OVERDUE, FAILED, ANSWERED } what;
	const char	*domain;
	const char	*held;		/* domains that are, with a blank each */
	bool		 open;		/* for all */
};

static void
play(const struct event *events, size_t n)
{
	static const char *const domains[] = { "a.example", "b.example",
				    "c.example", "d.example" };
	struct breaker		*b = breaker_new(3);
	const struct event	*e;
	bool			 held;

	assert_non_null(b);
	for (size_t i = 0; i < n; i++) {
		e = &events[i];
		if (e->what == OVERDUE)
			breaker_overdue(b, e->domain, e->domain);
		else if (e->what == FAILED)
			breaker_failed(b, e->domain);
		else
			breaker_answered(b, e->domain);
		if (breaker_is_open(b) != e->open)
			fail_msg("event %zu: open for all: %d", i, !e->open);
		for (size_t d = 0; d < 4; d++) {
			held = e->open || strstr(e->held, domains[d]) != NULL;
			if (breaker_holds(b, domains[d]) != held)
				fail_msg("event %zu: %s", i, domains[d]);
		}
	}
	breaker_free(&b);
	assert_null(b);
}

#define STORY(name, ...)						\
static void								\
name(void **state)							\
{									\
	static const struct event events[] = { __VA_ARGS__ };		\
	(void)state;							\
	play(events, sizeof(events) / sizeof(events[0]));		\
}

STORY(late_domain_is_held_until_it_answers,
    { OVERDUE, "a.example", "a.example", false },
    { ANSWERED, "b.example", "a.example", false },
    { OVERDUE, "a.example", "a.example", false },
    { ANSWERED, "a.example", "", false },
    { ANSWERED, "a.example", "", false })

STORY(failure_in_time_holds_nobody,
    { FAILED, "a.example", "", false },
    { OVERDUE, "a.example", "a.example", false },
    { FAILED, "a.example", "a.example", false })

STORY(three_unrelated_in_a_row_open_it_for_all,
    { OVERDUE, "a.example", "a.example", false },
    { FAILED, "b.example", "a.example", false },
    { FAILED, "b.example", "a.example", false },
    { OVERDUE, "a.example", "a.example", false },
    { FAILED, "c.example", "", true },
    { OVERDUE, "d.example", "", true },
    { ANSWERED, "b.example", "a.example d.example", false },
    { FAILED, "b.example", "a.example d.example", false },
    { FAILED, "c.example", "a.example d.example", false },
    { OVERDUE, "d.example", "", true })

STORY(answer_in_between_begins_the_row_anew,
    { FAILED, "a.example", "", false },
    { FAILED, "b.example", "", false },
    { ANSWERED, "a.example", "", false },
    { FAILED, "c.example", "", false },
    { FAILED, "d.example", "", false },
    { FAILED, "a.example", "", true })

static const char *
numbered(unsigned i)
{
	static char	name[32];

	(void)snprintf(name, sizeof(name), "domain%u.example", i);
	return name;
}

static void
oldest_of_too_many_late_domains_is_let_go(void **state)
{
	struct breaker	*b = breaker_new(3);

	(void)state;
	for (unsigned i = 0; i < BREAKER_DOMAINS; i++)
		breaker_overdue(b, numbered(i), "example.org");
	for (unsigned i = 0; i < BREAKER_DOMAINS; i++)
		assert_true(breaker_holds(b, numbered(i)));
	assert_false(breaker_is_open(b));
	for (unsigned i = 0; i < 100; i++)
		breaker_overdue(b, numbered(BREAKER_DOMAINS + i),
		    "example.org");
	for (unsigned i = 0; i < BREAKER_DOMAINS + 100; i++)
		assert_int_equal(breaker_holds(b, numbered(i)), i >= 100);
	for (unsigned i = 0; i < BREAKER_DOMAINS + 100; i++)
		breaker_answered(b, numbered(i));
	for (unsigned i = 0; i < BREAKER_DOMAINS + 100; i++)
		assert_false(breaker_holds(b, numbered(i)));
	breaker_free(&b);
}

static struct question
question_of(const char *sender)
{
	struct question	q = { .kind = QUESTION_SPF, .helo = "mx.example.net" };

	assert_int_equal(ip_parse("192.0.2.7", &q.client, NULL), 0);
	(void)snprintf(q.sender, sizeof(q.sender), "%s", sender);
	return q;
}

static void
answer_is_remembered_for_its_ttl_and_a_minute_at_most(void **state)
{
	struct recent		*r = recent_new();
	struct question		 q = question_of("a@example.com");
	static const struct { int answer; uint32_t ttl; int64_t life; } rows[] = {
		{ 1, 10, 10 }, { 0, 59, 59 }, { 1, 60, 60 },
		{ 0, UINT32_MAX, 60 }, { 1, 0, 0 }, { -1, 60, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct question_reply	reply = { .answer = rows[i].answer,
					    .ttl = rows[i].ttl };

		recent_forget(r);
		assert_null(recent_find(r, &q, 0));
		recent_keep(r, &q, &reply, 5 * SECOND);
		if (rows[i].life > 0)
			assert_int_equal(recent_find(r, &q, (5 +
			    rows[i].life) * SECOND - 1)->answer,
			    rows[i].answer);
		assert_null(recent_find(r, &q, (5 + rows[i].life) * SECOND));
	}
	recent_free(&r);
	assert_null(r);
}

static void
only_the_same_question_has_the_same_answer(void **state)
{
	struct recent		*r = recent_new();
	struct question		 q = question_of("a@example.com"), other;
	struct question_reply	 reply = { .answer = 1, .ttl = 60 };
	char			 sender[64];

	(void)state;
	recent_keep(r, &q, &reply, 0);
	other = q;
	other.id = 77;
	assert_non_null(recent_find(r, &other, 0));
	other.kind = QUESTION_LIST;
	assert_null(recent_find(r, &other, 0));
	recent_keep(r, &other, &reply, 0);
	assert_null(recent_find(r, &other, 0));
	for (unsigned i = 0; i < 20 * RECENT_ANSWERS; i++) {
		(void)snprintf(sender, sizeof(sender), "a%u@example.com", i);
		other = question_of(sender);
		assert_null(recent_find(r, &other, 0));
		other = q;
		(void)snprintf(other.helo, sizeof(other.helo), "mx%u", i);
		assert_null(recent_find(r, &other, 0));
		other = q;
		other.client.b[13] = (uint8_t)(i >> 8);
		other.client.b[14] = (uint8_t)(i % 255 + 3);
		assert_null(recent_find(r, &other, 0));
	}
	recent_free(&r);
}

static void
question_is_about_its_registrable_domain_or_its_zone(void **state)
{
	static const struct {
		enum question_kind kind;
		const char *sender, *helo, *zone, *domain, *owner;
	} rows[] = {
		{ QUESTION_SPF, "a@mx.Example.co.UK", "", "",
		    "example.co.uk", "example.co.uk" },
		{ QUESTION_SPF, "", "host.example.com", "",
		    "example.com", "example.com" },
		{ QUESTION_LIST, "", "", "list.dnswl.org",
		    "list.dnswl.org", "dnswl.org" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct question	 q = { .kind = rows[i].kind };
		struct asked	*a;

		(void)snprintf(q.sender, sizeof(q.sender), "%s",
		    rows[i].sender);
		(void)snprintf(q.helo, sizeof(q.helo), "%s", rows[i].helo);
		(void)snprintf(q.zone, sizeof(q.zone), "%s", rows[i].zone);
		a = asked_new(&q, NULL, 0);
		assert_string_equal(a->domain, rows[i].domain);
		assert_string_equal(a->owner, rows[i].owner);
		asked_free(a);
	}
}

/* One about a domain that no other number has. */
static struct question
question_at(unsigned n)
{
	char	sender[32];

	(void)snprintf(sender, sizeof(sender), "a@d%u.example", n);
	return question_of(sender);
}

/* A table that was filled, emptied at random and filled again, next to a plain
 * array that says what is in it. */
static void
table_finds_what_is_in_it_and_nothing_else(void **state)
{
	static struct asked_table	t;
	struct asked			*in[PROVER_QUEUE] = { NULL };
	uint64_t			 gone = 0;
	unsigned			 seed = 7, i, n = 0;
	struct question			 q;

	(void)state;
	asked_init(&t);
	for (unsigned step = 0; step < 20000; step++) {
		i = (unsigned)rand_r(&seed) % PROVER_QUEUE;
		if (in[i] == NULL) {
			q = question_at(i);
			in[i] = asked_new(&q, NULL, 0);
			assert_true(asked_add(&t, in[i], (int64_t)step));
			n++;
		} else if (step % 3 != 0) {
			gone = in[i]->q.id;
			asked_remove(&t, in[i]);
			asked_free(in[i]);
			in[i] = NULL;
			n--;
		}
		while (t.unsent != NULL)
			asked_sent(&t);
		assert_int_equal(t.n, n);
		assert_null(asked_find(&t, gone));
		if (in[i] != NULL)
			assert_ptr_equal(asked_find(&t, in[i]->q.id), in[i]);
	}
	for (struct asked *a = t.head; a != NULL; a = a->after)
		assert_true(a->after == NULL || a->since < a->after->since);
	asked_drop(&t);
	assert_null(t.head);
	assert_int_equal(t.n, 0);
}

static void
full_table_takes_no_more(void **state)
{
	static struct asked_table	t;
	struct question			q = question_of("a@example.com");
	struct asked			*a;

	(void)state;
	asked_init(&t);
	for (unsigned i = 0; i < PROVER_QUEUE; i++) {
		struct question	other = question_at(i);

		assert_true(asked_add(&t, asked_new(&other, NULL, 0), 0));
	}
	a = asked_new(&q, "note", 5);
	assert_string_equal((const char *)a->note, "note");
	assert_false(asked_add(&t, a, 0));
	asked_free(a);
	a = t.head;
	asked_remove(&t, a);
	asked_free(a);
	assert_true(asked_add(&t, asked_new(&q, NULL, 0), 0));
	asked_drop(&t);
}

static void
no_domain_has_more_than_its_share_of_the_table(void **state)
{
	static struct asked_table	t;
	struct question			q = question_of("a@example.com");
	struct question			other = question_of("a@example.net");
	struct asked			*a, *first;

	(void)state;
	asked_init(&t);
	for (int i = 0; i < PROVER_SHARE; i++)
		assert_true(asked_add(&t, asked_new(&q, NULL, 0), 0));
	first = t.head;
	q = question_of("a@sub.example.com");
	a = asked_new(&q, NULL, 0);
	assert_false(asked_add(&t, a, 0));
	assert_true(asked_add(&t, asked_new(&other, NULL, 0), 0));
	asked_remove(&t, first);
	asked_free(first);
	assert_true(asked_add(&t, a, 0));
	asked_drop(&t);
}

/* To the letter, of one client: no other answer would be right. */
static void
only_the_same_question_is_joined(void **state)
{
	static struct asked_table	t;
	struct question			q = question_of("a@example.com"), other;
	struct asked			*a, *b;

	(void)state;
	asked_init(&t);
	b = asked_new(&q, "b", 2);
	assert_false(asked_join(&t, b));
	a = asked_new(&q, "a", 2);
	assert_true(asked_add(&t, a, 0));
	assert_true(asked_join(&t, b));
	assert_ptr_equal(a->joined, b);
	assert_int_equal(t.n, 1);
	for (int i = 0; i < 4; i++) {
		other = i == 0 ? question_of("A@example.com") : q;
		if (i == 1)
			other.client.b[15] ^= 1;
		if (i == 2)
			(void)snprintf(other.helo, sizeof(other.helo), "other");
		if (i == 3)
			other.kind = QUESTION_LIST;
		b = asked_new(&other, NULL, 0);
		assert_false(asked_join(&t, b));
		asked_free(b);
	}
	for (int i = 1; i < ASKED_JOINED_SHARE; i++)
		assert_true(asked_join(&t, asked_new(&q, NULL, 0)));
	b = asked_new(&q, NULL, 0);
	assert_false(asked_join(&t, b));
	asked_free(b);
	asked_remove(&t, a);
	assert_int_equal(t.n_joined, 0);
	asked_free(a);
	asked_drop(&t);
}

static void
what_was_not_sent_cannot_be_answered(void **state)
{
	static struct asked_table	t;
	struct question			q = question_of("a@example.com");
	struct asked			*a[3];

	(void)state;
	asked_init(&t);
	for (int i = 0; i < 3; i++) {
		a[i] = asked_new(&q, NULL, 0);
		assert_true(asked_add(&t, a[i], 0));
	}
	assert_null(asked_find(&t, a[0]->q.id));
	asked_sent(&t);
	assert_ptr_equal(asked_find(&t, a[0]->q.id), a[0]);
	assert_null(asked_find(&t, a[1]->q.id));
	asked_remove(&t, a[1]);
	free(a[1]);
	assert_ptr_equal(t.unsent, a[2]);
	asked_sent(&t);
	assert_ptr_equal(asked_find(&t, a[2]->q.id), a[2]);
	asked_unsend(&t);
	assert_null(asked_find(&t, a[0]->q.id));
	assert_ptr_equal(t.unsent, a[0]);
	asked_drop(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_domain_is_held_until_it_answers),
		cmocka_unit_test(failure_in_time_holds_nobody),
		cmocka_unit_test(three_unrelated_in_a_row_open_it_for_all),
		cmocka_unit_test(answer_in_between_begins_the_row_anew),
		cmocka_unit_test(oldest_of_too_many_late_domains_is_let_go),
		cmocka_unit_test(
		    answer_is_remembered_for_its_ttl_and_a_minute_at_most),
		cmocka_unit_test(only_the_same_question_has_the_same_answer),
		cmocka_unit_test(
		    question_is_about_its_registrable_domain_or_its_zone),
		cmocka_unit_test(table_finds_what_is_in_it_and_nothing_else),
		cmocka_unit_test(full_table_takes_no_more),
		cmocka_unit_test(
		    no_domain_has_more_than_its_share_of_the_table),
		cmocka_unit_test(only_the_same_question_is_joined),
		cmocka_unit_test(what_was_not_sent_cannot_be_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
