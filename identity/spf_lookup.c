/* SPDX-License-Identifier: ISC
 * identity/spf_lookup.c - what mechanisms ask the DNS. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "identity/spf_macro.h"
#include "identity/spf_private.h"

void
spf_look_up(struct spf_eval *v, const char *name, enum dns_type type,
    struct dns_answer *out)
{
	v->dns->lookup(v->dns->arg, name, type, out);
	if (out->ttl < v->ttl)
		v->ttl = out->ttl;
}

void
spf_release(struct spf_eval *v, struct dns_answer *a)
{
	v->dns->release(v->dns->arg, a);
}

enum spf_match
spf_count_void(struct spf_eval *v, const struct dns_answer *a)
{
	if (a->status != DNS_NODATA && a->status != DNS_NXDOMAIN)
		return SPF_MISS;
	if (v->voids++ < SPF_VOIDS)
		return SPF_MISS;
	(void)err_set(v->why, "more than %d look-ups found nothing",
	    SPF_VOIDS);
	return SPF_PERM;
}

bool
spf_in_network(const struct ip *a, const struct ip *net, unsigned bits)
{
	struct ip	x, y;

	if (ip_is_v4(a) != ip_is_v4(net))
		return false;
	x = ip_network(a, bits);
	y = ip_network(net, bits);
	return memcmp(&x, &y, sizeof(x)) == 0;
}

bool
spf_wire_name(const struct dns_rdata *r, size_t at, char out[SPF_DOMAIN_SIZE])
{
	size_t	used = 0;

	while (at < r->len && r->bytes[at] != 0) {
		size_t len = r->bytes[at++];

		if (len > 63 || at + len > r->len ||
		    used + len + 2 > SPF_DOMAIN_SIZE ||
		    memchr(r->bytes + at, '\0', len) != NULL ||
		    memchr(r->bytes + at, '.', len) != NULL)
			return false;
		if (used > 0)
			out[used++] = '.';
		memcpy(out + used, r->bytes + at, len);
		used += len;
		at += len;
	}
	out[used] = '\0';
	return at < r->len;
}

bool
spf_wire_address(const struct dns_rdata *r, struct ip *out)
{
	static const struct ip	v4 = { { [10] = 0xff, [11] = 0xff } };

	if (r->len == 4) {
		*out = v4;
		memcpy(out->b + 12, r->bytes, 4);
	} else if (r->len == 16)
		memcpy(out->b, r->bytes, 16);
	return r->len == 4 || r->len == 16;
}

/* Whether the client is in the network of one of a name's addresses. */
static enum spf_match
match_addresses(struct spf_eval *v, const char *name, unsigned bits, bool count)
{
	struct dns_answer	a;
	struct ip		ip;
	enum spf_match		m = SPF_MISS;

	spf_look_up(v, name, ip_is_v4(&v->client) ? DNS_A : DNS_AAAA, &a);
	if (a.status == DNS_FAILED) {
		(void)err_set(v->why, "the DNS cannot tell the addresses of "
		    "%.200s", name);
		m = SPF_TEMP;
	} else if (count)
		m = spf_count_void(v, &a);
	for (size_t i = 0; a.status == DNS_FOUND && i < a.n; i++)
		if (spf_wire_address(&a.rdata[i], &ip) &&
		    spf_in_network(&v->client, &ip, bits))
			m = SPF_MATCH;
	spf_release(v, &a);
	return m;
}

enum spf_match
spf_match_name(struct spf_eval *v, const char *name, unsigned bits4,
    unsigned bits6)
{
	return match_addresses(v, name, ip_is_v4(&v->client) ? bits4 : bits6,
	    true);
}

/* "." as an exchanger: the domain takes no mail (RFC 7505). That one of them has
 * no address of the client's family is no void look-up of the term: else three
 * exchangers without IPv6 would end each evaluation for an IPv6 client. */
static enum spf_match
match_exchangers(struct spf_eval *v, const struct dns_answer *a,
    unsigned bits4, unsigned bits6)
{
	char		name[SPF_DOMAIN_SIZE];
	enum spf_match	m = SPF_MISS;

	if (a->n > SPF_NAMES) {
		(void)err_set(v->why, "more than %d mail exchangers",
		    SPF_NAMES);
		return SPF_PERM;
	}
	for (size_t i = 0; i < a->n && m == SPF_MISS; i++)
		if (spf_wire_name(&a->rdata[i], 2, name) && name[0] != '\0')
			m = match_addresses(v, name,
			    ip_is_v4(&v->client) ? bits4 : bits6, false);
	return m;
}

enum spf_match
spf_match_mx(struct spf_eval *v, const char *name, unsigned bits4,
    unsigned bits6)
{
	struct dns_answer	a;
	enum spf_match		m;

	spf_look_up(v, name, DNS_MX, &a);
	if (a.status == DNS_FAILED) {
		(void)err_set(v->why, "the DNS cannot tell the mail exchangers "
		    "of %.200s", name);
		m = SPF_TEMP;
	} else if (a.status == DNS_FOUND)
		m = match_exchangers(v, &a, bits4, bits6);
	else
		m = spf_count_void(v, &a);
	spf_release(v, &a);
	return m;
}

static void
reverse_name(const struct ip *ip, char out[SPF_DOMAIN_SIZE])
{
	size_t	used = 0;

	if (ip_is_v4(ip)) {
		(void)snprintf(out, SPF_DOMAIN_SIZE, "%u.%u.%u.%u.in-addr.arpa",
		    ip->b[15], ip->b[14], ip->b[13], ip->b[12]);
		return;
	}
	for (int i = 15; i >= 0; i--)
		used += (size_t)snprintf(out + used, SPF_DOMAIN_SIZE - used,
		    "%x.%x.", ip->b[i] & 15, ip->b[i] >> 4);
	(void)snprintf(out + used, SPF_DOMAIN_SIZE - used, "ip6.arpa");
}

static bool
is_below(const char *name, const char *domain)
{
	size_t	n = strlen(name), d = strlen(domain);

	return n >= d && strcasecmp(name + n - d, domain) == 0 &&
	    (n == d || name[n - d - 1] == '.');
}

/* Whether the name leads back to the client. Its own failures count for
 * nothing (RFC 7208, 5.5). */
static bool
leads_back(struct spf_eval *v, const char *name)
{
	struct dns_answer	a;
	struct ip		ip;
	bool			back = false;

	spf_look_up(v, name, ip_is_v4(&v->client) ? DNS_A : DNS_AAAA, &a);
	for (size_t i = 0; a.status == DNS_FOUND && i < a.n; i++)
		back = back || (spf_wire_address(&a.rdata[i], &ip) &&
		    memcmp(&ip, &v->client, sizeof(ip)) == 0);
	spf_release(v, &a);
	return back;
}

/* The client's names, the first ten; calls for each that leads back until it is
 * content. */
static enum spf_match
each_name(struct spf_eval *v, bool (*content)(const char *name, void *arg),
    void *arg, bool count)
{
	struct dns_answer	a;
	char			name[SPF_DOMAIN_SIZE];
	enum spf_match		m = SPF_MISS;

	reverse_name(&v->client, name);
	spf_look_up(v, name, DNS_PTR, &a);
	if (count)
		m = spf_count_void(v, &a);
	for (size_t i = 0; a.status == DNS_FOUND && i < a.n && i < SPF_NAMES;
	    i++)
		if (spf_wire_name(&a.rdata[i], 0, name) &&
		    spf_macro_is_name(name) && leads_back(v, name) &&
		    content(name, arg)) {
			m = SPF_MATCH;
			break;
		}
	spf_release(v, &a);
	return m;
}

static bool
is_wanted(const char *name, void *domain)
{
	return is_below(name, domain);
}

enum spf_match
spf_match_ptr(struct spf_eval *v, const char *name)
{
	char	domain[SPF_DOMAIN_SIZE];

	(void)snprintf(domain, sizeof(domain), "%s", name);
	return each_name(v, is_wanted, domain, true);
}

/* RFC 7208, 7.3: the domain itself, else one below it, else any. */
struct best {
	const char	*domain;
	int		 rank;
	char		*name;
};

static bool
is_best(const char *name, void *arg)
{
	struct best	*b = arg;
	int		 rank = strcasecmp(name, b->domain) == 0 ? 3 :
			    is_below(name, b->domain) ? 2 : 1;

	if (rank > b->rank) {
		b->rank = rank;
		(void)snprintf(b->name, SPF_DOMAIN_SIZE, "%s", name);
	}
	return rank == 3;
}

const char *
spf_client_name(struct spf_eval *v, const char *domain)
{
	struct best	b = { .domain = domain, .name = v->name };

	if (!v->named) {
		(void)snprintf(v->name, sizeof(v->name), "unknown");
		(void)each_name(v, is_best, &b, false);
		v->named = true;
	}
	return v->name;
}
