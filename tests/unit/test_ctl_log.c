/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_log.c - greyctl log, over the journal that the daemon
 * writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pseudonym.h"
#include "control/ctl.h"
#include "tests/lib/control_fixture.h"

#define MINUTES		INT64_C(60000)

/* A line so many milliseconds after FIXTURE_START, 22:13:20 UTC. */
static void
decide(struct fixture *f, int64_t after, const struct journal_line *line)
{
	struct journal_line	whole = *line;

	whole.time = INT64_C(1000) * FIXTURE_START + after;
	if (whole.wait == 0)
		whole.wait = -1;
	if (whole.delayed == 0)
		whole.delayed = -1;
	journal_write(f->journal, &whole, NULL);
}

static void
fill(struct fixture *f)
{
	fixture_journal(f);
	decide(f, 0, &(struct journal_line){ .id = "a1", .verdict = "defer",
	    .reason = "new", .client = "192.0.2.1", .name = "mx.example.net",
	    .verified = true, .sender = "ann@example.net",
	    .recipient = "bob@example.com",
	    .identities = { "net:192.0.2.0/24", "name:example.net" } });
	decide(f, 2 * MINUTES, &(struct journal_line){ .id = "a2",
	    .verdict = "pass", .reason = "retried", .client = "192.0.2.1",
	    .name = "mx.example.net", .verified = true,
	    .sender = "ann@example.net", .recipient = "bob@example.com",
	    .identities = { "net:192.0.2.0/24" }, .by = "net:192.0.2.0/24",
	    .delayed = 120 });
	decide(f, 3 * MINUTES, &(struct journal_line){ .id = "a3",
	    .verdict = "reject", .reason = "unknown-recipient",
	    .client = "2001:db8::1", .name = "fake.example", .sender = "",
	    .recipient = "Nobody@example.com" });
	journal_write_event(f->journal, &(struct journal_event){
	    .time = INT64_C(1000) * FIXTURE_START + 4 * MINUTES, .id = "a4",
	    .event = "not-learned", .why = "role", .client = "127.0.0.1",
	    .sender = "bob@example.com", .recipient = "list@example.org" },
	    NULL);
	decide(f, 5 * MINUTES, &(struct journal_line){ .id = "a5",
	    .verdict = "pass", .reason = "observed", .would = "defer new",
	    .client = "198.51.100.7", .sender = "x\x1b[31m@evil.example",
	    .recipient = "bob@example.com", .rule = "slow partner" });
	f->now = FIXTURE_START + 600;
}

#define HEAD	"TIME           VERDICT REASON   CLIENT   SENDER   RECIPIENT " \
		"ID\n"
#define ROW1	"2023-11-14 22:13:20 defer   new      mx.example.net " \
		"ann@example.net bob@example.com a1\n"
#define ROW2	"2023-11-14 22:15:20 pass    retried  mx.example.net " \
		"ann@example.net bob@example.com a2\n"
#define ROW3	"2023-11-14 22:16:20 reject  unknown-recipient 2001:db8::1 " \
		"<>       Nobody@example.com a3\n"
#define ROW4	"2023-11-14 22:17:20 event   not-learned: role 127.0.0.1 " \
		"bob@example.com list@example.org a4\n"
#define ROW5	"2023-11-14 22:18:20 pass    observed (defer new) " \
		"198.51.100.7 x\\x1b[31m@evil.example bob@example.com a5\n"

static void
every_line_is_a_row_and_nothing_is_cut_in_a_pipe(void **state)
{
	struct fixture	*f = *state;

	fill(f);
	fixture_asks(f, "log", 0);
	assert_string_equal(f->out, HEAD ROW1 ROW2 ROW3 ROW4 ROW5);
	assert_string_equal(f->messages, "");
}

static void
filters_select_lines(void **state)
{
	static const struct { const char *line, *rows; } cases[] = {
		{ "--verdict defer", ROW1 },
		{ "--verdict event", ROW4 },
		{ "--reason retried", ROW2 },
		{ "--reason new", ROW1 ROW5 },
		{ "--reason not-learned", ROW4 },
		{ "--reason role", ROW4 },
		{ "--client 192.0.2.0/24", ROW1 ROW2 },
		{ "--client 2001:db8::1", ROW3 },
		{ "--name mx.example.net", ROW1 ROW2 },
		{ "--sender ann@example.net", ROW1 ROW2 },
		{ "--sender <>", ROW3 },
		{ "--sender @evil.example", ROW5 },
		{ "--sender @example.com --verdict pass", "" },
		{ "--recipient nobody@example.com", ROW3 },
		{ "--identity name:example.net", ROW1 },
		{ "--identity net:192.0.2.0/24", ROW1 ROW2 },
		{ "--rule 'slow partner'", ROW5 },
		{ "--id a4", ROW4 },
		{ "--since '2023-11-14 22:16:20Z'", ROW3 ROW4 ROW5 },
		{ "--until '2023-11-14 22:16:20Z'", ROW1 ROW2 },
		{ "--since 6m", ROW4 ROW5 },
		{ "--limit 2", ROW4 ROW5 },
		{ "--limit 1 --verdict pass", ROW5 },
		{ "--limit 99", ROW1 ROW2 ROW3 ROW4 ROW5 },
	};
	struct fixture	*f = *state;
	char		 line[200], want[2000];

	fill(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(line, sizeof(line), "log %s", cases[i].line);
		(void)snprintf(want, sizeof(want), "%s%s", HEAD,
		    cases[i].rows);
		fixture_asks(f, line, 0);
		if (cases[i].rows[0] == '\0')
			assert_string_equal(f->messages, "greyctl: no line of "
			    "the journal matches\n");
		else if (strcmp(f->out, want) != 0)
			fail_msg("%s: %s", line, f->out);
	}
}

static void
json_is_the_lines_of_the_journal(void **state)
{
	struct fixture	*f = *state;

	fill(f);
	fixture_asks(f, "--json log --id a2", 0);
	assert_string_equal(f->out, "{\"v\":1,\"time\":"
	    "\"2023-11-14T22:15:20.000Z\",\"id\":\"a2\",\"verdict\":\"pass\","
	    "\"reason\":\"retried\",\"client\":\"192.0.2.1\","
	    "\"name\":\"mx.example.net\",\"verified\":true,\"helo\":null,"
	    "\"sender\":\"ann@example.net\",\"recipient\":\"bob@example.com\","
	    "\"identities\":[\"net:192.0.2.0/24\"],"
	    "\"by\":\"net:192.0.2.0/24\",\"would\":null,\"rule\":null,"
	    "\"wait\":null,\"delayed\":120,\"queue\":null,\"reply\":null,"
	    "\"micros\":0}\n");
	fixture_asks(f, "--json log --limit 2", 0);
	fixture_begins(f->out, "{\"v\":1,\"time\":\"2023-11-14T22:17:20");
	fixture_has(f->out, "}\n{\"v\":1,\"time\":\"2023-11-14T22:18:20");
}

static void
terminal_gets_colours_and_its_width(void **state)
{
	struct fixture	*f = *state;

	fill(f);
	f->columns = 80;
	f->colours = true;
	fixture_asks(f, "log --limit 1", 0);
	assert_string_equal(f->out,
	    "TIME           VERDICT REASON   CLIENT   SENDER   RECIPIENT "
	    "ID\n"
	    "11-14 22:18:20 \033[32mpass   \033[0m obser... 198.5... "
	    "x\\x1b... bob@ex... a5\n");
	f->columns = 200;
	f->colours = false;
	fixture_asks(f, "log --limit 1", 0);
	fixture_has(f->out, "\n2023-11-14 22:18:20 pass    observed (defer "
	    "new)     198.51.100.7 ");
	assert_null(strchr(f->out, '\033'));
}

static void
groups_are_counted_most_first(void **state)
{
	struct fixture	*f = *state;

	fill(f);
	fixture_asks(f, "log --group-by client", 0);
	assert_string_equal(f->out,
	    "     ALL     PASS    DEFER   REJECT  EVENT CLIENT            "
	    "CONFIRMED NAME\n"
	    "       2        1        1        0      0 192.0.2.1         "
	    "mx.example.net\n"
	    "       1        0        0        0      1 127.0.0.1         -\n"
	    "       1        1        0        0      0 198.51.100.7      -\n"
	    "       1        0        0        1      0 2001:db8::1       -\n");
	fixture_asks(f, "log --group-by recipient --verdict pass", 0);
	assert_string_equal(f->out,
	    "     ALL     PASS    DEFER   REJECT  EVENT RECIPIENT\n"
	    "       2        2        0        0      0 bob@example.com\n");
	fixture_asks(f, "log --group-by sender-domain --limit 1", 0);
	fixture_has(f->out, "0 example.net\n");
	assert_null(strstr(f->out, "evil"));
	fixture_asks(f, "--json log --group-by reason", 0);
	assert_string_equal(f->out,
	    "{\"group\":\"new\",\"all\":1,\"pass\":0,\"defer\":1,"
	    "\"reject\":0,\"event\":0}\n"
	    "{\"group\":\"not-learned\",\"all\":1,\"pass\":0,\"defer\":0,"
	    "\"reject\":0,\"event\":1}\n"
	    "{\"group\":\"observed\",\"all\":1,\"pass\":1,\"defer\":0,"
	    "\"reject\":0,\"event\":0}\n"
	    "{\"group\":\"retried\",\"all\":1,\"pass\":1,\"defer\":0,"
	    "\"reject\":0,\"event\":0}\n"
	    "{\"group\":\"unknown-recipient\",\"all\":1,\"pass\":0,"
	    "\"defer\":0,\"reject\":1,\"event\":0}\n");
}

/* Groups differ by no more than case; hundreds of them, counted to the last. */
static void
many_groups_are_counted_to_the_last(void **state)
{
	struct fixture	*f = *state;
	char		 sender[64], *at;
	int		 rows = 0;

	fixture_journal(f);
	for (int i = 0; i < 600; i++)
		for (int n = 0; n <= i % 3; n++) {
			(void)snprintf(sender, sizeof(sender), "x@%s%d.example",
			    n == 1 ? "D" : "d", i);
			decide(f, i, &(struct journal_line){ .id = "x",
			    .verdict = "defer", .reason = "new",
			    .sender = sender, .recipient = "b@example.com" });
		}
	fixture_asks(f, "log --group-by sender-domain", 0);
	fixture_has(f->out, "DOMAIN\n       3        0        3        0      "
	    "0 d101.example\n");
	for (at = f->out; (at = strchr(at, '\n')) != NULL; at++)
		rows++;
	assert_int_equal(rows, 601);
}

static void
wrong_words_are_answered_with_the_right_ones(void **state)
{
	static const struct { const char *line, *says; } cases[] = {
		{ "log --verdict no", "defer" },
		{ "log --reason no", "takes one of: local-submission relay " },
		{ "log --reason no", " unknown-recipient learned not-learned; "
		    "or why nothing was learned, greygate(8); not \"no\"\n" },
		{ "log --group-by no", "takes client, sender-domain, recipient "
		    "or reason, not \"no\"" },
		{ "log --client mx.example.net", "--name takes host names" },
		{ "log --since 1h --until 2h", "the wrong way round" },
		{ "log --follow --group-by client", "leave out --follow" },
		{ "log --follow --until 1h", "leave out --follow or --until" },
		{ "log --limit 0", "a number from 1 on" },
		{ "log --journal /nonexistent/j", "there is no journal at "
		    "/nonexistent/j: greyctl status tells where it is; --journal "
		    "names another file\n" },
		{ "trace a@b --journal /tmp/no-such-journal", "greyctl status "
		    "tells where it is; --journal names another file\n" },
	};
	struct fixture	*f = *state;

	fill(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fixture_asks(f, cases[i].line, 2);
		fixture_begins(f->messages, "greyctl: ");
		fixture_has(f->messages, cases[i].says);
		assert_string_equal(f->out, "");
	}
}

static void
daemon_says_that_no_journal_is_kept(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, "journal = \"\"\n");
	fixture_asks(f, "log", 2);
	assert_string_equal(f->messages, "greyctl: no journal is kept: set "
	    "journal in greygate.conf, then greyctl reload\n");
}

static void
without_a_daemon_the_usual_file_is_read(void **state)
{
	struct fixture	*f = *state;

	(void)fixture_greyctl(f, "-s /nonexistent/sock log --limit 1");
	fixture_begins(f->messages, "greyctl: no daemon answers on "
	    "/nonexistent/sock: start greygate or name its socket with -s\n"
	    "greyctl: reading /var/log/greygate/journal.jsonl without it; "
	    "--journal names another file\n");
}

static void
named_file_is_read_without_asking(void **state)
{
	struct fixture	*f = *state;
	char		 line[200];

	fixture_write(f, "old", "{\"v\":1,\"time\":\"2023-01-02T03:04:05.000Z\","
	    "\"id\":\"b1\",\"verdict\":\"pass\",\"reason\":\"relay\","
	    "\"client\":null,\"sender\":\"a@b\",\"recipient\":\"c@d\"}\n"
	    "{\"v\":1,\"time\":\"2023-01-02T03:0\n");
	(void)snprintf(line, sizeof(line), "-s /nonexistent/sock log "
	    "--journal %s/old", f->folder);
	fixture_asks(f, line, 0);
	fixture_has(f->out, "pass    relay    local    a@b      c@d       "
	    "b1\n");
	fixture_has(f->messages, "greyctl: 1 line of the journal left out");
	assert_null(strstr(f->messages, "sock"));
}

static void
closed_file_says_which_group_may_read_it(void **state)
{
	struct fixture	*f = *state;
	char		 path[100], line[200];

	if (geteuid() != 0)
		skip();
	fixture_write(f, "closed", "");
	(void)snprintf(path, sizeof(path), "%s/closed", f->folder);
	(void)snprintf(line, sizeof(line), "log --journal %s", path);
	assert_int_equal(chmod(f->folder, 0755), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(chown(path, 0, getgrnam("adm")->gr_gid), 0);
	assert_int_equal(seteuid(65534), 0);
	(void)fixture_greyctl(f, line);
	assert_int_equal(seteuid(0), 0);
	fixture_has(f->messages, "closed: only root and members of group adm "
	    "may; run this with sudo, or join that group: usermod -aG adm "
	    "USER\n");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(fixture_greyctl(f, line), 2);
	assert_int_equal(seteuid(0), 0);
	fixture_has(f->messages, "closed: only its owner and root may");
}

static void
addresses_are_asked_for_by_their_pseudonyms(void **state)
{
	struct fixture		*f = *state;
	struct control_deps	 deps = f->deps;
	struct pseudonyms	*pseudonyms;
	char			 key[100], *name;
	struct err		 e = { "" };

	fixture_journal(f);
	(void)snprintf(key, sizeof(key), "%s/key", f->folder);
	control_close(&f->control);
	assert_int_equal(pseudonyms_open(&pseudonyms, key, &e), 0);
	deps.pseudonyms = pseudonyms;
	assert_int_equal(control_open(&f->control, f->socket, &deps, &e), 0);
	name = pseudonym_of(pseudonyms, "bob@example.com");
	decide(f, 0, &(struct journal_line){ .id = "p1", .verdict = "pass",
	    .reason = "proven", .sender = "x@example.net",
	    .recipient = name });
	fixture_asks(f, "log --recipient Bob@example.com", 0);
	fixture_has(f->out, name);
	fixture_asks(f, "log --recipient @example.com", 0);
	fixture_has(f->out, name);
	fixture_asks(f, "trace bob@example.com", 0);
	fixture_has(f->out, name);
	fixture_asks(f, "log --recipient bob@", 2);
	fixture_has(f->messages, "--recipient takes a whole address");
	free(name);
	control_close(&f->control);
	assert_int_equal(control_open(&f->control, f->socket, &f->deps, &e), 0);
	pseudonyms_free(&pseudonyms);
	assert_int_equal(unlink(key), 0);
}

/* greyctl log --follow in a thread, its output in a pipe. */
struct follower {
	struct fixture	*f;
	const char	*words[6];
	int		 ends[2];
	int		 code;
};

static void *
follow(void *arg)
{
	struct follower	*w = arg;
	char		*argv[8], name[] = "greyctl";
	int		 n = 1;
	struct ctl	 ctl = { .socket = w->f->socket, .now = w->f->now,
			     .out = fdopen(w->ends[1], "w"),
			     .messages = stderr };

	argv[0] = name;
	for (; w->words[n - 1] != NULL; n++)
		argv[n] = strdup(w->words[n - 1]);
	argv[n] = NULL;
	w->code = ctl_main(n, argv, &ctl);
	(void)fclose(ctl.out);
	while (--n > 0)
		free(argv[n]);
	return NULL;
}

/* What came within a while, until it ends like this. */
static void
wait_for(int fd, char *got, size_t size, const char *end)
{
	size_t		 n = strlen(got);
	struct pollfd	 p = { .fd = fd, .events = POLLIN };
	ssize_t		 more;

	while (strstr(got, end) == NULL) {
		if (n + 1 >= size || poll(&p, 1, 10000) != 1)
			fail_msg("no \"%s\" in: %s", end, got);
		more = read(fd, got + n, size - n - 1);
		assert_true(more > 0);
		n += (size_t)more;
		got[n] = '\0';
	}
}

static void
follow_tells_the_last_lines_and_what_comes(void **state)
{
	struct fixture	*f = *state;
	struct follower	 w = { .f = f, .words = { "--json", "log", "--follow",
			     "--limit", "2" } };
	char		 got[8192] = "";
	pthread_t	 thread;

	fill(f);
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(w.ends), 0);
	assert_int_equal(pthread_create(&thread, NULL, follow, &w), 0);
	wait_for(w.ends[0], got, sizeof(got), "\"id\":\"a5\"");
	assert_null(strstr(got, "\"id\":\"a3\""));
	decide(f, 9 * MINUTES, &(struct journal_line){ .id = "new1",
	    .verdict = "defer", .reason = "new", .sender = "", .recipient =
	    "bob@example.com" });
	wait_for(w.ends[0], got, sizeof(got), "\"id\":\"new1\"");
	decide(f, 9 * MINUTES, &(struct journal_line){ .id = "new2",
	    .verdict = "pass", .reason = "relay", .sender = "", .recipient =
	    "bob@example.com" });
	wait_for(w.ends[0], got, sizeof(got), "\"id\":\"new2\"");
	/* Nobody reads on: it ends by itself. */
	assert_int_equal(close(w.ends[0]), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(w.code, 0);
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, fixture_setup, \
			    fixture_teardown)
	const struct CMUnitTest	tests[] = {
		TEST(every_line_is_a_row_and_nothing_is_cut_in_a_pipe),
		TEST(filters_select_lines),
		TEST(json_is_the_lines_of_the_journal),
		TEST(terminal_gets_colours_and_its_width),
		TEST(groups_are_counted_most_first),
		TEST(many_groups_are_counted_to_the_last),
		TEST(wrong_words_are_answered_with_the_right_ones),
		TEST(daemon_says_that_no_journal_is_kept),
		TEST(without_a_daemon_the_usual_file_is_read),
		TEST(named_file_is_read_without_asking),
		TEST(closed_file_says_which_group_may_read_it),
		TEST(addresses_are_asked_for_by_their_pseudonyms),
		TEST(follow_tells_the_last_lines_and_what_comes),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
