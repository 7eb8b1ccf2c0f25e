/* SPDX-License-Identifier: ISC
 * base/conf_text.h - the forms that values take: durations, counts, addresses
 * to listen at, paths and names. Plain functions of their arguments.
 *
 * For base/conf*.c and control/ctl_option.c. Each: 0 it is one; -1 it is not, e
 * tells why. */
#ifndef BASE_CONF_TEXT_H
#define BASE_CONF_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* "90s", "1m", "1h30m", "36d", "0": whole seconds. A number other than 0
 * needs a unit. */
int	conf_text_duration(const char *text, int64_t *out, struct err *e);

/* "1000", "10k", "20M". */
int	conf_text_count(const char *text, int64_t *out, struct err *e);

/* "inet:PORT@ADDRESS", "inet6:PORT@ADDRESS", "unix:PATH"; max bounds the path. */
int	conf_text_listen(const char *text, size_t max, struct err *e);

/* An absolute path of at most max bytes. */
int	conf_text_path(const char *text, size_t max, struct err *e);

/* The name of an account, or "". */
int	conf_text_user(const char *text, size_t max, struct err *e);

/* A field name (RFC 5322, 2.2), or "". */
int	conf_text_header(const char *text, size_t max, struct err *e);

/* At most max punctuation characters of ASCII, but neither @ nor the quote. */
int	conf_text_delimiters(const char *text, size_t max, struct err *e);

#endif
