/* SPDX-License-Identifier: ISC
 * base/conf_mistakes.h - what is wrong with a configuration file, collected in
 * any order and told in the order of the file.
 *
 * For base/conf*.c only. Owned by one reading of a file. */
#ifndef BASE_CONF_MISTAKES_H
#define BASE_CONF_MISTAKES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/conf.h"

struct conf_mistakes;		/* opaque; owns its sentences */

/* A new empty list, to be freed with conf_mistakes_free(). The name of the
 * file is borrowed. NULL: out of memory. */
struct conf_mistakes *conf_mistakes_new(const char *file);

/* Frees *m and sets it to NULL. A NULL *m is fine. */
void	conf_mistakes_free(struct conf_mistakes **m);

/* Adds "FILE:LINE: ..."; line 0 gives "FILE: ...". A sentence that memory
 * does not allow is counted all the same. Returns -1, as err_set() does. */
int	conf_mistake(struct conf_mistakes *m, unsigned line, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

bool	conf_mistakes_any(const struct conf_mistakes *m);

/* Calls report for each, by line; those of one line as they were added. */
void	conf_mistakes_tell(struct conf_mistakes *m, conf_report_fn report,
	    void *arg);

#endif
