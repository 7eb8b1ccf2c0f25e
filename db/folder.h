/* SPDX-License-Identifier: ISC
 * db/folder.h - the state folder: who has it, of which format it is, whether
 * it is still there. Owned by one thread at a time.
 *
 *	lock	held with flock(2) by the process that uses the folder, whose
 *		number it holds
 *	version	the format, as text: "1"; "1 new" until everything that
 *		belongs to it has been created. Read before anything of the
 *		engine's is touched, so that what is newer stays as it is.
 */
#ifndef DB_FOLDER_H
#define DB_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { FOLDER_VERSION = 1 };

enum folder_state {
	FOLDER_EMPTY,		/* nothing of ours in it but the lock */
	FOLDER_NEW,		/* its creation was begun, and not ended */
	FOLDER_READY		/* complete, of this program's version */
};

struct folder {
	char	*path;		/* absolute */
	int	 lock;		/* descriptor; -1: not locked */
};

/* 0 done; -1 out of memory. */
int	folder_init(struct folder *f, const char *path, struct err *e);

/* Gives the lock back, frees. */
void	folder_done(struct folder *f);

/* Takes the lock. 0 done; -1 missing, not writable, in use by another process:
 * e says what to do. */
int	folder_lock(struct folder *f, struct err *e);
void	folder_unlock(struct folder *f);

/* 0 the folder that was locked is where it was; -1 it is not, e tells. */
int	folder_check(const struct folder *f, struct err *e);

/* 0 done; -1 of another version, or incomplete: e says what to do. */
int	folder_state(const char *path, enum folder_state *state,
	    struct err *e);

/* Says, safe from power cuts, that creation begins or that it has ended.
 * state: FOLDER_NEW or FOLDER_READY. */
int	folder_mark(const char *path, enum folder_state state, struct err *e);

/* Whether a file whose name begins so is in the folder. */
bool	folder_has(const char *path, const char *beginning);

/* 0 each of the files is there; -1 one is missing: e. beginnings ends with
 * NULL. A store that has lost a file is not to be mended with an empty one. */
int	folder_complete(const char *path, const char *const *beginnings,
	    struct err *e);

/* Bytes in the folder's files, as allocated on the disk. */
uint64_t folder_bytes(const char *path);

#endif
