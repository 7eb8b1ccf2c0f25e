/* SPDX-License-Identifier: ISC
 * control/ctl_follow.c - a look at the other end of the output. */
#include "control/ctl_follow.h"

#include <poll.h>

bool
follow_has_reader(FILE *out)
{
	struct pollfd	p = { .fd = fileno(out), .events = 0 };

	if (fflush(out) == EOF || ferror(out))
		return false;
	return p.fd == -1 || poll(&p, 1, 0) <= 0 ||
	    (p.revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}
