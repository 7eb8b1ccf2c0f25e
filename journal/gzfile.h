/* SPDX-License-Identifier: ISC
 * journal/gzfile.h - a file that may be compressed, over zlib (the only file that
 * includes it). Owned by one thread. */
#ifndef JOURNAL_GZFILE_H
#define JOURNAL_GZFILE_H

#include <sys/types.h>

struct gzfile;			/* opaque */

/* Reads what fd holds, decompressed if it is gzip's; takes over fd. NULL: out of
 * memory, fd is closed. */
struct gzfile *gzfile_read_from(int fd);

/* Writes gzip's format to fd; takes it over. As above. */
struct gzfile *gzfile_write_to(int fd);

/* As read(2); -1: it cannot be read, or is cut off or damaged from here on: errno is
 * set, EBADMSG for damage. */
ssize_t	gzfile_read(struct gzfile *f, void *to, size_t len);

/* 0 all was taken; -1, errno. */
int	gzfile_write(struct gzfile *f, const void *from, size_t len);

/* Back to its start, for reading. 0 or -1. */
int	gzfile_rewind(struct gzfile *f);

/* 0; -1: what was written is not all there, errno. Clears *f. */
int	gzfile_close(struct gzfile **f);

#endif
