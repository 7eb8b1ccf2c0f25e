/* SPDX-License-Identifier: ISC
 * tests/unit/test_pseudonym_state.c - a state that has addresses gets pseudonyms, all
 * of it, and nothing else of it changes; whatever kills the process on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "db/key.h"
#include "db/record.h"
#include "policy/names.h"
#include "policy/rename.h"
#include "recipient/cache.h"
#include "whitelist/learned.h"

enum { NOW = 1700000000, DAY = 86400 };

struct place {
	char		 folder[64], state[80], key[80];
	struct store	*store;
	struct pseudonyms *p;
};

static void
open_store(struct place *w)
{
	const struct store_conf	sc = { .path = w->state };
	struct err		e;

	if (store_open(&w->store, &sc, &e) == -1)
		fail_msg("%s", e.text);
}

static int
make_place(void **state)
{
	struct place	*w = calloc(1, sizeof(*w));
	struct err	 e;

	(void)strcpy(w->folder, "/tmp/greygate-rename.XXXXXX");
	if (mkdtemp(w->folder) == NULL)
		return -1;
	(void)snprintf(w->state, sizeof(w->state), "%s/state", w->folder);
	(void)snprintf(w->key, sizeof(w->key), "%s/key", w->folder);
	*state = w;
	if (mkdir(w->state, 0700) == -1 ||
	    pseudonyms_open(&w->p, w->key, &e) == -1)
		return -1;
	open_store(w);
	return 0;
}

static int
remove_place(void **state)
{
	struct place	*w = *state;
	char		 command[128];

	store_close(&w->store);
	pseudonyms_free(&w->p);
	(void)snprintf(command, sizeof(command), "rm -r %s", w->folder);
	(void)!system(command);
	free(w);
	return 0;
}

static void
put_record(struct store_item *items, size_t n, void *arg)
{
	const struct record	*rec = arg;

	(void)n;
	record_encode(rec, items->value);
	items->len = RECORD_SIZE;
	items->expires = rec->expires;
	items->act = STORE_PUT;
}

static void
put_triplet(struct place *w, const char *sender, const char *rcpt,
    unsigned tries)
{
	const struct record	rec = { .first = NOW, .last = NOW,
				    .expires = NOW + DAY + tries,
				    .tries = tries, .state = RECORD_PENDING };
	struct store_item	item;

	key_make(&item.key, KEY_TRIPLET, "net:192.0.2.0/24", sender, rcpt);
	assert_int_equal(store_step(w->store, &item, 1, put_record,
	    (void *)(uintptr_t)&rec, NULL), 0);
}

static void
put_letter(struct place *w, const char *ours, const char *user,
    const char *outside)
{
	const struct learned_letter	letter = { .outside = outside,
					    .ours = ours, .user = user,
					    .queue = "4Xw1",
					    .organisation = "out.example" };
	const struct learned_limits	limits = { .remember = 90 * DAY,
					    .max_per_hour = 1000 };
	uint32_t			excess;

	assert_int_equal(learned_note(w->store, &letter, &limits, NOW,
	    &excess, NULL), 1);
}

static const struct cache_rule	cached = { .fresh = DAY, .stale = DAY,
				    .negative = DAY, .former = DAY,
				    .size = 1000 };

static void
put_cached(struct place *w, const char *address)
{
	struct cache	*c = cache_new(w->store);

	assert_int_equal(cache_accept(c, &cached, address, NOW, NULL), 0);
	cache_free(&c);
}

/* None of these is in any pseudonym: 0 is no digit of base32. */
static bool
has_a_name(const void *bytes, size_t len)
{
	static const char *const names[] = { "a0n", "b0b", "e0e", "z0e" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (memmem(bytes, len, names[i], strlen(names[i])) != NULL)
			return true;
	return false;
}

static bool
look(const struct store_item *item, void *arg)
{
	if (has_a_name(item->key.bytes, item->key.len) ||
	    has_a_name(item->value, item->len))
		++*(unsigned *)arg;
	return true;
}

static unsigned
in_clear(struct place *w)
{
	unsigned	n = 0;

	assert_int_equal(store_walk(w->store, "", 0, look, &n, NULL), 0);
	return n;
}

static uint64_t
rename_it(struct place *w, struct renamed *out)
{
	struct err	e;

	if (rename_state(w->store, w->p, NOW, out, &e) == -1)
		fail_msg("%s", e.text);
	return out->n;
}

/* The tries of the triplet; 0: there is none. */
static unsigned
tries(struct place *w, const char *sender, const char *rcpt)
{
	char			*s = names_sender(w->p, sender);
	char			*r = names_recipient(w->p, rcpt);
	struct store_item	 item;
	struct record		 rec;
	int			 found;

	key_make(&item.key, KEY_TRIPLET, "net:192.0.2.0/24", s, r);
	found = store_get(w->store, &item, NULL);
	free(s), free(r);
	if (found == 0)
		return 0;
	assert_int_equal(found, 1);
	assert_int_equal(record_decode(&rec, item.value, item.len,
	    item.expires, NULL), 0);
	assert_int_equal(item.expires, NOW + DAY + rec.tries);
	return rec.tries;
}

static void
put_all(struct place *w)
{
	put_triplet(w, "b0b@out.example", "a0n@example.com", 1);
	put_triplet(w, "", "a0n+x@example.com", 2);
	put_triplet(w, "b0b@out.example", "postmaster@example.com", 3);
	put_letter(w, "a0n@example.com", "z0e", "e0e@out.example");
	put_letter(w, "a0n@example.com", "z0e", "b0b@out.example");
	put_cached(w, "a0n@example.com");
}

static void
every_record_gets_its_name_and_keeps_the_rest(void **state)
{
	struct place		*w = *state;
	char			*ann = pseudonym_of(w->p, "a0n@example.com");
	char			*eve = pseudonym_of(w->p, "e0e@out.example");
	char			*zoe = pseudonym_of(w->p, "z0e");
	const char		*const none[] = { NULL };
	const struct learned_question q = { .outside = eve, .ours = ann,
				    .scope = CONF_LEARN_MAILBOX,
				    .identities = none };
	struct learned_answer	 answer;
	struct renamed		 done;
	struct store_stats	 before, after;

	put_all(w);
	store_stats(w->store, &before);
	assert_int_not_equal(in_clear(w), 0);
	/* 3 triplets, 2 pairs, 1 bounce, 1 hour, 1 cached; and a mark. */
	assert_int_equal(rename_it(w, &done), 8);
	assert_false(done.other_key);
	assert_int_equal(in_clear(w), 0);
	store_stats(w->store, &after);
	assert_int_equal(after.records, before.records + 1);
	assert_int_equal(tries(w, "b0b@out.example", "a0n@example.com"), 1);
	assert_int_equal(tries(w, "", "A0n+X@example.com"), 2);
	assert_int_equal(tries(w, "b0b@out.example",
	    "postmaster@example.com"), 3);
	assert_int_equal(learned_find(w->store, &q, NOW, &answer, NULL), 1);
	assert_string_equal(answer.pair.user, zoe);
	assert_string_equal(answer.pair.queue, "4Xw1");
	assert_int_equal(answer.pair.letters, 1);
	assert_int_equal(learned_expects_bounce(w->store, ann, "out.example",
	    NOW, NULL), 1);
	free(ann), free(eve), free(zoe);
}

static void
a_cached_recipient_is_found_under_its_name(void **state)
{
	struct place	*w = *state;
	struct cache	*c = cache_new(w->store);
	struct cached	 got;
	struct renamed	 done;

	put_cached(w, "a0n@example.com");
	(void)rename_it(w, &done);
	cache_name(c, w->p);
	assert_int_equal(cache_get(c, &cached, "a0n@example.com", NOW, &got,
	    NULL), 1);
	assert_true(got.yes);
	cache_free(&c);
}

static void
a_second_run_finds_nothing_to_do(void **state)
{
	struct place	*w = *state;
	struct renamed	 done;

	put_all(w);
	(void)rename_it(w, &done);
	put_triplet(w, "z0e@out.example", "a0n@example.com", 1);
	/* Once all are done it is not even looked for. */
	assert_int_equal(rename_it(w, &done), 0);
	assert_int_equal(in_clear(w), 1);
}

static void
after_a_while_without_them_the_rest_gets_names(void **state)
{
	struct place	*w = *state;
	struct pseudonyms *p = w->p;
	struct renamed	 done;

	put_triplet(w, "b0b@out.example", "a0n@example.com", 1);
	put_triplet(w, "b0b@out.example", "z0e@example.com", 9);
	(void)rename_it(w, &done);
	w->p = NULL;
	assert_int_equal(rename_it(w, &done), 0);
	w->p = p;
	put_triplet(w, "b0b@out.example", "a0n@example.com", 5);
	put_triplet(w, "b0b@out.example", "z0e@example.com", 2);
	assert_int_equal(rename_it(w, &done), 2);
	assert_int_equal(in_clear(w), 0);
	/* Of two that are the same the longer one. */
	assert_int_equal(tries(w, "b0b@out.example", "a0n@example.com"), 5);
	assert_int_equal(tries(w, "b0b@out.example", "z0e@example.com"), 9);
}

static void
another_key_is_told(void **state)
{
	struct place	*w = *state;
	struct renamed	 done;
	struct err	 e;

	put_all(w);
	(void)rename_it(w, &done);
	pseudonyms_free(&w->p);
	assert_int_equal(unlink(w->key), 0);
	assert_int_equal(pseudonyms_open(&w->p, w->key, &e), 0);
	assert_int_equal(rename_it(w, &done), 0);
	assert_true(done.other_key);
	(void)rename_it(w, &done);
	assert_false(done.other_key);
}

static void
what_has_expired_goes(void **state)
{
	struct place	*w = *state;
	struct renamed	 done;
	struct err	 e;

	put_triplet(w, "b0b@out.example", "a0n@example.com", 1);
	assert_int_equal(rename_state(w->store, w->p, NOW + 9 * DAY, &done,
	    &e), 0);
	assert_int_equal(in_clear(w), 0);
	assert_int_equal(tries(w, "b0b@out.example", "a0n@example.com"), 0);
}

/* Too long for a key: a digest stands there, and the rest is named. */
static void
a_hashed_part_stays(void **state)
{
	struct place		*w = *state;
	char			 text[400];
	struct store_item	 item;
	struct renamed		 done;
	char			*ann = pseudonym_of(w->p, "a0n@example.com");

	memset(text, 'x', sizeof(text));
	(void)strcpy(text + 380, "@out.example");
	put_triplet(w, text, "a0n@example.com", 1);
	assert_int_equal(rename_it(w, &done), 1);
	key_make(&item.key, KEY_TRIPLET, "net:192.0.2.0/24", text, ann);
	assert_int_equal(store_get(w->store, &item, NULL), 1);
	free(ann);
}

static void
a_kill_in_the_middle_loses_nothing(void **state)
{
	enum { RECORDS = 4000, KILLS = 12 };
	struct place	*w = *state;
	struct renamed	 done;
	char		 rcpt[64], byte;
	int		 begun[2];
	unsigned	 interrupted = 0, left;
	pid_t		 pid;

	for (unsigned i = 0; i < RECORDS; i++) {
		(void)snprintf(rcpt, sizeof(rcpt), "z0e%u@example.com", i);
		put_triplet(w, "b0b@out.example", rcpt, 1 + i);
	}
	store_close(&w->store);
	for (int turn = 0; turn < KILLS; turn++) {
		assert_int_equal(pipe(begun), 0);
		pid = fork();
		if (pid == 0) {
			open_store(w);
			(void)!write(begun[1], "", 1);
			(void)rename_it(w, &done);
			_exit(0);
		}
		assert_int_equal(read(begun[0], &byte, 1), 1);
		(void)usleep((useconds_t)(1000 * (turn + 1)));
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		(void)close(begun[0]), (void)close(begun[1]);
		open_store(w);
		left = in_clear(w);
		interrupted += left > 0 && left < RECORDS;
		store_close(&w->store);
	}
	assert_int_not_equal(interrupted, 0);
	open_store(w);
	(void)rename_it(w, &done);
	assert_int_equal(in_clear(w), 0);
	for (unsigned i = 0; i < RECORDS; i++) {
		(void)snprintf(rcpt, sizeof(rcpt), "z0e%u@example.com", i);
		assert_int_equal(tries(w, "b0b@out.example", rcpt), 1 + i);
	}
}

#define TEST(name)							\
	cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_record_gets_its_name_and_keeps_the_rest),
		TEST(a_cached_recipient_is_found_under_its_name),
		TEST(a_second_run_finds_nothing_to_do),
		TEST(after_a_while_without_them_the_rest_gets_names),
		TEST(another_key_is_told),
		TEST(what_has_expired_goes),
		TEST(a_hashed_part_stays),
		TEST(a_kill_in_the_middle_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
