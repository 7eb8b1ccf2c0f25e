/* SPDX-License-Identifier: ISC
 * tests/lib/guessers.c - the clients that guessers.h describes. */
#include "tests/lib/guessers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

const struct harvest_rule	guess_rule = { .limit = 10, .window = 600,
	.ban = 3600 };

static bool
yes(void *arg)
{
	(void)arg;
	return true;
}

const struct harvest_client
	client_a = { .addr = "addr:192.0.2.1", .net = "net:192.0.2.0/24" },
	client_b = { .addr = "addr:192.0.2.2", .net = "net:192.0.2.0/24" },
	client_other = { .addr = "addr:198.51.100.1",
	    .net = "net:198.51.100.0/24" },
	client_proven = { .addr = "addr:192.0.2.1", .net = "net:192.0.2.0/24",
	    .is_proven = yes };

struct harvest *
harvest_begun(void **state, int64_t now)
{
	struct harvest	*h = harvest_new(((struct world *)*state)->s);

	assert_int_equal(harvest_begin(h, now, NULL), 0);
	return h;
}

int
guess_count(struct harvest *h, const struct harvest_client *client, int n,
    bool known, int64_t now)
{
	int	bans = 0;

	while (n-- > 0)
		bans += harvest_count(h, &guess_rule, client, known, now);
	return bans;
}

int
guess(struct harvest *h, const struct harvest_client *client, int n,
    int64_t now)
{
	return guess_count(h, client, n, false, now);
}

void
expect_ban(struct harvest *h, const struct harvest_client *client, int64_t now,
    const char *by)
{
	const char	*got = "";

	if (!harvest_is_banned(h, &guess_rule, client, now, &got))
		got = "";
	else if (got != client->addr && got != client->net)
		fail_msg("banned by a stranger");
	if (strncmp(got, by, *by == '\0' ? 1 : strlen(by)) != 0)
		fail_msg("banned by \"%s\", not \"%s\"", got, by);
}

int
forgive(struct harvest *h, const struct harvest_client *client, struct err *e)
{
	return harvest_forgive(h, client->addr, client->net, e);
}

void
break_store(void **state)
{
	struct world	*w = *state;

	remove_all(w->state);
	assert_int_equal(store_tend(w->s, START, NULL), -1);
}
