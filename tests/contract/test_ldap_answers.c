/* SPDX-License-Identifier: ISC
 * tests/contract/test_ldap_answers.c - answers that a real server cannot be
 * made to give when a test wants them, from one that gives nothing else; and
 * what becomes of the connection. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/ldap_world.h"

#define AT	"@test.example"

enum { SOON = 900, TIMEOUT = 1000 };		/* milliseconds */

static void
each_result_code_means_what_it_says(void **state)
{
	struct ldap_world	*w = *state;
	static const struct {
		int		 code;
		bool		 down;
		const char	*says;
	} rows[] = {
		{ 1, false, "Operations error: Active Directory wants a "
		    "bind-dn" },
		{ 3, true, "Time limit exceeded: is what it looks for "
		    "indexed?" },
		{ 4, false, "Size limit exceeded" },
		{ 8, false, "Strong(er) authentication required" },
		{ 10, false, "Referral: another server has that base" },
		{ 11, false, "Administrative limit exceeded: is what it looks "
		    "for indexed?" },
		{ 12, false, "Critical extension is unavailable" },
		{ 32, false, "No such object" },
		{ 50, false, "Insufficient access" },
		{ 51, true, "Server is busy" },
		{ 52, true, "Server is unavailable" },
		{ 53, false, "Server is unwilling to perform" },
		{ 80, false, "Other (e.g., implementation specific) error" },
		{ 100, false, "Unknown error" },
	};
	struct mute_server	 m = mute_start(MUTE_ANSWERS);

	w->conf.start_tls = false;
	ldap_world_asks_of(w, "ldap://127.0.0.1:%d", m.port);
	ldap_world_says(w, "alice" AT, 0);
	mute_stop(&m);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = mute_start(MUTE_ANSWERS + rows[i].code);
		ldap_world_asks_of(w, "ldap://127.0.0.1:%d", m.port);
		ldap_world_fails(w, "alice" AT, rows[i].down, rows[i].says);
		ldap_world_fails(w, "bob" AT, rows[i].down, rows[i].says);
		mute_stop(&m);
	}
}

static void
server_that_hangs_up_is_asked_once(void **state)
{
	struct ldap_world	*w = *state;
	struct mute_server	 m = mute_start(MUTE_HANGS_UP);

	w->conf.start_tls = false;
	ldap_world_asks_of(w, "ldap://127.0.0.1:%d", m.port);
	ldap_world_fails(w, "alice" AT, true, "cannot search: it closed the "
	    "connection");
	if (w->millis > SOON)
		fail_msg("took %lld ms", (long long)w->millis);
	mute_stop(&m);
}

/* Answers to a bind (the first request) and a search (the second): an entry and
 * the end, which Active Directory sends in one piece. */
static void
answers_that_come_in_one_piece_are_all_taken(void **state)
{
	struct ldap_world		*w = *state;
	static const unsigned char	 answers[] = {
		0x30, 0x0c, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0a, 0x01, 0x00,
		0x04, 0x00, 0x04, 0x00,
		0x30, 0x0c, 0x02, 0x01, 0x02, 0x64, 0x07, 0x04, 0x03, 'o',
		'=', 'x', 0x30, 0x00,
		0x30, 0x0c, 0x02, 0x01, 0x02, 0x65, 0x07, 0x0a, 0x01, 0x00,
		0x04, 0x00, 0x04, 0x00,
	};
	struct mute_server		 m = mute_start_tls(w->slapd, answers,
					     sizeof(answers));

	ldap_world_asks_of(w, "ldaps://127.0.0.1:%d", m.port);
	ldap_world_says(w, "alice" AT, 1);
	if (w->millis > SOON)
		fail_msg("took %lld ms", (long long)w->millis);
	mute_stop(&m);
}

/* Differs where other sockets are open than before. */
static unsigned long
sockets(void)
{
	DIR		*d = opendir("/proc/self/fd");
	struct dirent	*entry;
	char		 path[300], name[64];
	unsigned long	 sum = 0, inode;
	ssize_t		 n;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%s",
		    entry->d_name);
		n = readlink(path, name, sizeof(name) - 1);
		name[n > 0 ? n : 0] = '\0';
		if (sscanf(name, "socket:[%lu]", &inode) == 1)
			sum += inode;
	}
	(void)closedir(d);
	return sum;
}

static void
connection_is_kept_as_long_as_it_serves(void **state)
{
	struct ldap_world	*w = *state;
	static char		 blind[] = "cn=blind," TEST_BASE;
	unsigned long		 none = sockets(), one;

	ldap_world_says(w, "alice" AT, 1);
	one = sockets();
	assert_int_not_equal(one, none);
	ldap_world_says(w, "nobody" AT, 0);
	assert_int_equal(sockets(), one);
	/* Also when the time that there was for connecting is over. */
	(void)usleep((TIMEOUT + 100) * 1000);
	ldap_world_says(w, "bob" AT, 1);
	assert_int_equal(sockets(), one);
	/* Who may not ask may be somebody else the next time. */
	w->conf.bind_dn = blind;
	ldap_world_renew(w);
	ldap_world_fails(w, "alice" AT, false, "Insufficient access");
	assert_int_equal(sockets(), none);
}

static void
seat_that_is_given_back_leaves_nothing_open(void **state)
{
	struct ldap_world	*w = *state;
	unsigned long		 none = sockets();
	char *const		 uris[] = { w->slapd->ldaps, w->slapd->ldap,
				     w->slapd->ldapi, w->slapd->misnamed };

	for (size_t i = 0; i < 4; i++) {
		w->conf.uri = uris[i];
		ldap_world_renew(w);
		(void)ldap_world_ask(w, "alice" AT);
		w->source->seat_free(w->source, &w->seat);
		assert_int_equal(sockets(), none);
		w->seat = w->source->seat_new(w->source);
	}
}

static volatile sig_atomic_t	alarms;

static void
count_alarm(int number)
{
	(void)number;
	alarms++;
}

static void
signals_disturb_nobody(void **state)
{
	struct ldap_world	*w = *state;
	struct sigaction	 action = { .sa_handler = count_alarm };
	struct itimerval	 often = { { 0, 300 }, { 0, 300 } },
				 never = { { 0, 0 }, { 0, 0 } };

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (int i = 0; i < 100; i++) {
		ldap_world_says(w, "alice" AT, 1);
		if (i % 10 == 9)
			ldap_world_renew(w);
	}
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(alarms > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ldap_world_each, \
	    ldap_world_each_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_result_code_means_what_it_says),
		TEST(server_that_hangs_up_is_asked_once),
		TEST(answers_that_come_in_one_piece_are_all_taken),
		TEST(connection_is_kept_as_long_as_it_serves),
		TEST(seat_that_is_given_back_leaves_nothing_open),
		TEST(signals_disturb_nobody),
	};

	return cmocka_run_group_tests(tests, ldap_world_begin, ldap_world_end);
}
