/* SPDX-License-Identifier: ISC
 * identity/breadth.c - walks through what a record authorises, in the order of
 * its terms, for a client of either family; what depends on which client it is
 * is probed. */
#include "identity/breadth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "identity/networks.h"
#include "identity/spf_macro.h"
#include "identity/spf_private.h"

struct walk {
	struct spf_eval	 v;		/* for look-ups and their count; its
					 * client is any one of a family */
	char		 sender[sizeof("postmaster@") + SPF_DOMAIN_SIZE];
	struct networks	 nets;
	enum breadth	 found;		/* once it is over */
	bool		 over;
	bool		 varies;	/* a term depends on who asks */
};

static void
end(struct walk *w, enum breadth found)
{
	w->over = true;
	w->found = found;
}

static const char *
nobody(void *arg)
{
	(void)arg;
	return "unknown";
}

/* The name that a term is about, which is the same for all of a family. */
static bool
target(struct walk *w, const char *domain, struct spf_text spec,
    char out[SPF_DOMAIN_SIZE])
{
	const struct spf_macros	m = { .client = w->v.client,
		.sender = w->v.sender, .helo = w->v.helo, .domain = domain,
		.name = nobody };

	if (spec.len > 0)
		return spf_macro_expand(spec, &m, out) == 0;
	(void)snprintf(out, SPF_DOMAIN_SIZE, "%s", domain);
	return true;
}

static void
add(struct walk *w, const struct ip *addr, unsigned bits)
{
	if (ip_is_v4(addr) != ip_is_v4(&w->v.client) ||
	    networks_add(&w->nets, addr, bits) == 0)
		return;
	(void)err_set(w->v.why, "lists more than %d networks", NETWORKS_MAX);
	end(w, BREADTH_TOO_BROAD);
}

static void
add_addresses(struct walk *w, const char *name, const struct spf_term *t)
{
	bool			v4 = ip_is_v4(&w->v.client);
	struct dns_answer	a;
	struct ip		ip;

	spf_look_up(&w->v, name, v4 ? DNS_A : DNS_AAAA, &a);
	if (a.status == DNS_FAILED) {
		(void)err_set(w->v.why, "the DNS cannot tell the addresses of "
		    "%.200s", name);
		end(w, BREADTH_UNKNOWN);
	}
	for (size_t i = 0; a.status == DNS_FOUND && i < a.n && !w->over; i++)
		if (spf_wire_address(&a.rdata[i], &ip))
			add(w, &ip, v4 ? t->bits4 : t->bits6);
	spf_release(&w->v, &a);
}

static void
add_exchangers(struct walk *w, const char *name, const struct spf_term *t)
{
	struct dns_answer	a;
	char			host[SPF_DOMAIN_SIZE];

	spf_look_up(&w->v, name, DNS_MX, &a);
	if (a.status == DNS_FAILED) {
		(void)err_set(w->v.why, "the DNS cannot tell the mail exchangers "
		    "of %.200s", name);
		end(w, BREADTH_UNKNOWN);
	}
	for (size_t i = 0; a.status == DNS_FOUND && i < a.n && i < SPF_NAMES &&
	    !w->over; i++)
		if (spf_wire_name(&a.rdata[i], 2, host) && host[0] != '\0')
			add_addresses(w, host, t);
	spf_release(&w->v, &a);
}

static void walk(struct walk *w, const char *domain, unsigned depth);

/* Beyond ten look-ups no client passes any more (RFC 7208, 4.6.4). */
static bool
is_reached(struct walk *w)
{
	if (w->v.lookups++ < SPF_LOOKUPS)
		return true;
	end(w, BREADTH_FITS);
	return false;
}

/* Whether a name depends on more than the client's family; then it is not
 * followed. */
static bool
varies(struct walk *w, const char *domain, struct spf_text spec)
{
	if (!spf_macro_uses(spec, "slhip"))
		return false;
	w->varies = true;
	if (!spf_macro_uses(spec, "ip") && spf_macro_uses(spec, "slh")) {
		(void)err_set(w->v.why, "the record of %.200s lets pass by the "
		    "sender's choice: %.*s", domain, spec.len < 80 ?
		    (int)spec.len : 80, spec.at);
		end(w, BREADTH_TOO_BROAD);
	}
	return true;
}

/* One term that lets pass. */
static void
take(struct walk *w, const char *domain, const struct spf_term *t,
    unsigned depth)
{
	char	name[SPF_DOMAIN_SIZE];

	if (t->mechanism == SPF_IP4 || t->mechanism == SPF_IP6) {
		add(w, &t->net, t->bits);
		return;
	}
	if (!is_reached(w))
		return;
	if (t->mechanism == SPF_PTR || varies(w, domain, t->domain) ||
	    t->mechanism == SPF_EXISTS) {
		w->varies = true;
		return;
	}
	if (!target(w, domain, t->domain, name))
		return;
	if (t->mechanism == SPF_INCLUDE)
		walk(w, name, depth + 1);
	else if (t->mechanism == SPF_A)
		add_addresses(w, name, t);
	else
		add_exchangers(w, name, t);
}

/* false: there is an `all`, behind which nothing counts. */
static bool
take_terms(struct walk *w, const char *domain, const struct spf_record *r,
    unsigned depth)
{
	for (size_t i = 0; i < r->n && !w->over; i++) {
		const struct spf_term *t = &r->term[i];

		if (t->mechanism == SPF_ALL) {
			if (t->qualifier != '+')
				return false;
			(void)err_set(w->v.why, "the record of %.200s lets "
			    "everybody pass", domain);
			end(w, BREADTH_TOO_BROAD);
			return false;
		}
		if (t->qualifier == '+')
			take(w, domain, t, depth);
	}
	return !w->over;
}

/* A record that is missing or invalid ends the evaluation for every client. */
static void
walk(struct walk *w, const char *domain, unsigned depth)
{
	struct spf_record	r;
	char			name[SPF_DOMAIN_SIZE];
	enum spf_result		found = spf_fetch(&w->v, domain, &r);

	if (found != SPF_PASS) {
		end(w, found == SPF_TEMPERROR ? BREADTH_UNKNOWN :
		    depth == 0 ? BREADTH_TOO_BROAD : BREADTH_FITS);
		return;
	}
	if (take_terms(w, domain, &r, depth) && r.redirect.len > 0 &&
	    is_reached(w)) {
		if (!varies(w, domain, r.redirect) &&
		    target(w, domain, r.redirect, name))
			walk(w, name, depth + 1);
	}
	spf_record_free(&r);
}

/* What a record lets pass of each family: the names in it may differ (%{v}). */
static void
walk_families(struct walk *w, const char *domain)
{
	static const struct ip	families[] = {
		{ { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2 } },
		{ { 0x20, 0x01, 0x0d, 0xb8 } },
	};

	(void)snprintf(w->sender, sizeof(w->sender), "postmaster@%s", domain);
	w->v.sender = w->sender;
	w->v.helo = domain;
	for (int i = 0; i < 2 && w->found == BREADTH_FITS; i++) {
		w->v.client = families[i];
		w->v.lookups = 0;
		w->over = false;
		walk(w, domain, 0);
	}
}

static void
weigh(struct walk *w)
{
	double	v4, v6;

	networks_sum(&w->nets, &v4, &v6);
	if (v4 > ldexp(1, BREADTH_IPV4_BITS))
		(void)err_set(w->v.why, "authorises %.0f IPv4 addresses, more "
		    "than a /%d", v4, 32 - BREADTH_IPV4_BITS);
	else if (v6 > ldexp(1, BREADTH_IPV6_BITS))
		(void)err_set(w->v.why, "authorises more IPv6 addresses than a "
		    "/%d", 128 - BREADTH_IPV6_BITS);
	else
		return;
	w->found = BREADTH_TOO_BROAD;
}

/* One address that has no business to pass, under a local part. */
static void
probe(struct walk *w, const char *domain, const char *local,
    const struct ip *addr)
{
	char			sender[sizeof("postmaster@") + SPF_DOMAIN_SIZE];
	const struct spf_query	q = { .client = *addr, .helo = domain,
				    .sender = sender };
	struct spf_answer	a;
	char			text[IP_TEXT_SIZE];

	(void)snprintf(sender, sizeof(sender), "%s@%s", local, domain);
	spf_check(&q, w->v.dns, &a);
	if (a.ttl < w->v.ttl)
		w->v.ttl = a.ttl;
	if (a.result != SPF_PASS && a.result != SPF_TEMPERROR)
		return;
	ip_format(addr, text);
	(void)err_set(w->v.why, a.result == SPF_PASS ? "lets %s pass, which "
	    "nobody sends from" : "the DNS cannot tell of %s", text);
	w->found = a.result == SPF_PASS ? BREADTH_TOO_BROAD : BREADTH_UNKNOWN;
}

/* Nobody can have a record that is narrow for one known local part alone. */
static void
probe_all(struct walk *w, const char *domain, breadth_random_fn random)
{
	char		local[sizeof("postmaster")];
	struct ip	addr;
	uint32_t	word;

	for (unsigned i = 0; w->found == BREADTH_FITS &&
	    networks_probe(i, BREADTH_PROBES, random, &addr); i++) {
		random(&word, sizeof(word));
		if (i % 2 == 0)
			(void)snprintf(local, sizeof(local), "postmaster");
		else
			(void)snprintf(local, sizeof(local), "u%08x", word);
		probe(w, domain, local, &addr);
	}
}

void
breadth_check(const char *domain, const struct dns *dns,
    breadth_random_fn random, struct breadth_answer *out)
{
	struct walk	w = { .v = { .dns = dns, .ttl = UINT32_MAX,
			    .why = &out->why }, .found = BREADTH_FITS };

	out->why.text[0] = '\0';
	walk_families(&w, domain);
	if (w.found == BREADTH_FITS)
		weigh(&w);
	if (w.varies)
		probe_all(&w, domain, random);
	out->breadth = w.found;
	out->ttl = w.v.ttl == UINT32_MAX ? 0 : w.v.ttl;
}
