/* SPDX-License-Identifier: ISC
 * tests/unit/test_automatic.c - which mail a person wrote, by what systems put
 * into headers (automatic.tsv), and which addresses nobody answers from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "policy/automatic.h"

enum { LINE = 1024 };

/* "\n" and "\t" of the table. */
static void
unescape(char *text)
{
	char	*to = text;

	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '\\' && (at[1] == 'n' || at[1] == 't'))
			*to++ = *++at == 'n' ? '\n' : '\t';
		else
			*to++ = *at;
	}
	*to = '\0';
}

/* What the first field that says anything says. */
static enum unlearned
judge(char *fields)
{
	enum unlearned	 why = UNLEARNED_NOTHING;
	char		*next;

	for (char *at = fields; at != NULL && why == UNLEARNED_NOTHING;
	    at = next) {
		char *colon = strchr(at, ':');

		next = strstr(at, " | ");
		if (next != NULL) {
			*next = '\0';
			next += 3;
		}
		if (colon == NULL)
			fail_msg("no field: %s", at);
		*colon = '\0';
		why = automatic_header(at, colon + 1);
	}
	return why;
}

static void
each_system_is_known_by_its_header(void **state)
{
	FILE	*table = fopen("tests/unit/automatic.tsv", "r");
	char	 line[LINE];
	int	 automatic = 0, persons = 0;

	(void)state;
	assert_non_null(table);
	while (fgets(line, sizeof(line), table) != NULL) {
		char *word, *fields, *source;

		if (line[0] == '#')
			continue;
		word = strchr(line, '\t');
		fields = word == NULL ? NULL : strchr(word + 1, '\t');
		source = fields == NULL ? NULL : strchr(fields + 1, '\t');
		if (source == NULL || source[1] == '\n')
			fail_msg("four columns are wanted: %s", line);
		*word++ = *fields++ = *source = '\0';
		unescape(fields);
		if (strcmp(unlearned_name(judge(fields)), word) != 0)
			fail_msg("%s is not \"%s\"", line, word);
		*(word[0] != '\0' ? &automatic : &persons) += 1;
	}
	(void)fclose(table);
	assert_int_equal(automatic, 55);
	assert_int_equal(persons, 27);
}

static void
hostile_values_end_somewhere(void **state)
{
	static const char *const	rows[] = { "", " ", "(", "((((", "\\",
		"(\\", ";;;;", "\"", ",", "\n\t", "( a ( b ) auto-replied",
		"\xff\xfe", ")" };
	char				*large = malloc(65537);

	(void)state;
	memset(large, '(', 65536);
	large[65536] = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)automatic_header("Content-Type", rows[i]);
		(void)automatic_header("X-Auto-Response-Suppress", rows[i]);
		(void)automatic_header("Subject", rows[i]);
		(void)automatic_header("", rows[i]);
	}
	assert_int_equal(automatic_header("Precedence", large),
	    UNLEARNED_NOTHING);
	/* What is not said is not "no". */
	assert_int_equal(automatic_header("Auto-Submitted", large),
	    UNLEARNED_AUTO_SUBMITTED);
	assert_int_equal(automatic_header("Auto-Submitted", ""),
	    UNLEARNED_AUTO_SUBMITTED);
	memset(large, ' ', 65536);
	memcpy(large + 65532, "bulk", 4);
	assert_int_equal(automatic_header("Precedence", large),
	    UNLEARNED_PRECEDENCE);
	memset(large, 'x', 65536);
	assert_int_equal(automatic_header("Auto-Submitted", large),
	    UNLEARNED_AUTO_SUBMITTED);
	assert_int_equal(automatic_header(large, large), UNLEARNED_NOTHING);
	assert_false(automatic_address(large));
	memset(large, '-', 65536);
	memcpy(large + 1, "no", 2);
	assert_false(automatic_address(large));
	memcpy(large + 65531, "reply", 5);
	assert_true(automatic_address(large));
	free(large);
}

static void
nobody_answers_from_such_an_address(void **state)
{
	static const char *const	rows[] = { "noreply@example.net",
		"NoReply@example.net", "no-reply@example.net",
		"no.reply@example.net", "no_reply@x.example",
		"noreply+abc=1@example.net", "do-not-reply@example.net",
		"do_not_reply@example.net", "donotreply@example.net",
		"orders-noreply@example.net", "noreply-orders@example.net",
		"bounce@example.net", "bounces+12=bob@example.net",
		"bounce-123@example.net", "unsubscribe@example.net",
		"unsubscribe-xyz@example.net", "news-unsubscribe@example.net",
		"owner-users@lists.example", "users-request@lists.example",
		"users-leave@lists.example", "users-bounces@lists.example",
		"mailer-daemon@example.net", "MAILER-DAEMON", "postmaster@x.y",
		"abuse@example.net", "hostmaster@example.net", "root@host.x",
		"www-data@host.example", "majordomo@lists.example",
		"double-bounce@mx.example", "\"no-reply\"@example.net",
		"\"no-reply\"", "noreply2@example.net", "donot.reply@x.example",
		"d-o-n-t_reply@x.example", "auto-reply@example.net",
		"a.b.c.d.e.f.g.h.i.noreply@example.net", "noreply+@x.example",
		"nicht-antworten@example.net", "mailer_daemon@x.example",
		"ne-pas-repondre@example.net", "users-confirm+0a1b@l.example",
		"SRS0=HHH=TT=example.org=bob@fwd.example",
		"srs1+HHH=fwd.example==HHH=TT=x.example=bob@two.example",
		"+x-request@lists.example",
		"bob+SRS=HHH=TT=example.org=ann@fwd.example" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!automatic_address(rows[i]))
			fail_msg("%s is taken for a person", rows[i]);
}

static void
persons_and_their_firms_answer(void **state)
{
	static const char *const	rows[] = { "bob@example.net",
		"norma@example.net", "noreen@example.net", "reply@example.net",
		"info@example.net", "sales@example.net", "support@example.net",
		"office@example.net", "bouncer@club.example",
		"bob.bounce@example.net", "owner@example.net",
		"request@example.net", "n.o@example.net",
		"noah.reply@example.net", "donot@example.net",
		"bob+noreply@example.net", "a-b-c-d-e-f-g-h-i@example.net", "",
		"@", "@example.net", "bob", "\"bob\"@example.net", "+@x.y",
		"leave@example.net", "rooter@example.net",
		"daemon.smith@example.net", "noreplys@example.net",
		"nor.eplying@example.net", "casino.reply@example.net",
		"casinoreply@example.net", "no@reply.example",
		"bob@noreply.example", "-owner@example.net", "owner-@x.example",
		"srsly@example.net", "bob+srs@example.net", "\"", "\"\"@x.y",
		"prvs=1234567890=bob@example.net", "--", "n--o@example.net" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (automatic_address(rows[i]))
			fail_msg("%s is a person's", rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_system_is_known_by_its_header),
		cmocka_unit_test(hostile_values_end_somewhere),
		cmocka_unit_test(nobody_answers_from_such_an_address),
		cmocka_unit_test(persons_and_their_firms_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
