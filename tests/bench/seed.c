/* SPDX-License-Identifier: ISC
 * tests/bench/seed.c - fills a state folder with what Greygate would have
 * learned from the known clients of world.h.
 *
 *   seed [-k CLIENTS] [-t TRIPLETS] [-e PENDING -x FROM:TO] FOLDER
 *
 * Every client is proven and has passed triplets, -t in all. PENDING triplets
 * of strangers expire FROM to TO seconds from now. Prints one JSON object. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/ip.h"
#include "db/record.h"
#include "db/store.h"
#include "identity/client.h"
#include "policy/fold.h"
#include "db/key.h"
#include "tests/bench/world.h"

enum {
	REMEMBER = 36 * 24 * 3600,
	IPV4_PREFIX = 24,
	IPV6_PREFIX = 64,
	TEND_EACH = 500000,	/* records between two checkpoints */
	CACHE_BYTES = 1 << 30,	/* all of it: it is filled in no order */
	STRANGERS = 1000003	/* the strangers' seed: load.c uses small ones */
};

/* Records on their way to the store, a step full at a time. */
struct batch {
	struct store	*store;
	struct store_item items[STORE_STEP_MAX];
	struct record	 rec[STORE_STEP_MAX];
	size_t		 n;
	uint64_t	 stored, tended;
};

struct wanted {
	uint64_t	clients, triplets, pending;
	int64_t		from, to;
};

static void
fail(const char *what)
{
	fprintf(stderr, "seed: %s\n", what);
	exit(70);
}

static void
put_all(struct store_item *items, size_t n, void *arg)
{
	const struct record	*rec = arg;

	for (size_t i = 0; i < n; i++) {
		record_encode(&rec[i], items[i].value);
		items[i].len = RECORD_SIZE;
		items[i].expires = rec[i].expires;
		items[i].act = STORE_PUT;
	}
}

static void
flush(struct batch *b)
{
	struct err	e;

	if (b->n > 0 &&
	    store_step(b->store, b->items, b->n, put_all, b->rec, &e) == -1)
		fail(e.text);
	b->stored += b->n;
	b->n = 0;
	if (b->stored - b->tended < TEND_EACH)
		return;
	b->tended = b->stored;
	if (store_tend(b->store, (int64_t)time(NULL), &e) == -1)
		fail(e.text);
}

/* The keys of one step must differ: a batch never spans two clients' names. */
static struct store_key *
next(struct batch *b, const struct record *rec)
{
	if (b->n == STORE_STEP_MAX)
		flush(b);
	b->rec[b->n] = *rec;
	return &b->items[b->n++].key;
}

static void
identify(const struct world_client *c, struct identities *out)
{
	struct ip	ip;
	struct err	e;

	if (ip_parse(c->addr, &ip, &e) == -1)
		fail(e.text);
	identities_of(&ip, c->named ? c->name : NULL, IPV4_PREFIX, IPV6_PREFIX,
	    out);
	if (c->named && out->name[0] == '\0')
		fail("a mail server's name is no identity");
}

/* What greylist_prove() writes when a mail of this client has passed. */
static void
put_proofs(struct batch *b, const struct identities *id, const char *domain,
    const struct record *rec)
{
	key_make(next(b, rec), KEY_PROOF, id->addr, NULL, NULL);
	if (id->name[0] == '\0')
		return;
	key_make(next(b, rec), KEY_PROOF, id->name, domain, NULL);
	key_make(next(b, rec), KEY_PROOF, id->name, NULL, NULL);
}

static void
put_triplet(struct batch *b, const struct identities *id, const char *sender,
    const char *rcpt, const struct record *rec)
{
	char	*folded = fold_sender(sender), *to = fold_recipient(rcpt);

	if (folded == NULL || to == NULL)
		fail("out of memory");
	key_make(next(b, rec), KEY_TRIPLET, id->net, folded, to);
	if (id->name[0] != '\0')
		key_make(next(b, rec), KEY_TRIPLET, id->name, folded, to);
	free(folded);
	free(to);
}

/* Seconds since client k last wrote: three of four within a day, whose records
 * need no renewal yet, the others within ten. */
static int64_t
age_of(uint64_t k)
{
	uint64_t	r = world_mix(9, k);

	return (int64_t)((r >> 8) % (r % 4 != 0 ? 86000 : 864000));
}

static void
put_known(struct batch *b, uint64_t k, uint64_t triplets, int64_t now)
{
	int64_t			age = age_of(k);
	struct record		rec = { .first = now - age - 90,
				    .last = now - age, .tries = 2, .passes = 3,
				    .expires = now - age + REMEMBER };
	struct world_client	c;
	struct identities	id;
	char			sender[96], rcpt[96];

	world_client(0, k, &c);
	identify(&c, &id);
	rec.state = RECORD_PROOF;
	put_proofs(b, &id, c.domain, &rec);
	rec.state = RECORD_PASSED;
	for (uint64_t i = 0; i < triplets; i++) {
		world_sender(0, k, i, sender, sizeof(sender));
		world_rcpt(k + i, 0, rcpt, sizeof(rcpt));
		put_triplet(b, &id, sender, rcpt, &rec);
	}
	flush(b);
}

static void
put_pending(struct batch *b, uint64_t n, const struct wanted *w, int64_t now)
{
	uint64_t		r = world_mix(STRANGERS ^ 3, n);
	struct record		rec = { .state = RECORD_PENDING, .first = now,
				    .last = now, .tries = 1 };
	struct world_client	c;
	struct identities	id;
	char			sender[96], rcpt[96];

	rec.expires = now + w->from +
	    (int64_t)(r % (uint64_t)(w->to - w->from + 1));
	world_client(STRANGERS, n, &c);
	c.named = false;
	identify(&c, &id);
	world_sender(STRANGERS, n, 0, sender, sizeof(sender));
	world_rcpt(r, 0, rcpt, sizeof(rcpt));
	put_triplet(b, &id, sender, rcpt, &rec);
}

static bool
read_options(struct wanted *w, int argc, char **argv)
{
	int	option;

	while ((option = getopt(argc, argv, "k:t:e:x:")) != -1)
		switch (option) {
		case 'k':
			w->clients = strtoull(optarg, NULL, 10);
			break;
		case 't':
			w->triplets = strtoull(optarg, NULL, 10);
			break;
		case 'e':
			w->pending = strtoull(optarg, NULL, 10);
			break;
		case 'x':
			if (sscanf(optarg, "%" SCNd64 ":%" SCNd64, &w->from,
			    &w->to) != 2 || w->to < w->from)
				return false;
			break;
		default:
			return false;
		}
	return argc - optind == 1;
}

static void
fill(struct batch *b, const struct wanted *w)
{
	int64_t		now = (int64_t)time(NULL);
	uint64_t	each;

	for (uint64_t k = 0; k < w->clients; k++) {
		each = w->triplets / w->clients +
		    (k < w->triplets % w->clients);
		put_known(b, k, each, now);
	}
	for (uint64_t n = 0; n < w->pending; n++)
		put_pending(b, n, w, now);
	flush(b);
}

int
main(int argc, char **argv)
{
	struct wanted		w = { 0 };
	struct batch		b = { 0 };
	struct store_conf	conf = { 0 };
	struct store_stats	stats;
	struct err		e;

	if (!read_options(&w, argc, argv)) {
		fprintf(stderr, "usage: seed [-k CLIENTS] [-t TRIPLETS] "
		    "[-e PENDING -x FROM:TO] FOLDER\n");
		return 64;
	}
	conf.path = argv[optind];
	conf.cache_bytes = CACHE_BYTES;
	if (store_open(&b.store, &conf, &e) == -1)
		fail(e.text);
	fill(&b, &w);
	store_stats(b.store, &stats);
	store_close(&b.store);
	printf("{\"triplets\":%" PRIu64 ",\"stored\":%" PRIu64 ",\"records\":%"
	    PRIu64 ",\"bytes\":%" PRIu64 "}\n", w.triplets, b.stored,
	    stats.records, stats.bytes_on_disk);
	return 0;
}
