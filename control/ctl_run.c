/* SPDX-License-Identifier: ISC
 * control/ctl_run.c - one command: asked, answered, printed as it comes. */
#include "control/ctl.h"

#include <stdlib.h>

#include "control/client.h"
#include "control/print.h"

static void
message(const struct ctl *ctl, const struct err *e)
{
	(void)fprintf(ctl->messages, "greyctl: ");
	(void)print_text(ctl->messages, e->text);
	(void)fputc('\n', ctl->messages);
}

/* Lines of an array, each item as it comes, so that a listing of any length
 * needs no more memory than a short one. */
static int
print_json(const struct ctl *ctl, const struct json *item, bool listing,
    size_t nth, struct err *e)
{
	char	*text = json_dump(item, listing ? 0 : 2);

	if (text == NULL)
		return err_set(e, "out of memory");
	(void)fprintf(ctl->out, "%s%s%s", !listing ? "" : nth == 0 ? "[\n" :
	    ",\n", text, listing ? "" : "\n");
	free(text);
	return 0;
}

static int
print_item(const struct ctl *ctl, const struct ctl_command *command,
    const struct json *item, size_t nth, struct err *e)
{
	if (ctl->json)
		return print_json(ctl, item, command->listing, nth, e);
	command->show(ctl, item, nth);
	return 0;
}

static void
end_array(const struct ctl *ctl, size_t n)
{
	(void)fputs(n == 0 ? "[]\n" : "\n]\n", ctl->out);
}

static int
print_items(const struct ctl *ctl, const struct ctl_command *command,
    struct client *client, struct err *e)
{
	const struct json	*item;
	size_t			 n = 0;
	int			 rc, code;

	while ((rc = client_next(client, command->wait_s * 1000, &item, &code,
	    e)) == 1) {
		client_wait_for_output(client, fileno(ctl->out));
		if (print_item(ctl, command, item, n, e) == -1)
			return CTL_FAILED;
		n++;
	}
	if (rc == 0)
		code = CTL_DONE;
	if (ctl->json && command->listing && (n > 0 || code != CTL_FAILED))
		end_array(ctl, n);
	else if (command->listing && n == 0 && code == CTL_DONE)
		(void)fprintf(ctl->messages, "greyctl: no record matches\n");
	return code;
}

static int
converse(const struct ctl *ctl, struct ctl_request *r, struct err *e)
{
	struct client	*client;
	int		 code = CTL_FAILED;

	if (client_open(&client, ctl->socket, e) == -1) {
		json_free(&r->args);
		return CTL_FAILED;
	}
	if (client_ask(client, r->command->name, &r->args, e) == 0)
		code = print_items(ctl, r->command, client, e);
	client_close(&client);
	return code;
}

int
ctl_run(const struct ctl *ctl, struct ctl_request *r)
{
	struct err	e = { "" };
	int		code = converse(ctl, r, &e);

	if (fflush(ctl->out) == EOF || ferror(ctl->out)) {
		(void)err_set(&e, "cannot write the output");
		code = CTL_FAILED;
	}
	if (code != CTL_DONE)
		message(ctl, &e);
	return code;
}
