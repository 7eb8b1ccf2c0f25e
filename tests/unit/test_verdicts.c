/* SPDX-License-Identifier: ISC
 * tests/unit/test_verdicts.c - from questions to replies, over a handful of
 * names, on seconds of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

#include "identity/verdicts.h"

/* A name that has one TXT record, or addresses of a list; ttl 0: the DNS fails
 * there. Names that are not here do not exist. */
struct entry {
	const char	*name, *txt;
	uint32_t	 ttl;
	uint8_t		 a[3][4];
	size_t		 n_a;
};

struct world {
	struct verdicts		*v;
	struct dns		 dns;
	const struct entry	*entries;
	size_t			 n;
	unsigned		 asked;	/* look-ups so far */
	uint8_t			 bytes[256];
	struct dns_rdata	 rdata[3];
	struct question_reply	 r;	/* the latest */
};

static void
fill(struct world *w, const struct entry *e, enum dns_type type,
    struct dns_answer *out)
{
	*out = (struct dns_answer){ e->ttl == 0 ? DNS_FAILED : DNS_NODATA,
	    e->ttl, 0, w->rdata, NULL };
	if (e->ttl == 0)
		return;
	if (type == DNS_TXT && e->txt != NULL) {
		w->bytes[0] = (uint8_t)strlen(e->txt);
		memcpy(w->bytes + 1, e->txt, w->bytes[0]);
		w->rdata[0] = (struct dns_rdata){ w->bytes,
		    w->bytes[0] + 1u };
		out->n = 1;
	}
	for (size_t i = 0; type == DNS_A && i < e->n_a; i++) {
		w->rdata[i] = (struct dns_rdata){ e->a[i], 4 };
		out->n = i + 1;
	}
	if (out->n > 0)
		out->status = DNS_FOUND;
}

static void
lookup(void *arg, const char *name, enum dns_type type, struct dns_answer *out)
{
	struct world	*w = arg;
	size_t		 len = strlen(name);

	w->asked++;
	if (len > 0 && name[len - 1] == '.')
		len--;
	for (size_t i = 0; i < w->n; i++)
		if (strncasecmp(w->entries[i].name, name, len) == 0 &&
		    w->entries[i].name[len] == '\0') {
			fill(w, &w->entries[i], type, out);
			return;
		}
	*out = (struct dns_answer){ .status = DNS_NXDOMAIN, .ttl = 60 };
}

static void
release(void *arg, struct dns_answer *answer)
{
	(void)arg;
	answer->n = 0;
}

static void
not_random(void *bytes, size_t len)
{
	memset(bytes, 0x55, len);
}

static int
setup(void **state)
{
	static struct world	w;

	memset(&w, 0, sizeof(w));
	w.v = verdicts_new(not_random);
	assert_non_null(w.v);
	w.dns = (struct dns){ lookup, release, &w };
	*state = &w;
	return 0;
}

static int
end(void **state)
{
	struct world	*w = *state;

	verdicts_free(&w->v);
	assert_null(w->v);
	verdicts_free(&w->v);
	return 0;
}

static struct ip
address(const char *text)
{
	struct ip	ip;
	struct err	e;

	if (ip_parse(text, &ip, &e) == -1)
		fail_msg("%s", e.text);
	return ip;
}

/* The answer. */
static int
asks_spf(struct world *w, int64_t now, const char *client, const char *sender)
{
	struct question	q = { .id = 77, .kind = QUESTION_SPF,
			    .client = address(client),
			    .helo = "mx.helo.example" };

	(void)snprintf(q.sender, sizeof(q.sender), "%s", sender);
	memset(&w->r, 0xaa, sizeof(w->r));
	verdicts_answer(w->v, &q, &w->dns, now, &w->r);
	assert_int_equal(w->r.id, 77);
	return w->r.answer;
}

static int
asks_list(struct world *w, const char *client, const char *zone)
{
	struct question	q = { .id = 78, .kind = QUESTION_LIST,
			    .client = address(client) };

	(void)snprintf(q.zone, sizeof(q.zone), "%s", zone);
	memset(&w->r, 0xaa, sizeof(w->r));
	verdicts_answer(w->v, &q, &w->dns, 0, &w->r);
	assert_int_equal(w->r.id, 78);
	return w->r.answer;
}

#define KNOWS(w, rows) ((w)->entries = (rows), (w)->n = sizeof(rows) / \
    sizeof((rows)[0]))

static const struct entry	domains[] = {
	{ .name = "good.example", .txt = "v=spf1 ip4:192.0.2.1 -all",
	    .ttl = 300 },
	{ .name = "mx.helo.example", .txt = "v=spf1 ip4:192.0.2.2 -all",
	    .ttl = 200 },
	{ .name = "soft.example", .txt = "v=spf1 ~all", .ttl = 300 },
	{ .name = "broad.example", .txt = "v=spf1 +all", .ttl = 300 },
	{ .name = "half.example", .txt = "v=spf1 ip4:128.0.0.0/1 -all",
	    .ttl = 300 },
	{ .name = "bad.example", .txt = "v=spf1 ip4:no -all", .ttl = 300 },
	{ .name = "down.example", .ttl = 0 },
	{ .name = "brief.example", .txt = "v=spf1 ip4:192.0.2.1 -all",
	    .ttl = 1 },
	{ .name = "long.example", .txt = "v=spf1 ip4:192.0.2.1 -all",
	    .ttl = 90000 },
	{ .name = "unknown.example", .txt = "v=spf1 ip4:192.0.2.1 "
	    "include:down.example -all", .ttl = 300 },
};

static void
spf_question_is_answered_by_pass_and_breadth(void **state)
{
	static const struct {
		const char	*client, *sender;
		int		 answer;
		enum spf_result	 result;
		bool		 withdrawn;
	} rows[] = {
		{ "192.0.2.1", "a@good.example", 1, SPF_PASS, false },
		{ "192.0.2.9", "a@good.example", 0, SPF_FAIL, false },
		{ "192.0.2.2", "", 1, SPF_PASS, false },
		{ "192.0.2.1", "", 0, SPF_FAIL, false },
		{ "192.0.2.1", "a@soft.example", 0, SPF_SOFTFAIL, false },
		{ "192.0.2.1", "a@broad.example", 0, SPF_PASS, true },
		{ "192.0.2.1", "a@half.example", 0, SPF_PASS, true },
		{ "192.0.2.1", "a@none.example", 0, SPF_NONE, true },
		{ "192.0.2.1", "a@bad.example", 0, SPF_PERMERROR, false },
		{ "192.0.2.1", "a@down.example", -1, SPF_TEMPERROR, false },
		{ "192.0.2.1", "a@unknown.example", -1, SPF_PASS, false },
	};
	struct world	*w = *state;

	KNOWS(w, domains);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int	answer = asks_spf(w, 0, rows[i].client,
			    rows[i].sender);

		if (answer != rows[i].answer ||
		    w->r.result != rows[i].result ||
		    w->r.withdrawn != rows[i].withdrawn)
			fail_msg("%s %s: answer %d, %s, %swithdrawn: %s",
			    rows[i].client, rows[i].sender, answer,
			    spf_name(w->r.result),
			    w->r.withdrawn ? "" : "not ", w->r.why.text);
		assert_int_equal(w->r.n_found, 0);
		assert_true(w->r.why.text[0] != '\0');
	}
}

/* Whether a question about a domain that passes looks its breadth up: it takes
 * more look-ups than when it is remembered. */
static bool
weighs(struct world *w, int64_t now, const char *sender)
{
	unsigned	before = w->asked, first;

	(void)asks_spf(w, now, "192.0.2.1", sender);
	first = w->asked - before;
	before = w->asked;
	(void)asks_spf(w, now, "192.0.2.1", sender);
	return first > w->asked - before;
}

static void
breadth_is_looked_up_once_in_the_life_of_the_record(void **state)
{
	static const struct { const char *sender; int64_t life; } rows[] = {
		{ "a@good.example", 300 },
		{ "a@broad.example", 300 },
		{ "a@brief.example", VERDICTS_TTL_MIN },
		{ "a@long.example", VERDICTS_TTL_MAX },
		{ "a@unknown.example", VERDICTS_TTL_UNKNOWN },
	};
	struct world	*w = *state;

	KNOWS(w, domains);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(weighs(w, 1000, rows[i].sender));
		if (weighs(w, 1000 + rows[i].life - 1, rows[i].sender))
			fail_msg("%s: forgotten early", rows[i].sender);
		if (!weighs(w, 1000 + rows[i].life, rows[i].sender))
			fail_msg("%s: remembered for too long", rows[i].sender);
	}
	assert_int_equal(verdicts_count(w->v), 5);
}

static void
reply_lives_no_longer_than_what_it_rests_on(void **state)
{
	struct world	*w = *state;

	KNOWS(w, domains);
	assert_int_equal(asks_spf(w, 0, "192.0.2.1", "a@good.example"), 1);
	assert_int_equal(w->r.ttl, 300);
	assert_int_equal(asks_spf(w, 100, "192.0.2.1", "a@good.example"), 1);
	assert_int_equal(w->r.ttl, 200);
}

static void
oldest_domain_is_forgotten_for_a_new_one(void **state)
{
	static char		names[VERDICTS_DOMAINS + 1][24];
	static struct entry	many[VERDICTS_DOMAINS + 1];
	struct world		*w = *state;
	char			sender[64];

	for (size_t i = 0; i <= VERDICTS_DOMAINS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "d%zu.example", i);
		many[i] = (struct entry){ .name = names[i],
		    .txt = "v=spf1 ip4:192.0.2.1 -all", .ttl = 300 };
		w->entries = &many[i];	/* this one alone is looked for */
		w->n = 1;
		(void)snprintf(sender, sizeof(sender), "a@d%zu.example", i);
		assert_int_equal(asks_spf(w, 0, "192.0.2.1", sender), 1);
	}
	assert_int_equal(verdicts_count(w->v), VERDICTS_DOMAINS);
	w->entries = many;
	w->n = 2;
	assert_false(weighs(w, 0, "a@d1.example"));
	assert_true(weighs(w, 0, "a@d0.example"));
	assert_true(weighs(w, 0, "a@d1.example"));
	assert_int_equal(verdicts_count(w->v), VERDICTS_DOMAINS);
}

static const struct entry	lists[] = {
	{ .name = "1.2.0.192.list.example", .ttl = 120, .n_a = 2,
	    .a = { { 127, 0, 0, 2 }, { 127, 0, 1, 10 } } },
	{ .name = "2.2.0.192.list.example", .ttl = 120, .n_a = 1,
	    .a = { { 127, 255, 255, 254 } } },
	{ .name = "3.2.0.192.list.example", .ttl = 120, .n_a = 1,
	    .a = { { 198, 51, 100, 1 } } },
	{ .name = "4.2.0.192.list.example", .ttl = 120, .n_a = 3,
	    .a = { { 127, 255, 255, 1 }, { 198, 51, 100, 1 },
	    { 127, 0, 0, 4 } } },
	{ .name = "5.2.0.192.list.example", .ttl = 0 },
	{ .name = "6.2.0.192.list.example", .ttl = 120 },
	{ .name = "7.2.0.192.list.example", .ttl = 120, .n_a = 1,
	    .a = { { 127, 255, 254, 1 } } },
	{ .name = "f.e.d.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0."
	    "1.0.0.2.list.example", .ttl = 120, .n_a = 1,
	    .a = { { 127, 0, 0, 3 } } },
};

static void
list_answers_by_what_it_has_of_the_client(void **state)
{
	static const struct {
		const char	*client;
		int		 answer;
		unsigned	 n;
		uint32_t	 found[2];
	} rows[] = {
		{ "192.0.2.1", 1, 2, { 0x7f000002, 0x7f00010a } },
		{ "192.0.2.2", -1, 0, { 0 } },
		{ "192.0.2.3", -1, 0, { 0 } },
		{ "192.0.2.4", 1, 1, { 0x7f000004 } },
		{ "192.0.2.5", -1, 0, { 0 } },
		{ "192.0.2.6", 0, 0, { 0 } },
		{ "192.0.2.7", 1, 1, { 0x7ffffe01 } },
		{ "192.0.2.9", 0, 0, { 0 } },
		{ "2001:db8::cdef", 1, 1, { 0x7f000003 } },
		{ "2001:db8::cdee", 0, 0, { 0 } },
	};
	struct world	*w = *state;

	KNOWS(w, lists);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int	answer = asks_list(w, rows[i].client, "list.example");

		if (answer != rows[i].answer || w->r.n_found != rows[i].n ||
		    memcmp(w->r.found, rows[i].found, 4 * rows[i].n) != 0)
			fail_msg("%s: %d, %u found: %s", rows[i].client, answer,
			    w->r.n_found, w->r.why.text);
		assert_int_equal(answer == -1, w->r.why.text[0] != '\0');
		assert_false(w->r.withdrawn);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(spf_question_is_answered_by_pass_and_breadth),
		TEST(breadth_is_looked_up_once_in_the_life_of_the_record),
		TEST(reply_lives_no_longer_than_what_it_rests_on),
		TEST(oldest_domain_is_forgotten_for_a_new_one),
		TEST(list_answers_by_what_it_has_of_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
