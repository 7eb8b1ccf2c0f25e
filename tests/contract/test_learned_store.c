/* SPDX-License-Identifier: ISC
 * tests/contract/test_learned_store.c - what was learned, over each store: it
 * outlives restarts and kill -9, is not trusted when damaged, and threads share
 * it. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "db/key.h"
#include "tests/lib/store_world.h"
#include "whitelist/learned.h"

enum { LEARNERS = 3, ROUNDS = 150, DAY = 86400, REMEMBER = 90 * DAY };

static const int64_t	now = 1800000000;

static const char *const	by_spf[] = { "spf:x.net", NULL };

/* For "<n>@x.net", as al@a.org. */
static int
note(struct store *s, int n, struct err *e)
{
	char			outside[40];
	struct learned_letter	l = { outside, "al@a.org", "al", "4Q1",
				    "x.net" };
	struct learned_limits	limits = { REMEMBER, UINT32_MAX };
	uint32_t		excess;

	(void)snprintf(outside, sizeof(outside), "%d@x.net", n);
	return learned_note(s, &l, &limits, now, &excess, e);
}

static int
find(struct store *s, int n, enum conf_learn_scope scope,
    struct learned_answer *out)
{
	char			outside[40];
	struct learned_question	q = { outside, "al@a.org", scope, by_spf };

	(void)snprintf(outside, sizeof(outside), "%d@x.net", n);
	return learned_find(s, &q, now + 1, out, NULL);
}

static int
note_answer(struct store *s, int n)
{
	char			outside[40];
	struct learned_question	q = { outside, "al@a.org",
				    CONF_LEARN_SITE, by_spf };

	(void)snprintf(outside, sizeof(outside), "%d@x.net", n);
	return learned_note_answer(s, &q, REMEMBER, now + 1, NULL);
}

static bool
count(const struct learned_pair *p, void *arg)
{
	(void)p;
	++*(int *)arg;
	return true;
}

static int
count_pairs(struct store *s)
{
	struct learned_filter	all = { .since = 0 };
	int			n = 0;

	assert_int_equal(learned_each(s, &all, now, count, &n, NULL), 0);
	return n;
}

static void
what_was_learned_outlives_a_restart(void **state)
{
	struct world			*w = *state;
	const struct learned_filter	 one = { .outside = "1@x.net" };
	struct learned_answer		 out;
	struct err			 e;
	size_t				 n;

	for (int i = 0; i < 3; i++)
		assert_int_equal(note(w->s, i, &e), 1);
	assert_int_equal(note_answer(w->s, 2), 1);
	assert_int_equal(learned_forget(w->s, &one, now, &n, &e), 0);
	assert_int_equal(n, 1);
	store_close(&w->s);
	world_open(w);
	assert_int_equal(count_pairs(w->s), 2);
	assert_int_equal(find(w->s, 1, CONF_LEARN_SITE, &out), 0);
	assert_int_equal(find(w->s, 2, CONF_LEARN_DOMAIN, &out), 1);
	assert_int_equal(out.pair.first, now);
	assert_int_equal(out.pair.answered, now + 1);
	assert_string_equal(out.pair.queue, "4Q1");
	assert_string_equal(out.identity, "spf:x.net");
	assert_int_equal(learned_expects_bounce(w->s, "al@a.org", "x.net",
	    now + 1, NULL), 1);
}

/* Learns and tells, until it is killed. */
static void
learn_until_killed(struct world *w, int from, int out)
{
	struct err	e;

	if (world_try_open(w, &e) == -1)
		_exit(2);
	for (int i = from;; i++)
		if (note(w->s, i, &e) != 1 ||
		    write(out, &i, sizeof(i)) != sizeof(i))
			_exit(1);
}

/* The last that was told of before the kill. */
static int
kill_a_learner(struct world *w, int from, int after)
{
	int	ends[2], i, last = -1, status;
	pid_t	child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		(void)close(ends[0]);
		learn_until_killed(w, from, ends[1]);
	}
	(void)close(ends[1]);
	while (read(ends[0], &i, sizeof(i)) == sizeof(i)) {
		last = i;
		if (i == from + after)
			(void)kill(child, SIGKILL);
	}
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	return last;
}

static void
what_learned_note_said_outlives_kill_9(void **state)
{
	struct world		*w = *state;
	struct learned_answer	 out;
	int			 next = 0, last;

	for (int round = 0; round < 8; round++) {
		last = kill_a_learner(w, next, 1 + 37 * round);
		assert_true(last > next);
		world_open(w);
		for (; next <= last; next++)
			assert_int_equal(find(w->s, next, CONF_LEARN_MAILBOX,
			    &out), 1);
		assert_int_equal(learned_expects_bounce(w->s, "al@a.org",
		    "x.net", now + 1, NULL), 1);
		store_close(&w->s);
	}
}

enum { CUT = -1, LONG_USER = -2, LONG_QUEUE = -3, TEXTS = 33 };

/* User and queue of so many bytes, and nothing behind them. */
static void
set_texts(struct store_item *item, uint8_t user, uint8_t queue)
{
	uint8_t	*to = item->value + TEXTS;

	memset(to, 'x', 4u + user + queue);
	to[0] = to[2 + user] = 0;
	to[1] = user;
	to[3 + user] = queue;
	item->len = TEXTS + 4u + user + queue;
}

/* Damage, or a later version: never a reason to let a stranger in. */
static void
spoil(struct store_item *items, size_t n, void *arg)
{
	const int	*at = arg;

	(void)n;
	if (*at == CUT)
		items->len -= 1;
	else if (*at == LONG_USER)
		set_texts(items, LEARNED_LOGIN_MAX + 1, 1);
	else if (*at == LONG_QUEUE)
		set_texts(items, 1, LEARNED_QUEUE_MAX + 1);
	else
		items->value[*at] ^= 0x40;
	items->act = STORE_PUT;
}

static void
a_record_that_cannot_be_read_is_never_trusted(void **state)
{
	/* The format; the lengths of user, queue and identity. */
	static int		 at[] = { CUT, LONG_USER, LONG_QUEUE, 0, 33, 34,
				    37, 38, 42, 43 };
	struct store		*s = ((struct world *)*state)->s;
	struct store_item	 item;
	struct learned_answer	 out;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		assert_int_equal(note(s, 1, NULL), 1);
		assert_int_equal(note_answer(s, 1), 1);
		assert_int_equal(find(s, 1, CONF_LEARN_MAILBOX, &out), 1);
		assert_true(out.known_identity);
		key_make(&item.key, KEY_LEARNED, "1@x.net", "a.org", "al");
		assert_int_equal(store_step(s, &item, 1, spoil, &at[i], NULL),
		    0);
		if (find(s, 1, CONF_LEARN_MAILBOX, &out) != 0 ||
		    find(s, 1, CONF_LEARN_SITE, &out) != 0 ||
		    note_answer(s, 1) != 0 || count_pairs(s) != 0)
			fail_msg("trusted with byte %d spoilt", at[i]);
		/* It is in nobody's way. */
		assert_int_equal(note(s, 1, NULL), 1);
		assert_int_equal(find(s, 1, CONF_LEARN_SITE, &out), 1);
		assert_int_equal(out.pair.letters, 1);
		assert_int_equal(store_remove(s, &item.key, NULL), 1);
	}
}

struct crowd {
	struct store	*s;
	atomic_bool	 stop;
	atomic_uint	 bad;
};

/* The shared pair, which others forget; the shared one, which nobody does; and
 * questions. */
static void *
learn_and_ask(void *arg)
{
	struct crowd		*c = arg;
	struct learned_answer	 out;

	for (int i = 0; i < ROUNDS; i++) {
		if (note(c->s, 1, NULL) != 1 || note(c->s, 2, NULL) != 1 ||
		    note_answer(c->s, 1) == -1 || note_answer(c->s, 2) != 1 ||
		    find(c->s, 1, CONF_LEARN_SITE, &out) == -1 ||
		    find(c->s, 2, CONF_LEARN_DOMAIN, &out) != 1 ||
		    !out.known_identity)
			atomic_fetch_add(&c->bad, 1);
	}
	return NULL;
}

static void *
forget_on(void *arg)
{
	struct crowd			*c = arg;
	const struct learned_filter	 one = { .outside = "1@x.net",
					    .by = "al" };
	size_t				 n;

	do {
		if (learned_forget(c->s, &one, now, &n, NULL) == -1 || n > 1)
			atomic_fetch_add(&c->bad, 1);
	} while (!atomic_load(&c->stop));
	return NULL;
}

static void
threads_learn_the_same_pair_while_others_forget(void **state)
{
	struct store		*s = ((struct world *)*state)->s;
	struct crowd		 c = { .s = s };
	pthread_t		 learner[LEARNERS], forgetter;
	struct learned_answer	 out;

	assert_int_equal(pthread_create(&forgetter, NULL, forget_on, &c), 0);
	for (int i = 0; i < LEARNERS; i++)
		assert_int_equal(pthread_create(&learner[i], NULL,
		    learn_and_ask, &c), 0);
	for (int i = 0; i < LEARNERS; i++)
		(void)pthread_join(learner[i], NULL);
	atomic_store(&c.stop, true);
	(void)pthread_join(forgetter, NULL);
	assert_int_equal(atomic_load(&c.bad), 0);
	/* Not a letter and not an answer is lost. */
	assert_int_equal(find(s, 2, CONF_LEARN_MAILBOX, &out), 1);
	assert_int_equal(out.pair.letters, LEARNERS * ROUNDS);
	assert_int_equal(out.pair.answers, LEARNERS * ROUNDS);
	assert_int_equal(learned_expects_bounce(s, "al@a.org", "x.net",
	    now + 1, NULL), 1);
}

#define BOTH(f)								\
	{ #f " (memory)", f, world_in_memory, world_end, NULL },	\
	{ #f " (Berkeley DB)", f, world_in_folder, world_end, NULL }
#define BDB(f, setup)							\
	{ #f, f, setup, world_end, NULL }

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		BDB(what_was_learned_outlives_a_restart, world_in_folder),
		BDB(what_learned_note_said_outlives_kill_9, world_closed),
		BOTH(a_record_that_cannot_be_read_is_never_trusted),
		BOTH(threads_learn_the_same_pair_while_others_forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
