/* SPDX-License-Identifier: ISC
 * identity/dns.h - how the evaluation of SPF sees the DNS.
 *
 * An interface of one call: the helper's is libunbound (identity/resolver.h), a
 * test's a zone in memory. */
#ifndef IDENTITY_DNS_H
#define IDENTITY_DNS_H

#include <stddef.h>
#include <stdint.h>

enum dns_type {			/* RFC 1035, 3.2.2; RFC 3596, 2.1 */
	DNS_A = 1, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28
};

enum dns_status {
	DNS_FOUND,		/* one record at least */
	DNS_NODATA,		/* the name exists, not with this type */
	DNS_NXDOMAIN,		/* there is no such name */
	DNS_FAILED		/* timeout, SERVFAIL, a bogus answer */
};

/* One record's data as on the wire, its names not compressed. */
struct dns_rdata {
	const uint8_t	*bytes;
	size_t		 len;
};

struct dns_answer {
	enum dns_status		 status;
	uint32_t		 ttl;	/* seconds */
	size_t			 n;
	const struct dns_rdata	*rdata;	/* n of them; they hold until the
					 * answer is released */
	void			*owner;	/* of the implementation */
};

struct dns {
	/* Looks a name up (absolute, with or without the last dot, no byte of
	 * it NUL), following CNAMEs. Always fills *out. */
	void	(*lookup)(void *arg, const char *name, enum dns_type type,
		    struct dns_answer *out);
	/* Frees what an answer holds. */
	void	(*release)(void *arg, struct dns_answer *answer);
	void	*arg;
};

#endif
