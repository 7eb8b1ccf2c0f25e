/* SPDX-License-Identifier: ISC
 * control/ctl_pending.c - pending: what never came back, each with the command that
 * lets it in. */
#include "control/ctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/pseudonym.h"
#include "control/client.h"
#include "control/ctl_journal.h"
#include "control/item.h"
#include "control/pending.h"
#include "control/print.h"
#include "policy/fold.h"

enum { SPAN = 7, TRIES = 5, EVIDENCE = 26 };

static const struct {
	enum pending_evidence	 bit;
	const char		*word;
} words[] = {
	{ PENDING_SPF, "spf" }, { PENDING_WRITTEN, "written to" },
	{ PENDING_NAME, "name" }, { PENDING_HOSTS, "hosts" },
	{ PENDING_RETRIED, "retried" },
};

enum { WORDS = sizeof(words) / sizeof(words[0]), EVIDENCE_SIZE = 64 };

static void
evidence_of(const struct pending *p, char out[EVIDENCE_SIZE])
{
	size_t	used = 0;

	(void)strcpy(out, "-");
	for (size_t i = 0; i < WORDS; i++)
		if ((p->evidence & words[i].bit) != 0)
			used += (size_t)snprintf(out + used,
			    EVIDENCE_SIZE - used, "%s%s", used > 0 ? ", " : "",
			    words[i].word);
}

static void
print_command(FILE *out, const struct pending *p)
{
	(void)fputs("greyctl triplet pass --identity ", out);
	print_word(out, p->identity);
	(void)fputs(" --sender ", out);
	print_word(out, p->sender);
	(void)fputs(" --recipient ", out);
	print_word(out, p->recipient);
}

static void
show(const struct ctl *ctl, const struct pending *p, size_t nth)
{
	char	text[EVIDENCE_SIZE], span[PRINT_SPAN_SIZE];

	if (nth == 0) {
		print_cell(ctl->out, "EVIDENCE", EVIDENCE);
		print_cell(ctl->out, "FIRST", SPAN);
		print_cell(ctl->out, "LAST", SPAN);
		print_cell(ctl->out, "TRIES", TRIES);
		(void)fputs("SENDER TO RECIPIENT, FROM\n", ctl->out);
	}
	evidence_of(p, text);
	print_cell(ctl->out, text, EVIDENCE);
	print_cell(ctl->out, print_span(ctl->now - p->first, span), SPAN);
	print_cell(ctl->out, print_span(ctl->now - p->last, span), SPAN);
	(void)snprintf(text, sizeof(text), "%u", p->tries);
	print_cell(ctl->out, text, TRIES);
	(void)print_text(ctl->out, p->sender[0] == '\0' ? "<>" : p->sender);
	(void)fputs(" to ", ctl->out);
	(void)print_text(ctl->out, p->recipient);
	(void)fputs(", ", ctl->out);
	(void)print_text(ctl->out, p->identity);
	if (p->networks > 1)
		(void)fprintf(ctl->out, ", %u networks", p->networks);
	(void)fputs("\n    ", ctl->out);
	print_command(ctl->out, p);
	(void)fputc('\n', ctl->out);
}

static struct json *
json_of(const struct pending *p)
{
	struct json	*item = json_new_object();
	struct json	*evidence = json_new_array();
	char		*text = NULL;
	size_t		 len;
	FILE		*out = open_memstream(&text, &len);

	json_add_text(item, "sender", p->sender);
	json_add_text(item, "recipient", p->recipient);
	json_add_text(item, "identity", p->identity);
	item_add_time(item, "first", p->first);
	item_add_time(item, "last", p->last);
	item_add_time(item, "until", p->until);
	json_add_int(item, "tries", p->tries);
	json_add_int(item, "networks", p->networks);
	for (size_t i = 0; i < WORDS; i++)
		if ((p->evidence & words[i].bit) != 0)
			json_push_text(evidence, words[i].word);
	json_add(item, "evidence", evidence);
	if (out != NULL) {
		print_command(out, p);
		(void)fclose(out);
		json_add_text(item, "command", text);
		free(text);
	}
	return item;
}

static int
print_all(const struct ctl *ctl, const struct pending_list *l, size_t limit,
    struct err *e)
{
	size_t	n = limit > 0 && limit < l->n ? limit : l->n;

	if (ctl->json)
		(void)fputs("[", ctl->out);
	for (size_t i = 0; i < n; i++) {
		struct json	*item;
		char		*text;

		if (!ctl->json) {
			show(ctl, &l->at[i], i);
			continue;
		}
		item = json_of(&l->at[i]);
		text = json_dump(item, 0);
		json_free(&item);
		if (text == NULL)
			return err_set(e, "out of memory");
		(void)fprintf(ctl->out, "%s\n%s", i > 0 ? "," : "", text);
		free(text);
	}
	if (ctl->json)
		(void)fputs("\n]\n", ctl->out);
	else if (n < l->n)
		(void)fprintf(ctl->messages, "greyctl: %zu more, without "
		    "--limit\n", l->n - n);
	return fflush(ctl->out) == EOF ? err_set(e, "cannot write the "
	    "output") : 0;
}

static const char *
text_of(const struct json *item, const char *key)
{
	const char	*text = json_get_text(item, key);

	return text != NULL ? text : "";
}

struct gathering {
	struct pending_list	 list;
	int64_t			 fingerprints;
	int64_t			 since;		/* the oldest of them began */
};

static int
take(struct gathering *g, const struct json *item, struct err *e)
{
	const char		*state = text_of(item, "state");
	struct pending_record	 r = { .identity = text_of(item, "identity"),
				     .sender = text_of(item, "sender"),
				     .recipient = text_of(item, "recipient") };

	r.last = print_second_of(json_get_text(item, "last"));
	if (strcmp(state, "fingerprints") == 0) {
		g->fingerprints = json_get_int(item, "n");
		return 0;
	}
	if (strcmp(state, "passed") == 0) {
		pending_passed(&g->list, r.sender, r.recipient, r.last);
		return 0;
	}
	r.first = print_second_of(json_get_text(item, "first"));
	if (r.first < g->since)
		g->since = r.first;
	r.until = print_second_of(json_get_text(item, "until"));
	r.tries = (unsigned)json_get_int(item, "tries");
	r.written = json_get_bool(item, "written");
	return pending_add(&g->list, &r) == -1 ? err_set(e, "out of memory") :
	    0;
}

/* 0 all is there; -1, e tells. Takes over r->args. */
static int
gather(const struct ctl *ctl, struct ctl_request *r, struct gathering *g,
    struct err *e)
{
	struct client		*client;
	const struct json	*item;
	int			 rc, code;

	if (client_open(&client, ctl->socket, e) == -1) {
		json_free(&r->args);
		return -1;
	}
	rc = client_ask(client, r->command->name, &r->args, e);
	while (rc == 0 && (rc = client_next(client,
	    r->command->wait_s * 1000, &item, &code, e)) == 1)
		rc = take(g, item, e);
	client_close(&client);
	return rc;
}

/* As the store has it; a pseudonym is already. */
static char *
folded(const char *address, char *(*fold)(const char *))
{
	return pseudonym_is(address) ? strdup(address) : fold(address);
}

static bool
take_out(const struct journal_entry *e, void *arg)
{
	struct gathering	*g = arg;
	const struct journal_line *l = &e->line;
	char			*sender, *recipient;

	if (l->sender == NULL || l->recipient == NULL)
		return true;
	sender = folded(l->sender, fold_sender);
	recipient = folded(l->recipient, fold_recipient);
	if (sender != NULL && recipient != NULL)
		pending_passed(&g->list, sender, recipient, l->time / 1000);
	free(sender);
	free(recipient);
	return true;
}

/* Mail that came by another way, from a proven host for example, left its triplet
 * behind: the journal has that it came. */
static void
look_into_journal(const struct ctl *ctl, struct gathering *g)
{
	struct ctl_journal	 j;
	struct ctl_request	 r = { .now = ctl->now,
				     .args = json_new_object() };
	struct err		 e;
	int			 rc;

	json_add_int(r.args, "since", g->since);
	json_add_text(r.args, "verdict", "pass");
	rc = ctl_journal_open(&j, ctl, &r, &e);
	if (rc == 0) {
		rc = query_run(j.query, j.path, take_out, g, NULL, &e);
		ctl_journal_close(&j);
	}
	json_free(&r.args);
	if (rc == 0)
		return;
	(void)ctl_journal_failed(ctl, &e);
	(void)fputs("greyctl: without the journal, mail that passed by another "
	    "way is still listed\n", ctl->messages);
}

static void
say_rest(const struct ctl *ctl, const struct gathering *g)
{
	if (g->list.n == 0)
		(void)fputs("greyctl: nothing waits for its retry\n",
		    ctl->messages);
	if (g->fingerprints > 0)
		(void)fprintf(ctl->messages, "greyctl: attempts of crowded "
		    "networks that are kept as fingerprints only: %" PRId64
		    "; greyctl log --reason new has them\n",
		    g->fingerprints);
}

int
ctl_pending(const struct ctl *ctl, struct ctl_request *r)
{
	struct gathering	g = { .since = ctl->now };
	int64_t			limit = json_has_int(r->args, "limit") ?
				    json_get_int(r->args, "limit") : 0;
	struct err		e = { "" };
	int			rc = gather(ctl, r, &g, &e);

	if (rc == 0) {
		if (g.list.n > 0)
			look_into_journal(ctl, &g);
		pending_rank(&g.list);
		rc = print_all(ctl, &g.list, (size_t)limit, &e);
	}
	if (rc == 0 && !ctl->json)
		say_rest(ctl, &g);
	pending_free(&g.list);
	if (rc == 0)
		return CTL_DONE;
	return ctl_journal_failed(ctl, &e);
}
