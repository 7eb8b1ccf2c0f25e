/* SPDX-License-Identifier: ISC
 * identity/spf_private.h - one evaluation, shared by spf.c and spf_lookup.c. */
#ifndef IDENTITY_SPF_PRIVATE_H
#define IDENTITY_SPF_PRIVATE_H

#include <stdbool.h>

#include "identity/spf.h"
#include "identity/spf_record.h"

/* RFC 7208, 4.6.4. */
enum { SPF_LOOKUPS = 10, SPF_VOIDS = 2, SPF_NAMES = 10 };

struct spf_eval {
	const struct dns *dns;
	struct ip	 client;
	const char	*helo, *sender;
	unsigned	 lookups, voids;
	uint32_t	 ttl;
	bool		 named;			/* %{p} was looked up */
	char		 name[SPF_DOMAIN_SIZE];	/* what it is */
	struct err	*why;
};

/* What a step of the evaluation found. */
enum spf_match { SPF_MISS, SPF_MATCH, SPF_TEMP, SPF_PERM };

/* A look-up whose answer the caller releases; notes its ttl. */
void	spf_look_up(struct spf_eval *v, const char *name, enum dns_type type,
	    struct dns_answer *out);
void	spf_release(struct spf_eval *v, struct dns_answer *a);

/* The domain's record. SPF_PASS: *out is it, to be freed; else none, temperror or
 * permerror. */
enum spf_result spf_fetch(struct spf_eval *v, const char *domain,
	    struct spf_record *out);

/* Counts an answer that has nothing. SPF_PERM: one too many; else SPF_MISS. */
enum spf_match spf_count_void(struct spf_eval *v, const struct dns_answer *a);

/* Whether an address of the name is the client's, in the length of its family. */
enum spf_match spf_match_name(struct spf_eval *v, const char *name,
	    unsigned bits4, unsigned bits6);
/* The same of its mail exchangers. */
enum spf_match spf_match_mx(struct spf_eval *v, const char *name,
	    unsigned bits4, unsigned bits6);
/* Whether a validated name of the client is `name` or below it. */
enum spf_match spf_match_ptr(struct spf_eval *v, const char *name);

/* The validated name of the client, best below `domain`; "unknown" if none. */
const char *spf_client_name(struct spf_eval *v, const char *domain);

/* Whether the address is in the network; each in its own family. */
bool	spf_in_network(const struct ip *a, const struct ip *net, unsigned bits);

/* The address in an A or AAAA record's data. false: there is none. */
bool	spf_wire_address(const struct dns_rdata *r, struct ip *out);

/* A name out of an answer's data at `at`, as text. false: not one. */
bool	spf_wire_name(const struct dns_rdata *r, size_t at,
	    char out[SPF_DOMAIN_SIZE]);

#endif
