/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_person.c - greyctl forget-person; and look-ups by address where
 * only pseudonyms are kept. Most of it is run with and without them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/names.h"
#include "recipient/cache.h"
#include "tests/lib/control_fixture.h"
#include "whitelist/learned.h"

enum { DAY = 86400 };

static const struct record	waits = { .expires = DAY, .tries = 1,
				    .state = RECORD_PENDING };

static void
put_triplet(struct fixture *f, const char *sender, const char *rcpt)
{
	char	*s = names_sender(f->pseudonyms, sender);
	char	*r = names_recipient(f->pseudonyms, rcpt);

	fixture_put(f, KEY_TRIPLET, "net:192.0.2.0/24", s, r, &waits);
	free(s), free(r);
}

static void
put_letter(struct fixture *f, const char *ours, const char *user,
    const char *outside)
{
	char	*o = names_correspondent(f->pseudonyms, ours);
	char	*u = names_user(f->pseudonyms, user);
	char	*out = names_correspondent(f->pseudonyms, outside);
	const struct learned_letter	letter = { .outside = out, .ours = o,
					    .user = u, .queue = "4Xw1",
					    .organisation = "out.example" };
	const struct learned_limits	limits = { .remember = 90 * DAY,
					    .max_per_hour = 1000 };
	uint32_t			excess;

	assert_int_equal(learned_note(f->store, &letter, &limits, f->now,
	    &excess, NULL), 1);
	free(o), free(u), free(out);
}

static void
put_cached(struct fixture *f, const char *address)
{
	const struct cache_rule	rule = { .fresh = DAY, .stale = DAY,
				    .negative = DAY, .former = DAY,
				    .size = 1000 };
	struct cache		*c = cache_new(f->store);

	assert_non_null(c);
	cache_name(c, f->pseudonyms);
	assert_int_equal(cache_accept(c, &rule, address, f->now, NULL), 0);
	cache_free(&c);
}

static void
put_line(struct fixture *f, const char *id, const char *sender,
    const char *rcpt, const char *by)
{
	char			*s = names_shown(f->pseudonyms, sender);
	char			*r = names_shown(f->pseudonyms, rcpt);
	char			*b = by == NULL ? NULL :
				    names_shown(f->pseudonyms, by);
	struct journal_line	 l = { .time = (int64_t)f->now * 1000,
				    .id = id, .verdict = "defer",
				    .reason = "new", .client = "192.0.2.7",
				    .sender = s, .recipient = r, .by = b,
				    .wait = 60, .delayed = -1, .micros = 1 };

	journal_write(f->journal, &l, NULL);
	journal_flush(f->journal);
	free(s), free(r), free(b);
}

/* Of bob: 3 triplets, 3 pairs, one bounce, one hour, 2 cached, 4 lines. */
static void
put_all(struct fixture *f)
{
	fixture_journal(f);
	put_triplet(f, "eve@out.example", "bob@example.com");
	put_triplet(f, "eve@out.example", "Bob+news@example.com");
	put_triplet(f, "prvs=0123456789=bob@example.com", "eve@out.example");
	put_triplet(f, "eve@out.example", "bobby@example.com");
	put_triplet(f, "bob@out.example", "ann@example.com");
	put_letter(f, "bob@example.com", "bob", "eve@out.example");
	put_letter(f, "ann@example.com", "ann@example.com",
	    "bob@example.com");
	put_letter(f, "sales@example.com", "bob@example.com",
	    "eve@out.example");
	put_letter(f, "ann@example.com", "ann@example.com",
	    "eve@out.example");
	put_cached(f, "bob@example.com");
	put_cached(f, "bob+news@example.com");
	put_cached(f, "ann@example.com");
	put_line(f, "a1", "eve@out.example", "bob@example.com", NULL);
	put_line(f, "a2", "BOB@example.com", "eve@out.example", NULL);
	put_line(f, "a3", "eve@out.example", "bob+x@example.com", NULL);
	put_line(f, "a4", "eve@out.example", "ann@example.com",
	    "bob@example.com");
	put_line(f, "b1", "eve@out.example", "ann@example.com", NULL);
	put_line(f, "b2", "bob@out.example", "ann@example.com", NULL);
}

static char *
read_journal(const struct fixture *f)
{
	char	 path[96], *text = calloc(1, 65536);
	FILE	*in;

	(void)snprintf(path, sizeof(path), "%s/journal.jsonl", f->folder);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_int_not_equal(fread(text, 1, 65535, in), 0);
	(void)fclose(in);
	return text;
}

static uint64_t
records(struct fixture *f)
{
	struct store_stats	s;

	store_stats(f->store, &s);
	return s.records;
}

static void
all_of_a_person_goes_and_nothing_of_others(void **state)
{
	struct fixture	*f = *state;
	uint64_t	 before;
	char		*left;

	put_all(f);
	before = records(f);
	fixture_asks(f, "forget-person Bob@Example.com", 0);
	assert_string_equal(f->out,
	    "forgotten: bob@example.com\n"
	    "journal       4 lines in 1 file\n"
	    "state         3 triplets, 3 correspondents, 1 expected bounce, "
	    "2 counts of an hour, 2 cached recipients\n"
	    "not covered: syslog, backups, kept copies of lists of recipients, "
	    "and mail\n");
	assert_int_equal(records(f), before - 11);
	left = read_journal(f);
	assert_null(strstr(left, "\"a"  "1\""));
	assert_non_null(strstr(left, "\"b1\""));
	assert_non_null(strstr(left, "\"b2\""));
	assert_null(strstr(left, "\"id\":\"a"));
	free(left);
	fixture_asks(f, "triplet list --recipient bobby@example.com", 0);
	fixture_has(f->out, "net:192.0.2.0/24");
	fixture_asks(f, "learned list --learned-by ann@example.com", 0);
	fixture_has(f->out, "out.example");
	fixture_asks(f, "forget-person bob@example.com", 1);
	fixture_has(f->messages, "nothing is stored of bob@example.com");
}

static void
it_is_told_as_one_value(void **state)
{
	struct fixture	*f = *state;

	put_all(f);
	fixture_asks(f, "--json forget-person bob@example.com", 0);
	fixture_has(f->out, "\"lines\": 4");
	fixture_has(f->out, "\"correspondents\": 3");
	fixture_has(f->out, "\"entries\": []");
}

static void
by_a_pseudonym_the_same_goes(void **state)
{
	struct fixture	*f = *state;
	char		*name, line[128];

	put_all(f);
	name = pseudonym_of(f->pseudonyms, "bob@example.com");
	(void)snprintf(line, sizeof(line), "forget-person %s", name);
	fixture_asks(f, line, 0);
	fixture_has(f->out, "4 lines in 1 file");
	fixture_has(f->out, "3 triplets, 3 correspondents");
	free(name);
}

/* Lines and records of the time before pseudonyms = true. */
static void
what_is_in_clear_goes_too(void **state)
{
	struct fixture	*f = *state;

	fixture_journal(f);
	fixture_put(f, KEY_TRIPLET, "net:192.0.2.0/24", "eve@out.example",
	    "bob@example.com", &waits);
	fixture_write(f, "journal.jsonl.1", "{\"v\":1,\"sender\":\"<>\","
	    "\"recipient\":\"Bob@example.com\"}\n{\"v\":1,\"recipient\":"
	    "\"bob@example.com\",\"torn");
	fixture_asks(f, "forget-person bob@example.com", 0);
	fixture_has(f->out, "2 lines in 1 file");
	fixture_has(f->out, "1 triplet,");
}

static void
entries_that_name_the_person_are_told_and_stay(void **state)
{
	struct fixture	*f = *state;

	put_all(f);
	fixture_asks(f, "whitelist add sender eve@out.example to "
	    "bob@example.com", 0);
	fixture_asks(f, "whitelist add client 192.0.2.9 --note "
	    "'asked by BOB@example.com'", 0);
	fixture_asks(f, "grace bob@example.com 1h", 0);
	fixture_asks(f, "whitelist add sender bobby@example.com unsafe", 0);
	fixture_asks(f, "forget-person bob@example.com", 0);
	fixture_has(f->out, "still named by entries; to remove one:\n");
	fixture_has(f->out, "    greyctl whitelist remove sender "
	    "eve@out.example to bob@example.com\n");
	fixture_has(f->out, "    greyctl whitelist remove client 192.0.2.9\n");
	fixture_has(f->out, "    greyctl whitelist remove grace "
	    "bob@example.com\n");
	assert_null(strstr(f->out, "bobby"));
	fixture_asks(f, "whitelist list", 0);
	fixture_has(f->out, "eve@out.example to bob@example.com");
	fixture_asks(f, "whitelist remove grace bob@example.com", 0);
}

static void
what_is_no_mailbox_is_refused(void **state)
{
	static const struct { const char *line, *says; } rows[] = {
		{ "forget-person @example.com", "is a domain, not a mailbox" },
		{ "forget-person bob", "not an address with a domain" },
		{ "forget-person \"\"", "not an address with a domain" },
		{ "forget-person", "an address, user@domain" },
	};
	struct fixture	*f = *state;
	uint64_t	 before;

	put_all(f);
	before = records(f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_asks(f, rows[i].line, 2);
		fixture_has(f->messages, rows[i].says);
	}
	assert_int_equal(records(f), before);
}

static void
without_a_journal_the_state_is_done(void **state)
{
	struct fixture	*f = *state;

	put_triplet(f, "eve@out.example", "bob@example.com");
	fixture_asks(f, "forget-person bob@example.com", 0);
	fixture_has(f->out, "0 lines in 0 files");
	fixture_has(f->out, "1 triplet,");
}

/* Each command, by the address and by what stands in the records. */
static void
commands_find_by_address_and_by_pseudonym(void **state)
{
	static const char *const forms[] = {
		"triplet list --recipient",
		"triplet show --client 192.0.2.9 --sender eve@out.example "
		    "--recipient",
		"triplet pass --client 192.0.2.9 --sender eve@out.example "
		    "--recipient",
		"triplet pass --identity net:192.0.2.0/24 --sender "
		    "EVE@out.example --recipient",
		"learned list --learned-by",
		"learned show",
		"log --recipient",
		"trace",
		"triplet forget --recipient",
	};
	struct fixture	*f = *state;
	char		 line[256];

	for (int named = 0; named < 2; named++) {
		char *name = pseudonym_of(named ? f->pseudonyms : NULL,
		    "bob@example.com");

		put_all(f);
		for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
			(void)snprintf(line, sizeof(line), "%s %s", forms[i],
			    name);
			fixture_asks(f, line, 0);
			assert_null(strstr(f->out, " bob@"));
			assert_string_not_equal(f->out, "");
		}
		free(name);
	}
}

static void
a_cached_recipient_is_forgotten_by_address(void **state)
{
	struct fixture	*f = *state;

	put_cached(f, "bob@example.com");
	fixture_asks(f, "recipient forget bob@example.com", 0);
	fixture_asks(f, "recipient forget bob@example.com", 1);
}

static void
no_entry_of_a_pseudonym_is_suggested(void **state)
{
	struct fixture	*f = *state;

	put_all(f);
	fixture_asks(f, "whitelist suggest --id b1", 0);
	fixture_has(f->out, "client 192.0.2.7");
	assert_null(strstr(f->out, "sender ~"));
	assert_null(strstr(f->out, "to ~"));
}

#define CLEAR(name)							\
	cmocka_unit_test_setup_teardown(name, fixture_setup,		\
	    fixture_teardown)
#define NAMED(name)							\
	cmocka_unit_test_setup_teardown(name, fixture_setup_named,	\
	    fixture_teardown)
#define BOTH(name)	CLEAR(name), NAMED(name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(all_of_a_person_goes_and_nothing_of_others),
		BOTH(it_is_told_as_one_value),
		NAMED(by_a_pseudonym_the_same_goes),
		BOTH(what_is_in_clear_goes_too),
		BOTH(entries_that_name_the_person_are_told_and_stay),
		BOTH(what_is_no_mailbox_is_refused),
		BOTH(without_a_journal_the_state_is_done),
		NAMED(commands_find_by_address_and_by_pseudonym),
		BOTH(a_cached_recipient_is_forgotten_by_address),
		NAMED(no_entry_of_a_pseudonym_is_suggested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
