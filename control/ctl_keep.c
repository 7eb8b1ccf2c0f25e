/* SPDX-License-Identifier: ISC
 * control/ctl_keep.c - what reload, sweep and backup say for people. */
#include "control/ctl.h"

#include <inttypes.h>

#include "control/print.h"

void
ctl_show_reload(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const char	*file = json_get_text(item, "file");

	(void)nth;
	(void)fputs("in force: ", ctl->out);
	(void)print_text(ctl->out, file == NULL || file[0] == '\0' ?
	    "the defaults" : file);
	(void)fputc('\n', ctl->out);
}

void
ctl_show_sweep(const struct ctl *ctl, const struct json *item, size_t nth)
{
	int64_t	n = json_get_int(item, "dropped");

	(void)nth;
	(void)fprintf(ctl->out, "%" PRId64 " expired record%s dropped\n", n,
	    n == 1 ? "" : "s");
}

void
ctl_show_backup(const struct ctl *ctl, const struct json *item, size_t nth)
{
	(void)nth;
	(void)fputs("backup written to ", ctl->out);
	(void)print_text(ctl->out, json_get_text(item, "folder"));
	(void)fputs("\nTo restore it: stop greygate, move its state folder "
	    "away, copy this folder to\nthat place (cp -a), start greygate.\n",
	    ctl->out);
}
