/* SPDX-License-Identifier: ISC
 * base/conf_start.h - settings that a reload cannot change. */
#ifndef BASE_CONF_START_H
#define BASE_CONF_START_H

#include <stddef.h>

#include "base/conf.h"

/* One of them that is other than at the start. */
struct conf_start {
	const char	*name;		/* "listen" */
	const char	*value;		/* the new one; of `is` */
};

/* Those that differ, in the file's order; how many. */
enum { CONF_START_MAX = 8 };
size_t	conf_start_diff(const struct conf *was, const struct conf *is,
	    struct conf_start out[CONF_START_MAX]);

#endif
