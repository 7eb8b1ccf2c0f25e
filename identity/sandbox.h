/* SPDX-License-Identifier: ISC
 * identity/sandbox.h - a process gives away all that it does not need to look
 * names up: files, programs, processes, other sockets, more memory.
 *
 * Of the whole process, its other threads included. */
#ifndef IDENTITY_SANDBOX_H
#define IDENTITY_SANDBOX_H

#include <stdbool.h>

#include "base/err.h"

enum {
	SANDBOX_MEMORY_MIB = 512,	/* address space */
	SANDBOX_FILES = 512		/* descriptors */
};

/*
 * Once, when all threads run and all files are read: from then on a system call
 * that is not on the list fails with EPERM, and no thread or process begins. A
 * program built with a sanitizer keeps its system calls and its memory, for the
 * sanitizer needs them. 0; -1: e, and the process should end.
 */
int	sandbox_enter(struct err *e);

/* Whether this build is one that is held: not a sanitizer's. */
bool	sandbox_is_built_in(void);

/* Tries to get out, as a test of sandbox_enter(); to be called in a process
 * that may be lost. What it could do that it should not, or NULL. */
const char *sandbox_leak(void);

#endif
