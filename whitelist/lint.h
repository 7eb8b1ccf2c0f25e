/* SPDX-License-Identifier: ISC
 * whitelist/lint.h - entries that are valid but unwise.
 *
 * Pure but for lint_networks(); any thread. */
#ifndef WHITELIST_LINT_H
#define WHITELIST_LINT_H

#include "base/conf.h"
#include "whitelist/whitelist.h"

/* Whether strangers get addresses in this domain for the asking: gmail.com,
 * gmx.de, outlook.com ... */
bool	lint_is_free_mail(const char *domain);

/* What `greyctl whitelist add` will not take: everything (0.0.0.0/0, ::/0, more
 * than a /8 or a /16 of IPv6, "name *.com"), public suffixes, a free-mail domain
 * as a whole, an own domain as sender or domain. own: may be
 * NULL. 1: refused, e tells why and what to write instead; 0 not. */
int	lint_refusal(const struct entry *entry, const struct nameset *own,
	    struct err *e);

/*
 * What `greygate -t` says of the files' entries beside that: free-mail domains
 * as a whole, entries that another one shadows, an entry twice, unsafe ones, ones
 * that have ended by now; and local-networks without this host's own addresses.
 * Calls each() with "FILE:LINE: sentence"; shipped entries are not looked at.
 */
void	lint_entries(const struct whitelist_files *files,
	    const struct nameset *own, int64_t now, conf_report_fn each,
	    void *arg);
struct lint_report {
	conf_report_fn	each;
	void		*arg;
};
void	lint_own_address(const struct ip *addr, const struct netset *local,
	    const char *file, const struct lint_report *to);
void	lint_networks(const struct netset *local, const char *file,
	    conf_report_fn each, void *arg);

#endif
