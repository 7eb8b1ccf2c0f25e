/* SPDX-License-Identifier: ISC
 * whitelist/learned_walk.c - the pairs that a filter lets through, one by one. */
#include <string.h>

#include "db/key.h"
#include "whitelist/learned_private.h"

static const char	hashed[] = "sha256:";

/* An address that a key cannot hold is named by its digest, as it is listed. */
static bool
is_key(const char *outside)
{
	return outside != NULL && outside[0] != '@' &&
	    strncmp(outside, hashed, strlen(hashed)) != 0;
}

void
learned_matcher(struct learned_matcher *m, const struct learned_filter *f)
{
	const char	*by = f->by != NULL ? f->by : "";
	const char	*outside = f->outside != NULL ? f->outside : "";

	m->f = f;
	/* There and back, so that what is hashed in a key is hashed here. */
	learned_key(&m->prefix, outside, by);
	(void)learned_decode_key(&m->wanted, &m->prefix);
	learned_login(m->wanted.user, f->login != NULL ? f->login : by);
	if (is_key(f->outside))
		learned_prefix(&m->prefix, outside, by, CONF_LEARN_SITE);
	else
		m->prefix.len = 1;
}

bool
learned_at_domain(const char *address, const char *domain)
{
	const char	*at = strrchr(address, '@');

	return at != NULL && strcmp(at + 1, domain) == 0;
}

static bool
is_outside(const struct learned_matcher *m, const struct learned_pair *p)
{
	const char	*outside = m->f->outside;

	if (outside == NULL)
		return true;
	return outside[0] == '@' ? learned_at_domain(p->outside, outside + 1) :
	    strcmp(p->outside, m->wanted.outside) == 0;
}

/* A login is no address of ours: its case may have been lost on the way. */
static bool
is_by(const struct learned_matcher *m, const struct learned_pair *p)
{
	const char	*by = m->f->by;

	if (by == NULL)
		return true;
	if (by[0] == '@')
		return learned_at_domain(p->ours, by + 1);
	return strcmp(p->ours, m->wanted.ours) == 0 ||
	    strcasecmp(p->user, m->wanted.user) == 0;
}

bool
learned_matches(const struct learned_matcher *m, const struct learned_pair *p)
{
	return is_outside(m, p) && is_by(m, p) &&
	    (m->f->since == 0 || p->first >= m->f->since);
}

struct walk {
	struct learned_matcher	m;
	int64_t			now;
	learned_each_fn		each;
	void			*arg;
	struct learned_pair	pair;
};

static bool
show(const struct store_item *item, void *arg)
{
	struct walk	*w = arg;

	return !learned_alive(&w->pair, item, w->now) ||
	    !learned_matches(&w->m, &w->pair) || w->each(&w->pair, w->arg);
}

int
learned_each(struct store *s, const struct learned_filter *f, int64_t now,
    learned_each_fn each, void *arg, struct err *e)
{
	struct walk	w;

	learned_matcher(&w.m, f);
	w.now = now;
	w.each = each;
	w.arg = arg;
	return store_walk(s, w.m.prefix.bytes, w.m.prefix.len, show, &w, e);
}
