/* SPDX-License-Identifier: ISC
 * tests/bench/world.h - the mail of a made-up world, by number: load.c and
 * seed.c see the same clients, senders and recipients for the same seed.
 *
 * Pure functions; any thread. */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
	WORLD_IPV6_PERCENT = 10,	/* of all clients */
	WORLD_NAMED_PERCENT = 20,	/* of all clients: a confirmed name */
	WORLD_RCPTS = 5000,
	WORLD_TRIPLETS = 4		/* passed ones of each known client */
};

struct world_client {
	char	addr[INET6_ADDRSTRLEN];
	bool	v6, named;
	char	name[64];		/* "" unless named */
	char	helo[64];
	char	domain[32];		/* of its operator, and its senders */
};

/* Numbers that look random: the finaliser of a splitting generator. */
static inline uint64_t
world_mix(uint64_t seed, uint64_t n)
{
	uint64_t	z = seed * 0x9e3779b97f4a7c15u + n;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Eight letters for a number: no digits, so that no fold collapses them. */
static inline void
world_letters(uint64_t r, char out[9])
{
	static const char	set[] = "aeioubcdfghklmnprstvwxyz";

	for (int i = 0; i < 8; i++, r /= 24)
		out[i] = set[r % 24];
	out[8] = '\0';
}

static inline void
world_address(uint64_t r, bool v6, char out[INET6_ADDRSTRLEN])
{
	uint8_t	b[16] = { 0x2a };

	if (v6) {
		memcpy(b + 1, &r, 7);
		b[15] = 0x19;
		inet_ntop(AF_INET6, b, out, INET6_ADDRSTRLEN);
	} else {
		/* 11.0.0.0 to 125.255.255.255: no loopback, nothing odd */
		b[0] = (uint8_t)(11 + (r >> 24) % 115);
		memcpy(b + 1, &r, 3);
		inet_ntop(AF_INET, b, out, INET6_ADDRSTRLEN);
	}
}

static inline void
world_client(uint64_t seed, uint64_t n, struct world_client *out)
{
	uint64_t	r = world_mix(seed, 2 * n), q = world_mix(seed, 2 * n + 1);

	out->v6 = q % 100 < WORLD_IPV6_PERCENT;
	out->named = (q >> 8) % 100 < WORLD_NAMED_PERCENT;
	world_address(r, out->v6, out->addr);
	snprintf(out->domain, sizeof(out->domain), "domain%u.example",
	    (unsigned)(q >> 32));
	snprintf(out->helo, sizeof(out->helo), "mail%u.%s",
	    (unsigned)(r % 8), out->domain);
	snprintf(out->name, sizeof(out->name), "%s",
	    out->named ? out->helo : "");
}

/* The sender number `which` of a client. */
static inline void
world_sender(uint64_t seed, uint64_t n, uint64_t which, char *out, size_t size)
{
	struct world_client	c;
	char			local[9];

	world_client(seed, n, &c);
	world_letters(world_mix(seed ^ 0x5e4de4, n * 64 + which), local);
	snprintf(out, size, "%s@%s", local, c.domain);
}

/* The recipient number i of the mail that r stands for; i < 64 differ. */
static inline void
world_rcpt(uint64_t r, unsigned i, char *out, size_t size)
{
	snprintf(out, size, "user%u@ours.example",
	    (unsigned)((r + i) % WORLD_RCPTS));
}

#endif
