/* SPDX-License-Identifier: ISC
 * tests/scenario/told_learned.h - the verb `learned` of a story: does the store
 * have the pairs that the story says?
 *
 * Included once, by test_scenarios.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "whitelist/learned.h"

struct told_pairs {
	unsigned	 n;
	struct learned_pair last;
};

static bool
told_each(const struct learned_pair *p, void *arg)
{
	struct told_pairs	*found = arg;

	found->n++;
	found->last = *p;
	/* Its texts lie within it. */
	for (unsigned i = 0; i < p->n_identities; i++)
		found->last.identity[i] = found->last.texts +
		    (p->identity[i] - p->texts);
	return true;
}

static bool
told_has_identity(const struct learned_pair *p, const char *identity)
{
	for (unsigned i = 0; i < p->n_identities; i++)
		if (strcmp(p->identity[i], identity) == 0)
			return true;
	return strcmp(identity, "none") == 0 && p->n_identities == 0;
}

/* "letters 2", "user alice" ... */
static bool
told_property(const struct learned_pair *p, const char *name,
    const char *value)
{
	if (strcmp(name, "letters") == 0)
		return p->letters == strtoul(value, NULL, 10);
	if (strcmp(name, "answers") == 0)
		return p->answers == strtoul(value, NULL, 10);
	if (strcmp(name, "user") == 0)
		return strcmp(p->user, value) == 0;
	if (strcmp(name, "queue") == 0)
		return strcmp(p->queue, value) == 0;
	return strcmp(name, "by") == 0 && told_has_identity(p, value);
}

static bool
told_count(struct store *s, int64_t now, const struct learned_filter *f,
    struct told_pairs *found, struct err *e)
{
	found->n = 0;
	return learned_each(s, f, now, told_each, found, e) == 0;
}

/* words: "learned", and what the story says. false: it is not so, e. */
static bool
told_learned(struct store *s, int64_t now, char *const *words, int n,
    struct err *e)
{
	struct learned_filter	f = { .since = 0 };
	struct told_pairs	found;
	unsigned		wanted = 1;

	if (n == 2 && strcmp(words[1], "none") == 0)
		wanted = 0;
	else if (n == 3 && strcmp(words[1], "count") == 0)
		wanted = (unsigned)strtoul(words[2], NULL, 10);
	else if (n >= 3) {
		f.outside = words[1];
		if (n == 3 && strcmp(words[2], "none") == 0)
			wanted = 0;
		else
			f.by = words[2];
	}
	if (!told_count(s, now, &f, &found, e))
		return false;
	if (found.n != wanted) {
		(void)err_set(e, "%u pairs are learned, not %u", found.n, wanted);
		return false;
	}
	for (int i = 3; i + 1 < n; i += 2)
		if (!told_property(&found.last, words[i], words[i + 1])) {
			(void)err_set(e, "it is not so: %s %s", words[i],
			    words[i + 1]);
			return false;
		}
	return true;
}
