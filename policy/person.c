/* SPDX-License-Identifier: ISC
 * policy/person.c - compares what is stored with one mailbox, and removes it. */
#include "policy/person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "db/key.h"
#include "policy/fold.h"
#include "policy/names.h"
#include "whitelist/learned.h"

enum { KEY_CACHED = 'r' };

struct person {
	char	*address;	/* folded */
	char	*local;		/* of it */
	char	*pseudonym;	/* "" none */
	char	*login;		/* the pseudonym of local as a login; "" none */
};

static int
check(const char *address, struct err *e)
{
	const char	*domain = mailaddr_domain(address);

	if (address[0] == '@')
		return err_set(e, "%s is a domain, not a mailbox: whom to "
		    "forget is told by an address, user@domain", address);
	if (*domain == '\0' || !mailaddr_is_plain(address))
		return err_set(e, "not an address with a domain: \"%s\"; give "
		    "one as user@domain", address);
	return 0;
}

/* What it is called where there are pseudonyms. */
static int
name_it(struct person *out, const struct pseudonyms *p)
{
	if (p == NULL && !pseudonym_is(out->address)) {
		out->pseudonym = strdup("");
		out->login = strdup("");
	} else {
		out->pseudonym = pseudonym_of(p, out->address);
		out->login = names_user(p, out->local);
	}
	return out->pseudonym == NULL || out->login == NULL ? -1 : 0;
}

int
person_new(struct person **out, const struct pseudonyms *p,
    const char *address, struct err *e)
{
	char		*bare = mailaddr_parse(address);
	struct person	*new = calloc(1, sizeof(*new));
	int		 rc = -1;

	if (bare == NULL || new == NULL)
		(void)err_set(e, "out of memory");
	else if (check(bare, e) == 0) {
		new->address = names_correspondent(NULL, bare);
		if (new->address != NULL)
			new->local = strndup(new->address, (size_t)
			    (mailaddr_domain(new->address) - new->address - 1));
		rc = new->local == NULL || name_it(new, p) == -1 ?
		    err_set(e, "out of memory") : 0;
	}
	free(bare);
	if (rc == 0)
		*out = new;
	else
		person_free(&new);
	return rc;
}

void
person_free(struct person **p)
{
	if (*p == NULL)
		return;
	free((*p)->address);
	free((*p)->local);
	free((*p)->pseudonym);
	free((*p)->login);
	free(*p);
	*p = NULL;
}

const char *
person_address(const struct person *p)
{
	return p->address;
}

const char *
person_domain(const struct person *p)
{
	return mailaddr_domain(p->address);
}

const char *
person_pseudonym(const struct person *p)
{
	return p->pseudonym;
}

/* Most are of other domains, which is quickly seen. */
static bool
has_domain(const char *address, const char *domain)
{
	size_t	len = strlen(address), own = strlen(domain);

	return len > own && address[len - own - 1] == '@' &&
	    strcasecmp(address + len - own, domain) == 0;
}

bool
person_is(const struct person *p, const char *address)
{
	char	*folded;
	bool	 same;

	if (!has_domain(address, person_domain(p)))
		return false;
	if (pseudonym_is(address))
		return pseudonym_has_base(address, p->pseudonym);
	folded = fold_correspondent(address);
	same = folded != NULL && strcmp(folded, p->address) == 0;
	free(folded);
	return same;
}

/* A login without a domain is somebody's of that domain. */
bool
person_has_login(const struct person *p, const char *login,
    const char *domain)
{
	if (strchr(login, '@') != NULL)
		return person_is(p, login);
	return strcasecmp(domain, person_domain(p)) == 0 &&
	    (strcasecmp(login, p->local) == 0 ||
	    strcmp(login, p->login) == 0);
}

struct walk {
	const struct person	*p;
	struct store		*store;
	struct recipients	*recipients;
	struct person_records	*n;
	int			 rc;
	struct err		*e;
	struct key_parts	 parts;
	struct learned_pair	 pair;
};

static bool
is_of_pair(struct walk *w, const struct store_item *item)
{
	const struct person	*p = w->p;

	return learned_read(&w->pair, item) && (person_is(p, w->pair.outside) ||
	    person_is(p, w->pair.ours) || person_has_login(p, w->pair.user,
	    mailaddr_domain(w->pair.ours)));
}

/* Whether the record is about the person; *count: where it is counted. */
static bool
is_about(struct walk *w, const struct store_item *item, uint64_t **count)
{
	const struct key_parts	*k = &w->parts;
	const struct person	*p = w->p;

	if (!key_split(&item->key, &w->parts))
		return false;
	switch (k->kind) {
	case KEY_TRIPLET:
		*count = &w->n->triplets;
		return k->n == 3 && (person_is(p, k->part[1]) ||
		    person_is(p, k->part[2]));
	case KEY_LEARNED:
		*count = &w->n->correspondents;
		return is_of_pair(w, item);
	case KEY_WROTE:
		*count = &w->n->bounces;
		return person_is(p, k->part[0]);
	case KEY_HOUR:
		*count = &w->n->hours;
		return person_has_login(p, k->part[0], person_domain(p));
	default:
		return false;
	}
}

static bool
visit(const struct store_item *item, void *arg)
{
	struct walk	*w = arg;
	uint64_t	*count;
	int		 was;

	if (!is_about(w, item, &count))
		return true;
	was = store_remove(w->store, &item->key, w->e);
	if (was == -1)
		w->rc = -1;
	else
		*count += (unsigned)was;
	return was != -1;
}

/* The cache counts its records itself. */
static bool
visit_cached(const struct store_item *item, void *arg)
{
	struct walk	*w = arg;
	const size_t	 head = 2;
	char		 name[STORE_KEY_MAX + 1];
	int		 was;

	if (item->key.len < head)
		return true;
	memcpy(name, item->key.bytes + head, item->key.len - head);
	name[item->key.len - head] = '\0';
	if (!person_is(w->p, name))
		return true;
	was = recipients_forget_name(w->recipients, name, w->e);
	if (was == -1)
		w->rc = -1;
	else
		w->n->recipients += (unsigned)was;
	return was != -1;
}

int
person_forget(const struct person *p, struct store *s, struct recipients *r,
    struct person_records *out, struct err *e)
{
	static const char	kinds[] = { KEY_TRIPLET, KEY_LEARNED,
				    KEY_WROTE, KEY_HOUR, KEY_CACHED };
	struct walk		w = { .p = p, .store = s, .recipients = r,
				    .n = out, .e = e };

	*out = (struct person_records){ 0 };
	for (size_t i = 0; i < sizeof(kinds); i++) {
		const char prefix[] = { kinds[i], '\0' };

		if (kinds[i] == KEY_CACHED && r == NULL)
			continue;
		if (store_walk(s, prefix, sizeof(prefix),
		    kinds[i] == KEY_CACHED ? visit_cached : visit, &w, e) ==
		    -1 || w.rc == -1)
			return -1;
	}
	return store_flush(s, e);
}
