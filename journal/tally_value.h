/* SPDX-License-Identifier: ISC
 * journal/tally_value.h - an hour of counts as records of the store. Pure; any
 * thread.
 *
 *	n 2026-01-02T03 decisions	and "decisions 2" ... as many as it takes
 *	n 2026-01-02T03 delays net	and addr, name, spf; those that have any
 *
 * decisions: version 1, how many records the hour's decisions are in; in the first
 * the store's records (8) and bytes (8); then for each word its length (1), its
 * text and its count. delays: version 1, then bucket (1) and count. A count is
 * in groups of 7 bits, the lowest first, the top bit says that more follow;
 * numbers of 8 bytes are big-endian. */
#ifndef JOURNAL_TALLY_VALUE_H
#define JOURNAL_TALLY_VALUE_H

#include "journal/tally.h"

/* 64 words of 1 + 31 + 10 bytes, 12 of them in a record. */
enum { TALLY_PAGES = 6 };

/* The first second of the hour that now is in; 0 to the year 9999. */
int64_t	tally_hour_of(int64_t now);

/* The keys of the hour that begins there; page and kind from 0. */
void	tally_key_page(struct store_key *key, int64_t hour, unsigned page);
void	tally_key_kind(struct store_key *key, int64_t hour, unsigned kind);

/* "n", NUL and the first `len` characters of "2026-01-02T03": all hours that
 * begin so. */
enum { TALLY_HOUR_LEN = 13, TALLY_DAY_LEN = 10 };
void	tally_key_prefix(struct store_key *key, int64_t hour, size_t len);

/* Which record this is. 0; -1: none of these. */
struct tally_place {
	int64_t		hour;
	bool		is_page;
	unsigned	nth;		/* page or kind */
};
int	tally_key_place(const struct store_key *key, struct tally_place *out);

/* Adds `n` to a word. Where no further one fits, to "other". */
void	tally_add_word(struct tally_hour *h, const char *word, uint64_t n);

/* Adds one hour's decisions and delays to another's. */
void	tally_add_hour(struct tally_hour *to, const struct tally_hour *from);

/* Adds what a record has to *h; of the first page sets records and bytes, too.
 * *pages, of a page: how many there are. 0; -1: of another version, or
 * damaged. */
int	tally_decode_page(struct tally_hour *h, unsigned page,
	    const struct store_item *item, unsigned *pages);
int	tally_decode_kind(struct tally_hour *h, unsigned kind,
	    const struct store_item *item);

/* Writes value and len of `n` items, the pages. false: they need more. */
bool	tally_encode_pages(const struct tally_hour *h, struct store_item *items,
	    unsigned n);
void	tally_encode_kind(const struct tally_hour *h, unsigned kind,
	    struct store_item *item);

#endif
