/* SPDX-License-Identifier: ISC
 * control/ctl_keep.c - what reload, sweep and backup say for people. */
#include "control/ctl.h"

#include <inttypes.h>

#include "control/print.h"

/* What of it is not in force yet. */
static void
print_waiting(FILE *out, const struct json *settings)
{
	for (size_t i = 0; i < json_length(settings); i++) {
		const struct json *one = json_at(settings, i);

		(void)fputs("    but for ", out);
		(void)print_text(out, json_get_text(one, "setting"));
		(void)fputs(" = ", out);
		(void)print_text(out, json_get_text(one, "value"));
		(void)fputs(": it needs a restart of greygate\n", out);
	}
}

void
ctl_show_reload(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const char	*file = json_get_text(item, "file");

	(void)nth;
	(void)fputs("in force: ", ctl->out);
	(void)print_text(ctl->out, file == NULL || file[0] == '\0' ?
	    "the defaults" : file);
	(void)fputc('\n', ctl->out);
	print_waiting(ctl->out, json_get(item, "need_restart"));
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
