/* SPDX-License-Identifier: ISC
 * recipient/address.c - a recipient address in the form that is looked up. */
#include "recipient/address.h"

#include <string.h>
#include <strings.h>

#include "base/mailaddr.h"

/* A local part as it is meant: without quotes and backslashes. */
struct local {
	char	text[ADDRESS_MAX + 1];
	size_t	len;
	bool	quoted;			/* there were quotes */
};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* s[0..len) without quotes; a backslash stands for what follows it, if
 * anything does. len is ADDRESS_MAX at most. */
static void
unquote(const char *s, size_t len, bool fold, struct local *out)
{
	out->len = 0;
	out->quoted = false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"') {
			out->quoted = true;
			continue;
		}
		if (s[i] == '\\' && i + 1 < len)
			i++;
		out->text[out->len++] = fold ? lower(s[i]) : s[i];
	}
	out->text[out->len] = '\0';
}

/* What an address may have in front of its '@' as it is: RFC 5321's atext,
 * RFC 6531's UTF-8, and dots anywhere: some mailboxes have one at the end. */
static bool
needs_quotes(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f ||
		    strchr("()<>[]:;@\\,\"", s[i]) != NULL)
			return true;
	return false;
}

/* The first len bytes of a local part, with quotes where they are needed, and a
 * domain behind. -1: longer than ADDRESS_MAX. */
static int
join(const struct local *local, size_t len, const char *domain,
    char out[ADDRESS_MAX + 1])
{
	bool	quotes = needs_quotes(local->text, len) ||
		    (len == 0 && local->quoted);
	char	made[2 * ADDRESS_MAX + 4], *to = made;
	size_t	domain_len = strlen(domain);

	if (quotes)
		*to++ = '"';
	for (size_t i = 0; i < len; i++) {
		if (local->text[i] == '"' || local->text[i] == '\\')
			*to++ = '\\';
		*to++ = local->text[i];
	}
	if (quotes)
		*to++ = '"';
	if (domain_len > 0)
		*to++ = '@';
	if ((size_t)(to - made) + domain_len > ADDRESS_MAX)
		return -1;
	memcpy(out, made, (size_t)(to - made));
	memcpy(out + (to - made), domain, domain_len + 1);
	return 0;
}

static bool
is_reserved(const struct local *l)
{
	return strcasecmp(l->text, "postmaster") == 0 ||
	    strcasecmp(l->text, "mailer-daemon") == 0 ||
	    strcasecmp(l->text, "double-bounce") == 0;
}

/* Lists' own addresses of old, "owner-x" and "x-request". */
static bool
is_of_list(const struct local *l)
{
	static const char	head[] = "owner-", tail[] = "-request";
	size_t			n = strlen(tail);

	return strncasecmp(l->text, head, strlen(head)) == 0 ||
	    (l->len > n && strcasecmp(l->text + l->len - n, tail) == 0);
}

/* How long it is without its sub-address; all of it if there is none. */
static size_t
base_length(const struct local *l, const char *delimiters)
{
	size_t	at = strcspn(l->text, delimiters);

	if (at == 0 || is_reserved(l) ||
	    (strchr(delimiters, '-') != NULL && is_of_list(l)))
		return l->len;
	return at;
}

/* In lower case, without dots at its end. -1: too long. */
static int
take_domain(const char *domain, char out[ADDRESS_MAX + 1])
{
	size_t	len = strlen(domain);

	while (len > 1 && domain[len - 1] == '.')
		len--;
	if (len > ADDRESS_MAX)
		return -1;
	for (size_t i = 0; i < len; i++)
		out[i] = lower(domain[i]);
	out[len] = '\0';
	return 0;
}

static int
take_base(struct address *out, const struct local *local, const char *domain,
    const char *delimiters)
{
	size_t	len = base_length(local, delimiters);

	out->base[0] = out->base_local[0] = '\0';
	if (len == local->len)
		return 0;
	return join(local, len, domain, out->base) == -1 ||
	    join(local, len, "", out->base_local) == -1 ? -1 : 0;
}

int
address_make(struct address *out, const char *address,
    const struct address_rule *rule)
{
	const char	*at = mailaddr_domain(address);
	size_t		 len = (size_t)(at - address);
	struct local	 local;
	char		 domain[ADDRESS_MAX + 1];

	if (*at != '\0')
		len--;
	if (len > ADDRESS_MAX || take_domain(at, domain) == -1)
		return -1;
	unquote(address, len, !rule->case_sensitive, &local);
	if (join(&local, local.len, domain, out->whole) == -1 ||
	    join(&local, local.len, "", out->local) == -1 ||
	    take_base(out, &local, domain, rule->delimiters) == -1)
		return -1;
	out->domain = out->whole + strlen(out->whole) - strlen(domain);
	return 0;
}

void
address_copy(struct address *to, const struct address *from)
{
	*to = *from;
	to->domain = to->whole + (from->domain - from->whole);
}

void
address_unquote(const char *local, char out[ADDRESS_MAX + 1])
{
	struct local	l;

	unquote(local, strnlen(local, ADDRESS_MAX), false, &l);
	memcpy(out, l.text, l.len + 1);
}

bool
address_is_role(const struct address *a)
{
	return strcasecmp(a->local, "postmaster") == 0 ||
	    strcasecmp(a->local, "abuse") == 0;
}
