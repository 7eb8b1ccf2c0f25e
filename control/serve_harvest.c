/* SPDX-License-Identifier: ISC
 * control/serve_harvest.c - harvest list, harvest forgive. */
#include "control/serve.h"

#include <string.h>

#include "control/item.h"
#include "identity/client.h"
#include "recipient/recipients.h"

static const char addr_prefix[] = "addr:";

static struct json *
item_of_entry(const struct harvest_entry *entry)
{
	struct json	*item = json_new_object();

	json_add_text(item, "identity", entry->identity);
	json_add_int(item, "unknown", entry->unknown);
	json_add_int(item, "known", entry->known);
	item_add_time(item, "since", entry->since);
	item_add_time(item, "until", entry->until);
	return item;
}

/* Looks at who is counted under the rule that is in force. */
static void
walk(struct call *c, harvest_each_fn each, void *arg)
{
	struct policy			*policy = live_ref(c->deps->live);
	const struct conf_recipients	*r = &policy_conf(policy)->recipients;
	const struct harvest_rule	 rule = { .limit = r->harvest_limit,
					    .window = r->harvest_window,
					    .ban = r->harvest_ban };

	policy_unref(&policy);
	harvest_walk(recipients_harvest(c->deps->recipients), &rule, c->now,
	    each, arg);
}

struct listing {
	struct wire	*wire;
	int		 rc;
	struct err	*e;
};

static bool
list_one(const struct harvest_entry *entry, void *arg)
{
	struct listing	*l = arg;
	struct json	*item = item_of_entry(entry);

	l->rc = wire_put_item(l->wire, &item, l->e);
	return l->rc == 0;
}

int
serve_harvest_list(struct call *c, struct err *e)
{
	struct listing	l = { .wire = c->wire, .e = e };

	walk(c, list_one, &l);
	return l.rc == 0 ? CALL_DONE : CALL_FAILED;
}

/* An address, as such or as a listing tells it. */
static int
read_client(const struct call *c, struct identities *ids, struct err *e)
{
	const char	*text = json_get_text(c->request.args, "addr");
	struct policy	*policy;
	struct ip	 ip;

	if (text == NULL)
		return err_set(e, "whom to forgive is told by an address");
	if (strncmp(text, addr_prefix, strlen(addr_prefix)) == 0)
		text += strlen(addr_prefix);
	if (ip_parse(text, &ip, NULL) == -1)
		return err_set(e, "not an address: %s; to forgive a network "
		    "give an address in it", text);
	policy = live_ref(c->deps->live);
	identities_of(&ip, NULL, policy_conf(policy)->greylist.ipv4_prefix,
	    policy_conf(policy)->greylist.ipv6_prefix, ids);
	policy_unref(&policy);
	return 0;
}

struct cleared {
	const struct identities	*ids;
	struct json		*list;
};

static bool
note_if_cleared(const struct harvest_entry *entry, void *arg)
{
	struct cleared	*cleared = arg;

	if (strcmp(entry->identity, cleared->ids->addr) == 0 ||
	    strcmp(entry->identity, cleared->ids->net) == 0)
		json_push(cleared->list, item_of_entry(entry));
	return true;
}

int
serve_harvest_forgive(struct call *c, struct err *e)
{
	struct harvest		*h = recipients_harvest(c->deps->recipients);
	struct identities	 ids;
	struct cleared		 cleared = { .ids = &ids };
	struct json		*item = NULL;
	int			 was, code = CALL_FAILED;

	if (read_client(c, &ids, e) == -1)
		return CALL_FAILED;
	cleared.list = json_new_array();
	walk(c, note_if_cleared, &cleared);
	was = harvest_forgive(h, ids.addr, ids.net, e);
	if (was == -1 || store_flush(c->deps->store, e) == -1)
		goto out;
	code = CALL_NO;
	(void)err_set(e, "nothing was counted of %s and %s", ids.addr,
	    ids.net);
	if (was == 0)
		goto out;
	item = json_new_object();
	json_add_text(item, "addr", ids.addr);
	json_add_text(item, "net", ids.net);
	json_add(item, "cleared", cleared.list);
	cleared.list = NULL;
	code = wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE : CALL_FAILED;
out:
	json_free(&cleared.list);
	return code;
}
