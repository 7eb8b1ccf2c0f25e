/* SPDX-License-Identifier: ISC
 * recipient/users.c - the users of this system. */
#include "recipient/users.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROOM_FIRST = 1024, ROOM_MAX = 1024 * 1024,	/* of one record */
	NAME_LONGEST = 256,
	INTERRUPTED_MAX = 10
};

/* The room grows to what this system's records need. */
struct users {
	char	*room;
	size_t	 size;
};

struct users *
users_new(void)
{
	struct users	*u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->room = malloc(ROOM_FIRST);
	if (u->room == NULL) {
		free(u);
		return NULL;
	}
	u->size = ROOM_FIRST;
	return u;
}

void
users_free(struct users **u)
{
	if (*u != NULL)
		free((*u)->room);
	free(*u);
	*u = NULL;
}

static int
grow(struct users *u)
{
	char	*room;

	if (u->size >= ROOM_MAX)
		return -1;
	room = realloc(u->room, u->size * 2);
	if (room == NULL)
		return -1;
	u->room = room;
	u->size *= 2;
	return 0;
}

static bool
is_possible(const char *name)
{
	return name[0] != '\0' && strlen(name) <= NAME_LONGEST &&
	    strpbrk(name, "/:\n") == NULL;
}

/*
 * Only 0 without a record is a "no". getpwnam_r(3) names ENOENT, ESRCH and more
 * as what systems return where there is no such user; glibc returns them where
 * a service could not be asked: ENOENT for all users, root too, while
 * /etc/passwd is missing. A "no" then would refuse everybody.
 */
int
users_have(struct users *u, const char *name, struct err *e)
{
	struct passwd	record, *found;
	int		status, interrupted = 0;

	if (!is_possible(name))
		return 0;
	for (;;) {
		found = NULL;
		status = getpwnam_r(name, &record, u->room, u->size, &found);
		if (status == 0)
			return found != NULL;
		if (status == EINTR && interrupted++ < INTERRUPTED_MAX)
			continue;
		if (status != ERANGE || grow(u) == -1)
			return err_set(e, "the system's users cannot be asked: "
			    "%s", strerror(status));
	}
}

/* The next user, or none. -1: e. */
static int
next(struct users *u, struct passwd *record, struct passwd **found,
    struct err *e)
{
	int	status;

	do {
		*found = NULL;
		status = getpwent_r(record, u->room, u->size, found);
	} while (status == ERANGE && grow(u) == 0);
	if (status == 0 || status == ENOENT)
		return 0;
	return err_set(e, "the system's users cannot be listed: %s",
	    strerror(status));
}

int
users_walk(struct users *u, users_each_fn each, void *arg, struct err *e)
{
	struct passwd	record, *found;
	bool		any = false, more = true;
	int		status;

	setpwent();
	while ((status = next(u, &record, &found, e)) == 0 && found != NULL &&
	    more) {
		any = true;
		more = !is_possible(found->pw_name) ||
		    each(found->pw_name, arg);
	}
	endpwent();
	/* ENOENT is what it says of a missing /etc/passwd, too. */
	if (status == 0 && !any)
		return err_set(e, "the system lists no user at all");
	return status;
}
