/* SPDX-License-Identifier: ISC
 * base/mailaddr.h - envelope addresses as an MTA hands them over.
 *
 * Pure functions; any thread. */
#ifndef BASE_MAILADDR_H
#define BASE_MAILADDR_H

#include <stdbool.h>

/*
 * The address out of an SMTP path or a bare argument: angle brackets, white
 * space around it and a source route ("<@relay,@other:user@dom>", RFC 5321
 * 4.1.2, app. C) are taken off; nothing else is changed: quoted local parts,
 * UTF-8 and whatever else a client sent stay. "<>" gives "".
 * free() the result. NULL: out of memory.
 */
char	*mailaddr_parse(const char *path);

/* Whether a path is one address and no more: nothing behind its brackets, none
 * within them, no comment. Of other texts each MTA makes what it likes. */
bool	mailaddr_is_plain(const char *path);

/* The part after the last '@' (outside quotes), or "" if there is none.
 * Points into addr. */
const char *mailaddr_domain(const char *addr);

/* Whether the local part of addr (quotes taken off) is `name`, in any case,
 * with or without a domain. */
bool	mailaddr_local_is(const char *addr, const char *name);

#endif
