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

	check_greylist(&k);
	check_recipients(&k);
	for (size_t i = 1; i < given->used; i++) {
		k.lines = &given->list[i];
		check_titled(&k, domains);
	}
}

void
conf_whole_settle(struct conf *c, const struct conf_given *given,
    struct conf_mistakes *m)
{
	struct check	 k = { .conf = c };
	struct conf_unix *u;
	char		*none;

	for (size_t i = 1; i < given->used; i++) {
		k.lines = &given->list[i];
		if (k.lines->section != &conf_sections[CONF_IN_UNIX] ||
		    line_of(&k, CONF_IN_UNIX, "aliases") != 0)
			continue;
		u = &c->recipients.unixes[k.lines->index];
		if (access(u->aliases, F_OK) == 0 || errno != ENOENT)
			continue;
		if ((none = strdup("")) == NULL) {
			conf_mistake(m, 0, "out of memory");
			continue;
		}
		free(u->aliases);
		u->aliases = none;
	}
}
