/* SPDX-License-Identifier: ISC
 * tests/contract/test_ldap_faults.c - directories that are gone, frozen, silent
 * or changed: an answer within the bound, and never a "no" for want of one. A
 * timeout is one second. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "tests/lib/ldap_world.h"

#define AT	"@test.example"

/* Milliseconds. The machine may be busy with other things. */
enum { SOON = 900, TIMEOUT = 1000, BUSY = 600 };

static void
took(const struct ldap_world *w, int64_t from, int64_t to)
{
	from = from > 0 ? from - 10 : 0;
	if (w->millis < from || w->millis > to)
		fail_msg("took %lld ms, not %lld to %lld: %s",
		    (long long)w->millis, (long long)from, (long long)to,
		    w->why.text);
}

static int64_t
cpu_millis(void)
{
	struct rusage	u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	    (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

static void
restarted_server_answers_the_first_question(void **state)
{
	struct ldap_world	*w = *state;
	struct slapd		*s = w->slapd;
	char *const		 uris[] = { s->ldaps, s->ldap, s->ldapi };

	for (size_t i = 0; i < 3; i++) {
		w->conf.uri = uris[i];
		ldap_world_renew(w);
		ldap_world_says(w, "alice" AT, 1);
		slapd_kill(s);
		slapd_start(s);
		ldap_world_says(w, i == 0 ? "nobody" AT : "alice" AT, i != 0);
		ldap_world_says(w, "bob" AT, 1);
	}
}

static void
dead_server_cannot_tell_and_is_there_again_at_once(void **state)
{
	struct ldap_world	*w = *state;

	ldap_world_says(w, "alice" AT, 1);
	slapd_kill(w->slapd);
	for (int i = 0; i < 3; i++) {
		ldap_world_fails(w, "alice" AT, true, "Connection refused");
		took(w, 0, SOON);
	}
	slapd_start(w->slapd);
	ldap_world_says(w, "alice" AT, 1);
	ldap_world_says(w, "nobody" AT, 0);
}

static void
frozen_server_is_waited_for_within_the_bound(void **state)
{
	struct ldap_world	*w = *state;
	struct slapd		*s = w->slapd;
	char *const		 uris[] = { s->ldaps, s->ldapi };

	for (size_t i = 0; i < 2; i++) {
		w->conf.uri = uris[i];
		ldap_world_renew(w);
		ldap_world_says(w, "alice" AT, 1);
		slapd_freeze(s);
		/* Once over the connection that was there, once anew. */
		ldap_world_fails(w, "alice" AT, true, "no answer in time; "
		    "timeout is 1 s");
		took(w, TIMEOUT, 2 * TIMEOUT + BUSY);
		ldap_world_fails(w, "nobody" AT, true, "no answer in time");
		took(w, TIMEOUT, TIMEOUT + BUSY);
		slapd_thaw(s);
		ldap_world_says(w, "alice" AT, 1);
		took(w, 0, SOON);
	}
}

static void
silent_servers_are_waited_for_without_burning_time(void **state)
{
	struct ldap_world	*w = *state;
	static const struct { enum mute how; const char *scheme; } rows[] = {
		{ MUTE, "ldaps" }, { MUTE, "ldap" },
		{ MUTE_AFTER_START_TLS, "ldap" },
		{ MUTE_DRIPS, "ldaps" }, { MUTE_DRIPS, "ldap" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mute_server	m = mute_start(rows[i].how);
		int64_t			before = cpu_millis();

		ldap_world_asks_of(w, "%s://127.0.0.1:%d",
		    rows[i].scheme, m.port);
		ldap_world_fails(w, "alice" AT, true, "no answer in time");
		took(w, TIMEOUT, TIMEOUT + BUSY);
		if (cpu_millis() - before > TIMEOUT / 2)
			fail_msg("row %zu: %lld ms of CPU", i,
			    (long long)(cpu_millis() - before));
		mute_stop(&m);
	}
}

static void
connecting_anew_is_within_the_bound(void **state)
{
	struct ldap_world	*w = *state;
	struct mute_server	 m = mute_start(MUTE_TIRES);

	w->conf.start_tls = false;
	ldap_world_asks_of(w, "ldap://127.0.0.1:%d", m.port);
	ldap_world_says(w, "alice" AT, 0);
	/* One second for an answer, 0.9 for a bind, and not one more. */
	ldap_world_fails(w, "alice" AT, true, "no answer in time");
	took(w, 2 * TIMEOUT, 2 * TIMEOUT + BUSY);
	mute_stop(&m);
}

static void
next_server_is_asked_where_one_cannot_be(void **state)
{
	struct ldap_world	*w = *state;
	struct mute_server	 mute = mute_start(MUTE);

	ldap_world_asks_of(w, "ldaps://127.0.0.1:%d %s",
	    free_port(), w->slapd->ldaps);
	ldap_world_says(w, "alice" AT, 1);
	ldap_world_says(w, "nobody" AT, 0);
	/* Its certificate is no good under that name. */
	ldap_world_asks_of(w, " %s  %s ", w->slapd->misnamed,
	    w->slapd->ldapi);
	ldap_world_says(w, "alice" AT, 1);
	ldap_world_asks_of(w, "ldaps://127.0.0.1:%d %s", mute.port,
	    w->slapd->ldaps);
	ldap_world_says(w, "alice" AT, 1);
	took(w, TIMEOUT, TIMEOUT + BUSY);
	mute_stop(&mute);
}

static void
server_that_answered_last_is_asked_first(void **state)
{
	struct ldap_world	*w = *state;
	struct mute_server	 mute = mute_start(MUTE);

	ldap_world_asks_of(w, "ldaps://127.0.0.1:%d %s", mute.port,
	    w->slapd->ldaps);
	ldap_world_says(w, "alice" AT, 1);
	for (int i = 0; i < 3; i++) {
		ldap_world_says(w, "bob" AT, 1);
		took(w, 0, SOON);
	}
	/* Also where its connection has to be made again. */
	slapd_kill(w->slapd);
	slapd_start(w->slapd);
	ldap_world_says(w, "alice" AT, 1);
	took(w, 0, SOON);
	mute_stop(&mute);
}

static void
all_servers_together_are_bounded_and_each_is_named(void **state)
{
	struct ldap_world	*w = *state;
	struct mute_server	 mute = mute_start(MUTE);
	char			 refused[SLAPD_TEXT], silent[SLAPD_TEXT];

	(void)snprintf(refused, sizeof(refused), "ldaps://127.0.0.1:%d",
	    free_port());
	(void)snprintf(silent, sizeof(silent), "ldap://127.0.0.1:%d",
	    mute.port);
	ldap_world_asks_of(w, "%s %s", refused, silent);
	ldap_world_fails(w, "alice" AT, true, refused);
	took(w, TIMEOUT, TIMEOUT + BUSY);
	assert_non_null(strstr(w->why.text, "Connection refused; ldap://"));
	assert_non_null(strstr(w->why.text, silent));
	mute_stop(&mute);
}

static void
question_that_one_cannot_answer_is_not_put_to_the_next(void **state)
{
	struct ldap_world	*w = *state;
	struct mute_server	 mute = mute_start(MUTE);
	static char		 nowhere[] = "dc=nowhere," TEST_BASE;

	w->conf.base = nowhere;
	ldap_world_asks_of(w, "%s ldaps://127.0.0.1:%d",
	    w->slapd->ldaps, mute.port);
	ldap_world_fails(w, "alice" AT, false, "No such object");
	took(w, 0, SOON);
	mute_stop(&mute);
}

static void
changed_password_is_taken_from_its_file(void **state)
{
	struct ldap_world	*w = *state;
	struct slapd		*s = w->slapd;
	static const char	 change[] = "dn: " TEST_READER
				 "\nchangetype: modify\nreplace: userPassword\n"
				 "userPassword: %s\n";
	char			 ldif[400];

	ldap_world_says(w, "alice" AT, 1);
	(void)snprintf(ldif, sizeof(ldif), change, "another");
	slapd_change(s, "ldapmodify", TEST_BASE, ldif);
	slapd_kill(s);			/* or nobody would bind anew */
	slapd_start(s);
	ldap_world_fails(w, "alice" AT, true, "Invalid credentials");
	slapd_write(s, "password", "another\n");
	ldap_world_says(w, "alice" AT, 1);
	(void)snprintf(ldif, sizeof(ldif), change, "r3ader, with = signs");
	slapd_change(s, "ldapmodify", TEST_BASE, ldif);
	slapd_write(s, "password", "r3ader, with = signs\n");
	ldap_world_says(w, "alice" AT, 1);
}

/* More than a thread has to itself is the source, which does not change. */
static void *
ask_often(void *arg)
{
	struct ldap_world	*w = arg;
	void			*wrong = NULL;

	for (int i = 0; i < 20 && wrong == NULL; i++) {
		if (ldap_world_ask(w, "alice" AT) != 1 ||
		    ldap_world_ask(w, "nobody" AT) != 0)
			wrong = w->why.text;
		if (i % 5 == 4) {
			w->source->seat_free(w->source, &w->seat);
			w->seat = w->source->seat_new(w->source);
		}
	}
	return wrong;
}

static void
seats_are_used_by_threads_of_their_own(void **state)
{
	enum { THREADS = 8 };
	struct ldap_world	*w = *state, own[THREADS];
	pthread_t		 threads[THREADS];
	void			*wrong;

	ldap_world_renew(w);
	for (int i = 0; i < THREADS; i++) {
		own[i] = *w;
		own[i].seat = w->source->seat_new(w->source);
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often,
		    &own[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		if (wrong != NULL)
			fail_msg("thread %d: %s", i, (char *)wrong);
		w->source->seat_free(w->source, &own[i].seat);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ldap_world_each, \
	    ldap_world_each_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(restarted_server_answers_the_first_question),
		TEST(dead_server_cannot_tell_and_is_there_again_at_once),
		TEST(frozen_server_is_waited_for_within_the_bound),
		TEST(silent_servers_are_waited_for_without_burning_time),
		TEST(connecting_anew_is_within_the_bound),
		TEST(next_server_is_asked_where_one_cannot_be),
		TEST(server_that_answered_last_is_asked_first),
		TEST(all_servers_together_are_bounded_and_each_is_named),
		TEST(question_that_one_cannot_answer_is_not_put_to_the_next),
		TEST(changed_password_is_taken_from_its_file),
		TEST(seats_are_used_by_threads_of_their_own),
	};

	/* A write to a server that is gone must not end the program. */
	(void)signal(SIGPIPE, SIG_DFL);
	return cmocka_run_group_tests(tests, ldap_world_begin, ldap_world_end);
}
