/* SPDX-License-Identifier: ISC
 * control/story_item.c - a story and its attempts as JSON. */
#include "control/story_item.h"

#include <string.h>

#include "base/clock.h"

static const char *
utc(int64_t millis, char out[CLOCK_TEXT_SIZE])
{
	clock_format(millis, out);
	return out;
}

static struct json *
attempt_item(const struct journal_entry *e)
{
	struct json	*o = json_new_object();
	char		 time[CLOCK_TEXT_SIZE];

	json_add_text(o, "time", utc(e->line.time, time));
	json_add_text(o, "id", e->line.id);
	if (e->event != NULL) {
		json_add_text(o, "event", e->event);
		json_add_text(o, "why", e->why);
	} else {
		json_add_text(o, "verdict", e->line.verdict);
		json_add_text(o, "reason", e->line.reason);
		json_add_text(o, "would", e->line.would);
		json_add_text(o, "by", e->line.by);
		json_add_text(o, "rule", e->line.rule);
	}
	json_add_text(o, "client", e->line.client);
	json_add_text(o, "name", e->line.verified ? e->line.name : NULL);
	return o;
}

static struct json *
attempts_item(const struct story *s)
{
	struct json		*list = json_new_array();
	struct journal_entry	 e;

	for (size_t i = 0; i < s->n; i++) {
		if (journal_entry_read(&e, s->attempts[i].line,
		    strlen(s->attempts[i].line)) == -1)
			continue;
		json_push(list, attempt_item(&e));
		journal_entry_clear(&e);
	}
	return list;
}

struct json *
story_item(const struct story *s, const char *outcome)
{
	struct json	*o = json_new_object();
	char		 time[CLOCK_TEXT_SIZE];

	json_add_text(o, "sender", s->sender);
	json_add_text(o, "recipient", s->recipient);
	json_add_text(o, "outcome", outcome);
	json_add_text(o, "first", utc(s->first, time));
	json_add_text(o, "last", utc(s->attempts[s->n - 1].time, time));
	if (s->end == STORY_DELIVERED || s->end == STORY_REFUSED)
		json_add_int(o, "after", story_seconds(s));
	else
		json_add_null(o, "after");
	json_add_text(o, "until", strcmp(outcome, "pending") == 0 ?
	    utc(s->until, time) : NULL);
	json_add(o, "attempts", attempts_item(s));
	return o;
}
