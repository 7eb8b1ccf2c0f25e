/* SPDX-License-Identifier: ISC
 * identity/spf_record.c - a record to terms. */
#include "identity/spf_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "identity/spf_macro.h"

static const char	version[] = "v=spf1";

/* What may stand behind a mechanism's name. */
enum { NO_DOMAIN, MAY_DOMAIN, MUST_DOMAIN };
struct shape {
	const char	*name;
	int		 domain;
	bool		 lengths;	/* /24//64 */
};
static const struct shape	shapes[SPF_MECHANISMS] = {
	[SPF_ALL] = { "all", NO_DOMAIN, false },
	[SPF_INCLUDE] = { "include", MUST_DOMAIN, false },
	[SPF_A] = { "a", MAY_DOMAIN, true },
	[SPF_MX] = { "mx", MAY_DOMAIN, true },
	[SPF_PTR] = { "ptr", MAY_DOMAIN, false },
	[SPF_IP4] = { "ip4", NO_DOMAIN, false },
	[SPF_IP6] = { "ip6", NO_DOMAIN, false },
	[SPF_EXISTS] = { "exists", MUST_DOMAIN, false },
};

const char *
spf_mechanism_name(enum spf_mechanism m)
{
	return shapes[m].name;
}

bool
spf_record_is(const char *text, size_t len)
{
	size_t	n = strlen(version);

	return len >= n && strncasecmp(text, version, n) == 0 &&
	    (len == n || text[n] == ' ');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_name_char(char c)
{
	return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
}

static int
bad(struct err *e, const struct spf_text *term, const char *what)
{
	return err_set(e, "%s: %.*s", what, term->len < 100 ? (int)term->len :
	    100, term->at);
}

/* Cuts "/number" off the end of *t. 1 there was one, 0 not, -1 not a length. */
static int
cut_length(struct spf_text *t, unsigned most, unsigned *bits)
{
	size_t		at = t->len;
	unsigned	value = 0;

	while (at > 0 && is_digit(t->at[at - 1]))
		at--;
	if (at == 0 || t->at[at - 1] != '/')
		return 0;
	if (at == t->len || t->len - at > 3 ||
	    (t->at[at] == '0' && t->len - at > 1))
		return -1;
	for (size_t i = at; i < t->len; i++)
		value = value * 10 + (unsigned)(t->at[i] - '0');
	if (value > most)
		return -1;
	*bits = value;
	t->len = at - 1;
	return 1;
}

/* Cuts "/24//64", or either, off the end. */
static int
cut_lengths(struct spf_text *t, struct spf_term *term)
{
	struct spf_text	whole = *t;
	unsigned	bits;
	int		found;

	term->bits4 = 32;
	term->bits6 = 128;
	found = cut_length(t, 128, &bits);
	if (found <= 0)
		return found;
	if (t->len > 0 && t->at[t->len - 1] == '/') {
		term->bits6 = bits;
		t->len--;
		whole = *t;
	} else
		*t = whole;
	return cut_length(t, 32, &term->bits4) == -1 ? -1 : 0;
}

/* An IPv4-mapped network of ip6 is one of IPv4 here, with a length of that; one
 * that is wider is of IPv6. */
static void
unmap(struct spf_term *term)
{
	if (term->bits >= 96)
		term->bits -= 96;
	else
		memset(term->net.b + 10, 0, 2);
}

/* "192.0.2.0/24": behind the colon of ip4 and ip6. */
static int
take_network(struct spf_text arg, struct spf_term *term)
{
	bool		v4 = term->mechanism == SPF_IP4;
	char		text[64];

	term->bits = v4 ? 32 : 128;
	if (cut_length(&arg, term->bits, &term->bits) == -1 ||
	    arg.len == 0 || arg.len >= sizeof(text))
		return -1;
	memcpy(text, arg.at, arg.len);
	text[arg.len] = '\0';
	if (strspn(text, "0123456789abcdefABCDEF.:") != arg.len ||
	    (strchr(text, ':') != NULL) == v4 ||
	    ip_parse(text, &term->net, NULL) == -1)
		return -1;
	if (!v4 && ip_is_v4(&term->net))
		unmap(term);
	return 0;
}

/* What follows the name: ":domain", "/24//64", ":network". */
static int
take_argument(struct spf_text arg, struct spf_term *term)
{
	const struct shape	*shape = &shapes[term->mechanism];
	bool			 colon = arg.len > 0 && arg.at[0] == ':';

	if (term->mechanism == SPF_IP4 || term->mechanism == SPF_IP6)
		return colon ? take_network((struct spf_text){ arg.at + 1,
		    arg.len - 1 }, term) : -1;
	if (shape->lengths && cut_lengths(&arg, term) == -1)
		return -1;
	if (arg.len == 0)
		return shape->domain == MUST_DOMAIN || colon ? -1 : 0;
	if (!colon || shape->domain == NO_DOMAIN)
		return -1;
	term->domain = (struct spf_text){ arg.at + 1, arg.len - 1 };
	return spf_macro_is_domain(term->domain) ? 0 : -1;
}

static int
take_mechanism(struct spf_record *r, struct spf_text whole, struct err *e)
{
	struct spf_term	*term = &r->term[r->n];
	struct spf_text	 t = whole;
	size_t		 len = 0;

	*term = (struct spf_term){ .qualifier = '+', .whole = whole };
	if (strchr("+-~?", t.at[0]) != NULL) {
		term->qualifier = t.at[0];
		t.at++;
		t.len--;
	}
	while (len < t.len && t.at[len] != ':' && t.at[len] != '/')
		len++;
	for (int m = 0; m < SPF_MECHANISMS; m++) {
		if (strlen(shapes[m].name) != len ||
		    strncasecmp(shapes[m].name, t.at, len) != 0)
			continue;
		term->mechanism = (enum spf_mechanism)m;
		if (take_argument((struct spf_text){ t.at + len, t.len - len },
		    term) == -1)
			return bad(e, &whole, "not valid");
		r->n++;
		return 0;
	}
	return bad(e, &whole, "unknown mechanism");
}

/* Where the '=' of a modifier is; 0: it is none. */
static size_t
equals_of(const struct spf_text *t)
{
	size_t	i = 0;

	if (!is_letter(t->at[0]))
		return 0;
	while (i < t->len && is_name_char(t->at[i]))
		i++;
	return i < t->len && t->at[i] == '=' ? i : 0;
}

static int
take_modifier(struct spf_record *r, struct spf_text whole, size_t equals,
    bool *has_exp, struct err *e)
{
	struct spf_text	value = { whole.at + equals + 1,
			    whole.len - equals - 1 };
	bool		redirect = equals == 8 &&
			    strncasecmp(whole.at, "redirect", 8) == 0;
	bool		exp = equals == 3 &&
			    strncasecmp(whole.at, "exp", 3) == 0;

	if (!redirect && !exp)
		return spf_macro_is_string(value) ? 0 :
		    bad(e, &whole, "not valid");
	if (!spf_macro_is_domain(value))
		return bad(e, &whole, "not valid");
	if (redirect ? r->redirect.len > 0 : *has_exp)
		return bad(e, &whole, "given twice");
	if (redirect)
		r->redirect = value;
	else
		*has_exp = true;
	return 0;
}

static int
take_terms(struct spf_record *r, size_t len, struct err *e)
{
	size_t	at = strlen(version), end, equals;
	bool	has_exp = false;

	while (at < len) {
		struct spf_text	t = { r->text + at, 0 };

		if (r->text[at] == ' ') {
			at++;
			continue;
		}
		for (end = at; end < len && r->text[end] != ' '; end++)
			if (r->text[end] < 0x21 || r->text[end] > 0x7e)
				return err_set(e, "a byte that is no printable "
				    "ASCII");
		t.len = end - at;
		at = end;
		equals = equals_of(&t);
		if (r->n == SPF_TERMS_MAX)
			return err_set(e, "more than %d terms", SPF_TERMS_MAX);
		if ((equals > 0 ? take_modifier(r, t, equals, &has_exp, e) :
		    take_mechanism(r, t, e)) == -1)
			return -1;
	}
	return 0;
}

int
spf_record_parse(const char *text, size_t len, struct spf_record *out,
    struct err *e)
{
	struct spf_record	r = { .n = 0 };
	size_t			most = len / 2 + 1;

	if (len > SPF_RECORD_MAX)
		return err_set(e, "the record is too long");
	if (most > SPF_TERMS_MAX)
		most = SPF_TERMS_MAX;
	r.text = malloc(len + 1);
	r.term = calloc(most, sizeof(*r.term));
	if (r.text == NULL || r.term == NULL) {
		spf_record_free(&r);
		(void)err_set(e, "out of memory");
		return -2;
	}
	memcpy(r.text, text, len);
	r.text[len] = '\0';
	if (take_terms(&r, len, e) == -1) {
		spf_record_free(&r);
		return -1;
	}
	*out = r;
	return 0;
}

void
spf_record_free(struct spf_record *r)
{
	free(r->text);
	free(r->term);
	*r = (struct spf_record){ .n = 0 };
}
