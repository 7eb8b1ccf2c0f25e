/* SPDX-License-Identifier: ISC
 * whitelist/comment.c - reads what comment.h describes. */
#include "whitelist/comment.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"

static const char	blanks[] = " \t", end_key[] = "expires=";

void
comment_clear(struct comment *c)
{
	free(c->note);
	free(c->who);
	*c = (struct comment){ .expires = INT64_MAX };
}

/* The quoted text at *at as it was before it was quoted, to be freed; *at moves
 * past it. What an editor has made of it is taken as it is. */
static char *
unquote(const char **at)
{
	const char	*start = *at, *end = start + 1;
	struct json	*o;
	char		*text = NULL, *object;

	while (*end != '\0' && *end != '"')
		end += *end == '\\' && end[1] != '\0' ? 2 : 1;
	*at = *end == '"' ? end + 1 : end;
	if (asprintf(&object, "{\"v\":%.*s}", (int)(*at - start), start) == -1)
		return NULL;
	o = json_parse(object, strlen(object), NULL);
	free(object);
	text = json_get_text(o, "v") != NULL ? strdup(json_get_text(o, "v")) :
	    strndup(start + 1, (size_t)(end - start - 1));
	json_free(&o);
	return text;
}

/* False: no time. */
static bool
read_end(const char *text, int64_t *end)
{
	struct tm	 day = { 0 }, second = { 0 };
	size_t		 len = strcspn(text, " \t\r\n");
	const char	*behind = strptime(text, "%Y-%m-%d", &day);

	if (len == strlen("never") && strncmp(text, "never", len) == 0) {
		*end = INT64_MAX;
		return true;
	}
	if (strptime(text, "%Y-%m-%dT%H:%M:%S", &second) != NULL)
		*end = (int64_t)timegm(&second);
	else if (behind != NULL && behind == text + len)
		*end = (int64_t)timegm(&day);
	else
		return false;
	return true;
}

/* Takes NAME=VALUE; false: it is none of ours. */
static bool
take_fact(const char **at, struct comment *c, bool *ends)
{
	static const struct { const char *name; size_t len; } facts[] = {
		{ "note=\"", 5 }, { "who=\"", 4 }, { "created=", 8 },
		{ end_key, 8 },
	};
	size_t	i = 0;
	char	**text;

	while (i < 4 && strncmp(*at, facts[i].name,
	    strlen(facts[i].name)) != 0)
		i++;
	if (i == 4)
		return false;
	*at += facts[i].len;
	if (i < 2) {
		text = i == 0 ? &c->note : &c->who;
		free(*text);
		*text = unquote(at);
		return true;
	}
	if (i == 3)
		*ends = read_end(*at, &c->expires);
	*at += strcspn(*at, blanks);
	return true;
}

bool
comment_read(const char *text, struct comment *c)
{
	const char	*rest = text;
	bool		 ends = false;

	do
		rest += strspn(rest, blanks);
	while (take_fact(&rest, c, &ends));
	return ends || !comment_has_end(text);
}

bool
comment_has_end(const char *text)
{
	return strstr(text, end_key) != NULL;
}
