/* SPDX-License-Identifier: ISC
 * policy/rename.c - which parts of which keys are addresses. */
#include "policy/rename.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "db/key.h"
#include "whitelist/learned.h"

/* A record of its own says that all is done, and by which key. */
enum { KEY_NAMED = 'k', KEY_CACHED = 'r', FORMAT = 1 };

static const char	whose[] = "pseudonyms";

struct naming {
	const struct pseudonyms	*p;
	char			 kind;
	char			 domain[KEY_PART_MAX + 1];	/* of ours, in a
								 * learned pair */
};

/* Ours in two parts: the local one is named by the whole. */
static char *
name_local(struct naming *n, const char *local)
{
	char	*whole, *name;
	size_t	 len;

	if (n->domain[0] == '\0')
		return pseudonym_of(n->p, local);
	if (asprintf(&whole, "%s@%s", local, n->domain) == -1)
		return NULL;
	name = pseudonym_of(n->p, whole);
	free(whole);
	if (name == NULL)
		return NULL;
	len = (size_t)(mailaddr_domain(name) - name);
	if (len > 0 && name[len - 1] == '@')
		name[len - 1] = '\0';
	return name;
}

static char *
name_part(unsigned nth, const char *part, void *arg)
{
	struct naming	*n = arg;
	bool		 address = n->kind == KEY_TRIPLET ? nth > 0 : nth == 0;

	if (n->kind == KEY_LEARNED && nth == 1)
		(void)snprintf(n->domain, sizeof(n->domain), "%s", part);
	if (n->kind == KEY_LEARNED && nth == 2)
		return name_local(n, part);
	if (!address)
		return strdup(part);
	return n->kind == KEY_CACHED ? pseudonym_of_cased(n->p, part) :
	    pseudonym_of(n->p, part);
}

static char *
name_login(const char *login, void *arg)
{
	const struct naming	*n = arg;

	return pseudonym_of(n->p, login);
}

struct walk {
	struct store	*store;
	struct naming	 naming;
	int64_t		 now;
	struct renamed	*out;
	struct store_item moved;	/* as it is to be */
	int		 rc;
	struct err	*e;
};

/* Of two that have one name by now the one that lasts longer stays. */
static void
move(struct store_item *items, size_t n, void *arg)
{
	const struct walk	*w = arg;
	struct store_item	*old = &items[0], *new = &items[n - 1];

	if (!old->found)
		return;
	old->act = STORE_DROP;
	if (old->expires <= w->now ||
	    (n > 1 && new->found && new->expires > old->expires))
		return;
	new->act = STORE_PUT;
	new->expires = w->moved.expires;
	new->len = w->moved.len;
	memcpy(new->value, w->moved.value, w->moved.len);
}

/* The record as it is to be. 1; 0 it is so already; -1 out of memory. */
static int
make(struct walk *w, const struct store_item *item)
{
	int	key, login = 0;

	w->naming.domain[0] = '\0';
	w->moved = *item;
	if (w->naming.kind == KEY_LEARNED)
		login = learned_name_login(&w->moved, name_login, &w->naming);
	key = key_rename(&item->key, &w->moved.key, name_part, &w->naming);
	if (key == -1 || login == -1)
		return err_set(w->e, "out of memory for the pseudonyms of the "
		    "state");
	if (key == 0)
		w->moved.key = item->key;
	return key == 1 || login == 1;
}

static bool
visit(const struct store_item *item, void *arg)
{
	struct walk		*w = arg;
	struct store_item	 items[2];
	bool			 same;

	w->rc = make(w, item);
	if (w->rc != 1)
		return w->rc == 0;
	items[0].key = item->key;
	items[1].key = w->moved.key;
	same = item->key.len == w->moved.key.len && memcmp(item->key.bytes,
	    w->moved.key.bytes, item->key.len) == 0;
	w->rc = store_step(w->store, items, same ? 1 : 2, move, w, w->e);
	w->out->n += w->rc == 0;
	return w->rc == 0;
}

static void
marker(struct store_key *key)
{
	key_make(key, (enum key_kind)KEY_NAMED, whose, NULL, NULL);
}

/* What tells one key from another, and nothing about it. */
struct mark {
	size_t	len;
	char	text[64];
};

static int
mark_of(struct mark *m, const struct pseudonyms *p, struct err *e)
{
	char	*name = pseudonym_of(p, whose);

	if (name == NULL)
		return err_set(e, "out of memory");
	m->len = strlen(name);
	assert(m->len < sizeof(m->text));
	memcpy(m->text, name, m->len);
	free(name);
	return 0;
}

static void
put_mark(struct store_item *items, size_t n, void *arg)
{
	const struct mark	*m = arg;

	(void)n;
	items->act = STORE_PUT;
	items->expires = INT64_MAX;
	items->len = 1 + m->len;
	items->value[0] = FORMAT;
	memcpy(items->value + 1, m->text, m->len);
}

static int
rename_all(struct store *s, const struct pseudonyms *p, int64_t now,
    struct renamed *out, struct err *e)
{
	static const char	kinds[] = { KEY_TRIPLET, KEY_LEARNED,
				    KEY_WROTE, KEY_HOUR, KEY_CACHED };
	struct walk		w = { .store = s, .now = now, .out = out,
				    .naming.p = p, .e = e };

	for (size_t i = 0; i < sizeof(kinds); i++) {
		const char prefix[] = { kinds[i], '\0' };

		w.naming.kind = kinds[i];
		if (store_walk(s, prefix, sizeof(prefix), visit, &w, e) == -1 ||
		    w.rc == -1)
			return -1;
	}
	return 0;
}

int
rename_state(struct store *s, const struct pseudonyms *p, int64_t now,
    struct renamed *out, struct err *e)
{
	struct store_item	item;
	struct mark		mark;
	int			done;

	*out = (struct renamed){ 0 };
	marker(&item.key);
	if (p == NULL)
		return store_remove(s, &item.key, e) == -1 ? -1 : 0;
	if (mark_of(&mark, p, e) == -1)
		return -1;
	done = store_get(s, &item, e);
	if (done == -1)
		return -1;
	out->other_key = done == 1 && (item.len != 1 + mark.len ||
	    memcmp(item.value + 1, mark.text, mark.len) != 0);
	if (done == 1 && !out->other_key)
		return 0;
	if (rename_all(s, p, now, out, e) == -1)
		return -1;
	return store_step(s, &item, 1, put_mark, &mark, e);
}
