/* SPDX-License-Identifier: ISC
 * policy/outbound.c - whose mail it is, whom it goes to, and what it teaches. */
#include "policy/outbound.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/domain.h"
#include "base/mailaddr.h"
#include "policy/fold.h"
#include "policy/names.h"
#include "whitelist/learned.h"

static bool
is_logged_in(const struct client *c)
{
	return c->auth != NULL && c->auth[0] != '\0';
}

/* By a relay, or by a listener of content filters. */
static bool
is_handed_in(const struct outbound_message *m)
{
	const struct conf	*conf = m->conf;

	for (size_t i = 0; m->client->by_smtp && i < conf->n_relays; i++)
		if (netset_has(conf->relays[i].networks, &m->client->addr))
			return true;
	for (size_t i = 0; m->daemon_name != NULL && i < conf->n_reinject; i++)
		if (strcasecmp(conf->reinject[i], m->daemon_name) == 0)
			return true;
	return false;
}

static bool
is_local(const struct outbound_message *m)
{
	return !m->client->by_smtp ||
	    netset_has(m->conf->local_networks, &m->client->addr);
}

static bool
is_ours(const struct conf *conf, const char *address)
{
	return nameset_has(conf->local_domains, mailaddr_domain(address));
}

/* A null sender is of nobody's domain; where we know of none of ours, neither is
 * its mail ours. */
static bool
may_be_ours(const struct outbound_message *m)
{
	return m->sender[0] == '\0' ?
	    nameset_count(m->conf->local_domains) > 0 :
	    is_ours(m->conf, m->sender);
}

/* An address of ours that brings strangers' mail is worth a word. */
static void
watch_sender(const struct outbound_message *m, struct outbound_watch *watch)
{
	if (watch != NULL && m->client->by_smtp && m->sender[0] != '\0' &&
	    nameset_count(m->conf->local_domains) > 0)
		outbound_watch_sender(watch, &m->client->addr,
		    is_ours(m->conf, m->sender));
}

static char *
lower(const char *text)
{
	char	*copy = strdup(text);

	for (char *p = copy; p != NULL && *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

/* Who wrote, and on whose account. */
static void
begin(struct outbound *o, const struct outbound_message *m)
{
	o->ours = fold_correspondent(m->sender);
	if (o->ours != NULL)
		o->user = is_logged_in(m->client) ? lower(m->client->auth) :
		    strdup(o->ours);
	o->outbound = o->user != NULL;
	if (m->sender[0] == '\0')
		o->why = UNLEARNED_NULL_SENDER;
	else if (automatic_address(m->sender) ||
	    (o->ours != NULL && automatic_address(o->ours)))
		o->why = UNLEARNED_ROLE_SENDER;
}

static void
ask(struct outbound *o, const struct outbound_message *m,
    struct outbound_watch *watch)
{
	o->asked = true;
	if (!m->conf->auto_whitelist.enabled || is_handed_in(m))
		return;
	if (is_logged_in(m->client)) {
		begin(o, m);
	} else if (is_local(m)) {
		watch_sender(m, watch);
		if (may_be_ours(m))
			begin(o, m);
	}
}

/* With local-domains empty the sender's own domain still is ours. */
static bool
is_outside(const struct outbound_message *m, const char *rcpt)
{
	const char	*domain = mailaddr_domain(rcpt);

	return domain[0] != '\0' &&
	    !nameset_has(m->conf->local_domains, domain) &&
	    strcasecmp(domain, mailaddr_domain(m->sender)) != 0;
}

static bool
has(const struct outbound *o, const char *rcpt)
{
	for (unsigned i = 0; i < o->n_rcpt; i++)
		if (strcmp(o->rcpt[i], rcpt) == 0)
			return true;
	return false;
}

/* Takes over the recipient. Out of memory it is not learned. */
static void
keep(struct outbound *o, char *rcpt)
{
	char	**grown = reallocarray(o->rcpt, o->n_rcpt + 1, sizeof(*grown));

	if (grown == NULL) {
		free(rcpt);
		return;
	}
	o->rcpt = grown;
	o->rcpt[o->n_rcpt++] = rcpt;
}

void
outbound_rcpt(struct outbound *o, const struct outbound_message *m,
    struct outbound_watch *watch, const char *rcpt)
{
	char	*folded;

	if (!o->asked)
		ask(o, m, watch);
	if (!o->outbound || !is_outside(m, rcpt))
		return;
	folded = fold_correspondent(rcpt);
	if (folded == NULL || has(o, folded)) {
		free(folded);
		return;
	}
	o->n_outside++;
	if (o->n_outside <= m->conf->auto_whitelist.max_recipients) {
		keep(o, folded);
		return;
	}
	free(folded);
	if (o->why == UNLEARNED_NOTHING)
		o->why = UNLEARNED_MAX_RECIPIENTS;
}

void
outbound_header(struct outbound *o, const char *name, const char *value)
{
	if (o->outbound && o->n_outside > 0 && o->why == UNLEARNED_NOTHING)
		o->why = automatic_header(name, value);
}

/* What the end of a message works with. */
struct ending {
	const struct outbound	*o;
	const struct policy_deps *deps;
	const struct conf_auto_whitelist *conf;
	const char		*queue;
	int64_t			 now;
};

enum { USER_SHOWN = 120, HOUR = 3600 };

/* Whether a name can stand in a command that somebody will paste into a shell. */
static bool
is_plain(const char *user)
{
	return user[0] != '-' && strlen(user) <= USER_SHOWN &&
	    user[strspn(user, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.@_+-")] == '\0';
}

static void
tell_of_excess(const struct ending *end)
{
	const char	*user = end->o->user;
	char		 since[CLOCK_TEXT_SIZE];
	struct err	 e;

	/* A time, since the alarm may be read much later. */
	clock_format((end->now - end->now % HOUR - HOUR) * 1000, since);
	(void)err_set(&e, "%.*s%s has written to more than %u new outside "
	    "addresses within the hour; no more are learned of it (is the "
	    "account stolen? greyctl learned forget --learned-by %s "
	    "--since %.19sZ)", USER_SHOWN, user,
	    strlen(user) > USER_SHOWN ? "..." : "", end->conf->max_per_hour,
	    is_plain(user) ? user : "LOGIN", since);
	alarm_raise(end->deps->alarms, ALARM_OUTBOUND, end->now, e.text);
}

/* What the records are to have of the three. */
struct named {
	char	*outside, *ours, *user;
};

static bool
name_them(struct named *out, const struct ending *end, const char *rcpt)
{
	const struct pseudonyms	*p = end->deps->pseudonyms;

	out->outside = pseudonym_of(p, rcpt);
	out->ours = pseudonym_of(p, end->o->ours);
	out->user = pseudonym_of(p, end->o->user);
	return out->outside != NULL && out->ours != NULL && out->user != NULL;
}

static void
free_names(struct named *n)
{
	free(n->outside);
	free(n->ours);
	free(n->user);
}

static int
note(const struct ending *end, const char *rcpt, struct err *e)
{
	const struct learned_limits	 limits = {
		.remember = end->conf->remember,
		.max_per_hour = end->conf->max_per_hour,
	};
	char				 organisation[DOMAIN_SIZE];
	struct learned_letter		 letter = {
		.queue = end->queue != NULL ? end->queue : "",
		.organisation = domain_registrable(mailaddr_domain(rcpt),
		    organisation) ? organisation : NULL,
	};
	struct named			 names;
	uint32_t			 excess;
	int				 rc;

	if (!name_them(&names, end, rcpt))
		rc = err_set(e, "out of memory for what is learned");
	else {
		letter.outside = names.outside;
		letter.ours = names.ours;
		letter.user = names.user;
		rc = learned_note(end->deps->store, &letter, &limits, end->now,
		    &excess, e);
	}
	free_names(&names);
	return rc;
}

static enum unlearned
learn_one(const struct ending *end, const char *rcpt)
{
	struct err	e;

	if (automatic_address(rcpt))
		return UNLEARNED_ROLE;
	switch (note(end, rcpt, &e)) {
	case 1:
		return UNLEARNED_NOTHING;
	case 0:
		tell_of_excess(end);
		return UNLEARNED_MAX_PER_HOUR;
	default:
		alarm_raise(end->deps->alarms, ALARM_STORE, end->now, e.text);
		return UNLEARNED_STORE;
	}
}

void
outbound_end(struct outbound *o, const struct policy_deps *deps,
    const struct conf *conf, const char *queue, int64_t now,
    outbound_each_fn each, void *arg)
{
	const struct ending	end = { .o = o, .deps = deps, .queue = queue,
				    .conf = &conf->auto_whitelist,
				    .now = now };
	unsigned		learned = 0;

	if (!o->outbound || o->n_outside == 0)
		return;
	for (unsigned i = 0; i < o->n_rcpt; i++) {
		enum unlearned why = o->why != UNLEARNED_NOTHING ? o->why :
		    learn_one(&end, o->rcpt[i]);

		learned += why == UNLEARNED_NOTHING;
		if (deps->watch != NULL && why != UNLEARNED_NOTHING &&
		    o->why == UNLEARNED_NOTHING)
			outbound_watch_unlearned(deps->watch, why);
		if (each != NULL)
			each(o->rcpt[i], why, arg);
	}
	if (deps->watch == NULL)
		return;
	if (o->why != UNLEARNED_NOTHING)
		outbound_watch_unlearned(deps->watch, o->why);
	outbound_watch_message(deps->watch, learned);
}

void
outbound_clear(struct outbound *o)
{
	free(o->ours);
	free(o->user);
	for (unsigned i = 0; i < o->n_rcpt; i++)
		free(o->rcpt[i]);
	free(o->rcpt);
	*o = (struct outbound){ .asked = false };
}
