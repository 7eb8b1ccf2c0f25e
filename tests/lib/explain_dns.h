/* SPDX-License-Identifier: ISC
 * tests/lib/explain_dns.h - a DNS that says something of every domain and client.
 *
 * Included once by a test, since it stands in the place of identity/prover_ask.c. */
#ifndef TESTS_LIB_EXPLAIN_DNS_H
#define TESTS_LIB_EXPLAIN_DNS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "identity/prover.h"

/* In the place of identity/prover_ask.c: what the DNS says follows from its age,
 * the client and the domain. */
struct prover {
	unsigned	age;
	bool		dry, drops;
};

static void
say(const struct prover *p, const struct question *q,
    struct prover_answer *out)
{
	static const struct {
		int		answer;
		enum spf_result	result;
		bool		withdrawn;
	} says[] = { { 1, SPF_PASS, false }, { 1, SPF_PASS, false },
	    { 0, SPF_FAIL, false }, { 0, SPF_SOFTFAIL, false },
	    { 0, SPF_NONE, true }, { 0, SPF_NONE, true },
	    { 0, SPF_PASS, true }, { -1, SPF_TEMPERROR, false } };
	uint32_t	hash = 2166136261u ^ p->age;
	const char	*domain = strrchr(q->sender, '@');
	char		 text[IP_TEXT_SIZE + SPF_DOMAIN_SIZE + 2];

	ip_format(&q->client, text);
	if (q->kind == QUESTION_LIST)
		domain = q->zone;
	(void)strcat(text, domain != NULL ? domain : q->helo);
	for (const char *c = text; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	hash = (hash ^ hash >> 15) % 8;
	*out = (struct prover_answer){ .answer = says[hash].answer,
	    .result = says[hash].result, .withdrawn = says[hash].withdrawn };
	if (q->kind == QUESTION_LIST && out->answer == 1) {
		out->n_found = 1;
		out->found[0] = UINT32_C(0x7f000002) + (hash & 1);
	}
}

void
prover_ask(struct prover *p, const struct question *q, int wait_ms,
    struct prover_answer *out)
{
	say(p, q, out);
	if (wait_ms <= 0)
		*out = (struct prover_answer){ .answer = -1 };
}

bool
prover_later(struct prover *p, const struct question *q, const void *note,
    size_t len, prover_done_fn done, void *arg)
{
	struct prover_answer	answer;

	(void)len;
	if (p->dry)
		fail_msg("a dry run has asked for later");
	if (p->drops)
		return false;
	say(p, q, &answer);
	done(q, &answer, note, arg);
	return true;
}

#endif
