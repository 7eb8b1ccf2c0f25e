/* SPDX-License-Identifier: ISC
 * tests/unit/test_look.c - a dry question about a recipient is answered as one in
 * earnest, and leaves no trace: not in the cache, the doubt, the source's counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "db/shadow.h"
#include "recipient/inquiry_private.h"
#include "recipient/look.h"
#include "recipient/recipients_private.h"
#include "tests/lib/luck.h"
#include "tests/lib/scripted_source.h"
#include "tests/lib/store_world.h"

enum { QUESTIONS = 1500, USERS = 9 };

/* Users that come and go; read by the source's threads between questions. */
static bool		exists[USERS];

static void
fill(const char *name, struct passwd *record, char *room, size_t size)
{
	(void)snprintf(room, size, "%s", name);
	*record = (struct passwd){ .pw_name = room };
}

/* In the place of libc's: "user0" ... */
int
getpwnam_r(const char *name, struct passwd *record, char *room, size_t size,
    struct passwd **found)
{
	*found = NULL;
	if (strncmp(name, "user", 4) == 0 && name[4] >= '0' && name[4] < '0' +
	    USERS && name[5] == '\0' && exists[name[4] - '0']) {
		fill(name, record, room, size);
		*found = record;
	}
	return 0;
}

struct scene {
	struct store	*store;
	struct recipients *r;
	struct luck	 luck;
	int64_t		 now;
	unsigned	 answers[4], from[6];
};

static int64_t
millis(void *arg)
{
	return ((struct scene *)arg)->now * 1000;
}

static void
mistake(const char *sentence, void *arg)
{
	(void)arg;
	fail_msg("%s", sentence);
}

static void
begin(struct scene *s, void **state)
{
	static const char		 text[] = "local-domains = "
		"{\"example.com\"}\nwhitelist = {}\nlarge-senders = \"\"\n"
		"recipients {\n cache = 5m\n stale = 1h\n negative-cache = 1m\n"
		" former-users = 1d\n max-loss = 40\n unix \"host\" { aliases "
		"= \"\" }\n}\n";
	struct recipients_sources	*sources;
	struct conf			*conf;

	*s = (struct scene){ .store = ((struct world *)*state)->s,
	    .luck = { 4711 }, .now = 1700000000 };
	s->r = recipients_new(&(struct recipients_deps){ .store = s->store,
	    .clock = { .millis = millis, .arg = s } });
	assert_non_null(s->r);
	assert_int_equal(conf_read_text(text, strlen(text), "test", &conf,
	    mistake, NULL), 0);
	assert_int_equal(recipients_read(s->r, conf, s->now, &sources, NULL),
	    0);
	recipients_use(s->r, &sources);
	conf_free(&conf);
	/* As an LDAP directory is. */
	s->r->current->inquiry->asker[0].source->doubtful = true;
}

static bool
is_idle(struct inquiry *q)
{
	const struct asker	*a = &q->asker[0];
	bool			 idle;

	pthread_mutex_lock(&q->lock);
	idle = q->telling == 0 && a->idle == a->threads && a->waited.n +
	    a->later.n == 0;
	pthread_mutex_unlock(&q->lock);
	return idle;
}

/* An answer in earnest is kept after it is told. */
static void
settle(struct scene *s)
{
	int64_t	until = clock_monotonic_micros() + INT64_C(30000000);

	while (!is_idle(s->r->current->inquiry)) {
		assert_true(clock_monotonic_micros() < until);
		(void)usleep(20);
	}
}

static bool
write_record(const struct store_item *item, void *out)
{
	(void)fwrite(item->key.bytes, 1, item->key.len, out);
	(void)fprintf(out, " %" PRId64 " ", item->expires);
	(void)fwrite(item->value, 1, item->len, out);
	return true;
}

static char *
snapshot(struct scene *s, size_t *len)
{
	struct recipients_sources	*in_force = s->r->current;
	struct inquiry_stats		 asked;
	struct cache_stats		 cached;
	struct err			 e = { "" };
	char				*text;
	FILE				*out = open_memstream(&text, len);

	assert_int_equal(store_walk(s->store, "", 0, write_record, out, NULL),
	    0);
	recipients_cache_stats(s->r, &cached);
	assert_int_equal(inquiry_stats(in_force->inquiry, 0, &asked), 0);
	(void)fprintf(out, "%d %llu %llu %llu %llu ", asked.open, asked.asked,
	    asked.yes, asked.no, asked.failed);
	(void)fwrite(&cached, 1, sizeof(cached), out);
	(void)fprintf(out, "%d %s ", doubt_of(in_force->doubt, "unix:host",
	    &e), e.text);
	(void)fprintf(out, "%d %s", doubt_of(in_force->doubt, SOURCES_ALL,
	    &e), e.text);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void
look(struct scene *s, const char *address, struct recipient_result *out)
{
	struct recipients_look	 l = { .address = address, .wait_ms = 60000,
				    .now = s->now };
	size_t			 before, after;
	char			*was = snapshot(s, &before), *is;

	assert_int_equal(store_shadow(&l.dry, s->store, NULL), 0);
	recipients_look(s->r, &l, out);
	store_close(&l.dry);
	is = snapshot(s, &after);
	if (before != after || memcmp(was, is, before) != 0)
		fail_msg("looking at %s has left a trace", address);
	free(was);
	free(is);
}

static void
ask_both(struct scene *s)
{
	struct recipient_result	 looked, asked;
	char			 address[64];

	(void)snprintf(address, sizeof(address), "user%u%s@example.com",
	    luck_below(&s->luck, USERS), luck_one_in(&s->luck, 4) ? "+tag" :
	    "");
	look(s, address, &looked);
	recipients_check(s->r, address, 60000, s->now, &asked, NULL, NULL);
	settle(s);
	if (looked.answer != asked.answer || looked.from != asked.from ||
	    looked.former != asked.former || looked.checked != asked.checked ||
	    strcmp(looked.by, asked.by) != 0 ||
	    strcmp(looked.why.text, asked.why.text) != 0)
		fail_msg("%s: looked %s (%s: %s), asked %s (%s: %s)", address,
		    recipient_answer_name(looked.answer),
		    recipient_from_name(looked.from), looked.why.text,
		    recipient_answer_name(asked.answer),
		    recipient_from_name(asked.from), asked.why.text);
	s->answers[asked.answer]++;
	s->from[asked.from]++;
}

/* Users come, go, are half imported. */
static void
a_look_says_what_a_question_then_says(void **state)
{
	struct scene	s;

	begin(&s, state);
	for (int i = 0; i < QUESTIONS; i++) {
		s.now += luck_below(&s.luck, 40);
		if (luck_one_in(&s.luck, 200))
			s.now += luck_below(&s.luck, 5000);
		if (luck_one_in(&s.luck, 6))
			exists[luck_below(&s.luck, USERS)] ^= true;
		if (luck_one_in(&s.luck, 150))
			memset(exists, 0, sizeof(exists));
		ask_both(&s);
	}
	recipients_free(&s.r);
	assert_true(s.answers[RECIPIENT_YES] > 20);
	assert_true(s.answers[RECIPIENT_NO] > 20);
	assert_true(s.answers[RECIPIENT_CANNOT_TELL] > 20);
	for (int i = RECIPIENT_FROM_CACHE; i <= RECIPIENT_FROM_DOUBT; i++)
		if (s.from[i] == 0)
			fail_msg("never from %s", recipient_from_name(
			    (enum recipient_from)i));
}

/* The breaker of a source that is down; one that takes too long. */
static void
a_look_asks_no_source_that_is_held_to_be_down(void **state)
{
	struct inquiry_answer	 answers[INQUIRY_SOURCES];
	struct asking		*a = asking_new(2, 1);
	struct address		 address = address_of("no@example.com");
	struct inquiry_stats	 was, is;
	sigset_t		 all, former;

	(void)state;
	/* As the daemon's threads have it. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &former);
	script_set(&a->script[0], &a->script[0].down, true);
	(void)asking_ask(a, "down@example.com", 1, 60000, answers);
	asking_await(a, 0, ASKING_OPEN, 1);
	was = asking_stats(a, 1);
	inquiry_look(a->inquiry, &address, 3, 60000, answers);
	is = asking_stats(a, 1);
	assert_true(answers[0].asked && answers[1].asked);
	assert_int_equal(answers[0].answer, -1);
	assert_non_null(strstr(answers[0].why.text, "held to be down: "));
	assert_int_equal(answers[1].answer, 0);
	assert_int_equal(was.asked, is.asked);
	assert_int_equal(is.no, 0);
	assert_false(is.open);
	/* Nobody waits, or not for so long. */
	inquiry_look(a->inquiry, &address, 2, 0, answers);
	assert_int_equal(answers[1].answer, -1);
	assert_false(answers[0].asked);
	script_set(&a->script[1], &a->script[1].slow, true);
	inquiry_look(a->inquiry, &address, 2, 1, answers);
	assert_int_equal(answers[1].answer, -1);
	assert_string_equal(answers[1].why.text, "no answer within 1 ms");
	is = asking_stats(a, 1);
	assert_int_equal(is.overdue, 0);
	assert_false(is.open);
	script_set(&a->script[0], &a->script[0].down, false);
	asking_end(&a);
	(void)pthread_sigmask(SIG_SETMASK, &former, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_look_says_what_a_question_then_says, world_in_memory,
		    world_end),
		cmocka_unit_test(
		    a_look_asks_no_source_that_is_held_to_be_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
