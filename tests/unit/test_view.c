/* SPDX-License-Identifier: ISC
 * tests/unit/test_view.c - whitelists as they are written, and what of them an
 * attempt meets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "whitelist/view.h"

enum { NOW = 1000 };

/* An entry to put in. */
static struct listed *
list(const char *text, enum entry_origin origin, int64_t expires)
{
	struct entry	entry;
	struct listed	*l;
	struct err	e;

	if (entry_parse(text, &entry, &e) == -1)
		fail_msg("%s: %s", text, e.text);
	l = listed_new(&entry, origin, "whitelist:1", "");
	assert_non_null(l);
	l->expires = expires;
	return l;
}

static struct view *
build(struct listed **all, size_t n)
{
	struct view	*v;
	struct err	 e;

	if (view_new(&v, all, n, &e) == -1)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < n; i++)
		listed_unref(&all[i]);
	return v;
}

/* A view of some lines; NULL ends them. */
static struct view *
build_lines(const char *const *lines)
{
	struct listed	*all[16] = { NULL };
	size_t		 n = 0;

	for (; lines[n] != NULL; n++)
		all[n] = list(lines[n], ENTRY_FILE, INT64_MAX);
	return build(all, n);
}

struct attempt {
	const char	*client, *name, *sender, *rcpt;
};

static struct view_matches
match(const struct view *v, const struct attempt *a)
{
	struct ip		client;
	struct view_matches	m;
	struct view_query	q = { &client, a->name, a->sender, a->rcpt,
				    NOW };

	assert_int_equal(ip_parse(a->client, &client, NULL), 0);
	view_match(v, &q, &m);
	return m;
}

static const char *
text_of(const struct listed *l)
{
	return l == NULL ? "" : l->entry.text;
}

static void
an_entry_matches_what_it_says_and_no_more(void **state)
{
	static const struct { const char *entry; struct attempt a; int want; }
	    rows[] = {
		{ "domain ebay.com unsafe", { "192.0.2.1", NULL, "a@eBay.COM",
		    "b@c" }, 1 },
		{ "domain ebay.com unsafe", { "192.0.2.1", NULL,
		    "a@mail.ebay.com.", "b@c" }, 1 },
		{ "domain ebay.com unsafe", { "192.0.2.1", NULL,
		    "a@notebay.com", "b@c" }, 0 },
		{ "domain ebay.com unsafe", { "192.0.2.1", NULL,
		    "a@ebay.com.example", "b@c" }, 0 },
		{ "domain ebay.com unsafe", { "192.0.2.1", NULL,
		    "\"a@ebay.com\"@b.example", "b@c" }, 0 },
		{ "domain ebay.com unsafe", { "192.0.2.1", NULL, "ebay.com",
		    "b@c" }, 0 },
		{ "domain ebay.com unsafe", { "192.0.2.1", NULL, "", "b@c" },
		    0 },
		{ "domain ebay.com unsafe", { "192.0.2.1", NULL, NULL, NULL },
		    0 },
		{ "regex sender /.*/ unsafe", { "192.0.2.1", NULL, "", "b@c" },
		    0 },
		{ "regex sender /.*/ unsafe", { "192.0.2.1", NULL, "a", "b@c" },
		    1 },
		{ "name *.example.net", { "192.0.2.1", "MX.Example.net.",
		    "", "b@c" }, 1 },
		{ "name *.example.net", { "192.0.2.1", "example.net", "",
		    "b@c" }, 0 },
		{ "name *.example.net", { "192.0.2.1", "mxexample.net", "",
		    "b@c" }, 0 },
		{ "name *.example.net", { "192.0.2.1", "a.b.example.net", "",
		    "b@c" }, 1 },
		{ "name example.net", { "192.0.2.1", "mx.example.net", "",
		    "b@c" }, 0 },
		{ "name example.net", { "192.0.2.1", NULL, "", "b@c" }, 0 },
		{ "sender a@b.example unsafe", { "192.0.2.1", NULL,
		    "A@B.example", "b@c" }, 1 },
		{ "sender a@b.example unsafe", { "192.0.2.1", NULL,
		    "a@c.b.example", "b@c" }, 0 },
		{ "recipient @c.example", { "192.0.2.1", NULL, "",
		    "x@C.Example" }, 1 },
		{ "recipient @c.example", { "192.0.2.1", NULL, "",
		    "x@d.c.example" }, 0 },
		{ "recipient abuse@", { "192.0.2.1", NULL, "",
		    "ABUSE@anything" }, 1 },
		{ "recipient abuse@", { "192.0.2.1", NULL, "", "abuse" }, 1 },
		{ "recipient abuse@", { "192.0.2.1", NULL, "", "xabuse@a" },
		    0 },
		{ "recipient abuse@", { "192.0.2.1", NULL, "", NULL }, 0 },
		{ "grace bob@c.example", { "192.0.2.1", NULL, "",
		    "bob@c.example" }, 1 },
		{ "client 192.0.2.0/24", { "192.0.2.255", NULL, "", "b@c" },
		    1 },
		{ "client 192.0.2.0/24", { "192.0.3.0", NULL, "", "b@c" }, 0 },
		{ "client ::/0", { "192.0.2.1", NULL, "", "b@c" }, 0 },
		{ "client 0.0.0.0/0", { "::1", NULL, "", "b@c" }, 0 },
		{ "client 192.0.2.1 to @c.example", { "192.0.2.1", NULL, "",
		    "b@c.example" }, 1 },
		{ "client 192.0.2.1 to @c.example", { "192.0.2.1", NULL, "",
		    "b@d.example" }, 0 },
		{ "client 192.0.2.1 to @c.example", { "192.0.2.1", NULL, "",
		    NULL }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char		*lines[] = { rows[i].entry, NULL };
		struct view		*v = build_lines(lines);
		struct view_matches	 m = match(v, &rows[i].a);
		int			 got = m.holds[VIEW_OWN] != NULL ||
					     m.holds[VIEW_LATE] != NULL;

		if (got != rows[i].want)
			fail_msg("%s: sender %s name %s to %s: %d",
			    rows[i].entry, rows[i].a.sender, rows[i].a.name,
			    rows[i].a.rcpt, got);
		assert_null(m.needs_proof[VIEW_OWN]);
		view_free(&v);
		assert_null(v);
	}
}

static void
the_first_is_by_kind_then_narrowest_then_earliest(void **state)
{
	static const struct { const char *lines[6]; const char *want; }
	    rows[] = {
		{ { "regex name /mx/", "domain b.example unsafe", "sender "
		    "a@b.example unsafe", "name mx.b.example", "client "
		    "192.0.2.1" }, "client 192.0.2.1" },
		{ { "regex name /mx/", "domain b.example unsafe", "sender "
		    "a@b.example unsafe", "name mx.b.example" },
		    "name mx.b.example" },
		{ { "regex name /mx/", "domain b.example unsafe", "sender "
		    "a@b.example unsafe" }, "sender a@b.example unsafe" },
		{ { "regex name /mx/", "domain b.example unsafe" },
		    "domain b.example unsafe" },
		{ { "regex name /m/", "regex name /mx/" }, "regex name /m/" },
		{ { "client 192.0.0.0/16", "client 192.0.2.0/24", "client "
		    "192.0.2.0/23" }, "client 192.0.2.0/24" },
		{ { "client 192.0.2.0/24", "client 192.0.2.0/24 to @c.example",
		    "client 192.0.2.0/24 to d@c.example" },
		    "client 192.0.2.0/24 to d@c.example" },
		{ { "client 192.0.2.0/24 to d@c.example", "client "
		    "192.0.2.0/25" }, "client 192.0.2.0/25" },
		{ { "name *.example", "name *.b.example" },
		    "name *.b.example" },
		{ { "domain example unsafe", "domain b.example unsafe" },
		    "domain b.example unsafe" },
		{ { "domain b.example unsafe", "domain b.example to "
		    "@c.example unsafe" },
		    "domain b.example to @c.example unsafe" },
	};
	static const struct attempt	a = { "192.0.2.1", "mx.b.example",
					    "a@b.example", "d@c.example" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct view		*v = build_lines(rows[i].lines);
		struct view_matches	 m = match(v, &a);

		assert_string_equal(text_of(m.holds[VIEW_OWN]), rows[i].want);
		view_free(&v);
	}
}

static void
what_needs_proof_stands_beside_what_holds(void **state)
{
	static const char *const	lines[] = { "domain b.example",
		"domain b.example unsafe", "recipient d@c.example",
		"regex recipient /d/", NULL };
	static const struct attempt	a = { "192.0.2.1", NULL, "a@b.example",
					    "d@c.example" };
	struct view			*v = build_lines(lines);
	struct view_matches		 m = match(v, &a);

	(void)state;
	assert_string_equal(text_of(m.needs_proof[VIEW_OWN]), lines[0]);
	assert_string_equal(text_of(m.holds[VIEW_OWN]), lines[1]);
	assert_string_equal(text_of(m.holds[VIEW_LATE]), lines[2]);
	assert_null(m.needs_proof[VIEW_LATE]);
	view_free(&v);
}

static void
shipped_ones_come_late_and_are_no_reason_against_a_ban(void **state)
{
	static const struct attempt	a = { "192.0.2.1", NULL, "a@b.example",
					    "d@c.example" };
	struct listed			*all[] = {
		list("client 192.0.2.0/24", ENTRY_SHIPPED, INT64_MAX),
		list("domain b.example", ENTRY_SHIPPED, INT64_MAX),
		list("client 192.0.2.1 to d@c.example", ENTRY_FILE, INT64_MAX),
		list("client 192.0.3.0/24", ENTRY_LIVE, NOW + 1),
		list("client 192.0.4.0/24", ENTRY_LIVE, NOW) };
	struct view			*v = build(all, 5);
	struct view_matches		 m = match(v, &a);
	static const char *const	clients[] = { "192.0.2.1", "192.0.3.7",
					    "192.0.4.7", "2001:db8::1" };

	(void)state;
	assert_string_equal(text_of(m.holds[VIEW_LATE]), "client 192.0.2.0/24");
	assert_string_equal(text_of(m.needs_proof[VIEW_LATE]),
	    "domain b.example");
	assert_string_equal(text_of(m.holds[VIEW_OWN]),
	    "client 192.0.2.1 to d@c.example");
	for (size_t i = 0; i < 4; i++) {
		struct ip	client;

		assert_int_equal(ip_parse(clients[i], &client, NULL), 0);
		assert_int_equal(view_has_client(v, &client, NOW), i == 1);
	}
	view_free(&v);
}

static void
what_has_expired_gives_way_to_what_has_not(void **state)
{
	static const struct attempt	a = { "192.0.2.1", NULL, "a@b.example",
					    "d@c.example" };
	struct listed			*all[] = {
		list("client 192.0.2.1", ENTRY_LIVE, NOW),
		list("client 192.0.2.1", ENTRY_LIVE, NOW + 1),
		list("client 192.0.2.1", ENTRY_FILE, INT64_MAX),
		list("grace d@c.example", ENTRY_LIVE, NOW),
		list("regex name /x/", ENTRY_LIVE, NOW) };
	struct view			*v = build(all, 5);
	struct view_matches		 m = match(v, &a);
	struct view_query		 q = { .rcpt = "d@c.example",
					     .now = NOW };

	(void)state;
	assert_ptr_equal(m.holds[VIEW_OWN], view_at(v, 1));
	assert_null(m.holds[VIEW_LATE]);
	assert_false(view_entry_matches(view_at(v, 3), &q));
	q.now--;
	assert_true(view_entry_matches(view_at(v, 3), &q));
	view_match(v, &q, &m);
	assert_ptr_equal(m.holds[VIEW_LATE], view_at(v, 3));
	view_free(&v);
}

static void
a_regex_at_its_limit_is_told_and_does_not_match(void **state)
{
	static const char *const	lines[] = { "regex sender /^(a+)+$/",
		"regex sender /^(a|aa)+$/ unsafe", "regex sender /!/ unsafe",
		NULL };
	struct attempt			a = { "192.0.2.1", NULL, NULL, "b@c" };
	struct view			*v = build_lines(lines);
	struct view_matches		 m;
	char				 sender[200];

	(void)state;
	memset(sender, 'a', sizeof(sender));
	memcpy(sender + sizeof(sender) - 2, "!", 2);
	a.sender = sender;
	m = match(v, &a);
	assert_true(m.regex_limit);
	assert_ptr_equal(m.regex, view_at(v, 0));
	assert_null(m.needs_proof[VIEW_OWN]);
	assert_ptr_equal(m.holds[VIEW_OWN], view_at(v, 2));
	a.sender = "aa";
	m = match(v, &a);
	assert_false(m.regex_limit);
	assert_null(m.regex);
	assert_ptr_equal(m.needs_proof[VIEW_OWN], view_at(v, 0));
	assert_ptr_equal(m.holds[VIEW_OWN], view_at(v, 1));
	view_free(&v);
}

/* At the last length that fits and beyond; nothing is cut to fit. */
static void
texts_of_any_length_are_safe(void **state)
{
	static const char *const	lines[] = { "domain b.example unsafe",
		"recipient abuse@", "recipient @c.example", "name *.b.example",
		"regex recipient /^aaa/", "client 192.0.2.9 to @c.example",
		NULL };
	struct view			*v = build_lines(lines);
	static char			 sender[3000], rcpt[3000], name[3000];
	struct attempt			 a = { "192.0.2.1", name, sender,
					     rcpt };

	(void)state;
	for (int n = 600; n < 2000; n++) {
		struct view_matches	m;
		bool			fits = n + 10 <= 640;

		memset(sender, 'a', sizeof(sender));
		memcpy(sender + n, "@b.example", 11);
		memset(rcpt, 'a', sizeof(rcpt));
		memcpy(rcpt + n, "@c.example", 11);
		memset(name, '.', sizeof(name));
		memcpy(name + n, ".x.example", 11);
		m = match(v, &a);
		assert_int_equal(m.holds[VIEW_OWN] != NULL, fits);
		assert_string_equal(text_of(m.holds[VIEW_LATE]), fits ?
		    lines[2] : lines[4]);
		memset(sender, '@', (size_t)n);
		memset(rcpt, '.', (size_t)n);
		(void)match(v, &a);
	}
	view_free(&v);
}

static void
labels_without_number_are_looked_up_to_the_end(void **state)
{
	static const char *const	lines[] = { "domain a.a.example unsafe",
		"name *.a.example", NULL };
	struct view			*v = build_lines(lines);
	char				 sender[600] = "x@", name[600] = "";
	struct attempt			 a = { "192.0.2.1", NULL, sender, "b@c" };

	(void)state;
	for (int i = 0; i < 250; i++)
		(void)strcat(sender, "a."), (void)strcat(name, "a.");
	(void)strcat(sender, "example");
	(void)strcat(name, "example");
	assert_string_equal(text_of(match(v, &a).holds[VIEW_OWN]), lines[0]);
	a.name = name;
	assert_string_equal(text_of(match(v, &a).holds[VIEW_OWN]), lines[1]);
	view_free(&v);
}

static void
an_empty_view_matches_nothing(void **state)
{
	static const struct attempt	a = { "192.0.2.1", "mx.example", "",
					    "postmaster" };
	static const char *const	lines[] = { NULL };
	struct view			*v = build_lines(lines);
	struct view_matches		 m = match(v, &a);
	struct view_query		 none = { .now = NOW };

	(void)state;
	assert_int_equal(view_count(v), 0);
	assert_null(m.holds[VIEW_OWN]);
	assert_null(m.holds[VIEW_LATE]);
	view_match(v, &none, &m);
	assert_null(m.holds[VIEW_OWN]);
	view_free(&v);
	view_free(&v);
}

/* Of the same value 20,000 recipients; the same entry 20,000 times. */
static void
many_entries_of_one_value_are_found_apart(void **state)
{
	enum { MANY = 20000 };
	struct listed	**all = calloc(2 * MANY, sizeof(struct listed *));
	struct attempt	 a = { "192.0.2.1", NULL, "a@b.example", NULL };
	struct view	*v;
	char		 text[100];

	(void)state;
	assert_non_null(all);
	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(text, sizeof(text), "domain b.example to "
		    "u%u@c.example", i);
		all[i] = list(text, ENTRY_FILE, INT64_MAX);
		all[MANY + i] = list("domain b.example unsafe", ENTRY_FILE,
		    INT64_MAX);
	}
	v = build(all, 2 * MANY);
	for (unsigned i = 0; i < MANY + 10; i++) {
		struct view_matches	m;

		(void)snprintf(text, sizeof(text), "u%u@c.example", i);
		a.rcpt = text;
		m = match(v, &a);
		assert_ptr_equal(m.needs_proof[VIEW_OWN], i < MANY ?
		    view_at(v, i) : NULL);
		assert_ptr_equal(m.holds[VIEW_OWN], view_at(v, MANY));
	}
	view_free(&v);
	free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_matches_what_it_says_and_no_more),
		cmocka_unit_test(the_first_is_by_kind_then_narrowest_then_earliest),
		cmocka_unit_test(what_needs_proof_stands_beside_what_holds),
		cmocka_unit_test(shipped_ones_come_late_and_are_no_reason_against_a_ban),
		cmocka_unit_test(what_has_expired_gives_way_to_what_has_not),
		cmocka_unit_test(a_regex_at_its_limit_is_told_and_does_not_match),
		cmocka_unit_test(texts_of_any_length_are_safe),
		cmocka_unit_test(labels_without_number_are_looked_up_to_the_end),
		cmocka_unit_test(an_empty_view_matches_nothing),
		cmocka_unit_test(many_entries_of_one_value_are_found_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
