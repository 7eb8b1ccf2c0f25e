/* SPDX-License-Identifier: ISC
 * policy/lint.h - settings that are valid but unwise. */
#ifndef POLICY_LINT_H
#define POLICY_LINT_H

#include "base/conf.h"

/* Reads the files of entries, too. each(): "FILE:LINE: sentence", for what is
 * unwise and for what is wrong. 0; -1: an entry is wrong, or a file cannot be
 * read: each() was told of all, e sums up. */
int	lint_settings(struct conf *conf, int64_t now, conf_report_fn each,
	    void *arg, struct err *e);

#endif
