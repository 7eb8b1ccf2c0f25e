/* SPDX-License-Identifier: ISC
 * tests/lib/slapd_world.c - the servers of slapd_world.h. */
#include "tests/lib/slapd_world.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/store_world.h"

enum { TRIES = 2000, PAUSE_MS = 5 };

static struct sockaddr_in
loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* Listens on a free port. */
static int
listen_anywhere(int *port)
{
	struct sockaddr_in	at = loopback(0);
	socklen_t		len = sizeof(at);
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
				    0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&at, len) == -1 ||
	    listen(fd, 16) == -1 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) == -1)
		err(1, "a free port");
	*port = ntohs(at.sin_port);
	return fd;
}

int
free_port(void)
{
	int	port;

	(void)close(listen_anywhere(&port));
	return port;
}

static bool
listens(int port)
{
	struct sockaddr_in	at = loopback(port);
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
				    0);
	bool			good;

	good = connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	(void)close(fd);
	return good;
}

/* The same, without going there. */
static bool
is_listened_on(int port)
{
	char	 line[256], wanted[40];
	bool	 found = false;
	FILE	*f = fopen("/proc/net/tcp", "r");

	(void)snprintf(wanted, sizeof(wanted), ":%04X 00000000:0000 0A", port);
	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = strstr(line, wanted) != NULL;
	if (f != NULL)
		(void)fclose(f);
	return found;
}

/* Begins a child that ends with us. out: where its output goes, or NULL. */
static pid_t
begin(char *const argv[], const char *in, const char *out)
{
	pid_t	pid = fork();
	int	from, to;

	if (pid == -1)
		err(1, "fork");
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	from = open(in, O_RDONLY);
	to = open(out, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (from == -1 || to == -1 || dup2(from, 0) == -1 ||
	    dup2(to, 1) == -1 || dup2(to, 2) == -1)
		_exit(126);
	(void)execvp(argv[0], argv);
	_exit(127);
}

static void
show_log(const char *path)
{
	char	 line[400];
	FILE	*f = fopen(path, "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		(void)fputs(line, stderr);
	if (f != NULL)
		(void)fclose(f);
}

static void
run(struct slapd *s, char *const argv[], const char *in)
{
	char	log[SLAPD_TEXT];
	int	status;

	(void)snprintf(log, sizeof(log), "%s/log", s->top);
	if (waitpid(begin(argv, in, log), &status, 0) == -1 || status != 0) {
		show_log(log);
		errx(1, "%s failed", argv[0]);
	}
}

static void
name_file(struct slapd *s, char out[SLAPD_TEXT], const char *name)
{
	(void)snprintf(out, SLAPD_TEXT, "%s/%s", s->top, name);
}

static void
name_all(struct slapd *s)
{
	s->port = free_port();
	s->tls_port = free_port();
	(void)snprintf(s->ldap, SLAPD_TEXT, "ldap://127.0.0.1:%d", s->port);
	(void)snprintf(s->ldaps, SLAPD_TEXT, "ldaps://127.0.0.1:%d",
	    s->tls_port);
	(void)snprintf(s->misnamed, SLAPD_TEXT, "ldaps://127.0.0.2:%d",
	    s->tls_port);
	(void)snprintf(s->ldapi, SLAPD_TEXT, "ldapi://%%2Ftmp%%2F%s%%2Fldapi",
	    s->top + strlen("/tmp/"));
	name_file(s, s->ca, "ca.pem");
	name_file(s, s->wrong_ca, "wrong-ca.pem");
	name_file(s, s->cert, "client.pem");
	name_file(s, s->key, "client.key");
	name_file(s, s->wrong_key, "wrong-ca.key");
	name_file(s, s->password, "password");
	name_file(s, s->wrong_password, "wrong-password");
	name_file(s, s->empty_password, "empty-password");
}

struct slapd *
slapd_new(void)
{
	static char	 sh[] = "sh", script[] = "tests/lib/slapd.sh";
	struct slapd	*s = calloc(1, sizeof(*s));

	if (s == NULL)
		err(1, "slapd_new");
	(void)strcpy(s->top, "/tmp/greygate-slapd.XXXXXX");
	if (mkdtemp(s->top) == NULL)
		err(1, "mkdtemp");
	name_all(s);
	run(s, (char *[]){ sh, script, s->top, NULL }, "/dev/null");
	slapd_start(s);
	return s;
}

void
slapd_start(struct slapd *s)
{
	static char	slapd[] = "slapd", d[] = "-d", none[] = "0", f[] = "-f",
			h[] = "-h";
	char		conf[SLAPD_TEXT], log[SLAPD_TEXT], uris[4 * SLAPD_TEXT];

	name_file(s, conf, "slapd.conf");
	name_file(s, log, "log");
	(void)snprintf(uris, sizeof(uris), "%s %s %s %s", s->ldap, s->ldaps,
	    s->misnamed, s->ldapi);
	s->pid = begin((char *[]){ slapd, d, none, f, conf, h, uris, NULL },
	    "/dev/null", log);
	for (int i = 0; i < TRIES; i++) {
		if (listens(s->port) && listens(s->tls_port))
			return;
		if (waitpid(s->pid, NULL, WNOHANG) != 0)
			break;
		(void)poll(NULL, 0, PAUSE_MS);
	}
	show_log(log);
	errx(1, "slapd does not start");
}

static void
end(pid_t *pid)
{
	if (*pid != 0) {
		(void)kill(*pid, SIGKILL);
		(void)waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

void
slapd_kill(struct slapd *s)
{
	end(&s->pid);
}

void
slapd_freeze(struct slapd *s)
{
	int	status;

	/* It has stopped once that is told, not before. */
	if (kill(s->pid, SIGSTOP) == -1 ||
	    waitpid(s->pid, &status, WUNTRACED) != s->pid)
		err(1, "SIGSTOP");
}

void
slapd_thaw(struct slapd *s)
{
	if (kill(s->pid, SIGCONT) == -1)
		err(1, "SIGCONT");
}

void
slapd_let_certificate_expire(struct slapd *s)
{
	char	expired[SLAPD_TEXT], server[SLAPD_TEXT];

	name_file(s, expired, "expired.pem");
	name_file(s, server, "server.pem");
	if (rename(expired, server) == -1)
		err(1, "%s", expired);
	slapd_kill(s);
	slapd_start(s);
}

void
slapd_free(struct slapd **s)
{
	end(&(*s)->pid);
	remove_all((*s)->top);
	free(*s);
	*s = NULL;
}

void
slapd_write(struct slapd *s, const char *name, const char *text)
{
	write_text(s->top, name, text);
}

void
slapd_change(struct slapd *s, const char *tool, const char *base,
    const char *text)
{
	static char	x[] = "-x", m[] = "-M", h[] = "-H", d[] = "-D",
			w[] = "-w", admin[] = "admin";
	char		file[SLAPD_TEXT], dn[SLAPD_TEXT], name[SLAPD_TEXT];

	slapd_write(s, "change", text);
	name_file(s, file, "change");
	(void)snprintf(dn, sizeof(dn), "cn=admin,%s", base);
	(void)snprintf(name, sizeof(name), "%s", tool);
	run(s, (char *[]){ name, x, m, h, s->ldapi, d, dn, w, admin, NULL },
	    file);
}

/* The kinds of requests and of answers to them (RFC 4511, 4.2, 4.5, 4.12). */
enum { BIND = 0x60, SEARCH = 0x63, EXTENDED = 0x77 };
enum { BIND_ANSWER = 0x61, SEARCH_ANSWER = 0x65, EXTENDED_ANSWER = 0x78 };

/* Where the message id of a request is, behind the length of the message. */
static size_t
id_at(const unsigned char *request)
{
	return (request[1] & 0x80 ? 2u + (request[1] & 0x7f) : 2u) + 2;
}

/* Waits for a request and answers it with a result code. -1: it is of another
 * kind, or there is none. */
static int
say(int fd, unsigned char kind, unsigned char answer_kind, unsigned char code)
{
	unsigned char	request[400], answer[] = { 0x30, 0x0c, 0x02, 0x01, 0,
			    answer_kind, 0x07, 0x0a, 0x01, code, 0x04, 0x00,
			    0x04, 0x00 };
	size_t		at;

	if (read(fd, request, sizeof(request)) < 8)
		return -1;
	at = id_at(request);
	if (request[at + 1] != kind)
		return -1;
	answer[4] = request[at];
	return write(fd, answer, sizeof(answer)) > 0 ? 0 : -1;
}

/* 0x16 0x03 0x03 begins a TLS handshake, 0x30 0x83 0x01 a message. */
static void
drip(int fd)
{
	unsigned char	request[400], tls[] = { 0x16, 0x03, 0x03, 0x20, 0x00 },
			ldap[] = { 0x30, 0x83, 0x01, 0x00, 0x00 }, *head;

	if (read(fd, request, sizeof(request)) <= 0)
		return;
	head = request[0] == 0x16 ? tls : ldap;
	for (size_t i = 0; ; i++) {
		if (send(fd, i < sizeof(tls) ? head + i : head, 1,
		    MSG_NOSIGNAL) != 1)
			return;
		(void)poll(NULL, 0, 20);
	}
}

/* What a server of this kind does with one that has come. */
static void
treat(int fd, int how, bool tired)
{
	switch (how) {
	case MUTE:
		return;			/* and keeps it open, as most do */
	case MUTE_AFTER_START_TLS:
		(void)say(fd, EXTENDED, EXTENDED_ANSWER, 0);
		return;
	case MUTE_NO_START_TLS:		/* protocolError */
		(void)say(fd, EXTENDED, EXTENDED_ANSWER, 2);
		return;
	case MUTE_DRIPS:
		drip(fd);
		return;
	case MUTE_TIRES:
		(void)poll(NULL, 0, 900);
		(void)say(fd, BIND, BIND_ANSWER, 0);
		if (!tired)
			(void)say(fd, SEARCH, SEARCH_ANSWER, 0);
		return;
	case MUTE_HANGS_UP:
		(void)say(fd, BIND, BIND_ANSWER, 0);
		(void)say(fd, 0, 0, 0);
		break;
	default:
		(void)say(fd, BIND, BIND_ANSWER, 0);
		while (say(fd, SEARCH, SEARCH_ANSWER,
		    (unsigned char)(how - MUTE_ANSWERS)) == 0)
			continue;
	}
	(void)close(fd);
}

static void
serve(int listener, int how)
{
	for (bool tired = false; ; tired = true) {
		int	fd = accept(listener, NULL, NULL);

		if (fd == -1)
			_exit(1);
		treat(fd, how, tired);
	}
}

struct mute_server
mute_start(int how)
{
	struct mute_server	m = { .input = 0 };
	int			listener = listen_anywhere(&m.port);

	m.pid = fork();
	if (m.pid == -1)
		err(1, "fork");
	if (m.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener, how);
	}
	(void)close(listener);
	return m;
}

void
mute_stop(struct mute_server *m)
{
	end(&m->pid);
	if (m->input != 0)
		(void)close(m->input);
	m->input = 0;
}

struct mute_server
mute_start_tls(struct slapd *s, const void *bytes, size_t len)
{
	static char		openssl[] = "openssl", server[] = "s_server",
				quiet[] = "-quiet", four[] = "-4",
				at[] = "-accept",
				cert[] = "-cert", key[] = "-key";
	struct mute_server	m = { .port = free_port() };
	char			port[16], in[40], out[SLAPD_TEXT],
				cert_file[SLAPD_TEXT], key_file[SLAPD_TEXT];
	int			ends[2];

	name_file(s, cert_file, "server.pem");
	name_file(s, key_file, "server.key");
	name_file(s, out, "log");
	(void)snprintf(port, sizeof(port), "%d", m.port);
	if (pipe(ends) == -1 || write(ends[1], bytes, len) != (ssize_t)len)
		err(1, "pipe");
	(void)snprintf(in, sizeof(in), "/proc/self/fd/%d", ends[0]);
	m.pid = begin((char *[]){ openssl, server, quiet, four, at, port, cert,
	    cert_file, key, key_file, NULL }, in, out);
	m.input = ends[1];
	(void)close(ends[0]);
	/* Not by listens(): it gives its words to who comes first. */
	for (int i = 0; i < TRIES && !is_listened_on(m.port); i++)
		(void)poll(NULL, 0, PAUSE_MS);
	return m;
}
