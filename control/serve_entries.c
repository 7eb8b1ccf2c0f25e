/* SPDX-License-Identifier: ISC
 * control/serve_entries.c - whitelist list, unused, export. */
#include "control/serve.h"

#include "control/entries.h"

enum { UNUSED_DAYS = 180, DAYS_MAX = 36500, DAY = 24 * 60 * 60 };

/* Which entries a listing has. */
struct choice {
	bool	(*has)(const struct choice *choice, const struct listed *l);
	int	kind;			/* -1: any */
	int64_t	before;			/* seconds */
};

static int
put_entries(struct call *c, const struct choice *choice, struct err *e)
{
	struct entries	 all;
	struct json	*item;
	int		 rc = 0;

	if (entries_take(c->deps->whitelist, &all, e) == -1)
		return CALL_FAILED;
	for (int shipped = 0; shipped <= 1; shipped++)
		for (size_t i = 0; i < all.n && rc == 0; i++) {
			const struct listed *l = all.at[i];

			if ((l->origin == ENTRY_SHIPPED) != (shipped == 1) ||
			    l->expires <= c->now || !choice->has(choice, l))
				continue;
			item = entries_item(l);
			rc = wire_put_item(c->wire, &item, e);
		}
	entries_free(&all);
	return rc == 0 ? CALL_DONE : CALL_FAILED;
}

static bool
is_of_kind(const struct choice *choice, const struct listed *l)
{
	return choice->kind == -1 || (int)l->entry.kind == choice->kind;
}

int
serve_whitelist_list(struct call *c, struct err *e)
{
	const char	*kind = json_get_text(c->request.args, "kind");
	struct choice	 choice = { .has = is_of_kind, .kind = -1 };

	if (kind != NULL) {
		choice.kind = entries_kind(kind, e);
		if (choice.kind == -1)
			return CALL_FAILED;
	}
	return put_entries(c, &choice, e);
}

/* A young one had no time to be used; a grace ends by itself. */
static bool
is_unused(const struct choice *choice, const struct listed *l)
{
	return l->origin != ENTRY_SHIPPED && l->entry.kind != ENTRY_GRACE &&
	    l->created <= choice->before &&
	    atomic_load(&l->last_hit) <= choice->before;
}

int
serve_whitelist_unused(struct call *c, struct err *e)
{
	const struct json	*args = c->request.args;
	int64_t			 days = json_has_int(args, "days") ?
				    json_get_int(args, "days") : UNUSED_DAYS;
	struct choice		 choice = { .has = is_unused };

	if (days < 1 || days > DAYS_MAX) {
		(void)err_set(e, "--days takes a number from 1 to %d",
		    DAYS_MAX);
		return CALL_FAILED;
	}
	choice.before = c->now - days * DAY;
	return put_entries(c, &choice, e);
}

/* A file may not have a grace, which would be over anyway. */
static bool
is_for_a_file(const struct choice *choice, const struct listed *l)
{
	(void)choice;
	return l->origin == ENTRY_LIVE && l->entry.kind != ENTRY_GRACE;
}

int
serve_whitelist_export(struct call *c, struct err *e)
{
	const struct choice	choice = { .has = is_for_a_file };

	return put_entries(c, &choice, e);
}
