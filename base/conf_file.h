/* SPDX-License-Identifier: ISC
 * base/conf_file.h - a configuration file as one piece of memory.
 *
 * For base/conf*.c only. */
#ifndef BASE_CONF_FILE_H
#define BASE_CONF_FILE_H

#include <stddef.h>

#include "base/err.h"

enum { CONF_FILE_MAX = 1024 * 1024 };

/* 0: *text is to be freed. -1: missing, not readable, a folder, over
 * CONF_FILE_MAX bytes, or no memory; e tells. */
int	conf_file_read(const char *file, char **text, size_t *len,
	    struct err *e);

#endif
