/* SPDX-License-Identifier: ISC
 * tests/lib/evening_week.c - makes the week up, one kind of mail after the other;
 * each host has a /24 of its own, so that nobody's retry is another's. */
#include "tests/lib/evening_week.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NET(a, b)	((uint32_t)(a) << 24 | (uint32_t)(b) << 8)

enum {
	SPAM_NET = 11, HOST_NET = 20, POOL_NET = 30, UNKNOWN_NET = 40,
	ANSWER_NET = 50
};

/* Knuth's MMIX generator: the same week each time. */
static uint32_t
below(struct week *w, uint32_t n)
{
	w->random = w->random * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (uint32_t)(w->random >> 33) % n;
}

static void *
grown(void *at, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return at;
	*room = *room == 0 ? 4096 : 2 * *room;
	at = reallocarray(at, *room, size);
	if (at == NULL)
		abort();
	return at;
}

static struct week_event *
event(struct week *w, int64_t at, uint32_t client, const char *word)
{
	struct week_event	*e;

	w->events = grown(w->events, w->n, &w->room, sizeof(*w->events));
	e = &w->events[w->n];
	*e = (struct week_event){ .at = at, .serial = (uint32_t)w->n++,
	    .client = client, .word = word, .pair = -1 };
	return e;
}

static void
address_ours(char out[32], uint32_t user)
{
	(void)snprintf(out, 32, "user%u@example.com", user % WEEK_USERS);
}

/* The attempt that begins a pair's wait. */
static int32_t
first_try(struct week *w, const char *what, const struct week_event *like)
{
	struct week_pair	*p;
	struct week_event	*e;

	w->pairs = grown(w->pairs, w->n_pairs, &w->pairs_room,
	    sizeof(*w->pairs));
	p = &w->pairs[w->n_pairs];
	*p = (struct week_pair){ .what = what, .first = like->at };
	(void)strcpy(p->sender, like->sender);
	(void)strcpy(p->recipient, like->recipient);
	e = event(w, like->at, like->client, "defer new");
	(void)strcpy(e->sender, like->sender);
	(void)strcpy(e->recipient, like->recipient);
	e->pair = (int32_t)w->n_pairs++;
	return e->pair;
}

static void
next_try(struct week *w, int32_t pair, int64_t at, uint32_t client,
    const char *word)
{
	struct week_pair	*p = &w->pairs[pair];
	struct week_event	*e = event(w, at, client, word);

	(void)strcpy(e->sender, p->sender);
	(void)strcpy(e->recipient, p->recipient);
	e->pair = pair;
	if (strncmp(word, "pass", 4) == 0 && p->came == 0)
		p->came = at;
}

static void
make_spam(struct week *w)
{
	for (uint32_t i = 0; i < WEEK_SPAM; i++) {
		struct week_event	e = { .at = WEEK_START +
					    below(w, 7 * 86400) };

		e.client = NET(SPAM_NET, 0) + (i << 8) + 7;
		(void)snprintf(e.sender, sizeof(e.sender),
		    "s%u@spam%u.example", i, i % 997);
		address_ours(e.recipient, below(w, WEEK_USERS));
		(void)first_try(w, "spam", &e);
	}
}

/* Later mail of a host that is proven by then, until the week is over. */
static void
make_proven(struct week *w, uint32_t client, int64_t from, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct week_event	*e = event(w, from + 1 +
					    below(w, (uint32_t)(WEEK_END -
					    from - 1)), client, "pass proven");

		(void)snprintf(e->sender, sizeof(e->sender),
		    "any%u@hosts.example", below(w, 5000));
		address_ours(e->recipient, below(w, WEEK_USERS));
	}
}

/* One host that comes back `after` seconds; some try too early before that. */
static void
make_host(struct week *w, const char *what, unsigned n, int64_t after)
{
	struct week_event	e = { .at = WEEK_START + 600 +
				    below(w, 4 * 86400) };
	int32_t			pair;

	e.client = NET(HOST_NET, n) + 9;
	(void)snprintf(e.sender, sizeof(e.sender), "%s%u@h%u.example", what,
	    n, n);
	address_ours(e.recipient, n);
	pair = first_try(w, what, &e);
	w->pairs[pair].by = "net";
	if (n % 4 == 1 && after > WEEK_DELAY)
		next_try(w, pair, e.at + 20, e.client, "defer early");
	if (after > WEEK_WINDOW) {
		next_try(w, pair, e.at + after, e.client, "defer late");
		after += 1800;
	}
	next_try(w, pair, e.at + after, e.client, "pass retried");
	if (strcmp(what, "retrier") == 0)
		make_proven(w, e.client, e.at + after, WEEK_HOST_MAILS);
}

static void
make_hosts(struct week *w)
{
	unsigned	n = 0;

	for (unsigned i = 0; i < WEEK_RETRIERS; i++)
		make_host(w, "retrier", n++, 300 + below(w, 3300));
	for (unsigned i = 0; i < WEEK_SLOW; i++)
		make_host(w, "slow", n++, 7200 + below(w, 18 * 3600));
	for (unsigned i = 0; i < WEEK_LATE; i++)
		make_host(w, "late", n++, WEEK_WINDOW + 60 + below(w, 3600));
}

static uint32_t
pool_host(struct week *w, unsigned pool)
{
	return NET(POOL_NET + pool, below(w, 200)) + 5;
}

bool
week_is_pool(uint32_t client, const char *domain)
{
	unsigned	pool;

	return sscanf(domain, "pool%u.example", &pool) == 1 &&
	    client >> 24 == POOL_NET + pool && pool < WEEK_POOLS;
}

static void
make_pools(struct week *w)
{
	for (unsigned i = 0; i < WEEK_POOLS; i++) {
		struct week_event	e = { .at = WEEK_START + 3600 +
					    below(w, 86400) };
		int64_t			came = e.at + 900 + below(w, 900);
		int32_t			pair;

		e.client = NET(POOL_NET + i, 201) + 5;
		(void)snprintf(e.sender, sizeof(e.sender),
		    "news@pool%u.example", i);
		address_ours(e.recipient, i);
		pair = first_try(w, "pool", &e);
		next_try(w, pair, came, pool_host(w, i), "pass retried");
		w->pairs[pair].by = "spf";
		for (unsigned k = 0; k < WEEK_POOL_MAILS; k++) {
			struct week_event *m = event(w, came + 1 + below(w,
			    (uint32_t)(WEEK_END - came - 1)), pool_host(w, i),
			    "pass proven");

			(void)snprintf(m->sender, sizeof(m->sender),
			    "m%u@pool%u.example", k, i);
			address_ours(m->recipient, below(w, WEEK_USERS));
		}
	}
}

static void
make_unknown(struct week *w)
{
	int64_t	at = WEEK_START + 2 * 86400 + 7200;

	for (uint32_t i = 0; i < WEEK_UNKNOWN; i++) {
		struct week_event *e = event(w, WEEK_START + below(w,
		    7 * 86400), NET(UNKNOWN_NET, i) + 3,
		    "reject unknown-recipient");

		(void)snprintf(e->sender, sizeof(e->sender),
		    "u%u@guess.example", i);
		(void)snprintf(e->recipient, sizeof(e->recipient),
		    "nobody%u@example.com", i % 300);
	}
	for (uint32_t i = 0; i < WEEK_GUESSES; i++) {
		struct week_event *e = event(w, at + 5 * i,
		    NET(UNKNOWN_NET, 60000) + 3, i < WEEK_GUESSED ?
		    "reject unknown-recipient" : "defer harvesting");

		(void)strcpy(e->sender, "h@guess.example");
		(void)snprintf(e->recipient, sizeof(e->recipient),
		    "guess%u@example.com", i);
	}
}

/* A user writes out, and gets an answer an hour later. */
static void
make_letters(struct week *w)
{
	static const char *const	logins[] = { "alice", "bob", "carl" };

	for (uint32_t i = 0; i < WEEK_LETTERS; i++) {
		int64_t	at = WEEK_START + below(w, 7 * 86400 - 7200);
		struct week_event *out = event(w, at, 0xc6336409,
		    "pass authenticated"), *in;

		out->login = logins[i % 3];
		(void)snprintf(out->sender, sizeof(out->sender),
		    "user%u@example.com", i % WEEK_USERS);
		(void)snprintf(out->recipient, sizeof(out->recipient),
		    "c%u@friend%u.example", i, i % 400);
		in = event(w, at + 3600, NET(ANSWER_NET, i) + 2,
		    "pass correspondent");
		(void)snprintf(in->sender, sizeof(in->sender),
		    "c%u@friend%u.example", i, i % 400);
		address_ours(in->recipient, i);
	}
}

static void
make_exempt(struct week *w)
{
	for (uint32_t i = 0; i < WEEK_LISTED + WEEK_RULED; i++) {
		bool	listed = i < WEEK_LISTED;
		struct week_event *e = event(w, WEEK_START + below(w,
		    7 * 86400), listed ? 0xc6336407 : NET(60, 1) + i % 200,
		    listed ? "pass whitelisted" : "pass rule");

		(void)snprintf(e->sender, sizeof(e->sender),
		    "p%u@partner.example", i % 50);
		address_ours(e->recipient, i);
	}
}

static int
by_time(const void *va, const void *vb)
{
	const struct week_event	*a = va, *b = vb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->serial < b->serial ? -1 : 1;
}

void
week_make(struct week *w)
{
	*w = (struct week){ .random = 20231115 };
	make_spam(w);
	make_hosts(w);
	make_pools(w);
	make_unknown(w);
	make_letters(w);
	make_exempt(w);
	qsort(w->events, w->n, sizeof(*w->events), by_time);
}

void
week_free(struct week *w)
{
	free(w->events);
	free(w->pairs);
	*w = (struct week){ .n = 0 };
}

uint64_t
week_count(const struct week *w, const char *word, int64_t from, int64_t until)
{
	size_t		len = strlen(word);
	uint64_t	n = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct week_event *e = &w->events[i];

		n += e->at >= from && e->at < until &&
		    strncmp(e->word, word, len) == 0 &&
		    (len == 0 || e->word[len] == '\0' || e->word[len] == ' ');
	}
	return n;
}
