/* SPDX-License-Identifier: ISC
 * control/serve_keep.c - reload, sweep, backup. */
#include "control/serve.h"

int
serve_reload(struct call *c, struct err *e)
{
	struct policy	*policy;
	struct json	*item;

	if (c->deps->reload(c->deps->arg, e) == -1)
		return CALL_FAILED;
	policy = live_ref(c->deps->live);
	item = json_new_object();
	json_add_text(item, "file", policy_conf(policy)->file);
	policy_unref(&policy);
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE :
	    CALL_FAILED;
}

int
serve_sweep(struct call *c, struct err *e)
{
	struct json	*item;
	size_t		 dropped;

	if (keeper_sweep(c->deps->keeper, &dropped, e) == -1)
		return CALL_FAILED;
	item = json_new_object();
	json_add_int(item, "dropped", (int64_t)dropped);
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE :
	    CALL_FAILED;
}

/* A relative path would be taken from the daemon's folder, not the asker's. */
int
serve_backup(struct call *c, struct err *e)
{
	const char	*folder = json_get_text(c->request.args, "folder");
	struct json	*item;

	if (folder == NULL || folder[0] != '/') {
		(void)err_set(e, "a backup needs the full path of a new "
		    "folder");
		return CALL_FAILED;
	}
	if (store_backup(c->deps->store, folder, e) == -1)
		return CALL_FAILED;
	item = json_new_object();
	json_add_text(item, "folder", folder);
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE :
	    CALL_FAILED;
}
