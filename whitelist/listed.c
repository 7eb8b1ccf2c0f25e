/* SPDX-License-Identifier: ISC
 * whitelist/listed.c - an entry and its life, and whether it alone matches. */
#include <stdlib.h>
#include <string.h>

#include "whitelist/asked.h"
#include "whitelist/regex.h"
#include "whitelist/view.h"

struct listed *
listed_new(const struct entry *entry, enum entry_origin origin,
    const char *where, const char *note)
{
	struct listed	*l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->entry = *entry;
	l->origin = origin;
	l->expires = INT64_MAX;
	atomic_init(&l->hits, 0);
	atomic_init(&l->last_hit, 0);
	atomic_init(&l->refs, 1);
	l->where = strdup(where);
	l->note = strdup(note);
	if (l->where == NULL || l->note == NULL)
		listed_unref(&l);
	return l;
}

struct listed *
listed_ref(struct listed *l)
{
	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

void
listed_unref(struct listed **l)
{
	struct listed	*old = *l;

	*l = NULL;
	if (old == NULL || atomic_fetch_sub(&old->refs, 1) != 1)
		return;
	free(old->where);
	free(old->note);
	free(old);
}

void
listed_hit(struct listed *l, int64_t now)
{
	int64_t	last = atomic_load_explicit(&l->last_hit,
		    memory_order_relaxed);

	atomic_fetch_add_explicit(&l->hits, 1, memory_order_relaxed);
	while (last < now && !atomic_compare_exchange_weak_explicit(
	    &l->last_hit, &last, now, memory_order_relaxed,
	    memory_order_relaxed))
		continue;
}

static bool
same(const char *text, unsigned len, const char *other, unsigned other_len)
{
	return len == other_len && memcmp(text, other, len) == 0;
}

/* "user@dom", "@dom", "user@". */
static bool
is_for(const char *text, unsigned len, const char *rcpt)
{
	struct asked	a;

	asked_address(&a, rcpt);
	if (a.len == 0)
		return false;
	if (*text == '@')
		return a.domain > 0 && same(text, len, a.text + a.domain - 1,
		    a.len - a.domain + 1u);
	if (text[len - 1] != '@')
		return same(text, len, a.text, a.len);
	return a.domain == a.len && a.text[a.len - 1] != '@' ?
	    same(text, len - 1, a.text, a.len) :
	    same(text, len, a.text, a.domain);
}

static bool
regex_matches(const struct entry *entry, const struct view_query *q)
{
	const char		*texts[] = { q->sender, q->name, q->rcpt };
	const char		*text = texts[entry->field];
	struct regex_scratch	 scratch;
	struct regex		*r;
	bool			 yes;

	if (text == NULL || (entry->field == ENTRY_OF_SENDER && *text == '\0'))
		return false;
	r = regex_new(entry->text + entry->value, entry->value_len, NULL);
	if (r == NULL)
		return false;
	regex_begin(&scratch);
	yes = regex_match(r, text, &scratch) == 1;
	regex_free(&r);
	return yes;
}

static bool
client_matches(const struct entry *entry, const struct ip *client)
{
	struct ip	net;

	if (client == NULL || ip_is_v4(client) != ip_is_v4(&entry->net))
		return false;
	net = ip_network(client, entry->bits);
	return memcmp(&net, &entry->net, sizeof(net)) == 0;
}

static bool
name_matches(const struct entry *entry, const char *name)
{
	const char	*value = entry->text + entry->value;
	unsigned	 len = entry->value_len;
	struct asked	 a;

	asked_name(&a, name);
	if (*value != '*')
		return same(value, len, a.text, a.len);
	return a.len > len - 2 && asked_is_below(&a, value + 2, len - 2);
}

static bool
value_matches(const struct entry *entry, const struct view_query *q)
{
	const char	*value = entry->text + entry->value;
	struct asked	 a;

	switch (entry->kind) {
	case ENTRY_CLIENT:
		return client_matches(entry, q->client);
	case ENTRY_NAME:
		return name_matches(entry, q->name);
	case ENTRY_SENDER:
		asked_address(&a, q->sender);
		return same(value, entry->value_len, a.text, a.len);
	case ENTRY_DOMAIN:
		asked_address(&a, q->sender);
		return asked_is_below(&a, value, entry->value_len);
	case ENTRY_RECIPIENT:
	case ENTRY_GRACE:
		return is_for(value, entry->value_len, q->rcpt);
	case ENTRY_REGEX:
		return regex_matches(entry, q);
	default:
		return false;
	}
}

bool
view_entry_matches(const struct listed *l, const struct view_query *q)
{
	const struct entry	*entry = &l->entry;

	return l->expires > q->now && value_matches(entry, q) &&
	    (entry->to_len == 0 ||
	    is_for(entry->text + entry->to, entry->to_len, q->rcpt));
}
