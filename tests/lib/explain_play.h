/* SPDX-License-Identifier: ISC
 * tests/lib/explain_play.h - a filter with random settings that change, and what
 * time, users and administrators do to it meanwhile.
 *
 * Included once by a test, as explain_dns.h. */
#ifndef TESTS_LIB_EXPLAIN_PLAY_H
#define TESTS_LIB_EXPLAIN_PLAY_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/lib/explain_dns.h"
#include "tests/lib/explain_world.h"
#include "tests/lib/store_world.h"
#include "whitelist/learned.h"

static const char *const senders[] = { "ann@example.net", "ann@example.net",
    "bob@sub.example.net", "list-bounce-123@lists.example", "",
    "double-bounce@example.net", "carol@example.com", "eve@example.org" };
static const char *const rcpts[] = { "joe@example.com", "joe@example.com",
    "sue@example.com", "sue+tag@example.com", "ghost1@example.com",
    "ghost2@example.com", "ghost3@example.com", "postmaster@example.com",
    "out@elsewhere.example", "x@empty.example" };
static const struct {
	const char	*addr, *name, *helo;
	bool		 verified;
} clients[] = {
	{ "192.0.2.7", "mx1.example.net", "mx1.example.net", true },
	{ "192.0.2.8", "mx2.example.net", "mx2.example.net", true },
	{ "192.0.2.9", "mx2.example.net", "mx2.example.net", false },
	{ "203.0.113.9", NULL, "dsl.isp.example", false },
	{ "203.0.113.77", "mail.hoster.example", "mail.hoster.example", true },
	{ "203.0.113.20", "203-0-113-20.dyn.isp.example", "localhost", true },
	{ "2001:db8::7", "mx.example.org", "mx.example.org", true },
	{ "2001:db8:1::7", NULL, NULL, false },
	{ "198.51.100.5", "edge.example.com", "edge.example.com", true },
	{ "10.0.0.5", NULL, "desk", false },
};
static const char *const entries[] = { "client 203.0.113.9",
    "client 203.0.113.0/24 to sue@example.com", "domain example.net",
    "name *.hoster.example", "sender eve@example.org unsafe",
    "sender ann@example.net to joe@example.com", "recipient sue@example.com",
    "regex sender /^list-/", "grace joe@example.com" };
static const char *const identities[] = { "net:192.0.2.0/24",
    "net:203.0.113.0/24", "net:2001:db8::/48", "net:2001:db8:1::/48",
    "name:example.net", "name:hoster.example", "name:example.org",
    "spf:example.net", "spf:sub.example.net", "spf:lists.example",
    "spf:example.org", "spf:mx1.example.net", NULL };

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

struct play {
	struct world	*world;
	struct luck	 luck;
	int64_t		 now;
	struct crowd	*crowd;
	struct alarms	*alarms;
	struct recipients *recipients;
	struct whitelist *whitelist;
	struct outbound_watch *watch;
	struct prover	 prover;
	struct policy	*policy;
	char		 list[64];
	unsigned	 seen[REASONS], attempts, said;
};

static int64_t
millis(void *arg)
{
	return ((struct play *)arg)->now * 1000;
}

static void
mistake(const char *sentence, void *arg)
{
	(void)arg;
	fail_msg("%s", sentence);
}

static void
configure(struct play *p)
{
	char				*text = explain_settings(&p->luck,
					    p->list);
	struct recipients_sources	*sources;
	struct conf			*conf;
	struct err			 e = { "" };

	assert_int_equal(conf_read_text(text, strlen(text), "random", &conf,
	    mistake, NULL), 0);
	free(text);
	if (recipients_read(p->recipients, conf, p->now, &sources, &e) == -1)
		fail_msg("%s", e.text);
	recipients_use(p->recipients, &sources);
	policy_unref(&p->policy);
	p->policy = policy_new(&conf, &(struct policy_deps){
	    .store = p->world->s, .crowd = p->crowd, .alarms = p->alarms,
	    .recipients = p->recipients, .whitelist = p->whitelist,
	    .prover = &p->prover, .watch = p->watch });
	assert_non_null(p->policy);
}

static void
open_list(struct play *p)
{
	FILE	*out;

	(void)snprintf(p->list, sizeof(p->list), "/tmp/greygate-explain.%d",
	    (int)getpid());
	out = fopen(p->list, "w");
	assert_non_null(out);
	(void)fputs("joe@example.com\nsue@example.com\n", out);
	assert_int_equal(fclose(out), 0);
}

static void
open_whitelist(struct play *p)
{
	static const char	 none[] = "whitelist = {} large-senders = \"\"";
	struct whitelist_files	*files;
	struct conf		*conf;

	assert_int_equal(conf_read_text(none, strlen(none), "none", &conf,
	    mistake, NULL), 0);
	p->whitelist = whitelist_new(p->world->s);
	assert_int_equal(whitelist_read(conf, NULL, NULL, &files, NULL), 0);
	assert_int_equal(whitelist_use(p->whitelist, &files, p->now, NULL),
	    0);
	conf_free(&conf);
}

static void
begin(struct play *p, void **state, uint64_t seed)
{
	*p = (struct play){ .world = *state, .luck = { seed },
	    .now = 1700000000 };
	p->crowd = crowd_new();
	p->alarms = alarms_new();
	p->watch = outbound_watch_new();
	p->recipients = recipients_new(&(struct recipients_deps){
	    .store = p->world->s,
	    .clock = { .millis = millis, .arg = p } });
	assert_non_null(p->recipients);
	open_list(p);
	open_whitelist(p);
	configure(p);
}

static void
end(struct play *p)
{
	policy_unref(&p->policy);
	recipients_free(&p->recipients);
	whitelist_free(&p->whitelist);
	outbound_watch_free(&p->watch);
	alarms_free(&p->alarms);
	crowd_free(&p->crowd);
	(void)unlink(p->list);
}

static void
pass_time(struct play *p)
{
	static const int	most[] = { 2, 2, 40, 40, 90, 400, 4000, 90000 };
	unsigned		upto = (unsigned)most[luck_below(&p->luck, 8)];
	size_t			dropped;

	p->now += (int64_t)luck_below(&p->luck, upto);
	if (luck_one_in(&p->luck, 100))
		p->now -= 200;
	if (luck_one_in(&p->luck, 20))
		(void)store_expire(p->world->s, (struct store_span){
		    INT64_MIN, p->now }, 1000, &dropped, NULL);
	if (luck_one_in(&p->luck, 60))
		p->prover.age++;
	p->prover.drops = luck_one_in(&p->luck, 3);
	if (luck_one_in(&p->luck, 80))
		configure(p);
}

/* What administrators and users do meanwhile. */
static void
change_something(struct play *p)
{
	const char		*entry = entries[luck_below(&p->luck,
				    LENGTH(entries))];
	struct whitelist_add	 add = { .text = entry, .note = "",
				    .who = "root", .expires = INT64_MAX };
	struct learned_letter	 letter = { .outside = senders[luck_below(
				    &p->luck, 3)], .ours = rcpts[luck_below(
				    &p->luck, 3)], .user = "joe", .queue = "",
				    .organisation = "example.net" };
	const struct learned_limits limits = { .remember = 90 * 86400,
				    .max_per_hour = 100 };
	uint32_t		 excess;
	bool			 replaced;

	if (luck_one_in(&p->luck, 25)) {
		add.expires = strncmp(entry, "grace", 5) == 0 ? p->now + 600 :
		    INT64_MAX;
		assert_int_equal(whitelist_add(p->whitelist, &add, p->now,
		    &replaced, NULL), 0);
	}
	if (luck_one_in(&p->luck, 8))
		(void)whitelist_remove(p->whitelist, entry, NULL);
	if (luck_one_in(&p->luck, 40))
		(void)learned_note(p->world->s, &letter, &limits, p->now,
		    &excess, NULL);
	if (luck_one_in(&p->luck, 60))
		(void)learned_forget(p->world->s, &(struct learned_filter){
		    .outside = NULL }, p->now, &(size_t){ 0 }, NULL);
}

#endif
