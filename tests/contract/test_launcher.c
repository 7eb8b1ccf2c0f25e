/* SPDX-License-Identifier: ISC
 * tests/contract/test_launcher.c - the process that starts and ends the helper,
 * with a helper that tells what it was given. As root. */
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "identity/launcher.h"
#include "identity/question.h"
#include "tests/lib/scripted_helper.h"

enum { HELPERS = 8, PATIENCE_MILLIS = 20000 };

struct world {
	char		 program[64];
	struct launcher	*launcher;
	unsigned	 descriptors;	/* before */
};

static const struct launcher_resolvers system_resolvers = { .n = 0 };

static void
launch(struct world *w, const char *user, const char *fallback)
{
	struct launcher_conf	conf = { .program = w->program, .user = user,
				    .fallback = fallback };
	struct err		e = { "" };

	if (launcher_new(&w->launcher, &conf, &e) == -1)
		fail_msg("%s", e.text);
}

static int
begin(void **state)
{
	static struct world	w;

	w.descriptors = count_descriptors();
	scripted_helper_open(w.program);
	launch(&w, "", "");
	*state = &w;
	return 0;
}

/* After each test: no process and no descriptor is left. */
static int
end(void **state)
{
	struct world	*w = *state;

	launcher_free(&w->launcher);
	scripted_helper_close(w->program);
	assert_null(w->launcher);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(count_descriptors(), w->descriptors);
	return 0;
}

static pid_t
spawn(struct world *w, int *fd)
{
	struct err	e = { "" };
	pid_t		pid = -1;

	if (launcher_spawn(w->launcher, &system_resolvers, fd, &pid, &e) == -1)
		fail_msg("%s", e.text);
	assert_true(pid > 0);
	return pid;
}

static void
tell(int fd, const char *sender)
{
	struct question	q = { .id = 7, .kind = QUESTION_SPF };
	uint8_t		bytes[QUESTION_SIZE];
	size_t		len;

	(void)snprintf(q.sender, sizeof(q.sender), "%s", sender);
	len = question_write(&q, bytes);
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

static struct question_reply
ask(int fd, const char *sender)
{
	struct pollfd		p = { .fd = fd, .events = POLLIN };
	struct question_reply	r;
	uint8_t			bytes[QUESTION_SIZE];
	ssize_t			n;

	tell(fd, sender);
	assert_int_equal(poll(&p, 1, PATIENCE_MILLIS), 1);
	n = recv(fd, bytes, sizeof(bytes), 0);
	assert_true(n > 0);
	assert_int_equal(question_read_reply(&r, bytes, (size_t)n), 0);
	return r;
}

/* The helper's socket ends. */
static void
await_end(int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLIN };
	char		byte;

	assert_int_equal(poll(&p, 1, PATIENCE_MILLIS), 1);
	assert_true(recv(fd, &byte, 1, 0) <= 0);
}

static bool
is_gone(pid_t pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

static void
helper_gets_nothing_but_its_socket(void **state)
{
	struct world			*w = *state;
	struct launcher_resolvers	 two = { .n = 2, .at = { "192.0.2.1",
					    "2001:db8::1@5353" } };
	struct question_reply		 r;
	pid_t				 pid;
	int				 fd;

	assert_int_equal(launcher_spawn(w->launcher, &two, &fd, &pid, NULL),
	    0);
	r = ask(fd, "self@example.com");
	assert_int_equal(r.found[SELF_FDS], 3);
	assert_int_equal(r.found[SELF_BOUND], 3);
	assert_int_equal(r.found[SELF_BARE], 15);
	assert_int_equal(r.found[SELF_RESOLVERS], 2);
	(void)close(fd);
}

/* The end of a pipe that the launcher kept would keep its reader waiting. */
static void
launcher_holds_nothing_of_the_filter(void **state)
{
	struct world	*w = *state;
	struct pollfd	 p = { .events = POLLIN };
	int		 fds[2];

	launcher_free(&w->launcher);
	assert_int_equal(pipe(fds), 0);
	launch(w, "", "");
	(void)close(fds[1]);
	p.fd = fds[0];
	assert_int_equal(poll(&p, 1, PATIENCE_MILLIS), 1);
	(void)close(fds[0]);
}

static void
helper_of_root_has_an_account_of_its_own(void **state)
{
	struct world		*w = *state;
	const struct passwd	*pw = getpwnam("nobody");
	static const char *const users[][2] = { { "nobody", "root" },
				    { "no-such-user", "nobody" },
				    { "", "nobody" } };
	struct question_reply	 r;
	uid_t			 uid;
	gid_t			 gid = 12345;
	int			 fd;

	assert_int_equal(geteuid(), 0);
	assert_int_equal(setgroups(1, &gid), 0);
	assert_non_null(pw);
	uid = pw->pw_uid;
	gid = pw->pw_gid;
	for (size_t i = 0; i < 3; i++) {
		launcher_free(&w->launcher);
		launch(w, users[i][0], users[i][1]);
		(void)spawn(w, &fd);
		r = ask(fd, "self@example.com");
		assert_int_equal(r.found[SELF_UID], uid);
		assert_int_equal(r.found[SELF_GID], gid);
		assert_int_equal(r.found[SELF_GROUPS], 0);
		assert_int_equal(r.found[SELF_BOUND], 3);
		(void)close(fd);
	}
}

static void
account_that_does_not_exist_is_told(void **state)
{
	struct world		*w = *state;
	struct launcher_conf	 conf = { .program = w->program,
				    .user = "no-such-user", .fallback = "" };
	struct launcher		*l;
	struct err		 e;

	assert_int_equal(launcher_new(&l, &conf, &e), -1);
	assert_null(l);
	assert_non_null(strstr(e.text, "useradd"));
	assert_non_null(strstr(e.text, "no-such-user"));
}

static void
program_that_cannot_run_is_told(void **state)
{
	struct world		*w = *state;
	struct launcher_conf	 conf = { .program = "/nonexistent/spf",
				    .user = "", .fallback = "" };
	struct err		 e;
	pid_t			 pid;
	int			 fd;

	launcher_free(&w->launcher);
	assert_int_equal(launcher_new(&w->launcher, &conf, &e), 0);
	for (int i = 0; i < 2 * HELPERS; i++) {
		assert_int_equal(launcher_spawn(w->launcher,
		    &system_resolvers, &fd, &pid, &e), -1);
		assert_int_equal(fd, -1);
		assert_string_equal(e.text, "cannot run /nonexistent/spf: No "
		    "such file or directory");
	}
}

static void
how_a_helper_ended_is_told(void **state)
{
	struct world	*w = *state;
	struct err	 how;
	pid_t		 pid;
	int		 fd;

	pid = spawn(w, &fd);
	tell(fd, "die@example.com");
	await_end(fd);
	launcher_end(w->launcher, pid, &how);
	assert_string_equal(how.text, "ended with code 3: cannot go on");
	assert_true(is_gone(pid));
	(void)close(fd);

	pid = spawn(w, &fd);
	(void)kill(pid, SIGSEGV);
	await_end(fd);
	launcher_end(w->launcher, pid, &how);
	assert_non_null(strstr(how.text, "ended by signal 11"));
	(void)close(fd);
}

static void
helper_is_killed_and_gone(void **state)
{
	struct world	*w = *state;
	struct err	 how;
	pid_t		 pid[2];
	int		 fd[2];

	pid[0] = spawn(w, &fd[0]);
	pid[1] = spawn(w, &fd[1]);
	tell(fd[0], "freeze@example.com");
	launcher_kill(w->launcher, pid[0]);
	assert_true(is_gone(pid[0]));
	assert_int_equal(ask(fd[1], "yes@example.com").answer, 1);
	/* One that does not go by itself. */
	launcher_end(w->launcher, pid[1], &how);
	assert_true(is_gone(pid[1]));
	assert_non_null(strstr(how.text, "ended by signal 9"));
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static void
nobody_but_its_helpers_is_killed(void **state)
{
	struct world	*w = *state;
	pid_t		 bystander = fork(), pid;
	int		 fd;

	if (bystander == 0)
		for (;;)
			(void)pause();
	pid = spawn(w, &fd);
	launcher_kill(w->launcher, bystander);
	launcher_kill(w->launcher, 0);
	launcher_kill(w->launcher, -1);
	launcher_kill(w->launcher, -bystander);
	assert_int_equal(waitpid(bystander, NULL, WNOHANG), 0);
	assert_int_equal(ask(fd, "yes@example.com").answer, 1);
	launcher_kill(w->launcher, pid);
	launcher_kill(w->launcher, pid);
	(void)kill(bystander, SIGKILL);
	assert_int_equal(waitpid(bystander, NULL, 0), bystander);
	(void)close(fd);
}

static void
what_is_no_resolver_is_not_passed_on(void **state)
{
	struct world			*w = *state;
	struct launcher_resolvers	 r;
	static const char *const	 bad[] = { "", "-d", "192.0.2.1 x",
					    "/etc/passwd", "192.0.2.1;" };
	struct err			 e;
	pid_t				 pid;
	int				 fd;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = (struct launcher_resolvers){ .n = 2, .at = { "::1" } };
		(void)snprintf(r.at[1], sizeof(r.at[1]), "%s", bad[i]);
		if (launcher_spawn(w->launcher, &r, &fd, &pid, &e) != -1)
			fail_msg("taken for a resolver: \"%s\"", bad[i]);
		assert_string_equal(e.text, "not a resolver");
	}
	memset(r.at[1], '1', sizeof(r.at[1]));
	assert_int_equal(launcher_spawn(w->launcher, &r, &fd, &pid, &e), -1);
	r = (struct launcher_resolvers){ .n = LAUNCHER_RESOLVERS + 1 };
	assert_int_equal(launcher_spawn(w->launcher, &r, &fd, &pid, &e), -1);
}

static void
helpers_that_are_not_ended_are_bounded(void **state)
{
	struct world	*w = *state;
	struct err	 e;
	pid_t		 pid[HELPERS], one;
	int		 fd[HELPERS], none;

	for (int i = 0; i < HELPERS; i++)
		pid[i] = spawn(w, &fd[i]);
	assert_int_equal(launcher_spawn(w->launcher, &system_resolvers, &none,
	    &one, &e), -1);
	assert_non_null(strstr(e.text, "do not end"));
	/* One that ends makes room, told or not. */
	(void)kill(pid[3], SIGKILL);
	await_end(fd[3]);
	(void)close(fd[3]);
	for (int i = 0; launcher_spawn(w->launcher, &system_resolvers, &fd[3],
	    &pid[3], &e) == -1; i++)
		assert_true(i < 1000);
	assert_int_equal(ask(fd[3], "yes@example.com").answer, 1);
	for (int i = 0; i < HELPERS; i++)
		(void)close(fd[i]);
}

static void
signals_to_the_filter_do_not_end_it(void **state)
{
	struct world		*w = *state;
	static const int	 signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1,
				    SIGQUIT, SIGPIPE, SIGTSTP };
	pid_t			 launcher;
	int			 fd;

	(void)spawn(w, &fd);
	launcher = (pid_t)ask(fd, "self@example.com").found[SELF_PARENT];
	(void)close(fd);
	assert_int_equal(getsid(launcher), launcher);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		assert_int_equal(kill(launcher, signals[i]), 0);
	(void)spawn(w, &fd);
	assert_int_equal(ask(fd, "self@example.com").found[SELF_PARENT],
	    launcher);
	(void)close(fd);
}

static void
launcher_that_is_killed_takes_its_helpers_along(void **state)
{
	struct world	*w = *state;
	struct err	 e;
	pid_t		 launcher, pid;
	int		 fd, none;

	pid = spawn(w, &fd);
	launcher = (pid_t)ask(fd, "self@example.com").found[SELF_PARENT];
	tell(fd, "freeze@example.com");
	(void)kill(launcher, SIGKILL);
	await_end(fd);
	assert_int_equal(launcher_spawn(w->launcher, &system_resolvers, &none,
	    &pid, &e), -1);
	assert_non_null(strstr(e.text, "restart greygate"));
	(void)close(fd);
	/* We are given what it leaves behind, see main(). */
	launcher_free(&w->launcher);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

static void
filter_that_is_killed_takes_all_along(void **state)
{
	struct world	*w = *state;
	pid_t		 filter;
	int		 fd, status;

	/* Its end of the socket would keep ours. */
	launcher_free(&w->launcher);
	filter = fork();
	if (filter == 0) {
		launch(w, "", "");
		(void)spawn(w, &fd);
		(void)spawn(w, &fd);
		(void)kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(filter, &status, 0), filter);
	assert_true(WIFSIGNALED(status));
	/* The launcher ends once its helpers have. */
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(waitpid(-1, &status, 0), -1);
}

static void
filter_that_goes_to_the_background_keeps_it(void **state)
{
	struct world	*w = *state;
	pid_t		 child, helper;
	int		 status, fd;

	launcher_free(&w->launcher);
	child = fork();
	if (child == 0) {
		launch(w, "", "");
		child = fork();
		if (child > 0)
			_exit(0);
		helper = spawn(w, &fd);
		launcher_free(&w->launcher);
		_exit(is_gone(helper) ? 5 : 6);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* The launcher ends with 0, the filter with what it saw. */
	for (int i = 0, sum = 0; i < 2; i++) {
		assert_true(waitpid(-1, &status, 0) > 0);
		assert_true(WIFEXITED(status));
		sum += WEXITSTATUS(status);
		if (i == 1)
			assert_int_equal(sum, 5);
	}
}

#define ROW(test)	cmocka_unit_test_setup_teardown(test, begin, end)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ROW(helper_gets_nothing_but_its_socket),
		ROW(launcher_holds_nothing_of_the_filter),
		ROW(helper_of_root_has_an_account_of_its_own),
		ROW(account_that_does_not_exist_is_told),
		ROW(program_that_cannot_run_is_told),
		ROW(how_a_helper_ended_is_told),
		ROW(helper_is_killed_and_gone),
		ROW(nobody_but_its_helpers_is_killed),
		ROW(what_is_no_resolver_is_not_passed_on),
		ROW(helpers_that_are_not_ended_are_bounded),
		ROW(signals_to_the_filter_do_not_end_it),
		ROW(launcher_that_is_killed_takes_its_helpers_along),
		ROW(filter_that_is_killed_takes_all_along),
		ROW(filter_that_goes_to_the_background_keeps_it),
	};

	scripted_helper_main(argc, argv);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
