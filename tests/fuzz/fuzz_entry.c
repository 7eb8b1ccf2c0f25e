/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_entry.c - a whitelist entry; and, from the second line on, an
 * attempt: client, name, sender and recipient, a line each. Alone and compiled,
 * the entry says the same of it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "whitelist/view.h"

int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* Takes a line off; NULL: none is left. */
static char *
line(char **rest)
{
	return *rest == NULL ? NULL : strsep(rest, "\n");
}

static void
judge(const struct entry *entry, char *rest)
{
	struct ip		client = { { 0 } };
	const char		*address = line(&rest);
	struct view_query	q = { .client = &client, .now = 1 };
	struct view_matches	m;
	struct listed		*l = listed_new(entry, ENTRY_LIVE, "", "");
	struct view		*v = NULL;
	int			 found = 0;

	if (address == NULL || ip_parse(address, &client, NULL) == -1)
		q.client = NULL;
	q.name = line(&rest);
	q.sender = line(&rest);
	q.rcpt = line(&rest);
	if (l != NULL && view_new(&v, &l, 1, NULL) == 0) {
		view_match(v, &q, &m);
		for (int i = 0; i < VIEW_GROUPS; i++)
			found += (m.holds[i] != NULL) +
			    (m.needs_proof[i] != NULL);
		must(found == view_entry_matches(l, &q));
	}
	view_free(&v);
	listed_unref(&l);
}

static void
parse(char *text)
{
	static struct entry	entry, again;
	struct err		e;
	char			*rest = text, *first = line(&rest);

	if (entry_parse(first, &entry, &e) == -1)
		return;
	must(strlen(entry.text) < sizeof(entry.text));
	must(entry.value + entry.value_len <= (int)strlen(entry.text));
	must(entry.to + entry.to_len <= (int)strlen(entry.text));
	must(entry.value_len > 0);
	must(entry_parse(entry.text, &again, &e) == 0);
	must(strcmp(entry.text, again.text) == 0);
	must(entry.value == again.value && entry.to == again.to);
	judge(&entry, rest);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char	*text = malloc(len + 1);

	if (text == NULL)
		return 0;
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	parse(text);
	free(text);
	return 0;
}
