/* SPDX-License-Identifier: ISC
 * policy/rule_lint.c - what is unwise in rules, told from their texts alone. */
#include "policy/rule_lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/domain.h"

struct lint {
	const struct conf	*conf;
	conf_report_fn		 each;
	void			*arg;
};

static void	tell(const struct lint *, const struct conf_rule *,
		    const char *, ...) __attribute__((format(printf, 3, 4)));

static void
tell(const struct lint *l, const struct conf_rule *r, const char *fmt, ...)
{
	char	what[800], line[1200];
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)snprintf(line, sizeof(line), "%s:%u: rule \"%s\" %s",
	    l->conf->file, r->line, r->name, what);
	l->each(line, l->arg);
}

/* In each of these: whether a holds wherever b does. */
static bool
patterns_cover(const struct patternset *a, const struct patternset *b)
{
	return a == NULL || (b != NULL && patternset_covers(a, b));
}

static bool
networks_cover(const struct netset *a, const struct netset *b)
{
	return a == NULL || (b != NULL && netset_covers(a, b));
}

static bool
hour_covers(const struct conf_hours *a, const struct conf_hours *b)
{
	bool	same = a->from == b->from && a->upto == b->upto;
	bool	plain = a->from < a->upto && b->from < b->upto;

	return (b->days & ~a->days) == 0 &&
	    (same || (plain && a->from <= b->from && a->upto >= b->upto));
}

static bool
times_cover(const struct conf_rule *a, const struct conf_rule *b)
{
	size_t	k;

	for (size_t i = 0; i < b->n_time; i++) {
		for (k = 0; k < a->n_time; k++)
			if (hour_covers(&a->time[k], &b->time[i]))
				break;
		if (k == a->n_time)
			return a->n_time == 0;
	}
	return a->n_time == 0 || b->n_time > 0;
}

static bool
macros_cover(const struct conf_rule *a, const struct conf_rule *b)
{
	size_t	k;

	for (size_t i = 0; i < b->n_macro; i++) {
		for (k = 0; k < a->n_macro; k++)
			if (strcmp(a->macro[k].name, b->macro[i].name) == 0 &&
			    strcmp(a->macro[k].value, b->macro[i].value) == 0)
				break;
		if (k == a->n_macro)
			return a->n_macro == 0;
	}
	return a->n_macro == 0 || b->n_macro > 0;
}

static bool
list_covers(const struct conf_dns_list *a, const struct conf_dns_list *b)
{
	if (strcasecmp(a->zone, b->zone) != 0)
		return false;
	if (a->n != b->n)
		return a->n == 0;
	for (size_t i = 0; i < a->n; i++)
		if (a->range[i].from > b->range[i].from ||
		    a->range[i].upto < b->range[i].upto)
			return false;
	return true;
}

static bool
lists_cover(const struct conf_dns_list *a, size_t n_a,
    const struct conf_dns_list *b, size_t n_b)
{
	size_t	k;

	for (size_t i = 0; i < n_b; i++) {
		for (k = 0; k < n_a; k++)
			if (list_covers(&a[k], &b[i]))
				break;
		if (k == n_a)
			return n_a == 0;
	}
	return n_a == 0 || n_b > 0;
}

/* Confirmed names are all that client-name looks at. */
static bool
is_verified_covered(const struct conf_rule *a, const struct conf_rule *b)
{
	return a->verified == CONF_ANY || a->verified == b->verified ||
	    (a->verified == CONF_YES && b->client_name != NULL);
}

static bool
covers(const struct conf_rule *a, const struct conf_rule *b)
{
	return networks_cover(a->client, b->client) &&
	    patterns_cover(a->client_name, b->client_name) &&
	    is_verified_covered(a, b) &&
	    patterns_cover(a->identity, b->identity) &&
	    patterns_cover(a->helo, b->helo) &&
	    patterns_cover(a->sender, b->sender) &&
	    patterns_cover(a->recipient, b->recipient) &&
	    times_cover(a, b) && macros_cover(a, b) &&
	    (a->tls == CONF_ANY || a->tls == b->tls) &&
	    lists_cover(a->dnsbl, a->n_dnsbl, b->dnsbl, b->n_dnsbl) &&
	    lists_cover(a->dnswl, a->n_dnswl, b->dnswl, b->n_dnswl);
}

static void
lint_covered(const struct lint *l, const struct conf_rule *r)
{
	for (const struct conf_rule *a = l->conf->rules; a < r; a++) {
		if (a->observe || !covers(a, r))
			continue;
		tell(l, r, "never decides: rule \"%s\" in line %u is for all "
		    "that it is for; put it before that one", a->name, a->line);
		return;
	}
}

/* Whether all identities begin with the word. */
static bool
has_only(const struct patternset *s, const char *word)
{
	for (size_t i = 0; i < patternset_count(s); i++)
		if (strncmp(patternset_at(s, i), word, strlen(word)) != 0)
			return false;
	return s != NULL;
}

/* A condition whose files have no pattern, or NULL. */
static const char *
empty_condition(const struct conf_rule *r)
{
	const struct {
		const char		*name;
		const struct patternset	*set;
	} all[] = { { "client-name", r->client_name }, { "helo", r->helo },
	    { "sender", r->sender }, { "recipient", r->recipient } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].set != NULL && patternset_count(all[i].set) == 0)
			return all[i].name;
	return NULL;
}

/* Whether it was told that the rule is for nobody. */
static bool
lint_nobody(const struct lint *l, const struct conf_rule *r)
{
	const char	*empty = empty_condition(r);
	const char	*name = r->client_name != NULL ? "client-name" :
			    has_only(r->identity, "name:") ?
			    "an identity name:" : NULL;
	const char	*asked = r->n_dnsbl > 0 ? "dnsbl" :
			    r->n_dnswl > 0 ? "dnswl" :
			    has_only(r->identity, "spf:") ?
			    "an identity spf:" : NULL;

	if (empty != NULL)
		tell(l, r, "is for nobody: the files of %s have no pattern in "
		    "them; enter some, or leave the rule out", empty);
	else if (r->verified == CONF_NO && name != NULL)
		tell(l, r, "is for nobody: verified = no, and only a confirmed "
		    "name is %s; leave one of both out", name);
	else if (!l->conf->spf && asked != NULL)
		tell(l, r, "is for nobody: nothing is looked up for %s with "
		    "spf = false; set spf = true, or leave the rule out",
		    asked);
	else
		return false;
	return true;
}

/* text: "192.0.2.0/24". Clients have their network in one length alone. */
static void
lint_net(const struct lint *l, const struct conf_rule *r, const char *text)
{
	const struct conf_greylist	*g = &l->conf->greylist;
	bool		v6 = strchr(text, ':') != NULL;
	unsigned	bits = v6 ? g->ipv6_prefix : g->ipv4_prefix;

	if (strtoul(strchr(text, '/') + 1, NULL, 10) != bits)
		tell(l, r, "has an identity that no client has: net:%s, while "
		    "greylist.%s is %u; write client = \"%s\" instead", text,
		    v6 ? "ipv6-prefix" : "ipv4-prefix", bits, text);
}

/* text: "example.net" or "*.example.net". */
static void
lint_name(const struct lint *l, const struct conf_rule *r, const char *text)
{
	bool		 below = strncmp(text, "*.", 2) == 0;
	const char	*domain = text + (below ? 2 : 0);
	char		 whole[DOMAIN_SIZE] = "";

	if (below ? domain_is_public_suffix(domain) :
	    domain_registrable(domain, whole) && strcmp(domain, whole) == 0)
		return;
	if (!domain_registrable(domain, whole))
		memcpy(whole, "example.net", sizeof("example.net"));
	tell(l, r, "has an identity that no client has: name:%s, since names "
	    "are cut to the domain that is registered, such as name:%s; write "
	    "client-name for others", text, whole);
}

static void
lint_identities(const struct lint *l, const struct conf_rule *r)
{
	const char	*text;

	for (size_t i = 0; i < patternset_count(r->identity); i++) {
		text = patternset_at(r->identity, i);
		if (strncmp(text, "net:", 4) == 0)
			lint_net(l, r, text + 4);
		else if (strncmp(text, "name:", 5) == 0)
			lint_name(l, r, text + 5);
	}
}

/* A domain of ours that one of the senders is of, or NULL. "bob@" is of all. */
static const char *
own_domain(const struct conf *c, const struct patternset *senders)
{
	char		 all[300];
	const char	*at;

	for (size_t i = 0; i < patternset_count(senders); i++) {
		at = strrchr(patternset_at(senders, i), '@');
		if (at != NULL && at[1] == '\0' &&
		    nameset_count(c->local_domains) > 0)
			return nameset_at(c->local_domains, 0);
		if (at != NULL && nameset_has(c->local_domains, at + 1))
			return at + 1;
	}
	for (size_t i = 0; i < nameset_count(c->local_domains); i++) {
		(void)snprintf(all, sizeof(all), "@%s",
		    nameset_at(c->local_domains, i));
		if (patternset_has(senders, all))
			return nameset_at(c->local_domains, i);
	}
	return NULL;
}

static bool
has_condition(const struct conf_rule *r)
{
	return r->client != NULL || r->client_name != NULL ||
	    r->verified != CONF_ANY || r->identity != NULL ||
	    r->helo != NULL || r->sender != NULL || r->recipient != NULL ||
	    r->n_time > 0 || r->n_macro > 0 || r->tls != CONF_ANY ||
	    r->n_dnsbl > 0 || r->n_dnswl > 0;
}

static void
lint_everybody(const struct lint *l, const struct conf_rule *r)
{
	bool	rejects = r->action == CONF_ACTION_REJECT;

	if (r->observe || (!rejects && r->action != CONF_ACTION_DEFER) ||
	    has_condition(r))
		return;
	tell(l, r, "has no condition and %s all mail that comes as far as it, "
	    "%s; add a condition such as client, or leave the rule out",
	    rejects ? "refuses" : "defers", rejects ? "for good" :
	    "however often it is tried");
}

static void
lint_forged(const struct lint *l, const struct conf_rule *r)
{
	const char	*domain = own_domain(l->conf, r->sender);

	if (r->action == CONF_ACTION_ACCEPT && domain != NULL &&
	    r->client == NULL && r->client_name == NULL &&
	    r->identity == NULL && r->n_macro == 0)
		tell(l, r, "accepts senders of %s from any client, and anybody "
		    "can forge them; add client, client-name, identity or "
		    "macro", domain);
}

void
rule_lint(const struct conf *conf, conf_report_fn each, void *arg)
{
	const struct lint	l = { conf, each, arg };

	for (size_t i = 0; i < conf->n_rules; i++) {
		if (!lint_nobody(&l, &conf->rules[i]))
			lint_covered(&l, &conf->rules[i]);
		lint_identities(&l, &conf->rules[i]);
		lint_forged(&l, &conf->rules[i]);
		lint_everybody(&l, &conf->rules[i]);
	}
}
