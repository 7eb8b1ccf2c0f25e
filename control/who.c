/* SPDX-License-Identifier: ISC
 * control/who.c - asks the system's user database. */
#include "control/who.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_MAX = 1024 * 1024 };	/* for one account */

void
who_is(uid_t uid, char out[WHO_SIZE])
{
	struct passwd	 record, *found = NULL;
	char		*room = NULL, *grown;
	int		 rc = ERANGE;

	for (size_t size = 1024; rc == ERANGE && size <= ROOM_MAX; size *= 4) {
		grown = realloc(room, size);
		if (grown == NULL)
			break;
		room = grown;
		rc = getpwuid_r(uid, &record, room, size, &found);
	}
	if (rc == 0 && found != NULL && strlen(found->pw_name) < WHO_SIZE)
		(void)snprintf(out, WHO_SIZE, "%s", found->pw_name);
	else
		(void)snprintf(out, WHO_SIZE, "uid %ju", (uintmax_t)uid);
	free(room);
}
