/* SPDX-License-Identifier: ISC
 * tests/unit/test_outbound.c - which mail is outbound, and what of it is learned:
 * a message at a time, into a store in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "policy/outbound.h"
#include "tests/lib/store_world.h"
#include "whitelist/learned.h"

#define NOW	INT64_C(1700000000)

static const char	settings[] = "local-domains = {\"ours.example\", "
    "\"too.example\"} local-networks = {\"192.0.2.0/24\"} reinject = "
    "{\"again\"} relay mx { networks = {\"192.0.2.25\"} } "
    "auto-whitelist { max-recipients = 3 max-per-hour = 4 %s }";

/* One message and what is said of it: "rcpt=word rcpt=word ". */
struct scene {
	struct world	*w;
	struct conf	*conf;
	struct policy_deps deps;
	struct client	 client;
	struct outbound	 o;
	const char	*sender, *daemon_name;
	char		 told[1024];
};

static void
mistake(const char *sentence, void *arg)
{
	(void)arg;
	fail_msg("%s", sentence);
}

static void
begin(struct scene *s, struct world *w, const char *more)
{
	char	text[1024];

	*s = (struct scene){ .w = w, .sender = "ann@ours.example" };
	(void)snprintf(text, sizeof(text), settings, more);
	assert_int_equal(conf_read_text(text, strlen(text), "f", &s->conf,
	    mistake, NULL), 0);
	s->deps = (struct policy_deps){ .store = w->s, .alarms = alarms_new(),
	    .watch = outbound_watch_new() };
	s->client = (struct client){ .by_smtp = true };
	assert_int_equal(ip_parse("192.0.2.7", &s->client.addr, NULL), 0);
}

static void
from(struct scene *s, const char *addr)
{
	assert_int_equal(ip_parse(addr, &s->client.addr, NULL), 0);
}

static void
end(struct scene *s)
{
	outbound_clear(&s->o);
	conf_free(&s->conf);
	outbound_watch_free(&s->deps.watch);
	alarms_free(&s->deps.alarms);
}

static void
rcpt(struct scene *s, const char *address)
{
	const struct outbound_message	m = { .conf = s->conf,
		.client = &s->client, .sender = s->sender,
		.daemon_name = s->daemon_name };

	outbound_rcpt(&s->o, &m, s->deps.watch, address);
}

static void
note(const char *address, enum unlearned why, void *arg)
{
	struct scene	*s = arg;
	size_t		 used = strlen(s->told);

	(void)snprintf(s->told + used, sizeof(s->told) - used, "%s=%s ",
	    address, unlearned_name(why));
}

/* Ends the message; what was said of it. */
static const char *
sent(struct scene *s)
{
	s->told[0] = '\0';
	outbound_end(&s->o, &s->deps, s->conf, "4Xw", NOW, note, s);
	outbound_clear(&s->o);
	return s->told;
}

/* A message to bob@out.example alone. */
static const char *
to_bob(struct scene *s)
{
	rcpt(s, "bob@out.example");
	return sent(s);
}

#define LEARNED	"bob@out.example= "

static void
mail_is_outbound_by_who_brings_it(void **state)
{
	static const struct { const char *addr, *auth, *sender, *daemon;
	    bool by_smtp, learned; } rows[] = {
		{ "192.0.2.7", NULL, "ann@ours.example", NULL, true, true },
		{ "192.0.2.7", NULL, "ann@too.example", "smtp", true, true },
		{ "192.0.2.7", NULL, "ANN@Ours.Example", NULL, true, true },
		{ "192.0.2.7", NULL, "ann@else.example", NULL, true, false },
		{ "192.0.2.7", NULL, "ann@sub.ours.example", NULL, true,
		    false },
		{ "192.0.2.7", NULL, "ann", NULL, true, false },
		{ "198.51.100.7", NULL, "ann@ours.example", NULL, true,
		    false },
		{ "198.51.100.7", "", "ann@ours.example", NULL, true, false },
		{ "198.51.100.7", "ann", "ann@ours.example", NULL, true,
		    true },
		{ "198.51.100.7", "ann", "ann@home.example", NULL, true,
		    true },
		{ "192.0.2.25", NULL, "ann@ours.example", NULL, true, false },
		{ "192.0.2.25", "ann", "ann@ours.example", NULL, true, false },
		{ "192.0.2.7", NULL, "ann@ours.example", "again", true,
		    false },
		{ "192.0.2.7", NULL, "ann@ours.example", "AGAIN", true,
		    false },
		{ "192.0.2.7", "ann", "ann@ours.example", "again", true,
		    false },
		{ "198.51.100.7", NULL, "ann@ours.example", NULL, false,
		    true },
		{ "192.0.2.25", NULL, "ann@ours.example", NULL, false, true },
		{ "198.51.100.7", NULL, "ann@else.example", NULL, false,
		    false },
		{ "198.51.100.7", NULL, "root", NULL, false, false },
	};
	struct scene	s;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&s, *state, "");
		from(&s, rows[i].addr);
		s.client.auth = rows[i].auth;
		s.client.by_smtp = rows[i].by_smtp;
		s.sender = rows[i].sender;
		s.daemon_name = rows[i].daemon;
		if (strcmp(to_bob(&s), rows[i].learned ? LEARNED : "") != 0)
			fail_msg("row %zu: \"%s\"", i, s.told);
		end(&s);
	}
}

static void
switched_off_nothing_is_outbound(void **state)
{
	struct scene	s;

	begin(&s, *state, "enabled = false");
	assert_string_equal(to_bob(&s), "");
	end(&s);
}

static void
only_who_is_outside_is_learned_each_once(void **state)
{
	struct scene	s;

	begin(&s, *state, "");
	rcpt(&s, "carl@ours.example");
	rcpt(&s, "dora@TOO.example");
	rcpt(&s, "eve");
	rcpt(&s, "Bob+news@Out.Example");
	rcpt(&s, "bob@out.example");
	assert_string_equal(sent(&s), LEARNED);
	s.client.auth = "ann";
	s.sender = "ann@home.example";
	rcpt(&s, "mum@HOME.example");
	assert_string_equal(sent(&s), "");
	end(&s);
}

static void
a_message_that_teaches_nothing_says_why(void **state)
{
	static const struct { const char *sender, *name, *value, *why; }
	    rows[] = {
		{ "", "X", "y", "null-sender" },
		{ "noreply@ours.example", "X", "y", "role-sender" },
		{ "SRS0=h=t=else.example=eve@ours.example", "X", "y",
		    "role-sender" },
		{ "carl+SRS=h=t=else.example=eve@ours.example", "X", "y",
		    "role-sender" },
		{ "prvs=1234567890=root@ours.example", "X", "y",
		    "role-sender" },
		{ "prvs=1234567890=ann@ours.example", "X", "y", "" },
		{ "ann@ours.example", "Precedence", " bulk", "precedence" },
		{ "ann@ours.example", "auto-submitted", "auto-replied",
		    "auto-submitted" },
		{ "ann@ours.example", "List-Id", "<x>", "list" },
		{ "ann@ours.example", "Content-Type", "multipart/report",
		    "report" },
		{ "ann@ours.example", "X-Auto-Response-Suppress", "All",
		    "suppress" },
		{ "ann@ours.example", "Subject", "hello", "" },
	};
	struct scene		s;
	struct outbound_stats	stats;
	char			wanted[80];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&s, *state, "");
		s.sender = rows[i].sender;
		rcpt(&s, "bob@out.example");
		outbound_header(&s.o, rows[i].name, rows[i].value);
		outbound_header(&s.o, "To", "bob@out.example");
		(void)snprintf(wanted, sizeof(wanted), "bob@out.example=%s ",
		    rows[i].why);
		assert_string_equal(sent(&s), wanted);
		outbound_watch_stats(s.deps.watch, &stats);
		assert_int_equal(stats.messages, 1);
		assert_int_equal(stats.learned, rows[i].why[0] == '\0');
		end(&s);
	}
}

static void
more_recipients_than_allowed_teach_nothing(void **state)
{
	struct scene	s;

	begin(&s, *state, "");
	rcpt(&s, "a@out.example");
	rcpt(&s, "b@out.example");
	rcpt(&s, "c@out.example");
	rcpt(&s, "c+again@out.example");
	assert_string_equal(sent(&s), "a@out.example= b@out.example= "
	    "c@out.example= ");
	rcpt(&s, "a@out.example");
	rcpt(&s, "b@out.example");
	rcpt(&s, "c@out.example");
	rcpt(&s, "d@out.example");
	assert_string_equal(sent(&s), "a@out.example=max-recipients "
	    "b@out.example=max-recipients c@out.example=max-recipients ");
	end(&s);
}

static void
roles_are_left_out_one_by_one(void **state)
{
	struct scene	s;

	begin(&s, *state, "");
	rcpt(&s, "no-reply@out.example");
	rcpt(&s, "bob@out.example");
	rcpt(&s, "users-request@lists.example");
	assert_string_equal(sent(&s), "no-reply@out.example=role "
	    LEARNED "users-request@lists.example=role ");
	end(&s);
}

/* Counted by account, whatever the sender; old acquaintances are free. */
static void
what_exceeds_an_hour_is_told_and_raises_the_alarm(void **state)
{
	struct world		*w = *state;
	struct alarm_state	 alarm;
	struct scene		 s;

	begin(&s, w, "");
	s.client.auth = "Mallory";
	rcpt(&s, "a@out.example");
	rcpt(&s, "b@out.example");
	(void)sent(&s);
	s.sender = "carl@ours.example";
	rcpt(&s, "a@out.example");
	rcpt(&s, "b@out.example");
	rcpt(&s, "c@out.example");
	assert_string_equal(sent(&s), "a@out.example= b@out.example= "
	    "c@out.example=max-per-hour ");
	rcpt(&s, "a@out.example");
	assert_string_equal(sent(&s), "a@out.example= ");
	alarm = alarm_get(s.deps.alarms, ALARM_OUTBOUND);
	assert_true(alarm.raised);
	assert_non_null(strstr(alarm.sentence.text, "mallory has written to "
	    "more than 4 new outside addresses within the hour"));
	assert_non_null(strstr(alarm.sentence.text, "--learned-by mallory"));
	end(&s);
}

/* Of the address itself, where nobody logged in; it may be anything. */
static void
the_alarm_has_no_command_with_what_a_shell_would_run(void **state)
{
	static const struct { const char *sender, *command; } rows[] = {
		{ "ann@ours.example", "--learned-by ann@ours.example --since" },
		{ "$(reboot)@ours.example", "--learned-by LOGIN --since" },
		{ "\"a;b\"@ours.example", "--learned-by LOGIN --since" },
		{ "-ann@ours.example", "--learned-by LOGIN --since" },
		{ "a\xc3\xa4@ours.example", "--learned-by LOGIN --since" },
		{ "a-very-long-name-that-goes-on-and-on-and-on-and-on-and-on-"
		    "and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-"
		    "and-on@ours.example", "--learned-by LOGIN --since "
		    "2023-11-14T21:00:00Z)" },
	};
	struct world			*w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct alarm_state	 alarm;
		struct scene		 s;

		begin(&s, w, "");
		s.conf->auto_whitelist.max_per_hour = 0;
		s.sender = rows[i].sender;
		assert_string_equal(to_bob(&s),
		    "bob@out.example=max-per-hour ");
		alarm = alarm_get(s.deps.alarms, ALARM_OUTBOUND);
		if (strstr(alarm.sentence.text, rows[i].command) == NULL)
			fail_msg("row %zu: %s", i, alarm.sentence.text);
		end(&s);
	}
}

static void
what_teaches_nothing_is_counted_once_a_message(void **state)
{
	struct outbound_stats	stats;
	struct scene		s;

	begin(&s, *state, "");
	rcpt(&s, "a@out.example");
	rcpt(&s, "b@out.example");
	outbound_header(&s.o, "List-Id", "<x>");
	(void)sent(&s);
	rcpt(&s, "noreply@out.example");
	rcpt(&s, "unsubscribe@out.example");
	(void)sent(&s);
	rcpt(&s, "carl@ours.example");
	(void)sent(&s);
	outbound_watch_stats(s.deps.watch, &stats);
	assert_int_equal(stats.unlearned[UNLEARNED_LIST], 1);
	assert_int_equal(stats.unlearned[UNLEARNED_ROLE], 2);
	assert_int_equal(stats.messages, 2);
	assert_int_equal(stats.learned, 0);
	end(&s);
}

/* Else the bounces that a local filter hands on would be told of as ours. */
static void
a_null_sender_is_ours_only_where_a_domain_is(void **state)
{
	struct scene	s;

	begin(&s, *state, "");
	s.sender = "";
	assert_string_equal(to_bob(&s), "bob@out.example=null-sender ");
	nameset_free(&s.conf->local_domains);
	s.conf->local_domains = nameset_new();
	assert_string_equal(to_bob(&s), "");
	end(&s);
}

static void
what_was_learned_is_in_the_store(void **state)
{
	static const char *const	none[] = { NULL };
	struct world			*w = *state;
	const struct learned_question	 q = { .outside = "bob@out.example",
		.ours = "ann@ours.example", .scope = CONF_LEARN_MAILBOX,
		.identities = none };
	struct learned_answer		 answer;
	struct scene			 s;

	begin(&s, w, "");
	s.client.auth = "Ann.Login";
	s.sender = "Ann+x@ours.example";
	assert_string_equal(to_bob(&s), LEARNED);
	assert_int_equal(learned_find(w->s, &q, NOW, &answer, NULL), 1);
	assert_string_equal(answer.pair.user, "ann.login");
	assert_string_equal(answer.pair.queue, "4Xw");
	assert_int_equal(answer.pair.first, NOW);
	assert_int_equal(learned_expects_bounce(w->s, "ann@ours.example",
	    "out.example", NOW, NULL), 1);
	end(&s);
}

static void
a_message_without_an_end_teaches_nothing(void **state)
{
	struct scene	s;

	begin(&s, *state, "");
	rcpt(&s, "bob@out.example");
	outbound_clear(&s.o);
	assert_string_equal(sent(&s), "");
	rcpt(&s, "eve@out.example");
	assert_string_equal(sent(&s), "eve@out.example= ");
	end(&s);
}

static void
who_brings_strangers_mail_is_watched_once_a_message(void **state)
{
	struct scene		s;
	struct outbound_stats	stats;

	begin(&s, *state, "");
	s.sender = "spam@else.example";
	for (int i = 0; i < WATCH_ENOUGH; i++) {
		rcpt(&s, "ann@ours.example");
		rcpt(&s, "carl@ours.example");
		(void)sent(&s);
	}
	outbound_watch_stats(s.deps.watch, &stats);
	assert_int_equal(stats.carrier_total, WATCH_ENOUGH);
	assert_int_equal(stats.carrier_outside, WATCH_ENOUGH);
	assert_int_equal(stats.messages, 0);
	end(&s);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, world_in_memory, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mail_is_outbound_by_who_brings_it),
		TEST(switched_off_nothing_is_outbound),
		TEST(only_who_is_outside_is_learned_each_once),
		TEST(a_message_that_teaches_nothing_says_why),
		TEST(more_recipients_than_allowed_teach_nothing),
		TEST(roles_are_left_out_one_by_one),
		TEST(what_exceeds_an_hour_is_told_and_raises_the_alarm),
		TEST(the_alarm_has_no_command_with_what_a_shell_would_run),
		TEST(what_teaches_nothing_is_counted_once_a_message),
		TEST(a_null_sender_is_ours_only_where_a_domain_is),
		TEST(what_was_learned_is_in_the_store),
		TEST(a_message_without_an_end_teaches_nothing),
		TEST(who_brings_strangers_mail_is_watched_once_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
