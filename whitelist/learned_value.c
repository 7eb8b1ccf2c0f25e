/* SPDX-License-Identifier: ISC
 * whitelist/learned_value.c - a pair as the bytes that learned_private.h
 * describes. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "db/key.h"
#include "db/record.h"
#include "whitelist/learned_private.h"

enum { FORMAT = 1 };

/* Where things stand in the bytes. */
enum {
	AT_FIRST = 1,
	AT_LAST = AT_FIRST + 8,
	AT_ANSWERED = AT_LAST + 8,
	AT_LETTERS = AT_ANSWERED + 8,
	AT_ANSWERS = AT_LETTERS + 4,
	AT_TEXTS = AT_ANSWERS + 4,
	LENGTH = 2			/* before each text */
};

static_assert(AT_TEXTS + 2 * LENGTH + LEARNED_LOGIN_MAX + LEARNED_QUEUE_MAX +
    LENGTH + 260 <= STORE_VALUE_MAX, "one identity always fits");

/* Our address in two; the domain is "" where there is none. A local part that
 * a key cannot hold is stood for by the whole address, which is hashed then. */
struct halves {
	char		 room[KEY_PART_MAX + 1];
	const char	*local, *domain;
};

static void
split(struct halves *h, const char *ours)
{
	const char	*at = strrchr(ours, '@');
	size_t		 len = at != NULL ? (size_t)(at - ours) : strlen(ours);

	h->domain = at != NULL ? at + 1 : "";
	h->local = ours;
	if (len > KEY_PART_MAX)
		return;
	memcpy(h->room, ours, len);
	h->room[len] = '\0';
	h->local = h->room;
}

void
learned_key(struct store_key *key, const char *outside, const char *ours)
{
	struct halves	h;

	split(&h, ours);
	key_make(key, KEY_LEARNED, outside, h.domain, h.local);
}

/* An empty part at the end is the NUL that begins the next one. */
void
learned_prefix(struct store_key *key, const char *outside, const char *ours,
    enum conf_learn_scope scope)
{
	struct halves	h;

	split(&h, ours);
	if (scope == CONF_LEARN_SITE)
		key_make(key, KEY_LEARNED, outside, "", NULL);
	else
		key_make(key, KEY_LEARNED, outside, h.domain, "");
}

bool
learned_decode_key(struct learned_pair *p, const struct store_key *key)
{
	struct key_parts	 parts;
	const char		*domain, *local;
	char			*to;

	if (!key_split(key, &parts) || parts.kind != KEY_LEARNED ||
	    parts.n != KEY_PARTS)
		return false;
	domain = parts.part[1];
	local = parts.part[2];
	if (strlen(parts.part[0]) >= sizeof(p->outside) ||
	    strlen(local) + strlen(domain) + 2 > sizeof(p->ours))
		return false;
	(void)stpcpy(p->outside, parts.part[0]);
	to = stpcpy(p->ours, local);
	if (domain[0] != '\0')
		(void)stpcpy(stpcpy(to, "@"), domain);
	return true;
}

/* What is left to be read of a value. */
struct rest {
	const uint8_t	*at;
	size_t		 len;
};

/* The next text, of at most max bytes, into `to`. false: it is not there. */
static bool
take_text(struct rest *r, char *to, size_t max)
{
	size_t	len;

	if (r->len < LENGTH)
		return false;
	len = (size_t)r->at[0] << 8 | r->at[1];
	if (len > r->len - LENGTH || len > max ||
	    memchr(r->at + LENGTH, '\0', len) != NULL)
		return false;
	memcpy(to, r->at + LENGTH, len);
	to[len] = '\0';
	r->at += LENGTH + len;
	r->len -= LENGTH + len;
	return true;
}

/* Each takes a byte less here than in the value. */
static bool
take_identities(struct rest *r, struct learned_pair *p)
{
	char	*to = p->texts;

	for (p->n_identities = 0; r->len > 0; p->n_identities++) {
		if (p->n_identities == LEARNED_IDENTITIES ||
		    !take_text(r, to, STORE_VALUE_MAX))
			return false;
		p->identity[p->n_identities] = to;
		to += strlen(to) + 1;
	}
	return true;
}

bool
learned_decode(struct learned_pair *p, const struct store_item *item)
{
	const uint8_t	*v = item->value;
	struct rest	 r = { .at = v + AT_TEXTS };

	if (item->len < AT_TEXTS || item->len > STORE_VALUE_MAX ||
	    v[0] != FORMAT || !learned_decode_key(p, &item->key))
		return false;
	r.len = item->len - AT_TEXTS;
	p->first = (int64_t)record_get64(v + AT_FIRST);
	p->last = (int64_t)record_get64(v + AT_LAST);
	p->answered = (int64_t)record_get64(v + AT_ANSWERED);
	p->letters = record_get32(v + AT_LETTERS);
	p->answers = record_get32(v + AT_ANSWERS);
	p->expires = item->expires;
	return take_text(&r, p->user, LEARNED_LOGIN_MAX) &&
	    take_text(&r, p->queue, LEARNED_QUEUE_MAX) &&
	    take_identities(&r, p);
}

bool
learned_alive(struct learned_pair *p, const struct store_item *item,
    int64_t now)
{
	return item->found && item->expires > now && learned_decode(p, item);
}

/* Nothing where it does not fit. */
static void
put_text(struct store_item *item, const char *text)
{
	size_t	len = strlen(text);
	uint8_t	*to = item->value + item->len;

	if (len + LENGTH > STORE_VALUE_MAX - item->len)
		return;
	to[0] = (uint8_t)(len >> 8);
	to[1] = (uint8_t)len;
	memcpy(to + LENGTH, text, len);
	item->len += LENGTH + len;
}

void
learned_encode(const struct learned_pair *p, struct store_item *item)
{
	uint8_t	*v = item->value;

	v[0] = FORMAT;
	record_put64(v + AT_FIRST, (uint64_t)p->first);
	record_put64(v + AT_LAST, (uint64_t)p->last);
	record_put64(v + AT_ANSWERED, (uint64_t)p->answered);
	record_put32(v + AT_LETTERS, p->letters);
	record_put32(v + AT_ANSWERS, p->answers);
	item->len = AT_TEXTS;
	put_text(item, p->user);
	put_text(item, p->queue);
	for (unsigned i = 0; i < p->n_identities; i++)
		put_text(item, p->identity[i]);
	item->expires = p->expires;
	item->act = STORE_PUT;
}

void
learned_login(char out[LEARNED_LOGIN_MAX + 1], const char *user)
{
	uint8_t	digest[DIGEST_SIZE];
	size_t	len = strlen(user);
	char	*to;

	if (len <= LEARNED_LOGIN_MAX) {
		memcpy(out, user, len + 1);
		return;
	}
	digest_sha256(user, len, digest);
	to = stpcpy(out, "sha256:");
	for (int i = 0; i < DIGEST_SIZE; i++)
		to += sprintf(to, "%02x", digest[i]);
}

bool
learned_read(struct learned_pair *p, const struct store_item *item)
{
	return learned_decode(p, item);
}

int
learned_name_login(struct store_item *item,
    char *(*name)(const char *login, void *arg), void *arg)
{
	struct learned_pair	 p;
	char			*named;
	int			 changed;

	if (!learned_decode(&p, item))
		return 0;
	named = name(p.user, arg);
	if (named == NULL)
		return -1;
	changed = strcmp(named, p.user) != 0;
	learned_login(p.user, named);
	free(named);
	if (changed)
		learned_encode(&p, item);
	return changed;
}
