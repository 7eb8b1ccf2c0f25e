/* SPDX-License-Identifier: ISC
 * policy/rule.c - the conditions of rules, the cheap ones first. */
#include "policy/rule.h"

#include <string.h>
#include <time.h>

#include "identity/spf.h"
#include "policy/trace.h"

/* A text the MTA has not told is matched by no pattern. */
static bool
is_in(const struct patternset *set, const char *text)
{
	return set == NULL || (text != NULL && patternset_has(set, text));
}

static bool
is_as(enum conf_tristate wanted, bool is)
{
	return wanted == CONF_ANY || (wanted == CONF_YES) == is;
}

/* The first condition that does not hold, by its name; NULL: all do. */
static const char *
client_lacks(const struct conf_rule *r, const struct client *c)
{
	if (r->client != NULL && !(c->by_smtp &&
	    netset_has(r->client, &c->addr)))
		return "client";
	if (r->client_name != NULL && !(c->verified &&
	    is_in(r->client_name, c->host)))
		return "client-name";
	if (!is_as(r->verified, c->verified))
		return "verified";
	if (!is_in(r->helo, c->helo))
		return "helo";
	return is_as(r->tls, c->tls) ? NULL : "tls";
}

/* A range over midnight belongs to the day on which it begins. */
static bool
is_within(const struct conf_hours *h, unsigned day, unsigned minute)
{
	unsigned	before = (day + 6) % 7;
	bool		today = h->days >> day & 1;

	if (h->from < h->upto)
		return today && minute >= h->from && minute < h->upto;
	return (today && minute >= h->from) ||
	    ((h->days >> before & 1) && minute < h->upto);
}

static bool
is_time(const struct conf_rule *r, int64_t now)
{
	time_t		t = (time_t)now;
	struct tm	local;

	if (r->n_time == 0)
		return true;
	if (localtime_r(&t, &local) == NULL)
		return false;
	for (size_t i = 0; i < r->n_time; i++)
		if (is_within(&r->time[i], (unsigned)local.tm_wday,
		    (unsigned)(local.tm_hour * 60 + local.tm_min)))
			return true;
	return false;
}

static bool
is_macro(const struct conf_rule *r, const struct attempt *a)
{
	const char	*value;

	if (r->n_macro == 0)
		return true;
	if (a->macro == NULL)
		return false;
	for (size_t i = 0; i < r->n_macro; i++) {
		value = a->macro(a->macro_arg, r->macro[i].name);
		if (value != NULL && strcmp(value, r->macro[i].value) == 0)
			return true;
	}
	return false;
}

/* Whether an identity that the client has without asking is in the set. */
static bool
has_identity(const struct conf_rule *r, const struct client *c)
{
	const struct identities	*i = &c->identities;

	return c->by_smtp && (patternset_has(r->identity, i->addr) ||
	    patternset_has(r->identity, i->net) ||
	    patternset_has(r->identity, i->name));
}

/* Whether SPF could make up for that: only by the sender's own domain. */
static bool
is_spf_wanted(const struct conf_rule *r, const struct attempt *a)
{
	static const char	spf[] = "spf:";
	char			text[sizeof(spf) + SPF_DOMAIN_SIZE];

	memcpy(text, spf, sizeof(spf));
	return a->client->by_smtp &&
	    spf_domain(a->sender, a->client->helo, text + strlen(spf)) &&
	    patternset_has(r->identity, text);
}

static bool
is_identity(const struct conf_rule *r, const struct attempt *a,
    const struct rule_asks *asks)
{
	if (r->identity == NULL || has_identity(r, a->client))
		return true;
	return asks != NULL && is_spf_wanted(r, a) && asks->has_spf(asks->arg);
}

static bool
is_listed(const struct conf_dns_list *lists, size_t n,
    const struct rule_asks *asks)
{
	if (n == 0)
		return true;
	if (asks == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (asks->is_listed(asks->arg, &lists[i]))
			return true;
	return false;
}

/* The cheap conditions first. */
static const char *
lacks(const struct conf_rule *r, const struct attempt *a,
    const struct rule_asks *asks, int64_t now)
{
	const char	*missing = client_lacks(r, a->client);

	if (missing != NULL)
		return missing;
	if (!is_in(r->sender, a->sender))
		return "sender";
	if (!is_in(r->recipient, a->rcpt))
		return "recipient";
	if (!is_time(r, now))
		return "time";
	if (!is_macro(r, a))
		return "macro";
	if (!is_identity(r, a, asks))
		return "identity";
	if (!is_listed(r->dnsbl, r->n_dnsbl, asks))
		return "dnsbl";
	return is_listed(r->dnswl, r->n_dnswl, asks) ? NULL : "dnswl";
}

size_t
rule_find(const struct conf *conf, size_t from, const struct attempt *a,
    const struct rule_asks *asks, int64_t now)
{
	const char	*missing;
	size_t		 i;

	for (i = from; i < conf->n_rules; i++) {
		missing = lacks(&conf->rules[i], a, asks, now);
		if (missing == NULL)
			break;
		if (a->trace != NULL)
			trace_say(a->trace, "rule \"%s\" is not for it: its "
			    "%s does not hold", conf->rules[i].name, missing);
	}
	return i;
}
