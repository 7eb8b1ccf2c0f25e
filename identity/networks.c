/* SPDX-License-Identifier: ISC
 * identity/networks.c - unions of networks; random addresses. */
#include "identity/networks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int
networks_add(struct networks *s, const struct ip *addr, unsigned bits)
{
	if (s->n == NETWORKS_MAX)
		return -1;
	s->net[s->n].first = ip_network(addr, bits);
	s->net[s->n++].bits = bits;
	return 0;
}

/* A wider network comes before those inside it. */
static int
in_order(const void *a, const void *b)
{
	const struct network	*x = a, *y = b;
	int			 order = memcmp(&x->first, &y->first,
				    sizeof(x->first));

	return order != 0 ? order : (x->bits > y->bits) - (x->bits < y->bits);
}

static bool
holds(const struct network *outer, const struct network *inner)
{
	struct ip	first;

	if (ip_is_v4(&outer->first) != ip_is_v4(&inner->first))
		return false;
	first = ip_network(&inner->first, outer->bits);
	return memcmp(&first, &outer->first, sizeof(first)) == 0;
}

void
networks_sum(struct networks *s, double *v4, double *v6)
{
	const struct network	*last = NULL;

	*v4 = *v6 = 0;
	qsort(s->net, s->n, sizeof(s->net[0]), in_order);
	for (size_t i = 0; i < s->n; i++) {
		const struct network *net = &s->net[i];

		if (last != NULL && holds(last, net))
			continue;
		last = net;
		if (ip_is_v4(&net->first))
			*v4 += ldexp(1, 32 - (int)net->bits);
		else
			*v6 += ldexp(1, 128 - (int)net->bits);
	}
}

/* Networks in which no mail server is (RFC 6890). */
static const struct { uint8_t first[3]; unsigned bits; } reserved[] = {
	{ { 0, 0, 0 }, 8 }, { { 10, 0, 0 }, 8 }, { { 100, 64, 0 }, 10 },
	{ { 127, 0, 0 }, 8 }, { { 169, 254, 0 }, 16 }, { { 172, 16, 0 }, 12 },
	{ { 192, 0, 0 }, 24 }, { { 192, 0, 2 }, 24 }, { { 192, 168, 0 }, 16 },
	{ { 198, 18, 0 }, 15 }, { { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 }, { { 224, 0, 0 }, 3 },
};

static bool
is_reserved(const struct ip *a)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		struct ip	net = ip_network(a, reserved[i].bits);

		if (memcmp(net.b + 12, reserved[i].first, 3) == 0 &&
		    net.b[15] == 0)
			return true;
	}
	return false;
}

static void
random_v4(breadth_random_fn random, struct ip *out)
{
	*out = (struct ip){ { [10] = 0xff, [11] = 0xff } };
	do
		random(out->b + 12, 4);
	while (is_reserved(out));
}

/* In 2000::/3, where all of the world's are, but not for documentation. */
static void
random_v6(breadth_random_fn random, struct ip *out)
{
	do {
		random(out->b, sizeof(out->b));
		out->b[0] = (uint8_t)(0x20 | (out->b[0] & 0x1f));
	} while (out->b[0] == 0x20 && out->b[1] == 0x01 &&
	    out->b[2] == 0x0d && out->b[3] == 0xb8);
}

bool
networks_probe(unsigned i, unsigned count, breadth_random_fn random,
    struct ip *out)
{
	static const uint8_t	doc4[3][3] = { { 192, 0, 2 },
	    { 198, 51, 100 }, { 203, 0, 113 } };
	static const uint8_t	doc6[4] = { 0x20, 0x01, 0x0d, 0xb8 };

	if (i < 3) {
		*out = (struct ip){ { [10] = 0xff, [11] = 0xff } };
		memcpy(out->b + 12, doc4[i], 3);
		random(out->b + 15, 1);
	} else if (i == 3) {
		random(out->b, sizeof(out->b));
		memcpy(out->b, doc6, sizeof(doc6));
	} else if (i < 4 + count)
		random_v4(random, out);
	else if (i < 4 + 2 * count)
		random_v6(random, out);
	else
		return false;
	return true;
}
