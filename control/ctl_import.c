/* SPDX-License-Identifier: ISC
 * control/ctl_import.c - whitelist import: sends the entries of a file, some at
 * a time; all are looked at before the first one is added. */
#include "control/ctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/client.h"
#include "control/import_file.h"
#include "control/print.h"

enum {
	PART_SIZE = 48 * 1024,		/* bytes of entries in a request */
	NAMES_SIZE = 112		/* of an entry, with its numbers */
};

struct import {
	const struct ctl	*ctl;
	const struct ctl_command *command;
	const char		*path;
	struct import_file	 file;
	bool			 check;
	int64_t			 wrong, added, replaced, expired;
};

/* One line of the file as the request has it. */
static struct json *
json_of(const struct import_line *line)
{
	struct json	*one = json_new_object();

	json_add_int(one, "line", line->number);
	json_add_text(one, "entry", line->entry);
	if (line->note != NULL)
		json_add_text(one, "note", line->note);
	if (line->who != NULL)
		json_add_text(one, "who", line->who);
	if (line->expires != INT64_MAX)
		json_add_int(one, "expires", line->expires);
	return one;
}

/* How long it gets in JSON, at most: "\u001b" is the longest of one byte. */
static size_t
size_of(const char *text)
{
	size_t	size = 0;

	for (; text != NULL && *text != '\0'; text++)
		size += (unsigned char)*text < ' ' || *text == '"' ||
		    *text == '\\' || (unsigned char)*text >= 0x7f ? 6 : 1;
	return size;
}

/* The request that begins with the line at *from, which moves past it. */
static struct json *
next_part(const struct import *m, size_t *from)
{
	struct json	*args = json_new_object();
	struct json	*list = json_new_array();
	size_t		 size = 0, more;

	for (; *from < m->file.n; (*from)++) {
		const struct import_line *line = &m->file.lines[*from];

		more = size_of(line->entry) + size_of(line->note) +
		    size_of(line->who) + NAMES_SIZE;
		if (size > 0 && size + more > PART_SIZE)
			break;
		size += more;
		json_push(list, json_of(line));
	}
	json_add_bool(args, "check", m->check);
	json_add(args, "entries", list);
	return args;
}

static void
take_item(struct import *m, const struct json *item)
{
	const char	*error = json_get_text(item, "error");

	if (error != NULL) {
		m->wrong++;
		(void)fputs("greyctl: ", m->ctl->messages);
		(void)print_text(m->ctl->messages, m->path);
		(void)fprintf(m->ctl->messages, ":%" PRId64 ": ",
		    json_get_int(item, "line"));
		(void)print_text(m->ctl->messages, error);
		(void)fputc('\n', m->ctl->messages);
	}
	m->added += json_get_int(item, "added");
	m->replaced += json_get_int(item, "replaced");
	m->expired += json_get_int(item, "expired");
}

/* One request; takes over *args. 0 or -1. */
static int
ask(struct import *m, struct json **args, struct err *e)
{
	struct client		*client;
	const struct json	*item;
	int			 rc, code;

	if (client_open(&client, m->ctl->socket, e) == -1) {
		json_free(args);
		return -1;
	}
	rc = client_ask(client, m->command->name, args, e);
	if (rc == 0)
		while ((rc = client_next(client, m->command->wait_s * 1000,
		    &item, &code, e)) == 1)
			take_item(m, item);
	client_close(&client);
	return rc;
}

static int
ask_all(struct import *m, bool check, struct err *e)
{
	struct json	*args;
	size_t		 at = 0;

	m->check = check;
	while (at < m->file.n) {
		args = next_part(m, &at);
		if (ask(m, &args, e) == -1)
			return -1;
	}
	return 0;
}

static void
tell(const struct import *m)
{
	struct json	*item = json_new_object();
	char		*text;

	json_add_int(item, "added", m->added);
	json_add_int(item, "replaced", m->replaced);
	json_add_int(item, "expired", m->expired);
	if (m->ctl->json) {
		text = json_dump(item, 2);
		(void)fprintf(m->ctl->out, "%s\n", text == NULL ? "{}" :
		    text);
		free(text);
	} else
		m->command->show(m->ctl, item, 0);
	json_free(&item);
}

static int
import(struct import *m, struct err *e)
{
	struct err	why;

	if (import_file_read(&m->file, m->path, e) == -1 ||
	    ask_all(m, true, e) == -1)
		return -1;
	if (m->wrong > 0)
		return err_set(e, "%s: %" PRId64 " of %zu entries %s wrong; "
		    "nothing was added", m->path, m->wrong, m->file.n,
		    m->wrong == 1 ? "is" : "are");
	if (ask_all(m, false, &why) == -1)
		return err_set(e, "%s: %s", m->path, why.text);
	tell(m);
	return fflush(m->ctl->out) == EOF ? err_set(e, "cannot write the "
	    "output") : 0;
}

int
ctl_import(const struct ctl *ctl, struct ctl_request *r)
{
	struct import	m = { .ctl = ctl, .command = r->command,
			    .path = json_get_text(r->args, "file") };
	struct err	e = { "" };
	int		rc = import(&m, &e);

	import_file_free(&m.file);
	if (rc == 0)
		return CTL_DONE;
	(void)fputs("greyctl: ", ctl->messages);
	(void)print_text(ctl->messages, e.text);
	(void)fputc('\n', ctl->messages);
	return CTL_FAILED;
}
