/* SPDX-License-Identifier: ISC
 * db/key.c - composes and takes apart the names of records. */
#include "db/key.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

enum { HASHED = 1, HASHED_SIZE = 1 + DIGEST_SIZE };

static_assert(1 + KEY_PARTS * (1 + KEY_PART_MAX) <= STORE_KEY_MAX,
    "the longest key fits");

static void
append(struct store_key *key, const char *part)
{
	size_t	 len = strlen(part);
	uint8_t	*to = key->bytes + key->len;

	*to++ = '\0';
	if (len > KEY_PART_MAX || part[0] == HASHED) {
		*to = HASHED;
		digest_sha256(part, len, to + 1);
		len = HASHED_SIZE;
	} else
		memcpy(to, part, len);
	key->len += 1 + len;
}

void
key_make(struct store_key *key, enum key_kind kind, const char *a,
    const char *b, const char *c)
{
	key->bytes[0] = (uint8_t)kind;
	key->len = 1;
	append(key, a);
	if (b == NULL)
		return;
	append(key, b);
	if (c != NULL)
		append(key, c);
}

/* Copies one part to text at `to`; returns what follows it in the key. */
static const uint8_t *
take(const uint8_t *at, const uint8_t *end, char **to)
{
	const uint8_t	*stop;

	if (at < end && *at == HASHED && end - at >= HASHED_SIZE) {
		*to += sprintf(*to, "sha256:");
		for (int i = 1; i <= DIGEST_SIZE; i++)
			*to += sprintf(*to, "%02x", at[i]);
		stop = at + HASHED_SIZE;
	} else {
		stop = memchr(at, '\0', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		memcpy(*to, at, (size_t)(stop - at));
		*to += stop - at;
	}
	*(*to)++ = '\0';
	return stop;
}

bool
key_split(const struct store_key *key, struct key_parts *out)
{
	const uint8_t	*at = key->bytes + 1, *end = key->bytes + key->len;
	char		*to = out->buf;

	if (key->len < 2 || strchr("tpmucbon", key->bytes[0]) == NULL)
		return false;
	out->kind = (enum key_kind)key->bytes[0];
	for (out->n = 0; at < end; out->n++) {
		if (*at != '\0' || out->n == KEY_PARTS)
			return false;
		out->part[out->n] = to;
		at = take(at + 1, end, &to);
	}
	for (unsigned i = out->n; i < KEY_PARTS; i++)
		out->part[i] = NULL;
	return true;
}

/* What key_rename() works with. */
struct renaming {
	key_name_fn	 name;
	void		*arg;
	unsigned	 nth;
	bool		 changed;
};

static void
append_raw(struct store_key *key, const uint8_t *part, size_t len)
{
	key->bytes[key->len] = '\0';
	memcpy(key->bytes + key->len + 1, part, len);
	key->len += 1 + len;
}

/* One part of `from`, up to `stop`, as name() has it. */
static int
rename_part(struct store_key *to, const uint8_t *at, const uint8_t *stop,
    struct renaming *r)
{
	size_t	 len = (size_t)(stop - at);
	char	 text[STORE_KEY_MAX + 1], *named;

	memcpy(text, at, len);
	text[len] = '\0';
	named = r->name(r->nth, text, r->arg);
	if (named == NULL)
		return -1;
	r->changed |= strcmp(named, text) != 0;
	append(to, named);
	free(named);
	return 0;
}

int
key_rename(const struct store_key *from, struct store_key *to,
    key_name_fn name, void *arg)
{
	const uint8_t	*at = from->bytes + 1, *end = from->bytes + from->len;
	struct renaming	 r = { .name = name, .arg = arg };
	const uint8_t	*stop;

	to->bytes[0] = from->bytes[0];
	to->len = 1;
	for (; at < end; at = stop, r.nth++) {
		if (*at++ != '\0' || r.nth == KEY_PARTS)
			return 0;
		if (at < end && *at == HASHED && end - at >= HASHED_SIZE) {
			stop = at + HASHED_SIZE;
			append_raw(to, at, HASHED_SIZE);
			continue;
		}
		stop = at < end ? memchr(at, '\0', (size_t)(end - at)) : end;
		if (stop == NULL)
			stop = end;
		if (rename_part(to, at, stop, &r) == -1)
			return -1;
	}
	return r.changed;
}
