/* SPDX-License-Identifier: ISC
 * tests/contract/test_tally.c - counts by the hour: none is missing, none is
 * there twice. On both stores; kill -9 on the one that survives it. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "db/key.h"
#include "journal/tally.h"
#include "journal/tally_value.h"
#include "policy/keeper.h"
#include "policy/policy.h"
#include "tests/lib/store_world.h"

enum { HOUR = 3600, DAY = 24 * HOUR, YEAR_HOURS = 8760, THREADS = 4,
	EACH = 5000, ROUNDS = 6 };

static const int64_t	start = 1800000000;	/* 08:00:00 of some day */

static struct tally *
begin(struct world *w)
{
	struct tally	*t = tally_new(w->s);

	assert_non_null(t);
	return t;
}

static void
flush(struct tally *t, int64_t now)
{
	struct err	e = { "" };

	if (tally_flush(t, now, &e) == -1)
		fail_msg("%s", e.text);
}

static void
count(struct tally *t, const char *verdict, const char *reason, int64_t now)
{
	tally_count(t, &(struct tally_fact){ verdict, reason, -1, NULL }, now);
}

static void
count_delay(struct tally *t, const char *by, int64_t delayed, int64_t now)
{
	tally_count(t, &(struct tally_fact){ "pass", "retried", delayed, by },
	    now);
}

/* What is read, as one line: "08:defer new 3,pass retried 1;09:...". */
static bool
write_down(const struct tally_hour *h, void *arg)
{
	char	*to = arg;

	(void)sprintf(to + strlen(to), "%s%d:", *to != '\0' ? ";" : "",
	    (int)(h->hour % DAY / HOUR));
	for (unsigned i = 0; i < h->n; i++)
		(void)sprintf(to + strlen(to), "%s%s %d", i > 0 ? "," : "",
		    h->decisions[i].word, (int)h->decisions[i].count);
	return true;
}

static void
expect(struct world *w, int64_t from, int64_t until, const char *want)
{
	char	got[4000] = "";

	assert_int_equal(tally_each(w->s, from, until, write_down, got, NULL),
	    0);
	assert_string_equal(got, want);
}

static bool
add_up(const struct tally_hour *h, void *arg)
{
	struct tally_hour	*sum = arg;

	tally_add_hour(sum, h);
	sum->hour++;			/* how many there are */
	return true;
}

static struct tally_hour *
sum_of(struct world *w)
{
	static struct tally_hour	sum;

	memset(&sum, 0, sizeof(sum));
	assert_int_equal(tally_each(w->s, 0, INT64_MAX, add_up, &sum, NULL), 0);
	return &sum;
}

static uint64_t
total(struct world *w)
{
	const struct tally_hour	*sum = sum_of(w);
	uint64_t		 n = 0;

	for (unsigned i = 0; i < sum->n; i++)
		n += sum->decisions[i].count;
	return n;
}

static void
an_hour_begins_at_its_first_second(void **state)
{
	struct world	*w = *state;
	struct tally	*t = begin(w);

	count(t, "defer", "new", start - 1);
	count(t, "defer", "new", start);
	count(t, "pass", "retried", start + HOUR - 1);
	count(t, "reject", "rule", start + HOUR);
	flush(t, start + HOUR);
	expect(w, start, start + 1, "8:defer new 1,pass retried 1");
	expect(w, start + 1, start + HOUR, "");
	expect(w, start - HOUR, start + 2 * HOUR, "7:defer new 1;"
	    "8:defer new 1,pass retried 1;9:reject rule 1");
	expect(w, 0, INT64_MAX, "7:defer new 1;"
	    "8:defer new 1,pass retried 1;9:reject rule 1");
	tally_free(&t);
}

static bool
take_one(const struct tally_hour *h, void *arg)
{
	(void)h;
	return ++*(int *)arg < 2;
}

static void
reading_ends_when_it_is_told_to(void **state)
{
	struct world	*w = *state;
	struct tally	*t = begin(w);
	int		 seen = 0;

	for (int i = 0; i < 5; i++)
		count(t, "defer", "new", start + i * HOUR);
	flush(t, start);
	assert_int_equal(tally_each(w->s, start, start + DAY, take_one, &seen,
	    NULL), 0);
	assert_int_equal(seen, 2);
	tally_free(&t);
}

static void
flushes_add_up_also_of_two_daemons_in_turn(void **state)
{
	struct world	*w = *state;
	struct tally	*t;

	for (int i = 0; i < 3; i++) {
		t = begin(w);
		count(t, "defer", "new", start);
		flush(t, start);
		count(t, "defer", "new", start);
		count(t, "pass", "proven", start);
		flush(t, start + 1);
		flush(t, start + 2);
		tally_free(&t);
	}
	expect(w, start, start + 1, "8:defer new 6,pass proven 3");
}

static void
a_clock_that_jumps_loses_nothing(void **state)
{
	static const int64_t	jumps[] = { 0, 300 * DAY, -30 * DAY,
				    40 * 365 * (int64_t)DAY, 7, -1800000001,
				    INT64_MAX - 1800000000 };
	struct world		*w = *state;
	struct tally		*t = begin(w);

	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		count(t, "defer", "new", start + jumps[i]);
		count_delay(t, "net:192.0.2.0/24", 60, start + jumps[i]);
	}
	/* What is before 1970 stands in its first hour, and is too old. */
	flush(t, start);
	assert_int_equal(total(w), 12);
	expect(w, 0, start, "8:defer new 1,pass retried 1");
	tally_free(&t);
}

static void
delays_are_told_by_who_brought_them(void **state)
{
	static const struct { const char *by; int64_t delayed; unsigned kind,
	    bucket; } rows[] = {
		{ "addr:192.0.2.1", 0, 0, 0 }, { "net:192.0.2.0/24", 10, 1, 0 },
		{ "net:192.0.2.0/24", 11, 1, 1 }, { "name:a.org", 300, 2, 11 },
		{ "spf:a.org", 604800, 3, 38 }, { "spf:a.org", 604801, 3, 39 },
	};
	struct world	*w = *state;
	struct tally	*t = begin(w);
	uint64_t	 all = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		count_delay(t, rows[i].by, rows[i].delayed, start);
	count_delay(t, NULL, 5, start);
	count_delay(t, "netlike", 5, start);
	flush(t, start);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (sum_of(w)->delays[rows[i].kind][rows[i].bucket] != 1)
			fail_msg("row %zu", i);
	for (unsigned k = 0; k < TALLY_KINDS; k++)
		for (unsigned b = 0; b < TALLY_DELAYS; b++)
			all += sum_of(w)->delays[k][b];
	assert_int_equal(all, 6);
	assert_int_equal(total(w), 8);
	tally_free(&t);
}

static void
limits_of_delays_grow(void **state)
{
	(void)state;
	for (unsigned b = 1; b < TALLY_DELAYS; b++)
		assert_true(tally_delay_limit(b - 1) < tally_delay_limit(b));
	assert_true(tally_delay_limit(TALLY_DELAYS - 1) == INT64_MAX);
}

/* Long words with large counts need every record there is. */
static void
as_many_words_as_there_may_be_fit(void **state)
{
	struct world	*w = *state;
	struct tally	*t = begin(w);
	char		 reason[40];
	uint64_t	 n = 0;

	for (int again = 0; again < 2; again++) {
		for (int i = 0; i < TALLY_WORDS + 6; i++) {
			(void)snprintf(reason, sizeof(reason),
			    "a-reason-of-some-length-%02d", i);
			for (int k = 0; k <= i; k++, n++)
				count(t, "p", reason, start);
		}
		flush(t, start);
	}
	assert_int_equal(sum_of(w)->n, TALLY_WORDS);
	assert_string_equal(sum_of(w)->decisions[TALLY_WORDS - 1].word,
	    "other");
	assert_int_equal(sum_of(w)->decisions[0].count, 2);
	assert_int_equal(sum_of(w)->decisions[40].count, 82);
	assert_int_equal(total(w), n);
	tally_free(&t);
}

static void
largest_counts_survive_their_record(void **state)
{
	struct tally_hour	h = { .records = UINT64_MAX, .bytes = 7 }, back;
	struct store_item	items[TALLY_PAGES];
	unsigned		pages;

	(void)state;
	for (int i = 0; i < TALLY_WORDS; i++) {
		(void)snprintf(h.decisions[i].word, TALLY_WORD_SIZE,
		    "%031d", i);
		h.decisions[i].count = UINT64_MAX - (uint64_t)i;
	}
	memset(h.decisions[TALLY_WORDS - 1].word, 0, TALLY_WORD_SIZE);
	(void)strcpy(h.decisions[TALLY_WORDS - 1].word, "other");
	h.n = TALLY_WORDS;
	assert_false(tally_encode_pages(&h, items, TALLY_PAGES - 1));
	assert_true(tally_encode_pages(&h, items, TALLY_PAGES));
	memset(&back, 0, sizeof(back));
	for (unsigned p = 0; p < TALLY_PAGES; p++) {
		assert_true(items[p].len <= STORE_VALUE_MAX);
		assert_int_equal(tally_decode_page(&back, p, &items[p],
		    &pages), 0);
		assert_int_equal(pages, TALLY_PAGES);
	}
	assert_memory_equal(&back, &h, sizeof(h));
}

static void
any_bytes_are_a_record_or_refused(void **state)
{
	struct store_item	item = { .len = 0 };
	struct tally_hour	h = { .n = 0 };
	unsigned		pages;

	(void)state;
	srandom(5);
	for (int i = 0; i < 50000; i++) {
		item.len = (size_t)random() % 64;
		for (size_t k = 0; k < item.len; k++)
			item.value[k] = (uint8_t)random();
		if (i % 4 != 0) {
			item.value[0] = 1;
			item.value[1] = (uint8_t)(random() % 8);
		}
		(void)tally_decode_page(&h, (unsigned)i % 2, &item, &pages);
		(void)tally_decode_kind(&h, 1, &item);
		assert_in_range(h.n, 0, TALLY_WORDS);
	}
	assert_in_range(h.n, 1, TALLY_WORDS);
}

/* The slow list: every fact, looked through for each hour. */
enum { FACTS = 4000, SPREAD = 50 };
struct noted {
	char	word[TALLY_WORD_SIZE];
	int64_t	at, delayed;
	unsigned kind;
};

static const char *const	verdicts[] = { "pass", "defer", "reject" };

static void
note(struct tally *t, struct noted *n)
{
	char		reason[16], by[24];

	n->at = start + random() % (SPREAD * HOUR);
	n->kind = (unsigned)(random() % (TALLY_KINDS + 1));
	n->delayed = n->kind == TALLY_KINDS ? -1 : random() % 700000 >>
	    random() % 20;
	(void)snprintf(reason, sizeof(reason), "r%ld", random() % 20);
	(void)snprintf(by, sizeof(by), "%s:x", n->kind == TALLY_KINDS ? "no" :
	    tally_kind(n->kind));
	(void)snprintf(n->word, sizeof(n->word), "%s %s",
	    verdicts[n->at % 3], reason);
	tally_count(t, &(struct tally_fact){ verdicts[n->at % 3], reason,
	    n->delayed, by }, n->at);
}

static uint64_t
slow_count(const struct noted *all, int64_t hour, const char *word)
{
	uint64_t	n = 0;

	for (int i = 0; i < FACTS; i++)
		n += all[i].at >= hour && all[i].at < hour + HOUR &&
		    strcmp(all[i].word, word) == 0;
	return n;
}

static uint64_t
slow_delays(const struct noted *all, int64_t hour, unsigned kind,
    unsigned bucket)
{
	int64_t		above = bucket == 0 ? -1 :
			    tally_delay_limit(bucket - 1);
	uint64_t	n = 0;

	for (int i = 0; i < FACTS; i++)
		n += all[i].at >= hour && all[i].at < hour + HOUR &&
		    all[i].kind == kind && all[i].delayed > above &&
		    all[i].delayed <= tally_delay_limit(bucket);
	return n;
}

struct compared {
	const struct noted *all;
	int64_t		 last;
	uint64_t	 n;
};

static bool
compare(const struct tally_hour *h, void *arg)
{
	struct compared	*c = arg;

	assert_true(h->hour > c->last);
	c->last = h->hour;
	for (unsigned i = 0; i < h->n; i++) {
		c->n += h->decisions[i].count;
		assert_int_equal(h->decisions[i].count,
		    slow_count(c->all, h->hour, h->decisions[i].word));
	}
	for (unsigned k = 0; k < TALLY_KINDS; k++)
		for (unsigned b = 0; b < TALLY_DELAYS; b++)
			assert_int_equal(h->delays[k][b],
			    slow_delays(c->all, h->hour, k, b));
	return true;
}

static void
random_facts_equal_a_slow_list(void **state)
{
	struct world	*w = *state;
	struct tally	*t = begin(w);
	struct noted	*all = calloc(FACTS, sizeof(*all));
	struct compared	 c = { .all = all };

	srandom(11);
	for (int i = 0; i < FACTS; i++) {
		note(t, &all[i]);
		if (random() % 100 == 0)
			flush(t, start + SPREAD * HOUR);
		if (random() % 500 == 0) {
			flush(t, start + SPREAD * HOUR);
			tally_free(&t);
			t = begin(w);
		}
	}
	flush(t, start + SPREAD * HOUR);
	assert_int_equal(tally_each(w->s, start, start + SPREAD * HOUR,
	    compare, &c, NULL), 0);
	assert_int_equal(c.n, FACTS);
	free(all);
	tally_free(&t);
}

struct counting {
	struct tally	*t;
	int		 nth;
	pthread_t	 thread;
};

static void *
count_many(void *arg)
{
	struct counting	*c = arg;

	for (int i = 0; i < EACH; i++) {
		count(c->t, verdicts[c->nth % 3], "new",
		    start + i % 3 * HOUR);
		count_delay(c->t, "net:x", i, start + c->nth * HOUR);
	}
	return NULL;
}

static void
threads_count_while_it_is_flushed(void **state)
{
	struct world	*w = *state;
	struct tally	*t = begin(w);
	struct counting	 c[THREADS];

	for (int i = 0; i < THREADS; i++) {
		c[i] = (struct counting){ .t = t, .nth = i };
		assert_int_equal(pthread_create(&c[i].thread, NULL, count_many,
		    &c[i]), 0);
	}
	for (int i = 0; i < 200; i++)
		flush(t, start + i);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(c[i].thread, NULL);
	flush(t, start + 300);
	assert_int_equal(total(w), 2 * THREADS * EACH);
	tally_free(&t);
}

static void
spoil_it(struct store_item *items, size_t n, void *arg)
{
	(void)n;
	(void)arg;
	items->act = STORE_PUT;
	items->expires = INT64_MAX / 4;
	items->len = 3;
	memset(items->value, 0xff, items->len);
}

/* Of three hours the middle one cannot be added to. */
static void
what_fails_halfway_is_neither_lost_nor_counted_twice(void **state)
{
	struct world		*w = *state;
	struct tally		*t = begin(w);
	struct store_item	 bad;
	struct err		 e;

	tally_key_page(&bad.key, start + HOUR, 0);
	assert_int_equal(store_step(w->s, &bad, 1, spoil_it, NULL, NULL), 0);
	for (int i = 0; i < 3; i++)
		count(t, "defer", "new", start + i * HOUR);
	for (int i = 0; i < 4; i++) {
		count(t, "defer", "new", start + HOUR);
		assert_int_equal(tally_flush(t, start, &e), -1);
		assert_non_null(strstr(e.text, "damaged"));
		expect(w, start, start + DAY,
		    "8:defer new 1;9:;10:defer new 1");
	}
	assert_int_equal(store_remove(w->s, &bad.key, NULL), 1);
	flush(t, start);
	expect(w, start, start + DAY,
	    "8:defer new 1;9:defer new 5;10:defer new 1");
	tally_free(&t);
}

/* Threads go on counting in an hour that cannot be added to. */
static void
what_comes_while_a_flush_fails_is_kept(void **state)
{
	struct world		*w = *state;
	struct tally		*t = begin(w);
	struct store_item	 bad;
	struct counting		 c[THREADS];

	tally_key_page(&bad.key, start, 0);
	assert_int_equal(store_step(w->s, &bad, 1, spoil_it, NULL, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		c[i] = (struct counting){ .t = t, .nth = i };
		assert_int_equal(pthread_create(&c[i].thread, NULL, count_many,
		    &c[i]), 0);
	}
	for (int i = 0; i < 500; i++)
		(void)tally_flush(t, start + i, NULL);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(c[i].thread, NULL);
	assert_int_equal(tally_flush(t, start + 600, NULL), -1);
	assert_int_equal(store_remove(w->s, &bad.key, NULL), 1);
	flush(t, start + 601);
	assert_int_equal(total(w), 2 * THREADS * EACH);
	tally_free(&t);
}

/* The state's folder is away for a while, and back. */
static void
counts_wait_for_a_store_that_is_away(void **state)
{
	struct world	*w = *state;
	struct tally	*t = begin(w);
	char		 away[NAME];
	struct err	 e;

	(void)snprintf(away, sizeof(away), "%s.away", w->state);
	count(t, "defer", "new", start);
	flush(t, start);
	assert_int_equal(rename(w->state, away), 0);
	assert_int_equal(store_tend(w->s, start, &e), -1);
	for (int i = 1; i < 4; i++) {
		count(t, "defer", "new", start + i * HOUR / 2);
		assert_int_equal(tally_flush(t, start + i, &e), -1);
	}
	assert_int_equal(rename(away, w->state), 0);
	assert_int_equal(store_tend(w->s, start + 100, &e), 0);
	flush(t, start + 101);
	expect(w, start, start + DAY, "8:defer new 2;9:defer new 2");
	tally_free(&t);
}

static void
old_hours_go_and_take_their_time(void **state)
{
	struct world	*w = *state;
	struct tally	*t = begin(w);
	int64_t		 end = start + TALLY_KEEP_DAYS * (int64_t)DAY;

	for (int i = 0; i < 10; i++)
		count(t, "defer", "new", start + i * HOUR);
	flush(t, start + 9 * HOUR);
	assert_int_equal(tally_records(t), 10);
	flush(t, end);
	assert_int_equal(sum_of(w)->hour, 11);
	flush(t, end + 3 * HOUR);
	assert_int_equal(tally_records(t), 9);
	expect(w, start, start + DAY, "11:defer new 1;12:defer new 1;"
	    "13:defer new 1;14:defer new 1;15:defer new 1;16:defer new 1;"
	    "17:defer new 1");
	tally_free(&t);
	t = begin(w);
	flush(t, end + 3 * HOUR);
	assert_int_equal(tally_records(t), 9);
	tally_free(&t);
}

static bool
take_size(const struct tally_hour *h, void *arg)
{
	*(uint64_t *)arg = h->records;
	return true;
}

static void
size_of_the_store_is_told_for_each_hour(void **state)
{
	struct world	*w = *state;
	struct tally	*t = begin(w);
	uint64_t	 records[2] = { 0, 0 };

	put_many(w->s, "t", 7);
	flush(t, start);
	put_many(w->s, "u", 5);
	flush(t, start + 10);
	flush(t, start + 60);
	put_many(w->s, "v", 20);
	count(t, "defer", "new", start + 61);
	flush(t, start + HOUR);
	assert_int_equal(tally_each(w->s, start, start + 1, take_size,
	    &records[0], NULL), 0);
	assert_int_equal(tally_each(w->s, start + HOUR, start + HOUR + 1,
	    take_size, &records[1], NULL), 0);
	assert_int_equal(records[0], 13);
	assert_in_range(records[1], 33, 34);
	flush(t, start + 2 * HOUR);
	flush(t, start + 2 * HOUR + 60);
	flush(t, start + 3 * HOUR);
	expect(w, start + 2 * HOUR, start + 4 * HOUR, "10:;11:");
	tally_free(&t);
}

static void
no_mistake(const char *sentence, void *arg)
{
	(void)arg;
	fail_msg("%s", sentence);
}

/* Housekeeping of a state of max-records = 3, some time later. */
static void
keep_house(struct world *w, struct tally *t, int64_t now)
{
	static const char	text[] = "greylist { max-records = 3 }\n";
	struct policy_deps	deps = { .store = w->s, .alarms = w->alarms,
				    .crowd = crowd_new() };
	struct keeper_stats	stats = { .spared = tally_records(t) };
	struct conf		*conf = NULL;
	struct policy		*policy;
	struct live		*live;
	int			 more;

	assert_int_equal(conf_read_text(text, strlen(text), "test", &conf,
	    no_mistake, NULL), 0);
	policy = policy_new(&conf, &deps);
	live = live_new(&policy);
	do {
		more = keeper_turn(w->s, live, w->alarms, now, &stats, NULL);
		assert_int_not_equal(more, -1);
	} while (more == 1);
	live_free(&live);
	crowd_free(&deps.crowd);
}

static void
a_full_state_never_evicts_counts_nor_others_for_them(void **state)
{
	struct world	*w = *state;
	struct tally	*t = begin(w);
	int64_t		 now = start + 395 * (int64_t)DAY;
	struct err	 e;

	for (int i = 0; i < 50; i++)
		count(t, "defer", "new", start + i * HOUR);
	flush(t, start);
	for (int i = 0; i < 3; i++)
		assert_int_equal(try_put(w->s, (const char *[]){ "t1", "t2",
		    "t3" }[i], now + 20 * DAY, &e), 0);
	keep_house(w, t, now);
	assert_int_equal(count_walked(w->s, "t"), 3);
	assert_int_equal(sum_of(w)->hour, 50);
	assert_int_equal(try_put(w->s, "t4", now + 10 * DAY, &e), 0);
	assert_int_equal(try_put(w->s, "t5", now + 10 * DAY, &e), 0);
	keep_house(w, t, now);
	assert_int_equal(count_walked(w->s, "t"), 3);
	assert_int_equal(sum_of(w)->hour, 50);
	tally_free(&t);
}

/* Counts, flushes, tells how many by now, until it is killed. */
static void
count_until_killed(struct world *w, int out)
{
	struct tally	*t;
	struct err	 e;
	int		 told[2] = { 0, 0 };

	if (world_try_open(w, &e) == -1 || (t = tally_new(w->s)) == NULL)
		_exit(2);
	for (int64_t now = start;; now += 100) {
		for (int i = 0; i < 10; i++, told[0]++)
			count(t, "defer", "new", now);
		if (write(out, told, sizeof(told)) != sizeof(told) ||
		    tally_flush(t, now, &e) == -1)
			_exit(1);
		told[1] = told[0];
	}
}

/* *counted: at most so many; *flushed: at least. */
static void
kill_in_the_middle(struct world *w, int round, uint64_t *counted,
    uint64_t *flushed)
{
	int	ends[2], told[2] = { 0, 0 }, status;
	pid_t	child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		(void)close(ends[0]);
		count_until_killed(w, ends[1]);
	}
	(void)close(ends[1]);
	for (int i = 0; i < 20 + 7 * round; i++)
		assert_int_equal(read(ends[0], told, sizeof(told)),
		    sizeof(told));
	(void)kill(child, SIGKILL);
	while (read(ends[0], told, sizeof(told)) == sizeof(told))
		continue;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	(void)close(ends[0]);
	*counted += (uint64_t)told[0];
	*flushed += (uint64_t)told[1];
}

static void
kill_takes_what_was_not_flushed_and_no_more(void **state)
{
	struct world	*w = *state;
	uint64_t	 counted = 0, flushed = 0, is;

	for (int round = 0; round < ROUNDS; round++) {
		kill_in_the_middle(w, round, &counted, &flushed);
		world_open(w);
		is = total(w);
		store_close(&w->s);
		if (is < flushed || is > counted)
			fail_msg("%d, not from %d to %d", (int)is,
			    (int)flushed, (int)counted);
		counted = flushed = is;
	}
	assert_true(is > 0);
}

static void
fill_a_year(struct tally *t)
{
	char	reason[8];

	for (int hour = 0; hour < YEAR_HOURS; hour++) {
		int64_t now = start + hour * (int64_t)HOUR;

		for (int i = 0; i < 15; i++) {
			(void)snprintf(reason, sizeof(reason), "r%d", i);
			count(t, verdicts[i % 3], reason, now);
			count_delay(t, i % 2 ? "net:x" : "spf:x", 90 << i, now);
		}
		if (hour % 500 == 0)
			flush(t, now);
	}
	flush(t, start + YEAR_HOURS * (int64_t)HOUR);
}

static void
a_year_is_read_in_a_moment(void **state)
{
	struct world	*w = *state;
	struct tally	*t = begin(w);
	int64_t		 before, micros;

	fill_a_year(t);
	before = clock_monotonic_micros();
	assert_int_equal(total(w), YEAR_HOURS * 30);
	micros = clock_monotonic_micros() - before;
	print_message("a year of %d hours, %d records: read in %d ms\n",
	    YEAR_HOURS, (int)tally_records(t), (int)(micros / 1000));
	assert_in_range(sum_of(w)->hour, YEAR_HOURS, YEAR_HOURS + 1);
	assert_true(micros < 5000000);
	tally_free(&t);
}

#define BOTH(f)								\
	{ #f " (memory)", f, world_in_memory, world_end, NULL },	\
	{ #f " (Berkeley DB)", f, world_in_folder, world_end, NULL }
#define FOLDER(f, how)	{ #f, f, how, world_end, NULL }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(an_hour_begins_at_its_first_second),
		BOTH(reading_ends_when_it_is_told_to),
		BOTH(flushes_add_up_also_of_two_daemons_in_turn),
		BOTH(a_clock_that_jumps_loses_nothing),
		BOTH(delays_are_told_by_who_brought_them),
		BOTH(as_many_words_as_there_may_be_fit),
		BOTH(random_facts_equal_a_slow_list),
		BOTH(threads_count_while_it_is_flushed),
		BOTH(what_fails_halfway_is_neither_lost_nor_counted_twice),
		BOTH(what_comes_while_a_flush_fails_is_kept),
		BOTH(old_hours_go_and_take_their_time),
		BOTH(size_of_the_store_is_told_for_each_hour),
		BOTH(a_full_state_never_evicts_counts_nor_others_for_them),
		BOTH(a_year_is_read_in_a_moment),
		FOLDER(counts_wait_for_a_store_that_is_away, world_in_folder),
		FOLDER(kill_takes_what_was_not_flushed_and_no_more,
		    world_closed),
		cmocka_unit_test(limits_of_delays_grow),
		cmocka_unit_test(largest_counts_survive_their_record),
		cmocka_unit_test(any_bytes_are_a_record_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
