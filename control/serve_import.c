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
	struct whitelist_add *adds;
	char		**names;	/* of each: who adds it */
	size_t		 n;
	int64_t		 expired;
};

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

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
	if (note != NULL && has_control(note))
		return err_set(e, "a note is one line of text, without control "
		    "characters");
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

/* One more, unless it has expired. */
static int
take(struct import *m, const struct json *one, struct err *e)
{
	const char		*note = json_get_text(one, "note");
	struct whitelist_add	*a = &m->adds[m->n];

	if (check(one, m->own, e) == -1)
		return -1;
	a->text = json_get_text(one, "entry");
	a->note = note == NULL ? "" : note;
	a->expires = json_has_int(one, "expires") ?
	    json_get_int(one, "expires") : INT64_MAX;
	if (a->expires <= m->call->now) {
		m->expired++;
		return 0;
	}
	a->who = m->names[m->n] = who_of(m, one);
	if (a->who == NULL)
		return err_set(e, "out of memory");
	m->n++;
	return 0;
}

static int
take_all(struct import *m, const struct json *list, struct err *e)
{
	struct err	why;

	for (size_t i = 0; i < json_length(list); i++) {
		const struct json *one = json_at(list, i);

		if (take(m, one, &why) == -1)
			return err_set(e, "line %lld: %s", (long long)
			    json_get_int(one, "line"), why.text);
	}
	return 0;
}

/* All of one request, or none. */
static int
add(struct import *m, const struct json *list, size_t *replaced,
    struct err *e)
{
	size_t	n = json_length(list);
	int	rc = 0;

	m->adds = calloc(n + 1, sizeof(*m->adds));
	m->names = calloc(n + 1, sizeof(*m->names));
	if (m->adds == NULL || m->names == NULL)
		rc = err_set(e, "out of memory");
	if (rc == 0)
		rc = take_all(m, list, e);
	if (rc == 0)
		rc = whitelist_add_all(m->call->deps->whitelist, m->adds, m->n,
		    m->call->now, replaced, e);
	for (size_t i = 0; i < m->n; i++)
		free(m->names[i]);
	free(m->names);
	free(m->adds);
	return rc;
}

static int
add_all(struct call *c, const struct json *list, const struct nameset *own,
    struct err *e)
{
	struct import	 m = { .call = c, .own = own };
	struct json	*item;
	struct err	 why;
	size_t		 replaced;

	who_is(c->peer->uid, m.who);
	if (add(&m, list, &replaced, &why) == -1) {
		(void)err_set(e, "%s; what stands before line %lld was added",
		    why.text, (long long)json_get_int(json_at(list, 0),
		    "line"));
		return CALL_FAILED;
	}
	item = json_new_object();
	json_add_int(item, "added", (int64_t)(m.n - replaced));
	json_add_int(item, "replaced", (int64_t)replaced);
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
