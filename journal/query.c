/* SPDX-License-Identifier: ISC
 * journal/query.c - first a look at the bytes, then at the facts. */
#include "journal/query.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "base/json.h"
#include "journal/query_private.h"

static int
add_needle(struct query *q, char *text, bool any_case)
{
	struct needle	*n = &q->needle[q->n];

	if (text == NULL)
		return -1;
	*n = (struct needle){ text, strlen(text), any_case };
	for (char *s = text; any_case && *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
	q->n++;
	return 0;
}

/* "key":"text", as line.c writes it. */
static int
need_pair(struct query *q, const char *key, const char *text)
{
	char	*needle, *quoted = malloc(JSON_QUOTED(text) + 1);
	size_t	 len = quoted == NULL ? 0 : json_quote(quoted,
		    JSON_QUOTED(text), text);

	if (len == 0 || asprintf(&needle, "\"%s\":%.*s", key, (int)len,
	    quoted) == -1)
		needle = NULL;
	free(quoted);
	return add_needle(q, needle, false);
}

/* The part that is itself in a line, whatever escapes are around it. */
static int
need_text(struct query *q, const char *text, bool any_case)
{
	for (const char *s = text; *s != '\0'; s++)
		if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\' ||
		    *s == '/')
			return 0;
	return add_needle(q, strdup(text), any_case);
}

/* Of an address its domain, which most lines do not have, or what it has. */
static int
need_address(struct query *q, const char *address)
{
	if (address == NULL || address[0] == '\0' ||
	    strcmp(address, "<>") == 0)
		return 0;
	return need_text(q, address, true);
}

static int
need_name(struct query *q, const char *name)
{
	if (name == NULL)
		return 0;
	return need_text(q, *name == '*' ? name + 1 : name, true);
}

static int
need_all(struct query *q)
{
	const struct query_wish	*w = &q->wish;

	if (w->verdict != NULL && strcmp(w->verdict, "event") == 0 &&
	    add_needle(q, strdup("\"event\":"), false) == -1)
		return -1;
	if (w->verdict != NULL && strcmp(w->verdict, "event") != 0 &&
	    need_pair(q, "verdict", w->verdict) == -1)
		return -1;
	if ((w->reason != NULL && need_text(q, w->reason, false) == -1) ||
	    (w->rule != NULL && need_pair(q, "rule", w->rule) == -1) ||
	    (w->id != NULL && need_pair(q, "id", w->id) == -1) ||
	    (w->identity != NULL && need_text(q, w->identity, false) == -1))
		return -1;
	return need_address(q, w->sender) == -1 ||
	    need_address(q, w->recipient) == -1 ||
	    need_address(q, w->person) == -1 || need_name(q, w->name) == -1 ?
	    -1 : 0;
}

static int
check_verdict(const char *verdict, struct err *e)
{
	static const char *const	all[] = { "pass", "defer", "reject",
					    "event" };

	for (size_t i = 0; verdict != NULL && i < 4; i++)
		if (strcmp(verdict, all[i]) == 0)
			return 0;
	return verdict == NULL ? 0 : err_set(e, "there is no verdict \"%s\"; "
	    "there are pass, defer, reject, and event for lines of what was "
	    "learned", verdict);
}

int
query_new(struct query **out, const struct query_wish *w, struct err *e)
{
	struct query	*q;

	if (check_verdict(w->verdict, e) == -1)
		return -1;
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return err_set(e, "out of memory");
	q->wish = *w;
	if (need_all(q) == -1) {
		query_free(&q);
		return err_set(e, "out of memory");
	}
	*out = q;
	return 0;
}

void
query_free(struct query **q)
{
	if (*q == NULL)
		return;
	for (size_t i = 0; i < (*q)->n; i++)
		free((*q)->needle[i].text);
	free(*q);
	*q = NULL;
}

/* As memmem(3), but for the case of ASCII letters. */
static bool
has_any_case(const char *line, size_t len, const struct needle *n)
{
	const char	lower = n->text[0], upper = (char)toupper(lower);
	const char	*end = line + len;

	if (len < n->len)
		return false;
	end -= n->len - 1;
	for (const char *s = line; s < end; s++)
		if ((*s == lower || *s == upper) &&
		    strncasecmp(s, n->text, n->len) == 0)
			return true;
	return false;
}

static bool
has(const char *line, size_t len, const struct needle *n)
{
	return n->len == 0 || (n->any_case ? has_any_case(line, len, n) :
	    memmem(line, len, n->text, n->len) != NULL);
}

const char *
query_text_behind(const char *line, size_t len, const char *key, size_t *room)
{
	const char	*at = memmem(line, len, key, strlen(key));

	if (at == NULL)
		return NULL;
	at += strlen(key);
	*room = (size_t)(line + len - at);
	return at;
}

static bool
is_in_span(const struct query *q, const char *line, size_t len)
{
	size_t		 room;
	int64_t		 time;
	const char	*text;

	if (q->wish.span.from == INT64_MIN && q->wish.span.until == INT64_MAX)
		return true;
	text = query_text_behind(line, len, "\"time\":\"", &room);
	return text == NULL || journal_entry_time(text, room, &time) == -1 ||
	    (time >= q->wish.span.from && time < q->wish.span.until);
}

static bool
is_from_clients(const struct query *q, const char *line, size_t len)
{
	char		 text[IP_TEXT_SIZE];
	size_t		 room, n = 0;
	const char	*at;
	struct ip	 ip;

	if (q->wish.clients == NULL)
		return true;
	at = query_text_behind(line, len, "\"client\":\"", &room);
	if (at == NULL)
		return false;
	while (n < room && n < sizeof(text) - 1 && at[n] != '"') {
		text[n] = at[n];
		n++;
	}
	text[n] = '\0';
	return ip_parse(text, &ip, NULL) == 0 &&
	    netset_has(q->wish.clients, &ip);
}

static bool
may_match(const struct query *q, const char *line, size_t len)
{
	if (!is_in_span(q, line, len))
		return false;
	for (size_t i = 0; i < q->n; i++)
		if (!has(line, len, &q->needle[i]))
			return false;
	return is_from_clients(q, line, len);
}

static bool
is_address(const char *wish, const char *address)
{
	size_t	 len = strlen(wish);
	const char *at;

	if (address == NULL)
		return false;
	if (len == 0 || strcmp(wish, "<>") == 0)
		return address[0] == '\0';
	at = strrchr(address, '@');
	if (wish[0] == '@')
		return at != NULL && strcasecmp(at, wish) == 0;
	if (wish[len - 1] == '@')
		return at != NULL && (size_t)(at - address) + 1 == len &&
		    strncasecmp(address, wish, len) == 0;
	return strcasecmp(address, wish) == 0;
}

/* "defer new": the second word. */
static bool
is_reason(const char *wish, const struct journal_entry *e)
{
	const char	*would = e->line.would == NULL ? NULL :
			    strchr(e->line.would, ' ');

	return (e->line.reason != NULL && strcmp(e->line.reason, wish) == 0) ||
	    (would != NULL && strcmp(would + 1, wish) == 0) ||
	    (e->event != NULL && strcmp(e->event, wish) == 0) ||
	    (e->why != NULL && strcmp(e->why, wish) == 0);
}

/* One of identities, or a word of `by`. */
static bool
is_identity(const char *wish, const struct journal_line *l)
{
	size_t		 len = strlen(wish);
	const char	*by = l->by;

	for (size_t i = 0; i < JOURNAL_IDENTITIES; i++)
		if (l->identities[i] != NULL &&
		    strcmp(l->identities[i], wish) == 0)
			return true;
	while (len > 0 && by != NULL && (by = strstr(by, wish)) != NULL) {
		if ((by == l->by || by[-1] == ' ') &&
		    (by[len] == '\0' || by[len] == ' '))
			return true;
		by++;
	}
	return false;
}

static bool
is_name(const char *wish, const char *name)
{
	size_t	len = strlen(wish), have = name == NULL ? 0 : strlen(name);

	if (name == NULL)
		return false;
	if (wish[0] != '*')
		return strcasecmp(wish, name) == 0;
	return have > len - 1 && strcasecmp(name + have - (len - 1),
	    wish + 1) == 0;
}

static bool
is_client(const struct netset *clients, const char *client)
{
	struct ip	ip;

	return client != NULL && ip_parse(client, &ip, NULL) == 0 &&
	    netset_has(clients, &ip);
}

static bool
is_meant(const struct query_wish *w, const struct journal_entry *e)
{
	const struct journal_line	*l = &e->line;

	if (l->time < w->span.from || l->time >= w->span.until)
		return false;
	if (w->verdict != NULL && (strcmp(w->verdict, "event") == 0 ?
	    e->event == NULL : l->verdict == NULL ||
	    strcmp(l->verdict, w->verdict) != 0))
		return false;
	return (w->reason == NULL || is_reason(w->reason, e)) &&
	    (w->clients == NULL || is_client(w->clients, l->client)) &&
	    (w->sender == NULL || is_address(w->sender, l->sender)) &&
	    (w->recipient == NULL || is_address(w->recipient, l->recipient)) &&
	    (w->person == NULL || is_address(w->person, l->sender) ||
	    is_address(w->person, l->recipient)) &&
	    (w->identity == NULL || is_identity(w->identity, l)) &&
	    (w->name == NULL || is_name(w->name, l->name)) &&
	    (w->rule == NULL || (l->rule != NULL &&
	    strcmp(l->rule, w->rule) == 0)) &&
	    (w->id == NULL || strcmp(l->id, w->id) == 0);
}

int
query_look(const struct query *q, const char *line, size_t len,
    struct journal_entry *out)
{
	if (!may_match(q, line, len))
		return 0;
	if (journal_entry_read(out, line, len) == -1)
		return -1;
	if (is_meant(&q->wish, out))
		return 1;
	journal_entry_clear(out);
	return 0;
}

bool
query_match(const struct query *q, const char *line, size_t len,
    struct journal_entry *out)
{
	return query_look(q, line, len, out) == 1;
}
