/* SPDX-License-Identifier: ISC
 * control/serve_whitelist.c - whitelist add, remove; grace. */
#include "control/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "control/entries.h"
#include "control/item.h"
#include "control/who.h"

enum { GRACE_MAX = 24 * 60 * 60 };	/* seconds */

/* Other own entries about the same that let in all that the new one does. */
static int
add_beside(const struct call *c, const struct entry *entry, struct json *item,
    struct err *e)
{
	struct entries	 all;
	struct json	*beside = json_new_array();

	if (entries_take(c->deps->whitelist, &all, e) == -1) {
		json_free(&beside);
		return -1;
	}
	for (size_t i = 0; i < all.n; i++) {
		const struct listed	*l = all.at[i];

		if (l->origin != ENTRY_SHIPPED && l->expires > c->now &&
		    entry_is_about(&l->entry, entry) && entry_covers(&l->entry,
		    entry) &&
		    strcmp(l->entry.text, entry->text) != 0)
			json_push(beside, entries_item(l));
	}
	entries_free(&all);
	json_add(item, "beside", beside);
	return 0;
}

/* Whether a mailbox of ours is meant, in no domain of ours: misspelt, perhaps. */
static bool
is_elsewhere(const struct call *c, const struct entry *entry)
{
	struct policy		*policy = live_ref(c->deps->live);
	const struct nameset	*own = policy_conf(policy)->local_domains;
	char			 text[ENTRY_TEXT_SIZE];
	const char		*domain;
	bool			 elsewhere;

	(void)snprintf(text, sizeof(text), "%.*s", (int)entry->value_len,
	    entry->text + entry->value);
	domain = mailaddr_domain(text);
	elsewhere = (entry->kind == ENTRY_RECIPIENT ||
	    entry->kind == ENTRY_GRACE) && *domain != '\0' &&
	    nameset_count(own) > 0 && !nameset_has(own, domain);
	policy_unref(&policy);
	return elsewhere;
}

/* What was added, as it is in force. */
static struct json *
item_of_added(const struct entry *entry, const struct whitelist_add *a,
    bool replaced)
{
	struct json	*item = json_new_object();

	json_add_text(item, "entry", entry->text);
	json_add_text(item, "kind", entry_kind_name(entry->kind));
	json_add_bool(item, "unsafe", entry->unsafe);
	json_add_bool(item, "needs_proof", entry_needs_proof(entry));
	json_add_bool(item, "replaced", replaced);
	json_add_text(item, "who", a->who);
	json_add_text(item, "note", a->note[0] == '\0' ? NULL : a->note);
	entries_add_time(item, "expires", a->expires);
	return item;
}

/* When something that was given in seconds from now is over. */
static int
read_end(const struct call *c, const char *key, int64_t *end, struct err *e)
{
	const struct json	*args = c->request.args;
	int64_t			 seconds = json_get_int(args, key);

	*end = INT64_MAX;
	if (!json_has_int(args, key))
		return 0;
	if (seconds <= 0 || __builtin_add_overflow(c->now, seconds, end))
		return err_set(e, "not a duration: %lld seconds",
		    (long long)seconds);
	return 0;
}

static int
add(struct call *c, struct whitelist_add *a, struct err *e)
{
	struct entry	 entry;
	char		 who[WHO_SIZE];
	struct json	*item;
	bool		 replaced;

	who_is(c->peer->uid, who);
	a->who = who;
	if (entry_parse(a->text, &entry, e) == -1 ||
	    whitelist_add(c->deps->whitelist, a, c->now, &replaced, e) == -1)
		return CALL_FAILED;
	item = item_of_added(&entry, a, replaced);
	json_add_bool(item, "not_ours", is_elsewhere(c, &entry));
	if (add_beside(c, &entry, item, e) == -1) {
		json_free(&item);
		return CALL_FAILED;
	}
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE : CALL_FAILED;
}

/* A grace that does not end would be a hole that nobody sees. */
static bool
is_grace(const char *text)
{
	struct entry	entry;

	return entry_parse(text, &entry, NULL) == 0 &&
	    entry.kind == ENTRY_GRACE;
}

int
serve_whitelist_add(struct call *c, struct err *e)
{
	const char		*note = json_get_text(c->request.args, "note");
	struct whitelist_add	 a = { .note = note == NULL ? "" : note };

	a.text = json_get_text(c->request.args, "entry");
	if (a.text == NULL) {
		(void)err_set(e, "what to add is told by an entry, such as "
		    "\"domain example.org\"");
		return CALL_FAILED;
	}
	if (is_grace(a.text)) {
		(void)err_set(e, "a grace is for a short while: greyctl grace "
		    "ADDRESS 10m");
		return CALL_FAILED;
	}
	if (read_end(c, "expires", &a.expires, e) == -1)
		return CALL_FAILED;
	return add(c, &a, e);
}

int
serve_whitelist_remove(struct call *c, struct err *e)
{
	const char	*text = json_get_text(c->request.args, "entry");
	struct json	*item;
	int		 was;

	if (text == NULL) {
		(void)err_set(e, "what to remove is told by an entry");
		return CALL_FAILED;
	}
	was = whitelist_remove(c->deps->whitelist, text, e);
	if (was == -1)
		return CALL_FAILED;
	if (was == 0) {
		if (e->text[0] == '\0')
			(void)err_set(e, "there is no such entry: %s; greyctl "
			    "whitelist list tells them all", text);
		return CALL_NO;
	}
	item = json_new_object();
	json_add_text(item, "removed", text);
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE : CALL_FAILED;
}

/* The entry of a mailbox; to be freed. */
static char *
grace_entry(const char *address, struct err *e)
{
	struct err	why;
	struct entry	entry;
	char		*text;

	if (asprintf(&text, "grace %s", address) == -1) {
		(void)err_set(e, "out of memory");
		return NULL;
	}
	if (entry_parse(text, &entry, &why) == 0)
		return text;
	(void)err_set(e, "grace is for a mailbox: %s", why.text);
	free(text);
	return NULL;
}

static int
begin_grace(struct call *c, const char *address, struct err *e)
{
	struct whitelist_add	 a = { .note = "" };
	int64_t			 seconds = json_get_int(c->request.args,
				    "duration");
	char			*text;
	int			 code;

	if (seconds <= 0 || seconds > GRACE_MAX) {
		(void)err_set(e, "for how long? Give a duration of 24h at "
		    "most, such as 10m; for longer: greyctl whitelist add "
		    "'recipient ADDRESS' --expires 7d");
		return CALL_FAILED;
	}
	a.text = text = grace_entry(address, e);
	if (text == NULL)
		return CALL_FAILED;
	a.expires = c->now + seconds;
	code = add(c, &a, e);
	free(text);
	return code;
}

static int
list_graces(struct call *c, struct err *e)
{
	struct entries	 all;
	struct json	*item;
	int		 rc = 0;

	if (entries_take(c->deps->whitelist, &all, e) == -1)
		return CALL_FAILED;
	for (size_t i = 0; i < all.n && rc == 0; i++) {
		const struct listed *l = all.at[i];

		if (l->entry.kind != ENTRY_GRACE || l->expires <= c->now)
			continue;
		item = entries_item(l);
		rc = wire_put_item(c->wire, &item, e);
	}
	entries_free(&all);
	return rc == 0 ? CALL_DONE : CALL_FAILED;
}

int
serve_grace(struct call *c, struct err *e)
{
	const char	*address = json_get_text(c->request.args, "address");

	return address == NULL ? list_graces(c, e) :
	    begin_grace(c, address, e);
}
