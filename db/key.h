/* SPDX-License-Identifier: ISC
 * db/key.h - the names of records in the store.
 *
 * A key is a letter for the kind and its parts as text, separated by NUL, so
 * that all of one identity lie together and everything can be listed. A part
 * over KEY_PART_MAX bytes stands as \x01 and its SHA-256, never cut. */
#ifndef DB_KEY_H
#define DB_KEY_H

#include <stdbool.h>

#include "db/store.h"

enum key_kind {
	KEY_TRIPLET = 't',	/* identity, sender, recipient: struct record */
	KEY_PROOF = 'p',	/* identity [, sender's domain]: struct record */
	KEY_MARK = 'm',		/* identity, slot: policy/crowd.h */
	KEY_REVEAL = 'u',	/* identity: struct record, policy/reveal.h */
	KEY_LEARNED = 'c',	/* outside address, domain and local part of ours:
				 * whitelist/learned.h */
	KEY_WROTE = 'b',	/* address of ours, outside domain: likewise */
	KEY_HOUR = 'o',		/* user of ours: likewise */
	KEY_TALLY = 'n'		/* hour, what: journal/tally_value.h */
};

enum { KEY_PART_MAX = 320, KEY_PARTS = 3 };

/* Builds a key of 1 to KEY_PARTS parts; a NULL part ends them. */
void	key_make(struct store_key *key, enum key_kind kind, const char *a,
	    const char *b, const char *c);

/* A key as texts again, for listings. */
struct key_parts {
	enum key_kind	kind;
	unsigned	n;
	const char	*part[KEY_PARTS];
	char		buf[STORE_KEY_MAX + KEY_PARTS * 72];
};

/* false: not a key of ours. A hashed part reads "sha256:<64 hex digits>". */
bool	key_split(const struct store_key *key, struct key_parts *out);

/*
 * The same key with other texts: name() is given each part in turn, from 0 on, and
 * returns what is to stand there, to be freed. Hashed parts stay; the letter may be
 * of another kind than the above. 1 it has changed; 0 it has not, or is no key; -1
 * name() gave NULL.
 */
typedef char *(*key_name_fn)(unsigned nth, const char *part, void *arg);
int	key_rename(const struct store_key *from, struct store_key *to,
	    key_name_fn name, void *arg);

#endif
