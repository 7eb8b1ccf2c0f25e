/* SPDX-License-Identifier: ISC
 * tests/unit/test_fold.c - senders held to labelled data, and what must hold of
 * any text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mailaddr.h"
#include "policy/fold.h"

static const char	data[] = "tests/unit/bounces.tsv";

static bool
is_lower(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			return false;
	return true;
}

/* What header and design promise of every sender. Gives the fold away. */
static char *
checked_fold(const char *sender)
{
	char	*once = fold_sender(sender), *twice, *domain;

	assert_non_null(once);
	twice = fold_sender(once);
	domain = fold_recipient(mailaddr_domain(sender));
	assert_non_null(twice);
	assert_non_null(domain);
	if (strcmp(once, twice) != 0)
		fail_msg("\"%s\" folds to \"%s\", that to \"%s\"", sender, once,
		    twice);
	if (strlen(once) > strlen(sender) + 8)
		fail_msg("\"%s\" grew to \"%s\"", sender, once);
	if (!is_lower(once))
		fail_msg("\"%s\" kept capitals: \"%s\"", sender, once);
	if (strcmp(mailaddr_domain(once), domain) != 0)
		fail_msg("\"%s\" changed its domain: \"%s\"", sender, once);
	free(twice);
	free(domain);
	return once;
}

/* Calls each() for the lines of one kind; how many there were. */
static unsigned
each_line(const char *kind,
    void (*each)(const char *form, char *addresses, const char *fold))
{
	FILE		*f = fopen(data, "r");
	char		*line = NULL, *rest, *form, *addresses, *fold;
	size_t		 size = 0;
	unsigned	 n = 0;

	if (f == NULL)
		fail_msg("cannot open %s; run from the project's folder", data);
	while (getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		if (*line == '#' || strcmp(strsep(&rest, "\t"), kind) != 0)
			continue;
		form = strsep(&rest, "\t");
		addresses = strsep(&rest, "\t");
		fold = strsep(&rest, "\t");
		each(form, addresses, fold);
		n++;
	}
	free(line);
	(void)fclose(f);
	return n;
}

static void
same_line(const char *form, char *addresses, const char *fold)
{
	char	*sender, *got;

	while ((sender = strsep(&addresses, " ")) != NULL) {
		got = checked_fold(sender);
		if (strcmp(got, fold) != 0)
			fail_msg("%s: \"%s\" folds to \"%s\", not \"%s\"", form,
			    sender, got, fold);
		free(got);
	}
}

static void
apart_line(const char *why, char *addresses, const char *fold)
{
	char	*one = checked_fold(strsep(&addresses, " "));
	char	*two = checked_fold(strsep(&addresses, " "));

	(void)fold;
	if (strcmp(one, two) == 0)
		fail_msg("%s: two senders fold to \"%s\"", why, one);
	assert_null(addresses);
	free(one);
	free(two);
}

static void
next_bounce_address_is_the_same_sender(void **state)
{
	unsigned	n = each_line("same", same_line);

	(void)state;
	print_message("%u forms of bounce addresses\n", n);
	assert_true(n >= 40);
}

static void
no_two_people_fold_to_one_text(void **state)
{
	unsigned	n = each_line("apart", apart_line);

	(void)state;
	print_message("%u pairs of different senders\n", n);
	assert_true(n >= 60);
}

static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Pieces that the rules look for, in any order, and single bytes. */
static void
random_sender(uint64_t *seed, char *out)
{
	static const char *const pieces[] = {
		"prvs=", "1234567890", "=", "==", "btv1==", "SRS0=", "srs1=",
		"+SRS=", "HHH=TT=", "a.b=", "#", "-", "+", ".", "_", "bounce",
		"bounces", "return", "owner", "errors", "verp", "12", "12345",
		"a1b2c3", "user", "=x.example", "msprvs1=", "_HTML-",
		"bounce-md_", "bounce-mc.", "sentto-", "0100018f5bf247e4",
		"26c3b8bb-3ca1-415d-8c70-5df72ba44c66", "+bncb",
		"abcdefghij0123456789", "\"", "\\", "@", "@",
		"bounces.google.com", "in.constantcontact.com", "facebookmail.com",
		"mktomail.com", "bnc.salesforce.com", "bounce.x.example"
	};
	const size_t	n = sizeof(pieces) / sizeof(pieces[0]);
	uint64_t	r;

	*out = '\0';
	for (unsigned i = (unsigned)(next_random(seed) % 14); i > 0; i--) {
		r = next_random(seed);
		if (r % 8 != 0)
			(void)strcat(out, pieces[r / 8 % n]);
		else
			(void)strcat(out, (char[]){ (char)(1 + r / 8 % 255), 0 });
	}
	(void)strcat(out, next_random(seed) % 4 == 0 ? "" : "@Bounces.x.example");
}

static void
any_text_folds_once_and_keeps_its_domain(void **state)
{
	uint64_t	seed = 88172645463325252U;
	char		sender[1024];

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		random_sender(&seed, sender);
		free(checked_fold(sender));
	}
}

static void
gives(const char *sender, const char *want)
{
	char	*got = checked_fold(sender);

	assert_string_equal(got, want);
	free(got);
}

static void
without_domain_or_in_quotes_only_case_is_folded(void **state)
{
	(void)state;
	gives("", "");
	gives("Bounces-12345", "bounces-12345");
	gives("Bounces-12345@", "bounces-12345@");
	gives("\"prvs=1234567890=A b\"@X", "\"prvs=1234567890=a b\"@x");
	gives("\"bounces-12345@y\"@x", "\"bounces-12345@y\"@x");
	gives("bounces-12345\\-@x", "bounces-12345\\-@x");
	gives("J\xc3\x96RG@X\xc3\x84.example", "j\xc3\x96rg@x\xc3\x84.example");
}

static void
damaged_tags_stay(void **state)
{
	(void)state;
	gives("prvs=1234567890=@x", "prvs=1234567890=@x");
	gives("prvs=1234567=a@x", "prvs=1234567=a@x");
	gives("prvs=1234567890123=a@x", "prvs=1234567890123=a@x");
	gives("prvs=123456789g=a@x", "prvs=123456789g=a@x");
	gives("prvs=1234567890@x", "prvs=1234567890@x");
	gives("btv1==1234567890=a@x", "btv1==1234567890=a@x");
	gives("btv1==1234567890==@x", "btv1==1234567890==@x");
	gives("btv1==1234567890@x", "btv1==1234567890@x");
	gives("srs0=hash=tt=nodomain=a@x", "srs0=hash=tt=nodomain=a@x");
	gives("srs0=hash=tt=a.b=@x", "srs0=hash=tt=a.b=@x");
	gives("srs0=hash=longer=a.b=c@x", "srs0=hash=longer=a.b=c@x");
	gives("srs0==tt=a.b=c@x", "srs0==tt=a.b=c@x");
	gives("srs0=hash=tt@x", "srs0=hash=tt@x");
	gives("srs0xhash=tt=a.b=c@x", "srs0xhash=tt=a.b=c@x");
	gives("srs1=hash=a.b=c@x", "srs1=hash=a.b=c@x");
	gives("srs1=hash=ab==h=tt=a.b=c@x", "srs1=hash=ab==h=tt=a.b=c@x");
}

static void
tags_of_any_usual_length_are_dropped(void **state)
{
	(void)state;
	gives("prvs=12345678=a@x", "a@x");
	gives("prvs=1234567890ab=a@x", "a@x");
	gives("srs0=h=t=a.b=c@x", "srs0=#=a.b=c@x");
	gives("srs0=h=time=a.b=c@x", "srs0=#=a.b=c@x");
	gives("srs0=h==a.b=c@x", "srs0=h==a.b=c@x");
	gives("srs0=h=t.t=a.b=c@x", "srs0=h=t.t=a.b=c@x");
}

static void
what_is_too_short_for_a_token_or_number_stays(void **state)
{
	(void)state;
	gives("bounces-a1b2c3@x", "bounces-#@x");
	gives("bounces-a1b23@x", "bounces-a1b23@x");
	gives("bounces-a1bcd2@x", "bounces-a1bcd2@x");
	gives("bounces-abc123@x", "bounces-abc123@x");
	gives("bounces-abcdef0123456789@x", "bounces-#@x");
	gives("bounces-abcdef012345678@x", "bounces-abcdef012345678@x");
	gives("bounces-abcdefabcdefabcd@x", "bounces-abcdefabcdefabcd@x");
	gives("bounces-12345@x", "bounces-#@x");
	gives("bounces-1234@x", "bounces-1234@x");
	gives("bounces-12-345@x", "bounces-#-#@x");
	gives("bounces-+12345@x", "bounces-+#@x");
	gives("bounces---12345@x", "bounces---12345@x");
	gives("bounces12345@x", "bounces12345@x");
	gives("bounces-12345/a@x", "bounces-12345/a@x");
	gives("bounces-12345-@x", "bounces-#-@x");
}

static void
signed_and_forwarded_again_is_unwrapped_to_the_end(void **state)
{
	(void)state;
	gives("prvs=1234567890=btv1==1234567890==a@x", "a@x");
	gives("prvs=1234567890=SRS0=h=tt=a.b=prvs=1234567890=c@x",
	    "srs0=#=a.b=c@x");
	gives("SRS0=h=tt=a.b=c+SRS=h=tt=d.e=f@x", "srs0=#=a.b=c+srs=#=d.e=f@x");
	/* Deeper than any mail goes: bounded, and the rest stays. */
	gives("srs0=h=tt=a.b=srs0=h=tt=a.b=srs0=h=tt=a.b=srs0=h=tt=a.b="
	    "srs0=h=tt=a.b=c@x",
	    "srs0=#=a.b=srs0=#=a.b=srs0=#=a.b=srs0=#=a.b=srs0=h=tt=a.b=c@x");
}

static void
very_long_sender_is_kept_whole(void **state)
{
	enum { LONG = 100000 };
	char	*sender = malloc(LONG + 3), *got;

	(void)state;
	assert_non_null(sender);
	memset(sender, 'A', LONG);
	(void)strcpy(sender + LONG, "@x");
	got = checked_fold(sender);
	assert_int_equal(strlen(got), LONG + 2);
	free(got);
	free(sender);
}

static void
recipients_are_lowered_and_no_more(void **state)
{
	char	*got = fold_recipient("Prvs=1234567890=Bounces-12345@X.\xc3\x84");

	(void)state;
	assert_string_equal(got, "prvs=1234567890=bounces-12345@x.\xc3\x84");
	free(got);
	got = fold_recipient("");
	assert_string_equal(got, "");
	free(got);
}

static void
a_correspondent_has_no_sub_address(void **state)
{
	static const struct { const char *given, *folded; } rows[] = {
		{ "Bob@Example.NET", "bob@example.net" },
		{ "bob+news@example.net", "bob@example.net" },
		{ "bob+a+b@example.net", "bob@example.net" },
		{ "+bob@example.net", "+bob@example.net" },
		{ "bob+@example.net", "bob+@example.net" },
		{ "\"bob+x\"@example.net", "\"bob+x\"@example.net" },
		{ "bob+news", "bob" },
		{ "bob@a+b.example", "bob@a+b.example" },
		{ "prvs=1234567890=bob+x@example.net", "bob@example.net" },
		{ "bob+news@sub+x.example", "bob@sub+x.example" },
		{ "", "" },
		{ "bob.\"a+b\"@example.net", "bob.\"a+b\"@example.net" },
		{ "\"a@b+c\"", "\"a@b+c\"" },
		{ "bob\\+x@example.net", "bob\\+x@example.net" },
		{ "+@x", "+@x" }, { "+a+b@x", "+a+b@x" }, { "b++@x", "b@x" },
		{ "ann+SRS=h=tt=x.example=bob@y", "ann@y" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = fold_correspondent(rows[i].given);

		assert_string_equal(got, rows[i].folded);
		free(got);
	}
}

static void
any_correspondent_folds_once_and_keeps_his_domain(void **state)
{
	uint64_t	seed = 1181783497276652981U;
	char		address[1024];

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		char	*once, *twice, *domain;

		random_sender(&seed, address);
		once = fold_correspondent(address);
		twice = fold_correspondent(once);
		domain = fold_recipient(mailaddr_domain(address));
		if (strcmp(once, twice) != 0)
			fail_msg("\"%s\" folds to \"%s\", that to \"%s\"",
			    address, once, twice);
		assert_string_equal(mailaddr_domain(once), domain);
		assert_true(strlen(once) <= strlen(address) + 8);
		free(once);
		free(twice);
		free(domain);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next_bounce_address_is_the_same_sender),
		cmocka_unit_test(no_two_people_fold_to_one_text),
		cmocka_unit_test(any_text_folds_once_and_keeps_its_domain),
		cmocka_unit_test(without_domain_or_in_quotes_only_case_is_folded),
		cmocka_unit_test(damaged_tags_stay),
		cmocka_unit_test(tags_of_any_usual_length_are_dropped),
		cmocka_unit_test(what_is_too_short_for_a_token_or_number_stays),
		cmocka_unit_test(signed_and_forwarded_again_is_unwrapped_to_the_end),
		cmocka_unit_test(very_long_sender_is_kept_whole),
		cmocka_unit_test(recipients_are_lowered_and_no_more),
		cmocka_unit_test(a_correspondent_has_no_sub_address),
		cmocka_unit_test(any_correspondent_folds_once_and_keeps_his_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
