/* SPDX-License-Identifier: ISC
 * journal/report.c - counts line by line; what is known of each pair, sender, rule
 * and entry lies in trees (tsearch(3)). */
#include "journal/report.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/report_private.h"

enum { HOUR = 3600, DAY = 24 * HOUR, HOURLY_UP_TO = 3 * DAY,
    DAILY_UP_TO = 400 * DAY };

static char *
lower(const char *text)
{
	char	*copy = strdup(text);

	for (char *s = copy; s != NULL && *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s += 'a' - 'A';
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

/* How greylisting deferred it, or would have: "new", "early", "late"; NULL: it did
 * not. */
static const char *
greylisted_as(const struct journal_line *l)
{
	static const char *const	words[] = { "new", "early", "late" };
	bool		 held = strcmp(l->reason, "held") == 0;
	const char	*word = l->reason;

	if (strcmp(l->reason, "observed") == 0 || held) {
		word = l->would != NULL && strncmp(l->would, "defer ", 6) == 0 ?
		    l->would + 6 : held ? "new" : "";
	} else if (strcmp(l->verdict, "defer") != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return words[i];
	return NULL;
}

/* A deferral by greylisting: a wait begins, or its clock anew. */
static int
wait_on(struct report_build *b, const struct journal_line *l, const char *as)
{
	bool		really = strcmp(l->verdict, "defer") == 0;
	struct pair	like = { .first = l->time, .clock = l->time,
			    .deferred = really }, **at;

	if (fold(b, l, &like) == -1)
		return -1;
	at = tfind(&like, &b->pairs, by_addresses);
	if (at == NULL && add_pair(b, &like) == 0)
		return 0;
	free(like.sender);
	free(like.recipient);
	if (at == NULL)
		return -1;
	(*at)->deferred |= really;
	if ((*at)->came == 0 && strcmp(as, "early") != 0)
		(*at)->clock = l->time;
	return 0;
}

/* The length of the kind in "net:192.0.2.0/24". */
static size_t
kind_length(const char *by)
{
	static const char *const	kinds[] = { "addr:", "net:", "name:",
					    "spf:" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(by, kinds[i], strlen(kinds[i])) == 0)
			return strlen(kinds[i]) - 1;
	return 0;
}

/* The number of a way by its name; -1 out of memory. */
static int
way_number(struct report_build *b, const char *name, size_t len)
{
	int	i = 0;

	while (i < b->n_ways && i < REPORT_WAYS - 1 &&
	    (strncmp(b->ways[i], name, len) != 0 || b->ways[i][len] != '\0'))
		i++;
	if (i == REPORT_WAYS - 1) {
		name = "other";
		len = strlen(name);
	}
	if (i < b->n_ways)
		return i;
	b->ways[i] = strndup(name, len);
	if (b->ways[i] == NULL)
		return -1;
	return b->n_ways++;
}

static int
way_of(struct report_build *b, const struct journal_line *l)
{
	size_t	len = strcmp(l->reason, "retried") == 0 && l->by != NULL ?
		    kind_length(l->by) : 0;

	return len > 0 ? way_number(b, l->by, len) :
	    way_number(b, l->reason, strlen(l->reason));
}

/* A pass: whether it ended a wait; -1 out of memory. */
static int
come(struct report_build *b, const struct journal_line *l)
{
	struct pair	like, **at;
	int		ended;

	if (b->n_pairs == 0)
		return 0;
	if (fold(b, l, &like) == -1)
		return -1;
	at = tfind(&like, &b->pairs, by_addresses);
	free(like.sender);
	free(like.recipient);
	ended = at != NULL && (*at)->came == 0 && (*at)->first <= l->time;
	if (!ended)
		return 0;
	(*at)->way = way_of(b, l);
	if ((*at)->way == -1)
		return -1;
	(*at)->came = l->time;
	return 1;
}

/* The entry in "domain ebay.com by spf:ebay.com". */
static size_t
entry_length(const char *by)
{
	const char	*proof = NULL;

	for (const char *s = by; (s = strstr(s, " by ")) != NULL; s++)
		if (kind_length(s + strlen(" by ")) > 0)
			proof = s;
	return proof != NULL ? (size_t)(proof - by) : strlen(by);
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

/* A pass of the period; ended: a wait. */
static int
count_pass(struct report_build *b, const struct journal_line *l, bool ended)
{
	if (ended || l->delayed >= 0)
		return 0;
	b->out.passed_at_once++;
	return report_count_name(&b->at_once, l->reason, strlen(l->reason));
}

int
report_take(struct report_build *b, const struct journal_entry *e)
{
	const struct journal_line	*l = &e->line;
	int64_t		 at = l->time / 1000;
	bool		 in = at < b->conf.until, named, pass;
	const char	*as;
	int		 ended = 0;

	if (b->out.first == 0)
		b->out.first = at;
	if (l->verdict == NULL || l->reason == NULL || at < b->conf.from)
		return 0;
	if (in) {
		count_verdict(b, l);
		if (count_reason(b, l) == -1 || count_use(b, l) == -1)
			return -1;
	}
	named = l->sender != NULL && l->recipient != NULL;
	pass = strcmp(l->verdict, "pass") == 0;
	as = greylisted_as(l);
	if (as != NULL && named && in && wait_on(b, l, as) == -1)
		return -1;
	if (pass && named && as == NULL && (ended = come(b, l)) == -1)
		return -1;
	return pass && in ? count_pass(b, l, ended == 1) : 0;
}
