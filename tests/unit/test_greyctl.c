/* SPDX-License-Identifier: ISC
 * tests/unit/test_greyctl.c - greyctl's command line, and its commands but for
 * those on triplets, against a real control server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/version.h"
#include "control/ctl.h"
#include "identity/prover.h"
#include "tests/lib/control_fixture.h"

static const struct record expired = { .state = RECORD_PENDING,
	.first = -172800, .last = -172800, .expires = 0, .tries = 1 };

static void
status_is_one_screen_that_begins_with_alarms(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "status", 0);
	fixture_begins(f->out, "greygate      " VERSION_TEXT ", running since "
	    "2023-11-14 19:01:20 (3h12m)\n");
	fixture_has(f->out, "configuration the defaults\n");
	fixture_has(f->out, "listening     inet:8891@127.0.0.1\n");
	fixture_has(f->out, "mode          verdicts are enforced\n");
	fixture_has(f->out, "sessions      2 open (room for 900), 40 since "
	    "the start, 38 messages\n");
	fixture_has(f->out, "pass          0\n"
	    "defer         4: new 3, early 1\n");
	fixture_has(f->out, "recipients    no source: none is checked\n"
	    "harvest       0 banned\n");
	fixture_has(f->out, "store         memory");
	alarm_raise(f->alarms, ALARM_STORE, FIXTURE_START, "the disk is full");
	fixture_asks(f, "status", 0);
	fixture_begins(f->out, "ALARM store since 2023-11-14 22:13:20: "
	    "the disk is full\ngreygate ");
}

static void
status_in_json_is_one_object(void **state)
{
	struct fixture	*f = *state;
	struct json	*o;

	alarm_raise(f->alarms, ALARM_JOURNAL, FIXTURE_START, "no room");
	fixture_asks(f, "--json status", 0);
	o = json_parse(f->out, strlen(f->out), NULL);
	assert_string_equal(json_get_text(o, "started"),
	    "2023-11-14T19:01:20Z");
	assert_int_equal(json_get_int(o, "uptime"), 11520);
	assert_int_equal(json_get_int(json_get(json_get(o, "decisions"),
	    "defer"), "new"), 3);
	assert_int_equal(json_length(json_get(o, "alarms")), 1);
	assert_string_equal(json_get_text(json_at(json_get(o, "alarms"), 0),
	    "alarm"), "journal");
	assert_non_null(json_get_text(json_get(o, "store"), "engine"));
	assert_true(json_has_int(json_get(o, "journal"), "dropped"));
	assert_true(json_has_int(json_get(o, "sweep"), "swept"));
	assert_true(json_has_int(json_get(o, "recipients"), "trouble"));
	assert_true(json_has_int(json_get(o, "harvest"), "banned"));
	json_free(&o);
}

/* Without a helper: what needs one is told by its counts all the same. */
static void
status_tells_how_the_spf_helper_fares(void **state)
{
	struct fixture		*f = *state;
	const struct prover_conf conf = { .alarms = f->alarms,
				    .clock = f->deps.clock };
	struct json		*o;
	struct err		 e = { "" };

	fixture_configure(f, "spf = false\n");
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "spf           not looked at\n");
	control_close(&f->control);
	assert_int_equal(prover_new(&f->deps.prover, &conf, &e), 0);
	assert_int_equal(control_open(&f->control, f->socket, &f->deps, &e),
	    0);
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "spf           not looked at\n");
	fixture_configure(f, "spf = true\n");
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "spf           no helper ");
	fixture_has(f->out, "              0 asked: 0 proven, 0 not, 0 failed, "
	    "0 dropped, 0 overdue; 0 under way, 0 waited for\n");
	fixture_asks(f, "--json status", 0);
	o = json_parse(f->out, strlen(f->out), NULL);
	assert_true(json_has_int(json_get(o, "spf"), "asked"));
	assert_false(json_has_int(json_get(o, "spf"), "helper"));
	assert_true(json_has_int(json_get(o, "whitelist"), "unsafe"));
	json_free(&o);
	control_close(&f->control);
	prover_free(&f->deps.prover);
}

static void
reload_tells_the_mistakes_and_what_is_in_force(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "reload", 0);
	assert_string_equal(f->out, "in force: the defaults\n");
	f->mistake = "/etc/x.conf:3: no such option: dealy";
	fixture_asks(f, "reload", 2);
	assert_string_equal(f->out, "");
	assert_string_equal(f->messages,
	    "greyctl: /etc/x.conf:3: no such option: dealy\n");
	assert_int_equal(f->reloads, 2);
}

static void
reload_tells_what_waits_for_a_restart(void **state)
{
	struct fixture	*f = *state;

	fixture_configure(f, "listen = \"inet:8899@127.0.0.1\"\n"
	    "spf-user = \"nobody\"\ngreylist { delay = 7m }\n");
	fixture_asks(f, "reload", 0);
	fixture_has(f->out, "\n    but for listen = inet:8899@127.0.0.1: it "
	    "needs a restart of greygate\n    but for spf-user = nobody: it "
	    "needs a restart of greygate\n");
	fixture_asks(f, "--json reload", 0);
	fixture_has(f->out, "\"setting\": \"spf-user\"");
	assert_null(strstr(f->out, "delay"));
	assert_false(alarm_get(f->alarms, ALARM_RELOAD).raised);
}

static void
backup_to_what_is_there_asks_for_a_new_name(void **state)
{
	struct fixture	*f = *state;
	char		 line[128];

	(void)snprintf(line, sizeof(line), "backup %s", f->folder);
	fixture_asks(f, line, 2);
	fixture_has(f->messages, " is there already: name a new folder\n");
}

/* The housekeeping thread may come first, but not time and again. */
static void
sweep_drops_what_has_expired_and_counts_it(void **state)
{
	struct fixture	*f = *state;
	bool		 swept = false;

	for (int i = 0; i < 50 && !swept; i++) {
		fixture_put(f, KEY_TRIPLET, "net:192.0.2.0/24",
		    "gone@example.org", "x@example.com", &expired);
		fixture_asks(f, "sweep", 0);
		swept = strcmp(f->out, "1 expired record dropped\n") == 0;
	}
	assert_true(swept);
	fixture_asks(f, "sweep --json", 0);
	assert_string_equal(f->out, "{\n  \"dropped\": 0\n}\n");
}

static void
command_line_that_is_wrong_is_refused_before_asking(void **state)
{
	static const struct { const char *line, *says; } bad[] = {
		{ "-s /nowhere", "no command" },
		{ "frobnicate", "no such command: frobnicate" },
		{ "triplet", "\"triplet\" needs one of: list, show, pass, "
		    "forget\n" },
		{ "recipient", "\"recipient\" needs one of: test, stats, "
		    "forget, adopt, export\n" },
		{ "trip", "no such command: trip\n" },
		{ "triplet lists", "no such command: triplet lists; "
		    "\"triplet\" needs one of: list, show, pass, forget\n" },
		{ "status now", "\"status\" does not know what to do with "
		    "\"now\"" },
		{ "status --limit 3", "\"status\" takes no --limit" },
		{ "triplet list --all", "\"triplet list\" takes no --all" },
		{ "triplet list --limit 0", "--limit takes a number from 1 "
		    "on, not \"0\"" },
		{ "triplet list --limit x", "not \"x\"" },
		{ "triplet show --client 192.0.2.1 --sender a@b",
		    "\"triplet show\" needs --recipient" },
		{ "backup", "\"backup\" needs the name of a new folder" },
		{ "backup a b", "does not know what to do with \"b\"" },
		{ "backup --folder here", "`greyctl help` lists the commands" },
		{ "status --hashed", "\"status\" takes no --hashed" },
	};
	struct fixture	*f = *state;

	control_close(&f->control);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fixture_asks(f, bad[i].line, 2);
		fixture_has(f->messages, bad[i].says);
		assert_string_equal(f->out, "");
	}
}

/* The daemon has another working folder. */
static void
folder_of_a_backup_is_sent_with_its_whole_path(void **state)
{
	char			 name[] = "backup", folder[] = "here";
	char			*words[] = { name, folder };
	struct ctl_request	 r = { .args = json_new_object() };
	char			 here[4096], wanted[4200];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	(void)snprintf(wanted, sizeof(wanted), "%s/here", here);
	assert_int_equal(ctl_take_words(&r, 2, words, NULL), 0);
	assert_string_equal(json_get_text(r.args, "folder"), wanted);
	json_free(&r.args);
}

static void
filter_that_is_wrong_is_refused_by_the_daemon(void **state)
{
	static const struct { const char *line, *says; } bad[] = {
		{ "triplet list --client host", "not an address or network: "
		    "host" },
		{ "triplet list --client 192.0.2.0/33", "0 to 32: "
		    "192.0.2.0/33" },
		{ "triplet list --client 2001:db8::/", "0 to 128: "
		    "2001:db8::/" },
		{ "triplet list --client 192.0.2.0/+8", "0 to 32" },
		{ "triplet list --state grey", "pending, passed or proof, "
		    "not \"grey\"" },
		{ "triplet show --client 192.0.2.0/24 --sender a@b "
		    "--recipient c@d", "192.0.2.0/24" },
	};
	struct fixture	*f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fixture_asks(f, bad[i].line, 2);
		fixture_has(f->messages, bad[i].says);
		assert_string_equal(f->out, "");
	}
}

static void
help_names_every_command_and_version_the_release(void **state)
{
	struct fixture	*f = *state;

	control_close(&f->control);
	fixture_asks(f, "help", 0);
	fixture_has(f->out, "  triplet forget --all | ");
	fixture_has(f->out, "  backup DIR\n");
	fixture_asks(f, "--help", 0);
	fixture_has(f->out, "usage: greyctl [-s SOCKET] [--json] COMMAND");
	fixture_asks(f, "-V", 0);
	assert_string_equal(f->out, "greyctl " VERSION_TEXT "\n");
}

static void
daemon_that_is_not_running_is_said_to_be_so(void **state)
{
	struct fixture	*f = *state;
	char		 wanted[200];

	control_close(&f->control);
	(void)snprintf(wanted, sizeof(wanted), "greyctl: no daemon answers on "
	    "%s: start greygate or name its socket with -s\n", f->socket);
	fixture_asks(f, "status", 2);
	assert_string_equal(f->messages, wanted);
	fixture_asks(f, "--json triplet list", 2);
	assert_string_equal(f->messages, wanted);
	assert_string_equal(f->out, "");
}

/* Root may use any socket: for that moment this is nobody. */
static void
who_may_not_use_the_socket_learns_which_group_may(void **state)
{
	struct fixture	*f = *state;
	bool		 root = geteuid() == 0;
	int		 code;

	assert_int_equal(chmod(f->folder, 0755), 0);
	assert_int_equal(chmod(f->socket, 0), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	code = fixture_greyctl(f, "status");
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(code, 2);
	fixture_has(f->messages, "permission denied on ");
	fixture_has(f->messages, ": only root and members of group ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(status_is_one_screen_that_begins_with_alarms),
		TEST(status_in_json_is_one_object),
		TEST(status_tells_how_the_spf_helper_fares),
		TEST(reload_tells_the_mistakes_and_what_is_in_force),
		TEST(reload_tells_what_waits_for_a_restart),
		TEST(backup_to_what_is_there_asks_for_a_new_name),
		TEST(sweep_drops_what_has_expired_and_counts_it),
		TEST(command_line_that_is_wrong_is_refused_before_asking),
		cmocka_unit_test(
		    folder_of_a_backup_is_sent_with_its_whole_path),
		TEST(filter_that_is_wrong_is_refused_by_the_daemon),
		TEST(help_names_every_command_and_version_the_release),
		TEST(daemon_that_is_not_running_is_said_to_be_so),
		TEST(who_may_not_use_the_socket_learns_which_group_may),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
