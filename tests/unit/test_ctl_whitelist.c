/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_whitelist.c - greyctl whitelist add, list, remove,
 * unused, export, import, and grace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/who.h"
#include "tests/lib/control_fixture.h"

enum { DAY = 24 * 60 * 60 };

/* Text with the account of this test in the place of each '~'. */
static void
has(const char *text, const char *part)
{
	char	who[WHO_SIZE], whole[1024];
	size_t	used = 0;

	who_is(getuid(), who);
	for (; *part != '\0'; part++)
		used += (size_t)snprintf(whole + used, sizeof(whole) - used,
		    *part == '~' ? "%s" : "%.1s", *part == '~' ? who : part);
	fixture_has(text, whole);
}

static struct json *
listed(struct fixture *f, const char *line)
{
	struct json	*o;

	fixture_asks(f, line, 0);
	o = json_parse(f->out, strlen(f->out), NULL);
	assert_non_null(o);
	return o;
}

/* So many uses of the first entry whose text begins like this. */
static void
use(struct fixture *f, const char *text, int n)
{
	struct whitelist_guard	 g;
	const struct view	*v = whitelist_enter(f->whitelist, &g);
	size_t			 i = 0;

	while (strncmp(view_at(v, i)->entry.text, text, strlen(text)) != 0)
		i++;
	while (n-- > 0)
		listed_hit(view_at(v, i), f->now);
	whitelist_leave(f->whitelist, &g);
}

static void
entry_that_is_added_tells_who_and_until_when(void **state)
{
	struct fixture	*f = *state;
	struct json	*o;
	char		 who[WHO_SIZE];

	fixture_asks(f, "whitelist add 'domain EBAY.com' --note 'ticket 4711' "
	    "--expires 90d", 0);
	has(f->out, "added: domain ebay.com, by ~, until 2024-02-12 "
	    "22:13:20\n    it holds where the client proves the sender's "
	    "domain\n");
	o = listed(f, "--json whitelist list");
	assert_int_equal(json_length(o), 1);
	who_is(getuid(), who);
	assert_string_equal(json_get_text(json_at(o, 0), "entry"),
	    "domain ebay.com");
	assert_string_equal(json_get_text(json_at(o, 0), "kind"), "domain");
	assert_string_equal(json_get_text(json_at(o, 0), "origin"), "live");
	assert_string_equal(json_get_text(json_at(o, 0), "where"), who);
	assert_string_equal(json_get_text(json_at(o, 0), "note"),
	    "ticket 4711");
	assert_string_equal(json_get_text(json_at(o, 0), "created"),
	    "2023-11-14T22:13:20Z");
	assert_string_equal(json_get_text(json_at(o, 0), "expires"),
	    "2024-02-12T22:13:20Z");
	assert_int_equal(json_get_int(json_at(o, 0), "hits"), 0);
	assert_null(json_get_text(json_at(o, 0), "last_hit"));
	json_free(&o);
}

static void
entry_needs_no_quotes_on_the_command_line(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "whitelist add sender a@b.example to c@example.com",
	    0);
	fixture_begins(f->out, "added: sender a@b.example to c@example.com, "
	    "by ");
	fixture_asks(f, "whitelist remove sender a@b.example to "
	    "c@example.com", 0);
	assert_string_equal(f->out, "removed: sender a@b.example to "
	    "c@example.com\n");
}

static void
entry_that_was_there_is_replaced(void **state)
{
	struct fixture	*f = *state;
	struct json	*o;

	fixture_asks(f, "whitelist add client 192.0.2.7 --note first", 0);
	use(f, "client 192.0.2.7", 3);
	fixture_asks(f, "whitelist add client 192.0.2.7/32 --note second", 0);
	has(f->out, "replaced: client 192.0.2.7, by ~\n");
	o = listed(f, "--json whitelist list");
	assert_int_equal(json_length(o), 1);
	assert_string_equal(json_get_text(json_at(o, 0), "note"), "second");
	assert_null(json_get_text(json_at(o, 0), "expires"));
	assert_int_equal(json_get_int(json_at(o, 0), "hits"), 3);
	json_free(&o);
}

static void
entry_that_is_refused_says_why(void **state)
{
	static const struct { const char *line, *says; } bad[] = {
		{ "whitelist add", "\"whitelist add\" needs an entry, such as "
		    "'domain example.org'" },
		{ "whitelist add domain ebay,com", "ebay,com" },
		{ "whitelist add client 0.0.0.0/0", "0.0.0.0/0" },
		{ "whitelist add domain co.uk", "co.uk" },
		{ "whitelist add grace bob@example.com", "a grace is for a "
		    "short while: greyctl grace ADDRESS 10m" },
		{ "whitelist add domain ebay.com --expires 90", "expires: a "
		    "number without a unit" },
		{ "whitelist add domain ebay.com --expires 0", "expires: 0 is "
		    "no time" },
		{ "whitelist list --kind host", "no such kind: host; there "
		    "are client, name, sender, domain, recipient, regex, "
		    "grace" },
		{ "whitelist unused --days 0", "--days takes a number from 1 "
		    "on" },
		{ "whitelist", "\"whitelist\" needs one of: add, list, remove, "
		    "test, suggest, unused, export, import" },
	};
	struct fixture	*f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fixture_asks(f, bad[i].line, 2);
		fixture_has(f->messages, bad[i].says);
		assert_string_equal(f->out, "");
	}
	fixture_asks(f, "whitelist list", 0);
	assert_string_equal(f->messages, "greyctl: there is no entry\n");
}

static void
removing_what_is_not_there_is_a_no(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "whitelist remove domain ebay.com", 1);
	assert_string_equal(f->out, "");
	fixture_has(f->messages, "domain ebay.com");
	fixture_write(f, "own", "# ours\nname mx.example.net\n");
	fixture_configure(f, "whitelist = {\"~/own\"}\n"
	    "large-senders = \"\"\n");
	fixture_asks(f, "whitelist remove name mx.example.net", 1);
	fixture_has(f->messages, "/own:2");
}

static void
own_entries_come_before_shipped_ones(void **state)
{
	struct fixture	*f = *state;
	const char	*own, *live, *shipped;

	fixture_write(f, "own", "domain legacy.example unsafe\n");
	fixture_write(f, "large", "domain big.example\n");
	fixture_configure(f, "whitelist = {\"~/own\"}\n"
	    "large-senders = \"~/large\"\n");
	fixture_asks(f, "whitelist add client 192.0.2.7 --note printer", 0);
	use(f, "client 192.0.2.7", 2);
	f->now += 60;
	fixture_asks(f, "whitelist list", 0);
	fixture_begins(f->out, "  ENTRY                                  "
	    "ORIGIN                     HITS   LAST HIT EXPIRES  NOTE\n");
	fixture_has(f->out, "! domain legacy.example unsafe ");
	fixture_has(f->out, " 2      1m       -        printer\n");
	has(f->out, "live: ~ ");
	own = strstr(f->out, "/own:1");
	live = strstr(f->out, "  client 192.0.2.7");
	shipped = strstr(f->out, "  domain big.example                     "
	    "shipped ");
	assert_true(own != NULL && live != NULL && shipped != NULL &&
	    own < shipped && live < shipped);
	fixture_asks(f, "whitelist list --kind client", 0);
	fixture_has(f->out, "client 192.0.2.7");
	assert_null(strstr(f->out, "domain"));
	fixture_asks(f, "status", 0);
	fixture_has(f->out, "whitelist     2 own entries, 1 of them live; 1 "
	    "shipped; 1 unsafe\nspf           not looked at\n");
}

static void
entry_that_was_not_used_for_long_is_told(void **state)
{
	struct fixture	*f = *state;

	fixture_write(f, "own", "");
	fixture_write(f, "large", "domain big.example\n");
	fixture_configure(f, "whitelist = {\"~/own\"}\n"
	    "large-senders = \"~/large\"\n");
	fixture_asks(f, "whitelist add domain used.example", 0);
	fixture_asks(f, "whitelist add domain idle.example", 0);
	f->now += 10 * DAY;
	use(f, "domain used.example", 1);
	f->now += 20 * DAY;
	fixture_asks(f, "whitelist add domain young.example", 0);
	f->now += 5 * DAY;
	fixture_asks(f, "whitelist unused --days 30", 0);
	fixture_has(f->out, "domain idle.example");
	assert_null(strstr(f->out, "used.example"));
	assert_null(strstr(f->out, "young.example"));
	assert_null(strstr(f->out, "big.example"));
	fixture_asks(f, "whitelist unused --days 25", 0);
	fixture_has(f->out, "domain used.example");
	fixture_asks(f, "whitelist unused", 0);
	assert_string_equal(f->out, "");
	fixture_has(f->messages, "every entry is in use, or too young");
}

static void
export_is_what_import_takes(void **state)
{
	struct fixture	*f = *state;
	char		*exported, line[256];

	fixture_write(f, "own", "domain of.a.file.example\n");
	fixture_configure(f, "whitelist = {\"~/own\"}\n"
	    "large-senders = \"\"\n");
	fixture_asks(f, "whitelist export", 0);
	assert_string_equal(f->out, "");
	fixture_has(f->messages, "no entry was added by whitelist add");
	fixture_asks(f, "whitelist add 'regex sender /^a #b@x\\.example$/' "
	    "--note 'say \"hi\" # now' --expires 2h", 0);
	fixture_asks(f, "whitelist add client 192.0.2.7", 0);
	fixture_asks(f, "grace bob@example.com 10m", 0);
	fixture_asks(f, "whitelist export", 0);
	has(f->out, "# note=\"say \\\"hi\\\" # now\" who=\"~\" "
	    "created=2023-11-14T22:13:20Z expires=2023-11-15T00:13:20Z\n"
	    "regex sender /^a #b@x\\.example$/\n");
	has(f->out, "# note=\"\" who=\"~\" created=2023-11-14T22:13:20Z "
	    "expires=never\nclient 192.0.2.7\n");
	assert_null(strstr(f->out, "grace"));
	exported = strdup(f->out);
	assert_non_null(exported);
	fixture_write(f, "e", exported);
	fixture_asks(f, "whitelist remove regex sender /^a #b@x\\.example$/",
	    0);
	(void)snprintf(line, sizeof(line), "whitelist import %s/e",
	    f->folder);
	fixture_asks(f, line, 0);
	assert_string_equal(f->out, "1 added, 1 replaced\n");
	fixture_asks(f, "whitelist export", 0);
	assert_int_equal(strlen(f->out), strlen(exported));
	f->now += 3 * 60 * 60;
	fixture_asks(f, line, 0);
	assert_string_equal(f->out, "0 added, 1 replaced, 1 left out: "
	    "expired\n");
	free(exported);
}

static void
import_tells_every_wrong_line_and_adds_nothing(void **state)
{
	struct fixture	*f = *state;
	char		 line[256], says[256];

	fixture_write(f, "e", "domain good.example\n\ndomain bad,example\n"
	    "client 0.0.0.0/0\nregex sender /(/\ngrace bob@example.com\n");
	(void)snprintf(line, sizeof(line), "whitelist import %s/e",
	    f->folder);
	fixture_asks(f, line, 2);
	assert_string_equal(f->out, "");
	for (int n = 3; n <= 6; n++) {
		(void)snprintf(says, sizeof(says), "greyctl: %s/e:%d: ",
		    f->folder, n);
		fixture_has(f->messages, says);
	}
	fixture_has(f->messages, "/e: 4 of 5 entries are wrong; nothing was "
	    "added\n");
	fixture_asks(f, "whitelist list", 0);
	assert_string_equal(f->out, "");
	fixture_asks(f, "whitelist import /nowhere/x", 2);
	fixture_has(f->messages, "cannot read /nowhere/x: ");
}

static void
import_of_many_requests_adds_them_all(void **state)
{
	struct fixture	*f = *state;
	struct json	*o;
	char		*text, line[256];
	size_t		 len;
	FILE		*out = open_memstream(&text, &len);

	assert_non_null(out);
	for (int i = 0; i < 500; i++)
		(void)fprintf(out, "# note=\"number %d\" who=\"ann\"\n"
		    "domain d%d.example\n", i, i);
	assert_int_equal(fclose(out), 0);
	fixture_write(f, "e", text);
	free(text);
	(void)snprintf(line, sizeof(line), "--json whitelist import %s/e",
	    f->folder);
	o = listed(f, line);
	assert_int_equal(json_get_int(o, "added"), 500);
	assert_int_equal(json_get_int(o, "replaced"), 0);
	json_free(&o);
	fixture_asks(f, "whitelist list", 0);
	fixture_has(f->out, "number 499\n");
	has(f->out, "live: ~ for ann ");
	/* Who imports it again stands for ann, not for himself. */
	fixture_asks(f, line, 0);
	fixture_asks(f, "whitelist list", 0);
	has(f->out, "live: ~ for ann ");
}

static void
grace_ends_by_itself(void **state)
{
	struct fixture	*f = *state;

	fixture_asks(f, "grace", 0);
	assert_string_equal(f->messages, "greyctl: no mailbox is in grace\n");
	fixture_asks(f, "grace Bob@example.com 10m", 0);
	has(f->out, "bob@example.com is not greylisted until 2023-11-14 "
	    "22:23:20 (10m), by ~\n");
	f->now += 60;
	fixture_asks(f, "grace", 0);
	has(f->out, "bob@example.com is not greylisted until 2023-11-14 "
	    "22:23:20 (9m), by ~\n");
	f->now += 9 * 60;
	fixture_asks(f, "grace", 0);
	assert_string_equal(f->out, "");
}

static void
grace_is_short_and_for_a_mailbox(void **state)
{
	static const struct { const char *line, *says; } bad[] = {
		{ "grace bob@example.com", "for how long?" },
		{ "grace bob@example.com 25h", "24h at most" },
		{ "grace bob@example.com ten", "duration: not a duration" },
		{ "grace bob 10m", "grace is for a mailbox: " },
		{ "grace bob@example.com 10m now", "does not know what to do "
		    "with \"now\"" },
	};
	struct fixture	*f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fixture_asks(f, bad[i].line, 2);
		fixture_has(f->messages, bad[i].says);
	}
	fixture_asks(f, "grace bob@example.com 24h", 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, \
	fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entry_that_is_added_tells_who_and_until_when),
		TEST(entry_needs_no_quotes_on_the_command_line),
		TEST(entry_that_was_there_is_replaced),
		TEST(entry_that_is_refused_says_why),
		TEST(removing_what_is_not_there_is_a_no),
		TEST(own_entries_come_before_shipped_ones),
		TEST(entry_that_was_not_used_for_long_is_told),
		TEST(export_is_what_import_takes),
		TEST(import_tells_every_wrong_line_and_adds_nothing),
		TEST(import_of_many_requests_adds_them_all),
		TEST(grace_ends_by_itself),
		TEST(grace_is_short_and_for_a_mailbox),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
