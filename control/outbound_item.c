/* SPDX-License-Identifier: ISC
 * control/outbound_item.c - counts, and what an administrator would want to know
 * of them. */
#include "control/outbound_item.h"

#include <stdio.h>

enum { A_DAY = 24 * 60 * 60 };

static const char *
scope_name(enum conf_learn_scope scope)
{
	return scope == CONF_LEARN_SITE ? "site" :
	    scope == CONF_LEARN_DOMAIN ? "domain" : "mailbox";
}

static struct json *
unlearned(const struct outbound_stats *s)
{
	struct json	*o = json_new_object();

	for (int i = 1; i < UNLEARNED_KINDS; i++)
		if (s->unlearned[i] > 0)
			json_add_int(o, unlearned_name((enum unlearned)i),
			    (int64_t)s->unlearned[i]);
	return o;
}

static void
warn_of_carrier(struct json *list, const struct outbound_stats *s)
{
	struct err	e;
	char		addr[IP_TEXT_SIZE];

	if (s->carrier_total == 0)
		return;
	ip_format(&s->carrier, addr);
	(void)err_set(&e, "%s is in local-networks and brings mostly "
	    "outsiders' mail, %llu of %llu: if it is a content filter, name "
	    "its listener in reinject; a proxy or address translator, take it "
	    "out of local-networks; a backup MX or fetcher, make it a relay",
	    addr, (unsigned long long)s->carrier_outside,
	    (unsigned long long)s->carrier_total);
	json_push_text(list, e.text);
}

static struct json *
warnings(const struct conf *conf, const struct outbound_stats *s, int64_t up)
{
	struct json	*list = json_new_array();

	warn_of_carrier(list, s);
	if (!conf->auto_whitelist.enabled)
		return list;
	if (s->messages == 0 && up >= A_DAY)
		json_push_text(list, "no outbound mail was ever seen: attach "
		    "the filter to the submission service and "
		    "non_smtpd_milters, and name internal mail hosts in "
		    "local-networks (README, section 9)");
	return list;
}

struct json *
outbound_item(const struct conf *conf, struct outbound_watch *watch,
    int64_t up)
{
	const struct conf_auto_whitelist *a = &conf->auto_whitelist;
	struct outbound_stats	 s = { .messages = 0 };
	struct json		*o = json_new_object();

	if (watch != NULL)
		outbound_watch_stats(watch, &s);
	json_add_bool(o, "enabled", a->enabled);
	json_add_text(o, "scope", scope_name(a->scope));
	json_add_text(o, "proof", a->proof == CONF_PROOF_STRICT ? "strict" :
	    "lenient");
	json_add_bool(o, "logins_only",
	    nameset_count(conf->local_domains) == 0);
	json_add_int(o, "messages", (int64_t)s.messages);
	json_add_int(o, "learned", (int64_t)s.learned);
	json_add(o, "unlearned", unlearned(&s));
	json_add(o, "warnings", warnings(conf, &s, up));
	return o;
}
