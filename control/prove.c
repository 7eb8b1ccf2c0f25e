/* SPDX-License-Identifier: ISC
 * control/prove.c - asks as a delivery attempt would, with more
 * patience. */
#include "control/prove.h"

enum { WAIT_MS = 5000 };

int
prove_client(const struct call *c, const struct prove_client *who,
    struct client *out, struct err *e)
{
	struct policy	*policy;

	*out = (struct client){ .by_smtp = true, .host = who->name,
	    .verified = who->name != NULL, .helo = who->helo };
	if (who->addr == NULL)
		return err_set(e, "a client is told by its address");
	if (ip_parse(who->addr, &out->addr, e) == -1)
		return -1;
	policy = live_ref(c->deps->live);
	identities_of(&out->addr, who->name,
	    policy_conf(policy)->greylist.ipv4_prefix,
	    policy_conf(policy)->greylist.ipv6_prefix, &out->identities);
	policy_unref(&policy);
	return 0;
}

void
prove_sender(const struct call *c, const struct client *client,
    const char *sender, struct proof *out)
{
	struct spf_memo	memo = { .known = false };

	proof_of_sender(c->deps->prover, client, sender, WAIT_MS, &memo, out);
}

struct json *
prove_item(const struct proof *proof)
{
	struct json	*item = json_new_object();

	json_add_bool(item, "proven", proof->proven);
	json_add_text(item, "by", proof->proven ? proof->by : NULL);
	json_add_text(item, "why", proof->proven ? NULL : proof->why.text);
	return item;
}
