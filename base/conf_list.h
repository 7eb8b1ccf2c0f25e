/* SPDX-License-Identifier: ISC
 * base/conf_list.h - rows whose member is an array with its count: paths,
 * resolvers, and the hours, macros and DNS lists of rules.
 *
 * For base/conf*.c only. */
#ifndef BASE_CONF_LIST_H
#define BASE_CONF_LIST_H

#include <stdbool.h>

#include "base/conf_table.h"
#include "base/err.h"

/* Whether the row is one of those. */
bool	conf_list_is(const struct conf_row *row);

/* Checks an entry and appends it. 0: done. -1: e tells; base is unchanged. */
int	conf_list_add(const struct conf_row *row, void *base, const char *text,
	    struct err *e);

/* Frees the entries, of which there are none then. */
void	conf_list_free(const struct conf_row *row, void *base);

#endif
