/* SPDX-License-Identifier: ISC
 * control/serve_one.c - triplet show, triplet pass: the one triplet of a
 * client's address, a sender and a recipient. */
#include "control/serve.h"

#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "control/item.h"
#include "control/selection.h"
#include "policy/fold.h"
#include "policy/greylist.h"

/* The triplet as a delivery attempt would name it. */
struct one {
	struct policy		*policy;
	const struct conf	*conf;
	struct identities	 ids;
	char			*sender, *recipient;	/* folded */
};

static void
one_free(struct one *o)
{
	free(o->sender);
	free(o->recipient);
	policy_unref(&o->policy);
}

static char *
folded(const char *text, char *(*fold)(const char *))
{
	char	*bare = mailaddr_parse(text), *result;

	result = bare == NULL ? NULL : fold(bare);
	free(bare);
	return result;
}

static int
read_client(struct one *o, const char *text, const char *host, struct err *e)
{
	struct ip	ip;

	if (ip_parse(text, &ip, e) == -1)
		return -1;
	identities_of(&ip, host, o->conf->greylist.ipv4_prefix,
	    o->conf->greylist.ipv6_prefix, &o->ids);
	if (host != NULL && o->ids.name[0] == '\0')
		return err_set(e, "the name %s is no identity: it looks "
		    "generated or has no registrable domain", host);
	return 0;
}

static int
one_read(struct one *o, struct call *c, struct err *e)
{
	const struct json	*args = c->request.args;
	const char		*client = json_get_text(args, "client");
	const char		*sender = json_get_text(args, "sender");
	const char		*recipient = json_get_text(args, "recipient");

	if (client == NULL || sender == NULL || recipient == NULL)
		return err_set(e, "a triplet is named by its client, sender "
		    "and recipient");
	*o = (struct one){ .policy = live_ref(c->deps->live) };
	o->conf = policy_conf(o->policy);
	if (read_client(o, client, json_get_text(args, "name"), e) == -1) {
		one_free(o);
		return -1;
	}
	o->sender = folded(sender, fold_sender);
	o->recipient = folded(recipient, fold_recipient);
	if (o->sender == NULL || o->recipient == NULL) {
		one_free(o);
		return err_set(e, "out of memory for an address");
	}
	return 0;
}

/* What a delivery attempt would look at, in its order. */
enum { KEYS_MAX = 5 };

static size_t
keys_of(const struct one *o, struct store_key keys[KEYS_MAX])
{
	const char	*domain = mailaddr_domain(o->sender);
	size_t		 n = 0;

	key_make(&keys[n++], KEY_PROOF, o->ids.addr, NULL, NULL);
	if (o->ids.name[0] != '\0') {
		key_make(&keys[n++], KEY_PROOF, o->ids.name, domain, NULL);
		key_make(&keys[n++], KEY_PROOF, o->ids.name, NULL, NULL);
		key_make(&keys[n++], KEY_TRIPLET, o->ids.name, o->sender,
		    o->recipient);
	}
	key_make(&keys[n++], KEY_TRIPLET, o->ids.net, o->sender,
	    o->recipient);
	return n;
}

/* 1 shown, 0 not there, -1 failed. */
static int
show_key(struct call *c, const struct one *o, const struct store_key *key,
    struct err *e)
{
	const struct selection	 any = { .now = c->now };
	struct store_item	 stored = { .key = *key };
	struct selected		 found;
	struct json		*item;
	int			 rc;

	rc = store_get(c->deps->store, &stored, e);
	if (rc != 1)
		return rc;
	if (!selection_has(&any, &stored, &found))
		return 0;
	item = item_of(&found, o->conf, c->now);
	item_add_times(item, &found, o->conf, c->now);
	return wire_put_item(c->wire, &item, e) == -1 ? -1 : 1;
}

int
serve_triplet_show(struct call *c, struct err *e)
{
	struct store_key	keys[KEYS_MAX];
	struct one		o;
	size_t			n, shown = 0;
	int			rc = 0;

	if (one_read(&o, c, e) == -1)
		return CALL_FAILED;
	n = keys_of(&o, keys);
	for (size_t i = 0; i < n && rc != -1; i++) {
		rc = show_key(c, &o, &keys[i], e);
		shown += rc == 1;
	}
	one_free(&o);
	if (rc == -1)
		return CALL_FAILED;
	if (shown > 0)
		return CALL_DONE;
	(void)err_set(e, "no record: an attempt would be new");
	return CALL_NO;
}

struct pass {
	struct grey_conf rule;
	int64_t		 now;
	bool		 created, waited;	/* set anew by each run */
	struct record	 rec;
};

static void
pass_item(struct store_item *item, bool create, struct pass *p)
{
	struct record	rec;
	bool		found;

	found = item->found && item->expires > p->now &&
	    record_decode(&rec, item->value, item->len, item->expires, NULL) ==
	    0;
	if (!found && !create)
		return;
	if (!found) {
		rec = (struct record){ .first = p->now };
		p->created = true;
	} else if (rec.state == RECORD_PENDING)
		p->waited = true;
	grey_pass(&rec, &p->rule, p->now);
	record_encode(&rec, item->value);
	item->len = RECORD_SIZE;
	item->expires = rec.expires;
	item->act = STORE_PUT;
	p->rec = rec;
}

/* Under the network, and last so that its record is the one to tell of; under
 * the name only what is there. */
static void
pass(struct store_item *items, size_t n, void *arg)
{
	struct pass	*p = arg;

	p->created = p->waited = false;
	for (size_t i = n; i > 0; i--)
		pass_item(&items[i - 1], i == 1, p);
}

static int
pass_one(struct call *c, const struct one *o, struct pass *p, struct err *e)
{
	struct store_item	items[2];
	size_t			n = 0;

	key_make(&items[n++].key, KEY_TRIPLET, o->ids.net, o->sender,
	    o->recipient);
	if (o->ids.name[0] != '\0')
		key_make(&items[n++].key, KEY_TRIPLET, o->ids.name, o->sender,
		    o->recipient);
	if (store_step(c->deps->store, items, n, pass, p, e) == -1)
		return -1;
	return store_flush(c->deps->store, e);
}

int
serve_triplet_pass(struct call *c, struct err *e)
{
	struct pass	 p = { .now = c->now };
	struct one	 o;
	struct json	*item;
	int		 rc;

	if (one_read(&o, c, e) == -1)
		return CALL_FAILED;
	p.rule = greylist_rule(&o.conf->greylist);
	rc = pass_one(c, &o, &p, e);
	if (rc == 0) {
		item = json_new_object();
		json_add_text(item, "state", "passed");
		json_add_text(item, "was", p.created ? NULL :
		    p.waited ? "pending" : "passed");
		json_add_text(item, "identity", o.ids.net);
		json_add_text(item, "sender", o.sender);
		json_add_text(item, "recipient", o.recipient);
		item_add_time(item, "expires", p.rec.expires);
		rc = wire_put_item(c->wire, &item, e);
	}
	one_free(&o);
	return rc == 0 ? CALL_DONE : CALL_FAILED;
}
