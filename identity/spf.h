/* SPDX-License-Identifier: ISC
 * identity/spf.h - check_host() of RFC 7208: may this address send for this
 * domain?
 *
 * Its input is records that strangers wrote: it is run in greygate-spf only, a
 * process that has nothing to lose. Explanations (RFC 7208, 6.2) are checked
 * for syntax and never fetched. Any thread; all state is in the call. */
#ifndef IDENTITY_SPF_H
#define IDENTITY_SPF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "identity/dns.h"

/* RFC 7208, 2.6. */
enum spf_result {
	SPF_NONE, SPF_NEUTRAL, SPF_PASS, SPF_FAIL, SPF_SOFTFAIL,
	SPF_TEMPERROR, SPF_PERMERROR,
	SPF_RESULTS
};

struct spf_query {
	struct ip	 client;
	const char	*helo;		/* as given, may be NULL */
	const char	*sender;	/* reverse-path; "" is the null sender: then
					 * postmaster@helo (RFC 7208, 2.4) */
};

struct spf_answer {
	enum spf_result	 result;
	uint32_t	 ttl;		/* the least of the answers it rests on */
	struct err	 why;		/* "matched ip4:192.0.2.0/24 of
					 * _spf.example.org", "11 look-ups" */
};

/* Evaluates; at most 10 look-ups of terms, 2 void ones, 10 names of an mx or
 * ptr (RFC 7208, 4.6.4). */
void	spf_check(const struct spf_query *q, const struct dns *dns,
	    struct spf_answer *out);

/* The domain that a query is about, in lower case without the last dot: the
 * sender's, or of the null sender the HELO name's. false: none that could have a
 * record (RFC 7208, 4.3): a literal, a single label, a label over 63 ... */
enum { SPF_DOMAIN_SIZE = 256 };
bool	spf_domain(const char *sender, const char *helo,
	    char out[SPF_DOMAIN_SIZE]);

/* "pass", "softfail" ... */
const char *spf_name(enum spf_result r);

#endif
