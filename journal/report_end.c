/* SPDX-License-Identifier: ISC
 * journal/report_end.c - from what was counted to what is told: sums, ranks, orders. */
#include "journal/report.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "journal/report_private.h"

static const int64_t	spread[REPORT_SPREAD] = { 60, 300, 900, 3600, 4 * 3600,
			    12 * 3600, 24 * 3600, 72 * 3600, INT64_MAX };

int64_t
report_spread(unsigned part)
{
	return spread[part];
}

/* The leaves of a tree, one by one. */
struct leaves {
	void	**at;
	size_t	  n;
};

static void
visit(const void *node, VISIT which, void *arg)
{
	struct leaves	*l = arg;

	if (which == postorder || which == leaf)
		l->at[l->n++] = *(void *const *)node;
}

static void
count(const void *node, VISIT which, void *arg)
{
	(void)node;
	*(size_t *)arg += which == postorder || which == leaf;
}

/* In order; to be freed, NULL: out of memory. *n: how many. */
static void **
leaves_of(void *tree, size_t *n)
{
	struct leaves	l = { .n = 0 };

	*n = 0;
	twalk_r(tree, count, n);
	l.at = calloc(*n + 1, sizeof(*l.at));
	if (l.at != NULL)
		twalk_r(tree, visit, &l);
	return l.at;
}

static void
free_name(void *node)
{
	struct tally_name	*n = node;

	free(n->name);
	free(n);
}

static void
free_pair(void *node)
{
	struct pair	*p = node;

	free(p->sender);
	free(p->recipient);
	free(p);
}

static int
by_number(const void *va, const void *vb)
{
	const struct report_count	*a = va, *b = vb;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The names of a tree, the most used first, `most` of them. 0 or -1. */
static int
take_names(void *tree, struct report_count **out, size_t *n, size_t most)
{
	void	**all = leaves_of(tree, n);

	*out = calloc(*n + 1, sizeof(**out));
	if (all == NULL || *out == NULL) {
		*n = 0;
		free(all);
		return -1;
	}
	for (size_t i = 0; i < *n; i++) {
		struct tally_name *name = all[i];

		(*out)[i] = (struct report_count){ name->name, name->n };
		name->name = NULL;
	}
	free(all);
	qsort(*out, *n, sizeof(**out), by_number);
	while (*n > most)
		free((*out)[--*n].name);
	return 0;
}

static int
by_length(const void *va, const void *vb)
{
	const int64_t	*a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* Nearest rank: the smallest that so many of a hundred do not exceed. */
static int64_t
percentile(const int64_t *sorted, size_t n, size_t percent)
{
	return n == 0 ? 0 : sorted[(n * percent + 99) / 100 - 1];
}

static void
measure(int64_t *delays, size_t n, struct report_delay *out)
{
	qsort(delays, n, sizeof(*delays), by_length);
	out->n = n;
	out->median = percentile(delays, n, 50);
	out->p95 = percentile(delays, n, 95);
	out->worst = n == 0 ? 0 : delays[n - 1];
}

static int64_t
delay_of(const struct pair *p)
{
	return (p->came - p->first) / 1000;
}

/* Of one way, or of all if it is -1. */
static int
measure_way(void **pairs, size_t n, int way, struct report_delay *out)
{
	int64_t	*delays = calloc(n + 1, sizeof(*delays));
	size_t	 k = 0;

	if (delays == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct pair *p = pairs[i];

		if (p->came != 0 && (way == -1 || p->way == way))
			delays[k++] = delay_of(p);
	}
	measure(delays, k, out);
	free(delays);
	return 0;
}

static int
by_delayed(const void *va, const void *vb)
{
	const struct report_way	*a = va, *b = vb;

	if (a->delay.n != b->delay.n)
		return a->delay.n > b->delay.n ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int
take_ways(struct report_build *b, void **pairs, size_t n)
{
	b->out.ways = calloc((size_t)b->n_ways + 1, sizeof(*b->out.ways));
	if (b->out.ways == NULL)
		return -1;
	for (int i = 0; i < b->n_ways; i++) {
		struct report_way	*w = &b->out.ways[i];

		if (measure_way(pairs, n, i, &w->delay) == -1)
			return -1;
		w->name = b->ways[i];
		b->ways[i] = NULL;
		b->out.n_ways++;
	}
	qsort(b->out.ways, b->out.n_ways, sizeof(*b->out.ways), by_delayed);
	return 0;
}

struct report_delay
report_way(const struct report_summary *s, const char *name)
{
	for (size_t i = 0; i < s->n_ways; i++)
		if (strcmp(s->ways[i].name, name) == 0)
			return s->ways[i].delay;
	return (struct report_delay){ .n = 0 };
}

int
report_blocked(const struct report_summary *s)
{
	uint64_t	over = s->waited - s->may_come;

	return over == 0 ? -1 : (int)((s->never * 1000 + over / 2) / over);
}

static void
classify(struct report_build *b, void **pairs, size_t n)
{
	int64_t	 since = (b->conf.now - b->conf.window) * 1000;

	b->out.waited = n;
	for (size_t i = 0; i < n; i++) {
		const struct pair *p = pairs[i];
		unsigned	   part = 0;

		if (p->came == 0) {
			b->out.observed += !p->deferred;
			if (p->clock > since)
				b->out.may_come++;
			else
				b->out.never++;
			continue;
		}
		b->out.came++;
		while (delay_of(p) > spread[part])
			part++;
		b->out.spread[part]++;
	}
}

static int
by_total(const void *va, const void *vb)
{
	const struct report_sender	*a = va, *b = vb;

	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	return strcmp(a->sender, b->sender);
}

/* The pairs are in the order of senders. */
static int
take_senders(struct report_build *b, void **pairs, size_t n)
{
	struct report_sender	*s = calloc(n + 1, sizeof(*s));
	size_t			 k = 0;

	if (s == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct pair	*p = pairs[i];

		if (p->came == 0)
			continue;
		if (k == 0 || strcmp(s[k - 1].sender, p->sender) != 0)
			s[k++].sender = p->sender;
		s[k - 1].n++;
		s[k - 1].total += delay_of(p);
		if (delay_of(p) > s[k - 1].worst)
			s[k - 1].worst = delay_of(p);
	}
	qsort(s, k, sizeof(*s), by_total);
	b->out.senders = s;
	b->out.n_senders = k < REPORT_TOP ? k : REPORT_TOP;
	for (size_t i = 0; i < b->out.n_senders; i++)
		if ((s[i].sender = strdup(s[i].sender)) == NULL) {
			b->out.n_senders = i;
			return -1;
		}
	return 0;
}

static int
sum_up(struct report_build *b)
{
	size_t	  n;
	void	**pairs = leaves_of(b->pairs, &n);
	int	  rc = -1;

	if (pairs == NULL)
		return -1;
	classify(b, pairs, n);
	if (measure_way(pairs, n, -1, &b->out.all) == 0 &&
	    take_ways(b, pairs, n) == 0)
		rc = take_senders(b, pairs, n);
	free(pairs);
	return rc;
}

static int
take_all_names(struct report_build *b)
{
	void	**banned;
	size_t	  n;

	banned = leaves_of(b->banned, &n);
	free(banned);
	if (banned == NULL)
		return -1;
	b->out.banned = n;
	return take_names(b->reasons, &b->out.reasons, &b->out.n_reasons,
	    SIZE_MAX) == -1 ||
	    take_names(b->at_once, &b->out.at_once, &b->out.n_at_once,
	    SIZE_MAX) == -1 ||
	    take_names(b->rules, &b->out.rules, &b->out.n_rules,
	    REPORT_TOP) == -1 ||
	    take_names(b->entries, &b->out.entries, &b->out.n_entries,
	    REPORT_TOP) == -1 ? -1 : 0;
}

static void
free_build(struct report_build *b)
{
	void	*trees[] = { b->reasons, b->at_once, b->rules, b->entries,
		    b->banned };

	tdestroy(b->pairs, free_pair);
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++)
		tdestroy(trees[i], free_name);
	for (int i = 0; i < b->n_ways; i++)
		free(b->ways[i]);
	free(b);
}

int
report_end(struct report_build **build, struct report_summary *out)
{
	struct report_build	*b = *build;
	int			 rc;

	*build = NULL;
	rc = sum_up(b) == -1 || take_all_names(b) == -1 ? -1 : 0;
	*out = b->out;
	free_build(b);
	if (rc == -1)
		report_free(out);
	return rc;
}

static void
free_counts(struct report_count *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(c[i].name);
	free(c);
}

void
report_free(struct report_summary *s)
{
	free_counts(s->reasons, s->n_reasons);
	free_counts(s->at_once, s->n_at_once);
	free_counts(s->rules, s->n_rules);
	free_counts(s->entries, s->n_entries);
	for (size_t i = 0; i < s->n_ways; i++)
		free(s->ways[i].name);
	free(s->ways);
	for (size_t i = 0; i < s->n_senders; i++)
		free(s->senders[i].sender);
	free(s->senders);
	free(s->slots);
	*s = (struct report_summary){ .from = 0 };
}
