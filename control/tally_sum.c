/* SPDX-License-Identifier: ISC
 * control/tally_sum.c - one item an hour, added to what there is. */
#include "control/tally_sum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/client.h"
#include "policy/reason.h"

enum { PATIENCE_MS = 60000 };

static void
add_word(struct tally_sum *s, const char *verdict, const char *reason,
    uint64_t n)
{
	enum { ROOM = sizeof(s->words) / sizeof(s->words[0]) };
	char	word[48];
	size_t	i = 0;

	(void)snprintf(word, sizeof(word), "%.10s %.34s", verdict, reason);
	while (i < s->n_words && strcmp(s->words[i].word, word) != 0)
		i++;
	if (i == ROOM)
		return;
	if (i == s->n_words)
		(void)strcpy(s->words[s->n_words++].word, word);
	s->words[i].n += n;
}

static void
add_decisions(struct tally_sum *s, const struct json *decisions,
    uint64_t decided[3])
{
	for (int v = VERDICT_PASS; v <= VERDICT_REJECT; v++) {
		const char *verdict = verdict_name((enum verdict)v);
		const struct json *by_reason = json_get(decisions, verdict);

		/* "other": words that had no room of their own. */
		for (int r = REASON_NONE + 1; r <= REASONS; r++) {
			const char *reason = r == REASONS ? "other" :
			    reason_name((enum reason)r);
			int64_t	n = json_get_int(by_reason, reason);

			if (n > 0) {
				add_word(s, verdict, reason, (uint64_t)n);
				s->verdicts[v] += (uint64_t)n;
				decided[v] += (uint64_t)n;
			}
		}
	}
}

static void
add_wait(struct tally_waits *w, int64_t limit, uint64_t n)
{
	size_t	i = 0;

	while (i < w->used && w->limit[i] < limit)
		i++;
	if (i == w->used || w->limit[i] != limit) {
		if (w->used == TALLY_DELAYS)
			return;
		memmove(&w->limit[i + 1], &w->limit[i],
		    (w->used - i) * sizeof(w->limit[0]));
		memmove(&w->n[i + 1], &w->n[i],
		    (w->used - i) * sizeof(w->n[0]));
		w->limit[i] = limit;
		w->n[i] = 0;
		w->used++;
	}
	w->n[i] += n;
	w->all += n;
}

static void
add_delays(struct tally_sum *s, const struct json *delays)
{
	for (unsigned k = 0; k < TALLY_KINDS; k++) {
		const struct json *list = json_get(delays, tally_kind(k));

		for (size_t i = 0; i < json_length(list); i++) {
			const struct json *one = json_at(list, i);

			add_wait(&s->waits[k], json_has_int(one, "limit") ?
			    json_get_int(one, "limit") : INT64_MAX,
			    (uint64_t)json_get_int(one, "count"));
		}
	}
}

static int
add_hour(struct tally_sum *s, const struct json *item, struct err *e)
{
	struct report_growth	*grown, *hour;

	if (s->n_growth == s->room) {
		s->room = s->room == 0 ? 256 : 2 * s->room;
		grown = reallocarray(s->growth, s->room, sizeof(*grown));
		if (grown == NULL)
			return err_set(e, "out of memory");
		s->growth = grown;
	}
	hour = &s->growth[s->n_growth++];
	*hour = (struct report_growth){ .at = json_get_int(item, "seconds"),
	    .records = (uint64_t)json_get_int(item, "records"),
	    .bytes = (uint64_t)json_get_int(item, "bytes") };
	add_decisions(s, json_get(item, "decisions"), hour->decided);
	add_delays(s, json_get(item, "delays"));
	return 0;
}

static int
take_all(struct tally_sum *s, struct client *client, struct json **args,
    struct err *e)
{
	const struct json	*item;
	int			 rc, code;

	if (client_ask(client, "tally", args, e) == -1)
		return -1;
	while ((rc = client_next(client, PATIENCE_MS, &item, &code, e)) == 1)
		if (add_hour(s, item, e) == -1)
			return -1;
	return rc;
}

int
tally_sum_ask(struct tally_sum *s, const struct ctl *ctl, int64_t since,
    int64_t until, struct err *e)
{
	struct json	*args = json_new_object();
	struct client	*client;
	int		 rc;

	*s = (struct tally_sum){ .n_words = 0 };
	json_add_int(args, "since", since);
	json_add_int(args, "until", until);
	if (client_open(&client, ctl->socket, e) == -1) {
		json_free(&args);
		return -1;
	}
	rc = take_all(s, client, &args, e);
	client_close(&client);
	if (rc == -1)
		tally_sum_free(s);
	return rc;
}

void
tally_sum_free(struct tally_sum *s)
{
	free(s->growth);
	*s = (struct tally_sum){ .n_words = 0 };
}

static struct tally_waits
waits_of(const struct tally_sum *s, int kind)
{
	struct tally_waits	all = { .used = 0 };

	if (kind != -1)
		return s->waits[kind];
	for (size_t k = 0; k < TALLY_KINDS; k++)
		for (size_t i = 0; i < s->waits[k].used; i++)
			add_wait(&all, s->waits[k].limit[i],
			    s->waits[k].n[i]);
	return all;
}

int64_t
tally_sum_percentile(const struct tally_sum *s, int kind, unsigned percent,
    uint64_t *n)
{
	const struct tally_waits w = waits_of(s, kind);
	uint64_t	rank = (w.all * percent + 99) / 100, seen = 0;

	*n = w.all;
	for (size_t i = 0; i < w.used; i++) {
		seen += w.n[i];
		if (seen >= rank)
			return w.limit[i];
	}
	return 0;
}
