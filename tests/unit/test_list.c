/* SPDX-License-Identifier: ISC
 * tests/unit/test_list.c - a great many texts, and what they cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "recipient/list.h"

enum { MANY = 200000 };

static void
add(struct list *l, const char *text)
{
	assert_int_equal(list_add(l, text, strlen(text)), 0);
}

static bool
has(const struct list *l, const char *text)
{
	return list_has(l, text, strlen(text));
}

static void
name(char out[64], unsigned i)
{
	(void)snprintf(out, 64, "user%u@host%u.example.com", i, i % 97);
}

static void
an_empty_list_has_nothing(void **state)
{
	struct list	*l = list_new();

	(void)state;
	assert_false(has(l, ""));
	assert_false(has(l, "a"));
	assert_int_equal(list_count(l), 0);
	list_unref(&l);
	assert_null(l);
	list_unref(&l);
}

static void
list_has_what_was_added_and_nothing_like_it(void **state)
{
	static const char *const	in[] = { "bob@x", "", "@x", "bob@xy",
					    "eightbyt", "sixteen bytes of" };
	static const char *const	out[] = { "bob@", "bob@y", "Bob@x",
					    "bob@x ", "eightby", "eightbyt ",
					    "sixteen bytes if" };
	struct list			*l = list_new();

	(void)state;
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		add(l, in[i]);
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		assert_true(has(l, in[i]));
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		if (has(l, out[i]))
			fail_msg("it has \"%s\"", out[i]);
	list_unref(&l);
}

static void
text_added_twice_is_there_once(void **state)
{
	struct list	*l = list_new();

	(void)state;
	add(l, "bob@x");
	add(l, "bob@x");
	assert_int_equal(list_count(l), 1);
	list_unref(&l);
}

static void
any_bytes_up_to_the_limit_are_a_text(void **state)
{
	struct list	*l = list_new();
	char		 text[LIST_TEXT_MAX + 1];

	(void)state;
	memset(text, 0, sizeof(text));
	assert_int_equal(list_add(l, text, 33), 0);
	assert_true(list_has(l, text, 33));
	assert_false(list_has(l, text, 32));
	assert_int_equal(list_add(l, text, LIST_TEXT_MAX), 0);
	assert_int_equal(list_add(l, text, LIST_TEXT_MAX + 1), -1);
	assert_int_equal(list_count(l), 2);
	assert_true(list_has(l, text, LIST_TEXT_MAX));
	list_unref(&l);
}

static bool
is_next(const char *text, size_t len, void *arg)
{
	unsigned	*i = arg;
	char		 wanted[64];

	name(wanted, (*i)++);
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(text, wanted, len);
	return *i < MANY - 1;
}

static void
a_great_many_are_all_found_and_walked_in_their_order(void **state)
{
	struct list	*l = list_new();
	unsigned	 walked = 0;
	char		 text[64];

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		name(text, i);
		add(l, text);
	}
	assert_int_equal(list_count(l), MANY);
	for (unsigned i = 0; i < 2 * MANY; i++) {
		name(text, i);
		if (has(l, text) != (i < MANY))
			fail_msg("%s: not %d", text, i < MANY);
	}
	list_walk(l, is_next, &walked);
	/* It stopped where it was told to. */
	assert_int_equal(walked, MANY - 1);
	list_unref(&l);
}

/* Just past a doubling of the table, where it costs most. */
static void
text_of_25_bytes_costs_under_100(void **state)
{
	struct list	*l = list_new();
	size_t		 worst = 0, each;
	char		 text[64];

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(text, sizeof(text), "user%06u@some.example.com",
		    i);
		assert_int_equal(strlen(text), 27);
		add(l, text);
		each = list_bytes(l) / (i + 1);
		if (i > 2000 && each > worst)
			worst = each;
	}
	if (worst >= 100 || worst < 27)
		fail_msg("%zu bytes each", worst);
	list_unref(&l);
}

static void
list_lives_as_long_as_its_last_owner(void **state)
{
	struct list	*l = list_new(), *other = list_ref(l);

	(void)state;
	add(l, "bob@x");
	list_unref(&l);
	assert_null(l);
	assert_true(has(other, "bob@x"));
	list_unref(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_list_has_nothing),
		cmocka_unit_test(list_has_what_was_added_and_nothing_like_it),
		cmocka_unit_test(text_added_twice_is_there_once),
		cmocka_unit_test(any_bytes_up_to_the_limit_are_a_text),
		cmocka_unit_test(a_great_many_are_all_found_and_walked_in_their_order),
		cmocka_unit_test(text_of_25_bytes_costs_under_100),
		cmocka_unit_test(list_lives_as_long_as_its_last_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
