/* SPDX-License-Identifier: ISC
 * control/item.c - records as JSON. */
#include "control/item.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "policy/grey.h"

void
item_add_time(struct json *object, const char *key, int64_t seconds)
{
	char	text[CLOCK_TEXT_SIZE];

	if (seconds == 0) {
		json_add_null(object, key);
		return;
	}
	clock_format(seconds * 1000, text);
	(void)strcpy(text + strcspn(text, "."), "Z");
	json_add_text(object, key, text);
}

static const char *
state_of(const struct selected *found, const struct conf *conf, int64_t now)
{
	if (!found->readable)
		return "unreadable";
	switch (found->rec.state) {
	case RECORD_PENDING:
		return "pending";
	case RECORD_PASSED:
		return "passed";
	case RECORD_PROOF:
		break;
	}
	return grey_is_proven(&found->rec, conf->greylist.prove_after, now) ?
	    "proven" : "proof";
}

static void
add_parts(struct json *item, const struct key_parts *p)
{
	char	domain[sizeof(p->buf)];

	json_add_text(item, "identity", p->part[0]);
	if (p->kind == KEY_PROOF && p->n > 1) {
		(void)snprintf(domain, sizeof(domain), "@%s", p->part[1]);
		json_add_text(item, "sender", domain);
	} else
		json_add_text(item, "sender", p->n > 1 ? p->part[1] : NULL);
	json_add_text(item, "recipient", p->n > 2 ? p->part[2] : NULL);
}

struct json *
item_of(const struct selected *found, const struct conf *conf, int64_t now)
{
	const struct record	 none = { 0 };
	const struct record	*rec = found->readable ? &found->rec : &none;
	struct json		*item = json_new_object();

	json_add_text(item, "state", state_of(found, conf, now));
	add_parts(item, &found->parts);
	item_add_time(item, "first", rec->first);
	item_add_time(item, "last", rec->last);
	item_add_time(item, "expires", found->item->expires);
	json_add_int(item, "tries", rec->tries);
	json_add_int(item, "passes", rec->passes);
	if (found->parts.kind == KEY_PROOF)
		json_add_int(item, "needed", conf->greylist.prove_after);
	return item;
}

/* Seconds until then, none of them below zero. */
static void
add_left(struct json *item, const char *key, int64_t then, int64_t now)
{
	json_add_int(item, key, then > now ? then - now : 0);
}

void
item_add_times(struct json *item, const struct selected *found,
    const struct conf *conf, int64_t now)
{
	const struct record	*rec = &found->rec;

	if (found->readable && rec->state == RECORD_PENDING) {
		add_left(item, "passes_in",
		    rec->first + conf->greylist.delay, now);
		add_left(item, "window_ends_in",
		    rec->first + conf->greylist.window, now);
	}
	add_left(item, "forgotten_in", found->item->expires, now);
}
