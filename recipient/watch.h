/* SPDX-License-Identifier: ISC
 * recipient/watch.h - looks at a list's file again and again, and says when it
 * is to be read: once it has changed, and has then stayed as it is from one
 * look to the next.
 *
 * Owned by one thread at a time. */
#ifndef RECIPIENT_WATCH_H
#define RECIPIENT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "recipient/stamp.h"

/* The file's version and, as it decides what hashes mean, the key's. */
struct version {
	struct stamp	file, key;
};

/* All zero but the paths, to begin with. */
struct watch {
	const char	*path, *key_file;	/* borrowed; "" for no key */
	struct version	 seen, done;	/* at the last look; dealt with */
	bool		 has_seen, has_done;
	bool		 failed;	/* what may go better in a minute */
	int64_t		 failed_at;
};

enum watch_state {
	WATCH_GONE,		/* cannot be looked at: e */
	WATCH_DONE,		/* is as it was dealt with */
	WATCH_CHANGING,		/* is to be looked at once more */
	WATCH_SETTLED		/* is to be read */
};
enum watch_state watch_look(struct watch *w, int64_t now, struct err *e);

/* Whether it is, by now, the version that was dealt with. */
bool	watch_is_done(const struct watch *w);

/* Opens it for reading. The descriptor; -1: e. *v: of what is read. */
int	watch_open(const struct watch *w, struct version *v, struct err *e);

/* Whether it is still that version, now that fd was read to its end. */
bool	watch_is_whole(const struct watch *w, int fd, const struct version *v);

/* It was dealt with, for good or ill: not to be read until it changes. */
void	watch_settle(struct watch *w, const struct version *v);

/* It could not be read, for a reason that may pass: not for a minute. */
void	watch_fail(struct watch *w, int64_t now);

#endif
