/* SPDX-License-Identifier: ISC
 * journal/report.c - counts line by line; what is known of each pair, sender, rule
 * and entry lies in trees (tsearch(3)). */
#include "journal/report.h"

#include <ctype.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/report_private.h"

enum { HOUR = 3600, DAY = 24 * HOUR, HOURLY_UP_TO = 3 * DAY,
    DAILY_UP_TO = 400 * DAY };

const char *
report_kind(unsigned kind)
{
	static const char *const	kinds[REPORT_KINDS] = { "addr", "net",
					    "name", "spf" };

	return kinds[kind];
}

static char *
lower(const char *text)
{
	char	*copy = strdup(text);

	for (char *s = copy; s != NULL && *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
	return copy;
}

static int
make_slots(struct report_build *b)
{
	int64_t	length = b->conf.until - b->conf.from;

	b->out.slot = length <= HOURLY_UP_TO ? HOUR :
	    length <= DAILY_UP_TO ? DAY : 7 * DAY;
	b->out.n_slots = (size_t)((length + b->out.slot - 1) / b->out.slot);
	b->out.slots = calloc(b->out.n_slots + 1, sizeof(*b->out.slots));
	if (b->out.slots == NULL)
		return -1;
	for (size_t i = 0; i < b->out.n_slots; i++)
		b->out.slots[i].start = b->conf.from +
		    (int64_t)i * b->out.slot;
	return 0;
}

struct report_build *
report_begin(const struct report_conf *c)
{
	struct report_build	*b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->conf = *c;
	if (b->conf.fold_sender == NULL)
		b->conf.fold_sender = lower;
	if (b->conf.fold_recipient == NULL)
		b->conf.fold_recipient = lower;
	b->out.from = c->from;
	b->out.until = c->until;
	if (make_slots(b) == 0)
		return b;
	free(b);
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct tally_name *)a)->name,
	    ((const struct tally_name *)b)->name);
}

int
report_count_name(void **tree, const char *name, size_t len)
{
	struct tally_name	*n = calloc(1, sizeof(*n)), **at;

	if (n == NULL || (n->name = strndup(name, len)) == NULL) {
		free(n);
		return -1;
	}
	at = tsearch(n, tree, by_name);
	if (at == NULL || *at != n) {
		free(n->name);
		free(n);
	}
	if (at == NULL)
		return -1;
	(*at)->n++;
	return 0;
}

static int
by_addresses(const void *va, const void *vb)
{
	const struct pair	*a = va, *b = vb;
	int			 order = strcmp(a->sender, b->sender);

	return order != 0 ? order : strcmp(a->recipient, b->recipient);
}

static int
fold(const struct report_build *b, const struct journal_line *l,
    struct pair *out)
{
	out->sender = b->conf.fold_sender(l->sender);
	out->recipient = b->conf.fold_recipient(l->recipient);
	if (out->sender != NULL && out->recipient != NULL)
		return 0;
	free(out->sender);
	free(out->recipient);
	return -1;
}

static int
add_pair(struct report_build *b, const struct pair *like)
{
	struct pair	*p = malloc(sizeof(*p));

	if (p == NULL || tsearch(memcpy(p, like, sizeof(*p)), &b->pairs,
	    by_addresses) == NULL) {
		free(p);
		return -1;
	}
	b->n_pairs++;
	return 0;
}

/* What was held back for DATA has in `would` what it was. */
static bool
is_early(const struct journal_line *l)
{
	return strcmp(l->reason, "early") == 0 || (l->would != NULL &&
	    strcmp(l->would, "defer early") == 0);
}

/* A deferral by greylisting: a wait begins, or its clock anew. */
static int
wait_on(struct report_build *b, const struct journal_line *l)
{
	struct pair	like = { .first = l->time, .clock = l->time }, **at;

	if (fold(b, l, &like) == -1)
		return -1;
	at = tfind(&like, &b->pairs, by_addresses);
	if (at == NULL && add_pair(b, &like) == 0)
		return 0;
	free(like.sender);
	free(like.recipient);
	if (at == NULL)
		return -1;
	if ((*at)->came == 0 && !is_early(l))
		(*at)->clock = l->time;
	return 0;
}

static int
kind_of(const struct journal_line *l)
{
	for (unsigned i = 0; l->by != NULL && i < REPORT_KINDS; i++) {
		size_t	len = strlen(report_kind(i));

		if (strcmp(l->reason, "retried") == 0 &&
		    strncmp(l->by, report_kind(i), len) == 0 &&
		    l->by[len] == ':')
			return (int)i;
	}
	return -1;
}

static int
come(struct report_build *b, const struct journal_line *l)
{
	struct pair	like, **at;

	if (b->n_pairs == 0)
		return 0;
	if (fold(b, l, &like) == -1)
		return -1;
	at = tfind(&like, &b->pairs, by_addresses);
	if (at != NULL && (*at)->came == 0 && (*at)->first <= l->time) {
		(*at)->came = l->time;
		(*at)->kind = kind_of(l);
	}
	free(like.sender);
	free(like.recipient);
	return 0;
}

static bool
is_greylisted(const struct journal_line *l)
{
	static const char *const	reasons[] = { "new", "early", "late",
					    "held" };

	for (size_t i = 0; i < 4; i++)
		if (strcmp(l->reason, reasons[i]) == 0)
			return strcmp(l->verdict, "defer") == 0;
	return false;
}

/* The entry in "domain ebay.com by spf:ebay.com". */
static size_t
entry_length(const char *by)
{
	size_t		 len = strlen(by);
	const char	*proof = strstr(by, " by spf:");

	if (proof == NULL)
		proof = strstr(by, " by name:");
	return proof != NULL ? (size_t)(proof - by) : len;
}

static int
count_reason(struct report_build *b, const struct journal_line *l)
{
	char	name[64];
	int	len = snprintf(name, sizeof(name), "%.20s %.40s", l->verdict,
		    l->reason);

	return report_count_name(&b->reasons, name, (size_t)len);
}

static void
count_verdict(struct report_build *b, const struct journal_line *l)
{
	size_t	i = (size_t)((l->time / 1000 - b->conf.from) / b->out.slot);
	struct report_slot *slot = &b->out.slots[i];

	switch (l->verdict[0]) {
	case 'p':
		b->out.pass++;
		slot->pass++;
		break;
	case 'd':
		b->out.defer++;
		slot->defer++;
		break;
	default:
		b->out.reject++;
		slot->reject++;
	}
}

static int
count_use(struct report_build *b, const struct journal_line *l)
{
	if (l->rule != NULL &&
	    report_count_name(&b->rules, l->rule, strlen(l->rule)) == -1)
		return -1;
	if ((strcmp(l->reason, "whitelisted") == 0 ||
	    strcmp(l->reason, "grace") == 0) && l->by != NULL)
		return report_count_name(&b->entries, l->by,
		    entry_length(l->by));
	if (strcmp(l->reason, "harvesting") == 0 && l->client != NULL)
		return report_count_name(&b->banned, l->client,
		    strlen(l->client));
	b->out.unknown += strcmp(l->verdict, "reject") == 0 &&
	    strcmp(l->reason, "unknown-recipient") == 0;
	return 0;
}

int
report_take(struct report_build *b, const struct journal_entry *e)
{
	const struct journal_line	*l = &e->line;
	int64_t				 at = l->time / 1000;

	if (b->out.first == 0)
		b->out.first = at;
	if (l->verdict == NULL || l->sender == NULL || l->recipient == NULL ||
	    at < b->conf.from)
		return 0;
	if (at < b->conf.until) {
		count_verdict(b, l);
		if (count_reason(b, l) == -1 || count_use(b, l) == -1)
			return -1;
		if (is_greylisted(l))
			return wait_on(b, l);
	}
	return strcmp(l->verdict, "pass") == 0 ? come(b, l) : 0;
}
