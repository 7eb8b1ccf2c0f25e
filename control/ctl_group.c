/* SPDX-License-Identifier: ISC
 * control/ctl_group.c - a tree of counts, which no choice of names can slow
 * down. */
#include "control/ctl_group.h"

#include <ctype.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "control/table.h"

enum { PASS, DEFER, REJECT, EVENT, COUNTS };

struct group {
	uint64_t	 counts[COUNTS], all;
	char		*name;		/* of a client: the confirmed one */
	char		 key[];
};

/* The text that a line is counted under, and what else is known of it. */
typedef const char *(*key_fn)(const struct journal_entry *e,
	    const char **name);

struct groups {
	key_fn		 key;
	const char	*head;
	bool		 named;		/* it has a column of names */
	void		*root;
	size_t		 n;
};

static const char *
key_client(const struct journal_entry *e, const char **name)
{
	if (e->line.verified)
		*name = e->line.name;
	return e->line.client == NULL ? "local" : e->line.client;
}

static const char *
key_sender_domain(const struct journal_entry *e, const char **name)
{
	const char	*sender = e->line.sender, *at;

	(void)name;
	if (sender == NULL || sender[0] == '\0')
		return sender == NULL ? "-" : "<>";
	at = strrchr(sender, '@');
	return at == NULL ? sender : at + 1;
}

static const char *
key_recipient(const struct journal_entry *e, const char **name)
{
	(void)name;
	return e->line.recipient == NULL ? "-" : e->line.recipient;
}

static const char *
key_reason(const struct journal_entry *e, const char **name)
{
	const char	*reason = e->event != NULL ? e->event :
			    e->line.reason;

	(void)name;
	return reason == NULL ? "-" : reason;
}

static const struct { const char *by, *head; key_fn key; bool named; }
    kinds[] = {
	{ "client", "CLIENT", key_client, true },
	{ "sender-domain", "SENDER'S DOMAIN", key_sender_domain, false },
	{ "recipient", "RECIPIENT", key_recipient, false },
	{ "reason", "REASON", key_reason, false },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const char *
groups_by(size_t n)
{
	return n < KINDS ? kinds[n].by : NULL;
}

int
groups_new(struct groups **out, const char *by, struct err *e)
{
	size_t	i = 0;

	while (i < KINDS && strcmp(kinds[i].by, by) != 0)
		i++;
	if (i == KINDS)
		return err_set(e, "--group-by takes client, sender-domain, "
		    "recipient or reason, not \"%s\"", by);
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return err_set(e, "out of memory");
	(*out)->key = kinds[i].key;
	(*out)->head = kinds[i].head;
	(*out)->named = kinds[i].named;
	return 0;
}

static void
free_group(void *p)
{
	struct group	*g = p;

	free(g->name);
	free(g);
}

void
groups_free(struct groups **g)
{
	if (*g == NULL)
		return;
	tdestroy((*g)->root, free_group);
	free(*g);
	*g = NULL;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct group	*x = a, *y = b;

	return strcmp(x->key, y->key);
}

/* The group of this key, in lower case; NULL: out of memory. */
static struct group *
group_of(struct groups *g, const char *key)
{
	size_t		 len = strlen(key);
	struct group	*fresh = calloc(1, sizeof(*fresh) + len + 1), **at;

	if (fresh == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++)
		fresh->key[i] = (char)tolower((unsigned char)key[i]);
	at = tsearch(fresh, &g->root, compare_keys);
	if (at == NULL || *at != fresh)
		free(fresh);
	else
		g->n++;
	return at == NULL ? NULL : *at;
}

static int
column_of(const struct journal_entry *e)
{
	if (e->event != NULL || e->line.verdict == NULL)
		return EVENT;
	return strcmp(e->line.verdict, "pass") == 0 ? PASS :
	    strcmp(e->line.verdict, "defer") == 0 ? DEFER : REJECT;
}

int
groups_take(struct groups *g, const struct journal_entry *e)
{
	const char	*name = NULL, *key = g->key(e, &name);
	struct group	*group = group_of(g, key);

	if (group == NULL)
		return -1;
	if (group->name == NULL && name != NULL) {
		group->name = strdup(name);
		if (group->name == NULL)
			return -1;
	}
	group->counts[column_of(e)]++;
	group->all++;
	return 0;
}

/* Most first; of the same size by their names. */
static int
compare_sizes(const void *a, const void *b)
{
	const struct group *const	*x = a, *const *y = b;

	if ((*x)->all != (*y)->all)
		return (*x)->all > (*y)->all ? -1 : 1;
	return strcmp((*x)->key, (*y)->key);
}

struct list {
	const struct group **groups;
	size_t		 n;
};

static void
collect(const void *node, VISIT when, void *arg)
{
	struct list	*l = arg;

	if (when == postorder || when == leaf)
		l->groups[l->n++] = *(const struct group *const *)node;
}

static void
print_json(const struct ctl *ctl, const struct groups *g,
    const struct group *group)
{
	static const char *const	names[COUNTS] = { "pass", "defer",
					    "reject", "event" };
	struct json			*o = json_new_object();
	char				*text;

	json_add_text(o, "group", group->key);
	if (g->named)
		json_add_text(o, "name", group->name);
	json_add_int(o, "all", (int64_t)group->all);
	for (size_t i = 0; i < COUNTS; i++)
		json_add_int(o, names[i], (int64_t)group->counts[i]);
	text = json_dump(o, 0);
	(void)fprintf(ctl->out, "%s\n", text == NULL ? "" : text);
	free(text);
	json_free(&o);
}

static void
print_row(struct table *t, const struct group *group)
{
	char		 numbers[COUNTS + 1][24];
	const char	*texts[COUNTS + 3];

	(void)snprintf(numbers[0], sizeof(numbers[0]), "%" PRIu64, group->all);
	for (size_t i = 0; i < COUNTS; i++)
		(void)snprintf(numbers[i + 1], sizeof(numbers[0]), "%" PRIu64,
		    group->counts[i]);
	for (size_t i = 0; i <= COUNTS; i++)
		texts[i] = numbers[i];
	texts[COUNTS + 1] = group->key;
	texts[COUNTS + 2] = group->name;
	table_row(t, texts);
}

static void
print_table(const struct groups *g, const struct ctl *ctl,
    const struct list *list)
{
	const struct table_column	columns[] = {
		{ .head = "ALL", .least = 8, .right = true },
		{ .head = "PASS", .least = 8, .right = true },
		{ .head = "DEFER", .least = 8, .right = true },
		{ .head = "REJECT", .least = 8, .right = true },
		{ .head = "EVENT", .least = 6, .right = true },
		{ .head = g->head, .least = 17, .weight = 1,
		    .most = g->named ? 39 : 0 },
		{ .head = "CONFIRMED NAME", .least = 17, .weight = 1 },
	};
	struct table	t;

	table_new(&t, ctl, columns, g->named ? 7 : 6);
	for (size_t i = 0; i < list->n; i++)
		print_row(&t, list->groups[i]);
	table_end(&t);
}

long
groups_print(const struct groups *g, const struct ctl *ctl, size_t limit)
{
	struct list	list = { .n = 0 };

	list.groups = calloc(g->n + 1, sizeof(struct group *));
	if (list.groups == NULL)
		return -1;
	twalk_r(g->root, collect, &list);
	qsort(list.groups, list.n, sizeof(struct group *), compare_sizes);
	if (limit > 0 && list.n > limit)
		list.n = limit;
	if (!ctl->json && list.n > 0)
		print_table(g, ctl, &list);
	for (size_t i = 0; ctl->json && i < list.n; i++)
		print_json(ctl, g, list.groups[i]);
	free(list.groups);
	return (long)g->n;
}
