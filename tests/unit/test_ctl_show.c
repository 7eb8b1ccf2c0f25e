/* SPDX-License-Identifier: ISC
 * tests/unit/test_ctl_show.c - what greyctl prints of recipients and clients,
 * whatever the daemon, or the network behind it, says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl.h"
#include "control/print.h"
#include "tests/lib/control_fixture.h"

/* What one of the functions prints for an item; to be freed. */
static char *
shown(ctl_show_fn show, const char *item)
{
	struct json	*o = json_parse(item, strlen(item), NULL);
	char		*text;
	size_t		 len;
	struct ctl	 ctl = { .now = FIXTURE_START,
			    .out = open_memstream(&text, &len) };

	assert_non_null(o);
	ctl.messages = ctl.out;
	show(&ctl, o, 0);
	(void)fclose(ctl.out);
	json_free(&o);
	return text;
}

#define EVIL		"a\\u001b[2J\\u202e"
#define ONE(key)	"{\"" key "\":\"" EVIL "\"}"
#define LIST(list, key)	"{\"" list "\":[" ONE(key) "]}"

static void
text_of_the_network_cannot_steer_the_terminal(void **state)
{
	static const struct { ctl_show_fn show; const char *item; } row[] = {
		{ ctl_show_recipient, LIST("sources", "source") },
		{ ctl_show_recipient, LIST("sources", "answer") },
		{ ctl_show_recipient, LIST("sources", "note") },
		{ ctl_show_recipient, ONE("address") },
		{ ctl_show_recipient, ONE("answer") },
		{ ctl_show_recipient, ONE("from") },
		{ ctl_show_recipient, ONE("by") },
		{ ctl_show_recipient, ONE("why") },
		{ ctl_show_recipient, ONE("smtp") },
		{ ctl_show_recipient, ONE("smtp_note") },
		{ ctl_show_sources, LIST("sources", "name") },
		{ ctl_show_sources, LIST("sources", "trouble") },
		{ ctl_show_sources, LIST("sources", "doubt") },
		{ ctl_show_forgotten, ONE("forgotten") },
		{ ctl_show_export, ONE("version") },
		{ ctl_show_export, ONE("time") },
		{ ctl_show_export, ONE("lines") },
		{ ctl_show_harvest, ONE("identity") },
		{ ctl_show_forgiven, ONE("addr") },
		{ ctl_show_forgiven, ONE("net") },
		{ ctl_show_forgiven, LIST("cleared", "identity") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char *text = shown(row[i].show, row[i].item);

		if (strstr(text, "\\x1b[2J\\xe2\\x80\\xae") == NULL ||
		    strchr(text, '\x1b') != NULL)
			fail_msg("%s is printed as: %s", row[i].item, text);
		free(text);
	}
}

static void
doubt_is_told_below_its_source(void **state)
{
	char	*text = shown(ctl_show_sources, "{\"sources\":[{\"name\":"
		    "\"ldap:ad\",\"kind\":\"live\",\"asked\":7,"
		    "\"mean_micros\":1240,\"slowest_micros\":2500000,"
		    "\"trouble\":\"timed out\",\"doubt\":\"nobody yet\"}]}");

	(void)state;
	fixture_has(text, "ldap:ad       7 asked: 0 yes, 0 no, 0 failed, 0 "
	    "overdue; mean 1.2ms, slowest 2.5s; 0 waiting, 0 queued\n"
	    "    latest trouble: timed out\n"
	    "    its no is not believed: nobody yet\n");
	free(text);
}

static void
time_that_it_took_is_told_in_the_unit_that_fits(void **state)
{
	static const struct { int64_t micros; const char *text; } row[] = {
		{ 0, "0us" }, { 999, "999us" }, { 1000, "1.0ms" },
		{ 1240, "1.2ms" }, { 999940, "999.9ms" }, { 1000000, "1.0s" },
		{ 20000000, "20.0s" },
	};
	char	got[PRINT_SPAN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_string_equal(print_micros(row[i].micros, got),
		    row[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_the_network_cannot_steer_the_terminal),
		cmocka_unit_test(doubt_is_told_below_its_source),
		cmocka_unit_test(
		    time_that_it_took_is_told_in_the_unit_that_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
