/* SPDX-License-Identifier: ISC
 * tests/unit/test_journal_query.c - which lines are meant: by rows, and for random
 * lines and wishes as a matcher does that looks at the facts alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "journal/line.h"
#include "journal/query.h"

#define ALL	{ INT64_MIN, INT64_MAX }

static const struct journal_line	typical = {
	.time = INT64_C(1767312000000), .id = "1a20453ca8093a596567",
	.verdict = "pass", .reason = "whitelisted", .client = "192.0.2.7",
	.name = "mx1.Mail.example", .verified = true, .helo = "mx1",
	.sender = "Ann+x@Example.org", .recipient = "bob@test.example",
	.identities = { "net:192.0.2.0/24", "name:mail.example" },
	.by = "domain example.org by spf:example.org", .rule = "a \"rule\"",
	.wait = -1, .delayed = -1, .queue = "4Xw1", .micros = 7,
};

static bool
matches(const struct query_wish *w, const char *line, size_t len)
{
	struct journal_entry	 e;
	struct query		*q;
	struct err		 why;
	bool			 is;

	if (query_new(&q, w, &why) == -1)
		fail_msg("%s", why.text);
	is = query_match(q, line, len, &e);
	if (is)
		journal_entry_clear(&e);
	query_free(&q);
	return is;
}

static void
each_filter_takes_what_it_says_and_no_more(void **state)
{
	static const struct { struct query_wish w; bool is; } rows[] = {
		{ { .span = ALL }, true },
		{ { .span = ALL, .verdict = "pass" }, true },
		{ { .span = ALL, .verdict = "defer" }, false },
		{ { .span = ALL, .verdict = "event" }, false },
		{ { .span = ALL, .reason = "whitelisted" }, true },
		{ { .span = ALL, .reason = "listed" }, false },
		{ { .span = ALL, .sender = "ann+x@example.ORG" }, true },
		{ { .span = ALL, .sender = "ann@example.org" }, false },
		{ { .span = ALL, .sender = "@example.org" }, true },
		{ { .span = ALL, .sender = "@ample.org" }, false },
		{ { .span = ALL, .sender = "ann+x@" }, true },
		{ { .span = ALL, .sender = "nn+x@" }, false },
		{ { .span = ALL, .sender = "<>" }, false },
		{ { .span = ALL, .recipient = "bob@test.example" }, true },
		{ { .span = ALL, .recipient = "ann+x@example.org" }, false },
		{ { .span = ALL, .person = "bob@test.example" }, true },
		{ { .span = ALL, .person = "ann+x@example.org" }, true },
		{ { .span = ALL, .person = "carl@test.example" }, false },
		{ { .span = ALL, .identity = "net:192.0.2.0/24" }, true },
		{ { .span = ALL, .identity = "spf:example.org" }, true },
		{ { .span = ALL, .identity = "spf:example.or" }, false },
		{ { .span = ALL, .identity = "name:mail" }, false },
		{ { .span = ALL, .name = "mx1.mail.example" }, true },
		{ { .span = ALL, .name = "*.mail.example" }, true },
		{ { .span = ALL, .name = "*.ail.example" }, false },
		{ { .span = ALL, .rule = "a \"rule\"" }, true },
		{ { .span = ALL, .rule = "rule" }, false },
		{ { .span = ALL, .id = "1a20453ca8093a596567" }, true },
		{ { .span = ALL, .id = "1a20453ca8093a59656" }, false },
		{ { .span = { INT64_C(1767312000000), INT64_MAX } }, true },
		{ { .span = { INT64_C(1767312000001), INT64_MAX } }, false },
		{ { .span = { INT64_MIN, INT64_C(1767312000000) } }, false },
		{ { .span = { INT64_MIN, INT64_C(1767312000001) } }, true },
	};
	size_t	 len;
	char	*line = line_format(&typical, &len);

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (matches(&rows[i].w, line, len - 1) != rows[i].is)
			fail_msg("row %zu", i);
	free(line);
}

static void
clients_are_of_networks(void **state)
{
	static const struct { const char *net; bool is; } rows[] = {
		{ "192.0.2.7", true }, { "192.0.2.0/24", true },
		{ "192.0.2.70", false }, { "2001:db8::/32", false },
	};
	size_t	 len;
	char	*line = line_format(&typical, &len);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct netset	 *set = netset_new();
		struct query_wish w = { .span = ALL, .clients = set };

		assert_int_equal(netset_add(set, rows[i].net, NULL), 0);
		assert_int_equal(matches(&w, line, len - 1), rows[i].is);
		netset_free(&set);
	}
	free(line);
}

static void
observed_and_held_are_found_by_what_they_would_have_been(void **state)
{
	struct journal_line	l = typical;
	struct query_wish	w = { .span = ALL, .reason = "new" };
	size_t			len;
	char			*line;

	(void)state;
	l.reason = "observed";
	l.would = "defer new";
	line = line_format(&l, &len);
	assert_true(matches(&w, line, len - 1));
	w.reason = "defer";
	assert_false(matches(&w, line, len - 1));
	free(line);
}

static void
events_are_found_by_name_and_why(void **state)
{
	const struct journal_event e = { .time = 5, .id = "x1", .event =
	    "not-learned", .why = "bulk", .sender = "a@x", .recipient = "b@y" };
	struct query_wish	w = { .span = ALL, .verdict = "event" };
	size_t			len;
	char			*line = line_format_event(&e, &len);

	(void)state;
	assert_true(matches(&w, line, len - 1));
	w.reason = "bulk";
	assert_true(matches(&w, line, len - 1));
	w.reason = "not-learned";
	assert_true(matches(&w, line, len - 1));
	w.verdict = "pass";
	assert_false(matches(&w, line, len - 1));
	free(line);
}

static void
verdict_that_there_is_not_is_refused(void **state)
{
	const struct query_wish	w = { .span = ALL, .verdict = "block" };
	struct query		*q;
	struct err		 e;

	(void)state;
	assert_int_equal(query_new(&q, &w, &e), -1);
	assert_non_null(strstr(e.text, "there are pass, defer, reject"));
}

/* What random lines and wishes are made of: pieces that hide in one another. */
static const char *const	pieces[] = { "a", "A@x.example", "a@X.example",
    "@x.example", "\"verdict\":\"defer\"", "b\\\"c@x.example", "",
    "\xc3\xbc@x.example", "a\x01@x", "spf:x.example", "a/b@x.example",
    "net:192.0.2.0/24", "defer", "new", "\"id\":\"x\"", "x.example" };

static const char *
piece(unsigned *seed)
{
	return pieces[(unsigned)rand_r(seed) %
	    (sizeof(pieces) / sizeof(pieces[0]))];
}

static const char *
any(unsigned *seed)
{
	return rand_r(seed) % 4 == 0 ? piece(seed) : NULL;
}

static bool
slow_address(const char *wish, const char *address)
{
	size_t	len = strlen(wish), have;

	if (address == NULL)
		return false;
	have = strlen(address);
	if (len == 0)
		return have == 0;
	if (wish[0] == '@')
		return strchr(address, '@') != NULL && have >= len &&
		    strrchr(address, '@') == address + have - len &&
		    strcasecmp(address + have - len, wish) == 0;
	if (wish[len - 1] == '@')
		return strrchr(address, '@') == address + len - 1 &&
		    strncasecmp(address, wish, len) == 0;
	return strcasecmp(address, wish) == 0;
}

static bool
slow_word(const char *text, const char *word)
{
	char	*copy = strdup(text != NULL ? text : ""), *rest = copy, *one;
	bool	 has = false;

	if (strchr(word, ' ') == NULL)
		while ((one = strsep(&rest, " ")) != NULL)
			has |= strcmp(one, word) == 0;
	free(copy);
	return has;
}

static bool
slow_match(const struct query_wish *w, const struct journal_line *l)
{
	bool	identity = w->identity == NULL;

	for (size_t i = 0; w->identity != NULL && i < JOURNAL_IDENTITIES; i++)
		identity |= l->identities[i] != NULL &&
		    strcmp(l->identities[i], w->identity) == 0;
	if (w->identity != NULL && w->identity[0] != '\0')
		identity |= slow_word(l->by, w->identity);
	return identity && l->time >= w->span.from &&
	    l->time < w->span.until &&
	    (w->verdict == NULL || strcmp(w->verdict, l->verdict) == 0) &&
	    (w->reason == NULL || strcmp(w->reason, l->reason) == 0) &&
	    (w->sender == NULL || slow_address(w->sender, l->sender)) &&
	    (w->recipient == NULL ||
	    slow_address(w->recipient, l->recipient)) &&
	    (w->person == NULL || slow_address(w->person, l->sender) ||
	    slow_address(w->person, l->recipient)) &&
	    (w->rule == NULL || (l->rule != NULL &&
	    strcmp(w->rule, l->rule) == 0)) &&
	    (w->id == NULL || strcmp(w->id, l->id) == 0);
}

static void
random_wishes_are_met_as_the_facts_say(void **state)
{
	enum { LINES = 20000, WISHES = 200 };
	static const char *const verdicts[] = { "pass", "defer", "reject" };
	unsigned	seed = 11;
	unsigned	met = 0;

	(void)state;
	for (int i = 0; i < LINES; i++) {
		static struct query_wish wishes[WISHES];
		struct journal_line l = typical;
		const struct query_wish *w;
		size_t	 len;
		char	*line;

		if (i < WISHES)
			wishes[i] = (struct query_wish){ .span = {
			    rand_r(&seed) % 3 == 0 ? 3 : INT64_MIN,
			    rand_r(&seed) % 3 == 0 ? 7 : INT64_MAX },
			    .verdict = rand_r(&seed) % 3 == 0 ?
			    verdicts[rand_r(&seed) % 3] : NULL,
			    .reason = any(&seed), .sender = any(&seed),
			    .recipient = any(&seed), .person = any(&seed),
			    .identity = any(&seed), .rule = any(&seed) };
		w = &wishes[(unsigned)rand_r(&seed) %
		    (i < WISHES ? (unsigned)i + 1 : (unsigned)WISHES)];
		l.time = rand_r(&seed) % 10;
		l.verdict = verdicts[rand_r(&seed) % 3];
		l.reason = w->reason != NULL && rand_r(&seed) % 2 ?
		    w->reason : piece(&seed);
		l.sender = w->sender != NULL && rand_r(&seed) % 2 ?
		    w->sender : piece(&seed);
		l.recipient = w->recipient != NULL && rand_r(&seed) % 2 ?
		    w->recipient : piece(&seed);
		l.identities[0] = piece(&seed);
		l.by = any(&seed);
		l.rule = any(&seed);
		/* A byte that is no text is written as another. */
		line = line_format(&l, &len);
		assert_non_null(line);
		if (matches(w, line, len - 1) != slow_match(w, &l))
			fail_msg("%.*sis %s", (int)len, line,
			    slow_match(w, &l) ? "missed" : "taken");
		met += slow_match(w, &l);
		free(line);
	}
	assert_in_range(met, 500, LINES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_filter_takes_what_it_says_and_no_more),
		cmocka_unit_test(clients_are_of_networks),
		cmocka_unit_test(
		    observed_and_held_are_found_by_what_they_would_have_been),
		cmocka_unit_test(events_are_found_by_name_and_why),
		cmocka_unit_test(verdict_that_there_is_not_is_refused),
		cmocka_unit_test(random_wishes_are_met_as_the_facts_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
