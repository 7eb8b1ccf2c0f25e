/* SPDX-License-Identifier: ISC
 * control/request.c - {"v":1,"command":"...","args":{...}}. */
#include "control/request.h"

static int
check(const struct json *whole, struct err *e)
{
	if (!json_has_int(whole, "v"))
		return err_set(e, "not a request: it has no version");
	if (json_get_int(whole, "v") != REQUEST_VERSION)
		return err_set(e, "a request of another version than %d: "
		    "greyctl and greygate are of different releases; restart "
		    "greygate", REQUEST_VERSION);
	if (json_get_text(whole, "command") == NULL)
		return err_set(e, "a request without a command");
	return 0;
}

int
request_parse(const char *line, size_t len, struct request *out,
    struct err *e)
{
	struct json	*whole = json_parse(line, len, e);

	if (whole == NULL)
		return -1;
	if (check(whole, e) == -1) {
		json_free(&whole);
		return -1;
	}
	out->whole = whole;
	out->command = json_get_text(whole, "command");
	out->args = json_get(whole, "args");
	return 0;
}

void
request_free(struct request *r)
{
	json_free(&r->whole);
	r->command = NULL;
	r->args = NULL;
}

struct json *
request_build(const char *command, struct json **args)
{
	struct json	*whole = json_new_object();

	json_add_int(whole, "v", REQUEST_VERSION);
	json_add_text(whole, "command", command);
	if (*args != NULL)
		json_add(whole, "args", *args);
	*args = NULL;
	return whole;
}
