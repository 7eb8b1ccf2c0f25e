/* SPDX-License-Identifier: ISC
 * recipient/check.c - does this mailbox exist: scope, lists, cache, and only
 * then whoever has to be asked. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mailaddr.h"
#include "recipient/look.h"
#include "recipient/recipients_private.h"

/* One question on its way. */
struct check {
	const struct recipients_sources	*s;
	struct address			 a;
	int				 wait_ms;
	int64_t				 now;
	struct cached			 cached;
	uint32_t			 live;		/* to be asked */
	bool				 listed;	/* a list covers it */
	bool				 known;		/* and has its domain */
	bool				 dry;		/* s is of a dry run */
	struct recipient_result		*out;
	recipient_trace_fn		 trace;
	void				*arg;
};

static void
trace(const struct check *c, const char *source, const char *answer,
    int64_t micros, const char *note)
{
	if (c->trace != NULL)
		c->trace(&(struct recipient_asked){ .source = source,
		    .answer = answer, .micros = micros, .note = note }, c->arg);
}

/* by NULL: as it stands. */
static bool
found(struct check *c, enum recipient_answer answer, enum recipient_from from,
    const char *by)
{
	c->out->answer = answer;
	c->out->from = from;
	if (by != NULL)
		(void)snprintf(c->out->by, sizeof(c->out->by), "%s", by);
	return true;
}

/* Nothing to check, or nobody has to be asked for it. */
static bool
by_scope(struct check *c, const char *address)
{
	const struct conf	*conf = c->s->conf;
	bool			 made = address_make(&c->a, address,
				     &c->s->rule) == 0;
	const char		*domain = made ? c->a.domain :
				     mailaddr_domain(address);
	struct err		*why = &c->out->why;

	if (mailaddr_local_is(address, "postmaster") ||
	    mailaddr_local_is(address, "abuse"))
		return found(c, RECIPIENT_YES, RECIPIENT_FROM_SCOPE, "");
	if (domain[0] == '\0' || !nameset_has(conf->local_domains, domain)) {
		(void)err_set(why, "%s%s", domain[0] == '\0' ? "it has no "
		    "domain" : domain, domain[0] == '\0' ? "" :
		    " is not in local-domains");
		return found(c, RECIPIENT_NOT_CHECKED, RECIPIENT_FROM_SCOPE,
		    "");
	}
	if (nameset_has(conf->recipients.exempt, domain) ||
	    (made && (nameset_has(conf->recipients.exempt, c->a.whole) ||
	    nameset_has(conf->recipients.exempt, c->a.base)))) {
		(void)err_set(why, "it is in recipients.exempt");
		return found(c, RECIPIENT_NOT_CHECKED, RECIPIENT_FROM_SCOPE,
		    "");
	}
	/* Longer than any mailbox may be: RFC 5321, 4.5.3.1. */
	return !made && c->s->n_lists + c->s->n_live > 0 &&
	    found(c, RECIPIENT_NO, RECIPIENT_FROM_SCOPE, "");
}

static bool
by_lists(struct check *c)
{
	int64_t	before;
	bool	yes;

	for (size_t i = 0; i < c->s->n_lists; i++) {
		const struct named_list *list = &c->s->lists[i];

		if (!sources_covers(list->domains, c->a.domain))
			continue;
		c->listed = true;
		c->known = c->known || flat_knows(list->flat, c->a.domain);
		before = clock_monotonic_micros();
		yes = flat_has(list->flat, &c->a) == 1;
		trace(c, list->name, yes ? "yes" : "no",
		    clock_monotonic_micros() - before, "");
		(void)snprintf(c->out->by, sizeof(c->out->by), "%s",
		    list->name);
		if (yes)
			return found(c, RECIPIENT_YES, RECIPIENT_FROM_LIST,
			    NULL);
	}
	c->live = sources_live_for(c->s, c->a.domain);
	if (c->live != 0)
		return false;
	if (c->listed && c->known)
		return found(c, RECIPIENT_NO, RECIPIENT_FROM_LIST, NULL);
	/* A domain that was added, and its users forgotten. */
	if (c->listed) {
		sources_tell_empty(c->a.domain, &c->out->why);
		return found(c, RECIPIENT_CANNOT_TELL, RECIPIENT_FROM_DOUBT,
		    NULL);
	}
	(void)err_set(&c->out->why, "no source is asked about %s",
	    c->a.domain);
	return found(c, RECIPIENT_NOT_CHECKED, RECIPIENT_FROM_SCOPE, "");
}

/* A failure here is one of the store, which says so itself. */
static void
look(struct check *c, const char *address, struct cached *out)
{
	if (address[0] == '\0' || cache_get(c->s->cache, &c->s->cache_rule,
	    address, c->now, out, NULL) == -1)
		*out = (struct cached){ 0 };
}

/* What is remembered of the address, and of it without its sub-address: whose
 * yes is as good, whose no is not. */
static void
remember(struct check *c)
{
	struct cached	base;

	look(c, c->a.whole, &c->cached);
	look(c, c->a.base, &base);
	c->cached.former = c->cached.former || base.former;
	if (base.yes || (base.stale && !c->cached.yes)) {
		c->cached.yes = c->cached.yes || base.yes;
		c->cached.stale = true;
		c->cached.no = c->cached.no && !base.yes;
		c->cached.checked = base.checked;
	}
	c->out->former = c->cached.former;
	c->out->checked = c->cached.checked;
}

static bool
by_cache(struct check *c)
{
	remember(c);
	if (!c->cached.yes && !c->cached.no) {
		trace(c, "cache", "-", -1, c->cached.stale ?
		    "has an old yes" : "has no answer");
		return false;
	}
	trace(c, "cache", c->cached.yes ? "yes" : "no", -1, "");
	return found(c, c->cached.yes ? RECIPIENT_YES : RECIPIENT_NO,
	    RECIPIENT_FROM_CACHE, "cache");
}

static const char *
answer_word(int answer)
{
	return answer == 1 ? "yes" : answer == 0 ? "no" : "cannot tell";
}

/* Of several, the one that decided: who said yes, or why nobody can tell. */
static void
tell_answers(struct check *c, const struct inquiry_answer *answers, int all,
    bool *doubted)
{
	bool	named = false;

	for (unsigned i = 0; i < c->s->n_live; i++) {
		const char *name = inquiry_source(c->s->inquiry, i)->name;

		if (!answers[i].asked)
			continue;
		trace(c, name, answer_word(answers[i].answer),
		    answers[i].micros, answers[i].why.text);
		*doubted = *doubted || answers[i].doubted;
		if (answers[i].answer != all || named)
			continue;
		named = true;
		(void)snprintf(c->out->by, sizeof(c->out->by), "%s", name);
		c->out->why = answers[i].why;
	}
}

/* As inquiry_ask(); what done() would do there is done to the shadow. */
static int
ask_dry(const struct check *c, struct inquiry_answer *answers)
{
	bool	yes = false, all_no = true;

	inquiry_look(c->s->inquiry, &c->a, c->live, c->wait_ms, answers);
	sources_weigh(c->s, &c->a, answers, c->now);
	for (unsigned i = 0; i < c->s->n_live; i++) {
		yes = yes || (answers[i].asked && answers[i].answer == 1);
		all_no = all_no && (!answers[i].asked ||
		    answers[i].answer == 0);
	}
	return yes ? 1 : all_no ? 0 : -1;
}

static bool
by_asking(struct check *c)
{
	struct inquiry_answer	answers[INQUIRY_SOURCES];
	bool			doubted = false;
	int			all;

	all = c->dry ? ask_dry(c, answers) : inquiry_ask(c->s->inquiry, &c->a,
	    c->live, c->wait_ms, answers);
	tell_answers(c, answers, all, &doubted);
	if (all != -1)
		return found(c, all == 1 ? RECIPIENT_YES : RECIPIENT_NO,
		    RECIPIENT_FROM_SOURCE, NULL);
	if (c->cached.stale)
		return found(c, RECIPIENT_YES, RECIPIENT_FROM_STALE, "cache");
	return found(c, RECIPIENT_CANNOT_TELL, doubted ?
	    RECIPIENT_FROM_DOUBT : RECIPIENT_FROM_SOURCE, NULL);
}

/* c->s NULL: there are no sources any more. */
static void
find_out(struct check *c, const char *address)
{
	struct recipient_result	*out = c->out;
	int64_t			 before = clock_monotonic_micros();

	*out = (struct recipient_result){ .answer = RECIPIENT_NOT_CHECKED };
	if (c->s == NULL) {
		(void)err_set(&out->why, "the filter is stopping");
		return;
	}
	if (!by_scope(c, address) && !by_lists(c) && !by_cache(c))
		(void)by_asking(c);
	/* Of a list alone nobody has looked yet who was a user once. */
	if (out->answer == RECIPIENT_NO && out->from == RECIPIENT_FROM_LIST)
		remember(c);
	out->micros = clock_monotonic_micros() - before;
}

void
recipients_check(struct recipients *r, const char *address, int wait_ms,
    int64_t now, struct recipient_result *out, recipient_trace_fn trace_fn,
    void *arg)
{
	struct recipients_sources	*s = recipients_sources_ref(r);
	struct check			 c = { .s = s, .wait_ms = wait_ms,
					     .now = now, .out = out,
					     .trace = trace_fn, .arg = arg };

	find_out(&c, address);
	sources_unref(&s, 0);
}

/* The same sources over the shadow; never counted itself. */
static struct recipients_sources
dry_sources(const struct recipients *r, const struct recipients_sources *s,
    struct store *dry)
{
	struct recipients_sources	d = { .conf = s->conf,
	    .rule = s->rule, .cache_rule = s->cache_rule,
	    .cache = cache_new(dry), .doubt = doubt_copy(s->doubt, dry),
	    .clock = s->clock, .lists = s->lists, .n_lists = s->n_lists,
	    .inquiry = s->inquiry, .n_live = s->n_live };

	memcpy(d.live_domains, s->live_domains, sizeof(d.live_domains));
	if (d.cache != NULL)
		cache_name(d.cache, r->deps.pseudonyms);
	return d;
}

void
recipients_look(struct recipients *r, const struct recipients_look *l,
    struct recipient_result *out)
{
	struct recipients_sources	*s = recipients_sources_ref(r), dry;
	struct check			 c = { .wait_ms = l->wait_ms,
					     .now = l->now, .dry = true,
					     .out = out, .trace = l->trace,
					     .arg = l->arg };

	if (s == NULL) {
		find_out(&c, l->address);
		return;
	}
	dry = dry_sources(r, s, l->dry);
	c.s = &dry;
	if (dry.cache != NULL && dry.doubt != NULL)
		find_out(&c, l->address);
	else {
		*out = (struct recipient_result){ .answer =
		    RECIPIENT_CANNOT_TELL };
		(void)err_set(&out->why, "out of memory");
	}
	cache_free(&dry.cache);
	doubt_free(&dry.doubt);
	sources_unref(&s, 0);
}

const char *
recipient_answer_name(enum recipient_answer a)
{
	static const char *const	names[] = {
		[RECIPIENT_NO] = "no", [RECIPIENT_YES] = "yes",
		[RECIPIENT_CANNOT_TELL] = "cannot tell",
		[RECIPIENT_NOT_CHECKED] = "not checked",
	};

	return names[a];
}

const char *
recipient_from_name(enum recipient_from f)
{
	static const char *const	names[] = {
		[RECIPIENT_FROM_SCOPE] = "scope",
		[RECIPIENT_FROM_LIST] = "list",
		[RECIPIENT_FROM_CACHE] = "cache",
		[RECIPIENT_FROM_SOURCE] = "source",
		[RECIPIENT_FROM_STALE] = "stale",
		[RECIPIENT_FROM_DOUBT] = "doubt",
	};

	return names[f];
}
