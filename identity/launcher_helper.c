/* SPDX-License-Identifier: ISC
 * identity/launcher_helper.c - from a copy of the launcher to greygate-spf:
 * what a process gives away before it runs what reads hostile input. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "identity/launcher_private.h"

enum { SOCKET, WORDS, FAILURE };

/* Its socket is 0, its complaints go to 2; 3 is closed when it starts. The
 * others are beyond 3, as the launcher's are taken. */
static int
take_descriptors(const int fds[3], struct err *e)
{
	if (dup2(fds[SOCKET], STDIN_FILENO) == -1 ||
	    dup2(fds[WORDS], STDERR_FILENO) == -1 ||
	    dup3(fds[FAILURE], LAUNCHER_SOCKET, O_CLOEXEC) == -1)
		return err_set(e, "cannot give greygate-spf its socket: %s",
		    strerror(errno));
	closefrom(LAUNCHER_SOCKET + 1);
	return 0;
}

static void
take_signals(void)
{
	sigset_t	none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
take_account(const struct launcher_account *a, struct err *e)
{
	if (!a->become)
		return 0;
	if (setgroups(0, NULL) == -1 || setresgid(a->gid, a->gid, a->gid) ==
	    -1 || setresuid(a->uid, a->uid, a->uid) == -1)
		return err_set(e, "cannot give greygate-spf the account %ld: "
		    "%s", (long)a->uid, strerror(errno));
	return 0;
}

/* After the account: a change of it would forget the signal. */
static int
take_chains(pid_t launcher, struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return err_set(e, "cannot bind greygate-spf: %s",
		    strerror(errno));
	if (getppid() != launcher)
		_exit(1);
	return 0;
}

static void
run(const char *program, const struct launcher_resolvers *resolvers,
    struct err *e)
{
	static char	 empty[] = "";
	char		 path[4096], at[LAUNCHER_RESOLVERS]
			    [LAUNCHER_RESOLVER_SIZE];
	char		*argv[LAUNCHER_RESOLVERS + 2] = { empty };
	char *const	 env[] = { NULL };

	if (strlen(program) >= sizeof(path)) {
		(void)err_set(e, "too long a path: %s", program);
		return;
	}
	(void)strcpy(path, program);
	memcpy(at, resolvers->at, sizeof(at));
	argv[0] = path;
	for (size_t i = 0; i < resolvers->n; i++)
		argv[i + 1] = at[i];
	(void)execve(program, argv, env);
	(void)err_set(e, "cannot run %s: %s", program, strerror(errno));
}

void
launcher_become_helper(const char *program,
    const struct launcher_account *account,
    const struct launcher_resolvers *resolvers, const int fds[3])
{
	struct err	e = { "" };
	pid_t		launcher = getppid();

	if (take_descriptors(fds, &e) == -1)
		(void)!write(fds[FAILURE], &e, sizeof(e));
	else {
		take_signals();
		if (take_account(account, &e) == 0 &&
		    take_chains(launcher, &e) == 0)
			run(program, resolvers, &e);
		(void)!write(LAUNCHER_SOCKET, &e, sizeof(e));
	}
	_exit(127);
}
