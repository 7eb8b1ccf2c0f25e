/* SPDX-License-Identifier: ISC
 * journal/line.c - the keys of a journal line, in their order. The keys are
 * fixed, so the line is put together here; each value is written by the JSON
 * library, which knows what to escape. */
#include "journal/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

enum {
	VERSION = 1,
	FIXED_SIZE = 512,	/* of all keys, marks and numbers */
	NUMBER_SIZE = 24
};

struct text {
	char	*at, *end;
	bool	 failed;
};

static void
add(struct text *t, const char *bytes)
{
	size_t	len = strlen(bytes);

	memcpy(t->at, bytes, len);
	t->at += len;
}

static void
add_text(struct text *t, const char *key, const char *value)
{
	size_t	len;

	add(t, key);
	len = json_quote(t->at, (size_t)(t->end - t->at), value);
	t->at += len;
	t->failed |= len == 0;
}

/* Seconds, or what else is never below zero; else null. */
static void
add_number(struct text *t, const char *key, int64_t n)
{
	add(t, key);
	if (n < 0)
		add(t, "null");
	else
		t->at += snprintf(t->at, NUMBER_SIZE, "%lld", (long long)n);
}

static void
add_identities(struct text *t, const struct journal_line *line)
{
	add(t, ",\"identities\":[");
	for (size_t i = 0; i < JOURNAL_IDENTITIES &&
	    line->identities[i] != NULL; i++)
		add_text(t, i > 0 ? "," : "", line->identities[i]);
	add(t, "]");
}

static size_t
room_for(const struct journal_line *l)
{
	const char	*texts[] = { l->id, l->verdict, l->reason, l->client,
			    l->name, l->helo, l->sender, l->recipient, l->by,
			    l->would, l->rule, l->queue, l->reply };
	size_t		 room = FIXED_SIZE;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		room += JSON_QUOTED(texts[i]);
	for (size_t i = 0; i < JOURNAL_IDENTITIES; i++)
		room += JSON_QUOTED(l->identities[i]) + 1;
	return room;
}

static void
add_all(struct text *t, const struct journal_line *line)
{
	char	time[CLOCK_TEXT_SIZE];

	clock_format(line->time, time);
	add_number(t, "{\"v\":", VERSION);
	add_text(t, ",\"time\":", time);
	add_text(t, ",\"id\":", line->id);
	add_text(t, ",\"verdict\":", line->verdict);
	add_text(t, ",\"reason\":", line->reason);
	add_text(t, ",\"client\":", line->client);
	add_text(t, ",\"name\":", line->name);
	add(t, line->verified ? ",\"verified\":true" : ",\"verified\":false");
	add_text(t, ",\"helo\":", line->helo);
	add_text(t, ",\"sender\":", line->sender);
	add_text(t, ",\"recipient\":", line->recipient);
	add_identities(t, line);
	add_text(t, ",\"by\":", line->by);
	add_text(t, ",\"would\":", line->would);
	add_text(t, ",\"rule\":", line->rule);
	add_number(t, ",\"wait\":", line->wait);
	add_number(t, ",\"delayed\":", line->delayed);
	add_text(t, ",\"queue\":", line->queue);
	add_text(t, ",\"reply\":", line->reply);
	add_number(t, ",\"micros\":", line->micros);
	add(t, "}\n");
}

static void
add_event(struct text *t, const struct journal_event *e)
{
	char	time[CLOCK_TEXT_SIZE];

	clock_format(e->time, time);
	add_number(t, "{\"v\":", VERSION);
	add_text(t, ",\"time\":", time);
	add_text(t, ",\"id\":", e->id);
	add_text(t, ",\"event\":", e->event);
	add_text(t, ",\"why\":", e->why);
	add_text(t, ",\"client\":", e->client);
	add_text(t, ",\"sender\":", e->sender);
	add_text(t, ",\"recipient\":", e->recipient);
	add_text(t, ",\"queue\":", e->queue);
	add(t, "}\n");
}

static struct text
text_of(size_t room)
{
	struct text	t = { .at = malloc(room) };

	t.end = t.at == NULL ? NULL : t.at + room;
	return t;
}

/* The text from its beginning, or NULL. */
static char *
finish(struct text *t, char *begin, size_t *len)
{
	*len = (size_t)(t->at - begin);
	if (!t->failed)
		return begin;
	free(begin);
	return NULL;
}

char *
line_format(const struct journal_line *line, size_t *len)
{
	struct text	 t = text_of(room_for(line));
	char		*begin = t.at;

	if (begin == NULL)
		return NULL;
	add_all(&t, line);
	return finish(&t, begin, len);
}

char *
line_format_event(const struct journal_event *e, size_t *len)
{
	struct text	 t = text_of(FIXED_SIZE + JSON_QUOTED(e->id) +
			    JSON_QUOTED(e->event) + JSON_QUOTED(e->why) +
			    JSON_QUOTED(e->client) + JSON_QUOTED(e->sender) +
			    JSON_QUOTED(e->recipient) + JSON_QUOTED(e->queue));
	char		*begin = t.at;

	if (begin == NULL)
		return NULL;
	add_event(&t, e);
	return finish(&t, begin, len);
}
