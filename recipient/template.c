/* SPDX-License-Identifier: ISC
 * recipient/template.c - the one place where a sender's bytes are put into what
 * a directory reads as syntax. */
#include "recipient/template.h"

#include <stdlib.h>
#include <string.h>

/* What a letter behind a percent sign stands for; NULL: nothing. */
static const struct template_value *
value_of(char letter, const struct template_values *values)
{
	static const struct template_value	percent = { "%", 1 };

	switch (letter) {
	case 's':
		return &values->whole;
	case 'u':
		return &values->local;
	case 'd':
		return &values->domain;
	case '%':
		return &percent;
	default:
		return NULL;
	}
}

static bool
is_harmless(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("@-_.", c) != NULL);
}

/* Returns where the next byte goes. */
static char *
put(char *to, const struct template_value *v)
{
	static const char	hex[] = "0123456789abcdef";

	for (size_t i = 0; i < v->len; i++) {
		unsigned char	c = (unsigned char)v->bytes[i];

		if (is_harmless(v->bytes[i])) {
			*to++ = v->bytes[i];
			continue;
		}
		*to++ = '\\';
		*to++ = hex[c >> 4];
		*to++ = hex[c & 15];
	}
	return to;
}

/* How long it gets at most; 0: it is not right. */
static size_t
room_for(const char *text, const struct template_values *values)
{
	size_t	room = strlen(text) + 1;

	for (const char *p = text; (p = strchr(p, '%')) != NULL; p += 2) {
		const struct template_value	*v = value_of(p[1], values);

		if (v == NULL)
			return 0;
		room += 3 * v->len;
	}
	return room;
}

bool
template_is_fixed(const char *text)
{
	for (const char *p = text; (p = strchr(p, '%')) != NULL; p += 2)
		if (p[1] != '%')
			return false;
	return true;
}

int
template_expand(const char *text, const struct template_values *values,
    char **out, struct err *e)
{
	size_t	 room = room_for(text, values);
	char	*to;

	if (room == 0)
		return err_set(e, "a %% that none of s, u, d and %% follows: "
		    "\"%s\"", text);
	to = *out = malloc(room);
	if (to == NULL)
		return err_set(e, "out of memory");
	for (const char *p = text; *p != '\0'; p++) {
		if (*p != '%')
			*to++ = *p;
		else if (*++p == '%')
			*to++ = '%';
		else
			to = put(to, value_of(*p, values));
	}
	*to = '\0';
	return 0;
}
