/* SPDX-License-Identifier: ISC
 * recipient/unix.h - the system's users and an alias file as a source. */
#ifndef RECIPIENT_UNIX_H
#define RECIPIENT_UNIX_H

#include "base/conf.h"
#include "recipient/source.h"

/*
 * Users by getpwnam_r(3), whatever nsswitch.conf(5) puts behind it, and the
 * names on the left of the alias file (aliases(5): comments, continued lines,
 * quoted names), which is read again when it changes. A local part is asked for
 * as it is and in lower case; so is it without its sub-address. local_domains:
 * for list(), the domains that each name is a mailbox of, unless conf has its
 * own; copied, as conf is. Users that the system does not enumerate (sssd and
 * winbind as they come) are asked for, but not listed.
 * 0 done; -1 the alias file cannot be read: e.
 */
int	unix_source_new(const struct conf_unix *conf,
	    const struct nameset *local_domains, struct source **out,
	    struct err *e);

#endif
