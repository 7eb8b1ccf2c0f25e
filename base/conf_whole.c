/* SPDX-License-Identifier: ISC
 * base/conf_whole.c - the checks of conf_whole.h. After a mistake elsewhere a
 * text may be missing (NULL); what would only follow from that is not told. */
#include "base/conf_whole.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf_titled.h"

/* One titled or untitled part of the file under check. */
struct check {
	const struct conf	*conf;
	const struct conf_lines	*lines;
	struct conf_mistakes	*m;
};

struct conf_lines *
conf_given_add(struct conf_given *g, const struct conf_section *section,
    size_t index)
{
	struct conf_lines	*grown;
	size_t			 size;

	if (g->used == g->size) {
		size = g->size ? g->size * 2 : 8;
		grown = reallocarray(g->list, size, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		g->list = grown;
		g->size = size;
	}
	g->list[g->used] = (struct conf_lines){ .section = section,
	    .index = index };
	return &g->list[g->used++];
}

void
conf_given_clear(struct conf_given *g)
{
	free(g->list);
	*g = (struct conf_given){ 0 };
}

static bool
has_text(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static unsigned
line_of(const struct check *k, int section, const char *name)
{
	const struct conf_row	*row;

	row = conf_row_find(&conf_sections[section], name, strlen(name));
	return k->lines->line[row - conf_rows];
}

/* The line of the one that was given, or of the later one if both were. */
static unsigned
later(const struct check *k, int section, const char *a, const char *b)
{
	unsigned	x = line_of(k, section, a), y = line_of(k, section, b);

	return x > y ? x : y;
}

static void
check_greylist(const struct check *k)
{
	const struct conf_greylist	*g = &k->conf->greylist;

	if (g->delay >= g->window)
		conf_mistake(k->m, later(k, CONF_IN_GREYLIST, "delay",
		    "window"), "greylist.delay is %llds and greylist.window "
		    "%llds, so no retry could pass; allowed is a delay shorter "
		    "than the window", (long long)g->delay,
		    (long long)g->window);
}

/* What an evening's look at the journal needs is never thrown away. */
static void
check_retention(const struct check *k)
{
	enum { DAY = 86400 };
	int64_t	kept = k->conf->journal_retention;

	if (kept != 0 && kept < DAY)
		conf_mistake(k->m, line_of(k, CONF_IN_TOP,
		    "journal-retention"), "journal-retention is %llds; allowed "
		    "is 1d or more, or 0 for as long as logrotate leaves the "
		    "files", (long long)kept);
}

static void
check_recipients(const struct check *k)
{
	const struct conf_recipients	*r = &k->conf->recipients;

	if (r->stale < r->cache)
		conf_mistake(k->m, later(k, CONF_IN_RECIPIENTS, "cache",
		    "stale"), "recipients.stale is %llds and recipients.cache "
		    "%llds; allowed is a stale that is not shorter than the "
		    "cache", (long long)r->stale, (long long)r->cache);
	if (r->negative_cache > r->cache)
		conf_mistake(k->m, later(k, CONF_IN_RECIPIENTS, "cache",
		    "negative-cache"), "recipients.negative-cache is %llds and "
		    "recipients.cache %llds; allowed is a negative-cache that "
		    "is not longer than the cache",
		    (long long)r->negative_cache, (long long)r->cache);
}

/* Both are called "list:file" where sources are named. */
static void
check_list(const struct check *k, const struct conf_list *l)
{
	if (strcmp(l->name, "file") == 0 &&
	    has_text(k->conf->recipients.file))
		conf_mistake(k->m, line_of(k, CONF_IN_LIST, "file"),
		    "recipients.list \"file\" beside recipients.file, which is "
		    "a list of that name; allowed is another name");
}

/* A setting that stands in an ldap section. */
struct pair {
	const char	*name, *value;
};

/* One that means nothing without the other. */
static void
check_pair(const struct check *k, struct pair a, struct pair b)
{
	struct pair	given = has_text(a.value) ? a : b;
	struct pair	missing = has_text(a.value) ? b : a;

	if (has_text(a.value) != has_text(b.value))
		conf_mistake(k->m, line_of(k, CONF_IN_LDAP, given.name),
		    "recipients.ldap.%s without %s; allowed are both or none",
		    given.name, missing.name);
}

/* EXTERNAL takes who we are from the socket or our certificate. */
static void
check_external(const struct check *k, struct pair a)
{
	if (has_text(a.value))
		conf_mistake(k->m, line_of(k, CONF_IN_LDAP, a.name),
		    "recipients.ldap.%s beside bind = external, which takes "
		    "neither name nor password; allowed are one of both",
		    a.name);
}

static void
check_ldap(const struct check *k, const struct conf_ldap *l)
{
	struct pair	dn = { "bind-dn", l->bind_dn };
	struct pair	password = { "password-file", l->password_file };

	if (l->bind == CONF_BIND_EXTERNAL) {
		check_external(k, dn);
		check_external(k, password);
	} else {
		check_pair(k, dn, password);
	}
	check_pair(k, (struct pair){ "cert-file", l->cert_file },
	    (struct pair){ "key-file", l->key_file });
	check_pair(k, (struct pair){ "export-filter", l->export_filter },
	    (struct pair){ "export-attributes", l->export_attributes });
}

/* A setting that means nothing with the rule's action. */
static void
check_useless(const struct check *k, const char *name, const char *actions)
{
	unsigned	line = line_of(k, CONF_IN_RULE, name);

	if (line != 0)
		conf_mistake(k->m, line, "rule.%s means nothing with this "
		    "action; allowed is action = %s", name, actions);
}

/* What greylist { } says of both is told there. */
static void
check_rule_times(const struct check *k, const struct conf_rule *r)
{
	const struct conf_greylist	*g = &k->conf->greylist;
	bool		delay = line_of(k, CONF_IN_RULE, "delay") != 0;
	bool		window = line_of(k, CONF_IN_RULE, "window") != 0;
	long long	x = delay ? r->delay : g->delay;
	long long	y = window ? r->window : g->window;

	if ((delay || window) && x >= y)
		conf_mistake(k->m, later(k, CONF_IN_RULE, "delay", "window"),
		    "rule \"%s\" has a delay of %llds in a window of %llds, so "
		    "no retry could pass; allowed is a delay shorter than the "
		    "window", r->name, x, y);
}

static void
check_rule_reply(const struct check *k, const struct conf_rule *r)
{
	unsigned	line = line_of(k, CONF_IN_RULE, "reply");
	bool		defer = r->action == CONF_ACTION_DEFER;

	if (line != 0 && r->reply.code[0] != (defer ? '4' : '5'))
		conf_mistake(k->m, line, "rule.reply: %s with action = %s; "
		    "allowed is a code that begins with %c", r->reply.code,
		    defer ? "defer" : "reject", defer ? '4' : '5');
}

/* A value that is none, its action perhaps, is told already. */
static void
check_rule(const struct check *k, const struct conf_rule *r)
{
	if (k->lines->odd || line_of(k, CONF_IN_RULE, "action") == 0)
		return;
	if (r->action == CONF_ACTION_GREYLIST) {
		check_rule_times(k, r);
	} else {
		check_useless(k, "delay", "greylist");
		check_useless(k, "window", "greylist");
	}
	if (r->action == CONF_ACTION_DEFER || r->action == CONF_ACTION_REJECT)
		check_rule_reply(k, r);
	else
		check_useless(k, "reply", "defer or reject");
}

/* A source's own domains are among ours. */
static void
check_domains(const struct check *k, int section, const struct nameset *own)
{
	for (size_t i = 0; i < nameset_count(own); i++)
		if (!nameset_has(k->conf->local_domains, nameset_at(own, i)))
			conf_mistake(k->m, line_of(k, section, "domains"),
			    "recipients.%s.domains: %s is not in "
			    "local-domains; allowed are domains that are",
			    conf_sections[section].name, nameset_at(own, i));
}

static void
check_titled(const struct check *k, bool domains)
{
	int			 section = (int)(k->lines->section -
				    conf_sections);
	const void		*entry = conf_titled_at(k->conf,
				    k->lines->section, k->lines->index);
	const struct nameset	*own = NULL;

	if (section == CONF_IN_LIST) {
		check_list(k, entry);
		own = ((const struct conf_list *)entry)->domains;
	} else if (section == CONF_IN_UNIX) {
		own = ((const struct conf_unix *)entry)->domains;
	} else if (section == CONF_IN_RULE) {
		check_rule(k, entry);
	} else if (section == CONF_IN_LDAP) {
		check_ldap(k, entry);
		own = ((const struct conf_ldap *)entry)->domains;
	}
	if (domains)
		check_domains(k, section, own);
}

void
conf_whole_check(const struct conf *c, const struct conf_given *given,
    struct conf_mistakes *m)
{
	struct check	k = { c, given->list, m };
	/* Left out after a mistake, local-domains tells nothing of others. */
	bool		domains = !given->odd_domains &&
			    (line_of(&k, CONF_IN_TOP, "local-domains") != 0 ||
			    !conf_mistakes_any(m));

	check_retention(&k);
	check_greylist(&k);
	check_recipients(&k);
	for (size_t i = 1; i < given->used; i++) {
		k.lines = &given->list[i];
		check_titled(&k, domains);
	}
}

/* Whether a default names a path that does not exist. */
static bool
is_absent(const struct check *k, int section, const char *name,
    const char *path)
{
	return line_of(k, section, name) == 0 && access(path, F_OK) == -1 &&
	    errno == ENOENT;
}

static void
make_none(char **path, struct conf_mistakes *m)
{
	char	*none = strdup("");

	if (none == NULL) {
		conf_mistake(m, 0, "out of memory");
		return;
	}
	free(*path);
	*path = none;
}

/* An empty list has no line, and no entry either. */
static void
settle_top(struct conf *c, const struct check *k, struct conf_mistakes *m)
{
	if (c->n_whitelist == 1 && is_absent(k, CONF_IN_TOP, "whitelist",
	    c->whitelist[0]))
		free(c->whitelist[--c->n_whitelist]);
	if (has_text(c->large_senders) && is_absent(k, CONF_IN_TOP,
	    "large-senders", c->large_senders))
		make_none(&c->large_senders, m);
}

/* The line in which the first of its settings stands. */
static unsigned
first_line(const struct conf_lines *lines)
{
	unsigned	first = 0;

	for (size_t i = 0; i < CONF_ROWS; i++)
		if (lines->line[i] != 0 &&
		    (first == 0 || lines->line[i] < first))
			first = lines->line[i];
	return first;
}

static void
settle_rule(const struct check *k, struct conf_rule *r)
{
	r->line = first_line(k->lines);
	if (line_of(k, CONF_IN_RULE, "delay") == 0)
		r->delay = -1;
	if (line_of(k, CONF_IN_RULE, "window") == 0)
		r->window = -1;
	if (line_of(k, CONF_IN_RULE, "reply") != 0)
		return;
	if (r->action == CONF_ACTION_DEFER)
		(void)reply_parse("450 4.7.1 Please try again later", '4',
		    &r->reply, NULL);
	else if (r->action == CONF_ACTION_REJECT)
		(void)reply_parse("550 5.7.1 Refused by policy", '5',
		    &r->reply, NULL);
}

void
conf_whole_settle(struct conf *c, const struct conf_given *given,
    struct conf_mistakes *m)
{
	struct check	 k = { .conf = c };
	struct conf_unix *u;

	k.lines = &given->list[0];
	settle_top(c, &k, m);
	for (size_t i = 1; i < given->used; i++) {
		k.lines = &given->list[i];
		if (k.lines->section == &conf_sections[CONF_IN_RULE])
			settle_rule(&k, &c->rules[k.lines->index]);
		if (k.lines->section != &conf_sections[CONF_IN_UNIX])
			continue;
		u = &c->recipients.unixes[k.lines->index];
		if (has_text(u->aliases) && is_absent(&k, CONF_IN_UNIX,
		    "aliases", u->aliases))
			make_none(&u->aliases, m);
	}
}
