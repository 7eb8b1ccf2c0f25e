/* SPDX-License-Identifier: ISC
 * milter/session.c - connection and message: two lifetimes, two structs. */
#include "milter/session.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mailaddr.h"
#include "base/version.h"
#include "milter/learning.h"
#include "milter/report.h"
#include "policy/names.h"

/* From MAIL to the end of the message. */
struct message {
	bool		 open;
	char		*sender, *sender_key;
	char		*auth, *cert_subject, *cert_issuer;
	unsigned	 rcpts;		/* so far, without those refused */
	bool		 retried;	/* one of them passed as its retry */
	char		*proven_by;	/* and one by this identity, or NULL */
	bool		 held;		/* the first one's defer is due at DATA */
	struct reply	 held_reply;
	bool		 at_data;	/* DATA is done with */
	int64_t		 delayed;	/* the longest wait of a recipient; -1 */
	struct spf_memo	 spf;
	struct learning	 learning;
};

struct session {
	const struct app *app;
	struct policy	*policy;	/* in force when the connection began */
	struct client	 client;
	char		*name;		/* {client_name} as given */
	bool		 verified;	/* ... and confirmed forward */
	bool		 checks_cert;	/* the MTA tells only of verified ones */
	bool		 has_data;
	char		*helo, *daemon_name;
	struct message	 message;
};

/* libmilter spins without a word when accept() finds no descriptor left. */
static void
watch_descriptors(const struct app *app, unsigned long long open)
{
	if (open > app->max_open - app->max_open / 8)
		alarm_raise(app->alarms, ALARM_DESCRIPTORS,
		    clock_seconds(&app->clock), "nearly all file descriptors "
		    "are in use by SMTP sessions (raise LimitNOFILE of the "
		    "service, or lower the MTA's process limit)");
	else if (open < app->max_open / 2)
		alarm_clear(app->alarms, ALARM_DESCRIPTORS);
}

struct session *
session_new(const struct app *app)
{
	struct session	*s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->app = app;
	s->policy = live_ref(app->live);
	atomic_fetch_add(&app->counters->connections, 1);
	watch_descriptors(app, atomic_fetch_add(&app->counters->open, 1) + 1);
	return s;
}

void
session_free(struct session **s)
{
	if (*s == NULL)
		return;
	session_end_message(*s);
	policy_unref(&(*s)->policy);
	atomic_fetch_sub(&(*s)->app->counters->open, 1);
	free((*s)->name);
	free((*s)->helo);
	free((*s)->daemon_name);
	free(*s);
	*s = NULL;
}

/* A copy, or NULL of NULL and when memory is out: what is not known of a
 * client only makes it less trusted. */
static char *
copy(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

/* A client that came over the network has an address and a port: mail from the
 * MTA's own pickup has none, or port 0. */
static bool
came_by_smtp(const struct sockaddr *sa, struct ip *addr)
{
	struct sockaddr_in	v4;
	struct sockaddr_in6	v6;

	if (ip_from_sockaddr(sa, addr) == -1)
		return false;
	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		return v4.sin_port != 0;
	}
	memcpy(&v6, sa, sizeof(v6));
	return v6.sin6_port != 0;
}

void
session_has_data(struct session *s, bool has_data)
{
	s->has_data = has_data;
}

void
session_connect(struct session *s, const struct session_connect *c)
{
	const struct conf_greylist	*g = &policy_conf(s->policy)->greylist;

	s->client.by_smtp = came_by_smtp(c->addr, &s->client.addr);
	free(s->name);
	s->name = copy(c->client_name);
	s->verified = s->name != NULL && c->client_resolve != NULL &&
	    strcmp(c->client_resolve, "OK") == 0;
	free(s->daemon_name);
	s->daemon_name = copy(c->daemon_name);
	s->client.host = s->name;
	s->client.verified = s->verified;
	s->checks_cert = c->mta != NULL && strncmp(c->mta, "Postfix", 7) == 0;
	if (s->client.by_smtp)
		identities_of(&s->client.addr, s->verified ? s->name : NULL,
		    g->ipv4_prefix, g->ipv6_prefix, &s->client.identities);
}

void
session_helo(struct session *s, const char *name)
{
	session_end_message(s);
	free(s->helo);
	s->helo = copy(name);
	s->client.helo = s->helo;
}

static const struct pseudonyms *
names(const struct session *s)
{
	return policy_deps(s->policy)->pseudonyms;
}

void
session_mail(struct session *s, const struct session_mail *m)
{
	struct message	*msg = &s->message;
	bool		 verified;

	session_end_message(s);
	msg->open = true;
	msg->delayed = -1;
	msg->sender = mailaddr_parse(m->path);
	if (msg->sender != NULL)
		msg->sender_key = names_sender(names(s), msg->sender);
	msg->auth = copy(m->auth);
	/* Sendmail names any certificate and says in {verify} what it is
	 * worth; Postfix names only one that it has verified. */
	verified = m->verify != NULL ? strcmp(m->verify, "OK") == 0 :
	    s->checks_cert;
	if (verified) {
		msg->cert_subject = copy(m->cert_subject);
		msg->cert_issuer = copy(m->cert_issuer);
	}
	s->client.auth = msg->auth;
	s->client.cert_subject = msg->cert_subject;
	s->client.cert_issuer = msg->cert_issuer;
	s->client.tls = m->tls_version != NULL && m->tls_version[0] != '\0';
	atomic_fetch_add(&s->app->counters->messages, 1);
}

static struct answer
refusal(enum verdict verdict, const struct reply *reply)
{
	struct answer	 a = { .kind = verdict == VERDICT_REJECT ?
			     ANSWER_REJECT : ANSWER_DEFER };
	char		*to = a.text;

	memcpy(a.code, reply->code, sizeof(a.code));
	memcpy(a.status, reply->status, sizeof(a.status));
	for (const char *p = reply->text; *p != '\0'; p++) {
		if (*p == '%')
			*to++ = '%';
		*to++ = *p;
	}
	*to = '\0';
	return a;
}

/* What the MTA is told of a decision; a held one is for DATA. */
static struct answer
tell(struct session *s, const struct decision *d)
{
	if (d->verdict == VERDICT_PASS)
		return (struct answer){ .kind = ANSWER_GO_ON };
	if (d->reason == REASON_HELD) {
		s->message.held = true;
		s->message.held_reply = d->reply;
		return (struct answer){ .kind = ANSWER_GO_ON };
	}
	return refusal(d->verdict, &d->reply);
}

/* While we stop, the store is closed to us: only what needs none is decided. */
static void
decide(struct session *s, struct attempt *a, int64_t now, struct decision *d)
{
	if (a->sender_key == NULL || a->rcpt_key == NULL) {
		policy_trouble(s->policy, a, REASON_STORE_ERROR, d);
		return;
	}
	a->stopping = !drain_enter(s->app->drain);
	policy_decide(s->policy, a, now, d);
	if (!a->stopping)
		drain_leave(s->app->drain);
}

static void
remember(struct session *s, const struct attempt *a, const struct decision *d)
{
	const struct outbound_message	 out = {
		.conf = policy_conf(s->policy), .client = &s->client,
		.sender = a->sender, .daemon_name = s->daemon_name,
	};
	struct message			*m = &s->message;

	learning_rcpt(&m->learning, s->policy, &out, a, d);
	if (d->verdict != VERDICT_REJECT)
		m->rcpts++;
	/* Not one that passed before: whoever shares its network may know it. */
	if (d->reason == REASON_RETRIED && d->delayed >= 0)
		m->retried = true;
	if (d->reason == REASON_PROVEN && m->proven_by == NULL)
		m->proven_by = copy(d->by);
	if (d->delayed > m->delayed)
		m->delayed = d->delayed;
}

/* {rcpt_addr} is parsed and rewritten by the MTA, and Postfix's in lower case:
 * where it is what the client said but for that, the client's says more. So it
 * does where Sendmail's has no domain, for its own users, if there is but one way
 * to read it. (Of "<postmaster@x><bob@y>" Sendmail takes bob.) */
static char *
recipient(const struct session_rcpt *r)
{
	const char	*text = r->address;
	bool		 plain = mailaddr_is_plain(r->path);
	char		*said = plain ? mailaddr_parse(r->path) :
			     strdup(r->path);

	if (said == NULL || text == NULL || *text == '\0' ||
	    (*mailaddr_domain(text) == '\0' && plain))
		return said;
	if (plain && strcasecmp(said, text) == 0)
		return said;
	free(said);
	return mailaddr_parse(text);
}

/* Whether the name is among those of the list. */
static bool
has_word(const char *list, const char *word)
{
	size_t	len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)) != NULL; at++)
		if ((at == list || at[-1] == ' ') &&
		    (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

static void
add_word(char *list, size_t size, const char *word)
{
	size_t	used = strlen(list);

	if (has_word(list, word))
		return;
	if (used + 1 + strlen(word) < size)
		(void)snprintf(list + used, size - used, " %s", word);
	else
		log_warn("too many macros in rules: %s is not asked for", word);
}

void
session_rule_macros(const struct app *app, char *list, size_t size)
{
	struct policy		*policy = live_ref(app->live);
	const struct conf	*conf = policy_conf(policy);

	for (size_t i = 0; i < conf->n_rules; i++)
		for (size_t k = 0; k < conf->rules[i].n_macro; k++)
			add_word(list, size, conf->rules[i].macro[k].name);
	policy_unref(&policy);
}

struct answer
session_rcpt(struct session *s, const struct session_rcpt *r)
{
	const struct app	*app = s->app;
	struct message		*m = &s->message;
	char			*rcpt = recipient(r);
	char			*rcpt_key = rcpt == NULL ? NULL :
				    names_recipient(names(s), rcpt);
	int64_t			 millis = clock_millis(&app->clock);
	int64_t			 before = clock_monotonic_micros();
	struct attempt		 a = {
		.client = &s->client, .sender = m->sender,
		.sender_key = m->sender_key, .rcpt = rcpt,
		.rcpt_key = rcpt_key, .after_retry = m->retried,
		.proven_by = m->proven_by,
		.may_hold = m->rcpts == 0 && s->has_data,
		.spf = &m->spf, .macro = r->macro, .macro_arg = r->macro_arg,
		.deadline = before +
		    policy_conf(s->policy)->wait_limit * 1000000,
	};
	struct decision		 d;
	struct report		 report = {
		.attempt = &a, .decision = &d, .name = s->name,
		.verified = s->verified, .helo = s->helo, .queue = r->queue,
		.time = millis, .named = names(s) != NULL,
	};

	decide(s, &a, millis / 1000, &d);
	report.micros = clock_monotonic_micros() - before;
	report_write(app->journal, app->log_decisions, &report);
	report_count(app->tally, &report);
	counters_decided(app->counters, &d, report.micros, millis / 1000);
	remember(s, &a, &d);
	free(rcpt_key);
	free(rcpt);
	return tell(s, &d);
}

/* A client proves itself by a whole message, once: not by a probe that stops
 * after RCPT. */
static void
prove(struct session *s)
{
	struct message	*m = &s->message;
	struct attempt	 a = { .client = &s->client, .sender = m->sender,
			     .sender_key = m->sender_key, .spf = &m->spf };

	if (!m->retried || !drain_enter(s->app->drain))
		return;
	policy_prove(s->policy, &a, clock_seconds(&s->app->clock));
	drain_leave(s->app->drain);
}

struct answer
session_data(struct session *s)
{
	struct message	*m = &s->message;

	m->at_data = true;
	prove(s);
	if (m->held)
		return refusal(VERDICT_DEFER, &m->held_reply);
	return (struct answer){ .kind = ANSWER_GO_ON };
}

bool
session_wants_headers(const struct session *s)
{
	return policy_conf(s->policy)->auto_whitelist.enabled;
}

void
session_header(struct session *s, const char *name, const char *value)
{
	outbound_header(&s->message.learning.outbound, name, value);
}

/* The message goes on its way, as far as we can tell. */
static void
learn(struct session *s, const char *queue)
{
	struct message			*m = &s->message;
	const struct attempt		 a = { .client = &s->client,
					    .sender = m->sender,
					    .sender_key = m->sender_key,
					    .spf = &m->spf };
	const struct learning_end	 end = { .policy = s->policy,
					    .journal = s->app->journal,
					    .to_log = s->app->log_decisions,
					    .attempt = &a, .queue = queue,
					    .time = clock_millis(
						&s->app->clock) };

	if (m->sender == NULL || !drain_enter(s->app->drain))
		return;
	learning_end(&m->learning, &end);
	drain_leave(s->app->drain);
}

struct answer
session_eom(struct session *s, const char *queue,
    char name[SESSION_HEADER_SIZE], char value[SESSION_HEADER_SIZE])
{
	const char	*header = policy_conf(s->policy)->greylist.header;
	struct answer	 a = { .kind = ANSWER_GO_ON };

	if (!s->message.at_data)
		a = session_data(s);
	if (a.kind == ANSWER_GO_ON)
		learn(s, queue);
	value[0] = '\0';
	(void)snprintf(name, SESSION_HEADER_SIZE, "%s", header);
	if (header[0] != '\0' && s->message.delayed >= 0)
		(void)snprintf(value, SESSION_HEADER_SIZE,
		    "delayed %lld seconds by Greygate " VERSION_TEXT,
		    (long long)s->message.delayed);
	return a;
}

void
session_end_message(struct session *s)
{
	struct message	*m = &s->message;

	free(m->sender);
	free(m->sender_key);
	free(m->auth);
	free(m->cert_subject);
	free(m->cert_issuer);
	free(m->proven_by);
	learning_clear(&m->learning);
	*m = (struct message){ .delayed = -1 };
	s->client.auth = s->client.cert_subject = s->client.cert_issuer = NULL;
}
