/* SPDX-License-Identifier: ISC
 * recipient/keep.h - our own copy of a list's last good edition, for a start
 * with a file that is gone or has lost too much.
 *
 * One thread at a time; two processes, or two that use one path, do no harm. */
#ifndef RECIPIENT_KEEP_H
#define RECIPIENT_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "recipient/edition.h"

/* Writes a new file beside it, to the disk, and puts that in its place; mode
 * 0600. 0; -1 it is as it was: e. */
int	keep_write(const char *path, const struct edition *ed,
	    const struct address_rule *rule, struct err *e);

/*
 * Reads it; conf->path is the copy's. *when: when it was written.
 * 1 done; 0 there is none, or its local parts have lost the case that counts by
 * now; -1 it cannot be read: e.
 */
int	keep_read(const struct edition_conf *conf, struct edition **out,
	    int64_t *when, struct err *e);

#endif
