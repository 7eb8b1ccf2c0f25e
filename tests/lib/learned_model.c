/* SPDX-License-Identifier: ISC
 * tests/lib/learned_model.c - the list of learned_model.h. */
#include "tests/lib/learned_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

enum { HEAD = 33 };		/* bytes of a value before its texts */

static void
show_digest(char *out, const char *text)
{
	uint8_t	digest[DIGEST_SIZE];

	digest_sha256(text, strlen(text), digest);
	out += sprintf(out, "sha256:");
	for (int i = 0; i < DIGEST_SIZE; i++)
		out += sprintf(out, "%02x", digest[i]);
}

static void
set_name(struct name *n, const char *said, int organisation)
{
	const char	*at = strrchr(said, '@');

	(void)strcpy(n->said, said);
	(void)strcpy(n->shown, said);
	if (at != NULL && strlen(said) <= LONG / 2)
		(void)strcpy(n->domain, at + 1);
	n->organisation = organisation;
}

void
model_make_names(struct model *m)
{
	static const char *const outside[] = { "bob@a.example",
	    "bob@x.a.example", "ann@a.example", "bob@b.example", "bob", NULL };
	static const char *const ours[] = { "alice@one.example",
	    "al@one.example", "alice@two.example", "alice@x.one.example",
	    "root", NULL };
	static const char *const users[] = { "alice", "al@one.example",
	    "DOMAIN\\alice", "alice@one.example", NULL };
	static const int	 organisation[] = { 0, 0, 0, 1, 2 };
	char			 text[LONG + 20], digest[80];

	memset(text, 'x', LONG);
	for (int i = 0; i < OUTSIDE; i++) {
		(void)strcpy(text + LONG - 20, "@a.example");
		set_name(&m->outside[i], outside[i] != NULL ? outside[i] :
		    text, i < OUTSIDE - 1 ? organisation[i] : 0);
		(void)strcpy(text + LONG - 20, "@one.example");
		set_name(&m->ours[i], ours[i] != NULL ? ours[i] : text, -1);
	}
	show_digest(m->outside[OUTSIDE - 1].shown,
	    m->outside[OUTSIDE - 1].said);
	show_digest(digest, m->ours[OURS - 1].said);
	(void)sprintf(m->ours[OURS - 1].shown, "%s@one.example", digest);
	(void)strcpy(m->ours[OURS - 1].domain, "one.example");
	for (int i = 0; i < USERS; i++) {
		(void)strcpy(m->user[i], users[i] != NULL ? users[i] :
		    text + LONG - 200);
		(void)strcpy(m->user_shown[i], m->user[i]);
	}
	show_digest(m->user_shown[USERS - 1], m->user[USERS - 1]);
	for (int i = 0; i < IDENTITIES; i++)
		(void)snprintf(m->identity[i], LONG, "spf:%0*d.example",
		    i == 0 ? 240 : i < 4 ? 90 : 6, i);
}

static struct pair *
find(const struct model *m, int outside, int ours)
{
	for (struct pair *p = m->list; p != NULL; p = p->next)
		if (p->outside == outside && p->ours == ours)
			return p;
	return NULL;
}

struct pair *
model_find_alive(const struct model *m, int outside, int ours)
{
	struct pair	*p = find(m, outside, ours);

	return p != NULL && p->expires > m->now ? p : NULL;
}

int64_t
model_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A new pair of the list, if the hour has room for one. */
struct pair *
model_begin(struct model *m, int outside, int ours, int user, int64_t remember)
{
	struct hour	*h = &m->hour[user];
	struct pair	*p = find(m, outside, ours);

	if (h->hour != m->now / HOUR)
		*h = (struct hour){ .hour = m->now / HOUR,
		    .expires = h->expires };
	h->expires = model_max(h->expires, m->now + model_max(remember, 2 * HOUR));
	if (h->fresh == MAX_PER_HOUR) {
		h->excess++;
		return NULL;
	}
	h->fresh++;
	if (p == NULL) {
		p = calloc(1, sizeof(*p));
		p->next = m->list;
		m->list = p;
	}
	*p = (struct pair){ .outside = outside, .ours = ours, .user = user,
	    .first = m->now, .last = m->now, .next = p->next };
	return p;
}

/* The latest, and then those that fit. */
void
model_cut_identities(const struct model *m, struct pair *p)
{
	size_t	room = STORE_VALUE_MAX - HEAD - 4 -
		    strlen(m->user_shown[p->user]) - strlen(p->queue);
	int	n = 0;

	for (int i = 0; i < p->n_ids; i++)
		if (strlen(m->identity[p->ids[i]]) + 2 <= room) {
			room -= strlen(m->identity[p->ids[i]]) + 2;
			p->ids[n++] = p->ids[i];
		}
	p->n_ids = n;
}

static bool
in_scope(const struct model *m, const struct pair *p, int ours,
    enum conf_learn_scope scope)
{
	return scope == CONF_LEARN_SITE || p->ours == ours ||
	    (scope == CONF_LEARN_DOMAIN &&
	    strcmp(m->ours[p->ours].domain, m->ours[ours].domain) == 0);
}

/* Who wrote first, in the list. */
struct pair *
model_first_writer(const struct model *m, int outside, int ours,
    enum conf_learn_scope scope)
{
	struct pair	*best = NULL;

	for (struct pair *p = m->list; p != NULL; p = p->next)
		if (p->outside == outside && p->expires > m->now &&
		    in_scope(m, p, ours, scope) && (best == NULL ||
		    p->first < best->first || (p->first == best->first &&
		    strcmp(m->ours[p->ours].shown, m->ours[best->ours].shown)
		    < 0)))
			best = p;
	return best;
}

bool
model_knows(const struct model *m, int outside, int ours,
    enum conf_learn_scope scope, int identity)
{
	for (struct pair *p = m->list; p != NULL; p = p->next)
		for (int i = 0; i < p->n_ids; i++)
			if (p->outside == outside && p->expires > m->now &&
			    in_scope(m, p, ours, scope) &&
			    p->ids[i] == identity)
				return true;
	return false;
}

void
model_keep_identities(const struct model *m, struct pair *p, const int *ids,
    int n)
{
	struct pair	old = *p;

	p->n_ids = 0;
	for (int i = 0; i < n + old.n_ids; i++) {
		int	id = i < n ? ids[i] : old.ids[i - n];
		bool	there = false;

		for (int j = 0; j < p->n_ids; j++)
			there = there || p->ids[j] == id;
		if (!there && p->n_ids < LEARNED_IDENTITIES)
			p->ids[p->n_ids++] = id;
	}
	model_cut_identities(m, p);
}

static bool
names_it(const struct name *n, const char *text)
{
	return text[0] == '@' ? strcmp(n->domain, text + 1) == 0 :
	    strcmp(n->said, text) == 0 || strcmp(n->shown, text) == 0;
}

bool
model_matches(const struct model *m, const struct pair *p,
    const struct learned_filter *f)
{
	bool	by = f->by == NULL || names_it(&m->ours[p->ours], f->by) ||
		    strcasecmp(m->user[p->user], f->by) == 0 ||
		    strcmp(m->user_shown[p->user], f->by) == 0;

	return by && p->first >= f->since && (f->outside == NULL ||
	    names_it(&m->outside[p->outside], f->outside));
}

int
model_count_matching(const struct model *m, const struct learned_filter *f)
{
	int	n = 0;

	for (const struct pair *p = m->list; p != NULL; p = p->next)
		n += p->expires > m->now && model_matches(m, p, f);
	return n;
}

static bool
is_said(const struct model *m, int ours, int organisation)
{
	for (const struct pair *p = m->list; p != NULL; p = p->next)
		if (p->ours == ours && p->expires > m->now && p->last +
		    LEARNED_BOUNCE_DAYS * DAY > m->now && ours < OURS - 1 &&
		    p->outside < 4 && m->outside[p->outside].organisation ==
		    organisation)
			return true;
	return false;
}

static void
drop(struct pair **at)
{
	struct pair	*p = *at;

	*at = p->next;
	free(p);
}

/* Whose expected bounces a filter may end. */
static void
mark_writers(const struct model *m, const struct learned_filter *f,
    bool writer[OURS])
{
	for (int i = 0; i < OURS; i++)
		writer[i] = f->by != NULL && (f->by[0] == '@' ?
		    i < OURS - 1 && names_it(&m->ours[i], f->by) :
		    strcmp(m->ours[i].said, f->by) == 0);
	for (const struct pair *p = m->list; p != NULL; p = p->next)
		if (f->by != NULL && f->by[0] != '@' && p->ours < OURS - 1 &&
		    model_matches(m, p, f))
			writer[p->ours] = true;
}

unsigned
model_forget(struct model *m, const struct learned_filter *f)
{
	bool		 writer[OURS];
	struct pair	**at = &m->list;
	unsigned	 gone = 0;

	mark_writers(m, f, writer);
	while (*at != NULL)
		if (model_matches(m, *at, f))
			drop(at);
		else
			at = &(*at)->next;
	for (int i = 0; i < OURS; i++)
		for (int o = 0; o < ORGANISATIONS; o++)
			if (writer[i] && !is_said(m, i, o)) {
				gone += m->bounce[i][o] > m->now;
				m->bounce[i][o] = 0;
			}
	return gone;
}

void
model_sweep(struct model *m)
{
	struct pair	**at = &m->list;

	while (*at != NULL)
		if ((*at)->expires <= m->now)
			drop(at);
		else
			at = &(*at)->next;
	for (int i = 0; i < USERS; i++)
		if (m->hour[i].expires <= m->now)
			m->hour[i] = (struct hour){ 0 };
	for (int i = 0; i < OURS; i++)
		for (int o = 0; o < ORGANISATIONS; o++)
			if (m->bounce[i][o] <= m->now)
				m->bounce[i][o] = 0;
}

void
model_clear(struct model *m)
{
	while (m->list != NULL)
		drop(&m->list);
}
