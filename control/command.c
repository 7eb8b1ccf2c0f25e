/* SPDX-License-Identifier: ISC
 * control/command.c - from a request line to the handler and its reply. */
#include "control/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/serve.h"
#include "policy/names.h"

static const struct command commands[] = {
	{ "status",		serve_status },
	{ "reload",		serve_reload },
	{ "sweep",		serve_sweep },
	{ "backup",		serve_backup },
	{ "pending",		serve_pending },
	{ "explain",		serve_explain },
	{ "tally",		serve_tally },
	{ "triplet list",	serve_triplet_list },
	{ "triplet show",	serve_triplet_show },
	{ "triplet pass",	serve_triplet_pass },
	{ "triplet forget",	serve_triplet_forget },
	{ "recipient test",	serve_recipient_test },
	{ "recipient stats",	serve_recipient_stats },
	{ "recipient forget",	serve_recipient_forget },
	{ "recipient adopt",	serve_recipient_adopt },
	{ "recipient export",	serve_recipient_export },
	{ "harvest list",	serve_harvest_list },
	{ "harvest forgive",	serve_harvest_forgive },
	{ "whitelist add",	serve_whitelist_add },
	{ "whitelist list",	serve_whitelist_list },
	{ "whitelist remove",	serve_whitelist_remove },
	{ "whitelist test",	serve_whitelist_test },
	{ "whitelist suggest",	serve_whitelist_suggest },
	{ "whitelist unused",	serve_whitelist_unused },
	{ "whitelist export",	serve_whitelist_export },
	{ "whitelist import",	serve_whitelist_import },
	{ "grace",		serve_grace },
	{ "learned list",	serve_learned_list },
	{ "learned show",	serve_learned_show },
	{ "learned forget",	serve_learned_forget },
	{ "forget-person",	serve_forget_person },
	{ "journal",		serve_journal },
};

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* The arguments as text, addresses by their names: the log keeps no local part
 * that the journal may not have. NULL: out of memory. */
static char *
shown_args(const struct request *r, const struct pseudonyms *p)
{
	static const char *const keys[] = { "sender", "recipient", "address",
				    "person", "outside", "learned-by", "auth" };
	char		*args = json_dump(r->args, 0), *name;
	struct json	*copy;

	if (p == NULL || args == NULL)
		return args;
	copy = json_parse(args, strlen(args), NULL);
	free(args);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *text = json_get_text(copy, keys[i]);

		if (text == NULL)
			continue;
		name = names_sender(p, text);
		json_add_text(copy, keys[i], name == NULL ? "?" : name);
		free(name);
	}
	args = json_dump(copy, 0);
	json_free(&copy);
	return args;
}

static void
note(const struct request *r, const struct command_peer *peer,
    const struct pseudonyms *p)
{
	char	*args = shown_args(r, p);

	log_info("control: %s %s by uid %ju gid %ju pid %jd", r->command,
	    args == NULL ? "{}" : args, (uintmax_t)peer->uid,
	    (uintmax_t)peer->gid, (intmax_t)peer->pid);
	free(args);
}

void
command_refuse(struct wire *w, int code, const char *sentence)
{
	struct json	*line = json_new_object();

	json_add_text(line, "error", sentence);
	json_add_int(line, "exit", code);
	if (wire_put(w, &line, NULL) == 0)
		(void)wire_flush(w, NULL);
}

static void
finish(struct wire *w, int code, const struct err *e)
{
	struct json	*line;

	if (code != CALL_DONE) {
		command_refuse(w, code, e->text);
		return;
	}
	line = json_new_object();
	json_add_bool(line, "done", true);
	if (wire_put(w, &line, NULL) == 0)
		(void)wire_flush(w, NULL);
}

void
command_answer(const struct control_deps *deps, struct wire *w,
    const char *line, size_t len, const struct command_peer *peer)
{
	struct call		 c = { .deps = deps, .wire = w,
				     .peer = peer };
	const struct command	*command;
	struct err		 e = { "" };
	int			 code;

	if (request_parse(line, len, &c.request, &e) == -1) {
		command_refuse(w, CALL_FAILED, e.text);
		return;
	}
	note(&c.request, peer, deps->pseudonyms);
	c.now = clock_seconds(&deps->clock);
	command = command_find(c.request.command);
	if (command == NULL) {
		(void)err_set(&e, "this greygate knows no command \"%s\"",
		    c.request.command);
		code = CALL_FAILED;
	} else
		code = command->run(&c, &e);
	finish(w, code, &e);
	request_free(&c.request);
}
