/* SPDX-License-Identifier: ISC
 * control/serve_recipient.c - recipient test, stats, forget, adopt. */
#include "control/serve.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mailaddr.h"
#include "control/item.h"
#include "recipient/recipients.h"

enum { REPLY_SIZE = sizeof(struct reply) };	/* "550 5.1.1 text" */

/* The address that the request names, as an MTA would hand it over; to be
 * freed. NULL: it is none, e tells. */
static char *
read_address(const struct call *c, struct err *e)
{
	const char	*text = json_get_text(c->request.args, "address");
	char		*address;

	if (text == NULL || !mailaddr_is_plain(text)) {
		(void)err_set(e, "not an address: %s; give one as user@domain",
		    text == NULL ? "nothing" : text);
		return NULL;
	}
	address = mailaddr_parse(text);
	if (address == NULL) {
		(void)err_set(e, "out of memory for an address");
		return NULL;
	}
	if (address[0] != '@' && mailaddr_domain(address)[0] != '\0')
		return address;
	(void)err_set(e, "not an address with a domain: %s; give one as "
	    "user@domain", text);
	free(address);
	return NULL;
}

static void
add_text_if_any(struct json *o, const char *key, const char *text)
{
	json_add_text(o, key, text[0] == '\0' ? NULL : text);
}

static void
add_micros(struct json *o, const char *key, int64_t micros)
{
	if (micros < 0)
		json_add_null(o, key);
	else
		json_add_int(o, key, micros);
}

static void
trace(const struct recipient_asked *asked, void *arg)
{
	struct json	*one = json_new_object();

	json_add_text(one, "source", asked->source);
	json_add_text(one, "answer", asked->answer);
	add_micros(one, "micros", asked->micros);
	add_text_if_any(one, "note", asked->note);
	json_push(arg, one);
}

/* What a stranger's RCPT would be refused with; NULL: it is not. */
static const struct reply *
refusal(const struct conf_recipients *conf, enum recipient_answer answer)
{
	if (answer == RECIPIENT_NO)
		return &conf->reply;
	if (answer == RECIPIENT_CANNOT_TELL &&
	    !conf->on_directory_failure.pass)
		return &conf->on_directory_failure.reply;
	return NULL;
}

static const char *
smtp_note(const struct conf *conf, const struct recipient_result *r)
{
	if (refusal(&conf->recipients, r->answer) == NULL) {
		if (r->answer == RECIPIENT_CANNOT_TELL)
			return "goes on to greylisting, as "
			    "on-directory-failure says";
		if (r->answer == RECIPIENT_YES &&
		    r->from == RECIPIENT_FROM_SCOPE)
			return "never waits";
		return "goes on to greylisting";
	}
	if (conf->observe)
		return "not given: observe is on";
	if (r->answer == RECIPIENT_NO &&
	    conf->recipients.reveal == CONF_REVEAL_PROVEN)
		return "a client that has never passed hears the greylisting "
		    "reply instead: reveal is proven";
	return "";
}

static void
add_smtp(struct json *item, const struct conf *conf,
    const struct recipient_result *r)
{
	const struct reply	*no = refusal(&conf->recipients, r->answer);
	char			 text[REPLY_SIZE];

	if (no != NULL)
		(void)snprintf(text, sizeof(text), "%s %s %s", no->code,
		    no->status, no->text);
	json_add_text(item, "smtp", no != NULL ? text : "250");
	add_text_if_any(item, "smtp_note", smtp_note(conf, r));
}

static void
add_result(struct json *item, const struct conf *conf,
    const struct recipient_result *r)
{
	json_add_text(item, "answer", recipient_answer_name(r->answer));
	json_add_text(item, "from", recipient_from_name(r->from));
	add_text_if_any(item, "by", r->by);
	json_add_bool(item, "former", r->former);
	item_add_time(item, "checked", r->checked);
	add_micros(item, "micros", r->micros);
	add_text_if_any(item, "why", r->why.text);
	add_smtp(item, conf, r);
}

static int
test(struct call *c, const char *address, struct err *e)
{
	struct policy		*policy = live_ref(c->deps->live);
	const struct conf	*conf = policy_conf(policy);
	struct json		*item = json_new_object();
	struct json		*sources = json_new_array();
	struct recipient_result	 r;
	bool			 refused, put;

	recipients_check(c->deps->recipients, address,
	    (int)(conf->wait_limit * 1000), c->now, &r, trace, sources);
	json_add_text(item, "address", address);
	json_add(item, "sources", sources);
	add_result(item, conf, &r);
	refused = refusal(&conf->recipients, r.answer) != NULL;
	policy_unref(&policy);
	put = wire_put_item(c->wire, &item, e) == 0;
	if (!put || !refused)
		return put ? CALL_DONE : CALL_FAILED;
	(void)err_set(e, "%s would be %s", address,
	    r.answer == RECIPIENT_NO ? "refused" : "deferred");
	return CALL_NO;
}

int
serve_recipient_test(struct call *c, struct err *e)
{
	char	*address = read_address(c, e);
	int	 code;

	if (address == NULL)
		return CALL_FAILED;
	code = test(c, address, e);
	free(address);
	return code;
}

static void
add_list(struct json *o, const struct flat_stats *s)
{
	json_add_text(o, "kind", "list");
	json_add_int(o, "addresses", (int64_t)s->addresses);
	json_add_bool(o, "hashed", s->hashed);
	json_add_int(o, "bytes", (int64_t)s->bytes);
	item_add_time(o, "adopted", s->adopted);
	json_add_int(o, "asked", (int64_t)s->asked);
	json_add_int(o, "found", (int64_t)s->found);
	add_text_if_any(o, "trouble", s->trouble.text);
}

static void
add_live(struct json *o, const struct inquiry_stats *s, int64_t now)
{
	json_add_text(o, "kind", "live");
	json_add_int(o, "asked", (int64_t)s->asked);
	json_add_int(o, "yes", (int64_t)s->yes);
	json_add_int(o, "no", (int64_t)s->no);
	json_add_int(o, "failed", (int64_t)s->failed);
	json_add_int(o, "overdue", (int64_t)s->overdue);
	json_add_int(o, "mean_micros", s->mean_micros);
	json_add_int(o, "slowest_micros", s->slowest_micros);
	json_add_int(o, "waiting", s->waiting);
	json_add_int(o, "queued", s->queued);
	item_add_time(o, "down_since", s->open ? now - s->open_seconds : 0);
	add_text_if_any(o, "trouble", s->trouble.text);
}

struct source_list {
	struct json	*list;
	int64_t		 now;
};

static bool
add_source(const struct recipient_source_stats *s, void *arg)
{
	struct source_list	*l = arg;
	struct json		*one = json_new_object();

	json_add_text(one, "name", s->name);
	if (s->is_list)
		add_list(one, &s->list);
	else
		add_live(one, &s->live, l->now);
	add_text_if_any(one, "doubt", s->doubt.text);
	json_push(l->list, one);
	return true;
}

static struct json *
cache_of(struct recipients *r)
{
	struct json		*o = json_new_object();
	struct cache_stats	 n;

	recipients_cache_stats(r, &n);
	json_add_int(o, "yes", (int64_t)n.yes);
	json_add_int(o, "no", (int64_t)n.no);
	json_add_int(o, "hits", (int64_t)n.hits);
	json_add_int(o, "misses", (int64_t)n.misses);
	json_add_int(o, "refused", (int64_t)n.refused);
	return o;
}

static struct json *
harvest_of(struct recipients *r, int64_t now)
{
	struct json		*o = json_new_object();
	struct harvest_stats	 n;

	harvest_stats(recipients_harvest(r), now, &n);
	json_add_int(o, "unknown", (int64_t)n.unknown);
	json_add_int(o, "known", (int64_t)n.known);
	json_add_int(o, "bans", (int64_t)n.bans);
	json_add_int(o, "banned", n.banned);
	return o;
}

int
serve_recipient_stats(struct call *c, struct err *e)
{
	struct recipients	*r = c->deps->recipients;
	struct json		*item = json_new_object();
	struct source_list	 l = { json_new_array(), c->now };

	json_add(item, "cache", cache_of(r));
	json_add(item, "harvest", harvest_of(r, c->now));
	recipients_each_source(r, add_source, &l);
	json_add(item, "sources", l.list);
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE : CALL_FAILED;
}

static int
forget(struct call *c, const char *address, struct err *e)
{
	struct json	*item;
	int		 was = recipients_forget(c->deps->recipients, address,
			    e);

	if (was == -1 || store_flush(c->deps->store, e) == -1)
		return CALL_FAILED;
	if (was == 0) {
		(void)err_set(e, "%s was not remembered", address);
		return CALL_NO;
	}
	item = json_new_object();
	json_add_text(item, "forgotten", address);
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE : CALL_FAILED;
}

int
serve_recipient_forget(struct call *c, struct err *e)
{
	char	*address = read_address(c, e);
	int	 code;

	if (address == NULL)
		return CALL_FAILED;
	code = forget(c, address, e);
	free(address);
	return code;
}

int
serve_recipient_adopt(struct call *c, struct err *e)
{
	const char	*name = json_get_text(c->request.args, "source");
	unsigned	 adopted;
	struct json	*item;

	if (recipients_adopt(c->deps->recipients, name, c->now, &adopted,
	    e) == -1)
		return CALL_FAILED;
	if (adopted == 0) {
		(void)err_set(e, "%s to be adopted: what there is, is in "
		    "force", name == NULL ? "no source waits" :
		    "it does not wait");
		return CALL_NO;
	}
	item = json_new_object();
	json_add_int(item, "adopted", adopted);
	return wire_put_item(c->wire, &item, e) == 0 ? CALL_DONE : CALL_FAILED;
}
