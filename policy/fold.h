/* SPDX-License-Identifier: ISC
 * policy/fold.h - one name for the many bounce addresses of one sender.
 *
 * Pure functions; any thread. */
#ifndef POLICY_FOLD_H
#define POLICY_FOLD_H

/*
 * The sender as it enters a key: lower case (ASCII), BATV and SRS unwrapped,
 * VERP digits and tokens collapsed, so that a list's next bounce address is the
 * same sender and a retry with a new tag is a retry. Two people's addresses
 * never fold to the same text: what is collapsed is only what stands beside a
 * mark of a bounce address, and the domain always stays the envelope's own.
 *
 * sender: "local@domain" without brackets; "" is the null sender and stays "", and
 * so does a pseudonym (base/pseudonym.h).
 * The result is at most as long as the sender plus 8; free() it. NULL: out of
 * memory.
 */
char	*fold_sender(const char *sender);

/* A correspondent, or one of ours who writes to one: fold_sender(), and without
 * the sub-address ("bob+news@x" is bob@x; a '+' at either end of the local part, or
 * within quotes, is none). As above. */
char	*fold_correspondent(const char *address);

/* Recipients: lower case only (ASCII). As above. */
char	*fold_recipient(const char *recipient);

#endif
