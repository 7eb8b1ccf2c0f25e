/* SPDX-License-Identifier: ISC
 * control/serve_learned.c - learned list, show, forget. */
#include "control/serve.h"

#include <stdlib.h>
#include <string.h>

#include "control/item.h"
#include "policy/names.h"
#include "whitelist/learned.h"

/* What was asked for, folded as what is stored is. */
struct asked {
	struct learned_filter	 filter;
	char			*outside, *by, *login;
};

static char *
fold(const struct call *c, const char *text)
{
	const struct pseudonyms	*p = c->deps->pseudonyms;

	if (text == NULL)
		return NULL;
	return text[0] == '@' ? names_recipient(NULL, text) :
	    names_correspondent(p, text);
}

static void
asked_free(struct asked *a)
{
	free(a->outside);
	free(a->by);
	free(a->login);
}

static int
read_filter(const struct call *c, struct asked *a, struct err *e)
{
	const char	*outside = json_get_text(c->request.args, "outside");
	const char	*by = json_get_text(c->request.args, "learned-by");

	a->outside = fold(c, outside);
	a->by = fold(c, by);
	/* A login is no address: its "+" belongs to it. */
	a->login = by == NULL ? NULL : pseudonym_of(c->deps->pseudonyms, by);
	a->filter = (struct learned_filter){ .outside = a->outside,
	    .by = a->by, .login = a->login, .since = json_has_int(c->request.args, "since") ?
	    json_get_int(c->request.args, "since") : 0 };
	if ((outside != NULL && a->outside == NULL) ||
	    (by != NULL && (a->by == NULL || a->login == NULL))) {
		asked_free(a);
		return err_set(e, "out of memory");
	}
	return 0;
}

static struct json *
item_of_pair(const struct learned_pair *p)
{
	struct json	*item = json_new_object();
	struct json	*identities = json_new_array();

	json_add_text(item, "outside", p->outside);
	json_add_text(item, "ours", p->ours);
	json_add_text(item, "user", p->user);
	json_add_text(item, "queue", p->queue[0] != '\0' ? p->queue : NULL);
	json_add_int(item, "letters", p->letters);
	item_add_time(item, "first", p->first);
	item_add_time(item, "last", p->last);
	json_add_int(item, "answers", p->answers);
	item_add_time(item, "answered", p->answered);
	item_add_time(item, "expires", p->expires);
	for (unsigned i = 0; i < p->n_identities; i++)
		json_push_text(identities, p->identity[i]);
	json_add(item, "identities", identities);
	return item;
}

struct listing {
	struct wire	*wire;
	int64_t		 left;		/* so many more; -1: any number */
	size_t		 n;
	int		 rc;
	struct err	*e;
};

static bool
list_one(const struct learned_pair *p, void *arg)
{
	struct listing	*l = arg;
	struct json	*item;

	if (l->left == 0)
		return false;
	l->left -= l->left > 0;
	l->n++;
	item = item_of_pair(p);
	l->rc = wire_put_item(l->wire, &item, l->e);
	return l->rc == 0;
}

static int
list(struct call *c, struct listing *l, struct err *e)
{
	struct asked	a;
	int		rc;

	if (read_filter(c, &a, e) == -1)
		return -1;
	rc = learned_each(c->deps->store, &a.filter, c->now, list_one, l, e);
	asked_free(&a);
	return rc == -1 || l->rc != 0 ? -1 : 0;
}

int
serve_learned_list(struct call *c, struct err *e)
{
	struct listing	l = { .wire = c->wire, .e = e, .left =
			    json_has_int(c->request.args, "limit") ?
			    json_get_int(c->request.args, "limit") : -1 };

	return list(c, &l, e) == 0 ? CALL_DONE : CALL_FAILED;
}

int
serve_learned_show(struct call *c, struct err *e)
{
	struct listing	l = { .wire = c->wire, .e = e, .left = -1 };

	if (list(c, &l, e) == -1)
		return CALL_FAILED;
	if (l.n > 0)
		return CALL_DONE;
	(void)err_set(e, "nobody of ours is known to have written to %s; is "
	    "outbound mail seen (greyctl status), and did a person write it? "
	    "journal = refused in the section auto-whitelist tells what is "
	    "not learned",
	    json_get_text(c->request.args, "outside"));
	return CALL_NO;
}

static int
forget(struct call *c, const struct learned_filter *f, struct err *e)
{
	struct json	*item;
	size_t		 n;

	if (f->outside == NULL && f->by == NULL && f->since == 0 &&
	    !json_get_bool(c->request.args, "all")) {
		(void)err_set(e, "whom to forget is told by an address, "
		    "--learned-by, --since, or --all for everybody");
		return CALL_FAILED;
	}
	if (learned_forget(c->deps->store, f, c->now, &n, e) == -1)
		return CALL_FAILED;
	if (n == 0) {
		(void)err_set(e, "nothing that was learned matches; greyctl "
		    "learned list shows what there is");
		return CALL_NO;
	}
	item = json_new_object();
	json_add_int(item, "forgotten", (int64_t)n);
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE : CALL_FAILED;
}

int
serve_learned_forget(struct call *c, struct err *e)
{
	struct asked	a;
	int		code;

	if (read_filter(c, &a, e) == -1)
		return CALL_FAILED;
	code = forget(c, &a.filter, e);
	asked_free(&a);
	return code;
}
