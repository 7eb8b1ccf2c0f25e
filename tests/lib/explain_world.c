/* SPDX-License-Identifier: ISC
 * tests/lib/explain_world.c - what explain_world.h describes. */
#include "tests/lib/explain_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "policy/greylist.h"

static const char *
one_of(struct luck *l, const char *const *texts)
{
	unsigned	n = 0;

	while (texts[n] != NULL)
		n++;
	return texts[luck_below(l, n)];
}

static void
write_rule(FILE *out, struct luck *l, unsigned nth)
{
	static const char *const conditions[] = {
		"client = {\"192.0.2.0/24\"}", "client = {\"2001:db8::/32\"}",
		"client-name = {\"*.example.net\"}", "verified = false",
		"identity = {\"spf:example.net\", \"name:example.org\"}",
		"helo = {\"mx1.example.net\"}", "sender = {\"@lists.example\"}",
		"sender = {\"<>\"}", "recipient = {\"sue@example.com\"}",
		"time = {\"Mon-Fri 08:00-18:00\"}", "tls = true",
		"dnsbl = {\"bl.example\"}", "dnswl = {\"wl.example=127.0.0.2\"}",
		"macro = {\"{daemon_name}=partners\"}", NULL };
	static const char *const actions[] = { "accept", "defer", "reject",
		"greylist\n delay = 2m", "greylist\n delay = 2m\n window = 3h",
		"greylist", NULL };

	(void)fprintf(out, "rule \"r%u\" {\n", nth);
	(void)fprintf(out, " %s\n", one_of(l, conditions));
	(void)fprintf(out, " action = %s\n", one_of(l, actions));
	if (luck_one_in(l, 4))
		(void)fputs(" observe = true\n", out);
	(void)fputs("}\n", out);
}

static void
write_greylist(FILE *out, struct luck *l)
{
	static const char *const delays[] = { "0", "30s", "1m", "5m", NULL };
	static const char *const windows[] = { "10m", "1h", "24h", NULL };

	(void)fprintf(out, "greylist {\n delay = %s\n window = %s\n"
	    " prove-after = %u\n remember = %s\n"
	    " max-pending-per-identity = %u\n null-sender-at = %s\n}\n",
	    one_of(l, delays), one_of(l, windows), 1 + luck_below(l, 3),
	    luck_one_in(l, 2) ? "2d" : "36d",
	    luck_one_in(l, 2) ? 2 + luck_below(l, 4) : 1000,
	    luck_one_in(l, 2) ? "data" : "rcpt");
}

static void
write_recipients(FILE *out, struct luck *l, const char *list)
{
	(void)fprintf(out, "recipients {\n file = \"%s\"\n reveal = %s\n"
	    " harvest-limit = %u\n harvest-window = 10m\n harvest-ban = 20m\n",
	    luck_one_in(l, 5) ? "" : list, luck_one_in(l, 2) ? "always" :
	    "proven", luck_one_in(l, 6) ? 0 : 2 + luck_below(l, 5));
	if (luck_one_in(l, 4))
		(void)fputs(" on-directory-failure = pass\n", out);
	if (luck_one_in(l, 6))
		(void)fputs(" exempt = {\"ghost1@example.com\"}\n", out);
	(void)fputs("}\n", out);
}

char *
explain_settings(struct luck *l, const char *list)
{
	static const char *const scopes[] = { "site", "domain", "mailbox",
		NULL };
	static const char *const unknown[] = { "accept", "defer", "reject",
		NULL };
	char	*text;
	size_t	 len;
	FILE	*out = open_memstream(&text, &len);

	assert_non_null(out);
	(void)fprintf(out, "whitelist = {}\nlarge-senders = \"\"\n"
	    "local-domains = {\"example.com\", \"empty.example\"}\n"
	    "local-networks = {\"127.0.0.0/8\", \"10.0.0.0/8\"}\n"
	    "tls-clients = {\"/CN=laptop | /CN=CA\"}\n"
	    "observe = %s\non-error = %s\n", luck_one_in(l, 6) ? "true" :
	    "false", luck_one_in(l, 2) ? "pass" : "defer");
	(void)fprintf(out, "auto-whitelist {\n enabled = %s\n scope = %s\n"
	    " proof = %s\n}\n", luck_one_in(l, 5) ? "false" : "true",
	    one_of(l, scopes), luck_one_in(l, 2) ? "strict" : "lenient");
	(void)fprintf(out, "relay \"edge\" {\n networks = "
	    "{\"198.51.100.5\"}\n unknown = %s\n}\n", one_of(l, unknown));
	write_greylist(out, l);
	write_recipients(out, l, list);
	for (unsigned i = 0, n = luck_below(l, 5); i < n; i++)
		write_rule(out, l, i);
	assert_int_equal(fclose(out), 0);
	return text;
}

static bool
write_record(const struct store_item *item, void *arg)
{
	FILE	*out = arg;

	(void)fwrite(item->key.bytes, 1, item->key.len, out);
	(void)fprintf(out, "|%" PRId64 "|%zu|", item->expires, item->len);
	(void)fwrite(item->value, 1, item->len, out);
	(void)fputc('\n', out);
	return true;
}

static bool
write_guesser(const struct harvest_entry *n, void *arg)
{
	(void)fprintf(arg, "%s %u %u %" PRId64 " %" PRId64 "\n", n->identity,
	    n->unknown, n->known, n->since, n->until);
	return true;
}

static void
write_guessers(FILE *out, struct recipients *r, int64_t now)
{
	/* Under it nothing is too old to be shown. */
	static const struct harvest_rule any = { .limit = 1,
					    .window = INT32_MAX,
					    .ban = INT32_MAX };
	struct harvest_stats	guessed;

	harvest_walk(recipients_harvest(r), &any, now, write_guesser, out);
	harvest_stats(recipients_harvest(r), now, &guessed);
	(void)fprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %u\n",
	    guessed.unknown, guessed.known, guessed.bans, guessed.banned);
}

static void
write_entries(FILE *out, struct whitelist *w)
{
	struct whitelist_guard	 guard;
	const struct view	*view = whitelist_enter(w, &guard);

	for (size_t i = 0; i < view_count(view); i++) {
		const struct listed *l = view_at(view, i);

		(void)fprintf(out, "%s %llu %" PRId64 "\n", l->entry.text,
		    atomic_load(&l->hits), atomic_load(&l->last_hit));
	}
	whitelist_leave(w, &guard);
}

static void
write_alarms(FILE *out, struct alarms *alarms)
{
	for (int i = 0; i < ALARM_KINDS; i++) {
		struct alarm_state s = alarm_get(alarms, (enum alarm_kind)i);

		(void)fprintf(out, "%d %d %" PRId64 " %" PRIu64 " %s\n", i,
		    s.raised, s.since, s.count, s.sentence.text);
	}
}

/* Under the settings' own window, and as a rule with another would see it. */
static void
write_crowds(FILE *out, const struct policy *p, const char *const *identities,
    int64_t now)
{
	struct crowd	*crowd = policy_deps(p)->crowd;
	struct grey_conf rule = greylist_rule(&policy_conf(p)->greylist);

	for (size_t i = 0; identities[i] != NULL; i++) {
		(void)fprintf(out, "%" PRIu64, crowd_look(crowd,
		    identities[i], &rule, now));
		rule.window = 3 * 3600;
		(void)fprintf(out, " %" PRIu64 "\n", crowd_look(crowd,
		    identities[i], &rule, now));
		rule = greylist_rule(&policy_conf(p)->greylist);
	}
	(void)fprintf(out, "%d\n", crowd_may_have_marked(crowd));
}

char *
explain_snapshot(const struct policy *p, const struct explain_view *view,
    size_t *len)
{
	const struct policy_deps	*deps = policy_deps(p);
	struct outbound_stats		 outbound;
	struct store_stats		 stored;
	struct cache_stats		 cached;
	char				*text;
	FILE				*out = open_memstream(&text, len);

	assert_non_null(out);
	store_stats(deps->store, &stored);
	(void)fprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	    stored.records, stored.steps, stored.failures);
	assert_int_equal(store_walk(deps->store, "", 0, write_record, out,
	    NULL), 0);
	write_crowds(out, p, view->identities, view->now);
	if (view->guessers)
		write_guessers(out, deps->recipients, view->now);
	recipients_cache_stats(deps->recipients, &cached);
	(void)fwrite(&cached, 1, sizeof(cached), out);
	write_entries(out, deps->whitelist);
	if (deps->watch != NULL) {
		outbound_watch_stats(deps->watch, &outbound);
		(void)fwrite(&outbound, 1, sizeof(outbound), out);
	}
	write_alarms(out, deps->alarms);
	assert_int_equal(fclose(out), 0);
	return text;
}
