/* SPDX-License-Identifier: ISC
 * journal/entry.c - from a line to its facts. */
#include "journal/entry.h"

#include <string.h>
#include <time.h>

static int
digits(const char *text, int n)
{
	int	value = 0;

	for (; n > 0; n--, text++) {
		if (*text < '0' || *text > '9')
			return -1;
		value = 10 * value + *text - '0';
	}
	return value;
}

int
journal_entry_time(const char *text, size_t len, int64_t *millis)
{
	static const char	form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	struct tm		tm = { 0 };

	if (len < sizeof(form) - 1)
		return -1;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' :
		    text[i] != form[i])
			return -1;
	tm.tm_year = digits(text, 4) - 1900;
	tm.tm_mon = digits(text + 5, 2) - 1;
	tm.tm_mday = digits(text + 8, 2);
	tm.tm_hour = digits(text + 11, 2);
	tm.tm_min = digits(text + 14, 2);
	tm.tm_sec = digits(text + 17, 2);
	*millis = (int64_t)timegm(&tm) * 1000 + digits(text + 20, 3);
	return 0;
}

static int64_t
number(const struct json *o, const char *key)
{
	return json_has_int(o, key) ? json_get_int(o, key) : -1;
}

static void
take_identities(struct journal_line *l, const struct json *list)
{
	size_t	n = 0;

	for (size_t i = 0; i < json_length(list) && n < JOURNAL_IDENTITIES; i++)
		if (json_text(json_at(list, i)) != NULL)
			l->identities[n++] = json_text(json_at(list, i));
}

static void
take(struct journal_line *l, const struct json *o)
{
	l->id = json_get_text(o, "id");
	l->verdict = json_get_text(o, "verdict");
	l->reason = json_get_text(o, "reason");
	l->client = json_get_text(o, "client");
	l->name = json_get_text(o, "name");
	l->verified = json_get_bool(o, "verified");
	l->helo = json_get_text(o, "helo");
	l->sender = json_get_text(o, "sender");
	l->recipient = json_get_text(o, "recipient");
	take_identities(l, json_get(o, "identities"));
	l->by = json_get_text(o, "by");
	l->would = json_get_text(o, "would");
	l->rule = json_get_text(o, "rule");
	l->wait = number(o, "wait");
	l->delayed = number(o, "delayed");
	l->queue = json_get_text(o, "queue");
	l->reply = json_get_text(o, "reply");
	l->micros = number(o, "micros");
}

int
journal_entry_read(struct journal_entry *out, const char *text, size_t len)
{
	struct journal_entry	 e = { .text = text, .len = len };
	const char		*time;

	e.json = json_parse(text, len, NULL);
	time = json_get_text(e.json, "time");
	e.event = json_get_text(e.json, "event");
	e.why = json_get_text(e.json, "why");
	take(&e.line, e.json);
	if (time == NULL || journal_entry_time(time, strlen(time),
	    &e.line.time) == -1 || e.line.id == NULL ||
	    (e.event == NULL && (e.line.verdict == NULL ||
	    e.line.reason == NULL))) {
		json_free(&e.json);
		return -1;
	}
	*out = e;
	return 0;
}

void
journal_entry_clear(struct journal_entry *e)
{
	json_free(&e->json);
	*e = (struct journal_entry){ .text = NULL };
}
