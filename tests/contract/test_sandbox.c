/* SPDX-License-Identifier: ISC
 * tests/contract/test_sandbox.c - what a process can still do in the sandbox of
 * greygate-spf. Each is tried in a child, which is lost. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "identity/sandbox.h"

/* What a child says that does this: 0 that it is well. */
static int
child(int (*does)(void))
{
	pid_t	pid = fork();
	int	status;

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(does());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Says nothing: a file may not grow any more, not even a log. */
static int
leaks(void)
{
	return sandbox_enter(NULL) == -1 ? 2 : sandbox_leak() != NULL;
}

static void *
leak_of_thread(void *arg)
{
	pthread_barrier_t	*entered = arg;

	(void)pthread_barrier_wait(entered);	/* runs */
	(void)pthread_barrier_wait(entered);
	_exit(sandbox_leak() != NULL);
}

static int
leaks_in_a_thread_from_before(void)
{
	pthread_barrier_t	entered;
	pthread_t		thread;
	struct err		e;

	if (pthread_barrier_init(&entered, NULL, 2) != 0 ||
	    pthread_create(&thread, NULL, leak_of_thread, &entered) != 0)
		return 3;
	(void)pthread_barrier_wait(&entered);
	if (sandbox_enter(&e) == -1)
		return 2;
	(void)pthread_barrier_wait(&entered);
	(void)pthread_join(thread, NULL);
	return 4;
}

static int
has_more_than_its_memory(void)
{
	struct err	e;
	size_t		size = (size_t)SANDBOX_MEMORY_MIB * 1024 * 1024;
	void		*little, *much;

	if (sandbox_enter(&e) == -1)
		return 2;
	little = mmap(NULL, size / 8, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	much = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return little == MAP_FAILED || much != MAP_FAILED;
}

/* Whether a file of /proc about a process has such a line. */
static bool
tells(pid_t pid, const char *file, const char *line)
{
	char	path[64], text[256];
	bool	found = false;
	FILE	*f;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	f = fopen(path, "r");
	assert_non_null(f);
	while (!found && fgets(text, sizeof(text), f) != NULL)
		found = strncmp(text, line, strlen(line)) == 0;
	(void)fclose(f);
	return found;
}

/* A child that says on a pipe that it is in the sandbox, and stays. */
static pid_t
held_child(void)
{
	int		ends[2];
	char		byte = 0;
	pid_t		pid;
	struct err	e;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		byte = sandbox_enter(&e) == 0;
		(void)!write(ends[1], &byte, 1);
		(void)close(ends[1]);
		(void)poll(NULL, 0, 10000);
		_exit(0);
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(byte, 1);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return pid;
}

static void
nothing_gets_out(void **state)
{
	(void)state;
	if (sandbox_is_built_in())
		assert_int_equal(child(leaks), 0);
	else
		assert_int_equal(child(leaks), 1);
}

static void
threads_from_before_are_held_too(void **state)
{
	(void)state;
	if (sandbox_is_built_in())
		assert_int_equal(child(leaks_in_a_thread_from_before), 0);
}

static void
memory_is_bounded(void **state)
{
	(void)state;
	if (sandbox_is_built_in())
		assert_int_equal(child(has_more_than_its_memory), 0);
}

static void
it_leaves_no_core_and_gains_no_rights(void **state)
{
	pid_t	pid = held_child();
	bool	told = tells(pid, "limits", "Max core file size        0    "
		    "                0 ") &&
		    tells(pid, "status", "NoNewPrivs:\t1\n") &&
		    tells(pid, "status", sandbox_is_built_in() ?
		    "Seccomp:\t2\n" : "Seccomp:");

	(void)state;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	assert_true(told);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_gets_out),
		cmocka_unit_test(threads_from_before_are_held_too),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(it_leaves_no_core_and_gains_no_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
