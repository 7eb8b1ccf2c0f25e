/* SPDX-License-Identifier: ISC
 * control/serve_test.c - whitelist test: which entry lets a mail pass, and
 * which nearly do. */
#include "control/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mailaddr.h"
#include "control/entries.h"
#include "control/prove.h"

enum { NEAR_MAX = 20 };			/* told of */

struct test {
	struct call	*call;
	struct client	 client;
	char		*sender, *rcpt;
	struct proof	 proof;
	struct listed	*hit;		/* lets it pass; a reference */
	bool		 hit_by_proof;
	char		 limit[ENTRY_TEXT_SIZE];	/* a regex that ran into
					 * its limit; or "" */
	struct json	*near;
	int64_t		 left_out;	/* of near */
};

static void
test_free(struct test *t)
{
	listed_unref(&t->hit);
	json_free(&t->near);
	free(t->sender);
	free(t->rcpt);
}

static int
test_read(struct test *t, struct err *e)
{
	const struct json		*args = t->call->request.args;
	const char			*sender = json_get_text(args, "sender");
	const char			*rcpt = json_get_text(args,
					    "recipient");
	const struct prove_client	 who = {
		.addr = json_get_text(args, "client"),
		.name = json_get_text(args, "name"),
		.helo = json_get_text(args, "helo"),
	};

	if (sender == NULL || rcpt == NULL)
		return err_set(e, "a mail is told by its client, sender and "
		    "recipient");
	if (prove_client(t->call, &who, &t->client, e) == -1)
		return -1;
	t->sender = mailaddr_parse(sender);
	t->rcpt = mailaddr_parse(rcpt);
	if (t->sender == NULL || t->rcpt == NULL)
		return err_set(e, "out of memory for an address");
	return 0;
}

static struct view_query
query_of(const struct test *t)
{
	return (struct view_query){ .client = &t->client.addr,
	    .name = t->client.host, .sender = t->sender, .rcpt = t->rcpt,
	    .now = t->call->now };
}

/* In the order of the decision: see policy/exempt.h. */
static void
find_hit(struct test *t)
{
	const struct view_query	 q = query_of(t);
	struct whitelist	*w = t->call->deps->whitelist;
	struct whitelist_guard	 guard;
	struct view_matches	 m;

	if (w == NULL)
		return;
	view_match(whitelist_enter(w, &guard), &q, &m);
	for (int g = 0; g < VIEW_GROUPS && t->hit == NULL; g++) {
		t->hit_by_proof = m.holds[g] == NULL && t->proof.proven;
		if (m.holds[g] != NULL)
			t->hit = listed_ref(m.holds[g]);
		else if (m.needs_proof[g] != NULL && t->proof.proven)
			t->hit = listed_ref(m.needs_proof[g]);
	}
	if (m.regex_limit)
		memcpy(t->limit, m.regex->entry.text, sizeof(t->limit));
	whitelist_leave(w, &guard);
}

/* What must be otherwise for an entry to match. */
enum { OTHER_RCPT = 1, OTHER_NAME = 2, OTHERS = 4 };

/* A recipient, or a domain of recipients, that the entry is for. */
static const char *
own_rcpt(const struct entry *entry, char out[ENTRY_TEXT_SIZE])
{
	(void)snprintf(out, ENTRY_TEXT_SIZE, "%.*s", (int)entry->to_len,
	    entry->text + entry->to);
	return out;
}

/* Which of the two must be otherwise; -1: it would not match even so. Whether
 * it has expired does not matter here. */
static int
lacks(const struct test *t, const struct listed *l)
{
	char	rcpt[ENTRY_TEXT_SIZE];

	for (int others = 0; others < OTHERS; others++) {
		struct view_query q = query_of(t);

		if (((others & OTHER_RCPT) != 0 && l->entry.to_len == 0) ||
		    ((others & OTHER_NAME) != 0 && (q.name != NULL ||
		    t->client.helo == NULL)))
			continue;
		q.now = INT64_MIN;
		if ((others & OTHER_RCPT) != 0)
			q.rcpt = own_rcpt(&l->entry, rcpt);
		if ((others & OTHER_NAME) != 0)
			q.name = t->client.helo;
		if (view_entry_matches(l, &q))
			return others;
	}
	return -1;
}

/* A sentence for each thing that keeps it from holding; "" nothing does. */
static void
say_why(const struct test *t, const struct listed *l, int others, FILE *out)
{
	const char	*sep = "";
	char		 time[CLOCK_TEXT_SIZE];

	if (l->expires <= t->call->now) {
		clock_format(l->expires * 1000, time);
		(void)fprintf(out, "it expired at %.19sZ", time);
		sep = "; ";
	}
	if ((others & OTHER_RCPT) != 0) {
		(void)fprintf(out, "%sit is for mail to %.*s only", sep,
		    (int)l->entry.to_len, l->entry.text + l->entry.to);
		sep = "; ";
	}
	if ((others & OTHER_NAME) != 0) {
		(void)fprintf(out, "%s%s is the name in its HELO, which "
		    "anybody may give; only one that the MTA has confirmed "
		    "counts", sep, t->client.helo);
		sep = "; ";
	}
	if (entry_needs_proof(&l->entry) && !t->proof.proven)
		(void)fprintf(out, "%sthe client does not prove the sender's "
		    "domain: %s", sep, t->proof.why.text);
}

static void
add_near(struct test *t, const struct listed *l, const char *why)
{
	struct json	*one;

	if (json_length(t->near) == NEAR_MAX) {
		t->left_out++;
		return;
	}
	one = entries_item(l);
	json_add_text(one, "why", why);
	json_push(t->near, one);
}

static int
look_at(struct test *t, const struct listed *l, struct err *e)
{
	int	 others = lacks(t, l);
	char	*why = NULL;
	size_t	 len;
	FILE	*out;

	if (others == -1)
		return 0;
	out = open_memstream(&why, &len);
	if (out == NULL)
		return err_set(e, "out of memory");
	say_why(t, l, others, out);
	if (fclose(out) != 0) {
		free(why);
		return err_set(e, "out of memory");
	}
	if (why[0] != '\0')
		add_near(t, l, why);
	free(why);
	return 0;
}

static int
find_near(struct test *t, struct err *e)
{
	struct entries	all;
	int		rc = 0;

	if (entries_take(t->call->deps->whitelist, &all, e) == -1)
		return -1;
	for (size_t i = 0; i < all.n && rc == 0; i++)
		rc = look_at(t, all.at[i], e);
	entries_free(&all);
	return rc;
}

static int
tell(struct test *t, struct err *e)
{
	struct json	*item = json_new_object();

	json_add_bool(item, "passes", t->hit != NULL);
	if (t->hit == NULL)
		json_add_null(item, "match");
	else
		json_add(item, "match", entries_item(t->hit));
	json_add_text(item, "by", t->hit != NULL && t->hit_by_proof ?
	    t->proof.by : NULL);
	json_add(item, "proof", prove_item(&t->proof));
	json_add(item, "near", t->near);
	t->near = NULL;
	json_add_int(item, "near_left_out", t->left_out);
	json_add_text(item, "limit", t->limit[0] == '\0' ? NULL : t->limit);
	if (wire_put_item(t->call->wire, &item, e) == -1)
		return CALL_FAILED;
	if (t->hit != NULL)
		return CALL_DONE;
	(void)err_set(e, "no entry lets it pass");
	return CALL_NO;
}

int
serve_whitelist_test(struct call *c, struct err *e)
{
	struct test	t = { .call = c, .near = json_new_array() };
	int		code = CALL_FAILED;

	if (test_read(&t, e) == 0) {
		prove_sender(c, &t.client, t.sender, &t.proof);
		find_hit(&t);
		if (find_near(&t, e) == 0)
			code = tell(&t, e);
	}
	test_free(&t);
	return code;
}
