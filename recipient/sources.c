/* SPDX-License-Identifier: ISC
 * recipient/sources.c - makes sources of a configuration, and keeps what they
 * said. */
#include "recipient/sources.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "recipient/ldap.h"
#include "recipient/unix.h"

bool
sources_covers(const struct nameset *domains, const char *domain)
{
	return nameset_count(domains) == 0 || nameset_has(domains, domain);
}

uint32_t
sources_live_for(const struct recipients_sources *s, const char *domain)
{
	uint32_t	mask = 0;

	for (unsigned i = 0; i < s->n_live; i++)
		if (sources_covers(s->live_domains[i], domain))
			mask |= UINT32_C(1) << i;
	return mask;
}

static bool
is_empty(const struct recipients_sources *s, const char *domain)
{
	bool	covered = false;

	if (sources_live_for(s, domain) != 0 ||
	    nameset_has(s->conf->recipients.exempt, domain))
		return false;
	for (size_t i = 0; i < s->n_lists; i++) {
		if (!sources_covers(s->lists[i].domains, domain))
			continue;
		covered = true;
		if (flat_knows(s->lists[i].flat, domain))
			return false;
	}
	return covered;
}

const char *
sources_empty_domain(const struct recipients_sources *s)
{
	const struct nameset	*domains = s->conf->local_domains;

	for (size_t i = 0; i < nameset_count(domains); i++)
		if (is_empty(s, nameset_at(domains, i)))
			return nameset_at(domains, i);
	return NULL;
}

void
sources_tell_empty(const char *domain, struct err *e)
{
	(void)err_set(e, "no list has an address in %s, so nobody is refused "
	    "there: enter its users, or postmaster@%s alone if it has none, "
	    "name the domains of each list, or put it in recipients.exempt",
	    domain, domain);
}

static bool
is_remembered(const struct recipients_sources *s, const char *address,
    int64_t now)
{
	struct cached	c;

	return address[0] != '\0' && cache_get(s->cache, &s->cache_rule,
	    address, now, &c, NULL) == 1 && (c.yes || c.stale || c.former);
}

/* The address, or else its base, if it is remembered as a user's; NULL: neither
 * is. One user with many sub-addresses counts once. */
static const char *
known_as(const struct recipients_sources *s, const struct address *a,
    int64_t now)
{
	if (is_remembered(s, a->base, now))
		return a->base;
	return is_remembered(s, a->whole, now) ? a->whole : NULL;
}

/* As cache_deny(), of the address and of its base, if that is a user's. */
static int
deny(const struct recipients_sources *s, const struct address *a, int64_t now,
    struct err *e)
{
	int	base = 1, whole;

	if (is_remembered(s, a->base, now))
		base = cache_deny(s->cache, &s->cache_rule, a->base, now, e);
	whole = cache_deny(s->cache, &s->cache_rule, a->whole, now, e);
	if (base == -1 || whole == -1)
		return -1;
	return base == 1 && whole == 1;
}

/* Whether directories that all say no are right about it (recipient/doubt.h,
 * recipient/cache.h). */
static bool
is_believed(const struct recipients_sources *s, const struct address *a,
    const struct inquiry_answer *answers, int64_t now, struct err *why)
{
	const char	*known = known_as(s, a, now);
	bool		 doubtful = false;
	int		 kept;

	for (unsigned i = 0; i < s->n_live; i++) {
		const struct source *source = inquiry_source(s->inquiry, i);

		if (!answers[i].asked || !source->doubtful)
			continue;
		doubtful = true;
		if (!doubt_no(s->doubt, source->name, source->told, NULL, 100,
		    now, why))
			return false;
	}
	if (doubtful && !doubt_no(s->doubt, SOURCES_ALL, "", known,
	    s->conf->recipients.max_loss, now, why))
		return false;
	kept = deny(s, a, now, why);
	if (kept == 0)
		(void)err_set(why, "was there a short time ago; it is believed "
		    "to be gone once that has been so for recipients.cache");
	return kept == 1;
}

static void
weigh_no(const struct recipients_sources *s, const struct address *a,
    struct inquiry_answer *answers, int64_t now)
{
	struct err	why = { "" };

	if (is_believed(s, a, answers, now, &why))
		return;
	for (unsigned i = 0; i < s->n_live; i++)
		if (answers[i].asked) {
			answers[i].answer = -1;
			answers[i].doubted = true;
			answers[i].why = why;
		}
}

static void
keep_yes(const struct recipients_sources *s, const struct address *a,
    const struct inquiry_answer *answers, int64_t now)
{
	const char		*known = known_as(s, a, now);
	struct cache_rule	 rule = s->cache_rule;

	for (unsigned i = 0; i < s->n_live; i++) {
		const struct source *source = inquiry_source(s->inquiry, i);

		if (answers[i].asked && answers[i].answer == 1)
			doubt_yes(s->doubt, source->name, source->told, NULL,
			    now);
	}
	doubt_yes(s->doubt, SOURCES_ALL, "", known, now);
	/* Which form was found is not known; of sub-addresses there are as many
	 * as strangers think of, so none is remembered as a user. */
	if (a->base[0] != '\0')
		rule.former = rule.stale = rule.fresh;
	(void)cache_accept(s->cache, &rule, a->whole, now, NULL);
}

void
sources_weigh(const struct recipients_sources *s, const struct address *a,
    struct inquiry_answer *answers, int64_t now)
{
	bool	yes = false, all_no = true;

	for (unsigned i = 0; i < s->n_live; i++) {
		yes = yes || (answers[i].asked && answers[i].answer == 1);
		all_no = all_no && (!answers[i].asked ||
		    answers[i].answer == 0);
	}
	if (yes)
		keep_yes(s, a, answers, now);
	else if (all_no)
		weigh_no(s, a, answers, now);
}

/* A source's thread has the last answer about an address: inquiry_done_fn. */
static void
done(const struct address *a, struct inquiry_answer *answers, unsigned n,
    void *arg)
{
	const struct recipients_sources	*s = arg;

	(void)n;
	sources_weigh(s, a, answers, clock_seconds(&s->clock));
}

/* Where the last good list of this name is kept; false: nowhere. */
static bool
kept_copy(const char *state, const char *name, char out[PATH_MAX])
{
	uint8_t	digest[DIGEST_SIZE];
	char	hex[17];

	if (state == NULL)
		return false;
	digest_sha256(name, strlen(name), digest);
	for (int i = 0; i < 8; i++)
		(void)sprintf(hex + 2 * i, "%02x", digest[i]);
	return (size_t)snprintf(out, PATH_MAX, "%s/recipients-%s.list", state,
	    hex) < PATH_MAX;
}

static struct flat *
flat_in_use(const struct recipients_sources *former, const char *name,
    const struct flat_conf *conf)
{
	for (size_t i = 0; former != NULL && i < former->n_lists; i++)
		if (strcmp(former->lists[i].name, name) == 0 &&
		    flat_is(former->lists[i].flat, conf))
			return flat_ref(former->lists[i].flat);
	return NULL;
}

/* What is being made of a configuration. */
struct making {
	struct recipients_sources	*s;
	const struct sources_base	*base;
	const struct recipients_sources	*former;
	int64_t				 now;
	struct source			*live[INQUIRY_SOURCES];
};

static int
add_list(struct making *m, const char *title, const char *path,
    const struct nameset *domains, struct err *e)
{
	const struct conf_recipients	*c = &m->s->conf->recipients;
	struct named_list		*list = &m->s->lists[m->s->n_lists];
	char				 keep[PATH_MAX];
	struct flat_conf		 conf = {
		.path = path, .key_file = c->key_file, .rule = m->s->rule,
		.max_loss = c->max_loss,
	};
	struct err			 why;

	(void)snprintf(list->name, sizeof(list->name), "list:%s", title);
	if (kept_copy(m->base->state, list->name, keep))
		conf.keep = keep;
	list->domains = domains;
	list->flat = flat_in_use(m->former, list->name, &conf);
	if (list->flat == NULL &&
	    flat_open(&list->flat, &conf, m->now, &why) == -1)
		return err_set(e, "recipients (%s): %s", list->name, why.text);
	m->s->n_lists++;
	return 0;
}

static int
add_lists(struct making *m, struct err *e)
{
	const struct conf_recipients	*c = &m->s->conf->recipients;

	m->s->lists = calloc(c->n_lists + 1, sizeof(*m->s->lists));
	if (m->s->lists == NULL)
		return err_set(e, "out of memory");
	if (c->file[0] != '\0' && add_list(m, "file", c->file, NULL, e) == -1)
		return -1;
	for (size_t i = 0; i < c->n_lists; i++)
		if (add_list(m, c->lists[i].name, c->lists[i].file,
		    c->lists[i].domains, e) == -1)
			return -1;
	return 0;
}

static int
add_live(struct making *m, struct err *e)
{
	struct recipients_sources	*s = m->s;
	const struct conf_recipients	*c = &s->conf->recipients;

	if (c->n_ldaps + c->n_unixes > INQUIRY_SOURCES)
		return err_set(e, "recipients: more than %d directories",
		    INQUIRY_SOURCES);
	for (size_t i = 0; i < c->n_ldaps; i++) {
		if (ldap_source_new(&c->ldaps[i], &m->live[s->n_live], e) ==
		    -1)
			return -1;
		s->live_domains[s->n_live++] = c->ldaps[i].domains;
	}
	for (size_t i = 0; i < c->n_unixes; i++) {
		if (unix_source_new(&c->unixes[i], s->conf->local_domains,
		    &m->live[s->n_live], e) == -1)
			return -1;
		s->live_domains[s->n_live++] = c->unixes[i].domains;
	}
	return 0;
}

static int
begin_inquiry(struct making *m, struct err *e)
{
	struct inquiry_conf	conf = { .sources = m->live,
	    .n = m->s->n_live, .done = done, .arg = m->s };

	if (m->s->n_live == 0)
		return 0;
	return inquiry_new(&m->s->inquiry, &conf, e);
}

static int
make(struct making *m, struct err *e)
{
	if (add_lists(m, e) == 0 && add_live(m, e) == 0 &&
	    begin_inquiry(m, e) == 0)
		return 0;
	for (unsigned i = 0; i < m->s->n_live; i++)
		m->live[i]->free(&m->live[i]);
	return -1;
}

int
sources_read(const struct sources_base *base,
    const struct recipients_sources *former, struct conf *conf, int64_t now,
    struct recipients_sources **out, struct err *e)
{
	const struct conf_recipients	*c = &conf->recipients;
	struct recipients_sources	*s = calloc(1, sizeof(*s));
	struct making			 m = { .s = s, .base = base,
					     .former = former, .now = now };

	if (s == NULL)
		return err_set(e, "out of memory");
	atomic_init(&s->refs, 1);
	s->conf = conf_ref(conf);
	s->rule = (struct address_rule){ .delimiters = c->sub_address,
	    .case_sensitive = c->case_sensitive };
	s->cache_rule = (struct cache_rule){ .fresh = c->cache,
	    .stale = c->stale, .negative = c->negative_cache,
	    .former = c->former_users, .size = c->cache_size };
	s->cache = base->cache;
	s->doubt = base->doubt;
	s->clock = base->clock;
	if (make(&m, e) == -1) {
		sources_unref(&s, 0);
		return -1;
	}
	*out = s;
	return 0;
}

struct recipients_sources *
sources_ref(struct recipients_sources *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

void
sources_unref(struct recipients_sources **s, int limit_ms)
{
	struct recipients_sources	*old = *s;
	struct inquiry			*q;

	*s = NULL;
	if (old == NULL || atomic_fetch_sub(&old->refs, 1) != 1)
		return;
	/* Until it has ended done() may look at old->inquiry. */
	q = old->inquiry;
	if (q != NULL)
		inquiry_free(&q, limit_ms);
	for (size_t i = 0; i < old->n_lists; i++)
		flat_unref(&old->lists[i].flat);
	free(old->lists);
	conf_free(&old->conf);
	free(old);
}
