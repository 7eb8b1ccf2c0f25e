/* SPDX-License-Identifier: ISC
 * control/serve_tally.c - tally: decisions by the hour, for a year and more, an
 * item for each hour that has any. */
#include "control/serve.h"

#include <string.h>

#include "control/item.h"
#include "journal/tally.h"
#include "policy/reason.h"

/* "defer new" is reason new of verdict defer. NULL: it is of another verdict. */
static const char *
reason_of(const char *word, const char *verdict)
{
	size_t	len = strlen(verdict);

	return strncmp(word, verdict, len) == 0 && word[len] == ' ' ?
	    word + len + 1 : NULL;
}

static struct json *
decisions_of(const struct tally_hour *h)
{
	struct json	*o = json_new_object();

	for (int v = VERDICT_PASS; v <= VERDICT_REJECT; v++) {
		const char	*verdict = verdict_name((enum verdict)v);
		struct json	*by_reason = json_new_object();

		for (unsigned i = 0; i < h->n; i++) {
			const char *reason = reason_of(h->decisions[i].word,
			    verdict);

			if (reason != NULL)
				json_add_int(by_reason, reason,
				    (int64_t)h->decisions[i].count);
		}
		json_add(o, verdict, by_reason);
	}
	return o;
}

static struct json *
delays_of(const struct tally_hour *h, unsigned kind)
{
	struct json	*list = json_new_array(), *one;

	for (unsigned b = 0; b < TALLY_DELAYS; b++) {
		if (h->delays[kind][b] == 0)
			continue;
		one = json_new_object();
		if (tally_delay_limit(b) == INT64_MAX)
			json_add_null(one, "limit");
		else
			json_add_int(one, "limit", tally_delay_limit(b));
		json_add_int(one, "count", (int64_t)h->delays[kind][b]);
		json_push(list, one);
	}
	return list;
}

struct telling {
	struct wire	*wire;
	struct err	*e;
	int		 rc;
};

static bool
tell(const struct tally_hour *h, void *arg)
{
	struct telling	*t = arg;
	struct json	*item = json_new_object(), *delays = json_new_object();

	item_add_time(item, "hour", h->hour);
	json_add_int(item, "seconds", h->hour);
	json_add(item, "decisions", decisions_of(h));
	for (unsigned k = 0; k < TALLY_KINDS; k++)
		json_add(delays, tally_kind(k), delays_of(h, k));
	json_add(item, "delays", delays);
	json_add_int(item, "records", (int64_t)h->records);
	json_add_int(item, "bytes", (int64_t)h->bytes);
	t->rc = wire_put_item(t->wire, &item, t->e);
	return t->rc == 0;
}

/* since, until: seconds; the hours that begin in between. */
int
serve_tally(struct call *c, struct err *e)
{
	struct telling	 t = { .wire = c->wire, .e = e };
	const struct json *args = c->request.args;
	int64_t		 since = json_get_int(args, "since");
	int64_t		 until = json_has_int(args, "until") ?
			    json_get_int(args, "until") : INT64_MAX;

	if (c->deps->tally != NULL &&
	    tally_flush(c->deps->tally, c->now, e) == -1)
		return CALL_FAILED;
	if (tally_each(c->deps->store, since, until, tell, &t, e) == -1)
		return CALL_FAILED;
	return t.rc == 0 ? CALL_DONE : CALL_FAILED;
}
