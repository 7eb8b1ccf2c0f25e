/* SPDX-License-Identifier: ISC
 * base/conf_titled.h - the structs of sections that have a title, whichever
 * section it is: arrays in struct conf that grow one by one.
 *
 * For base/conf*.c only. Owned by one reading of a file. */
#ifndef BASE_CONF_TITLED_H
#define BASE_CONF_TITLED_H

#include <stddef.h>

#include "base/conf.h"
#include "base/conf_table.h"

/* Appends one of that name, all else in it zero; earlier ones may move. NULL:
 * out of memory. */
void	*conf_titled_add(struct conf *c, const struct conf_section *section,
	    const char *name);

size_t	conf_titled_count(const struct conf *c,
	    const struct conf_section *section);
void	*conf_titled_at(const struct conf *c,
	    const struct conf_section *section, size_t i);

/* Frees all of that section with what their rows hold. */
void	conf_titled_free(struct conf *c, const struct conf_section *section);

#endif
