/* SPDX-License-Identifier: ISC
 * whitelist/view.c - building a view.
 *
 * Each entry goes under the key of its kind and value; one that is narrowed by
 * "to", under value and recipient together, and the value alone is marked. What
 * shares a key is a list, in the order given. */
#include "whitelist/view_private.h"

#include <stdlib.h>
#include <string.h>

static enum view_group
group_of(const struct listed *l)
{
	const struct entry	*entry = &l->entry;

	if (l->origin == ENTRY_SHIPPED || entry->kind == ENTRY_RECIPIENT ||
	    entry->kind == ENTRY_GRACE || (entry->kind == ENTRY_REGEX &&
	    entry->field == ENTRY_OF_RECIPIENT))
		return VIEW_LATE;
	return VIEW_OWN;
}

/* The key of an entry that is no regex, without its recipient. */
static void
make_key(const struct entry *entry, struct index_key *key,
    struct nets_key *net)
{
	static const enum index_kind kinds[ENTRY_KINDS] = {
		[ENTRY_CLIENT] = INDEX_CLIENT, [ENTRY_NAME] = INDEX_NAME,
		[ENTRY_SENDER] = INDEX_SENDER, [ENTRY_DOMAIN] = INDEX_DOMAIN,
		[ENTRY_RECIPIENT] = INDEX_RECIPIENT,
		[ENTRY_GRACE] = INDEX_GRACE };

	*key = (struct index_key){ .kind = kinds[entry->kind],
	    .value = entry->text + entry->value, .len = entry->value_len };
	if (entry->kind == ENTRY_CLIENT) {
		key->hash = nets_key(&entry->net, entry->bits, net);
		key->value = net->bytes;
		key->len = NETS_KEY_SIZE;
		return;
	}
	if (entry->kind == ENTRY_NAME && *key->value == '*') {
		key->kind = INDEX_BELOW;
		key->value += 2;
		key->len -= 2;
	}
	key->hash = index_hash_kind(index_hash_text(key->value, key->len),
	    key->kind);
}

/*
 * Appends an item to the list of its key. One that an earlier one there always
 * goes before is left out, so lists stay short where an entry stands in a
 * hundred files.
 */
static void
append(struct view *v, struct index_node *n, uint32_t at)
{
	struct item	*item = &v->items[at];
	uint32_t	*end = &n->first;

	for (; *end != INDEX_NONE; end = &v->items[*end].next) {
		const struct item	*other = &v->items[*end];

		if (other->group == item->group &&
		    other->proof == item->proof &&
		    other->expires >= item->expires)
			return;
	}
	*end = at;
}

static void
add(struct view *v, uint32_t at)
{
	const struct entry	*entry = &v->items[at].listed->entry;
	struct index_node	*n;
	struct index_key	 key;
	struct nets_key		 net;

	make_key(entry, &key, &net);
	if (entry->kind == ENTRY_CLIENT)
		nets_add(&v->nets, &entry->net, entry->bits);
	n = index_put(&v->index, &key);
	if (entry->to_len > 0) {
		n->narrowed = true;
		key.to = entry->text + entry->to;
		key.to_len = entry->to_len;
		key.hash = index_hash_to(key.hash, index_hash_text(key.to,
		    key.to_len));
		n = index_put(&v->index, &key);
	}
	append(v, n, at);
}

static int
add_regex(struct view *v, uint32_t at, struct err *e)
{
	const struct listed	*l = v->items[at].listed;
	struct tried		*t = &v->tried[v->tried_count];
	struct err		 why;

	t->regex = regex_new(l->entry.text + l->entry.value,
	    l->entry.value_len, &why);
	if (t->regex == NULL)
		return err_set(e, "%s: %s", l->where, why.text);
	t->item = at;
	t->field = l->entry.field;
	v->tried_count++;
	return 0;
}

static void
take(struct view *v, struct listed *l)
{
	v->items[v->count++] = (struct item){ .listed = listed_ref(l),
	    .expires = l->expires, .next = INDEX_NONE,
	    .group = (uint8_t)group_of(l),
	    .proof = entry_needs_proof(&l->entry) };
}

/* Memory for so many entries. */
static int
reserve(struct view *v, struct listed *const *entries, size_t n)
{
	size_t	keys = 0, bytes = 0, regexes = 0;

	for (size_t i = 0; i < n; i++) {
		const struct entry	*entry = &entries[i]->entry;

		if (entry->kind == ENTRY_REGEX) {
			regexes++;
			continue;
		}
		keys += entry->to_len > 0 ? 2 : 1;
		bytes += 2 * ((size_t)entry->value_len + NETS_KEY_SIZE) +
		    entry->to_len;
	}
	v->items = calloc(n + 1, sizeof(*v->items));
	v->tried = calloc(regexes + 1, sizeof(*v->tried));
	if (v->items == NULL || v->tried == NULL)
		return -1;
	return index_init(&v->index, keys, bytes);
}

int
view_new(struct view **out, struct listed *const *entries, size_t n,
    struct err *e)
{
	struct view	*v = calloc(1, sizeof(*v));
	int		 status = 0;

	*out = NULL;
	if (v == NULL || reserve(v, entries, n) == -1) {
		view_free(&v);
		return err_set(e, "out of memory for %zu entries", n);
	}
	for (size_t i = 0; i < n && status == 0; i++) {
		take(v, entries[i]);
		if (entries[i]->entry.kind == ENTRY_REGEX)
			status = add_regex(v, (uint32_t)i, e);
		else
			add(v, (uint32_t)i);
	}
	if (status == -1)
		view_free(&v);
	*out = v;
	return status;
}

void
view_free(struct view **v)
{
	if (*v == NULL)
		return;
	for (size_t i = 0; i < (*v)->count; i++)
		listed_unref(&(*v)->items[i].listed);
	for (size_t i = 0; i < (*v)->tried_count; i++)
		regex_free(&(*v)->tried[i].regex);
	index_free(&(*v)->index);
	free((*v)->items);
	free((*v)->tried);
	free(*v);
	*v = NULL;
}

size_t
view_count(const struct view *v)
{
	return v->count;
}

struct listed *
view_at(const struct view *v, size_t i)
{
	return v->items[i].listed;
}
