/* SPDX-License-Identifier: ISC
 * control/mail.c - arguments, or a line of the journal, as a delivery attempt. */
#include "control/mail.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mailaddr.h"
#include "journal/find.h"
#include "policy/names.h"

/* Who was logged in, the journal does not know. */
static const char	some_login[] = "a login that the journal does not name";

/* 0; -1 not an address: e. text NULL: it did not come over the network. */
static int
set_client(struct mail *m, const char *text, struct err *e)
{
	const struct conf_greylist	*g = &policy_conf(m->policy)->greylist;
	struct client			*c = &m->client;

	if (text == NULL)
		return 0;
	if (ip_parse(text, &c->addr, e) == -1)
		return -1;
	c->by_smtp = true;
	ip_format(&c->addr, m->client_text);
	identities_of(&c->addr, c->verified ? c->host : NULL, g->ipv4_prefix,
	    g->ipv6_prefix, &c->identities);
	return 0;
}

/* A path as the MTA hands it over. */
static int
set_addresses(struct mail *m, const struct pseudonyms *names,
    const char *sender, const char *rcpt, struct err *e)
{
	m->sender = mailaddr_parse(sender);
	m->rcpt = mailaddr_parse(rcpt);
	if (m->sender != NULL)
		m->sender_key = names_sender(names, m->sender);
	if (m->rcpt != NULL)
		m->rcpt_key = names_recipient(names, m->rcpt);
	return m->sender_key == NULL || m->rcpt_key == NULL ?
	    err_set(e, "out of memory for an address") : 0;
}

static int
read_args(struct mail *m, struct call *c, struct err *e)
{
	const struct json	*args = c->request.args;
	const char		*client = json_get_text(args, "client");
	const char		*sender = json_get_text(args, "sender");
	const char		*rcpt = json_get_text(args, "recipient");

	if (client == NULL || sender == NULL || rcpt == NULL)
		return err_set(e, "a mail is told by --client, --sender and "
		    "--recipient, or by the --id of its line in the journal");
	m->client = (struct client){ .host = json_get_text(args, "name"),
	    .helo = json_get_text(args, "helo"),
	    .auth = json_get_text(args, "auth") };
	m->client.verified = m->client.host != NULL;
	if (set_client(m, client, e) == -1)
		return -1;
	return set_addresses(m, policy_deps(m->policy)->pseudonyms, sender,
	    rcpt, e);
}

/* 1 found, 0 no, -1 failed. */
static int
find(struct mail *m, struct call *c, const char *id, struct err *e)
{
	const char	*path = policy_conf(m->policy)->journal;
	int		 rc;

	if (path[0] == '\0')
		return err_set(e, "no journal is kept: its setting is empty; "
		    "tell the mail by --client, --sender and --recipient");
	journal_flush(c->deps->journal);
	rc = journal_find(path, id, &m->line, e);
	if (rc == 0)
		(void)err_set(e, "no decision %s in %s nor in what was rotated "
		    "away; greyctl log shows the ids", id, path);
	return rc;
}

static bool
has_reason(const struct json *line, enum reason reason)
{
	const char	*text = json_get_text(line, "reason");

	return text != NULL && strcmp(text, reason_name(reason)) == 0;
}

static int
read_line(struct mail *m, struct call *c, struct err *e)
{
	const char	*id = json_get_text(c->request.args, "id");
	const char	*sender, *rcpt;
	int		 rc = find(m, c, id, e);

	if (rc != 1)
		return rc == 0 ? CALL_NO : CALL_FAILED;
	sender = json_get_text(m->line, "sender");
	rcpt = json_get_text(m->line, "recipient");
	if (json_get_text(m->line, "verdict") == NULL || rcpt == NULL) {
		(void)err_set(e, "the line %s tells of no decision", id);
		return CALL_NO;
	}
	m->client = (struct client){ .host = json_get_text(m->line, "name"),
	    .verified = json_get_bool(m->line, "verified"),
	    .helo = json_get_text(m->line, "helo"),
	    .auth = has_reason(m->line, REASON_AUTHENTICATED) ? some_login :
	    NULL };
	if (set_client(m, json_get_text(m->line, "client"), e) == -1 ||
	    set_addresses(m, policy_deps(m->policy)->pseudonyms,
	    sender == NULL ? "" : sender, rcpt, e) == -1)
		return CALL_FAILED;
	return 0;
}

int
mail_read(struct mail *m, struct call *c, struct err *e)
{
	*m = (struct mail){ .policy = live_ref(c->deps->live) };
	if (json_get_text(c->request.args, "id") != NULL)
		return read_line(m, c, e);
	return read_args(m, c, e) == -1 ? CALL_FAILED : 0;
}

void
mail_free(struct mail *m)
{
	policy_unref(&m->policy);
	json_free(&m->line);
	free(m->sender);
	free(m->sender_key);
	free(m->rcpt);
	free(m->rcpt_key);
}

struct attempt
mail_attempt(struct mail *m, const struct trace *trace)
{
	return (struct attempt){ .client = &m->client, .sender = m->sender,
	    .sender_key = m->sender_key, .rcpt = m->rcpt,
	    .rcpt_key = m->rcpt_key, .spf = &m->spf, .may_hold = true,
	    .deadline = clock_monotonic_micros() +
	    policy_conf(m->policy)->wait_limit * 1000000, .trace = trace };
}
