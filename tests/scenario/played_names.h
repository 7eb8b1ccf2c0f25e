/* SPDX-License-Identifier: ISC
 * tests/scenario/played_names.h - a story that is played with pseudonyms = true: its
 * words as the records have them, and whether a local part is left anywhere.
 *
 * Included once, by test_scenarios.c. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mailaddr.h"
#include "base/pseudonym.h"
#include "db/key.h"
#include "policy/names.h"

/* Whether the address, or login, may stand in a record. */
static bool
names_may_keep(const char *address)
{
	return address[0] == '\0' || address[0] == '@' ||
	    pseudonym_is(address) || mailaddr_local_is(address, "postmaster") ||
	    mailaddr_local_is(address, "abuse");
}

/* Each '@' in the bytes stands behind a pseudonym. */
static bool
names_are_kept(const void *bytes, size_t len)
{
	const char	*text = bytes, *mark;
	size_t		 from;
	char		 word[1024];

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '@')
			continue;
		for (from = i; from > 0 && from + 600 > i && text[from - 1] !=
		    '\0' && strchr("\"\\, <>", text[from - 1]) == NULL &&
		    (unsigned char)text[from - 1] > 0x20; from--)
			continue;
		(void)snprintf(word, sizeof(word), "%.*s",
		    (int)(i + 1 - from), text + from);
		/* A length may stand before it. */
		mark = strrchr(word, '~');
		if (!names_may_keep(mark != NULL ? mark : word)) {
			fprintf(stderr, "kept: %s\n", word);
			return false;
		}
	}
	return true;
}

/* Entries are the administrator's own words. */
static bool
names_check_record(const struct store_item *item, void *arg)
{
	bool			*kept = arg;
	struct key_parts	 k;
	char			 kind = (char)item->key.bytes[0];

	if (kind == 'w' || kind == 'W')
		return true;
	/* Values of these are numbers, in which a byte may look like an '@'. */
	*kept = names_are_kept(item->key.bytes, item->key.len) &&
	    (strchr("tpmu", kind) != NULL ||
	    names_are_kept(item->value, item->len));
	if (*kept && key_split(&item->key, &k) &&
	    (k.kind == KEY_LEARNED || k.kind == KEY_HOUR))
		*kept = names_may_keep(k.part[k.kind == KEY_HOUR ? 0 : 2]);
	return *kept;
}

static bool
names_check_line(const char *line)
{
	struct json	*j = json_parse(line, strlen(line), NULL);
	const char	*reason = json_get_text(j, "reason");
	const char	*sender = json_get_text(j, "sender");
	const char	*rcpt = json_get_text(j, "recipient");
	const char	*by = json_get_text(j, "by");
	bool		 kept;

	kept = j != NULL && (sender == NULL || names_may_keep(sender)) &&
	    (rcpt == NULL || names_may_keep(rcpt)) &&
	    (by == NULL || reason == NULL ||
	    strcmp(reason, "correspondent") != 0 ||
	    names_are_kept(by, strlen(by)));
	if (!kept)
		fprintf(stderr, "kept: %s\n", line);
	json_free(&j);
	return kept;
}

/* The same over a whole journal. */
static bool
names_check_journal(const char *path)
{
	FILE	*f = fopen(path, "r");
	char	*line = NULL;
	size_t	 size = 0;
	bool	 kept = f != NULL;

	while (kept && getline(&line, &size, f) > 0)
		kept = names_check_line(line);
	free(line);
	if (f != NULL)
		(void)fclose(f);
	return kept;
}

/* A word of a story as the records have it; it stays in use until the end of the
 * test. login: it is one. */
static char *
names_word(const struct pseudonyms *p, char *word, bool login)
{
	if (p == NULL || (strchr(word, '@') == NULL && !login))
		return word;
	return login ? names_user(p, word) : names_correspondent(p, word);
}
