/* SPDX-License-Identifier: ISC
 * control/serve_import.c - whitelist import: some entries of a file, that
 * greyctl reads, at a time; first only looked at, then added. */
#include "control/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/who.h"
#include "whitelist/lint.h"

struct import {
	struct call	*call;
	const struct nameset *own;	/* domains */
	char		 who[WHO_SIZE];
	int64_t		 added, replaced, expired;
};

/* All that whitelist_add() refuses. */
static int
check(const struct json *one, const struct nameset *own, struct err *e)
{
	const char	*text = json_get_text(one, "entry");
	const char	*note = json_get_text(one, "note");
	struct entry	 entry;

	if (text == NULL)
		return err_set(e, "there is no entry");
	if (note != NULL && strlen(note) > WHITELIST_NOTE_MAX)
		return err_set(e, "a note has at most %d bytes",
		    WHITELIST_NOTE_MAX);
	if (entry_parse(text, &entry, e) == -1)
		return -1;
	if (entry.kind == ENTRY_GRACE)
		return err_set(e, "a grace is for a short while: greyctl "
		    "grace ADDRESS 10m");
	return lint_refusal(&entry, own, e) == 0 ? 0 : -1;
}

static int
check_all(struct call *c, const struct json *list, const struct nameset *own,
    struct err *e)
{
	struct json	*item;
	struct err	 why;
	int		 rc = 0;

	for (size_t i = 0; i < json_length(list) && rc == 0; i++) {
		const struct json *one = json_at(list, i);

		if (check(one, own, &why) == 0)
			continue;
		item = json_new_object();
		json_add_int(item, "line", json_get_int(one, "line"));
		json_add_text(item, "error", why.text);
		rc = wire_put_item(c->wire, &item, e);
	}
	return rc == 0 ? CALL_DONE : CALL_FAILED;
}

/* Who imports, and for whom: only the former is known for sure. */
static char *
who_of(const struct import *m, const struct json *one)
{
	const char	*before = json_get_text(one, "who");
	const char	*last = before == NULL ? NULL :
			    strstr(before, " for ");
	char		*text;

	if (last != NULL)
		before = last + strlen(" for ");
	if (before == NULL || before[0] == '\0' ||
	    strlen(before) >= WHO_SIZE || strcmp(before, m->who) == 0)
		return strdup(m->who);
	return asprintf(&text, "%s for %s", m->who, before) == -1 ? NULL :
	    text;
}

static int
add(struct import *m, const struct json *one, struct err *e)
{
	const char		*note = json_get_text(one, "note");
	struct whitelist_add	 a = { .note = note == NULL ? "" : note };
	char			*who;
	bool			 replaced = false;
	int			 rc;

	if (check(one, m->own, e) == -1)
		return -1;
	a.text = json_get_text(one, "entry");
	a.expires = json_has_int(one, "expires") ?
	    json_get_int(one, "expires") : INT64_MAX;
	if (a.expires <= m->call->now) {
		m->expired++;
		return 0;
	}
	a.who = who = who_of(m, one);
	if (who == NULL)
		return err_set(e, "out of memory");
	rc = whitelist_add(m->call->deps->whitelist, &a, m->call->now,
	    &replaced, e);
	free(who);
	m->added += rc == 0 && !replaced;
	m->replaced += rc == 0 && replaced;
	return rc;
}

static int
add_all(struct call *c, const struct json *list, const struct nameset *own,
    struct err *e)
{
	struct import	 m = { .call = c, .own = own };
	struct json	*item;
	struct err	 why;

	who_is(c->peer->uid, m.who);
	for (size_t i = 0; i < json_length(list); i++) {
		const struct json *one = json_at(list, i);

		if (add(&m, one, &why) == 0)
			continue;
		(void)err_set(e, "line %lld: %s; what stands before it was "
		    "added", (long long)json_get_int(one, "line"), why.text);
		return CALL_FAILED;
	}
	item = json_new_object();
	json_add_int(item, "added", m.added);
	json_add_int(item, "replaced", m.replaced);
	json_add_int(item, "expired", m.expired);
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE : CALL_FAILED;
}

int
serve_whitelist_import(struct call *c, struct err *e)
{
	const struct json	*list = json_get(c->request.args, "entries");
	struct policy		*policy = live_ref(c->deps->live);
	const struct nameset	*own = policy_conf(policy)->local_domains;
	int			 code;

	code = json_get_bool(c->request.args, "check") ?
	    check_all(c, list, own, e) : add_all(c, list, own, e);
	policy_unref(&policy);
	return code;
}
