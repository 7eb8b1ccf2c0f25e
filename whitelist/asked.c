/* SPDX-License-Identifier: ISC
 * whitelist/asked.c - what an attempt says, ready to be compared. */
#include "whitelist/asked.h"

#include <stddef.h>
#include <string.h>

#include "base/mailaddr.h"

void
asked_name(struct asked *a, const char *text)
{
	size_t	len = text == NULL ? 0 : strnlen(text, ASKED_MAX + 1);

	if (len > ASKED_MAX)
		len = 0;
	for (size_t i = 0; i < len; i++)
		a->text[i] = text[i] >= 'A' && text[i] <= 'Z' ?
		    (char)(text[i] + ('a' - 'A')) : text[i];
	if (len > 0 && a->text[len - 1] == '.')
		len--;
	a->text[len] = '\0';
	a->len = (unsigned short)len;
	a->domain = 0;
}

void
asked_address(struct asked *a, const char *text)
{
	asked_name(a, text);
	a->domain = (unsigned short)(mailaddr_domain(a->text) - a->text);
}

bool
asked_is_below(const struct asked *a, const char *text, unsigned len)
{
	unsigned	whole = a->len - a->domain;

	return len > 0 && whole >= len &&
	    memcmp(a->text + a->len - len, text, len) == 0 &&
	    (whole == len || a->text[a->len - len - 1] == '.');
}
