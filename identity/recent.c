/* SPDX-License-Identifier: ISC
 * identity/recent.c - a table with one place for each hash of a question. */
#include "identity/recent.h"

#include <stdlib.h>
#include <string.h>

struct kept {
	struct question		q;
	struct question_reply	reply;
	int64_t			until;
};

struct recent {
	struct kept	*place[RECENT_ANSWERS];
};

struct recent *
recent_new(void)
{
	return calloc(1, sizeof(struct recent));
}

void
recent_forget(struct recent *r)
{
	for (size_t i = 0; i < RECENT_ANSWERS; i++) {
		free(r->place[i]);
		r->place[i] = NULL;
	}
}

void
recent_free(struct recent **r)
{
	if (*r == NULL)
		return;
	recent_forget(*r);
	free(*r);
	*r = NULL;
}

/* FNV-1a over some bytes. */
static uint32_t
mix(uint32_t hash, const void *bytes, size_t len)
{
	const uint8_t	*b = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ b[i]) * 16777619u;
	return hash;
}

static size_t
place_of(const struct question *q)
{
	uint32_t	hash = mix(2166136261u, q->client.b, 16);

	hash = mix(hash, q->helo, strlen(q->helo) + 1);
	hash = mix(hash, q->sender, strlen(q->sender));
	return (hash ^ hash >> 16) % RECENT_ANSWERS;
}

static bool
is_same(const struct question *a, const struct question *b)
{
	return memcmp(a->client.b, b->client.b, 16) == 0 &&
	    strcmp(a->helo, b->helo) == 0 && strcmp(a->sender, b->sender) == 0;
}

void
recent_keep(struct recent *r, const struct question *q,
    const struct question_reply *reply, int64_t now)
{
	struct kept	**place = &r->place[place_of(q)];
	int64_t		 ttl = reply->ttl < RECENT_SECONDS ? reply->ttl :
			    RECENT_SECONDS;

	if (q->kind != QUESTION_SPF || reply->answer == -1 || ttl == 0)
		return;
	if (*place == NULL)
		*place = malloc(sizeof(**place));
	if (*place != NULL)
		**place = (struct kept){ *q, *reply, now + ttl * 1000000 };
}

const struct question_reply *
recent_find(const struct recent *r, const struct question *q, int64_t now)
{
	const struct kept	*kept = r->place[place_of(q)];

	if (q->kind != QUESTION_SPF || kept == NULL || now >= kept->until ||
	    !is_same(&kept->q, q))
		return NULL;
	return &kept->reply;
}
