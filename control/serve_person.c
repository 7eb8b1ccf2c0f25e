/* SPDX-License-Identifier: ISC
 * control/serve_person.c - forget-person: out of the journal and the state, and what
 * names the person beside. */
#include "control/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "control/entries.h"
#include "journal/rewrite.h"
#include "policy/person.h"

/* Words of a text that may be addresses: "bob@example.com by spf:example.com". */
static bool
has_word_of(const struct person *p, const char *text)
{
	char	*copy = strdup(text), *rest = copy, *word;
	bool	 found = false;

	while (!found && (word = strsep(&rest, " ,")) != NULL)
		found = person_is(p, word);
	free(copy);
	return found;
}

/* Of a line that was cut short nobody can tell who is in it but by its bytes. */
static bool
has_bytes_of(const struct person *p, const char *line)
{
	const char	*name = person_pseudonym(p);
	size_t		 len = strcspn(name, "@");

	return strcasestr(line, person_address(p)) != NULL ||
	    (len > 0 && memmem(line, strlen(line), name, len) != NULL);
}

static bool
is_about(const struct person *p, const struct json *line)
{
	static const char *const	keys[] = { "sender", "recipient" };
	const char			*by = json_get_text(line, "by");

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *address = json_get_text(line, keys[i]);

		if (address != NULL && person_is(p, address))
			return true;
	}
	return by != NULL && has_word_of(p, by);
}

/* Only a line with the domain in it, or with what may stand for a part of it, is
 * worth parsing. */
static bool
stays(const char *line, size_t len, uint64_t nth, void *arg)
{
	const struct person	*p = arg;
	struct json		*json;
	bool			 about;

	(void)nth;
	if (strcasestr(line, person_domain(p)) == NULL &&
	    memchr(line, '\\', len) == NULL)
		return true;
	json = json_parse(line, len, NULL);
	about = json != NULL ? is_about(p, json) : has_bytes_of(p, line);
	json_free(&json);
	return !about;
}

/* An entry, or its note, that names the person. */
static bool
names(const struct person *p, const struct listed *l)
{
	const struct entry	*entry = &l->entry;
	const char		*address = person_address(p);

	return strcasestr(entry->text, address) != NULL ||
	    has_word_of(p, entry->text) || strcasestr(l->note, address) != NULL;
}

static struct json *
item_of_entry(const struct listed *l)
{
	struct json	*item = json_new_object();
	char		*remove = NULL;

	json_add_text(item, "entry", l->entry.text);
	json_add_text(item, "origin", entries_origin(l->origin));
	json_add_text(item, "where", l->where);
	if (l->origin == ENTRY_LIVE && asprintf(&remove,
	    "greyctl whitelist remove %s", l->entry.text) == -1)
		remove = NULL;
	json_add_text(item, "remove", remove);
	free(remove);
	return item;
}

static int
add_entries(const struct call *c, const struct person *p, struct json *item,
    struct err *e)
{
	struct json	*list = json_new_array();
	struct entries	 all;

	if (entries_take(c->deps->whitelist, &all, e) == -1) {
		json_free(&list);
		return -1;
	}
	for (size_t i = 0; i < all.n; i++)
		if (all.at[i]->origin != ENTRY_SHIPPED && names(p, all.at[i]))
			json_push(list, item_of_entry(all.at[i]));
	entries_free(&all);
	json_add(item, "entries", list);
	return 0;
}

static void
add_state(struct json *item, const struct person_records *n)
{
	struct json	*state = json_new_object();

	json_add_int(state, "triplets", (int64_t)n->triplets);
	json_add_int(state, "correspondents", (int64_t)n->correspondents);
	json_add_int(state, "bounces", (int64_t)n->bounces);
	json_add_int(state, "hours", (int64_t)n->hours);
	json_add_int(state, "recipients", (int64_t)n->recipients);
	json_add(item, "state", state);
}

static void
add_journal(struct json *item, const struct rewritten *n)
{
	struct json	*journal = json_new_object();

	json_add_int(journal, "lines", (int64_t)n->lines);
	json_add_int(journal, "files", n->files);
	json_add(item, "journal", journal);
}

/* The state first: what is decided meanwhile has its line by then. What could not
 * be done is told after what was. */
static int
forget(struct call *c, const struct person *p, struct err *e)
{
	struct rewrite		 r = { .stays = stays };
	struct rewritten	 lines = { 0 };
	struct person_records	 records;
	struct json		*item = json_new_object();
	struct err		 why;
	int			 rc;

	/* Only read: the type is that of any predicate's argument. */
	memcpy(&r.arg, &p, sizeof(p));
	rc = person_forget(p, c->deps->store, c->deps->recipients, &records,
	    e);
	if (journal_rewrite(c->deps->journal, &r, &lines, &why) == -1) {
		if (rc == 0)
			*e = why;
		rc = -1;
	}
	json_add_text(item, "address", person_address(p));
	add_journal(item, &lines);
	add_state(item, &records);
	if (add_entries(c, p, item, &why) == -1 && rc == 0)
		rc = err_set(e, "%s", why.text);
	if (wire_put_item(c->wire, &item, rc == 0 ? e : NULL) == -1)
		rc = -1;
	if (rc == -1)
		return CALL_FAILED;
	if (lines.lines + records.triplets + records.correspondents +
	    records.bounces + records.hours + records.recipients > 0)
		return CALL_DONE;
	(void)err_set(e, "nothing is stored of %s", person_address(p));
	return CALL_NO;
}

/* Records keep their pseudonyms when these are switched off: if the key is still
 * there, they are found. */
static int
former_key(const struct call *c, struct pseudonyms **out, struct err *e)
{
	char	*path;
	int	 rc = 0;

	*out = NULL;
	if (c->deps->pseudonyms != NULL || c->deps->first == NULL ||
	    c->deps->first->state == NULL)
		return 0;
	if (asprintf(&path, "%s/%s", c->deps->first->state,
	    PSEUDONYM_KEY_FILE) == -1)
		return err_set(e, "out of memory");
	if (access(path, F_OK) == 0)
		rc = pseudonyms_open(out, path, e);
	free(path);
	return rc;
}

int
serve_forget_person(struct call *c, struct err *e)
{
	const char		*address = json_get_text(c->request.args,
				    "address");
	struct pseudonyms	*former = NULL;
	struct person		*p = NULL;
	int			 code = CALL_FAILED;

	if (address == NULL) {
		(void)err_set(e, "whom to forget is told by an address, "
		    "user@domain");
		return CALL_FAILED;
	}
	if (former_key(c, &former, e) == 0 && person_new(&p, former != NULL ?
	    former : c->deps->pseudonyms, address, e) == 0)
		code = forget(c, p, e);
	person_free(&p);
	pseudonyms_free(&former);
	return code;
}
