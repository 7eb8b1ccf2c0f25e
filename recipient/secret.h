/* SPDX-License-Identifier: ISC
 * recipient/secret.h - a password that stands in a file. Any thread. */
#ifndef RECIPIENT_SECRET_H
#define RECIPIENT_SECRET_H

#include <stddef.h>

#include "base/err.h"

enum { SECRET_MAX = 1023 };

struct secret {
	char	bytes[SECRET_MAX + 1];	/* ended by NUL */
	size_t	len;			/* 1..SECRET_MAX */
};

/*
 * Reads the file; one line end after the password is no part of it. An empty
 * one is refused: a directory takes a name without a password for nobody, and
 * answers as if it were right (RFC 4513, 5.1.2). 0; -1: e, without a word of
 * what is in the file.
 */
int	secret_read(const char *path, struct secret *out, struct err *e);

/* Wipes it. */
void	secret_forget(struct secret *s);

#endif
