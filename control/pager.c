/* SPDX-License-Identifier: ISC
 * control/pager.c - a child that pages, at the other end of a pipe. */
#include "control/pager.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_FOUND = 127 };	/* the shell's exit code */

/* The system's own; one that ends by itself if all fits the screen. */
#define USUAL	"if command -v pager >/dev/null; then exec pager; " \
		"elif command -v less >/dev/null; then exec less; " \
		"else exec cat; fi"

const char *
pager_command(void)
{
	const char	*command = getenv("PAGER");

	if (command == NULL)
		return USUAL;
	return command[0] == '\0' || strcmp(command, "cat") == 0 ? NULL :
	    command;
}

bool
pager_allows_colours(void)
{
	const char	*no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no == NULL || no[0] == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

/* At an interrupt the pager stays to show what there is; then nobody may take the
 * terminal from it. Calls only what signal-safety(7) allows. */
static void
wait_and_end(int signal)
{
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	_exit(128 + signal);
}

static void
become_pager(const char *command, const int ends[2])
{
	(void)dup2(ends[0], STDIN_FILENO);
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)setenv("LESS", "FRX", 0);
	(void)setenv("LV", "-c", 0);
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(NOT_FOUND);
}

static void
set_signals(bool paging)
{
	struct sigaction	pipe = { .sa_handler = paging ? SIG_IGN :
				    SIG_DFL };
	struct sigaction	interrupt = { .sa_handler = paging ?
				    wait_and_end : SIG_DFL };

	(void)sigaction(SIGPIPE, &pipe, NULL);
	(void)sigaction(SIGINT, &interrupt, NULL);
}

/* The writing end of a pipe to a pager; NULL: there is none. */
static FILE *
start(const char *command, pid_t *pid)
{
	int	 ends[2];
	FILE	*out;

	if (pipe(ends) == -1)
		return NULL;
	out = fdopen(ends[1], "w");
	*pid = out == NULL ? -1 : fork();
	if (*pid == 0)
		become_pager(command, ends);
	(void)close(ends[0]);
	if (*pid != -1)
		return out;
	*pid = 0;
	if (out == NULL)
		(void)close(ends[1]);
	else
		(void)fclose(out);
	return NULL;
}

const struct ctl *
pager_begin(struct pager *p, const struct ctl *ctl)
{
	FILE	*out;

	*p = (struct pager){ .ctl = *ctl, .whole = ctl };
	if (ctl->pager == NULL || ctl->columns == 0)
		return ctl;
	(void)fflush(ctl->out);
	out = start(ctl->pager, &p->pid);
	if (out == NULL)
		return ctl;
	p->ctl.out = out;
	set_signals(true);
	return &p->ctl;
}

int
pager_end(struct pager *p, int code)
{
	int	status = 0;

	if (p->pid == 0)
		return fflush(p->whole->out) == EOF ||
		    ferror(p->whole->out) ? CTL_FAILED : code;
	(void)fclose(p->ctl.out);
	while (waitpid(p->pid, &status, 0) == -1 && errno == EINTR)
		;
	p->pid = 0;
	set_signals(false);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != NOT_FOUND)
		return code;
	(void)fprintf(p->whole->messages, "greyctl: the pager cannot be run; "
	    "set PAGER to one that can, or to cat for none\n");
	return CTL_FAILED;
}
