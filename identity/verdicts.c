/* SPDX-License-Identifier: ISC
 * identity/verdicts.c - the answers of verdicts.h, and the memory of how broad
 * records are. */
#include "identity/verdicts.h"

#include <pthread.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is remembered of a domain: in a tree by name, so that nobody can choose
 * names that make it slow, and in a list by age. */
struct known {
	struct known	*older, *newer;
	enum breadth	 breadth;
	int64_t		 until;
	struct err	 why;
	char		 domain[SPF_DOMAIN_SIZE];
};

struct verdicts {
	pthread_mutex_t		 lock;
	breadth_random_fn	 random;
	void			*tree;
	struct known		*oldest, *newest;
	unsigned		 n;
};

struct verdicts *
verdicts_new(breadth_random_fn random)
{
	struct verdicts	*v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	(void)pthread_mutex_init(&v->lock, NULL);
	v->random = random;
	return v;
}

static int
by_domain(const void *a, const void *b)
{
	return strcmp(((const struct known *)a)->domain,
	    ((const struct known *)b)->domain);
}

/* With the lock. */
static void
forget(struct verdicts *v, struct known *k)
{
	(void)tdelete(k, &v->tree, by_domain);
	*(k->older == NULL ? &v->oldest : &k->older->newer) = k->newer;
	*(k->newer == NULL ? &v->newest : &k->newer->older) = k->older;
	v->n--;
	free(k);
}

void
verdicts_free(struct verdicts **v)
{
	if (*v == NULL)
		return;
	while ((*v)->oldest != NULL)
		forget(*v, (*v)->oldest);
	(void)pthread_mutex_destroy(&(*v)->lock);
	free(*v);
	*v = NULL;
}

/* With the lock. NULL: it is not there. */
static struct known *
find(struct verdicts *v, const char *domain)
{
	struct known	 wanted, **found;

	(void)snprintf(wanted.domain, sizeof(wanted.domain), "%s", domain);
	found = tfind(&wanted, &v->tree, by_domain);
	return found == NULL ? NULL : *found;
}

/* With the lock: takes over k, which is not there yet. */
static void
add(struct verdicts *v, struct known *k)
{
	if (tsearch(k, &v->tree, by_domain) == NULL) {
		free(k);
		return;
	}
	k->newer = NULL;
	k->older = v->newest;
	*(v->newest == NULL ? &v->oldest : &v->newest->newer) = k;
	v->newest = k;
	v->n++;
}

static int64_t
life(const struct breadth_answer *a)
{
	if (a->breadth == BREADTH_UNKNOWN)
		return VERDICTS_TTL_UNKNOWN;
	if (a->ttl < VERDICTS_TTL_MIN)
		return VERDICTS_TTL_MIN;
	return a->ttl > VERDICTS_TTL_MAX ? VERDICTS_TTL_MAX : (int64_t)a->ttl;
}

static void
remember(struct verdicts *v, const char *domain,
    const struct breadth_answer *a, int64_t now)
{
	struct known	*k = calloc(1, sizeof(*k)), *old;

	if (k == NULL)
		return;
	k->breadth = a->breadth;
	k->until = now + life(a);
	k->why = a->why;
	(void)snprintf(k->domain, sizeof(k->domain), "%s", domain);
	(void)pthread_mutex_lock(&v->lock);
	old = find(v, domain);
	if (old == NULL && v->n == VERDICTS_DOMAINS)
		old = v->oldest;
	if (old != NULL)
		forget(v, old);
	add(v, k);
	(void)pthread_mutex_unlock(&v->lock);
}

static bool
recall(struct verdicts *v, const char *domain, int64_t now,
    struct breadth_answer *out)
{
	struct known	*k;
	bool		 holds;

	(void)pthread_mutex_lock(&v->lock);
	k = find(v, domain);
	holds = k != NULL && k->until > now;
	if (holds)
		*out = (struct breadth_answer){ k->breadth,
		    (uint32_t)(k->until - now), k->why };
	(void)pthread_mutex_unlock(&v->lock);
	return holds;
}

unsigned
verdicts_count(struct verdicts *v)
{
	unsigned	n;

	(void)pthread_mutex_lock(&v->lock);
	n = v->n;
	(void)pthread_mutex_unlock(&v->lock);
	return n;
}

/* Of a domain whose record lets the client pass. */
static void
weigh(struct verdicts *v, const char *domain, const struct dns *dns,
    int64_t now, struct question_reply *out)
{
	struct breadth_answer	a = { .breadth = BREADTH_UNKNOWN };

	if (!recall(v, domain, now, &a)) {
		breadth_check(domain, dns, v->random, &a);
		remember(v, domain, &a, now);
	}
	out->answer = a.breadth == BREADTH_FITS ? 1 :
	    a.breadth == BREADTH_UNKNOWN ? -1 : 0;
	out->withdrawn = a.breadth == BREADTH_TOO_BROAD;
	if (a.ttl < out->ttl)
		out->ttl = a.ttl;
	if (a.breadth != BREADTH_FITS)
		out->why = a.why;
}

static void
answer_spf(struct verdicts *v, const struct question *q, const struct dns *dns,
    int64_t now, struct question_reply *out)
{
	const struct spf_query	query = { q->client, q->helo, q->sender };
	struct spf_answer	a;
	char			domain[SPF_DOMAIN_SIZE];

	spf_check(&query, dns, &a);
	out->answer = a.result == SPF_TEMPERROR ? -1 : 0;
	out->result = a.result;
	/* Not for a permerror: it may hang on who asks (a macro, a look-up too
	 * many), and a forger could bring it about. */
	out->withdrawn = a.result == SPF_NONE;
	out->ttl = a.ttl;
	out->why = a.why;
	if (a.result == SPF_PASS && spf_domain(q->sender, q->helo, domain))
		weigh(v, domain, dns, now, out);
}

enum { LABELS_SIZE = 65 };	/* 32 digits, each with its dot */

/* The client's part of the name in a list (RFC 5782, 2.1 and 2.4). */
static void
reverse(const struct ip *client, char out[LABELS_SIZE])
{
	static const char	digits[] = "0123456789abcdef";
	const uint8_t		*b = client->b;

	if (ip_is_v4(client)) {
		(void)snprintf(out, LABELS_SIZE, "%u.%u.%u.%u.", b[15], b[14],
		    b[13], b[12]);
		return;
	}
	for (size_t i = 16; i-- > 0; ) {
		*out++ = digits[b[i] & 0xf];
		*out++ = '.';
		*out++ = digits[b[i] >> 4];
		*out++ = '.';
	}
	*out = '\0';
}

/* Whether an answer of a list says of the client that it is in it. */
static bool
lists(const struct dns_rdata *rdata)
{
	const uint8_t	*b = rdata->bytes;

	return rdata->len == 4 && b[0] == 127 && !(b[1] == 255 && b[2] == 255);
}

static void
take_found(const struct dns_answer *a, const char *zone,
    struct question_reply *out)
{
	for (size_t i = 0; i < a->n && out->n_found < QUESTION_FOUND; i++) {
		const uint8_t	*b = a->rdata[i].bytes;

		if (lists(&a->rdata[i]))
			out->found[out->n_found++] = (uint32_t)b[0] << 24 |
			    (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	}
	out->answer = out->n_found > 0 ? 1 : -1;
	if (out->n_found == 0)
		(void)err_set(&out->why, "%s answers what is no answer of a "
		    "list; does it serve this resolver?", zone);
}

static void
answer_list(const struct question *q, const struct dns *dns,
    struct question_reply *out)
{
	char			labels[LABELS_SIZE],
				name[LABELS_SIZE + SPF_DOMAIN_SIZE];
	struct dns_answer	a;

	reverse(&q->client, labels);
	(void)snprintf(name, sizeof(name), "%s%s", labels, q->zone);
	dns->lookup(dns->arg, name, DNS_A, &a);
	out->ttl = a.ttl;
	if (a.status == DNS_FOUND)
		take_found(&a, q->zone, out);
	else if (a.status == DNS_FAILED)
		(void)err_set(&out->why, "no answer from %s", q->zone);
	else
		out->answer = 0;
	dns->release(dns->arg, &a);
}

void
verdicts_answer(struct verdicts *v, const struct question *q,
    const struct dns *dns, int64_t now, struct question_reply *out)
{
	*out = (struct question_reply){ .id = q->id, .answer = -1 };
	if (q->kind == QUESTION_SPF)
		answer_spf(v, q, dns, now, out);
	else
		answer_list(q, dns, out);
}
