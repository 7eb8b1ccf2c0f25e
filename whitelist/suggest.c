/* SPDX-License-Identifier: ISC
 * whitelist/suggest.c - from what is known of an attempt to entries for it. */
#include "whitelist/suggest.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mailaddr.h"
#include "base/pseudonym.h"
#include "whitelist/lint.h"

struct list {
	char		(*out)[ENTRY_TEXT_SIZE];
	unsigned	  used;
};

static bool
means(const struct entry *entry, unsigned at, unsigned len, const char *text)
{
	return len == strlen(text) &&
	    strncasecmp(entry->text + at, text, len) == 0;
}

/*
 * Adds "KIND VALUE [to TO]" if that is an entry which means just this: what a
 * client wrote may look like more words than one.
 */
static void
add(struct list *l, enum entry_kind kind, const char *value, const char *to)
{
	char		text[ENTRY_TEXT_SIZE];
	struct entry	entry;
	int		len = snprintf(text, sizeof(text), "%s %s%s%s",
			    entry_kind_name(kind), value, *to ? " to " : "",
			    to);

	if (len < 0 || (size_t)len >= sizeof(text) ||
	    entry_parse(text, &entry, NULL) == -1 ||
	    !means(&entry, entry.value, entry.value_len, value) ||
	    !means(&entry, entry.to, entry.to_len, to))
		return;
	memcpy(l->out[l->used++], entry.text, sizeof(entry.text));
}

static void
add_pair(struct list *l, enum entry_kind kind, const char *value,
    const char *to)
{
	if (to != NULL && *to != '\0')
		add(l, kind, value, to);
	add(l, kind, value, "");
}

static const char	pseudonymous[] = "not the sender: the journal has only its "
			    "pseudonym; greyctl whitelist add sender ADDRESS";

/* The domain as a whole, or why not. */
static void
add_domain(struct list *l, const char *domain, struct err *why_not)
{
	if (lint_is_free_mail(domain))
		(void)err_set(why_not, "not all of %s: strangers get addresses "
		    "there for the asking", domain);
	else if (domain_is_public_suffix(domain))
		(void)err_set(why_not, "not all of %s: anybody may register "
		    "names below it", domain);
	else
		add(l, ENTRY_DOMAIN, domain, "");
}

unsigned
suggest_entries(const struct suggest_facts *facts,
    char out[SUGGEST_MAX][ENTRY_TEXT_SIZE], struct err *why_not)
{
	struct list	l = { out, 0 };
	bool		sender = facts->sender != NULL && *facts->sender;
	bool		hidden = sender && pseudonym_is(facts->sender);
	const char	*to = facts->recipient;

	/* No mail has a pseudonym: an entry of one would never match. */
	if (to != NULL && pseudonym_is(to))
		to = NULL;
	if (why_not != NULL)
		why_not->text[0] = '\0';
	if (facts->proven && sender && !hidden)
		add_pair(&l, ENTRY_SENDER, facts->sender, to);
	if (l.used > 0 || (facts->proven && hidden))
		add_domain(&l, mailaddr_domain(facts->sender), why_not);
	if (l.used > 0) {
		if (hidden)
			(void)err_set(why_not, "%s", pseudonymous);
		return l.used;
	}
	if (facts->client != NULL)
		add_pair(&l, ENTRY_CLIENT, facts->client, to);
	if (facts->name != NULL)
		add(&l, ENTRY_NAME, facts->name, "");
	(void)err_set(why_not, !sender ? "not a domain: the null sender has "
	    "none" : facts->proven && hidden ? pseudonymous :
	    facts->proven ? "not the sender: it is no plain address" :
	    "not the sender or its domain: this client does not prove that it "
	    "sends for it");
	return l.used;
}
