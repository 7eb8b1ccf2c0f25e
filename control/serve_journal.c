/* SPDX-License-Identifier: ISC
 * control/serve_journal.c - where the journal is, complete up to now, and what
 * addresses are called in it: greyctl reads the files itself. */
#include "control/serve.h"

#include <stdlib.h>
#include <string.h>

#include "policy/names.h"

/* Only of a whole address is there a pseudonym: of "@example.com" it is the
 * domain that is looked for, and that is in clear. */
static int
translate(const struct call *c, struct json *item, const char *key,
    struct err *e)
{
	const char	*address = json_get_text(c->request.args, key), *at;
	char		*name;

	if (address == NULL)
		return 0;
	at = strrchr(address, '@');
	if (c->deps->pseudonyms != NULL && at != NULL && at[1] == '\0')
		return err_set(e, "pseudonyms = true keeps no local parts: "
		    "--%s takes a whole address, or @domain", key);
	if (c->deps->pseudonyms == NULL || at == NULL || at == address) {
		json_add_text(item, key, address);
		return 0;
	}
	name = strcmp(key, "recipient") == 0 ?
	    names_recipient(c->deps->pseudonyms, address) :
	    names_sender(c->deps->pseudonyms, address);
	if (name == NULL)
		return err_set(e, "out of memory");
	json_add_text(item, key, name);
	free(name);
	return 0;
}

static int
answer(struct call *c, const struct conf *conf, struct json *item,
    struct err *e)
{
	static const char *const	keys[] = { "sender", "recipient",
					    "person" };

	if (conf->journal[0] == '\0')
		return err_set(e, "no journal is kept: set journal in "
		    "greygate.conf, then greyctl reload");
	json_add_text(item, "path", conf->journal);
	json_add_bool(item, "pseudonyms", c->deps->pseudonyms != NULL);
	json_add_int(item, "window", conf->greylist.window);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (translate(c, item, keys[i], e) == -1)
			return -1;
	return 0;
}

int
serve_journal(struct call *c, struct err *e)
{
	struct policy	*policy = live_ref(c->deps->live);
	struct json	*item = json_new_object();
	int		 rc = answer(c, policy_conf(policy), item, e);

	policy_unref(&policy);
	if (rc == -1) {
		json_free(&item);
		return CALL_NO;
	}
	journal_flush(c->deps->journal);
	return wire_put_item(c->wire, &item, e) == -1 ? CALL_FAILED :
	    CALL_DONE;
}
