/* SPDX-License-Identifier: ISC
 * whitelist/entry.h - one manual entry, as an administrator writes it
 * (greygate.whitelist(5)):
 *
 *	client     192.0.2.0/24
 *	name       *.mail.example.net
 *	sender     partner@example.org [unsafe]
 *	domain     ebay.com [unsafe]
 *	recipient  helpdesk@example.com | @example.com | abuse@
 *	regex      sender|name|recipient /PATTERN/ [unsafe]
 *
 * client, name, sender and domain may end in "to RECIPIENT" (an address or
 * @domain), which narrows them to that recipient: "sender a@b.example to
 * c@example.com unsafe". name: only names that the MTA has confirmed forward;
 * "*." stands for one label or more. domain: itself and what is below it, cut
 * at a dot. Addresses compare without case; a regex ignores case.
 *
 * Plain values; any thread. */
#ifndef WHITELIST_ENTRY_H
#define WHITELIST_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/domain.h"
#include "base/err.h"
#include "base/ip.h"

enum entry_kind {
	ENTRY_CLIENT, ENTRY_NAME, ENTRY_SENDER, ENTRY_DOMAIN, ENTRY_RECIPIENT,
	ENTRY_REGEX,
	ENTRY_GRACE,		/* "grace bob@example.com": live ones only */
	ENTRY_KINDS
};

enum entry_field { ENTRY_OF_SENDER, ENTRY_OF_NAME, ENTRY_OF_RECIPIENT };

enum { ENTRY_TEXT_SIZE = 800 };	/* of the whole entry and its end */

struct entry {
	enum entry_kind	 kind;
	enum entry_field field;		/* of a regex */
	bool		 unsafe;
	struct ip	 net;		/* of a client: masked, and its bits */
	unsigned	 bits;		/* 0..32, or 0..128 */
	/* The canonical text: one blank between words, lower case but for a
	 * regex, a single address without a prefix length. Two entries that mean
	 * the same have the same text. It names the entry in the log, in
	 * commands and in the store. */
	char		 text[ENTRY_TEXT_SIZE];
	/* Offsets in text: what is matched ("ebay.com", "a@b.example", the pattern
	 * of a regex), and the recipient after "to" (to_len 0: any). */
	unsigned short	 value, value_len, to, to_len;
};

/*
 * Reads one entry. 0; -1: not one; e tells what is wrong and what is allowed
 * ("not a domain: ebay,com"). What is an entry but unwise is entry_warning()'s.
 */
int	entry_parse(const char *text, struct entry *out, struct err *e);

/* Whether only an identity that proves the sender's domain makes it hold. */
bool	entry_needs_proof(const struct entry *entry);

/* Whether both are about the same client, sender or recipient: they differ in
 * "to" and "unsafe" at most. */
bool	entry_is_about(const struct entry *a, const struct entry *b);

/* Whether all that b lets in passes by a, too, of two about the same. */
bool	entry_covers(const struct entry *a, const struct entry *b);

/* "domain", "client" ... */
const char *entry_kind_name(enum entry_kind kind);

#endif
