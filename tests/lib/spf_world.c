/* SPDX-License-Identifier: ISC
 * tests/lib/spf_world.c - the process of spf_world.h. */
#include "tests/lib/spf_world.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"

void
spf_world_become(int fd, const char *resolver)
{
	const char	*out = getenv("OUT");
	char		 program[200], server[40];

	(void)snprintf(program, sizeof(program), "%s/greygate-spf",
	    out == NULL ? "build" : out);
	(void)snprintf(server, sizeof(server), "%s",
	    resolver == NULL ? "" : resolver);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(fd, STDIN_FILENO);
	(void)execv(program, (char *[]){ program,
	    resolver == NULL ? NULL : server, NULL });
	_exit(127);
}

void
spf_world_start(struct spf_world *w, const char *resolver)
{
	int	ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    ends), 0);
	w->pid = fork();
	assert_int_not_equal(w->pid, -1);
	if (w->pid == 0)
		spf_world_become(ends[1], resolver);
	(void)close(ends[1]);
	w->fd = ends[0];
}

/* Closes its socket. Its exit status, at once: but TSan waits a second. */
int
spf_world_end(struct spf_world *w)
{
	int	status = -1;

	(void)close(w->fd);
	for (int i = 0; i < 300; i++) {
		if (waitpid(w->pid, &status, WNOHANG) == w->pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		(void)poll(NULL, 0, 10);
	}
	(void)kill(w->pid, SIGKILL);
	(void)waitpid(w->pid, &status, 0);
	fail_msg("it goes on without a socket");
	return -1;
}

struct question
spf_world_about(uint64_t id, const char *client, const char *sender)
{
	struct question	q = { .id = id, .kind = QUESTION_SPF,
			    .helo = "mx.helo.example" };
	struct err	e;

	if (ip_parse(client, &q.client, &e) == -1)
		fail_msg("%s", e.text);
	(void)snprintf(q.sender, sizeof(q.sender), "%s", sender);
	return q;
}

void
spf_world_send(struct spf_world *w, const struct question *q)
{
	uint8_t	bytes[QUESTION_SIZE];
	size_t	len = question_write(q, bytes);

	w->asked = clock_monotonic_micros();
	assert_int_equal(send(w->fd, bytes, len, MSG_NOSIGNAL), len);
}

void
spf_world_hear(struct spf_world *w, int millis)
{
	struct pollfd	p = { .fd = w->fd, .events = POLLIN };
	uint8_t		bytes[QUESTION_SIZE];
	ssize_t		len;

	if (poll(&p, 1, millis) != 1)
		fail_msg("no reply in %d ms", millis);
	len = recv(w->fd, bytes, sizeof(bytes), 0);
	assert_true(len > 0);
	assert_int_equal(question_read_reply(&w->r, bytes, (size_t)len), 0);
	w->millis = (clock_monotonic_micros() - w->asked) / 1000;
}

int
spf_world_asks(struct spf_world *w, const struct question *q)
{
	spf_world_send(w, q);
	spf_world_hear(w, SPF_WORLD_PATIENCE);
	assert_int_equal(w->r.id, q->id);
	return w->r.answer;
}
