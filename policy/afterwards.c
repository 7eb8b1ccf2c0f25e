/* SPDX-License-Identifier: ISC
 * policy/afterwards.c - notes that travel with a question and come back with its
 * answer. */
#include "policy/afterwards.h"

#include <string.h>

#include "policy/greylist.h"
#include "db/key.h"
#include "policy/proof.h"

/* The policy may be gone when the answer comes: what is needed of it. */
struct note {
	struct policy_deps deps;
	struct conf_greylist conf;	/* its header is not used */
	int64_t		at;
	bool		is_pending;
	char		identity[IDENTITY_SIZE];
	char		name[IDENTITY_SIZE];	/* is proven, too, unless SPF denies
						 * it; "" none */
	char		keys[];		/* sender, recipient; each with its end */
};

static void
withdraw(const struct note *note)
{
	struct store_key	key;

	key_make(&key, KEY_PROOF, note->identity, NULL, NULL);
	(void)store_remove(note->deps.store, &key, NULL);
}

static void
store(const struct note *note, const struct greylist_late *late)
{
	struct err	e;

	if (greylist_note(&note->deps, &note->conf, late, &e) == -1)
		alarm_raise(note->deps.alarms, ALARM_STORE, note->at, e.text);
}

static void
answered(const struct question *q, const struct prover_answer *answer,
    const void *bytes, void *arg)
{
	const struct note	*note = bytes;
	struct greylist_late	 late = { .identity = note->name,
				     .at = note->at };

	(void)q, (void)arg;
	if (answer->withdrawn && note->identity[0] != '\0')
		withdraw(note);
	if (note->name[0] != '\0' && answer->answer != -1 &&
	    proof_allows_name(answer))
		store(note, &late);
	if (answer->answer != 1 || note->identity[0] == '\0')
		return;
	late.identity = note->identity;
	if (note->is_pending) {
		late.sender_key = note->keys;
		late.rcpt_key = note->keys + strlen(note->keys) + 1;
	}
	store(note, &late);
}

static void
ask(struct note *note, size_t len, const struct attempt *a)
{
	struct question	q;

	if (note->deps.prover == NULL || strlen(a->sender) >= sizeof(q.sender) ||
	    !proof_spf_identity(a->client, a->sender, note->identity))
		return;
	proof_question(a->client, a->sender, &q);
	(void)prover_later(note->deps.prover, &q, note, len, answered, NULL);
}

/* What proves a name for every sender is SPF of the domain that the name is
 * registered under: of a subdomain anybody may invent one without a record. */
static void
ask_of_name(struct note note, const struct attempt *a)
{
	struct question	q;

	note.identity[0] = '\0';
	if (note.deps.prover != NULL && proof_question_above(a->client,
	    a->sender, &q))
		(void)prover_later(note.deps.prover, &q, &note, sizeof(note),
		    answered, NULL);
}

static void
fill(struct note *note, const struct policy_deps *deps,
    const struct conf_greylist *conf, int64_t now)
{
	note->deps = *deps;
	note->conf = *conf;
	note->conf.header = NULL;
	note->at = now;
	note->name[0] = '\0';
}

void
afterwards_pending(const struct policy_deps *deps,
    const struct conf_greylist *conf, const struct attempt *a, int64_t now)
{
	union {
		struct note	note;
		char		bytes[PROVER_NOTE_MAX];
	} u;
	size_t	sender = strlen(a->sender_key) + 1;
	size_t	rcpt = strlen(a->rcpt_key) + 1;

	/* Who writes so much more than RFC 5321 allows does without. */
	if (sizeof(u.note) + sender + rcpt > sizeof(u))
		return;
	fill(&u.note, deps, conf, now);
	u.note.is_pending = true;
	memcpy(u.note.keys, a->sender_key, sender);
	memcpy(u.note.keys + sender, a->rcpt_key, rcpt);
	ask(&u.note, sizeof(u.note) + sender + rcpt, a);
}

void
afterwards_proven(const struct policy_deps *deps,
    const struct conf_greylist *conf, const struct attempt *a, int64_t now)
{
	struct note	note;

	fill(&note, deps, conf, now);
	note.is_pending = false;
	if (proof_is_aligned(a->client, a->sender))
		memcpy(note.name, a->client->identities.name,
		    sizeof(note.name));
	if (note.name[0] == '\0' || proof_is_registrable(a->sender)) {
		ask(&note, sizeof(note), a);
		return;
	}
	ask_of_name(note, a);
	note.name[0] = '\0';
	if (!a->spf->known || a->spf->answer.answer == -1)
		ask(&note, sizeof(note), a);
}
