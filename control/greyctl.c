/* SPDX-License-Identifier: ISC
 * control/greyctl.c - greyctl(8): asks the daemon on its control socket. */
#include "base/clock.h"
#include "control/client.h"
#include "control/ctl.h"

int
main(int argc, char **argv)
{
	const struct clock	clock = clock_system();
	struct ctl		ctl = { .socket = CLIENT_SOCKET,
				    .now = clock_seconds(&clock),
				    .out = stdout, .messages = stderr };

	return ctl_main(argc, argv, &ctl);
}
