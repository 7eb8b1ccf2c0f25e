/* SPDX-License-Identifier: ISC
 * base/ip.h - one IP address, IPv4 and IPv6 in one shape.
 *
 * An IPv4 address is held as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so an
 * IPv4-mapped IPv6 client is the same client. Plain values, no ownership. */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

struct ip {
	uint8_t	b[16];
};

enum { IP_TEXT_SIZE = 52 };	/* an address with "/128" and the end */

/* "192.0.2.1", "2001:db8::1", and the "IPv6:2001:db8::1" of RFC 5321 4.1.3.
 * 0 done; -1 not an address, e tells. */
int	ip_parse(const char *text, struct ip *out, struct err *e);

/* 0 done; -1 if sa is NULL or neither AF_INET nor AF_INET6. */
int	ip_from_sockaddr(const struct sockaddr *sa, struct ip *out);

bool	ip_is_v4(const struct ip *a);

/* The first `bits` bits, the rest zero; bits count from the start of the
 * family's own form (0..32 for IPv4, 0..128 for IPv6). */
struct ip ip_network(const struct ip *a, unsigned bits);

/* Text of the address, IPv4 in dotted form. */
void	ip_format(const struct ip *a, char out[IP_TEXT_SIZE]);

/* Text of its network: "192.0.2.0/24", "2001:db8::/64". */
void	ip_format_network(const struct ip *a, unsigned bits,
	    char out[IP_TEXT_SIZE]);

#endif
