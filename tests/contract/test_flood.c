/* SPDX-License-Identifier: ISC
 * tests/contract/test_flood.c - a flood of recipients that do not exist: no
 * triplet, and memory, records and the cache within their bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "policy/policy.h"
#include "tests/lib/store_world.h"

/* A million; a tenth of it where a sanitizer slows everything down, which also
 * keeps what was freed for a while: hence the room. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FLOOD = 100000, GROWTH = 512 << 20 };
#else
enum { FLOOD = 1000000, GROWTH = 16 << 20 };
#endif
enum { START = 1700000000, PER_SECOND = 1000 };

static const char	sender[] = "ann@sender.example";

struct flood {
	struct world		*world;
	struct recipients	*recipients;
	struct crowd		*crowd;
	struct policy		*policy;
	struct clock		 clock;
	char			 list[100];
	uint32_t		 clients;	/* that have asked */
	unsigned		 told[REASONS];
};

static int64_t
standing_clock(void *arg)
{
	(void)arg;
	return (int64_t)START * 1000;
}

static void
report(const char *sentence, void *arg)
{
	(void)arg;
	print_error("%s\n", sentence);
}

static void
put_in_force(struct flood *f, const char *recipients)
{
	struct recipients_sources	*sources;
	struct conf			*conf = NULL;
	struct err			 e = { "" };
	char				 text[400];

	assert_in_range(snprintf(text, sizeof(text), "local-domains = "
	    "{\"test.example\"}\nrecipients { file = \"%s\"\n%s }\n", f->list,
	    recipients), 1, sizeof(text) - 1);
	assert_int_equal(conf_read_text(text, strlen(text), "flood", &conf,
	    report, NULL), 0);
	if (recipients_read(f->recipients, conf, START, &sources, &e) == -1)
		fail_msg("%s", e.text);
	recipients_use(f->recipients, &sources);
	f->policy = policy_new(&conf, &(struct policy_deps){
	    .store = f->world->s, .crowd = f->crowd, .alarms =
	    f->world->alarms, .recipients = f->recipients });
	assert_non_null(f->policy);
}

/* recipients: the settings of that section, but for a list of two. */
static struct flood
begin(struct world *w, const char *recipients)
{
	struct flood	f = { .world = w, .crowd = crowd_new(),
			    .clock = { .millis = standing_clock } };
	char		folder[] = "/tmp/greygate-test-XXXXXX";

	assert_non_null(f.crowd);
	assert_non_null(mkdtemp(folder));
	write_text(folder, "list", "bob@test.example\nalice@test.example\n");
	(void)snprintf(f.list, sizeof(f.list), "%s/list", folder);
	f.recipients = recipients_new(&(struct recipients_deps){
	    .store = w->s, .alarms = w->alarms, .clock = f.clock });
	assert_non_null(f.recipients);
	put_in_force(&f, recipients);
	return f;
}

static void
end(struct flood *f)
{
	policy_unref(&f->policy);
	recipients_stop(f->recipients);
	recipients_free(&f->recipients);
	crowd_free(&f->crowd);
	*strrchr(f->list, '/') = '\0';
	remove_all(f->list);
}

/* The nth client's, each from a /64 of its own. */
static void
fill_client(struct client *c, uint32_t nth)
{
	*c = (struct client){ .by_smtp = true };
	assert_int_equal(ip_parse("2001:db8::25", &c->addr, NULL), 0);
	nth = htonl(nth);
	memcpy(&c->addr.b[4], &nth, sizeof(nth));
	identities_of(&c->addr, NULL, 24, 64, &c->identities);
}

static enum reason
attempt(struct flood *f, const struct client *client, const char *rcpt,
    int64_t now)
{
	struct attempt	a = { .client = client, .sender = sender,
			    .sender_key = sender, .rcpt = rcpt,
			    .rcpt_key = rcpt, .deadline = INT64_MAX };
	struct decision	out;

	policy_decide(f->policy, &a, now, &out);
	f->told[out.reason]++;
	return out.reason;
}

/* `count` names that nobody has; each client asks for `each` of them, and none
 * of these has asked before. */
static void
pour(struct flood *f, unsigned count, unsigned each)
{
	struct client	client;
	char		rcpt[64];

	for (unsigned i = 0; i < count; i++) {
		if (i % each == 0)
			fill_client(&client, f->clients++);
		(void)snprintf(rcpt, sizeof(rcpt), "guess%u@test.example", i);
		(void)attempt(f, &client, rcpt, START + i / PER_SECOND);
	}
}

/* Bytes of memory in use by this process. */
static int64_t
resident(void)
{
	FILE	*file = fopen("/proc/self/statm", "r");
	int64_t	 total, pages;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%" SCNd64 " %" SCNd64, &total, &pages),
	    2);
	(void)fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static bool
count_entry(const struct harvest_entry *entry, void *arg)
{
	(void)entry;
	++*(unsigned *)arg;
	return true;
}

static unsigned
counted_clients(struct flood *f, int64_t now)
{
	struct harvest_rule	rule = { .limit = 10, .window = 600,
				    .ban = 3600 };
	unsigned		n = 0;

	harvest_walk(recipients_harvest(f->recipients), &rule, now,
	    count_entry, &n);
	return n;
}

static void
a_million_unknown_recipients_leave_nothing_behind(void **state)
{
	struct flood	f = begin(*state, "");
	int64_t		before, grown;

	pour(&f, FLOOD / 100, 10);
	before = resident();
	memset(f.told, 0, sizeof(f.told));
	pour(&f, FLOOD, 10);
	grown = resident() - before;
	assert_int_equal(f.told[REASON_UNKNOWN_RECIPIENT], FLOOD);
	assert_int_equal(count_told(f.world->s), 0);
	assert_int_equal(count_walked(f.world->s, ""), 0);
	assert_int_equal(policy_pending(f.policy, START), 0);
	print_message("memory grew by %" PRId64 " bytes\n", grown);
	if (grown > GROWTH)
		fail_msg("memory grew by %" PRId64 " bytes", grown);
	assert_in_range(counted_clients(&f, START + FLOOD / PER_SECOND), 1,
	    HARVEST_ENTRIES);
	end(&f);
}

static void
one_client_that_guesses_on_leaves_its_bans_alone(void **state)
{
	struct flood	f = begin(*state, "");

	pour(&f, FLOOD / 10, FLOOD);
	assert_int_equal(f.told[REASON_UNKNOWN_RECIPIENT], 11);
	assert_int_equal(f.told[REASON_HARVESTING], FLOOD / 10 - 11);
	assert_int_equal(count_walked(f.world->s, "h"),
	    count_told(f.world->s));
	assert_in_range(count_told(f.world->s), 1, 2);
	end(&f);
}

static void
reveal_proven_keeps_records_of_clients_alone(void **state)
{
	struct flood	f = begin(*state, "reveal = proven harvest-limit = 0");

	pour(&f, FLOOD / 10, 100);
	assert_int_equal(f.told[REASON_UNKNOWN_RECIPIENT] +
	    f.told[REASON_NEW] + f.told[REASON_EARLY], FLOOD / 10);
	assert_int_not_equal(f.told[REASON_EARLY], 0);
	assert_int_equal(count_walked(f.world->s, "u"), FLOOD / 10 / 100);
	assert_int_equal(count_told(f.world->s), FLOOD / 10 / 100);
	end(&f);
}

/* Whoever waits for a yes is told before it is written down. */
static uint64_t
wait_for_a_yes(struct flood *f)
{
	struct cache_stats	stats;

	for (int i = 0; i < 10000; i++) {
		recipients_cache_stats(f->recipients, &stats);
		if (stats.yes > 0)
			break;
		(void)usleep(1000);
	}
	return stats.yes;
}

/* A source that has to be asked, and a cache of what it said. */
static void
the_cache_of_a_source_that_is_asked_stays_within_its_size(void **state)
{
	enum { SIZE = 1000, ASKED = 10000 };
	struct flood		f = begin(*state,
				    "unix \"host\" { aliases = \"\" }\n"
				    "cache-size = 1000\n"
				    "cache = 1h negative-cache = 1h");
	struct cache_stats	stats;
	struct client		client;
	struct err		e;
	size_t			dropped;

	pour(&f, ASKED, 10);
	assert_int_equal(f.told[REASON_UNKNOWN_RECIPIENT], ASKED);
	recipients_cache_stats(f.recipients, &stats);
	assert_in_range(stats.no, 1, SIZE);
	assert_int_equal(stats.refused, ASKED - stats.no);
	assert_int_equal(count_walked(f.world->s, "r"), stats.no);
	assert_int_equal(count_told(f.world->s), stats.no);

	/* Those that exist find room all the same. */
	fill_client(&client, f.clients++);
	assert_int_equal(attempt(&f, &client, "root@test.example", START),
	    REASON_NEW);
	assert_int_equal(wait_for_a_yes(&f), 1);

	/* And when the flood is over nothing is left of it. */
	assert_int_equal(store_expire(f.world->s, world_until(START + 7200),
	    ASKED, &dropped, &e), 0);
	assert_int_equal(dropped, stats.no);
	end(&f);
}

#define MEMORY(f)							\
	{ #f " (memory)", f, world_in_memory, world_end, NULL }
#define BOTH(f)								\
	MEMORY(f),							\
	{ #f " (Berkeley DB)", f, world_in_folder, world_end, NULL }

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		MEMORY(a_million_unknown_recipients_leave_nothing_behind),
		BOTH(one_client_that_guesses_on_leaves_its_bans_alone),
		BOTH(reveal_proven_keeps_records_of_clients_alone),
		BOTH(the_cache_of_a_source_that_is_asked_stays_within_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
