/* SPDX-License-Identifier: ISC
 * base/conf_names.h - what to say of a name that the option table lacks: where
 * it belongs, which known one was meant, or which are allowed.
 *
 * For base/conf*.c only. */
#ifndef BASE_CONF_NAMES_H
#define BASE_CONF_NAMES_H

#include <stddef.h>

#include "base/conf_mistakes.h"
#include "base/conf_table.h"

/* Adds the mistake. The name need not end after len characters. */
void	conf_unknown(struct conf_mistakes *m, unsigned line,
	    const struct conf_section *section, const char *name, size_t len);

#endif
