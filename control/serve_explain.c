/* SPDX-License-Identifier: ISC
 * control/serve_explain.c - explain: what would be decided of a mail now, and why,
 * by the code that decides of mail. */
#include "control/serve.h"

#include <stdio.h>
#include <string.h>

#include "base/pseudonym.h"
#include "control/item.h"
#include "control/mail.h"
#include "policy/proof.h"
#include "policy/trace.h"
#include "whitelist/suggest.h"

/* Steps as they are told. */
struct telling {
	struct json	*steps;
	const char	*name;		/* of the step at hand */
	struct json	*saw;		/* of it */
};

static void
add_step(struct telling *t, const char *outcome)
{
	struct json	*step = json_new_object();

	json_add_text(step, "step", t->name);
	json_add_text(step, "outcome", outcome);
	json_add(step, "looked_at", t->saw);
	t->saw = NULL;
	json_push(t->steps, step);
}

/* The names of steps are constants. */
static void
tell(void *arg, enum trace_event what, const char *text)
{
	struct telling	*t = arg;

	switch (what) {
	case TRACE_STEP:
		t->name = text;
		t->saw = json_new_array();
		break;
	case TRACE_SAW:
		json_push_text(t->saw, text);
		break;
	case TRACE_GOES_ON:
		add_step(t, "goes on");
		break;
	case TRACE_DECIDES:
		add_step(t, "decides");
		break;
	case TRACE_NOT_ASKED:
		t->name = text;
		t->saw = json_new_array();
		add_step(t, "not asked");
		break;
	}
}

static void
add_identity(struct json *list, const char *identity, bool proved,
    const char *how)
{
	struct json	*one = json_new_object();

	json_add_text(one, "identity", identity);
	json_add_bool(one, "proved", proved);
	json_add_text(one, "how", how);
	json_push(list, one);
}

/* How the name was proved, or why there is none. */
static void
add_name(struct json *list, const struct client *c)
{
	const char	*name = c->identities.name;

	if (name[0] != '\0')
		add_identity(list, name, true, "the MTA confirmed the client's "
		    "name, which does not look generated");
	else
		add_identity(list, NULL, false, c->host == NULL ? "no name: "
		    "none was given" : !c->verified ? "no name: the MTA did "
		    "not confirm it" : "no name: it looks generated, or has "
		    "no registrable domain");
}

static void
add_spf(struct json *list, const struct mail *m)
{
	const struct prover_answer	*a = &m->spf.answer;
	char				 identity[IDENTITY_SIZE];
	struct err			 how;

	if (!proof_spf_identity(&m->client, m->sender, identity)) {
		add_identity(list, NULL, false, "no SPF: there is no domain "
		    "to ask about");
		return;
	}
	if (policy_deps(m->policy)->prover == NULL)
		(void)err_set(&how, "SPF is not looked at");
	else if (!m->spf.known)
		(void)err_set(&how, "no step had to ask the DNS");
	else
		(void)err_set(&how, "SPF %s%s%s", a->answer == -1 ?
		    "cannot be told" : spf_name(a->result),
		    a->why.text[0] != '\0' ? ": " : "", a->why.text);
	add_identity(list, identity, m->spf.known && a->answer == 1,
	    how.text);
}

static struct json *
identities_item(const struct mail *m)
{
	const struct identities	*id = &m->client.identities;
	struct json		*list = json_new_array();

	if (!m->client.by_smtp)
		return list;
	add_identity(list, id->addr, true, "the address of the connection");
	add_identity(list, id->net, true, "the network around it");
	add_name(list, &m->client);
	add_spf(list, m);
	return list;
}

static void
copy(struct json *to, const struct json *line, const char *key)
{
	json_add_text(to, key, json_get_text(line, key));
}

/* What the journal says was decided then. */
static void
add_then(struct json *item, const struct json *line)
{
	static const char *const	keys[] = { "id", "time", "verdict",
					    "reason", "would" };
	struct json			*then = json_new_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		copy(then, line, keys[i]);
	json_add(item, "then", then);
}

static void
add_mail(struct json *item, const struct mail *m)
{
	const struct client	*c = &m->client;

	if (m->line != NULL)
		add_then(item, m->line);
	else
		json_add_null(item, "then");
	json_add_text(item, "client", m->client_text[0] != '\0' ?
	    m->client_text : NULL);
	json_add_text(item, "name", c->host);
	json_add_bool(item, "verified", c->verified);
	json_add_text(item, "helo", c->helo);
	json_add_text(item, "auth", c->auth);
	json_add_text(item, "sender", m->sender);
	json_add_text(item, "recipient", m->rcpt);
}

/* Of an answer that greylisting gave, held or observed or not. */
static bool
waits(const struct decision *d)
{
	enum reason	reason = d->reason == REASON_HELD ||
			    d->reason == REASON_OBSERVED ? d->would :
			    d->reason;

	return reason == REASON_NEW || reason == REASON_EARLY ||
	    reason == REASON_LATE;
}

/* When a retry passes: from when on, and until when. */
static void
add_retry(struct json *item, const struct mail *m, const struct decision *d,
    int64_t now)
{
	struct conf_greylist		 own;
	const struct conf_greylist	*g = policy_greylist(m->policy, d,
					    &own);
	struct json			*retry;

	if (!waits(d)) {
		json_add_null(item, "retry");
		return;
	}
	retry = json_new_object();
	json_add_int(retry, "wait", d->wait);
	item_add_time(retry, "from", now + d->wait);
	item_add_time(retry, "until", now + d->wait - g->delay + g->window);
	json_add(item, "retry", retry);
}

static void
add_decision(struct json *item, const struct decision *d)
{
	char	text[sizeof(struct reply) + 4];

	json_add_text(item, "verdict", verdict_name(d->verdict));
	json_add_text(item, "reason", reason_name(d->reason));
	if (d->would != REASON_NONE) {
		(void)snprintf(text, sizeof(text), "%s %s",
		    verdict_name(d->would_verdict), reason_name(d->would));
		json_add_text(item, "would", text);
	} else
		json_add_null(item, "would");
	json_add_text(item, "by", d->by[0] != '\0' ? d->by : NULL);
	json_add_text(item, "rule", d->rule != NULL ? d->rule->name : NULL);
	if (d->verdict == VERDICT_PASS) {
		json_add_null(item, "reply");
		return;
	}
	(void)snprintf(text, sizeof(text), "%s %s %s", d->reply.code,
	    d->reply.status, d->reply.text);
	json_add_text(item, "reply", text);
}

/* What of the mail is not known, and might have mattered. */
static void
add_notes(struct json *item, const struct mail *m)
{
	const struct conf	*conf = policy_conf(m->policy);
	struct json		*notes = json_new_array();
	bool			 needs = false;

	for (size_t i = 0; i < conf->n_rules; i++)
		needs = needs || conf->rules[i].n_macro > 0 ||
		    conf->rules[i].tls != CONF_ANY;
	if (needs)
		json_push_text(notes, "macros of the MTA and TLS are not known "
		    "here: the session is taken to be without both");
	if (pseudonym_is(m->sender) || pseudonym_is(m->rcpt))
		json_push_text(notes, "the journal has pseudonyms: entries, "
		    "rules and lists about whole addresses do not match them; "
		    "tell the mail by its addresses");
	json_add(item, "notes", notes);
}

/* What lets the next such mail in. A ban yields to an entry of the client alone. */
static void
add_entries(struct json *item, struct mail *m, const struct decision *d)
{
	char			 out[SUGGEST_MAX][ENTRY_TEXT_SIZE];
	struct json		*list = json_new_array(), *one;
	struct err		 why_not = { "" };
	struct proof		 proof = { .proven = false };
	struct suggest_facts	 facts = { .client = m->client_text,
	    .name = m->client.identities.name[0] != '\0' ? m->client.host :
	    NULL, .sender = m->sender, .recipient = m->rcpt };
	const bool		 banned = d->reason == REASON_HARVESTING;
	unsigned		 n;

	if (!banned)
		proof_of_sender(policy_deps(m->policy)->prover, &m->client,
		    m->sender, (int)(policy_conf(m->policy)->wait_limit *
		    1000), &m->spf, &proof);
	facts.proven = proof.proven;
	n = suggest_entries(&facts, out, &why_not);
	for (unsigned i = 0; i < n; i++) {
		if (banned && (strncmp(out[i], "client ", 7) != 0 ||
		    strstr(out[i], " to ") != NULL))
			continue;
		one = json_new_object();
		json_add_text(one, "entry", out[i]);
		json_push(list, one);
	}
	json_add(item, "entries", list);
	json_add_text(item, "why_not", why_not.text[0] != '\0' && !banned ?
	    why_not.text : NULL);
}

/* Whether an entry would help: refused now, and not for the recipient's sake. */
static bool
helps(const struct decision *d)
{
	enum reason	reason = d->would != REASON_NONE ? d->would :
			    d->reason;

	return (d->verdict != VERDICT_PASS || d->reason == REASON_OBSERVED) &&
	    reason != REASON_UNKNOWN_RECIPIENT &&
	    reason != REASON_DIRECTORY_DOWN && reason != REASON_STORE_ERROR;
}

static int
answer(struct call *c, struct mail *m, const struct decision *d,
    struct json *steps, struct err *e)
{
	struct json	*item = json_new_object();

	item_add_time(item, "time", c->now);
	add_mail(item, m);
	json_add(item, "identities", identities_item(m));
	json_add(item, "steps", steps);
	add_decision(item, d);
	add_retry(item, m, d, c->now);
	if (helps(d))
		add_entries(item, m, d);
	add_notes(item, m);
	if (wire_put_item(c->wire, &item, e) == -1)
		return CALL_FAILED;
	if (d->verdict == VERDICT_PASS)
		return CALL_DONE;
	(void)err_set(e, "it would not pass: %s %s", verdict_name(d->verdict),
	    reason_name(d->reason));
	return CALL_NO;
}

static int
explain(struct call *c, struct mail *m, struct err *e)
{
	struct telling		t = { .steps = json_new_array() };
	const struct trace	trace = { .tell = tell, .arg = &t };
	struct attempt		a = mail_attempt(m, &trace);
	struct decision		d;

	if (policy_explain(m->policy, &a, c->now, &d, e) == -1) {
		json_free(&t.steps);
		return CALL_FAILED;
	}
	return answer(c, m, &d, t.steps, e);
}

int
serve_explain(struct call *c, struct err *e)
{
	struct mail	m;
	int		code = mail_read(&m, c, e);

	if (code == 0)
		code = explain(c, &m, e);
	mail_free(&m);
	return code;
}
