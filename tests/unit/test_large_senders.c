/* SPDX-License-Identifier: ISC
 * tests/unit/test_large_senders.c - the shipped list is one, each entry says
 * why, and none lets in more than it means. Runs in the project's root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "whitelist/entries_file.h"

enum { MOST = 1000 };

static const char	shipped[] = "etc/large-senders";

struct got {
	struct listed	*l[MOST];
	size_t		 n;
};

static int
keep(struct listed **l, void *arg)
{
	struct got	*got = arg;

	assert_true(got->n < MOST);
	got->l[got->n++] = *l;
	*l = NULL;
	return 0;
}

static int
read_it(void **state)
{
	struct got			*got = calloc(1, sizeof(*got));
	const struct entries_file	 f = { .origin = ENTRY_SHIPPED,
					     .add = keep, .arg = got };
	struct err			 e;

	*state = got;
	if (entries_file_read(shipped, &f, &e) == 0)
		return 0;
	print_error("%s\n", e.text);
	return -1;
}

static int
drop_it(void **state)
{
	struct got	*got = *state;

	for (size_t i = 0; i < got->n; i++)
		listed_unref(&got->l[i]);
	free(got);
	return 0;
}

/* A paragraph: lines up to an empty one. The comment is in front. */
static void
every_paragraph_says_why(void **state)
{
	FILE		*in = fopen(shipped, "r");
	char		 line[512];
	unsigned	 n = 0, entries = 0;
	bool		 why = false;

	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		n++;
		if (line[0] == '\n')
			why = false;
		else if (line[0] == '#')
			why = strlen(line) > 20 || why;
		else if (entries++, !why)
			fail_msg("%s:%u: no comment above: %s", shipped, n,
			    line);
	}
	(void)fclose(in);
	assert_int_equal(entries, ((struct got *)*state)->n);
	assert_in_range(entries, 40, MOST);
}

static void
none_is_a_public_suffix_an_address_or_unsafe(void **state)
{
	const struct got	*got = *state;

	for (size_t i = 0; i < got->n; i++) {
		const struct entry	*entry = &got->l[i]->entry;
		const char		*value = entry->text + entry->value;

		assert_false(entry->unsafe);
		assert_int_equal(entry->to_len, 0);
		if (entry->kind == ENTRY_RECIPIENT)
			continue;
		if (entry->kind != ENTRY_NAME && entry->kind != ENTRY_DOMAIN)
			fail_msg("%s: of what kind?", entry->text);
		if (strncmp(value, "*.", 2) == 0)
			value += 2;
		if (domain_is_public_suffix(value))
			fail_msg("%s: a public suffix", entry->text);
	}
}

static void
none_stands_twice(void **state)
{
	const struct got	*got = *state;

	for (size_t i = 0; i < got->n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(got->l[i]->entry.text,
			    got->l[k]->entry.text) == 0)
				fail_msg("%s and %s: %s", got->l[k]->where,
				    got->l[i]->where, got->l[i]->entry.text);
}

struct attempt {
	const char	*name, *sender, *rcpt, *by;	/* NULL: by none */
	bool		 needs_proof;
};

static void
expect(const struct got *got, const struct attempt *a)
{
	struct ip		 client;
	struct view_query	 q = { .client = &client, .name = a->name,
				     .sender = a->sender, .rcpt = a->rcpt,
				     .now = 1 };
	struct view_matches	 m;
	struct view		*v;
	const struct listed	*l;

	assert_int_equal(ip_parse("192.0.2.1", &client, NULL), 0);
	assert_int_equal(view_new(&v, got->l, got->n, NULL), 0);
	view_match(v, &q, &m);
	assert_null(m.holds[VIEW_OWN]);
	assert_null(m.needs_proof[VIEW_OWN]);
	l = a->needs_proof ? m.needs_proof[VIEW_LATE] : m.holds[VIEW_LATE];
	if ((l == NULL) != (a->by == NULL) ||
	    (l != NULL && strcmp(l->entry.text, a->by) != 0))
		fail_msg("%s, %s: %s", a->name == NULL ? "no name" : a->name,
		    a->sender, l == NULL ? "none" : l->entry.text);
	view_free(&v);
}

/* Names as these hosts have had them. */
static void
hosts_of_pools_are_known(void **state)
{
	static const struct attempt	rows[] = {
		{ "mail-wr1-f41.google.com", "a@x.example", "b@own.example",
		    "name *.google.com", false },
		{ "mail-am6eur05on2040.outbound.protection.outlook.com",
		    "a@x.example", "b@own.example",
		    "name *.outbound.protection.outlook.com", false },
		{ "a8-12.smtp-out.amazonses.com", "a@x.example",
		    "b@own.example", "name *.amazonses.com", false },
		{ "a7-12.smtp-out.eu-west-1.amazonses.com", "a@x.example",
		    "b@own.example", "name *.amazonses.com", false },
		{ "s.wrqvwxzv.outbound-mail.sendgrid.net", "a@x.example",
		    "b@own.example", "name *.outbound-mail.sendgrid.net",
		    false },
		{ "mail82.sea91.rsgsv.net", "a@x.example", "b@own.example",
		    "name *.rsgsv.net", false },
		{ "outbound-ip24a.ess.barracuda.com", "a@x.example",
		    "b@own.example", "name *.ess.barracuda.com", false },
		{ "mx-relay49-hz3.antispameurope.com", "a@x.example",
		    "b@own.example", "name *.antispameurope.com", false },
		{ "sonic302-27.consmr.mail.ne1.yahoo.com", "a@x.example",
		    "b@own.example", "name *.yahoo.com", false },
		{ NULL, "a@gmail.com", "b@own.example", "domain gmail.com",
		    true },
		{ NULL, "a@mail.paypal.com", "b@own.example",
		    "domain paypal.com", true },
		{ NULL, "a@x.example", "Postmaster@own.example",
		    "recipient postmaster@", false },
		{ NULL, "a@x.example", "abuse@own.example",
		    "recipient abuse@", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(*state, &rows[i]);
}

static void
machines_that_anybody_rents_are_not(void **state)
{
	static const char *const	names[] = {
		"217.94.90.34.bc.googleusercontent.com",
		"ec2-203-0-113-25.compute-1.amazonaws.com",
		"vm7.westeurope.cloudapp.azure.com", "x.azurewebsites.net",
		"google.com.attacker.example", "notgoogle.com", "google.com",
		"outlook.com", "mail.protection.outlook.com.attacker.example",
		"static.5.113.0.203.clients.your-server.de", "x.blogspot.com",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect(*state, &(struct attempt){ .name = names[i],
		    .sender = "a@x.example", .rcpt = "b@own.example" });
}

static void
a_provider_s_domain_alone_proves_nothing(void **state)
{
	expect(*state, &(struct attempt){ .sender = "a@gmail.com",
	    .rcpt = "b@own.example" });
	expect(*state, &(struct attempt){ .sender = "a@notgmail.com",
	    .rcpt = "b@own.example", .needs_proof = true });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_paragraph_says_why),
		cmocka_unit_test(none_is_a_public_suffix_an_address_or_unsafe),
		cmocka_unit_test(none_stands_twice),
		cmocka_unit_test(hosts_of_pools_are_known),
		cmocka_unit_test(machines_that_anybody_rents_are_not),
		cmocka_unit_test(a_provider_s_domain_alone_proves_nothing),
	};

	return cmocka_run_group_tests(tests, read_it, drop_it);
}
