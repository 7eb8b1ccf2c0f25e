/* SPDX-License-Identifier: ISC
 * whitelist/nets.h - which prefix lengths there are, and networks as keys of
 * the index. An address is in a network of the index if its first so many bits
 * are a key: one look-up for each length in use, whatever the number of
 * networks, the longest first. IPv4 and IPv6 are apart: "::/0" has no IPv4 address in it.
 *
 * Filled by one thread, then only read. */
#ifndef WHITELIST_NETS_H
#define WHITELIST_NETS_H

#include "base/ip.h"
#include "whitelist/index.h"

enum { NETS_BITS_MAX = 128, NETS_KEY_SIZE = 17 };

struct nets {
	unsigned	count[2];	/* of lengths; [1]: of IPv4 */
	uint8_t		bits[2][NETS_BITS_MAX + 1];	/* falling */
};

/* A network's key: its bytes and its length. */
struct nets_key {
	char	bytes[NETS_KEY_SIZE];
};
uint64_t nets_key(const struct ip *addr, unsigned bits, struct nets_key *key);

void	nets_add(struct nets *n, const struct ip *net, unsigned bits);

#endif
