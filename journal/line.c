/* SPDX-License-Identifier: ISC
 * journal/line.c - the keys of a journal line, in their order. */
#include "journal/line.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

enum { VERSION = 1 };

static void
add_seconds(struct json *j, const char *key, int64_t seconds)
{
	if (seconds < 0)
		json_add_null(j, key);
	else
		json_add_int(j, key, seconds);
}

static void
add_identities(struct json *j, const char *const *identities, size_t n)
{
	struct json	*list = json_new_array();

	for (size_t i = 0; i < n && identities[i] != NULL; i++)
		json_push_text(list, identities[i]);
	json_add(j, "identities", list);
}

static void
add_client(struct json *j, const struct journal_line *line)
{
	json_add_text(j, "client", line->client);
	json_add_text(j, "name", line->name);
	json_add_bool(j, "verified", line->verified);
	json_add_text(j, "helo", line->helo);
}

/* Ends the text with a newline, in place of its NUL. */
static char *
end_line(char *text)
{
	size_t	len;
	char	*grown;

	if (text == NULL)
		return NULL;
	len = strlen(text);
	grown = realloc(text, len + 2);
	if (grown == NULL) {
		free(text);
		return NULL;
	}
	memcpy(grown + len, "\n", 2);
	return grown;
}

char *
line_format(const struct journal_line *line)
{
	struct json	*j = json_new_object();
	char		 time[CLOCK_TEXT_SIZE], *text;

	clock_format(line->time, time);
	json_add_int(j, "v", VERSION);
	json_add_text(j, "time", time);
	json_add_text(j, "id", line->id);
	json_add_text(j, "verdict", line->verdict);
	json_add_text(j, "reason", line->reason);
	add_client(j, line);
	json_add_text(j, "sender", line->sender);
	json_add_text(j, "recipient", line->recipient);
	add_identities(j, line->identities,
	    sizeof(line->identities) / sizeof(line->identities[0]));
	json_add_text(j, "by", line->by);
	json_add_text(j, "would", line->would);
	json_add_text(j, "rule", line->rule);
	add_seconds(j, "wait", line->wait);
	add_seconds(j, "delayed", line->delayed);
	json_add_text(j, "queue", line->queue);
	json_add_text(j, "reply", line->reply);
	json_add_int(j, "micros", line->micros);
	text = json_dump(j, 0);
	json_free(&j);
	return end_line(text);
}
