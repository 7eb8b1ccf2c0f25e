/* SPDX-License-Identifier: ISC
 * base/err.c - the sentence that err.h describes. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int
err_set(struct err *e, const char *fmt, ...)
{
	int	saved = errno;
	va_list	ap;

	if (e != NULL) {
		va_start(ap, fmt);
		(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
	}
	errno = saved;
	return -1;
}
