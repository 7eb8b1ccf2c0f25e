/* SPDX-License-Identifier: ISC
 * tests/unit/test_providers.c - records that large senders published, one after
 * the other: providers.tsv. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "identity/breadth.h"
#include "identity/spf.h"
#include "tests/lib/zone.h"

enum { SENDERS = 10 };		/* at least */

static const char	file[] = "tests/unit/providers.tsv";

struct sender {
	char		*domain, *address, *fits, *date;
	struct zone	*zone;
};

/* A field; the line goes on behind it. */
static char *
field(char **line)
{
	char	*text = strsep(line, "\t");

	assert_non_null(text);
	return text;
}

static void
begin(struct sender *s, char *line)
{
	s->domain = strdup(field(&line));
	s->address = strdup(field(&line));
	s->fits = strdup(field(&line));
	s->date = strdup(field(&line));
	s->zone = zone_new();
	assert_true(s->domain != NULL && s->address != NULL &&
	    s->fits != NULL && s->date != NULL);
	assert_true(field(&line)[0] != '\0');	/* the source */
}

static void
forget(struct sender *s)
{
	zone_free(&s->zone);
	free(s->domain);
	free(s->address);
	free(s->fits);
	free(s->date);
	*s = (struct sender){ .domain = NULL };
}

static enum spf_result
result_for(const struct sender *s, const char *address)
{
	char			 mailbox[SPF_DOMAIN_SIZE + 8];
	struct spf_query	 q = { .helo = s->domain, .sender = mailbox };
	struct dns		 dns = zone_dns(s->zone);
	struct spf_answer	 a;

	(void)snprintf(mailbox, sizeof(mailbox), "someone@%s", s->domain);
	assert_int_equal(ip_parse(address, &q.client, NULL), 0);
	spf_check(&q, &dns, &a);
	assert_int_equal(zone_held(s->zone), 0);
	return a.result;
}

static void
some_bytes(void *bytes, size_t len)
{
	static const uint8_t	some[] = { 91, 17, 203, 44, 5, 178, 120 };

	for (size_t i = 0; i < len; i++)
		((uint8_t *)bytes)[i] = some[i % sizeof(some)];
}

static void
judge(const struct sender *s)
{
	enum breadth		 wanted = strcmp(s->fits, "fits") == 0 ?
				    BREADTH_FITS : BREADTH_TOO_BROAD;
	struct dns		 dns = zone_dns(s->zone);
	struct breadth_answer	 b;

	if (result_for(s, s->address) != SPF_PASS)
		fail_msg("%s of %s: %s does not pass", s->domain, s->date,
		    s->address);
	if (result_for(s, "192.0.2.77") == SPF_PASS ||
	    result_for(s, "2001:db8::77") == SPF_PASS)
		fail_msg("%s of %s lets strangers pass", s->domain, s->date);
	breadth_check(s->domain, &dns, some_bytes, &b);
	if (b.breadth != wanted)
		fail_msg("%s of %s should be \"%s\": %s", s->domain, s->date,
		    s->fits, b.why.text);
}

/* true: it begins the next sender. */
static bool
take_line(struct sender *s, char *line)
{
	char	*name, *type;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '=') {
		if (s->zone != NULL)
			judge(s);
		forget(s);
		line++;
		begin(s, line);
		return true;
	}
	if (line[0] != '#') {
		name = field(&line);
		type = field(&line);
		zone_add(s->zone, name, type, field(&line));
	}
	return false;
}

static void
large_senders_pass_from_their_hosts_and_fit(void **state)
{
	FILE		*f = fopen(file, "re");
	char		*line = NULL;
	size_t		 size = 0;
	unsigned	 senders = 0;
	struct sender	 s = { .domain = NULL };

	(void)state;
	if (f == NULL)
		fail_msg("run from the root of the tree: no %s", file);
	while (getline(&line, &size, f) != -1)
		senders += take_line(&s, line);
	judge(&s);
	forget(&s);
	free(line);
	(void)fclose(f);
	assert_true(senders >= SENDERS);
	print_message("%u records of large senders\n", senders);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_senders_pass_from_their_hosts_and_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
