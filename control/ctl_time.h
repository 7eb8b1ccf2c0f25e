/* SPDX-License-Identifier: ISC
 * control/ctl_time.h - a point in time as people type it. Any thread. */
#ifndef CONTROL_CTL_TIME_H
#define CONTROL_CTL_TIME_H

#include <stdint.h>

#include "base/err.h"

/*
 * "2h": so long before now, a duration as in greygate.conf(5); "2026-01-02",
 * "2026-01-02 15:04" or "2026-01-02T15:04:05": local time, with a Z behind it UTC.
 * 0: *seconds since the epoch; -1: it is none of these, or is still to come; e says
 * what is allowed.
 */
int	ctl_time_parse(const char *text, int64_t now, int64_t *seconds,
	    struct err *e);

#endif
