/* SPDX-License-Identifier: ISC
 * whitelist/lint.c - what opens the door wider than it looks, and what does
 * nothing. */
#include "whitelist/lint.h"

#include <ifaddrs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/domain.h"
#include "base/mailaddr.h"
#include "whitelist/free_mail.h"

enum { WIDEST_IPV4 = 8, WIDEST_IPV6 = 16 };

bool
lint_is_free_mail(const char *domain)
{
	char	own[DOMAIN_SIZE];

	return domain_registrable(domain, own) && free_mail_has(own);
}

static const char *
value_of(const struct entry *entry)
{
	return entry->text + entry->value;
}

/* What is matched, as a text of its own. */
static void
copy_value(const struct entry *entry, char out[ENTRY_TEXT_SIZE])
{
	memcpy(out, value_of(entry), entry->value_len);
	out[entry->value_len] = '\0';
}

static int
refuse_domain(const char *value, const struct nameset *own, bool narrowed,
    struct err *e)
{
	if (domain_is_public_suffix(value)) {
		(void)err_set(e, "anybody may register names under %s: list the "
		    "domain itself", value);
		return 1;
	}
	if (own != NULL && nameset_has(own, value)) {
		(void)err_set(e, "%s is your own: whoever writes to you in your "
		    "own name is phishing; list the client that may", value);
		return 1;
	}
	if (narrowed || !lint_is_free_mail(value))
		return 0;
	(void)err_set(e, "%s is free mail, anybody may have an address there: "
	    "list the sender itself", value);
	return 1;
}

static int
refuse_name(const char *value, struct err *e)
{
	if (value[0] != '*' || !domain_is_public_suffix(value + 2))
		return 0;
	(void)err_set(e, "anybody may register names under %s: list the "
	    "operator's own domain", value + 2);
	return 1;
}

static int
refuse_client(const struct entry *entry, const char *value, struct err *e)
{
	unsigned	widest = ip_is_v4(&entry->net) ? WIDEST_IPV4 :
			    WIDEST_IPV6;

	if (entry->bits >= widest)
		return 0;
	(void)err_set(e, "%s is more than a /%u, which is nearly everybody: list "
	    "the networks that are meant", value, widest);
	return 1;
}

/* Whether a regex finds something in three texts that have nothing in common
 * but their shape. */
static int
refuse_regex(const struct entry *entry, struct err *e)
{
	static const char *const addresses[] = { "q7@zz-one.example",
	    "unlikely.x@w-2.test", "04@k.invalid" };
	static const char *const names[] = { "q7.zz-one.example",
	    "unlikely.w-2.test", "04.k.invalid" };
	struct ip	 client = { { 0 } };
	struct listed	*l = listed_new(entry, ENTRY_FILE, "", "");
	unsigned	 matched = 0;

	for (int i = 0; l != NULL && i < 3; i++) {
		struct view_query	q = { .client = &client,
		    .name = names[i], .sender = addresses[i],
		    .rcpt = addresses[i], .now = 0 };

		matched += view_entry_matches(l, &q);
	}
	listed_unref(&l);
	if (matched < 3)
		return 0;
	(void)err_set(e, "the pattern matches everything");
	return 1;
}

int
lint_refusal(const struct entry *entry, const struct nameset *own,
    struct err *e)
{
	char	value[ENTRY_TEXT_SIZE];

	copy_value(entry, value);
	switch (entry->kind) {
	case ENTRY_CLIENT:
		return refuse_client(entry, value, e);
	case ENTRY_NAME:
		return refuse_name(value, e);
	case ENTRY_DOMAIN:
		return refuse_domain(value, own, entry->to_len > 0, e);
	case ENTRY_SENDER:
		return own != NULL && nameset_has(own, mailaddr_domain(value)) ?
		    refuse_domain(mailaddr_domain(value), own, true, e) : 0;
	case ENTRY_REGEX:
		return refuse_regex(entry, e);
	default:
		return 0;
	}
}

/* The entries of files by their texts. */
struct shelf {
	const struct listed	**by_text;
	size_t			  n;
	int64_t			  now;
	struct lint_report	  to;
};

static void	say(const struct lint_report *to, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

static void
say(const struct lint_report *to, const char *fmt, ...)
{
	char	*text;
	va_list	 ap;
	int	 len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	to->each(len == -1 ? "out of memory" : text, to->arg);
	if (len != -1)
		free(text);
}

static int
text_is(const void *text, const void *entry)
{
	return strcmp(text, (*(const struct listed *const *)entry)->entry.text);
}

/* Any of those with this text. */
static const struct listed *
find(const struct shelf *s, const char *text)
{
	const struct listed	**found = s->n == 0 ? NULL : bsearch(text,
				    s->by_text, s->n, sizeof(*s->by_text),
				    text_is);

	return found == NULL ? NULL : *found;
}

/* "KIND VALUE", with the same demand or with none: what is honoured unproven
 * covers both. */
static const struct listed *
find_wider(const struct shelf *s, const struct listed *l, const char *kind,
    const char *value)
{
	char			 text[2 * ENTRY_TEXT_SIZE];
	const struct listed	*wider;

	(void)snprintf(text, sizeof(text), "%s %s%s", kind, value,
	    l->entry.unsafe ? " unsafe" : "");
	wider = find(s, text);
	if (wider != NULL && wider != l)
		return wider;
	(void)snprintf(text, sizeof(text), "%s %s unsafe", kind, value);
	wider = find(s, text);
	return wider != l ? wider : NULL;
}

static const struct listed *
wider_domain(const struct shelf *s, const struct listed *l, const char *domain)
{
	const struct listed	*wider = NULL;

	for (const char *d = domain; d != NULL && wider == NULL;
	    d = strchr(d, '.')) {
		d += *d == '.';
		wider = find_wider(s, l, "domain", d);
	}
	return wider;
}

static const struct listed *
wider_name(const struct shelf *s, const struct listed *l, const char *name)
{
	const struct listed	*wider = find_wider(s, l, "name", name);
	char			 pattern[ENTRY_TEXT_SIZE + 2];

	for (const char *d = strchr(name, '.'); d != NULL && wider == NULL;
	    d = strchr(d + 1, '.')) {
		(void)snprintf(pattern, sizeof(pattern), "*%s", d);
		wider = find_wider(s, l, "name", pattern);
	}
	return wider;
}

static const struct listed *
wider_client(const struct shelf *s, const struct listed *l, const char *value)
{
	const struct listed	*wider = find_wider(s, l, "client", value);
	char			 net[IP_TEXT_SIZE];

	for (unsigned bits = l->entry.bits; bits-- > 0 && wider == NULL; ) {
		ip_format_network(&l->entry.net, bits, net);
		wider = find_wider(s, l, "client", net);
	}
	return wider;
}

static const struct listed *
wider(const struct shelf *s, const struct listed *l)
{
	char			 value[ENTRY_TEXT_SIZE];
	const struct listed	*found = NULL;

	copy_value(&l->entry, value);
	switch (l->entry.kind) {
	case ENTRY_CLIENT:
		return wider_client(s, l, value);
	case ENTRY_NAME:
		return wider_name(s, l, value);
	case ENTRY_SENDER:
		found = find_wider(s, l, "sender", value);
		return found != NULL ? found :
		    wider_domain(s, l, mailaddr_domain(value));
	case ENTRY_DOMAIN:
		return wider_domain(s, l, value);
	default:
		return NULL;
	}
}

/* An address has one before its @ that is meant as a pattern, perhaps. */
static bool
has_star(const struct entry *entry)
{
	return (entry->kind == ENTRY_SENDER || entry->kind == ENTRY_RECIPIENT) &&
	    value_of(entry)[0] != '"' &&
	    memchr(value_of(entry), '*', entry->value_len) != NULL;
}

/* One that stands twice is only said to do so. */
static void
look_at(const struct shelf *s, const struct listed *l,
    const struct nameset *own)
{
	const struct listed	*other;
	char			 time[CLOCK_TEXT_SIZE];
	struct err		 e;

	if (lint_refusal(&l->entry, own, &e) == 1)
		say(&s->to, "%s: %s: %s", l->where, l->entry.text, e.text);
	if (l->entry.unsafe)
		say(&s->to, "%s: %s: is honoured unproven: whoever forges it is "
		    "let in", l->where, l->entry.text);
	if (l->expires <= s->now) {
		clock_format(l->expires * 1000, time);
		say(&s->to, "%s: %s: lets nobody in any more, it ended at "
		    "%.19sZ: take it out", l->where, l->entry.text, time);
		return;
	}
	if (has_star(&l->entry))
		say(&s->to, "%s: %s: the \"*\" is taken as it is and stands for "
		    "nothing else; patterns are of kind regex", l->where,
		    l->entry.text);
	other = wider(s, l);
	if (other != NULL && other->expires >= l->expires)
		say(&s->to, "%s: %s: does nothing, the wider entry \"%s\" is in "
		    "%s", l->where, l->entry.text, other->entry.text,
		    other->where);
}

struct place {
	const struct listed	*l;
	const struct listed	*first;		/* that is the same; NULL */
	size_t			 at;		/* in the files */
};

static int
by_text(const void *a, const void *b)
{
	const struct place	*x = a, *y = b;
	int			 order = strcmp(x->l->entry.text,
				    y->l->entry.text);

	return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static int
by_place(const void *a, const void *b)
{
	const struct place	*x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* Those of own files, how many. */
static size_t
collect(const struct whitelist_files *files, struct place *p)
{
	size_t	n = 0;

	for (size_t i = 0; i < whitelist_files_count(files); i++) {
		const struct listed	*l = whitelist_files_at(files, i);

		if (l->origin == ENTRY_FILE)
			p[n++] = (struct place){ .l = l, .at = i };
	}
	return n;
}

/* Each text once, in order. */
static void
put_on_shelf(struct shelf *s, struct place *p, size_t n)
{
	qsort(p, n, sizeof(*p), by_text);
	for (size_t i = 0; i < n; i++)
		if (s->n > 0 && strcmp(s->by_text[s->n - 1]->entry.text,
		    p[i].l->entry.text) == 0)
			p[i].first = s->by_text[s->n - 1];
		else
			s->by_text[s->n++] = p[i].l;
	qsort(p, n, sizeof(*p), by_place);
}

void
lint_entries(const struct whitelist_files *files, const struct nameset *own,
    int64_t now, conf_report_fn each, void *arg)
{
	size_t		 n = whitelist_files_count(files);
	struct place	*p = calloc(n + 1, sizeof(*p));
	struct shelf	 s = { .to = { each, arg }, .now = now,
			     .by_text = calloc(n + 1, sizeof(*s.by_text)) };

	if (p == NULL || s.by_text == NULL) {
		each("out of memory for a look at the whitelist", arg);
		goto out;
	}
	n = collect(files, p);
	put_on_shelf(&s, p, n);
	for (size_t i = 0; i < n; i++)
		if (p[i].first != NULL)
			say(&s.to, "%s: %s: stands already in %s",
			    p[i].l->where, p[i].l->entry.text,
			    p[i].first->where);
		else
			look_at(&s, p[i].l, own);
out:
	free(p);
	free(s.by_text);
}

/* Loopback and link-local addresses come from nobody else (RFC 4291, 2.5;
 * RFC 3927). */
static bool
is_of_host_alone(const struct ip *a)
{
	static const struct ip	loopback = { { [15] = 1 } };

	if (ip_is_v4(a))
		return a->b[12] == 127 || (a->b[12] == 169 && a->b[13] == 254);
	return memcmp(a, &loopback, sizeof(*a)) == 0 ||
	    (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80);
}

void
lint_own_address(const struct ip *addr, const struct netset *local,
    const char *file, const struct lint_report *to)
{
	char	text[IP_TEXT_SIZE];

	if (is_of_host_alone(addr) || netset_has(local, addr))
		return;
	ip_format(addr, text);
	say(to, "%s: this host's own address %s is not in local-networks, so "
	    "its own mail is greylisted: add \"%s\" there", file, text, text);
}

void
lint_networks(const struct netset *local, const char *file,
    conf_report_fn each, void *arg)
{
	const struct lint_report to = { each, arg };
	struct ifaddrs		*all;
	struct ip		 addr;

	if (getifaddrs(&all) == -1)
		return;
	for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next)
		if (ip_from_sockaddr(a->ifa_addr, &addr) == 0)
			lint_own_address(&addr, local, file[0] != '\0' ? file :
			    "greygate.conf", &to);
	freeifaddrs(all);
}
