/* SPDX-License-Identifier: ISC
 * milter/dial.c - see dial.h. */
#include "milter/dial.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
connect_to(int family, const struct sockaddr *sa, socklen_t len)
{
	int	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd != -1 && connect(fd, sa, len) == -1) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static int
dial_unix(const char *path)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	return connect_to(AF_UNIX, (const struct sockaddr *)&sun, sizeof(sun));
}

static int
dial_inet(int family, const char *port_at_host)
{
	struct addrinfo	 hints = { .ai_family = family,
			     .ai_socktype = SOCK_STREAM };
	struct addrinfo	*found;
	char		 port[16];
	const char	*host = strchr(port_at_host, '@');
	int		 fd;

	(void)snprintf(port, sizeof(port), "%.*s",
	    (int)strcspn(port_at_host, "@"), port_at_host);
	if (getaddrinfo(host ? host + 1 : NULL, port, &hints, &found) != 0)
		return -1;
	fd = connect_to(family, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return fd;
}

int
dial(const char *listen)
{
	if (strncmp(listen, "unix:", 5) == 0)
		return dial_unix(listen + 5);
	if (strncmp(listen, "inet6:", 6) == 0)
		return dial_inet(AF_INET6, listen + 6);
	if (strncmp(listen, "inet:", 5) == 0)
		return dial_inet(AF_INET, listen + 5);
	return -1;
}
