/* SPDX-License-Identifier: ISC
 * policy/proof.c - the sender's domain held against what the client proves. */
#include "policy/proof.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mailaddr.h"
#include "policy/trace.h"

static const char	name_prefix[] = "name:";

bool
proof_spf_identity(const struct client *client, const char *sender,
    char out[IDENTITY_SIZE])
{
	char	domain[SPF_DOMAIN_SIZE];

	out[0] = '\0';
	if (!spf_domain(sender, client->helo, domain))
		return false;
	(void)snprintf(out, IDENTITY_SIZE, "spf:%s", domain);
	return true;
}

void
proof_question(const struct client *client, const char *sender,
    struct question *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = QUESTION_SPF;
	out->client = client->addr;
	(void)snprintf(out->helo, sizeof(out->helo), "%s",
	    client->helo != NULL && strlen(client->helo) < sizeof(out->helo) ?
	    client->helo : "");
	(void)snprintf(out->sender, sizeof(out->sender), "%s", sender);
}

static void
ask(struct prover *prover, const struct client *client, const char *sender,
    int wait_ms, struct spf_memo *memo)
{
	struct question	q;
	char		identity[IDENTITY_SIZE];

	memo->answer = (struct prover_answer){ .answer = -1 };
	if (prover == NULL || strlen(sender) >= sizeof(q.sender) ||
	    !proof_spf_identity(client, sender, identity)) {
		memo->answer.answer = 0;
		/* Nobody looks at SPF; or there is nothing to be looked at. */
		memo->answer.result = prover == NULL ? SPF_NONE :
		    SPF_PERMERROR;
		(void)err_set(&memo->answer.why, "SPF is not looked at for it");
		return;
	}
	proof_question(client, sender, &q);
	prover_ask(prover, &q, wait_ms, &memo->answer);
	if (memo->answer.answer == 1)
		memcpy(memo->identity, identity, sizeof(identity));
}

const struct prover_answer *
proof_ask_spf(struct prover *prover, const struct client *client,
    const char *sender, int wait_ms, struct spf_memo *memo)
{
	if (!memo->known || (memo->answer.answer == -1 && wait_ms > 0)) {
		memo->identity[0] = '\0';
		ask(prover, client, sender, wait_ms, memo);
		memo->known = true;
	}
	return &memo->answer;
}

bool
proof_is_aligned(const struct client *client, const char *sender)
{
	const char	*name = client->identities.name;
	char		 own[DOMAIN_SIZE];

	return name[0] != '\0' &&
	    domain_registrable(mailaddr_domain(sender), own) &&
	    strcmp(own, name + strlen(name_prefix)) == 0;
}

/* A customer of a hosting company may have a name under the company's own, and
 * write as the company: its SPF record knows better. */
bool
proof_allows_name(const struct prover_answer *answer)
{
	return answer->answer == 1 || answer->answer == -1 ||
	    answer->result == SPF_NONE || answer->result == SPF_NEUTRAL;
}

/* Milliseconds from now on, from 0. */
static int
left_ms(int64_t until)
{
	int64_t	left = until - clock_monotonic_micros();

	return left > 0 ? (int)(left / 1000) : 0;
}

bool
proof_is_registrable(const char *sender)
{
	const char	*domain = mailaddr_domain(sender);
	char		 own[DOMAIN_SIZE];

	return domain_registrable(domain, own) && strcasecmp(domain, own) == 0;
}

bool
proof_question_above(const struct client *client, const char *sender,
    struct question *out)
{
	char	own[DOMAIN_SIZE], whole[DOMAIN_SIZE + 16];

	if (!domain_registrable(mailaddr_domain(sender), own))
		return false;
	(void)snprintf(whole, sizeof(whole), "postmaster@%s", own);
	proof_question(client, whole, out);
	return true;
}

/* A made-up subdomain publishes nothing, and what the domain above it says of its
 * customers' machines holds for it as well. */
static bool
allows_name(struct prover *prover, const struct client *client,
    const char *sender, int wait_ms, const struct prover_answer *answer)
{
	struct prover_answer	above;
	struct question		q;

	if (!proof_allows_name(answer) || prover == NULL ||
	    answer->answer != 0 || answer->result != SPF_NONE ||
	    proof_is_registrable(sender))
		return proof_allows_name(answer);
	if (!proof_question_above(client, sender, &q))
		return false;
	prover_ask(prover, &q, wait_ms, &above);
	return proof_allows_name(&above);
}

void
proof_of_sender(struct prover *prover, const struct client *client,
    const char *sender, int wait_ms, struct spf_memo *memo, struct proof *out)
{
	const struct prover_answer	*answer;
	int64_t				 until = clock_monotonic_micros() +
					     (int64_t)wait_ms * 1000;

	*out = (struct proof){ .proven = false };
	if (sender[0] == '\0') {
		(void)err_set(&out->why, "the null sender has no domain");
		return;
	}
	answer = proof_ask_spf(prover, client, sender, wait_ms, memo);
	out->proven = answer->answer == 1;
	if (out->proven) {
		(void)snprintf(out->by, sizeof(out->by), "%s", memo->identity);
	} else if (proof_is_aligned(client, sender) && allows_name(prover,
	    client, sender, left_ms(until), answer)) {
		out->proven = true;
		(void)snprintf(out->by, sizeof(out->by), "%s",
		    client->identities.name);
	} else
		(void)err_set(&out->why, "%s%s", answer->answer == -1 ?
		    "cannot tell: " : "", answer->why.text);
}

void
proof_tell_spf(const struct attempt *a)
{
	const struct prover_answer	*answer;

	if (a->spf == NULL || !a->spf->known) {
		trace_say(a->trace, "SPF has not been asked about");
		return;
	}
	answer = &a->spf->answer;
	if (answer->answer == 1)
		trace_say(a->trace, "SPF proves %s%s%s", a->spf->identity,
		    answer->why.text[0] != '\0' ? ": " : "",
		    answer->why.text);
	else
		trace_say(a->trace, "SPF %s (%s)%s%s", answer->answer == 0 ?
		    "proves nothing" : "cannot be told",
		    spf_name(answer->result), answer->why.text[0] != '\0' ?
		    ": " : "", answer->why.text);
}
