/* SPDX-License-Identifier: ISC
 * base/mailaddr.c - envelope addresses as an MTA hands them over. */
#include "base/mailaddr.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char white[] = " \t\r\n";

/*
 * The next place in s[0..len) where c stands outside of quotes, or len. What a
 * backslash precedes is quoted too (RFC 5321, 4.1.2: quoted-pair); the colons
 * of an address literal "[IPv6:...]" do not count.
 */
static size_t
find_bare(const char *s, size_t len, char c)
{
	bool	quoted = false, literal = false;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\') {
			i++;
			continue;
		}
		if (!quoted && !literal && s[i] == c)
			return i;
		if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && c == ':' && s[i] == '[')
			literal = true;
		else if (!quoted && s[i] == ']')
			literal = false;
	}
	return len;
}

static void
trim(const char **s, size_t *len)
{
	while (*len > 0 && strchr(white, **s) != NULL) {
		(*s)++;
		(*len)--;
	}
	while (*len > 0 && strchr(white, (*s)[*len - 1]) != NULL)
		(*len)--;
}

/* Where the address begins behind its source routes. A route with nothing
 * behind it stays: taken off, it would read as the null sender. */
static size_t
route_length(const char *s, size_t len)
{
	size_t	at = 0, colon;

	while (at < len && s[at] == '@') {
		colon = at + find_bare(s + at, len - at, ':');
		if (colon + 1 >= len)
			break;
		at = colon + 1;
	}
	return at;
}

char *
mailaddr_parse(const char *path)
{
	const char	*s = path;
	size_t		 len = strlen(path), route;

	trim(&s, &len);
	if (len > 0 && *s == '<') {
		s++;
		len--;
		len = find_bare(s, len, '>');
		trim(&s, &len);
	}
	route = route_length(s, len);
	return strndup(s + route, len - route);
}

bool
mailaddr_is_plain(const char *path)
{
	const char	*s = path;
	size_t		 len = strlen(path);

	trim(&s, &len);
	if (len > 0 && *s == '<') {
		s++;
		len--;
		if (len == 0 || s[len - 1] != '>')
			return false;
		len--;
	}
	return find_bare(s, len, '<') == len && find_bare(s, len, '>') == len &&
	    find_bare(s, len, '(') == len;
}

/* The last '@' outside of quotes, or the end. */
static const char *
separator(const char *addr)
{
	size_t	len = strlen(addr), from = 0, at, last = len;

	while ((at = from + find_bare(addr + from, len - from, '@')) < len) {
		last = at;
		from = at + 1;
	}
	return addr + last;
}

const char *
mailaddr_domain(const char *addr)
{
	const char	*at = separator(addr);

	return *at == '@' ? at + 1 : at;
}

bool
mailaddr_local_is(const char *addr, const char *name)
{
	const char	*end = separator(addr);

	for (; addr < end; addr++) {
		if (*addr == '"')
			continue;
		if (*addr == '\\' && addr + 1 < end)
			addr++;
		if (*name == '\0' || tolower((unsigned char)*addr) !=
		    tolower((unsigned char)*name))
			return false;
		name++;
	}
	return *name == '\0';
}
