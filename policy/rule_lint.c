/* SPDX-License-Identifier: ISC
 * policy/rule_lint.c - what is unwise in rules, told from their texts alone. */
#include "policy/rule_lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

static bool
has_only_names(const struct patternset *s)
{
	for (size_t i = 0; i < patternset_count(s); i++)
		if (strncmp(patternset_at(s, i), "name:", 5) != 0)
			return false;
	return s != NULL;
}

static void
lint_excluding(const struct lint *l, const struct conf_rule *r)
{
	const char	*other = r->client_name != NULL ? "client-name" :
			    has_only_names(r->identity) ?
			    "an identity name:" : NULL;

	if (r->verified == CONF_NO && other != NULL)
		tell(l, r, "is for nobody: verified = no, and only a confirmed "
		    "name is %s; leave one of both out", other);
}

/* A domain of ours that one of the senders is of, or NULL. */
static const char *
own_domain(const struct conf *c, const struct patternset *senders)
{
	char		 all[300];
	const char	*at;

	for (size_t i = 0; i < patternset_count(senders); i++) {
		at = strrchr(patternset_at(senders, i), '@');
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
		lint_covered(&l, &conf->rules[i]);
		lint_excluding(&l, &conf->rules[i]);
		lint_forged(&l, &conf->rules[i]);
	}
}
