/* SPDX-License-Identifier: ISC
 * whitelist/free_mail.h - domains where strangers get addresses for the asking.
 * Constant; any thread. */
#ifndef WHITELIST_FREE_MAIL_H
#define WHITELIST_FREE_MAIL_H

#include <stdbool.h>

/* domain: a registrable one, as base/domain.h gives it: gmail.com, gmx.de,
 * outlook.com ... */
bool	free_mail_has(const char *domain);

#endif
