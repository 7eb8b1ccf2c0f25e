/* SPDX-License-Identifier: ISC
 * base/reply.h - the text of an SMTP reply: "450 4.7.1 Please try again".
 * Plain values, no ownership. */
#ifndef BASE_REPLY_H
#define BASE_REPLY_H

#include "base/err.h"

struct reply {
	char	code[4];	/* "450" */
	char	status[12];	/* "4.7.1", RFC 3463 */
	char	text[256];	/* as an administrator wrote it, '%' and all */
};

/*
 * Parses a reply whose first digit is `digit` ('4' or '5'). The enhanced
 * code's class must agree with it (RFC 2034, 4); 421 is refused, since it
 * would close the connection on all recipients (RFC 5321, 4.2.3); the text is
 * printable ASCII.
 * 0 done; -1 not such a reply, e tells what is allowed, out is unchanged.
 */
int	reply_parse(const char *text, char digit, struct reply *out,
	    struct err *e);

#endif
