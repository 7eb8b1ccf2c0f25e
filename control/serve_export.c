/* SPDX-License-Identifier: ISC
 * control/serve_export.c - recipient export: every valid recipient, some lines
 * an item, so that a million of them need little memory on the way. */
#include "control/serve.h"

#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "control/item.h"
#include "control/print.h"
#include "recipient/address.h"
#include "recipient/hashed.h"
#include "recipient/list.h"
#include "recipient/recipients.h"

enum {
	BATCH = 2000,		/* bytes of lines in an item: greyctl can print
				 * one whole whenever a pipe takes anything */
	DISTINCT_MAX = 1000000	/* addresses that are told apart; of what comes
				 * beyond, some may be listed twice */
};

struct export {
	struct call		*call;
	struct address_rule	 rule;
	bool			 hashed;
	unsigned char		 key[RECIPIENTS_KEY_MAX];
	size_t			 key_len;
	struct list		*seen;		/* NULL: no memory for that */
	size_t			 used;
	char			 lines[BATCH + ADDRESS_MAX + 2];
	bool			 begun;		/* an item was sent */
	int64_t			 count, left_out;
	int			 rc;		/* -1: failed, e tells */
	struct err		*e;
};

static struct json *
item_begin(struct export *x)
{
	struct json	*item = json_new_object();

	if (x->begun)
		return item;
	x->begun = true;
	json_add_text(item, "version", VERSION_TEXT);
	item_add_time(item, "time", x->call->now);
	return item;
}

static void
send_lines(struct export *x)
{
	struct json	*item = item_begin(x);

	x->lines[x->used] = '\0';
	x->used = 0;
	json_add_text(item, "lines", x->lines);
	x->rc = wire_put_item(x->call->wire, &item, x->e);
}

static void
put_line(struct export *x, const char *line)
{
	size_t	len = strlen(line);

	memcpy(x->lines + x->used, line, len);
	x->used += len;
	x->lines[x->used++] = '\n';
	if (x->used >= BATCH)
		send_lines(x);
}

static void
put_hashed(struct export *x, const char *text)
{
	unsigned char	hashed[HASHED_SIZE];
	char		line[HASHED_TEXT_SIZE];

	hashed_make(x->key, x->key_len, text, hashed);
	hashed_format(hashed, line);
	put_line(x, line);
}

/* Whether a line of a list means this address and nothing else; what has white
 * space in it has quotes around that by now. */
static bool
fits_a_line(const char *address)
{
	return address[0] != '#' && print_is_plain(address);
}

/* Whether it comes for the first time, as far as that is known. */
static bool
is_new(struct export *x, const char *address)
{
	size_t	len = strlen(address);

	if (x->seen == NULL)
		return true;
	if (list_has(x->seen, address, len))
		return false;
	if (list_count(x->seen) < DISTINCT_MAX &&
	    list_add(x->seen, address, len) == -1)
		list_unref(&x->seen);
	return true;
}

/* Puts it in the form in which it is looked up. */
static void
put_address(struct export *x, const char *address)
{
	if (!x->hashed && !fits_a_line(address)) {
		x->left_out++;
		return;
	}
	if (x->hashed)
		put_hashed(x, address);
	else
		put_line(x, address);
	x->count++;
}

static bool
export_one(const char *address, void *arg)
{
	struct export	*x = arg;
	struct address	 a;

	if (address_make(&a, address, &x->rule) == -1 || a.domain[0] == '\0')
		x->left_out++;
	else if (is_new(x, a.whole))
		put_address(x, a.whole);
	return x->rc == 0;
}

/* A list is believed where it is read: one made of a source whose "no" is not
 * believed here would have users refused there. */
static bool
refuse_doubtful(const struct recipient_source_stats *s, void *arg)
{
	struct export	*x = arg;

	if (s->doubt.text[0] != '\0')
		x->rc = err_set(x->e, "%s is not believed: %s", s->name,
		    s->doubt.text);
	return x->rc == 0;
}

static int
read_key(struct export *x)
{
	if (recipients_key(x->call->deps->recipients, x->key, &x->key_len,
	    x->e) == -1)
		return -1;
	if (x->key_len == 0)
		return err_set(x->e, "hashes need a key: set key-file in the "
		    "section recipients");
	return 0;
}

static int
end_list(struct export *x)
{
	struct json	*item;

	if (x->used > 0)
		send_lines(x);
	if (x->rc == -1)
		return -1;
	item = item_begin(x);
	json_add_int(item, "count", x->count);
	json_add_int(item, "left_out", x->left_out);
	return wire_put_item(x->call->wire, &item, x->e);
}

static int
export(struct export *x)
{
	struct recipients	*r = x->call->deps->recipients;

	recipients_each_source(r, refuse_doubtful, x);
	if (x->rc == -1 || (x->hashed && read_key(x) == -1))
		return CALL_FAILED;
	if (recipients_walk(r, export_one, x, x->e) == -1 || x->rc == -1)
		return CALL_FAILED;
	if (x->count == 0) {
		(void)err_set(x->e, "no source has an address");
		return CALL_FAILED;
	}
	/* By it whoever reads the list sees that it has the same key. */
	if (x->hashed)
		put_hashed(x, HASHED_MARK);
	return end_list(x) == 0 ? CALL_DONE : CALL_FAILED;
}

int
serve_recipient_export(struct call *c, struct err *e)
{
	struct policy			*policy = live_ref(c->deps->live);
	const struct conf_recipients	*r = &policy_conf(policy)->recipients;
	struct export			 x = { .call = c, .e = e };
	int				 code;

	x.rule = (struct address_rule){ .delimiters = r->sub_address,
	    .case_sensitive = r->case_sensitive };
	x.hashed = json_get_bool(c->request.args, "hashed");
	x.seen = list_new();
	code = export(&x);
	list_unref(&x.seen);
	explicit_bzero(x.key, sizeof(x.key));
	policy_unref(&policy);
	return code;
}
