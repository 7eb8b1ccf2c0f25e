/* SPDX-License-Identifier: ISC
 * control/greyctl.c - greyctl(8): asks the daemon on its control socket. */
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/client.h"
#include "control/ctl.h"
#include "control/pager.h"

/* Of the terminal that the output is; 0: it is none. */
static unsigned
columns(void)
{
	struct winsize	w;

	if (isatty(STDOUT_FILENO) == 0 ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == -1)
		return 0;
	return w.ws_col > 0 ? w.ws_col : 80;
}

int
main(int argc, char **argv)
{
	const struct clock	clock = clock_system();
	struct ctl		ctl = { .socket = CLIENT_SOCKET,
				    .now = clock_seconds(&clock),
				    .columns = columns(),
				    .out = stdout, .messages = stderr };

	(void)setlocale(LC_CTYPE, "");
	ctl.pager = pager_command();
	ctl.colours = ctl.columns > 0 && pager_allows_colours();
	return ctl_main(argc, argv, &ctl);
}
