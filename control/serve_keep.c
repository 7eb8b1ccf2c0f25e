/* SPDX-License-Identifier: ISC
 * control/serve_keep.c - reload, sweep, backup. */
#include "control/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/conf_start.h"
#include "base/pseudonym.h"

/* Settings of the file that wait for a start. */
static struct json *
waiting(const struct call *c, const struct conf *is)
{
	struct conf_start	all[CONF_START_MAX];
	struct json		*names = json_new_array(), *one;
	size_t			 n = c->deps->first == NULL ? 0 :
				    conf_start_diff(c->deps->first, is, all);

	for (size_t i = 0; i < n; i++) {
		one = json_new_object();
		json_add_text(one, "setting", all[i].name);
		json_add_text(one, "value", all[i].value);
		json_push(names, one);
	}
	return names;
}

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
	json_add(item, "need_restart", waiting(c, policy_conf(policy)));
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

/* Without it nothing is found in the copy. */
static int
save_key(const struct pseudonyms *p, const char *folder, struct err *e)
{
	char	*path;
	int	 rc;

	if (p == NULL)
		return 0;
	if (asprintf(&path, "%s/%s", folder, PSEUDONYM_KEY_FILE) == -1)
		return err_set(e, "out of memory");
	rc = pseudonyms_save(p, path, e);
	free(path);
	return rc;
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
	if (access(folder, F_OK) == 0) {
		(void)err_set(e, "%s is there already: name a new folder",
		    folder);
		return CALL_FAILED;
	}
	if (store_backup(c->deps->store, folder, e) == -1 ||
	    save_key(c->deps->pseudonyms, folder, e) == -1)
		return CALL_FAILED;
	item = json_new_object();
	json_add_text(item, "folder", folder);
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE :
	    CALL_FAILED;
}
