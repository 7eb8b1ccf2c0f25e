/* SPDX-License-Identifier: ISC
 * recipient/ldap.c - which server is asked what, and what its answer means. */
#include "recipient/ldap.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "recipient/ldap_link.h"
#include "recipient/ldap_settings.h"
#include "recipient/template.h"

enum { PAGE_SECONDS = 30 };	/* nobody's mail waits for a listing */

struct seat {
	struct ldap_link *link;		/* NULL: not connected */
	unsigned	 server;	/* that it is of, or was last */
};

/* --- asking --- */

static void *
seat_new(const struct source *source)
{
	(void)source;
	return calloc(1, sizeof(struct seat));
}

static void
seat_free(const struct source *source, void **seat)
{
	struct seat	*old = *seat;

	(void)source;
	*seat = NULL;
	if (old == NULL)
		return;
	ldap_link_close(&old->link);
	free(old);
}

/* One ask() of one server. */
struct asking {
	const struct ldap_settings	*s;
	struct seat		*seat;
	unsigned		 server;
	const struct address	*address;
	int64_t			 end;		/* of this server's time */
	enum ldap_trouble	 why;		/* it gave no answer */
};

/* A timeout from now, within the server's time. */
static int64_t
deadline_of(const struct asking *k)
{
	int64_t	soon = clock_monotonic_micros() + ldap_settings_timeout(k->s);

	return soon < k->end ? soon : k->end;
}

static int
connect_to(const struct ldap_settings *s, unsigned server, int64_t deadline,
    struct ldap_link **out, struct err *e)
{
	const struct ldap_server	to = { .uri = s->uris[server],
					    .conf = &s->conf, .tls = s->tls };

	return ldap_link_open(out, &to, deadline, e);
}

static struct template_value
value(const char *text)
{
	return (struct template_value){ text, strlen(text) };
}

/* Whether there is this address, or its base. As ldap_link_find(). */
static int
find(struct asking *k, bool base, int64_t deadline, struct err *e)
{
	const struct address	*a = k->address;
	struct template_values	 values = {
		.whole = value(base ? a->base : a->whole),
		.local = value(base ? a->base_local : a->local),
		.domain = value(a->domain),
	};
	char			*dn = NULL, *filter = NULL;
	int			 found = -1;

	k->why = LDAP_LINK_QUESTION;
	if (template_expand(k->s->conf.base, &values, &dn, e) == 0 &&
	    template_expand(k->s->conf.filter, &values, &filter, e) == 0)
		found = ldap_link_find(k->seat->link, &(struct ldap_question){
		    .base = dn, .filter = filter, .deadline = deadline },
		    &k->why, e);
	free(dn);
	free(filter);
	return found;
}

static int
find_either(struct asking *k, struct err *e)
{
	int64_t	deadline = deadline_of(k);
	int	found = find(k, false, deadline, e);

	if (found == 0 && k->address->base[0] != '\0')
		found = find(k, true, deadline, e);
	return found;
}

/* A connection that was there before may be dead without anybody's fault. */
static int
ask_server(struct asking *k, struct err *e)
{
	struct ldap_link	**link = &k->seat->link;
	bool			  fresh = false;
	int			  found;

	k->end = clock_monotonic_micros() + 2 * ldap_settings_timeout(k->s);
	for (;;) {
		if (*link == NULL) {
			k->why = LDAP_LINK_LOST;
			if (connect_to(k->s, k->server, deadline_of(k), link,
			    e) == -1)
				return -1;
			fresh = true;
		}
		found = find_either(k, e);
		if (found != -1 || k->why == LDAP_LINK_QUESTION)
			return found;
		ldap_link_close(link);
		if (fresh || k->why != LDAP_LINK_LOST)
			return -1;
	}
}

/* Adds a server's sentence to those of others. */
static void
add_sentence(struct err *all, bool first, const char *uri,
    const struct err *why)
{
	struct err	before = *all;

	(void)err_set(all, "%s%s%s: %s", before.text, first ? "" : "; ", uri,
	    why->text);
}

static int
ask(const struct source *source, void *seat, const struct address *a,
    bool *down, struct err *e)
{
	struct asking	k = { .s = source->settings, .seat = seat,
			    .address = a };
	unsigned	first = k.seat->server;
	struct err	why, all;
	int		found = -1;

	(void)err_set(&all, "%s: ", source->name);
	*down = true;
	for (unsigned i = 0; i < k.s->servers && found == -1 && *down; i++) {
		k.server = (first + i) % k.s->servers;
		found = ask_server(&k, &why);
		*down = found == -1 && (k.why == LDAP_LINK_LOST ||
		    k.why == LDAP_LINK_SERVER);
		if (found == -1)
			add_sentence(&all, i == 0, k.s->uris[k.server], &why);
		if (!*down)
			k.seat->server = k.server;
	}
	if (found == -1 && e != NULL)
		*e = all;
	return found;
}

/* --- listing --- */

struct giving {
	bool	(*each)(const char *address, void *arg);
	void	*arg;
};

/* How long the "word:" is that a value begins with; 0: with none. */
static size_t
kind_length(const char *bytes, size_t len)
{
	size_t	n = 0;

	while (n < len && isalnum((unsigned char)bytes[n]))
		n++;
	return n > 0 && n < len && bytes[n] == ':' ? n + 1 : 0;
}

/* As ldap_value_fn. Of "SMTP:bob@x", "smtp:b@x", "sip:bob@x" and "X500:/o=y"
 * the first two are addresses. A bare domain would open it for everybody. */
static bool
give(const char *bytes, size_t len, void *arg)
{
	const struct giving	*g = arg;
	size_t			 kind = kind_length(bytes, len);
	char			 address[ADDRESS_MAX + 1];

	if (kind > 0 && (kind != strlen("smtp:") ||
	    strncasecmp(bytes, "smtp:", kind) != 0))
		return true;
	bytes += kind;
	len -= kind;
	if (len == 0 || len > ADDRESS_MAX || bytes[0] == '@' ||
	    memchr(bytes, '@', len) == NULL || memchr(bytes, '\0', len) != NULL)
		return true;
	memcpy(address, bytes, len);
	address[len] = '\0';
	return g->each(address, g->arg);
}

/* The first server that can be connected to lists all, or fails. */
static int
list_from_one(const struct source *source, const struct ldap_listing *listing,
    struct err *e)
{
	const struct ldap_settings	*s = source->settings;
	struct ldap_link	*link = NULL;
	struct err		 why, all;
	int			 failed = -1;

	(void)err_set(&all, "%s: ", source->name);
	for (unsigned i = 0; i < s->servers && link == NULL; i++) {
		int64_t	end = clock_monotonic_micros() +
			    ldap_settings_timeout(s);

		if (connect_to(s, i, end, &link, &why) == 0)
			failed = ldap_link_list(link, listing, &why);
		if (failed == -1)
			add_sentence(&all, i == 0, s->uris[i], &why);
	}
	ldap_link_close(&link);
	return failed == 0 ? 0 : err_set(e, "%s", all.text);
}

static int
list(const struct source *source, bool (*each)(const char *address, void *arg),
    void *arg, struct err *e)
{
	static const struct template_values	nobody;
	const struct ldap_settings			*s = source->settings;
	struct giving				 g = { each, arg };
	struct ldap_listing			 listing = {
		.filter = s->conf.export_filter, .attributes = s->attributes,
		.page_seconds = PAGE_SECONDS, .each = give, .arg = &g,
	};
	char					*base;
	int					 failed;

	if (s->conf.export_filter[0] == '\0' || s->attributes[0] == NULL)
		return err_set(e, "%s cannot be listed: set export-filter and "
		    "export-attributes", source->name);
	if (!template_is_fixed(s->conf.base))
		return err_set(e, "%s cannot be listed: its base depends on "
		    "the address", source->name);
	if (template_expand(s->conf.base, &nobody, &base, e) == -1)
		return -1;
	listing.base = base;
	failed = list_from_one(source, &listing, e);
	free(base);
	return failed;
}

/* --- the source --- */

static void
source_free(struct source **source)
{
	struct source		*old = *source;
	struct ldap_settings	*settings;

	*source = NULL;
	if (old == NULL)
		return;
	settings = old->settings;
	ldap_settings_free(&settings);
	free(old);
}

int
ldap_source_new(const struct conf_ldap *conf, struct source **out,
    struct err *e)
{
	struct source	*source = calloc(1, sizeof(*source));
	struct err	 why;

	if (source == NULL)
		return err_set(e, "out of memory");
	*source = (struct source){ .seats = conf->connections,
	    .doubtful = true, .seat_new = seat_new, .seat_free = seat_free,
	    .ask = ask, .list = list, .free = source_free };
	source->settings = ldap_settings_new(conf, &why);
	if (source->settings != NULL && (size_t)snprintf(source->name,
	    sizeof(source->name), "ldap:%s", conf->name) <
	    sizeof(source->name)) {
		ldap_settings_tell(conf, source->told);
		*out = source;
		return 0;
	}
	if (source->settings != NULL)
		(void)err_set(&why, "the name is too long");
	source_free(&source);
	return err_set(e, "ldap:%s: %s", conf->name, why.text);
}
