/* SPDX-License-Identifier: ISC
 * tests/lib/scripted_helper.c - the helper that scripted_helper.h describes. */
#include "tests/lib/scripted_helper.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "identity/question.h"

#define NAME	"scripted-spf"

enum { HELD_MAX = 2000 };

struct play {
	uint64_t	held[HELD_MAX];
	unsigned	n_held, resolvers;
	bool		release;
};

unsigned
count_descriptors(void)
{
	DIR		*dir = opendir("/proc/self/fd");
	unsigned	 n = 0;

	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		(void)closedir(dir);
	return n - 3;		/* ".", ".." and this one */
}

static void
tell(const struct question_reply *r)
{
	uint8_t	bytes[QUESTION_SIZE];
	size_t	len = question_write_reply(r, bytes);

	if (send(0, bytes, len, MSG_NOSIGNAL) == -1)
		_exit(0);
}

static void
answer(uint64_t id, int said, uint32_t ttl)
{
	struct question_reply	r = { .id = id, .answer = said, .ttl = ttl,
				    .result = said == 1 ? SPF_PASS : said == 0 ?
				    SPF_NONE : SPF_TEMPERROR,
				    .withdrawn = said == 0 };

	(void)err_set(&r.why, "it was %d", said);
	tell(&r);
}

static unsigned
bare(void)
{
	char			folder[256];
	sigset_t		blocked;
	struct sigaction	action;
	unsigned		bits = environ[0] == NULL;
	bool			open = true, heard = true;

	if (getcwd(folder, sizeof(folder)) != NULL && strcmp(folder, "/") == 0)
		bits |= 2;
	(void)sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int i = 1; i < 32; i++) {
		open = open && !sigismember(&blocked, i);
		if (sigaction(i, NULL, &action) == 0)
			heard = heard && action.sa_handler != SIG_IGN;
	}
	return bits | (open ? 4 : 0) | (heard ? 8 : 0);
}

static void
tell_self(const struct play *p, uint64_t id)
{
	struct question_reply	r = { .id = id, .answer = 1 };
	int			signal = 0;

	(void)prctl(PR_GET_PDEATHSIG, &signal);
	r.n_found = QUESTION_FOUND;
	r.found[SELF_UID] = getuid();
	r.found[SELF_GID] = getegid();
	r.found[SELF_GROUPS] = (uint32_t)getgroups(0, NULL);
	r.found[SELF_FDS] = count_descriptors();
	r.found[SELF_BOUND] = (uint32_t)prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) |
	    (signal == SIGKILL ? 2 : 0);
	r.found[SELF_BARE] = bare();
	r.found[SELF_RESOLVERS] = p->resolvers;
	r.found[SELF_PARENT] = (uint32_t)getppid();
	tell(&r);
}

static void
release(struct play *p)
{
	while (p->n_held > 0)
		answer(p->held[--p->n_held], 1, 0);
}

static void
act(struct play *p, const struct question *q)
{
	const char	*say = q->kind == QUESTION_LIST ? "yes" : q->sender;
	size_t		 len = strcspn(say, "@0123456789");

#define IS(word)	(len == strlen(word) && strncmp(say, word, len) == 0)
	if (IS("yes") || IS("no"))
		answer(q->id, say[0] == 'y', 3600);
	else if (IS("fail"))
		answer(q->id, -1, 3600);
	else if (IS("odd")) {
		answer(q->id + 1024, 0, 0);
		answer(q->id ^ 1, 0, 0);
		answer(q->id, 1, 0);
	} else if (IS("garbage"))
		(void)send(0, "R?", 2, MSG_NOSIGNAL);
	else if (IS("hold") && p->n_held < HELD_MAX)
		p->held[p->n_held++] = q->id;
	else if (IS("release")) {
		release(p);
		answer(q->id, 1, 0);
	} else if (IS("die")) {
		(void)!write(2, "cannot go on\nat all\n", 20);
		_exit(3);
	} else if (IS("freeze"))
		(void)raise(SIGSTOP);
	else if (IS("self"))
		tell_self(p, q->id);
#undef IS
	if (p->release)
		release(p);
}

void
scripted_helper_main(int argc, char **argv)
{
	static struct play	p;
	struct question		q;
	uint8_t			bytes[QUESTION_SIZE];
	ssize_t			n;

	if (strstr(argv[0], NAME) == NULL)
		return;
	p.resolvers = (unsigned)argc - 1;
	for (int i = 1; i < argc; i++) {
		p.release = p.release || strcmp(argv[i], "release") == 0;
		if (strcmp(argv[i], "exit") == 0)
			_exit(4);
	}
	while ((n = recv(0, bytes, sizeof(bytes), 0)) > 0)
		if (question_read(&q, bytes, (size_t)n) == 0)
			act(&p, &q);
	_exit(0);
}

/* A copy, for the helper's account may not be allowed into our folder. */
void
scripted_helper_open(char path[64])
{
	int		from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	struct stat	st;
	ssize_t		n;

	(void)snprintf(path, 64, "/tmp/gg-spf-XXXXXX");
	assert_non_null(mkdtemp(path));
	assert_int_equal(chmod(path, 0755), 0);
	(void)strcat(path, "/" NAME);
	to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	assert_true(from != -1 && to != -1 && fstat(from, &st) == 0);
	for (off_t left = st.st_size; left > 0; left -= n) {
		n = sendfile(to, from, NULL, (size_t)left);
		assert_true(n > 0);
	}
	(void)close(from);
	(void)close(to);
}

void
scripted_helper_close(const char *path)
{
	char	folder[64];

	(void)unlink(path);
	(void)snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = '\0';
	(void)rmdir(folder);
}
