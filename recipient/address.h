/* SPDX-License-Identifier: ISC
 * recipient/address.h - a recipient address in the form that is looked up.
 *
 * Plain values, any thread. */
#ifndef RECIPIENT_ADDRESS_H
#define RECIPIENT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 5321, 4.5.3.1: local part 64, domain 255; what is longer by far is no
 * mailbox of ours, but some room is left for what MTAs allow beyond. */
enum { ADDRESS_MAX = 640 };

/* To be copied by address_copy() only: domain points into it. */
struct address {
	char	whole[ADDRESS_MAX + 1];	/* "user+tag@example.com" */
	char	local[ADDRESS_MAX + 1];	/* "user+tag" */
	char	base[ADDRESS_MAX + 1];	/* "user@example.com"; "" if there is no
					 * sub-address to take off */
	char	base_local[ADDRESS_MAX + 1];	/* "user", or "" likewise */
	const char *domain;		/* in whole; "" if there is none */
};

struct address_rule {
	const char	*delimiters;	/* of sub-addresses, "" for none */
	bool		 case_sensitive;/* the local part keeps its case */
};

/*
 * Takes an address as mailaddr_parse() gives it: the domain in lower case
 * (ASCII) without its last dot, the local part likewise unless case counts,
 * quotes taken off where they are not needed (RFC 5321, 4.1.2: "bob"@x is
 * bob@x), and no more of them than needed where they are. A sub-address begins
 * at the first delimiter, unless nothing is left before it ("+x"), as with
 * Postfix's recipient_delimiter; postmaster, mailer-daemon and double-bounce
 * have none, and owner-x and x-request are left alone where "-" is a delimiter.
 * 0 done; -1 longer than ADDRESS_MAX: nobody has such a mailbox.
 */
int	address_make(struct address *out, const char *address,
	    const struct address_rule *rule);

void	address_copy(struct address *to, const struct address *from);

/* A local part as given by address_make() without its quotes, for those to whom
 * they mean nothing: "john smith" for "\"john smith\"". */
void	address_unquote(const char *local, char out[ADDRESS_MAX + 1]);

/* postmaster and abuse always exist (RFC 5321, 4.5.1; RFC 2142), in any case,
 * with or without a domain. */
bool	address_is_role(const struct address *a);

#endif
