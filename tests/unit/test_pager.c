/* SPDX-License-Identifier: ISC
 * tests/unit/test_pager.c - long output through a pager that obeys, leaves early or
 * is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/pager.h"

struct scene {
	char	folder[64], path[80], pager[160];
	char	*out, *messages, *file;	/* what was written */
	size_t	out_len, messages_len;
	struct ctl ctl;
};

static void
begin(struct scene *s, const char *pager)
{
	(void)strcpy(s->folder, "/tmp/greygate-pager.XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	(void)snprintf(s->path, sizeof(s->path), "%s/out", s->folder);
	(void)snprintf(s->pager, sizeof(s->pager), "%s >%s", pager, s->path);
	s->ctl = (struct ctl){ .columns = 80, .pager = s->pager,
	    .out = open_memstream(&s->out, &s->out_len),
	    .messages = open_memstream(&s->messages, &s->messages_len) };
	s->file = NULL;
}

static void
end(struct scene *s)
{
	size_t	n = 0;
	FILE	*in;

	(void)fclose(s->ctl.out);
	(void)fclose(s->ctl.messages);
	in = fopen(s->path, "r");
	if (in != NULL) {
		if (getdelim(&s->file, &n, '\0', in) == -1 &&
		    s->file != NULL)
			s->file[0] = '\0';
		(void)fclose(in);
		(void)unlink(s->path);
	}
	assert_int_equal(rmdir(s->folder), 0);
}

static void
clear(struct scene *s)
{
	free(s->out);
	free(s->messages);
	free(s->file);
}

static void
output_goes_through_the_pager_and_the_exit_code_stays(void **state)
{
	struct scene		 s;
	struct pager		 p;
	const struct ctl	*ctl;

	(void)state;
	begin(&s, "sed s/a/b/");
	ctl = pager_begin(&p, &s.ctl);
	assert_int_equal(ctl->columns, 80);
	(void)fputs("aaa\n", ctl->out);
	assert_int_equal(pager_end(&p, CTL_NO), CTL_NO);
	end(&s);
	assert_string_equal(s.file, "baa\n");
	assert_string_equal(s.out, "");
	clear(&s);
}

static void
pager_that_leaves_early_is_no_failure(void **state)
{
	struct scene		 s;
	struct pager		 p;
	const struct ctl	*ctl;
	int			 lines = 0;

	(void)state;
	begin(&s, "head -n 1");
	ctl = pager_begin(&p, &s.ctl);
	while (!ferror(ctl->out) && lines < 1000000) {
		(void)fputs("line\n", ctl->out);
		lines++;
	}
	assert_true(lines < 1000000);
	assert_int_equal(pager_end(&p, CTL_DONE), CTL_DONE);
	end(&s);
	assert_string_equal(s.file, "line\n");
	clear(&s);
}

static void
no_pager_without_a_terminal_or_a_wish(void **state)
{
	struct scene	s;
	struct pager	p;

	(void)state;
	begin(&s, "cat");
	s.ctl.columns = 0;
	assert_ptr_equal(pager_begin(&p, &s.ctl), &s.ctl);
	assert_int_equal(pager_end(&p, CTL_DONE), CTL_DONE);
	s.ctl.columns = 80;
	s.ctl.pager = NULL;
	assert_ptr_equal(pager_begin(&p, &s.ctl), &s.ctl);
	(void)fputs("whole", s.ctl.out);
	assert_int_equal(pager_end(&p, CTL_NO), CTL_NO);
	end(&s);
	assert_string_equal(s.out, "whole");
	clear(&s);
}

static void
output_that_cannot_be_written_is_a_failure(void **state)
{
	struct ctl	ctl = { .out = fopen("/dev/full", "w") };
	struct pager	p;

	(void)state;
	assert_non_null(ctl.out);
	(void)pager_begin(&p, &ctl);
	(void)fputs("text", ctl.out);
	assert_int_equal(pager_end(&p, CTL_DONE), CTL_FAILED);
	(void)fclose(ctl.out);
}

static void
pager_that_is_not_there_is_told_with_its_cure(void **state)
{
	struct scene	s;
	struct pager	p;

	(void)state;
	begin(&s, "exec 2>/dev/null; /nonexistent/pager");
	(void)pager_begin(&p, &s.ctl);
	assert_int_equal(pager_end(&p, CTL_DONE), CTL_FAILED);
	end(&s);
	assert_string_equal(s.messages, "greyctl: the pager cannot be run; "
	    "set PAGER to one that can, or to cat for none\n");
	clear(&s);
}

/* Ctrl-C while lines are still coming: the pager shows what it has, only then does
 * greyctl end. */
static void
interrupt_leaves_the_terminal_to_the_pager(void **state)
{
	struct scene		 s;
	struct pager		 p;
	const struct ctl	*ctl;
	int			 status;
	pid_t			 pid;

	(void)state;
	begin(&s, "(cat; echo shown)");
	pid = fork();
	if (pid == 0) {
		ctl = pager_begin(&p, &s.ctl);
		(void)fputs("first\n", ctl->out);
		(void)fflush(ctl->out);
		(void)raise(SIGINT);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 128 + SIGINT);
	end(&s);
	assert_string_equal(s.file, "first\nshown\n");
	clear(&s);
}

static void
signals_are_as_before_when_it_has_gone(void **state)
{
	struct scene		 s;
	struct pager		 p;
	struct sigaction	 now;

	(void)state;
	begin(&s, "cat");
	(void)pager_begin(&p, &s.ctl);
	(void)sigaction(SIGPIPE, NULL, &now);
	assert_true(now.sa_handler == SIG_IGN);
	(void)pager_end(&p, CTL_DONE);
	(void)sigaction(SIGPIPE, NULL, &now);
	assert_true(now.sa_handler == SIG_DFL);
	(void)sigaction(SIGINT, NULL, &now);
	assert_true(now.sa_handler == SIG_DFL);
	end(&s);
	clear(&s);
}

static void
environment_chooses_pager_and_colours(void **state)
{
	(void)state;
	(void)setenv("PAGER", "most -x", 1);
	assert_string_equal(pager_command(), "most -x");
	(void)setenv("PAGER", "cat", 1);
	assert_null(pager_command());
	(void)setenv("PAGER", "", 1);
	assert_null(pager_command());
	(void)unsetenv("PAGER");
	assert_non_null(strstr(pager_command(), "less"));
	(void)setenv("TERM", "xterm", 1);
	(void)unsetenv("NO_COLOR");
	assert_true(pager_allows_colours());
	(void)setenv("NO_COLOR", "1", 1);
	assert_false(pager_allows_colours());
	(void)setenv("NO_COLOR", "", 1);
	assert_true(pager_allows_colours());
	(void)setenv("TERM", "dumb", 1);
	assert_false(pager_allows_colours());
	(void)unsetenv("TERM");
	assert_false(pager_allows_colours());
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(
		    output_goes_through_the_pager_and_the_exit_code_stays),
		cmocka_unit_test(pager_that_leaves_early_is_no_failure),
		cmocka_unit_test(no_pager_without_a_terminal_or_a_wish),
		cmocka_unit_test(output_that_cannot_be_written_is_a_failure),
		cmocka_unit_test(pager_that_is_not_there_is_told_with_its_cure),
		cmocka_unit_test(interrupt_leaves_the_terminal_to_the_pager),
		cmocka_unit_test(signals_are_as_before_when_it_has_gone),
		cmocka_unit_test(environment_chooses_pager_and_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
