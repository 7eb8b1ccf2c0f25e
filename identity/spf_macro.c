/* SPDX-License-Identifier: ISC
 * identity/spf_macro.c - %{s} and the rest. */
#include "identity/spf_macro.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { EXPANDED = 4096, PARTS = 200, NAME_LIMIT = 253 };

static const char	letters[] = "slodiphv";
static const char	delimiters[] = ".-+,/_=";

/* One macro at the beginning of a text. */
struct macro {
	char		letter;		/* in lower case; '%', '_', '-': itself */
	bool		escape;		/* an upper-case letter */
	bool		reverse;
	unsigned	keep;		/* parts from the right; 0: all */
	char		delimiter[8];
	size_t		len;		/* of the macro in the text */
};

static bool
among(const char *set, char c)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* 0; -1: not a macro. */
static int
parse(struct spf_text t, struct macro *m)
{
	size_t	i = 2, n = 0;
	bool	digits = false;

	*m = (struct macro){ .len = 2 };
	if (t.len < 2 || t.at[0] != '%')
		return -1;
	m->letter = t.at[1];
	if (among("%_-", m->letter))
		return 0;
	if (m->letter != '{' || t.len < 4 ||
	    !among(letters, (char)tolower((unsigned char)t.at[i])))
		return -1;
	m->escape = isupper((unsigned char)t.at[i]) != 0;
	m->letter = (char)tolower((unsigned char)t.at[i++]);
	for (; i < t.len && isdigit((unsigned char)t.at[i]); i++) {
		digits = true;
		m->keep = m->keep * 10 + (unsigned)(t.at[i] - '0');
		if (m->keep > 1000)
			m->keep = 1000;
	}
	if (digits && m->keep == 0)
		return -1;
	if (i < t.len && (t.at[i] == 'r' || t.at[i] == 'R')) {
		m->reverse = true;
		i++;
	}
	for (; i < t.len && among(delimiters, t.at[i]); i++)
		if (!among(m->delimiter, t.at[i]))
			m->delimiter[n++] = t.at[i];
	if (i == t.len || t.at[i] != '}')
		return -1;
	if (n == 0)
		m->delimiter[0] = '.';
	m->len = i + 1;
	return 0;
}

/* Where the macro-string stops being one; *last: where its last macro ends, if
 * that is at its end. */
static size_t
scan(struct spf_text t, size_t *last)
{
	struct macro	m;
	size_t		i = 0;

	*last = 0;
	while (i < t.len) {
		if (t.at[i] != '%') {
			if (t.at[i] < 0x21 || t.at[i] > 0x7e)
				return i;
			i++;
			continue;
		}
		if (parse((struct spf_text){ t.at + i, t.len - i }, &m) == -1)
			return i;
		i += m.len;
		*last = i;
	}
	return i;
}

bool
spf_macro_is_string(struct spf_text t)
{
	size_t	last;

	return scan(t, &last) == t.len;
}

/* A label that is not of digits alone, and neither begins nor ends with '-'. */
static bool
is_top_label(const char *s, size_t len)
{
	bool	other = false;

	if (len == 0 || s[0] == '-' || s[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '-')
			return false;
		other = other || !isdigit((unsigned char)s[i]);
	}
	return other;
}

bool
spf_macro_is_domain(struct spf_text t)
{
	size_t	last, from, len = t.len;

	if (t.len == 0 || scan(t, &last) != t.len)
		return false;
	if (last == t.len)
		return true;
	if (len > 0 && t.at[len - 1] == '.')
		len--;
	for (from = len; from > last && t.at[from - 1] != '.'; from--)
		continue;
	return from > 0 && t.at[from - 1] == '.' &&
	    is_top_label(t.at + from, len - from);
}

bool
spf_macro_uses(struct spf_text t, const char *wanted)
{
	struct macro	m;

	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] == '%' && parse((struct spf_text){ t.at + i,
		    t.len - i }, &m) == 0) {
			if (among(wanted, m.letter))
				return true;
			i += m.len - 1;
		}
	return false;
}

struct buffer {
	char	text[EXPANDED];
	size_t	len;
	bool	full;
};

static void
add(struct buffer *b, const char *s, size_t len)
{
	if (len >= sizeof(b->text) - b->len) {
		b->full = true;
		return;
	}
	memcpy(b->text + b->len, s, len);
	b->len += len;
	b->text[b->len] = '\0';
}

/* RFC 3986, 2.3: all but letters, digits and these four. */
static void
add_escaped(struct buffer *b, const char *s, size_t len)
{
	char	hex[4];

	for (size_t i = 0; i < len; i++) {
		if (isalnum((unsigned char)s[i]) || among("-._~", s[i])) {
			add(b, s + i, 1);
			continue;
		}
		(void)snprintf(hex, sizeof(hex), "%%%02X",
		    (unsigned char)s[i]);
		add(b, hex, 3);
	}
}

static void
client_text(const struct ip *ip, char out[80])
{
	static const char	hex[] = "0123456789abcdef";

	if (ip_is_v4(ip)) {
		(void)snprintf(out, 80, "%u.%u.%u.%u", ip->b[12], ip->b[13],
		    ip->b[14], ip->b[15]);
		return;
	}
	for (int i = 0; i < 32; i++) {
		out[2 * i] = hex[i % 2 == 0 ? ip->b[i / 2] >> 4 :
		    ip->b[i / 2] & 15];
		out[2 * i + 1] = i < 31 ? '.' : '\0';
	}
}

/* Cuts a value at the delimiters. Their number; 0: more than PARTS. */
static size_t
split(struct spf_text v, const char *set, struct spf_text part[PARTS])
{
	size_t	n = 0, from = 0;

	for (size_t i = 0; i <= v.len; i++) {
		if (i < v.len && !among(set, v.at[i]))
			continue;
		if (n == PARTS)
			return 0;
		part[n++] = (struct spf_text){ v.at + from, i - from };
		from = i + 1;
	}
	return n;
}

/* What a letter stands for; ip: room for the client's address. */
static struct spf_text
value(char letter, const struct spf_macros *m, char ip[80])
{
	const char	*at = strrchr(m->sender, '@'), *s = m->sender;

	switch (letter) {
	case 'l':
		return (struct spf_text){ s, (size_t)(at - s) };
	case 'o':
		s = at + 1;
		break;
	case 'd':
		s = m->domain;
		break;
	case 'i':
		client_text(&m->client, ip);
		s = ip;
		break;
	case 'p':
		s = m->name(m->arg);
		break;
	case 'h':
		s = m->helo;
		break;
	case 'v':
		s = ip_is_v4(&m->client) ? "in-addr" : "ip6";
		break;
	default:
		break;
	}
	return (struct spf_text){ s, strlen(s) };
}

static void
add_macro(struct buffer *b, const struct macro *macro,
    const struct spf_macros *m)
{
	char		 ip[80];
	struct spf_text	 part[PARTS];
	size_t		 n, first;

	if (among("%_-", macro->letter)) {
		const char *s = macro->letter == '%' ? "%" :
		    macro->letter == '_' ? " " : "%20";

		add(b, s, strlen(s));
		return;
	}
	n = split(value(macro->letter, m, ip), macro->delimiter, part);
	if (n == 0)
		b->full = true;
	first = macro->keep > 0 && macro->keep < n ? n - macro->keep : 0;
	for (size_t i = first; i < n; i++) {
		const struct spf_text *p = &part[macro->reverse ?
		    n - 1 - i : i];

		if (i > first)
			add(b, ".", 1);
		(macro->escape ? add_escaped : add)(b, p->at, p->len);
	}
}

bool
spf_macro_is_name(const char *name)
{
	size_t	label = 0, len = strlen(name);

	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len == 0 || len > NAME_LIMIT)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && name[i] != '.') {
			if (++label > 63)
				return false;
			continue;
		}
		if (label == 0)
			return false;
		label = 0;
	}
	return true;
}

int
spf_macro_expand(struct spf_text t, const struct spf_macros *m,
    char out[SPF_DOMAIN_SIZE])
{
	struct buffer	 b = { .len = 0 };
	struct macro	 macro;
	const char	*from;

	for (size_t i = 0; i < t.len; ) {
		if (t.at[i] != '%') {
			add(&b, t.at + i++, 1);
			continue;
		}
		if (parse((struct spf_text){ t.at + i, t.len - i }, &macro) ==
		    -1)
			return -1;
		add_macro(&b, &macro, m);
		i += macro.len;
	}
	if (b.full || memchr(b.text, '\0', b.len) != NULL)
		return -1;
	if (b.len > 0 && b.text[b.len - 1] == '.')
		b.text[--b.len] = '\0';
	from = b.text;
	while (strlen(from) > NAME_LIMIT && (from = strchr(from, '.')) != NULL)
		from++;
	if (from == NULL || !spf_macro_is_name(from))
		return -1;
	(void)snprintf(out, SPF_DOMAIN_SIZE, "%s", from);
	return 0;
}
