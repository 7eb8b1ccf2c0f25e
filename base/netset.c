/* SPDX-License-Identifier: ISC
 * base/netset.c - networks as sorted, disjoint ranges of addresses, so that a
 * look-up is one binary search whatever the number of entries. */
#include "base/netset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct range {
	struct ip	first, last;
};

struct netset {
	struct range	*ranges;	/* sorted, none overlapping another */
	size_t		 used, size;
};

struct netset *
netset_new(void)
{
	return calloc(1, sizeof(struct netset));
}

void
netset_free(struct netset **s)
{
	if (*s == NULL)
		return;
	free((*s)->ranges);
	free(*s);
	*s = NULL;
}

static int
compare(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

/* The length after the slash, or the whole address where there is none. */
static int
parse_bits(const char *text, const char *slash, unsigned max, unsigned *out,
    struct err *e)
{
	unsigned	bits = 0;

	*out = max;
	if (slash == NULL)
		return 0;
	if (slash[1] == '\0')
		return err_set(e, "no prefix length: %s", text);
	for (const char *p = slash + 1; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return err_set(e, "not a prefix length: %s", text);
		bits = bits * 10 + (unsigned)(*p - '0');
		if (bits > max)
			return err_set(e, "prefix length over %u: %s", max,
			    text);
	}
	*out = bits;
	return 0;
}

static int
parse(const char *text, struct range *out, struct err *e)
{
	const char	*slash = strchr(text, '/');
	size_t		 len = slash ? (size_t)(slash - text) : strlen(text);
	char		 addr[64], net[IP_TEXT_SIZE];
	struct ip	 a;
	unsigned	 bits, skip;

	if (len >= sizeof(addr))
		return err_set(e, "not an address: %.60s...", text);
	(void)snprintf(addr, sizeof(addr), "%.*s", (int)len, text);
	if (ip_parse(addr, &a, e) == -1)
		return -1;
	if (parse_bits(text, slash, ip_is_v4(&a) ? 32 : 128, &bits, e) == -1)
		return -1;
	out->first = ip_network(&a, bits);
	if (compare(&out->first, &a) != 0) {
		ip_format_network(&a, bits, net);
		return err_set(e, "bits set past the prefix: %s (the network "
		    "is %s)", text, net);
	}
	out->last = out->first;
	skip = ip_is_v4(&a) ? 96 + bits : bits;
	for (unsigned bit = skip; bit < 128; bit++)
		out->last.b[bit / 8] |= (uint8_t)(0x80 >> (bit % 8));
	return 0;
}

/* The first range that ends at or after addr; used if there is none. */
static size_t
find(const struct netset *s, const struct ip *addr)
{
	size_t	low = 0, high = s->used;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(&s->ranges[mid].last, addr) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int
reserve(struct netset *s, size_t more)
{
	struct range	*grown;
	size_t		 size = s->size ? s->size * 2 : 16;

	if (s->used + more <= s->size)
		return 0;
	grown = reallocarray(s->ranges, size, sizeof(*grown));
	if (grown == NULL)
		return -1;
	s->ranges = grown;
	s->size = size;
	return 0;
}

/* Networks nest or are apart: either one holds the new one, or the new one
 * takes the place of those inside it (perhaps none). There is room. */
static void
insert(struct netset *s, const struct range *new)
{
	size_t	at = find(s, &new->first), end;

	if (at < s->used && compare(&s->ranges[at].first, &new->first) <= 0 &&
	    compare(&s->ranges[at].last, &new->last) >= 0)
		return;
	for (end = at; end < s->used &&
	    compare(&s->ranges[end].first, &new->last) <= 0; end++)
		continue;
	memmove(&s->ranges[at + 1], &s->ranges[end],
	    (s->used - end) * sizeof(*s->ranges));
	s->ranges[at] = *new;
	s->used = s->used - (end - at) + 1;
}

/* IPv4 in its IPv6 shape, ::ffff:0:0/96, and its neighbours on either side. */
static const struct ip	v4_first = { { [10] = 0xff, [11] = 0xff } };
static const struct ip	before_v4 = { { [10] = 0xff, [11] = 0xfe,
    [12] = 0xff, [13] = 0xff, [14] = 0xff, [15] = 0xff } };
static const struct ip	after_v4 = { { [9] = 1 } };

int
netset_add(struct netset *s, const char *text, struct err *e)
{
	struct range	new;

	if (parse(text, &new, e) == -1)
		return -1;
	if (reserve(s, 2) == -1)
		return err_set(e, "out of memory at %s", text);
	/* A wide IPv6 network, "::/0", must not take in all of IPv4. */
	if (compare(&new.first, &v4_first) < 0 &&
	    compare(&new.last, &v4_first) > 0) {
		insert(s, &(struct range){ new.first, before_v4 });
		insert(s, &(struct range){ after_v4, new.last });
	} else {
		insert(s, &new);
	}
	return 0;
}

bool
netset_has(const struct netset *s, const struct ip *addr)
{
	size_t	at = find(s, addr);

	return at < s->used && compare(&s->ranges[at].first, addr) <= 0;
}

bool
netset_covers(const struct netset *a, const struct netset *b)
{
	for (size_t i = 0; i < b->used; i++) {
		size_t	at = find(a, &b->ranges[i].last);

		if (at == a->used || compare(&a->ranges[at].first,
		    &b->ranges[i].first) > 0)
			return false;
	}
	return true;
}
