/* SPDX-License-Identifier: ISC
 * tests/unit/test_inquiry_faults.c - sources that fail, dawdle and go down at
 * random under many that ask: no failure ever becomes a "no". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/scripted_source.h"

/* What the fault run knows: which source has which address. */
static bool
has(unsigned source, unsigned address)
{
	return (address * 2654435761u >> (8 + 4 * source)) % 4 == 0;
}

struct fuzzing {
	struct asking	*asking;
	unsigned	 seed;
	unsigned	 yes, no, cannot, wrong;
	pthread_t	 thread;
};

enum { ADDRESSES = 300, ASKS = 2000, ENOUGH = 200, ASKERS = 8, SOURCES = 3 };

static void *
ask_on(void *arg)
{
	struct fuzzing	*f = arg;
	char		 name[32];

	for (int n = 0; n < ASKS || (f->no < ENOUGH && n < 20 * ASKS); n++) {
		unsigned	i = (unsigned)rand_r(&f->seed) % ADDRESSES;
		uint32_t	mask = 1 + (uint32_t)rand_r(&f->seed) % 7;
		int		wait = rand_r(&f->seed) % 6;
		bool		there = false;

		for (unsigned s = 0; s < SOURCES; s++)
			there = there || ((mask >> s & 1) != 0 && has(s, i));
		(void)snprintf(name, sizeof(name), "%u@example.com", i);
		switch (asking_ask(f->asking, name, mask, wait, NULL)) {
		case 1:
			f->yes++;
			f->wrong += !there;
			break;
		case 0:
			f->no++;
			f->wrong += there;
			break;
		default:
			f->cannot++;
			(void)usleep(100);
		}
	}
	return NULL;
}

/* done() must not be told a false "no" either. */
static unsigned
count_false_noes(const struct asking *a)
{
	unsigned	wrong = 0;

	for (unsigned n = 0; n < a->told_n && n < TOLD_MAX; n++) {
		unsigned	i = (unsigned)atoi(a->told[n].address);

		for (unsigned s = 0; s < SOURCES; s++)
			wrong += a->told[n].answers[s].answer == 0 &&
			    has(s, i);
	}
	return wrong;
}

static void
failures_never_make_a_no(void **state)
{
	struct asking	*a = asking_new(SOURCES, 3);
	struct fuzzing	 f[ASKERS];
	unsigned	 yes = 0, no = 0, cannot = 0, wrong = 0;

	(void)state;
	for (unsigned i = 0; i < SOURCES; i++) {
		a->script[i].fault = i + 1;
		a->script[i].has = has;
		a->script[i].number = i;
	}
	for (unsigned i = 0; i < ASKERS; i++) {
		f[i] = (struct fuzzing){ .asking = a, .seed = i + 1 };
		assert_int_equal(pthread_create(&f[i].thread, NULL, ask_on,
		    &f[i]), 0);
	}
	for (unsigned i = 0; i < ASKERS; i++) {
		assert_int_equal(pthread_join(f[i].thread, NULL), 0);
		yes += f[i].yes;
		no += f[i].no;
		cannot += f[i].cannot;
		wrong += f[i].wrong;
	}
	print_message("%u yes, %u no, %u cannot tell, %u wrong; %llu times "
	    "overdue\n", yes, no, cannot, wrong, asking_stats(a, 0).overdue +
	    asking_stats(a, 1).overdue + asking_stats(a, 2).overdue);
	assert_int_equal(wrong, 0);
	assert_true(yes > 1000 && no >= ASKERS * ENOUGH && cannot > 1000);
	inquiry_free(&a->inquiry, 10000);
	assert_int_equal(count_false_noes(a), 0);
	asking_end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_never_make_a_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
