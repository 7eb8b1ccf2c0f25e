/* SPDX-License-Identifier: ISC
 * control/serve_one.c - triplet show, triplet pass: the one triplet of a
 * client's address, a sender and a recipient. */
#include "control/serve.h"

#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "control/item.h"
#include "control/selection.h"
#include "policy/names.h"
#include "policy/greylist.h"

/* The triplet as a delivery attempt would name it. */
struct one {
	struct policy		*policy;
	const struct conf	*conf;
	struct identities	 ids;
	char			*sender, *recipient;	/* in keys */
};

static void
one_free(struct one *o)
{
	free(o->sender);
	free(o->recipient);
	policy_unref(&o->policy);
}

static char *
folded(const struct call *c, const char *text,
    char *(*name)(const struct pseudonyms *, const char *))
{
	char	*bare = mailaddr_parse(text), *result;

	result = bare == NULL ? NULL : name(c->deps->pseudonyms, bare);
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
	o->sender = folded(c, sender, names_sender);
	o->recipient = folded(c, recipient, names_recipient);
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

static struct json *
item_of_pass(const struct pass *p, const char *identity, const char *sender,
    const char *recipient)
{
	struct json	*item = json_new_object();

	json_add_text(item, "state", "passed");
	json_add_text(item, "was", p->created ? NULL : p->waited ? "pending" :
	    "passed");
	json_add_text(item, "identity", identity);
	json_add_text(item, "sender", sender);
	json_add_text(item, "recipient", recipient);
	item_add_time(item, "expires", p->rec.expires);
	return item;
}

/* A triplet that is there, by the identity it is listed under. */
struct listed_pass {
	struct call	*call;
	struct pass	 pass;
	size_t		 n;
	int		 rc;
	struct err	*e;
};

static bool
pass_listed(const struct selected *found, void *arg)
{
	struct listed_pass	*l = arg;
	struct store_item	 item = { .key = found->item->key };
	struct store		*store = l->call->deps->store;
	struct json		*told;

	if (found->parts.n < 3)
		return true;
	l->rc = store_step(store, &item, 1, pass, &l->pass, l->e);
	if (l->rc == 0)
		l->rc = store_flush(store, l->e);
	if (l->rc == -1)
		return false;
	l->n++;
	told = item_of_pass(&l->pass, found->parts.part[0],
	    found->parts.part[1], found->parts.part[2]);
	l->rc = wire_put_item(l->call->wire, &told, l->e);
	return false;
}

static int
pass_by_identity(struct call *c, struct err *e)
{
	struct policy		*policy = live_ref(c->deps->live);
	const struct conf	*conf = policy_conf(policy);
	const struct selection_under under = { conf, c->deps->pseudonyms,
				     c->now };
	struct selection	 s;
	struct listed_pass	 l = { .call = c, .e = e,
				     .pass.now = c->now };
	int			 rc;

	l.pass.rule = greylist_rule(&conf->greylist);
	if (json_get_text(c->request.args, "sender") == NULL ||
	    json_get_text(c->request.args, "recipient") == NULL ||
	    json_get_text(c->request.args, "sender")[0] == '@') {
		policy_unref(&policy);
		(void)err_set(e, "a triplet is named by its identity, sender "
		    "and recipient, whole addresses");
		return CALL_FAILED;
	}
	rc = selection_read(&s, c->request.args, &under, e);
	if (rc == 0) {
		rc = selection_walk(&s, c->deps->store, "t", pass_listed, &l,
		    e);
		selection_free(&s);
	}
	policy_unref(&policy);
	if (rc == -1 || l.rc == -1)
		return CALL_FAILED;
	if (l.n > 0)
		return CALL_DONE;
	(void)err_set(e, "no such triplet; greyctl triplet list shows those "
	    "that are there");
	return CALL_NO;
}

int
serve_triplet_pass(struct call *c, struct err *e)
{
	struct pass	 p = { .now = c->now };
	struct one	 o;
	struct json	*item;
	int		 rc;

	if (json_get_text(c->request.args, "identity") != NULL)
		return pass_by_identity(c, e);
	if (one_read(&o, c, e) == -1)
		return CALL_FAILED;
	p.rule = greylist_rule(&o.conf->greylist);
	rc = pass_one(c, &o, &p, e);
	if (rc == 0) {
		item = item_of_pass(&p, o.ids.net, o.sender, o.recipient);
		rc = wire_put_item(c->wire, &item, e);
	}
	one_free(&o);
	return rc == 0 ? CALL_DONE : CALL_FAILED;
}
