/* SPDX-License-Identifier: ISC
 * whitelist/learned_private.h - what the files of learned.h share: a pair as a
 * record of the store, and a look-up that tells which record it found.
 *
 *	key	KEY_LEARNED: outside address, our domain, our local part
 *	value	format 1, first (8), last (8), answered (8), letters (4),
 *		answers (4), then texts: user, queue, identities, the latest
 *		first; each a length (2) and its bytes
 *
 * Numbers are big-endian. Pure functions but for learned_seek(); any thread. */
#ifndef WHITELIST_LEARNED_PRIVATE_H
#define WHITELIST_LEARNED_PRIVATE_H

#include "whitelist/learned.h"

void	learned_key(struct store_key *key, const char *outside,
	    const char *ours);

/* All keys with this outside address; of these the ones with ours in the scope
 * (not CONF_LEARN_MAILBOX, which is learned_key()). */
void	learned_prefix(struct store_key *key, const char *outside,
	    const char *ours, enum conf_learn_scope scope);

/* Sets outside and ours, as texts. false: not a pair's key. */
bool	learned_decode_key(struct learned_pair *p, const struct store_key *key);

/* false: not a record of a pair, *p is unspecified. */
bool	learned_decode(struct learned_pair *p, const struct store_item *item);

/* Sets value, len, expires and act; the key is the caller's. Identities that do
 * not fit are left out. */
void	learned_encode(const struct learned_pair *p, struct store_item *item);

/* A login as it is kept. */
void	learned_login(char out[LEARNED_LOGIN_MAX + 1], const char *user);

/* A pair that is remembered: found, not expired, readable. */
bool	learned_alive(struct learned_pair *p, const struct store_item *item,
	    int64_t now);

/* learned_find(), and the record of the pair that it answers with. */
struct learned_hit {
	struct learned_answer	*answer;
	struct store_key	 key;
};
int	learned_seek(struct store *s, const struct learned_question *q,
	    int64_t now, struct learned_hit *out, struct err *e);

/* A filter made ready: texts as the records have them. */
struct learned_matcher {
	const struct learned_filter *f;
	struct learned_pair	wanted;		/* outside, ours, user */
	struct store_key	prefix;		/* of the records to walk */
};
void	learned_matcher(struct learned_matcher *m,
	    const struct learned_filter *f);
bool	learned_matches(const struct learned_matcher *m,
	    const struct learned_pair *p);

/* Whether an address lies in a domain, exactly. */
bool	learned_at_domain(const char *address, const char *domain);

#endif
