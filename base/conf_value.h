/* SPDX-License-Identifier: ISC
 * base/conf_value.h - from the text of one value to the member that takes it.
 *
 * For base/conf*.c only. */
#ifndef BASE_CONF_VALUE_H
#define BASE_CONF_VALUE_H

#include "base/conf.h"
#include "base/conf_table.h"
#include "base/err.h"

/*
 * Checks the value and puts it where the row says, in base: the struct conf,
 * or the struct of a titled section. Text replaces, an entry of a list joins.
 * 0: done. -1: e tells what is wrong with it; base is unchanged, but that a set
 * may have got some names of a file.
 */
int	conf_value_set(const struct conf_row *row, void *base, const char *text,
	    struct err *e);

/* Makes a list empty; a no-op for other rows. -1: out of memory. */
int	conf_value_clear(const struct conf_row *row, void *base, struct err *e);

/* Frees what the member holds, of which it then has nothing. */
void	conf_value_free(const struct conf_row *row, void *base);

#endif
