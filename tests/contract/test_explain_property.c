/* SPDX-License-Identifier: ISC
 * tests/contract/test_explain_property.c - whatever the settings, the history and
 * the mail: what a dry run says is what then happens, and nothing of the state has
 * changed by it. With a store in memory and one in a folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "db/store_private.h"
#include "policy/correspondent.h"
#include "policy/names.h"
#include "policy/trace.h"
#include "tests/lib/explain_world.h"
#include "tests/lib/store_world.h"
#include "whitelist/learned.h"

enum { ATTEMPTS_IN_MEMORY = 10000, ATTEMPTS_ON_DISK = 3000 };

/* In the place of identity/prover_ask.c: what the DNS says follows from its age,
 * the client and the domain. */
struct prover {
	unsigned	age;
	bool		dry, drops;
};

static void
say(const struct prover *p, const struct question *q,
    struct prover_answer *out)
{
	static const struct {
		int		answer;
		enum spf_result	result;
		bool		withdrawn;
	} says[] = { { 1, SPF_PASS, false }, { 1, SPF_PASS, false },
	    { 0, SPF_FAIL, false }, { 0, SPF_SOFTFAIL, false },
	    { 0, SPF_NONE, true }, { 0, SPF_NONE, true },
	    { 0, SPF_PASS, true }, { -1, SPF_TEMPERROR, false } };
	uint32_t	hash = 2166136261u ^ p->age;
	const char	*domain = strrchr(q->sender, '@');
	char		 text[IP_TEXT_SIZE + SPF_DOMAIN_SIZE + 2];

	ip_format(&q->client, text);
	if (q->kind == QUESTION_LIST)
		domain = q->zone;
	(void)strcat(text, domain != NULL ? domain : q->helo);
	for (const char *c = text; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	hash = (hash ^ hash >> 15) % 8;
	*out = (struct prover_answer){ .answer = says[hash].answer,
	    .result = says[hash].result, .withdrawn = says[hash].withdrawn };
	if (q->kind == QUESTION_LIST && out->answer == 1) {
		out->n_found = 1;
		out->found[0] = UINT32_C(0x7f000002) + (hash & 1);
	}
}

void
prover_ask(struct prover *p, const struct question *q, int wait_ms,
    struct prover_answer *out)
{
	say(p, q, out);
	if (wait_ms <= 0)
		*out = (struct prover_answer){ .answer = -1 };
}

bool
prover_later(struct prover *p, const struct question *q, const void *note,
    size_t len, prover_done_fn done, void *arg)
{
	struct prover_answer	answer;

	(void)len;
	if (p->dry)
		fail_msg("a dry run has asked for later");
	if (p->drops)
		return false;
	say(p, q, &answer);
	done(q, &answer, note, arg);
	return true;
}

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

static void
count_said(void *arg, enum trace_event what, const char *text)
{
	struct play	*p = arg;

	assert_non_null(text);
	p->said += what == TRACE_SAW;
}

static void
expect_same(const struct play *p, const struct decision *said,
    const struct decision *did, const char *what)
{
	if (said->verdict != did->verdict || said->reason != did->reason ||
	    said->would_verdict != did->would_verdict ||
	    said->would != did->would || said->wait != did->wait ||
	    said->delayed != did->delayed || said->rule != did->rule ||
	    said->correspondent != did->correspondent ||
	    strcmp(said->by, did->by) != 0 ||
	    strcmp(said->reply.code, did->reply.code) != 0 ||
	    strcmp(said->reply.status, did->reply.status) != 0 ||
	    strcmp(said->reply.text, did->reply.text) != 0)
		fail_msg("attempt %u, %s: said %s %s wait %d by \"%s\", did "
		    "%s %s wait %d by \"%s\"", p->attempts, what,
		    verdict_name(said->verdict), reason_name(said->reason),
		    (int)said->wait, said->by, verdict_name(did->verdict),
		    reason_name(did->reason), (int)did->wait, did->by);
}

/* Explains the attempt, and sees that all is as it was. */
static void
explain(struct play *p, const struct attempt *of, struct decision *out)
{
	struct spf_memo		memo = *of->spf;
	const struct trace	trace = { .tell = count_said, .arg = p };
	struct attempt		a = *of;
	size_t			before, after;
	char			*was, *is;

	a.spf = &memo;
	a.trace = &trace;
	p->prover.dry = true;
	was = explain_snapshot(p->policy, identities, p->now, &before);
	assert_int_equal(policy_explain(p->policy, &a, p->now, out, NULL), 0);
	is = explain_snapshot(p->policy, identities, p->now, &after);
	p->prover.dry = false;
	if (before != after || memcmp(was, is, before) != 0)
		fail_msg("attempt %u, <%s> to <%s>: %s %s has changed the "
		    "state", p->attempts, a.sender, a.rcpt,
		    verdict_name(out->verdict), reason_name(out->reason));
	free(was);
	free(is);
}

/* One message: a client, a sender, and what its recipients share. */
struct letter {
	struct client	 client;
	const char	*sender;
	char		*sender_key;
	struct spf_memo	 memo;
	bool		 retried, stopping;
	char		 proven_by[DECISION_BY_SIZE];
	unsigned	 rcpts;
};

static const char *
macro(void *arg, const char *name)
{
	(void)name;
	return arg;
}

static void
write_letter(struct play *p, struct letter *l)
{
	size_t	i = luck_below(&p->luck, LENGTH(clients));

	*l = (struct letter){ .client = { .by_smtp = !luck_one_in(&p->luck,
	    60), .host = clients[i].name, .verified = clients[i].verified,
	    .helo = clients[i].helo, .tls = luck_one_in(&p->luck, 2) },
	    .sender = senders[luck_below(&p->luck, LENGTH(senders))],
	    .stopping = luck_one_in(&p->luck, 150) };
	assert_int_equal(ip_parse(clients[i].addr, &l->client.addr, NULL), 0);
	identities_of(&l->client.addr, clients[i].verified ? clients[i].name :
	    NULL, 24, 64, &l->client.identities);
	l->client.auth = luck_one_in(&p->luck, 60) ? "joe" : NULL;
	if (luck_one_in(&p->luck, 60)) {
		l->client.cert_subject = "/CN=laptop";
		l->client.cert_issuer = "/CN=CA";
	}
	l->sender_key = names_sender(NULL, l->sender);
}

static void
play_rcpt(struct play *p, struct letter *l)
{
	static char	 partners[] = "partners";
	const char	*rcpt = rcpts[luck_below(&p->luck, LENGTH(rcpts))];
	char		*key = names_recipient(NULL, rcpt);
	struct attempt	 a = { .client = &l->client, .sender = l->sender,
			    .sender_key = l->sender_key, .rcpt = rcpt,
			    .rcpt_key = key, .after_retry = l->retried,
			    .proven_by = l->proven_by[0] != '\0' ?
			    l->proven_by : NULL, .spf = &l->memo,
			    .macro = macro, .macro_arg = luck_one_in(&p->luck,
			    3) ? partners : NULL, .stopping = l->stopping,
			    .may_hold = l->rcpts++ == 0,
			    .deadline = luck_one_in(&p->luck, 20) ? 0 :
			    clock_monotonic_micros() + INT64_C(600000000) };
	struct decision	 said, did;

	explain(p, &a, &said);
	policy_decide(p->policy, &a, p->now, &did);
	expect_same(p, &said, &did, rcpt);
	p->seen[did.reason]++;
	p->seen[did.would]++;
	p->attempts++;
	l->retried |= did.reason == REASON_RETRIED && did.delayed >= 0;
	if (did.reason == REASON_PROVEN)
		memcpy(l->proven_by, did.by, sizeof(did.by));
	if (did.correspondent && did.verdict == VERDICT_PASS && !l->stopping)
		correspondent_answered(policy_deps(p->policy),
		    policy_conf(p->policy), &a, did.reason, p->now);
	free(key);
}

static void
play_letter(struct play *p)
{
	struct letter	l;

	write_letter(p, &l);
	for (unsigned i = 0, n = 1 + luck_below(&p->luck, 3); i < n; i++)
		play_rcpt(p, &l);
	if (l.retried && !l.stopping)
		policy_prove(p->policy, &(struct attempt){
		    .client = &l.client, .sender = l.sender,
		    .sender_key = l.sender_key, .spf = &l.memo }, p->now);
	free(l.sender_key);
}

static void
play(void **state, uint64_t seed, unsigned attempts)
{
	struct play	p;

	begin(&p, state, seed);
	while (p.attempts < attempts) {
		pass_time(&p);
		change_something(&p);
		play_letter(&p);
	}
	/* Nothing was left out by chance. */
	for (int r = REASON_NONE + 1; r < REASONS; r++)
		if (p.seen[r] == 0 && r != REASON_STORE_ERROR)
			fail_msg("never %s", reason_name((enum reason)r));
	assert_true(p.said > 5 * attempts);
	end(&p);
}

static void
ten_thousand_attempts_end_as_explained(void **state)
{
	play(state, 88172645463325252u, ATTEMPTS_IN_MEMORY);
}

static void
attempts_end_as_explained_with_a_store_on_disk(void **state)
{
	play(state, 362436069123456789u, ATTEMPTS_ON_DISK);
}

/* The store's failure is a step of the decision; it is told, and no alarm. */
static void
a_store_that_fails_is_told_and_raises_nothing(void **state)
{
	struct play	p;
	struct letter	l;
	struct decision	said;
	const struct trace trace = { .tell = count_said, .arg = &p };
	struct attempt	a;

	begin(&p, state, 1);
	write_letter(&p, &l);
	l.client.by_smtp = true;
	a = (struct attempt){ .client = &l.client, .sender = "eve@example.org",
	    .sender_key = "eve@example.org", .rcpt = "out@elsewhere.example",
	    .rcpt_key = "out@elsewhere.example", .spf = &l.memo,
	    .trace = &trace };
	gate_break(p.world->s->gate, "the disk is gone");
	assert_int_equal(policy_explain(p.policy, &a, p.now, &said, NULL), 0);
	assert_int_equal(said.reason, REASON_STORE_ERROR);
	assert_false(alarm_get(p.alarms, ALARM_STORE).raised);
	a.trace = NULL;
	policy_decide(p.policy, &a, p.now, &said);
	assert_int_equal(said.reason, REASON_STORE_ERROR);
	assert_true(alarm_get(p.alarms, ALARM_STORE).raised);
	gate_mend(p.world->s->gate);
	free(l.sender_key);
	end(&p);
}

/* One recipient after the other; explained if there is a trace, else in earnest. */
static void
go_through(struct play *p, const struct trace *trace)
{
	struct luck	luck = { trace != NULL ? 5 : 6 };

	for (int i = 0; i < 400; i++) {
		struct spf_memo	 memo = { .known = false };
		struct client	 client = { .by_smtp = true };
		const char	*rcpt = rcpts[luck_below(&luck,
				    LENGTH(rcpts))];
		struct attempt	 a = { .client = &client, .spf = &memo,
				    .sender = senders[i % 3],
				    .sender_key = senders[i % 3],
				    .rcpt = rcpt, .rcpt_key = rcpt,
				    .trace = trace };
		struct decision	 d;

		assert_int_equal(ip_parse(clients[i % 4].addr, &client.addr,
		    NULL), 0);
		identities_of(&client.addr, NULL, 24, 64, &client.identities);
		if (trace == NULL)
			policy_decide(p->policy, &a, p->now + i, &d);
		else
			assert_int_equal(policy_explain(p->policy, &a, p->now +
			    i, &d, NULL), 0);
	}
}

static void *
decide_all(void *play)
{
	go_through(play, NULL);
	return NULL;
}

static void
explaining_beside_mail_disturbs_nobody(void **state)
{
	struct play	 p;
	const struct trace trace = { .tell = count_said, .arg = &p };
	pthread_t	 mail;

	begin(&p, state, 3);
	p.prover.drops = true;
	assert_int_equal(pthread_create(&mail, NULL, decide_all, &p), 0);
	go_through(&p, &trace);
	assert_int_equal(pthread_join(mail, NULL), 0);
	end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    ten_thousand_attempts_end_as_explained,
		    world_in_memory, world_end),
		cmocka_unit_test_setup_teardown(
		    attempts_end_as_explained_with_a_store_on_disk,
		    world_in_folder, world_end),
		cmocka_unit_test_setup_teardown(
		    a_store_that_fails_is_told_and_raises_nothing,
		    world_in_memory, world_end),
		cmocka_unit_test_setup_teardown(
		    explaining_beside_mail_disturbs_nobody,
		    world_in_folder, world_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
