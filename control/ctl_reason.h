/* SPDX-License-Identifier: ISC
 * control/ctl_reason.h - the words that a line of the journal may have as its
 * reason, or as the name or the why of an event. Pure; any thread. */
#ifndef CONTROL_CTL_REASON_H
#define CONTROL_CTL_REASON_H

#include <stddef.h>

#include "base/err.h"

/* The n-th of them; NULL: there are no more. */
const char *ctl_reason_at(size_t n);

/* 0; -1: text (which may be NULL) is none of them: e lists them. */
int	ctl_reason_check(const char *text, struct err *e);

#endif
