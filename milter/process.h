/* SPDX-License-Identifier: ISC
 * milter/process.h - what a daemon does to itself at start. */
#ifndef MILTER_PROCESS_H
#define MILTER_PROCESS_H

#include <stddef.h>

#include "base/err.h"

/* Becomes `user` with its groups, as initgroups(3) gives them. "" and the user
 * who started us: nothing to do.
 * 0 done; -1 no such user, or not allowed: e tells what to do. */
int	process_become(const char *user, struct err *e);

/* Raises the limit of file descriptors as far as it goes, up to `want`.
 * *got: what it is. -1: it is below `need`, e tells what to do. */
int	process_raise_descriptors(unsigned long want, unsigned long need,
	    unsigned long *got, struct err *e);

/*
 * Goes on in a child, in a session of its own, while the caller's shell waits
 * for process_ready(): so errors at start still reach stderr and the exit code.
 * Returns in the child only; the parent exits with 0, or with the child's exit
 * code if that ends first. Before there are threads.
 * -1: no child, e.
 */
int	process_detach(int *ready_fd, struct err *e);

/* Lets the parent go with 0 and closes stdin, stdout and stderr. */
void	process_ready(int *ready_fd);

/* The path of a program that lies in the same folder as this one. Cut to fit: a
 * path that long does not exist. */
void	process_beside(const char *name, char *out, size_t size);

#endif
