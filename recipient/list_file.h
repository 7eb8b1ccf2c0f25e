/* SPDX-License-Identifier: ISC
 * recipient/list_file.h - reads a file of addresses into a list.
 *
 * One thread at a time; what it makes is immutable. */
#ifndef RECIPIENT_LIST_FILE_H
#define RECIPIENT_LIST_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "recipient/address.h"
#include "recipient/list.h"

struct list_file_conf {
	const char		*path;		/* its name in sentences */
	const struct address_rule *rule;
	const unsigned char	*key;
	size_t			 key_len;	/* 0: there is no key */
	const char		*no_key;	/* then: why */
};

struct list_file {
	struct list	*list;		/* the caller's */
	size_t		 hashed;	/* of them are hashes */
	size_t		 bad;		/* lines that were left out */
	struct err	 bad_lines;	/* the first three: "FILE:LINE: ..." */
	bool		 passing;	/* of -1: it may go better next time */
};

/*
 * A line has an address or "@domain" (all of that domain) and, behind white
 * space, anything ("bob@example.com OK", "... # the boss"). "<bob@x>" and
 * "smtp:bob@x" are bob@x; what directories list beside addresses for mail
 * ("sip:", "x400:", "x500:", "eum:", "spo:") is passed over, as are empty
 * lines, those that begin with "#", and those that begin with white space and
 * have no address. "hmac-sha256:HEX" is a hashed address (recipient/hashed.h);
 * with one of them, the hash of HASHED_MARK must be there, too. All other lines
 * are bad: left out and counted.
 *
 * 0 done. -1: it cannot be read, holds no address, is over 4 GB, has a line
 * over 64 KB, or hashes without a key or of another key: e; *out has no list.
 */
int	list_file_read(int fd, const struct list_file_conf *conf,
	    struct list_file *out, struct err *e);

#endif
