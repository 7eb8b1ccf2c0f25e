/* SPDX-License-Identifier: ISC
 * control/entries.c - entries as JSON. */
#include "control/entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/item.h"

int
entries_take(struct whitelist *w, struct entries *out, struct err *e)
{
	struct whitelist_guard	 g;
	const struct view	*v;
	size_t			 n;

	*out = (struct entries){ NULL, 0 };
	if (w == NULL)
		return 0;
	v = whitelist_enter(w, &g);
	n = view_count(v);
	out->at = calloc(n + 1, sizeof(struct listed *));
	for (size_t i = 0; out->at != NULL && i < n; i++)
		out->at[out->n++] = listed_ref(view_at(v, i));
	whitelist_leave(w, &g);
	if (out->at == NULL)
		return err_set(e, "out of memory for %zu entries", n);
	return 0;
}

void
entries_free(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		listed_unref(&entries->at[i]);
	free(entries->at);
	*entries = (struct entries){ NULL, 0 };
}

const char *
entries_origin(enum entry_origin origin)
{
	switch (origin) {
	case ENTRY_LIVE:
		return "live";
	case ENTRY_FILE:
		return "file";
	case ENTRY_SHIPPED:
		break;
	}
	return "shipped";
}

void
entries_add_time(struct json *object, const char *key, int64_t seconds)
{
	item_add_time(object, key, seconds == INT64_MAX ? 0 : seconds);
}

struct json *
entries_item(const struct listed *l)
{
	struct json	*item = json_new_object();

	json_add_text(item, "entry", l->entry.text);
	json_add_text(item, "kind", entry_kind_name(l->entry.kind));
	json_add_bool(item, "unsafe", l->entry.unsafe);
	json_add_text(item, "origin", entries_origin(l->origin));
	json_add_text(item, "where", l->where);
	json_add_text(item, "note", l->note[0] == '\0' ? NULL : l->note);
	entries_add_time(item, "created", l->created);
	entries_add_time(item, "expires", l->expires);
	json_add_int(item, "hits", (int64_t)atomic_load(&l->hits));
	entries_add_time(item, "last_hit", atomic_load(&l->last_hit));
	return item;
}

int
entries_kind(const char *name, struct err *e)
{
	char	all[128];		/* of our own words */
	size_t	used = 0;

	for (int k = 0; k < ENTRY_KINDS; k++) {
		const char *own = entry_kind_name((enum entry_kind)k);

		if (strcmp(name, own) == 0)
			return k;
		if (used < sizeof(all))
			used += (size_t)snprintf(all + used,
			    sizeof(all) - used, "%s%s", k > 0 ? ", " : "",
			    own);
	}
	return err_set(e, "no such kind: %s; there are %s", name, all);
}
