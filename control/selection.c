/* SPDX-License-Identifier: ISC
 * control/selection.c - the filters of the triplet commands. */
#include "control/selection.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "policy/names.h"

/* As key_split() will give it back: what is long is a digest there. */
static char *
as_listed(const char *part)
{
	struct store_key	key;
	struct key_parts	parts;

	key_make(&key, KEY_TRIPLET, part, NULL, NULL);
	return key_split(&key, &parts) && parts.n > 0 ?
	    strdup(parts.part[0]) : strdup(part);
}

typedef char *(*name_fn)(const struct pseudonyms *p, const char *address);

/* An address as it stands in keys. */
static int
read_address(char **out, const char *text, name_fn name,
    const struct pseudonyms *p, struct err *e)
{
	char	*bare = mailaddr_parse(text), *named = NULL;

	if (bare != NULL)
		named = name(p, bare);
	free(bare);
	if (named != NULL)
		*out = as_listed(named);
	free(named);
	return *out == NULL ? err_set(e, "out of memory for an address") : 0;
}

static int
read_sender(struct selection *s, const char *text,
    const struct pseudonyms *p, struct err *e)
{
	if (text[0] != '@')
		return read_address(&s->sender, text, names_sender, p, e);
	s->sender = strdup(text);
	if (s->sender == NULL)
		return err_set(e, "out of memory for a domain");
	for (char *to = s->sender; *to != '\0'; to++)
		*to = (char)tolower((unsigned char)*to);
	return 0;
}

static int
read_client(struct selection *s, const char *text, const char *name,
    const struct conf *conf, struct err *e)
{
	if (network_parse(text, &s->client, e) == -1)
		return -1;
	s->by_client = true;
	s->one = network_is_host(&s->client);
	if (s->one)
		identities_of(&s->client.base, name,
		    conf->greylist.ipv4_prefix, conf->greylist.ipv6_prefix,
		    &s->ids);
	return 0;
}

static int
read_state(struct selection *s, const char *text, struct err *e)
{
	static const char *const names[] = {
		[SELECT_PENDING] = "pending", [SELECT_PASSED] = "passed",
		[SELECT_PROOF] = "proof",
	};

	for (size_t i = SELECT_PENDING; i <= SELECT_PROOF; i++)
		if (strcmp(text, names[i]) == 0) {
			s->state = (enum selection_state)i;
			return 0;
		}
	return err_set(e, "a state is pending, passed or proof, not \"%s\"",
	    text);
}

static int
read_filters(struct selection *s, const struct json *args,
    const struct selection_under *under, struct err *e)
{
	const struct pseudonyms	*p = under->pseudonyms;
	const char		*text;

	if ((text = json_get_text(args, "client")) != NULL &&
	    read_client(s, text, json_get_text(args, "name"), under->conf,
	    e) == -1)
		return -1;
	if ((text = json_get_text(args, "identity")) != NULL &&
	    (s->identity = as_listed(text)) == NULL)
		return err_set(e, "out of memory for an identity");
	if ((text = json_get_text(args, "sender")) != NULL &&
	    read_sender(s, text, p, e) == -1)
		return -1;
	if ((text = json_get_text(args, "recipient")) != NULL &&
	    read_address(&s->recipient, text, names_recipient, p, e) == -1)
		return -1;
	text = json_get_text(args, "state");
	return text == NULL ? 0 : read_state(s, text, e);
}

int
selection_read(struct selection *s, const struct json *args,
    const struct selection_under *under, struct err *e)
{
	*s = (struct selection){ .now = under->now };
	if (read_filters(s, args, under, e) == 0)
		return 0;
	selection_free(s);
	return -1;
}

void
selection_free(struct selection *s)
{
	free(s->identity);
	free(s->sender);
	free(s->recipient);
	s->identity = s->sender = s->recipient = NULL;
}

bool
selection_is_of_clients(const struct selection *s)
{
	return s->sender == NULL && s->recipient == NULL &&
	    s->state == SELECT_ANY;
}

bool
selection_is_all(const struct selection *s)
{
	return selection_is_of_clients(s) && !s->by_client &&
	    s->identity == NULL;
}

static bool
has_client(const struct selection *s, const char *identity)
{
	struct network	net;

	if (s->one && (strcmp(identity, s->ids.addr) == 0 ||
	    strcmp(identity, s->ids.net) == 0))
		return true;
	if (strncmp(identity, "addr:", 5) == 0)
		identity += 5;
	else if (strncmp(identity, "net:", 4) == 0)
		identity += 4;
	else
		return false;
	return network_parse(identity, &net, NULL) == 0 &&
	    network_meets(&s->client, &net);
}

/* A proof for one sender's domain counts as that "@domain", no address. */
static bool
has_sender(const struct selection *s, const struct key_parts *parts)
{
	const char	*part = parts->n > 1 ? parts->part[1] : NULL;
	size_t		 len = strlen(s->sender), have;

	if (part == NULL)
		return false;
	if (parts->kind == KEY_PROOF)
		return s->sender[0] == '@' && strcmp(s->sender + 1, part) == 0;
	if (s->sender[0] != '@')
		return strcmp(s->sender, part) == 0;
	have = strlen(part);
	return have >= len && strcmp(part + have - len, s->sender) == 0;
}

static bool
has_state(const struct selection *s, const struct selected *found)
{
	switch (s->state) {
	case SELECT_ANY:
		return true;
	case SELECT_PENDING:
		return found->readable && found->rec.state == RECORD_PENDING;
	case SELECT_PASSED:
		return found->readable && found->rec.state == RECORD_PASSED;
	case SELECT_PROOF:
		break;
	}
	return found->parts.kind == KEY_PROOF;
}

bool
selection_has(const struct selection *s, const struct store_item *item,
    struct selected *out)
{
	const struct key_parts	*p = &out->parts;

	if (item->expires <= s->now || !key_split(&item->key, &out->parts) ||
	    p->n == 0)
		return false;
	if (s->by_client && !has_client(s, p->part[0]))
		return false;
	if (s->identity != NULL && strcmp(s->identity, p->part[0]) != 0)
		return false;
	if (s->sender != NULL && !has_sender(s, p))
		return false;
	if (s->recipient != NULL && (p->kind != KEY_TRIPLET || p->n < 3 ||
	    strcmp(s->recipient, p->part[2]) != 0))
		return false;
	out->item = item;
	out->readable = record_decode(&out->rec, item->value, item->len,
	    item->expires, NULL) == 0;
	return has_state(s, out);
}

struct walk {
	const struct selection *s;
	selection_fn	 each;
	void		*arg;
	bool		 ended;
	struct selected	 found;
};

static bool
visit(const struct store_item *item, void *arg)
{
	struct walk	*w = arg;

	if (selection_has(w->s, item, &w->found))
		w->ended = !w->each(&w->found, w->arg);
	return !w->ended;
}

/* All of one kind under one identity, or under any if that is NULL. */
static int
walk_part(struct walk *w, struct store *store, char kind,
    const char *identity, struct err *e)
{
	struct store_key	prefix = { .len = 1,
				    .bytes = { (uint8_t)kind } };

	if (w->ended)
		return 0;
	if (identity != NULL)
		key_make(&prefix, (enum key_kind)kind, identity, NULL, NULL);
	return store_walk(store, prefix.bytes, prefix.len, visit, w, e);
}

/* A single address has few identities, and all of one lie together. */
static int
walk_kind(struct walk *w, struct store *store, char kind, struct err *e)
{
	const struct identities	*id = &w->s->ids;

	if (w->s->identity != NULL)
		return walk_part(w, store, kind, w->s->identity, e);
	if (!w->s->one)
		return walk_part(w, store, kind, NULL, e);
	if (walk_part(w, store, kind, id->addr, e) == -1 ||
	    walk_part(w, store, kind, id->net, e) == -1)
		return -1;
	return strcmp(id->crowd, id->net) == 0 ? 0 :
	    walk_part(w, store, kind, id->crowd, e);
}

int
selection_walk(const struct selection *s, struct store *store,
    const char *kinds, selection_fn each, void *arg, struct err *e)
{
	struct walk	w = { .s = s, .each = each, .arg = arg };

	for (; *kinds != '\0' && !w.ended; kinds++) {
		if (*kinds == KEY_TRIPLET && s->state == SELECT_PROOF)
			continue;
		if (*kinds == KEY_PROOF && (s->recipient != NULL ||
		    s->state == SELECT_PENDING || s->state == SELECT_PASSED))
			continue;
		if (walk_kind(&w, store, *kinds, e) == -1)
			return -1;
	}
	return 0;
}
