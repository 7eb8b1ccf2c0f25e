/* SPDX-License-Identifier: ISC
 * base/reply.c - checks a reply that an administrator wrote. */
#include "base/reply.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of "x.y.z" with 1 to 3 digits after each dot (RFC 3463, 2), or 0. */
static size_t
status_length(const char *s)
{
	size_t	at = 1;

	if (!is_digit(s[0]))
		return 0;
	for (int part = 0; part < 2; part++) {
		size_t	digits = 0;

		if (s[at++] != '.')
			return 0;
		while (digits < 3 && is_digit(s[at]))
			at++, digits++;
		if (digits == 0)
			return 0;
	}
	return s[at] == ' ' ? at : 0;
}

int
reply_parse(const char *text, char digit, struct reply *out, struct err *e)
{
	struct reply	r;
	size_t		len;

	/* The second digit goes to 5 only (RFC 5321, 4.2). */
	if (text[0] != digit || text[1] < '0' || text[1] > '5' ||
	    !is_digit(text[2]) || text[3] != ' ')
		return err_set(e, "not a reply: \"%s\" (a %cxx code, an enhanced "
		    "code %c.x.x and a text, as in \"%s\")", text, digit, digit,
		    digit == '4' ? "450 4.7.1 Please try again later" :
		    "550 5.7.1 Refused by policy");
	if (strncmp(text, "421", 3) == 0)
		return err_set(e, "421 would close the connection: \"%s\" (use "
		    "450 or 451)", text);
	len = status_length(text + 4);
	if (len == 0)
		return err_set(e, "no enhanced code %c.x.x after %.3s: \"%s\"",
		    digit, text, text);
	if (text[4] != digit)
		return err_set(e, "the classes of %.3s and %.*s differ: \"%s\" "
		    "(both must begin with %c)", text, (int)len, text + 4, text,
		    digit);
	(void)snprintf(r.code, sizeof(r.code), "%.3s", text);
	(void)snprintf(r.status, sizeof(r.status), "%.*s", (int)len, text + 4);
	text += 4 + len + 1;
	if (*text == '\0')
		return err_set(e, "no text after %s %s", r.code, r.status);
	if (strlen(text) >= sizeof(r.text))
		return err_set(e, "reply text over %zu characters",
		    sizeof(r.text) - 1);
	for (const char *p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return err_set(e, "reply text with a character that is "
			    "not printable ASCII after \"%.*s\"",
			    (int)(p - text), text);
	(void)snprintf(r.text, sizeof(r.text), "%s", text);
	*out = r;
	return 0;
}
