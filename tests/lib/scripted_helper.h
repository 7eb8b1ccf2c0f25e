/* SPDX-License-Identifier: ISC
 * tests/lib/scripted_helper.h - a greygate-spf that does what the sender of a
 * question says. The test program plays it itself, started under another name.
 *
 *	yes no fail	answers 1, 0, -1	odd	first of another id
 *	mute		never answers		garbage	not a reply
 *	hold		"yes" when asked "release", or when a resolver is so
 *	die		says "cannot go on", ends with code 3
 *	freeze		stops			self	tells of itself
 *
 * A resolver "exit" ends it when it starts. */
#ifndef TESTS_LIB_SCRIPTED_HELPER_H
#define TESTS_LIB_SCRIPTED_HELPER_H

#include <stdbool.h>

/* What "self" has in found[]. */
enum {
	SELF_UID, SELF_GID, SELF_GROUPS, SELF_FDS,
	SELF_BOUND,		/* bits: no new privileges, dies with launcher */
	SELF_BARE,		/* bits: no environment, folder is /, no signal
				 * blocked, none ignored */
	SELF_RESOLVERS, SELF_PARENT
};

/* First in main(): plays the helper and ends, if it was started as one. */
void	scripted_helper_main(int argc, char **argv);

/* A path that starts this program as the helper; removed again. */
void	scripted_helper_open(char path[64]);
void	scripted_helper_close(const char *path);

/* File descriptors of this process. */
unsigned	count_descriptors(void);

#endif
