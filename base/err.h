/* SPDX-License-Identifier: ISC
 * base/err.h - one sentence of explanation, carried from where it failed to
 * where it is logged. No allocation; the text is cut to fit, always ended. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
	char	text[512];
};

/* Writes the sentence into e (may be NULL) and returns -1, so that a failing
 * function can end with 'return err_set(e, ...)'. Keeps errno. */
int	err_set(struct err *e, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
