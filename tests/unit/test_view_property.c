/* SPDX-License-Identifier: ISC
 * tests/unit/test_view_property.c - the compiled matcher against a slow obvious
 * one: random sets of entries, random attempts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "whitelist/view.h"

enum { SETS = 600, ATTEMPTS = 40, ENTRIES_MAX = 60, NOW = 1000 };

/* A small world, so that what is drawn meets. */
static const char *const hosts[] = { "example", "a.example", "b.a.example",
    "xa.example", "c.b.a.example", "example.net", "mx.example.net", "b" };
static const char *const locals[] = { "bob", "eve", "\"a@b.a.example\"",
    "bob+x", "\"o'b \\\" r\"" };
static const char *const addresses[] = { "192.0.2.1", "192.0.2.2",
    "192.0.3.1", "10.0.0.1", "::1", "2001:db8::1", "2001:db8:0:1::1",
    "fffe::1", "0.0.0.1" };
static const char *const networks[] = { "192.0.2.1", "192.0.2.0/31",
    "192.0.2.0/24", "192.0.2.0/23", "192.0.0.0/16", "0.0.0.0/0",
    "128.0.0.0/1", "::/0", "::/64", "2001:db8::/32", "2001:db8::/64",
    "2001:db8::1", "8000::/1" };
static const char *const patterns[] = { "^bob", "a\\.example$", "eve",
    "@example$", "^mx\\.", "b" };

struct world {
	uint64_t	 seed;
	struct listed	*all[ENTRIES_MAX];
	size_t		 count;
};

static unsigned
draw(struct world *w, size_t below)
{
	w->seed = w->seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (unsigned)((w->seed >> 33) % below);
}

#define ANY(w, rows) (rows)[draw(w, sizeof(rows) / sizeof((rows)[0]))]

static void
address(struct world *w, char out[128])
{
	unsigned	form = draw(w, 10);

	(void)snprintf(out, 128, form == 0 ? "@%s%s" : "%s@%s",
	    form == 0 ? "" : ANY(w, locals), ANY(w, hosts));
}

static void
random_entry(struct world *w, char out[512])
{
	static const char *const ends[] = { "", "", " unsafe" };
	static const char *const fields[] = { "sender", "name", "recipient" };
	char		 one[128], two[160] = "";
	unsigned	 field;

	address(w, one);
	if (draw(w, 3) == 0) {
		char	to[128];

		address(w, to);
		(void)snprintf(two, sizeof(two), " to %s", to);
	}
	switch (draw(w, 8)) {
	case 0:
		(void)snprintf(out, 512, "client %s%s", ANY(w, networks), two);
		break;
	case 1:
		(void)snprintf(out, 512, "name %s%s%s", draw(w, 2) ? "*." : "",
		    ANY(w, hosts), two);
		break;
	case 2:
		(void)snprintf(out, 512, "sender %s%s%s", one, two,
		    ANY(w, ends));
		break;
	case 3:
	case 4:
		(void)snprintf(out, 512, "domain %s%s%s", ANY(w, hosts), two,
		    ANY(w, ends));
		break;
	case 5:
		if (draw(w, 3) == 0)
			(void)snprintf(one, sizeof(one), "%s@", ANY(w,
			    locals));
		(void)snprintf(out, 512, "recipient %s", one);
		break;
	case 6:
		field = draw(w, 3);
		(void)snprintf(out, 512, "regex %s /%s/%s", fields[field],
		    ANY(w, patterns), field == 0 ? ANY(w, ends) : "");
		break;
	default:
		(void)snprintf(out, 512, "grace %s", one);
	}
}

/* Adds a random entry, unless it is none ("sender @example"). */
static void
add(struct world *w)
{
	static const int64_t	lives[] = { INT64_MAX, INT64_MAX, NOW, NOW + 1,
				    NOW - 1 };
	struct entry		entry;
	struct listed		*l;
	char			 text[512];

	random_entry(w, text);
	if (entry_parse(text, &entry, NULL) == -1)
		return;
	l = listed_new(&entry, (enum entry_origin)draw(w, 3), "here", "");
	assert_non_null(l);
	l->expires = ANY(w, lives);
	w->all[w->count++] = l;
}

/* From here on: what the manual says, word by word. */

static bool
ends_in(const char *text, const char *end)
{
	size_t	len = strlen(text), n = strlen(end);

	return len >= n && strcasecmp(text + len - n, end) == 0;
}

/* How narrow "a.example" is for a host: 0 not at all. */
static unsigned
below(const char *host, const char *domain)
{
	char	dotted[300];

	(void)snprintf(dotted, sizeof(dotted), ".%s", domain);
	return ends_in(host, dotted) ? (unsigned)strlen(domain) : 0;
}

static const char *
domain_of(const char *addr)
{
	const char	*at = strrchr(addr, '@');

	/* The quoted local parts drawn here have a domain behind them. */
	return at == NULL ? "" : at + 1;
}

static unsigned
client_width(const char *net, const struct ip *client)
{
	const char	*slash = strchr(net, '/');
	struct ip	 a;
	char		 one[64];
	unsigned	 bits, skip;

	(void)snprintf(one, sizeof(one), "%.*s", slash ? (int)(slash - net) :
	    (int)strlen(net), net);
	assert_int_equal(ip_parse(one, &a, NULL), 0);
	if (ip_is_v4(&a) != ip_is_v4(client))
		return 0;
	skip = ip_is_v4(&a) ? 96 : 0;
	bits = skip + (slash ? (unsigned)atoi(slash + 1) : 128 - skip);
	for (unsigned i = 0; i < bits; i++)
		if ((a.b[i / 8] ^ client->b[i / 8]) & 0x80 >> i % 8)
			return 0;
	return bits + 1;
}

static unsigned
rcpt_width(const char *value, const char *rcpt)
{
	if (*value == '@')
		return strcasecmp(domain_of(rcpt), value + 1) == 0 ? 2 : 0;
	if (value[strlen(value) - 1] != '@')
		return strcasecmp(value, rcpt) == 0 ? 3 : 0;
	return strncasecmp(value, rcpt, strlen(value)) == 0 &&
	    domain_of(rcpt) == rcpt + strlen(value) ? 1 : 0;
}

static bool
regex_says(const char *pattern, const char *text)
{
	regex_t	r;
	bool	yes;

	if (text == NULL)
		return false;
	assert_int_equal(regcomp(&r, pattern, REG_EXTENDED | REG_ICASE |
	    REG_NOSUB), 0);
	yes = regexec(&r, text, 0, NULL, 0) == 0;
	regfree(&r);
	return yes;
}

/* How narrow an entry's value is, from 1 on; 0: does not match. */
static unsigned
width(const struct entry *entry, const char *value, const struct view_query *q)
{
	bool	sent = q->sender != NULL && *q->sender != '\0';

	switch (entry->kind) {
	case ENTRY_CLIENT:
		return client_width(value, q->client);
	case ENTRY_NAME:
		if (q->name == NULL)
			return 0;
		if (*value == '*')
			return below(q->name, value + 2);
		return strcasecmp(q->name, value) == 0 ? 1000 : 0;
	case ENTRY_SENDER:
		return sent && strcasecmp(q->sender, value) == 0;
	case ENTRY_DOMAIN:
		if (!sent)
			return 0;
		return strcasecmp(domain_of(q->sender), value) == 0 ? 1000 :
		    below(domain_of(q->sender), value);
	case ENTRY_REGEX:
		if (entry->field == ENTRY_OF_SENDER)
			return sent && regex_says(value, q->sender);
		return regex_says(value, entry->field == ENTRY_OF_NAME ?
		    q->name : q->rcpt);
	default:
		return rcpt_width(value, q->rcpt);
	}
}

/* Less is better: kind, then value, then recipient; 0: does not match. */
static unsigned
rank(const struct listed *l, const struct view_query *q)
{
	static const unsigned	kinds[] = { [ENTRY_CLIENT] = 1,
				    [ENTRY_NAME] = 2, [ENTRY_RECIPIENT] = 3,
				    [ENTRY_GRACE] = 4, [ENTRY_SENDER] = 5,
				    [ENTRY_DOMAIN] = 6, [ENTRY_REGEX] = 7 };
	const struct entry	*entry = &l->entry;
	char			 value[512], to[512];
	unsigned		 wide, to_wide = 1;

	(void)snprintf(value, sizeof(value), "%.*s", entry->value_len,
	    entry->text + entry->value);
	(void)snprintf(to, sizeof(to), "%.*s", entry->to_len, entry->text +
	    entry->to);
	wide = width(entry, value, q);
	if (entry->to_len > 0)
		to_wide = rcpt_width(to, q->rcpt);
	if (wide == 0 || to_wide == 0 || l->expires <= q->now)
		return 0;
	return kinds[entry->kind] * 100000 + (2000 - wide) * 10 + 5 - to_wide;
}

static bool
is_late(const struct listed *l)
{
	return l->origin == ENTRY_SHIPPED ||
	    strncmp(l->entry.text, "recipient ", 10) == 0 ||
	    strncmp(l->entry.text, "regex recipient ", 16) == 0 ||
	    strncmp(l->entry.text, "grace ", 6) == 0;
}

static bool
is_proof_needed(const struct listed *l)
{
	return !ends_in(l->entry.text, " unsafe") &&
	    (strncmp(l->entry.text, "sender ", 7) == 0 ||
	    strncmp(l->entry.text, "domain ", 7) == 0 ||
	    strncmp(l->entry.text, "regex sender ", 13) == 0);
}

static struct listed *
slow(const struct world *w, const struct view_query *q, bool late, bool proof)
{
	struct listed	*best = NULL;
	unsigned	 best_rank = 0;

	for (size_t i = 0; i < w->count; i++) {
		unsigned	r = rank(w->all[i], q);

		if (r == 0 || is_late(w->all[i]) != late ||
		    is_proof_needed(w->all[i]) != proof)
			continue;
		if (best == NULL || r < best_rank) {
			best = w->all[i];
			best_rank = r;
		}
	}
	return best;
}

static void
compare(const struct world *w, const struct listed *got, const struct listed
    *want, const struct view_query *q, uint64_t seed)
{
	char	client[IP_TEXT_SIZE];

	if (got == want)
		return;
	ip_format(q->client, client);
	for (size_t i = 0; i < w->count; i++)
		(void)fprintf(stderr, "%zu: %s (origin %d, expires %lld)\n", i,
		    w->all[i]->entry.text, (int)w->all[i]->origin,
		    (long long)w->all[i]->expires);
	fail_msg("seed %llu: client %s name %s sender %s to %s: got \"%s\", "
	    "wanted \"%s\"", (unsigned long long)seed, client, q->name,
	    q->sender, q->rcpt, got ? got->entry.text : "", want ?
	    want->entry.text : "");
}

static void
random_attempt(struct world *w, const struct view *v, uint64_t seed)
{
	char			 sender[128], rcpt[128], name[128];
	struct ip		 client;
	struct view_query	 q = { &client, name, sender, rcpt, NOW };
	struct view_matches	 m;
	bool			 has = false;

	assert_int_equal(ip_parse(ANY(w, addresses), &client, NULL), 0);
	(void)snprintf(name, sizeof(name), "%s%s", draw(w, 3) ? "" : "MX.",
	    ANY(w, hosts));
	address(w, sender);
	address(w, rcpt);
	if (draw(w, 9) == 0)
		sender[0] = '\0';
	if (draw(w, 4) == 0)
		sender[0] = (char)(sender[0] == 'b' ? 'B' : sender[0]);
	if (draw(w, 5) == 0)
		q.name = NULL;
	view_match(v, &q, &m);
	for (int late = 0; late < 2; late++) {
		compare(w, m.holds[late], slow(w, &q, late, false), &q, seed);
		compare(w, m.needs_proof[late], slow(w, &q, late, true), &q,
		    seed);
	}
	for (size_t i = 0; i < w->count; i++) {
		const struct listed	*l = w->all[i];

		if (view_entry_matches(l, &q) != (rank(l, &q) != 0))
			fail_msg("seed %llu: %s alone, for name %s sender %s "
			    "to %s", (unsigned long long)seed, l->entry.text,
			    q.name, sender, rcpt);
		has |= l->entry.kind == ENTRY_CLIENT && rank(l, &q) != 0 &&
		    l->origin != ENTRY_SHIPPED && l->entry.to_len == 0;
	}
	assert_int_equal(view_has_client(v, &client, NOW), has);
	assert_false(m.regex_limit);
}

static void
the_compiled_matcher_agrees_with_a_slow_obvious_one(void **state)
{
	struct world	w;
	struct view	*v;
	struct err	 e;

	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		w = (struct world){ .seed = seed };
		for (unsigned n = draw(&w, ENTRIES_MAX); n > 0; n--)
			add(&w);
		if (view_new(&v, w.all, w.count, &e) == -1)
			fail_msg("seed %llu: %s", (unsigned long long)seed,
			    e.text);
		for (unsigned i = 0; i < ATTEMPTS; i++)
			random_attempt(&w, v, seed);
		view_free(&v);
		while (w.count > 0)
			listed_unref(&w.all[--w.count]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_compiled_matcher_agrees_with_a_slow_obvious_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
