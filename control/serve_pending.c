/* SPDX-License-Identifier: ISC
 * control/serve_pending.c - pending: the triplets that wait, then what has passed, and
 * how many attempts are kept as fingerprints only. greyctl puts them together. */
#include "control/serve.h"

#include "base/domain.h"
#include "base/mailaddr.h"
#include "base/nameset.h"
#include "control/item.h"
#include "control/selection.h"
#include "whitelist/learned.h"

struct listing {
	struct call		*call;
	const struct conf	*conf;
	struct nameset		*written;	/* domains that ours write to */
	int64_t			 marks;
	int			 rc;		/* -1: failed, e tells */
	struct err		*e;
};

/* The registrable one, so that mail.example.org is example.org; else itself. */
static const char *
organisation(const char *address, char own[DOMAIN_SIZE])
{
	const char	*domain = mailaddr_domain(address);

	return domain_registrable(domain, own) ? own : domain;
}

static bool
note_domain(const struct learned_pair *p, void *arg)
{
	struct listing	*l = arg;
	char		 own[DOMAIN_SIZE];
	const char	*domain = organisation(p->outside, own);

	/* A domain that is no name is nobody's sender's either. */
	if (*domain != '\0')
		(void)nameset_add(l->written, domain, NULL);
	return true;
}

static bool
put(struct listing *l, struct json *item)
{
	l->rc = wire_put_item(l->call->wire, &item, l->e);
	return l->rc == 0;
}

static bool
send_pending(const struct selected *found, void *arg)
{
	struct listing	*l = arg;
	struct json	*item = item_of(found, l->conf, l->call->now);
	char		 own[DOMAIN_SIZE];

	item_add_time(item, "until", found->rec.first +
	    l->conf->greylist.window);
	json_add_bool(item, "written", found->parts.n > 1 &&
	    nameset_has(l->written, organisation(found->parts.part[1], own)));
	return put(l, item);
}

static bool
send_passed(const struct selected *found, void *arg)
{
	struct listing	*l = arg;
	struct json	*item;

	if (found->parts.n < 3)
		return true;
	item = json_new_object();
	json_add_text(item, "state", "passed");
	json_add_text(item, "sender", found->parts.part[1]);
	json_add_text(item, "recipient", found->parts.part[2]);
	item_add_time(item, "last", found->rec.last);
	return put(l, item);
}

static bool
count_mark(const struct store_item *item, void *arg)
{
	struct listing	*l = arg;

	l->marks += item->expires > l->call->now;
	return true;
}

static int
walk_state(struct listing *l, enum selection_state state, selection_fn each)
{
	struct selection	s = { .now = l->call->now, .state = state };

	return selection_walk(&s, l->call->deps->store, "t", each, l, l->e) ==
	    -1 || l->rc == -1 ? -1 : 0;
}

static int
list(struct listing *l)
{
	static const uint8_t		 mark = KEY_MARK;
	const struct learned_filter	 all = { .since = 0 };
	struct store			*store = l->call->deps->store;
	struct json			*item;

	if (learned_each(store, &all, l->call->now, note_domain, l, l->e) ==
	    -1 || walk_state(l, SELECT_PENDING, send_pending) == -1 ||
	    walk_state(l, SELECT_PASSED, send_passed) == -1 ||
	    store_walk(store, &mark, sizeof(mark), count_mark, l, l->e) == -1)
		return -1;
	item = json_new_object();
	json_add_text(item, "state", "fingerprints");
	json_add_int(item, "n", l->marks);
	return put(l, item) ? 0 : -1;
}

int
serve_pending(struct call *c, struct err *e)
{
	struct policy	*policy = live_ref(c->deps->live);
	struct listing	 l = { .call = c, .conf = policy_conf(policy),
			     .written = nameset_new(), .e = e };
	int		 rc = l.written == NULL ? err_set(e, "out of memory") :
			     list(&l);

	nameset_free(&l.written);
	policy_unref(&policy);
	return rc == 0 ? CALL_DONE : CALL_FAILED;
}
