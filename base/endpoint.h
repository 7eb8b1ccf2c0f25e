/* SPDX-License-Identifier: ISC
 * base/endpoint.h - an address with a port. Pure; any thread. */
#ifndef BASE_ENDPOINT_H
#define BASE_ENDPOINT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"

struct endpoint {
	struct sockaddr_storage	addr;
	socklen_t		len;	/* 0: none */
};

/* "192.0.2.1:9117", "[2001:db8::1]:9117"; "": none. No name, and no address that
 * stands for all of a host. out may be NULL. 0; -1: e. */
int	endpoint_parse(const char *text, struct endpoint *out, struct err *e);

#endif
