/* SPDX-License-Identifier: ISC
 * identity/spf_macro.h - macros in SPF records (RFC 7208, 7). Pure but for `p`,
 * which the caller looks up; any thread. */
#ifndef IDENTITY_SPF_MACRO_H
#define IDENTITY_SPF_MACRO_H

#include "identity/spf.h"
#include "identity/spf_record.h"

/* Whether it is a domain-spec: macros, and at its end a top label or a macro. */
bool	spf_macro_is_domain(struct spf_text t);

/* Whether it is a macro-string, the value of an unknown modifier. */
bool	spf_macro_is_string(struct spf_text t);

/* Whether one of these letters' macros is in it. */
bool	spf_macro_uses(struct spf_text t, const char *letters);

/* What macros stand for. */
struct spf_macros {
	struct ip	 client;
	const char	*sender;	/* "postmaster@helo" of the null sender */
	const char	*helo;
	const char	*domain;	/* the one whose record it is */
	/* The validated name of the client for %{p}, "unknown" if none. */
	const char	*(*name)(void *arg);
	void		*arg;
};

/* Expands a domain-spec to a name of at most 253 characters, labels taken off
 * its left where it is longer (7.3). 0; -1: not a name that can be looked up. */
int	spf_macro_expand(struct spf_text t, const struct spf_macros *m,
	    char out[SPF_DOMAIN_SIZE]);

/* Whether a name can be looked up: labels of 1 to 63 bytes, 253 in all. */
bool	spf_macro_is_name(const char *name);

#endif
