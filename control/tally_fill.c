/* SPDX-License-Identifier: ISC
 * control/tally_fill.c - counts by the hour in the place of a journal that is gone. */
#include "control/tally_sum.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR = 3600 };

bool
tally_sum_is_older(const struct tally_sum *s, int64_t first)
{
	for (size_t i = 0; i < s->n_growth; i++) {
		const struct report_growth *h = &s->growth[i];

		if (first != 0 && h->at + HOUR > first)
			return false;
		if (h->decided[0] + h->decided[1] + h->decided[2] > 0)
			return true;
	}
	return false;
}

static int
by_number(const void *va, const void *vb)
{
	const struct report_count	*a = va, *b = vb;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* To be freed, with its names; NULL: out of memory. */
static struct report_count *
reasons_of(const struct tally_sum *s)
{
	struct report_count	*out = calloc(s->n_words + 1, sizeof(*out));

	for (size_t i = 0; out != NULL && i < s->n_words; i++) {
		out[i] = (struct report_count){ strdup(s->words[i].word),
		    s->words[i].n };
		if (out[i].name != NULL)
			continue;
		while (i > 0)
			free(out[--i].name);
		free(out);
		return NULL;
	}
	if (out != NULL)
		qsort(out, s->n_words, sizeof(*out), by_number);
	return out;
}

static void
fill_slots(const struct tally_sum *s, struct report_summary *into)
{
	for (size_t i = 0; i < into->n_slots; i++)
		into->slots[i].pass = into->slots[i].defer =
		    into->slots[i].reject = 0;
	for (size_t i = 0; into->n_slots > 0 && i < s->n_growth; i++) {
		const struct report_growth *h = &s->growth[i];
		int64_t	after = h->at > into->from ? h->at - into->from : 0;
		size_t	at = (size_t)(after / into->slot);
		struct report_slot *slot;

		if (at >= into->n_slots)
			at = into->n_slots - 1;
		slot = &into->slots[at];
		slot->pass += h->decided[0];
		slot->defer += h->decided[1];
		slot->reject += h->decided[2];
	}
}

int
tally_sum_fill(const struct tally_sum *s, struct report_summary *into,
    struct err *e)
{
	struct report_count	*reasons = reasons_of(s);

	if (reasons == NULL)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < into->n_reasons; i++)
		free(into->reasons[i].name);
	free(into->reasons);
	into->reasons = reasons;
	into->n_reasons = s->n_words;
	into->pass = s->verdicts[0];
	into->defer = s->verdicts[1];
	into->reject = s->verdicts[2];
	into->unknown = 0;
	for (size_t i = 0; i < s->n_words; i++)
		if (strcmp(s->words[i].word, "reject unknown-recipient") == 0)
			into->unknown = s->words[i].n;
	fill_slots(s, into);
	return 0;
}
