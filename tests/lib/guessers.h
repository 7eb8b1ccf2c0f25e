/* SPDX-License-Identifier: ISC
 * tests/lib/guessers.h - clients that guess recipients, and what becomes of
 * them. What fails ends the test. */
#ifndef TESTS_LIB_GUESSERS_H
#define TESTS_LIB_GUESSERS_H

#include "recipient/harvest.h"
#include "tests/lib/store_world.h"

enum { START = 1700000000 };

/* 10 in 10 minutes, an hour's ban. */
extern const struct harvest_rule	guess_rule;

/* Two clients of one network, the first again as a proven one, and one of
 * another network. */
extern const struct harvest_client	client_a, client_b, client_proven,
	client_other;

/* A harvest over the store of a struct world, begun. */
struct harvest *harvest_begun(void **state, int64_t now);

/* Counts n recipients; how many bans that began. */
int	guess_count(struct harvest *h, const struct harvest_client *client,
	    int n, bool known, int64_t now);
int	guess(struct harvest *h, const struct harvest_client *client, int n,
	    int64_t now);

/* By whom it is banned: "addr", "net" or "". */
void	expect_ban(struct harvest *h, const struct harvest_client *client,
	    int64_t now, const char *by);

/* As harvest_forgive(). */
int	forgive(struct harvest *h, const struct harvest_client *client,
	    struct err *e);

/* The state folder is gone, and the store says so. */
void	break_store(void **state);

#endif
