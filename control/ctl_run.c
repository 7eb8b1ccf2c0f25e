/* SPDX-License-Identifier: ISC
 * control/ctl_run.c - one command: asked, answered, printed as it comes. */
#include "control/ctl.h"

#include <stdlib.h>
#include <string.h>

#include "control/client.h"
#include "control/print.h"

static void
message(const struct ctl *ctl, const struct err *e)
{
	(void)fprintf(ctl->messages, "greyctl: ");
	(void)print_text(ctl->messages, e->text);
	(void)fputc('\n', ctl->messages);
}

/* An element of an array, as it comes, so that a listing of any length needs no
 * more memory than a short one. */
static void
print_element(const struct ctl *ctl, const char *json, size_t *printed)
{
	(void)fprintf(ctl->out, "%s%s", *printed == 0 ? "[\n" : ",\n", json);
	(*printed)++;
}

static int
quote_line(const struct ctl *ctl, const char *line, size_t *printed,
    struct err *e)
{
	size_t	 room = JSON_QUOTED(line) + 1, len;
	char	*quoted = malloc(room);

	len = quoted == NULL ? 0 : json_quote(quoted, room, line);
	if (len == 0) {
		free(quoted);
		return err_set(e, "out of memory");
	}
	quoted[len] = '\0';
	print_element(ctl, quoted, printed);
	free(quoted);
	return 0;
}

static int
print_lines(const struct ctl *ctl, const struct json *item, size_t *printed,
    struct err *e)
{
	const char	*lines = json_get_text(item, "lines");
	char		*copy, *rest, *line;
	int		 rc = 0;

	if (lines == NULL)
		return 0;
	copy = rest = strdup(lines);
	if (copy == NULL)
		return err_set(e, "out of memory");
	while (rc == 0 && (line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0')
			rc = quote_line(ctl, line, printed, e);
	free(copy);
	return rc;
}

static int
print_json(const struct ctl *ctl, const struct ctl_command *command,
    const struct json *item, size_t *printed, struct err *e)
{
	bool	 one = command->reply == CTL_VALUE;
	char	*text;

	if (command->reply == CTL_LINES)
		return print_lines(ctl, item, printed, e);
	text = json_dump(item, one ? 2 : 0);
	if (text == NULL)
		return err_set(e, "out of memory");
	if (one)
		(void)fprintf(ctl->out, "%s\n", text);
	else
		print_element(ctl, text, printed);
	free(text);
	return 0;
}

static int
print_item(const struct ctl *ctl, const struct ctl_command *command,
    const struct json *item, size_t *printed, struct err *e)
{
	if (ctl->json)
		return print_json(ctl, command, item, printed, e);
	command->show(ctl, item, *printed);
	(*printed)++;
	return 0;
}

/* A listing that broke off is closed if there is something in it; lines that
 * broke off stay open, since somebody may take them for all there are. */
static void
end_listing(const struct ctl *ctl, const struct ctl_command *command,
    size_t printed, int code)
{
	bool	whole = code == CTL_DONE ||
		    (code == CTL_NO && command->reply == CTL_LISTING);

	if (command->reply == CTL_VALUE)
		return;
	if (!ctl->json) {
		if (printed == 0 && code == CTL_DONE && command->none != NULL)
			(void)fprintf(ctl->messages, "greyctl: %s\n",
			    command->none);
	} else if (whole || (printed > 0 && command->reply == CTL_LISTING))
		(void)fputs(printed == 0 ? "[]\n" : "\n]\n", ctl->out);
}

static int
print_items(const struct ctl *ctl, const struct ctl_command *command,
    struct client *client, struct err *e)
{
	const struct json	*item;
	size_t			 printed = 0;
	int			 rc, code;

	while ((rc = client_next(client, command->wait_s * 1000, &item, &code,
	    e)) == 1) {
		client_wait_for_output(client, fileno(ctl->out));
		if (print_item(ctl, command, item, &printed, e) == -1)
			return CTL_FAILED;
	}
	if (rc == 0)
		code = CTL_DONE;
	end_listing(ctl, command, printed, code);
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
