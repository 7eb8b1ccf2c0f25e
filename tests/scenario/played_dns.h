/* SPDX-License-Identifier: ISC
 * tests/scenario/played_dns.h - what SPF and DNS lists say in a story, in the
 * place of identity/prover.c: the same functions over a table.
 *
 * Included once, by test_scenarios.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity/prover.h"

enum { FACTS = 40, HELD = 40 };

/* "spf DOMAIN ADDR... [softfail|neutral]", what others get unless it is fail; "spf
 * DOMAIN withdrawn|silent", too broad or without an answer; "listed ZONE ADDR...". */
struct fact {
	enum question_kind kind;
	char		 name[100];
	char		 says[400];	/* " ADDR ADDR " or the word */
};

/* Asked for later, while answers are held back. */
struct held {
	struct question	 q;
	char		*note;
	prover_done_fn	 done;
	void		*arg;
};

struct prover {
	struct fact	 fact[FACTS];
	int		 facts;
	struct held	 held[HELD];
	int		 helds;
	bool		 hold;
	unsigned	 waited;	/* questions that somebody waited for */
};

/* Replaces what was said of it before. words: the verb, the name, the rest. */
static void
played_dns_tell(struct prover *p, char *const *words, int n)
{
	enum question_kind	 kind = strcmp(words[0], "spf") == 0 ?
				     QUESTION_SPF : QUESTION_LIST;
	struct fact		*f = p->fact;

	while (f < p->fact + p->facts &&
	    (f->kind != kind || strcmp(f->name, words[1]) != 0))
		f++;
	if (f == p->fact + p->facts && p->facts++ == FACTS)
		abort();
	f->kind = kind;
	(void)snprintf(f->name, sizeof(f->name), "%s", words[1]);
	(void)snprintf(f->says, sizeof(f->says), " ");
	for (int i = 2; i < n; i++) {
		size_t used = strlen(f->says);

		(void)snprintf(f->says + used, sizeof(f->says) - used, "%s ",
		    words[i]);
	}
}

/* Who is not among them. */
static enum spf_result
played_dns_denial(const struct fact *f)
{
	return strcmp(f->says, " withdrawn ") == 0 ? SPF_PASS :
	    strstr(f->says, " softfail ") != NULL ? SPF_SOFTFAIL :
	    strstr(f->says, " neutral ") != NULL ? SPF_NEUTRAL : SPF_FAIL;
}

static void
played_dns_answer(const struct prover *p, const struct question *q,
    struct prover_answer *out)
{
	char	name[SPF_DOMAIN_SIZE], addr[IP_TEXT_SIZE + 2], text[IP_TEXT_SIZE];

	*out = (struct prover_answer){ .answer = 0, .result = SPF_NONE,
	    .withdrawn = q->kind == QUESTION_SPF };
	if (q->kind == QUESTION_LIST)
		(void)snprintf(name, sizeof(name), "%s", q->zone);
	else if (!spf_domain(q->sender, q->helo, name))
		return;
	ip_format(&q->client, text);
	(void)snprintf(addr, sizeof(addr), " %s ", text);
	for (int i = 0; i < p->facts; i++) {
		const struct fact *f = &p->fact[i];

		if (f->kind != q->kind || strcmp(f->name, name) != 0)
			continue;
		out->answer = strstr(f->says, addr) != NULL;
		out->result = out->answer == 1 ? SPF_PASS :
		    played_dns_denial(f);
		out->withdrawn = strcmp(f->says, " withdrawn ") == 0;
		if (strcmp(f->says, " silent ") == 0)
			out->answer = -1;
		if (q->kind == QUESTION_LIST && out->answer == 1) {
			out->n_found = 1;
			out->found[0] = UINT32_C(0x7f000002);
		}
	}
}

void
prover_ask(struct prover *p, const struct question *q, int wait_ms,
    struct prover_answer *out)
{
	(void)wait_ms;
	p->waited++;
	played_dns_answer(p, q, out);
}

bool
prover_later(struct prover *p, const struct question *q, const void *note,
    size_t len, prover_done_fn done, void *arg)
{
	struct prover_answer	 answer;
	struct held		*h;

	if (p->hold) {
		if (p->helds == HELD)
			return false;
		h = &p->held[p->helds++];
		*h = (struct held){ .q = *q, .note = malloc(len),
		    .done = done, .arg = arg };
		memcpy(h->note, note, len);
		return true;
	}
	played_dns_answer(p, q, &answer);
	done(q, &answer, note, arg);
	return true;
}

/* Gives the answers that were held back, as things are now. */
static void
played_dns_release(struct prover *p)
{
	struct prover_answer	answer;

	p->hold = false;
	for (int i = 0; i < p->helds; i++) {
		played_dns_answer(p, &p->held[i].q, &answer);
		p->held[i].done(&p->held[i].q, &answer, p->held[i].note,
		    p->held[i].arg);
		free(p->held[i].note);
	}
	p->helds = 0;
}
