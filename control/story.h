/* SPDX-License-Identifier: ISC
 * control/story.h - what became of a letter, put together from the lines of its
 * attempts. Owned by one thread.
 *
 * The journal knows no letters. A story is what one sender sent to one recipient
 * (both folded as policy/fold.h does it) from its first attempt on until it passes,
 * is refused, or stays away for longer than the window of greylisting. A retry from
 * another host belongs to it. One after the window does where the journal calls it
 * late and the first attempt is five days old at most: as long as most servers try. */
#ifndef CONTROL_STORY_H
#define CONTROL_STORY_H

#include <stddef.h>
#include <stdint.h>

#include "journal/entry.h"

enum story_end { STORY_OPEN, STORY_DELIVERED, STORY_REFUSED,
    STORY_EVENT };		/* no letter: something was learned, or not */

struct story_attempt {
	int64_t	 time;		/* milliseconds */
	char	*line;		/* of the journal */
};

struct story {
	char		*sender, *recipient;	/* of the first attempt */
	struct story_attempt *attempts;
	size_t		 n, room;
	int64_t		 first;		/* milliseconds; before the first line
					 * if that tells of a wait */
	int64_t		 until;		/* a retry counts until then */
	enum story_end	 end;
};

struct stories;			/* opaque */

/* window: greylist.window in seconds. NULL: out of memory. */
struct stories *stories_new(int64_t window);
void	stories_free(struct stories **s);

/* Takes the next line, in the order of time. 0; -1 out of memory. */
int	stories_take(struct stories *s, const struct journal_entry *e);

/* Seconds from the first attempt until the last. */
int64_t	story_seconds(const struct story *s);

/* In the order of their first lines; NULL: there are no more. */
const struct story *stories_at(const struct stories *s, size_t i);

#endif
