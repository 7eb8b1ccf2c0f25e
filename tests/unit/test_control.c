/* SPDX-License-Identifier: ISC
 * tests/unit/test_control.c - the control socket itself: its file, its
 * clients, requests that make no sense, clients that are slow or many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/client.h"
#include "control/unixsock.h"
#include "control/wire.h"
#include "tests/lib/control_fixture.h"

/* One line sent as it is; the first line of the reply, to be freed. */
static char *
raw(const struct fixture *f, const char *request, size_t len)
{
	int	fd = unixsock_connect(f->socket);
	FILE	*in = fdopen(fd, "r");
	char	*reply = NULL;
	size_t	size = 0;

	assert_non_null(in);
	while (len > 0) {
		ssize_t n = send(fd, request, len, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		request += n;
		len -= (size_t)n;
	}
	if (getline(&reply, &size, in) <= 0)
		fail_msg("no reply");
	(void)fclose(in);
	return reply;
}

static void
assert_raw(const struct fixture *f, const char *request, const char *reply)
{
	char	*got = raw(f, request, strlen(request));

	assert_string_equal(got, reply);
	free(got);
}

static void
fill(struct fixture *f, int n)
{
	const struct record	rec = { .state = RECORD_PENDING, .tries = 1,
				    .expires = 3600 };
	char			sender[64];

	for (int i = 0; i < n; i++) {
		(void)snprintf(sender, sizeof(sender),
		    "somebody.with.a.long.name.%d@example.org", i);
		fixture_put(f, KEY_TRIPLET, "net:192.0.2.0/24", sender,
		    "one.of.us@example.com", &rec);
	}
}

static struct client *
begin(const struct fixture *f, const char *command)
{
	struct client	*c;
	struct json	*none = NULL;
	struct err	 e;

	if (client_open(&c, f->socket, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(client_ask(c, command, &none, &e), 0);
	return c;
}

static void
socket_is_open_to_owner_and_group_only(void **state)
{
	struct fixture	*f = *state;
	struct stat	 st;

	assert_int_equal(stat(f->socket, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
}

static void
second_daemon_on_the_same_socket_is_refused(void **state)
{
	struct fixture	*f = *state;
	struct control	*second = NULL;
	struct err	 e;

	assert_int_equal(control_open(&second, f->socket, &f->deps, &e), -1);
	assert_null(second);
	assert_non_null(strstr(e.text, "another daemon answers on it"));
	assert_int_equal(fixture_greyctl(f, "status"), 0);
}

static void
socket_that_nobody_serves_is_replaced(void **state)
{
	struct fixture	*f = *state;
	struct stat	 made;
	struct err	 e;
	int		 fd;

	control_close(&f->control);
	fd = unixsock_listen(f->socket, &made, &e);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
	assert_int_equal(access(f->socket, F_OK), 0);
	if (control_open(&f->control, f->socket, &f->deps, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(fixture_greyctl(f, "status"), 0);
}

static void
file_of_another_kind_is_never_removed(void **state)
{
	struct fixture	*f = *state;
	struct err	 e;
	int		 fd;

	control_close(&f->control);
	fd = open(f->socket, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
	assert_int_equal(control_open(&f->control, f->socket, &f->deps, &e),
	    -1);
	assert_non_null(strstr(e.text, "a file of another kind"));
	assert_int_equal(access(f->socket, F_OK), 0);
}

static void
path_that_is_too_long_or_has_no_folder_is_refused(void **state)
{
	struct fixture	*f = *state;
	struct control	*c = NULL;
	char		 path[200];
	struct err	 e;

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(control_open(&c, path, &f->deps, &e), -1);
	assert_non_null(strstr(e.text, "the path is over 107 bytes"));
	(void)snprintf(path, sizeof(path), "%s/none/x.sock", f->folder);
	assert_int_equal(control_open(&c, path, &f->deps, &e), -1);
	assert_non_null(strstr(e.text, "No such file or directory"));
	assert_null(c);
}

static void
closing_removes_its_own_socket_and_no_newer_one(void **state)
{
	struct fixture	*f = *state;
	char		 saved[120];

	(void)snprintf(saved, sizeof(saved), "%s.old", f->socket);
	assert_int_equal(rename(f->socket, saved), 0);
	assert_int_equal(mknod(f->socket, S_IFSOCK | 0600, 0), 0);
	control_close(&f->control);
	assert_null(f->control);
	assert_int_equal(access(f->socket, F_OK), 0);
	(void)unlink(f->socket);
	(void)unlink(saved);

	assert_int_equal(control_open(&f->control, f->socket, &f->deps, NULL),
	    0);
	control_close(&f->control);
	assert_int_equal(access(f->socket, F_OK), -1);
}

static void
request_that_makes_no_sense_gets_a_sentence(void **state)
{
	static const struct { const char *request, *says; } bad[] = {
		{ "\n", "not JSON" },
		{ "{\"v\":1,\n", "not JSON" },
		{ "[]\n", "it has no version" },
		{ "7\n", "it has no version" },
		{ "{\"v\":2,\"command\":\"status\"}\n", "different releases" },
		{ "{\"v\":1}\n", "without a command" },
		{ "{\"v\":1,\"command\":7}\n", "without a command" },
		{ "{\"v\":1,\"command\":\"x\"}\n", "no command \\\"x\\\"" },
		{ "{\"v\":1,\"command\":\"triplet show\",\"args\":[]}\n",
		    "named by its client, sender and recipient" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *got = raw(*state, bad[i].request,
		    strlen(bad[i].request));

		if (strstr(got, bad[i].says) == NULL ||
		    strstr(got, "\"exit\":2}") == NULL)
			fail_msg("%s gets %s", bad[i].request, got);
		free(got);
	}
}

static void
request_over_the_limit_is_refused_one_at_it_is_not(void **state)
{
	static char	big[WIRE_REQUEST_MAX + 100];
	char		*got;

	memset(big, ' ', sizeof(big));
	memcpy(big, "{\"v\":1,\"command\":\"sweep\"}", 25);
	big[WIRE_REQUEST_MAX] = '\n';
	got = raw(*state, big, WIRE_REQUEST_MAX + 1);
	assert_string_equal(got, "{\"item\":{\"dropped\":0}}\n");
	free(got);
	big[WIRE_REQUEST_MAX] = ' ';
	big[WIRE_REQUEST_MAX + 1] = '\n';
	got = raw(*state, big, WIRE_REQUEST_MAX + 2);
	assert_string_equal(got, "{\"error\":\"a line of over 65536 bytes\","
	    "\"exit\":2}\n");
	free(got);
	/* Nor is the end of a line that is too long waited for. */
	big[WIRE_REQUEST_MAX + 1] = ' ';
	got = raw(*state, big, sizeof(big));
	assert_string_equal(got, "{\"error\":\"a line of over 65536 bytes\","
	    "\"exit\":2}\n");
	free(got);
}

static void
backup_to_a_relative_path_is_refused_by_the_daemon(void **state)
{
	assert_raw(*state, "{\"v\":1,\"command\":\"backup\",\"args\":"
	    "{\"folder\":\"here\"}}\n", "{\"error\":\"a backup needs the full "
	    "path of a new folder\",\"exit\":2}\n");
}

static void
long_listing_that_nobody_reads_does_not_block_the_others(void **state)
{
	struct fixture	*f = *state;
	struct client	*slow;
	const struct json *item;
	struct err	 e;
	int		 n = 0, rc, code;

	fill(f, 5000);
	slow = begin(f, "triplet list");
	assert_int_equal(fixture_greyctl(f, "status"), 0);
	while ((rc = client_next(slow, 5000, &item, &code, &e)) == 1)
		n++;
	assert_int_equal(rc, 0);
	assert_int_equal(n, 5000);
	client_close(&slow);
}

static void
one_client_too_many_is_turned_away_and_served_later(void **state)
{
	struct fixture	*f = *state;
	struct client	*busy[CONTROL_CLIENTS];
	int		 code = 2;

	fill(f, 5000);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		busy[i] = begin(f, "triplet list");
	assert_int_equal(fixture_greyctl(f, "status"), 2);
	assert_non_null(strstr(f->messages, "as many clients as may be"));
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		client_close(&busy[i]);
	/* Their threads end as soon as they see it. */
	for (int i = 0; i < 1000 && code == 2; i++)
		code = fixture_greyctl(f, "status");
	assert_int_equal(code, 0);
}

static void
closing_cuts_off_a_listing_in_progress(void **state)
{
	struct fixture	*f = *state;
	struct client	*slow;
	const struct json *item;
	struct err	 e;
	int		 rc, code;
	int64_t		 began;

	fill(f, 5000);
	slow = begin(f, "triplet list");
	assert_int_equal(client_next(slow, 5000, &item, &code, &e), 1);
	began = clock_monotonic_micros();
	control_close(&f->control);
	assert_true(clock_monotonic_micros() - began < 2000000);
	while ((rc = client_next(slow, 5000, &item, &code, &e)) == 1)
		;
	assert_int_equal(rc, -1);
	assert_int_equal(code, 2);
	client_close(&slow);
}

static void
who_sends_half_a_request_is_dropped_in_time(void **state)
{
	struct wire	 w;
	const char	*line;
	size_t		 len;
	struct err	 e;
	int		 fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	wire_open(&w, fd[0]);
	assert_int_equal(write(fd[1], "{\"v\"", 4), 4);
	assert_int_equal(wire_read(&w, 100, 20, &line, &len, &e), -1);
	assert_string_equal(e.text, "the other side sent nothing in time");
	assert_int_equal(write(fd[1], ":1}\nmore", 8), 8);
	assert_int_equal(wire_read(&w, 100, 20, &line, &len, &e), 1);
	assert_int_equal(len, 7);
	assert_memory_equal(line, "{\"v\":1}", 7);
	(void)close(fd[1]);
	assert_int_equal(wire_read(&w, 100, 20, &line, &len, &e), 0);
	wire_close(&w);
	(void)close(fd[0]);
}

static int
send_lines(struct wire *w, int n, struct err *e)
{
	for (int i = 0; i < n; i++) {
		struct json *line = json_new_object();

		json_add_int(line, "number", i);
		if (wire_put(w, &line, e) == -1)
			return -1;
	}
	return wire_flush(w, e);
}

static void
who_reads_nothing_is_dropped_in_time(void **state)
{
	struct wire	w;
	struct err	e;
	int64_t		began = clock_monotonic_micros();
	int		fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	wire_open(&w, fd[0]);
	w.idle_ms = 20;
	assert_int_equal(send_lines(&w, 1000000, &e), -1);
	assert_string_equal(e.text, "the other side takes nothing");
	assert_true(clock_monotonic_micros() - began >= 20000);
	/* And not waited for a second time. */
	w.idle_ms = 60000;
	assert_int_equal(send_lines(&w, 100000, &e), -1);
	assert_string_equal(e.text, "the other side is gone");
	wire_close(&w);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

/* The peer's signs of life lie ready, one for each time the sender waits. */
static void
who_reads_nothing_but_says_it_is_alive_is_waited_for(void **state)
{
	struct wire	sender, reader;
	struct err	e;
	char		byte;
	int		fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	wire_open(&sender, fd[0]);
	wire_open(&reader, fd[1]);
	sender.idle_ms = 20;
	wire_alive(&reader);
	assert_int_equal(send_lines(&sender, 1000000, &e), -1);
	/* The sign was taken, and only then was the waiting over. */
	assert_string_equal(e.text, "the other side takes nothing");
	assert_int_equal(recv(fd[0], &byte, 1, MSG_DONTWAIT), -1);
	wire_close(&sender);
	wire_close(&reader);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(socket_is_open_to_owner_and_group_only),
		TEST(second_daemon_on_the_same_socket_is_refused),
		TEST(socket_that_nobody_serves_is_replaced),
		TEST(file_of_another_kind_is_never_removed),
		TEST(path_that_is_too_long_or_has_no_folder_is_refused),
		TEST(closing_removes_its_own_socket_and_no_newer_one),
		TEST(request_that_makes_no_sense_gets_a_sentence),
		TEST(request_over_the_limit_is_refused_one_at_it_is_not),
		TEST(backup_to_a_relative_path_is_refused_by_the_daemon),
		TEST(long_listing_that_nobody_reads_does_not_block_the_others),
		TEST(one_client_too_many_is_turned_away_and_served_later),
		TEST(closing_cuts_off_a_listing_in_progress),
		cmocka_unit_test(who_sends_half_a_request_is_dropped_in_time),
		cmocka_unit_test(who_reads_nothing_is_dropped_in_time),
		cmocka_unit_test(
		    who_reads_nothing_but_says_it_is_alive_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
