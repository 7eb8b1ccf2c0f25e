/* SPDX-License-Identifier: ISC
 * control/ctl_complete.c - greyctl completion. */
#include <string.h>

#include "control/complete.h"
#include "control/print.h"

static int
print(const struct ctl *ctl, const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		complete_bash(ctl->out);
	else if (strcmp(shell, "zsh") == 0)
		complete_zsh(ctl->out);
	else {
		(void)fputs("greyctl: there is no completion for \"",
		    ctl->messages);
		(void)print_text(ctl->messages, shell);
		(void)fputs("\": say bash or zsh\n", ctl->messages);
		return CTL_FAILED;
	}
	if (fflush(ctl->out) == EOF || ferror(ctl->out)) {
		(void)fputs("greyctl: cannot write the output\n",
		    ctl->messages);
		return CTL_FAILED;
	}
	return CTL_DONE;
}

int
ctl_complete(const struct ctl *ctl, struct ctl_request *r)
{
	int	code = print(ctl, json_get_text(r->args, "shell"));

	json_free(&r->args);
	return code;
}
