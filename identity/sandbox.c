/* SPDX-License-Identifier: ISC
 * identity/sandbox.c - limits, and a list of system calls. The only file that
 * includes seccomp.h. */
#include "identity/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

enum { MIB = 1024 * 1024, KIND_OF_SOCKET = 0xf };

/* Allowed whatever their arguments. Nothing here takes a path, an identity of
 * another process, or makes code. */
static const int	free_calls[] = {
	SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(membarrier),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getrandom),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(select), SCMP_SYS(pselect6),
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(close), SCMP_SYS(fstat),
	SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(shutdown),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
	SCMP_SYS(recv), SCMP_SYS(send),
	SCMP_SYS(setsockopt), SCMP_SYS(getsockopt),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
};

/* Allowed where an argument, of those bits that the mask has, is the value. */
struct condition {
	int		call;
	unsigned	argument;
	scmp_datum_t	mask, value;
};

static const struct condition	conditions[] = {
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mmap2), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(fcntl), 1, 0xffffffff, F_GETFD },
	{ SCMP_SYS(fcntl), 1, 0xffffffff, F_SETFD },
	{ SCMP_SYS(fcntl), 1, 0xffffffff, F_GETFL },
	{ SCMP_SYS(fcntl), 1, 0xffffffff, F_SETFL },
	{ SCMP_SYS(ioctl), 1, 0xffffffff, FIONBIO },
	{ SCMP_SYS(ioctl), 1, 0xffffffff, FIONREAD },
};

static const int	families[] = { AF_INET, AF_INET6 };
static const int	kinds[] = { SOCK_DGRAM, SOCK_STREAM };

/* A call that this processor does not have is allowed in vain. */
static int
allow(scmp_filter_ctx f, int call, unsigned n, const struct scmp_arg_cmp *args)
{
	int	code = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, call, n, args);

	return code == -EDOM ? 0 : code;
}

static int
allow_sockets(scmp_filter_ctx f)
{
	int	code = 0;

	for (size_t i = 0; i < 4 && code == 0; i++) {
		const struct scmp_arg_cmp	args[] = {
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i / 2], 0),
			SCMP_A1(SCMP_CMP_MASKED_EQ, KIND_OF_SOCKET,
			    (scmp_datum_t)kinds[i % 2]),
		};

		code = allow(f, SCMP_SYS(socket), 2, args);
	}
	return code;
}

static int
allow_all(scmp_filter_ctx f)
{
	int	code = 0;

	for (size_t i = 0; i < sizeof(free_calls) / sizeof(free_calls[0]) &&
	    code == 0; i++)
		code = allow(f, free_calls[i], 0, NULL);
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]) &&
	    code == 0; i++) {
		const struct condition		*c = &conditions[i];
		const struct scmp_arg_cmp	 arg = SCMP_CMP(c->argument,
						    SCMP_CMP_MASKED_EQ, c->mask,
						    c->value);

		code = allow(f, c->call, 1, &arg);
	}
	return code == 0 ? allow_sockets(f) : code;
}

/* For all threads, those of libunbound too. */
static int
filter(struct err *e)
{
	scmp_filter_ctx	f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int		code = f == NULL ? -ENOMEM : 0;

	if (code == 0)
		code = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (code == 0)
		code = allow_all(f);
	if (code == 0)
		code = seccomp_load(f);
	if (f != NULL)
		seccomp_release(f);
	if (code != 0)
		return err_set(e, "seccomp: %s; SPF is evaluated inside of it "
		    "only, which takes a kernel with CONFIG_SECCOMP_FILTER",
		    strerror(-code));
	return 0;
}

static int
limit(__rlimit_resource_t what, rlim_t most, const char *name, struct err *e)
{
	const struct rlimit	r = { most, most };

	if (setrlimit(what, &r) == -1 && errno != EPERM)
		return err_set(e, "limit of %s: %s", name, strerror(errno));
	return 0;
}

bool
sandbox_is_built_in(void)
{
	return !SANITIZED;
}

int
sandbox_enter(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return err_set(e, "prctl: %s", strerror(errno));
	if (limit(RLIMIT_CORE, 0, "core files", e) == -1 ||
	    limit(RLIMIT_FSIZE, 0, "file sizes", e) == -1 ||
	    limit(RLIMIT_NOFILE, SANDBOX_FILES, "descriptors", e) == -1)
		return -1;
	if (!sandbox_is_built_in())
		return 0;
	if (limit(RLIMIT_NPROC, 0, "processes", e) == -1 ||
	    limit(RLIMIT_AS, (rlim_t)SANDBOX_MEMORY_MIB * MIB, "memory",
	    e) == -1)
		return -1;
	return filter(e);
}

static bool
can_fork(void)
{
	pid_t	pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return pid != -1;
}

static bool
can_open(const char *path, int flags)
{
	int	fd = open(path, flags, 0600);

	if (fd != -1)
		(void)close(fd);
	return fd != -1;
}

static bool
can_have_socket(int family, int kind)
{
	int	fd = socket(family, kind, 0);

	if (fd != -1)
		(void)close(fd);
	return fd != -1;
}

const char *
sandbox_leak(void)
{
	static char	*const none[] = { NULL };

	if (can_open("/etc/passwd", O_RDONLY))
		return "reads files";
	if (can_open("/tmp/greygate-spf", O_WRONLY | O_CREAT))
		return "writes files";
	if (can_have_socket(AF_UNIX, SOCK_STREAM) ||
	    can_have_socket(AF_NETLINK, SOCK_RAW) ||
	    can_have_socket(AF_INET, SOCK_RAW))
		return "has other sockets than the DNS takes";
	if (!can_have_socket(AF_INET, SOCK_DGRAM))
		return "cannot even ask the DNS";
	if (can_fork())
		return "starts processes";
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		return "makes code";
	if (kill(getppid(), 0) == 0)
		return "sends signals";
	(void)execve("/proc/self/exe", none, none);
	return errno == EPERM ? NULL : "starts programs";
}
