/* SPDX-License-Identifier: ISC
 * base/conf_ldap.c - the forms that conf_ldap.h lists. What a server makes of a
 * filter is seen when it is asked. */
#include "base/conf_ldap.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/conf_text.h"

enum { URI_MAX = 1023 };		/* of one server */

/* Whether text[0..len) has only letters, digits and characters of others. */
static bool
consists_of(const char *text, size_t len, const char *others)
{
	for (size_t i = 0; i < len; i++) {
		char	c = text[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && strchr(others, c) == NULL)
			return false;
	}
	return len > 0;
}

/* HOST, HOST:PORT, [IPv6] or [IPv6]:PORT. */
static int
check_host(const char *uri, const char *host, size_t len, struct err *e)
{
	const char	*end = host + len, *colon;
	size_t		 name;
	int64_t		 port = 0;

	if (len > 0 && host[0] == '[') {
		colon = memchr(host, ']', len);
		colon = colon == NULL ? end : colon + 1;
		name = (size_t)(colon - host);
		if (name < 2 || host[name - 1] != ']' ||
		    !consists_of(host + 1, name - 2, ":.%"))
			return err_set(e, "no address in the brackets of "
			    "\"%s\"", uri);
	} else {
		colon = memchr(host, ':', len);
		colon = colon == NULL ? end : colon;
		if (!consists_of(host, (size_t)(colon - host), ".-_"))
			return err_set(e, "no host in \"%s\"", uri);
	}
	if (colon == end)
		return 0;
	for (const char *p = colon + 1; p < end && port <= 65535; p++)
		port = *p >= '0' && *p <= '9' ? port * 10 + (*p - '0') : 65536;
	if (*colon != ':' || port < 1 || port > 65535)
		return err_set(e, "the port is not from 1 to 65535 in \"%s\"",
		    uri);
	return 0;
}

static int
check_socket(const char *uri, const char *path, size_t len, struct err *e)
{
	if (len > 0 && (len < 4 || strncasecmp(path, "%2F", 3) != 0 ||
	    !consists_of(path, len, "%-._~")))
		return err_set(e, "not a path with %%2F for each slash in "
		    "\"%s\"", uri);
	return 0;
}

static int
check_uri(const char *uri, struct err *e)
{
	const char	*rest = strstr(uri, "://");
	size_t		 scheme = rest == NULL ? 0 : (size_t)(rest - uri), len;

	if (scheme < 4 || scheme > 5 || strncasecmp(uri, "ldap", 4) != 0 ||
	    (scheme == 5 && strchr("sSiI", uri[4]) == NULL))
		return err_set(e, "neither ldap://, ldaps:// nor ldapi:// in "
		    "\"%s\"", uri);
	if (strchr(uri, ',') != NULL)
		return err_set(e, "a comma in \"%s\" (servers have spaces "
		    "between them)", uri);
	rest += strlen("://");
	len = strcspn(rest, "/?");
	if (rest[len] == '?' || (rest[len] == '/' && rest[len + 1] != '\0'))
		return err_set(e, "more than a server in \"%s\" (base, scope "
		    "and filter are settings of their own)", uri);
	if (scheme == 5 && (uri[4] == 'i' || uri[4] == 'I'))
		return rest[0] == '\0' ? err_set(e, "no path in \"%s\"", uri) :
		    check_socket(uri, rest, len, e);
	return check_host(uri, rest, len, e);
}

int
conf_ldap_uris(const char *text, struct err *e)
{
	char	uri[URI_MAX + 1];
	size_t	len, n = 0;

	for (text += strspn(text, " "); *text != '\0';
	    text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		if (len > URI_MAX)
			return err_set(e, "over %d bytes: \"%.60s...\"",
			    URI_MAX, text);
		memcpy(uri, text, len);
		uri[len] = '\0';
		if (check_uri(uri, e) == -1)
			return -1;
		n++;
	}
	return n > 0 ? 0 : err_set(e, "no server");
}

/* *named: whether a mailbox is named in it, by %s or %u. */
static int
check_percents(const char *text, bool *named, struct err *e)
{
	*named = false;
	for (const char *p = text; (p = strchr(p, '%')) != NULL; p += 2) {
		if (p[1] == '\0' || strchr("sud%", p[1]) == NULL)
			return err_set(e, "a %% that none of s, u, d and %% "
			    "follows: \"%s\"", text);
		*named = *named || p[1] == 's' || p[1] == 'u';
	}
	return 0;
}

static int
check_parentheses(const char *text, struct err *e)
{
	size_t	depth = 0;

	if (text[0] != '(')
		return err_set(e, "no ( at its beginning: \"%s\"", text);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == ')' && depth == 0)
			return err_set(e, "a ) too many: \"%s\"", text);
		if (*p != '(' && depth == 0)
			return err_set(e, "text behind its last ): \"%s\"",
			    text);
		if (p > text && *p == '(' && depth == 0)
			return err_set(e, "more than one filter, and no (& or "
			    "(| around them: \"%s\"", text);
		depth += *p == '(';
		depth -= *p == ')';
	}
	return depth == 0 ? 0 : err_set(e, "a ( without its ): \"%s\"", text);
}

int
conf_ldap_base(const char *text, struct err *e)
{
	bool	named;

	return check_percents(text, &named, e);
}

int
conf_ldap_filter(const char *text, struct err *e)
{
	bool	named;

	if (check_parentheses(text, e) == -1 ||
	    check_percents(text, &named, e) == -1)
		return -1;
	return named ? 0 : err_set(e, "neither %%s nor %%u in it, so that "
	    "every recipient would get the same answer: \"%s\"", text);
}

int
conf_ldap_export_filter(const char *text, struct err *e)
{
	if (text[0] == '\0')
		return 0;
	if (strchr(text, '%') != NULL)
		return err_set(e, "a %% where no address is put in; * stands "
		    "for any: \"%s\"", text);
	return check_parentheses(text, e);
}

int
conf_ldap_attributes(const char *text, struct err *e)
{
	size_t	len, blanks = strspn(text, " ");

	if (blanks > 0 && text[blanks] == '\0')
		return err_set(e, "no name of an attribute: \"%s\"", text);
	for (text += blanks; *text != '\0';
	    text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		if (!consists_of(text, len, "-;."))
			return err_set(e, "not the name of an attribute: "
			    "\"%.*s\"", len < 80 ? (int)len : 80, text);
	}
	return 0;
}
