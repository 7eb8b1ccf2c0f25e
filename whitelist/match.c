/* SPDX-License-Identifier: ISC
 * whitelist/match.c - one attempt against a view: a look-up for each prefix
 * length, each label of the name and of the sender's domain, and a few more.
 *
 * All hashes are made first, and what they point to is asked for at once, so
 * that a large table is waited for once and not a dozen times. */
#include <string.h>

#include "whitelist/asked.h"
#include "whitelist/view_private.h"

enum { LABELS_MAX = DOMAIN_SIZE / 2 };

/* The end of a text, from a label on. */
struct tail {
	uint64_t	hash;		/* of the text alone */
	unsigned	at;
};

/* An attempt on its way. */
struct asking {
	const struct view	*view;
	const struct view_query	*query;
	struct view_matches	*out;
	struct asked		 name, sender, rcpt;
	/* Ends of name and of the sender's domain, the shortest first. */
	struct tail		 names[LABELS_MAX], domains[LABELS_MAX];
	unsigned		 name_count, domain_count;
	uint64_t		 sender_hash;
	/* The recipient: whole, "@domain", "user@". */
	uint64_t		 rcpt_hash[3];
};

/* Notes the list that belongs to a key: of each place the first that is in
 * force, where no one came before. */
static void
note(struct asking *a, uint32_t at)
{
	const struct view	*v = a->view;

	for (; at != INDEX_NONE; at = v->items[at].next) {
		const struct item	 *item = &v->items[at];
		struct listed		**place = item->proof ?
		    &a->out->needs_proof[item->group] :
		    &a->out->holds[item->group];

		if (*place == NULL && item->expires > a->query->now)
			*place = item->listed;
	}
}

static void
note_narrowed(struct asking *a, struct index_key key, unsigned at,
    uint64_t hash)
{
	const struct index_node	*n;

	key.to = a->rcpt.text + at;
	key.to_len = a->rcpt.len - at;
	key.hash = index_hash_to(key.hash, hash);
	n = index_get(&a->view->index, &key);
	if (n != NULL)
		note(a, n->first);
}

/* Whether an address has an '@'. */
static bool
has_domain(const struct asked *addr)
{
	return addr->domain > 0 && addr->text[addr->domain - 1] == '@';
}

/* What a key leads to: what is narrowed to this recipient, to its domain; then
 * what is not narrowed. */
static void
look_up(struct asking *a, const struct index_key *key)
{
	const struct index_node	*n = index_get(&a->view->index, key);

	if (n == NULL)
		return;
	if (n->narrowed && a->rcpt.len > 0) {
		note_narrowed(a, *key, 0, a->rcpt_hash[0]);
		if (has_domain(&a->rcpt))
			note_narrowed(a, *key, a->rcpt.domain - 1u,
			    a->rcpt_hash[1]);
	}
	note(a, n->first);
}

static void
look_up_text(struct asking *a, enum index_kind kind, const char *text,
    unsigned len, uint64_t hash)
{
	look_up(a, &(struct index_key){ .kind = kind, .value = text,
	    .len = len, .hash = index_hash_kind(hash, kind) });
}

/* The hashes of what is behind each dot from `from` on, and of all of it; the
 * last hash, to go on with. */
static uint64_t
make_tails(const struct asked *t, unsigned from, struct tail *out,
    unsigned *count)
{
	uint64_t	hash = INDEX_BEGIN;
	unsigned	at = t->len;

	*count = 0;
	while (at > from) {
		hash = index_hash_char(hash, t->text[--at]);
		if ((at == from || t->text[at - 1] == '.') &&
		    *count < LABELS_MAX && t->len - at < DOMAIN_SIZE)
			out[(*count)++] = (struct tail){ hash, at };
	}
	return hash;
}

static void
warm(const struct asking *a, enum index_kind kind, uint64_t hash)
{
	index_warm(&a->view->index, index_hash_kind(hash, kind));
}

static void
prepare_sender(struct asking *a)
{
	uint64_t	hash;

	asked_address(&a->sender, a->query->sender);
	hash = make_tails(&a->sender, a->sender.domain, a->domains,
	    &a->domain_count);
	for (unsigned at = a->sender.domain; at > 0; )
		hash = index_hash_char(hash, a->sender.text[--at]);
	a->sender_hash = hash;
	warm(a, INDEX_SENDER, hash);
	for (unsigned i = 0; i < a->domain_count; i++)
		warm(a, INDEX_DOMAIN, a->domains[i].hash);
}

static void
prepare_rcpt(struct asking *a)
{
	struct asked	*r = &a->rcpt;
	uint64_t	 hash = INDEX_BEGIN;
	unsigned	 at;

	asked_address(r, a->query->rcpt);
	a->rcpt_hash[1] = 0;
	for (at = r->len; at > 0; ) {
		hash = index_hash_char(hash, r->text[--at]);
		if (at + 1 == r->domain)
			a->rcpt_hash[1] = hash;
	}
	a->rcpt_hash[0] = hash;
	/* Without a domain: as if the '@' were there. */
	at = has_domain(r) ? r->domain - 1u : r->len;
	for (hash = index_hash_char(INDEX_BEGIN, '@'); at > 0; )
		hash = index_hash_char(hash, r->text[--at]);
	a->rcpt_hash[2] = hash;
	for (unsigned i = 0; i < 3; i++)
		warm(a, INDEX_RECIPIENT, a->rcpt_hash[i]);
	warm(a, INDEX_GRACE, a->rcpt_hash[0]);
}

static void
prepare_name(struct asking *a)
{
	asked_name(&a->name, a->query->name);
	(void)make_tails(&a->name, 0, a->names, &a->name_count);
	for (unsigned i = 0; i < a->name_count; i++)
		warm(a, INDEX_BELOW, a->names[i].hash);
	if (a->name_count > 0)
		warm(a, INDEX_NAME, a->names[a->name_count - 1].hash);
}

static void
match_client(struct asking *a)
{
	const struct nets	*nets = &a->view->nets;
	const struct ip		*client = a->query->client;
	struct nets_key		 net;
	unsigned		 v4;

	if (client == NULL)
		return;
	v4 = ip_is_v4(client);
	for (unsigned i = 0; i < nets->count[v4]; i++) {
		uint64_t hash = nets_key(client, nets->bits[v4][i], &net);

		look_up(a, &(struct index_key){ .kind = INDEX_CLIENT,
		    .value = net.bytes, .len = NETS_KEY_SIZE, .hash = hash });
	}
}

static void
match_name(struct asking *a)
{
	const struct asked	*n = &a->name;

	for (unsigned i = a->name_count; i-- > 0; ) {
		const struct tail	*t = &a->names[i];

		look_up_text(a, t->at == 0 ? INDEX_NAME : INDEX_BELOW,
		    n->text + t->at, n->len - t->at, t->hash);
	}
}

static void
match_rcpt(struct asking *a)
{
	struct asked	*r = &a->rcpt;
	char		 user[ASKED_MAX + 1];
	unsigned	 len = has_domain(r) ? r->domain - 1u : r->len;

	if (r->len == 0)
		return;
	look_up_text(a, INDEX_RECIPIENT, r->text, r->len, a->rcpt_hash[0]);
	if (has_domain(r))
		look_up_text(a, INDEX_RECIPIENT, r->text + len, r->len - len,
		    a->rcpt_hash[1]);
	memcpy(user, r->text, len);
	user[len] = '@';
	look_up_text(a, INDEX_RECIPIENT, user, len + 1, a->rcpt_hash[2]);
	look_up_text(a, INDEX_GRACE, r->text, r->len, a->rcpt_hash[0]);
}

static void
match_sender(struct asking *a)
{
	const struct asked	*s = &a->sender;

	if (s->len == 0)
		return;
	look_up_text(a, INDEX_SENDER, s->text, s->len, a->sender_hash);
	for (unsigned i = a->domain_count; i-- > 0; )
		look_up_text(a, INDEX_DOMAIN, s->text + a->domains[i].at,
		    s->len - a->domains[i].at, a->domains[i].hash);
}

/* Tries one regex, unless what it could say is said already. */
static void
try(struct asking *a, const struct tried *t, struct regex_scratch *scratch)
{
	const struct view_query	*q = a->query;
	const struct item	*item = &a->view->items[t->item];
	const char		*texts[] = { q->sender, q->name, q->rcpt };
	struct listed		**place = item->proof ?
	    &a->out->needs_proof[item->group] : &a->out->holds[item->group];
	int			  got;

	if (*place != NULL || item->expires <= q->now ||
	    texts[t->field] == NULL ||
	    (t->field == ENTRY_OF_SENDER && *q->sender == '\0'))
		return;
	got = regex_match(t->regex, texts[t->field], scratch);
	if (got == 1)
		*place = item->listed;
	if (got == -1 && !a->out->regex_limit) {
		a->out->regex_limit = true;
		a->out->regex = item->listed;
	}
}

static void
match_regexes(struct asking *a)
{
	struct regex_scratch	scratch;

	regex_begin(&scratch);
	for (size_t i = 0; i < a->view->tried_count; i++)
		try(a, &a->view->tried[i], &scratch);
}

void
view_match(const struct view *v, const struct view_query *q,
    struct view_matches *out)
{
	struct asking	a;

	*out = (struct view_matches){ .regex = NULL };
	a.view = v;
	a.query = q;
	a.out = out;
	prepare_name(&a);
	prepare_sender(&a);
	prepare_rcpt(&a);
	match_client(&a);
	match_name(&a);
	match_rcpt(&a);
	match_sender(&a);
	if (v->tried_count > 0)
		match_regexes(&a);
}

bool
view_has_client(const struct view *v, const struct ip *client, int64_t now)
{
	unsigned	 v4 = ip_is_v4(client);
	struct nets_key	 net;

	for (unsigned i = 0; i < v->nets.count[v4]; i++) {
		uint64_t hash = nets_key(client, v->nets.bits[v4][i], &net);
		const struct index_node *n = index_get(&v->index,
		    &(struct index_key){ .kind = INDEX_CLIENT,
		    .value = net.bytes, .len = NETS_KEY_SIZE, .hash = hash });
		uint32_t at = n == NULL ? INDEX_NONE : n->first;

		for (; at != INDEX_NONE; at = v->items[at].next)
			if (v->items[at].group == VIEW_OWN &&
			    v->items[at].expires > now)
				return true;
	}
	return false;
}
