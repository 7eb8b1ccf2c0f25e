/* SPDX-License-Identifier: ISC
 * identity/question.h - what the filter asks its helper greygate-spf, and what
 * it hears, as one datagram each (SOCK_SEQPACKET).
 *
 * Nothing of a reply is believed before question_read_reply() has looked at it:
 * the helper reads hostile input and may be anybody's by now. Pure functions. */
#ifndef IDENTITY_QUESTION_H
#define IDENTITY_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "identity/spf.h"

enum question_kind {
	QUESTION_SPF = 1,	/* spf_check() and breadth_check() */
	QUESTION_LIST = 2	/* is the client in a DNS list (RFC 5782) */
};

enum {
	QUESTION_SENDER_SIZE = 512,	/* longer ones are not asked about */
	QUESTION_SIZE = 1200,		/* a request or reply at most */
	QUESTION_FOUND = 8		/* answers of a DNS list that are told */
};

struct question {
	uint64_t	 id;
	enum question_kind kind;
	struct ip	 client;
	char		 helo[SPF_DOMAIN_SIZE];		/* of QUESTION_SPF; "" */
	char		 sender[QUESTION_SENDER_SIZE];	/* likewise */
	char		 zone[SPF_DOMAIN_SIZE];		/* of QUESTION_LIST */
};

struct question_reply {
	uint64_t	 id;
	int		 answer;	/* 1 proven (listed), 0 not, -1 the DNS
					 * could not tell */
	enum spf_result	 result;	/* of QUESTION_SPF */
	bool		 withdrawn;	/* the domain's record proves nothing for
					 * anybody: there is none, it is too broad */
	uint32_t	 ttl;		/* seconds */
	unsigned	 n_found;
	uint32_t	 found[QUESTION_FOUND];	/* 127.0.0.x, host order */
	struct err	 why;
};

/* Bytes for the socket: how many, at most QUESTION_SIZE. */
size_t	question_write(const struct question *q, uint8_t out[QUESTION_SIZE]);
size_t	question_write_reply(const struct question_reply *r,
	    uint8_t out[QUESTION_SIZE]);

/* 0; -1 not one: out is not to be used. */
int	question_read(struct question *out, const uint8_t *bytes, size_t len);
int	question_read_reply(struct question_reply *out, const uint8_t *bytes,
	    size_t len);

#endif
