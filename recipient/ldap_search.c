/* SPDX-License-Identifier: ISC
 * recipient/ldap_search.c - questions over one connection to a directory. */
#include <stdlib.h>
#include <sys/time.h>

#include "base/clock.h"
#include "recipient/ldap_private.h"

enum {
	FOUND_MAX = 2,			/* entries: one would do */
	PAGE = 500,			/* Active Directory gives 1,000 */
	EMPTY_MAX = 10,			/* pages without an entry, in a row */
	LIST_SECONDS = 600		/* for all pages */
};

static const struct ldap_advice	advice[] = {
	{ LDAP_NO_SUCH_OBJECT, "there is no such base, or bind-dn may not see "
	    "it" },
	{ LDAP_INSUFFICIENT_ACCESS, "let bind-dn search there" },
	{ LDAP_OPERATIONS_ERROR, "Active Directory wants a bind-dn" },
	{ LDAP_REFERRAL, "another server has that base: name it in uri" },
	{ LDAP_INVALID_DN_SYNTAX, "base is no distinguished name" },
	{ LDAP_FILTER_ERROR, "it is not of the form of RFC 4515" },
	{ LDAP_TIMELIMIT_EXCEEDED, "is what it looks for indexed?" },
	{ LDAP_ADMINLIMIT_EXCEEDED, "is what it looks for indexed?" },
	{ LDAP_SIZELIMIT_EXCEEDED, "raise the server's limit for bind-dn" },
	{ 0, NULL }
};

static enum ldap_trouble
trouble_of(int code)
{
	switch (code) {
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
	case LDAP_TIMELIMIT_EXCEEDED:
		return LDAP_LINK_SERVER;
	case LDAP_OPERATIONS_ERROR:
	case LDAP_INSUFFICIENT_ACCESS:
	case LDAP_STRONG_AUTH_REQUIRED:
		return LDAP_LINK_RIGHTS;
	case LDAP_FILTER_ERROR:			/* found by the library */
		return LDAP_LINK_QUESTION;
	default:
		return code < 0 ? LDAP_LINK_LOST : LDAP_LINK_QUESTION;
	}
}

static int
scope_of(const struct conf_ldap *conf)
{
	switch (conf->scope) {
	case CONF_SCOPE_ONE:
		return LDAP_SCOPE_ONELEVEL;
	case CONF_SCOPE_BASE:
		return LDAP_SCOPE_BASE;
	case CONF_SCOPE_SUB:
		break;
	}
	return LDAP_SCOPE_SUBTREE;
}

/* One search and what comes of it. */
struct search {
	const char	*base, *filter;
	char		**attributes;
	LDAPControl	**controls;	/* NULL: none */
	int64_t		 deadline;
	int64_t		 seconds;	/* that the server may take */
	int		 limit;		/* of entries; 0: none */

	LDAPMessage	*answer;	/* to be freed; NULL: none */
	int		 code;		/* LDAP_SUCCESS and others */
	struct err	 why;		/* of the others */
};

static void
settle(struct ldap_link *l, struct search *s)
{
	struct err	 doing;
	char		*said = NULL;
	int		 parsed;

	parsed = ldap_parse_result(l->ld, s->answer, &s->code, NULL, &said,
	    NULL, NULL, 0);
	if (parsed != LDAP_SUCCESS)
		s->code = parsed;
	if (s->code != LDAP_SUCCESS) {
		(void)err_set(&doing, "cannot search below \"%s\"", s->base);
		(void)ldap_link_explain(doing.text, s->code, said, advice,
		    &s->why);
	}
	ldap_memfree(said);
}

static void
run(struct ldap_link *l, struct search *s)
{
	struct timeval	tv = { .tv_sec = s->seconds };
	int		id = 0, sent;

	l->io.deadline = s->deadline;
	l->io.budget = s->limit > 0 ? LDAP_LINK_ANSWER_MAX :
	    LDAP_LINK_PAGE_MAX;
	s->answer = NULL;
	sent = ldap_search_ext(l->ld, s->base, scope_of(l->to.conf), s->filter,
	    s->attributes, 0, s->controls, NULL, &tv, s->limit, &id);
	if (sent == LDAP_SUCCESS && ldap_link_receive(l, id, &s->answer) == 0)
		settle(l, s);
	else if (sent == LDAP_FILTER_ERROR) {
		s->code = sent;
		(void)ldap_link_explain(s->filter, sent, NULL, advice,
		    &s->why);
	} else {
		s->code = LDAP_SERVER_DOWN;
		(void)ldap_link_explain_loss(l, "cannot search", &s->why);
	}
}

/* Active Directory refers every search at the top of a domain to parts of its own
 * in which there are no users. */
static bool
is_known_part(const char *url)
{
	return strcasestr(url, "DC=DomainDnsZones,") != NULL ||
	    strcasestr(url, "DC=ForestDnsZones,") != NULL ||
	    strcasestr(url, "CN=Configuration,") != NULL;
}

/* Whether the answer refers to another directory, which is not asked. */
static bool
is_elsewhere(struct ldap_link *l, LDAPMessage *answer)
{
	bool	elsewhere = false;

	for (LDAPMessage *m = ldap_first_reference(l->ld, answer);
	    m != NULL && !elsewhere; m = ldap_next_reference(l->ld, m)) {
		char	**urls = NULL;

		elsewhere = ldap_parse_reference(l->ld, m, &urls, NULL, 0) !=
		    LDAP_SUCCESS || urls == NULL || urls[0] == NULL ||
		    !is_known_part(urls[0]);
		ldap_memvfree((void **)urls);
	}
	return elsewhere;
}

int
ldap_link_find(struct ldap_link *l, const struct ldap_question *q,
    enum ldap_trouble *why, struct err *e)
{
	char		 none[] = LDAP_NO_ATTRS, *attributes[] = { none, NULL };
	struct search	 s = { .base = q->base, .filter = q->filter,
			     .attributes = attributes,
			     .deadline = q->deadline,
			     .seconds = l->to.conf->timeout,
			     .limit = FOUND_MAX };
	int		 entries;

	run(l, &s);
	entries = s.answer == NULL ? 0 : ldap_count_entries(l->ld, s.answer);
	if (entries == 0 && s.code == LDAP_SUCCESS &&
	    is_elsewhere(l, s.answer)) {
		s.code = LDAP_REFERRAL;
		(void)err_set(&s.why, "it refers to another directory for "
		    "some of them: name that one as well, or a Global "
		    "Catalog, and a narrower base");
	}
	(void)ldap_msgfree(s.answer);
	if (entries > 0)		/* with SIZELIMIT_EXCEEDED, perhaps */
		return 1;
	if (s.code == LDAP_SUCCESS)
		return 0;
	*why = trouble_of(s.code);
	if (e != NULL)
		*e = s.why;
	return -1;
}

/* Returns false when each() has enough. */
static bool
give_values(struct ldap_link *l, LDAPMessage *entry, const char *attribute,
    const struct ldap_listing *list)
{
	struct berval	**values;
	bool		  more = true;

	values = ldap_get_values_len(l->ld, entry, attribute);
	for (int i = 0; values != NULL && values[i] != NULL && more; i++)
		more = list->each(values[i]->bv_val, values[i]->bv_len,
		    list->arg);
	ldap_value_free_len(values);
	return more;
}

static bool
give_page(struct ldap_link *l, LDAPMessage *page,
    const struct ldap_listing *list)
{
	for (LDAPMessage *entry = ldap_first_entry(l->ld, page); entry != NULL;
	    entry = ldap_next_entry(l->ld, entry))
		for (char **name = list->attributes; *name != NULL; name++)
			if (!give_values(l, entry, *name, list))
				return false;
	return true;
}

/* The cookie of the next page; an empty one: that was the last. -1: e. */
static int
next_page(struct ldap_link *l, LDAPMessage *page, struct berval *cookie,
    struct err *e)
{
	LDAPControl	**controls = NULL, *control;
	ber_int_t	  about;
	int		  failed = 0;

	ber_memfree(cookie->bv_val);
	*cookie = (struct berval){ 0, NULL };
	if (ldap_parse_result(l->ld, page, NULL, NULL, NULL, NULL, &controls,
	    0) != LDAP_SUCCESS)
		return err_set(e, "cannot list: its answer makes no sense");
	/* A server without paging gave all at once. */
	control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	if (control != NULL && ldap_parse_pageresponse_control(l->ld, control,
	    &about, cookie) != LDAP_SUCCESS)
		failed = err_set(e, "cannot list: its pages make no sense");
	ldap_controls_free(controls);
	return failed;
}

/* 1 there may be more, 0 that was all, -1 failed: e. *empty: pages in a row that
 * had nothing. */
static int
list_page(struct ldap_link *l, const struct ldap_listing *list,
    struct berval *cookie, int *empty, struct err *e)
{
	LDAPControl	*controls[2] = { NULL, NULL };
	struct search	 s = { .base = list->base, .filter = list->filter,
			     .attributes = list->attributes,
			     .controls = controls,
			     .deadline = clock_monotonic_micros() +
			     list->page_seconds * 1000000,
			     .seconds = list->page_seconds };
	int		 more = -1;

	if (ldap_create_page_control(l->ld, PAGE, cookie, 1, controls) !=
	    LDAP_SUCCESS)
		return err_set(e, "out of memory");
	run(l, &s);
	if (s.code != LDAP_SUCCESS)
		(void)err_set(e, "%s", s.why.text);
	else if (!give_page(l, s.answer, list))
		more = 0;
	else if (next_page(l, s.answer, cookie, e) == 0)
		more = cookie->bv_len > 0;
	*empty = s.answer != NULL && ldap_count_entries(l->ld, s.answer) > 0 ?
	    0 : *empty + 1;
	(void)ldap_msgfree(s.answer);
	ldap_control_free(controls[0]);
	return more;
}

int
ldap_link_list(struct ldap_link *l, const struct ldap_listing *list,
    struct err *e)
{
	struct berval	cookie = { 0, NULL };
	int64_t		end = clock_monotonic_micros() +
			    LIST_SECONDS * INT64_C(1000000);
	int		more, empty = 0;

	do {
		more = list_page(l, list, &cookie, &empty, e);
		if (more == 1 && (empty == EMPTY_MAX ||
		    clock_monotonic_micros() >= end))
			more = err_set(e, "cannot list: its pages do not come "
			    "to an end");
	} while (more == 1);
	ber_memfree(cookie.bv_val);
	return more;
}
