/* SPDX-License-Identifier: ISC
 * base/conf_text.c - the forms that conf_text.h lists. */
#include "base/conf_text.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The digits at *p, past which it is moved. -1: none, or over INT64_MAX. */
static int64_t
digits(const char **p)
{
	int64_t	n = 0;

	if (!is_digit(**p))
		return -1;
	for (; is_digit(**p); (*p)++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, **p - '0', &n))
			return -1;
	return n;
}

/* Seconds in a unit; 0: not one. */
static int64_t
unit_seconds(char c)
{
	switch (c) {
	case 's': return 1;
	case 'm': return 60;
	case 'h': return 60 * 60;
	case 'd': return 24 * 60 * 60;
	case 'w': return 7 * 24 * 60 * 60;
	default: return 0;
	}
}

int
conf_text_duration(const char *text, int64_t *out, struct err *e)
{
	const char	*p = text;
	int64_t		 total = 0, n, unit, before = INT64_MAX;

	if (strcmp(text, "0") == 0) {
		*out = 0;
		return 0;
	}
	do {
		if ((n = digits(&p)) == -1)
			return err_set(e, "not a duration: \"%s\"", text);
		if (*p == '\0')
			return err_set(e, "a number without a unit (s, m, h, d "
			    "or w): \"%s\"", text);
		unit = unit_seconds(*p++);
		if (unit == 0 || unit >= before)
			return err_set(e, "not a duration: \"%s\"", text);
		if (__builtin_mul_overflow(n, unit, &n) ||
		    __builtin_add_overflow(total, n, &total))
			return err_set(e, "too large: %s", text);
		before = unit;
	} while (*p != '\0');
	*out = total;
	return 0;
}

int
conf_text_count(const char *text, int64_t *out, struct err *e)
{
	const char	*p = text;
	int64_t		 n = digits(&p), unit = 1;

	if (n != -1 && (*p == 'k' || *p == 'M'))
		unit = *p++ == 'k' ? 1000 : 1000000;
	if (n == -1 || *p != '\0')
		return err_set(e, "not a whole number: \"%s\"", text);
	if (__builtin_mul_overflow(n, unit, &n))
		return err_set(e, "too large: %s", text);
	*out = n;
	return 0;
}

/* A host name as far as its characters go; whether it resolves is seen when
 * it is listened at. */
static bool
is_host(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (!is_alnum(*text) && *text != '.' && *text != '-')
			return false;
	return true;
}

/* "::1", "[::1]" or a host name. */
static bool
is_host6(const char *text)
{
	char		addr[64];
	size_t		len = strlen(text);
	struct ip	ip;

	if (strchr(text, ':') == NULL)
		return is_host(text);
	if (text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= sizeof(addr) || (text[0] != ':' && !is_alnum(text[0])))
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	return strncasecmp(addr, "IPv6:", 5) != 0 &&
	    ip_parse(addr, &ip, NULL) == 0;
}

static int
listen_inet(const char *text, const char *rest, bool six, struct err *e)
{
	const char	*p = rest;
	int64_t		 port = digits(&p);

	if (port == -1 || (*p != '@' && *p != '\0'))
		return err_set(e, "no port number in \"%s\"", text);
	if (port < 1 || port > 65535)
		return err_set(e, "the port is not from 1 to 65535 in \"%s\"",
		    text);
	if (*p == '\0')
		return err_set(e, "no address in \"%s\" (every interface would "
		    "be %s)", text, six ? "@::" : "@0.0.0.0");
	if (!(six ? is_host6(p + 1) : is_host(p + 1)))
		return err_set(e, "no IPv%c address after the @ in \"%s\"",
		    six ? '6' : '4', text);
	return 0;
}

int
conf_text_listen(const char *text, size_t max, struct err *e)
{
	if (strncmp(text, "unix:", 5) == 0)
		return conf_text_path(text + 5, max, e);
	if (strncmp(text, "inet6:", 6) == 0)
		return listen_inet(text, text + 6, true, e);
	if (strncmp(text, "inet:", 5) == 0)
		return listen_inet(text, text + 5, false, e);
	return err_set(e, "neither inet:, inet6: nor unix: in \"%s\"", text);
}

int
conf_text_path(const char *text, size_t max, struct err *e)
{
	if (text[0] != '/')
		return err_set(e, "not an absolute path: \"%s\"", text);
	if (strlen(text) > max)
		return err_set(e, "a path of over %zu bytes: \"%s\"", max, text);
	return 0;
}

int
conf_text_user(const char *text, size_t max, struct err *e)
{
	if (strlen(text) > max)
		return err_set(e, "over %zu characters: \"%s\"", max, text);
	if (text[0] == '-')
		return err_set(e, "not the name of an account: \"%s\"", text);
	for (const char *p = text; *p != '\0'; p++)
		if (!is_alnum(*p) && strchr("_-.", *p) == NULL)
			return err_set(e, "not the name of an account: \"%s\"",
			    text);
	return 0;
}

int
conf_text_header(const char *text, size_t max, struct err *e)
{
	if (strlen(text) > max)
		return err_set(e, "over %zu characters: \"%s\"", max, text);
	for (const char *p = text; *p != '\0'; p++)
		if (*p < '!' || *p > '~' || *p == ':')
			return err_set(e, "not a header field name: \"%s\"",
			    text);
	return 0;
}

int
conf_text_delimiters(const char *text, size_t max, struct err *e)
{
	if (strlen(text) > max)
		return err_set(e, "over %zu characters: \"%s\"", max, text);
	for (const char *p = text; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || is_alnum(*p) || *p == '@' ||
		    *p == '"')
			return err_set(e, "a character that is no delimiter "
			    "after \"%.*s\"", (int)(p - text), text);
	return 0;
}
