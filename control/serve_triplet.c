/* SPDX-License-Identifier: ISC
 * control/serve_triplet.c - triplet list, triplet forget. */
#include "control/serve.h"

#include <inttypes.h>

#include "control/item.h"
#include "control/selection.h"

/* A listing or a removal on its way. */
struct turn {
	struct call		*call;
	const struct conf	*conf;
	const struct selection	*selection;
	int64_t			 limit;		/* 0: none */
	int64_t			 done;
	int			 rc;		/* -1: failed, e tells */
	struct err		*e;
};

static bool
list_one(const struct selected *found, void *arg)
{
	struct turn	*t = arg;
	struct json	*item = item_of(found, t->conf, t->call->now);

	t->rc = wire_put_item(t->call->wire, &item, t->e);
	t->done++;
	return t->rc == 0 && (t->limit == 0 || t->done < t->limit);
}

static int
list(struct turn *t, struct store *store, struct err *e)
{
	const struct json	*args = t->call->request.args;

	if (json_get(args, "limit") != NULL &&
	    (t->limit = json_get_int(args, "limit")) < 1)
		return err_set(e, "a limit is a number from 1 on");
	return selection_walk(t->selection, store, "tp", list_one, t, e);
}

/* In a step, so that a record that an attempt has just changed from pending to
 * passed is not taken for the pending one that was seen. */
static void
drop(struct store_item *items, size_t n, void *arg)
{
	struct turn	*t = arg;
	struct selected	 found;

	(void)n;
	t->rc = 0;
	if (!items->found || !selection_has(t->selection, items, &found))
		return;
	items->act = STORE_DROP;
	t->rc = 1;
}

static bool
forget_one(const struct selected *found, void *arg)
{
	struct turn		*t = arg;
	struct store_item	 item;
	bool			 shown;

	item.key = found->item->key;
	shown = found->parts.kind == KEY_TRIPLET ||
	    found->parts.kind == KEY_PROOF;
	if (store_step(t->call->deps->store, &item, 1, drop, t, t->e) == -1)
		t->rc = -1;
	else if (t->rc == 1 && shown)
		t->done++;
	return t->rc != -1;
}

/* Who forgets a client forgets how busy it was, too. */
static int
forget(struct turn *t, struct store *store, struct err *e)
{
	const char	*kinds = "tp";
	struct json	*item;

	if (!selection_is_all(t->selection) &&
	    json_get_bool(t->call->request.args, "all"))
		return err_set(e, "--all and a filter: which of both? Leave "
		    "one out; nothing was forgotten");
	if (selection_is_all(t->selection) &&
	    !json_get_bool(t->call->request.args, "all"))
		return err_set(e, "nothing says what to forget: name a "
		    "client, an identity, a sender, a recipient or a state, or "
		    "give --all");
	if (selection_is_of_clients(t->selection))
		kinds = "tpm";
	if (selection_walk(t->selection, store, kinds, forget_one, t, e) ==
	    -1 || t->rc == -1 || store_flush(store, e) == -1)
		return -1;
	item = json_new_object();
	json_add_int(item, "forgotten", t->done);
	return wire_put_item(t->call->wire, &item, e);
}

static int
with_selection(struct call *c, int (*act)(struct turn *, struct store *,
    struct err *), struct turn *t, struct err *e)
{
	struct policy		*policy = live_ref(c->deps->live);
	struct selection_under	 under = { policy_conf(policy),
				     c->deps->pseudonyms, c->now };
	struct selection	 s;
	int			 rc;

	*t = (struct turn){ .call = c, .conf = policy_conf(policy),
	    .selection = &s, .e = e };
	rc = selection_read(&s, c->request.args, &under, e);
	if (rc == 0) {
		rc = act(t, c->deps->store, e);
		selection_free(&s);
	}
	policy_unref(&policy);
	return rc == 0 && t->rc != -1 ? CALL_DONE : CALL_FAILED;
}

int
serve_triplet_list(struct call *c, struct err *e)
{
	struct turn	t;

	return with_selection(c, list, &t, e);
}

int
serve_triplet_forget(struct call *c, struct err *e)
{
	struct turn	t;
	int		rc = with_selection(c, forget, &t, e);

	if (rc != CALL_DONE || t.done > 0)
		return rc;
	(void)err_set(e, "no record matches: nothing was forgotten");
	return CALL_NO;
}
