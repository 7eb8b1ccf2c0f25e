/* SPDX-License-Identifier: ISC
 * identity/spf.c - check_host(): records, mechanisms in their order, limits. */
#include "identity/spf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "identity/spf_macro.h"
#include "identity/spf_private.h"

static const char *const names[SPF_RESULTS] = {
	[SPF_NONE] = "none", [SPF_NEUTRAL] = "neutral", [SPF_PASS] = "pass",
	[SPF_FAIL] = "fail", [SPF_SOFTFAIL] = "softfail",
	[SPF_TEMPERROR] = "temperror", [SPF_PERMERROR] = "permerror",
};

const char *
spf_name(enum spf_result r)
{
	return names[r];
}

bool
spf_domain(const char *sender, const char *helo, char out[SPF_DOMAIN_SIZE])
{
	const char	*at = strrchr(sender, '@');
	const char	*domain = sender[0] == '\0' ? helo :
			    at != NULL ? at + 1 : NULL;

	out[0] = '\0';
	/* RFC 7208, 4.3. One spelling for one domain: limits go by it. */
	if (domain != NULL && spf_macro_is_name(domain) &&
	    domain_clean(domain, out) > 0 && strchr(out, '.') != NULL)
		return true;
	out[0] = '\0';
	return false;
}

/* The text of a TXT record: its strings without anything between (3.3). */
static char *
glue(const struct dns_rdata *r, size_t *len)
{
	char	*text = malloc(r->len + 1);

	*len = 0;
	for (size_t i = 0; text != NULL && i < r->len; ) {
		size_t n = r->bytes[i++];

		if (n > r->len - i)
			n = r->len - i;
		memcpy(text + *len, r->bytes + i, n);
		*len += n;
		i += n;
	}
	return text;
}

/* Of ours: it says nothing of the record. */
static enum spf_result
out_of_memory(struct spf_eval *v)
{
	(void)err_set(v->why, "out of memory");
	return SPF_TEMPERROR;
}

/* The one record of SPF among those of the name (4.5). SPF_PASS: *out is it. */
static enum spf_result
choose(struct spf_eval *v, const struct dns_answer *a, struct spf_record *out)
{
	char	*found = NULL, *text;
	size_t	 found_len = 0, len;
	int	 parsed;

	for (size_t i = 0; i < a->n; i++) {
		text = glue(&a->rdata[i], &len);
		if (text == NULL) {
			free(found);
			return out_of_memory(v);
		}
		if (!spf_record_is(text, len)) {
			free(text);
			continue;
		}
		if (found != NULL) {
			free(text);
			free(found);
			(void)err_set(v->why, "more than one SPF record");
			return SPF_PERMERROR;
		}
		found = text;
		found_len = len;
	}
	if (found == NULL)
		return SPF_NONE;
	parsed = spf_record_parse(found, found_len, out, v->why);
	free(found);
	return parsed == 0 ? SPF_PASS : parsed == -1 ? SPF_PERMERROR :
	    out_of_memory(v);
}

enum spf_result
spf_fetch(struct spf_eval *v, const char *domain, struct spf_record *out)
{
	struct dns_answer	a;
	enum spf_result		found = SPF_NONE;

	spf_look_up(v, domain, DNS_TXT, &a);
	if (a.status == DNS_FAILED) {
		(void)err_set(v->why, "the DNS cannot tell the record of %.200s",
		    domain);
		found = SPF_TEMPERROR;
	} else if (a.status == DNS_FOUND)
		found = choose(v, &a, out);
	if (found == SPF_NONE)
		(void)err_set(v->why, "%.200s has no SPF record", domain);
	spf_release(v, &a);
	return found;
}

/* What macros are expanded for: an evaluation and the domain at hand. */
struct scope {
	struct spf_eval	*v;
	const char	*domain;
};

static const char *
client_name(void *arg)
{
	const struct scope	*s = arg;

	return spf_client_name(s->v, s->domain);
}

/* The name that a term is about: its domain-spec, or the domain at hand. false:
 * no name that anything could be found under. */
static bool
target(struct scope *s, struct spf_text spec, char out[SPF_DOMAIN_SIZE])
{
	const struct spf_macros	m = { .client = s->v->client,
		.sender = s->v->sender, .helo = s->v->helo,
		.domain = s->domain, .name = client_name, .arg = s };

	if (spec.len > 0)
		return spf_macro_expand(spec, &m, out) == 0;
	(void)snprintf(out, SPF_DOMAIN_SIZE, "%s", s->domain);
	return true;
}

static enum spf_result check_host(struct spf_eval *v, const char *domain,
    unsigned depth);

/* RFC 7208, 5.2: the table. */
static enum spf_match
include(struct spf_eval *v, const char *domain, unsigned depth)
{
	switch (check_host(v, domain, depth)) {
	case SPF_PASS:
		return SPF_MATCH;
	case SPF_TEMPERROR:
		return SPF_TEMP;
	case SPF_NONE:
	case SPF_PERMERROR:
		return SPF_PERM;
	default:
		return SPF_MISS;
	}
}

static enum spf_match
exists(struct spf_eval *v, const char *name)
{
	struct dns_answer	a;
	enum spf_match		m;

	spf_look_up(v, name, DNS_A, &a);
	m = a.status == DNS_FOUND ? SPF_MATCH : a.status == DNS_FAILED ?
	    SPF_TEMP : spf_count_void(v, &a);
	if (m == SPF_TEMP)
		(void)err_set(v->why, "the DNS cannot tell whether %.200s "
		    "exists", name);
	spf_release(v, &a);
	return m;
}

static bool
count_lookup(struct spf_eval *v)
{
	if (v->lookups++ < SPF_LOOKUPS)
		return true;
	(void)err_set(v->why, "more than %d look-ups", SPF_LOOKUPS);
	return false;
}

static enum spf_match
match(struct scope *s, const struct spf_term *t, unsigned depth)
{
	struct spf_eval	*v = s->v;
	char		 name[SPF_DOMAIN_SIZE];

	if (t->mechanism == SPF_ALL)
		return SPF_MATCH;
	if (t->mechanism == SPF_IP4 || t->mechanism == SPF_IP6)
		return spf_in_network(&v->client, &t->net, t->bits) ?
		    SPF_MATCH : SPF_MISS;
	if (!count_lookup(v))
		return SPF_PERM;
	if (!target(s, t->domain, name)) {
		(void)err_set(v->why, "not a name: %.*s", (int)t->whole.len,
		    t->whole.at);
		return t->mechanism == SPF_INCLUDE ? SPF_PERM : SPF_MISS;
	}
	switch (t->mechanism) {
	case SPF_INCLUDE:
		return include(v, name, depth + 1);
	case SPF_A:
		return spf_match_name(v, name, t->bits4, t->bits6);
	case SPF_MX:
		return spf_match_mx(v, name, t->bits4, t->bits6);
	case SPF_PTR:
		return spf_match_ptr(v, name);
	default:
		return exists(v, name);
	}
}

static enum spf_result
result_of(char qualifier)
{
	switch (qualifier) {
	case '-':
		return SPF_FAIL;
	case '~':
		return SPF_SOFTFAIL;
	case '?':
		return SPF_NEUTRAL;
	default:
		return SPF_PASS;
	}
}

/* The terms in their order; SPF_RESULTS: none of them matched. */
static enum spf_result
evaluate(struct scope *s, const struct spf_record *r, unsigned depth)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct spf_term *t = &r->term[i];

		switch (match(s, t, depth)) {
		case SPF_MISS:
			continue;
		case SPF_TEMP:
			return SPF_TEMPERROR;
		case SPF_PERM:
			return SPF_PERMERROR;
		case SPF_MATCH:
			break;
		}
		(void)err_set(s->v->why, "%s by %.*s of %.200s",
		    spf_name(result_of(t->qualifier)), t->whole.len < 80 ?
		    (int)t->whole.len : 80, t->whole.at, s->domain);
		return result_of(t->qualifier);
	}
	return SPF_RESULTS;
}

/* RFC 7208, 6.1. */
static enum spf_result
redirect(struct scope *s, struct spf_text to, unsigned depth)
{
	char		name[SPF_DOMAIN_SIZE];
	enum spf_result	r = SPF_PERMERROR;

	if (!count_lookup(s->v))
		return SPF_PERMERROR;
	if (target(s, to, name))
		r = check_host(s->v, name, depth + 1);
	return r == SPF_NONE ? SPF_PERMERROR : r;
}

/* Recursion ends: each include and redirect is a look-up of ten. */
static enum spf_result
check_host(struct spf_eval *v, const char *domain, unsigned depth)
{
	struct scope		s = { v, domain };
	struct spf_record	record;
	enum spf_result		r;

	r = spf_fetch(v, domain, &record);
	if (r != SPF_PASS)
		return r;
	r = evaluate(&s, &record, depth);
	if (r == SPF_RESULTS && record.redirect.len > 0)
		r = redirect(&s, record.redirect, depth);
	if (r == SPF_RESULTS) {
		(void)err_set(v->why, "nothing in the record of %.200s is about "
		    "the client", domain);
		r = SPF_NEUTRAL;
	}
	spf_record_free(&record);
	return r;
}

/* Who macros take for the sender: with a local part, always. */
static char *
full_sender(const struct spf_query *q, const char *domain)
{
	const char	*at = strrchr(q->sender, '@');
	size_t		 local = at == NULL ? 0 : (size_t)(at - q->sender);
	char		*sender = malloc(local + sizeof("postmaster") +
			    strlen(domain) + 2);

	if (sender == NULL)
		return NULL;
	if (local == 0)
		(void)sprintf(sender, "postmaster@%s", domain);
	else
		(void)sprintf(sender, "%.*s@%s", (int)local, q->sender, domain);
	return sender;
}

void
spf_check(const struct spf_query *q, const struct dns *dns,
    struct spf_answer *out)
{
	char		 domain[SPF_DOMAIN_SIZE], *sender;
	struct spf_eval	 v = { .dns = dns, .client = q->client,
			     .ttl = UINT32_MAX, .why = &out->why,
			     .helo = q->helo != NULL ? q->helo : "unknown" };

	*out = (struct spf_answer){ .result = SPF_NONE };
	if (!spf_domain(q->sender, q->helo, domain)) {
		(void)err_set(&out->why, "no domain that could have a record");
		return;
	}
	v.sender = sender = full_sender(q, domain);
	if (sender == NULL) {
		out->result = out_of_memory(&v);
		return;
	}
	out->result = check_host(&v, domain, 0);
	out->ttl = v.ttl == UINT32_MAX ? 0 : v.ttl;
	free(sender);
}
