/* SPDX-License-Identifier: ISC
 * control/serve_suggest.c - whitelist suggest: from a line of the journal to
 * the narrowest entries that would have let its mail pass. */
#include "control/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/prove.h"
#include "journal/find.h"
#include "policy/reason.h"
#include "whitelist/suggest.h"

/* A decision as the journal tells it; texts point into line. */
struct told {
	struct json	*line;
	char		 reason[32];	/* what was found, observed or held or
					 * not */
	const char	*client, *name, *helo, *sender, *recipient;
	char		 advice[1024];
};

static const char *
text_of(const struct json *line, const char *key)
{
	const char	*text = json_get_text(line, key);

	return text == NULL ? "" : text;
}

static int
told_read(struct told *t, struct err *e)
{
	const char	*would = text_of(t->line, "would");
	const char	*space = strchr(would, ' ');

	(void)snprintf(t->reason, sizeof(t->reason), "%s", space != NULL ?
	    space + 1 : text_of(t->line, "reason"));
	t->client = json_get_text(t->line, "client");
	t->name = json_get_bool(t->line, "verified") ?
	    json_get_text(t->line, "name") : NULL;
	t->helo = json_get_text(t->line, "helo");
	t->sender = text_of(t->line, "sender");
	t->recipient = text_of(t->line, "recipient");
	if (t->client == NULL)
		return err_set(e, "this mail was submitted on this host: no "
		    "entry is about it");
	return 0;
}

static bool
is(const struct told *t, enum reason reason)
{
	return strcmp(t->reason, reason_name(reason)) == 0;
}

/* What no entry is asked about, since it comes before them. */
static int
refuse_hopeless(const struct told *t, struct err *e)
{
	if (is(t, REASON_UNKNOWN_RECIPIENT))
		return err_set(e, "an entry would not help: %s is no mailbox "
		    "here; see greyctl recipient test", t->recipient);
	if (is(t, REASON_DIRECTORY_DOWN))
		return err_set(e, "an entry would not help: nobody could tell "
		    "whether %s exists; see greyctl recipient stats",
		    t->recipient);
	if (is(t, REASON_AUTHENTICATED) || is(t, REASON_LOCAL_NETWORK) ||
	    is(t, REASON_TLS_CLIENT) || is(t, REASON_LOCAL_SUBMISSION) ||
	    is(t, REASON_RELAY))
		return err_set(e, "this mail is of our own (%s) and never "
		    "waits: no entry is needed", t->reason);
	return 0;
}

/* 1 found, 0 no, -1 failed. */
static int
find(struct call *c, const char *id, struct told *t, struct err *e)
{
	struct policy	*policy = live_ref(c->deps->live);
	const char	*path = policy_conf(policy)->journal;
	int		 rc;

	if (path[0] == '\0')
		rc = err_set(e, "no journal is kept: its setting is empty");
	else {
		journal_flush(c->deps->journal);
		rc = journal_find(path, id, &t->line, e);
	}
	if (rc == 0)
		(void)err_set(e, "no decision %s in %s nor in what was rotated "
		    "away", id, path);
	policy_unref(&policy);
	return rc;
}

static unsigned
suggest(const struct told *t, const struct client *client, bool proven,
    char out[SUGGEST_MAX][ENTRY_TEXT_SIZE], struct err *why_not)
{
	const bool			banned = is(t, REASON_HARVESTING);
	const struct suggest_facts	facts = {
		.client = t->client,
		.name = client->identities.name[0] != '\0' ? t->name : NULL,
		.sender = t->sender, .recipient = t->recipient,
		.proven = proven && !banned,
	};
	unsigned	n = suggest_entries(&facts, out, why_not), kept = 0;

	if (!banned)
		return n;
	/* A ban yields to an entry of the client alone. */
	for (unsigned i = 0; i < n; i++)
		if (strncmp(out[i], "client ", 7) == 0 &&
		    strstr(out[i], " to ") == NULL)
			memmove(out[kept++], out[i], ENTRY_TEXT_SIZE);
	why_not->text[0] = '\0';
	return kept;
}

/* Whether it passed, in earnest, for this reason. */
static bool
passed_as(const struct told *t, enum reason reason)
{
	return strcmp(text_of(t->line, "verdict"),
	    verdict_name(VERDICT_PASS)) == 0 &&
	    strcmp(text_of(t->line, "reason"), reason_name(reason)) == 0;
}

/* Whether it waited, or might have, until it passed. */
static bool
had_to_wait(const struct told *t)
{
	return passed_as(t, REASON_RETRIED) || passed_as(t, REASON_SAME_MAIL) ||
	    passed_as(t, REASON_STORE_ERROR) || passed_as(t, REASON_STOPPING);
}

/* Of mail that passed, whatever a rule under observation would have done. */
static const char *
advice_of_passed(struct told *t)
{
	const char	*by = text_of(t->line, "by");

	if (passed_as(t, REASON_WHITELISTED) || passed_as(t, REASON_GRACE)) {
		(void)snprintf(t->advice, sizeof(t->advice), "it passed by the "
		    "entry %s; no other is needed", by);
		return t->advice;
	}
	if (passed_as(t, REASON_POSTMASTER))
		return "mail to postmaster and abuse is never held up; no "
		    "entry is needed";
	if (passed_as(t, REASON_RULE) || passed_as(t, REASON_OBSERVED))
		return NULL;
	return had_to_wait(t) ? "this mail has passed; an entry would spare "
	    "the next one a wait" : "this mail has passed without a wait; no "
	    "entry is needed";
}

/* What is to be known before one of them is added. */
static const char *
advice(struct told *t)
{
	const char	*passed = strcmp(text_of(t->line, "verdict"),
			    verdict_name(VERDICT_PASS)) == 0 ?
			    advice_of_passed(t) : NULL;

	if (passed != NULL)
		return passed;
	if (is(t, REASON_HARVESTING))
		return "it was refused for naming recipients who do not exist: "
		    "only an entry of the client helps; greyctl harvest "
		    "forgive ends the ban";
	if (is(t, REASON_RULE))
		return "a rule decided; such an entry comes before all rules";
	return NULL;
}

static void
copy(struct json *item, const struct json *line, const char *key)
{
	json_add_text(item, key, json_get_text(line, key));
}

static struct json *
item_of(struct told *t, const struct proof *proof)
{
	static const char *const	keys[] = { "id", "time", "verdict",
					    "reason", "would", "rule",
					    "client", "sender", "recipient" };
	struct json			*item = json_new_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		copy(item, t->line, keys[i]);
	json_add(item, "proof", prove_item(proof));
	json_add_text(item, "advice", advice(t));
	return item;
}

static int
answer(struct call *c, struct told *t, const struct client *client,
    struct err *e)
{
	char		 entries[SUGGEST_MAX][ENTRY_TEXT_SIZE];
	struct err	 why_not = { "" };
	struct json	*list = json_new_array(), *item, *one;
	struct proof	 proof;
	unsigned	 n;

	prove_sender(c, client, t->sender, &proof);
	n = suggest(t, client, proof.proven, entries, &why_not);
	for (unsigned i = 0; i < n; i++) {
		one = json_new_object();
		json_add_text(one, "entry", entries[i]);
		json_push(list, one);
	}
	item = item_of(t, &proof);
	json_add(item, "entries", list);
	json_add_text(item, "why_not", why_not.text[0] == '\0' ? NULL :
	    why_not.text);
	if (wire_put_item(c->wire, &item, e) == -1)
		return CALL_FAILED;
	if (n > 0)
		return CALL_DONE;
	(void)err_set(e, "no entry would be safe");
	return CALL_NO;
}

static int
explain(struct call *c, struct told *t, struct err *e)
{
	struct prove_client	who;
	struct client		client;

	if (json_get_text(t->line, "event") != NULL) {
		(void)err_set(e, "that line tells of outbound mail, of what was "
		    "learned or not; greyctl learned show tells more");
		return CALL_NO;
	}
	if (told_read(t, e) == -1 || refuse_hopeless(t, e) == -1)
		return CALL_NO;
	who = (struct prove_client){ t->client, t->name, t->helo };
	return prove_client(c, &who, &client, e) == -1 ? CALL_FAILED :
	    answer(c, t, &client, e);
}

int
serve_whitelist_suggest(struct call *c, struct err *e)
{
	const char	*id = json_get_text(c->request.args, "id");
	struct told	 t = { .line = NULL };
	int		 rc, code = CALL_FAILED;

	if (id == NULL) {
		(void)err_set(e, "a decision is told by its id in the "
		    "journal");
		return CALL_FAILED;
	}
	rc = find(c, id, &t, e);
	if (rc == 0)
		code = CALL_NO;
	else if (rc == 1)
		code = explain(c, &t, e);
	json_free(&t.line);
	return code;
}
