/* SPDX-License-Identifier: ISC
 * whitelist/nets.c - prefix lengths, and keys of networks. */
#include "whitelist/nets.h"

#include <endian.h>
#include <string.h>

/* The first bits of a half of an address. */
static uint64_t
half(const uint8_t *bytes, unsigned bits)
{
	uint64_t	word;

	memcpy(&word, bytes, sizeof(word));
	if (bits >= 64)
		return word;
	return bits == 0 ? 0 : word & htobe64(UINT64_MAX << (64 - bits));
}

uint64_t
nets_key(const struct ip *addr, unsigned bits, struct nets_key *key)
{
	unsigned	whole = bits + (ip_is_v4(addr) ? 96 : 0);
	uint64_t	high = half(addr->b, whole);
	uint64_t	low = half(addr->b + 8, whole > 64 ? whole - 64 : 0);

	memcpy(key->bytes, &high, sizeof(high));
	memcpy(key->bytes + 8, &low, sizeof(low));
	key->bytes[16] = (char)bits;
	return index_hash_kind((high ^ bits) * UINT64_C(0x9e3779b97f4a7c15) ^
	    low, INDEX_CLIENT);
}

void
nets_add(struct nets *n, const struct ip *net, unsigned bits)
{
	unsigned	 v4 = ip_is_v4(net), at = 0;
	uint8_t		*all = n->bits[v4];

	while (at < n->count[v4] && all[at] > bits)
		at++;
	if (at < n->count[v4] && all[at] == bits)
		return;
	memmove(all + at + 1, all + at, n->count[v4] - at);
	all[at] = (uint8_t)bits;
	n->count[v4]++;
}
