/* SPDX-License-Identifier: ISC
 * policy/outbound_watch.c - counts under one lock: once a message. */
#include "policy/outbound_watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct carrier {
	struct ip	client;
	uint64_t	outside, total;
};

struct outbound_watch {
	pthread_mutex_t	lock;
	uint64_t	messages, learned;
	uint64_t	unlearned[UNLEARNED_KINDS];
	struct carrier	carriers[WATCH_ADDRESSES];
};

struct outbound_watch *
outbound_watch_new(void)
{
	struct outbound_watch	*w = calloc(1, sizeof(*w));

	if (w != NULL)
		(void)pthread_mutex_init(&w->lock, NULL);
	return w;
}

void
outbound_watch_free(struct outbound_watch **w)
{
	if (*w == NULL)
		return;
	(void)pthread_mutex_destroy(&(*w)->lock);
	free(*w);
	*w = NULL;
}

void
outbound_watch_message(struct outbound_watch *w, unsigned learned)
{
	pthread_mutex_lock(&w->lock);
	w->messages++;
	w->learned += learned;
	pthread_mutex_unlock(&w->lock);
}

void
outbound_watch_unlearned(struct outbound_watch *w, enum unlearned why)
{
	pthread_mutex_lock(&w->lock);
	w->unlearned[why]++;
	pthread_mutex_unlock(&w->lock);
}

/* Its place, or that of the quietest. */
static struct carrier *
place_of(struct outbound_watch *w, const struct ip *client)
{
	struct carrier	*quietest = &w->carriers[0];

	for (size_t i = 0; i < WATCH_ADDRESSES; i++) {
		struct carrier *c = &w->carriers[i];

		if (c->total > 0 && memcmp(&c->client, client,
		    sizeof(*client)) == 0)
			return c;
		if (c->total < quietest->total)
			quietest = c;
	}
	*quietest = (struct carrier){ .client = *client };
	return quietest;
}

void
outbound_watch_sender(struct outbound_watch *w, const struct ip *client,
    bool ours)
{
	struct carrier	*c;

	pthread_mutex_lock(&w->lock);
	c = place_of(w, client);
	c->total++;
	c->outside += !ours;
	pthread_mutex_unlock(&w->lock);
}

void
outbound_watch_stats(struct outbound_watch *w, struct outbound_stats *out)
{
	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&w->lock);
	out->messages = w->messages;
	out->learned = w->learned;
	memcpy(out->unlearned, w->unlearned, sizeof(out->unlearned));
	for (size_t i = 0; i < WATCH_ADDRESSES; i++) {
		const struct carrier *c = &w->carriers[i];

		if (c->total < WATCH_ENOUGH || c->outside <= c->total / 2 ||
		    c->total <= out->carrier_total)
			continue;
		out->carrier = c->client;
		out->carrier_outside = c->outside;
		out->carrier_total = c->total;
	}
	pthread_mutex_unlock(&w->lock);
}
