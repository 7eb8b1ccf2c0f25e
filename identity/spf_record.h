/* SPDX-License-Identifier: ISC
 * identity/spf_record.h - the syntax of an SPF record (RFC 7208, 4.6.1 and 12).
 *
 * Pure; any thread. */
#ifndef IDENTITY_SPF_RECORD_H
#define IDENTITY_SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/ip.h"

enum spf_mechanism {
	SPF_ALL, SPF_INCLUDE, SPF_A, SPF_MX, SPF_PTR, SPF_IP4, SPF_IP6,
	SPF_EXISTS,
	SPF_MECHANISMS
};

/* A stretch of the record's text. */
struct spf_text {
	const char	*at;
	size_t		 len;		/* 0: not given */
};

struct spf_term {
	enum spf_mechanism mechanism;
	char		 qualifier;	/* + - ~ ? */
	struct spf_text	 domain;	/* macros and all */
	struct ip	 net;		/* of ip4 and ip6 */
	unsigned	 bits;		/* ... their prefix length */
	unsigned	 bits4, bits6;	/* of a and mx */
	struct spf_text	 whole;		/* as written */
};

enum { SPF_TERMS_MAX = 2000, SPF_RECORD_MAX = 65535 };

struct spf_record {
	char		*text;
	struct spf_term	*term;
	size_t		 n;
	struct spf_text	 redirect;
};

/* Whether a TXT record is meant for SPF: "v=spf1", then a blank or the end. */
bool	spf_record_is(const char *text, size_t len);

/* Parses one that is; all of it is looked at. 0: to be freed with
 * spf_record_free(); -1: a mistake in it, e tells; -2: out of memory. */
int	spf_record_parse(const char *text, size_t len, struct spf_record *out,
	    struct err *e);
void	spf_record_free(struct spf_record *r);

/* Names for sentences: "ip4". */
const char *spf_mechanism_name(enum spf_mechanism m);

#endif
