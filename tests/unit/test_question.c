/* SPDX-License-Identifier: ISC
 * tests/unit/test_question.c - what a question's answers amount to, on moments
 * of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "recipient/question.h"

enum { SECOND = 1000000 };

static const struct address	bob = { .whole = "bob@example.com",
	.domain = "example.com" };
static const struct err		none = { "" }, lost = { "it is lost" };

/* A question to two sources, as asked, and the only reference to it. */
static struct question *
asked(void)
{
	struct question	*q = question_new(&bob, 3, 2);

	assert_non_null(q);
	question_await(q, 0);
	question_await(q, 1);
	return q;
}

static void
drop(struct question *q)
{
	struct questions	empty = { { NULL } };

	question_unref(&empty, q);
}

/* As done() does that lets everything be. */
static void
weigh(struct question *q)
{
	struct inquiry_answer	answers[INQUIRY_SOURCES];

	question_answers(q, "", q->part[0].answered, answers);
	question_weigh(q, q->version, answers);
}

/* What two sources said, and what who waits for both is told. */
static void
answers_amount_to_a_verdict(void **state)
{
	static const struct {
		int	first, second;	/* 2: not answered */
		int	before, weighed;
	} row[] = {
		{ 1, 2, 1, 1 },
		{ 2, 1, 1, 1 },
		{ 0, 1, 1, 1 },
		{ -1, 1, 1, 1 },
		{ 0, 2, QUESTION_WAIT, QUESTION_WAIT },
		{ -1, 2, QUESTION_WAIT, QUESTION_WAIT },
		{ 0, -1, -1, -1 },
		{ -1, 0, -1, -1 },
		{ -1, -1, -1, -1 },
		{ 0, 0, QUESTION_WAIT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct question	*q = asked();

		if (row[i].first != 2)
			question_hear(q, 0, row[i].first, &none, SECOND);
		if (row[i].second != 2)
			question_hear(q, 1, row[i].second, &none, SECOND);
		assert_int_equal(question_verdict(q, 0), row[i].before);
		weigh(q);
		if (question_verdict(q, 0) != row[i].weighed)
			fail_msg("row %zu", i + 1);
		drop(q);
	}
}

static void
the_address_is_a_copy(void **state)
{
	struct question	*q = asked();

	(void)state;
	assert_string_equal(q->a.domain, "example.com");
	assert_ptr_equal(q->a.domain, q->a.whole + 4);
	drop(q);
}

/* Its failure is what it was told of, whatever others ask anew. */
static void
who_was_released_is_not_held_up_again(void **state)
{
	struct question	*q = asked();
	struct waiter	 w = { .released = 0 };

	(void)state;
	(void)pthread_cond_init(&w.wake, NULL);
	q->waiters = &w;
	question_hear(q, 0, -1, &lost, SECOND);
	question_give_up(q, 1, &lost);
	assert_int_equal(question_verdict(q, w.released), -1);
	question_await(q, 0);
	question_await(q, 1);
	assert_int_equal(question_verdict(q, 0), QUESTION_WAIT);
	assert_int_equal(question_verdict(q, w.released), -1);
	question_hear(q, 1, 1, &none, SECOND);
	assert_int_equal(question_verdict(q, w.released), 1);
	(void)pthread_cond_destroy(&w.wake);
	drop(q);
}

static void
only_what_is_awaited_is_given_up(void **state)
{
	struct question	*q = asked();

	(void)state;
	question_hear(q, 0, 1, &none, SECOND);
	question_give_up(q, 0, &lost);
	assert_int_equal(question_verdict(q, 0), 1);
	assert_false(question_is_settled(q));
	question_give_up(q, 1, &lost);
	assert_true(question_is_settled(q));
	drop(q);
}

static void
a_no_is_weighed_anew_when_it_is_said_anew(void **state)
{
	struct question	*q = asked();

	(void)state;
	question_hear(q, 0, 0, &none, SECOND);
	question_hear(q, 1, 0, &none, SECOND);
	weigh(q);
	assert_int_equal(question_verdict(q, 0), 0);
	question_hear(q, 1, 0, &none, SECOND);
	assert_int_equal(question_verdict(q, 0), QUESTION_WAIT);
	weigh(q);
	question_await(q, 1);
	q->part[1].state = PART_NO;
	assert_int_equal(question_verdict(q, 0), QUESTION_WAIT);
	drop(q);
}

/* done() was told of other answers than those that are there now. */
static void
a_verdict_on_old_answers_is_none(void **state)
{
	struct question		*q = asked();
	struct inquiry_answer	 answers[INQUIRY_SOURCES];
	unsigned		 version;

	(void)state;
	question_hear(q, 0, 0, &none, SECOND);
	question_give_up(q, 1, &lost);
	question_answers(q, "", SECOND, answers);
	version = q->version;
	question_hear(q, 1, 0, &none, SECOND);
	question_weigh(q, version, answers);
	assert_int_equal(question_verdict(q, 0), QUESTION_WAIT);
	question_await(q, 1);
	question_hear(q, 1, 0, &none, SECOND);
	weigh(q);
	assert_int_equal(question_verdict(q, 0), 0);
	drop(q);
}

static void
what_is_to_be_told(void **state)
{
	struct question	*q = asked();

	(void)state;
	/* A failure, once. */
	question_hear(q, 0, -1, &lost, SECOND);
	assert_true(q->news);
	q->news = false;
	q->told = true;
	question_hear(q, 0, -1, &lost, SECOND);
	assert_false(q->news);
	/* Every answer. */
	question_hear(q, 0, 0, &none, SECOND);
	assert_true(q->news);
	/* And a failure of what was asked anew. */
	q->news = false;
	question_await(q, 0);
	question_hear(q, 0, -1, &lost, SECOND);
	assert_true(q->news);
	drop(q);
}

static void
doubt_is_of_one_answer(void **state)
{
	struct question		*q = asked();
	struct inquiry_answer	 answers[INQUIRY_SOURCES];

	(void)state;
	question_hear(q, 0, 0, &none, SECOND);
	question_hear(q, 1, 0, &none, SECOND);
	question_answers(q, "", SECOND, answers);
	answers[0].answer = answers[1].answer = -1;
	answers[0].doubted = true;
	answers[0].why = lost;
	question_weigh(q, q->version, answers);
	question_answers(q, "", SECOND, answers);
	assert_true(answers[0].doubted);
	assert_string_equal(answers[0].why.text, "it is lost");
	assert_false(answers[1].doubted);
	assert_int_equal(question_verdict(q, 0), -1);
	question_hear(q, 0, -1, &none, SECOND);
	question_answers(q, "", SECOND, answers);
	assert_false(answers[0].doubted);
	drop(q);
}

static void
an_old_answer_is_none_beside_a_new_one(void **state)
{
	struct question		*q = asked();
	struct inquiry_answer	 answers[INQUIRY_SOURCES];

	(void)state;
	question_hear(q, 0, 0, &none, SECOND);
	question_hear(q, 1, 0, &none, 31 * SECOND);
	question_answers(q, "", 31 * SECOND, answers);
	assert_int_equal(answers[0].answer, 0);
	question_answers(q, "", 31 * SECOND + 1, answers);
	assert_int_equal(answers[0].answer, -1);
	assert_string_equal(answers[0].why.text, "answered too long ago");
	assert_int_equal(answers[1].answer, 0);
	question_weigh(q, q->version, answers);
	assert_int_equal(question_verdict(q, 0), -1);
	drop(q);
}

static void
the_table_finds_by_address_and_sources(void **state)
{
	struct questions	 t = { { NULL } };
	struct question		*q = question_new(&bob, 3, 2);
	struct question		*r = question_new(&bob, 1, 2);

	(void)state;
	questions_add(&t, q);
	questions_add(&t, r);
	assert_ptr_equal(questions_find(&t, &bob, 3), q);
	assert_ptr_equal(questions_find(&t, &bob, 1), r);
	assert_null(questions_find(&t, &bob, 2));
	q->refs++;
	question_unref(&t, q);
	assert_ptr_equal(questions_find(&t, &bob, 3), q);
	question_unref(&t, q);
	assert_null(questions_find(&t, &bob, 3));
	questions_drop(&t);
	assert_null(questions_find(&t, &bob, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_amount_to_a_verdict),
		cmocka_unit_test(the_address_is_a_copy),
		cmocka_unit_test(who_was_released_is_not_held_up_again),
		cmocka_unit_test(only_what_is_awaited_is_given_up),
		cmocka_unit_test(a_no_is_weighed_anew_when_it_is_said_anew),
		cmocka_unit_test(a_verdict_on_old_answers_is_none),
		cmocka_unit_test(what_is_to_be_told),
		cmocka_unit_test(doubt_is_of_one_answer),
		cmocka_unit_test(an_old_answer_is_none_beside_a_new_one),
		cmocka_unit_test(the_table_finds_by_address_and_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
